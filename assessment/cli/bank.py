"""`flask bank check` and `flask bank review`: is the question bank, with its keys, fit to be used, and is it good?"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import click

from assessment.bank import Bank, BankErrors, form_items, read_bank, units
from assessment.bank.files import Shelf
from assessment.bank.review import record
from assessment.cli.bank_own import own_commands
from assessment.cli.bank_review import ALL_KEYS, as_json, as_text, review_questions
from assessment.cli.context import refusals_told
from assessment.errors import Fault
from assessment.keys import KeyErrors, ScoringKey, check_key, read_key, stray_entries

QUESTIONS = Path(__file__).resolve().parents[2] / "questions"


@click.group("bank")
def bank_commands() -> None:
    """The question bank: items, forms, scorecards and scoring keys in files."""


bank_commands.add_command(own_commands)


@dataclass
class Findings:
    """What a check found: how many of each kind could be read, errors, warnings."""

    counts: dict[str, int] = field(default_factory=dict)
    errors: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


@bank_commands.command("check")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path), default=QUESTIONS)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(path: Path, as_json: bool) -> None:
    """Check the items, forms, scorecards and keys under PATH (by default the questions/ of this project).

    Prints each error and warning as `file: table field: message`. Exit status 0: fit to be used; 1: errors; 2: wrong use.
    """
    findings = check_questions(path)
    click.echo(_as_json(path, findings) if as_json else _as_text(findings))
    raise SystemExit(1 if findings.errors else 0)


@bank_commands.command("review")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path), default=QUESTIONS)
@click.option(
    "--key",
    is_flag=False,
    flag_value=ALL_KEYS,
    metavar="[KEY]",
    help="Add the checks that need scores: a key file, the name of one in PATH/keys/, or nothing for all of those.",
)
@click.option("--json", "json_wanted", is_flag=True, help="Print the findings as JSON.")
def review(path: Path, key: str | None, json_wanted: bool) -> None:
    """Review how well the items under PATH (by default the questions/ of this project) are written.

    Makes the checks A1 to A18 of docs/item-review.md and prints what they find by item, each with what to do. A warning may be
    accepted in PATH/review.toml. Exit status 0: no error; 1: errors; 2: wrong use.
    """
    found = review_questions(path, key)
    click.echo(as_json(path, found) if json_wanted else as_text(found))
    raise SystemExit(1 if found.errors else 0)


@bank_commands.command("record")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path), default=QUESTIONS)
def record_versions(path: Path) -> None:
    """Record in PATH/versions.toml what each item says at its version, so that no text changes under a version in use.

    Run it when items are added or have a new version. Exit status 1, and nothing is written, when the bank cannot be read or an
    item has changed under its recorded version.
    """
    try:
        bank = read_bank(path)
    except BankErrors as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from error
    with refusals_told():
        changed = record(bank, path)
    click.echo("\n".join(changed) or "Nothing has changed.")


def check_questions(root: Path) -> Findings:
    """Everything that is wrong under `root`. Keys are compared with the items only when the bank itself can be read."""
    findings = Findings()
    bank: Bank | None = None
    try:
        bank = read_bank(root)
    except BankErrors as error:
        findings.errors += error.faults
    keys = _read_keys(root, findings)
    if bank is not None:
        findings.counts = _counts(bank) | {"keys": len(keys)}
        for name, key in keys.items():
            _compare(name, key, bank, findings)
    return findings


def _read_keys(root: Path, findings: Findings) -> dict[str, ScoringKey]:
    shelf = Shelf(root)
    keys: dict[str, ScoringKey] = {}
    owners: dict[tuple[str, int], str] = {}
    for path in shelf.toml_files("keys"):
        name = shelf.name_of(path)
        try:
            key = read_key(path, root=root, name=name)
        except KeyErrors as error:
            findings.errors += error.faults
            continue
        owner = owners.setdefault((key.id, key.version), name)
        if owner != name:
            findings.errors.append(Fault(f"{name}: [key] version", f"{owner} is also version {key.version} of {key.id}"))
        keys[name] = key
    findings.errors += shelf.faults
    return keys


def _compare(name: str, key: ScoringKey, bank: Bank, findings: Findings) -> None:
    """A key for a form has to cover the form, any other key the bank; its entries have to be of the bank either way."""
    if key.model.kind == "linear":
        return  # for a form delivered elsewhere, whose items are in no bank
    needed = bank.units
    if key.head.form is not None:
        form = bank.forms.get(key.head.form)
        if form is None:
            findings.errors.append(Fault(f"{name}: [key] form", f"{key.head.form} is not a form of the bank"))
            return
        needed = tuple(unit for item in form_items(bank, form) for unit in units(item))
    errors, warnings = check_key(key, needed, facets=bank.facets)
    others = [unit for unit in bank.units if unit not in needed and unit.code in key.items]
    more = check_key(key, others)
    errors += more.errors + stray_entries(key, bank.units)
    findings.errors += [Fault(f"{name}: {fault.where}", fault.message) for fault in errors]
    findings.warnings += [Fault(f"{name}: {fault.where}", fault.message) for fault in warnings + more.warnings]


def _counts(bank: Bank) -> dict[str, int]:
    return {
        "items": len(bank.items),
        "scored units": len(bank.units),
        "storylines": sum(item.format == "storyline" for item in bank.items.values()),
        "statements": sum(item.format == "likert" for item in bank.items.values()),
        "practice items": len(bank.practice),
        "translations": sum(len(by_locale) for by_locale in bank.translations.values()),
        "forms": len(bank.forms),
        "scorecards": len(bank.scorecards),
        "feedback languages": len(bank.feedback),
    }


def _as_text(findings: Findings) -> str:
    lines = [str(fault) for fault in findings.errors]
    lines += [f"{fault.where}: warning: {fault.message}" for fault in findings.warnings]
    if findings.counts:
        lines.append(", ".join(f"{kind}: {number}" for kind, number in findings.counts.items()))
    lines.append(f"errors: {len(findings.errors)}, warnings: {len(findings.warnings)}")
    return "\n".join(lines)


def _as_json(path: Path, findings: Findings) -> str:
    def plain(fault: Fault) -> dict[str, str]:
        file, _, place = fault.where.partition(": ")
        return {"file": file, "place": place, "message": fault.message}

    report = {
        "path": str(path),
        "counts": findings.counts,
        "errors": [plain(fault) for fault in findings.errors],
        "warnings": [plain(fault) for fault in findings.warnings],
    }
    return json.dumps(report, ensure_ascii=False, indent=2)

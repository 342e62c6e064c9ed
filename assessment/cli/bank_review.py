"""`flask bank review`: are the items good? Checks A1 to A18 of the item standard, for item writers and for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import click

from assessment.bank import Bank, BankErrors, read_bank
from assessment.bank.review import CHECKS_OF_THE_BANK, Accepted, Finding, read_acceptances, refusals, review_bank, settle
from assessment.keys import KeyErrors, ScoringKey, read_key
from assessment.keys.review import CHECKS_OF_A_KEY, review_key

KEYS = "keys"
ALL_KEYS = "*"


@dataclass
class Review:
    """What a review found, and what was accepted; `items` is how many could be looked at."""

    items: int = 0
    findings: list[Finding] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors


def review_questions(root: Path, key: str | None = None) -> Review:
    """Review the bank under `root`; with `key` (a file, the id of a key of the bank, or `*` for all of them) its scores too."""
    try:
        bank = read_bank(root)
        acceptances = read_acceptances(root)
        findings = review_bank(bank, root)
    except BankErrors as error:
        return Review(findings=refusals(error.faults))
    checks = set(CHECKS_OF_THE_BANK)
    if key is not None:
        checks |= CHECKS_OF_A_KEY
        findings += _of_keys(bank, root, key)
    remaining, accepted = settle(findings, acceptances, checks)
    return Review(len(bank.items), _in_order(remaining), accepted)


def _of_keys(bank: Bank, root: Path, key: str) -> list[Finding]:
    found: list[Finding] = []
    named = 0
    for path in _key_files(root, key):
        file = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        try:
            read = read_key(path, root=root if path.is_relative_to(root) else None, name=file)
        except KeyErrors as error:
            found += refusals(error.faults, check="A15")
            continue
        if _is_wanted(read, path, key):
            named += 1
            found += review_key(bank, read, file)
    if not named and not found:
        raise click.UsageError(
            f"There is no key {key} under {root / KEYS}." if key != ALL_KEYS else f"There is no key in {root / KEYS}."
        )
    return found


def _key_files(root: Path, key: str) -> list[Path]:
    if key.endswith((".toml", ".json")):
        if not Path(key).is_file():
            raise click.UsageError(f"There is no file {key}.")
        return [Path(key)]
    if Path(key).is_dir():
        raise click.UsageError(f"{key} is a folder. PATH stands before --key: flask bank review {key} --key")
    return sorted((root / KEYS).glob("*.toml"))


def _is_wanted(key: ScoringKey, path: Path, wanted: str) -> bool:
    return wanted in (ALL_KEYS, key.id) or wanted.endswith((".toml", ".json"))


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.item, int(finding.check[1:]), finding.severity, finding.file))


def as_text(review: Review) -> str:
    """Findings grouped by item, then what was accepted, then the counts."""
    lines: list[str] = []
    for item, group in groupby(review.findings, key=lambda finding: finding.item):
        lines.append(item)
        for finding in group:
            where = ": ".join(part for part in (finding.file, finding.place) if part)
            lines += [f"  {finding.check:<3} {finding.severity}: {where}: {finding.message}", f"      {finding.remedy}"]
    if review.accepted:
        lines.append("accepted warnings")
        for accepted in review.accepted:
            finding = accepted.finding
            lines += [f"  {finding.check:<3} {finding.item}: {finding.place}: {finding.message}", f"      {accepted.reason}"]
    lines.append(f"items: {review.items}, errors: {review.errors}, warnings: {review.warnings}, accepted: {len(review.accepted)}")
    return "\n".join(lines)


def as_json(path: Path, review: Review) -> str:
    """The whole review as one JSON object."""
    report = {
        "path": str(path),
        "counts": {"items": review.items, "errors": review.errors, "warnings": review.warnings, "accepted": len(review.accepted)},
        "findings": [finding.to_dict() for finding in review.findings],
        "accepted": [accepted.finding.to_dict() | {"reason": accepted.reason} for accepted in review.accepted],
    }
    return json.dumps(report, ensure_ascii=False, indent=2)

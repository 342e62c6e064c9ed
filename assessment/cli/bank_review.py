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
from assessment.keys import KeyErrors, read_key
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
    """Review the bank under `root`; with `key` its scores too.

    `key` is a file, the name of a file in `keys/`, or `*` for all of those.
    """
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


def _of_keys(bank: Bank, root: Path, wanted: str) -> list[Finding]:
    if wanted.endswith((".toml", ".json")):
        return _of_key_file(bank, Path(wanted), wanted)
    if Path(wanted).is_dir():
        raise click.UsageError(f"{wanted} is a folder. PATH stands before --key: flask bank review {wanted} --key")
    paths = [path for path in sorted((root / KEYS).glob("*.toml")) if wanted in (ALL_KEYS, path.stem)]
    if not paths:
        raise click.UsageError(f"There is no key{'' if wanted == ALL_KEYS else f' {wanted}'} in {root / KEYS}.")
    return [finding for path in paths for finding in _of_key_file(bank, path, f"{KEYS}/{path.name}")]


def _of_key_file(bank: Bank, path: Path, name: str) -> list[Finding]:
    if not path.is_file():
        raise click.UsageError(f"There is no file {path}.")
    try:
        key = read_key(path, name=name)
    except KeyErrors as error:
        return refusals(error.faults, check="A15")
    return review_key(bank, key, name)


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

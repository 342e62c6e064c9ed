"""`review.toml`: warnings that the bank team has looked at and lets stand, each with its reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from assessment.bank.faults import BankErrors
from assessment.bank.files import Shelf
from assessment.bank.frozen import Frozen
from assessment.bank.review.findings import Finding
from assessment.bank.vocabulary import Label, Name, Sentence

FILE = "review.toml"


class Acceptance(Frozen):
    """The warnings of one check on one item (or form, or key), all of them or those at `place`, stand for `reason`."""

    check: Annotated[str, StringConstraints(pattern=r"^A([1-9]|1[0-8])$")]
    item: Name
    place: Label | None = None
    reason: Sentence

    def covers(self, finding: Finding) -> bool:
        """True for a warning that this is about. An error is never accepted."""
        named = finding.severity == "warning" and (finding.check, finding.item) == (self.check, self.item)
        return named and (self.place is None or finding.place == self.place)


class Acceptances(Frozen):
    """The file as a whole."""

    accepted: Annotated[tuple[Acceptance, ...], Field(max_length=2_000)] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A warning that stands, and why."""

    finding: Finding
    reason: str


def read_acceptances(root: Path) -> tuple[Acceptance, ...]:
    """The acceptances of a bank; none without a file. Raises BankErrors for a file that cannot be read."""
    path = root / FILE
    if not path.exists() and not path.is_symlink():
        return ()
    shelf = Shelf(root)
    entry = shelf.read(path, Acceptances)
    if entry is None:
        raise BankErrors(shelf.faults)
    return entry.content.accepted


def settle(
    findings: Sequence[Finding], acceptances: Sequence[Acceptance], checks: Collection[str]
) -> tuple[list[Finding], list[Accepted]]:
    """Findings that remain and warnings that are accepted. An acceptance without a finding is a warning itself.

    `checks` are those that were made: an acceptance of another check may well have its finding when that check is made.
    """
    used: set[int] = set()
    remaining: list[Finding] = []
    accepted: list[Accepted] = []
    for finding in findings:
        holders = [index for index, acceptance in enumerate(acceptances) if acceptance.covers(finding)]
        used.update(holders)
        if holders:
            accepted.append(Accepted(finding, acceptances[holders[0]].reason))
        else:
            remaining.append(finding)
    for index, acceptance in enumerate(acceptances):
        if index not in used and acceptance.check in checks:
            remaining.append(_idle(index, acceptance))
    return remaining, accepted


def _idle(index: int, acceptance: Acceptance) -> Finding:
    place = f"[[accepted]] {index + 1}"
    message = f"accepts a warning of {acceptance.check} that is not there"
    return Finding(acceptance.check, "warning", acceptance.item, FILE, place, message, "Take the acceptance out.")

"""What a review finds: which check, how grave, where, what, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from assessment.errors import Fault

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check of the item review (`A1` to `A18`) found.

    `item` is the id of the item, form or key; `questions` stands for the bank as a whole. `place` is a table and field of
    `file`, as in the faults of the reader. `remedy` says what to do.
    """

    check: str
    severity: Severity
    item: str
    file: str
    place: str
    message: str
    remedy: str

    def to_fault(self) -> Fault:
        return Fault(": ".join(part for part in (self.file, self.place) if part), self.message)

    def to_dict(self) -> dict[str, str]:
        return asdict(self)


WHOLE_BANK = "questions"
"""The `item` of findings about the bank as a whole."""


def listed(names: Iterable[object]) -> str:
    """Names in a row, for messages."""
    return ", ".join(map(str, names))

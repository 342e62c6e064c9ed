"""What a review finds: which check, how grave, where, what, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

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

    def to_dict(self) -> dict[str, str]:
        return asdict(self)


WHOLE_BANK = "questions"
"""The `item` of findings about the bank as a whole."""


def check_number(check: str) -> int:
    """`A13` -> 13, so that findings can be put in the order of the checks."""
    return int(check[1:])


def listed(names: Iterable[object]) -> str:
    """Names in a row, for messages."""
    return ", ".join(map(str, names))

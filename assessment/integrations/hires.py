"""Who was hired: a file `applicant_id,employee_id,hired_on,left_on,left_reason`, of which the last three may be empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from assessment.integrations.delimited import Limits, RefusedLine, Table, read_table
from assessment.integrations.repeats import repeated_lines
from assessment.integrations.values import BadValue, cell, damage_notes, identifier, iso_date, plain_words

REQUIRED = ("applicant_id", "employee_id")
KNOWN = (*REQUIRED, "hired_on", "left_on", "left_reason")


@dataclass(frozen=True, slots=True)
class HireLine:
    """One hire. Dates are None where the file has none; a historical cohort may have none at all."""

    line: int
    applicant_id: str
    employee_id: str
    hired_on: date | None
    left_on: date | None
    left_reason: str | None


@dataclass(frozen=True, slots=True)
class HireFile:
    """The hires of a file in its order, lines said before, lines refused, and what a person should know about it."""

    hires: tuple[HireLine, ...]
    duplicates: tuple[RefusedLine, ...]
    refused: tuple[RefusedLine, ...]
    notes: tuple[str, ...]
    columns: tuple[str, ...]


def _hire(line: int, cells: Mapping[str, str], now: datetime) -> HireLine:
    def day(text: str) -> date | None:
        return iso_date(text, now=now) if text else None

    hired_on, left_on = cell(cells, "hired_on", day), cell(cells, "left_on", day)
    if hired_on and left_on and left_on < hired_on:
        raise BadValue(f"left_on {left_on} is before hired_on {hired_on}")
    return HireLine(
        line,
        cell(cells, "applicant_id", identifier),
        cell(cells, "employee_id", identifier),
        hired_on,
        left_on,
        cell(cells, "left_reason", plain_words) or None,
    )


def _notes(table: Table, hires: tuple[HireLine, ...]) -> Iterator[str]:
    yield from table.notes
    undated = sum(hire.hired_on is None for hire in hires)
    if undated:
        yield f"{undated} of {len(hires)} hires have no date."
    yield from damage_notes({hire.employee_id: hire.line for hire in hires})
    yield from damage_notes({hire.applicant_id: hire.line for hire in hires})


def read_hires(data: bytes | BinaryIO, *, now: datetime, limits: Limits = Limits()) -> HireFile:
    """Read a file of hires. Raises BadInput when the file as a whole cannot be used.

    A line is refused for an empty or unreadable id, a date that is none or lies more than a day after `now`, and leaving
    before being hired. An applicant or an employee on two lines that differ refuses both; a line repeated word for word
    is a duplicate.
    """
    table = read_table(data, required=REQUIRED, known=KNOWN, limits=limits)
    reasons: dict[int, str] = {}
    found: list[HireLine] = []
    for line, cells in table.rows:
        try:
            found.append(_hire(line, cells, now))
        except BadValue as error:
            reasons[line] = str(error)
    duplicates, conflicts = repeated_lines(
        found,
        lambda hire: hire.line,
        {"applicant_id": lambda hire: hire.applicant_id, "employee_id": lambda hire: hire.employee_id},
        lambda hire: (hire.applicant_id, hire.employee_id, hire.hired_on, hire.left_on, hire.left_reason),
    )
    reasons |= conflicts
    hires = tuple(hire for hire in found if hire.line not in reasons and hire.line not in duplicates)
    refused = table.refusals(reasons)
    return HireFile(hires, table.with_reasons(duplicates), refused, tuple(_notes(table, hires)), table.columns)

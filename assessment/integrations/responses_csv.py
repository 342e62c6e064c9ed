"""Responses of a form that was delivered elsewhere: one row a person, columns as a codebook says.

What is decided here:

- Empty, NA and the codebook's missing codes are missing, in any column. A missing answer has no entry.
- A cell that is neither missing nor one of the item's options refuses the person's line and says which cell. So does a
  time, a criterion or an id that cannot be read. Whole numbers may be written "3.0", because statistics programs do.
- Of a best and a worst, one without the other is no answer, and a note counts them; the same option for both refuses.
- Times are seconds in the file and whole milliseconds here. A time column that several items share is nobody's own: it
  stands in `shared_times` under the column's name.
- A person on two lines that differ loses both; a line repeated word for word is a duplicate.
- People without a single answer are kept, and a note counts them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from assessment.integrations.codebook import Codebook, folded_option
from assessment.integrations.delimited import Limits, RefusedLine, Table, read_table
from assessment.integrations.encoding import refuse_file
from assessment.integrations.item_columns import Columns, ItemColumn, ScaleItems, expand_columns, expand_scales, form_content
from assessment.integrations.repeats import repeated_lines, some_lines
from assessment.integrations.values import BadValue, DecimalSign, cell, damage_notes, identifier, plain_words, shown, whole_number

ALWAYS_MISSING = frozenset({"", "NA"})
LONGEST_SECONDS = 2_000_000

Value = str | int | dict[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """One line. Values by item code: an option's code (nominal), a number (likert, count), or {"best", "worst"}.

    `times` are milliseconds by item code, `shared_times` by column. `groups` are for impact figures alone and are kept
    apart from everything else here; they must never reach a predictor.
    """

    line: int
    person_id: str
    responses: Mapping[str, Value]
    times: Mapping[str, int]
    shared_times: Mapping[str, int]
    criteria: Mapping[str, float]
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ResponseFile:
    """The people of a file in its order, and what they answered: the form's items and scales as the codebook has them.

    `content` is the form as a JSON object, ready to be stored. The lines in `duplicates` and `refused` are without the
    cells of groups and of columns that the codebook does not name, and blank where a line's cells cannot be told apart:
    they are kept where group membership must not be.
    """

    people: tuple[Person, ...]
    items: tuple[ItemColumn, ...]
    scales: tuple[ScaleItems, ...]
    criteria: tuple[str, ...]
    groups: tuple[str, ...]
    content: Mapping[str, Any]
    duplicates: tuple[RefusedLine, ...]
    refused: tuple[RefusedLine, ...]
    notes: tuple[str, ...]
    columns: tuple[str, ...]


def _some(options: Sequence[str]) -> str:
    return ", ".join(options) if len(options) <= 8 else f"{', '.join(options[:3])}, … {options[-1]}"


class _ItemReader:
    """The cells of one item, read."""

    def __init__(self, item: ItemColumn, missing: frozenset[str]) -> None:
        self.item = item
        self.halves = 0
        self._missing = missing
        self._codes = {folded_option(option): option for option in item.options}
        self._numbers = dict(zip(item.options, item.numbers, strict=False))

    def value(self, cells: Mapping[str, str]) -> Value | None:
        """The answer, None for none. Raises BadValue for a cell that says something else."""
        found = [cells[column] for column in self.item.columns]
        if self.item.format == "best_worst":
            return self._best_and_worst(found[0], found[1])
        if found[0] in self._missing:
            return None
        if self.item.format == "count":
            return cell(cells, self.item.columns[0], lambda text: whole_number(text, self.item.low, self.item.high))
        code = self._code(found[0], self.item.columns[0])
        return self._numbers[code] if self.item.format == "likert" else code

    def _best_and_worst(self, best: str, worst: str) -> Value | None:
        absent = (best in self._missing, worst in self._missing)
        best_code = None if absent[0] else self._code(best, self.item.columns[0])
        worst_code = None if absent[1] else self._code(worst, self.item.columns[1])
        if best_code is None or worst_code is None:
            self.halves += any(absent) and not all(absent)
            return None
        if best_code == worst_code:
            raise BadValue(f"{self.item.columns[0]} and {self.item.columns[1]} both say {shown(best)}; best and worst differ")
        return {"best": best_code, "worst": worst_code}

    def _code(self, text: str, column: str) -> str:
        code = self._codes.get(text) or self._codes.get(folded_option(text))
        if code is None:
            raise BadValue(f"{column} {shown(text)} is not one of {_some(self.item.options)}")
        return code


class _PersonReader:
    """The cells of one line, read."""

    def __init__(self, columns: Columns, missing: frozenset[str], decimals: DecimalSign) -> None:
        self.columns = columns
        self.items = [_ItemReader(item, missing) for item in columns.items]
        self._missing = missing
        self._decimals = decimals
        self._times = {item.time_column: item for item in columns.items if item.time_column}

    def person(self, line: int, cells: Mapping[str, str]) -> Person:
        responses: dict[str, Value] = {}
        for reader in self.items:
            value = reader.value(cells)
            if value is not None:
                responses[reader.item.code] = value
        times: dict[str, int] = {}
        shared: dict[str, int] = {}
        for column, item in self._times.items():
            if cells[column] in self._missing:
                continue
            milliseconds = cell(cells, column, self._milliseconds)
            if item.time_shared:
                shared[column] = milliseconds
            else:
                times[item.code] = milliseconds
        return Person(
            line,
            cell(cells, self.columns.id, self._id),
            responses,
            times,
            shared,
            self._present(self.columns.criteria, cells, self._decimals.number),
            self._present(self.columns.groups, cells, _group),
        )

    def _present(self, columns: Sequence[str], cells: Mapping[str, str], read: Callable[[str], T]) -> dict[str, T]:
        return {name: cell(cells, name, read) for name in columns if cells[name] not in self._missing}

    def _id(self, text: str) -> str:
        return identifier("" if text in self._missing else text)

    def _milliseconds(self, text: str) -> int:
        seconds = self._decimals.number(text)
        if not 0 <= seconds <= LONGEST_SECONDS:
            raise BadValue(f"{shown(text)} is not from 0 to {LONGEST_SECONDS} seconds")
        return round(seconds * 1000)


def _group(text: str) -> str:
    """As `plain_words`, without the words in the complaint: reports are read by people who may not see groups."""
    try:
        return plain_words(text)
    except BadValue:
        raise BadValue("has a cell that is too long or holds characters that cannot be seen") from None


def _content(person: Person) -> tuple[object, ...]:
    answers = tuple((code, str(value)) for code, value in person.responses.items())
    rest = (person.times, person.shared_times, person.criteria, person.groups)
    return person.person_id, answers, *(tuple(part.items()) for part in rest)


def _notes(table: Table, reader: _PersonReader, people: Sequence[Person]) -> Iterator[str]:
    yield from table.notes
    yield from reader.columns.notes
    left_out = [name for name in table.columns if name not in reader.columns.known]
    if left_out:
        more = f" and {len(left_out) - 20} more" if len(left_out) > 20 else ""
        yield f"Columns that the codebook does not name, which were left out: {', '.join(left_out[:20])}{more}."
    silent = [person.line for person in people if not person.responses]
    if silent:
        yield f"{len(silent)} of {len(people)} people answered nothing ({some_lines(silent)})."
    halves = sum(item.halves for item in reader.items)
    if halves:
        yield f"{halves} answers name a best option without a worst, or the other way round, and count as none."
    answered = {code for person in people for code in person.responses}
    unanswered = [item.code for item in reader.columns.items if item.code not in answered]
    if unanswered and people:
        yield f"Items that nobody answered: {', '.join(unanswered[:20])}{' …' if len(unanswered) > 20 else ''}."
    yield from damage_notes({person.person_id: person.line for person in people})


def read_responses(data: bytes | BinaryIO, codebook: Codebook, *, limits: Limits = Limits()) -> ResponseFile:
    """Read a file of responses, one row a person. Raises BadInput when the file or the codebook's fit to it is at fault."""
    table = read_table(data, required=(), known=None, limits=limits)
    if codebook.id is None and table.place(table.columns[0]) > 0:
        refuse_file("has no name above its first column, which would be the id; name it, or give the codebook an [id]", "header")
    columns = expand_columns(codebook, table.columns)
    reader = _PersonReader(columns, ALWAYS_MISSING | set(codebook.missing), DecimalSign(table.separator))
    private = (set(table.columns) - columns.known) | set(columns.groups)
    reasons: dict[int, str] = {}
    found: list[Person] = []
    for line, cells in table.rows:
        try:
            found.append(reader.person(line, cells))
        except BadValue as error:
            reasons[line] = str(error)
    keys: dict[str, Callable[[Person], str]] = {columns.id: lambda person: person.person_id}
    duplicates, conflicts = repeated_lines(found, lambda person: person.line, keys, _content)
    reasons |= conflicts
    people = tuple(person for person in found if person.line not in reasons and person.line not in duplicates)
    return ResponseFile(
        people,
        columns.items,
        expand_scales(codebook, columns.items),
        columns.criteria,
        columns.groups,
        form_content(codebook, columns.items),
        table.with_reasons(duplicates, without=private),
        table.refusals(reasons, without=private),
        tuple(_notes(table, reader, people)),
        table.columns,
    )

"""A plain table of one row a person (or a target of ratings), without a codebook: columns are chosen by name and by glob.

What is decided here:

- Empty, NA and N/A are missing, and whatever the caller adds. A cell of a numeric column that is neither missing nor a
  finite number refuses the file, with the line; so does a line that does not fit the header. Nothing is left out unsaid.
- Column names are compared without letter case. A glob has to match something, and an exact name wins over its reading as
  a glob.
- The first column is the id where no other is named, if it can be one: every row has a value of its own, and the column
  is not the first of a numbered family (item1, item2). `id_column` tells what was decided.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from typing import BinaryIO, TypeVar

import numpy as np

from assessment.errors import BadInput, Fault
from assessment.integrations.codebook import folded_option
from assessment.integrations.delimited import Limits, Table, read_table
from assessment.integrations.headers import clean_name, foreign_letters, name_key, near_names
from assessment.integrations.patterns import Pattern
from assessment.integrations.values import BadValue, DecimalSign, identifier, plain_words, shown
from assessment.psychometrics.arrays import FloatArray

LIMITS = Limits(bytes=256 * 2**20, columns=2_000)
MISSING = frozenset({"", "NA", "N/A", "na", "n/a"})
MOST_OPTIONS = 100
"""Different answers to one nominal question; more make an id or a free text of it."""

SMALLEST, LARGEST = 1e-12, 1e12
"""Numbers beyond these (0 apart) are mistakes, and their squares would not fit a float."""

_SHOWN_FAULTS = 20
_REMEMBERED = 100_000
_DECIMAL = re.compile(r"[+-]?[0-9]*\.[0-9]*[1-9]0*")

T = TypeVar("T")


class PlainTable:
    """A file of which columns are read as they are asked for. `columns` are its names, `n` its rows, `notes` how it was read."""

    def __init__(self, table: Table, missing: Collection[str]) -> None:
        self.columns = table.columns
        self.n = table.n_rows
        self.notes = table.notes
        self._table = table
        self._missing = MISSING | frozenset(missing)
        self._by_key = {name_key(name): name for name in table.columns}

    def named(self, name: str) -> str:
        """The column of that name, in the file's spelling. Raises BadInput when there is none."""
        found = self._by_key.get(name_key(name))
        if found is None:
            raise _no_column(name, self.columns)
        return found

    def is_named(self, glob: str) -> bool:
        """Whether this is the name of a column, letter by letter, rather than a glob."""
        return name_key(glob) in self._by_key

    def spelt(self, names: Sequence[str]) -> dict[str, str]:
        """Each name that the file has a column of, with the file's spelling."""
        return {name: self._by_key[name_key(name)] for name in names if self.is_named(name)}

    def matching(self, globs: Sequence[str]) -> tuple[str, ...]:
        """The columns that any of the globs matches, in the file's order. Raises BadInput for a glob that matches none."""
        chosen: set[str] = set()
        for glob in globs:
            if self.is_named(glob):
                chosen.add(self.named(glob))
                continue
            found = _pattern(glob).among(self.columns)
            if not found:
                raise _no_column(glob, self.columns)
            chosen.update(found)
        return tuple(name for name in self.columns if name in chosen)

    def id_column(self, given: str | None, globs: Sequence[str] = (), taken: Collection[str] = ()) -> str | None:
        """The column of ids: the one given, else the first if it can be one, is not `taken` and no glob but `*` asks for it."""
        if given is not None:
            return self.named(given)
        first = self.columns[0]
        if first in taken or any(self._asks(glob, first) for glob in globs) or not self._tells_rows_apart(first):
            return None
        return first

    def identifiers(self, column: str | None) -> tuple[str, ...]:
        """The id of each row; the number of the row, from 1, where there is no column of ids."""
        if column is None:
            return tuple(str(row) for row in range(1, self.n + 1))
        return tuple(self._read([column], identifier)[column])

    def numbers(self, columns: Sequence[str]) -> dict[str, FloatArray]:
        """Each column as (n,) numbers, NaN for missing. Raises BadInput with the first cells that are no numbers."""
        decimals = DecimalSign(self._table.separator)
        known = dict.fromkeys(self._missing, math.nan)

        def number(text: str) -> float:
            if text not in known:
                value = decimals.number(text)
                if value and not SMALLEST <= abs(value) <= LARGEST:
                    raise BadValue(f"{shown(text)} is too {'large' if abs(value) > LARGEST else 'small'} a number for an answer")
                if len(known) > _REMEMBERED:
                    return value
                known[text] = value
            return known[text]

        return {name: np.array(values, dtype=np.float64) for name, values in self._read(columns, number).items()}

    def options(self, columns: Sequence[str]) -> dict[str, tuple[str | None, ...]]:
        """Each column as answers to a nominal question, None for missing; "3.0" is 3, and letter case does not count.

        Raises BadInput for a column with more than `MOST_OPTIONS` different answers.
        """
        known: dict[str, str | None] = dict.fromkeys(self._missing)

        def option(text: str) -> str | None:
            if text not in known:
                value = folded_option(plain_words(text))
                if len(known) > _REMEMBERED:
                    return value
                known[text] = value
            return known[text]

        found = self._read(columns, option)
        for name, values in found.items():
            if (n := len(set(values) - {None})) > MOST_OPTIONS:
                words = f"has {n} different answers; a nominal question has {MOST_OPTIONS} at most"
                raise BadInput(f"Column {name!r} {words}. Is it an id, a number or a free text?", [Fault(f"column {name}", words)])
        return {name: tuple(values) for name, values in found.items()}

    def labels(self, column: str) -> tuple[str | None, ...]:
        """A column of group labels as they are written, None for missing."""
        return tuple(self._read([column], lambda text: None if text in self._missing else plain_words(text))[column])

    def _asks(self, glob: str, column: str) -> bool:
        if self.is_named(glob):
            return self.named(glob) == column
        return bool(glob.strip("*")) and _pattern(glob).match(column) is not None

    def _tells_rows_apart(self, column: str) -> bool:
        stems = [name.rstrip("0123456789") for name in self.columns[:2]]
        if len(stems) == 2 and stems[0] == stems[1]:
            return False
        seen: set[str] = set()
        for row in self._table.rows:
            text = row.cells[column]
            if text in self._missing or text in seen or _DECIMAL.fullmatch(text):
                return False
            seen.add(text)
        return True

    def _read(self, columns: Sequence[str], read: Callable[[str], T]) -> dict[str, list[T]]:
        values: dict[str, list[T]] = {name: [] for name in columns}
        faults: list[Fault] = []
        n_faults = 0
        for row in self._table.rows:
            for name, column in values.items():
                try:
                    column.append(read(row.cells[name]))
                except BadValue as error:
                    n_faults += 1
                    if len(faults) < _SHOWN_FAULTS:
                        faults.append(Fault(f"line {row.line}, column {name}", str(error)))
        if faults:
            cells = "1 cell" if n_faults == 1 else f"{n_faults} cells"
            raise BadInput(f"{cells} of the file cannot be read. Codes for missing answers are named with --missing.", faults)
        return values


def read_plain_table(data: bytes | BinaryIO, *, missing: Collection[str] = (), limits: Limits = LIMITS) -> PlainTable:
    """Check a whole file and return it as a table. `missing` are codes beside the empty cell, NA and N/A.

    Raises BadInput when the file as a whole cannot be used, or when a line does not fit its header.
    """
    table = read_table(data, required=(), known=None, limits=limits)
    if table.refused:
        faults = [Fault(f"line {line}", reason) for line, reason, _ in table.refused[:_SHOWN_FAULTS]]
        lines = "1 line" if len(table.refused) == 1 else f"{len(table.refused)} lines"
        raise BadInput(f"{lines} of the file cannot be read. Nothing was computed.", faults)
    return PlainTable(table, missing)


def _pattern(glob: str) -> Pattern:
    try:
        return Pattern(clean_name(glob))
    except ValueError as error:
        raise BadInput(f"The pattern {shown(glob)} {error}.", [Fault("pattern", f"{shown(glob)} {error}")]) from error


def _no_column(name: str, columns: Sequence[str]) -> BadInput:
    near = near_names(name, columns)
    hint = "near it: " + ", ".join(f"{other!r}{foreign_letters(other)}" for other in near) if near else ""
    hint = hint or "the columns are: " + ", ".join(map(repr, columns[:20])) + (
        f" and {len(columns) - 20} more" if len(columns) > 20 else ""
    )
    words = f"no column is called or matches {shown(name, 100)}"
    return BadInput(f"N{words[1:]}; {hint}. Nothing was computed.", [Fault("header", words)])

"""Tables out of delimited text: every line becomes a row of named cells or is refused with its reason.

What is decided here:

- Comma, semicolon, tab and bar are recognised by the header (or by a first line such as `sep=;`).
- Line ends may be LF, CRLF, CR or mixed. Cells are trimmed. Lines without any content are passed over.
- A line with more or fewer cells than the header, with a control character, or with a quote that is not doubled is
  refused alone. A quote that is opened and not closed makes the lines after it doubtful, so it refuses the file.
- A column without a name is not read, and a note says so.

Memory is bounded by the limits: the bytes of the file are held, its rows never are; each pass over `Table.rows` reads
them again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple, NoReturn

from assessment.errors import BadInput, Fault
from assessment.integrations.encoding import EncodedText, recognise, refuse_file
from assessment.integrations.headers import columns_of, missing_faults, name_key

__all__ = ["Limits", "RefusedLine", "Row", "Table", "read_table", "rejoined"]

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_LONGEST_LINE = 2_000_000
_SHOWN_FAULTS = 50
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a file may hold: bytes, lines, columns, characters of one cell, and refused lines."""

    bytes: int = 64 * 2**20
    rows: int = 1_000_000
    columns: int = 500
    cell: int = 100_000
    refused: int = 50_000


class Row(NamedTuple):
    """One line of a table: its number in the file (a line break inside quotes counts) and its trimmed cells by column."""

    line: int
    cells: dict[str, str]


class RefusedLine(NamedTuple):
    """A line that was not read: its number, why, and its cells written again with commas, so that it can be mended.

    The cells are those of the named columns; of a line that has too many or too few, all it has.
    """

    line: int
    reason: str
    raw: str


class _Record(NamedTuple):
    line: int
    cells: list[str]
    fault: str | None


def rejoined(cells: Sequence[str]) -> str:
    """Cells as one line of CSV with commas, without a line end."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


def _physical_lines(text: EncodedText, limits: Limits) -> Iterator[str]:
    """The lines with their ends. Empty lines, and lines inside quotes, may be as many again as the rows."""
    most = 2 * limits.rows + 1_000
    raw = io.BytesIO(text.data)
    raw.seek(text.start)
    reader = io.TextIOWrapper(raw, encoding=text.encoding, newline="")
    number = 0
    while line := reader.readline(_LONGEST_LINE + 1):
        number += 1
        if number > most:
            refuse_file(f"has more than {most} lines, counting empty ones")
        if len(line) > _LONGEST_LINE:
            refuse_file(f"has a line of more than {_LONGEST_LINE} characters", "a very long line")
        yield line


def _records(text: EncodedText, separator: str, limits: Limits) -> Iterator[_Record]:
    """Every line of the file that has content, the header among them. Raises BadInput for a quote that stays open."""
    reader = csv.reader(_physical_lines(text, limits), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = list(map(str.strip, next(reader)))
        except StopIteration:
            return
        except csv.Error as error:
            if reader.line_num > line or "end of data" in str(error):
                refuse_file("opens a quote on this line that is not closed where the cell ends", f"line {line}")
            if "field limit" in str(error):
                refuse_file(f"has a cell of more than {limits.cell} characters", f"line {line}")
            yield _Record(line, [], "a quote stands inside a quoted cell; write it twice")
            continue
        size = len("".join(cells))
        if not size:
            continue
        if size > limits.cell and max(map(len, cells)) > limits.cell:
            refuse_file(f"has a cell of more than {limits.cell} characters", f"line {line}")
        fault = "holds a control character" if text.controls and any(map(_CONTROL.search, cells)) else None
        yield _Record(line, cells, fault)


def _first_lines(text: EncodedText, limits: Limits) -> tuple[str | None, str]:
    """The separator that a `sep=` line names, if there is one, and the first line with content after it."""
    named = None
    for line in _physical_lines(text, limits):
        told = _SEPARATOR_LINE.fullmatch(line) if named is None else None
        if told:
            named = told.group(1)
        elif line.strip():
            return named, line
    return named, ""


def _separator_of(header: str, wanted: Sequence[str]) -> str:
    """The separator that makes most wanted names out of the header; among equals, the one that makes most cells."""
    keys = {name_key(name) for name in wanted}
    found: dict[str, tuple[int, int]] = {}
    for separator in SEPARATORS:
        try:
            cells = next(csv.reader([header], delimiter=separator))
        except (csv.Error, StopIteration):
            cells = []
        found[separator] = (sum(len(cell) < 1_000 and name_key(cell) in keys for cell in cells), len(cells))
    return max(found, key=lambda separator: found[separator])


@dataclass(frozen=True)
class Table:
    """A file that can be read line by line.

    `columns` are the named columns in the file's order, `unknown` those among them that nobody asked for, `separator` what
    stood between cells, `notes` what a person should know about how it was read, `refused` the lines that are no rows of
    this table, in order, and `n_rows` how many lines are.
    """

    columns: tuple[str, ...]
    unknown: tuple[str, ...]
    separator: str
    notes: tuple[str, ...]
    refused: tuple[RefusedLine, ...]
    n_rows: int
    limits: Limits
    _text: EncodedText = field(repr=False)
    _names: tuple[str | None, ...] = field(repr=False)
    _header_line: int = field(repr=False)

    @property
    def rows(self) -> Iterator[Row]:
        """The rows, read from the file anew each time this is asked for."""
        width = len(self._names)
        places = [place for place, name in enumerate(self._names) if name is not None]
        whole = len(places) == width
        for record in _records(self._text, self.separator, self.limits):
            if record.line <= self._header_line or record.fault or len(record.cells) != width:
                continue
            cells = record.cells if whole else [record.cells[place] for place in places]
            yield Row(record.line, dict(zip(self.columns, cells, strict=True)))

    def place(self, column: str) -> int:
        """At which cell of a line, from 0, a column stands."""
        return self._names.index(column)

    def with_reasons(self, reasons: Mapping[int, str], *, without: Collection[str] = ()) -> tuple[RefusedLine, ...]:
        """The lines in `reasons` (line number to reason) as they stand in the file, in its order.

        `without` names columns whose cells must not leave the file: they are blank.
        """
        if not reasons:
            return ()
        hidden = set(without)
        raws: dict[int, str] = {}
        for line, cells in self.rows:
            if line in reasons:
                raws[line] = rejoined(["" if name in hidden else cell for name, cell in cells.items()])
        return tuple(RefusedLine(line, reasons[line], raws[line]) for line in sorted(reasons))

    def refusals(self, reasons: Mapping[int, str], *, without: Collection[str] = ()) -> tuple[RefusedLine, ...]:
        """`refused` and the lines in `reasons` (line number to reason) together, in the file's order.

        `without` as in `with_reasons`; a line that is no row of this table is blank altogether then. Raises BadInput, with
        the first of them as faults, when they are more than the limits allow.
        """
        if len(self.refused) + len(reasons) > self.limits.refused:
            first = sorted(reasons)[:_SHOWN_FAULTS]
            _refuse_too_many(sorted([*self.refused, *(RefusedLine(line, reasons[line], "") for line in first)]), self.limits)
        shapeless = [line._replace(raw="") for line in self.refused] if without else self.refused
        return tuple(sorted([*shapeless, *self.with_reasons(reasons, without=without)]))


def _refuse_too_many(refused: Sequence[RefusedLine], limits: Limits) -> NoReturn:
    faults = [Fault(f"line {line}", reason) for line, reason, _ in refused[:_SHOWN_FAULTS]]
    raise BadInput(f"More than {limits.refused} lines cannot be used. Nothing was read from the file.", faults)


def read_bytes(data: bytes | BinaryIO, limit: int) -> bytes:
    """All of `data`, at most `limit` bytes of it. Raises BadInput when there is more."""
    if isinstance(data, bytes):
        content = data
    else:
        chunks: list[bytes] = []
        size = 0
        while size <= limit and (chunk := data.read(min(2**20, limit + 1 - size))):
            chunks.append(chunk)
            size += len(chunk)
        content = b"".join(chunks)
    if len(content) > limit:
        refuse_file(f"is larger than {limit / 2**20:.3g} MB")
    return content


def _line_ends(data: bytes) -> tuple[str, ...]:
    both = data.count(b"\r\n")
    kinds = (both > 0, data.count(b"\n") > both, data.count(b"\r") > both)
    if sum(kinds) > 1:
        return ("The line ends are mixed.",)
    return ("Lines end with a carriage return alone.",) if kinds[2] else ()


def read_table(
    data: bytes | BinaryIO,
    *,
    required: Sequence[str],
    known: Sequence[str] | None,
    limits: Limits = Limits(),
) -> Table:
    """Check a whole file and return it as a table.

    Parameters
    ----------
    required
        Columns that must be there. Names are compared without letter case, outer spaces, composed or not.
    known
        All columns that have a meaning, `required` among them; others are listed in `unknown`. None: any column has one.

    Raises
    ------
    BadInput
        The file as a whole cannot be used: empty, a header without lines, not text, in no single encoding, over a limit,
        with an open quote, with a header that lacks or repeats a column.
    """
    text = recognise(read_bytes(data, limits.bytes))
    wanted = [*required, *(known or ())]
    named, header = _first_lines(text, limits)
    separator = named or _separator_of(header, wanted)
    records = _records(text, separator, limits)
    head = next(records, None)
    if named and head and head.cells and head.cells[0].casefold().startswith("sep="):
        head = next(records, None)
    if head is None or head.fault:
        refuse_file(f"has a header that {head.fault}" if head else "has no header")
    if len(head.cells) > limits.columns:
        refuse_file(f"has {len(head.cells)} columns; at most {limits.columns} are read", "header")
    names = columns_of(head.cells, wanted)
    columns = tuple(name for name in names if name is not None)
    faults = missing_faults(columns, required, wanted)
    if faults:
        raise BadInput(f"The file lacks a column: {faults[0].message}. Nothing was read from it.", faults)
    refused, n_rows = _sift(records, len(names), limits)
    if not n_rows and not refused:
        refuse_file("has a header and no line below it")
    known_names = set(wanted)
    unknown = tuple(name for name in columns if name not in known_names) if known is not None else ()
    notes = (*text.notes, *_line_ends(text.data), *_shape_notes(names, separator, unknown))
    return Table(columns, unknown, separator, notes, refused, n_rows, limits, text, names, head.line)


def _shape_notes(names: Sequence[str | None], separator: str, unknown: Sequence[str]) -> Iterator[str]:
    if separator != ",":
        yield f"Cells are separated by a {SEPARATORS[separator]}."
    for place, name in enumerate(names, start=1):
        if name is None:
            yield f"Column {place} has no name and was not read."
    if unknown:
        shown = ", ".join(repr(name) for name in unknown[:20]) + (f" and {len(unknown) - 20} more" if len(unknown) > 20 else "")
        yield f"Columns without a meaning here: {shown}."


def _sift(records: Iterator[_Record], width: int, limits: Limits) -> tuple[tuple[RefusedLine, ...], int]:
    refused: list[RefusedLine] = []
    n_rows = 0
    for record in records:
        fault = record.fault
        if fault is None and len(record.cells) != width:
            fault = f"has {len(record.cells)} cells; the header has {width}"
        if fault is None:
            n_rows += 1
        else:
            refused.append(RefusedLine(record.line, fault, rejoined(record.cells)))
        if n_rows + len(refused) > limits.rows:
            refuse_file(f"has more than {limits.rows} lines")
        if len(refused) > limits.refused:
            _refuse_too_many(refused, limits)
    return tuple(refused), n_rows

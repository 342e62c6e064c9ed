"""CSV that goes out: safe to open in a spreadsheet, under a name that is safe to save."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import PurePath

_STARTERS = "=+-@\uff1d\uff0b\uff0d\uff20\u2212"
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
_CHUNK = 2**15


def spreadsheet_safe(cell: str) -> str:
    """`cell`, with an apostrophe before it when a spreadsheet could take it for a formula. Plain numbers stay.

    A formula begins with = + - @ or their full-width forms, perhaps after spaces; a tab, a carriage return or a line feed
    in front is dangerous by itself.
    """
    if not cell or cell[0].isalnum():
        return cell
    if cell[0] in "\t\r\n":
        return "'" + cell
    begin = cell.lstrip()[:1]
    return "'" + cell if begin and begin in _STARTERS and not _PLAIN_NUMBER.fullmatch(cell) else cell


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return spreadsheet_safe(str(value).replace("\x00", ""))


def write_csv(
    columns: Sequence[str], rows: Iterable[Sequence[object] | Mapping[str, object]], *, byte_order_mark: bool = False
) -> Iterator[str]:
    """CSV in pieces, header first, with CRLF line ends (RFC 4180).

    A row is its values in the order of `columns`, or a mapping from column to value. None, NaN and a column that a mapping
    lacks become empty cells, flags 1 and 0, dates ISO; text is made safe by `spreadsheet_safe`. With `byte_order_mark`,
    Excel reads the file as UTF-8. Raises ValueError when a row has a value too many or too few.
    """
    buffer = io.StringIO()
    if byte_order_mark:
        buffer.write("\ufeff")
    writer = csv.writer(buffer)
    writer.writerow([spreadsheet_safe(name) for name in columns])
    for row in rows:
        values = [row.get(name) for name in columns] if isinstance(row, Mapping) else row
        if len(values) != len(columns) or (isinstance(row, Mapping) and not row.keys() <= set(columns)):
            raise ValueError(f"a row of {len(row)} values does not fit the {len(columns)} columns")
        writer.writerow([_text(value) for value in values])
        if buffer.tell() >= _CHUNK:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def safe_file_name(name: str, fallback: str = "file") -> str:
    """A file name of ASCII letters, digits, dots, hyphens and underscores, at most 100 characters.

    Folders, control characters and quotes are gone; it neither begins with a dot nor is a name that Windows reserves.
    """
    last = PurePath(name[:1_000].replace("\\", "/").replace("\x00", "")).name
    ascii_name = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    cleaned = re.sub(r"-*\.[-.]*", ".", re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_name))
    if cleaned.startswith(".") and not last.startswith("."):
        cleaned = fallback + cleaned
    stem, dot, ending = cleaned.rpartition(".")
    if not dot or not stem.strip(".-_") or not re.fullmatch(r"[A-Za-z0-9]{1,10}", ending):
        stem, ending = cleaned, ""
    stem = stem.strip(".-_")[:80].rstrip(".-_") or fallback
    if stem.split(".")[0].casefold() in _RESERVED:
        stem = f"{fallback}-{stem}"
    return f"{stem}.{ending}" if ending else stem

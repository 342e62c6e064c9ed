"""Single cells: text into numbers, dates, flags and identifiers, strictly. Nothing is guessed.

Every function takes the trimmed text of a cell and raises `BadValue` with words that complete a sentence beginning with
the column's name: "score '12,5' has a decimal comma; write 12.5".
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

LONGEST_IDENTIFIER = 200
LARGEST_WHOLE = 2**53
EARLIEST_YEAR, LATEST_YEAR = 1970, 2199

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_COMMA_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[.,' \xa0\u202f][0-9]{3})+(?:[.,][0-9]+)?")
_WHOLE = re.compile(r"([+-]?[0-9]{1,17})(?:\.0*)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)\s?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2,4})\b.*", re.DOTALL)
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}")
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_SPREADSHEET_DAY = re.compile(rf"(?:[0-9]{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-[0-9]{{2,4}})(?:-[0-9]{{2,4}})?", re.IGNORECASE)
_NOT_NUMBERS = {"nan", "inf", "infinity", "na", "n/a", "null", "none", "#n/a", "#div/0!", "#value!"}
_FLAGS = {"0": False, "1": True, "false": False, "true": True, "no": False, "yes": True}
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"


T = TypeVar("T")


class BadValue(ValueError):
    """A cell that is not what its column holds."""


def cell(cells: Mapping[str, str], column: str, read: Callable[[str], T]) -> T:
    """What `read` makes of a column's cell ("" when there is no such column); the column's name begins its complaint."""
    try:
        return read(cells.get(column, ""))
    except BadValue as error:
        raise BadValue(f"{column} {error}") from None


def shown(text: str, longest: int = 40) -> str:
    """A cell as it may stand in a message: quoted, short, on one line, with invisible characters spelt out."""
    parts = ["\\" + c if c in "\\'" else c if c.isprintable() else f"\\u{{{ord(c):X}}}" for c in text[: longest + 1]]
    body = "".join(parts)
    return f"'{body}'" if len(text) <= longest else f"'{body[: longest - 1]}…'"


def number(text: str, decimal: str = ".") -> float:
    """A finite number written with ASCII digits; `decimal` is the decimal sign, "." or ",". Never -0.0."""
    pattern = _NUMBER if decimal == "." else _COMMA_NUMBER
    if len(text) > 60 or not pattern.fullmatch(text):
        raise BadValue(_why_no_number(text, decimal))
    value = float(text if decimal == "." else text.replace(",", "."))
    if not math.isfinite(value):
        raise BadValue(f"{shown(text)} is too large a number")
    return value + 0.0


def _why_no_number(text: str, decimal: str) -> str:
    if not text:
        return "is empty; a number is needed"
    if len(text) > 60:
        return f"{shown(text)} is too long for a number"
    if text.casefold().lstrip("+-") in _NOT_NUMBERS:
        return f"{shown(text)} is not a number"
    if "_" in text and text.replace("_", "").isdigit():
        return f"{shown(text)} has an underscore among its digits"
    if any(c.isdigit() and not c.isascii() for c in text):
        return f"{shown(text)} is not written with the digits 0 to 9"
    if "\u2212" in text:
        return f"{shown(text)} has a typeset minus sign; write -"
    if text.endswith("%"):
        return f"{shown(text)} has a percent sign; write the number alone"
    if decimal == "." and _COMMA_NUMBER.fullmatch(text):
        return f"{shown(text)} has a decimal comma; write {text.replace(',', '.')}"
    if decimal == "," and _NUMBER.fullmatch(text):
        return f"{shown(text)} has a decimal point, and other numbers of this file a decimal comma"
    if _GROUPED.fullmatch(text):
        return f"{shown(text)} has separated thousands; write the digits alone"
    return f"{shown(text)} is not a number"


class DecimalSign:
    """Numbers of one file. Only a file separated by semicolons may have decimal commas, and then has them throughout.

    The first number that shows a sign settles which one it is.
    """

    def __init__(self, separator: str) -> None:
        self._sign: str | None = None if separator == ";" else "."

    def number(self, text: str) -> float:
        """As `number`, with this file's decimal sign."""
        if self._sign is None:
            sign = "," if "," in text else "."
            value = number(text, sign)
            if sign in text:
                self._sign = sign
            return value
        return number(text, self._sign)


def whole_number(text: str, lowest: int | None = None, highest: int | None = None) -> int:
    """A whole number within 2^53 and within the bounds given. "3.0" is 3, because statistics programs write it so."""
    match = _WHOLE.fullmatch(text)
    if not match:
        value = number(text)
        raise BadValue(f"{shown(text)} is {'too large' if abs(value) > LARGEST_WHOLE else 'not a whole number in plain digits'}")
    whole = int(match.group(1))
    if abs(whole) > LARGEST_WHOLE:
        raise BadValue(f"{shown(text)} is too large")
    if (lowest is not None and whole < lowest) or (highest is not None and whole > highest):
        raise BadValue(f"{shown(text)} is not {_bounds(lowest, highest)}")
    return whole


def _bounds(lowest: int | None, highest: int | None) -> str:
    if highest is None:
        return f"{lowest} or more"
    return f"{highest} or less" if lowest is None else f"from {lowest} to {highest}"


def flag(text: str) -> bool:
    """0, 1, true, false, yes or no, in any letter case."""
    try:
        return _FLAGS[text.casefold()]
    except KeyError:
        raise BadValue(f"{shown(text)} is not 0 or 1 (true, false, yes and no will do)") from None


def _check_year(year: int, text: str) -> None:
    if year in (1899, 1900):
        raise BadValue(f"{shown(text)} is what spreadsheets write for an empty date")
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise BadValue(f"{shown(text)} is not in the years {EARLIEST_YEAR} to {LATEST_YEAR}")


def _why_no_date(text: str) -> str:
    if not text:
        return "is empty; a date is needed"
    slashed = _SLASHED.fullmatch(text)
    if slashed:
        first, second = int(slashed.group(1)), int(slashed.group(2))
        unclear = " (which of the two is the month cannot be told)" if first <= 12 and second <= 12 else ""
        return f"{shown(text)} is not written as year-month-day{unclear}; write for example 2026-03-14"
    if _SERIAL.fullmatch(text):
        return f"{shown(text)} looks like a spreadsheet's day number; format the column as 2026-03-14"
    return f"{shown(text)} is not a date such as 2026-03-14"


def iso_date(text: str, *, now: datetime | None = None) -> date:
    """A day written YYYY-MM-DD, 1970 to 2199; with `now`, not more than a day after it."""
    if not _DAY.fullmatch(text):
        raise BadValue(_why_no_date(text))
    _check_year(int(text[:4]), text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadValue(f"{shown(text)} is a day that the calendar does not have") from None
    if now is not None and day > (now + timedelta(days=1)).date():
        raise BadValue(f"{shown(text)} is in the future")
    return day


def iso_datetime(text: str, *, now: datetime | None = None) -> datetime:
    """A moment in UTC: YYYY-MM-DD, then a time HH:MM[:SS[.f]] after T or a space, then Z or an offset.

    A moment without an offset is taken to be UTC, a day without a time to be its midnight. With `now`, a moment more
    than a day after it is refused.
    """
    match = _MOMENT.fullmatch(text)
    if not match:
        raise BadValue(_why_no_date(text))
    day, clock, offset = match.groups()
    _check_year(int(day[:4]), text)
    zone = "+00:00" if not offset or offset in "Zz" else offset if len(offset) > 3 else offset + ":00"
    try:
        moment = datetime.fromisoformat(f"{day}T{(clock or '00:00')[:15]}{zone}").astimezone(UTC)
    except ValueError:
        raise BadValue(f"{shown(text)} is a moment that clock and calendar do not have") from None
    if now is not None and moment > now + timedelta(days=1):
        raise BadValue(f"{shown(text)} is in the future")
    return moment


def _unseen(text: str, allowed: str = "") -> str | None:
    if text.isascii() and text.isprintable():
        return None
    for character in text:
        if unicodedata.category(character) in _UNSEEN and character not in allowed:
            name = unicodedata.name(character, "a control character").lower()
            return f"{shown(text)} holds U+{ord(character):04X} ({name}), which cannot be seen"
    return None


def identifier(text: str, longest: int = LONGEST_IDENTIFIER) -> str:
    """An id, kept as text (007 is not 7), in NFC. Refused: empty, too long, invisible or direction-changing characters."""
    if not text:
        raise BadValue("is empty")
    if len(text) > longest:
        raise BadValue(f"{shown(text)} is longer than {longest} characters")
    unseen = _unseen(text)
    if unseen:
        raise BadValue(unseen)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def plain_words(text: str, longest: int = LONGEST_IDENTIFIER) -> str:
    """Words for people to read, perhaps none: as `identifier`, but joiners that some scripts need are allowed."""
    if len(text) > longest:
        raise BadValue(f"{shown(text)} is longer than {longest} characters")
    unseen = _unseen(text, _JOINERS)
    if unseen:
        raise BadValue(unseen)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def spreadsheet_damage(text: str) -> str | None:
    """A warning for an id that a spreadsheet may have rewritten (1E+05, 2-Feb), or None."""
    if _SCIENTIFIC.fullmatch(text):
        return f"{shown(text)} looks like an id that a spreadsheet turned into a number"
    if _SPREADSHEET_DAY.fullmatch(text):
        return f"{shown(text)} looks like an id that a spreadsheet turned into a date"
    return None


def damage_notes(ids: Mapping[str, int]) -> Iterator[str]:
    """A note when ids (each with a line that has it) look as if a spreadsheet had rewritten them."""
    damaged = [(line, warning) for text, line in ids.items() if (warning := spreadsheet_damage(text))]
    if damaged:
        line, warning = damaged[0]
        more = f", and {len(damaged) - 1} more like it" if len(damaged) > 1 else ""
        yield f"Line {line}: {warning}{more}. It was kept as it is written."

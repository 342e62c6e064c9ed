"""The first line of a table: names made comparable, missing ones explained."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence

from assessment.errors import BadInput, Fault

LONGEST_NAME = 200
_LIKENESS = 0.7


def clean_name(cell: str) -> str:
    """A column's name as it is shown: NFC, without invisible characters, spaces trimmed and made single."""
    if not cell.isascii():
        cell = unicodedata.normalize("NFC", "".join(c for c in cell if unicodedata.category(c) != "Cf"))
    return " ".join(cell.split())


def name_key(cell: str) -> str:
    """What two names must share to be the same column: the clean name, letter case aside."""
    return unicodedata.normalize("NFC", clean_name(cell).casefold())


def near_names(name: str, names: Sequence[str]) -> list[str]:
    """Up to three of `names` that somebody may have meant by `name`, the nearest first."""
    keys = {name_key(other).replace(" ", "_").replace("-", "_"): other for other in names}
    return [keys[key] for key in difflib.get_close_matches(name_key(name), list(keys), n=3, cutoff=_LIKENESS)]


def foreign_letters(name: str) -> str:
    """A remark when a name mixes Latin letters with look-alikes of other scripts; empty when it does not."""
    scripts = {unicodedata.name(c, "UNKNOWN").split()[0] for c in name if c.isalpha()}
    foreign = [c for c in name if c.isalpha() and not unicodedata.name(c, "").startswith("LATIN ")]
    if "LATIN" not in scripts or not foreign:
        return ""
    return f" (its {foreign[0]!r} is not a Latin letter: U+{ord(foreign[0]):04X})"


def columns_of(cells: Sequence[str], known: Sequence[str]) -> tuple[str | None, ...]:
    """The name of each column, in the spelling of `known` where it is known; None for a column without a name.

    Raises BadInput for a header without names, a name too long to be one, and a name that is there twice.
    """
    spellings = {name_key(name): name for name in known}
    names: list[str | None] = []
    places: dict[str, int] = {}
    faults: list[Fault] = []
    for place, cell in enumerate(cells, start=1):
        key = name_key(cell) if len(cell) <= 4 * LONGEST_NAME else cell
        if not key:
            names.append(None)
            continue
        if len(key) > LONGEST_NAME:
            faults.append(Fault("header", f"column {place} has a name longer than {LONGEST_NAME} characters"))
        elif key in places:
            faults.append(Fault("header", f"columns {places[key]} and {place} are both called {clean_name(cell)!r}"))
        places.setdefault(key, place)
        names.append(spellings.get(key, clean_name(cell)[: LONGEST_NAME + 1]))
    if faults:
        raise BadInput(f"The header cannot be used: {faults[0].message}. Nothing was read from the file.", faults)
    if not places:
        raise BadInput("The file has no header. Its first line must name the columns.", [Fault("header", "has no names")])
    return tuple(names)


def missing_faults(columns: Sequence[str], required: Sequence[str], known: Sequence[str]) -> list[Fault]:
    """One fault for each required column that is not there, with the names that come near and those that are there."""
    spare = [name for name in columns if name not in set(known)]
    faults = []
    for name in required:
        if name in columns:
            continue
        near = near_names(name, spare)
        if near:
            hint = "; near it: " + ", ".join(f"{other!r}{foreign_letters(other)}" for other in near)
        else:
            hint = "; the columns are: " + ", ".join(repr(other) for other in columns[:30])
            hint += f" and {len(columns) - 30} more" if len(columns) > 30 else ""
        faults.append(Fault("header", f"there is no column {name!r}{hint}"))
    return faults

"""Does a key fit the units that it is to score? Errors forbid its use; warnings are for the people who write keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from assessment.bank.faults import Broken
from assessment.bank.units import Unit
from assessment.errors import Fault
from assessment.keys.format_rules import format_warnings
from assessment.keys.key import ScoringKey
from assessment.keys.parts import UnitKey

METHODS = {
    "pick_best": ("option_value",),
    "best_worst": ("best_worst",),
    "rank": ("rank_distance",),
    "rate": ("standardised_distance", "shape"),
    "likert": ("likert",),
}


class KeyCheck(NamedTuple):
    """What a key lacks for a set of units: `errors` and `warnings`, in the order of the units."""

    errors: list[Fault]
    warnings: list[Fault]


def check_key(key: ScoringKey, units: Sequence[Unit], *, facets: Collection[str] | None = None) -> KeyCheck:
    """Compare a key with the scored units of a form or of a bank.

    Errors: a unit without an entry, another version of the item, other options, a method that does not fit the format, a
    facet or attitude other than the unit's, a facet that is not in `facets` (when given). Warnings: gaps of items.md A15.
    Entries for other units are no matter here (see `stray_entries`). A linear key is compared by codes and options.
    """
    if key.model.kind == "linear":
        return KeyCheck(_faults(_linear_errors(key, {unit.code: unit for unit in units})), [])
    errors: list[Broken] = []
    warnings: list[Broken] = []
    if facets is not None:
        errors += [(("facets", facet), "is not a facet") for facet in key.facets if facet not in facets]
    for unit in units:
        entry = key.items.get(unit.code)
        if entry is None:
            errors.append((("item", unit.code), "is missing: this unit is scored and has no entry"))
            continue
        found = [(("item", unit.code, *where), message) for where, message in _unit_errors(unit, entry)]
        errors += found
        if not found:
            warnings += [(("item", unit.code, *where), message) for where, message in format_warnings(unit, entry)]
    return KeyCheck(_faults(errors), _faults(warnings))


def stray_entries(key: ScoringKey, units: Iterable[Unit]) -> list[Fault]:
    """Entries that name no unit of `units` (which should be all of a bank's): misspelt, retired or for practice."""
    codes = {unit.code for unit in units}
    return _faults((("item", code), "names no scored unit") for code in key.items if code not in codes)


def _unit_errors(unit: Unit, entry: UnitKey) -> Iterator[Broken]:
    if entry.item_version != unit.item_version:
        yield ("item_version",), f"is {entry.item_version}; the item is at version {unit.item_version}"
    fitting = METHODS.get(unit.format, ())
    if entry.method not in fitting:
        yield ("method",), f"is {entry.method}; format {unit.format} is scored by {' or '.join(fitting)}"
    if unit.attitude is not None and set(entry.attitudes) != {unit.attitude}:
        yield ("attitudes",), f"the item is about the attitude {unit.attitude}, and about nothing else"
    if unit.facet is not None and not entry.facets.get(unit.facet):
        yield ("facets",), f"has no share of {unit.facet}, the facet that the unit is about"
    yield from _options(unit, entry)


def _options(unit: Unit, entry: UnitKey) -> Iterator[Broken]:
    for code in unit.options:
        if code not in entry.options:
            yield ("option", code), "is missing: the option has no score"
    for code in entry.options:
        if code not in unit.options:
            yield ("option", code), "the item has no such option"


def _linear_errors(key: ScoringKey, units: dict[str, Unit]) -> Iterator[Broken]:
    for code, entry in key.items.items():
        unit = units.get(code)
        if unit is None:
            yield ("item", code), "is not in the form"
        elif unit.options:
            for option in entry.options:
                if option not in unit.options:
                    yield ("item", code, "option", option), "the item has no such option"
    for code in key.numbers:
        if code not in units:
            yield ("number", code), "is not in the form"
    for name, scale in key.scales.items():
        for code in scale.items:
            if code not in units:
                yield ("scale", name, "items"), f"{code} is not in the form"


def _faults(broken: Iterable[Broken]) -> list[Fault]:
    return [Fault(_table(where), message) for where, message in broken]


def _table(where: tuple[str | int, ...]) -> str:
    """`[item.joke] option.a.why`: the table of the unit, scale or facets, and the place in it."""
    names = [str(part) for part in where]
    tables = 2 if names[0] in ("item", "scale", "number") else 1
    return " ".join(word for word in (f"[{'.'.join(names[:tables])}]", ".".join(names[tables:])) if word)

"""What scoring needs to know of a published form: its units, its scales, and the reliability it was planned for.

One shape for both origins: a form delivered here (a snapshot of the bank) and one delivered elsewhere and imported, whose
content describes items and scales by their codes alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from assessment.bank import Unit, read_snapshot
from assessment.bank.vocabulary import Format
from assessment.records.form import FormVersion

BEST, WORST = "best", "worst"


@dataclass(frozen=True, slots=True)
class FormScale:
    """A scale of an imported form: numeric items from `low` to `high`, the `reversed` ones worded against it."""

    code: str
    items: tuple[str, ...]
    reversed: tuple[str, ...]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ScoredForm:
    """A form as scoring sees it. `planned_reliability` is None where nobody planned one (imported forms)."""

    imported: bool
    units: tuple[Unit, ...]
    scales: tuple[FormScale, ...]
    planned_reliability: float | None


def read_form(content: Mapping[str, Any]) -> ScoredForm:
    """Read the content of a form version. Raises `BadInput` if it is no published form."""
    if content.get("kind") == "imported":
        return ScoredForm(True, tuple(map(_imported_unit, content["items"])), tuple(map(_scale, content.get("scales", ()))), None)
    form = read_snapshot(dict(content))
    return ScoredForm(False, form.units, (), form.provisional_reliability)


class Pinned:
    """Stored content that never changes: equal when the hash is equal, so that what was read of it can be kept."""

    def __init__(self, content_hash: str, content: Mapping[str, Any]) -> None:
        self.content_hash = content_hash
        self.content = content

    def __hash__(self) -> int:
        return hash(self.content_hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pinned) and self.content_hash == other.content_hash


def form_of(version: FormVersion) -> ScoredForm:
    """The form of a stored version."""
    return _read_once(Pinned(version.content_hash, version.content))


def point_codes(value: Any) -> tuple[str, ...]:
    """The option codes under which a linear key keeps points for a stored response.

    A nominal "2" or a count 2 is `2`; a best-and-worst response is `best:2` and `worst:4`, whose points add up. Studies
    that fit points to options name their columns by these codes. Nothing for a response of another shape.
    """
    if isinstance(value, Mapping):
        return tuple(f"{part}:{value[part]}" for part in (BEST, WORST) if part in value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ()
    return (f"{value:g}" if isinstance(value, float) else str(value),)


@lru_cache(maxsize=64)
def _read_once(pinned: Pinned) -> ScoredForm:
    return read_form(pinned.content)


def _imported_unit(item: Mapping[str, Any]) -> Unit:
    options = tuple(str(option) for option in item.get("options") or ())
    if item["format"] == "best_worst":
        options = tuple(f"{part}:{option}" for part in (BEST, WORST) for option in options)
    return Unit(
        code=item["code"],
        item_id=item["code"],
        item_version=1,
        step=None,
        format=cast(Format, item["format"]),  # imported forms know formats (nominal, count) that the bank does not
        facet=None,
        attitude=None,
        rater=None,
        options=options,
        scale=None,
    )


def _scale(scale: Mapping[str, Any]) -> FormScale:
    return FormScale(
        scale["code"], tuple(scale["items"]), tuple(scale.get("reversed", ())), float(scale["low"]), float(scale["high"])
    )

"""Random legal keys with the units that they score, for claims that hold for every key."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from assessment.bank import Unit
from assessment.keys import ScoringKey, key_from_json

FACETS = ("composure", "discretion", "listening", "reciprocity")
METHODS = {
    "pick_best": "option_value",
    "best_worst": "best_worst",
    "rate": "standardised_distance",
    "rank": "rank_distance",
    "likert": "likert",
}
WEIGHTS = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.7, 3.0]) | st.floats(0.01, 10)
NOTES = st.none() | st.text(st.characters(categories=["L", "N", "P"], exclude_characters="<&"), min_size=1, max_size=12)


@st.composite
def shares(draw: st.DrawFn) -> dict[str, float]:
    """One facet alone, or two that share the unit."""
    first, second = draw(st.permutations(FACETS))[:2]
    part = draw(st.sampled_from([1.0, 0.5, 0.75]))
    return {first: 1.0} if part == 1 else {first: part, second: 1 - part}


@st.composite
def entries(draw: st.DrawFn, number: int) -> tuple[Unit, dict[str, Any]]:
    """A unit and its entry in a key."""
    format = draw(st.sampled_from(list(METHODS)))
    attitude = format == "likert" and draw(st.booleans())
    facets = draw(shares())
    options = () if format == "likert" else tuple("abcdef"[: draw(st.integers(3, 6))])
    step = draw(st.sampled_from([None, "feels"])) if format != "likert" else None
    item = f"item-{number}"
    unit = Unit(
        code=f"{item}.{step}" if step else item,
        item_id=item,
        item_version=draw(st.integers(1, 3)),
        step=step,
        format=format,
        facet=None if attitude else next(iter(facets)),
        attitude="patience" if attitude else None,
        rater=None,
        options=options,
        scale=None,
    )
    entry: dict[str, Any] = {"item_version": unit.item_version, "method": METHODS[format]}
    entry |= {"weight": 0.0, "attitudes": {"patience": 1.0}} if attitude else {"weight": draw(WEIGHTS), "facets": facets}
    if format == "likert":
        entry["direction"] = draw(st.sampled_from(["plus", "minus"]))
    else:
        scores = draw(st.lists(st.floats(1, 5), min_size=len(options), max_size=len(options), unique=True))
        notes = [draw(NOTES) for _ in options]
        entry["option"] = {
            code: {"score": score} | ({"why": note} if note else {})
            for code, score, note in zip(options, scores, notes, strict=True)
        }
    return unit, entry


@st.composite
def keys(draw: st.DrawFn, max_share: float | None = None) -> tuple[ScoringKey, tuple[Unit, ...]]:
    """A weighted-sum key with at least one unit that weighs something, and its units; `max_share` of statements if it matters."""
    drawn = [draw(entries(number)) for number in range(draw(st.integers(1, 6)))]
    sure: dict[str, Any] = {"item_version": 1, "method": "option_value", "weight": 1.0, "facets": {"composure": 1.0}}
    sure["option"] = {"a": {"score": 4.0}, "b": {"score": 2.0}}
    unit = Unit("sure", "sure", 1, None, "pick_best", "composure", None, None, ("a", "b"), None)
    drawn.append((unit, sure))
    document = {
        "key": {"schema": 1, "id": "random", "version": draw(st.integers(1, 9)), "grade": "panel"},
        "provenance": {"method": "panel", "by": "Panel", "on": "2026-11-23", "n": 10},
        "facets": {facet: draw(WEIGHTS) for facet in FACETS} | {"composure": draw(st.floats(0.1, 5))},
        "statements": {"max_share": draw(st.sampled_from([0.0, 0.15, 0.5, 1.0])) if max_share is None else max_share},
        "model": {"kind": "weighted_sum"},
        "item": {unit.code: entry for unit, entry in drawn},
    }
    if draw(st.booleans()):
        document["norms"] = {"name": "Pool", "n": 240, "mean": 0.61, "sd": 0.09, "from": "2026-01-01", "to": "2026-06-30"}
    return key_from_json(document), tuple(unit for unit, _ in drawn)

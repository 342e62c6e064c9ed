"""Which fields of a unit's entry go together, by method."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping

from assessment.bank.faults import Broken

OPTION_IDS = frozenset("abcdef")
SHARE_TOLERANCE = 1e-6


def broken_unit_rules(
    *,
    method: str,
    given: Collection[str],
    weight: float | None,
    facets: Mapping[str, float],
    attitudes: Mapping[str, float],
    scores: Mapping[str, float],
) -> Iterator[Broken]:
    """Every rule that an entry breaks; `given` are the names of the fields that were written down."""
    if method == "points":
        for name in ("weight", "facets", "attitudes", "direction"):
            if name in given:
                yield (name,), "does not belong to method points, whose scores are the weights"
        if not scores:
            yield ("option",), "is missing"
        return
    for name in ("item_version", "weight"):
        if name not in given:
            yield (name,), "is missing"
    if "missing" in given:
        yield ("missing",), "belongs to method points; elsewhere what is not answered is left out"
    yield from _shares(facets, attitudes, weight)
    if method == "likert":
        yield from _statement(given, scores)
    else:
        yield from _choices(given, scores)


def _shares(facets: Mapping[str, float], attitudes: Mapping[str, float], weight: float | None) -> Iterator[Broken]:
    if bool(facets) == bool(attitudes):
        yield ("facets",), "an entry has facets or attitudes, one of them"
        return
    name, shares = ("facets", facets) if facets else ("attitudes", attitudes)
    total = math.fsum(shares.values())
    if abs(total - 1) > SHARE_TOLERANCE:
        yield (name,), f"shares must sum to 1; these sum to {total:g}"
    if attitudes and weight:
        yield ("weight",), "must be 0 for an attitude: it is never in the score"


def _statement(given: Collection[str], scores: Mapping[str, float]) -> Iterator[Broken]:
    if "direction" not in given:
        yield ("direction",), "is missing for method likert: plus or minus"
    if scores:
        yield ("option",), "does not belong to method likert"


def _choices(given: Collection[str], scores: Mapping[str, float]) -> Iterator[Broken]:
    if "direction" in given:
        yield ("direction",), "belongs to method likert"
    if not scores:
        yield ("option",), "is missing"
        return
    for code, score in scores.items():
        if code not in OPTION_IDS:
            yield ("option", code), "an option is named by one letter from a to f"
        if not 1 <= score <= 5:
            yield ("option", code, "score"), f"must be from 1 to 5; it is {score:g}"
    if len(scores) > 1 and len(set(scores.values())) == 1:
        yield ("option",), "all options have one score, so no response differs from another"

"""Scores as people see them: whole numbers, an interval of one standard error, facets against the average person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assessment.records.score import Score

SHIFT = 1000
"""Added before rounding, so that a T score far below 0 is on the side of 0 where a cast to integer rounds as floor does."""


@dataclass(frozen=True, slots=True)
class FacetFigure:
    """A facet of a person on the list's scale with its 68 % interval, in whole numbers.

    `average` is the average person on that scale and `distance` the person's distance from it in SDs.
    """

    score: int
    low: int
    high: int
    average: float
    distance: float


def whole_number(value: float) -> int:
    """`value` rounded half up, as the database does it."""
    return int(np.floor(value + 0.5 + SHIFT)) - SHIFT


def interval(composite: float, standard_error: float, scale: str) -> tuple[int, int]:
    """The 68 % interval in whole numbers: one standard error on each side, within the ends of the percent scale."""
    low, high = composite - standard_error, composite + standard_error
    return (whole_number(low), whole_number(high)) if scale == "t" else (whole_number(max(low, 0)), whole_number(min(high, 100)))


def facet_figure(newest: Score, score: Score, code: str) -> FacetFigure | None:
    """A facet of one score row in the light of the list's newest figures; None where there is no number to show."""
    figures, value = newest.facets.get(code, {}), score.facets.get(code, {}).get("score")
    if not figures.get("shown") or value is None or not figures.get("sd"):
        return None
    mean, sd = figures["mean"], figures["sd"]
    error = sd * float(np.sqrt(1.0 - figures["reliability"]))
    distance = (value - mean) / sd
    if score.scale == "t":
        reported, average, reported_error = 50.0 + 10.0 * distance, 50.0, 10.0 * error / sd
    else:
        reported, average, reported_error = 100.0 * value, 100.0 * mean, 100.0 * error
    low, high = interval(reported, reported_error, score.scale)
    return FacetFigure(whole_number(reported), low, high, average, distance)

"""What may be said of a facet in words: three coarse levels where the facet is measured well enough, else only a theme.

How the lines are set, and how often the same would be said again, stands in docs/decisions/0008.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assessment.bank.feedback import Level
from assessment.psychometrics.classical import coarse_levels

HIGH = 0.70
"""Of the possible maximum: half way between choosing blindly (.41 on the shipped key) and the best there is."""
LOW = 0.50
"""A sixth of the way: hardly more than choosing blindly."""
CONFIDENCE = 0.80
LEAST_RELIABILITY = 0.50
"""Below it more than half of what people differ by is error, so that nothing is said even of a facet that has added value."""

LEVELS: Mapping[int, Level] = {1: "strength", 0: "between", -1: "growth"}


def facet_level(figures: Mapping[str, Any], *, complete: bool) -> Level:
    """The level of a facet of a score row; `complete` if all of the facet was answered.

    `figures` are {"score", "shown", "reliability", "mean", "sd"} as scoring writes them: the last three are there once enough
    people have finished, and `shown` says that the facet may stand beside the total at all.
    """
    reliability = figures.get("reliability", 0.0)
    if not (complete and figures.get("shown") and reliability >= LEAST_RELIABILITY) or figures.get("score") is None:
        return "theme"
    found = coarse_levels(
        [figures["score"]],
        mean=figures["mean"],
        sd=figures["sd"],
        reliability=reliability,
        low=LOW,
        high=HIGH,
        confidence=CONFIDENCE,
    )
    return LEVELS[int(found[0])]

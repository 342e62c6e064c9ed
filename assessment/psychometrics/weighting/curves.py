"""Numbers with few values as predictors that need not be straight lines."""

from __future__ import annotations

import numpy as np

from assessment.psychometrics.weighting.design import Design, join

MOST_VALUES = 10
"""A column with more distinct values than these keeps to a straight line."""


def value_name(column: str, value: float) -> str:
    """The name of the 0/1 column for one value of a numeric column: `PScale01_Q1=3`."""
    return f"{column}={value:.15g}"


def with_curves(design: Design) -> Design:
    """The design with a 0/1 column for each value of its numeric columns that take 3 to `MOST_VALUES` values.

    The numeric columns stay: a penalty draws the values toward their line, and the line toward nought. What people answer
    on a rating scale is seldom worth the same from step to step, and its ends are often alike.
    """
    curves = [design]
    for j in np.flatnonzero(~design.nominal):
        answers = design.values[:, j]
        known = ~np.isnan(answers)
        distinct = np.unique(answers[known])
        if 3 <= distinct.size <= MOST_VALUES:
            chosen = np.where(known[:, None], answers[:, None] == distinct, np.nan)
            names = tuple(value_name(design.names[j], value) for value in distinct)
            curves.append(
                Design(chosen, names, (f"{design.names[j]} by value",) * distinct.size, np.ones(distinct.size, dtype=bool))
            )
    return join(curves)

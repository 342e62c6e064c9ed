"""Ratings, targets by raters, as the statistics of agreement need them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, matrix


def rating_table(ratings: ArrayLike) -> FloatArray:
    """`ratings` as (n_targets, n_raters) with NaN for not rated; refuses fewer than two raters."""
    table = matrix("ratings", ratings)
    if table.shape[1] < 2:
        raise ValueError(f"ratings must be targets by raters with at least two raters; it holds {table.shape[1]}")
    return table


def rated_by_all(ratings: ArrayLike, *, at_least: int, raters: int | None = None) -> FloatArray:
    """The targets that every rater rated; refuses fewer than `at_least` of them, and another number of raters than `raters`."""
    table = rating_table(ratings)
    if raters is not None and table.shape[1] != raters:
        raise ValueError(f"ratings must be those of {raters} raters, one a column; it holds {table.shape[1]}")
    table = table[~np.isnan(table).any(axis=1)]
    if table.shape[0] < at_least:
        wanted = "one target" if at_least == 1 else f"{at_least} targets"
        raise ValueError(f"ratings must hold at least {wanted} that every rater rated; it holds {table.shape[0]}")
    return table


def rated_more_than_once(ratings: ArrayLike) -> FloatArray:
    """The targets with at least two ratings; refuses none."""
    table = rating_table(ratings)
    enough: FloatArray = table[(~np.isnan(table)).sum(axis=1) >= 2]
    if not enough.size:
        raise ValueError("ratings must hold at least one target with two ratings")
    return enough

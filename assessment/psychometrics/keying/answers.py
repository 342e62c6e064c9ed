"""What every scoring method asks of its arguments: a key with option scores that differ, and answers that fit it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, matrix, vector


def checked_option_scores(option_scores: ArrayLike) -> FloatArray:
    """(k,) scores of at least two options that are not all equal."""
    scores = vector("option_scores", option_scores, complete=True)
    if scores.size < 2:
        raise ValueError("option_scores must hold at least two options")
    if np.ptp(scores) == 0:
        raise ValueError("option_scores must differ; with equal scores the item tells nobody apart")
    return scores


def checked_ratings(ratings: ArrayLike, option_scores: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """(n, k) ratings with the (k,) option scores that they belong to."""
    scores = checked_option_scores(option_scores)
    return matrix("ratings", ratings, columns=scores.size), scores


def picked(name: str, chosen: ArrayLike, of_each: FloatArray) -> FloatArray:
    """`of_each[option]` for each person's option, NaN where there is none."""
    index = vector(name, chosen)
    answered = ~np.isnan(index)
    at = index[answered]
    if (at != np.floor(at)).any() or (at < 0).any() or (at >= len(of_each)).any():
        raise ValueError(f"{name} must hold option indices from 0 to {len(of_each) - 1}, or NaN")
    out = np.full((index.size, *of_each.shape[1:]), np.nan)
    out[answered] = of_each[at.astype(np.int64)]
    return out

"""Statements answered on a scale, and the composite of item scores."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, count, flags, matrix, number, vector


def likert(ratings: ArrayLike, direction: Literal["plus", "minus"], n_points: int = 5) -> FloatArray:
    """(r − 1) / (n_points − 1) for `plus`, (n_points − r) / (n_points − 1) for `minus` (Likert, 1932).

    `ratings` are (n,) from 1 to `n_points`, NaN for not answered and so returned, else `ValueError`. Returns (n,) in [0, 1].
    """
    count("n_points", n_points, at_least=2)
    if direction not in ("plus", "minus"):
        raise ValueError(f"direction must be 'plus' or 'minus'; it is {direction!r}")
    given = vector("ratings", ratings)
    if ((given < 1) | (given > n_points)).any():
        raise ValueError(f"ratings must lie between 1 and {n_points}")
    above = (given - 1.0) / (n_points - 1.0)
    return np.asarray(above if direction == "plus" else 1.0 - above)


def composite(item_scores: ArrayLike, weights: ArrayLike) -> FloatArray:
    """Weighted mean of what was answered: Σ w x / Σ w over the answered items.

    Parameters
    ----------
    item_scores : (n, k), NaN for not answered.
    weights : (k,) at least 0, not all 0.

    Returns
    -------
    (n,) in the range of the item scores; NaN for a person who answered nothing of positive weight.

    Raises `ValueError` for another number of weights than of items, a weight below 0, or weights that are all 0.
    """
    scores = matrix("item_scores", item_scores)
    w = vector("weights", weights, length=scores.shape[1], complete=True)
    if (w < 0).any() or not w.any():
        raise ValueError("weights must be at least 0 and not all 0; a reversed item is reversed when it is scored")
    answered = ~np.isnan(scores)
    weight = (answered * w).sum(axis=1)
    total = (np.where(answered, scores, 0.0) * w).sum(axis=1)
    return np.asarray(np.divide(total, weight, out=np.full(scores.shape[0], np.nan), where=weight > 0))


def scale_scores(responses: ArrayLike, reversed: ArrayLike, low: float, high: float) -> FloatArray:
    """Mean of the answered statements of one scale, reversed ones turned round, low + high − x (Likert, 1932).

    Parameters
    ----------
    responses : (n, k) answers from `low` to `high`, NaN for not answered.
    reversed : (k,) true where the statement is worded against the scale.
    low, high : the ends of the answer scale.

    Returns
    -------
    (n,) in [low, high]; NaN for a person who answered none.

    Raises
    ------
    ValueError
        An answer off the scale, flags that are not true or false for each statement, or `low` not below `high`.
    """
    given = matrix("responses", responses)
    turned = flags("reversed", reversed, length=given.shape[1])
    if not number("low", low) < number("high", high):
        raise ValueError("low must be below high")
    if ((given < low) | (given > high)).any():
        raise ValueError(f"responses must lie between {low:g} and {high:g}")
    return composite(np.where(turned[None, :], low + high - given, given), np.ones(given.shape[1]))

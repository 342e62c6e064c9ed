"""Scores of an order: every option of an item placed from most to least effective."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, count, matrix
from assessment.psychometrics.keying.answers import checked_option_scores

FULL_MARKS = 4


def rank_distance(places: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """1 − Σ|place − key place| / its maximum (8 for four options): Spearman's (1906) footrule turned into a score.

    Options that the key scores alike share the places they would take together, and any of those places is right.

    Parameters
    ----------
    places : (n, k) the place given to each option, a permutation of 1 (most effective) to k; NaN for not answered.
    option_scores : (k,) the key's score of each option; the highest takes place 1.

    Returns
    -------
    (n,) item scores in [0, 1], NaN unless every option was placed.

    Raises
    ------
    ValueError
        Places that are no permutation of 1 to k, or option scores that are all equal.
    """
    scores = checked_option_scores(option_scores)
    first, last = _right_places(scores)
    # The distance is convex in the place, so the order opposite to the key is the farthest from it.
    farthest = _outside(scores.size + 1.0 - _distinct_places(scores), first, last).sum()
    return np.asarray(1.0 - _outside(_checked_places(places, scores.size), first, last).sum(axis=1) / farthest)


def rank_near_miss(places: ArrayLike, option_scores: ArrayLike, full_marks: int = FULL_MARKS) -> FloatArray:
    """Σ max(0, full marks − |place − key place|): 4 for an option in its place, one less for each place off, at least 0.

    The rule of the ranking items of the UK foundation programme's situational judgment test, 20 points for five options.
    Arguments and `ValueError` as in `rank_distance`; options that the key ties are right in any of the places they share.
    Returns (n,) points from 0 to k · `full_marks`.
    """
    count("full_marks", full_marks, at_least=1)
    scores = checked_option_scores(option_scores)
    off = _outside(_checked_places(places, scores.size), *_right_places(scores))
    return np.asarray(np.maximum(0.0, full_marks - off).sum(axis=1))


def _checked_places(places: ArrayLike, k: int) -> FloatArray:
    given = matrix("places", places, columns=k)
    answered = ~np.isnan(given).any(axis=1)
    if not (np.sort(given[answered], axis=1) == np.arange(1.0, k + 1)).all():
        raise ValueError(f"places must be a permutation of 1 to {k} for each person who ranked")
    return given


def _right_places(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and last of the places that are right for each option."""
    first = 1.0 + (scores[None, :] > scores[:, None]).sum(axis=1)
    last = scores.size - (scores[None, :] < scores[:, None]).sum(axis=1)
    return first, last.astype(np.float64)


def _distinct_places(scores: FloatArray) -> FloatArray:
    """Places 1 to k by falling score; ties in the order given."""
    places = np.empty(scores.size)
    places[np.argsort(-scores, kind="stable")] = np.arange(1.0, scores.size + 1)
    return places


def _outside(places: FloatArray, first: FloatArray, last: FloatArray) -> FloatArray:
    """How far each place lies outside the places that are right."""
    return np.asarray(np.maximum(first - places, 0.0) + np.maximum(places - last, 0.0))

"""Guttman errors: a hard step taken where an easier one was not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, matrix, numbers, within
from assessment.psychometrics.response_quality.missing import by_answered

MOST_CATEGORIES = 1_000
"""Each category of each item has a popularity of its own: more are amounts, not categories."""


@dataclass(frozen=True)
class GuttmanErrors:
    """Guttman errors of each person.

    Attributes
    ----------
    estimate : (n,) errors; NaN for a person who answered nothing.
    normed : (n,) errors over the most that are possible with the person's total, in [0, 1]; NaN where none is possible, as
        with the lowest and the highest total.
    popularity : (k, m) share of people at or above each step of each item, NaN beyond the item's own steps. Given back to
        `guttman_errors` it judges new people by the order of these.
    """

    estimate: FloatArray
    normed: FloatArray
    popularity: FloatArray


def guttman_errors(
    responses: ArrayLike, n_categories: ArrayLike | int | None = None, popularity: ArrayLike | None = None
) -> GuttmanErrors:
    """Number of pairs of item steps of which a person took the less popular and not the more popular one.

    Score x on an item means that its steps 1 to x were taken; the popularity of a step is the share of people who took it.
    With two categories a step is an item answered rightly, and the errors are those of Meijer (1994), at most r (k − r)
    with r right of k. With more, every error in a pair of items counts as often as pairs of their steps are out of order,
    the weights of Molenaar (1991); the sum is G+ of R's `mokken` and, over its maximum, the normed G+ of Emons (2008). Two
    steps of equal popularity in different items are half an error in either order, the mean over the orders that could be
    drawn for them.

    Parameters
    ----------
    responses : (n, k) item scores in whole numbers from 0, reversed items turned round; NaN for not answered. Only the
        items that a person answered count for them.
    n_categories : categories of each item, one number or (k,); by default the largest score seen plus 1, for all items.
    popularity : (k, m) from a norm sample, falling along each row, as in the result; by default that of these people. It
        says how many categories each item has, in the place of `n_categories`.

    Raises
    ------
    ValueError
        Scores that are no whole numbers from 0, are 1 000 or more or reach beyond the categories, an item that nobody
        answered, or a popularity of the wrong shape or order.
    """
    given = matrix("responses", responses)
    if given.size == 0:
        raise ValueError("responses must hold at least one person and one item")
    answered = ~np.isnan(given)
    scores = np.where(answered, given, 0.0)
    if (scores != np.floor(scores)).any() or (scores < 0).any():
        raise ValueError("responses must hold whole numbers from 0, or NaN")
    if scores.max() >= MOST_CATEGORIES:
        raise ValueError(f"responses must be categories below {MOST_CATEGORIES}; the largest is {scores.max():g}")
    taken = scores.astype(np.int64)
    order = _popularity(taken, answered, n_categories) if popularity is None else _given_popularity(popularity, given.shape[1])
    if (taken > (~np.isnan(order)).sum(axis=1)).any():
        raise ValueError("responses must lie below the number of categories of their item")
    n = given.shape[0]
    errors, normed = np.full(n, np.nan), np.full(n, np.nan)
    for items, people in by_answered(answered):
        if items.any():
            errors[people], normed[people] = _errors(taken[np.ix_(people, np.flatnonzero(items))], order[items])
    return GuttmanErrors(errors, normed, order)


def _popularity(taken: IntArray, answered: BoolArray, n_categories: ArrayLike | int | None) -> FloatArray:
    if not answered.any(axis=0).all():
        raise ValueError("responses must hold at least one answer to each item")
    categories = numbers("n_categories", max(2, int(taken.max()) + 1) if n_categories is None else n_categories)
    if (categories != np.floor(categories)).any() or (categories < 2).any() or categories.shape not in ((), taken.shape[1:]):
        raise ValueError("n_categories must be a whole number of at least 2, or one for each item")
    steps = np.arange(1, int(categories.max()))
    share = ((taken[:, :, None] >= steps) & answered[:, :, None]).sum(axis=0) / answered.sum(axis=0)[:, None]
    return np.where(steps < np.broadcast_to(categories, taken.shape[1:])[:, None], share, np.nan)


def _given_popularity(popularity: ArrayLike, n_items: int) -> FloatArray:
    order = within("popularity", matrix("popularity", popularity, rows=n_items), 0.0, 1.0)
    known = ~np.isnan(order)
    if not known[:, :1].all() or (known[:, 1:] > known[:, :-1]).any() or (np.diff(order, axis=1) > 0).any():
        raise ValueError("popularity must give the steps of each item from its first on, falling along the row")
    return order


def _errors(taken: IntArray, popularity: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Errors and normed errors of people who answered the same items, from (n, k) scores and the (k, m) order.

    A step's errors are the more popular steps not taken. Summed over a person's T steps taken, they are the places of those
    steps in the order of popularity, less the T (T − 1) / 2 pairs of which both were taken: places add up item by item,
    which gives both the errors and, by choosing scores one item after the other, their maximum for a total.
    """
    total = taken.sum(axis=1)
    by_score = _summed(_places(popularity))
    errors = by_score[np.arange(taken.shape[1]), taken].sum(axis=1) - total * (total - 1) / 2.0
    # Tied steps stand in some order when the most errors are counted: with r of k equally hard items it is still r (k − r).
    strict = _summed(_places_without_ties(popularity))
    most = np.maximum(_most(by_score), _most(strict))
    possible = most[total] - total * (total - 1) / 2.0
    return errors, np.divide(errors, possible, out=np.full(errors.shape, np.nan), where=possible > 0)


def _places(popularity: FloatArray) -> FloatArray:
    """How many steps are more popular than each, ties in another item counting half; steps of one item keep their order."""
    known = ~np.isnan(popularity)
    _, rank, times = np.unique(-popularity[known], return_inverse=True, return_counts=True)
    places = np.full(popularity.shape, np.nan)
    places[known] = (np.cumsum(times) - (times + 1) / 2.0)[rank.ravel()]
    tied = popularity[:, :, None] == popularity[:, None, :]
    earlier, later = np.tril(tied, -1).sum(axis=2), np.triu(tied, 1).sum(axis=2)
    return np.asarray(places + (earlier - later) / 2.0)


def _places_without_ties(popularity: FloatArray) -> FloatArray:
    known = ~np.isnan(popularity)
    item, step = np.nonzero(known)
    places = np.full(popularity.shape, np.nan)
    order = np.lexsort((item, step, -popularity[known]))
    places[item[order], step[order]] = np.arange(order.size, dtype=np.float64)
    return places


def _summed(places: FloatArray) -> FloatArray:
    """(k, m + 1) sum of the places of an item's first x steps; NaN beyond its own."""
    return np.hstack([np.zeros((places.shape[0], 1)), np.cumsum(places, axis=1)])


def _most(by_score: FloatArray) -> FloatArray:
    """Largest sum of one entry from each row, for each total of the scores chosen."""
    best = np.zeros(1)
    for row in by_score:
        own = row[~np.isnan(row)]
        longer = np.full(best.size + own.size - 1, -np.inf)
        for score, places in enumerate(own):
            reached = longer[score : score + best.size]
            np.maximum(reached, best + places, out=reached)
        best = longer
    return best

"""Cut scores by judgement: what would a person who is just good enough score?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, matrix, numbers, share
from assessment.psychometrics.distributions import t_quantile
from assessment.psychometrics.intervals import Interval


@dataclass(frozen=True)
class CutScore:
    """A cut score by Angoff's method.

    Attributes
    ----------
    estimate : the cut in points of the form; `share` of the most points there are.
    standard_error : over judges as a sample, SD of their totals / √n_judges.
    judge_totals, item_means : (n_judges,) and (n_items,).
    """

    estimate: float
    share: float
    standard_error: float
    n_items: int
    n_judges: int
    judge_totals: FloatArray
    item_means: FloatArray

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Where the cut of all such judges may lie: t with n_judges − 1 degrees of freedom."""
        half = t_quantile(0.5 + share("level", level) / 2.0, self.n_judges - 1) * self.standard_error
        return Interval(self.estimate - half, self.estimate + half)


def angoff_cut(ratings: ArrayLike, max_scores: ArrayLike = 1.0) -> CutScore:
    """Angoff's (1971) cut score: the sum over items of the judges' mean expectation.

    Parameters
    ----------
    ratings : (n_items, n_judges), at least two judges, none missing. Each judge's probability that a minimally acceptable
        person answers the item as keyed; with `max_scores` the points that person would get (extended Angoff; Hambleton &
        Plake, 1995).
    max_scores : the most points of each item (n_items,), or of all.

    Raises `ValueError` for NaN, fewer than two judges, or ratings outside 0 to `max_scores`.
    """
    table = matrix("ratings", ratings, complete=True)
    n_items, n_judges = table.shape
    if n_judges < 2 or n_items < 1:
        raise ValueError(f"ratings must be items by judges, at least one by two; its shape is {table.shape}")
    highest = numbers("max_scores", max_scores)
    if highest.shape not in ((), (n_items,)) or not (highest > 0).all():
        raise ValueError(f"max_scores must be one number above 0, or {n_items} of them; it is {max_scores!r}")
    highest = np.broadcast_to(highest, (n_items,))
    if (table < 0).any() or (table > highest[:, None]).any():
        raise ValueError("ratings must lie between 0 and the item's highest score")
    totals = table.sum(axis=0)
    cut = float(totals.mean())
    error = float(totals.std(ddof=1)) / math.sqrt(n_judges)
    return CutScore(cut, cut / float(highest.sum()), error, n_items, n_judges, totals, table.mean(axis=1))

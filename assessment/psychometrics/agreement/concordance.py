"""Kendall's W: do raters put the targets in the same order?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.agreement.ratings import rated_by_all


@dataclass(frozen=True)
class Concordance:
    """Kendall's W, from 0 (no common order) to 1 (one order).

    `chi_square` = n_raters (n_targets − 1) W tests that raters rank at random, with `df` = n_targets − 1; it is good from
    about 7 targets on.
    """

    estimate: float
    n_targets: int
    n_raters: int
    chi_square: float
    df: int
    p_value: float


def kendall_w(ratings: ArrayLike) -> Concordance:
    """Kendall's coefficient of concordance with the correction for ties (Kendall & Babington Smith, 1939; Kendall, 1948).

    W = 12 S / (m² (n³ − n) − m Σ T): S is the sum of squares of the rank sums about their mean, T = Σ (t³ − t) over the ties of
    a rater, n targets and m raters.

    Parameters
    ----------
    ratings : (n_targets, n_raters), at least two of each, in any units: only each rater's order counts. Targets that some
        rater left out (NaN) are dropped.

    Raises
    ------
    ValueError
        Fewer than two complete targets, fewer than two raters, or raters who all tie everything.
    """
    from scipy.special import chdtrc

    table = rated_by_all(ratings, at_least=2)
    n, m = table.shape
    rank_sums, ties = np.zeros(n), 0.0
    for column in table.T:
        _, place, times = np.unique(column, return_inverse=True, return_counts=True)
        rank_sums += (np.cumsum(times) - (times - 1) / 2.0)[place]
        ties += float((times.astype(np.float64) ** 3 - times).sum())
    possible = m * m * (float(n) ** 3 - n) - m * ties
    if possible <= 0:
        raise ValueError("ratings must vary; every rater gives all targets the same")
    w = 12.0 * float(((rank_sums - rank_sums.mean()) ** 2).sum()) / possible
    chi_square = m * (n - 1) * w
    return Concordance(w, n, m, chi_square, n - 1, float(chdtrc(n - 1, chi_square)))

"""Percent agreement: easily understood, blind to chance, and so never shown without a coefficient beside it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.agreement.ratings import rated_by_all
from assessment.psychometrics.arrays import number
from assessment.psychometrics.intervals import Interval, wilson_interval


@dataclass(frozen=True)
class PercentAgreement:
    """Percentages, 0 to 100.

    `estimate`: targets on which all raters agree. `pairwise`: pairs of raters who agree, over all targets; the same for two
    raters, larger for more.
    """

    estimate: float
    pairwise: float
    n_agreed: int
    n_targets: int
    n_raters: int

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Wilson's interval of `estimate`, targets being a sample."""
        low, high = wilson_interval(self.n_agreed, self.n_targets, level)
        return Interval(100.0 * low, 100.0 * high)


def percent_agreement(ratings: ArrayLike, tolerance: float = 0.0) -> PercentAgreement:
    """Percentage of targets on which the raters agree, ratings at most `tolerance` apart counting as agreement.

    Parameters
    ----------
    ratings : (n_targets, n_raters), at least two raters. Targets that some rater left out (NaN) are dropped.
    tolerance : at least 0, in the units of the ratings.

    Raises `ValueError` for fewer than two raters, no target that all rated, or a tolerance below 0.
    """
    if number("tolerance", tolerance) < 0:
        raise ValueError(f"tolerance must be at least 0; it is {tolerance!r}")
    table = rated_by_all(ratings, at_least=1)
    n, m = table.shape
    # Ratings exactly `tolerance` apart agree; this is room for the rounding of float64.
    room = tolerance + 1e-9 * max(1.0, tolerance)
    agreed = int((np.ptp(table, axis=1) <= room).sum())
    alike = [float((np.abs(table[:, g] - table[:, h]) <= room).mean()) for g, h in combinations(range(m), 2)]
    return PercentAgreement(100.0 * agreed / n, 100.0 * float(np.mean(alike)), agreed, n, m)

"""Three coarse levels of a score, stated only as far as its reliability goes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import IntArray, number, numbers
from assessment.psychometrics.classical.measurement_error import standard_error_of_measurement, true_score_interval
from assessment.psychometrics.intervals import two_sided_z


def coarse_levels(
    scores: ArrayLike, *, mean: float, sd: float, reliability: float, low: float, high: float, confidence: float = 0.80
) -> IntArray:
    """1 where a score lies above `high` beyond doubt, −1 where below `low` beyond doubt, else 0 (for NaN, too).

    "Above" is said when two bounds say it: X − z SEM, so that a group which does well says nothing about one person, and that
    of the estimated true score, r (X − M) + M − z SEE, so that a lucky sitting says nothing either (Dudek, 1979). "Below"
    likewise from the other side. The level never falls as the score rises.

    Parameters
    ----------
    scores : (n,), NaN where there is none.
    mean, sd : of the group, `sd` at least 0.
    reliability : in [0, 1].
    low, high : the two lines, `low` below `high`.
    confidence : one-sided, strictly between ½ and 1.

    Raises `ValueError` for values out of range.
    """
    below, above = number("low", low), number("high", high)
    if not below < above:
        raise ValueError(f"low must be below high; they are {low!r} and {high!r}")
    if not 0.5 < confidence < 1.0:
        raise ValueError(f"confidence must lie strictly between one half and 1; it is {confidence!r}")
    x, level = np.atleast_1d(numbers("scores", scores)), 2.0 * confidence - 1.0
    error = two_sided_z(level) * np.asarray(standard_error_of_measurement(sd, reliability))
    true = true_score_interval(x, mean, sd, reliability, level)
    is_above = (x - error >= above) & (np.asarray(true.low) >= above)
    is_below = (x + error <= below) & (np.asarray(true.high) <= below)
    return is_above.astype(np.int64) - is_below.astype(np.int64)

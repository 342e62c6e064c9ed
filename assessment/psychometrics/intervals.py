"""Confidence intervals that more than one statistic uses."""

from __future__ import annotations

import math
from typing import NamedTuple

from assessment.psychometrics.arrays import count, share
from assessment.psychometrics.distributions import normal_quantile


class Interval(NamedTuple):
    """The two ends of a confidence interval, `low <= high`."""

    low: float
    high: float


def two_sided_z(level: float) -> float:
    """z of a two-sided interval at confidence `level`, 1.96 at .95."""
    return float(normal_quantile(0.5 + share("level", level) / 2.0))


def fisher_interval(r: float, n: int, level: float = 0.95, *, variance_factor: float = 1.0) -> Interval:
    """Interval of a correlation on Fisher's z scale: tanh(atanh r ± z √(variance_factor / (n − 3))).

    `variance_factor` is 1 for Pearson's r and 1 + r²/2 for Spearman's (Bonett & Wright, 2000).
    """
    count("n", n, at_least=4)
    if not -1.0 <= r <= 1.0:
        raise ValueError(f"r must lie between -1 and 1; it is {r!r}")
    if abs(r) == 1.0:
        return Interval(r, r)
    half = two_sided_z(level) * math.sqrt(variance_factor / (n - 3))
    centre = math.atanh(r)
    return Interval(math.tanh(centre - half), math.tanh(centre + half))


def wilson_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's (1927) score interval of a share; keeps within 0 and 1 and is usable at 0 of n and n of n."""
    count("n", n, at_least=1)
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie between 0 and n = {n}; it is {successes!r}")
    z = two_sided_z(level)
    p = successes / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == n else middle + half
    return Interval(low, high)

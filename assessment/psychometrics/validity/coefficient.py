"""The validity coefficient: correlation of score and criterion, with intervals, and comparisons of two of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, count, pairs, share
from assessment.psychometrics.distributions import (
    normal_probability,
    normal_quantile,
    t_probability,
)
from assessment.psychometrics.intervals import Interval, fisher_interval

Kind = Literal["pearson", "spearman"]
_CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class ValidityCoefficient:
    """A correlation of score and criterion over the `n` people who have both.

    `p_value` is two-sided, from t with n − 2 degrees of freedom.
    """

    estimate: float
    n: int
    kind: Kind
    p_value: float
    _scores: FloatArray = field(repr=False, compare=False)
    _criterion: FloatArray = field(repr=False, compare=False)

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Fisher's interval; for Spearman with the variance of Bonett & Wright (2000), (1 + r²/2) / (n − 3)."""
        factor = 1.0 if self.kind == "pearson" else 1.0 + self.estimate**2 / 2.0
        return fisher_interval(self.estimate, self.n, level, variance_factor=factor)

    def bootstrap_interval(self, rng: np.random.Generator, level: float = 0.95, n_resamples: int = 9_999) -> Interval:
        """Bias-corrected and accelerated bootstrap over people (Efron, 1987).

        Makes no assumption on the shape of either distribution. `rng` decides the resamples: the same generator state
        gives the same interval.
        """
        share("level", level)
        count("n_resamples", n_resamples, at_least=99)
        replicates = self._resampled(rng, n_resamples)
        replicates = np.sort(replicates[~np.isnan(replicates)])
        below = (np.searchsorted(replicates, self.estimate, "left") + np.searchsorted(replicates, self.estimate, "right")) / 2
        # With no replicate on one side the bias correction would be infinite: half a replicate stands for none.
        z0 = float(normal_quantile(np.clip(below, 0.5, replicates.size - 0.5) / replicates.size))
        jackknifed = self._left_one_out()
        apart = jackknifed.mean() - jackknifed
        scale = float((apart**2).sum()) ** 1.5
        acceleration = float((apart**3).sum()) / (6.0 * scale) if scale > 0 else 0.0
        z = z0 + normal_quantile(np.array([(1.0 - level) / 2.0, (1.0 + level) / 2.0]))
        ends = np.quantile(replicates, normal_probability(z0 + z / (1.0 - acceleration * z)))
        return Interval(float(ends[0]), float(ends[1]))

    def _resampled(self, rng: np.random.Generator, n_resamples: int) -> FloatArray:
        n = self.n
        out = []
        for start in range(0, n_resamples, max(1, _CELLS_AT_ONCE // n)):
            size = min(max(1, _CELLS_AT_ONCE // n), n_resamples - start)
            drawn = rng.integers(0, n, size=(size, n)) + np.arange(size)[:, None] * n
            times = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)
            out.append(_weighted_correlations(self._scores, self._criterion, times, self.kind))
        return np.concatenate(out)

    def _left_one_out(self) -> FloatArray:
        n = self.n
        rows = max(1, _CELLS_AT_ONCE // n)
        out = []
        for start in range(0, n, rows):
            times = np.ones((min(rows, n - start), n))
            times[np.arange(times.shape[0]), np.arange(start, start + times.shape[0])] = 0.0
            out.append(_weighted_correlations(self._scores, self._criterion, times, self.kind))
        return np.concatenate(out)


def validity_coefficient(scores: ArrayLike, criterion: ArrayLike, kind: Kind = "pearson") -> ValidityCoefficient:
    """Correlation of the (n,) `scores` with the (n,) `criterion` over the people who have both.

    `kind` is `pearson`, or `spearman` (Pearson's r of mid-ranks). Raises `ValueError` with fewer than 4 people who have
    both, or when either side does not vary.
    """
    if kind not in ("pearson", "spearman"):
        raise ValueError(f"kind must be 'pearson' or 'spearman'; it is {kind!r}")
    x, y = pairs("scores", scores, "criterion", criterion, at_least=4)
    r = correlation(mid_ranks(x), mid_ranks(y)) if kind == "spearman" else correlation(x, y)
    n = x.size
    t = math.inf if abs(r) == 1.0 else abs(r) * math.sqrt((n - 2) / (1.0 - r * r))
    return ValidityCoefficient(r, n, kind, 2.0 * t_probability(-t, n - 2), x, y)


@dataclass(frozen=True)
class Difference:
    """A difference between two correlations, `first - second`, with its test.

    `p_value` is two-sided; `p_greater` one-sided, for the first being larger. `df` is None for a z test.
    """

    estimate: float
    statistic: float
    df: int | None
    p_value: float
    p_greater: float


def compare_dependent(r_first: float, r_second: float, r_between: float, n: int) -> Difference:
    """Williams' (1959) t: two scores, one criterion, the same `n` people (Steiger, 1980, equation 7).

    Parameters
    ----------
    r_first, r_second : correlation of each score with the criterion.
    r_between : correlation of the two scores.
    n : people, at least 4.

    Raises
    ------
    ValueError
        The three correlations are impossible together (their matrix has a negative determinant).
    """
    count("n", n, at_least=4)
    for name, r in (("r_first", r_first), ("r_second", r_second), ("r_between", r_between)):
        if not -1.0 <= r <= 1.0:
            raise ValueError(f"{name} must lie between -1 and 1; it is {r!r}")
    determinant = 1 - r_first**2 - r_second**2 - r_between**2 + 2 * r_first * r_second * r_between
    if determinant < -1e-12:
        raise ValueError("r_first, r_second and r_between are impossible together")
    apart = r_first - r_second
    middle = (r_first + r_second) / 2.0
    spread = 2.0 * max(determinant, 0.0) * (n - 1) / (n - 3) + middle**2 * (1.0 - r_between) ** 3
    if spread <= 0 or apart == 0:
        t = 0.0 if apart == 0 else math.copysign(math.inf, apart)
    else:
        t = apart * math.sqrt((n - 1) * (1.0 + r_between) / spread)
    df = n - 3
    return Difference(apart, t, df, 2.0 * t_probability(-abs(t), df), t_probability(-t, df))


def compare_independent(r_first: float, n_first: int, r_second: float, n_second: int) -> Difference:
    """Fisher's z test of two correlations from different people: (z₁ − z₂) / √(1/(n₁ − 3) + 1/(n₂ − 3))."""
    for name, n in (("n_first", n_first), ("n_second", n_second)):
        count(name, n, at_least=4)
    for name, r in (("r_first", r_first), ("r_second", r_second)):
        if not -1.0 < r < 1.0:
            raise ValueError(f"{name} must lie strictly between -1 and 1; it is {r!r}")
    z = (math.atanh(r_first) - math.atanh(r_second)) / math.sqrt(1.0 / (n_first - 3) + 1.0 / (n_second - 3))
    return Difference(r_first - r_second, z, None, 2.0 * float(normal_probability(-abs(z))), float(normal_probability(-z)))


def correlation(x: FloatArray, y: FloatArray) -> float:
    """Pearson's r of two complete vectors that vary."""
    a, b = x - x.mean(), y - y.mean()
    return float(np.clip((a @ b) / math.sqrt((a @ a) * (b @ b)), -1.0, 1.0))


def mid_ranks(x: FloatArray) -> FloatArray:
    """Ranks from 1; people with equal values share the middle of the ranks they take up."""
    _, place, times = np.unique(x, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(times) - (times - 1) / 2.0)[place])


def _weighted_correlations(x: FloatArray, y: FloatArray, times: FloatArray, kind: Kind) -> FloatArray:
    """Correlation with person i counted `times[b, i]` times, for each row b; NaN where a side does not vary."""
    if kind == "spearman":
        return _correlations_of_rows(_ranks_of_rows(x, times), _ranks_of_rows(y, times), times)
    n = times.sum(axis=1)
    a, b = x - x.mean(), y - y.mean()
    sa, sb, saa, sbb, sab = (times @ np.stack([a, b, a * a, b * b, a * b], axis=1)).T
    return _ratio(sab - sa * sb / n, (saa - sa * sa / n) * (sbb - sb * sb / n))


def _ranks_of_rows(x: FloatArray, times: FloatArray) -> FloatArray:
    distinct, place = np.unique(x, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(distinct.size))
    held = np.add.reduceat(times[:, order], starts, axis=1)
    return np.asarray((np.cumsum(held, axis=1) - (held - 1.0) / 2.0)[:, place])


def _correlations_of_rows(x: FloatArray, y: FloatArray, times: FloatArray) -> FloatArray:
    n = times.sum(axis=1, keepdims=True)
    a = x - (times * x).sum(axis=1, keepdims=True) / n
    b = y - (times * y).sum(axis=1, keepdims=True) / n
    return _ratio((times * a * b).sum(axis=1), (times * a * a).sum(axis=1) * (times * b * b).sum(axis=1))


def _ratio(covariance: FloatArray, variances: FloatArray) -> FloatArray:
    out = np.full(covariance.shape, np.nan)
    np.divide(covariance, np.sqrt(np.maximum(variances, 0.0)), out=out, where=variances > 1e-24)
    return np.asarray(np.clip(out, -1.0, 1.0))

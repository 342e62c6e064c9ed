"""The validity coefficient: correlation of score and criterion, with intervals, and comparisons of two of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, between, count, number, pairs
from assessment.psychometrics.distributions import normal_probability, t_probability
from assessment.psychometrics.intervals import Interval, fisher_interval
from assessment.psychometrics.validity.resampling import bca_interval, resampled

Kind = Literal["pearson", "spearman"]


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
        if self.kind == "spearman":
            return self._rank_bootstrap_interval(rng, level, n_resamples)
        return self._moment_bootstrap_interval(rng, level, n_resamples)

    def _moment_bootstrap_interval(self, rng: np.random.Generator, level: float, n_resamples: int) -> Interval:
        from assessment.psychometrics.validity.kernels import sums

        a, b = _standard(self._scores), _standard(self._criterion)
        people = np.stack([a, b, a * a, b * b, a * b])

        def of_counts(times: FloatArray) -> FloatArray:
            out = np.empty((times.shape[0], people.shape[0]))
            sums(times, people, out)
            return _from_sums(out.T, self.n)

        replicates = resampled(self.n, of_counts, rng, n_resamples)
        left_one_out = _from_sums(people.sum(axis=1, keepdims=True) - people, self.n - 1)
        return bca_interval(self.estimate, replicates, left_one_out, level)

    def _rank_bootstrap_interval(self, rng: np.random.Generator, level: float, n_resamples: int) -> Interval:
        from assessment.psychometrics.validity.kernels import rank_correlations

        (_, x), (_, y) = (np.unique(side, return_inverse=True) for side in (self._scores, self._criterion))

        def of_counts(times: FloatArray) -> FloatArray:
            out = np.empty(times.shape[0])
            rank_correlations(times, x, y, out)
            return out

        replicates = resampled(self.n, of_counts, rng, n_resamples)
        return bca_interval(self.estimate, replicates, rank_correlations_left_one_out(x, y), level)


def validity_coefficient(scores: ArrayLike, criterion: ArrayLike, kind: Kind = "pearson") -> ValidityCoefficient:
    """Correlation of scores with a criterion over the people who have both.

    Parameters
    ----------
    scores, criterion : (n,), NaN where unknown.
    kind : `pearson`, or `spearman` (Pearson's r of mid-ranks).

    Returns
    -------
    ValidityCoefficient, with Fisher's and the bootstrap interval.

    Raises
    ------
    ValueError
        Fewer than 4 people who have both, a side that does not vary, other lengths, or another kind.
    """
    if kind not in ("pearson", "spearman"):
        raise ValueError(f"kind must be 'pearson' or 'spearman'; it is {kind!r}")
    x, y = pairs("scores", scores, "criterion", criterion, at_least=4)
    r = correlation(mid_ranks(x), mid_ranks(y)) if kind == "spearman" else correlation(x, y)
    n = x.size
    t = _t_of_correlation(abs(r), n - 2)
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

    Returns
    -------
    Difference: t = (r₁ − r₂) √((n − 1)(1 + r₁₂) / (2 |R| (n − 1)/(n − 3) + r̄² (1 − r₁₂)³)), |R| the determinant of the three
    correlations and r̄ the mean of the first two, with n − 3 degrees of freedom.

    Raises
    ------
    ValueError
        The three correlations are impossible together (their matrix has a negative determinant), or one is out of range.
    """
    count("n", n, at_least=4)
    r_first, r_second = between("r_first", r_first, -1.0, 1.0), between("r_second", r_second, -1.0, 1.0)
    r_between = between("r_between", r_between, -1.0, 1.0)
    determinant = 1 - r_first**2 - r_second**2 - r_between**2 + 2 * r_first * r_second * r_between
    if determinant < -1e-12:
        raise ValueError("r_first, r_second and r_between are impossible together")
    apart = r_first - r_second
    middle = (r_first + r_second) / 2.0
    spread = 2.0 * max(determinant, 0.0) * (n - 1) / (n - 3) + middle**2 * (1.0 - r_between) ** 3
    if r_between == -1.0:
        # One score turned round: 0 over 0 here, and in the limit the test of the one correlation.
        t = _t_of_correlation(r_first, n - 3)
    elif spread <= 0 or apart == 0:
        t = 0.0 if apart == 0 else math.copysign(math.inf, apart)
    else:
        t = apart * math.sqrt((n - 1) * (1.0 + r_between) / spread)
    df = n - 3
    return Difference(apart, t, df, 2.0 * t_probability(-abs(t), df), t_probability(-t, df))


def compare_independent(r_first: float, n_first: int, r_second: float, n_second: int) -> Difference:
    """Fisher's z test of two correlations from different people: (z₁ − z₂) / √(1/(n₁ − 3) + 1/(n₂ − 3)), z = atanh r.

    Parameters
    ----------
    r_first, r_second : the correlations, strictly between -1 and 1.
    n_first, n_second : people, at least 4 each.

    Returns
    -------
    Difference, `df` None.

    Raises
    ------
    ValueError
        A value out of range.
    """
    for name, n in (("n_first", n_first), ("n_second", n_second)):
        count(name, n, at_least=4)
    for name, r in (("r_first", r_first), ("r_second", r_second)):
        if not -1.0 < number(name, r) < 1.0:
            raise ValueError(f"{name} must lie strictly between -1 and 1; it is {r!r}")
    z = (math.atanh(r_first) - math.atanh(r_second)) / math.sqrt(1.0 / (n_first - 3) + 1.0 / (n_second - 3))
    return Difference(r_first - r_second, z, None, 2.0 * float(normal_probability(-abs(z))), float(normal_probability(-z)))


def _t_of_correlation(r: float, df: int) -> float:
    return math.copysign(math.inf, r) if abs(r) == 1.0 else r * math.sqrt(df / (1.0 - r * r))


def correlation(x: FloatArray, y: FloatArray) -> float:
    """Pearson's r of two complete vectors that vary, in whatever units."""
    a, b = x - x.mean(), y - y.mean()
    a, b = a / np.abs(a).max(), b / np.abs(b).max()
    return float(np.clip((a @ b) / math.sqrt((a @ a) * (b @ b)), -1.0, 1.0))


def mid_ranks(x: FloatArray | IntArray) -> FloatArray:
    """Ranks from 1; people with equal values share the middle of the ranks they take up."""
    _, place, times = np.unique(x, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(times) - (times - 1) / 2.0)[place])


def rank_correlations_left_one_out(x: IntArray, y: IntArray) -> FloatArray:
    """Spearman's correlation without each person in turn, (n,); NaN where a side would not vary.

    `x` and `y` are the places of each person's value among the distinct ones. Without person i the mid-rank of each other
    falls by 1, by ½ in a tie with i or by 0, so that every sum is that of everybody less what i takes away.
    """
    from assessment.psychometrics.validity.kernels import joint_standing

    n = x.size
    together = np.empty(n)
    joint_standing(np.argsort(-x, kind="stable"), x, y, together)
    r, q = mid_ranks(x), mid_ranks(y)
    products = r @ q - r * q - _of_those_above(r, y) - _of_those_above(q, x) + together
    squares = _rank_squares_without_one(x) * _rank_squares_without_one(y)
    return _ratio(products - (n - 1) * (n / 2.0) ** 2, squares)


def _of_those_above(values: FloatArray, place: IntArray) -> FloatArray:
    """Sum of the others' `values` over those at a higher `place` than each person, plus half of it over those level."""
    at = np.bincount(place, weights=values)
    above = at[::-1].cumsum()[::-1] - at
    return np.asarray(above[place] + (at[place] - values) / 2.0)


def _rank_squares_without_one(place: IntArray) -> FloatArray:
    held = np.bincount(place).astype(np.float64)
    n = place.size - 1.0
    lost = held**3 - held - ((held - 1.0) ** 3 - (held - 1.0))
    return np.asarray((n**3 - n - (held**3 - held).sum() + lost[place]) / 12.0)


def _standard(x: FloatArray) -> FloatArray:
    apart = x - x.mean()
    apart = apart / np.abs(apart).max()
    return np.asarray(apart / np.sqrt((apart * apart).mean()))


def _from_sums(sums: FloatArray, n: int) -> FloatArray:
    """Correlations from the sums of a, b, a², b² and ab over n people, (5, k); NaN where a side does not vary."""
    sa, sb, saa, sbb, sab = sums
    return _ratio(sab - sa * sb / n, (saa - sa * sa / n) * (sbb - sb * sb / n))


def _ratio(covariance: FloatArray, variances: FloatArray) -> FloatArray:
    out = np.full(covariance.shape, np.nan)
    np.divide(covariance, np.sqrt(np.maximum(variances, 0.0)), out=out, where=variances > 1e-24)
    return np.asarray(np.clip(out, -1.0, 1.0))

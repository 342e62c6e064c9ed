"""Lower bounds to reliability: Guttman's lambdas, and halves of a form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.classical.consistency import alpha_estimate
from assessment.psychometrics.classical.covariances import Missing, covariances, squared_multiple_correlations, sum_variance

MOST_ITEMS_TO_SPLIT = 20
"""Up to here every split is looked at: 92 378 for 20 items."""


@dataclass(frozen=True)
class Lambda6:
    """Guttman's lambda 6."""

    estimate: float
    n_people: int
    n_items: int


def lambda_6(item_scores: ArrayLike, *, standardized: bool = True, missing: Missing = "pairwise") -> Lambda6:
    """Guttman's (1945) lambda 6, 1 − Σ eⱼ² / variance of the sum; eⱼ² is what the other items leave of item j's variance.

    Parameters
    ----------
    item_scores : (n, k), k at least 2, NaN for not answered; `missing` as in `alpha`.
    standardized : of the sum of standardised items, eⱼ² = 1 − squared multiple correlation (what R `psych` prints as G6);
        False for the sum of the items as they are.

    Raises
    ------
    ValueError
        As `alpha`; also when an item is a sum of others, so that squared multiple correlations do not exist.
    """
    found = covariances(item_scores, missing)
    return Lambda6(_lambda_6(found.correlations, found.of(standardized)), found.n_people, found.matrix.shape[0])


@dataclass(frozen=True)
class GuttmanLambdas:
    """Guttman's (1945) six lower bounds to reliability, and those of ten Berge & Zegers (1978).

    Attributes
    ----------
    lambda_1 : 1 − Σ variances / variance of the sum.
    lambda_2 : lambda 1 + √(k/(k − 1) · Σ squared covariances) / variance of the sum; at least lambda 3.
    lambda_3 : coefficient alpha.
    lambda_4 : 4 cov(A, B) / variance of the sum, for the best of all splits into halves as equal as can be; NaN for more than
        20 items. The best of many splits capitalises on chance in small samples.
    lambda_5 : lambda 1 + 2 √(largest Σ squared covariances of one item) / variance of the sum.
    lambda_6 : 1 − Σ residual variances of each item on the others / variance of the sum.
    mu : (4,) μ0 = lambda 3 ≤ μ1 = lambda 2 ≤ μ2 ≤ μ3.
    """

    lambda_1: float
    lambda_2: float
    lambda_3: float
    lambda_4: float
    lambda_5: float
    lambda_6: float
    mu: FloatArray
    n_people: int
    n_items: int


def guttman_lambdas(item_scores: ArrayLike, *, standardized: bool = True, missing: Missing = "pairwise") -> GuttmanLambdas:
    """Lower bounds to reliability (Guttman, 1945; ten Berge & Zegers, 1978), with the formulas in `GuttmanLambdas`.

    Of the sum of standardised items, or (`standardized=False`) of items as they are. `item_scores` (n, k), `missing` and what
    raises `ValueError` as in `lambda_6`.
    """
    found = covariances(item_scores, missing)
    covariance = found.of(standardized)
    k = covariance.shape[0]
    total = sum_variance(covariance)
    between = covariance - np.diag(np.diag(covariance))
    lambda_1 = 1.0 - float(np.trace(covariance)) / total
    lambda_5 = lambda_1 + 2.0 * math.sqrt(float((between**2).sum(axis=0).max())) / total
    mu = np.array([_ten_berge(between, order) / total for order in range(4)])
    lambda_4 = float(_all_splits(covariance)[1].max()) if k <= MOST_ITEMS_TO_SPLIT else math.nan
    lambda_6 = _lambda_6(found.correlations, covariance)
    return GuttmanLambdas(lambda_1, float(mu[1]), alpha_estimate(covariance), lambda_4, lambda_5, lambda_6, mu, found.n_people, k)


@dataclass(frozen=True)
class Splits:
    """A coefficient over all `n_splits` of a form into halves as equal as can be."""

    n_splits: int
    high: float
    mean: float
    low: float


@dataclass(frozen=True)
class SplitHalf:
    """Split-half reliability of a form.

    Attributes
    ----------
    estimate : Spearman–Brown, 2 r / (1 + r), of the odd items against the even ones.
    correlation : r of the two sums.
    guttman : 4 cov / variance of the sum, of the same halves (Flanagan; Rulon, 1939): needs no equal variances.
    spearman_brown_splits, guttman_splits : both over all splits; None for more than 20 items. The highest Guttman value is
        lambda 4, the lowest Revelle's beta; for an even number of items the mean is coefficient alpha. Spearman–Brown is −∞
        for halves that correlate −1 and NaN, which all three figures then are, for a half that does not vary.
    """

    estimate: float
    correlation: float
    guttman: float
    n_people: int
    n_items: int
    spearman_brown_splits: Splits | None
    guttman_splits: Splits | None


def split_half(item_scores: ArrayLike, *, standardized: bool = False, missing: Missing = "pairwise") -> SplitHalf:
    """Reliability from the halves of a form: odd against even items, and all splits where there are at most 20 items.

    2 r / (1 + r), r the correlation of the halves (Spearman, 1910; Brown, 1910).

    With an odd number of items one half has one item more, and Spearman–Brown, which takes the halves for equally long, is
    slightly off. All C(k, (k − 1)/2) splits are looked at then; software that passes over the mirror images of an even number
    of items for an odd number too misses half of them.

    Parameters
    ----------
    item_scores : (n, k), k at least 2, in the order of the form; NaN for not answered; `missing` as in `alpha`.
    standardized : halves that add up standardised items.

    Raises `ValueError` as `alpha`, and for odd and even halves of which one does not vary or which correlate −1.
    """
    found = covariances(item_scores, missing)
    covariance = found.of(standardized)
    k = covariance.shape[0]
    odd = (np.arange(k) % 2 == 0).astype(np.float64)[None, :]
    correlation, guttman = (float(values[0]) for values in _halves(covariance, odd))
    if not correlation > -1.0:
        raise ValueError("item_scores must have odd and even halves that both vary and do not correlate -1")
    stepped, of_guttman = None, None
    if k <= MOST_ITEMS_TO_SPLIT:
        correlations, covered = _all_splits(covariance)
        stepped, of_guttman = _summary(_stepped_up(correlations)), _summary(covered)
    estimate = float(_stepped_up(np.array([correlation]))[0])
    return SplitHalf(estimate, correlation, guttman, found.n_people, k, stepped, of_guttman)


def _lambda_6(correlations: FloatArray, covariance: FloatArray) -> float:
    shared = squared_multiple_correlations(correlations)
    if shared is None:
        raise ValueError("item_scores must not hold an item that is a sum of others, nor fewer people than items: R has no inverse")
    return 1.0 - float((np.diag(covariance) * (1.0 - shared)).sum()) / sum_variance(covariance)


def _ten_berge(between: FloatArray, order: int) -> float:
    k = between.shape[0]
    power = [float((between ** (2**h)).sum()) for h in range(order + 1)]
    power[order] *= k / (k - 1.0)
    inner = power[order]
    for outer in reversed(power[:order]):
        inner = outer + math.sqrt(inner)
    return inner


def _all_splits(covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    k = covariance.shape[0]
    # With an even number of items every split has a mirror image; keeping item 0 in the first half leaves one of the two.
    if k % 2:
        chosen = np.array(list(combinations(range(k), k // 2)))
    else:
        rest = list(combinations(range(1, k), k // 2 - 1))
        chosen = np.hstack([np.zeros((len(rest), 1), dtype=np.int64), np.array(rest, dtype=np.int64).reshape(len(rest), -1)])
    first = np.zeros((len(chosen), k))
    np.put_along_axis(first, chosen, 1.0, axis=1)
    return _halves(covariance, first)


def _halves(covariance: FloatArray, first: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Correlation and Guttman coefficient of halves: (splits,) each; `first` (splits, k) marks the first half with 1."""
    with_first, total = first @ covariance, sum_variance(covariance)
    own = (with_first * first).sum(axis=1)
    shared = with_first.sum(axis=1) - own
    other = total - own - 2.0 * shared
    # Items that cancel out within a half leave a rounding error, not a variance.
    varies = np.minimum(own, other) > 1e-12 * float(np.trace(covariance))
    spread = np.sqrt(np.where(varies, own * other, 1.0))
    correlation = np.where(varies, np.where(shared <= -spread * (1.0 - 1e-12), -1.0, shared / spread), np.nan)
    return correlation, 4.0 * shared / total


def _stepped_up(correlation: FloatArray) -> FloatArray:
    left = 1.0 + correlation
    return np.asarray(np.divide(2.0 * correlation, left, out=np.where(np.isnan(left), np.nan, -np.inf), where=left > 0))


def _summary(values: FloatArray) -> Splits:
    return Splits(values.size, float(values.max()), float(values.mean()), float(values.min()))

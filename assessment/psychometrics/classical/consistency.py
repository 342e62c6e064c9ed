"""Coefficient alpha, as it is and for standardised items."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, share
from assessment.psychometrics.classical.covariances import Missing, covariances, sum_variance
from assessment.psychometrics.distributions import f_quantile
from assessment.psychometrics.intervals import Interval


@dataclass(frozen=True)
class Alpha:
    """Coefficient alpha of a form. `n_people` are those the interval rests on.

    `standard_error` is the large-sample one for normal item scores with any covariances (van Zyl, Neudecker & Nel, 2000;
    Duhachek & Iacobucci, 2004).
    """

    estimate: float
    n_people: int
    n_items: int
    standard_error: float

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Feldt's (1965) interval: (1 − alpha̲)/(1 − alpha) is F with n − 1 and (n − 1)(k − 1) degrees of freedom."""
        df1 = self.n_people - 1
        df2 = df1 * (self.n_items - 1)
        tail = (1.0 - share("level", level)) / 2.0
        spread = 1.0 - self.estimate
        return Interval(1.0 - spread * f_quantile(1.0 - tail, df1, df2), 1.0 - spread * f_quantile(tail, df1, df2))


def alpha(item_scores: ArrayLike, *, missing: Missing = "pairwise") -> Alpha:
    """Coefficient alpha, k/(k − 1) · (1 − Σ item variances / variance of the sum) (Cronbach, 1951); KR-20 for 0/1 items.

    Parameters
    ----------
    item_scores : (n, k), k at least 2, all keyed in one direction; NaN for not answered.
    missing : `pairwise` takes each covariance from the people who answered both items (as R `psych::alpha`); the interval
        then rests on everybody who answered any. `listwise` keeps only people who answered every item.

    Raises
    ------
    ValueError
        Fewer than two items, fewer than three people, an item nobody varies on, a pair of items that fewer than two people
        answered both of, or items that cancel out, so that their sum does not vary.
    """
    covariance, n, _ = covariances(item_scores, missing)
    return alpha_of(covariance, n)


@dataclass(frozen=True)
class StandardizedAlpha:
    """Alpha of items brought to one SD; `mean_correlation` is that between two items."""

    estimate: float
    n_people: int
    n_items: int
    mean_correlation: float


def standardized_alpha(item_scores: ArrayLike, *, missing: Missing = "pairwise") -> StandardizedAlpha:
    """Alpha of the sum of standardised items, k r̄ / (1 + (k − 1) r̄), r̄ the mean correlation of two items (Cronbach, 1951).

    For a score that adds up raw items it describes another score than the one in use. `item_scores` (n, k), `missing` and
    what raises `ValueError` as for `alpha`.
    """
    found = covariances(item_scores, missing)
    k = found.matrix.shape[0]
    correlations = found.correlations
    sum_variance(correlations)
    mean = (float(correlations.sum()) - k) / (k * (k - 1.0))
    return StandardizedAlpha(alpha_estimate(correlations), found.n_people, k, mean)


def alpha_of(covariance: FloatArray, n_people: int) -> Alpha:
    """Alpha and its standard error from the covariances of the items; refuses a sum that does not vary."""
    k = covariance.shape[0]
    estimate = alpha_estimate(covariance)
    total, own = sum_variance(covariance), float(np.trace(covariance))
    squared = covariance @ covariance
    spread = total * (float(np.trace(squared)) + own**2) - 2.0 * own * float(squared.sum())
    error = k / (k - 1.0) * math.sqrt(2.0 * max(spread, 0.0) / total**3 / n_people)
    return Alpha(estimate, n_people, k, error)


def alpha_estimate(covariance: FloatArray) -> float:
    """Alpha from the covariances of the items; NaN where their sum does not vary."""
    k = covariance.shape[0]
    total, own = float(covariance.sum()), float(np.trace(covariance))
    return math.nan if total <= 1e-12 * own else k / (k - 1.0) * (1.0 - own / total)

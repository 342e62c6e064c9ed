"""How far a person's answers lie from everybody's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, matrix
from assessment.psychometrics.response_quality.missing import by_answered

_TOLERANCE = 1e-7
_MAX_ITERATIONS = 1_000


@dataclass(frozen=True)
class MahalanobisDistance:
    """Squared Mahalanobis distance of each person from everybody.

    Attributes
    ----------
    estimate : (n,) D²; NaN for a person who answered nothing that varies.
    p_value : (n,) share of a chi-square with `df` degrees of freedom above D², what normal answers would give in large
        samples.
    df : (n,) independent columns among those the person answered.
    n : people with an answer.
    """

    estimate: FloatArray
    p_value: FloatArray
    df: IntArray
    n: int


def mahalanobis_distance(responses: ArrayLike) -> MahalanobisDistance:
    """D² = (x − mean)′ S⁻¹ (x − mean), S the covariance (n − 1) of these people (Mahalanobis, 1936).

    With missing answers mean and covariance are the maximum-likelihood estimates of normal data missing at random, by EM
    (Dempster, Laird & Rubin, 1977), the covariance times n / (n − 1) to be S on complete data; each person's distance is
    over the columns that they answered. Columns that do not vary are left out. Where columns depend on each other exactly,
    as the places of a ranking do, the pseudo-inverse takes the place of S⁻¹ and `df` counts the independent ones: the same
    distance as without the redundant columns.

    Parameters
    ----------
    responses : (n, k), NaN for not answered.

    Raises
    ------
    ValueError
        Nothing varies, two columns that fewer than two people answered together, or so few people that everybody is
        equally far from everybody: n must be above the number of independent columns plus 1.
    """
    given = matrix("responses", responses)
    answered = ~np.isnan(given)
    varies = np.where(answered, given, -np.inf).max(axis=0, initial=-np.inf) > np.where(answered, given, np.inf).min(
        axis=0, initial=np.inf
    )
    if not varies.any():
        raise ValueError("responses must vary in at least one column")
    somebody: BoolArray = np.asarray(answered[:, varies].any(axis=1))
    x, known = given[somebody][:, varies], answered[somebody][:, varies]
    if ((known.T.astype(np.int64) @ known) < 2).any():
        raise ValueError("responses must hold at least two people who answered both, for any two columns")
    n = x.shape[0]
    # Standardised columns make one rule for what counts as dependent; the distance does not depend on scale.
    centre = np.nanmean(x, axis=0)
    x = (x - centre) / np.nanstd(x, axis=0)
    groups = list(by_answered(known))
    mean, covariance = _moments(x, groups)
    covariance *= n / (n - 1)
    whole = _pseudo_inverse(covariance)[1]
    if n <= whole + 1:
        raise ValueError(f"responses must hold more than {whole + 1} people for {whole} independent columns; they hold {n}")
    squared, df = np.full(n, np.nan), np.zeros(n, dtype=np.int64)
    for items, people in groups:
        inverse, rank = _pseudo_inverse(covariance[np.ix_(items, items)])
        apart = x[np.ix_(people, np.flatnonzero(items))] - mean[items]
        squared[people] = ((apart @ inverse) * apart).sum(axis=1)
        df[people] = rank
    return _with_everybody(squared, df, somebody)


def _with_everybody(squared: FloatArray, df: IntArray, somebody: BoolArray) -> MahalanobisDistance:
    from scipy.special import chdtrc

    estimate = np.full(somebody.size, np.nan)
    p_value = np.full(somebody.size, np.nan)
    all_df = np.zeros(somebody.size, dtype=np.int64)
    estimate[somebody], all_df[somebody] = squared, df
    p_value[somebody] = np.where(df > 0, chdtrc(np.maximum(df, 1), squared), np.nan)
    return MahalanobisDistance(estimate, p_value, all_df, int(somebody.sum()))


def _pseudo_inverse(covariance: FloatArray) -> tuple[FloatArray, int]:
    """Pseudo-inverse and rank of a covariance matrix of standardised columns."""
    values, vectors = np.linalg.eigh(covariance)
    kept = values > 1e-9 * values[-1]
    return (vectors[:, kept] / values[kept]) @ vectors[:, kept].T, int(kept.sum())


def _moments(x: FloatArray, groups: list[tuple[BoolArray, IntArray]]) -> tuple[FloatArray, FloatArray]:
    """Maximum-likelihood mean and covariance (n) of columns standardised over what is known."""
    n, k = x.shape
    if len(groups) == 1 and groups[0][0].all():
        return x.mean(axis=0), np.cov(x, rowvar=False, ddof=0).reshape(k, k)
    mean, covariance = np.zeros(k), np.eye(k)
    for _ in range(_MAX_ITERATIONS):
        precision, rank = _pseudo_inverse(covariance)
        total, products = np.zeros(k), np.zeros((k, k))
        for items, people in groups:
            missing = ~items
            filled = np.empty((people.size, k))
            filled[:, items] = x[np.ix_(people, np.flatnonzero(items))]
            if missing.any():
                slopes, left = _regression(covariance, precision, rank, items)
                filled[:, missing] = mean[missing] + (filled[:, items] - mean[items]) @ slopes.T
                products[np.ix_(missing, missing)] += people.size * left
            total += filled.sum(axis=0)
            products += filled.T @ filled
        new_mean = total / n
        new_covariance = products / n - np.outer(new_mean, new_mean)
        change = max(float(np.abs(new_mean - mean).max()), float(np.abs(new_covariance - covariance).max()))
        mean, covariance = new_mean, new_covariance
        if change < _TOLERANCE:
            return mean, covariance
    raise ValueError("responses must leave fewer answers out: mean and covariance did not settle")


def _regression(covariance: FloatArray, precision: FloatArray, rank: int, items: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Slopes of the columns outside `items` on those in it, and the covariance that they leave."""
    missing = ~items
    if rank == items.size:
        # From the inverse of the whole the work is that of the few missing columns, not of the many known ones.
        left = np.asarray(np.linalg.inv(precision[np.ix_(missing, missing)]), dtype=np.float64)
        return -left @ precision[np.ix_(missing, items)], left
    across = covariance[np.ix_(missing, items)]
    slopes = across @ _pseudo_inverse(covariance[np.ix_(items, items)])[0]
    return slopes, covariance[np.ix_(missing, missing)] - slopes @ across.T

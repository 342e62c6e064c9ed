"""Item analysis: what each item of a form contributes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, numbers
from assessment.psychometrics.classical.consistency import Alpha, alpha_estimate, alpha_of
from assessment.psychometrics.classical.covariances import (
    Covariances,
    Missing,
    covariances,
    squared_multiple_correlations,
)


@dataclass(frozen=True)
class ItemAnalysis:
    """One entry an item, (k,) each.

    Attributes
    ----------
    n, missing_share : people who answered the item, and the share of the people in the analysis who did not.
    mean, sd : of those who answered; SD with n − 1.
    difficulty : mean as a share of the highest score there is, the proportion correct of a 0/1 item: high is easy. NaN where
        the highest score is not known.
    item_total_correlation : with the mean of all items that the person answered. The item is part of it, which raises it.
        NaN where that mean does not vary.
    item_rest_correlation : with the sum of the other items; NaN where that does not vary.
    overlap_corrected_correlation : of the standardised item with the standardised sum in which each item's own variance is
        replaced by its squared multiple correlation (Cureton, 1966): no part is due to the item's being in the sum, and the
        sum is free of what is unique to its items. NaN where an item is a sum of others.
    alpha_if_deleted : alpha of the other items; NaN where their sum does not vary.
    alpha : that of all items.
    """

    n: IntArray
    missing_share: FloatArray
    mean: FloatArray
    sd: FloatArray
    difficulty: FloatArray
    item_total_correlation: FloatArray
    item_rest_correlation: FloatArray
    overlap_corrected_correlation: FloatArray
    alpha_if_deleted: FloatArray
    alpha: Alpha


def item_analysis(item_scores: ArrayLike, *, max_scores: ArrayLike | None = None, missing: Missing = "pairwise") -> ItemAnalysis:
    """Mean, SD, difficulty, correlations with the form, and alpha without the item, for each item of a form.

    The item–rest correlation cov(j, rest) / (SD_j SD_rest) leaves out the item's own part in the sum (Henrysson, 1963).

    Parameters
    ----------
    item_scores : (n, k), k at least 3, all keyed in one direction; NaN for not answered.
    max_scores : the highest score of each item (k,), or of all; the lowest is 0. Needed for the difficulty of items that are
        not scored 0 and 1 alone.
    missing : as in `alpha`. With `pairwise` the item–rest correlations come from the pairwise covariances; the share missing is
        of the people who answered anything.

    Raises
    ------
    ValueError
        As `alpha`; with fewer than three items; scores outside 0 to `max_scores`.
    """
    found = covariances(item_scores, missing)
    covariance, n, scores = found
    k = covariance.shape[0]
    if k < 3:
        raise ValueError("item_scores must hold at least three items to leave one out")
    variance = np.diag(covariance)
    with_rest = covariance.sum(axis=1) - variance
    rest_variance = covariance.sum() - variance - 2.0 * with_rest
    item_rest = np.divide(
        with_rest, np.sqrt(variance * np.maximum(rest_variance, 0.0)), out=np.full(k, np.nan), where=rest_variance > 0
    )
    kept = [np.delete(np.arange(k), j) for j in range(k)]
    answered = (~np.isnan(scores)).sum(axis=0).astype(np.int64)
    mean = np.nanmean(scores, axis=0)
    return ItemAnalysis(
        n=answered,
        missing_share=1.0 - answered / n,
        mean=mean,
        sd=np.sqrt(variance),
        difficulty=mean / _highest(scores, max_scores),
        item_total_correlation=_with_person_mean(scores),
        item_rest_correlation=item_rest,
        overlap_corrected_correlation=_overlap_corrected(found),
        alpha_if_deleted=np.array([alpha_estimate(covariance[np.ix_(others, others)]) for others in kept]),
        alpha=alpha_of(covariance, n),
    )


def _highest(scores: FloatArray, max_scores: ArrayLike | None) -> FloatArray:
    k = scores.shape[1]
    if max_scores is None:
        right_or_wrong = (np.isnan(scores) | (scores == 0.0) | (scores == 1.0)).all(axis=0)
        return np.where(right_or_wrong, 1.0, np.nan)
    highest = numbers("max_scores", max_scores)
    if highest.shape not in ((), (k,)) or not (highest > 0).all():
        raise ValueError(f"max_scores must be one number above 0, or {k} of them; it is {max_scores!r}")
    if (scores < 0).any() or (scores > highest).any():
        raise ValueError("item_scores must lie between 0 and max_scores")
    return np.broadcast_to(highest, (k,))


def _with_person_mean(scores: FloatArray) -> FloatArray:
    persons = np.nanmean(scores, axis=1)
    return np.array([_correlation(item[~np.isnan(item)], persons[~np.isnan(item)]) for item in scores.T])


def _correlation(x: FloatArray, y: FloatArray) -> float:
    left, right = x - x.mean(), y - y.mean()
    spread = math.sqrt(float(left @ left) * float(right @ right))
    # People whose answers cancel out all have one mean, up to rounding.
    return float(left @ right) / spread if np.ptp(y) > 1e-12 * max(1.0, float(np.abs(y).max())) else math.nan


def _overlap_corrected(found: Covariances) -> FloatArray:
    correlations = found.correlations
    shared = squared_multiple_correlations(correlations)
    if shared is None:
        return np.full(correlations.shape[0], np.nan)
    common = correlations - np.diag(1.0 - shared)
    total = float(common.sum())
    return common.sum(axis=0) / math.sqrt(total) if total > 0 else np.full(shared.size, np.nan)

"""Classical test theory: reliability, item analysis, errors of measurement and norm scales.

Reliability here is a property of scores in a group, not of a test. Coefficient alpha understates it for heterogeneous
forms such as situational judgment tests; it is one estimate among several, never a reason to refuse a score.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_given,
    matrix,
    numbers,
    positive,
    square,
    vector,
    within,
)
from assessment.psychometrics.distributions import f_quantile, normal_probability
from assessment.psychometrics.intervals import Interval, two_sided_z

Missing = Literal["pairwise", "listwise"]


@dataclass(frozen=True)
class Alpha:
    """Coefficient alpha of a form. `n_people` are those the interval rests on."""

    estimate: float
    n_people: int
    n_items: int

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Feldt's (1965) interval: (1 − alpha̲)/(1 − alpha) is F with n − 1 and (n − 1)(k − 1) degrees of freedom."""
        df1 = self.n_people - 1
        df2 = df1 * (self.n_items - 1)
        tail = (1.0 - level) / 2.0
        spread = 1.0 - self.estimate
        return Interval(1.0 - spread * f_quantile(1.0 - tail, df1, df2), 1.0 - spread * f_quantile(tail, df1, df2))


def alpha(item_scores: ArrayLike, *, missing: Missing = "pairwise") -> Alpha:
    """Coefficient alpha, k/(k − 1) · (1 − Σ item variances / variance of the sum) (Cronbach, 1951).

    Parameters
    ----------
    item_scores : (n, k), k at least 2, all keyed in one direction; NaN for not answered.
    missing : `pairwise` takes each covariance from the people who answered both items (as R `psych::alpha`); the interval
        then rests on everybody who answered any. `listwise` keeps only people who answered every item.

    Raises
    ------
    ValueError
        Fewer than two items, fewer than three people, an item nobody varies on, or a pair of items that fewer than two
        people answered both of.
    """
    covariance, n = _covariances(item_scores, missing)
    return Alpha(_alpha(covariance), n, covariance.shape[0])


@dataclass(frozen=True)
class ItemAnalysis:
    """One entry an item, (k,) each. `item_rest` is the item's correlation with the sum of the others."""

    n: IntArray
    mean: FloatArray
    sd: FloatArray
    item_rest: FloatArray
    alpha_if_deleted: FloatArray
    alpha: Alpha


def item_analysis(item_scores: ArrayLike, *, missing: Missing = "pairwise") -> ItemAnalysis:
    """Mean, SD (n − 1), item–rest correlation and alpha without the item, for each item of a form.

    `item_scores` are (n, k), k at least 3; `missing` as in `alpha`. With `pairwise` the item–rest correlations come from
    the pairwise covariances. Raises as `alpha` does.
    """
    covariance, n = _covariances(item_scores, missing)
    k = covariance.shape[0]
    if k < 3:
        raise ValueError("item_scores must hold at least three items to leave one out")
    scores = matrix("item_scores", item_scores)
    if missing == "listwise":
        scores = scores[~np.isnan(scores).any(axis=1)]
    variance = np.diag(covariance)
    with_rest = covariance.sum(axis=1) - variance
    rest_variance = covariance.sum() - variance - 2.0 * with_rest
    item_rest = np.divide(
        with_rest, np.sqrt(variance * np.maximum(rest_variance, 0.0)), out=np.full(k, np.nan), where=rest_variance > 0
    )
    kept = [np.delete(np.arange(k), j) for j in range(k)]
    without = np.array([_alpha(covariance[np.ix_(others, others)]) for others in kept])
    answered = (~np.isnan(scores)).sum(axis=0).astype(np.int64)
    return ItemAnalysis(
        answered, np.nanmean(scores, axis=0), np.sqrt(variance), item_rest, without, Alpha(_alpha(covariance), n, k)
    )


def spearman_brown(r: ArrayLike, factor: ArrayLike) -> float | FloatArray:
    """Reliability of a form `factor` times as long: f r / (1 + (f − 1) r)."""
    reliability, times = within("r", r, -1.0, 1.0), positive("factor", factor)
    return as_given(np.asarray(times * reliability / (1.0 + (times - 1.0) * reliability)))


def spearman_brown_factor(r: ArrayLike, target: ArrayLike) -> float | FloatArray:
    """How many times as long a form must be to reach reliability `target`: t (1 − r) / (r (1 − t))."""
    have, want = (_open_unit(name, values) for name, values in (("r", r), ("target", target)))
    return as_given(np.asarray(want * (1.0 - have) / (have * (1.0 - want))))


def standard_error_of_measurement(sd: ArrayLike, reliability: ArrayLike) -> float | FloatArray:
    """SEM = SD √(1 − reliability), in the units of `sd`."""
    spread, rel = _spread_and_reliability(sd, reliability)
    return as_given(np.asarray(spread * np.sqrt(1.0 - rel)))


def standard_error_of_estimation(sd: ArrayLike, reliability: ArrayLike) -> float | FloatArray:
    """Standard error of the true score given the observed one: SD √(r (1 − r)) (Dudek, 1979)."""
    spread, rel = _spread_and_reliability(sd, reliability)
    return as_given(np.asarray(spread * np.sqrt(rel * (1.0 - rel))))


def standard_error_of_prediction(sd: ArrayLike, reliability: ArrayLike) -> float | FloatArray:
    """Standard error of a second score on a parallel form given the first: SD √(1 − r²) (Dudek, 1979)."""
    spread, rel = _spread_and_reliability(sd, reliability)
    return as_given(np.asarray(spread * np.sqrt(1.0 - rel * rel)))


class TrueScore(NamedTuple):
    """Estimated true score and its interval; floats or arrays as the scores were given."""

    estimate: float | FloatArray
    low: float | FloatArray
    high: float | FloatArray


def true_score_interval(score: ArrayLike, mean: ArrayLike, sd: ArrayLike, reliability: ArrayLike, level: float = 0.95) -> TrueScore:
    """Estimated true score r (X − M) + M with the interval ± z · SD √(r (1 − r)) around it (Dudek, 1979).

    `score` is a float or an array, `mean` and `sd` those of the norm group, `reliability` in [0, 1].
    """
    spread, rel = _spread_and_reliability(sd, reliability)
    middle = numbers("mean", mean)
    estimate = middle + rel * (numbers("score", score) - middle)
    half = two_sided_z(level) * spread * np.sqrt(rel * (1.0 - rel))
    return TrueScore(*(as_given(np.asarray(end)) for end in (estimate, estimate - half, estimate + half)))


def composite_reliability(weights: ArrayLike, covariance: ArrayLike, reliabilities: ArrayLike) -> float:
    """Mosier's (1943) reliability of a weighted sum: 1 − Σ w² s² (1 − ρ) / (w′Sw).

    Parameters
    ----------
    weights : (k,) of the parts, any sign.
    covariance : (k, k) of the parts (correlations if the parts are standardised).
    reliabilities : (k,) of the parts, each in [0, 1].
    """
    s = square("covariance", covariance)
    w = vector("weights", weights, length=s.shape[0], complete=True)
    rel = within("reliabilities", vector("reliabilities", reliabilities, length=s.shape[0], complete=True), 0.0, 1.0)
    variance = float(w @ s @ w)
    if variance <= 0:
        raise ValueError("the weighted sum must vary; weights and covariance give it a variance of 0 or less")
    return float(1.0 - (w * w * np.diag(s) * (1.0 - rel)).sum() / variance)


SUBSCORE_FLOOR = 0.70


@dataclass(frozen=True)
class SubscoreValue:
    """Haberman's comparison for each sub-score, (k,) each.

    `prmse_subscore` and `prmse_total` are the shares of the sub-score's true variance that the observed sub-score and the
    observed total foretell. `reportable`: the sub-score's reliability is at least .70, or it foretells its own true score
    better than the total does.
    """

    prmse_subscore: FloatArray
    prmse_total: FloatArray
    reportable: BoolArray


def subscore_added_value(subscores: ArrayLike, reliabilities: ArrayLike, weights: ArrayLike) -> SubscoreValue:
    """Does a sub-score say something that the total does not? (Haberman, 2008)

    PRMSE of the sub-score is its reliability; of the total, cov(τ_s, X)² / (var τ_s · var X), where
    cov(τ_s, X) = cov(S, X) − w_s var(S) (1 − ρ_s) because the error of S is part of X = Σ w S.

    Parameters
    ----------
    subscores : (n, k) sub-scores, NaN where there is none (pairwise covariances).
    reliabilities : (k,) in [0, 1]. At 0 there is no true variance to foretell: the PRMSE of the total is then 0.
    weights : (k,) of the sub-scores in the total, at least 0.
    """
    covariance, _ = _covariances(subscores, "pairwise", name="subscores")
    k = covariance.shape[0]
    rel = within("reliabilities", vector("reliabilities", reliabilities, length=k, complete=True), 0.0, 1.0)
    w = vector("weights", weights, length=k, complete=True)
    if (w < 0).any() or not w.any():
        raise ValueError("weights must be at least 0 and not all 0")
    variance = np.diag(covariance)
    with_total = covariance @ w - w * variance * (1.0 - rel)
    true_variance = variance * rel
    prmse_total = np.divide(with_total**2, true_variance * float(w @ covariance @ w), out=np.zeros(k), where=true_variance > 0)
    prmse_total = np.minimum(prmse_total, 1.0)
    return SubscoreValue(rel, prmse_total, np.asarray((rel >= SUBSCORE_FLOOR) | (rel > prmse_total)))


def percentile_rank(score: ArrayLike, norm_scores: ArrayLike) -> float | FloatArray:
    """Mid-rank percentile: 100 · (share of the norm group below + half the share exactly at the score)."""
    norm = vector("norm_scores", norm_scores)
    norm = np.sort(norm[~np.isnan(norm)])
    if norm.size == 0:
        raise ValueError("norm_scores must hold at least one score")
    at = numbers("score", score)
    below = np.searchsorted(norm, at, side="left")
    up_to = np.searchsorted(norm, at, side="right")
    return as_given(np.where(np.isnan(at), np.nan, 50.0 * (below + up_to) / norm.size))


def normal_percentile(z: ArrayLike) -> float | FloatArray:
    """Percentage of a normal norm group below a z score."""
    return as_given(100.0 * normal_probability(numbers("z", z)))


def z_score(score: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> float | FloatArray:
    """(score − mean) / SD of the norm group."""
    return as_given(np.asarray((numbers("score", score) - numbers("mean", mean)) / positive("sd", sd)))


def t_score(score: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> float | FloatArray:
    """50 + 10 z."""
    return as_given(np.asarray(50.0 + 10.0 * np.asarray(z_score(score, mean, sd))))


def sten(z: ArrayLike) -> float | FloatArray:
    """5.5 + 2 z, rounded half up, 1 to 10."""
    return as_given(np.clip(np.floor(6.0 + 2.0 * numbers("z", z)), 1.0, 10.0))


def stanine(z: ArrayLike) -> float | FloatArray:
    """5 + 2 z, rounded half up, 1 to 9."""
    return as_given(np.clip(np.floor(5.5 + 2.0 * numbers("z", z)), 1.0, 9.0))


def _covariances(item_scores: ArrayLike, missing: Missing, *, name: str = "item_scores") -> tuple[FloatArray, int]:
    """Covariance matrix of the columns, and the number of people it rests on."""
    scores = matrix(name, item_scores)
    if scores.shape[1] < 2:
        raise ValueError(f"{name} must hold at least two columns; it holds {scores.shape[1]}")
    answered = ~np.isnan(scores)
    if missing == "listwise":
        keep = answered.all(axis=1)
    elif missing == "pairwise":
        keep = answered.any(axis=1)
    else:
        raise ValueError(f"missing must be 'pairwise' or 'listwise'; it is {missing!r}")
    scores, answered = scores[keep], answered[keep]
    if scores.shape[0] < 3:
        raise ValueError(f"{name} must hold at least three people with answers; it holds {scores.shape[0]}")
    here = answered.astype(np.float64)
    together = here.T @ here
    if (together < 2).any():
        raise ValueError(f"{name} must have every two columns answered together by at least two people")
    centred = np.where(answered, scores - np.nanmean(scores, axis=0), 0.0)
    # Each pair is centred on the people who answered both: `sums[i, j]` is column i summed over those who answered j.
    sums = centred.T @ here
    covariance = (centred.T @ centred - sums * sums.T / together) / (together - 1.0)
    # A column that never varies leaves a rounding error here, not a variance.
    flat = np.nanmax(scores, axis=0) == np.nanmin(scores, axis=0)
    if flat.any():
        raise ValueError(f"{name} must vary in every column; column {int(np.argmax(flat))} does not")
    return covariance, int(scores.shape[0])


def _alpha(covariance: FloatArray) -> float:
    k = covariance.shape[0]
    total = float(covariance.sum())
    return math.nan if total <= 0 else k / (k - 1.0) * (1.0 - float(np.trace(covariance)) / total)


def _open_unit(name: str, values: ArrayLike) -> FloatArray:
    array = numbers(name, values)
    if ((array <= 0) | (array >= 1)).any():
        raise ValueError(f"{name} must lie strictly between 0 and 1")
    return array


def _spread_and_reliability(sd: ArrayLike, reliability: ArrayLike) -> tuple[FloatArray, FloatArray]:
    spread = numbers("sd", sd)
    if (spread < 0).any():
        raise ValueError("sd must not be negative")
    return spread, within("reliability", reliability, 0.0, 1.0)

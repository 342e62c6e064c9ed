"""Agreement of one panel on each target, against what ratings without any agreement would show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.agreement.ratings import rated_more_than_once
from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, count, number, numbers


@dataclass(frozen=True)
class WithinGroupAgreement:
    """Agreement of a panel, for each of the J targets and over them.

    Agreement below chance gives negative values. They are kept as they come, because they say that raters fall into camps;
    what is customary to print counts them as 0 and is named `…_truncated`.

    Attributes
    ----------
    n, mean, variance : (J,) raters of each target, their mean, and their variance s² with n − 1.
    null_variance : σ² of ratings without agreement.
    rwg, rwg_truncated : (J,) 1 − s² / σ² (James, Demaree & Wolf, 1984).
    awg : (J,) 1 − 2 s² / {[(H + L) M − M² − H L] · n / (n − 1)}, H and L the ends of the scale, M the mean (Brown &
        Hauenstein, 2005): against the largest variance that raters with this mean could have. From −1 to 1.
    awg_interpretable : (J,) the mean is no nearer an end of the scale than one dissenting rater at the other end would put it
        (L (n − 1) + H) / n ≤ M ≤ (H (n − 1) + L) / n; outside the largest variance cannot be reached.
    ad_mean, ad_median : (J,) mean distance of the raters from their mean, and from their median (Burke, Finkelstein & Dusig,
        1999), in points of the scale: 0 is perfect.
    rwg_j, rwg_j_truncated : rwg of the J targets as parallel, J (1 − s̄² / σ²) / [J (1 − s̄² / σ²) + s̄² / σ²], s̄² the mean of
        the variances. It is not bounded above by 1 where s̄² exceeds σ², and NaN where s̄² / σ² = J / (J − 1); the truncated
        value is 0 there.
    rwg_star_j, rwg_star_j_truncated : 1 − s̄² / σ² (Lindell, Brandt & Whitney, 1999); does not grow with J.
    awg_j, ad_mean_j, ad_median_j : means over the targets.
    """

    n: IntArray
    mean: FloatArray
    variance: FloatArray
    null_variance: float
    rwg: FloatArray
    rwg_truncated: FloatArray
    awg: FloatArray
    awg_interpretable: BoolArray
    ad_mean: FloatArray
    ad_median: FloatArray
    rwg_j: float
    rwg_j_truncated: float
    rwg_star_j: float
    rwg_star_j_truncated: float
    awg_j: float
    ad_mean_j: float
    ad_median_j: float

    @property
    def estimate(self) -> float:
        """rwg(J), negative agreement counted as 0; for one target its rwg."""
        return self.rwg_j_truncated


def within_group_agreement(
    ratings: ArrayLike, n_points: int, *, lowest: float = 1.0, null_variance: float | None = None
) -> WithinGroupAgreement:
    """Agreement of one panel of raters on each target and over all of them.

    Parameters
    ----------
    ratings : (n_targets, n_raters) by one panel on a scale of `n_points` points one apart, or (n_raters,) of one target; NaN
        for not rated. Targets are what one person rates in turn: items, options, statements. Targets with fewer than two
        ratings are refused.
    n_points : points of the scale, A, at least 2.
    lowest : its lowest point, L; 0 for categories that are numbered from 0.
    null_variance : σ² of ratings without agreement; (A² − 1) / 12, all points equally likely, unless given (a smaller one for
        raters who avoid parts of the scale: LeBreton & Senter, 2008).

    Raises
    ------
    ValueError
        Fewer than two raters, a target with fewer than two ratings, ratings off the scale, or a `null_variance` that is not
        above 0.
    """
    points = count("n_points", n_points, at_least=2)
    low = number("lowest", lowest)
    high = low + points - 1
    given = numbers("ratings", ratings)
    given = given[None, :] if given.ndim == 1 else given
    table = rated_more_than_once(given)
    if table.shape[0] < given.shape[0]:
        raise ValueError("ratings must hold at least two ratings of every target")
    if ((table < low) | (table > high)).any():
        raise ValueError(f"ratings must lie on the scale from {low:g} to {high:g}")
    null = (points**2 - 1) / 12.0 if null_variance is None else number("null_variance", null_variance)
    if not null > 0:
        raise ValueError(f"null_variance must be above 0; it is {null_variance!r}")
    n = (~np.isnan(table)).sum(axis=1).astype(np.int64)
    mean, variance = np.nanmean(table, axis=1), np.nanvar(table, axis=1, ddof=1)
    rwg = 1.0 - variance / null
    largest = (high - mean) * (mean - low) * n / (n - 1.0)
    # All raters at one end: nobody dissents, and no variance was possible.
    awg = 1.0 - np.divide(2.0 * variance, largest, out=np.zeros_like(mean), where=largest > 0)
    total = np.nansum(table, axis=1)
    reachable = (low * (n - 1) + high <= total) & (total <= high * (n - 1) + low)
    ad_mean = np.nanmean(np.abs(table - mean[:, None]), axis=1)
    ad_median = np.nanmean(np.abs(table - np.nanmedian(table, axis=1)[:, None]), axis=1)
    star = 1.0 - float(variance.mean()) / null
    rwg_j = _as_parallel(star, table.shape[0])
    return WithinGroupAgreement(
        n=n,
        mean=mean,
        variance=variance,
        null_variance=null,
        rwg=rwg,
        rwg_truncated=np.maximum(rwg, 0.0),
        awg=awg,
        awg_interpretable=reachable,
        ad_mean=ad_mean,
        ad_median=ad_median,
        rwg_j=rwg_j,
        rwg_j_truncated=rwg_j if star > 0 else 0.0,
        rwg_star_j=star,
        rwg_star_j_truncated=max(star, 0.0),
        awg_j=float(awg.mean()),
        ad_mean_j=float(ad_mean.mean()),
        ad_median_j=float(ad_median.mean()),
    )


def _as_parallel(star: float, n_targets: int) -> float:
    """Spearman–Brown of r*wg(J); NaN at its pole, where s̄² / σ² = J / (J − 1)."""
    left = n_targets * star + 1.0 - star
    return n_targets * star / left if left != 0 else float("nan")

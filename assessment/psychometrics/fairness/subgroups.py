"""Standardised differences between groups, in one score and in a composite, and the impact ratio they foretell."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, as_given, fitting, numbers, positive, share, square, vector
from assessment.psychometrics.distributions import normal_probability, normal_quantile
from assessment.psychometrics.fairness.groups import FOCAL, NEITHER, REFERENCE, Labels, two_groups
from assessment.psychometrics.intervals import Interval


@dataclass(frozen=True)
class SubgroupDifference:
    """Reference minus focal mean in pooled standard deviations; above 0 when the reference group scores higher.

    Attributes
    ----------
    estimate : Cohen's d, with the pooled standard deviation `pooled_sd` (n − 1 in the denominators).
    hedges_g : d without its bias in small samples, d · Γ(m/2) / (√(m/2) Γ((m − 1)/2)), m = n − 2 (Hedges, 1981).
    reference_mean, focal_mean, reference_sd, focal_sd, n_reference, n_focal, n : what it is made of.
    reference, focal : the groups; `focal` None is everybody else.
    """

    estimate: float
    hedges_g: float
    reference_mean: float
    focal_mean: float
    reference_sd: float
    focal_sd: float
    pooled_sd: float
    reference: Hashable
    focal: Hashable | None
    n_reference: int
    n_focal: int

    @property
    def n(self) -> int:
        return self.n_reference + self.n_focal

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Exact interval of d for normal scores with one variance, by inverting the noncentral t (Steiger & Fouladi, 1997)."""
        from scipy.optimize import brentq
        from scipy.special import nctdtr

        tail = (1.0 - share("level", level)) / 2.0
        root = math.sqrt(1.0 / self.n_reference + 1.0 / self.n_focal)
        t, df = self.estimate / root, self.n - 2
        # Wider than any interval of t: its own spread grows with |t| / √(2 df).
        room = 40.0 * (1.0 + abs(t) / math.sqrt(df))

        def below_t(centre: float) -> float:
            share_below = float(nctdtr(df, centre, t))
            # Far from t the distribution is not computed, and all of it lies on one side.
            return share_below if share_below == share_below else float(centre < t)

        def end(below: float) -> float:
            return float(brentq(lambda centre: below_t(centre) - below, t - room, t + room, xtol=1e-10)) * root

        return Interval(end(1.0 - tail), end(tail))


def subgroup_difference(
    scores: ArrayLike, group: Labels, *, reference: Hashable, focal: Hashable | None = None
) -> SubgroupDifference:
    """Cohen's d between two groups, with its interval.

    Parameters
    ----------
    scores : (n,), NaN for none: such people are left out.
    group : n labels; None, an empty string or NaN is an unknown group, left out.
    reference, focal : labels; `focal` None is everybody of another known group.

    Returns
    -------
    SubgroupDifference

    Raises
    ------
    ValueError
        Fewer than 2 people with a score in a group, or no variation within the groups.
    """
    given = vector("scores", scores)
    code = two_groups(group, given.size, reference, focal)
    code[np.isnan(given)] = NEITHER
    first, second = given[code == REFERENCE], given[code == FOCAL]
    for name, side in (("reference", first), ("focal", second)):
        if side.size < 2:
            raise ValueError(f"{name} must hold at least 2 people with a score; it holds {side.size}")
    n_first, n_second = first.size, second.size
    df = n_first + n_second - 2
    within = ((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum()
    pooled = math.sqrt(within / df)
    if pooled <= 1e-12 * max(abs(first.mean()), abs(second.mean()), 1e-300):
        raise ValueError("scores must vary within the groups")
    d = float(first.mean() - second.mean()) / pooled
    return SubgroupDifference(
        estimate=d,
        hedges_g=d * _small_sample_factor(df),
        reference_mean=float(first.mean()),
        focal_mean=float(second.mean()),
        reference_sd=float(first.std(ddof=1)),
        focal_sd=float(second.std(ddof=1)),
        pooled_sd=pooled,
        reference=reference,
        focal=focal,
        n_reference=n_first,
        n_focal=n_second,
    )


def composite_d(d: ArrayLike, correlations: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Standardised group difference of a composite, from those of its parts (Sackett & Ellingson, 1997).

    w'd / √(w'Rw) on standardised parts. With unit weights and one correlation r for every pair that is their
    Σd / √(k + k (k − 1) r).

    Parameters
    ----------
    d : (k,) standardised differences of the parts.
    correlations : (k, k) correlations of the parts within groups, or one average correlation.
    weights : (k,) weights of the standardised parts, not all 0; None for unit weights.

    Returns
    -------
    float, in standard deviations of the composite within groups.

    Raises
    ------
    ValueError
        Correlations that are impossible together: the composite would have no variance.
    """
    differences = vector("d", d, complete=True)
    k = differences.size
    if k == 0:
        raise ValueError("d must hold at least one difference")
    given = numbers("correlations", correlations)
    if given.ndim == 0:
        matrix = np.full((k, k), float(given))
        np.fill_diagonal(matrix, 1.0)
    else:
        matrix = square("correlations", given, size=k)
    if not np.allclose(np.diag(matrix), 1.0) or not (np.abs(matrix) <= 1.0 + 1e-12).all():
        raise ValueError("correlations must lie between -1 and 1, with 1 on the diagonal")
    w = np.ones(k) if weights is None else vector("weights", weights, length=k, complete=True)
    variance = float(w @ matrix @ w)
    if variance <= 0:
        raise ValueError("weights and correlations must leave the composite some variance")
    return float(w @ differences) / math.sqrt(variance)


def impact_ratio_from_d(d: ArrayLike, selection_rate: ArrayLike, *, focal_share: ArrayLike | None = None) -> float | FloatArray:
    """Impact ratio that a standardised difference leads to when everybody above one cut is selected.

    Scores are normal with variance 1 in both groups, the focal mean d below the reference mean: the ratio is
    Φ(−c − d) / Φ(−c) at the cut c (Sackett & Ellingson, 1997, table 1).

    Parameters
    ----------
    d : reference minus focal mean in standard deviations; any shape, broadcast with the other arguments.
    selection_rate : share selected, strictly between 0 and 1: of the reference group, or of everybody if `focal_share` is given.
    focal_share : share of the focal group among everybody, strictly between 0 and 1. The cut is then that of the mixture of
        the two groups, found exactly.

    Returns
    -------
    float if every argument is a float, else an array; infinite where next to nobody of the reference group would be selected.

    Raises
    ------
    ValueError
        A share that is not strictly between 0 and 1, or shapes that do not broadcast.
    """
    difference, rate = numbers("d", d), _shares("selection_rate", selection_rate)
    fitting(d=difference, selection_rate=rate)
    if focal_share is None:
        cut = -normal_quantile(rate)
    else:
        focal = _shares("focal_share", focal_share)
        fitting(d=difference, selection_rate=rate, focal_share=focal)
        cut = _mixture_cut(difference, rate, focal)
    with np.errstate(divide="ignore"):
        return as_given(np.asarray(normal_probability(-cut - difference) / normal_probability(-cut)))


def _shares(name: str, values: ArrayLike) -> FloatArray:
    given = positive(name, values)
    if (given >= 1.0).any():
        raise ValueError(f"{name} must lie strictly between 0 and 1")
    return given


def _mixture_cut(d: FloatArray, rate: FloatArray, focal: FloatArray) -> FloatArray:
    """Cut above which a share `rate` of (1 − focal) N(0, 1) + focal N(−d, 1) lies, by bisection between the groups' own cuts."""
    own = -normal_quantile(rate)
    low, high = np.minimum(own, own - d), np.maximum(own, own - d)
    for _ in range(80):
        middle = (low + high) / 2.0
        above = (1.0 - focal) * normal_probability(-middle) + focal * normal_probability(-middle - d)
        low, high = np.where(above > rate, middle, low), np.where(above > rate, high, middle)
    return np.asarray((low + high) / 2.0)


def _small_sample_factor(df: int) -> float:
    return math.exp(math.lgamma(df / 2.0) - math.lgamma((df - 1) / 2.0)) / math.sqrt(df / 2.0)

"""Kappa of many raters over unordered categories: agreement beyond what their use of the categories brings by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.agreement.ratings import rated_by_all
from assessment.psychometrics.arrays import FloatArray, matrix, vector
from assessment.psychometrics.distributions import normal_probability
from assessment.psychometrics.intervals import Interval, two_sided_z


@dataclass(frozen=True)
class CategoryKappas:
    """Kappa of each category against all others together, (n_categories,) each; NaN for a category nobody used.

    `standard_error` is that without agreement, √(2 / (N n (n − 1))) for N subjects and n raters, the same for every category
    (Fleiss, Nee & Landis, 1979); `p_value` is two-sided.
    """

    share: FloatArray
    estimate: FloatArray
    standard_error: float
    z: FloatArray
    p_value: FloatArray


@dataclass(frozen=True)
class FleissKappa:
    """Fleiss' kappa.

    Attributes
    ----------
    estimate : (observed − expected) / (1 − expected); 0 is chance, 1 perfect.
    observed, expected : share of agreeing pairs of raters, and the one that chance would bring.
    n_subjects, n_raters : what it rests on.
    standard_error, z, p_value : of the test that there is no agreement beyond chance (Fleiss, Nee & Landis, 1979; two-sided).
        This is not the standard error for an interval: see `confidence_interval`.
    categories : kappa of each.
    """

    estimate: float
    observed: float
    expected: float
    n_subjects: int
    n_raters: int
    standard_error: float
    z: float
    p_value: float
    categories: CategoryKappas
    _influence: FloatArray = field(repr=False, compare=False)

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Normal interval over subjects as a sample, with the linearised variance of Gwet (2008, 2021).

        The variance is Σ (κᵢ − κ)² / (N (N − 1)), κᵢ = (Pᵢ − Pₑ) / (1 − Pₑ) − 2 (1 − κ)(Pₑᵢ − Pₑ) / (1 − Pₑ), where Pᵢ is the
        agreement on subject i and Pₑᵢ its share in the agreement expected. The ends are kept within −1 and 1.
        """
        return _interval(self.estimate, self._influence, level)


def fleiss_kappa(counts: ArrayLike) -> FleissKappa:
    """Fleiss' (1971) kappa of equally many raters a subject, who need not be the same persons.

    κ = (P̄ − P̄ₑ) / (1 − P̄ₑ); P̄ is the mean over subjects of Σ n_ij (n_ij − 1) / (n (n − 1)), P̄ₑ = Σ p_j², p_j the share of
    category j among all ratings. Variance without agreement (Fleiss, Nee & Landis, 1979), which replaces that of 1971:
    2 / (N n (n − 1)) · [(Σ p q)² − Σ p q (q − p)] / (Σ p q)².

    Parameters
    ----------
    counts : (n_subjects, n_categories): how many raters put the subject into the category (`category_counts` makes them from
        ratings). Every row sums to the same number of raters, at least two.

    Raises
    ------
    ValueError
        Counts that are not whole or below 0, rows of different sums, fewer than two raters, or one category alone in use.
    """
    table = matrix("counts", counts, complete=True)
    if (table < 0).any() or (table != np.floor(table)).any():
        raise ValueError("counts must be whole numbers of raters, at least 0")
    if not table.size:
        raise ValueError("counts must hold at least one subject")
    raters = table.sum(axis=1)
    if np.ptp(raters) > 0 or raters[0] < 2:
        raise ValueError("counts must sum to the same number of raters in every row, at least two")
    n, m = table.shape[0], float(raters[0])
    used = table.sum(axis=0) / (n * m)
    if (used == 1.0).any():
        raise ValueError("counts must use at least two categories; without variation chance agreement is perfect")
    agreement = (table * (table - 1.0)).sum(axis=1) / (m * (m - 1.0))
    observed, expected = float(agreement.mean()), float((used**2).sum())
    kappa = (observed - expected) / (1.0 - expected)
    pq = used * (1.0 - used)
    per_category = math.sqrt(2.0 / (n * m * (m - 1.0)))
    error = per_category * math.sqrt(max(pq.sum() ** 2 - (pq * (1.0 - 2.0 * used)).sum(), 0.0)) / float(pq.sum())
    apart = (table * (m - table)).sum(axis=0)
    each = 1.0 - np.divide(apart, n * m * (m - 1.0) * pq, out=np.full(used.size, np.nan), where=pq > 0)
    categories = CategoryKappas(used, each, per_category, each / per_category, _two_sided(each / per_category))
    z = kappa / error
    influence = _linearised(kappa, expected, agreement, (table / m) @ used)
    return FleissKappa(kappa, observed, expected, n, int(m), error, z, float(_two_sided(z)), categories, influence)


def category_counts(ratings: ArrayLike, categories: ArrayLike | None = None) -> FloatArray:
    """How many raters put each target into each category: (n_targets, n_categories).

    `ratings` are (n_targets, n_raters) codes, NaN for not rated; `categories` the codes in the order wanted, else those that
    occur, rising. Raises `ValueError` for ratings that hold nothing and for a code that is not among `categories`.
    """
    table = matrix("ratings", ratings)
    if np.isnan(table).all():
        raise ValueError("ratings must hold at least one rating")
    known = np.unique(table[~np.isnan(table)]) if categories is None else vector("categories", categories, complete=True)
    if not np.isin(table[~np.isnan(table)], known).all():
        raise ValueError("ratings must hold categories only")
    return np.stack([(table == code).sum(axis=1) for code in known], axis=1).astype(np.float64)


@dataclass(frozen=True)
class CongerKappa:
    """Conger's kappa, `(observed - expected) / (1 - expected)`, over the `n_targets` that all `n_raters` rated."""

    estimate: float
    observed: float
    expected: float
    n_targets: int
    n_raters: int
    _influence: FloatArray = field(repr=False, compare=False)

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Normal interval over targets as a sample, with Gwet's linearised variance as for Fleiss' kappa."""
        return _interval(self.estimate, self._influence, level)


def conger_kappa(ratings: ArrayLike) -> CongerKappa:
    """Conger's (1980) kappa of the same raters throughout, also called the exact Fleiss kappa; Cohen's kappa for two.

    Chance agreement is that of two of these raters with their own use of the categories, averaged over pairs; Fleiss' kappa
    takes the common use of all, which counts differences between the raters' habits as disagreement.

    Parameters
    ----------
    ratings : (n_targets, n_raters) codes of unordered categories. Targets that some rater left out (NaN) are dropped.

    Raises
    ------
    ValueError
        Fewer than two raters, no target that all rated, or one category alone in use.
    """
    table = rated_by_all(ratings, at_least=1)
    n, m = table.shape
    chosen = np.stack([table == code for code in np.unique(table)], axis=2).astype(np.float64)
    habits = chosen.mean(axis=0)
    others = habits.sum(axis=0) - habits
    expected = float((habits * others).sum()) / (m * (m - 1.0))
    if chosen.shape[2] == 1:
        raise ValueError(f"ratings must vary; every rating is {table[0, 0]:g}")
    counts = chosen.sum(axis=1)
    agreement = (counts * (counts - 1.0)).sum(axis=1) / (m * (m - 1.0))
    observed = float(agreement.mean())
    kappa = (observed - expected) / (1.0 - expected)
    of_chance = np.einsum("ngc,gc->n", chosen, others) / (m * (m - 1.0))
    return CongerKappa(kappa, observed, expected, n, m, _linearised(kappa, expected, agreement, of_chance))


def _linearised(kappa: float, expected: float, agreement: FloatArray, of_chance: FloatArray) -> FloatArray:
    """What each subject adds to kappa: (n,), of mean kappa."""
    return ((agreement - expected) - 2.0 * (1.0 - kappa) * (of_chance - expected)) / (1.0 - expected)


def _interval(estimate: float, influence: FloatArray, level: float) -> Interval:
    n = influence.size
    if n < 2:
        raise ValueError("counts or ratings must hold at least two subjects for an interval")
    half = two_sided_z(level) * float(influence.std(ddof=1)) / math.sqrt(n)
    return Interval(max(estimate - half, -1.0), min(estimate + half, 1.0))


def _two_sided(z: ArrayLike) -> FloatArray:
    return 2.0 * normal_probability(-np.abs(np.asarray(z)))

"""Differential item functioning of an item with ordered scores: Mantel's test, the standardised mean difference, and what
goes with them."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.fairness.groups import Labels
from assessment.psychometrics.fairness.matching import Sides, chi_square_p, match, overlapping, ratio
from assessment.psychometrics.intervals import Interval, two_sided_z

EtsPolytomousClass = Literal["AA", "BB", "CC"]


@dataclass(frozen=True)
class Mantel:
    """Scores of the focal group against those of the reference group, at equal matching scores.

    Attributes
    ----------
    smd : standardised mean difference, focal minus reference, in points of the item, weighted by the focal group's matching
        scores (Dorans & Schmitt, 1991); negative is lower for the focal group.
    standard_error : of `smd` under Mantel's hypergeometric model; the better one in Zwick & Thayer (1996).
    multinomial_standard_error : of `smd` under independent multinomials; tends to be too small (the same).
    item_sd : standard deviation of the item over both groups, n − 1 in the denominator. `effect_size` is smd / item_sd.
    chi_square, p_value : Mantel's (1963) test of no association, 1 degree of freedom, no continuity.
    generalized_chi_square, generalized_df, generalized_p_value : generalised Mantel–Haenszel test (Somes, 1986), in which
        the categories need no order: differences of shape show here.
    log_odds_ratio, log_odds_ratio_standard_error : ln of Liu & Agresti's (1996) common cumulative odds ratio, above 0 when the
        focal group scores higher, the sign of `smd`; the standard error is that of the two-sample U statistic which the
        estimator is built from. Infinite where one group is never above the other.
    ets_class : "AA" if `p_value` is not below .05 or |effect_size| ≤ .17; "CC" if above .25; else "BB".
    reference, focal : the groups; `focal` None is everybody else. A wrong reference turns every sign.
    n_reference, n_focal, n, n_strata : people in the strata that hold both groups, and how many strata those are.
    """

    smd: float
    standard_error: float
    multinomial_standard_error: float
    item_sd: float
    effect_size: float
    chi_square: float
    p_value: float
    generalized_chi_square: float
    generalized_df: int
    generalized_p_value: float
    log_odds_ratio: float
    log_odds_ratio_standard_error: float
    ets_class: EtsPolytomousClass
    reference: Hashable
    focal: Hashable | None
    n_reference: int
    n_focal: int
    n: int
    n_strata: int

    @property
    def estimate(self) -> float:
        """The standardised mean difference, `smd`."""
        return self.smd

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Normal interval of `smd`, from `standard_error`."""
        half = two_sided_z(level) * self.standard_error
        return Interval(self.smd - half, self.smd + half)


def mantel(item: ArrayLike, group: Labels, matching: ArrayLike, *, reference: Hashable, focal: Hashable | None = None) -> Mantel:
    """Polytomous DIF of one item: Mantel's chi-square, SMD, the ETS rule for polytomous items.

    Σ(F − E(F))² / Σ Var(F), F the focal group's sum of item scores in a stratum (Mantel, 1963; Zwick, Donoghue & Grima, 1993).
    For an item scored 0 or 1 it is the Mantel–Haenszel statistic without continuity.

    Parameters
    ----------
    item : (n,) scores, at most 100 distinct values, NaN for not answered. The values count, not only their order.
    group, matching, reference, focal : as for `mantel_haenszel`.

    Returns
    -------
    Mantel

    Raises
    ------
    ValueError
        The item does not vary; a group is empty; or the item does not vary in any stratum that holds both groups.
    """
    table = match(item, group, matching, reference, focal)
    return mantel_of_tables(table.counts[None], table.values[None], table.sides)[0]


def mantel_of_tables(counts: FloatArray, values: FloatArray, sides: Sides) -> list[Mantel]:
    """One result for each item of `counts` (n_items, n_strata, 2, n_categories) scored `values` (n_items, n_categories).

    A category that nobody chose is as if it were not there.
    """
    used = overlapping(counts)
    by_group = used.sum(axis=-1)
    n_r, n_f = by_group[..., 0], by_group[..., 1]
    n = n_r + n_f
    margins = used.sum(axis=2)
    # Deviations from the item's mean: the same statistics, without loss where scores are large and close.
    y = values - (counts.sum(axis=(1, 2)) * values).sum(axis=1, keepdims=True) / counts.sum(axis=(1, 2, 3))[:, None]
    sums = np.einsum("ikgc,ic->ikg", used, y)
    squares = np.einsum("ikgc,ic->ikg", used, y * y)
    total, total_square = sums.sum(axis=-1), squares.sum(axis=-1)
    spread = n * total_square - total**2
    # Where everybody in a stratum has one score, rounding may leave a trace of the squares.
    spread = np.where(spread > 1e-12 * n * total_square, spread, 0.0)
    variance = ratio(n_r * n_f * spread, n * n * (n - 1.0), 0.0)
    apart = (sums[..., 1] - ratio(n_f * total, n, 0.0)).sum(axis=1)
    if (variance.sum(axis=1) <= 0).any():
        raise ValueError("matching must leave a stratum that holds both groups and more than one item score")
    chi_square = apart**2 / variance.sum(axis=1)
    p_value = chi_square_p(chi_square, 1)

    weight = n_f / n_f.sum(axis=1, keepdims=True)
    mean_r, mean_f = ratio(sums[..., 0], n_r, 0.0), ratio(sums[..., 1], n_f, 0.0)
    smd = (weight * (mean_f - mean_r)).sum(axis=1)
    pooled = ratio(np.ones_like(n_r), n_r, 0.0) + ratio(np.ones_like(n_f), n_f, 0.0)
    error = np.sqrt((weight**2 * pooled**2 * variance).sum(axis=1))
    own_r = np.maximum(ratio(squares[..., 0], n_r, 0.0) - mean_r**2, 0.0)
    own_f = np.maximum(ratio(squares[..., 1], n_f, 0.0) - mean_f**2, 0.0)
    multinomial = np.sqrt((weight**2 * (ratio(own_r, n_r, 0.0) + ratio(own_f, n_f, 0.0))).sum(axis=1))

    everybody = counts.sum(axis=(1, 2, 3))
    item_sd = np.sqrt((counts.sum(axis=(1, 2)) * y * y).sum(axis=1) / (everybody - 1.0))
    generalized, df = _generalized(used, n_r, n_f, n, margins)
    generalized_p = chi_square_p(generalized, df)
    log_odds, log_odds_error = _cumulative_odds(used, n)
    effect = smd / item_sd
    return [
        Mantel(
            smd=float(smd[i]),
            standard_error=float(error[i]),
            multinomial_standard_error=float(multinomial[i]),
            item_sd=float(item_sd[i]),
            effect_size=float(effect[i]),
            chi_square=float(chi_square[i]),
            p_value=float(p_value[i]),
            generalized_chi_square=float(generalized[i]),
            generalized_df=int(df[i]),
            generalized_p_value=float(generalized_p[i]),
            log_odds_ratio=float(log_odds[i]),
            log_odds_ratio_standard_error=float(log_odds_error[i]),
            ets_class=ets_polytomous_class(float(effect[i]), float(p_value[i])),
            reference=sides.reference,
            focal=sides.focal,
            n_reference=int(n_r[i].sum()),
            n_focal=int(n_f[i].sum()),
            n=int(n[i].sum()),
            n_strata=int((n[i] > 0).sum()),
        )
        for i in range(len(counts))
    ]


def ets_polytomous_class(effect_size: float, p_value: float) -> EtsPolytomousClass:
    """The ETS rule for polytomous items, as in the National Assessment of Educational Progress: size and significance together.

    Parameters
    ----------
    effect_size : SMD over the item's standard deviation.
    p_value : of Mantel's chi-square.
    """
    if not p_value < 0.05 or abs(effect_size) <= 0.17:
        return "AA"
    return "CC" if abs(effect_size) > 0.25 else "BB"


def _generalized(
    used: FloatArray, n_r: FloatArray, n_f: FloatArray, n: FloatArray, margins: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Generalised Mantel–Haenszel chi-square and its degrees of freedom: categories without order."""
    apart = (used[:, :, 1] - ratio(n_f, n, 0.0)[..., None] * margins).sum(axis=1)
    factor = ratio(n_r * n_f, n * n * (n - 1.0), 0.0)
    covariance = -np.einsum("ik,ikc,ikd->icd", factor, margins, margins)
    diagonal = np.einsum("ik,ikc->ic", factor * n, margins)
    covariance[:, np.arange(diagonal.shape[1]), np.arange(diagonal.shape[1])] += diagonal
    # Singular by one at least, since the categories share out a fixed number of people.
    inverse = np.linalg.pinv(covariance, rcond=1e-10, hermitian=True)
    df = np.linalg.matrix_rank(covariance, hermitian=True, rtol=1e-10)
    return np.einsum("ic,icd,id->i", apart, inverse, apart), df.astype(np.float64)


def _cumulative_odds(used: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """ln of Liu & Agresti's common cumulative odds ratio and its standard error.

    Summed over the cuts between categories, "reference below, focal above" counts for a pair of people the categories by
    which the focal one is ahead. Σ (ahead − Ψ behind) over pairs is a two-sample U statistic with mean 0 at the true Ψ; its
    variance is estimated without bias by Σ_rows (row sum)² + Σ_columns (column sum)² − Σ_pairs (pair)².
    """
    places = np.cumsum(used.sum(axis=(1, 2)) > 0, axis=1) - 1.0
    lead = places[:, None, :] - places[:, :, None]
    ahead, behind = np.maximum(lead, 0.0), np.maximum(-lead, 0.0)
    ref, foc = used[:, :, 0], used[:, :, 1]
    inverse_n = ratio(np.ones_like(n), n, 0.0)
    up = (np.einsum("ikc,icd,ikd->ik", ref, ahead, foc) * inverse_n).sum(axis=1)
    down = (np.einsum("ikc,icd,ikd->ik", ref, behind, foc) * inverse_n).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_odds = np.log(up) - np.log(down)
        u = ahead - np.exp(log_odds)[:, None, None] * behind
        rows, columns = np.einsum("icd,ikd->ikc", u, foc), np.einsum("ikc,icd->ikd", ref, u)
        pairs = np.einsum("ikc,icd,ikd->ik", ref, u * u, foc)
        spread = (ref * rows**2).sum(axis=-1) + (foc * columns**2).sum(axis=-1) - pairs
        error = np.sqrt(np.maximum((spread * inverse_n**2).sum(axis=1), 0.0)) / up
    return log_odds, np.where(np.isfinite(log_odds), error, math.inf)

"""Differential item functioning by regression of the item on the matching score, the group and both together."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.fairness.cumulative_logit import CumulativeLogit, fit, null_log_likelihood
from assessment.psychometrics.fairness.groups import Labels
from assessment.psychometrics.fairness.matching import Matched, Sides, chi_square_p, match
from assessment.psychometrics.intervals import Interval, two_sided_z

RegressionClass = Literal["A", "B", "C"]


@dataclass(frozen=True)
class DifTest:
    """What the model gains by terms of the group.

    Attributes
    ----------
    chi_square, df, p_value : likelihood ratio.
    wald, wald_p_value : Wald's statistic of the same terms, same degrees of freedom; unreliable where a slope is very large.
    delta_r_squared : gain in Nagelkerke's R².
    delta_mcfadden, delta_cox_snell : gain in two other pseudo-R².
    jodoin_gierl : "A" below .035 or if `p_value` is not below .05; "C" above .070; else "B" (Jodoin & Gierl, 2001).
    zumbo_thomas : "A" below .13 or if `p_value` is above .01; "C" above .26; else "B" (Zumbo & Thomas, 1997; Zumbo, 1999).
    """

    chi_square: float
    df: int
    p_value: float
    wald: float
    wald_p_value: float
    delta_r_squared: float
    delta_mcfadden: float
    delta_cox_snell: float
    jodoin_gierl: RegressionClass
    zumbo_thomas: RegressionClass


@dataclass(frozen=True)
class RegressionDif:
    """DIF of one item by three nested models: matching score; + group; + group × matching score.

    Attributes
    ----------
    estimate, standard_error : coefficient of the focal group in the second model, a log odds ratio of a higher score; negative
        is harder for the focal group (the sign opposite to the log odds ratio of `MantelHaenszel`).
    interaction, interaction_standard_error : coefficient of group × matching score in the third model, a point of it.
    matching_coefficients : of the matching score in the three models.
    uniform : second model against the first. non_uniform : third against second. both : third against first.
    log_likelihoods : of the model without predictors and of the three.
    r_squared : Nagelkerke's R² of the three.
    n_categories : distinct item scores; 2 makes the model logistic regression.
    reference, focal, n_reference, n_focal, n : the groups and people; `focal` None is everybody else.
    converged : all three fits did; False where the item can be told from matching score and group without error.
    """

    estimate: float
    standard_error: float
    interaction: float
    interaction_standard_error: float
    matching_coefficients: tuple[float, float, float]
    uniform: DifTest
    non_uniform: DifTest
    both: DifTest
    log_likelihoods: tuple[float, float, float, float]
    r_squared: tuple[float, float, float]
    n_categories: int
    reference: Hashable
    focal: Hashable | None
    n_reference: int
    n_focal: int
    n: int
    converged: bool

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Wald interval of `estimate`."""
        half = two_sided_z(level) * self.standard_error
        return Interval(self.estimate - half, self.estimate + half)


def logistic_dif(
    item: ArrayLike, group: Labels, matching: ArrayLike, *, reference: Hashable, focal: Hashable | None = None
) -> RegressionDif:
    """Logistic-regression DIF of one item scored 0 or 1 (Swaminathan & Rogers, 1990).

    logit P(1) = b0 + b1 S + b2 G + b3 S G with S the matching score and G 1 in the focal group: b2 is uniform, b3 non-uniform
    DIF. Fitted to counts by matching score, group and answer, so that cost does not grow with people.

    Parameters
    ----------
    item : (n,) 0 or 1, NaN for not answered.
    group, matching, reference, focal : as for `mantel_haenszel`; strata that hold one group alone count too.

    Returns
    -------
    RegressionDif

    Raises
    ------
    ValueError
        The item is not scored 0 or 1 or does not vary; a group is empty; or the matching score does not vary in a group.
    """
    table = match(item, group, matching, reference, focal)
    if not np.array_equal(table.values, [0.0, 1.0]):
        raise ValueError("item must be scored 0 or 1; use ordinal_dif for more categories")
    return _of_one(table)


def ordinal_dif(
    item: ArrayLike, group: Labels, matching: ArrayLike, *, reference: Hashable, focal: Hashable | None = None
) -> RegressionDif:
    """DIF of one item with ordered scores by the proportional-odds model (Zumbo, 1999; French & Miller, 1996).

    As `logistic_dif`, for P(score ≥ c) at every c at once; only the order of the scores counts. With two categories it is
    logistic regression.

    Parameters
    ----------
    item : (n,) scores, at most 100 distinct values, NaN for not answered.
    group, matching, reference, focal : as for `logistic_dif`.

    Returns
    -------
    RegressionDif

    Raises
    ------
    ValueError
        The item does not vary; a group is empty; or the matching score does not vary in a group.
    """
    return _of_one(match(item, group, matching, reference, focal))


def _of_one(table: Matched) -> RegressionDif:
    return regression_of_tables(table.counts[None], table.strata, table.sides)[0]


def regression_of_tables(counts: FloatArray, strata: FloatArray, sides: Sides) -> list[RegressionDif]:
    """One result for each item of `counts` (n_items, n_strata, 2, n_categories), every category held by somebody."""
    m, n_strata, _, n_categories = counts.shape
    people = counts.sum(axis=(0, 2, 3))
    occupied = (counts.sum(axis=(0, 3)) > 0).sum(axis=0)
    centre = float(people @ strata / people.sum())
    scale = math.sqrt(float(people @ (strata - centre) ** 2 / people.sum()))
    if scale == 0:
        raise ValueError("matching must vary; everybody has the same score")
    if occupied.min() < 2:
        side = "reference" if occupied[0] < 2 else "focal"
        raise ValueError(
            f"matching must vary in each group, or group and score cannot be told apart; the {side} group has one score"
        )
    z = np.repeat((strata - centre) / scale, 2)
    g = np.tile([0.0, 1.0], n_strata)
    rows = counts.reshape(m, 2 * n_strata, n_categories)
    held = rows.sum(axis=(0, 2)) > 0
    rows, predictors = rows[:, held], np.stack([z, g, z * g], axis=1)[held]
    first = fit(rows, predictors[:, :1])
    second = fit(rows, predictors[:, :2], first)
    third = fit(rows, predictors, second)
    null = null_log_likelihood(rows)
    n = rows.sum(axis=(1, 2))
    likelihoods = np.stack([null, first.log_likelihood, second.log_likelihood, third.log_likelihood])
    cox_snell = -np.expm1(2.0 * (null - likelihoods) / n)
    nagelkerke = cox_snell / -np.expm1(2.0 * null / n)
    mcfadden = 1.0 - likelihoods / null
    measures = np.stack([nagelkerke, mcfadden, cox_snell])
    tests = [
        _tests(likelihoods, measures, low, high, wald)
        for low, high, wald in (
            (1, 2, _wald(second, slice(1, 2))),
            (2, 3, _wald(third, slice(2, 3))),
            (1, 3, _wald(third, slice(1, 3))),
        )
    ]
    converged = first.converged & second.converged & third.converged
    n_reference, n_focal = counts.sum(axis=(1, 3)).T
    return [
        RegressionDif(
            estimate=float(second.slopes[i, 1]),
            standard_error=math.sqrt(second.covariance[i, 1, 1]),
            interaction=float(third.slopes[i, 2]) / scale,
            interaction_standard_error=math.sqrt(third.covariance[i, 2, 2]) / scale,
            matching_coefficients=(
                float(first.slopes[i, 0]) / scale,
                float(second.slopes[i, 0]) / scale,
                float(third.slopes[i, 0]) / scale,
            ),
            uniform=tests[0][i],
            non_uniform=tests[1][i],
            both=tests[2][i],
            log_likelihoods=(
                float(likelihoods[0, i]),
                float(likelihoods[1, i]),
                float(likelihoods[2, i]),
                float(likelihoods[3, i]),
            ),
            r_squared=(float(nagelkerke[1, i]), float(nagelkerke[2, i]), float(nagelkerke[3, i])),
            n_categories=n_categories,
            reference=sides.reference,
            focal=sides.focal,
            n_reference=int(n_reference[i]),
            n_focal=int(n_focal[i]),
            n=int(n[i]),
            converged=bool(converged[i]),
        )
        for i in range(m)
    ]


def jodoin_gierl_class(delta_r_squared: float, p_value: float) -> RegressionClass:
    """Class of a gain in Nagelkerke's R² with limits .035 and .070, "A" unless significant at .05 (Jodoin & Gierl, 2001)."""
    return _classed(delta_r_squared, 0.035, 0.070, significant=p_value < 0.05)


def zumbo_thomas_class(delta_r_squared: float, p_value: float) -> RegressionClass:
    """Class of a gain in Nagelkerke's R² with limits .13 and .26, "A" unless significant at .01 (Zumbo & Thomas, 1997)."""
    return _classed(delta_r_squared, 0.13, 0.26, significant=p_value <= 0.01)


def _classed(size: float, moderate: float, large: float, *, significant: bool) -> RegressionClass:
    if not significant or size < moderate:
        return "A"
    return "C" if size > large else "B"


def _tests(likelihoods: FloatArray, measures: FloatArray, low: int, high: int, wald: FloatArray) -> list[DifTest]:
    df = high - low
    # Nested models: what falls below 0 is rounding.
    chi_square = np.maximum(2.0 * (likelihoods[high] - likelihoods[low]), 0.0)
    p_value, wald_p = chi_square_p(chi_square, df), chi_square_p(wald, df)
    nagelkerke, mcfadden, cox_snell = np.maximum(measures[:, high] - measures[:, low], 0.0)
    return [
        DifTest(
            chi_square=float(chi_square[i]),
            df=df,
            p_value=float(p_value[i]),
            wald=float(wald[i]),
            wald_p_value=float(wald_p[i]),
            delta_r_squared=float(nagelkerke[i]),
            delta_mcfadden=float(mcfadden[i]),
            delta_cox_snell=float(cox_snell[i]),
            jodoin_gierl=jodoin_gierl_class(float(nagelkerke[i]), float(p_value[i])),
            zumbo_thomas=zumbo_thomas_class(float(nagelkerke[i]), float(p_value[i])),
        )
        for i in range(len(chi_square))
    ]


def _wald(fitted: CumulativeLogit, of: slice) -> FloatArray:
    slopes, covariance = fitted.slopes[:, of], fitted.covariance[:, of, of]
    return np.asarray((slopes[:, None, :] @ np.linalg.solve(covariance, slopes[..., None]))[:, 0, 0])

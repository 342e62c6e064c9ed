"""People without a criterion: those who left before it, and those who were not hired for reasons that are not recorded."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, share, vector, within
from assessment.psychometrics.distributions import normal_probability, normal_quantile
from assessment.psychometrics.intervals import Interval, two_sided_z
from assessment.psychometrics.validity.coefficient import correlation
from assessment.psychometrics.validity.incremental import least_squares, standardised
from assessment.psychometrics.validity.restriction import people

_MOST_STEPS = 50


@dataclass(frozen=True)
class AttritionWeighted:
    """Validity among all hires from those who stayed, each counted 1 / P(staying) times.

    `observed` is the correlation among those who stayed and `attrition_correlation` that of leaving with the score.
    `effective_n` is what the weights leave of `n_stayed` (Kish, 1965), `smallest_probability` the lowest chance of staying
    among those who did: near 0, a few people decide.
    """

    estimate: float
    standard_error: float
    n_hired: int
    n_stayed: int
    effective_n: float
    smallest_probability: float
    observed: float
    attrition_correlation: float

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """On Fisher's z scale, by the delta method; weights taken as known, which errs to the wide side."""
        share("level", level)
        if abs(self.estimate) >= 1.0:
            return Interval(self.estimate, self.estimate)
        half = two_sided_z(level) * self.standard_error / (1.0 - self.estimate**2)
        centre = math.atanh(self.estimate)
        return Interval(math.tanh(centre - half), math.tanh(centre + half))


def attrition_weighted(scores: ArrayLike, criterion: ArrayLike, covariates: ArrayLike | None = None) -> AttritionWeighted:
    """Correlation of score and criterion weighted by the inverse probability of staying (Robins, Rotnitzky & Zhao, 1995).

    The chance of staying is a probit regression on score and covariates. Right where leaving depends on nothing else that is
    related to the criterion.

    Parameters
    ----------
    scores : (n,) of all hires.
    criterion : (n,) NaN for those who left before it.
    covariates : (n,) or (n, q) what else leaving may depend on, known for all hires.
        Hires without a score or with a covariate missing are left out.

    Returns
    -------
    AttritionWeighted

    Raises
    ------
    ValueError
        Fewer than 4 people who stayed, nobody who left, no variation, or scores and covariates that tell leavers apart
        without exception.
    """
    recorded, y, stayed = _people_and_gaps(scores, criterion, covariates)
    chance = normal_probability(_index(_probit(recorded, stayed, "leaving"), recorded)[stayed])
    x, y, weights = recorded[stayed, 0], y[stayed], 1.0 / chance
    weights = weights / weights.sum()
    a, b = x - weights @ x, y - weights @ y
    a, b = a / math.sqrt(weights @ a**2), b / math.sqrt(weights @ b**2)
    r = float(np.clip(weights @ (a * b), -1.0, 1.0))
    influence = a * b - r * (a**2 + b**2) / 2.0
    return AttritionWeighted(
        estimate=r,
        standard_error=math.sqrt(float(weights**2 @ influence**2)),
        n_hired=stayed.size,
        n_stayed=x.size,
        effective_n=1.0 / float(weights @ weights),
        smallest_probability=float(chance.min()),
        observed=correlation(x, y),
        attrition_correlation=correlation(recorded[:, 0], (~stayed).astype(np.float64)),
    )


@dataclass(frozen=True)
class SelectionSensitivity:
    """Validity among applicants, `estimates` (m,), were the errors of hiring and criterion correlated by `correlations` (m,)."""

    correlations: FloatArray
    estimates: FloatArray
    n_applicants: int
    n_hired: int


def selection_sensitivity(
    scores: ArrayLike, criterion: ArrayLike, covariates: ArrayLike | None = None, correlations: ArrayLike | None = None
) -> SelectionSensitivity:
    """How far validity among applicants would move if hiring had also gone by something unrecorded (Heckman, 1979).

    Hiring is a probit regression on what is recorded, w, with index g and inverse Mills ratio λ = φ/Φ; among the hired
    E(y) = a + b′w + ρσλ and the error's variance is σ² (1 − ρ²λ(λ + g)). ρ cannot be told from such data without a variable
    that moves hiring alone, so that it is assumed and run through: for each value σ follows from the residual variance, then
    b, then the correlation of score and criterion among applicants. At ρ = 0 this is `factored_likelihood`.

    Parameters
    ----------
    scores, criterion, covariates : as in `factored_likelihood`.
    correlations : (m,) values of ρ, each strictly between −1 and 1; by default 11 from −.5 to .5.

    Returns
    -------
    SelectionSensitivity

    Raises
    ------
    ValueError
        Too few people, no variation, or hiring that follows from what is recorded without exception, so that nothing
        unrecorded can have mattered.
    """
    steps = np.linspace(-0.5, 0.5, 11) if correlations is None else vector("correlations", correlations, complete=True)
    rhos = within("correlations", steps, -1.0, 1.0)
    if (np.abs(rhos) == 1.0).any():
        raise ValueError("correlations must lie strictly between -1 and 1")
    recorded, y, hired = _people_and_gaps(scores, criterion, covariates)
    g = _index(_probit(recorded, hired, "hiring"), recorded)[hired]
    mills = _mills(g)
    among, y = recorded[hired], y[hired]
    b_y, _ = least_squares("scores and covariates", among, y)
    b_mills, _ = least_squares("scores and covariates", among, mills)
    left_y, left_mills = y - b_y[0] - among @ b_y[1:], mills - b_mills[0] - among @ b_mills[1:]
    n, lost = y.size, float((mills * (mills + g)).mean())
    # The residuals of y less ρσ those of λ have mean square σ² (1 − ρ² · mean of λ(λ + g)): a quadratic in σ.
    square = 1.0 - rhos**2 * (lost + left_mills @ left_mills / n)
    cross = rhos * float(left_y @ left_mills) / n
    sigma = (np.sqrt(cross**2 + square * (left_y @ left_y) / n) - cross) / square
    slopes = b_y[1:] - np.outer(rhos * sigma, b_mills[1:])
    apart = recorded - recorded.mean(axis=0)
    s = apart.T @ apart / recorded.shape[0]
    explained = np.einsum("mi,ij,mj->m", slopes, s, slopes)
    estimates = slopes @ s[0] / np.sqrt(s[0, 0] * (explained + sigma**2))
    return SelectionSensitivity(rhos, np.asarray(estimates), hired.size, n)


def _people_and_gaps(
    scores: ArrayLike, criterion: ArrayLike, covariates: ArrayLike | None
) -> tuple[FloatArray, FloatArray, BoolArray]:
    recorded, y, has_one = people(scores, criterion, covariates)
    if has_one.all():
        raise ValueError("criterion must be NaN for the people who have none; here everybody has one")
    return recorded, y, has_one


def _probit(predictors: FloatArray, happened: BoolArray, what: str) -> FloatArray:
    """Maximum-likelihood coefficients, intercept first, by Newton's method on standardised predictors."""
    z, mean, sd = standardised("scores and covariates", predictors)
    design = np.column_stack([np.ones(happened.size), z])
    sign = np.where(happened, 1.0, -1.0)
    coefficients = np.zeros(design.shape[1])
    coefficients[0] = normal_quantile(happened.mean())
    for _ in range(_MOST_STEPS):
        index = design @ coefficients
        pull = sign * _mills(sign * index)
        curvature = design.T @ (design * (pull * (pull + index))[:, None])
        if np.linalg.eigvalsh(curvature)[0] < 1e-9 * happened.size:
            break
        step = np.linalg.solve(curvature, design.T @ pull)
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-10:
            slopes = coefficients[1:] / sd
            return np.concatenate([[coefficients[0] - mean @ slopes], slopes])
    raise ValueError(f"scores and covariates must leave {what} open for some; here it follows from them without exception")


def _index(coefficients: FloatArray, predictors: FloatArray) -> FloatArray:
    return np.asarray(coefficients[0] + predictors @ coefficients[1:])


def _mills(z: FloatArray) -> FloatArray:
    """φ(z) / Φ(z), stable far below 0."""
    from scipy.special import log_ndtr

    return np.asarray(np.exp(-0.5 * z * z - log_ndtr(z)) / math.sqrt(2.0 * math.pi))

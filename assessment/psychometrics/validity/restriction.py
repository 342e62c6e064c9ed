"""Range restriction by several recorded variables: Lawley's correction, and maximum likelihood from the people themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, matrix, numbers, share, square, varies, vector
from assessment.psychometrics.distributions import t_quantile
from assessment.psychometrics.intervals import Interval
from assessment.psychometrics.validity.coefficient import correlation
from assessment.psychometrics.validity.incremental import least_squares


def lawley(
    restricted: ArrayLike, unrestricted: ArrayLike, selected: Sequence[int] | None = None, *, correlations: bool = False
) -> FloatArray:
    """Covariances among applicants, from those among the hired: Lawley's (1943) multivariate correction.

    With A restricted, V unrestricted, p the variables that hiring went by and n the others: V_pn = V_pp A_pp⁻¹ A_pn and
    V_nn = A_nn + A_np A_pp⁻¹ (V_pn − A_pn). Holds where the regressions on p are linear with constant spread, and hiring
    went by p alone.

    Parameters
    ----------
    restricted : (k, k) covariances among the hired, A. (Ree, Carretta, Earles & Albert, 1994, and what is built on them call
        it V*; it is not the unrestricted one.)
    unrestricted : (p, p) covariances of the selection variables among applicants, V_pp, in the same units.
    selected : their p places in `restricted`, from 0 and in the order of `unrestricted`; by default the first p.
    correlations : return correlations instead of covariances.

    Returns
    -------
    (k, k) in the order of `restricted`. One selection variable gives Thorndike's case II with its other variables and case
    III between them.

    Raises
    ------
    ValueError
        A matrix that is not a covariance matrix, or places that do not fit.
    """
    a, v = square("restricted", restricted), square("unrestricted", unrestricted)
    p = _places(selected, v.shape[0], a.shape[0])
    for name, covariances in (("restricted", a), ("unrestricted", v)):
        values = np.linalg.eigvalsh(covariances)
        if values[0] < -1e-8 * abs(values[-1]) or (np.diag(covariances) <= 0).any():
            raise ValueError(f"{name} must be a covariance matrix; a sum of its variables would have a negative variance")
    if np.linalg.eigvalsh(a[np.ix_(p, p)])[0] <= 1e-12 * np.trace(a):
        raise ValueError("restricted must not hold linearly dependent selection variables")
    slopes = np.linalg.solve(a[np.ix_(p, p)], a[p])
    out = a + slopes.T @ (v - a[np.ix_(p, p)]) @ slopes
    if correlations:
        sd = np.sqrt(np.diag(out))
        out = out / np.outer(sd, sd)
    return np.asarray((out + out.T) / 2.0)


def _places(selected: Sequence[int] | None, n_places: int, n_variables: int) -> list[int]:
    given = np.arange(n_places) if selected is None else np.asarray(selected)
    p = [int(place) for place in given] if given.ndim == 1 and given.dtype.kind in "iu" else []
    if len(p) != n_places or len(set(p)) != len(p) or not all(0 <= place < n_variables for place in p):
        raise ValueError(f"selected must name {n_places} different places from 0 to {n_variables - 1}; it is {selected}")
    return p


@dataclass(frozen=True)
class FactoredLikelihood:
    """Correlation of score and criterion among all applicants, `estimate`, of whom `n_hired` have a criterion.

    `observed` is the correlation among the hired, `multiple_r` the multiple correlation of the criterion with score and
    covariates among applicants. `criterion_mean` and `criterion_sd` are those to expect had everybody been
    hired. `standard_error` is by the delta method.
    """

    estimate: float
    standard_error: float
    n_applicants: int
    n_hired: int
    n_covariates: int
    observed: float
    multiple_r: float
    criterion_mean: float
    criterion_sd: float

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """On Fisher's z scale, atanh ρ ± t · standard error / (1 − ρ²), t with the residual degrees of freedom of the hired."""
        middle = 0.5 + share("level", level) / 2.0
        if abs(self.estimate) >= 1.0:
            return Interval(self.estimate, self.estimate)
        t = t_quantile(middle, self.n_hired - self.n_covariates - 2)
        half = t * self.standard_error / (1.0 - self.estimate**2)
        centre = math.atanh(self.estimate)
        return Interval(math.tanh(centre - half), math.tanh(centre + half))


def factored_likelihood(scores: ArrayLike, criterion: ArrayLike, covariates: ArrayLike | None = None) -> FactoredLikelihood:
    """Maximum-likelihood validity among applicants where only the hired have a criterion (Anderson, 1957; Mendoza, 1993).

    The likelihood factors into that of the recorded variables, from all applicants, and that of the criterion given them,
    from the hired: ρ = b′S₁ / √(S₁₁ (b′Sb + s²)), S the covariances of score and covariates among applicants, b and s² the
    regression among the hired, variances over n. With the score alone it is Thorndike's case II with u the ratio of SDs
    over n.

    Parameters
    ----------
    scores : (n,) of all applicants.
    criterion : (n,) NaN for those who were not hired. Missing at random given what is recorded: hiring depended on nothing
        else that is related to the criterion. That is an assumption, and the data cannot show it.
    covariates : (n, q) or (n,) what else hiring went by, recorded for all applicants.
        Applicants without a score or with a covariate missing are left out.

    Returns
    -------
    FactoredLikelihood. The standard error is normal-theory: 2 tr(ASAS) / n from the applicants' covariances, A the gradient,
    plus what the regression adds among the hired.

    Raises
    ------
    ValueError
        Fewer than 4 + q people with a criterion, no variation among them, or linearly dependent variables.
    """
    recorded, y, hired = people(scores, criterion, covariates)
    (n, p), n_hired = recorded.shape, int(hired.sum())
    mean = recorded.mean(axis=0)
    s = (recorded - mean).T @ (recorded - mean) / n
    among, y = recorded[hired], y[hired]
    coefficients, unexplained = least_squares("scores and covariates", among, y)
    b, centred = coefficients[1:], among - among.mean(axis=0)
    spread = centred.T @ centred / n_hired
    variance = float(b @ s @ b) + unexplained / n_hired
    rho = float(np.clip(s[0] @ b / math.sqrt(s[0, 0] * variance), -1.0, 1.0))
    error = _standard_error(rho, b, s, spread, unexplained / (n_hired - p - 1), variance, n, n_hired)
    return FactoredLikelihood(
        estimate=rho,
        standard_error=error,
        n_applicants=n,
        n_hired=n_hired,
        n_covariates=p - 1,
        observed=correlation(among[:, 0], y),
        multiple_r=math.sqrt(float(b @ s @ b) / variance),
        criterion_mean=float(coefficients[0] + mean @ b),
        criterion_sd=math.sqrt(variance),
    )


def people(scores: ArrayLike, criterion: ArrayLike, covariates: ArrayLike | None) -> tuple[FloatArray, FloatArray, BoolArray]:
    """What is recorded of each person, (n, 1 + q) with the score first, the criterion (n,), and who has one (n,).

    People without a score or with a covariate missing are left out. Raises `ValueError` where fewer than 4 + q have a
    criterion, or it does not vary.
    """
    x = vector("scores", scores)
    y = vector("criterion", criterion, length=x.size)
    recorded = x[:, None]
    if covariates is not None:
        others = numbers("covariates", covariates)
        recorded = np.column_stack([x, matrix("covariates", others[:, None] if others.ndim == 1 else others, rows=x.size)])
    known = ~np.isnan(recorded).any(axis=1)
    recorded, y = recorded[known], y[known]
    has_one = ~np.isnan(y)
    fewest, n_known = recorded.shape[1] + 3, int(has_one.sum())
    if n_known < fewest:
        raise ValueError(f"criterion must be known for at least {fewest} people with all else recorded; it is for {n_known}")
    if not varies(y[has_one]):
        raise ValueError(f"criterion must vary; everybody has {y[has_one][0]:g}")
    return recorded, y, has_one


def _standard_error(
    rho: float, b: FloatArray, s: FloatArray, spread: FloatArray, residual_variance: float, variance: float, n: int, n_hired: int
) -> float:
    scale = math.sqrt(s[0, 0] * variance)
    by_covariances = -rho * np.outer(b, b) / (2.0 * variance)
    by_covariances[0] += b / (2.0 * scale)
    by_covariances[:, 0] += b / (2.0 * scale)
    by_covariances[0, 0] -= rho / (2.0 * s[0, 0])
    by_slopes = s[0] / scale - rho * (s @ b) / variance
    by_residual = -rho / (2.0 * variance)
    turned = by_covariances @ s
    total = 2.0 * float(np.trace(turned @ turned)) / n
    total += residual_variance * float(by_slopes @ np.linalg.solve(spread, by_slopes)) / n_hired
    total += 2.0 * (by_residual * residual_variance) ** 2 / n_hired
    return math.sqrt(max(total, 0.0))

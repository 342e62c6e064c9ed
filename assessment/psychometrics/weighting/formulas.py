"""Weights and what becomes of them: the closed formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import (
    FloatArray,
    as_given,
    fitting,
    matrix,
    number,
    numbers,
    positive,
    square,
    vector,
    within,
)


def unit(predictors: ArrayLike) -> FloatArray:
    """A weight of 1 for each predictor: takes part in no estimation, so cannot overfit (Dawes & Corrigan, 1974).

    Parameters
    ----------
    predictors : (n, p), to be standardised before they are weighted.

    Returns
    -------
    (p,) ones.

    Raises
    ------
    ValueError
        Predictors that are not a table of numbers.
    """
    return np.ones(matrix("predictors", predictors).shape[1])


def ridge_toward_prior(predictors: ArrayLike, criterion: ArrayLike, prior: ArrayLike, penalty: float) -> FloatArray:
    """w₀ + (X′X + λI)⁻¹ X′(y − Xw₀), X and y centred; w₀ taken as given.

    Parameters
    ----------
    predictors : (n, p) complete.
    criterion : (n,) complete.
    prior : (p,) the weights to shrink toward, in criterion units per predictor unit; zeros give ordinary ridge.
    penalty : λ ≥ 0. At 0 the result is least squares; as it grows the result becomes the prior.

    Returns
    -------
    (p,) weights.

    Raises
    ------
    ValueError
        Shapes that do not fit, NaN, a penalty out of range, or predictors that are linearly dependent at a penalty of 0 or next
        to it.
    """
    x = matrix("predictors", predictors, complete=True)
    n, p = x.shape
    y = vector("criterion", criterion, length=n, complete=True)
    w0 = vector("prior", prior, length=p, complete=True)
    if n == 0 or p == 0:
        raise ValueError(f"predictors must hold at least one person and one predictor; their shape is {x.shape}")
    penalty = number("penalty", penalty)
    if penalty < 0:
        raise ValueError(f"penalty must be at least 0; it is {penalty!r}")
    x, y = x - x.mean(axis=0), y - y.mean()
    gram = x.T @ x + penalty * np.eye(p)
    # In units in which every predictor counts the same, so that dependence is not mistaken for a difference of units.
    size = np.sqrt(np.diag(gram))
    size = np.where(size > 0, size, 1.0)
    scaled = gram / np.outer(size, size)
    if np.linalg.matrix_rank(scaled, hermitian=True) < p:
        raise ValueError("penalty must be above 0, and more than rounding, where the predictors are linearly dependent")
    return np.asarray(w0 + np.linalg.solve(scaled, x.T @ (y - x @ w0) / size) / size)


@dataclass(frozen=True)
class EmpiricalBayes:
    """Weights pulled toward the prior, (p,) each: `shrinkage` is the share of its estimate that a weight keeps."""

    estimate: FloatArray
    shrinkage: FloatArray
    tau_squared: float


def empirical_bayes(
    prior: ArrayLike, estimate: ArrayLike, standard_error: ArrayLike, tau_squared: float | None = None
) -> EmpiricalBayes:
    """w₀ + τ²/(τ² + se²) · (ŵ − w₀) for each weight (Efron & Morris, 1975, with unequal errors).

    Parameters
    ----------
    prior, estimate, standard_error : (p,), the errors above 0.
    tau_squared : variance of the true weights around the prior; left out, its moment estimate
        max(0, mean[(ŵ − w₀)² − se²]). At 0 the result is the prior.

    Returns
    -------
    EmpiricalBayes

    Raises
    ------
    ValueError
        No weights, shapes that do not fit, NaN, an error that is not above 0, or a variance below 0.
    """
    w0 = vector("prior", prior, complete=True)
    w = vector("estimate", estimate, length=w0.size, complete=True)
    se = positive("standard_error", vector("standard_error", standard_error, length=w0.size, complete=True))
    if w0.size == 0:
        raise ValueError("prior must hold at least one weight")
    spread = max(0.0, float(((w - w0) ** 2 - se**2).mean())) if tau_squared is None else number("tau_squared", tau_squared)
    if spread < 0:
        raise ValueError(f"tau_squared must be at least 0; it is {tau_squared!r}")
    kept = spread / (spread + se**2)
    return EmpiricalBayes(w0 + kept * (w - w0), kept, spread)


def relative_weights(predictor_correlations: ArrayLike, validities: ArrayLike) -> FloatArray:
    """Johnson's (2000) relative weights, each predictor's share of R²: Λ² β*², Λ = R^½, β* = Λ⁻¹ v (squares element by element).

    For explaining a composite, not for scoring.

    Parameters
    ----------
    predictor_correlations : (p, p) positive definite.
    validities : (p,) correlations with the criterion.

    Returns
    -------
    (p,) raw weights, none below 0, summing to R².

    Raises
    ------
    ValueError
        Correlations that are not positive definite or have no ones on the diagonal; validities that would explain more than
        all of the criterion.
    """
    r = square("predictor_correlations", predictor_correlations)
    v = within("validities", vector("validities", validities, length=r.shape[0], complete=True), -1.0, 1.0)
    values, vectors = np.linalg.eigh(r)
    if values[0] <= 1e-10 or not np.allclose(np.diag(r), 1.0):
        raise ValueError("predictor_correlations must be positive definite, with ones on the diagonal")
    root = (vectors * np.sqrt(values)) @ vectors.T
    beta = np.linalg.solve(root, v)
    if beta @ beta > 1.0 + 1e-9:
        raise ValueError("validities must be possible: together they would explain more than all of the criterion")
    return np.asarray(root**2 @ beta**2)


def composite_validity(weights: ArrayLike, predictor_correlations: ArrayLike, validities: ArrayLike) -> float | FloatArray:
    """Correlation of a weighted sum of predictors with the criterion: w′v / √(w′Rw).

    Parameters
    ----------
    weights : (p,), or (..., p) for many weightings at once.
    predictor_correlations : (p, p) of standardised predictors; for others their covariance.
    validities : (p,) correlations with the criterion; with covariances, covariances with the standardised criterion.

    Returns
    -------
    float, or an array of shape (...).

    Raises
    ------
    ValueError
        Shapes that do not fit, NaN, or weights whose sum does not vary.
    """
    r = square("predictor_correlations", predictor_correlations)
    v = vector("validities", validities, length=r.shape[0], complete=True)
    w = numbers("weights", weights)
    if w.ndim == 0 or w.shape[-1] != v.size or np.isnan(w).any():
        raise ValueError(f"weights must hold {v.size} values, none of them NaN; their shape is {w.shape}")
    variance = ((w @ r) * w).sum(axis=-1)
    if (variance <= 0).any():
        raise ValueError("weights must give a sum that varies")
    return as_given(np.asarray(w @ v / np.sqrt(variance)))


def effective_weights(weights: ArrayLike, covariance: ArrayLike) -> FloatArray:
    """What each part really moves: w_j · s_j · r_jT, nominal weight times its SD times its correlation with the composite T.

    A nominal weight says what was meant. A part that hardly varies, or that goes its own way, moves the composite less.

    Parameters
    ----------
    weights : (p,) nominal.
    covariance : (p, p) of the parts.

    Returns
    -------
    (p,) in units of the composite, summing to its SD (divide by the sum for shares): w_j (Sw)_j / √(w′Sw).

    Raises
    ------
    ValueError
        Shapes that do not fit, NaN, or weights whose sum does not vary.
    """
    s = square("covariance", covariance)
    w = vector("weights", weights, length=s.shape[0], complete=True)
    return np.asarray(w * (s @ w) / np.sqrt(_variance("weights", w, s)))


def composite_agreement(first: ArrayLike, second: ArrayLike, covariance: ArrayLike) -> float:
    """Correlation of two weighted sums of the same parts: does the choice of weights matter at all? (Wilks, 1938)

    Parameters
    ----------
    first, second : (p,) weights.
    covariance : (p, p) of the parts.

    Returns
    -------
    float: w₁′Sw₂ / √(w₁′Sw₁ · w₂′Sw₂).

    Raises
    ------
    ValueError
        Shapes that do not fit, NaN, or weights whose sum does not vary.
    """
    s = square("covariance", covariance)
    a = vector("first", first, length=s.shape[0], complete=True)
    b = vector("second", second, length=s.shape[0], complete=True)
    return float(a @ s @ b / np.sqrt(_variance("first", a, s) * _variance("second", b, s)))


ShrinkageMethod = Literal["ezekiel", "olkin-pratt", "browne", "burket"]


def shrunken_r_squared(r2: ArrayLike, n: ArrayLike, p: ArrayLike, method: ShrinkageMethod) -> float | FloatArray:
    """What is left of a multiple correlation outside the sample that made it.

    Parameters
    ----------
    r2 : squared multiple correlation in the sample, in [0, 1].
    n, p : people and predictors, whole numbers, n at least p + 4. The predictors were fixed beforehand: after choosing them on
        the same data only nested cross-validation is honest. All three single numbers or arrays that broadcast.
    method : `ezekiel` (adjusted R²) and `olkin-pratt` estimate ρ² in the population; `browne` the squared
        cross-validity ρ_c²; `burket` the cross-validity ρ_c itself, not squared.

    Returns
    -------
    float or array. `ezekiel`, `olkin-pratt` and `burket` can be negative (`burket` −∞ at an R² of 0), which means no evidence
    of validity outside the sample and is to be shown as 0; `browne` is floored at 0 as published (Browne, 1975).

    Notes
    -----
    Ezekiel (1930): 1 − (1 − R²)(n − 1)/(n − p − 1). Olkin & Pratt (1958): 1 − (n − 3)/(n − p − 1) · (1 − R²) ·
    ₂F₁(1, 1; (n − p + 1)/2; 1 − R²). Browne (1975): ((n − p − 3)ρ⁴ + ρ²)/((n − 2p − 2)ρ² + p), ρ² Ezekiel's, at least 0, and
    ρ⁴ = ρ²ρ² − 2p(1 − ρ²)²/((n − 1)(n − p + 1)), at least 0. Burket (1964): (nR² − p)/(R(n − p)).

    Raises
    ------
    ValueError
        A value out of range, too few people, shapes that do not broadcast, or an unknown method.
    """
    given, people, predictors = within("r2", r2, 0.0, 1.0), numbers("n", n), numbers("p", p)
    fitting(r2=given, n=people, p=predictors)
    if not ((predictors >= 1) & (predictors == np.floor(predictors))).all():
        raise ValueError(f"p must be a whole number of at least 1; it is {p!r}")
    if not ((people >= predictors + 4) & (people == np.floor(people))).all():
        raise ValueError(f"n must be a whole number of at least p + 4; it is {n!r} where p is {p!r}")
    if not isinstance(method, str) or method not in _SHRINKAGE:
        raise ValueError(f"method must be one of {', '.join(_SHRINKAGE)}; it is {method!r}")
    return as_given(np.asarray(_SHRINKAGE[method](given, people, predictors)))


def _ezekiel(r2: FloatArray, n: FloatArray, p: FloatArray) -> FloatArray:
    return np.asarray(1.0 - (1.0 - r2) * (n - 1) / (n - p - 1))


def _olkin_pratt(r2: FloatArray, n: FloatArray, p: FloatArray) -> FloatArray:
    from scipy.special import hyp2f1

    return np.asarray(1.0 - (n - 3) / (n - p - 1) * (1.0 - r2) * hyp2f1(1.0, 1.0, (n - p + 1) / 2.0, 1.0 - r2))


def _browne(r2: FloatArray, n: FloatArray, p: FloatArray) -> FloatArray:
    rho2 = np.maximum(_ezekiel(r2, n, p), 0.0)
    rho4 = np.maximum(rho2**2 - 2.0 * p * (1.0 - rho2) ** 2 / ((n - 1) * (n - p + 1)), 0.0)
    return np.asarray(((n - p - 3) * rho4 + rho2) / ((n - 2 * p - 2) * rho2 + p))


def _burket(r2: FloatArray, n: FloatArray, p: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.asarray((n * r2 - p) / (np.sqrt(r2) * (n - p)))


_SHRINKAGE = {"ezekiel": _ezekiel, "olkin-pratt": _olkin_pratt, "browne": _browne, "burket": _burket}


def _variance(name: str, weights: FloatArray, covariance: FloatArray) -> float:
    variance = float(weights @ covariance @ weights)
    if variance <= 0:
        raise ValueError(f"{name} must give a sum that varies")
    return variance

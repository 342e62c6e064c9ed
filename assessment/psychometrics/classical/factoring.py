"""Common factors of a correlation matrix: minimum residual, maximum likelihood, and an oblique rotation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assessment.psychometrics.arrays import FloatArray

Method = Literal["minres", "ml"]
SMALLEST_UNIQUENESS = 0.005
"""Where a uniqueness would fall below, it is held here (a Heywood case)."""


@dataclass(frozen=True)
class Factors:
    """Unrotated `loadings` (k, m) and `uniquenesses` (k,) of standardised items."""

    loadings: FloatArray
    uniquenesses: FloatArray


def factors(correlations: FloatArray, n_factors: int, method: Method = "minres") -> Factors:
    """`n_factors` common factors of a correlation matrix (k, k).

    `minres` makes the squared residuals outside the diagonal smallest (Harman & Jones, 1966); `ml` is maximum likelihood
    (Jöreskog, 1967). Both are minimised over the uniquenesses alone, from the squared multiple correlations on, with the
    loadings given by the eigenvectors. The sum of each factor's loadings is positive.

    Raises `ValueError` when k items cannot carry so many factors: (k − m)² < k + m.
    """
    k = correlations.shape[0]
    if n_factors < 1 or (k - n_factors) ** 2 < k + n_factors:
        raise ValueError(f"n_factors must leave degrees of freedom; {k} items do not carry {n_factors} factors")
    if method not in ("minres", "ml"):
        raise ValueError(f"method must be 'minres' or 'ml'; it is {method!r}")
    if method == "ml" and np.linalg.eigvalsh(correlations)[0] < 1e-10:
        raise ValueError("item_scores must have a positive definite correlation matrix for method 'ml'")
    target = _least_squares if method == "minres" else _likelihood
    uniquenesses = _minimised(lambda psi: target(correlations, psi, n_factors)[:2], correlations, n_factors)
    loadings = target(correlations, uniquenesses, n_factors)[2]
    return Factors(loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0), uniquenesses)


def _minimised(
    value_and_slope: Callable[[FloatArray], tuple[float, FloatArray]], correlations: FloatArray, n_factors: int
) -> FloatArray:
    from scipy.optimize import minimize

    k = correlations.shape[0]
    # A ridge keeps the start defined where an item is a sum of others.
    inverse = np.diag(np.linalg.inv(correlations + 1e-6 * np.eye(k)))
    start = np.clip((1.0 - 0.5 * n_factors / k) / np.abs(inverse), SMALLEST_UNIQUENESS, 1.0)
    found = minimize(
        value_and_slope,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(SMALLEST_UNIQUENESS, 1.0)] * k,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2_000, "maxcor": 30},
    )
    return np.asarray(found.x, dtype=np.float64)


def _least_squares(correlations: FloatArray, psi: FloatArray, m: int) -> tuple[float, FloatArray, FloatArray]:
    """Half the sum of squared residuals, its slope in the uniquenesses, and the loadings.

    At the minimum the diagonal is fitted exactly, so that all that is left lies outside it.
    """
    values, vectors = np.linalg.eigh(correlations - np.diag(psi))
    loadings = vectors[:, -m:] * np.sqrt(np.maximum(values[-m:], 0.0))
    left, out = values[:-m], vectors[:, :-m]
    return 0.5 * float((left**2).sum()), -((out**2) @ left), loadings


def _likelihood(correlations: FloatArray, psi: FloatArray, m: int) -> tuple[float, FloatArray, FloatArray]:
    """Jöreskog's discrepancy Σ (d − log d − 1) over the smaller eigenvalues d of Ψ^−½ R Ψ^−½, its slope, and the loadings."""
    scale = 1.0 / np.sqrt(psi)
    values, vectors = np.linalg.eigh(correlations * np.outer(scale, scale))
    loadings = vectors[:, -m:] * np.sqrt(np.maximum(values[-m:] - 1.0, 0.0)) / scale[:, None]
    left = values[:-m]
    slope = ((loadings**2).sum(axis=1) + psi - np.diag(correlations)) / psi**2
    return float((left - np.log(left) - 1.0).sum()), slope, loadings


def oblimin(loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Direct oblimin with γ = 0 (quartimin; Jennrich & Sampson, 1966): rotated loadings (k, m), factor correlations (m, m).

    Gradient projection (Jennrich, 2002) from the loadings as they are; each factor points where its loadings sum to more than
    0. It makes Σ over pairs of factors Σ λ² λ² smallest.
    """
    turn = np.eye(loadings.shape[1])
    step = 1.0
    value, slope, rotated = _quartimin(loadings, turn)
    for _ in range(5_000):
        projected = slope - turn * (turn * slope).sum(axis=0)
        size = float(np.linalg.norm(projected))
        if size < 1e-9:
            break
        step *= 2.0
        while step > 1e-16:
            moved = turn - step * projected
            moved /= np.sqrt((moved**2).sum(axis=0))
            trial = _quartimin(loadings, moved)
            if trial[0] < value - 0.5 * size**2 * step:
                break
            step /= 2.0
        else:
            break
        turn = moved
        value, slope, rotated = trial
    sign = np.where(rotated.sum(axis=0) < 0, -1.0, 1.0)
    return rotated * sign, (turn.T @ turn) * np.outer(sign, sign)


def _quartimin(loadings: FloatArray, turn: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    back = np.linalg.inv(turn)
    rotated = loadings @ back.T
    squares = rotated**2
    others = squares.sum(axis=1, keepdims=True) - squares
    slope = -((rotated.T @ (rotated * others)) @ back).T
    return 0.25 * float((squares * others).sum()), slope, rotated

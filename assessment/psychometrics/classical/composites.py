"""Reliability of longer, weighted and difference scores from the reliability of their parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, as_given, numbers, positive, square, vector, within


def spearman_brown(r: ArrayLike, factor: ArrayLike) -> float | FloatArray:
    """Reliability of a form `factor` times as long: f r / (1 + (f − 1) r)."""
    reliability, times = within("r", r, -1.0, 1.0), positive("factor", factor)
    return as_given(np.asarray(times * reliability / (1.0 + (times - 1.0) * reliability)))


def spearman_brown_factor(r: ArrayLike, target: ArrayLike) -> float | FloatArray:
    """How many times as long a form must be to reach reliability `target`: t (1 − r) / (r (1 − t))."""
    have, want = (_open_unit(name, values) for name, values in (("r", r), ("target", target)))
    return as_given(np.asarray(want * (1.0 - have) / (have * (1.0 - want))))


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


def difference_reliability(
    reliability_first: ArrayLike,
    reliability_second: ArrayLike,
    r: ArrayLike,
    *,
    sd_first: ArrayLike = 1.0,
    sd_second: ArrayLike = 1.0,
) -> float | FloatArray:
    """Reliability of a difference of two scores: (s₁² ρ₁ + s₂² ρ₂ − 2 r s₁ s₂) / (s₁² + s₂² − 2 r s₁ s₂).

    With equal SDs (½ (ρ₁ + ρ₂) − r) / (1 − r): of two scores that correlate about as high as they are reliable hardly anything
    is left (Lord & Novick, 1968).

    Parameters
    ----------
    reliability_first, reliability_second : in [0, 1].
    r : correlation of the observed scores, in [−1, 1].
    sd_first, sd_second : of the observed scores, above 0.

    Raises `ValueError` where the difference does not vary.
    """
    first, second = (
        within("reliability_first", reliability_first, 0.0, 1.0),
        within("reliability_second", reliability_second, 0.0, 1.0),
    )
    s1, s2 = positive("sd_first", sd_first), positive("sd_second", sd_second)
    shared = 2.0 * within("r", r, -1.0, 1.0) * s1 * s2
    variance = s1**2 + s2**2 - shared
    if (variance <= 0).any():
        raise ValueError("the difference must vary; r and the SDs give it a variance of 0")
    return as_given(np.asarray((s1**2 * first + s2**2 * second - shared) / variance))


def _open_unit(name: str, values: ArrayLike) -> FloatArray:
    array = numbers(name, values)
    if ((array <= 0) | (array >= 1)).any():
        raise ValueError(f"{name} must lie strictly between 0 and 1")
    return array

"""Reliability of longer, weighted and difference scores from the reliability of their parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, as_given, fitting, numbers, positive, square, vector, within


def spearman_brown(r: ArrayLike, factor: ArrayLike) -> float | FloatArray:
    """Reliability of a form `factor` times as long: f r / (1 + (f − 1) r) (Spearman, 1910; Brown, 1910).

    Parameters
    ----------
    r : reliability of the form as it is, or correlation of two parallel forms: in [−1, 1], floats or an array.
    factor : new over old length, above 0; ½ for a form half as long. Of one shape with `r`, or a number.

    Raises
    ------
    ValueError
        Out of range, or r so far below 0 that parts which correlate so cannot be put together: 1 + (f − 1) r is 0 or less.
    """
    reliability, times = within("r", r, -1.0, 1.0), positive("factor", factor)
    fitting(r=reliability, factor=times)
    lengthened = np.asarray(1.0 + (times - 1.0) * reliability)
    if (lengthened <= 0).any():
        raise ValueError("r must be above −1 / (factor − 1); so many parts cannot all correlate so far below 0")
    return as_given(np.asarray(times * reliability / lengthened))


def spearman_brown_factor(r: ArrayLike, target: ArrayLike) -> float | FloatArray:
    """How many times as long a form must be to reach reliability `target`: t (1 − r) / (r (1 − t)).

    `spearman_brown` solved for its factor; below 1 a shorter form is reliable enough. `r` and `target` are floats or arrays of
    one shape, strictly between 0 and 1, else `ValueError`.
    """
    have, want = (_open_unit(name, values) for name, values in (("r", r), ("target", target)))
    fitting(r=have, target=want)
    return as_given(np.asarray(want * (1.0 - have) / (have * (1.0 - want))))


def composite_reliability(weights: ArrayLike, covariance: ArrayLike, reliabilities: ArrayLike) -> float:
    """Mosier's (1943) reliability of a weighted sum: 1 − Σ w² s² (1 − ρ) / (w′Sw).

    Parameters
    ----------
    weights : (k,) of the parts, any sign.
    covariance : (k, k) of the parts (correlations if the parts are standardised).
    reliabilities : (k,) of the parts, each in [0, 1].

    Raises
    ------
    ValueError
        Shapes that differ, a covariance that is not symmetric, reliabilities out of range, or a sum that does not vary.
    """
    s = square("covariance", covariance)
    w = vector("weights", weights, length=s.shape[0], complete=True)
    rel = within("reliabilities", vector("reliabilities", reliabilities, length=s.shape[0], complete=True), 0.0, 1.0)
    variance = float(w @ s @ w)
    if variance <= 0:
        raise ValueError("weights and covariance must make a sum that varies; it has a variance of 0 or less")
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

    Raises `ValueError` for values out of range, shapes that do not fit, and a difference that does not vary.
    """
    first, second = (
        within("reliability_first", reliability_first, 0.0, 1.0),
        within("reliability_second", reliability_second, 0.0, 1.0),
    )
    s1, s2 = positive("sd_first", sd_first), positive("sd_second", sd_second)
    between = within("r", r, -1.0, 1.0)
    fitting(reliability_first=first, reliability_second=second, r=between, sd_first=s1, sd_second=s2)
    shared = 2.0 * between * s1 * s2
    variance = s1**2 + s2**2 - shared
    if (variance <= 0).any():
        raise ValueError("r must leave a difference that varies; with these SDs it has a variance of 0")
    return as_given(np.asarray((s1**2 * first + s2**2 * second - shared) / variance))


def _open_unit(name: str, values: ArrayLike) -> FloatArray:
    array = numbers(name, values)
    if ((array <= 0) | (array >= 1)).any():
        raise ValueError(f"{name} must lie strictly between 0 and 1")
    return array

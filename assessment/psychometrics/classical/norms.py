"""Norm scales: where a score lies in its norm group."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, as_given, fitting, numbers, positive, vector
from assessment.psychometrics.distributions import normal_probability

Ties = Literal["mid", "weak", "strict"]


def percentile_rank(score: ArrayLike, norm_scores: ArrayLike, *, ties: Ties = "mid") -> float | FloatArray:
    """Percentage of the norm group below a score, and of those exactly at it half (`mid`), all (`weak`) or none (`strict`).

    With `mid` 100 (cumulative frequency below + ½ frequency) / n (Crocker & Algina, 1986, chapter 19).

    `score` is a float or an array (NaN stays NaN), `norm_scores` (n,) with NaN left out. Raises `ValueError` for a norm group
    without scores and for another word for `ties`.
    """
    if ties not in ("mid", "weak", "strict"):
        raise ValueError(f"ties must be 'mid', 'weak' or 'strict'; it is {ties!r}")
    norm = vector("norm_scores", norm_scores)
    norm = np.sort(norm[~np.isnan(norm)])
    if norm.size == 0:
        raise ValueError("norm_scores must hold at least one score")
    at = numbers("score", score)
    below = np.searchsorted(norm, at, side="left")
    up_to = np.searchsorted(norm, at, side="right")
    counted = {"mid": below + up_to, "weak": 2 * up_to, "strict": 2 * below}[ties]
    return as_given(np.where(np.isnan(at), np.nan, 50.0 * counted / norm.size))


def normal_percentile(z: ArrayLike) -> float | FloatArray:
    """Percentage of a normal norm group below a z score, 100 Φ(z); `z` is a float or array of numbers, else `ValueError`."""
    return as_given(100.0 * normal_probability(numbers("z", z)))


def z_score(score: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> float | FloatArray:
    """(score − mean) / SD of the norm group; floats or arrays of one shape, `sd` above 0, else `ValueError`."""
    at, middle, spread = numbers("score", score), numbers("mean", mean), positive("sd", sd)
    fitting(score=at, mean=middle, sd=spread)
    return as_given(np.asarray((at - middle) / spread))


def t_score(score: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> float | FloatArray:
    """50 + 10 z (McCall, 1922); arguments and `ValueError` as in `z_score`, floats or arrays."""
    return as_given(np.asarray(50.0 + 10.0 * np.asarray(z_score(score, mean, sd))))


def sten(z: ArrayLike) -> float | FloatArray:
    """5.5 + 2 z, rounded half up, 1 to 10 (Canfield, 1951); `z` is a float or array of numbers, else `ValueError`."""
    return as_given(np.clip(np.floor(6.0 + 2.0 * numbers("z", z)), 1.0, 10.0))


def stanine(z: ArrayLike) -> float | FloatArray:
    """5 + 2 z, rounded half up, 1 to 9 (Flanagan, 1948); `z` is a float or array of numbers, else `ValueError`."""
    return as_given(np.clip(np.floor(5.5 + 2.0 * numbers("z", z)), 1.0, 9.0))

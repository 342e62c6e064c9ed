"""Category probabilities of the item response models, and their derivatives.

Slope–intercept form with D = 1. θ is standard normal unless a calibration says otherwise. Categories count from 0.

- `1pl`, `2pl`, `grm`: P(X ≥ v | θ) = logit⁻¹(a θ + d_v), intercepts falling in v (Birnbaum, 1968; Samejima, 1969).
- `gpcm`, `pcm`: P(X = v | θ) ∝ exp(v a θ + d_v), d_0 = 0 (Muraki, 1992; Masters, 1982, with a = 1).
- `nrm`: P(X = v | θ) ∝ exp(a_v θ + c_v), slopes and intercepts summing to 0 over the categories (Bock, 1972).

Arrays over items have one row an item; an item with fewer categories than the longest has NaN beyond its own in the
parameters, and 0 in probabilities and derivatives.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, vector

Model = Literal["1pl", "2pl", "grm", "gpcm", "pcm", "nrm"]
MODELS: tuple[Model, ...] = get_args(Model)
CUMULATIVE = frozenset({"1pl", "2pl", "grm"})


def category_probabilities(
    model: Model, slopes: FloatArray, intercepts: FloatArray, n_categories: IntArray, theta: ArrayLike
) -> FloatArray:
    """P(X = v | θ): shape (t, k, m) for `theta` (t,), k items and m categories of the longest item.

    `slopes` are (k,), for nrm (k, m); `intercepts` (k,) for dichotomous models, (k, m − 1) for ordered ones, (k, m) for nrm.
    """
    at = vector("theta", theta, complete=True)
    k, m = n_categories.size, int(n_categories.max())
    exists = np.arange(m) < n_categories[:, None]
    if model in CUMULATIVE:
        reach = np.zeros((at.size, k, m + 1))
        reach[:, :, 0] = 1.0
        d = intercepts.reshape(k, -1)
        reach[:, :, 1:-1] = np.where(exists[:, 1:], _logistic(at[:, None, None] * slopes[:, None] + np.nan_to_num(d)), 0.0)
        return np.asarray(reach[:, :, :-1] - reach[:, :, 1:])
    score, constant = linear_exponents(model, slopes, intercepts, m)
    exponent = np.where(exists, at[:, None, None] * np.nan_to_num(score) + np.nan_to_num(constant), -np.inf)
    exponent -= exponent.max(axis=2, keepdims=True)
    height = np.exp(exponent)
    return np.asarray(height / height.sum(axis=2, keepdims=True))


def theta_derivatives(
    model: Model, slopes: FloatArray, intercepts: FloatArray, n_categories: IntArray, theta: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Category probabilities with their first and second derivatives by θ: three arrays (t, k, m)."""
    at = vector("theta", theta, complete=True)
    k, m = n_categories.size, int(n_categories.max())
    if model in CUMULATIVE:
        exists = np.arange(1, m) < n_categories[:, None]
        reach = np.zeros((3, at.size, k, m + 1))
        reach[0, :, :, 0] = 1.0
        d = np.nan_to_num(intercepts.reshape(k, -1))
        p = np.where(exists, _logistic(at[:, None, None] * slopes[:, None] + d), 0.0)
        rise = slopes[:, None] * p * (1.0 - p)
        reach[:, :, :, 1:-1] = p, rise, slopes[:, None] * rise * (1.0 - 2.0 * p)
        by_category = reach[:, :, :, :-1] - reach[:, :, :, 1:]
        return by_category[0], by_category[1], by_category[2]
    p = category_probabilities(model, slopes, intercepts, n_categories, at)
    score = np.nan_to_num(linear_exponents(model, slopes, intercepts, m)[0])
    mean = (p * score).sum(axis=2, keepdims=True)
    apart = score - mean
    variance = (p * apart**2).sum(axis=2, keepdims=True)
    return p, p * apart, p * (apart**2 - variance)


def parameter_derivatives(
    model: Model, slopes: FloatArray, intercepts: FloatArray, n_categories: IntArray, theta: ArrayLike
) -> FloatArray:
    """Derivatives of the category probabilities by the item's own parameters: (t, k, m, p).

    p is m for ordered models: the slope, then the m − 1 intercepts. For nrm it is 2 (m − 1): slopes, then intercepts, of
    the categories above the first, the first held at 0. Entries of parameters that an item lacks are 0. A slope that
    several items share (1pl, pcm) counts here as each item's own.
    """
    at = vector("theta", theta, complete=True)
    k, m = n_categories.size, int(n_categories.max())
    p = category_probabilities(model, slopes, intercepts, n_categories, at)
    exists = np.arange(1, m) < n_categories[:, None]
    if model in CUMULATIVE:
        d = np.nan_to_num(intercepts.reshape(k, -1))
        reach = _logistic(at[:, None, None] * slopes[:, None] + d)
        rise = np.where(exists, reach * (1.0 - reach), 0.0)
        out = np.zeros((at.size, k, m, m))
        padded = np.zeros((at.size, k, m + 1))
        padded[:, :, 1:-1] = rise
        out[..., 0] = at[:, None, None] * (padded[:, :, :-1] - padded[:, :, 1:])
        for v in range(1, m):
            out[:, :, v, v] = rise[:, :, v - 1]
            out[:, :, v - 1, v] = -rise[:, :, v - 1]
        return out
    # ∂P_u/∂z_v = P_u (1[u = v] − P_v) for the exponent z_v of category v.
    by_exponent = -p[:, :, :, None] * p[:, :, None, 1:]
    for v in range(1, m):
        by_exponent[:, :, v, v - 1] += p[:, :, v]
    if model == "nrm":
        return np.concatenate([at[:, None, None, None] * by_exponent, by_exponent], axis=3)
    steps = np.arange(1.0, m)
    return np.concatenate([at[:, None, None, None] * (by_exponent @ steps)[..., None], by_exponent], axis=3)


def linear_exponents(model: Model, slopes: FloatArray, intercepts: FloatArray, m: int) -> tuple[FloatArray, FloatArray]:
    """Slope and constant of each category's exponent in the divide-by-total models: two arrays (k, m)."""
    if model == "nrm":
        return slopes, intercepts
    constant = np.concatenate([np.zeros((slopes.size, 1)), intercepts], axis=1)
    return slopes[:, None] * np.arange(float(m)), constant


def difficulties(model: Model, slopes: FloatArray, intercepts: FloatArray) -> FloatArray:
    """Locations on θ: (k,) for dichotomous models, else (k, m − 1).

    −d / a for 1pl, 2pl and grm; for gpcm and pcm where neighbouring categories are equally likely, −(d_v − d_{v−1}) / a; for
    nrm likewise in the order of the labels, (c_{v−1} − c_v) / (a_v − a_{v−1}). A slope (difference) of 0 has none: NaN.
    """
    if model == "nrm":
        return _ratio(intercepts[:, :-1] - intercepts[:, 1:], slopes[:, 1:] - slopes[:, :-1])
    if model in CUMULATIVE:
        return _ratio(-intercepts, slopes if intercepts.ndim == 1 else np.broadcast_to(slopes[:, None], intercepts.shape))
    steps = np.diff(intercepts, axis=1, prepend=0.0)
    return _ratio(-steps, np.broadcast_to(slopes[:, None], steps.shape))


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0))


def _logistic(z: FloatArray) -> FloatArray:
    # exp of a large positive number overflows to infinity, whose reciprocal is the 0 that it should be.
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-z)))

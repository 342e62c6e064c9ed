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
    """P(X = v | θ): shape (t, k, m) for `theta` (t,), k items and as many categories as there is room for in the parameters.

    `slopes` are (k,), for nrm (k, m); `intercepts` (k,) for dichotomous models, (k, m − 1) for ordered ones, (k, m) for nrm.
    """
    at = vector("theta", theta, complete=True)
    m = _room(model, intercepts)
    exists = np.arange(m) < n_categories[:, None]
    if model in CUMULATIVE:
        above, below = _reach(slopes, intercepts, n_categories, at)
        return _between(above, below, intercepts, n_categories)
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
    if model in CUMULATIVE:
        above, below = _reach(slopes, intercepts, n_categories, at)
        p = _between(above, below, intercepts, n_categories)
        # Derivatives of ln P_v = ln P(X ≥ v) + ln P(X ≤ v) + a constant.
        once = slopes[:, None] * (below[:, :, :-1] - above[:, :, 1:])
        spread = above * below
        twice = -(slopes[:, None] ** 2) * (spread[:, :, :-1] + spread[:, :, 1:])
        return p, p * once, p * (once**2 + twice)
    p = category_probabilities(model, slopes, intercepts, n_categories, at)
    score = np.nan_to_num(linear_exponents(model, slopes, intercepts, p.shape[2])[0])
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
    k, m = n_categories.size, _room(model, intercepts)
    p = category_probabilities(model, slopes, intercepts, n_categories, at)
    if model in CUMULATIVE:
        above, below = _reach(slopes, intercepts, n_categories, at)
        rise = (above * below)[:, :, 1:-1]
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


def _room(model: Model, intercepts: FloatArray) -> int:
    """Categories of the longest item that the parameters were written for, which need not be among some of the items."""
    per_item = 1 if intercepts.ndim == 1 else intercepts.shape[1]
    return per_item if model == "nrm" else per_item + 1


def _reach(slopes: FloatArray, intercepts: FloatArray, n_categories: IntArray, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(X ≥ v | θ) and P(X < v | θ) of the cumulative models for v from 0 to m: two arrays (t, k, m + 1).

    Both are needed: next to 1, what is missing from 1 cannot be found by subtraction.
    """
    by_item = intercepts.reshape(n_categories.size, -1)
    exists = np.arange(1, by_item.shape[1] + 1) < n_categories[:, None]
    # Beyond ±600 the exponential would leave the range of doubles; nothing depends on where exactly.
    z = np.clip(theta[:, None, None] * slopes[:, None] + np.where(exists, by_item, 0.0), -600.0, 600.0)
    tail = np.exp(-z)
    above = np.zeros((theta.size, n_categories.size, by_item.shape[1] + 2))
    below = np.ones_like(above)
    above[:, :, 0], below[:, :, 0] = 1.0, 0.0
    above[:, :, 1:-1] = np.where(exists, 1.0 / (1.0 + tail), 0.0)
    below[:, :, 1:-1] = np.where(exists, tail / (1.0 + tail), 1.0)
    return above, below


def _between(above: FloatArray, below: FloatArray, intercepts: FloatArray, n_categories: IntArray) -> FloatArray:
    """P(X = v) from P(X ≥ v) and P(X < v): (t, k, m)."""
    gap = np.ones((n_categories.size, above.shape[2] - 1))
    if intercepts.ndim == 2:
        # σ(x) − σ(y) = σ(x) σ(−y) (1 − exp(y − x)) keeps its digits where the plain difference loses them.
        inner = np.arange(2, intercepts.shape[1] + 1) < n_categories[:, None]
        gap[:, 1:-1] = -np.expm1(np.where(inner, np.diff(np.nan_to_num(intercepts), axis=1), -np.inf))
    return np.asarray(above[:, :, :-1] * below[:, :, 1:] * gap)

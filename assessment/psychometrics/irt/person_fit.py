"""Fit of each person: how likely their answers are under the model at their own θ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.irt.curves import theta_derivatives
from assessment.psychometrics.irt.scores import METHODS, Method, categories_of
from assessment.psychometrics.response_quality.likelihood import standardised_log_likelihood

if TYPE_CHECKING:
    from assessment.psychometrics.irt.calibration import Calibration

_PEOPLE_AT_ONCE = 512
_SMALLEST_PROBABILITY = 1e-300
_SMALLEST_VARIANCE = 1e-5**0.5
_LARGEST_SPREAD = 1.4142
_NO_VARIANCE = 1e-12


@dataclass(frozen=True, eq=False)
class PersonFit:
    """Person-fit statistics, (n,) each; those of a person who answered nothing, or whose θ is infinite, are NaN.

    Attributes
    ----------
    method, theta : the estimate of θ at which lz, infit and outfit stand.
    lz : standardised log-likelihood of the answers; low is misfit. With an estimated θ it varies less than a standard normal
        does, so that −1.645 finds fewer than 5 % of people.
    theta_star, lz_star : lz corrected for having estimated θ, with the θ that it stands at. Compare it with a standard normal.
    outfit, infit : mean square of the residuals, each over its own variance, or all over the sum of their variances. 1 is
        expected; above is noise, below too regular.
    outfit_z, infit_z : the same on the scale of a standard normal.
    """

    method: Method
    theta: FloatArray
    lz: FloatArray
    theta_star: FloatArray
    lz_star: FloatArray
    outfit: FloatArray
    outfit_z: FloatArray
    infit: FloatArray
    infit_z: FloatArray


def person_fit(calibration: Calibration, responses: ArrayLike, method: Method = "eap") -> PersonFit:
    """l_z, l_z*, infit and outfit of each person, over the items that they answered.

    - l_z (Drasgow, Levine & Williams, 1985): see `response_quality.standardised_log_likelihood`.
    - l_z* (Snijders, 2001; Magis, Raîche & Béland, 2012; more than two categories: Sinharay, 2016): for θ̂ that solves
      r₀(θ) + Σ P′_v(θ) / P_v(θ) = 0 over the categories chosen, the weights ln P are freed of what estimating θ took out of them,
      w = ln P − c P′/P with c = Σ P′ ln P / Σ P′²/P, and l_z* = (l − E l + c r₀) / √(Σ var w). r₀ is 0 for ml, (μ − θ) / σ²
      for map, J / 2I for wle, J = Σ P′P″/P. The mean of the posterior solves no such equation: for eap l_z* stands at map.
    - infit Σ (x − E)² / Σ V and outfit mean of (x − E)² / V, and their z by the cube root of Wilson & Hilferty,
      (ms^⅓ − 1) 3/q + q/3 with q² the variance of the mean square (Wright & Masters, 1982, page 100). Variances V below
      √1e-5 count as that, so that an all but certain item cannot carry everything, and q counts as √2 at most, beyond which the
      cube root is no longer near normal.

    Parameters
    ----------
    responses : (n, k) categories from 0, NaN for not answered.
    method : estimate of θ, as in `Calibration.scores`: `"eap"`, `"map"`, `"ml"`, `"wle"`.

    Raises
    ------
    ValueError
        An unknown method; responses that do not belong to the items.

    Notes
    -----
    Infit and outfit take labels as scores, for nrm as well.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; it is {method!r}")
    codes = categories_of(calibration, responses)
    theta = calibration.scores(responses, method).theta
    star_method: Method = "map" if method == "eap" else method
    theta_star = calibration.scores(responses, star_method).theta if method == "eap" else theta
    answered_some = (codes >= 0).any(axis=1)
    usable, usable_star = (np.asarray(answered_some & np.isfinite(at)) for at in (theta, theta_star))
    found = np.full((6, codes.shape[0]), np.nan)
    for start in range(0, codes.shape[0], _PEOPLE_AT_ONCE):
        part = np.arange(start, min(start + _PEOPLE_AT_ONCE, codes.shape[0]))
        some = part[usable[part]]
        found[0, some] = _lz(calibration, codes[some], theta[some])
        found[2:, some] = _mean_squares(calibration, codes[some], theta[some])
        some = part[usable_star[part]]
        found[1, some] = _lz_star(calibration, codes[some], theta_star[some], star_method)
    return PersonFit(method, theta, found[0], theta_star, *found[1:])


def _lz(calibration: Calibration, codes: NDArray[np.int8], theta: FloatArray) -> FloatArray:
    return standardised_log_likelihood(
        np.where(codes >= 0, codes, np.nan), _above_zero(calibration, calibration.probabilities(theta))
    )


def _lz_star(calibration: Calibration, codes: NDArray[np.int8], theta: FloatArray, method: Method) -> FloatArray:
    p, rise, bend = theta_derivatives(
        calibration.model, calibration.slopes, calibration.intercepts, calibration.n_categories, theta
    )
    p = _above_zero(calibration, p)
    answered = codes >= 0
    exists = (p > 0) & answered[:, :, None]
    log_p = np.log(np.where(exists, p, 1.0))
    score = np.divide(rise, p, out=np.zeros_like(p), where=exists)
    information = (rise * score).sum(axis=(1, 2))
    c = np.divide((rise * log_p).sum(axis=(1, 2)), information, out=np.zeros(theta.size), where=information > 0)
    if method == "map":
        from_prior = (calibration.latent_mean - theta) / calibration.latent_sd**2
    elif method == "wle":
        from_prior = np.divide((bend * score).sum(axis=(1, 2)), 2.0 * information, out=np.zeros(theta.size), where=information > 0)
    else:
        from_prior = np.zeros(theta.size)
    weight = log_p - c[:, None, None] * score
    mean = (p * weight).sum(axis=2)
    variance = np.where(answered, (p * (weight - mean[:, :, None]) ** 2).sum(axis=2), 0.0).sum(axis=1)
    chosen = np.take_along_axis(log_p, np.maximum(codes, 0).astype(np.int64)[:, :, None], axis=2)[:, :, 0]
    apart = np.where(answered, chosen - (p * log_p).sum(axis=2), 0.0).sum(axis=1)
    return np.asarray(
        np.divide(apart + c * from_prior, np.sqrt(variance), out=np.full(theta.size, np.nan), where=variance > _NO_VARIANCE)
    )


def _mean_squares(calibration: Calibration, codes: NDArray[np.int8], theta: FloatArray) -> FloatArray:
    """Outfit, its z, infit, its z: (4, n)."""
    p = calibration.probabilities(theta)
    answered = codes >= 0
    v = np.arange(p.shape[2])
    expected = p @ v
    spread = (v - expected[:, :, None]) ** 2
    variance = np.maximum((p * spread).sum(axis=2), _SMALLEST_VARIANCE)
    fourth = (p * spread**2).sum(axis=2)
    square = np.where(answered, codes - expected, 0.0) ** 2
    n_answered = answered.sum(axis=1)
    total = np.where(answered, variance, 0.0).sum(axis=1)
    outfit = (square / variance).sum(axis=1) / n_answered
    infit = square.sum(axis=1) / total
    of_outfit = np.where(answered, fourth / variance**2 - 1.0, 0.0).sum(axis=1) / n_answered**2
    of_infit = np.where(answered, fourth - variance**2, 0.0).sum(axis=1) / total**2
    return np.stack([outfit, _cube_root_z(outfit, of_outfit), infit, _cube_root_z(infit, of_infit)])


def _cube_root_z(mean_square: FloatArray, variance: FloatArray) -> FloatArray:
    q = np.minimum(np.sqrt(np.maximum(variance, 0.0)), _LARGEST_SPREAD)
    return np.asarray(np.divide((np.cbrt(mean_square) - 1.0) * 3.0, q, out=np.full(q.shape, np.nan), where=q > 1e-6) + q / 3.0)


def _above_zero(calibration: Calibration, p: FloatArray) -> FloatArray:
    """`p` with what rounding made 0 as a number that has a logarithm; categories that an item lacks stay 0."""
    exists = np.arange(p.shape[2]) < calibration.n_categories[:, None]
    return np.where(exists, np.maximum(p, _SMALLEST_PROBABILITY), 0.0)

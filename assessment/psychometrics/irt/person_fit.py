"""Fit of each person: how likely their answers are under the model at their own θ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.compiled import side_by_side
from assessment.psychometrics.irt.calibrated_items import CalibratedItems
from assessment.psychometrics.irt.scores import METHODS, Method, categories_of, scores

_PEOPLE_A_PART = 4_096
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


def person_fit(calibration: CalibratedItems, responses: ArrayLike, method: Method = "eap") -> PersonFit:
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
    theta = scores(calibration, responses, method).theta
    sums = _sums(calibration, codes, theta)
    star_method: Method = "map" if method == "eap" else method
    theta_star, star_sums = theta, sums
    if method == "eap":
        theta_star = scores(calibration, responses, star_method).theta
        star_sums = _sums(calibration, codes, theta_star)
    lz = _standardised(sums.apart, sums.variance)
    lz_star = _lz_star(calibration, star_sums, theta_star, star_method)
    n_answered = np.maximum((codes >= 0).sum(axis=1), 1)
    outfit, infit = sums.over_own / n_answered, sums.square / sums.total
    outfit_z = _cube_root_z(outfit, sums.of_outfit / n_answered**2)
    infit_z = _cube_root_z(infit, sums.of_infit / sums.total**2)
    return PersonFit(method, theta, lz, theta_star, lz_star, outfit, outfit_z, infit, infit_z)


class _Sums(NamedTuple):
    """What `score_kernels.fit_sums` fills, (n,) each: NaN for a person without answers or finite θ."""

    apart: FloatArray
    variance: FloatArray
    c: FloatArray
    corrected_variance: FloatArray
    third: FloatArray
    information: FloatArray
    over_own: FloatArray
    square: FloatArray
    total: FloatArray
    of_outfit: FloatArray
    of_infit: FloatArray


def _sums(calibration: CalibratedItems, codes: NDArray[np.int8], theta: FloatArray) -> _Sums:
    from assessment.psychometrics.irt import score_kernels

    tables = calibration.score_tables
    layout = tables.layout
    sums = np.full((codes.shape[0], len(_Sums._fields)), np.nan)
    at = np.where((codes >= 0).any(axis=1), theta, np.nan)
    side_by_side(
        [
            partial(
                score_kernels.fit_sums, codes, at, layout.kind, tables.parameters, layout.first_parameter, layout.n_categories,
                _SMALLEST_VARIANCE, sums, start, min(start + _PEOPLE_A_PART, codes.shape[0]),
            )
            for start in range(0, codes.shape[0], _PEOPLE_A_PART)
        ]
    )  # fmt: skip
    return _Sums(*sums.T)


def _lz_star(calibration: CalibratedItems, sums: _Sums, theta: FloatArray, method: Method) -> FloatArray:
    from_prior = np.zeros(theta.size)
    if method == "map":
        from_prior = (calibration.latent_mean - theta) / calibration.latent_sd**2
    elif method == "wle":
        from_prior = np.divide(sums.third, 2.0 * sums.information, out=from_prior, where=sums.information > 0)
    return _standardised(sums.apart + sums.c * from_prior, sums.corrected_variance)


def _standardised(apart: FloatArray, variance: FloatArray) -> FloatArray:
    usable = variance > _NO_VARIANCE
    return np.asarray(np.divide(apart, np.sqrt(variance), out=np.full(apart.size, np.nan), where=usable))


def _cube_root_z(mean_square: FloatArray, variance: FloatArray) -> FloatArray:
    q = np.minimum(np.sqrt(np.maximum(variance, 0.0)), _LARGEST_SPREAD)
    return np.asarray(np.divide((np.cbrt(mean_square) - 1.0) * 3.0, q, out=np.full(q.shape, np.nan), where=q > 1e-6) + q / 3.0)

"""What a validity coefficient is worth when people are hired from the top: success ratio, mean performance, utility."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, as_given, fitting, numbers, positive, within
from assessment.psychometrics.distributions import normal_density, normal_quantile

_PANELS, _NODES = 16, 16
_SMALLEST_ANGLE = 1e-12
_AT_ONCE = 2_000


def taylor_russell(validity: ArrayLike, base_rate: ArrayLike, selection_ratio: ArrayLike) -> float | FloatArray:
    """Success ratio: the share of those hired who do well, P(Y > y_c | X > x_c) under a bivariate normal.

    Parameters
    ----------
    validity : correlation of score and criterion among applicants, in [-1, 1].
    base_rate : share of all applicants who would do well, in [0, 1].
    selection_ratio : share of applicants hired, from the top, in (0, 1].
        All three floats or arrays that broadcast.

    Returns
    -------
    float if every argument is a float, else an array; the base rate where validity is 0 or everybody is hired. The error is
    below 1e-11 throughout.

    Raises
    ------
    ValueError
        A value out of range, or shapes that do not broadcast.

    Notes
    -----
    Taylor & Russell (1939). The correlation enters as base rate + h(x_c) ∫₀^arcsin r φ((y_c − x_c sin θ) / cos θ) dθ, h the
    hazard φ/(1 − Φ) of the cut (Drezner & Wesolowsky, 1990, divided by the selection ratio), which keeps small selection
    ratios exact. Near r = ±1 the integrand changes within an angle as small as the distance of the cuts: it is integrated
    over the logarithm of the angle that is left to ±π/2, on which scale every change has the same width.
    """
    from scipy.special import log_ndtr

    r = within("validity", validity, -1.0, 1.0)
    share_good = within("base_rate", base_rate, 0.0, 1.0)
    hired = positive("selection_ratio", within("selection_ratio", selection_ratio, 0.0, 1.0))
    fitting(validity=r, base_rate=share_good, selection_ratio=hired)
    some = np.where(hired == 1.0, 0.5, hired)
    x_cut, y_cut = -normal_quantile(some), -normal_quantile(share_good)
    hazard = np.exp(-0.5 * x_cut * x_cut - log_ndtr(-x_cut)) / math.sqrt(2.0 * math.pi)
    everything = np.broadcast_arrays(np.abs(r), np.sign(r) * x_cut, y_cut)
    areas = [_area(*part) for part in zip(*(_in_parts(values) for values in everything), strict=True)]
    gain = np.sign(r) * hazard * np.concatenate(areas).reshape(everything[0].shape)
    return as_given(np.asarray(np.clip(share_good + np.where(hired == 1.0, 0.0, gain), 0.0, 1.0)))


def _in_parts(values: FloatArray) -> list[FloatArray]:
    return np.array_split(values.ravel(), max(1, values.size // _AT_ONCE))


def _area(r: FloatArray, x_cut: FloatArray, y_cut: FloatArray) -> FloatArray:
    """∫₀^arcsin r φ((y_c − x_c sin θ) / cos θ) dθ / √2π for each of n correlations that are not negative: (n,)."""
    places, weights = _nodes()
    nearest = 2.0 * np.arcsin(np.sqrt((1.0 - r) / 2.0))
    # At an angle of a fortieth of the distance of the cuts the integrand is e⁻⁸⁰⁰ and below it less.
    least = np.log(np.maximum(nearest, np.clip(np.abs(y_cut - x_cut) / 40.0, _SMALLEST_ANGLE, 1.0)))
    width = math.log(math.pi / 2.0) - least
    left = np.exp(least[:, None] + width[:, None] * places)
    apart = (y_cut - x_cut)[:, None] + 2.0 * x_cut[:, None] * np.sin(left / 2.0) ** 2
    heights = np.exp(-0.5 * (apart / np.sin(left)) ** 2) * left
    return np.asarray(width * (heights @ weights) / math.sqrt(2.0 * math.pi))


@cache
def _nodes() -> tuple[FloatArray, FloatArray]:
    """Gauss–Legendre nodes and weights on equal panels of [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    places = (np.arange(_PANELS)[:, None] + (nodes + 1.0) / 2.0) / _PANELS
    return places.ravel(), np.tile(weights / (2.0 * _PANELS), _PANELS)


def naylor_shine(validity: ArrayLike, selection_ratio: ArrayLike) -> float | FloatArray:
    """Mean criterion of those hired, in SDs above the applicants' mean: r φ(x_c) / selection ratio.

    Naylor & Shine (1965), for a normal score and linear regression; at a validity of 1 the mean score of those hired.

    Parameters
    ----------
    validity : correlation of score and criterion among applicants, in [-1, 1].
    selection_ratio : share of applicants hired, from the top, in (0, 1].
        Floats or arrays that broadcast.

    Returns
    -------
    float if both arguments are floats, else an array.

    Raises
    ------
    ValueError
        A value out of range, or shapes that do not broadcast.
    """
    r = within("validity", validity, -1.0, 1.0)
    hired = positive("selection_ratio", within("selection_ratio", selection_ratio, 0.0, 1.0))
    fitting(validity=r, selection_ratio=hired)
    return as_given(np.asarray(r * normal_density(normal_quantile(hired)) / hired))


def utility(
    validity: ArrayLike,
    sd_y: ArrayLike,
    selection_ratio: ArrayLike | None = None,
    *,
    mean_score: ArrayLike | None = None,
    n_hired: ArrayLike = 1,
    tenure: ArrayLike = 1.0,
    cost: ArrayLike = 0.0,
    variable_costs: ArrayLike = 0.0,
    tax_rate: ArrayLike = 0.0,
    discount_rate: ArrayLike = 0.0,
) -> float | FloatArray:
    """What hiring by the score is worth beyond hiring at random, in the money of `sd_y`. Give ranges, not one figure.

    N · D · SD_y · (1 − v) · (1 − tax) · r · z̄ − C · (1 − tax), D = Σ_{t=1}^{T} (1 + i)^{−t}: Brogden, Cronbach & Gleser
    (1965) while v, tax and i are 0 (then D = T), with them Boudreau (1983).

    Parameters
    ----------
    validity : operational validity r among applicants, in [-1, 1].
    sd_y : SD of a year's performance in money, above 0.
    selection_ratio, mean_score : share of applicants hired from the top, in (0, 1], from which z̄ follows (normal scores);
        or z̄ itself, the mean score of those hired in SDs above the applicants' mean. One of the two.
    n_hired : people hired, N.
    tenure : years they stay, T, above 0; a part of a year is discounted by the same curve.
    cost : all that the selection costs, now, C: for all applicants, not those hired alone.
    variable_costs : share v of the value of performance that goes into costs that rise with it, in [-1, 1] (Boudreau's V
        with its sign turned).
    tax_rate : share of the gain that is taxed away, in [0, 1]; the cost is deducted.
    discount_rate : i, a year's interest, at least 0; the value of a year counts at its end.
        Floats or arrays that broadcast.

    Returns
    -------
    float if every argument is a float, else an array, in the money of `sd_y`.

    Raises
    ------
    ValueError
        Both or neither of `selection_ratio` and `mean_score`, a value out of range, or shapes that do not broadcast.
    """
    if (selection_ratio is None) == (mean_score is None):
        raise ValueError("give selection_ratio or mean_score, and not both")
    known = {
        "validity": within("validity", validity, -1.0, 1.0),
        "sd_y": positive("sd_y", sd_y),
        "n_hired": positive("n_hired", n_hired),
        "tenure": positive("tenure", tenure),
        "cost": within("cost", cost, 0.0, np.inf),
        "variable_costs": within("variable_costs", variable_costs, -1.0, 1.0),
        "tax_rate": within("tax_rate", tax_rate, 0.0, 1.0),
        "discount_rate": within("discount_rate", discount_rate, 0.0, np.inf),
    }
    if mean_score is None:
        mean = known["selection_ratio"] = np.asarray(naylor_shine(1.0, np.asarray(selection_ratio)))
    else:
        mean = known["mean_score"] = numbers("mean_score", mean_score)
    fitting(**known)
    years, interest = known["tenure"], known["discount_rate"]
    rate = np.where(interest == 0, 1.0, interest)
    discounted = np.where(interest == 0, years, -np.expm1(-years * np.log1p(rate)) / rate)
    margin = 1.0 - known["variable_costs"]
    gain = known["n_hired"] * discounted * known["sd_y"] * margin * known["validity"] * mean
    return as_given(np.asarray((gain - known["cost"]) * (1.0 - known["tax_rate"])))

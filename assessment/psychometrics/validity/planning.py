"""How much a study can show: power, sample size, what selection does to a coefficient, and what was known before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, as_given, count, fitting, number, numbers, positive, share, within
from assessment.psychometrics.distributions import normal_density, normal_probability, normal_quantile
from assessment.psychometrics.intervals import Interval, two_sided_z

Sides = Literal[1, 2]

_SMALLEST, _MOST_PEOPLE = 1e-100, 1e18


def power(rho: ArrayLike, n: ArrayLike, alpha: float = 0.05, sides: Sides = 2) -> float | FloatArray:
    """Chance that a test of r = 0 finds a true correlation: Φ(atanh ρ √(n − 3) − z_α), and the other side (Cohen, 1988).

    Parameters
    ----------
    rho : true correlation, strictly between -1 and 1.
    n : people, at least 4.
        Floats or arrays that broadcast.
    alpha : level of the test.
    sides : 1 or 2; with one side a negative `rho` is a miss.

    Returns
    -------
    float if `rho` and `n` are floats, else an array.

    Raises
    ------
    ValueError
        A value out of range, or shapes that do not broadcast.
    """
    true = _open("rho", rho)
    people = numbers("n", n)
    if (people < 4).any():
        raise ValueError(f"n must be at least 4; it is {np.nanmin(people):g}")
    fitting(rho=true, n=people)
    shift = np.arctanh(true) * np.sqrt(people - 3.0)
    critical = _critical(alpha, sides)
    found = normal_probability(shift - critical)
    return as_given(found if sides == 1 else found + normal_probability(-shift - critical))


def sample_size(rho: ArrayLike, power: float = 0.80, alpha: float = 0.05, sides: Sides = 2) -> int | IntArray:
    """People needed to find a true correlation with the given power: ((z_α + z_β) / atanh ρ)² + 3, rounded up (Cohen, 1988).

    Parameters
    ----------
    rho : true correlation, a float or an array, strictly between -1 and 1 and not 0.
    power, alpha : chance to find it, and level of the test.
    sides : 1 or 2; one side is that of the sign of `rho`.

    Returns
    -------
    int or an array of them, at least 4, also where a power is asked for that the smallest sample exceeds.

    Raises
    ------
    ValueError
        A value out of range, NaN, or a `rho` so near 0 that no count holds the answer.
    """
    true = _open("rho", rho)
    if (true == 0).any():
        raise ValueError("rho must not be 0; no sample finds a correlation that is not there")
    if np.isnan(true).any():
        raise ValueError("rho must not hold NaN; there is no whole number for it")
    wanted = max(0.0, _critical(alpha, sides) + float(normal_quantile(share("power", power))))
    people = np.ceil((wanted / np.maximum(np.abs(np.arctanh(true)), _SMALLEST)) ** 2 + 3.0)
    if (people >= _MOST_PEOPLE).any():
        raise ValueError(f"rho must not be so near 0 that {_MOST_PEOPLE:g} people and more were needed")
    needed = np.maximum(4.0, people).astype(np.int64)
    return int(needed) if needed.ndim == 0 else needed


def truncation_ratio(selection_ratio: ArrayLike) -> float | FloatArray:
    """u, the SD of a normal score among the top `selection_ratio` over that among everybody: √(1 + cλ − λ²).

    c is the cut in z and λ = φ(c) / selection ratio the mean of those above it.

    Parameters
    ----------
    selection_ratio : share of applicants hired, from the top, in (0, 1]; a float or an array.

    Returns
    -------
    float or array.

    Raises
    ------
    ValueError
        A value out of range.
    """
    ratio = positive("selection_ratio", within("selection_ratio", selection_ratio, 0.0, 1.0))
    cut = -normal_quantile(np.where(ratio == 1.0, 0.5, ratio))
    mean = normal_density(cut) / ratio
    return as_given(np.where(ratio == 1.0, 1.0, np.sqrt(1.0 + cut * mean - mean * mean)))


def restricted_correlation(rho: ArrayLike, u: ArrayLike) -> float | FloatArray:
    """The correlation to expect among the hired after direct selection on the score: ρu / √(1 − ρ² + ρ²u²).

    The reverse of Thorndike's (1949) case II.

    Parameters
    ----------
    rho : correlation among applicants, strictly between -1 and 1.
    u : restricted / unrestricted SD, above 0.
        Floats or arrays that broadcast.

    Returns
    -------
    float if both arguments are floats, else an array.

    Raises
    ------
    ValueError
        A value out of range, or shapes that do not broadcast.
    """
    true, ratio = _open("rho", rho), positive("u", u)
    fitting(rho=true, u=ratio)
    return as_given(np.asarray(true * ratio / np.sqrt(1.0 - true**2 + (true * ratio) ** 2)))


@dataclass(frozen=True)
class CombinedValidity:
    """A local coefficient combined with a prior. `weight_of_local` is the share of the estimate that is local."""

    estimate: float
    sd: float
    weight_of_local: float
    z_estimate: float
    z_sd: float

    @property
    def estimate_from_z(self) -> float:
        """The posterior mean on Fisher's z scale, turned back into a correlation."""
        return math.tanh(self.z_estimate)

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Posterior (credible) interval, made on Fisher's z scale."""
        half = two_sided_z(level) * self.z_sd
        return Interval(math.tanh(self.z_estimate - half), math.tanh(self.z_estimate + half))


def combine_with_prior(r: float, n: int, prior_mean: float, prior_sd: float) -> CombinedValidity:
    """Normal–normal posterior of a validity coefficient (Newman, Jacobs & Bartram, 2007).

    Parameters
    ----------
    r, n : the local coefficient (uncorrected) and its people, n at least 4.
    prior_mean, prior_sd : mean and between-setting SD of the coefficient elsewhere, in the same metric as r.

    Returns
    -------
    CombinedValidity: `estimate` on the r scale with sampling variance (1 − r²)² / (n − 1); `z_estimate` and the interval on
    Fisher's z scale with variance 1 / (n − 3), the prior SD there being prior_sd / (1 − prior_mean²).

    Raises
    ------
    ValueError
        A correlation that is not strictly between -1 and 1, fewer than 4 people, or a `prior_sd` that is not above 0.
    """
    r, prior_mean, prior_sd = number("r", r), number("prior_mean", prior_mean), number("prior_sd", prior_sd)
    _open("r", r)
    n = count("n", n, at_least=4)
    _open("prior_mean", prior_mean)
    if not prior_sd > 0:
        raise ValueError(f"prior_sd must be above 0; it is {prior_sd!r}")
    estimate, sd, weight = _posterior(r, (1.0 - r * r) ** 2 / (n - 1), prior_mean, prior_sd**2)
    z_prior_variance = (prior_sd / (1.0 - prior_mean**2)) ** 2
    z_estimate, z_sd, _ = _posterior(math.atanh(r), 1.0 / (n - 3), math.atanh(prior_mean), z_prior_variance)
    return CombinedValidity(estimate, sd, weight, z_estimate, z_sd)


def _posterior(local: float, variance: float, prior: float, prior_variance: float) -> tuple[float, float, float]:
    weight = prior_variance / (prior_variance + variance)
    return prior + weight * (local - prior), math.sqrt(variance * weight), weight


def _critical(alpha: float, sides: Sides) -> float:
    if sides not in (1, 2):
        raise ValueError(f"sides must be 1 or 2; it is {sides!r}")
    return float(normal_quantile(1.0 - share("alpha", alpha) / sides))


def _open(name: str, r: ArrayLike) -> FloatArray:
    array = within(name, r, -1.0, 1.0)
    if (np.abs(array) == 1.0).any():
        raise ValueError(f"{name} must lie strictly between -1 and 1")
    return array

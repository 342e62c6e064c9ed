"""How much a study can show: power, sample size, what selection does to a coefficient, and what was known before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from assessment.psychometrics.arrays import count, share
from assessment.psychometrics.distributions import normal_density, normal_probability, normal_quantile
from assessment.psychometrics.intervals import Interval, two_sided_z

Sides = Literal[1, 2]


def power(rho: float, n: int, alpha: float = 0.05, sides: Sides = 2) -> float:
    """Chance that a test of r = 0 finds a true correlation `rho` with `n` people (Fisher's z; Cohen, 1988)."""
    _open("rho", rho)
    count("n", n, at_least=4)
    shift = math.atanh(rho) * math.sqrt(n - 3)
    critical = _critical(alpha, sides)
    above = float(normal_probability(shift - critical))
    return above if sides == 1 else above + float(normal_probability(-shift - critical))


def sample_size(rho: float, power: float = 0.80, alpha: float = 0.05, sides: Sides = 2) -> int:
    """People needed to find a true correlation `rho` with the given power: ((z_α + z_β) / atanh ρ)² + 3, rounded up."""
    _open("rho", rho)
    if rho == 0:
        raise ValueError("rho must not be 0; no sample finds a correlation that is not there")
    wanted = _critical(alpha, sides) + float(normal_quantile(share("power", power)))
    return max(4, math.ceil((wanted / math.atanh(abs(rho))) ** 2 + 3))


def truncation_ratio(selection_ratio: float) -> float:
    """u, the SD of a normal score among the top `selection_ratio` over that among everybody: √(1 + cλ − λ²).

    c is the cut in z and λ = φ(c) / selection ratio the mean of those above it.
    """
    ratio = share("selection_ratio", selection_ratio)
    cut = float(normal_quantile(1.0 - ratio))
    mean = float(normal_density(cut)) / ratio
    return math.sqrt(1.0 + cut * mean - mean * mean)


def restricted_correlation(rho: float, u: float) -> float:
    """The correlation to expect among the hired after direct selection on the score: ρu / √(1 − ρ² + ρ²u²)."""
    _open("rho", rho)
    if not u > 0:
        raise ValueError(f"u must be above 0; it is {u!r}")
    return rho * u / math.sqrt(1.0 - rho * rho + rho * rho * u * u)


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
    """
    _open("r", r)
    count("n", n, at_least=4)
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
    return two_sided_z(1.0 - share("alpha", alpha) * (1 if sides == 2 else 2))


def _open(name: str, r: float) -> None:
    if not -1.0 < r < 1.0:
        raise ValueError(f"{name} must lie strictly between -1 and 1; it is {r!r}")

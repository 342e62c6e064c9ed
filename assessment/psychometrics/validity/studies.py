"""Validity over several local studies: psychometric meta-analysis (Hunter & Schmidt; Schmidt & Hunter, 2015)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, numbers, share, vector, within
from assessment.psychometrics.distributions import t_quantile
from assessment.psychometrics.intervals import Interval
from assessment.psychometrics.validity.corrections import correct_range_restriction, disattenuate, unrestricted_reliability

_NEXT_TO_ZERO = 1e-9


@dataclass(frozen=True)
class MeanValidity:
    """Mean correlation of `n_studies` studies with `n` people, and where its variance comes from.

    `variance` is that of the studies' correlations (over k − 1), `error_variance` what sampling alone explains of it and
    `residual_variance` what is left: below 0 where studies differ less than sampling would make them.
    """

    estimate: float
    variance: float
    error_variance: float
    n_studies: int
    n: int

    @property
    def residual_variance(self) -> float:
        """Variance that sampling does not explain."""
        return self.variance - self.error_variance

    @property
    def residual_sd(self) -> float:
        """SD of the true correlations across settings; 0 where sampling explains all of the variance."""
        return math.sqrt(max(0.0, self.residual_variance))

    @property
    def share_explained(self) -> float:
        """Share of the variance that sampling explains, at most 1; the 75 % rule looks at this."""
        return min(1.0, self.error_variance / self.variance) if self.variance > 0 else 1.0

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Of the mean: ± t · √(variance / k), k − 1 degrees of freedom."""
        return self._around(math.sqrt(self.variance / self.n_studies), level)

    def credibility_interval(self, level: float = 0.80) -> Interval:
        """Of the true correlation in a setting: ± t · residual SD, k − 1 degrees of freedom."""
        return self._around(self.residual_sd, level)

    def _around(self, sd: float, level: float) -> Interval:
        half = t_quantile(0.5 + share("level", level) / 2.0, self.n_studies - 1) * sd
        return Interval(self.estimate - half, self.estimate + half)


@dataclass(frozen=True)
class CombinedStudies:
    """`bare_bones` is corrected for sampling error alone, `corrected` for what was asked for, None where nothing was.

    `correlations` (k,) are the studies' corrected correlations and `weights` (k,) their shares of the mean.
    """

    bare_bones: MeanValidity
    corrected: MeanValidity | None
    correlations: FloatArray
    weights: FloatArray

    @property
    def estimate(self) -> float:
        """The corrected mean, or the bare-bones one where nothing was corrected."""
        return (self.corrected or self.bare_bones).estimate

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Of `estimate`."""
        return (self.corrected or self.bare_bones).confidence_interval(level)


def combine_studies(
    r: ArrayLike,
    n: ArrayLike,
    *,
    ryy: ArrayLike | None = None,
    rxx: ArrayLike | None = None,
    u: ArrayLike | None = None,
    case: Literal["II", "IV"] | None = None,
    validity: Literal["operational", "true score"] = "operational",
) -> CombinedStudies:
    """Mean validity over studies and its variation across settings, each study corrected by its own artefacts.

    Every r is first freed of its small-sample bias, r (2n − 1) / (2n − 2). Bare bones: mean weighted by n; sampling variance
    of a study (1 − r̄²)² / (n − 1). Corrected (Schmidt & Hunter, 2015, chapter 3): with A = r / r_c the attenuation of a
    study, its weight is nA² and its sampling variance that of r times (a / A)², where a = 1 / (1 + (1/u² − 1) r²) follows
    from the bend of a range correction (u of the true score in case IV).

    Parameters
    ----------
    r, n : (k,) correlations (uncorrected) and people of at least 2 studies, n at least 3 each.
    ryy, rxx : (k,) or one for all, reliabilities among the hired.
    u : (k,) or one for all, restricted / unrestricted SD of the score.
    case : how the range was restricted, as in `correct_range_restriction`; None where it was not. Case II needs `u`, case IV
        `u` and `rxx`.
    validity : `operational` leaves the score's unreliability in, `true score` takes it out by `rxx`.

    Returns
    -------
    CombinedStudies

    Raises
    ------
    ValueError
        Fewer than 2 studies, an argument that the case needs is missing, NaN, a value out of range, or neither one value nor one
        a study.
    """
    observed = within("r", vector("r", r, complete=True), -1.0, 1.0)
    k = observed.size
    people = within("n", vector("n", n, length=k, complete=True), 3.0, np.inf)
    if k < 2:
        raise ValueError(f"r must hold at least 2 studies; it holds {k}")
    if validity not in ("operational", "true score"):
        raise ValueError(f"validity must be 'operational' or 'true score'; it is {validity!r}")
    if validity == "true score" and rxx is None:
        raise ValueError("true score validity needs rxx")
    if case not in (None, "II", "IV"):
        raise ValueError(f"case must be None, 'II' or 'IV'; it is {case!r}")
    if (case is None) != (u is None):
        raise ValueError("u and case must be given together: a correction needs its mechanism")
    unbiased = np.clip(observed * (2.0 * people - 1.0) / (2.0 * people - 2.0), -1.0, 1.0)
    bare, sampling = _weighted(unbiased, people, None, people)
    if case is None and ryy is None and validity == "operational":
        return CombinedStudies(bare, None, unbiased, people / people.sum())

    ryy, rxx, u = _each("ryy", ryy, k), _each("rxx", rxx, k), _each("u", u, k)
    # A study without any correlation is attenuated by what its correction does to the smallest one.
    seen = np.where(unbiased == 0, _NEXT_TO_ZERO, unbiased)
    ratio = np.asarray(1.0 if u is None else u, dtype=np.float64)
    found = _corrected(seen, ryy, rxx, ratio, case, validity == "true score")
    attenuation = seen / found
    bend = 1.0 / (1.0 + (_bending_ratio(ratio, rxx, case) ** -2 - 1.0) * seen**2)
    weights = people * attenuation**2
    found = np.where(unbiased == 0, 0.0, found)
    corrected, _ = _weighted(found, weights, sampling * (bend / attenuation) ** 2, people)
    return CombinedStudies(bare, corrected, found, weights / weights.sum())


def _each(name: str, values: ArrayLike | None, k: int) -> FloatArray | None:
    """One value for all studies or one each, and known."""
    if values is None:
        return None
    given = numbers(name, values)
    return vector(name, np.full(k, given) if given.ndim == 0 else given, length=k, complete=True)


def _weighted(
    r: FloatArray, weights: FloatArray, sampling: FloatArray | None, people: FloatArray
) -> tuple[MeanValidity, FloatArray]:
    k, shares = r.size, weights / weights.sum()
    mean = float(shares @ r)
    variance = float(shares @ (r - mean) ** 2) * k / (k - 1)
    if sampling is None:
        sampling = (1.0 - mean**2) ** 2 / (people - 1.0)
    return MeanValidity(mean, variance, float(shares @ sampling), k, int(people.sum())), sampling


def _corrected(
    r: FloatArray, ryy: ArrayLike | None, rxx: ArrayLike | None, u: FloatArray, case: str | None, true_score: bool
) -> FloatArray:
    taken_out = rxx if true_score else None
    if case is None:
        found = disattenuate(r, 1.0 if ryy is None else ryy, 1.0 if taken_out is None else taken_out)
    elif case == "II":
        found = correct_range_restriction(r, case="II", u=u, ryy=ryy, rxx=taken_out)
    else:
        found = correct_range_restriction(r, case="IV", u=u, rxx=rxx, ryy=ryy)
        if taken_out is not None:
            found = found / np.sqrt(unrestricted_reliability(taken_out, u))
    return np.asarray(found)


def _bending_ratio(u: FloatArray, rxx: ArrayLike | None, case: str | None) -> FloatArray:
    """u of what selection acts on: the score, or its true part in case IV."""
    if case != "IV" or rxx is None:
        return u
    return np.asarray(u * np.sqrt(np.asarray(rxx, dtype=np.float64) / unrestricted_reliability(rxx, u)))

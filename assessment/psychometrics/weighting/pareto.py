"""The trade-off between validity and adverse impact over every way of weighting the same predictors.

For discussing policy, not for scoring: weights chosen by looking at group differences are a legal question before they are
a statistical one, and on other people the frontier is less favourable than it looks (`diversity_shrinkage`).

A composite w ≥ 0 has validity w′v / √(w′Rw) and a standardised group difference w′δ / √(w′Rw). At a given selection ratio
the impact ratio falls strictly with that difference, so the frontier is that of validity against the difference, and it is
exact in its pieces. Over the convex set {w ≥ 0, w′Rw ≤ 1} both are linear, so every point where some (cos φ) v − (sin φ) δ is
largest and above 0 is a non-negative least-squares problem. Where no composite has it above 0, because small differences
belong to predictors whose validity is poor for them or negative, the frontier goes on through points that no φ supports; there
the stationary points of composites of three or more predictors are saddles, and what is left are single predictors and pairs,
solved in closed form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, count, share, square, vector, within
from assessment.psychometrics.distributions import normal_density, normal_probability, normal_quantile

_HALVINGS = 60


@dataclass(frozen=True)
class ParetoFrontier:
    """Points from the highest validity to the highest impact ratio, each beaten by no other in both.

    Attributes
    ----------
    weights : (points, p) for standardised predictors, none below 0, summing to 1.
    validity : (points,) falling.
    composite_d : (points,) standardised difference, majority minus minority, falling.
    impact_ratio : (points,) selection rate of the minority over that of the majority, rising; above 1 where the composite
        favours the minority.
    """

    weights: FloatArray
    validity: FloatArray
    composite_d: FloatArray
    impact_ratio: FloatArray


def pareto_frontier(
    predictor_correlations: ArrayLike,
    validities: ArrayLike,
    group_differences: ArrayLike,
    selection_ratio: float,
    minority_share: float,
    n_points: int = 21,
) -> ParetoFrontier:
    """Validity against the adverse-impact ratio over all non-negative weights (De Corte, Lievens & Sackett, 2007).

    Points are spread by normal-boundary intersection (Das & Dennis, 1998): both axes are scaled to run from 0 to 1 between
    the ends, and the frontier is cut by normals at even steps of the line that joins the ends.

    Parameters
    ----------
    predictor_correlations : (p, p) positive definite, within groups.
    validities : (p,) at least one above 0.
    group_differences : (p,) standardised differences d, majority minus minority.
    selection_ratio : share of all applicants who are selected, strictly between 0 and 1.
    minority_share : share of the minority among applicants, strictly between 0 and 1.
    n_points : at least 2, the ends included. Where the frontier has gaps the steps are made finer to find as many, and where
        a single composite is best in both there is that one.

    Returns
    -------
    ParetoFrontier

    Raises
    ------
    ValueError
        Shapes that do not fit, correlations that are not positive definite, no validity above 0, validities that would explain
        more than all of the criterion, shares out of range.
    """
    trade_off = _trade_off(predictor_correlations, validities, group_differences, selection_ratio, minority_share)
    count("n_points", n_points, at_least=2)
    for steps in (n_points, 2 * n_points, 4 * n_points, 8 * n_points):
        weights = trade_off.spread(steps)
        validity, d = trade_off.validity(weights), trade_off.difference(weights)
        kept = np.flatnonzero(np.append(True, np.diff(d) < -1e-9))
        if kept.size == 1 or kept.size >= n_points:
            break
    return ParetoFrontier(weights[kept], validity[kept], d[kept], trade_off.impact_ratio(d[kept]))


@dataclass(frozen=True)
class DiversityShrinkage:
    """What becomes of a frontier's weights on other people, (n_points,) each, means over the samples.

    `apparent_validity` and `apparent_impact_ratio` are what the sample promised, `validity` and `impact_ratio` what its
    weights are worth in the population.
    """

    apparent_validity: FloatArray
    validity: FloatArray
    apparent_impact_ratio: FloatArray
    impact_ratio: FloatArray


def diversity_shrinkage(
    predictor_correlations: ArrayLike,
    validities: ArrayLike,
    group_differences: ArrayLike,
    selection_ratio: float,
    minority_share: float,
    n: int,
    rng: np.random.Generator,
    n_points: int = 21,
    n_samples: int = 100,
) -> DiversityShrinkage:
    """Validity and diversity shrinkage of Pareto weights learnt from `n` people (Song, Wee & Newman, 2017), by simulation.

    The arguments of `pareto_frontier` are taken for the population. Samples of `n` people, normal within groups, are drawn
    from it; each gives correlations, validities, differences and a frontier of its own, whose weights go back to the
    population.

    Parameters
    ----------
    n : people in a sample, so many that both groups have at least 2 and that they outnumber the predictors by 3.
    rng : decides the samples.
    n_points : at least 2, at even steps as in `pareto_frontier`.
    n_samples : at least 1. Samples in which nothing predicts the criterion are left out.

    Returns
    -------
    DiversityShrinkage

    Raises
    ------
    ValueError
        As `pareto_frontier`, and for too few people.
    """
    population = _trade_off(predictor_correlations, validities, group_differences, selection_ratio, minority_share)
    p = population.validities.size
    n_minority = round(count("n", n, at_least=p + 3) * minority_share)
    if min(n_minority, n - n_minority) < 2:
        raise ValueError(f"n must be so large that both groups have at least 2 people; it is {n!r}")
    count("n_points", n_points, at_least=2)
    found = []
    for _ in range(count("n_samples", n_samples, at_least=1)):
        sample = population.sampled(n_minority, n - n_minority, rng)
        if (sample.validities > 0).any():
            weights = sample.spread(n_points)
            apparent = sample.validity(weights), sample.impact_ratio(sample.difference(weights))
            real = population.validity(weights), population.impact_ratio(population.difference(weights))
            found.append([apparent[0], real[0], apparent[1], real[1]])
    if not found:
        raise ValueError("n must be so large that something predicts the criterion in a sample")
    return DiversityShrinkage(*np.mean(found, axis=0))


@dataclass(frozen=True)
class _TradeOff:
    """Checked arguments, and the frontier along a parameter: 0 to 1 the supported piece, 1 to 2 the unsupported one below it,
    2 to 3 the one that is supported again by a difference below 0."""

    correlations: FloatArray
    validities: FloatArray
    differences: FloatArray
    selection_ratio: float
    minority_share: float

    def validity(self, weights: FloatArray) -> FloatArray:
        return np.asarray(weights @ self.validities / self._sd(weights))

    def difference(self, weights: FloatArray) -> FloatArray:
        return np.asarray(weights @ self.differences / self._sd(weights))

    def _sd(self, weights: FloatArray) -> FloatArray:
        return np.asarray(np.sqrt(((weights @ self.correlations) * weights).sum(axis=-1)))

    def impact_ratio(self, d: FloatArray) -> FloatArray:
        """Φ(−x) / Φ(d − x) at the cut x that selects the share wanted of the minority N(0, 1) and the majority N(d, 1)."""
        z, share_of_minority = normal_quantile(1.0 - self.selection_ratio), self.minority_share
        low, high = z + np.minimum(d, 0.0), z + np.maximum(d, 0.0)
        cut = (low + high) / 2.0
        for _ in range(_HALVINGS):
            minority, majority = normal_probability(-cut), normal_probability(d - cut)
            excess = share_of_minority * minority + (1.0 - share_of_minority) * majority - self.selection_ratio
            if (np.abs(excess) <= 1e-15).all():
                break
            low, high = np.where(excess > 0, cut, low), np.where(excess > 0, high, cut)
            slope = share_of_minority * normal_density(cut) + (1.0 - share_of_minority) * normal_density(cut - d)
            # Newton's step where it stays inside the bracket, else half of the bracket.
            step = cut + excess / slope
            cut = np.where((low <= step) & (step <= high), step, (low + high) / 2.0)
        return np.asarray(minority / majority)

    def spread(self, n_points: int) -> FloatArray:
        """(n_points, p) weights at even steps along the line between the ends; the same ones over and over in a gap."""
        end = 1.0 if self._lowest is None else 2.0 if self._resumes is None else 3.0
        ends = np.stack([self.at(0.0), self.at(end)])
        validity, ratio = self.validity(ends), self.impact_ratio(self.difference(ends))
        if validity[0] - validity[1] < 1e-12 or ratio[1] - ratio[0] < 1e-12:
            return np.repeat(ends[:1], n_points, axis=0)
        wanted = np.linspace(0.0, 1.0, n_points)[1:-1]
        before, after = np.zeros(wanted.size), np.full(wanted.size, end)
        for _ in range(_HALVINGS if wanted.size else 0):
            middle = (before + after) / 2.0
            weights = np.stack([self.at(place) for place in middle])
            lost = (validity[0] - self.validity(weights)) / (validity[0] - validity[1])
            won = (self.impact_ratio(self.difference(weights)) - ratio[0]) / (ratio[1] - ratio[0])
            past = (lost + won) / 2.0 > wanted
            before, after = np.where(past, before, middle), np.where(past, middle, after)
        return np.stack([ends[0], *(self.at(place) for place in before), ends[1]])

    def at(self, place: float) -> FloatArray:
        """(p,) weights at a place along the frontier, summing to 1."""
        angle, end = self._last_supported
        if place <= 1.0:
            weights = self._supported(place * angle) if place < 1.0 else end
            weights = weights if weights.any() else end
        elif place <= 2.0 or self._resumes is None:
            begins = float(self.difference(end))
            lowest = begins if self._lowest is None else self._lowest
            weights = self._best_pair(begins + (place - 1.0) * (lowest - begins))
        else:
            again, first = self._resumes
            weights = self._supported(again + (place - 2.0) * (math.pi / 2.0 - again))
            weights = weights if weights.any() else first
        return np.asarray(weights / weights.sum())

    def _supported(self, angle: float) -> FloatArray:
        return self._largest(math.cos(angle) * self.validities - math.sin(angle) * self.differences)

    def _largest(self, gain: FloatArray) -> FloatArray:
        """argmax of gain′w over w ≥ 0 of a given variance, but for scale; zeros if nothing is to be gained."""
        from scipy.optimize import nnls

        root, inverse = self._root
        return np.asarray(nnls(root.T, inverse @ gain)[0])

    @cached_property
    def _root(self) -> tuple[FloatArray, FloatArray]:
        """L with LL′ = R, and its inverse."""
        root = np.asarray(np.linalg.cholesky(self.correlations))
        return root, np.asarray(np.linalg.inv(root))

    @cached_property
    def _last_supported(self) -> tuple[float, FloatArray]:
        """Angle up to which a direction supports the frontier, and the weights there."""
        v, d = self.validities, self.differences
        free = (d == 0) & (v > 0)
        if (d < 0).any() and self._resumes is None:
            return math.pi / 2.0, self._largest(-d)
        if free.any():
            weights = np.zeros(v.size)
            alone = _TradeOff(self.correlations[np.ix_(free, free)], v[free], d[free], self.selection_ratio, self.minority_share)
            weights[free] = alone._largest(v[free])
            return math.pi / 2.0, weights
        worth = np.where(v > 0, v, 0.0) / np.where(d > 0, d, 1.0)
        best = int(np.argmax(worth))
        return math.atan(worth[best]), np.eye(v.size)[best]

    @cached_property
    def _resumes(self) -> tuple[float, FloatArray] | None:
        """Angle from which directions support the frontier again, and the weights there; None where they never cease to, or for
        good."""
        v, d = self.validities, self.differences
        if not (d < 0).any() or ((v > 0) & (d <= 0)).any() or ((v == 0) & (d < 0)).any():
            return None
        price = np.where(d < 0, v / np.where(d < 0, d, 1.0), np.inf)
        first = int(np.argmin(price))
        gained = np.where((v > 0) & (d > 0), v, 0.0) / np.where(d > 0, d, 1.0)
        return (math.atan(price[first]), np.eye(v.size)[first]) if price[first] > gained.max() else None

    @cached_property
    def _lowest(self) -> float | None:
        """The difference at which the unsupported piece ends; None where there is none."""
        lowest = float(self.differences.min() if self._resumes is None else self.differences @ self._resumes[1])
        unsupported = lowest < float(self.difference(self._last_supported[1])) - 1e-12
        return lowest if unsupported and (lowest >= 0.0 or self._resumes is not None) else None

    def _best_pair(self, most: float) -> FloatArray:
        """The most valid of single predictors and pairs whose difference is at most `most`."""
        d, p = self.differences, self.differences.size
        i, j = np.triu_indices(p, 1)
        # (d_i + d_j z)² = most² (1 + 2 r z + z²) for the weight z of the second of a pair.
        square_, cross, constant = d[j] ** 2 - most**2, d[i] * d[j] - most**2 * self.correlations[i, j], d[i] ** 2 - most**2
        with np.errstate(divide="ignore", invalid="ignore"):
            q = -(cross + np.copysign(np.sqrt(cross**2 - square_ * constant), cross))
            z = np.concatenate([q / square_, constant / q])
        pairs = np.zeros((z.size, p))
        rows = np.arange(z.size)
        pairs[rows, np.tile(i, 2)] = 1.0
        pairs[rows, np.tile(j, 2)] = z
        candidates = np.vstack([np.eye(p), pairs[np.isfinite(z) & (z > 0)]])
        candidates = candidates[self.difference(candidates) <= most + 1e-12]
        return np.asarray(candidates[np.argmax(self.validity(candidates))])

    def sampled(self, n_minority: int, n_majority: int, rng: np.random.Generator) -> _TradeOff:
        """The same of a sample of people: within-group correlations and standardised mean differences."""
        p = self.validities.size
        joint = np.eye(p + 1)
        joint[:p, :p], joint[:p, p], joint[p, :p] = self.correlations, self.validities, self.validities
        values, vectors = np.linalg.eigh(joint)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        minority, majority = (rng.standard_normal((size, p + 1)) @ root.T for size in (n_minority, n_majority))
        apart = np.vstack([minority - minority.mean(axis=0), majority - majority.mean(axis=0)])
        covariance = apart.T @ apart / (n_minority + n_majority - 2)
        sd = np.sqrt(np.diag(covariance))
        r = covariance / np.outer(sd, sd)
        d = (self.differences + (majority.mean(axis=0) - minority.mean(axis=0))[:p]) / sd[:p]
        return _TradeOff(r[:p, :p], r[:p, p], d, self.selection_ratio, self.minority_share)


def _trade_off(
    predictor_correlations: ArrayLike,
    validities: ArrayLike,
    group_differences: ArrayLike,
    selection_ratio: float,
    minority_share: float,
) -> _TradeOff:
    r = square("predictor_correlations", predictor_correlations)
    v = within("validities", vector("validities", validities, length=r.shape[0], complete=True), -1.0, 1.0)
    d = vector("group_differences", group_differences, length=r.shape[0], complete=True)
    if not np.allclose(np.diag(r), 1.0) or np.linalg.eigvalsh(r)[0] <= 1e-10:
        raise ValueError("predictor_correlations must be positive definite, with ones on the diagonal")
    if not (v > 0).any():
        raise ValueError("validities must hold at least one above 0")
    if v @ np.linalg.solve(r, v) > 1.0 + 1e-9:
        raise ValueError("validities must be possible: together they would explain more than all of the criterion")
    return _TradeOff(r, v, d, share("selection_ratio", selection_ratio), share("minority_share", minority_share))

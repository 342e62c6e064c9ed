"""Storylines with their steps kept apart: each step depends on θ and on how the person took its scene.

P(X_j ≥ v | θ, γ) = logit⁻¹(a_j θ + s_j γ_t + d_jv), one γ for each testlet t, all standard normal and independent.

- `bifactor`: every step has its own s_j (Gibbons & Hedeker, 1992; Gibbons et al., 2007 for graded responses).
- `testlet`: s_j = a_j σ_t, one σ for each testlet, whose square is the variance of its effect on the scale of θ (Bradlow,
  Wainer & Wang, 1999). Fewer parameters, and defined for testlets of two steps.

Plain numpy, for thousands of people; for more, and for adaptive forms, `irt.testlets` sums each storyline into one item.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assessment.psychometrics.arrays import FloatArray, IntArray, count, number
from assessment.psychometrics.irt.dimension_reduction import NaturalParameters, ReducedLikelihood
from assessment.psychometrics.irt.responses import as_categories, coded_responses
from assessment.psychometrics.irt.scores import Scores
from assessment.psychometrics.irt.testlets import places_of_testlets

Structure = Literal["testlet", "bifactor"]
_REACH = 6.0
_STARTING_SPREAD = 0.5


@dataclass(frozen=True, eq=False)
class BifactorCalibration:
    """Items with a slope on θ and one on their testlet's own variable.

    Attributes
    ----------
    model, structure : `2pl` or `grm`; `testlet` or `bifactor`.
    slopes, testlet_slopes : (k,); testlet slopes of items that are alone are 0.
    intercepts : (k,) for 2pl, (k, m − 1) for grm, falling, NaN beyond an item's categories.
    n_categories : (k,). testlets : labels in the order in which they first appear. items : places of each testlet's items.
    log_likelihood, n_parameters, n_people, n_iterations, converged, trace : as of a `Calibration`.
    n_nodes, n_testlet_nodes : equally spaced on ±6, with normal weights, of θ and of each testlet's variable.
    """

    model: Literal["2pl", "grm"]
    structure: Structure
    slopes: FloatArray
    testlet_slopes: FloatArray
    intercepts: FloatArray
    n_categories: IntArray
    testlets: tuple[object, ...]
    items: tuple[IntArray, ...] = field(repr=False)
    log_likelihood: float
    n_parameters: int
    n_people: int
    n_iterations: int
    converged: bool
    trace: FloatArray = field(repr=False)
    n_nodes: int
    n_testlet_nodes: int

    @property
    def aic(self) -> float:
        """2 · parameters − 2 · log-likelihood (Akaike, 1974)."""
        return 2.0 * self.n_parameters - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """ln(people) · parameters − 2 · log-likelihood (Schwarz, 1978)."""
        return math.log(self.n_people) * self.n_parameters - 2.0 * self.log_likelihood

    @property
    def testlet_sds(self) -> FloatArray:
        """SD of each testlet's effect on the scale of θ, √(Σ s² / Σ a²) over its items: (t,), 0 for an item alone.

        For `testlet` this is σ_t. Wainer, Bradlow & Wang (2007) call a variance of .5 substantial and of 1 large.
        """
        return np.array([np.sqrt((self.testlet_slopes[p] ** 2).sum() / (self.slopes[p] ** 2).sum()) for p in self.items])

    def scores(self, responses: ArrayLike) -> Scores:
        """EAP of θ with its posterior SD, the testlets' variables integrated out; (n, k) responses with NaN for not answered.

        Raises `ValueError` for another number of items or a response that is no category of its item.
        """
        codes, highest = as_categories(responses)
        if codes.shape[1] != self.n_categories.size:
            raise ValueError(f"responses must have {self.n_categories.size} columns; they have {codes.shape[1]}")
        if (highest >= self.n_categories).any():
            j = int(np.argmax(highest >= self.n_categories))
            raise ValueError(f"responses must be categories of their item; item {j} has {self.n_categories[j]}, from 0")
        nodes, _ = quadrature(self.n_nodes)
        likelihood = _likelihood(codes, self.n_categories, self.items, self.n_nodes, self.n_testlet_nodes)
        d = np.nan_to_num(self.intercepts.reshape(self.slopes.size, -1))
        posterior = likelihood.theta_posterior(NaturalParameters(self.slopes, self.testlet_slopes, d))
        theta = posterior @ nodes
        return Scores(theta, np.sqrt(np.maximum(posterior @ nodes**2 - theta**2, 0.0)))

    def empirical_reliability(self, responses: ArrayLike) -> float:
        """var θ̂ / (var θ̂ + mean SE²) of these people's scores, the dependence within testlets counted.

        Raises `ValueError` as `scores`, and for fewer than two people.
        """
        return self.scores(responses).empirical_reliability


def calibrate_bifactor(
    responses: ArrayLike,
    testlet_of_item: Sequence[object] | NDArray[np.generic],
    model: Literal["2pl", "grm"] = "grm",
    *,
    structure: Structure = "testlet",
    n_nodes: int = 41,
    n_testlet_nodes: int = 25,
    tolerance: float = 1e-4,
    max_iterations: int = 500,
) -> BifactorCalibration:
    """Item parameters by marginal maximum likelihood, with dimension reduction.

    Quasi-Newton steps (Broyden, Fletcher, Goldfarb & Shanno, 1970) on the marginal likelihood, whose gradient is that of the
    E-step's expected likelihood (Fisher's identity), begun from the complete-data information. No standard errors. The signs of
    θ and of each testlet's variable are those in which slopes are positive in sum.

    Parameters
    ----------
    responses : (n, k) categories from 0, NaN for not answered.
    testlet_of_item : (k,) labels; an item whose label is its own stands alone.
    structure : see the module.
    n_nodes, n_testlet_nodes : at least 15 and 11, equally spaced on ±6.
    tolerance : the largest change of a parameter that the next step may make at the end; logarithms of the gaps between
        intercepts count as parameters.
    max_iterations : quasi-Newton steps at most; `converged` false when they did not do.

    Raises
    ------
    ValueError
        Responses that are no categories, or a category nobody used; more than two for 2pl; fewer than two testlets for
        `testlet`; for `bifactor`, fewer than three or one of two items, whose slopes cannot be told apart.
    """
    from scipy.optimize import minimize

    n_nodes, n_testlet_nodes = count("n_nodes", n_nodes, at_least=15), count("n_testlet_nodes", n_testlet_nodes, at_least=11)
    max_iterations = count("max_iterations", max_iterations, at_least=1)
    if model not in ("2pl", "grm"):
        raise ValueError(f"model must be 2pl or grm; it is {model!r}")
    if structure not in get_args(Structure):
        raise ValueError(f"structure must be one of {', '.join(get_args(Structure))}; it is {structure!r}")
    if not number("tolerance", tolerance) > 0:
        raise ValueError(f"tolerance must be above 0; it is {tolerance!r}")
    coded = coded_responses(responses)
    if model == "2pl" and (coded.n_categories > 2).any():
        raise ValueError("responses must be 0 or 1 for 2pl")
    names, items = places_of_testlets(testlet_of_item, coded.n_categories.size)
    _check_identified(items, structure)
    likelihood = _likelihood(coded.codes, coded.n_categories, items, n_nodes, n_testlet_nodes)
    layout = _Layout.of(coded.n_categories, items, structure)
    start = layout.start(coded.counts)
    trace: list[float] = []

    def lost(free: FloatArray) -> tuple[float, FloatArray]:
        found = likelihood.evaluate(layout.natural(free))
        return -found.log_likelihood, -np.einsum("jp,jpf->f", found.gradient, layout.chain(free))

    first, chain = likelihood.evaluate(layout.natural(start)), layout.chain(start)
    information = np.einsum("jpf,jpr,jrg->fg", chain, first.complete_information, chain, optimize=True)
    inverse = np.linalg.inv(information + 1e-6 * np.diag(np.diag(information)))
    trace.append(first.log_likelihood)
    reached = minimize(
        lost,
        start,
        jac=True,
        method="BFGS",
        callback=lambda intermediate_result: trace.append(-float(intermediate_result.fun)),
        options={"hess_inv0": 0.5 * (inverse + inverse.T), "gtol": 1e-3 * tolerance * coded.n_people, "maxiter": max_iterations},
    )
    left = float(np.abs(reached.hess_inv @ reached.jac).max())
    found = layout.natural(reached.x)
    slopes = found.slopes * (1.0 if found.slopes.sum() >= 0 else -1.0)
    testlet_slopes = found.testlet_slopes.copy()
    for places in items:
        testlet_slopes[places] *= 1.0 if testlet_slopes[places].sum() >= 0 else -1.0
    exists = np.arange(1, int(coded.n_categories.max())) < coded.n_categories[:, None]
    d = np.where(exists, found.intercepts, np.nan)
    return BifactorCalibration(
        model=model,
        structure=structure,
        slopes=slopes,
        testlet_slopes=testlet_slopes,
        intercepts=d[:, 0] if model == "2pl" else d,
        n_categories=coded.n_categories,
        testlets=names,
        items=items,
        log_likelihood=-float(reached.fun),
        n_parameters=start.size,
        n_people=coded.n_people,
        n_iterations=int(reached.nit),
        converged=left <= tolerance,
        trace=np.array(trace),
        n_nodes=n_nodes,
        n_testlet_nodes=n_testlet_nodes,
    )


def quadrature(n_nodes: int) -> tuple[FloatArray, FloatArray]:
    """Equally spaced nodes on ±6 with normal weights that sum to 1: (n_nodes,) each."""
    nodes = np.linspace(-_REACH, _REACH, n_nodes)
    height = np.exp(-0.5 * nodes**2)
    return nodes, height / height.sum()


def _likelihood(
    codes: NDArray[np.int8], n_categories: IntArray, items: tuple[IntArray, ...], n_nodes: int, n_testlet_nodes: int
) -> ReducedLikelihood:
    return ReducedLikelihood(codes, n_categories, items, *quadrature(n_nodes), *quadrature(n_testlet_nodes))


def _check_identified(items: tuple[IntArray, ...], structure: Structure) -> None:
    sizes = [places.size for places in items]
    if max(sizes) < 2:
        raise ValueError("testlet_of_item must name a testlet of at least two items")
    if structure == "testlet" and len(items) < 2:
        raise ValueError("testlet_of_item must name at least two testlets")
    if structure == "bifactor" and (len(items) < 3 or 2 in sizes):
        raise ValueError("testlet_of_item must name at least three testlets, none of two items, for bifactor")


@dataclass(frozen=True)
class _Layout:
    """Places of an item's parameters among the free ones: its slope, its testlet slope or its testlet's σ (−1 for none), its
    first intercept, and the logarithms of the gaps down to the next ones (−1 beyond its categories): (k,) and (k, m − 2)."""

    structure: Structure
    slope: IntArray
    spread: IntArray
    first: IntArray
    gaps: IntArray
    n_free: int

    @classmethod
    def of(cls, n_categories: IntArray, items: tuple[IntArray, ...], structure: Structure) -> _Layout:
        k = n_categories.size
        spread = np.full(k, -1, dtype=np.int64)
        place = 2 * k
        for places in items:
            if places.size > 1:
                size = places.size if structure == "bifactor" else 1
                spread[places] = place + (np.arange(size) if structure == "bifactor" else 0)
                place += size
        has_gap = np.arange(2, int(n_categories.max())) < n_categories[:, None]
        gaps = np.full(has_gap.shape, -1, dtype=np.int64)
        gaps[has_gap] = place + np.arange(int(has_gap.sum()))
        return cls(structure, np.arange(k), spread, np.arange(k, 2 * k), gaps, place + int(has_gap.sum()))

    def start(self, counts: FloatArray) -> FloatArray:
        """Slopes of 1, and the intercepts that would give the shares (k, m + 1) of the categories."""
        free = np.ones(self.n_free)
        free[self.spread[self.spread >= 0]] = _STARTING_SPREAD
        known = counts[:, :-1]
        above = known[:, ::-1].cumsum(axis=1)[:, ::-1] + 0.5
        share = above[:, 1:] / (above[:, :1] + 0.5)
        # A latent spread around 1.1 flattens the curve of a population by about this much.
        logits = 1.2 * np.log(share / (1.0 - share))
        free[self.first] = logits[:, 0]
        has_gap = self.gaps >= 0
        free[self.gaps[has_gap]] = np.log(np.maximum(-np.diff(logits, axis=1), 0.05))[has_gap]
        return free

    def natural(self, free: FloatArray) -> NaturalParameters:
        a = free[self.slope]
        s = np.where(self.spread >= 0, free[self.spread], 0.0)
        if self.structure == "testlet":
            s = s * a
        falls = np.where(self.gaps >= 0, np.exp(free[self.gaps]), 0.0)
        d = free[self.first][:, None] - np.concatenate([np.zeros((a.size, 1)), falls.cumsum(axis=1)], axis=1)
        return NaturalParameters(a, s, d)

    def chain(self, free: FloatArray) -> FloatArray:
        """Derivatives of each item's own parameters by the free ones: (k, m + 1, free)."""
        k, gaps = self.slope.size, self.gaps.shape[1]
        item, chain = np.arange(k), np.zeros((k, gaps + 3, self.n_free))
        chain[item, 0, self.slope] = 1.0
        has = np.flatnonzero(self.spread >= 0)
        if self.structure == "testlet":
            chain[has, 1, self.slope[has]] = free[self.spread[has]]
            chain[has, 1, self.spread[has]] = free[self.slope[has]]
        else:
            chain[has, 1, self.spread[has]] = 1.0
        for v in range(gaps + 1):
            chain[item, 2 + v, self.first] = 1.0
            for gap in range(v):
                has = np.flatnonzero(self.gaps[:, gap] >= 0)
                chain[has, 2 + v, self.gaps[has, gap]] = -np.exp(free[self.gaps[has, gap]])
        return chain

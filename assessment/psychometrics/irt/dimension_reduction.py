"""Marginal likelihood of items that share θ with all others and a second variable with their own testlet alone.

Given θ, testlets are independent, so that an integral over one dimension for each testlet falls apart into integrals over
two: θ and the testlet at hand (Gibbons & Hedeker, 1992). People who answered a testlet alike share its integral.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray

_SMALLEST = 1e-300


@dataclass(frozen=True)
class NaturalParameters:
    """`slopes` on θ and `testlet_slopes` (k,), and `intercepts` (k, m − 1), falling, 0 beyond an item's own categories."""

    slopes: FloatArray
    testlet_slopes: FloatArray
    intercepts: FloatArray


@dataclass(frozen=True)
class Evaluation:
    """Log-likelihood with its gradient (k, p) and the complete-data information (k, p, p) of each item's own parameters:
    slope, testlet slope, intercepts; p = m + 1."""

    log_likelihood: float
    gradient: FloatArray
    complete_information: FloatArray


@dataclass(frozen=True)
class _Testlet:
    """The items of one testlet, and the response patterns that people gave to them.

    `design` (u, items · m) says which category of which item each pattern holds; `pattern` (n,) is each person's;
    `order` sorts people by pattern and `starts` (u,) is where each pattern begins.
    """

    items: IntArray
    design: FloatArray
    pattern: IntArray
    order: IntArray
    starts: IntArray
    nodes: FloatArray
    weights: FloatArray


class ReducedLikelihood:
    """Likelihood of coded responses under graded items with two slopes each.

    Parameters
    ----------
    codes : (n, k) categories from 0, −1 for not answered.
    n_categories : (k,).
    testlets : the places of each testlet's items.
    nodes, weights : (q,) quadrature of θ; weights sum to 1. `testlet_nodes`, `testlet_weights` (g,) likewise of the testlets'
        variables.
    """

    def __init__(
        self,
        codes: NDArray[np.int8],
        n_categories: IntArray,
        testlets: tuple[IntArray, ...],
        nodes: FloatArray,
        weights: FloatArray,
        testlet_nodes: FloatArray,
        testlet_weights: FloatArray,
    ) -> None:
        self._m = int(n_categories.max())
        self._exists: BoolArray = np.arange(self._m) < n_categories[:, None]
        self._nodes, self._log_weights = nodes, np.log(weights)
        alone = np.zeros(1), np.ones(1)
        self._testlets = [
            self._coded(codes, items, *((testlet_nodes, testlet_weights) if items.size > 1 else alone)) for items in testlets
        ]

    def _coded(self, codes: NDArray[np.int8], items: IntArray, nodes: FloatArray, weights: FloatArray) -> _Testlet:
        patterns, pattern = np.unique(codes[:, items], axis=0, return_inverse=True)
        design = (patterns[:, :, None] == np.arange(self._m)).astype(np.float64).reshape(len(patterns), -1)
        order = np.argsort(pattern, kind="stable")
        starts = np.searchsorted(pattern[order], np.arange(len(patterns)))
        return _Testlet(items, design, pattern, order, starts, nodes, weights)

    def evaluate(self, at: NaturalParameters) -> Evaluation:
        """Value, gradient and complete-data information at some parameters."""
        curves = [self._curves(testlet, at) for testlet in self._testlets]
        likelihoods = [self._pattern_likelihoods(testlet, p) for testlet, (p, _) in zip(self._testlets, curves, strict=True)]
        marginals = [likelihood @ t.weights for t, likelihood in zip(self._testlets, likelihoods, strict=True)]
        posterior, log_likelihood = self._posterior(marginals)
        k, size = at.slopes.size, self._m + 1
        gradient, information = np.zeros((k, size)), np.zeros((k, size, size))
        for t, (p, by), likelihood, marginal in zip(self._testlets, curves, likelihoods, marginals, strict=True):
            share = np.add.reduceat(posterior[t.order], t.starts, axis=0) / np.maximum(marginal, _SMALLEST)
            expected = (share[:, :, None] * likelihood * t.weights).reshape(len(share), -1)
            counts = (t.design.T @ expected).reshape(t.items.size, self._m, -1)
            gradient[t.items] = np.einsum("jvx,jpvx->jp", counts / p, by)
            answered = counts.sum(axis=1)
            information[t.items] = np.einsum("jx,jvx,jpvx,jrvx->jpr", answered, 1.0 / p, by, by, optimize=True)
        return Evaluation(log_likelihood, gradient, information)

    def theta_posterior(self, at: NaturalParameters) -> FloatArray:
        """Posterior of θ over its nodes, the testlets' variables integrated out: (n, q)."""
        likelihoods = [(t, self._pattern_likelihoods(t, self._curves(t, at)[0])) for t in self._testlets]
        return self._posterior([likelihood @ t.weights for t, likelihood in likelihoods])[0]

    def _posterior(self, marginals: list[FloatArray]) -> tuple[FloatArray, float]:
        log_joint = np.tile(self._log_weights, (self._testlets[0].pattern.size, 1))
        for testlet, marginal in zip(self._testlets, marginals, strict=True):
            log_joint += np.log(np.maximum(marginal, _SMALLEST))[testlet.pattern]
        largest = log_joint.max(axis=1, keepdims=True)
        posterior = np.exp(log_joint - largest)
        total = posterior.sum(axis=1, keepdims=True)
        return posterior / total, float((largest + np.log(total)).sum())

    def _pattern_likelihoods(self, testlet: _Testlet, p: FloatArray) -> FloatArray:
        """Likelihood of each pattern at each pair of nodes: (u, q, g)."""
        log_p = np.log(p).reshape(-1, p.shape[2])
        return np.exp(testlet.design @ log_p).reshape(len(testlet.design), self._nodes.size, -1)

    def _curves(self, testlet: _Testlet, at: NaturalParameters) -> tuple[FloatArray, FloatArray]:
        """Category probabilities (items, m, q · g) of a testlet's items, 1 where there is no category, and their derivatives
        (items, p, m, q · g)."""
        items = testlet.items
        pairs = np.stack(np.meshgrid(self._nodes, testlet.nodes, indexing="ij")).reshape(2, -1)
        line = at.slopes[items, None] * pairs[0] + at.testlet_slopes[items, None] * pairs[1]
        z = line[:, None, :] + at.intercepts[items][:, :, None]
        reach = np.where(self._exists[items, 1:, None], 1.0 / (1.0 + np.exp(-np.clip(z, -700.0, 700.0))), 0.0)
        rise = reach * (1.0 - reach)
        j, x = items.size, pairs.shape[1]
        padded = np.zeros((j, self._m + 1, x))
        padded[:, 0] = 1.0
        padded[:, 1:-1] = reach
        p = padded[:, :-1] - padded[:, 1:]
        padded[:, 0] = 0.0
        padded[:, 1:-1] = rise
        by_line = padded[:, :-1] - padded[:, 1:]
        by = np.zeros((j, self._m + 1, self._m, x))
        by[:, 0], by[:, 1] = by_line * pairs[0], by_line * pairs[1]
        for v in range(1, self._m):
            by[:, v + 1, v] = rise[:, v - 1]
            by[:, v + 1, v - 1] = -rise[:, v - 1]
        return np.where(self._exists[items, :, None], np.maximum(p, _SMALLEST), 1.0), by

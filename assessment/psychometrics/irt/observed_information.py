"""The second derivatives of a marginal log-likelihood, put together from expected counts (Louis, 1982).

For a person with likelihood L = ∫ f φ: −∂² ln L = g g′ − E[∂²(f φ) / (f φ)], g the gradient of ln L and E over the posterior of
θ. f φ is a product over items and the group, so that the second term falls apart into products of first derivatives of two
of them, weighted by how often their categories go together at each node, and second derivatives of each alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.irt.parameters import Layout

_CELLS = 2**20
"""Numbers in a table of pairs at most: 8 MB."""


@dataclass(frozen=True)
class Units:
    """Items and, as the last unit, the group.

    Attributes
    ----------
    first_category : (units + 1,) where each unit's categories begin.
    first_parameter : (categories,) where the parameters begin that a category depends on.
    derivative : (categories, p, q) of the logarithm of each category's probability by them, 0 beyond its own.
    """

    first_category: IntArray
    first_parameter: IntArray
    derivative: FloatArray

    @classmethod
    def of(cls, layout: Layout, of_items: FloatArray, of_groups: FloatArray) -> Units:
        """From the derivatives of the items' categories (categories, p, q) and of the groups (g, 2, q)."""
        n_categories, n_groups = layout.n_all_categories, layout.n_groups
        derivative = np.zeros((n_categories + n_groups, max(of_items.shape[1], 2), of_items.shape[2]))
        derivative[:n_categories, : of_items.shape[1]] = of_items
        derivative[n_categories:, :2] = of_groups
        return cls(
            np.append(layout.first_category, [n_categories, n_categories + n_groups]),
            np.append(np.repeat(layout.first_parameter, layout.n_categories), layout.n_item_parameters + 2 * np.arange(n_groups)),
            derivative,
        )

    def runs(self) -> list[tuple[int, int]]:
        """First and last unit of stretches that are short enough for a table of pairs of two of them."""
        longest = int(np.sqrt(_CELLS / self.derivative.shape[2]))
        edges = [0]
        for unit in range(1, self.first_category.size - 1):
            if self.first_category[unit + 1] - self.first_category[edges[-1]] > longest:
                edges.append(unit)
        return list(zip(edges, [*edges[1:], self.first_category.size - 1], strict=True))


def between_units(
    units: Units, n_parameters: int, pair_counts: Callable[[tuple[int, int], tuple[int, int]], FloatArray]
) -> FloatArray:
    """Σ over people and pairs of units of E[∂ ln P_u ∂ ln P_w′]: (parameters, parameters).

    `pair_counts` gives for two runs of units how many people are expected to have each pair of their categories at each node,
    each pair of units once: (categories, categories, q).
    """
    p = units.derivative.shape[1]
    out = np.zeros((n_parameters + p, n_parameters + p))
    runs = units.runs()
    for i, left in enumerate(runs):
        for right in runs[i:]:
            counts = pair_counts(left, right)
            one, other = (slice(units.first_category[first], units.first_category[last]) for first, last in (left, right))
            for s in range(p):
                moved = counts * units.derivative[one, s, None]
                row = units.first_parameter[one, None] + s
                for t in range(p):
                    amount = np.einsum("abq,bq->ab", moved, units.derivative[other, t])
                    np.add.at(out, (row, units.first_parameter[None, other] + t), amount)
    out = out[:n_parameters, :n_parameters]
    return np.asarray(out + out.T)


def of_graded_items(
    by_category: FloatArray, probability: FloatArray, parameters: FloatArray, first_parameter: IntArray, n_categories: IntArray,
    nodes: FloatArray,
) -> FloatArray:  # fmt: skip
    """Σ over people of E[∂² P / P] by each graded item's own parameters: (k, p, p).

    by_category, probability : (categories, q). With P_v = σ(z_v) − σ(z_{v+1}) and z_v = a θ + d_v only the two boundaries count.
    """
    out = np.zeros((n_categories.size, int(n_categories.max()), int(n_categories.max())))
    share = np.divide(by_category, probability, out=np.zeros_like(by_category), where=by_category > 0)
    last = np.cumsum(n_categories)
    for j, (a, m) in enumerate(zip(first_parameter, n_categories, strict=True)):
        z = np.clip(parameters[a] * nodes + parameters[a + 1 : a + m, None], -600.0, 600.0)
        above = 1.0 / (1.0 + np.exp(-z))
        below = 1.0 / (1.0 + np.exp(z))
        bend = np.diff(share[last[j] - m : last[j]], axis=0) * above * below * (below - above)
        own = np.arange(1, m)
        out[j, own, own] = bend.sum(axis=1)
        out[j, 0, own] = out[j, own, 0] = bend @ nodes
        out[j, 0, 0] = float((bend @ nodes**2).sum())
    return out


def of_divided_items(
    by_category: FloatArray, derivative: FloatArray, complete: FloatArray, first_category: IntArray
) -> FloatArray:  # fmt: skip
    """The same of items whose category exponents are linear in the parameters: (k, p, p).

    ∂² P_v / P_v = ∂ ln P_v ∂ ln P_v′ − Σ_u P_u ∂ ln P_u ∂ ln P_u′, and of the last term people hold the complete-data information
    `complete` (k, p, p).
    """
    outer = np.einsum("vq,vsq,vtq->vst", by_category, derivative, derivative, optimize=True)
    return np.asarray(np.add.reduceat(outer, first_category, axis=0) - complete)


def of_groups(people: FloatArray, weights: FloatArray, derivative: FloatArray, z: FloatArray, sd: FloatArray) -> FloatArray:
    """Σ over people of E[∂² w / w] by mean and log SD of each group, w the weights (g, q) of the nodes: (g, 2, 2).

    people, z : (g, q), expected at each node, and nodes standardised. derivative : (g, 2, q) of ln w. sd : (g, 1).
    """
    across = derivative[:, :, None] * derivative[:, None]
    bend = np.stack(
        [np.stack([-1.0 / sd**2 + 0.0 * z, -2.0 * z / sd], axis=1), np.stack([-2.0 * z / sd, -2.0 * z**2], axis=1)], axis=1
    )
    mean = ((bend + across) * weights[:, None, None]).sum(axis=3, keepdims=True)
    return np.asarray(((across + bend - mean) * people[:, None, None]).sum(axis=3))

"""Item scores with a criterion of known validity: the truths on which weighting strategies are judged."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, count, vector

EQUAL_PATTERN = np.full(12, 0.12)
MILD_PATTERN = np.linspace(0.04, 0.20, 12)
SPARSE_PATTERN = np.array([0.22] * 4 + [0.03] * 8)
"""Item validities of the three truths on which weighting strategies are judged: all equal, mildly unequal, four strong.
The first two have the same mean validity, so that unit weights do equally well on both (.255)."""

INTER_ITEM_R = 0.15


def item_correlations(n_items: int, inter_item_r: float = INTER_ITEM_R) -> FloatArray:
    """(n_items, n_items) with `inter_item_r` everywhere off the diagonal."""
    n_items = count("n_items", n_items, at_least=1)
    if not -1.0 / max(n_items - 1, 1) < inter_item_r < 1.0:
        raise ValueError(f"inter_item_r = {inter_item_r!r} is impossible for {n_items} items")
    return np.full((n_items, n_items), inter_item_r) + (1.0 - inter_item_r) * np.eye(n_items)


class SimulatedItems(NamedTuple):
    """`item_scores` (n, k) and `criterion` (n,), standard normal in the population."""

    item_scores: FloatArray
    criterion: FloatArray


def simulate_items(n: int, validities: ArrayLike, rng: np.random.Generator, inter_item_r: float = INTER_ITEM_R) -> SimulatedItems:
    """Standardised item scores and a criterion, jointly normal.

    Parameters
    ----------
    n : people.
    validities : (k,) correlation of each item with the criterion in the population.
    inter_item_r : correlation of any two items.

    Raises
    ------
    ValueError
        The validities are impossible for such items (they would explain more than all of the criterion).
    """
    n = count("n", n, at_least=1)
    v = vector("validities", validities, complete=True)
    r = item_correlations(v.size, inter_item_r)
    beta = np.linalg.solve(r, v)
    unexplained = 1.0 - float(v @ beta)
    if unexplained < 0:
        raise ValueError("validities must be possible: together they would explain more than all of the criterion")
    items = rng.standard_normal((n, v.size)) @ np.linalg.cholesky(r).T
    return SimulatedItems(items, items @ beta + np.sqrt(unexplained) * rng.standard_normal(n))

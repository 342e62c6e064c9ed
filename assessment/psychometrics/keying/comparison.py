"""What a different key would change: rank order, and who passes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, matrix, share


@dataclass(frozen=True)
class KeyComparison:
    """The same people scored by m keys.

    Attributes
    ----------
    rank_correlations : (m, m) Spearman correlations; NaN with a key that gives everybody one score.
    changes : (m, m) people who pass by one key and not by the other.
    n_passed : (m,) people who pass by each key; more than asked for where scores tie at the cut.
    n : people scored by every key.
    """

    rank_correlations: FloatArray
    changes: IntArray
    n_passed: IntArray
    n: int


def compare_keys(scores: ArrayLike, selection_ratio: float) -> KeyComparison:
    """Convergence of keys: rank-order correlations, and pass or fail changes when the top `selection_ratio` passes.

    Keys of one test can order people quite differently (Bergman et al., 2006), so that a high correlation is no reason to
    leave out the count of decisions that change.

    Parameters
    ----------
    scores : (n, m) one column a key; people with NaN by any key are left out.
    selection_ratio : share of the people who pass, strictly between 0 and 1. Everybody at the score of the last to pass does.

    Raises
    ------
    ValueError
        Fewer than two keys, or fewer than three people scored by all of them.
    """
    given = matrix("scores", scores)
    if given.shape[1] < 2:
        raise ValueError(f"scores must have at least two columns, one a key; they have {given.shape[1]}")
    complete = given[~np.isnan(given).any(axis=1)]
    n = complete.shape[0]
    if n < 3:
        raise ValueError(f"scores must hold at least 3 people scored by every key; they hold {n}")
    n_asked = max(1, round(share("selection_ratio", selection_ratio) * n))
    passed = (complete >= np.sort(complete, axis=0)[n - n_asked]).astype(np.float64)
    both = passed.T @ passed
    n_passed = np.diag(both)
    changes = n_passed[:, None] + n_passed[None, :] - 2.0 * both
    return KeyComparison(_rank_correlations(complete), changes.astype(np.int64), n_passed.astype(np.int64), n)


def _rank_correlations(scores: FloatArray) -> FloatArray:
    ranks = np.empty_like(scores)
    for key, column in enumerate(scores.T):
        _, place, times = np.unique(column, return_inverse=True, return_counts=True)
        ranks[:, key] = (np.cumsum(times) - (times - 1) / 2.0)[place]
    apart = ranks - ranks.mean(axis=0)
    size = np.sqrt((apart**2).sum(axis=0))
    scale = np.outer(size, size)
    correlations = np.divide(apart.T @ apart, scale, out=np.full(scale.shape, np.nan), where=scale > 0)
    return np.asarray(np.clip(correlations, -1.0, 1.0))

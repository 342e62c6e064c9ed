"""How often pairs of categories go together at each node: the loop over people behind the observed information, compiled."""

from __future__ import annotations

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.compiled import Integers, kernel


@kernel
def pair_counts(
    codes: Integers, group: Integers, rows: Integers, weights: FloatArray, table: FloatArray, first_category: Integers,
    left_first: int, left_last: int, right_first: int, right_last: int, counts: FloatArray, first: int, last: int,
) -> None:  # fmt: skip
    """Add each person's posterior to the pairs of categories that they chose: `counts` (left, right, q).

    Left and right are categories of two runs of units, items and behind them the group. Where the runs are the same one, each
    pair counts once, the earlier unit on the left. first_category : (units,).
    """
    n_clusters, n_nodes, n_items = rows.shape[1], table.shape[1], codes.shape[1]
    left_from, right_from = first_category[left_first], first_category[right_first]
    posterior = np.empty(n_nodes)
    for i in range(first, last):
        for q in range(n_nodes):
            posterior[q] = table[rows[i, 0], q]
        for c in range(1, n_clusters):
            r = rows[i, c]
            for q in range(n_nodes):
                posterior[q] *= table[r, q]
        total, largest = 0.0, 0.0
        for q in range(n_nodes):
            total += posterior[q]
            largest = max(largest, posterior[q])
        share = weights[i] / total
        # Most nodes are so far from what a person answered that they would change no digit.
        low, high = 0, n_nodes
        while posterior[low] < 1e-18 * largest:
            low += 1
        while posterior[high - 1] < 1e-18 * largest:
            high -= 1
        for q in range(low, high):
            posterior[q] *= share
        for u in range(left_first, left_last):
            category = codes[i, u] if u < n_items else group[i]
            if category < 0:
                continue
            left = first_category[u] + category - left_from
            for w in range(max(right_first, u + 1), right_last):
                category = codes[i, w] if w < n_items else group[i]
                if category >= 0:
                    right = first_category[w] + category - right_from
                    for q in range(low, high):
                        counts[left, right, q] += posterior[q]

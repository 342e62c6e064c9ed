"""The shadow ranking: who would cross the line if another key scored them. Nobody is told, and nothing is decided by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.validity import validity_coefficient

MOST_SHOWN = 50


def shadow_ranking(old: FloatArray, new: FloatArray, references: Sequence[str], n_hired: int) -> dict[str, Any]:
    """Ranks of the same people under two keys, best first, and those on different sides of the line.

    The line stands where as many are above it as were hired; where everybody or nearly nobody was, at the upper half.
    People without a composite under either key are left out. Ties are broken by the order of the people, under both keys
    alike.
    """
    both = ~(np.isnan(old) | np.isnan(new))
    names = [name for name, here in zip(references, both, strict=True) if here]
    before, after = old[both], new[both]
    n = len(names)
    if n < 4 or np.ptp(before) == 0 or np.ptp(after) == 0:
        return {"n": n, "line": n // 2, "rank_correlation": 1.0, "n_crossing": 0, "crossing": []}
    line = n_hired if 0.05 * n <= n_hired <= 0.95 * n else n // 2
    rank_before, rank_after = _ranks(before), _ranks(after)
    crossing = [i for i in range(n) if (rank_before[i] <= line) != (rank_after[i] <= line)]
    crossing.sort(key=lambda i: (-abs(int(rank_after[i]) - int(rank_before[i])), int(rank_before[i])))
    return {
        "n": n,
        "line": line,
        "rank_correlation": validity_coefficient(before, after, "spearman").estimate,
        "n_crossing": len(crossing),
        "crossing": [
            {
                "candidate": names[i],
                "old": int(rank_before[i]),
                "new": int(rank_after[i]),
                "line": "enters" if rank_after[i] <= line else "leaves",
            }
            for i in crossing[:MOST_SHOWN]
        ],
    }


def _ranks(values: FloatArray) -> np.ndarray:
    """1 for the highest value."""
    ranks = np.empty(values.size, dtype=np.int64)
    ranks[np.argsort(-values, kind="stable")] = np.arange(1, values.size + 1)
    return ranks

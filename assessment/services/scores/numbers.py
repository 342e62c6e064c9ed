"""What plain numbers add to the composite of a linear key: wherever they come from, by one arithmetic."""

from __future__ import annotations

import numpy as np

from assessment.keys import NumberKey
from assessment.psychometrics.arrays import FloatArray


def number_contributions(values: FloatArray, entry: NumberKey) -> FloatArray:
    """What each of these numbers adds to the composite of a linear key: (n,), NaN for NaN."""
    within = np.clip(values, entry.low, entry.high)
    straight = entry.weight * (within - entry.mean) / entry.sd
    bend = np.zeros(values.size)
    for code, points in entry.points.items():
        bend[within == float(code)] = points
    return np.asarray(straight + bend)

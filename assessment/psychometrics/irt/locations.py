"""One slope and one location for each item, whatever its model."""

from __future__ import annotations

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.irt import curves
from assessment.psychometrics.irt.curves import Model


def item_slopes(model: Model, slopes: FloatArray) -> FloatArray:
    """How steep each item is: its slope, for nrm the length √Σ a_v² of its slopes, (k,)."""
    return np.sqrt(np.nansum(slopes**2, axis=1)) if model == "nrm" else slopes


def item_locations(model: Model, slopes: FloatArray, intercepts: FloatArray) -> FloatArray:
    """Where on θ each item lies: the mean of its difficulties, (k,); NaN for an item whose slope is 0.

    The crossings of a nominal item's categories can run off to infinity. Its location is −Σ a_v c_v / Σ a_v² instead (slopes
    and intercepts centred), which moves and stretches with θ as a difficulty does and is −d / a where there are two categories.
    """
    if model == "nrm":
        square = np.nansum(slopes**2, axis=1)
        together = np.nansum(slopes * intercepts, axis=1)
        return np.asarray(np.divide(-together, square, out=np.full(square.shape, np.nan), where=square > 0))
    b = curves.difficulties(model, slopes, intercepts).reshape(slopes.size, -1)
    known = ~np.isnan(b)
    return np.asarray(
        np.divide(np.where(known, b, 0.0).sum(axis=1), known.sum(axis=1), out=np.full(len(b), np.nan), where=known.any(axis=1))
    )

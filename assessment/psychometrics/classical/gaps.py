"""SERVQUAL gaps: what customers perceive less what they expect of an excellent firm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, between, matrix, numbers, vector


@dataclass(frozen=True)
class ServiceGap:
    """The gap of one dimension: `estimate`, mean of its `items` (k,); negative falls short of what is expected."""

    estimate: float
    items: FloatArray
    n_people: int

    def weighted(self, points: float) -> float:
        """The dimension's part in an overall gap, `points` out of the 100 that customers allot to the dimensions."""
        return self.estimate * between("points", points, 0.0, 100.0) / 100.0


def service_gap(perceptions: ArrayLike, expectations: ArrayLike) -> ServiceGap:
    """Perception less expectation, item by item (Parasuraman, Zeithaml & Berry, 1988).

    Negatively worded items are to be reversed first. The reliability of such differences is that of `difference_reliability`.

    Parameters
    ----------
    perceptions, expectations : (n, k) people by items of one dimension, or (k,) of one person, on the same scale. A person's
        item counts where both are known (not NaN).

    Raises `ValueError` for shapes that differ, or an item that nobody gave both of.
    """
    perceived = numbers("perceptions", perceptions)
    if perceived.ndim == 1:
        felt, wanted = (
            vector("perceptions", perceived)[None, :],
            vector("expectations", expectations, length=perceived.size)[None, :],
        )
    else:
        felt = matrix("perceptions", perceived)
        wanted = matrix("expectations", expectations, rows=felt.shape[0], columns=felt.shape[1])
    gaps = felt - wanted
    known = ~np.isnan(gaps)
    if not known.size or not known.any(axis=0).all():
        raise ValueError("perceptions and expectations must both be known for every item from at least one person")
    items = np.nanmean(gaps, axis=0)
    return ServiceGap(float(items.mean()), items, int(known.any(axis=1).sum()))

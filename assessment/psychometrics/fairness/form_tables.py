"""Every item of a form against a total score: all tables of a round of screening, from one count of people an item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray
from assessment.psychometrics.fairness.matching import Sides

WIDEST_ITEM = 50
"""Points between the lowest and the highest score of an item, at most."""


@dataclass(frozen=True)
class FormTables:
    """Item scores of the two groups in small integers, and the tables that matching on any set of anchors leads to.

    Attributes
    ----------
    steps : (n_items, n) item scores above the item's lowest one. side : (n,) 0 for the reference group, 1 for the focal.
    lowest : (n_items,) lowest score. n_categories : largest step of any item + 1.
    counts : (n_items, 2, n_categories) people by group and step.
    """

    steps: NDArray[np.int8]
    side: NDArray[np.int8]
    lowest: FloatArray
    n_categories: int
    counts: FloatArray
    sides: Sides

    @classmethod
    def of(cls, scores: FloatArray, side: NDArray[np.int8], sides: Sides) -> FormTables:
        """From complete `scores` (n, n_items) and `side` (n,). Raises `ValueError` for scores that cannot be tabulated."""
        if (scores != np.floor(scores)).any():
            raise ValueError("responses must be whole numbers, or NaN for not answered")
        lowest, width = scores.min(axis=0), np.ptp(scores, axis=0)
        if (width == 0).any():
            raise ValueError(f"responses must vary in every column; column {int(np.argmin(width))} does not")
        if (width > WIDEST_ITEM).any():
            raise ValueError(
                f"responses must lie within {WIDEST_ITEM} points of each other; column {int(np.argmax(width))} does not"
            )
        steps = np.ascontiguousarray((scores - lowest).astype(np.int8).T)
        n_categories = int(width.max()) + 1
        by_group = side.astype(np.intp) * n_categories
        counts = np.stack([np.bincount(by_group + row, minlength=2 * n_categories) for row in steps])
        return cls(steps, side, lowest, n_categories, counts.reshape(-1, 2, n_categories).astype(np.float64), sides)

    @property
    def n_items(self) -> int:
        return len(self.steps)

    @property
    def observed(self) -> BoolArray:
        """(n_items, n_categories): somebody has the score."""
        return np.asarray(self.counts.sum(axis=1) > 0)

    @property
    def values(self) -> FloatArray:
        """(n_items, n_categories) item scores."""
        return np.asarray(self.lowest[:, None] + np.arange(self.n_categories))

    def tables(self, anchors: BoolArray) -> tuple[FloatArray, FloatArray]:
        """(n_items, n_strata, 2, n_categories) twice: by the anchors' total with the studied item in it, and without it.

        Strata are points above the lowest possible total. An anchor is in the total already, another item is not: its
        table by the one total is the other's, sheared by the item's own score.
        """
        total = self.steps[anchors].sum(axis=0, dtype=np.intp)
        n_strata, n_categories = int(total.max()) + self.n_categories, self.n_categories
        cell = (total * 2 + self.side) * n_categories
        size = n_strata * 2 * n_categories
        flat = np.empty((self.n_items, size))
        for row, steps in zip(flat, self.steps, strict=True):
            row[:] = np.bincount(cell + steps, minlength=size)
        counts = flat.reshape(self.n_items, n_strata, 2, n_categories)
        including, without = counts.copy(), counts.copy()
        for step in range(1, n_categories):
            without[anchors, :, :, step] = 0.0
            without[anchors, : n_strata - step, :, step] = counts[anchors, step:, :, step]
            including[~anchors, :, :, step] = 0.0
            including[~anchors, step:, :, step] = counts[~anchors, : n_strata - step, :, step]
        return including, without

    def matching(self, anchors: BoolArray, n_strata: int) -> tuple[FloatArray, FloatArray, IntArray]:
        """Of the anchors without the studied item: their totals (n_items, n_strata), their summed variances (n_items, 2) by
        group, and how many they are (n_items,)."""
        own = np.where(anchors, self.lowest, 0.0)
        totals = (own.sum() - own)[:, None] + np.arange(n_strata)
        steps = np.arange(self.n_categories)
        people = self.counts.sum(axis=2)
        variance = self.counts @ steps**2 / people - (self.counts @ steps / people) ** 2
        of_anchors = variance * anchors[:, None]
        return totals, of_anchors.sum(axis=0) - of_anchors, anchors.sum() - anchors.astype(np.int64)


def without_empty_categories(counts: FloatArray, n_categories: int) -> FloatArray:
    """`counts` (m, n_strata, 2, C) of items that each use `n_categories` of C categories: (m, n_strata, 2, n_categories)."""
    if n_categories == counts.shape[-1]:
        return counts
    held = counts.sum(axis=(1, 2)) > 0
    columns = np.argsort(~held, axis=1, kind="stable")[:, :n_categories]
    return np.take_along_axis(counts, columns[:, None, None, :], axis=3)

"""People of two groups matched on a score: the tables that every DIF statistic is computed from.

Nothing after this module sees people: cost grows with the number of matching scores, not of people.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, vector
from assessment.psychometrics.fairness.groups import FOCAL, NEITHER, REFERENCE, Labels, two_groups

MOST_CATEGORIES = 100
"""Distinct item scores that a table holds; a score with more of them is continuous."""


class Sides(NamedTuple):
    """Who was compared: group labels (`focal` None is everybody else) and the number of people in each."""

    reference: Hashable
    focal: Hashable | None
    n_reference: int
    n_focal: int


@dataclass(frozen=True)
class Matched:
    """`counts` (n_strata, 2, n_categories) of people by matching score, group (reference, focal) and item score.

    `strata` (n_strata,) and `values` (n_categories,) are the scores themselves, ascending.
    """

    counts: FloatArray
    strata: FloatArray
    values: FloatArray
    sides: Sides


def match(item: ArrayLike, group: Labels, matching: ArrayLike, reference: Hashable, focal: Hashable | None) -> Matched:
    """Table of the people who have an item score, a matching score and one of the two groups.

    Raises `ValueError` when one of the groups has no such people, when the item does not vary among them or has more than
    `MOST_CATEGORIES` distinct scores.
    """
    score = vector("item", item)
    level = vector("matching", matching, length=score.size)
    code = two_groups(group, score.size, reference, focal)
    used = ~(np.isnan(score) | np.isnan(level)) & (code != NEITHER)
    score, level, code = score[used], level[used], code[used]
    sides = count_sides(code == REFERENCE, code == FOCAL, reference, focal)
    values, category = np.unique(score, return_inverse=True)
    strata, stratum = np.unique(level, return_inverse=True)
    if values.size < 2:
        raise ValueError(f"item must vary; everybody scores {values[0]:g}")
    if values.size > MOST_CATEGORIES:
        raise ValueError(f"item must have at most {MOST_CATEGORIES} distinct scores; it has {values.size}")
    cell = (stratum * 2 + code) * values.size + category
    counts = np.bincount(cell, minlength=strata.size * 2 * values.size).reshape(strata.size, 2, values.size)
    return Matched(counts.astype(np.float64), strata, values, sides)


def count_sides(
    in_reference: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    in_focal: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    reference: Hashable,
    focal: Hashable | None,
) -> Sides:
    """Numbers of people in each group; refuses an empty one."""
    sides = Sides(reference, focal, int(in_reference.sum()), int(in_focal.sum()))
    for name, n in (("reference", sides.n_reference), ("focal", sides.n_focal)):
        if n == 0:
            raise ValueError(f"{name} must hold at least one person with an item score and a matching score")
    return sides


def overlapping(counts: FloatArray) -> FloatArray:
    """`counts` (…, n_strata, 2, n_categories) with the strata that hold one group alone emptied."""
    both = (counts.sum(axis=-1) > 0).all(axis=-1)
    return np.asarray(counts * both[..., None, None])


def ratio(top: FloatArray, bottom: FloatArray, otherwise: float = np.nan) -> FloatArray:
    """`top` / `bottom`, and `otherwise` where `bottom` is 0."""
    top, bottom = np.broadcast_arrays(top, bottom)
    out = np.full(top.shape, otherwise)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out


def chi_square_p(chi_square: ArrayLike, df: ArrayLike) -> FloatArray:
    """Probability of a chi-square at least this large; NaN stays NaN."""
    from scipy.special import chdtrc

    return np.asarray(chdtrc(np.asarray(df, dtype=np.float64), np.asarray(chi_square, dtype=np.float64)))

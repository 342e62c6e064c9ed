"""SIBTEST: differential functioning after a regression correction for the groups' difference in what is measured."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, matrix, vector
from assessment.psychometrics.fairness.groups import FOCAL, NEITHER, REFERENCE, Labels, two_groups
from assessment.psychometrics.fairness.matching import Sides, chi_square_p, match, ratio
from assessment.psychometrics.intervals import Interval, two_sided_z

SibtestClass = Literal["A", "B", "C"]

FEWEST_IN_CELL = 6
"""People that a matching score needs in each group to be compared."""


@dataclass(frozen=True)
class CrossingSibtest:
    """Non-uniform DIF: the sign of the difference may change once along the matching score.

    The crossing is found on the data it is tested on: without DIF the test rejects somewhat too often (6 to 8 % at .05).

    Attributes
    ----------
    beta : difference below the crossing minus difference above it, in absolute value; |beta| of the uniform test where they
        do not cross.
    chi_square, df, p_value : sum of the squared standardised differences on the two sides (Chalmers, 2018); 1 degree of freedom
        where all scores lie on one side.
    crossing : matching score at which the weighted least-squares line of the differences crosses 0 (Li & Stout, 1996); NaN
        where the line is level.
    sibtest_class : as for the uniform test.
    """

    beta: float
    chi_square: float
    df: int
    p_value: float
    crossing: float
    sibtest_class: SibtestClass


@dataclass(frozen=True)
class Sibtest:
    """Difference in item score at equal true scores.

    Attributes
    ----------
    beta, standard_error : reference minus focal, in points of the item; above 0 is harder for the focal group.
    chi_square, p_value : (beta / standard_error)², 1 degree of freedom.
    sibtest_class : from |beta| as a share of the item's range: "A" below .059 or if `p_value` is not below .05, "C" from .088,
        else "B" (Roussos & Stout, 1996, for items scored 0 or 1; on longer scales the same shares are this library's choice).
    crossing : the test for non-uniform DIF.
    reliability_reference, reliability_focal : alpha of the matching items in each group, on which the correction rests.
    reference, focal, n_reference, n_focal : the groups and everybody in them; `focal` None is everybody else.
    n, n_strata : people at the matching scores that were compared, and how many scores those are.
    """

    beta: float
    standard_error: float
    chi_square: float
    p_value: float
    sibtest_class: SibtestClass
    crossing: CrossingSibtest
    reliability_reference: float
    reliability_focal: float
    reference: Hashable
    focal: Hashable | None
    n_reference: int
    n_focal: int
    n: int
    n_strata: int

    @property
    def estimate(self) -> float:
        """`beta`, reference minus focal."""
        return self.beta

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Normal interval of `beta`."""
        half = two_sided_z(level) * self.standard_error
        return Interval(self.beta - half, self.beta + half)


def sibtest(
    item: ArrayLike, group: Labels, matching_items: ArrayLike, *, reference: Hashable, focal: Hashable | None = None
) -> Sibtest:
    """SIBTEST of one item, or of the sum of several (Shealy & Stout, 1993; Chang, Mazzeo & Roussos, 1996 for ordered scores).

    beta = Σ_k p_k (Y*_reference,k − Y*_focal,k) over matching scores k, p_k the share of people. Y* is the group's mean item score
    at k moved along its local slope to the true score (mean over groups) that k stands for, by Kelley's regression with the
    group's own alpha. Scores with fewer than 6 people in a group, without variation of the item in a group, or at the end
    of the matching scale are left out.

    Parameters
    ----------
    item : (n,) item scores, at most 100 distinct values; NaN for not answered.
    group, reference, focal : as for `mantel_haenszel`.
    matching_items : (n, k) scores of at least two items believed free of DIF, without the studied one. A person who left one
        out is left out.

    Returns
    -------
    Sibtest

    Raises
    ------
    ValueError
        Fewer than two matching items; alpha of the matching items not above 0 in a group; no matching score can be compared.
    """
    items = matrix("matching_items", matching_items)
    n, k = items.shape
    if k < 2:
        raise ValueError(f"matching_items must hold at least two items; it holds {k}")
    # Totals of scores that are not whole differ by rounding when summed in another order.
    table = match(item, group, np.round(items.sum(axis=1), 9), reference, focal)
    code = two_groups(group, n, reference, focal)
    code[np.isnan(vector("item", item)) | np.isnan(items).any(axis=1)] = NEITHER
    spread = np.array([items[code == side].var(axis=0).sum() for side in (REFERENCE, FOCAL)])
    found = sibtest_of_tables(table.counts[None], table.strata[None], table.values[None], spread[None], np.array([k]), table.sides)[
        0
    ]
    if not min(found.reliability_reference, found.reliability_focal) > 0:
        raise ValueError("matching_items must hang together: their alpha must be above 0 in each group")
    if found.n_strata == 0:
        raise ValueError(f"matching_items must give a score that {FEWEST_IN_CELL} people of each group share, inside the range")
    return found


def sibtest_of_tables(
    counts: FloatArray, strata: FloatArray, values: FloatArray, spread: FloatArray, n_matching: IntArray, sides: Sides
) -> list[Sibtest]:
    """One result for each item of `counts` (n_items, n_strata, 2, n_categories), tables by the score without that item.

    `strata` (n_items, n_strata) are those scores, `values` (n_items, n_categories) item scores, `spread` (n_items, 2) the
    summed variances (n in the denominator) of the `n_matching` (n_items,) matching items in each group. Where alpha is not
    above 0 or no score can be compared, figures are NaN.
    """
    held = counts.sum(axis=(1, 2))
    # Deviations from the item's mean: the same differences, without loss where scores are large and close.
    y = values - (held * values).sum(axis=1, keepdims=True) / held.sum(axis=1, keepdims=True)
    span = np.where(held > 0, y, -np.inf).max(axis=1) - np.where(held > 0, y, np.inf).min(axis=1)
    people = counts.sum(axis=-1)
    size = people.sum(axis=1)
    centre = (people * strata[..., None]).sum(axis=1) / size
    total_variance = (people * (strata[..., None] - centre[:, None]) ** 2).sum(axis=1) / size
    m = n_matching[:, None]
    alpha = m / (m - 1.0) * (1.0 - ratio(spread, total_variance))

    mean = ratio(np.einsum("ikgc,ic->ikg", counts, y), people)
    mean_square = ratio(np.einsum("ikgc,ic->ikg", counts, y * y), people)
    variance = (mean_square - mean**2) * ratio(people, people - 1.0)
    adjusted = _at_common_true_scores(mean, people > 0, strata, centre, alpha)
    # A variance that should be 0 comes out as the rounding of two squares.
    comparable = (people >= FEWEST_IN_CELL) & (variance > 1e-12 * mean_square) & ~np.isnan(adjusted)
    used: BoolArray = np.asarray(
        comparable.all(axis=2) & _inside((people > 0).any(axis=2)) & (alpha > 0).all(axis=1, keepdims=True)
    )
    shares = people.sum(axis=2) * used
    shares = ratio(shares, shares.sum(axis=1, keepdims=True), 0.0)
    difference = np.where(used, adjusted[..., 0] - adjusted[..., 1], 0.0)
    error = np.where(used, ratio(variance, people).sum(axis=2), 0.0)

    beta, beta_variance = (shares * difference).sum(axis=1), (shares**2 * error).sum(axis=1)
    chi_square = ratio(beta**2, beta_variance)
    p_value = chi_square_p(chi_square, 1)
    crossings = _crossings(strata, shares, difference, error, span)
    return [
        Sibtest(
            beta=float(beta[i]) if used[i].any() else np.nan,
            standard_error=float(np.sqrt(beta_variance[i])) if used[i].any() else np.nan,
            chi_square=float(chi_square[i]),
            p_value=float(p_value[i]),
            sibtest_class=sibtest_class(float(beta[i] / span[i]), float(p_value[i])),
            crossing=crossings[i],
            reliability_reference=float(alpha[i, 0]),
            reliability_focal=float(alpha[i, 1]),
            reference=sides.reference,
            focal=sides.focal,
            n_reference=int(size[i, 0]),
            n_focal=int(size[i, 1]),
            n=int((people[i].sum(axis=1) * used[i]).sum()),
            n_strata=int(used[i].sum()),
        )
        for i in range(len(counts))
    ]


def sibtest_class(share_of_range: float, p_value: float) -> SibtestClass:
    """Class of beta over the item's range: limits .059 and .088 (Roussos & Stout, 1996), "A" unless significant at .05."""
    if not p_value < 0.05 or abs(share_of_range) < 0.059:
        return "A"
    return "C" if abs(share_of_range) >= 0.088 else "B"


def _at_common_true_scores(
    mean: FloatArray, occupied: BoolArray, strata: FloatArray, centre: FloatArray, alpha: FloatArray
) -> FloatArray:
    """Mean item scores (n_items, n_strata, 2) moved along each group's local slope from its own true score to the mean of both;
    NaN without a neighbour on either side."""
    n_strata = occupied.shape[1]
    before, after = _neighbours(occupied)
    inside = (before >= 0) & (after < n_strata)
    before, after = np.maximum(before, 0), np.minimum(after, n_strata - 1)
    levels = np.broadcast_to(strata[..., None], mean.shape)
    # Kelley's regression of the true score on the observed one, within the group.
    true = centre[:, None] + alpha[:, None] * (levels - centre[:, None])
    rise = np.take_along_axis(mean, after, axis=1) - np.take_along_axis(mean, before, axis=1)
    run = alpha[:, None] * (np.take_along_axis(levels, after, axis=1) - np.take_along_axis(levels, before, axis=1))
    moved = ratio(rise, run) * (true.mean(axis=2, keepdims=True) - true)
    return np.where(inside, mean + moved, np.nan)


def _inside(occupied: BoolArray) -> BoolArray:
    """True between the lowest and the highest occupied stratum (n_items, n_strata), both excluded."""
    seen_below = np.maximum.accumulate(occupied, axis=1)
    seen_above = np.maximum.accumulate(occupied[:, ::-1], axis=1)[:, ::-1]
    inside = np.zeros_like(occupied)
    inside[:, 1:-1] = seen_below[:, :-2] & seen_above[:, 2:]
    return inside


def _neighbours(occupied: BoolArray) -> tuple[IntArray, IntArray]:
    """Place of the nearest occupied stratum below and above each, along axis 1; −1 and the number of strata for none."""
    n_strata = occupied.shape[1]
    place = np.arange(n_strata)[None, :, None]
    below = np.maximum.accumulate(np.where(occupied, place, -1), axis=1)
    above = np.minimum.accumulate(np.where(occupied, place, n_strata)[:, ::-1], axis=1)[:, ::-1]
    before, after = np.full_like(below, -1), np.full_like(above, n_strata)
    before[:, 1:], after[:, :-1] = below[:, :-1], above[:, 1:]
    return before, after


def _crossings(
    strata: FloatArray, shares: FloatArray, difference: FloatArray, error: FloatArray, span: FloatArray
) -> list[CrossingSibtest]:
    level = (shares * strata).sum(axis=1, keepdims=True)
    height = (shares * difference).sum(axis=1, keepdims=True)
    slope = ratio((shares * (strata - level) * (difference - height)).sum(axis=1), (shares * (strata - level) ** 2).sum(axis=1))
    crossing = level[:, 0] - ratio(height[:, 0], slope)
    below = strata < crossing[:, None]
    sides = [((shares * difference * side).sum(axis=1), (shares**2 * error * side).sum(axis=1)) for side in (below, ~below)]
    chi_square = sum((ratio(b * b, v, 0.0) for b, v in sides), np.zeros(len(shares)))
    df = sum(((v > 0).astype(np.float64) for _, v in sides), np.zeros(len(shares)))
    beta = np.abs(sides[0][0] - sides[1][0])
    chi_square[df == 0] = np.nan
    p_value = chi_square_p(chi_square, np.maximum(df, 1))
    return [
        CrossingSibtest(
            beta=float(beta[i]) if df[i] else np.nan,
            chi_square=float(chi_square[i]),
            df=int(df[i]),
            p_value=float(p_value[i]),
            crossing=float(crossing[i]),
            sibtest_class=sibtest_class(float(beta[i] / span[i]), float(p_value[i])),
        )
        for i in range(len(shares))
    ]

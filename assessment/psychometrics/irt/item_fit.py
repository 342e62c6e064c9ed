"""Fit of each item: S-X², observed against expected answers in groups of people with equal sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.distributions import chi_squared_tail
from assessment.psychometrics.irt.calibrated_items import CalibratedItems
from assessment.psychometrics.irt.parameters import SHARED_SLOPE
from assessment.psychometrics.irt.scores import categories_of
from assessment.psychometrics.irt.sum_scores import rest_score_likelihoods

Cells = tuple[FloatArray, FloatArray]
_FEWEST_CELLS = 2


@dataclass(frozen=True, eq=False)
class ItemFit:
    """S-X² of each item.

    Attributes
    ----------
    statistic, df, p_value : (k,), chi-squared with `df` degrees of freedom where the item fits; a small p is misfit. NaN, with
        a df of 0, for an item that has no more cells than parameters.
    rmsea : (k,) √(max(statistic − df, 0) / (df (n − 1))), misfit that does not grow with the number of people.
    n_people : complete cases that it was computed from.
    """

    statistic: FloatArray
    df: IntArray
    p_value: FloatArray
    rmsea: FloatArray
    n_people: int


def item_fit(calibration: CalibratedItems, responses: ArrayLike, smallest_expected: float = 1.0) -> ItemFit:
    """S-X² (Orlando & Thissen, 2000, 2003; more than two categories: Kang & Chen, 2008).

    People are grouped by their sum s; in each group the n_s people are expected to choose category v of item j in the share
    E_jsv = ∫ P_jv f₋ⱼ(s − v) φ / ∫ f(s) φ, where f is the likelihood of the sum and f₋ⱼ that of the other items' sum.
    S-X² = Σ n_s (O − E)² / E over groups and categories; its degrees of freedom are the cells less one a group, less the item's own
    parameters. A slope that all items share is no item's own.

    Sparse cells are joined, because chi-squared needs some people in each:

    1. Nobody is left to choose at sums 0 and highest; they are dropped. Sums at which some category is impossible join the
       nearest at which none is.
    2. Within a group the cell with the fewest expected joins its smaller neighbour, until each has `smallest_expected` or two
       are left.
    3. The first group that still has a smaller cell joins the neighbouring group of fewer people, cell by cell in order, and so on.

    Parameters
    ----------
    calibration : its parameters are taken as estimated from `responses`, but those of its fixed items.
    responses : (n, k) categories from 0, NaN for not answered. People who left an item out have no sum and are set aside.
    smallest_expected : people expected in a cell, above 0.

    Raises
    ------
    ValueError
        Nobody who answered every item; `smallest_expected` not above 0; responses that do not belong to the items.

    Notes
    -----
    For nrm labels are taken as scores: a sum that says little about θ makes a weak test, not a wrong one.
    """
    if not smallest_expected > 0:
        raise ValueError(f"smallest_expected must be above 0; it is {smallest_expected!r}")
    codes = categories_of(calibration, responses)
    answers = codes[(codes >= 0).all(axis=1)].astype(np.int64)
    n, k = answers.shape
    if n == 0:
        raise ValueError("responses must hold at least one person who answered every item")
    sizes = calibration.n_categories
    p = calibration.probabilities(calibration.nodes)
    sums, highest = answers.sum(axis=1), int((sizes - 1).sum())
    statistic, df = np.full(k, np.nan), np.zeros(k, dtype=np.int64)
    for j, others in enumerate(rest_score_likelihoods(p, sizes)):
        size = int(sizes[j])
        observed = np.bincount(sums * size + answers[:, j], minlength=(highest + 1) * size).reshape(-1, size).astype(np.float64)
        share = np.zeros(observed.shape)
        for v in range(size):
            share[v : v + others.shape[1], v] = (calibration.node_weights * p[:, j, v]) @ others
        share /= share.sum(axis=1, keepdims=True)
        cells = _joined(observed, share * observed.sum(axis=1, keepdims=True), smallest_expected)
        free = sum(expected.size - 1 for _, expected in cells) - _own_parameters(calibration, j)
        if free > 0:
            statistic[j] = sum(float(((seen - expected) ** 2 / expected).sum()) for seen, expected in cells)
            df[j] = free
    tested = df > 0
    misfit = np.divide(np.maximum(statistic - df, 0.0), df * (n - 1.0), out=np.full(k, np.nan), where=tested & (n > 1))
    p_value = np.where(tested, chi_squared_tail(statistic, np.maximum(df, 1)), np.nan)
    return ItemFit(statistic, df, p_value, np.sqrt(misfit), n)


def _own_parameters(calibration: CalibratedItems, j: int) -> int:
    size = int(calibration.n_categories[j])
    if j in calibration.fixed_items:
        return 0
    if calibration.model == "nrm":
        return 2 * (size - 1)
    return size - 1 if calibration.model in SHARED_SLOPE else size


def _joined(observed: FloatArray, expected: FloatArray, smallest: float) -> list[Cells]:
    """Cells of the groups by sum, joined until they are large enough; groups of nobody are left out."""
    highest, size = expected.shape[0] - 1, expected.shape[1]
    # Every category is possible at sums from size − 1 to this many below the highest.
    first, last = size - 1, highest - size + 1
    if first > last:
        return []
    parts = [range(s, s + 1) for s in range(first, last + 1)]
    parts[0] = range(1, parts[0].stop)
    parts[-1] = range(parts[-1].start, highest)
    summed = [(observed[part].sum(axis=0), expected[part].sum(axis=0)) for part in parts]
    groups = [_joined_categories(seen, few, smallest) for seen, few in summed if few.sum() > 0]
    start = 0
    while len(groups) > 1:
        sparse = next((g for g in range(start, len(groups)) if groups[g][1].min() < smallest), None)
        if sparse is None:
            break
        neighbours = [g for g in (sparse - 1, sparse + 1) if 0 <= g < len(groups)]
        other = min(neighbours, key=lambda g: float(groups[g][0].sum()))
        groups[other] = _added(groups[sparse], groups[other])
        del groups[sparse]
        # Groups before the neighbour are large enough and stay so.
        start = max(sparse - 1, 0)
    return groups


def _joined_categories(observed: FloatArray, expected: FloatArray, smallest: float) -> Cells:
    """Neighbouring categories of one group, joined from the one with the fewest expected on."""
    while expected.size > _FEWEST_CELLS and expected.min() < smallest:
        rarest = int(expected.argmin())
        neighbours = [c for c in (rarest - 1, rarest + 1) if 0 <= c < expected.size]
        other = min(neighbours, key=lambda c: float(expected[c]))
        for counts in (observed, expected):
            counts[other] += counts[rarest]
        observed, expected = np.delete(observed, rarest), np.delete(expected, rarest)
    return observed, expected


def _added(one: Cells, other: Cells) -> Cells:
    """Two groups as one, first cell to first cell; the longer keeps its further cells."""
    short, long = sorted((one, other), key=lambda cells: cells[1].size)
    observed, expected = long[0].copy(), long[1].copy()
    observed[: short[0].size] += short[0]
    expected[: short[1].size] += short[1]
    return observed, expected

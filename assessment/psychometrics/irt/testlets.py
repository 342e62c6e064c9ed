"""Storylines: steps that share a stimulus, treated as one item each.

Steps of one storyline depend on each other beyond θ, because they share a scene, and a misread scene spoils all of them.
Taken as separate items they make a form look more reliable than it is (Sireci, Thissen & Wainer, 1991; Wainer, Bradlow &
Wang, 2007). The treatment here is the composite score: the steps of a testlet are summed into one polytomous super-item and
calibrated as grm or gpcm, whose local independence then has to hold between testlets alone (Thissen, Steinberg & Mooney,
1989). What it gives up is the pattern within a testlet; what it needs is nothing but the sums.

    together = testlet_scores(responses, storyline_of_step)
    calibration = calibrate(together.scores, "grm")
    calibration.scores(together.recoded(new_responses))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assessment.psychometrics.arrays import FloatArray, IntArray, matrix, square
from assessment.psychometrics.classical import alpha, spearman_brown_factor

Labels = Sequence[object] | NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class TestletScores:
    """Super-items, one a testlet, in the order in which testlets first appear.

    `scores` (n, t) are categories from 0, NaN where a step of the testlet was not answered; a testlet of one item is that item.
    `testlets` are the labels, `items` the places of each testlet's steps. `sums` holds for each testlet the sum that each
    category stands for: sums that nobody reached have no category, since no parameter could be estimated for one.
    """

    scores: FloatArray
    testlets: tuple[object, ...]
    items: tuple[IntArray, ...] = field(repr=False)
    sums: tuple[FloatArray, ...] = field(repr=False)

    @property
    def n_categories(self) -> IntArray:
        return np.array([sums.size for sums in self.sums], dtype=np.int64)

    def recoded(self, responses: ArrayLike) -> FloatArray:
        """Super-items (n, t) of other people on the same steps, coded as these are.

        A sum that had no category takes the one of the nearest sum that had, of the lower one where two are as near.
        """
        given = _steps(responses, sum(places.size for places in self.items))
        return np.stack([_nearest(_sums(given, places), sums) for places, sums in zip(self.items, self.sums, strict=True)], axis=1)


def testlet_scores(responses: ArrayLike, testlet_of_item: Labels) -> TestletScores:
    """The steps of each testlet summed into one item.

    Parameters
    ----------
    responses : (n, k) categories from 0 (scored, the higher the better), NaN for not answered. Whoever left out a step of a
        testlet has no score on it: the sum of the other steps is not the sum of all.
    testlet_of_item : (k,) label of each item's testlet.

    Raises
    ------
    ValueError
        Responses that are not whole numbers from 0, or a testlet whose sum never varies.
    """
    names, items = places_of_testlets(testlet_of_item, matrix("responses", responses).shape[1])
    given = _steps(responses, len(testlet_of_item))
    columns, seen = [], []
    for name, places in zip(names, items, strict=True):
        total = _sums(given, places)
        reached = np.unique(total[~np.isnan(total)])
        if reached.size < 2:
            raise ValueError(f"responses must vary in the sum of every testlet; that of {name!r} does not")
        columns.append(_nearest(total, reached))
        seen.append(reached)
    return TestletScores(np.stack(columns, axis=1), names, items, tuple(seen))


@dataclass(frozen=True, eq=False)
class TestletEffect:
    """How much more the steps of one testlet share than θ explains, and what independence would claim for it.

    `within` and `between` are mean Q3 of pairs in one testlet and of pairs in two; `within_testlets` (t,) that of each, NaN for
    a testlet of one item. Under local independence both are near −1 / (k − 1). `reliability_as_items` is coefficient alpha of
    the steps; `reliability_as_testlets` that of the testlets' sums, by Raju's (1977) coefficient, which is alpha where testlets
    are equally long and does not punish unequal ones. `n_people` answered everything; the reliabilities rest on them.
    """

    within: float
    between: float
    within_testlets: FloatArray
    testlets: tuple[object, ...]
    reliability_as_items: float
    reliability_as_testlets: float
    n_people: int

    @property
    def estimate(self) -> float:
        """Mean Q3 within testlets over that between them; above .2 steps clearly depend on each other (Chen & Thissen, 1997)."""
        return self.within - self.between

    @property
    def overstatement(self) -> float:
        """How many times as long the form would have to be to be as reliable as independent steps would make it.

        By Spearman and Brown; 1 where nothing is overstated. NaN unless both reliabilities lie strictly between 0 and 1.
        """
        both = (self.reliability_as_testlets, self.reliability_as_items)
        if not all(0.0 < reliability < 1.0 for reliability in both):
            return float("nan")
        return float(spearman_brown_factor(*both))


def testlet_effect(responses: ArrayLike, testlet_of_item: Labels, q3: ArrayLike) -> TestletEffect:
    """Local dependence within testlets against that between them, and reliability with and without it.

    Parameters
    ----------
    responses : (n, k) as in `testlet_scores`.
    testlet_of_item : (k,) labels; at least two testlets, at least one of them with two items.
    q3 : (k, k) correlations of the residuals from a calibration of the single items (Yen, 1984).

    Raises
    ------
    ValueError
        Too few testlets, a q3 of another size, or a sum that does not vary among people who answered everything.
    """
    given = _steps(responses, len(testlet_of_item))
    k = given.shape[1]
    residual = square("q3", q3, size=k)
    names, items = places_of_testlets(testlet_of_item, k)
    member = np.zeros((len(items), k))
    for testlet, places in enumerate(items):
        member[testlet, places] = 1.0
    together = np.triu(member.T @ member, 1) > 0
    apart = np.triu(member.T @ member == 0, 1)
    if not together.any() or not apart.any():
        raise ValueError("testlet_of_item must name at least two testlets, at least one of them with two items")
    own = [residual[np.ix_(places, places)][np.triu_indices(places.size, 1)] for places in items]
    complete = given[~np.isnan(given).any(axis=1)]
    if len(complete) < 2 or np.ptp(complete.sum(axis=1)) == 0:
        raise ValueError("responses must have a sum that varies among people who answered everything")
    return TestletEffect(
        within=float(residual[together].mean()),
        between=float(residual[apart].mean()),
        within_testlets=np.array([pairs.mean() if pairs.size else np.nan for pairs in own]),
        testlets=names,
        reliability_as_items=alpha(complete, missing="listwise").estimate,
        reliability_as_testlets=_raju(complete @ member.T, member.sum(axis=1) / k),
        n_people=len(complete),
    )


def _raju(sums: FloatArray, lengths: FloatArray) -> float:
    """(var X − Σ var X_j) / ((1 − Σ λ_j²) var X), λ_j a part's share of the items (Raju, 1977)."""
    total = float(sums.sum(axis=1).var())
    return float((total - sums.var(axis=0).sum()) / ((1.0 - (lengths**2).sum()) * total))


def places_of_testlets(testlet_of_item: Labels, k: int) -> tuple[tuple[object, ...], tuple[IntArray, ...]]:
    """Labels in the order in which they first appear, and the places of each one's items."""
    if len(testlet_of_item) != k:
        raise ValueError(f"testlet_of_item must hold {k} labels, one an item; it holds {len(testlet_of_item)}")
    places: dict[object, list[int]] = {}
    for place, name in enumerate(testlet_of_item):
        places.setdefault(name, []).append(place)
    return tuple(places), tuple(np.array(own, dtype=np.int64) for own in places.values())


def _steps(responses: ArrayLike, k: int) -> FloatArray:
    given = matrix("responses", responses, columns=k)
    known = given[~np.isnan(given)]
    if (known < 0).any() or (known != np.floor(known)).any():
        raise ValueError("responses must be whole numbers from 0, or NaN for not answered")
    return given


def _sums(given: FloatArray, places: IntArray) -> FloatArray:
    return np.asarray(given[:, places].sum(axis=1))


def _nearest(total: FloatArray, reached: FloatArray) -> FloatArray:
    """Place of the reached sum nearest to each total, the lower of two: (n,), NaN where there is no total."""
    between = (reached[1:] + reached[:-1]) / 2.0
    return np.where(np.isnan(total), np.nan, np.searchsorted(between, total, side="left"))

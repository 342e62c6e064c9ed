"""DIF of every item of a form at once: three methods side by side, a purified matching score, flags for people to review.

Nothing here removes an item: a flag asks for a reader who knows what the item says.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, count, matrix
from assessment.psychometrics.fairness.dichotomous import MantelHaenszel, mantel_haenszel_of_tables
from assessment.psychometrics.fairness.form_tables import FormTables, without_empty_categories
from assessment.psychometrics.fairness.groups import FOCAL, NEITHER, REFERENCE, Labels, two_groups
from assessment.psychometrics.fairness.matching import count_sides
from assessment.psychometrics.fairness.polytomous import Mantel, mantel_of_tables
from assessment.psychometrics.fairness.regression import RegressionDif, regression_of_tables
from assessment.psychometrics.fairness.simultaneous import Sibtest, sibtest_of_tables

Method = Literal["mantel_haenszel", "regression", "sibtest"]
Standing = Literal["operational", "exploratory", "counts only"]
Ending = Literal["stable", "cycle", "round limit", "too few anchors", "not asked", "not run"]

OPERATIONAL_FOCAL, OPERATIONAL_TOTAL, EXPLORATORY_GROUP = 200, 500, 100
"""People before acting on a flag (the smaller group, both together), and in each group before figures are shown at all."""

FEWEST_ANCHORS = 3


@dataclass(frozen=True)
class ItemDif:
    """One item by three methods, matched on the final anchors.

    Attributes
    ----------
    item : column of the item.
    mantel_haenszel : for an item with two scores; else None, and `mantel` is given.
    mantel : for an item with more scores; else None.
    regression : logistic with two scores, proportional odds with more.
    sibtest : matched on the anchors without the item; figures are NaN where it could not be computed.
    flagged_by : methods that call the item more than negligible, size and significance together: ETS "B" or "C" ("BB", "CC");
        Jodoin–Gierl "B" or "C" for uniform and non-uniform DIF together; SIBTEST "B" or "C", crossing or not.
    anchor : the item is part of the matching score of the others.
    """

    item: int
    mantel_haenszel: MantelHaenszel | None
    mantel: Mantel | None
    regression: RegressionDif
    sibtest: Sibtest
    flagged_by: tuple[Method, ...]
    anchor: bool

    @property
    def flagged(self) -> bool:
        return bool(self.flagged_by)


@dataclass(frozen=True)
class Purification:
    """How the matching score was cleared of flagged items.

    Attributes
    ----------
    ended : "stable", the flags no longer changed; "cycle", they began to repeat, and every item flagged along the cycle was
        left out; "round limit"; "too few anchors", a further step would have left fewer than 3, the step before it stands;
        "not asked"; "not run" for too few people.
    rounds : passes over all items.
    anchors : columns that make up the final matching score.
    """

    ended: Ending
    rounds: int
    anchors: tuple[int, ...]

    @property
    def converged(self) -> bool:
        """The flags shown are those that the matching score was cleared of."""
        return self.ended == "stable"


@dataclass(frozen=True)
class DifAnalysis:
    """DIF of all items between two groups.

    Attributes
    ----------
    items : one result a column; empty where `standing` is "counts only".
    standing : "operational" with at least 200 people in the smaller group and 500 together; "exploratory" with 100 in each:
        do not act on it; else "counts only".
    purification : how the matching score came about.
    reference, focal, n_reference, n_focal : the groups and people analysed; `focal` None is everybody else.
    n_incomplete : people of the two groups left out because they did not answer every item.
    """

    items: tuple[ItemDif, ...]
    standing: Standing
    purification: Purification
    reference: Hashable
    focal: Hashable | None
    n_reference: int
    n_focal: int
    n_incomplete: int

    @property
    def n(self) -> int:
        return self.n_reference + self.n_focal

    @property
    def flagged(self) -> tuple[int, ...]:
        """Columns of the items that any method flags, for people to review."""
        return tuple(found.item for found in self.items if found.flagged)


def dif_analysis(
    responses: ArrayLike,
    group: Labels,
    *,
    reference: Hashable,
    focal: Hashable | None = None,
    purify: bool = True,
    max_rounds: int = 10,
) -> DifAnalysis:
    """Screen all items for DIF between two groups.

    People are matched on the total score of the anchors, for Mantel–Haenszel (or Mantel) and regression with the studied item
    in it, for SIBTEST without it. All items are anchors at first. Items that any method flags leave the matching score of
    the others, and all items are looked at again, until the flags settle, repeat, or `max_rounds` is reached.

    Parameters
    ----------
    responses : (n, k) item scores in whole numbers, at least 3 items, lowest and highest at most 50 apart; NaN for not answered.
        Only people who answered every item are matched on a total. For incomplete designs use the functions for one item
        with a matching score of your own.
    group, reference, focal : as for `mantel_haenszel`.
    purify : clear the matching score; False matches on all items.
    max_rounds : passes over all items, at least 1.

    Returns
    -------
    DifAnalysis

    Raises
    ------
    ValueError
        Scores that are not whole or too wide, an item that does not vary, fewer than 3 items, an empty group, or groups
        that share no total score.
    """
    count("max_rounds", max_rounds, at_least=1)
    given = matrix("responses", responses)
    n, k = given.shape
    if k < FEWEST_ANCHORS:
        raise ValueError(f"responses must hold at least {FEWEST_ANCHORS} items; it holds {k}")
    code = two_groups(group, n, reference, focal)
    complete = ~np.isnan(given).any(axis=1)
    n_incomplete = int(((code != NEITHER) & ~complete).sum())
    code[~complete] = NEITHER
    sides = count_sides(code == REFERENCE, code == FOCAL, reference, focal)
    smaller, everybody = min(sides.n_reference, sides.n_focal), sides.n_reference + sides.n_focal
    standing: Standing = "exploratory"
    if smaller < EXPLORATORY_GROUP:
        standing = "counts only"
    elif smaller >= OPERATIONAL_FOCAL and everybody >= OPERATIONAL_TOTAL:
        standing = "operational"
    if standing == "counts only":
        items: tuple[ItemDif, ...] = ()
        purification = Purification("not run", 0, tuple(range(k)))
    else:
        form = FormTables.of(given[code != NEITHER], code[code != NEITHER], sides)
        items, purification = _purified(form, max_rounds if purify else 1)
        if not purify:
            purification = Purification("not asked", 1, purification.anchors)
    return DifAnalysis(items, standing, purification, reference, focal, sides.n_reference, sides.n_focal, n_incomplete)


def _purified(form: FormTables, max_rounds: int) -> tuple[tuple[ItemDif, ...], Purification]:
    anchors = np.ones(form.n_items, dtype=np.bool_)
    history = [anchors]
    for rounds in range(1, max_rounds + 1):
        items = screen(form, anchors)
        clear = np.array([not found.flagged for found in items])
        if np.array_equal(clear, anchors):
            return items, _ended("stable", rounds, anchors)
        if clear.sum() < FEWEST_ANCHORS:
            return items, _ended("too few anchors", rounds, anchors)
        before = [place for place, seen in enumerate(history) if np.array_equal(seen, clear)]
        if before:
            never_flagged = np.logical_and.reduce(history[before[0] :])
            if never_flagged.sum() < FEWEST_ANCHORS:
                return items, _ended("too few anchors", rounds, anchors)
            return screen(form, never_flagged), _ended("cycle", rounds + 1, never_flagged)
        if rounds < max_rounds:
            anchors = clear
            history.append(anchors)
    return items, _ended("round limit", max_rounds, anchors)


def _ended(ending: Ending, rounds: int, anchors: BoolArray) -> Purification:
    return Purification(ending, rounds, tuple(int(column) for column in np.flatnonzero(anchors)))


def screen(form: FormTables, anchors: BoolArray) -> tuple[ItemDif, ...]:
    """One pass: every item by every method, matched on `anchors` (n_items,)."""
    total, rest = form.tables(anchors)
    n_strata = total.shape[1]
    n_scores = form.observed.sum(axis=1)
    haenszel: dict[int, MantelHaenszel] = {}
    mantels: dict[int, Mantel] = {}
    regressions: dict[int, RegressionDif] = {}
    for n_categories in np.unique(n_scores).tolist():
        columns = np.flatnonzero(n_scores == n_categories).tolist()
        counts = without_empty_categories(total[columns], n_categories)
        if n_categories == 2:
            haenszel.update(zip(columns, mantel_haenszel_of_tables(counts, form.sides), strict=True))
        else:
            mantels.update(zip(columns, mantel_of_tables(total[columns], form.values[columns], form.sides), strict=True))
        regressions.update(zip(columns, regression_of_tables(counts, np.arange(float(n_strata)), form.sides), strict=True))
    totals, spread, n_matching = form.matching(anchors, n_strata)
    sibtests = sibtest_of_tables(rest, totals, form.values, spread, n_matching, form.sides)
    found = []
    for j in range(form.n_items):
        item = ItemDif(j, haenszel.get(j), mantels.get(j), regressions[j], sibtests[j], (), bool(anchors[j]))
        found.append(replace(item, flagged_by=_flags(item)))
    return tuple(found)


def _flags(item: ItemDif) -> tuple[Method, ...]:
    raised: list[Method] = []
    if (item.mantel_haenszel is not None and item.mantel_haenszel.ets_class != "A") or (
        item.mantel is not None and item.mantel.ets_class != "AA"
    ):
        raised.append("mantel_haenszel")
    if item.regression.both.jodoin_gierl != "A":
        raised.append("regression")
    if item.sibtest.sibtest_class != "A" or item.sibtest.crossing.sibtest_class != "A":
        raised.append("sibtest")
    return tuple(raised)

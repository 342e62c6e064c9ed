"""The next item of an adaptive sitting, when to stop, and the record from which both can be replayed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from assessment.psychometrics.adaptive.information import InformationTable
from assessment.psychometrics.adaptive.rules import AdaptiveRules, ContentBalance
from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, number
from assessment.psychometrics.irt.calibration import Calibration

StopReason = Literal["standard_error", "max_items", "least_information", "empty_pool"]


class Selection(NamedTuple):
    """One step of the log: what was known, and what followed from it.

    `answered` in the order given and `set_aside` are what the step began with; `theta` is the estimate it used. `item` was
    given, its `information` at θ; `passed_over` are the items that exposure control withheld now, to be set aside from here
    on. `area` and `stratum` are None where no rule asked for one.
    """

    item: int
    theta: float
    information: float
    answered: tuple[int, ...]
    set_aside: tuple[int, ...]
    passed_over: tuple[int, ...]
    area: int | None
    stratum: int | None

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Selection:
        """The step from its `_asdict()`, by way of JSON or not."""
        tuples = {name: tuple(document[name]) for name in ("answered", "set_aside", "passed_over")}
        return cls(**{**document, **tuples})


def next_item(
    pool: InformationTable | Calibration,
    theta: float,
    answered: Sequence[int],
    rules: AdaptiveRules,
    rng: np.random.Generator | None = None,
    *,
    set_aside: Iterable[int] = (),
) -> Selection:
    """The item to give next.

    Content balance names the area, the selection criterion ranks the area's free items, exposure control decides which of
    them is given. Where exposure control would withhold every one of them the best is given all the same.

    Parameters
    ----------
    pool : a table (fast), or the calibration it was made of, whose information is not interpolated: the two differ by up to
        1e-4, so that a log is replayed with the one it was made with.
    theta : the current estimate.
    answered : places of the items given so far, in that order.
    rng : needed where the rules draw at random; `step_generator` makes one that a replay can make again.
    set_aside : every item `passed_over` in earlier steps of the sitting.

    Raises
    ------
    ValueError
        No item is left; places outside the pool or answered twice; rules for another pool; a missing `rng`.
    """
    table = _table(pool, theta)
    given, aside = _places("answered", answered, table.n_items), _places("set_aside", set_aside, table.n_items)
    free = _free(table.n_items, given, aside, rules)
    if not free.any():
        raise ValueError("answered and set_aside must leave an item of the pool free")
    if rng is None and rules.need_chance:
        raise ValueError("rng must be given: the rules draw at random")
    at = np.array([theta], dtype=np.float64)
    information = table.at(at)
    counts = None
    if rules.content is not None:
        counts = np.bincount(rules.content.area_of_item[list(given)], minlength=rules.content.shares.size)[None, :]
    chosen = choose(table, at, information, free[None, :], len(given), counts, rules, rng)
    item = int(chosen.item[0])
    passed = () if chosen.passed_over is None else tuple(np.flatnonzero(chosen.passed_over[0]).tolist())
    area = None if rules.content is None else int(rules.content.area_of_item[item])
    return Selection(item, float(theta), float(information[0, item]), given, aside, passed, area, rules.stratum(len(given)))


def stop_reason(
    pool: InformationTable | Calibration,
    theta: float,
    standard_error: float,
    answered: Sequence[int],
    rules: AdaptiveRules,
    *,
    set_aside: Iterable[int] = (),
) -> StopReason | None:
    """Why the sitting ends here, or None to go on; arguments as in `next_item`.

    `standard_error` is that of `theta`. Where several rules hold, the first of `empty_pool`, `max_items`, `standard_error`,
    `least_information` is told.
    """
    table = _table(pool, theta)
    given, aside = _places("answered", answered, table.n_items), _places("set_aside", set_aside, table.n_items)
    free = _free(table.n_items, given, aside, rules)
    if not free.any():
        return "empty_pool"
    if len(given) >= rules.max_items:
        return "max_items"
    if len(given) < rules.min_items:
        return None
    if rules.standard_error is not None and standard_error <= rules.standard_error:
        return "standard_error"
    if rules.least_information is not None:
        information = table.at(np.array([theta], dtype=np.float64))[0]
        if information[free].max() < rules.least_information:
            return "least_information"
    return None


def step_generator(seed: int, step: int) -> np.random.Generator:
    """The generator of one step of one sitting: the same two numbers give the same draws in any process."""
    return np.random.Generator(np.random.PCG64([seed, step]))


def replay(pool: InformationTable | Calibration, rules: AdaptiveRules, log: Sequence[Selection], seed: int) -> list[int]:
    """The steps of a log that its pool (as in `next_item`), rules and seed do not reproduce: empty where all do.

    Each step is chosen again from its θ with `step_generator(seed, step)`, and must have begun with the items given and set
    aside by the steps before it.
    """
    broken: list[int] = []
    given: tuple[int, ...] = ()
    aside: tuple[int, ...] = ()
    for step, record in enumerate(log):
        again = next_item(pool, record.theta, given, rules, step_generator(seed, step), set_aside=aside)
        if again != record:
            broken.append(step)
        given, aside = (*given, record.item), (*aside, *record.passed_over)
    return broken


class Choice(NamedTuple):
    """`item` (n,) for each of n people; `passed_over` (n, k) items withheld by exposure control, None without it."""

    item: IntArray
    passed_over: BoolArray | None


def choose(
    table: InformationTable,
    theta: FloatArray,
    information: FloatArray,
    free: BoolArray,
    n_answered: int,
    area_counts: IntArray | None,
    rules: AdaptiveRules,
    rng: np.random.Generator | None,
) -> Choice:
    """The next item of n people who have each answered `n_answered`: the rules of `next_item` for many at once.

    `theta` (n,), `information` and `free` (n, k) with a free item for everybody, `area_counts` (n, c) items given by area.
    """
    allowed = free
    if rules.content is not None and area_counts is not None:
        allowed = free & _in_turn(rules.content, free, area_counts, n_answered, rules.max_items, rng)
    stratum = rules.stratum(n_answered)
    if stratum is None:
        merit = information
    else:
        of_item = np.floor(table.slope_ranks * rules.n_strata / table.n_items)
        # A stratum that has run out lends from the next steeper one, then from the next flatter: whole steps, of which the
        # nearness of a location, at most 1, never makes up for any.
        away = np.where(of_item < stratum, 2.0 * (stratum - of_item) + 1.0, 2.0 * (of_item - stratum))
        nearness = 1.0 / (1.0 + np.abs(np.nan_to_num(table.locations, nan=np.inf) - theta[:, None]))
        merit = nearness - away
    merit = np.where(allowed, merit, -np.inf)
    if rules.exposure is not None and rng is not None:
        opened = allowed & (rng.random(merit.shape) < rules.exposure)
        opened |= allowed & ~opened.any(axis=1, keepdims=True)
        item = np.where(opened, merit, -np.inf).argmax(axis=1)
        taken = np.take_along_axis(merit, item[:, None], axis=1)
        return Choice(item, allowed & ~opened & (merit >= taken))
    if rules.randomesque > 1 and rng is not None:
        best = np.argsort(-merit, axis=1, kind="stable")[:, : rules.randomesque]
        among = np.minimum(allowed.sum(axis=1), best.shape[1])
        drawn = (rng.random(len(merit)) * among).astype(np.int64)
        return Choice(best[np.arange(len(best)), drawn], None)
    return Choice(merit.argmax(axis=1), None)


def _in_turn(
    content: ContentBalance,
    free: BoolArray,
    area_counts: IntArray,
    n_answered: int,
    max_items: int,
    rng: np.random.Generator | None,
) -> BoolArray:
    """Is the item of the area whose turn it is? (n, k)"""
    areas = np.arange(content.shares.size)
    has_free = free.astype(np.float64) @ (content.area_of_item[:, None] == areas) > 0
    if content.rule == "largest_gap" or rng is None:
        behind = content.shares - area_counts / max(n_answered, 1)
        turn = np.where(has_free, behind, -np.inf).argmax(axis=1)
    else:
        # A hundred-millionth keeps a quota that is whole (.3 of 10) from being missed by rounding.
        unfilled = has_free & (area_counts < content.shares * max_items - 1e-8)
        odds = np.where(unfilled | (has_free & ~unfilled.any(axis=1, keepdims=True)), content.shares, 0.0).cumsum(axis=1)
        drawn = rng.random(len(free))[:, None] * odds[:, -1:]
        turn = (drawn >= odds).sum(axis=1)
    return np.asarray(content.area_of_item == turn[:, None])


def _table(pool: InformationTable | Calibration, theta: float) -> InformationTable:
    number("theta", theta)
    return pool if isinstance(pool, InformationTable) else InformationTable.around(pool, theta)


def _places(name: str, places: Iterable[int], k: int) -> tuple[int, ...]:
    listed = tuple(places)
    try:
        whole = tuple(map(int, listed))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold places from 0 to {k - 1}") from error
    if whole != listed or (whole and (min(whole) < 0 or max(whole) >= k)):
        raise ValueError(f"{name} must hold places from 0 to {k - 1}")
    return whole


def _free(k: int, given: tuple[int, ...], aside: tuple[int, ...], rules: AdaptiveRules) -> BoolArray:
    rules.suits(k)
    if len(set(given)) < len(given):
        raise ValueError("answered must hold each item once")
    free = np.ones(k, dtype=np.bool_)
    free[list(given + aside)] = False
    return free

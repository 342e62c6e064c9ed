"""What an organisation decides about an adaptive form, once, before anybody sits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from assessment.psychometrics.arrays import FloatArray, IntArray, count, number, vector, within

SelectionCriterion = Literal["maximum_information", "a_stratified"]
ContentRule = Literal["largest_gap", "multinomial"]


@dataclass(frozen=True, eq=False)
class ContentBalance:
    """The share of each content area in what a person is given.

    `area_of_item` (k,) areas from 0, `shares` (c,) above 0 with sum 1. `largest_gap` takes the next item from the area whose
    share so far is furthest below its target (Kingsbury & Zara, 1989), which people can foresee; `multinomial` draws the area
    with the target shares as probabilities among those whose quota of `max_items` is not full (Chen, Ankenmann & Spray, 1999).
    An area without a free item passes its turn on.
    """

    area_of_item: IntArray
    shares: FloatArray
    rule: ContentRule = "largest_gap"

    def __post_init__(self) -> None:
        shares = vector("shares", self.shares, complete=True)
        areas = vector("area_of_item", self.area_of_item, complete=True)
        if (shares <= 0).any() or abs(shares.sum() - 1.0) > 1e-9:
            raise ValueError("shares must be above 0 and sum to 1")
        if not np.isin(areas, np.arange(shares.size)).all():
            raise ValueError(f"area_of_item must be whole numbers from 0 to {shares.size - 1}, the places of shares")
        if self.rule not in get_args(ContentRule):
            raise ValueError(f"rule must be one of {', '.join(get_args(ContentRule))}; it is {self.rule!r}")
        object.__setattr__(self, "shares", shares)
        object.__setattr__(self, "area_of_item", areas.astype(np.int64))


@dataclass(frozen=True, eq=False)
class AdaptiveRules:
    """How items are chosen and when to stop.

    Parameters
    ----------
    max_items, min_items : nobody is given more; nothing but an empty pool stops a sitting earlier.
    standard_error : stop when that of θ is no larger; None for a form of fixed length.
    least_information : stop when no free item tells as much as this at θ; None to ignore.
    selection : `maximum_information` at the current θ (Lord, 1980), or `a_stratified` (Chang & Ying, 1999): the pool is cut into
        `n_strata` equally large strata by slope, flat items come first and steep ones when θ is known better, and within a
        stratum the item whose location is nearest to θ is taken.
    n_strata : of a_stratified.
    stratified_items : how many of the first items the strata are spread over, the rest going by maximum information; all of
        `max_items` where not given.
    content : content areas with their shares, or None.
    exposure : (k,) Sympson–Hetter parameters: the probability that an item, once selected, is given; see `sympson_hetter`. An
        item that was withheld from a person stays withheld.
    randomesque : take one of this many best items at random (Kingsbury & Zara, 1989); 1 takes the best.

    Raises
    ------
    ValueError
        Numbers outside their range, or two kinds of exposure control at once.
    """

    max_items: int = 20
    min_items: int = 1
    standard_error: float | None = 0.35
    least_information: float | None = None
    selection: SelectionCriterion = "maximum_information"
    n_strata: int = 4
    stratified_items: int | None = None
    content: ContentBalance | None = None
    exposure: FloatArray | None = None
    randomesque: int = 1

    def __post_init__(self) -> None:
        for name in ("max_items", "min_items", "n_strata", "randomesque"):
            object.__setattr__(self, name, count(name, getattr(self, name), at_least=1))
        if self.min_items > self.max_items:
            raise ValueError(f"min_items must not exceed max_items = {self.max_items}; it is {self.min_items}")
        for name, limit in (("standard_error", self.standard_error), ("least_information", self.least_information)):
            if limit is not None and not number(name, limit) > 0:
                raise ValueError(f"{name} must be above 0 or None; it is {limit!r}")
        if self.selection not in get_args(SelectionCriterion):
            raise ValueError(f"selection must be one of {', '.join(get_args(SelectionCriterion))}; it is {self.selection!r}")
        if self.stratified_items is not None:
            object.__setattr__(self, "stratified_items", count("stratified_items", self.stratified_items, at_least=1))
        if self.stratified_items is not None and self.stratified_items > self.max_items:
            raise ValueError(f"stratified_items must not exceed max_items = {self.max_items}; it is {self.stratified_items}")
        if self.exposure is not None:
            parameters = within("exposure", vector("exposure", self.exposure, complete=True), 0.0, 1.0)
            if self.randomesque > 1:
                raise ValueError("exposure and randomesque must not both be given: each controls exposure in its own way")
            object.__setattr__(self, "exposure", parameters)

    def stratum(self, n_answered: int) -> int | None:
        """The stratum from which the next item comes, from 0; None where maximum information decides."""
        spread_over = self.max_items if self.stratified_items is None else self.stratified_items
        if self.selection != "a_stratified" or n_answered >= spread_over:
            return None
        return n_answered * self.n_strata // spread_over

    def suits(self, n_items: int) -> None:
        """Raise `ValueError` unless the rules were written for a pool of `n_items`."""
        if self.exposure is not None and self.exposure.size != n_items:
            raise ValueError(f"exposure must hold one value for each of {n_items} items; it holds {self.exposure.size}")
        if self.content is not None and self.content.area_of_item.size != n_items:
            raise ValueError(
                f"area_of_item must hold one value for each of {n_items} items; it holds {self.content.area_of_item.size}"
            )

    @property
    def need_chance(self) -> bool:
        """Does any rule draw at random?"""
        drawn_area = self.content is not None and self.content.rule == "multinomial"
        return self.exposure is not None or self.randomesque > 1 or drawn_area

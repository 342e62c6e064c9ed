"""Adverse impact: how selection and scores fall out for groups of people.

Figures for audit alone. Nothing here feeds a score, a norm, a cut or a band.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import vector
from assessment.psychometrics.fairness.groups import Labels, known_labels
from assessment.psychometrics.fairness.two_by_two import TwoByTwo, checked_counts
from assessment.psychometrics.intervals import Interval

Group = TypeVar("Group", bound=Hashable)

SMALL_SHARE = 0.02
"""Groups below this share of everybody may be left out of an audit's conclusions, with a reason; their counts still show."""


def impact_ratios(selected: Mapping[Group, int], assessed: Mapping[Group, int]) -> dict[Group, float]:
    """Selection rate of each group over the highest rate (29 CFR 1607.4D; 6 RCNY § 5-300).

    Parameters
    ----------
    selected, assessed : group to how many of it were selected, and to how many were assessed.

    Returns
    -------
    Group to ratio, from 0 to 1. Rates are not rounded first. With nobody selected at all every ratio is 1: nobody fared worse
    than anybody.

    Raises
    ------
    ValueError
        Different groups, no group, counts that are not whole, a group in which nobody was assessed, or more selected than
        assessed.
    """
    chosen, seen = _whole(selected, assessed)
    rates = {group: chosen[group] / seen[group] for group in seen}
    highest = max(rates.values())
    return {group: 1.0 if highest == 0 else rate / highest for group, rate in rates.items()}


@dataclass(frozen=True)
class GroupImpact:
    """One group against the group with the highest rate.

    Attributes
    ----------
    selected, assessed, rate, ratio : counts, selection rate and impact ratio.
    below_four_fifths : the rate is below 4/5 of the highest (exactly 4/5 is not), compared in whole numbers.
    z : difference of the two rates in pooled standard errors, negative for a lower rate; 0 for the reference itself.
    fisher_p : two-sided exact p (Fisher); 1 for the reference itself.
    ratio_after_flip : the ratio, had one more of this group and one fewer of the reference group been selected.
    flips : that one person changes `below_four_fifths`.
    share : the group's share of everybody assessed with a known group; `small` if below 2 %.
    table : the two groups side by side, with every other test; None for the reference itself.
    """

    selected: int
    assessed: int
    rate: float
    ratio: float
    below_four_fifths: bool
    z: float
    fisher_p: float
    ratio_after_flip: float
    flips: bool
    share: float
    small: bool
    table: TwoByTwo | None

    @property
    def estimate(self) -> float:
        """The impact ratio."""
        return self.ratio

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Interval of the impact ratio, `TwoByTwo.ratio_interval`; 1 to 1 for the reference itself."""
        return Interval(1.0, 1.0) if self.table is None else self.table.ratio_interval(level)


@dataclass(frozen=True)
class AdverseImpact:
    """`groups` maps each group to its figures; `reference` is the group with the highest rate (the larger if tied)."""

    groups: Mapping[Hashable, GroupImpact]
    reference: Hashable


def adverse_impact(selected: Mapping[Group, int], assessed: Mapping[Group, int]) -> AdverseImpact:
    """Four-fifths rule, pooled z, Fisher's exact test and the one-person flip, for each group.

    Parameters
    ----------
    selected, assessed : as for `impact_ratios`. Intersectional groups are groups like any other: use tuples as names.

    Returns
    -------
    AdverseImpact

    Raises
    ------
    ValueError
        As `impact_ratios`.
    """
    ratios = impact_ratios(selected, assessed)
    chosen, seen = _whole(selected, assessed)
    reference = max(seen, key=lambda group: (ratios[group], seen[group]))
    everybody = sum(seen.values())
    top, of_top = chosen[reference], seen[reference]
    groups: dict[Hashable, GroupImpact] = {}
    for group, n in seen.items():
        s = chosen[group]
        below = _below_four_fifths(s, n, top, of_top)
        flipped = below
        after = ratios[group]
        if group != reference and s < n and top > 1:
            after = ((s + 1) / n) / ((top - 1) / of_top)
            flipped = _below_four_fifths(s + 1, n, top - 1, of_top)
        table = None if group == reference else TwoByTwo(s, n, top, of_top)
        groups[group] = GroupImpact(
            selected=s,
            assessed=n,
            rate=s / n,
            ratio=ratios[group],
            below_four_fifths=below,
            z=0.0 if table is None else table.z,
            fisher_p=1.0 if table is None else table.fisher_p,
            ratio_after_flip=after,
            flips=flipped != below,
            share=n / everybody,
            small=n / everybody < SMALL_SHARE,
            table=table,
        )
    return AdverseImpact(groups, reference)


@dataclass(frozen=True)
class GroupScoring:
    """How many of a group score strictly above the median of everybody; `ratio` is against the highest rate."""

    assessed: int
    above: int
    rate: float
    ratio: float
    small: bool

    @property
    def estimate(self) -> float:
        """The impact ratio."""
        return self.ratio


@dataclass(frozen=True)
class ScoringRates:
    """Scoring rates (6 RCNY § 5-300): `median` of the full sample, `at_median` people exactly on it, who are not above it.

    `unknown` people have a score and no known group: they count in the median and in no group.
    """

    groups: Mapping[Hashable, GroupScoring]
    median: float
    at_median: int
    n: int
    unknown: int


def scoring_rates(scores: ArrayLike, group: Labels) -> ScoringRates:
    """Share of each group scoring strictly above the full sample's median.

    Parameters
    ----------
    scores : (n,), NaN for none: such people are left out altogether.
    group : n labels; None, an empty string or NaN is an unknown group.

    Returns
    -------
    ScoringRates

    Raises
    ------
    ValueError
        Nobody has both a score and a known group, or another number of labels than scores.
    """
    given = vector("scores", scores)
    labels = known_labels(group, given.size)
    known = [(score, label) for score, label in zip(given, labels, strict=True) if not math.isnan(score)]
    if not any(label is not None for _, label in known):
        raise ValueError("scores and group must both be known for at least one person")
    all_scores = np.array([score for score, _ in known])
    median = float(np.median(all_scores))
    assessed: dict[Hashable, int] = {}
    above: dict[Hashable, int] = {}
    for score, label in known:
        if label is not None:
            assessed[label] = assessed.get(label, 0) + 1
            above[label] = above.get(label, 0) + int(score > median)
    ratios = impact_ratios(above, assessed)
    in_groups = sum(assessed.values())
    groups = {
        label: GroupScoring(n, above[label], above[label] / n, ratios[label], n / in_groups < SMALL_SHARE)
        for label, n in assessed.items()
    }
    at_median = int((all_scores == median).sum())
    return ScoringRates(groups, median, at_median, all_scores.size, all_scores.size - in_groups)


def _whole(selected: Mapping[Group, int], assessed: Mapping[Group, int]) -> tuple[dict[Group, int], dict[Group, int]]:
    """Checked counts as Python's integers, which hold any product of them."""
    if not isinstance(selected, Mapping) or not isinstance(assessed, Mapping):
        raise ValueError("selected and assessed must be mappings from group to count")
    if not assessed or set(selected) != set(assessed):
        raise ValueError("selected and assessed must name the same groups, at least one")
    counts = {group: checked_counts(selected[group], n, f"group {group!r}: ") for group, n in assessed.items()}
    return {group: s for group, (s, _) in counts.items()}, {group: n for group, (_, n) in counts.items()}


def _below_four_fifths(selected: int, assessed: int, top_selected: int, top_assessed: int) -> bool:
    return 5 * selected * top_assessed < 4 * top_selected * assessed

"""How a selection that was made, or a cut on a score, falls out for groups of a plain table. Figures for audit alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from assessment.errors import Refusal
from assessment.psychometrics.arrays import BoolArray, FloatArray
from assessment.psychometrics.fairness import GroupImpact, adverse_impact, subgroup_difference
from assessment.services.tabulated.figures import finite, value_or_none

FEWEST_IN_GROUP = 10
"""Groups of fewer people are shown and decide nothing: one person would move their ratio too far."""

Labels = Sequence[str | None]


def selection_impact(selected: BoolArray, labels: Labels) -> dict[str, Any]:
    """Adverse impact of a selection: `{"n", "unknown", "reference", "lowest_ratio", "groups": {label: figures}}`.

    People without a label are counted as unknown and in no group. Raises Refusal for fewer than two groups.
    """
    assessed = Counter(label for label in labels if label is not None)
    if len(assessed) < 2:
        raise Refusal(f"Impact needs two groups at least; the column of groups holds {len(assessed)}.")
    chosen = Counter(label for label, here in zip(labels, selected, strict=True) if label is not None and here)
    order = sorted(assessed)
    found = adverse_impact({label: chosen[label] for label in order}, {label: assessed[label] for label in order})
    groups = {str(label): _figures(group) for label, group in found.groups.items()}
    return {
        "n": len(labels),
        "unknown": sum(label is None for label in labels),
        "reference": str(found.reference),
        "lowest_ratio": min((g["ratio"] for g in groups.values() if not g["small"]), default=None),
        "groups": groups,
    }


def impact_of_selection(selected: FloatArray, labels: Labels) -> dict[str, Any]:
    """Adverse impact of a selection that was made: `selected` (n,) 0 or 1, NaN for people left out of the count."""
    known = ~np.isnan(selected)
    if not known.any() or not np.isin(selected[known], (0.0, 1.0)).all():
        raise Refusal("A column of who was selected holds 0 and 1 alone.")
    return {"cut": "selected"} | selection_impact(selected[known] == 1.0, _those(labels, known))


def impact_of_score(score: FloatArray, labels: Labels, top: float | None = None) -> dict[str, Any]:
    """Adverse impact of a cut on a score: strictly above everybody's median, or the `top` share of people.

    With `top`, the cut is the score of the last person who would be taken, and everybody who reaches it is: ties can make
    them more. `differences` holds how far each group's mean is from that of everybody else, in SDs within them.
    """
    known = ~np.isnan(score)
    values = score[known]
    if values.size < 2 or np.ptp(values) == 0:
        raise Refusal("The score must be known for two people at least, and differ.")
    if top is None:
        selected, cut = above_median(values), "above the median"
    else:
        place = max(1, round(top * values.size))
        line = float(np.sort(values)[-place])
        selected, cut = values >= line, f"at or above {line:g}, the score of number {place} of {values.size}"
    groups = _those(labels, known)
    found = selection_impact(selected, groups)
    differences = {}
    for label in found["groups"]:
        differences[label] = value_or_none(partial(_difference, values, groups, label))
    return {"cut": cut, "n_selected": int(selected.sum())} | found | {"differences": differences}


def above_median(scores: FloatArray) -> BoolArray:
    """Who stands strictly above the median of everybody."""
    return np.asarray(scores > np.median(scores))


def _difference(values: FloatArray, labels: Labels, label: str) -> float:
    return subgroup_difference(values, labels, reference=label).estimate


def _those(labels: Labels, chosen: BoolArray) -> list[str | None]:
    return [label for label, here in zip(labels, chosen, strict=True) if here]


def _figures(group: GroupImpact) -> dict[str, Any]:
    low, high = group.confidence_interval()
    return {
        "assessed": group.assessed,
        "selected": group.selected,
        "rate": group.rate,
        "ratio": group.ratio,
        "ratio_interval": [finite(low), finite(high)],
        "below_four_fifths": group.below_four_fifths,
        "z": finite(group.z),
        "fisher_p": group.fisher_p,
        "ratio_after_flip": finite(group.ratio_after_flip),
        "one_person_flips_it": group.flips,
        "small": group.small or group.assessed < FEWEST_IN_GROUP,
    }

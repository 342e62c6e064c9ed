"""Rules that come after estimation: what the number of cases allows, how far a release may move, when new weights may
replace the current ones.

A passed gate is leave to propose, not to publish: two people still have to approve.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, between, count, number, share, vector
from assessment.psychometrics.validity.coefficient import compare_dependent
from assessment.psychometrics.weighting.comparison import judged_criterion, mean_correlation, repeated

MOST_SCALE_WEIGHTS = 6
"""Weights that the tier of scales and competencies may set."""


class Tier(IntEnum):
    """What the number of usable criterion cases allows; each tier allows what those below it do."""

    MONITOR = 0
    REPORT = 60
    REWEIGHT_SCALES = 150
    REWEIGHT_ITEMS = 300
    MODEL_BASED = 500


def n_tier(n: int) -> Tier:
    """What a number of usable cases allows: the highest tier that it reaches.

    Parameters
    ----------
    n : people hired, with a criterion at or above its reliability floor.

    Returns
    -------
    Tier

    Raises
    ------
    ValueError
        Not a whole number of at least 0.
    """
    count("n", n, at_least=0)
    return max(tier for tier in Tier if n >= tier.value)


@dataclass(frozen=True)
class Movement:
    """Weights after the cap, (p,), on the scale of the current ones.

    `proposed` is the proposal brought to that scale, `capped` where the cap held a weight back.
    """

    weights: FloatArray
    proposed: FloatArray
    capped: BoolArray


def cap_movement(current: ArrayLike, proposed: ArrayLike, largest: float = 0.25) -> Movement:
    """Hold each weight within `largest` (relative) of its current value for one release.

    The proposal is first scaled to the current sum of absolute weights, since a weighted mean knows proportions only. A
    weight that is now 0 stays 0 and no weight changes sign: either takes a new key, not a release.

    Parameters
    ----------
    current, proposed : (p,), neither all 0.
    largest : the greatest relative change, strictly between 0 and 1.

    Returns
    -------
    Movement

    Raises
    ------
    ValueError
        Weights that are all 0, NaN, shapes that do not fit, or a change out of range.
    """
    now = vector("current", current, complete=True)
    new = vector("proposed", proposed, length=now.size, complete=True)
    share("largest", largest)
    if not now.any() or not new.any():
        raise ValueError("current and proposed must each hold a weight that is not 0")
    scaled = new * (np.abs(now).sum() / np.abs(new).sum())
    room = largest * np.abs(now)
    held = np.clip(scaled, now - room, now + room)
    return Movement(held, scaled, ~np.isclose(held, scaled, rtol=1e-9, atol=1e-12))


@dataclass(frozen=True)
class GatePolicy:
    """What new weights have to show. An organisation may ask for more; the defaults are the product's."""

    minimum_gain: float = 0.02
    alpha: float = 0.05
    impact_margin: float = 0.03
    reliability_floor: float = 0.70


@dataclass(frozen=True)
class Check:
    """One condition of the gate: what it required, what was found (None: not known), and a sentence for people."""

    name: str
    required: float
    found: float | None
    passed: bool
    reason: str


@dataclass(frozen=True)
class Gate:
    """`passed` if every check did. `waived` names the checks that the caller declared out of scope; they are not here."""

    passed: bool
    checks: tuple[Check, ...]
    waived: tuple[str, ...]


CHECKS = ("gain", "significance", "cases", "impact", "reliability")


def gate(
    criterion: ArrayLike,
    current: ArrayLike,
    proposed: ArrayLike,
    *,
    n_weights: int | None = None,
    current_impact: Mapping[str, float] | None = None,
    proposed_impact: Mapping[str, float] | None = None,
    current_reliability: float | None = None,
    proposed_reliability: float | None = None,
    policy: GatePolicy | None = None,
    waive: Collection[str] = (),
) -> Gate:
    """May the proposed weights replace the current ones?

    Parameters
    ----------
    criterion : (n,) complete, of the people in the study, at least 4.
    current, proposed : (n,) or (repeats, n) out-of-fold composites under the current key and under the proposed strategy,
        from `out_of_fold_predictions`. In-sample composites would make the gate worthless.
    n_weights : weights that the proposal sets anew; left out, as many as ask for the most cases.
    current_impact, proposed_impact : group to impact ratio at the same cut under both; None if no groups are known.
    current_reliability, proposed_reliability : of the composite under both; None if unknown.
    policy : thresholds; defaults to `GatePolicy()`.
    waive : names out of `CHECKS` that do not apply. What is unknown and not waived fails.

    Returns
    -------
    Gate with these checks: `gain` in mean cross-validated r; `significance` by Williams' one-sided test; `cases` for the
    number of weights; `impact`, no group's ratio falling by more than the margin; `reliability`, not below the floor, nor
    below the current one where that is under the floor already.

    Raises
    ------
    ValueError
        Composites that do not fit the criterion or each other; a criterion of fewer than 4 people or without variation; impact
        ratios of other groups or below 0; a reliability above 1; a name in `waive` that is no check.
    """
    rules = policy or GatePolicy()
    unknown = {waive} if isinstance(waive, str) else set(waive) - set(CHECKS)
    if unknown:
        raise ValueError(f"waive must name checks out of {', '.join(CHECKS)}; it names {', '.join(sorted(unknown))}")
    y = judged_criterion(criterion)
    old = repeated("current", current, y.size)
    new = repeated("proposed", proposed, y.size)
    if old.shape != new.shape:
        raise ValueError("current and proposed must hold the same number of repeats")
    checks = (
        _gain(y, old, new, rules),
        _significance(y, old, new, rules),
        _cases(y.size, None if n_weights is None else count("n_weights", n_weights, at_least=1)),
        _impact(current_impact, proposed_impact, rules),
        _reliability(current_reliability, proposed_reliability, rules),
    )
    asked = tuple(check for check in checks if check.name not in waive)
    return Gate(all(check.passed for check in asked), asked, tuple(name for name in CHECKS if name in waive))


def _gain(y: FloatArray, old: FloatArray, new: FloatArray, rules: GatePolicy) -> Check:
    gain = mean_correlation(new, y) - mean_correlation(old, y)
    passed = gain >= rules.minimum_gain
    reason = f"Cross-validated r changes by {gain:+.3f}; at least {rules.minimum_gain:+.3f} is required."
    return Check("gain", rules.minimum_gain, gain, passed, reason)


def _significance(y: FloatArray, old: FloatArray, new: FloatArray, rules: GatePolicy) -> Check:
    # Equal composites correlate 1 but for rounding, which may put the mean a last place above it.
    between = min(1.0, float(np.mean([mean_correlation(n[None, :], o) for o, n in zip(old, new, strict=True)])))
    test = compare_dependent(mean_correlation(new, y), mean_correlation(old, y), between, y.size)
    p = test.p_greater
    reason = f"One-sided p of the gain (Williams) is {p:.3f}; below {rules.alpha:.2f} is required."
    return Check("significance", rules.alpha, p, p < rules.alpha, reason)


def _cases(n: int, n_weights: int | None) -> Check:
    few = n_weights is not None and n_weights <= MOST_SCALE_WEIGHTS
    required = Tier.REWEIGHT_SCALES if few else Tier.REWEIGHT_ITEMS
    weights = "an unknown number of weights" if n_weights is None else "1 weight" if n_weights == 1 else f"{n_weights} weights"
    reason = f"There are {n} usable cases; setting {weights} takes at least {required.value}."
    return Check("cases", float(required.value), float(n), n >= required.value, reason)


def _impact(now: Mapping[str, float] | None, then: Mapping[str, float] | None, rules: GatePolicy) -> Check:
    if now is None or then is None or not now:
        reason = "No groups are known, so nobody can tell whether the new weights would shut out more of one."
        return Check("impact", -rules.impact_margin, None, False, reason)
    if set(now) != set(then):
        raise ValueError("current_impact and proposed_impact must name the same groups")
    for name, ratios in (("current_impact", now), ("proposed_impact", then)):
        if not all(number(f"{name}[{group!r}]", ratio) >= 0 for group, ratio in ratios.items()):
            raise ValueError(f"{name} must not hold a ratio below 0")
    changes = {group: then[group] - now[group] for group in now}
    group = min(changes, key=lambda name: changes[name])
    passed = changes[group] >= -rules.impact_margin - 1e-12
    reason = (
        f"The impact ratio of {group} changes by {changes[group]:+.3f}; a fall of at most {rules.impact_margin:.3f} is allowed."
    )
    return Check("impact", -rules.impact_margin, changes[group], passed, reason)


def _reliability(now: float | None, then: float | None, rules: GatePolicy) -> Check:
    if then is None:
        reason = "The reliability of the composite under the new weights is not known."
        return Check("reliability", rules.reliability_floor, None, False, reason)
    between("proposed_reliability", then, -np.inf, 1.0)
    required = rules.reliability_floor
    if now is not None:
        required = min(required, between("current_reliability", now, -np.inf, 1.0))
    reason = f"The composite's reliability would be {then:.3f}; at least {required:.3f} is required."
    return Check("reliability", required, then, then >= required - 1e-12, reason)

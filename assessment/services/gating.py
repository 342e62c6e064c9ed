"""The gate: has a proposed key earned its place? Every condition with what it asks, what was found, and its state.

A failed check forbids a proposal. An open one is left to people: the approver has it in front of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.validity import compare_dependent, validity_coefficient
from assessment.psychometrics.weighting import Check, GatePolicy, Tier, gate, mean_correlation
from assessment.psychometrics.weighting.governance import MOST_SCALE_WEIGHTS
from assessment.services.studies.study_documents import r_words

FEWEST_HELD_OUT = 30
State = Literal["passed", "failed", "open"]


@dataclass(frozen=True)
class HeldOut:
    """The people no weight has seen, (n,) each: criterion and composites under the key in use and the proposed one."""

    criterion: FloatArray
    current: FloatArray
    proposed: FloatArray
    words: str


@dataclass(frozen=True)
class Movement:
    """How far the proposed weights were held back. `within_cap` (repeats, n) are the held weights' cross-validated composites."""

    n_capped: int
    within_cap: FloatArray | None


@dataclass(frozen=True)
class Candidate:
    """What the gate looks at. `current` and `proposed` are (repeats, n) cross-validated composites of the fitted people.

    `least_reliability` is asked of a composite where the key in use is under the policy's floor itself.
    """

    criterion: FloatArray
    current: FloatArray
    proposed: FloatArray
    n_weights: int
    n_usable: int
    current_impact: Mapping[str, float]
    proposed_impact: Mapping[str, float]
    least_reliability: float
    proposed_reliability: float
    held_out: HeldOut
    movement: Movement
    blind: bool


def gate_checks(candidate: Candidate, policy: GatePolicy) -> dict[str, Any]:
    """`{"passed", "checks"}`: passed if no check failed."""
    waived = ["cases", *([] if candidate.current_impact else ["impact"]), *(["reliability"] if candidate.blind else [])]
    found = gate(
        candidate.criterion,
        candidate.current,
        candidate.proposed,
        n_weights=max(1, candidate.n_weights),
        current_impact=candidate.current_impact,
        proposed_impact=candidate.proposed_impact,
        current_reliability=candidate.least_reliability,
        proposed_reliability=candidate.proposed_reliability,
        policy=policy,
        waive=waived,
    )
    by_name = {check.name: check for check in found.checks}
    checks = [
        _gain(by_name["gain"]),
        _significance(by_name["significance"]),
        _held_out(candidate.held_out, policy),
        _cases(candidate),
        _impact(by_name.get("impact"), candidate),
        _reliability(by_name.get("reliability"), candidate),
        _movement(candidate),
        _check("two_people", "Somebody other than its author approves it", "2 people", "1 of 2", "open"),
    ]
    return {"passed": all(check["state"] != "failed" for check in checks), "checks": checks}


def _check(name: str, statement: str, required: str, found: str, state: State) -> dict[str, Any]:
    return {"name": name, "statement": statement, "required": required, "found": found, "state": state}


def _state(passed: bool) -> State:
    return "passed" if passed else "failed"


def _gain(check: Check) -> dict[str, Any]:
    return _check(
        "gain",
        "It predicts better for people it did not learn from",
        f"needs {signed(check.required)}",
        signed(check.found or 0.0),
        _state(check.passed),
    )


def _significance(check: Check) -> dict[str, Any]:
    p = check.found if check.found is not None else 1.0
    found = "p below .001" if p < 0.001 else f"p = {r_words(p, 3)}"
    statement = "The gain is more than chance (Williams, one-sided)"
    return _check("significance", statement, f"p below {r_words(check.required)}", found, _state(check.passed))


def _held_out(people: HeldOut, policy: GatePolicy) -> dict[str, Any]:
    statement = f"No loss among people whom no weight has seen: {people.words}"
    y, old, new = people.criterion, people.current, people.proposed
    required = f"no significant loss, n = {y.size:,}"
    if y.size < FEWEST_HELD_OUT or min(np.ptp(y), np.ptp(old), np.ptp(new)) == 0:
        return _check("held_out", statement, required, "too few", "open")
    r_old, r_new = validity_coefficient(old, y).estimate, validity_coefficient(new, y).estimate
    between = validity_coefficient(old, new).estimate
    p = 1.0 if r_new >= r_old else compare_dependent(r_old, r_new, between, y.size).p_greater
    return _check("held_out", statement, required, f"{r_words(r_old)} → {r_words(r_new)}", _state(p >= policy.alpha))


def _cases(candidate: Candidate) -> dict[str, Any]:
    """All usable cases count for the tier, the held-out ones too."""
    needed = Tier.REWEIGHT_SCALES if candidate.n_weights <= MOST_SCALE_WEIGHTS else Tier.REWEIGHT_ITEMS
    statement = f"There are enough cases to set {candidate.n_weights} weights"
    state = _state(candidate.n_usable >= needed)
    return _check("cases", statement, f"needs {int(needed)}", f"{candidate.n_usable:,}", state)


def _impact(check: Check | None, candidate: Candidate) -> dict[str, Any]:
    statement = "It shuts out no group more than the key in use"
    if check is None:
        return _check("impact", statement, "no groups are known, so that nobody can tell", "not tested", "open")
    now, then = candidate.current_impact, candidate.proposed_impact
    allowed = f"no ratio falls by more than {r_words(-check.required, 3)}"
    if check.passed:
        found = f"{_ratio(min(now.values()))} → {_ratio(min(then.values()))}"
        return _check("impact", statement, f"{allowed}; the lowest of {len(now)}", found, "passed")
    fallen = max(now, key=lambda group: now[group] - then[group])
    return _check("impact", statement, f"{allowed}; {fallen}", f"{_ratio(now[fallen])} → {_ratio(then[fallen])}", "failed")


def _ratio(value: float) -> str:
    return f"{value:.2f}"


def _reliability(check: Check | None, candidate: Candidate) -> dict[str, Any]:
    statement, found = "Its composite is as reliable as it must be", r_words(candidate.proposed_reliability)
    if check is None:
        # Points that follow a criterion need not agree among themselves: alpha is no floor for them (measurement 1.5).
        return _check("reliability", statement, "by stratified alpha; points keyed to a criterion need a retest", found, "open")
    return _check("reliability", statement, f"at least {r_words(check.required)}", found, _state(check.passed))


def _movement(candidate: Candidate) -> dict[str, Any]:
    statement = "No weight moves more than 25 % in one release"
    if candidate.blind:
        return _check("movement", statement, "cannot apply to a key learnt from data with free signs", "no cap", "open")
    held = candidate.movement
    if not held.n_capped or held.within_cap is None:
        return _check("movement", statement, "25 % of itself at most", "none held", "passed")
    gain = mean_correlation(held.within_cap, candidate.criterion) - mean_correlation(candidate.current, candidate.criterion)
    required = f"25 % of itself at most; so held, the key gains {signed(gain)} of the {signed(_full_gain(candidate))}"
    return _check("movement", statement, required, f"{held.n_capped} held", "passed")


def _full_gain(candidate: Candidate) -> float:
    proposed, current = candidate.proposed, candidate.current
    return mean_correlation(proposed, candidate.criterion) - mean_correlation(current, candidate.criterion)


def signed(value: float) -> str:
    """A difference of coefficients: +.037."""
    text = r_words(value, 3)
    return text if text.startswith("−") else f"+{text}"

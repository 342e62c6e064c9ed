"""The parts of a recalibration by themselves: the cap, the held-out people, the gate's words, the shadow ranking, impact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assessment.psychometrics.weighting import GatePolicy
from assessment.services.gating import Candidate, HeldOut, Movement, gate_checks, signed
from assessment.services.impact import impact_of, lowest
from assessment.services.shadowing import shadow_ranking
from assessment.services.studies.cohorts import divide
from assessment.services.studies.proposed_keys import hold_within_cap
from assessment.services.studies.study_documents import r_words, words

POSITIVE = arrays(np.float64, 5, elements=st.floats(0.05, 20))
ANY = arrays(np.float64, 5, elements=st.floats(-20, 20))


@given(current=POSITIVE, proposed=ANY)
def test_the_cap_holds_every_share_and_keeps_the_sum(current: np.ndarray, proposed: np.ndarray) -> None:
    held = hold_within_cap(current, proposed)
    assert held.weights.sum() == pytest.approx(current.sum(), rel=1e-6)
    assert (held.weights >= 0.75 * current * (1 - 1e-6)).all()
    assert (held.weights <= 1.25 * current * (1 + 1e-6)).all()


def test_a_small_change_passes_under_the_cap_as_it_is() -> None:
    held = hold_within_cap(np.array([1.0, 1.0, 1.0]), np.array([2.2, 2.0, 1.8]))
    assert held.weights == pytest.approx([1.1, 1.0, 0.9])
    assert not held.capped.any()


def test_what_the_cap_takes_from_one_the_free_ones_share() -> None:
    held = hold_within_cap(np.array([16.0, 18, 18, 14, 12, 12, 10]), np.array([30.0, 20.5, 20, 13, 10, 5, 2]))
    assert held.weights[[0, 5, 6]] == pytest.approx([20, 9, 7.5])
    assert held.capped.tolist() == [True, False, False, False, False, True, True]
    free = held.weights[1:5] / np.array([20.5, 20, 13, 10])
    assert free == pytest.approx([free[0]] * 4)


def test_weights_of_nothing_leave_the_key_as_it_is() -> None:
    held = hold_within_cap(np.array([1.0, 2.0]), np.array([-1.0, -2.0]))
    assert held.weights.tolist() == [1.0, 2.0]


def test_whole_days_of_hiring_are_held_out_together() -> None:
    days = [date(2026, 1, 1)] * 70 + [date(2026, 2, 1)] * 15 + [date(2026, 3, 1)] * 15
    held_out, split = divide(days, [str(i) for i in range(100)])
    assert (sum(held_out), split["kind"], held_out[84], held_out[85]) == (15, "last_hires", False, True)


@pytest.mark.parametrize(
    "days", [[date(2026, 1, 1)] * 100, [None] * 100, [None, *[date(2026, 1, 1) + timedelta(i) for i in range(99)]]]
)
def test_a_fixed_fifth_by_hash_where_dates_cannot_tell(days: list[date | None]) -> None:
    references = [f"A{i:04d}" for i in range(100)]
    held_out, split = divide(days, references)
    assert split["kind"] == "hash"
    assert 10 <= sum(held_out) <= 30
    backwards, _ = divide(days, references[::-1])
    assert backwards == held_out[::-1]
    assert divide(days, references, generation=1)[0] != held_out


def candidate(**changes: object) -> Candidate:
    rng = np.random.default_rng(3)
    y = rng.normal(size=400)
    current = np.stack([0.2 * y + rng.normal(size=400)] * 2)
    proposed = current + 0.35 * y
    held_out = HeldOut(y[:80], current[0, :80], proposed[0, :80], "the last hires")
    basis = Candidate(
        criterion=y,
        current=current,
        proposed=proposed,
        n_weights=6,
        n_usable=400,
        current_impact={"Sex f": 0.9, "Sex m": 1.0},
        proposed_impact={"Sex f": 0.88, "Sex m": 1.0},
        least_reliability=0.60,
        proposed_reliability=0.62,
        held_out=held_out,
        movement=Movement(0, None),
        blind=False,
    )
    return replace(basis, **changes)  # type: ignore[arg-type]  # a test may change any field


def states(given: Candidate) -> dict[str, str]:
    return {row["name"]: row["state"] for row in gate_checks(given, GatePolicy())["checks"]}


def test_a_candidate_that_meets_every_condition_passes() -> None:
    found = gate_checks(candidate(), GatePolicy())
    assert found["passed"]
    assert [row["state"] for row in found["checks"]] == ["passed"] * 7 + ["open"]


def test_shutting_out_a_group_further_fails_the_gate() -> None:
    worse = candidate(proposed_impact={"Sex f": 0.86, "Sex m": 1.0})
    found = gate_checks(worse, GatePolicy())
    assert not found["passed"]
    row = next(row for row in found["checks"] if row["name"] == "impact")
    assert (row["state"], row["found"]) == ("failed", "0.90 → 0.86")


def test_a_fall_in_reliability_below_the_floor_fails_the_gate() -> None:
    assert states(candidate(proposed_reliability=0.59))["reliability"] == "failed"
    assert states(candidate(proposed_reliability=0.59, blind=True))["reliability"] == "open"


def test_too_few_cases_for_so_many_weights_fail_the_gate() -> None:
    assert states(candidate(n_usable=299, n_weights=7))["cases"] == "failed"
    assert states(candidate(n_usable=299, n_weights=6))["cases"] == "passed"


def test_a_loss_among_people_no_weight_has_seen_fails_the_gate() -> None:
    given = candidate()
    held = given.held_out
    turned = replace(held, current=held.proposed + held.criterion, proposed=held.current)
    assert states(replace(given, held_out=turned))["held_out"] == "failed"
    few = HeldOut(held.criterion[:20], held.current[:20], held.proposed[:20], "a few")
    assert states(replace(given, held_out=few))["held_out"] == "open"


def test_an_equal_strategy_gains_nothing() -> None:
    given = candidate()
    found = states(replace(given, proposed=given.current))
    assert (found["gain"], found["significance"]) == ("failed", "failed")


def test_the_shadow_ranking_names_who_would_cross_the_line() -> None:
    old = np.array([9.0, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    new = np.array([9.0, 8, 4.5, 6, 7, 4, 3, 2, 1, 0])
    found = shadow_ranking(old, new, [f"A{i}" for i in range(10)], 3)
    assert (found["line"], found["n_crossing"], found["n"]) == (3, 2, 10)
    assert found["crossing"] == [
        {"candidate": "A2", "old": 3, "new": 5, "line": "leaves"},
        {"candidate": "A4", "old": 5, "new": 3, "line": "enters"},
    ]


def test_where_everybody_was_hired_the_line_is_the_upper_half() -> None:
    rng = np.random.default_rng(1)
    found = shadow_ranking(rng.normal(size=400), rng.normal(size=400), [str(i) for i in range(400)], 400)
    assert found["line"] == 200
    assert len(found["crossing"]) == 50 < found["n_crossing"]


def test_people_without_a_composite_are_not_ranked() -> None:
    found = shadow_ranking(np.array([np.nan, 3, 2, 1, 0]), np.array([5.0, 3, 2, 1, 0]), list("abcde"), 2)
    assert (found["n"], found["n_crossing"]) == (4, 0)


def test_small_groups_are_left_out_of_the_impact_figures_and_cannot_be_read_from_them() -> None:
    scores = np.arange(100.0)
    groups = {
        "Sex": ["f"] * 50 + ["m"] * 50,
        "Origin": ["a"] * 95 + ["b"] * 5,
        "Region": ["a"] * 45 + ["c"] * 50 + ["b"] * 5,
        "One": ["x"] * 100,
    }
    ratios = impact_of(scores, groups)
    assert ratios == pytest.approx({"Sex f": 0.0, "Sex m": 1.0, "Region a": 0.0, "Region c": 1.0})  # all of b are above the median
    assert lowest({}) is None


def test_figures_are_written_as_the_field_writes_them() -> None:
    assert [r_words(0.214), r_words(-0.05), r_words(0.0004, 3), r_words(-0.0001)] == [".21", "−.05", ".000", ".00"]
    assert [signed(0.0371), signed(-0.02)] == ["+.037", "−.020"]
    assert [words("affect_recognition"), words("PScale01")] == ["Affect recognition", "PScale01"]

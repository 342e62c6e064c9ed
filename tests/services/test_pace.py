"""Minutes left follow the person's own pace, and never rise by more than a page truly ran over."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.services.sitting.pace import PageTime, minutes_left, pace

MINUTES = st.floats(min_value=0.05, max_value=8, allow_nan=False)
FORM = st.lists(MINUTES, min_size=1, max_size=30)
SLACK = 1e-6
TYPICAL = [2.0, 1.8, 1.5, 1.6, 2.2, 1.0, 1.1, 1.4, 1.9, 1.0, 1.2, 1.3, 0.5, 0.5, 0.5]


def after(typical: list[float], taken: list[float]) -> list[PageTime]:
    """The form's pages when the first of them took what `taken` says."""
    return [PageTime(minutes, taken[i] if i < len(taken) else None, left=i >= len(taken)) for i, minutes in enumerate(typical)]


def exact(typical: list[float], taken: list[float]) -> float:
    return pace(after(typical, taken)) * sum(typical[len(taken) :])


@given(FORM)
def test_at_the_typical_pace_the_estimate_is_what_is_typically_left_and_never_rises(typical: list[float]) -> None:
    shown = [minutes_left(after(typical, typical[:done])) for done in range(len(typical) + 1)]
    assert shown == [max(1, math.ceil(round(sum(typical[done:]), 6))) for done in range(len(typical) + 1)]
    assert shown == sorted(shown, reverse=True)


@given(FORM, st.data())
def test_a_page_done_in_the_time_expected_never_raises_the_estimate(typical: list[float], data: st.DataObject) -> None:
    taken: list[float] = []
    for minutes in typical:
        before = minutes_left(after(typical, taken))
        expected = pace(after(typical, taken)) * minutes
        taken.append(expected * data.draw(st.floats(min_value=0, max_value=1)))
        assert minutes_left(after(typical, taken)) <= before


@given(FORM, st.data())
def test_the_estimate_never_rises_by_more_than_the_page_ran_over(typical: list[float], data: st.DataObject) -> None:
    taken: list[float] = []
    for minutes in typical:
        before, expected = exact(typical, taken), pace(after(typical, taken)) * minutes
        shown = minutes_left(after(typical, taken))
        taken.append(data.draw(st.floats(min_value=0, max_value=600)))
        over = max(0.0, taken[-1] - expected)
        assert exact(typical, taken) - before <= over + SLACK
        assert minutes_left(after(typical, taken)) - shown <= math.ceil(over + SLACK)


@given(FORM, st.lists(st.floats(min_value=0, max_value=10_000), max_size=30))
def test_the_estimate_stays_within_bounds(typical: list[float], taken: list[float]) -> None:
    pages = after(typical, taken[: len(typical)])
    assert 1 / 3 - SLACK <= pace(pages) <= 3 + SLACK
    assert 1 <= minutes_left(pages) <= math.ceil(3 * sum(typical))


@given(FORM, st.data())
def test_coming_back_after_a_long_pause_does_not_inflate_it(typical: list[float], data: st.DataObject) -> None:
    done = data.draw(st.integers(min_value=0, max_value=len(typical) - 1))
    before, twice = pace(after(typical, typical[:done])), 2 * typical[done]
    slow = minutes_left(after(typical, [*typical[:done], twice * before]))
    assert minutes_left(after(typical, [*typical[:done], 60.0 + twice])) == slow, "an hour away is no more than a slow page"


@pytest.mark.parametrize("true_pace", [0.6, 1.5, 2.0])
def test_it_comes_nearer_to_the_person_than_the_typical_time(true_pace: float) -> None:
    for done in range(1, len(TYPICAL)):
        truth = true_pace * sum(TYPICAL[done:])
        found = exact(TYPICAL, [true_pace * minutes for minutes in TYPICAL[:done]])
        assert abs(found - truth) < abs(sum(TYPICAL[done:]) - truth), done
        assert (found - sum(TYPICAL[done:])) * (true_pace - 1) > 0, "on the person's side of the typical time"


@pytest.mark.parametrize("among_people", [0.2, 0.3, 0.4])
@pytest.mark.parametrize("within_a_person", [0.4, 0.6])
def test_it_errs_less_than_the_typical_time_alone_also_when_some_have_lunch(among_people: float, within_a_person: float) -> None:
    rng = np.random.default_rng(20261127)
    errors = []
    for _ in range(600):
        person = np.exp(rng.normal(0, among_people) + rng.normal(0, within_a_person, len(TYPICAL)))
        minutes, done = np.array(TYPICAL) * person, int(rng.integers(1, len(TYPICAL) - 1))
        truth, seen = minutes[done:].sum(), minutes[:done].copy()
        if rng.random() < 0.2:
            seen[rng.integers(done)] += 30
        errors.append((abs(exact(TYPICAL, seen.tolist()) - truth), abs(sum(TYPICAL[done:]) - truth)))
    own, typical = np.mean(errors, axis=0)
    assert own < 0.92 * typical


def test_pages_without_a_time_say_nothing_of_the_pace() -> None:
    known = [PageTime(2.0, 1.0, left=False), PageTime(1.0, None, left=False), PageTime(3.0, None, left=True)]
    assert pace(known) == pytest.approx((3.0 + 1.0) / (3.0 + 2.0))
    assert minutes_left(known) == math.ceil(3.0 * 0.8)
    assert pace([PageTime(2.0, None, left=True)]) == 1

"""The bootstrap over people: who is drawn, what is computed of them, and the interval that follows."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.validity import validity_coefficient
from assessment.psychometrics.validity.coefficient import mid_ranks, rank_correlations_left_one_out
from assessment.psychometrics.validity.resampling import bca_interval, resampled


def times_drawn(n, n_resamples, seed=1):
    kept = []

    def keep(times):
        kept.append(times.copy())
        return times[:, 0].copy()

    resampled(n, keep, np.random.default_rng(seed), n_resamples)
    return np.concatenate(kept)


@pytest.mark.parametrize("n", [4, 7, 50, 687])
def test_each_resample_draws_as_many_people_as_there_are(n):
    times = times_drawn(n, 200)
    assert times.shape == (200, n)
    np.testing.assert_array_equal(times.sum(axis=1), n)
    assert (times >= 0).all()


def test_everybody_is_as_likely_to_be_drawn_and_draws_do_not_hang_together():
    """Times drawn are multinomial: mean 1, variance 1 − 1/n, covariance −1/n."""
    times = times_drawn(9, 40_000)
    np.testing.assert_allclose(times.mean(axis=0), 1, atol=0.025)
    np.testing.assert_allclose(np.cov(times.T), np.eye(9) - 1 / 9, atol=0.03)


def test_the_same_generator_draws_the_same_people_whatever_the_order_of_work():
    first = resampled(30, lambda times: times[:, 3].copy(), np.random.default_rng(5), 500)
    again = resampled(30, lambda times: times[:, 3].copy(), np.random.default_rng(5), 500)
    other = resampled(30, lambda times: times[:, 3].copy(), np.random.default_rng(6), 500)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_the_interval_does_not_depend_on_the_number_of_threads():
    x, e = np.random.default_rng(1).standard_normal((2, 90))
    found = validity_coefficient(x, x + e)
    processors = os.sched_getaffinity(0)
    on_all_of_them = found.bootstrap_interval(np.random.default_rng(2), n_resamples=999)
    try:
        os.sched_setaffinity(0, {min(processors)})
        on_one = found.bootstrap_interval(np.random.default_rng(2), n_resamples=999)
    finally:
        os.sched_setaffinity(0, processors)
    assert on_one == on_all_of_them


@pytest.mark.parametrize("kind", ["pearson", "spearman"])
def test_a_replicate_is_the_coefficient_of_the_people_drawn(kind):
    """The interval without correction and acceleration, from people drawn and correlated one resample at a time."""
    rng = np.random.default_rng(3)
    x, y = np.round(rng.standard_normal((2, 40)), 1)
    y += 0.5 * x
    times = times_drawn(40, 400, seed=9).astype(int)
    replicates = np.array([validity_coefficient(np.repeat(x, t), np.repeat(y, t), kind).estimate for t in times])
    whole = validity_coefficient(x, y, kind)
    left_out = [validity_coefficient(np.delete(x, i), np.delete(y, i), kind).estimate for i in range(40)]
    by_hand = bca_interval(whole.estimate, replicates, np.array(left_out), 0.9)
    assert whole.bootstrap_interval(np.random.default_rng(9), 0.9, 400) == pytest.approx(by_hand, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=5, max_size=25))
def test_rank_correlations_without_each_person_are_those_of_the_others(pairs):
    x, y = np.array(pairs, dtype=float).T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return
    (_, places_x), (_, places_y) = (np.unique(side, return_inverse=True) for side in (x, y))
    found = rank_correlations_left_one_out(places_x, places_y)
    for i in range(x.size):
        a, b = mid_ranks(np.delete(x, i)), mid_ranks(np.delete(y, i))
        if np.ptp(a) == 0 or np.ptp(b) == 0:
            assert np.isnan(found[i])
        else:
            assert found[i] == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-12)


def test_the_interval_covers_the_true_correlation_of_skewed_data_as_often_as_it_says():
    """200 samples of 80 people; log-normal score and criterion. Fisher's interval is far too narrow there."""
    rng = np.random.default_rng(7)
    true = (np.exp(0.25 * 0.6) - 1) / (np.exp(0.25) - 1)
    bootstrap = fisher = 0
    for _ in range(200):
        x, e = 0.5 * rng.standard_normal((2, 80))
        found = validity_coefficient(np.exp(x), np.exp(0.6 * x + 0.8 * e))
        low, high = found.bootstrap_interval(rng, 0.90, 499)
        bootstrap += low <= true <= high
        low, high = found.confidence_interval(0.90)
        fisher += low <= true <= high
    assert bootstrap / 200 == pytest.approx(0.88, abs=0.06)
    assert fisher < bootstrap


def test_a_perfect_correlation_has_no_width():
    x = np.random.default_rng(1).standard_normal(30)
    for kind in ("pearson", "spearman"):
        found = validity_coefficient(x, 2 * x + 1, kind).bootstrap_interval(np.random.default_rng(1), n_resamples=199)
        assert found == pytest.approx((1, 1), abs=1e-12)


def test_resamples_in_which_a_side_does_not_vary_are_left_out():
    x = np.array([0, 0, 0, 0, 1.0])
    found = validity_coefficient(x, [1, 2, 3, 4, 6.0]).bootstrap_interval(np.random.default_rng(1), n_resamples=999)
    assert 0 < found.low < found.high <= 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"level": 1.0}, "level must lie strictly between 0 and 1"),
        ({"n_resamples": 50}, "n_resamples must be a whole number of at least 99"),
    ],
)
def test_impossible_input_is_named(arguments, says):
    x = np.arange(20.0)
    with pytest.raises(ValueError, match=says):
        validity_coefficient(x, x % 7).bootstrap_interval(np.random.default_rng(1), **arguments)

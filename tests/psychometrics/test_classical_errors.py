"""Conditional errors, change, cut scores, drift and gaps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import classical


def test_lord_binomial_error_of_a_number_right_score():
    """√(x (k − x) / (k − 1)): 12 of 20 right → √(96/19)."""
    assert classical.conditional_standard_error(12, 20) == pytest.approx(np.sqrt(96 / 19))
    np.testing.assert_allclose(classical.conditional_standard_error([0, 20, 5, 15], 20), [0, 0, *[np.sqrt(75 / 19)] * 2])


@given(st.integers(2, 40), st.floats(0.0, 0.99), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_lord_keats_errors_average_to_that_of_the_group(k, reliability, seed):
    x = np.random.default_rng(seed).binomial(k, 0.3 + 0.4 * np.random.default_rng(seed + 1).random(50)).astype(float)
    mean, sd = x.mean(), x.std()
    if sd == 0 or set(np.unique(x)) <= {0.0, float(k)}:
        return
    at = classical.conditional_standard_error(x, k, method="lord-keats", mean=mean, sd=sd, reliability=reliability)
    assert np.mean(at**2) == pytest.approx(classical.standard_error_of_measurement(sd, reliability) ** 2)
    kr21 = k / (k - 1) * (1 - mean * (k - mean) / (k * sd**2))
    lord = classical.conditional_standard_error(x, k)
    if 0 <= kr21 < 1:
        same = classical.conditional_standard_error(x, k, method="lord-keats", mean=mean, sd=sd, reliability=kr21)
        np.testing.assert_allclose(same, lord, atol=1e-12)


def polytomous(n=400, k=12, seed=8):
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal((n, 1))
    return np.clip(np.round(2 + 0.8 * theta + rng.standard_normal((n, k))), 0, 4)


def test_the_mean_of_item_scatter_is_the_error_that_alpha_gives():
    x = polytomous()
    found = classical.smoothed_standard_error(x)
    sd = x.sum(axis=1).std(ddof=1)
    assert found.overall == pytest.approx(classical.standard_error_of_measurement(sd, classical.alpha(x).estimate))
    # A polynomial with a constant has residuals that sum to 0: the smoothed variances average to that of the group.
    at = classical.smoothed_standard_error(x, degree=2).at(x.sum(axis=1))
    assert np.mean(at**2) == pytest.approx(found.overall**2 * 399 / 400)


def test_two_halves_make_it_the_method_of_mollenkopf():
    x = polytomous()
    halves = ["odd", "even"] * 6
    found = classical.smoothed_standard_error(x, parts=halves, degree=2)
    odd, even = x[:, ::2].sum(axis=1), x[:, 1::2].sum(axis=1)
    squared = ((odd - even) - (odd - even).mean()) ** 2
    total = x.sum(axis=1)
    np.testing.assert_allclose(found.at([20, 30]) ** 2, np.polyval(np.polyfit(total, squared, 2), [20, 30]))
    assert found.n_parts == 2


def test_number_right_scores_of_equally_hard_items_come_near_lord():
    rng = np.random.default_rng(2)
    x = (rng.random((20_000, 20)) < rng.uniform(0.2, 0.9, (20_000, 1))).astype(float)
    found = classical.smoothed_standard_error(x, degree=2)
    np.testing.assert_allclose(found.at([5, 10, 15]), classical.conditional_standard_error([5, 10, 15], 20), rtol=0.02)


def test_beyond_the_scores_that_occurred_the_error_is_that_of_the_nearest():
    found = classical.smoothed_standard_error(polytomous())
    assert found.at(-100) == found.at(found.lowest)
    assert found.at(1000) == found.at(found.highest)
    assert np.isnan(found.at(np.nan))


def test_reliable_change_of_jacobson_and_truax():
    """(after − before) / (SD √2 √(1 − r)): 32.5 after 47.5, SD 7.5, r .80 → 15 / 4.74 = 3.16."""
    assert classical.reliable_change(32.5, 47.5, 7.5, 0.80) == pytest.approx(3.1623, abs=5e-5)
    np.testing.assert_allclose(classical.reliable_change([10, 12], [12, 10], 10, 0.5), [0.2, -0.2])
    assert classical.standard_error_of_difference(10, 0.5) == pytest.approx(10)


def test_difference_scores_of_related_scores_are_unreliable():
    assert classical.difference_reliability(0.8, 0.9, 0.7) == pytest.approx((0.85 - 0.7) / 0.3)
    assert classical.difference_reliability(0.8, 0.8, 0.8) == pytest.approx(0)
    rng = np.random.default_rng(3)
    true = rng.standard_normal((200_000, 2)) @ np.array([[2.0, 1.0], [0.0, 1.5]])
    seen = true + rng.standard_normal((200_000, 2)) * [1.0, 2.0]
    rel = true.var(axis=0) / seen.var(axis=0)
    r, (sd_first, sd_second) = np.corrcoef(seen.T)[0, 1], seen.std(axis=0)
    got = classical.difference_reliability(*rel, r, sd_first=sd_first, sd_second=sd_second)
    assert got == pytest.approx(np.diff(true).var() / np.diff(seen).var(), abs=0.01)


def test_angoff_cut_of_the_worked_example():
    judges = [(0.60, 0.80, 0.40, 0.70, 0.50), (0.70, 0.75, 0.50, 0.65, 0.45), (0.55, 0.85, 0.45, 0.60, 0.55)]
    cut = classical.angoff_cut(np.transpose(judges))
    np.testing.assert_allclose(cut.judge_totals, [3.00, 3.05, 3.00])
    assert cut.estimate == pytest.approx(3.017, abs=5e-4)
    assert cut.share == pytest.approx(0.603, abs=5e-4)
    assert cut.standard_error == pytest.approx(0.017, abs=5e-4)
    assert cut.confidence_interval() == pytest.approx((3.01667 - 4.30265 * 0.0166667, 3.01667 + 4.30265 * 0.0166667), abs=1e-4)


def test_angoff_of_rated_items_adds_points():
    cut = classical.angoff_cut([[3, 4], [2, 2], [1, 0]], max_scores=[4, 4, 2])
    assert (cut.estimate, cut.share) == pytest.approx((6, 0.6))
    assert cut.item_means.tolist() == [3.5, 2, 0.5]
    assert cut.standard_error == 0


def test_population_stability_of_the_worked_example():
    expected, actual = [0.1, 0.2, 0.4, 0.2, 0.1], [0.05, 0.15, 0.4, 0.25, 0.15]
    assert classical.population_stability_index(expected, actual) == pytest.approx(0.0805, abs=5e-5)
    counts = classical.population_stability_index(np.multiply(expected, 200), np.multiply(actual, 60))
    assert counts == pytest.approx(classical.population_stability_index(expected, actual))


@given(st.lists(st.integers(1, 50), min_size=2, max_size=8), st.integers(0, 100))
@settings(max_examples=30, deadline=None)
def test_population_stability_is_symmetric_and_never_negative(people, seed):
    other = np.random.default_rng(seed).permutation(people)
    there = classical.population_stability_index(people, other)
    assert there == pytest.approx(classical.population_stability_index(other, people))
    assert there >= -1e-15
    assert classical.population_stability_index([*people, 0], [*other, 0]) == pytest.approx(there)


def test_servqual_gap_of_the_worked_example():
    gap = classical.service_gap([5, 6, 5, 6, 4], [7, 6, 6, 7, 6])
    assert gap.items.tolist() == [-2, 0, -1, -1, -2]
    assert gap.estimate == pytest.approx(-1.20)
    assert gap.weighted(18) == pytest.approx(-0.216)


def test_a_gap_needs_both_sides_of_an_answer():
    gap = classical.service_gap([[5, np.nan], [3, 4]], [[6, 7], [np.nan, 6]])
    assert gap.items.tolist() == [-1, -2]
    assert gap.n_people == 2


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: classical.conditional_standard_error(21, 20), "number_right must lie between 0 and 20"),
        (lambda: classical.conditional_standard_error(1, 1), "n_items must be a whole number of at least 2"),
        (lambda: classical.conditional_standard_error(1, 20, method="feldt"), "method must be 'lord' or 'lord-keats'"),
        (lambda: classical.conditional_standard_error(1, 20, reliability=0.8), "for method 'lord-keats' alone"),
        (lambda: classical.conditional_standard_error(1, 20, method="lord-keats", mean=3), "must all be given"),
        (
            lambda: classical.conditional_standard_error(1, 20, method="lord-keats", mean=10, sd=0, reliability=0.8),
            "sd must be above 0",
        ),
        (
            lambda: classical.conditional_standard_error(1, 20, method="lord-keats", mean=10, sd=10, reliability=0.8),
            "sd must be below that of scores which are all 0 or n_items",
        ),
        (lambda: classical.smoothed_standard_error(polytomous()[:4]), "more than 4 distinct sums"),
        (lambda: classical.smoothed_standard_error(polytomous(), parts=["one"] * 12), "parts must be at least two"),
        (lambda: classical.smoothed_standard_error(polytomous(), parts=["one"]), "parts must hold 12 labels"),
        (lambda: classical.reliable_change(1, 2, 0, 0.5), "sd must be above 0 and reliability below 1"),
        (lambda: classical.difference_reliability(0.5, 0.5, 1.0), "r must leave a difference that varies"),
        (
            lambda: classical.conditional_standard_error(1, 20, method="lord-keats", mean=10, sd=3, reliability=np.nan),
            "reliability must be one finite number",
        ),
        (
            lambda: classical.conditional_standard_error(1, 20, method="lord-keats", mean=10, sd="3", reliability=0.5),
            "sd must be one finite number",
        ),
        (lambda: classical.smoothed_standard_error(polytomous(), degree=np.nan), "degree must be one finite number"),
        (lambda: classical.reliable_change([1, 2], [1, 2, 3], 5, 0.5), "before and after and sd must be numbers or arrays of one"),
        (lambda: classical.difference_reliability(0.5, [0.5, 0.6], [0.1, 0.2, 0.3]), "must be numbers or arrays of one shape"),
        (lambda: classical.angoff_cut([[0.5, 0.6]]).confidence_interval(1.0), "level must lie strictly between 0 and 1"),
        (lambda: classical.angoff_cut([[0.5, 0.6]]).confidence_interval(1.5), "level must lie strictly between 0 and 1"),
        (lambda: classical.angoff_cut([[0.5], [0.6]]), "ratings must be items by judges"),
        (lambda: classical.angoff_cut([[0.5, 1.2]]), "ratings must lie between 0 and the item's highest score"),
        (lambda: classical.angoff_cut([[0.5, np.nan]]), "ratings must not hold NaN"),
        (lambda: classical.angoff_cut([[1, 2]], max_scores=[1, 2]), "max_scores must be one number above 0, or 1 of them"),
        (lambda: classical.population_stability_index([0.5, 0.5], [1, 0]), "people in class 1"),
        (lambda: classical.population_stability_index([-1, 2], [1, 1]), "expected must be at least 0 and not all 0"),
        (lambda: classical.population_stability_index([1, 2], [1, 1, 1]), "actual must hold 2 values"),
        (lambda: classical.service_gap([1, 2], [1]), "expectations must hold 2 values"),
        (lambda: classical.service_gap([[1, np.nan]], [[1, 2]]), "known for every item"),
        (lambda: classical.service_gap([1], [2]).weighted(120), "points must lie between 0 and 100"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

"""Signs of careless answering beyond runs and speed: variability, distance, consistency, and the rule that two must agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assessment.psychometrics import response_quality

nan = np.nan
ratings = hnp.arrays(np.float64, (6, 5), elements=st.integers(1, 5).map(float))


def careful_and_careless(n_people=60, n_careless=8, seed=2):
    """Six scales of four statements that follow one trait each; the last people answer at random."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(0, 1.2, (n_people, 6))
    answers = np.clip(np.round(3 + np.repeat(trait, 4, axis=1) + rng.normal(0, 0.4, (n_people, 24))), 1, 5)
    answers[-n_careless:] = rng.integers(1, 6, (n_careless, 24))
    return answers, np.repeat(np.arange(6), 4)


def test_irv_is_the_standard_deviation_of_a_persons_answers():
    found = response_quality.intra_individual_variability(
        [[1, 2, 3, 4, 5], [3, 3, 3, 3, 3], [1, nan, 5, nan, nan], [2] + [nan] * 4]
    )
    np.testing.assert_allclose(found, [np.sqrt(2.5), 0, np.sqrt(8), nan])


@settings(max_examples=30)
@given(ratings)
def test_variability_of_one_scenario_is_that_of_the_whole(answers):
    np.testing.assert_allclose(
        response_quality.within_scenario_variability(answers, np.zeros(5)), response_quality.intra_individual_variability(answers)
    )


def test_squared_distance_is_the_textbook_formula_and_sums_to_its_expectation():
    x = np.random.default_rng(0).normal(size=(50, 4)) @ np.array([[1, 0.5, 0, 0], [0, 1, 0.3, 0], [0, 0, 1, 0.2], [0, 0, 0, 1]])
    found = response_quality.mahalanobis_distance(x)
    apart = x - x.mean(axis=0)
    by_hand = [row @ np.linalg.inv(np.cov(x.T)) @ row for row in apart]
    np.testing.assert_allclose(found.estimate, by_hand)
    assert found.estimate.sum() == pytest.approx(49 * 4)
    assert found.df.tolist() == [4] * 50 and found.n == 50


def test_p_values_are_those_of_the_chi_square():
    """With 2 degrees of freedom the upper tail is exp(−D² / 2); normal answers give a p below .05 in 5 of 100."""
    x = np.random.default_rng(1).normal(size=(2_000, 2))
    found = response_quality.mahalanobis_distance(x)
    np.testing.assert_allclose(found.p_value, np.exp(-found.estimate / 2))
    assert (found.p_value < 0.05).mean() == pytest.approx(0.05, abs=0.015)


def test_redundant_and_constant_columns_change_no_distance():
    x = np.random.default_rng(2).normal(size=(30, 3))
    plain = response_quality.mahalanobis_distance(x)
    more = response_quality.mahalanobis_distance(np.column_stack([x, x.sum(axis=1), np.full(30, 4.0)]))
    np.testing.assert_allclose(more.estimate, plain.estimate)
    np.testing.assert_allclose(more.p_value, plain.p_value)
    assert more.df.tolist() == [3] * 30


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.floats(0.2, 5), st.floats(-4, 4))
def test_the_unit_of_the_answers_does_not_matter(seed, stretch, shift):
    x = np.random.default_rng(seed).normal(size=(25, 3))
    x[seed % 25, seed % 3] = nan
    plain = response_quality.mahalanobis_distance(x).estimate
    moved = response_quality.mahalanobis_distance(x * [stretch, 1, -1] + shift).estimate
    np.testing.assert_allclose(moved, plain, rtol=1e-5)


def test_with_missing_answers_mean_and_covariance_are_the_maximum_likelihood_ones():
    """Where one of two columns is known for everybody, the estimates follow from regression on it (Anderson, 1957)."""
    rng = np.random.default_rng(3)
    y = rng.normal(size=(40, 2)) @ np.array([[1, 0.7], [0, 1]])
    y[25:, 1] = nan
    full = y[:25]
    slope = np.cov(full.T, ddof=0)[0, 1] / full[:, 0].var()
    m1, v1 = y[:, 0].mean(), y[:, 0].var()
    m2 = full[:, 1].mean() + slope * (m1 - full[:, 0].mean())
    left = full[:, 1].var() - slope**2 * full[:, 0].var()
    s = np.array([[v1, slope * v1], [slope * v1, left + slope**2 * v1]]) * 40 / 39
    by_hand = [(row - [m1, m2]) @ np.linalg.inv(s) @ (row - [m1, m2]) for row in full]
    by_hand += [(a - m1) ** 2 / s[0, 0] for a in y[25:, 0]]
    found = response_quality.mahalanobis_distance(y)
    np.testing.assert_allclose(found.estimate, by_hand, rtol=1e-5)
    assert found.df.tolist() == [2] * 25 + [1] * 15


def test_who_answered_nothing_has_no_distance_and_counts_for_nothing():
    x = np.random.default_rng(4).normal(size=(20, 2))
    found = response_quality.mahalanobis_distance(np.vstack([x, [nan, nan]]))
    np.testing.assert_allclose(found.estimate[:20], response_quality.mahalanobis_distance(x).estimate)
    assert np.isnan(found.estimate[20]) and np.isnan(found.p_value[20]) and found.df[20] == 0 and found.n == 20


def test_even_odd_consistency_by_hand():
    """Three scales of two statements: halves (1, 3, 5) and (2, 3, 4) agree; (1, 3, 5) and (5, 4, 1) do not."""
    answers = [[1, 2, 3, 3, 5, 4], [1, 5, 3, 4, 5, 1], [2, 2, 2, 2, 2, 2], [1, nan, 3, 3, 5, 4], [1, 1, 3, 2, 2, 5]]
    r = np.corrcoef([1, 3, 2], [1, 2, 5])[0, 1]
    np.testing.assert_allclose(
        response_quality.even_odd_consistency(answers, [0, 0, 1, 1, 2, 2]), [1, -1, nan, nan, 2 * r / (1 + r)]
    )


def test_even_odd_halves_are_means_of_what_was_answered_and_scales_may_lie_mixed():
    scale = [0, 1, 2, 0, 1, 2, 0, 1, 2, 9]
    answers = np.array([[1, 3, 5, 2, 4, 5, 3, 1, nan, 1.0]])
    r = np.corrcoef([(1 + 3) / 2, (3 + 1) / 2, 5], [2, 4, 5])[0, 1]
    assert response_quality.even_odd_consistency(answers, scale)[0] == pytest.approx(2 * r / (1 + r))


def test_synonyms_are_the_pairs_above_the_critical_correlation():
    answers, scale = careful_and_careless()
    found = response_quality.psychometric_synonyms(answers)
    r = np.corrcoef(answers.T)
    wanted = [(i, j) for i in range(24) for j in range(i + 1, 24) if r[i, j] > 0.6]
    assert found.pairs.tolist() == [list(pair) for pair in wanted] and (scale[found.pairs[:, 0]] == scale[found.pairs[:, 1]]).all()
    person = answers[5]
    assert found.estimate[5] == pytest.approx(np.corrcoef(person[found.pairs[:, 0]], person[found.pairs[:, 1]])[0, 1])


def test_antonyms_are_synonyms_turned_round():
    answers, _ = careful_and_careless()
    turned = np.where(np.arange(24) % 2 == 1, 6 - answers, answers)
    opposite = response_quality.psychometric_antonyms(turned)
    r = np.corrcoef(turned.T)
    assert opposite.pairs.tolist() == np.argwhere(np.triu(r < -0.6, 1)).tolist()
    assert opposite.estimate[:52].mean() < -0.6 and opposite.estimate[-8:].mean() > -0.4


def test_consistency_tells_careful_people_from_random_answers():
    answers, scale = careful_and_careless()
    for found in (
        response_quality.even_odd_consistency(answers, scale),
        response_quality.psychometric_synonyms(answers).estimate,
    ):
        assert np.median(found[:52]) > 0.8 and found[-8:].mean() < 0.5


def test_pairs_that_were_left_out_do_not_count():
    answers, _ = careful_and_careless()
    with_holes = answers.copy()
    with_holes[0, 2:] = nan
    with_holes[1, 4:8] = nan
    found = response_quality.psychometric_synonyms(with_holes)
    assert np.isnan(found.estimate[0]) and found.n_pairs[0] <= 2
    assert found.n_pairs[1] < found.n_pairs[2] == len(found.pairs)


def test_two_families_must_agree_and_two_signs_of_one_do_not():
    flags = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]], dtype=bool)
    assert response_quality.needs_review(*flags.T).tolist() == [False] * 4 + [True] * 4


def test_flags_may_be_ones_and_noughts():
    assert response_quality.needs_review([1, 1, 0], [1.0, 0.0, 1.0], [0, 1, 0], [1, 0, 0]).tolist() == [False, True, False]


def test_time_is_no_sign_where_more_of_it_was_granted():
    pattern, speed, fit = [True, True, True], [True, True, True], [False, False, True]
    assert response_quality.needs_review(pattern, speed, fit, untimed=[False, True, True]).tolist() == [True, False, True]
    assert response_quality.needs_review(pattern, speed, fit, untimed=True).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: response_quality.intra_individual_variability([1, 2]), "responses must be two-dimensional"),
        (lambda: response_quality.mahalanobis_distance([[1, 2], [1, 2], [1, 2]]), "responses must vary"),
        (lambda: response_quality.mahalanobis_distance([[nan, nan]]), "responses must vary"),
        (lambda: response_quality.mahalanobis_distance([[1, 2], [2, 1], [3, 4]]), "more than 3 people for 2 independent"),
        (lambda: response_quality.mahalanobis_distance([[1, nan], [2, 1], [nan, 4], [nan, 5], [3, nan]]), "answered both"),
        (lambda: response_quality.even_odd_consistency([[1, 2, 3, 4]], [0, 0, 1, 1]), "at least 3 scales"),
        (lambda: response_quality.even_odd_consistency([[1, 2]], [0]), "scale must hold 2 values"),
        (lambda: response_quality.psychometric_synonyms(np.eye(4)), "at least 3 pairs of columns correlated above 0.6; 0 are"),
        (lambda: response_quality.psychometric_synonyms(np.eye(4), 1.2), "critical must lie strictly between 0 and 1"),
        (lambda: response_quality.psychometric_antonyms(np.eye(4), 0.6), "critical must lie strictly between -1 and 0"),
        (lambda: response_quality.psychometric_synonyms(np.eye(4), "high"), "critical must be one finite number"),
        (lambda: response_quality.psychometric_antonyms(np.eye(4), nan), "critical must be one finite number"),
        (lambda: response_quality.needs_review(["yes"], [True], [True]), "pattern must hold numbers only"),
        (lambda: response_quality.needs_review([True], [True], [True], untimed=[True, False]), "untimed must hold 1 values"),
        (lambda: response_quality.needs_review([2, 0], [True, True], [True, True]), "pattern must hold true or false"),
        (lambda: response_quality.needs_review([True], [True, True], [True]), "speed must hold 1 values"),
        (lambda: response_quality.needs_review(True, [True], [True]), "pattern must be one-dimensional"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

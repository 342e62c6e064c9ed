"""The classical scoring methods of situational judgment: distances, dichotomies, points for best and worst, ranks and sets."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assessment.psychometrics import keying

nan = np.nan
KEY = (4.6, 1.8, 3.2, 2.4)
RATINGS = [[5.0, 3.0, 4.0, 3.0]]
ratings_1_to_5 = hnp.arrays(np.float64, (5, 4), elements=st.integers(1, 5).map(float))


def test_raw_distances_of_the_worked_example():
    assert keying.absolute_distance(RATINGS, KEY)[0] == pytest.approx(-3.0)
    assert keying.squared_distance(RATINGS, KEY)[0] == pytest.approx(-2.60)


def test_rating_three_quarters_of_a_point_too_high_everywhere_is_perfect_in_shape_and_nothing_else():
    parts = keying.profile_decomposition(np.add(KEY, 0.75)[None, :], KEY)
    np.testing.assert_allclose([parts.elevation[0], parts.scatter[0], parts.shape[0]], [0.5625, 0, 0], atol=1e-12)
    assert keying.squared_distance(np.add(KEY, 0.75)[None, :], KEY)[0] == pytest.approx(-4 * 0.5625)


def test_z_scores_of_the_worked_example():
    z, key = keying.within_person_z(RATINGS)[0], keying.within_person_z([KEY])[0]
    np.testing.assert_allclose(z, [1.5076, -0.9045, 0.3015, -0.9045], atol=5e-5)
    np.testing.assert_allclose(key, [1.5255, -1.1442, 0.1907, -0.5721], atol=5e-5)
    assert keying.squared_distance([z], key)[0] == pytest.approx(-0.1805, abs=5e-5)
    r = np.corrcoef(RATINGS[0], KEY)[0, 1]
    assert keying.squared_distance([z], key)[0] == pytest.approx(-2 * 4 * (1 - r))


def test_standardised_ratings_are_the_z_scores_on_the_scale_of_the_key():
    rescaled = keying.within_person_standardised(RATINGS, KEY)
    np.testing.assert_allclose(rescaled.mean(), np.mean(KEY))
    np.testing.assert_allclose(rescaled.std(), np.std(KEY))
    assert keying.squared_distance(rescaled, KEY)[0] == pytest.approx(-np.var(KEY) * 0.18053, abs=1e-4)


@settings(max_examples=40)
@given(ratings_1_to_5, st.floats(-3, 3), st.floats(0.1, 5))
def test_standardised_ratings_ignore_elevation_and_stretch(ratings, shift, stretch):
    middle = ratings.mean(axis=1, keepdims=True)
    plain = keying.within_person_standardised(ratings, KEY)
    np.testing.assert_allclose(keying.within_person_standardised(ratings + shift, KEY), plain, atol=1e-8)
    np.testing.assert_allclose(keying.within_person_standardised(middle + stretch * (ratings - middle), KEY), plain, atol=1e-8)


@settings(max_examples=40)
@given(ratings_1_to_5)
def test_the_standardised_squared_distance_is_twice_what_the_correlation_lacks(ratings):
    rescaled = keying.within_person_standardised(ratings, KEY)
    varied = np.ptp(ratings, axis=1) > 0
    r = 2 * keying.shape(ratings, KEY) - 1
    expected = -np.var(KEY) * 2 * 4 * (1 - r)
    np.testing.assert_allclose(keying.squared_distance(rescaled, KEY)[varied], expected[varied], atol=1e-9)


@settings(max_examples=40)
@given(ratings_1_to_5)
def test_the_squared_distance_is_what_the_profile_decomposition_splits(ratings):
    np.testing.assert_allclose(
        keying.squared_distance(ratings, KEY), -4 * keying.profile_decomposition(ratings, KEY).distance, atol=1e-12
    )


@settings(max_examples=40)
@given(ratings_1_to_5, st.permutations(range(4)))
def test_the_order_of_options_changes_no_score(ratings, order):
    key, moved = np.array(KEY), ratings[:, order]
    for method in (keying.absolute_distance, keying.squared_distance, keying.dichotomised, keying.shape):
        np.testing.assert_allclose(method(moved, key[order]), method(ratings, key), atol=1e-12)


def test_a_flat_rater_stands_at_the_mean_of_the_key():
    np.testing.assert_allclose(keying.within_person_standardised([[3, 3, 3, 3]], KEY), [[3, 3, 3, 3]])
    np.testing.assert_allclose(keying.within_person_z([[0.1, 0.1, 0.1]]), [[0, 0, 0]])


def test_what_was_not_rated_stays_missing_and_the_rest_is_standardised_over_the_rated():
    z = keying.within_person_z([[1, nan, 3, 5]])
    np.testing.assert_allclose(z, [[-1.224745, nan, 0, 1.224745]], atol=1e-6)
    rescaled = keying.within_person_standardised([[1, nan, 3, 5]], KEY)
    assert np.nanmean(rescaled) == pytest.approx(np.mean([4.6, 3.2, 2.4]))
    assert np.isnan(keying.absolute_distance(rescaled, KEY)).all() and np.isnan(keying.squared_distance(rescaled, KEY)).all()


def test_dichotomised_counts_the_options_on_the_side_of_the_key():
    """Key sides on a 5-point scale: above, below, above, below; 3 takes no side."""
    given_ratings = [[5, 1, 4, 2], [3, 1, 4, 2], [1, 5, 2, 4], [4, 2, 2, 1], [4, nan, 4, 1]]
    np.testing.assert_allclose(keying.dichotomised(given_ratings, KEY), [1, 0.75, 0, 0.75, nan])


def test_an_option_that_the_key_puts_in_the_middle_does_not_count():
    np.testing.assert_allclose(keying.dichotomised([[3, 5, 1], [1, 5, 5]], [3, 4.5, 1.2]), [1, 0.5])
    np.testing.assert_allclose(keying.dichotomised([[4, 3], [3, 4]], [6.0, 2.0], n_points=6), [1, 0])


def test_best_and_worst_points_run_from_minus_two_to_two():
    """Key of three options: best, worst, between. Pairs of (best, worst) as a person may name them."""
    pairs = {(0, 1): 2, (0, 2): 1, (2, 1): 1, (1, 0): -2, (1, 2): -1, (2, 0): -1}
    best, worst = zip(*pairs, strict=True)
    assert keying.best_worst_points(best, worst, [4.5, 1.5, 3.0]).tolist() == list(pairs.values())
    np.testing.assert_allclose(keying.best_worst_points([nan, 0], [1, nan], [4.5, 1.5, 3.0]), [nan, nan])


def test_options_tied_for_best_are_both_best():
    assert keying.best_worst_points([0, 1, 0], [2, 2, 1], [4, 4, 1]).tolist() == [2, 2, 0]


def test_a_near_miss_costs_a_point_a_place_and_never_more_than_the_option_is_worth():
    """Five options, four points each: the key's own order earns 20, the opposite one 0 + 2 + 4 + 2 + 0."""
    key = [5, 4, 3, 2, 1]
    places = [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [2, 1, 3, 4, 5], [5, 1, 2, 3, 4], [nan, 1, 2, 3, 4]]
    np.testing.assert_allclose(keying.rank_near_miss(places, key), [20, 8, 18, 12, nan])


@settings(max_examples=40)
@given(st.permutations(range(5)))
def test_with_five_options_near_misses_are_the_rank_distance_in_points(order):
    """No option can be more than four places off, so that the floor is never reached; the farthest order is 12 places off."""
    places, key = np.array([order]) + 1.0, [5.0, 4.0, 3.0, 2.0, 1.0]
    assert keying.rank_near_miss(places, key)[0] == pytest.approx(20 - 12 * (1 - keying.rank_distance(places, key)[0]))


def test_more_than_four_places_off_earns_nothing_and_takes_nothing():
    assert keying.rank_near_miss([[6, 2, 3, 4, 5, 1]], [6, 5, 4, 3, 2, 1])[0] == 16


def test_options_that_the_key_ties_are_in_place_either_way():
    np.testing.assert_allclose(keying.rank_near_miss([[1, 2, 3], [2, 1, 3], [3, 1, 2]], [4, 4, 1]), [12, 12, 10])


def test_choosing_three_of_eight_earns_four_points_a_hit():
    credits = [4, 0, 4, 0, 0, 4, 0, 0]
    chosen = np.zeros((4, 8))
    for row, options in enumerate(([0, 2, 5], [0, 2, 7], [1, 3, 4], [0])):
        chosen[row, options] = 1
    np.testing.assert_allclose(keying.choose_n(chosen, credits, 3), [12, 8, 0, 4])
    chosen[0, 6] = nan
    assert np.isnan(keying.choose_n(chosen, credits, 3)[0])


@settings(max_examples=25)
@given(st.lists(st.integers(0, 4), min_size=5, max_size=5).filter(lambda key: len(set(key)) > 1))
def test_no_choice_earns_more_than_the_best_options_together(key):
    sets = [[float(option in chosen) for option in range(5)] for chosen in itertools.combinations(range(5), 2)]
    assert keying.choose_n(sets, key, 2).max() == sum(sorted(key)[-2:])


def test_option_credit_keeps_the_unit_of_the_key():
    np.testing.assert_allclose(keying.option_credit([0, 2, nan], [24.0, -10.0, -14.0]), [24, -14, nan])
    np.testing.assert_allclose(keying.option_credit([0, 1], [0.0, 0.0]), [0, 0])


def test_keys_that_agree_converge_and_change_no_decision():
    scores = np.arange(10.0)
    found = keying.compare_keys(np.column_stack([scores, 3 * scores - 1, -scores]), 0.3)
    np.testing.assert_allclose(found.rank_correlations, [[1, 1, -1], [1, 1, -1], [-1, -1, 1]])
    assert found.changes.tolist() == [[0, 0, 6], [0, 0, 6], [6, 6, 0]]
    assert found.n_passed.tolist() == [3, 3, 3] and found.n == 10


def test_ties_share_ranks_and_pass_together():
    """Ranks 1, 2.5, 2.5, 4, 5 and 2, 1, 3.5, 3.5, 5: products of deviations sum to 7.25, squares to 9.5 in both."""
    found = keying.compare_keys([[1, 2], [2, 1], [2, 3], [4, 3], [5, 5], [nan, 4]], 0.4)
    assert found.rank_correlations[0, 1] == pytest.approx(7.25 / 9.5)
    assert found.n_passed.tolist() == [2, 3] and found.changes[0, 1] == 1 and found.n == 5


def test_a_key_that_gives_everybody_one_score_has_no_rank_correlation():
    found = keying.compare_keys([[1, 5], [2, 5], [3, 5]], 0.3)
    assert np.isnan(found.rank_correlations[0, 1]) and found.changes[0, 1] == 2


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: keying.absolute_distance([[1, 2, 3]], KEY), "ratings must have 4 columns"),
        (lambda: keying.squared_distance(np.empty((2, 0)), []), "option_scores must hold at least one option"),
        (lambda: keying.dichotomised([[0, 1, 2, 3]], KEY), "ratings must lie between 1 and 5"),
        (lambda: keying.dichotomised([[1, 2]], [1, 6]), "option_scores must lie between 1 and 5"),
        (lambda: keying.dichotomised([[1, 2]], [3, 3]), "option_scores must not all lie on the middle"),
        (lambda: keying.within_person_standardised([[1, 2]], [1, 2, 3]), "option_scores must hold 2 values"),
        (lambda: keying.best_worst_points([0], [0], [1, 2]), "must name different options"),
        (lambda: keying.rank_near_miss([[1, 1, 2]], [1, 2, 3]), "places must be a permutation of 1 to 3"),
        (lambda: keying.rank_near_miss([[1, 2]], [1, 2], 0), "full_marks must be a whole number of at least 1"),
        (lambda: keying.choose_n([[1, 1, 1]], [1, 0, 0], 2), "chosen must name at most 2 options"),
        (lambda: keying.choose_n([[0.5, 1, 0]], [1, 0, 0], 2), "chosen must hold 1 for chosen"),
        (lambda: keying.choose_n([[1, 1, 1]], [1, 0, 0], 3), "n_choices must be below the number of options"),
        (lambda: keying.option_credit([2], [1, 2]), "chosen must hold option indices from 0 to 1"),
        (lambda: keying.compare_keys([[1], [2], [3]], 0.5), "at least two columns"),
        (lambda: keying.compare_keys([[1, 2], [nan, 2], [1, 3]], 0.5), "at least 3 people"),
        (lambda: keying.compare_keys([[1, 2], [2, 2], [1, 3]], 1.0), "selection_ratio must lie strictly"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

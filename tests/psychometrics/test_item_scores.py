"""Answers to item scores: the formulas of each scoring method, worked by hand and as properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assessment.psychometrics import keying

nan = np.nan
KEY = (4.6, 1.8, 3.2, 2.4)
ratings_1_to_5 = hnp.arrays(np.float64, (6, 4), elements=st.integers(1, 5).map(float))


def test_the_best_option_scores_one_and_the_worst_zero():
    scores = keying.option_value([0, 1, 2, nan], [4.5, 1.5, 3.0])
    np.testing.assert_allclose(scores, [1, 0, 0.5, nan])


def test_best_worst_gives_half_for_options_of_equal_worth():
    scores = keying.best_worst([0, 1, 2, nan, 0], [1, 0, 3, 1, nan], [4.5, 1.5, 3.0, 3.0])
    np.testing.assert_allclose(scores, [1, 0, 0.5, nan, nan])


def test_a_ranking_opposite_to_the_key_scores_zero_and_one_swap_of_neighbours_costs_a_quarter():
    places = [[1, 4, 2, 3], [4, 1, 3, 2], [2, 4, 1, 3], [nan, 4, 2, 3]]
    np.testing.assert_allclose(keying.rank_distance(places, KEY), [1, 0, 0.75, nan])


def test_options_that_the_key_ties_may_be_ranked_either_way():
    np.testing.assert_allclose(keying.rank_distance([[1, 2, 3, 4], [2, 1, 3, 4], [4, 3, 2, 1]], [4, 4, 2, 1]), [1, 1, 0])


@given(st.permutations([1.0, 2.0, 3.0, 4.0]), st.lists(st.integers(1, 5), min_size=4, max_size=4))
def test_a_rank_score_stays_between_zero_and_one(places, key):
    if len(set(key)) > 1:
        assert 0 <= keying.rank_distance([places], key)[0] <= 1


def test_profile_decomposition_of_the_worked_example():
    """Published shape of the formula: Cronbach & Gleser (1953); figures worked from key and ratings."""
    parts = keying.profile_decomposition([[5, 3, 4, 3]], KEY)
    assert parts.distance[0] == pytest.approx(0.65)
    assert parts.elevation[0] == pytest.approx(0.5625)
    assert parts.scatter[0] == pytest.approx(0.0482, abs=5e-5)
    assert parts.shape[0] == pytest.approx(0.0393, abs=5e-5)
    assert parts.correlation[0] == pytest.approx(0.9774, abs=5e-5)


@given(ratings_1_to_5)
def test_elevation_scatter_and_shape_add_up_to_the_distance(ratings):
    parts = keying.profile_decomposition(ratings, KEY)
    np.testing.assert_allclose(parts.elevation + parts.scatter + parts.shape, parts.distance, atol=1e-12)


def test_z_scores_of_the_worked_example():
    ratings = np.array([[5.0, 3, 4, 3]])
    style = keying.rating_style(ratings, KEY)
    person = (ratings[0] - style.person_mean) / style.person_sd
    key = (np.array(KEY) - style.key_mean) / style.key_sd
    np.testing.assert_allclose(key, [1.5255, -1.1442, 0.1907, -0.5721], atol=5e-5)
    np.testing.assert_allclose(person, [1.5076, -0.9045, 0.3015, -0.9045], atol=5e-5)
    assert ((person - key) ** 2).sum() == pytest.approx(0.1805, abs=5e-5)
    assert ((person - key) ** 2).sum() == pytest.approx(2 * 4 * (1 - 0.97743), abs=5e-4)


def scored(ratings, key=KEY):
    ratings = np.asarray(ratings, dtype=float)
    return keying.standardised_distance(ratings, key, *keying.rating_style(ratings, key))


@given(ratings_1_to_5, st.floats(-3, 3), st.floats(0.1, 5))
def test_standardised_distance_ignores_elevation_and_stretch(ratings, shift, stretch):
    middle = ratings.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(scored(ratings), scored(ratings + shift), atol=1e-9)
    np.testing.assert_allclose(scored(ratings), scored(middle + stretch * (ratings - middle)), atol=1e-9)


@given(ratings_1_to_5)
def test_shape_lies_between_zero_and_one_and_ignores_elevation(ratings):
    scores = keying.shape(ratings, KEY)
    assert ((scores >= 0) & (scores <= 1)).all()
    np.testing.assert_allclose(scores, keying.shape(ratings + 1, KEY), atol=1e-9)


def test_rating_as_the_key_does_scores_one_on_every_item_of_a_form():
    form_key = np.array([4.6, 1.8, 3.2, 2.4, 1.0, 2.0, 1.5])
    ratings = np.array([form_key, 2 * form_key - 1])
    style = keying.rating_style(ratings, form_key)
    for columns in (slice(0, 4), slice(4, 7)):
        np.testing.assert_allclose(keying.standardised_distance(ratings[:, columns], form_key[columns], *style), [1, 1])


def test_who_never_varies_is_taken_to_rate_everything_at_the_mean_of_the_key():
    expected = 1 - np.abs(np.array(KEY) - 3.0).mean() / 2
    np.testing.assert_allclose(scored([[3, 3, 3, 3], [0.1, 0.1, 0.1, 0.1]]), [expected, expected])
    np.testing.assert_allclose(keying.shape([[3, 3, 3, 3], [0.1, 0.1, 0.1, 0.1]], KEY), [0.5, 0.5])


def test_a_person_whose_spread_is_not_known_is_not_taken_for_one_who_never_varies():
    scored = keying.standardised_distance([[1, 5], [1, 5]], [1, 5], [3, 3], [np.nan, 0], 3, 2)
    np.testing.assert_array_equal(scored, [np.nan, 0.0])


def test_nobody_and_nothing_rated_leave_nothing():
    assert keying.within_person_z(np.empty((3, 0))).shape == (3, 0)
    assert keying.within_person_z(np.empty((0, 3))).shape == (0, 3)
    assert np.isnan(keying.rating_style(np.empty((3, 0)), []).person_mean).all()


def test_an_item_that_was_rated_in_part_is_not_scored():
    assert np.isnan(scored([[5, 3, nan, 3]])).all()
    assert np.isnan(keying.shape([[5, 3, nan, 3], [nan] * 4], KEY)).all()


def test_the_key_is_summed_up_over_the_options_that_the_person_rated():
    style = keying.rating_style([[5, 3, nan, 3], [nan] * 4], KEY)
    assert style.key_mean[0] == pytest.approx((4.6 + 1.8 + 2.4) / 3)
    assert np.isnan(style.person_mean[1])


def test_likert_turns_round_statements_worded_against_the_facet():
    np.testing.assert_allclose(keying.likert([1, 3, 5, nan], "plus"), [0, 0.5, 1, nan])
    np.testing.assert_allclose(keying.likert([1, 3, 5, nan], "minus"), [1, 0.5, 0, nan])
    np.testing.assert_allclose(keying.likert([1, 4], "minus", n_points=4), [1, 0])


def test_composite_weighs_what_was_answered():
    scores = keying.composite([[1, 0, 0.5], [1, nan, 0.5], [nan, nan, nan]], [2, 1, 1])
    np.testing.assert_allclose(scores, [0.625, 2.5 / 3, nan])


@given(hnp.arrays(np.float64, (5, 3), elements=st.floats(0, 1)), st.permutations(range(5)))
def test_composite_does_not_depend_on_who_else_is_scored(item_scores, order):
    alone = [keying.composite(row[None, :], [0.3, 1.7, 1.0])[0] for row in item_scores]
    together = keying.composite(item_scores, [0.3, 1.7, 1.0])
    assert together.tolist() == alone
    assert keying.composite(item_scores[list(order)], [0.3, 1.7, 1.0]).tolist() == together[list(order)].tolist()


def test_indicators_leave_unanswered_rows_missing():
    np.testing.assert_allclose(keying.indicator_coding([2, nan, 0], 3), [[0, 0, 1], [nan] * 3, [1, 0, 0]])


def test_scale_scores_reverse_and_average_what_was_answered():
    scores = keying.scale_scores([[4, 1], [4, nan], [nan, nan]], [False, True], 1, 4)
    np.testing.assert_allclose(scores, [4, 4, nan])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: keying.option_value([3], [1, 2, 3]), "chosen must hold option indices from 0 to 2"),
        (lambda: keying.option_value([0.5], [1, 2, 3]), "chosen must hold option indices"),
        (lambda: keying.option_value([0], [2, 2]), "option_scores must differ"),
        (lambda: keying.option_value([np.inf], [1, 2]), "chosen must be finite"),
        (lambda: keying.best_worst([1], [1], [1, 2]), "best and worst must name different options"),
        (lambda: keying.rank_distance([[1, 1, 2]], [1, 2, 3]), "places must be a permutation of 1 to 3"),
        (lambda: keying.rank_distance([[1, 2]], [1, 2, 3]), "places must have 3 columns"),
        (lambda: keying.likert([0], "plus"), "ratings must lie between 1 and 5"),
        (lambda: keying.likert([1], "up"), "direction must be 'plus' or 'minus'"),
        (lambda: keying.composite([[1, 2]], [1, -1]), "weights must be at least 0"),
        (lambda: keying.composite([[1, 2]], [0, 0]), "weights must be at least 0 and not all 0"),
        (lambda: keying.scale_scores([[5]], [False], 1, 4), "responses must lie between 1 and 4"),
        (lambda: keying.scale_scores([[5]], ["no"], 1, 5), "reversed must hold numbers only"),
        (lambda: keying.scale_scores([[5]], [2], 1, 5), "reversed must hold true or false"),
        (lambda: keying.scale_scores([[5]], [0, 0], 1, 5), "reversed must hold 1 values"),
        (lambda: keying.scale_scores([[5]], [0], 5, 5), "low must be below high"),
        (lambda: keying.scale_scores([[5]], [0], 1, np.inf), "high must be one finite number"),
        (lambda: keying.likert([1], "plus", np.nan), "n_points must be one finite number"),
        (
            lambda: keying.standardised_distance([[1, 2]], [1, 2], [1, 2], 1, 1, 1),
            "person_mean must be a number or hold one for each of 1",
        ),
        (lambda: keying.standardised_distance([[1, 2]], [1, 2], 1, 1, 1, [[1]]), "key_sd must be a number or hold one for each"),
        (lambda: keying.standardised_distance([[1, 2]], [1, 2], 1, -1, 1, 1), "person_sd and key_sd must not be negative"),
        (lambda: keying.option_value(["a"], [1, 2]), "chosen must hold numbers only"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

"""Folds, out-of-fold composites and the comparison of strategies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.psychometrics import simulation, weighting

KEY = np.ones(12)


def items(n=300, seed=1, pattern=simulation.SPARSE_PATTERN):
    return simulation.simulate_items(n, pattern, np.random.default_rng(seed))


@given(st.integers(10, 200), st.integers(2, 10), st.integers(0, 5), st.integers(0, 5))
def test_folds_are_even_and_the_same_every_time(n, n_folds, repeat, seed):
    fold = weighting.folds(n, n_folds, repeat, seed)
    sizes = np.bincount(fold, minlength=n_folds)
    assert sizes.max() - sizes.min() <= 1
    assert fold.tolist() == weighting.folds(n, n_folds, repeat, seed).tolist()


def test_repeats_divide_people_differently():
    assert weighting.folds(100, 5, 0, 7).tolist() != weighting.folds(100, 5, 1, 7).tolist()


def test_the_division_is_pinned_for_runs_that_are_taken_up_again():
    assert weighting.folds(10, 5, 0, 0).tolist() == [4, 1, 2, 2, 3, 0, 4, 0, 3, 1]
    assert weighting.folds(10, 5, 1, 0).tolist() == [4, 1, 3, 3, 2, 1, 0, 4, 2, 0]


@given(st.lists(st.integers(0, 11), min_size=30, max_size=120), st.integers(0, 3))
def test_people_of_one_cohort_stay_in_one_fold(groups, seed):
    members = np.array(groups)
    if np.unique(members).size < 3:
        return
    fold = weighting.folds(members.size, 3, 0, seed, members)
    assert all(np.unique(fold[members == group]).size == 1 for group in np.unique(members))
    assert np.unique(fold).size == 3


def test_nobody_is_scored_by_weights_that_saw_them():
    x, y = items(100)
    fold = weighting.folds(100, 5, 0, 0)
    strategies = [weighting.Ridge(), weighting.RidgeTowardKey(KEY), weighting.Unit(signs="training")]
    before = weighting.out_of_fold_predictions(x, y, strategies, fold)
    person = 17
    changed_y, changed_x = y.copy(), x.copy()
    changed_y[person] += 50
    after = weighting.out_of_fold_predictions(x, changed_y, strategies, fold)
    in_fold = fold == fold[person]
    for name in before:
        np.testing.assert_array_equal(after[name][in_fold], before[name][in_fold])
        assert not np.allclose(after[name][~in_fold], before[name][~in_fold])
    changed_x[person] += 50
    others = in_fold & (np.arange(100) != person)
    after = weighting.out_of_fold_predictions(changed_x, y, strategies, fold)
    for name in before:
        np.testing.assert_array_equal(after[name][others], before[name][others])


def test_one_repeat_at_a_time_gives_what_all_at_once_gives():
    x, y = items()
    strategies = [weighting.CurrentKey(KEY), weighting.Ridge()]
    at_once = weighting.nested_cross_validation(x, y, strategies, n_folds=5, n_repeats=3, seed=9)
    rows = [
        weighting.out_of_fold_predictions(x, y, strategies, weighting.folds(y.size, 5, repeat, 9), seed=9) for repeat in range(3)
    ]
    predictions = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    stepwise = weighting.compare_strategies(y, predictions, weighting.fit_in_sample(x, y, strategies, seed=9))
    assert stepwise == at_once


def test_people_without_a_criterion_are_left_out():
    x, y = items()
    holes = np.where(np.arange(300) % 3 == 0, np.nan, y)
    known = ~np.isnan(holes)
    strategies = [weighting.Ridge()]
    assert weighting.nested_cross_validation(x, holes, strategies, n_repeats=2) == weighting.nested_cross_validation(
        x[known], y[known], strategies, n_repeats=2
    )


def test_cross_validated_r_is_honest_where_in_sample_r_is_not():
    """Pure noise: in-sample r grows with the number of predictors, cross-validated r stays around 0."""
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((200, 30)), rng.standard_normal(200)
    result = weighting.nested_cross_validation(x, y, [weighting.Ridge()], n_repeats=5).results[0]
    assert result.r_in_sample > result.estimate + 0.1
    assert result.confidence_interval().low < 0


def test_the_comparison_names_the_best_and_recommends_the_simplest_near_it():
    x, y = items(2_000, pattern=simulation.EQUAL_PATTERN)
    strategies = [weighting.Unit(), weighting.RidgeTowardKey(KEY), weighting.Ridge()]
    equal = weighting.nested_cross_validation(x, y, strategies, n_repeats=2)
    assert equal.recommended == "unit"
    x, y = items(2_000, pattern=simulation.SPARSE_PATTERN)
    sparse = weighting.nested_cross_validation(x, y, strategies, n_repeats=2)
    assert sparse.best != "unit" and sparse.recommended != "unit"
    assert sparse.result(sparse.best).behind_best == 0
    unit = sparse.result("unit")
    assert unit.behind_best > 2 * unit.standard_error_of_difference > 0
    assert (unit.n, unit.n_repeats, unit.n_weights, unit.effective_df) == (2_000, 2, 12, 0)


def test_the_error_of_a_difference_is_that_of_resampled_people():
    rng = np.random.default_rng(8)
    x, y = items(500)
    names = ["unit", "ridge"]
    fitted = weighting.fit_in_sample(x, y, [weighting.Unit(), weighting.Ridge()])
    predicted = weighting.out_of_fold_predictions(x, y, [weighting.Unit(), weighting.Ridge()], weighting.folds(500, 5, 0, 0))
    comparison = weighting.compare_strategies(y, {name: predicted[name][None, :] for name in names}, fitted)
    behind = next(result for result in comparison.results if result.behind_best > 0)
    differences = []
    for _ in range(2_000):
        i = rng.integers(0, 500, 500)
        a, b = (np.corrcoef(predicted[name][i], y[i])[0, 1] for name in names)
        differences.append(a - b)
    assert behind.standard_error_of_difference == pytest.approx(np.std(differences), rel=0.1)


def test_a_composite_that_tells_nobody_apart_correlates_zero():
    y = np.arange(20.0)
    assert weighting.mean_correlation(np.zeros((2, 20)), y) == 0
    assert weighting.mean_correlation(np.stack([y, -y]), y) == pytest.approx(0)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: weighting.folds(3, 5, 0, 0), "n_folds must be at least 2 and at most the number of people"),
        (lambda: weighting.folds(10, 5, 0, 0, np.zeros(10, dtype=int)), "groups must be at least as many as folds"),
        (lambda: weighting.nested_cross_validation(np.eye(12), np.ones(12), [weighting.Unit()]), "criterion must vary"),
        (lambda: weighting.nested_cross_validation(np.eye(5), np.arange(5.0), [weighting.Unit()]), "at least 10 people"),
        (
            lambda: weighting.out_of_fold_predictions(
                np.eye(12), np.arange(12.0), [weighting.Unit(), weighting.Unit()], np.arange(12)
            ),
            "strategies must have distinct names",
        ),
        (lambda: weighting.compare_strategies(np.arange(4.0), {}, {}), "must name the same strategies"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

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


def test_plain_arrays_are_enough():
    x, y = items(200)
    comparison = weighting.nested_cross_validation(x, y)
    assert [result.name for result in comparison.results] == ["unit", "ridge toward unit", "ridge"]
    assert {(result.n, result.n_repeats) for result in comparison.results} == {(200, 5)}
    chosen = comparison.result(comparison.recommended)
    assert (comparison.estimate, comparison.n) == (chosen.estimate, 200)
    assert comparison.confidence_interval(0.9) == chosen.confidence_interval(0.9)
    again = weighting.nested_cross_validation(x.tolist(), y.tolist())
    assert again == comparison


def test_options_of_nominal_questions_take_their_direction_from_the_data():
    rng = np.random.default_rng(4)
    chosen = rng.integers(0, 3, 300)
    y = np.array([0.0, 1.0, -1.0])[chosen] + rng.standard_normal(300)
    comparison = weighting.nested_cross_validation(weighting.nominal_columns(chosen, 3, "q"), y, n_repeats=1)
    assert [result.name for result in comparison.results] == ["unit", "ridge"]
    assert comparison.estimate > 0.4


@given(st.lists(st.integers(0, 30), min_size=40, max_size=150), st.integers(2, 8))
def test_stretches_of_time_follow_each_other_and_split_no_cohort(cohorts, n_blocks):
    times = np.array([0] * 10 + cohorts)
    if np.unique(times).size < 2:
        return
    try:
        block = weighting.time_blocks(times, n_blocks)
    except ValueError as error:
        assert "earliest stretch" in str(error)
        return
    assert all(np.unique(block[times == time]).size == 1 for time in np.unique(times))
    assert (np.diff(block[np.argsort(times, kind="stable")]) >= 0).all()
    assert np.unique(block).tolist() == list(range(block.max() + 1)) and 1 <= block.max() < n_blocks


def test_stretches_are_even_where_times_allow_and_dates_are_times():
    days = np.datetime64("2026-01-01") + np.arange(60)
    assert np.bincount(weighting.time_blocks(days, 6)).tolist() == [10] * 6
    assert weighting.time_blocks(days, 6)[[0, -1]].tolist() == [0, 5]
    last = weighting.time_blocks(["2026-01"] * 20 + ["2026-03"] * 5 + ["2026-02"] * 8, 4, "last")
    assert last.tolist() == [0] * 20 + [1] * 5 + [0] * 8


def test_people_are_judged_by_what_came_before_them_only():
    x, y = items(180)
    times = np.arange(180) // 30
    block = weighting.time_blocks(times, 6)
    strategies = [weighting.Ridge(), weighting.RidgeTowardUnit()]
    before = weighting.out_of_fold_predictions(x, y, strategies, None, block_of_person=block)
    changed = y.copy()
    changed[times >= 3] += np.random.default_rng(2).standard_normal(90)
    after = weighting.out_of_fold_predictions(x, changed, strategies, None, block_of_person=block)
    for name in before:
        assert np.isnan(before[name][times == 0]).all() and not np.isnan(before[name][times > 0]).any()
        np.testing.assert_array_equal(after[name][times <= 3], before[name][times <= 3])
        assert not np.allclose(after[name][times > 3], before[name][times > 3])


def test_forward_chaining_judges_the_later_people_and_the_last_cohort_alone_where_it_is_held_out():
    x, y = items(240)
    cohorts = np.repeat([2023, 2024, 2025], 80)
    forward = weighting.nested_cross_validation(x, y, times=cohorts)
    assert {(result.n, result.n_repeats) for result in forward.results} == {(160, 1)}
    last = weighting.nested_cross_validation(x, y, times=cohorts, time_split="last")
    assert {(result.n, result.n_repeats) for result in last.results} == {(80, 1)}
    composite = weighting.Ridge().fit(weighting.TrainingSample(weighting.as_design(x[:160]), y[:160]))
    r = np.corrcoef(composite.scores(weighting.as_design(x[160:])), y[160:])[0, 1]
    assert last.result("ridge").estimate == pytest.approx(r)


def test_weights_that_stopped_working_look_well_at_random_and_fail_in_time():
    """The criterion comes to depend on other items in the last of four years: random folds do not notice."""
    rng = np.random.default_rng(6)
    x = rng.standard_normal((800, 8))
    year = np.arange(800) // 200
    slopes = np.where(np.arange(8) < 4, 0.4, 0.0)
    y = np.where(year < 3, x @ slopes, x @ slopes[::-1]) + rng.standard_normal(800)
    strategies = [weighting.Ridge()]
    at_random = weighting.nested_cross_validation(x, y, strategies, n_repeats=1).estimate
    in_time = weighting.nested_cross_validation(x, y, strategies, times=year, time_split="last").estimate
    assert at_random > 0.3 > 0.1 > in_time


def test_leaving_one_group_out_needs_no_number_of_folds():
    x, y = items(150)
    sites = np.array(["north", "south", "west"])[np.arange(150) % 3]
    comparison = weighting.nested_cross_validation(x, y, [weighting.Ridge()], groups=sites)
    assert comparison.results[0].n_repeats == 1
    fold = np.unique(sites, return_inverse=True)[1]
    left_out = weighting.out_of_fold_predictions(x, y, [weighting.Ridge()], fold, groups=fold)["ridge"]
    assert comparison.estimate == pytest.approx(np.corrcoef(left_out, y)[0, 1])


def test_with_groups_and_times_nobody_is_judged_by_weights_that_saw_their_group():
    x, y = items(240)
    rater, year = np.arange(240) % 4, np.arange(240) // 60
    block, fold = weighting.time_blocks(year, 4), weighting.folds(240, 4, 0, 0, rater)
    strategies = [weighting.Ridge()]
    before = weighting.out_of_fold_predictions(x, y, strategies, fold, block_of_person=block, groups=rater)["ridge"]
    changed = y + np.where(rater == 2, np.random.default_rng(3).standard_normal(240), 0)
    after = weighting.out_of_fold_predictions(x, changed, strategies, fold, block_of_person=block, groups=rater)["ridge"]
    judged = year > 0
    np.testing.assert_array_equal(after[judged & (rater == 2)], before[judged & (rater == 2)])
    assert not np.allclose(after[judged & (rater != 2)], before[judged & (rater != 2)])
    comparison = weighting.nested_cross_validation(x, y, strategies, groups=rater, times=year)
    assert comparison.n == 180


def test_strategies_can_be_compared_by_their_predictions_alone():
    x, y = items()
    predicted = weighting.out_of_fold_predictions(x, y, [weighting.Unit(), weighting.Ridge()], weighting.folds(300, 5, 0, 0))
    plain = weighting.compare_strategies(y, predicted)
    assert [result.name for result in plain.results] == ["unit", "ridge"]
    assert plain.best == "ridge"
    assert plain.result("ridge").estimate == pytest.approx(np.corrcoef(predicted["ridge"], y)[0, 1])
    assert np.isnan(plain.result("unit").r_in_sample)
    tie = weighting.compare_strategies(y, {"simple": predicted["unit"], "elaborate": 2 * predicted["unit"]})
    assert tie.recommended == tie.best == "simple"


def test_the_units_of_the_criterion_do_not_matter():
    x, y = items(120)
    in_units = weighting.nested_cross_validation(x, 1e-14 * y, n_repeats=1)
    assert in_units.estimate == pytest.approx(weighting.nested_cross_validation(x, y, n_repeats=1).estimate, abs=1e-6)


def test_people_without_a_criterion_are_left_out():
    x, y = items()
    holes = np.where(np.arange(300) % 3 == 0, np.nan, y)
    known = ~np.isnan(holes)
    strategies = [weighting.Ridge()]
    for how in ({"n_repeats": 2}, {"groups": np.arange(300) % 7}, {"times": np.arange(300) // 50}):
        kept = {name: value[known] if name in ("groups", "times") else value for name, value in how.items()}
        assert weighting.nested_cross_validation(x, holes, strategies, **how) == weighting.nested_cross_validation(
            x[known], y[known], strategies, **kept
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
        (lambda: weighting.compare_strategies(np.arange(4.0), np.eye(4)), "predictions must be a mapping"),
        (lambda: weighting.compare_strategies(np.arange(4.0), {"a": [1.0, 2.0]}), "must have 4 columns"),
        (lambda: weighting.out_of_fold_predictions(np.eye(12), np.arange(12.0), [weighting.Unit()], None), "must be given"),
        (lambda: weighting.nested_cross_validation(np.eye(12), np.arange(12.0), groups=[1] * 12), "groups must be at least two"),
        (lambda: weighting.nested_cross_validation(np.eye(12), np.arange(12.0), groups=[1] * 11), "groups must hold 12 values"),
        (lambda: weighting.nested_cross_validation(np.eye(12), np.arange(12.0), times=[1] * 12), "times must differ"),
        (lambda: weighting.nested_cross_validation(np.eye(12), np.arange(12.0), times=[1] * 5 + [2] * 7), "earliest stretch"),
        (lambda: weighting.nested_cross_validation(np.eye(12), np.arange(12.0), times=[np.nan] * 12), "times must be known"),
        (lambda: weighting.time_blocks([3, "a", None], 2), "times must be of one kind"),
        (lambda: weighting.time_blocks(np.arange(30), 1), "n_blocks must be a whole number of at least 2"),
        (lambda: weighting.time_blocks(np.arange(30), 2, "first"), "split must be 'forward' or 'last'"),
        (lambda: weighting.folds(10, 2.5, 0, 0), "n_folds must be a whole number"),
        (lambda: weighting.folds(10, 5, 0, -1), "seed must be a whole number of at least 0"),
        (lambda: weighting.nested_cross_validation(np.eye(12), np.arange(12.0), n_folds=2.5), "n_folds must be a whole number"),
        (lambda: weighting.nested_cross_validation(np.eye(12), np.arange(12.0), []), "strategies must hold at least one strategy"),
        (lambda: weighting.nested_cross_validation(np.eye(12), np.arange(12.0), ["ridge"]), "strategies must hold at least one"),
        (
            lambda: weighting.nested_cross_validation(np.eye(12), np.arange(12.0), times=np.arange(12), time_split="last"),
            "times must leave at least 4 people to be judged; they leave 1",
        ),
        (lambda: weighting.compare_strategies([1.0, 2, 3], {"a": [1.0, 2, 3]}), "criterion must hold at least 4 people"),
        (lambda: weighting.compare_strategies(np.ones(4), {"a": np.arange(4.0)}), "criterion must vary; everybody has 1"),
        (lambda: weighting.compare_strategies(np.arange(4.0), {"a": np.empty((0, 4))}), "must hold at least one row"),
        (lambda: weighting.compare_strategies(np.arange(4.0), {"a": np.arange(4.0)}).result("b"), "name must be one of a"),
        (lambda: weighting.mean_correlation([], []), "scores must hold at least one row and one person"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_a_perfect_prediction_correlates_one_and_no_more():
    """The mean of products of z scores may end a last place above 1."""
    for seed in range(20):
        y = np.random.default_rng(seed).normal(size=80)
        found = weighting.compare_strategies(y, {"itself": y, "turned": -y})
        assert [result.estimate for result in found.results] == pytest.approx([1, -1], abs=1e-12)
        assert found.confidence_interval() == pytest.approx((1, 1), abs=1e-6)

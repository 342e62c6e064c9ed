"""Where keys come from: consensus, a panel with its discard rule, a criterion, or judgement and data together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import keying

nan = np.nan
METHODS = (keying.vertical_percent, keying.horizontal_percent, keying.correlational_key, keying.mean_criterion_key)


def two_groups():
    """High group of 50 choosing three options 30, 12, 8 times; low group of 50 choosing them 18, 17, 15 times."""
    chosen = np.repeat([0, 1, 2, 0, 1, 2], [30, 12, 8, 18, 17, 15]).astype(float)
    return chosen, np.repeat([1.0, 0.0], 50)


def sample(n=400, seed=3):
    rng = np.random.default_rng(seed)
    chosen = rng.choice(4, n, p=[0.5, 0.3, 0.18, 0.02]).astype(float)
    criterion = 3.0 + 0.5 * (chosen == 0) - 0.4 * (chosen == 2) + rng.normal(0, 1, n)
    return chosen, criterion


def test_percent_keys_of_the_worked_example():
    chosen, high = two_groups()
    vertical, horizontal = keying.vertical_percent(chosen, high, 3), keying.horizontal_percent(chosen, high, 3)
    np.testing.assert_allclose(vertical.estimate, [24, -10, -14])
    np.testing.assert_allclose(horizontal.estimate, [0.6250, 0.4138, 0.3478], atol=5e-5)
    assert vertical.n_choosers.tolist() == [48, 29, 23] and vertical.n == 100 and not vertical.suppressed.any()


def test_correlational_weights_are_pearson_correlations_of_the_indicators():
    chosen, criterion = sample()
    found = keying.correlational_key(chosen, criterion, 4, minimum_choosers=1)
    np.testing.assert_allclose(found.estimate, [np.corrcoef(chosen == option, criterion)[0, 1] for option in range(4)])


def test_mean_criterion_weights_are_the_means_of_the_choosers():
    chosen, criterion = sample()
    found = keying.mean_criterion_key(chosen, criterion, 4, minimum_choosers=1)
    np.testing.assert_allclose(found.estimate, [criterion[chosen == option].mean() for option in range(4)])
    assert found.neutral == pytest.approx(criterion.mean())


def test_on_two_groups_the_methods_are_linear_in_each_other_option_by_option():
    """With a 0/1 criterion the mean criterion is the horizontal percent, and r is the vertical one scaled."""
    chosen, high = two_groups()
    vertical, horizontal, r, mean = (method(chosen, high, 3).estimate for method in METHODS)
    np.testing.assert_allclose(mean, horizontal)
    p = np.array([48, 29, 23]) / 100
    np.testing.assert_allclose(r, vertical / 100 * 0.5 / np.sqrt(p * (1 - p)))


@pytest.mark.parametrize("method", METHODS)
def test_an_option_with_too_few_choosers_gives_its_weight_up(method):
    chosen = np.repeat([0.0, 1, 2, 0, 1, 2], [30, 14, 4, 20, 15, 10])
    high = np.repeat([1.0, 0.0], [48, 45])
    raw = method(chosen, high, 3, minimum_choosers=1).estimate
    default = method(chosen, high, 3)
    assert default.suppressed.tolist() == [False, False, True] and default.n_choosers.tolist() == [50, 29, 14]
    np.testing.assert_allclose(default.estimate, [raw[0], raw[1], default.neutral])
    np.testing.assert_allclose(default.raw, raw)
    np.testing.assert_allclose(method(chosen, high, 3, expert=[9, 9, 0.2]).estimate, [raw[0], raw[1], 0.2])
    assert not method(chosen, high, 3, minimum_choosers=14).suppressed.any()


def test_the_weight_that_says_nothing_is_zero_the_share_of_the_high_or_the_mean_criterion():
    chosen, high = np.repeat([0.0, 1, 0, 1], [40, 20, 10, 30]), np.repeat([1.0, 0.0], [60, 40])
    assert [method(chosen, high, 2).neutral for method in METHODS] == pytest.approx([0, 0.6, 0, 0.6])


@pytest.mark.parametrize("method", METHODS)
def test_an_option_that_nobody_chose_has_no_weight_of_its_own(method):
    chosen, high = two_groups()
    found = method(chosen, high, 4)
    assert np.isnan(found.raw[3]) or found.raw[3] == 0
    assert found.estimate[3] == pytest.approx(found.neutral) and found.suppressed[3] and found.n_choosers[3] == 0


@pytest.mark.parametrize("method", METHODS)
def test_people_without_an_answer_or_a_criterion_do_not_count(method):
    chosen, high = two_groups()
    with_holes = method(np.append(chosen, [nan, 1, nan]), np.append(high, [1, nan, nan]), 3)
    np.testing.assert_allclose(with_holes.estimate, method(chosen, high, 3).estimate)
    assert with_holes.n == 100


@settings(max_examples=25)
@given(st.permutations(range(3)), st.integers(0, 2**32 - 1))
def test_weights_follow_their_options_and_not_the_order_of_people(relabelled, seed):
    chosen, high = two_groups()
    people = np.random.default_rng(seed).permutation(100)
    for method in METHODS:
        plain = method(chosen, high, 3).estimate
        moved = method(np.array(relabelled, dtype=float)[chosen.astype(int)][people], high[people], 3).estimate
        np.testing.assert_allclose(moved[list(relabelled)], plain, atol=1e-12)


def test_vertical_percents_sum_to_zero_and_point_biserials_have_the_sign_of_the_mean_difference():
    chosen, criterion = sample()
    groups = keying.criterion_groups(criterion)
    assert keying.vertical_percent(chosen, groups, 4, minimum_choosers=1).estimate.sum() == pytest.approx(0, abs=1e-9)
    r = keying.correlational_key(chosen, criterion, 4, minimum_choosers=1).estimate
    mean = keying.mean_criterion_key(chosen, criterion, 4, minimum_choosers=1)
    assert (np.sign(r) == np.sign(mean.estimate - mean.neutral)).all()


def test_extreme_groups_are_the_27_percent_at_each_end():
    criterion = np.random.default_rng(0).permutation(100).astype(float)
    groups = keying.criterion_groups(criterion)
    assert (groups == 1).sum() == (groups == 0).sum() == 27
    assert criterion[groups == 1].min() == 73 and criterion[groups == 0].max() == 26


def test_a_median_split_leaves_out_who_stands_on_the_median():
    np.testing.assert_allclose(keying.criterion_groups([1, 2, 3, 4, 5, nan], 0.5), [0, 0, nan, 1, 1, nan])
    np.testing.assert_allclose(keying.criterion_groups([0, 0, 0, 0, 1, 1], 0.5), [0, 0, 0, 0, 1, 1])


def test_people_with_equal_criteria_are_in_one_group():
    criterion = [1, 1, 1, 2, 2, 2, 2, 3, 3, 3]
    np.testing.assert_allclose(keying.criterion_groups(criterion, 0.2), [0, 0, 0, nan, nan, nan, nan, 1, 1, 1])


@settings(max_examples=25)
@given(st.lists(st.integers(0, 6), min_size=6, max_size=40), st.sampled_from([0.1, 0.27, 0.33, 0.5]))
def test_turning_the_criterion_round_swaps_the_groups(values, fraction):
    try:
        groups = keying.criterion_groups(values, fraction)
    except ValueError:
        return
    np.testing.assert_allclose(keying.criterion_groups(np.negative(values), fraction), 1 - groups)


def test_consensus_keys_of_a_small_panel():
    chosen = [0, 0, 1, 0, 2, nan, 1]
    assert keying.mode_key(chosen, 4).estimate.tolist() == [1, 0, 0, 0]
    shares = keying.proportion_key(chosen, 4)
    np.testing.assert_allclose(shares.estimate, [3 / 6, 2 / 6, 1 / 6, 0])
    assert shares.counts.tolist() == [3, 2, 1, 0] and shares.n == 6
    np.testing.assert_allclose(keying.option_credit([1, 3], shares.estimate), [1 / 3, 0])
    assert keying.mode_key([0, 1, nan], 2).estimate.tolist() == [1, 1]


def test_the_mean_key_is_the_mean_of_those_who_rated():
    found = keying.mean_key([[5, 1, 3], [4, 2, nan], [nan] * 3])
    np.testing.assert_allclose(found.estimate, [4.5, 1.5, 3])
    assert found.counts.tolist() == [2, 2, 1] and found.n == 2


def test_hybrid_keys_run_from_data_to_judgement():
    expert, empirical = np.array([1.0, 0.0, -1.0]), np.array([0.2, 0.4, -0.6])
    np.testing.assert_allclose(keying.hybrid_key(expert, empirical, 1), expert)
    np.testing.assert_allclose(keying.hybrid_key(expert, empirical, 0), empirical)
    np.testing.assert_allclose(keying.hybrid_key(expert, empirical, 0.25), [0.4, 0.3, -0.7])


def test_options_whose_sign_agrees_are_kept_and_the_others_scaled():
    """Mean of the expert scores 3: apart 1.6, −1.2, .2, −.6; the data agree on the first two."""
    expert, weights = [4.6, 1.8, 3.2, 2.4], [24.0, -10.0, -14.0, 0.0]
    np.testing.assert_allclose(keying.agreeing_key(expert, weights), [4.6, 1.8, 3.0, 3.0])
    np.testing.assert_allclose(keying.agreeing_key(expert, weights, factor=0.5), [4.6, 1.8, 3.1, 2.7])
    np.testing.assert_allclose(keying.agreeing_key([0.8, 0.3], [0.7, 0.6], expert_neutral=0.5, neutral=0.5), [0.8, 0.5])


PANEL = np.array([[5, 1, 4, 1], [5, 2, 4, 5], [4, 1, 4, 1], [5, 1, 4, 5], [4, 2, 4, 3.0]])


def test_a_panel_gives_mean_median_spread_and_agreement():
    """rwg of (5, 5, 4, 5, 4) is .85 and of five equal ratings 1 (James, Demaree & Wolf, 1984)."""
    found = keying.panel_key(PANEL)
    np.testing.assert_allclose(found.estimate, [4.6, 1.4, 4, 3])
    np.testing.assert_allclose(found.median, [5, 1, 4, 3])
    np.testing.assert_allclose(found.sd, PANEL.std(axis=0, ddof=1))
    np.testing.assert_allclose(found.within_group_agreement, [0.85, 0.85, 1, -1])
    np.testing.assert_allclose(found.average_deviation, [0.48, 0.48, 0, 1.6])
    assert found.keep.tolist() == [True, True, True, False] and found.keep_scenario and found.n == 5


def test_what_is_discarded_says_why_and_what_is_kept_despite_the_rule_says_why_too():
    discarded = keying.panel_key(PANEL).verdicts[3]
    assert discarded.reasons == ("SD 2.00 above 1.00", "rwg -1.00 below 0.50") and discarded.rationale is None
    kept = keying.panel_key(PANEL, rationales={3: "split by channel, see minutes", 0: "not needed"}).verdicts
    assert kept[3].keep and kept[3].reasons and kept[3].rationale == "split by channel, see minutes"
    assert kept[0].keep and not kept[0].reasons and kept[0].rationale is None


def test_a_scenario_needs_three_options_and_in_pick_best_one_that_stands_out():
    assert keying.panel_key(PANEL[:, [0, 1, 3]]).scenario_reasons == ("2 options kept, fewer than 3",)
    close = np.array([[5, 4, 1], [4, 4, 1], [4, 5, 1], [5, 5, 2.0]])
    assert keying.panel_key(close).keep_scenario
    assert keying.panel_key(close, pick_best=True).scenario_reasons == ("best options 0.00 apart, less than 0.50",)


def test_thresholds_are_met_exactly_without_a_rounding_error_deciding():
    """Ratings 3, 4, 5 have SD 1 and rwg .5; means 4.2 and 3.7 lie half a point apart."""
    assert keying.panel_key([[3, 1, 1], [4, 2, 2], [5, 3, 3]]).keep.all()
    top = np.array([5] * 2 + [4] * 8), np.array([4] * 7 + [3] * 3), np.array([1] * 10)
    assert keying.panel_key(np.column_stack(top), pick_best=True).keep_scenario


def test_the_largest_sd_grows_with_the_scale_and_the_rule_can_be_changed():
    wide = np.array([[7, 1, 4], [5, 2, 4], [4, 1, 4]])
    assert keying.panel_key(wide, n_points=7).verdicts[0].reasons == ("SD 1.53 above 1.50", "rwg 0.42 below 0.50")
    assert keying.panel_key(wide - [1, 0, 0], n_points=7, rule=keying.DiscardRule(2.0, 0.4)).keep.all()


def test_missing_panel_ratings_are_left_out_option_by_option():
    with_holes = np.vstack([PANEL, [nan, 1, nan, nan]])
    found = keying.panel_key(with_holes)
    assert found.n_raters.tolist() == [5, 6, 5, 5] and found.estimate[0] == pytest.approx(4.6)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: keying.vertical_percent([0, 1], [1, 1], 2), "high must hold people of both groups"),
        (lambda: keying.horizontal_percent([0, 1], [1, 2], 2), "high must hold 1 for the high group"),
        (lambda: keying.vertical_percent([0, 1], [1], 2), "high must hold 2 values"),
        (lambda: keying.vertical_percent([0, 1], [1, 0], 2, expert=[1]), "expert must hold 2 values"),
        (lambda: keying.vertical_percent([0, 1], [1, 0], 2, minimum_choosers=0), "minimum_choosers must be"),
        (lambda: keying.correlational_key([0, 1], [1, 2], 2), "at least 3 people"),
        (lambda: keying.mean_criterion_key([0, 1, 1], [2, 2, 2], 2), "criterion must vary"),
        (lambda: keying.correlational_key([0, 5, 1], [1, 2, 3], 3), "chosen must hold option indices from 0 to 2"),
        (lambda: keying.criterion_groups([1, 1, 1]), "criterion must vary enough"),
        (lambda: keying.criterion_groups([nan]), "criterion must vary enough"),
        (lambda: keying.criterion_groups([1, 2], 0.6), "fraction must be above 0 and at most 0.5"),
        (lambda: keying.mode_key([nan], 2), "chosen must hold at least one answer"),
        (lambda: keying.mean_key([[1, nan]]), "at least one rating of each option"),
        (lambda: keying.hybrid_key([1], [1], 1.5), "alpha must lie between 0 and 1"),
        (lambda: keying.hybrid_key([1, 2], [1], 0.5), "empirical must hold 2 values"),
        (lambda: keying.hybrid_key([], [], 0.5), "expert must hold at least one option"),
        (lambda: keying.agreeing_key([1], [1], neutral=nan), "neutral must be one finite number"),
        (lambda: keying.agreeing_key([1], [1], expert_neutral="mean"), "expert_neutral must be one finite number"),
        (lambda: keying.hybrid_key([1], [1], "half"), "alpha must be one finite number"),
        (lambda: keying.criterion_groups([1, 2], nan), "fraction must be one finite number"),
        (lambda: keying.mode_key([0, 1], nan), "n_options must be one finite number"),
        (lambda: keying.panel_key(PANEL, rationales={0: None}), "rationales must give words for options"),
        (lambda: keying.panel_key(PANEL, rationales=["why"]), "rationales must give words for options"),
        (lambda: keying.agreeing_key([1], [1], factor=2), "factor must lie between 0 and 1"),
        (lambda: keying.panel_key([[1, 2]]), "at least two ratings each"),
        (lambda: keying.panel_key([[1, 6], [1, 2]]), "ratings must lie between 1 and 5"),
        (lambda: keying.panel_key(PANEL, rationales={4: "why"}), "rationales must give words for options"),
        (lambda: keying.panel_key(PANEL, rationales={3: " "}), "rationales must give words for options"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

"""What new weights have to show before they may be proposed, and how far a release may move."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.psychometrics import weighting
from assessment.psychometrics.weighting import Tier


@pytest.mark.parametrize(
    ("n", "tier"),
    [
        (0, Tier.MONITOR),
        (59, Tier.MONITOR),
        (60, Tier.REPORT),
        (149, Tier.REPORT),
        (150, Tier.REWEIGHT_SCALES),
        (299, Tier.REWEIGHT_SCALES),
        (300, Tier.REWEIGHT_ITEMS),
        (500, Tier.MODEL_BASED),
    ],
)
def test_the_number_of_cases_sets_the_tier(n, tier):
    assert weighting.n_tier(n) is tier


def composites(r_new, r_old, n=400, seed=0):
    """Two composites whose sample correlations with the criterion, and with each other (.8), are exact."""
    target = np.array([[1, r_old, r_new], [r_old, 1, 0.8], [r_new, 0.8, 1]])
    drawn = np.random.default_rng(seed).standard_normal((n, 3))
    drawn -= drawn.mean(axis=0)
    white = drawn @ np.linalg.inv(np.linalg.cholesky(np.cov(drawn.T))).T
    y, old, new = (white @ np.linalg.cholesky(target).T).T
    return y, np.stack([old, old]), np.stack([new, new])


def run_gate(r_new=0.35, r_old=0.20, n=400, **given):
    y, old, new = composites(r_new, r_old, n)
    settings = {
        "n_weights": 12,
        "current_impact": {"a": 1.0, "b": 0.90},
        "proposed_impact": {"a": 1.0, "b": 0.88},
        "current_reliability": 0.75,
        "proposed_reliability": 0.74,
    } | given
    return weighting.gate(y, old, new, **settings)


def check(result, name):
    return next(check for check in result.checks if check.name == name)


def test_a_clear_gain_without_harm_passes_every_check():
    result = run_gate()
    assert result.passed and all(check.passed for check in result.checks)
    assert [check.name for check in result.checks] == list(weighting.CHECKS)
    assert check(result, "gain").found == pytest.approx(0.15)


def test_a_gain_below_two_hundredths_is_not_enough():
    result = run_gate(r_new=0.215)
    assert not result.passed and not check(result, "gain").passed
    assert "+0.015" in check(result, "gain").reason


def test_a_gain_that_chance_explains_is_not_enough():
    result = run_gate(r_new=0.25, n=160)
    assert check(result, "gain").passed and not check(result, "significance").passed and not result.passed


def test_the_significance_is_williams_one_sided():
    from assessment.psychometrics.validity import compare_dependent

    found = check(run_gate(r_new=0.25), "significance").found
    assert found == pytest.approx(compare_dependent(0.25, 0.20, 0.8, 400).p_greater)


@pytest.mark.parametrize(("n", "n_weights", "passed"), [(200, 6, True), (200, 7, False), (140, 4, False), (300, 60, True)])
def test_few_cases_may_set_few_weights(n, n_weights, passed):
    assert check(run_gate(n=n, n_weights=n_weights), "cases").passed is passed


def test_a_group_may_not_lose_more_than_the_margin():
    assert check(run_gate(proposed_impact={"a": 1.0, "b": 0.87}), "impact").passed
    worse = run_gate(proposed_impact={"a": 1.0, "b": 0.86})
    assert not worse.passed and "of b" in check(worse, "impact").reason


def test_reliability_may_not_fall_below_the_floor_nor_below_a_lower_current_one():
    assert check(run_gate(proposed_reliability=0.70), "reliability").passed
    assert not check(run_gate(proposed_reliability=0.69), "reliability").passed
    assert check(run_gate(current_reliability=0.45, proposed_reliability=0.45), "reliability").passed
    assert not check(run_gate(current_reliability=0.45, proposed_reliability=0.44), "reliability").passed


def test_what_is_unknown_fails_unless_it_is_waived_in_the_open():
    unknown = {"current_impact": None, "proposed_impact": None, "proposed_reliability": None}
    blind = run_gate(**unknown)
    assert not blind.passed
    assert check(blind, "impact").found is None
    waived = run_gate(**unknown, waive=["impact", "reliability"])
    assert waived.passed and waived.waived == ("impact", "reliability")
    assert {check.name for check in waived.checks} == {"gain", "significance", "cases"}


def test_one_row_of_predictions_is_enough_and_what_is_not_given_fails():
    y, old, new = composites(0.35, 0.20)
    plain = weighting.gate(y, old[0], new[0])
    assert not plain.passed
    assert [check.name for check in plain.checks if check.passed] == ["gain", "significance", "cases"]
    assert check(plain, "gain") == check(run_gate(), "gain")
    assert weighting.gate(y, old[0], new[0], waive=["impact", "reliability"]).passed


def test_an_unknown_number_of_weights_asks_for_the_most_cases():
    assert check(run_gate(n=299, n_weights=None), "cases").required == 300
    assert not check(run_gate(n=299, n_weights=None), "cases").passed
    assert check(run_gate(n=300, n_weights=None), "cases").passed


def test_the_same_weights_gain_nothing():
    y, old, _ = composites(0.3, 0.2)
    same = weighting.gate(y, old, old, waive=["cases", "impact", "reliability"])
    assert check(same, "gain").found == 0 and check(same, "significance").found == 0.5 and not same.passed


def test_an_organisation_may_ask_for_more():
    assert not run_gate(policy=weighting.GatePolicy(minimum_gain=0.2)).passed


def test_the_gate_refuses_what_it_cannot_compare():
    with pytest.raises(ValueError, match="must name the same groups"):
        run_gate(proposed_impact={"a": 1.0})
    with pytest.raises(ValueError, match="waive must name checks"):
        run_gate(waive=["approval"])
    y, old, new = composites(0.3, 0.2)
    with pytest.raises(ValueError, match="same number of repeats"):
        weighting.gate(y, old, new[:1], n_weights=3)


def test_a_release_moves_each_weight_by_a_quarter_at_most():
    movement = weighting.cap_movement([1, 1, 1, 0], [8, 3, -1, 0])
    np.testing.assert_allclose(movement.proposed, [2, 0.75, -0.25, 0])
    np.testing.assert_allclose(movement.weights, [1.25, 0.75, 0.75, 0])
    assert movement.capped.tolist() == [True, False, True, False]


weights = st.lists(st.floats(0.1, 10), min_size=5, max_size=5)


@given(weights, weights, st.floats(0.1, 10))
def test_the_cap_knows_proportions_only_and_keeps_every_sign(current, proposed, scale):
    movement = weighting.cap_movement(current, proposed)
    now = np.array(current)
    assert (np.abs(movement.weights - now) <= 0.25 * now + 1e-9).all()
    again = weighting.cap_movement(current, scale * np.array(proposed))
    np.testing.assert_allclose(again.weights, movement.weights, rtol=1e-9)
    np.testing.assert_allclose(weighting.cap_movement(current, scale * now).weights, now, rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"proposed_impact": {"a": math.nan, "b": 1.0}}, r"proposed_impact\['a'\] must be one finite number"),
        ({"current_impact": {"a": 1.0, "b": -0.2}}, "current_impact must not hold a ratio below 0"),
        ({"proposed_reliability": 1.2}, "proposed_reliability must lie between -inf and 1"),
        ({"proposed_reliability": math.nan}, "proposed_reliability must be one finite number"),
        ({"current_reliability": math.nan}, "current_reliability must be one finite number"),
        ({"waive": "gain"}, "waive must name checks .*it names gain"),
    ],
)
def test_figures_that_are_none_do_not_pass_the_gate(arguments, says):
    """Compared with anything NaN is never smaller, so that a ratio nobody knows would hide the one that fell."""
    with pytest.raises(ValueError, match=says):
        run_gate(**({"current_impact": {"a": 1.0, "b": 0.9}, "proposed_impact": {"a": 1.0, "b": 0.5}} | arguments))


def test_a_proposal_that_foretells_everything_is_judged_like_any_other():
    for seed in range(20):
        y = np.random.default_rng(seed).normal(size=80)
        checks = {check.name: check for check in weighting.gate(y, y + np.arange(80) % 3, y).checks}
        assert checks["gain"].passed and checks["significance"].passed
        assert not weighting.gate(y, y, -y).passed


@pytest.mark.parametrize(("criterion", "says"), [([], "at least 4 people"), (np.ones(9), "criterion must vary")])
def test_a_criterion_that_tells_nobody_apart_judges_nothing(criterion, says):
    with pytest.raises(ValueError, match=says):
        weighting.gate(criterion, np.arange(len(criterion)), np.arange(len(criterion)))

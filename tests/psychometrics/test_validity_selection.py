"""Taylor–Russell, Naylor–Shine and utility, against R, printed tables and other routes to the same number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.distributions import normal_density, normal_probability, normal_quantile
from assessment.psychometrics.validity import expected_shares, naylor_shine, taylor_russell, utility

RATIOS = [0.05, 0.10, 0.20, 0.30, 0.50, 0.70, 0.90]


def test_success_ratios_of_the_printed_tables():
    """Taylor & Russell (1939), base rate .50 for r .20, .30, .50 and base rate .20 for r .30, as printed: two decimals."""
    printed = [
        [0.66, 0.64, 0.61, 0.59, 0.56, 0.54, 0.52],
        [0.74, 0.71, 0.67, 0.64, 0.60, 0.56, 0.52],
        [0.88, 0.84, 0.78, 0.74, 0.67, 0.60, 0.54],
    ]
    np.testing.assert_allclose(taylor_russell([[0.20], [0.30], [0.50]], 0.50, RATIOS), printed, atol=0.00501)
    np.testing.assert_allclose(taylor_russell(0.30, 0.20, RATIOS), [0.41, 0.37, 0.33, 0.30, 0.27, 0.24, 0.21], atol=0.00501)


@pytest.mark.parametrize(
    ("validity", "selection_ratio", "base_rate", "success_ratio"),
    [
        (0.1, 0.05, 0.3, 0.37466581418759),
        (0.5, 0.5, 0.6, 0.76087275261459),
        (0.3, 0.2, 0.5, 0.66823669926265),
    ],
)
def test_success_ratios_are_those_of_the_bivariate_normal(validity, selection_ratio, base_rate, success_ratio):
    """R 4.2.2: mvtnorm::pmvnorm, Miwa's algorithm."""
    assert taylor_russell(validity, base_rate, selection_ratio) == pytest.approx(success_ratio, abs=1e-11)


def by_brute_force(r, base_rate, selection_ratio):
    """∫ φ(x) Φ((r x − y_c)/√(1 − r²)) dx above the cut, by the midpoint rule in the tail probability."""
    tail = (np.arange(200_000) + 0.5) / 200_000 * selection_ratio
    x = -normal_quantile(tail)
    return normal_probability((r * x + normal_quantile(base_rate)) / np.sqrt(1 - r * r)).mean()


@settings(max_examples=30, deadline=None)
@given(st.floats(-0.99, 0.99), st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_it_is_the_share_above_the_criterion_cut_among_those_above_the_score_cut(r, base_rate, selection_ratio):
    assert taylor_russell(r, base_rate, selection_ratio) == pytest.approx(by_brute_force(r, base_rate, selection_ratio), abs=2e-5)


@settings(max_examples=40, deadline=None)
@given(st.floats(-1, 1), st.floats(1e-9, 1 - 1e-9), st.floats(1e-9, 1 - 1e-9))
def test_the_same_people_are_counted_from_either_side(r, base_rate, selection_ratio):
    """hired and good = good and hired; turning the score round turns the hired into the others."""
    both = selection_ratio * taylor_russell(r, base_rate, selection_ratio)
    assert both == pytest.approx(base_rate * taylor_russell(r, selection_ratio, base_rate), abs=1e-11)
    others = (1 - selection_ratio) * taylor_russell(-r, base_rate, 1 - selection_ratio)
    assert both + others == pytest.approx(base_rate, abs=1e-10)


@pytest.mark.parametrize("nearly", [1e-3, 1e-6, 1e-9, 1e-13, 0.0])
@pytest.mark.parametrize(("base_rate", "selection_ratio"), [(0.3, 0.3), (0.3, 0.2), (0.2, 0.6), (1e-6, 1e-7), (0.5, 0.5 + 1e-9)])
def test_near_a_perfect_correlation_it_becomes_the_overlap_of_the_two_groups(nearly, base_rate, selection_ratio):
    perfect = min(base_rate, selection_ratio) / selection_ratio
    found = taylor_russell(1 - nearly, base_rate, selection_ratio)
    assert found <= perfect + 1e-11
    assert found == pytest.approx(perfect, abs=3 * np.sqrt(nearly) * (1 + np.sqrt(-2 * np.log(selection_ratio))) + 1e-11)
    against = taylor_russell(nearly - 1, base_rate, selection_ratio)
    assert against == pytest.approx(max(0.0, base_rate + selection_ratio - 1) / selection_ratio, abs=3 * np.sqrt(nearly) + 1e-11)


def test_equal_cuts_near_a_perfect_correlation_follow_the_law_of_the_arc():
    """At the medians the success ratio is exactly ½ + arcsin(r) / π (Sheppard, 1898)."""
    r = np.concatenate([np.linspace(-1, 1, 201), 1 - np.logspace(-15, -3, 25), np.logspace(-15, -3, 25) - 1])
    np.testing.assert_allclose(taylor_russell(r, 0.5, 0.5), 0.5 + np.arcsin(r) / np.pi, atol=1e-11)


def test_without_validity_or_without_choice_it_is_the_base_rate():
    rates = np.linspace(0, 1, 11)
    np.testing.assert_array_equal(taylor_russell(0.0, rates, 0.3), rates)
    np.testing.assert_array_equal(taylor_russell(0.7, rates, 1.0), rates)
    np.testing.assert_array_equal(taylor_russell(-0.7, [0.0, 1.0], 0.2), [0.0, 1.0])


def test_it_rises_with_validity_and_broadcasts_in_parts_as_in_one():
    r = np.linspace(-1, 1, 5001)
    found = taylor_russell(r, 0.4, 0.15)
    assert (np.diff(found) > -1e-12).all()
    np.testing.assert_allclose(found[::500], [taylor_russell(one, 0.4, 0.15) for one in r[::500]], atol=1e-14)
    assert isinstance(taylor_russell(0.3, 0.4, 0.15), float)
    assert taylor_russell(np.zeros((2, 1)), np.full(3, 0.4), 0.2).shape == (2, 3)


def test_expectancy_of_the_model_is_made_of_success_ratios():
    shares = expected_shares(0.30)
    np.testing.assert_allclose(shares, [0.332, 0.434, 0.500, 0.566, 0.668], atol=5e-4)
    assert shares[-1] == pytest.approx(taylor_russell(0.30, 0.5, 0.2))
    nearly_perfect = expected_shares(0.99999, 4, 0.5)
    np.testing.assert_allclose(nearly_perfect, [0, 0, 1, 1], atol=0.005)


def test_mean_scores_of_those_hired():
    """Naylor & Shine (1965); R: dnorm(qnorm(sr)) / sr."""
    known = [2.06271280750743, 1.75498331932487, 1.39980960203904, 1.15897538066691, 0.797884560802865, 0.34995240050976]
    np.testing.assert_allclose(naylor_shine(1.0, [0.05, 0.1, 0.2, 0.3, 0.5, 0.8]), known, rtol=1e-12)
    assert naylor_shine(0.30, 0.20) == pytest.approx(0.420, abs=5e-4)
    assert naylor_shine(0.5, 1.0) == 0.0


@settings(max_examples=40, deadline=None)
@given(st.floats(-1, 1), st.floats(0.01, 0.99))
def test_those_hired_and_those_not_average_to_everybody(r, ratio):
    hired = naylor_shine(r, ratio)
    others = -naylor_shine(r, 1 - ratio)
    assert ratio * hired + (1 - ratio) * others == pytest.approx(0.0, abs=1e-12)
    assert hired == pytest.approx(r * normal_density(normal_quantile(ratio)) / ratio)


def test_utility_of_the_worked_examples():
    """R 4.2.2: psychometric::Utility; iopsych 0.90.1: utilityBcg(sdy = 10000, rxy = .5, sr = .3)."""
    total = utility(0.35, 4000, mean_score=1.76, n_hired=72, cost=720 * 5)
    assert (total, total / 72) == pytest.approx((173_808, 2_414), abs=0.5)
    assert utility(0.5, 10_000, 0.3) == pytest.approx(5_794.88, abs=0.005)
    assert utility(0.35, 10_000, 0.2, n_hired=10, tenure=2, cost=50 * 300) == pytest.approx(82_986.6721427329)
    assert utility(0.25, 8_000, 0.1, n_hired=50, tenure=3, cost=500 * 100) == pytest.approx(476_494.99579746)


def test_costs_taxes_and_interest_of_boudreau():
    """Each year's gain, less variable costs and tax, discounted from its end; the cost deducted from tax at once."""
    gain = sum(20 * 9_000 * 0.4 * naylor_shine(1, 0.25) * (1 - 0.3) * (1 - 0.45) / 1.1**year for year in range(1, 6))
    found = utility(0.4, 9_000, 0.25, n_hired=20, tenure=5, cost=30_000, variable_costs=0.3, tax_rate=0.45, discount_rate=0.1)
    assert found == pytest.approx(gain - 30_000 * (1 - 0.45))


@settings(max_examples=40, deadline=None)
@given(st.floats(0.1, 20), st.floats(1e-12, 0.3))
def test_discounting_lowers_a_gain_and_vanishes_with_the_rate(tenure, rate):
    plain, discounted = utility(0.3, 1.0, 0.2, tenure=tenure), utility(0.3, 1.0, 0.2, tenure=tenure, discount_rate=rate)
    assert discounted <= plain + 1e-12
    assert utility(0.3, 1.0, 0.2, tenure=tenure, discount_rate=1e-12) == pytest.approx(plain)


def test_a_range_of_assumptions_gives_a_range_of_utilities():
    found = utility(np.array([0.1, 0.2, 0.3])[:, None], [5_000, 10_000], 0.2, n_hired=10)
    assert found.shape == (3, 2)
    assert found[0, 0] == pytest.approx(utility(0.1, 5_000, 0.2, n_hired=10))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: taylor_russell(1.1, 0.5, 0.5), "validity must lie between -1 and 1"),
        (lambda: taylor_russell(0.3, -0.1, 0.5), "base_rate must lie between 0 and 1"),
        (lambda: taylor_russell(0.3, 0.5, 0.0), "selection_ratio must be above 0"),
        (lambda: taylor_russell(0.3, 0.5, 1.2), "selection_ratio must lie between 0 and 1"),
        (lambda: naylor_shine(0.3, 0.0), "selection_ratio must be above 0"),
        (lambda: utility(0.3, 1000), "give selection_ratio or mean_score"),
        (lambda: utility(0.3, 1000, 0.2, mean_score=1.4), "give selection_ratio or mean_score"),
        (lambda: utility(0.3, 0, 0.2), "sd_y must be above 0"),
        (lambda: utility(0.3, 1000, 0.2, tax_rate=1.2), "tax_rate must lie between 0 and 1"),
        (lambda: utility(0.3, 1000, 0.2, tenure=0), "tenure must be above 0"),
        (lambda: utility(0.3, 1000, 0.2, cost=-5), "cost must lie between 0 and inf"),
        (lambda: utility(0.3, 1000, 0.2, discount_rate=-0.01), "discount_rate must lie between 0 and inf"),
        (lambda: taylor_russell([0.1, 0.2], 0.5, [0.1, 0.2, 0.3]), r"their shapes are validity \(2,\).*selection_ratio \(3,\)"),
        (lambda: naylor_shine([0.1, 0.2], [0.1, 0.2, 0.3]), "validity and selection_ratio must be numbers or arrays of one shape"),
        (lambda: utility(0.3, [1, 2], 0.2, tenure=[1, 2, 3]), r"sd_y \(2,\).*tenure \(3,\)"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

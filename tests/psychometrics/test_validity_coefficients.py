"""Correlations, their intervals and comparisons, against R and worked examples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import validity
from assessment.psychometrics.intervals import fisher_interval, wilson_interval


def made_up(n=400, r=0.3, seed=5):
    rng = np.random.default_rng(seed)
    x, e = rng.standard_normal((2, n))
    return x, r * x + np.sqrt(1 - r * r) * e


def test_fisher_interval_is_that_of_cor_test():
    """R: cor.test(ACT, SATV), n 700; Bonett & Wright for the rank correlation of the same data."""
    assert fisher_interval(0.561056198841119, 700) == pytest.approx((0.508077098267794, 0.609805839599404))
    rho = 0.565724894159026
    interval = fisher_interval(rho, 700, variance_factor=1 + rho**2 / 2)
    assert interval == pytest.approx((0.508907583227895, 0.617634449997797))


def test_fisher_interval_and_difference_of_the_worked_examples():
    assert fisher_interval(0.657, 15) == pytest.approx((0.2181, 0.8748), abs=1e-4)
    difference = validity.compare_independent(0.657, 62, 0.430, 143)
    assert (difference.statistic, difference.p_value) == pytest.approx((2.111, 0.0348), abs=5e-4)


def test_williams_test_of_the_worked_example_and_of_psych():
    """R: psych::r.test(687, .5605, .5871, .6443) on sat.act."""
    example = validity.compare_dependent(0.30, 0.22, 0.85, 120)
    assert (example.statistic, example.p_value) == pytest.approx((1.660, 0.0996), abs=5e-4)
    assert example.p_greater == pytest.approx(example.p_value / 2)
    r = validity.compare_dependent(0.56048160452788, 0.587112163064903, 0.644299943092575, 687)
    assert (r.statistic, r.p_value) == pytest.approx((-1.05626100671872, 0.291221904145254))


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.9, 0.9), st.floats(-0.9, 0.9), st.integers(10, 500))
def test_williams_test_is_antisymmetric(a, b, n):
    low, high = a * b - np.sqrt((1 - a * a) * (1 - b * b)), a * b + np.sqrt((1 - a * a) * (1 - b * b))
    between = low + 0.6 * (high - low)
    forth, back = validity.compare_dependent(a, b, between, n), validity.compare_dependent(b, a, between, n)
    assert forth.statistic == pytest.approx(-back.statistic)
    assert forth.p_greater == pytest.approx(1 - back.p_greater, abs=1e-9)


def test_the_coefficient_is_that_of_the_people_with_both_values():
    x, y = made_up(60)
    with_holes = np.where(np.arange(60) < 5, np.nan, y)
    result = validity.validity_coefficient(x, with_holes)
    assert result.n == 55
    assert result.estimate == pytest.approx(np.corrcoef(x[5:], y[5:])[0, 1])


def test_spearman_is_pearson_of_mid_ranks_and_ignores_monotone_changes():
    x, y = made_up(50)
    rounded = np.round(x)
    result = validity.validity_coefficient(rounded, y, "spearman")
    assert validity.validity_coefficient(np.exp(rounded), y**3, "spearman").estimate == pytest.approx(result.estimate)
    ranks = np.array([(rounded < v).sum() + ((rounded == v).sum() + 1) / 2 for v in rounded])
    order = y.argsort().argsort() + 1.0
    assert result.estimate == pytest.approx(np.corrcoef(ranks, order)[0, 1])


@settings(max_examples=40, deadline=None)
@given(st.floats(0.1, 10), st.floats(-5, 5), st.integers(0, 1000))
def test_the_coefficient_ignores_scale_and_the_order_of_people(stretch, shift, seed):
    x, y = made_up(40)
    order = np.random.default_rng(seed).permutation(40)
    there = validity.validity_coefficient((stretch * x + shift)[order], y[order]).estimate
    assert there == pytest.approx(validity.validity_coefficient(x, y).estimate)


@pytest.mark.parametrize("kind", ["pearson", "spearman"])
def test_bootstrap_interval_is_repeatable_and_near_fishers_on_normal_data(kind):
    result = validity.validity_coefficient(*made_up(), kind)
    interval = result.bootstrap_interval(np.random.default_rng(1), n_resamples=2_000)
    assert interval == result.bootstrap_interval(np.random.default_rng(1), n_resamples=2_000)
    assert interval == pytest.approx(result.confidence_interval(), abs=0.02)
    assert interval.low < result.estimate < interval.high


def test_bootstrap_interval_is_that_of_scipy():
    from scipy import stats

    x, y = made_up(80)
    y = y**3
    ours = validity.validity_coefficient(x, y).bootstrap_interval(np.random.default_rng(2), n_resamples=9_999)

    def r(a, b, axis):
        return stats.pearsonr(a, b, axis=axis).statistic

    theirs = stats.bootstrap((x, y), r, paired=True, vectorized=True, n_resamples=9_999, rng=np.random.default_rng(3))
    assert ours == pytest.approx(tuple(theirs.confidence_interval), abs=0.015)


def test_wilson_interval_keeps_within_zero_and_one():
    """R: prop.test(3, 10, correct = FALSE)$conf.int; 0 of 10."""
    assert wilson_interval(3, 10) == pytest.approx((0.1077913, 0.6032219), abs=1e-6)
    assert wilson_interval(0, 10) == pytest.approx((0, 0.2775328), abs=1e-6)
    assert wilson_interval(10, 10).high == 1


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: validity.validity_coefficient([1, 2, 3], [1, 2, 3]), "known for at least 4 people; 3 have both"),
        (lambda: validity.validity_coefficient([1, 1, 1, 1], [1, 2, 3, 4]), "scores must vary; everybody has 1"),
        (lambda: validity.validity_coefficient([1, 2, 3, 4], [1, 2, 3]), "criterion must hold 4 values"),
        (lambda: validity.validity_coefficient([1, 2, 3, 4], [1, 2, 3, 5], "kendall"), "kind must be"),
        (lambda: validity.compare_dependent(0.9, -0.9, 0.9, 50), "impossible together"),
        (lambda: validity.compare_dependent(0.3, 0.2, 0.5, 3), "n must be a whole number of at least 4"),
        (lambda: fisher_interval(0.3, 50, level=1.0), "level must lie strictly between 0 and 1"),
        (lambda: validity.validity_coefficient([0.1 + 0.2, 0.3, 0.3, 0.3], [1, 2, 3, 4]), "scores must vary; everybody has 0.3"),
        (lambda: validity.compare_dependent(0.3, 0.2, 0.5, float("inf")), "n must be"),
        (lambda: validity.compare_dependent([0.3, 0.4], 0.2, 0.5, 50), "r_first must be one finite number"),
        (lambda: validity.compare_dependent(0.3, 0.2, 1.5, 50), "r_between must lie between -1 and 1"),
        (lambda: validity.compare_independent(float("nan"), 50, 0.2, 50), "r_first must be one finite number"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_two_scores_that_are_one_turned_round_are_tested_as_the_one():
    """Their difference is twice the correlation, and the limit of Williams' t that of r with n − 3 degrees of freedom."""
    found = validity.compare_dependent(0.3, -0.3, -1.0, 50)
    near = validity.compare_dependent(0.3, -0.3, -1.0 + 1e-9, 50)
    assert found.statistic == pytest.approx(0.3 * np.sqrt(47 / 0.91))
    assert (near.statistic, near.p_value) == pytest.approx((found.statistic, found.p_value), rel=1e-6)


@pytest.mark.parametrize("unit", [1e-200, 1e-9, 1e45])
def test_the_unit_of_a_score_changes_nothing(unit):
    rng = np.random.default_rng(8)
    x = rng.normal(size=40)
    y = x + rng.normal(size=40)
    plain, scaled = validity.validity_coefficient(x, y), validity.validity_coefficient(x * unit, y)
    assert (scaled.estimate, scaled.p_value) == pytest.approx((plain.estimate, plain.p_value), rel=1e-12)
    intervals = [found.bootstrap_interval(np.random.default_rng(1), n_resamples=199) for found in (plain, scaled)]
    assert intervals[0] == pytest.approx(intervals[1], rel=1e-9)

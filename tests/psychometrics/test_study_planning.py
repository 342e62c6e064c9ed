"""Power, sample size, truncation, prior and local evidence, expectancy and the fitted line."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import validity
from assessment.psychometrics.distributions import normal_quantile


def test_sample_sizes_of_the_table():
    rhos = (0.10, 0.15, 0.20, 0.25, 0.30, 0.40)
    assert [validity.sample_size(rho) for rho in rhos] == [783, 347, 194, 124, 85, 47]
    assert [validity.sample_size(rho, sides=1) for rho in rhos] == [618, 274, 154, 98, 68, 38]


@pytest.mark.parametrize(
    ("ratio", "u", "r", "n", "n_unreliable"),
    [
        (0.10, 0.411, 0.110, 646, 1104),
        (0.20, 0.468, 0.125, 501, 855),
        (0.30, 0.514, 0.137, 415, 708),
        (0.50, 0.603, 0.160, 304, 517),
        (0.70, 0.702, 0.186, 226, 383),
    ],
)
def test_what_selection_leaves_of_a_true_validity_of_26(ratio, u, r, n, n_unreliable):
    found = validity.truncation_ratio(ratio)
    assert found == pytest.approx(u, abs=5e-4)
    expected = validity.restricted_correlation(0.26, found)
    assert expected == pytest.approx(r, abs=5e-4)
    assert validity.sample_size(expected) == n
    assert validity.sample_size(validity.restricted_correlation(0.26 * np.sqrt(0.6), found)) == n_unreliable


@settings(max_examples=40, deadline=None)
@given(st.floats(0.08, 0.7), st.sampled_from([1, 2]))
def test_the_sample_size_reaches_its_power_and_one_person_fewer_does_not(rho, sides):
    n = validity.sample_size(rho, sides=sides)
    assert validity.power(rho, n, sides=sides) >= 0.80 - 1e-6
    if n > 4:
        assert validity.power(rho, n - 1, sides=sides) < 0.80 + 1e-4


def test_power_without_a_correlation_is_alpha():
    assert validity.power(0.0, 100) == pytest.approx(0.05)
    assert validity.power(0.0, 100, alpha=0.1, sides=1) == pytest.approx(0.1)


def test_plans_are_made_for_many_correlations_at_once():
    rhos, us = np.array([0.1, -0.2, 0.3]), np.array([0.4, 0.6, 1.0])
    np.testing.assert_array_equal(validity.sample_size(rhos), [783, 194, 85])
    np.testing.assert_allclose(validity.power(rhos, 100), [validity.power(rho, 100) for rho in rhos])
    np.testing.assert_allclose(
        validity.restricted_correlation(rhos, us),
        [validity.restricted_correlation(rho, u) for rho, u in zip(rhos, us, strict=True)],
    )
    np.testing.assert_allclose(validity.truncation_ratio([0.1, 0.5, 1.0]), [0.411260, np.sqrt(1 - 2 / np.pi), 1.0], atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.001, 0.999))
def test_the_truncation_ratio_is_the_spread_of_the_upper_part_of_a_normal_score(ratio):
    cut = float(normal_quantile(1 - ratio))
    x = np.linspace(cut, cut + 12, 20_001)
    weight = np.exp(-(x**2) / 2)
    mean = np.average(x, weights=weight)
    assert validity.truncation_ratio(ratio) == pytest.approx(np.sqrt(np.average((x - mean) ** 2, weights=weight)), rel=2e-3)


def test_prior_and_local_evidence_of_the_worked_examples():
    strong = validity.combine_with_prior(0.35, 60, 0.20, 0.10)
    assert (strong.estimate, strong.sd, strong.weight_of_local) == pytest.approx((0.2651, 0.0752, 0.434), abs=5e-4)
    assert strong.estimate_from_z == pytest.approx(0.2589, abs=5e-5)
    assert strong.confidence_interval() == pytest.approx((0.104, 0.401), abs=5e-4)
    weak = validity.combine_with_prior(-0.05, 40, 0.20, 0.10)
    assert weak.estimate == pytest.approx(0.1296, abs=5e-5)
    assert weak.confidence_interval() == pytest.approx((-0.042, 0.294), abs=5e-4)


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.8, 0.8), st.integers(4, 5000))
def test_the_combined_estimate_lies_between_prior_and_local(r, n):
    combined = validity.combine_with_prior(r, n, 0.2, 0.1)
    assert min(r, 0.2) - 1e-12 <= combined.estimate <= max(r, 0.2) + 1e-12


def test_model_expectancy_of_the_worked_example():
    np.testing.assert_allclose(validity.expected_shares(0.30), [0.332, 0.434, 0.500, 0.566, 0.668], atol=5e-4)
    np.testing.assert_allclose(validity.expected_shares(0.0, base_rate=0.3), [0.3] * 5, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.95, 0.95), st.integers(2, 10), st.floats(0.05, 0.95))
def test_model_shares_average_to_the_base_rate(r, n_groups, base_rate):
    shares = validity.expected_shares(r, n_groups, base_rate)
    assert shares.mean() == pytest.approx(base_rate, abs=1e-6)
    assert (np.diff(shares) * np.sign(r) >= -1e-9).all()


def test_expectancy_counts_people_and_meets_the_model_on_normal_data():
    rng = np.random.default_rng(3)
    x, e = rng.standard_normal((2, 20_000))
    y = 0.3 * x + np.sqrt(1 - 0.09) * e
    chart = validity.expectancy(x, y)
    assert [group.n for group in chart.groups] == [4000] * 5
    for group in chart.groups:
        low, high = group.confidence_interval(0.999)
        assert low < group.expected < high
        assert group.observed == group.n_above / group.n
    assert chart.groups[0].high < chart.groups[1].low
    assert chart.base_rate == pytest.approx(0.5, abs=1e-4)


def test_equal_scores_share_an_expectancy_group():
    scores = np.repeat([1.0, 2.0, 3.0], [30, 5, 5])
    criterion = np.arange(40.0)
    chart = validity.expectancy(scores, criterion, n_groups=4)
    assert [group.n for group in chart.groups] == [30, 10]
    assert [(group.low, group.high) for group in chart.groups] == [(1, 1), (2, 3)]


def test_the_fitted_line_and_its_band():
    """R: predict(lm(y ~ x), data.frame(x = c(1, 3)), interval = "confidence"), worked by hand from its formula."""
    x, y = np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 5])
    fit = validity.linear_fit(x, y)
    assert (fit.slope, fit.intercept, fit.residual_sd) == pytest.approx((0.8, 0.6, np.sqrt(3.6 / 3)))
    band = fit.band([1, 3])
    np.testing.assert_allclose(band.fitted, [1.4, 3.0])
    half = 3.182446305 * np.sqrt(1.2) * np.sqrt([1 / 5 + 4 / 10, 1 / 5])
    np.testing.assert_allclose(band.high - band.fitted, half, rtol=1e-8)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: validity.expectancy(np.arange(20.0), np.arange(20.0)), "at least 25 people"),
        (lambda: validity.expectancy(np.arange(30.0), np.arange(30.0), cut=40), "cut must divide the criterion; nobody"),
        (lambda: validity.sample_size(0.0), "rho must not be 0"),
        (lambda: validity.power(1.0, 50), "rho must lie strictly between -1 and 1"),
        (lambda: validity.power(0.2, 50, sides=3), "sides must be 1 or 2"),
        (lambda: validity.combine_with_prior(0.2, 50, 0.2, 0), "prior_sd must be above 0"),
        (lambda: validity.truncation_ratio(0), "selection_ratio must be above 0"),
        (lambda: validity.truncation_ratio(1.5), "selection_ratio must lie between 0 and 1"),
        (lambda: validity.power(0.2, 3), "n must be at least 4"),
        (lambda: validity.restricted_correlation(0.3, 0), "u must be above 0"),
        (lambda: validity.restricted_correlation([0.3, 0.2], [0.5, 0.6, 0.7]), "rho and u must be numbers or arrays of one shape"),
        (lambda: validity.power([0.1, 0.2], [10, 20, 30]), "rho and n must be numbers or arrays of one shape"),
        (lambda: validity.sample_size(math.nan), "rho must not hold NaN"),
        (lambda: validity.sample_size([0.2, 1e-12]), "rho must not be so near 0"),
        (lambda: validity.sample_size(1e-300), "rho must not be so near 0"),
        (lambda: validity.combine_with_prior(0.2, 50, 0.2, math.inf), "prior_sd must be one finite number"),
        (lambda: validity.combine_with_prior(math.nan, 50, 0.2, 0.1), "r must be one finite number"),
        (lambda: validity.combine_with_prior(0.2, 50, math.nan, 0.1), "prior_mean must be one finite number"),
        (lambda: validity.combine_with_prior([0.2, 0.3], 50, 0.2, 0.1), "r must be one finite number"),
        (lambda: validity.expectancy(np.arange(30.0), np.arange(30.0), cut=math.nan), "cut must be one finite number"),
        (lambda: validity.linear_fit(np.arange(9.0), np.arange(9.0) ** 2).band(1, level=2), "level must lie strictly"),
        (lambda: validity.expected_shares(0.3, base_rate=1), "base_rate must lie strictly between 0 and 1"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_little_power_takes_no_more_people_than_some():
    """z_α + z_β falls below 0 where the power asked for is less than what the smallest sample has."""
    asked = (0.001, 0.01, 0.025, 0.1, 0.5, 0.8)
    people = [validity.sample_size(0.2, power=power) for power in asked]
    assert people == sorted(people)
    assert people[0] == 4


def test_a_chart_is_the_observed_shares_of_its_groups():
    rng = np.random.default_rng(2)
    chart = validity.expectancy(rng.normal(size=50), rng.normal(size=50))
    assert chart.estimate.tolist() == [group.estimate for group in chart.groups] == [group.n_above / 10 for group in chart.groups]

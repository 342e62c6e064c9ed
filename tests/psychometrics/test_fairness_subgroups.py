"""Differences between groups, in a score and in a composite, and the impact ratios that they lead to."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.fairness import composite_d, impact_ratio_from_d, subgroup_difference


def test_composite_d_is_that_of_sackett_and_ellingson():
    """Sackett & Ellingson (1997): Σd / √(k + k (k − 1) r̄), and with weights and a matrix of correlations."""
    assert composite_d([0.2, 0.4, 0.3], 0.3) == pytest.approx(0.4108, abs=5e-5)
    assert composite_d([0.2, 0.4, 0.3], 0.3) == pytest.approx(0.9 / math.sqrt(3 + 6 * 0.3))
    correlations = [[1, 0.3, 0.2], [0.3, 1, 0.1], [0.2, 0.1, 1]]
    assert composite_d([0.1, 0.3, 0.7], correlations, [1, 0.5, 0.5]) == pytest.approx(0.4191, abs=5e-5)


def test_regression_weights_of_the_published_example_give_its_composite_d():
    """De Corte, Lievens & Sackett (2007): four predictors; d .755 under regression weights, .650 under unit weights."""
    correlations = np.array([[1, 0.24, 0, 0.19], [0.24, 1, 0.12, 0.16], [0, 0.12, 1, 0.51], [0.19, 0.16, 0.51, 1]])
    d = [1.00, 0.23, 0.09, 0.33]
    assert composite_d(d, correlations, [0.2166, 0.2126, 0.0676, 0.1703]) == pytest.approx(0.755, abs=5e-4)
    assert composite_d(d, correlations) == pytest.approx(0.650, abs=5e-4)


def test_impact_ratios_at_the_majoritys_selection_rate_are_the_tabled_ones():
    """Sackett & Ellingson (1997), table 1: selection rates .1, .5, .9 of the majority."""
    found = impact_ratio_from_d([[0.2], [0.5], [1.0]], [0.1, 0.5, 0.9])
    assert found == pytest.approx(np.array([[0.692, 0.841, 0.956], [0.374, 0.617, 0.870], [0.113, 0.317, 0.679]]), abs=6e-4)
    # R 4.2.2: pnorm(qnorm(p) - d) / p
    assert impact_ratio_from_d(0.2, 0.1) == pytest.approx(0.692298273217775, rel=1e-12)
    assert impact_ratio_from_d(0.72, 0.8) == pytest.approx(0.685500627271137, rel=1e-12)
    assert isinstance(impact_ratio_from_d(0.72, 0.8), float)


def test_impact_ratios_at_everybodys_selection_rate_use_the_mixtures_cut():
    assert impact_ratio_from_d(0.15, 0.25, focal_share=0.30) == pytest.approx(0.8234, abs=5e-5)
    assert impact_ratio_from_d(0.40, 0.10, focal_share=0.15) == pytest.approx(0.4708, abs=5e-5)


@settings(max_examples=40)
@given(st.floats(-2, 2), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_mixtures_cut_selects_the_stated_share(d, rate, focal_share):
    ratio = impact_ratio_from_d(d, rate, focal_share=focal_share)
    reference = rate / (1 - focal_share + focal_share * ratio)
    assert impact_ratio_from_d(d, reference) == pytest.approx(ratio, rel=1e-6)


@settings(max_examples=40)
@given(st.floats(0.01, 2), st.floats(0.05, 0.9))
def test_no_difference_has_no_impact_and_a_wider_one_more(d, rate):
    assert impact_ratio_from_d(0, rate) == pytest.approx(1)
    assert impact_ratio_from_d(d, rate) < 1
    assert impact_ratio_from_d(1.1 * d, rate) < impact_ratio_from_d(d, rate)


def test_a_composite_of_one_is_its_part_and_independent_parts_add_up():
    assert composite_d([0.4], 0.0) == pytest.approx(0.4)
    assert composite_d([0.3, 0.3, 0.3, 0.3], 0.0) == pytest.approx(0.6)
    assert composite_d([0.3, 0.3], 1.0) == pytest.approx(0.3)
    assert composite_d([0.3, 0.5], 0.2, [-1, -2]) == pytest.approx(-composite_d([0.3, 0.5], 0.2, [1, 2]))


def test_cohens_d_and_hedges_g_by_hand():
    found = subgroup_difference([4, 6, 8, 1, 3, 5, 3, np.nan], [*"aaabbbb", "a"], reference="a")
    within = (8 + 8) / 5
    assert found.pooled_sd == pytest.approx(math.sqrt(within))
    assert found.estimate == pytest.approx((6 - 3) / math.sqrt(within))
    exact = math.gamma(2.5) / (math.sqrt(2.5) * math.gamma(2.0))
    assert found.hedges_g == pytest.approx(found.estimate * exact)
    assert (found.n_reference, found.n_focal, found.n) == (3, 4, 7)
    assert (found.reference_mean, found.focal_mean, found.reference_sd) == pytest.approx((6, 3, 2))


def test_the_interval_of_d_is_that_of_the_noncentral_t():
    """The noncentrality at whose 2.5th and 97.5th percentile the t seen lies, from the density integrated here."""
    scores = np.concatenate([np.arange(10.0), np.arange(10.0) - 2.5])
    found = subgroup_difference(scores, ["r"] * 10 + ["f"] * 10, reference="r")
    root = math.sqrt(0.2)
    t, df = found.estimate / root, 18
    v = np.linspace(1e-6, 80, 20_001)
    log_density = (df / 2 - 1) * np.log(v) - v / 2 - df / 2 * math.log(2) - math.lgamma(df / 2)

    def below(centre):
        normal = 0.5 * (1 + np.vectorize(math.erf)((t * np.sqrt(v / df) - centre) / math.sqrt(2)))
        return np.trapezoid(normal * np.exp(log_density), v)

    low, high = found.confidence_interval()
    assert below(low / root) == pytest.approx(0.975, abs=1e-6)
    assert below(high / root) == pytest.approx(0.025, abs=1e-6)


def test_the_interval_narrows_to_the_normal_one_in_large_samples():
    scores = np.random.default_rng(1).normal(size=40_000)
    scores[:20_000] += 0.5
    found = subgroup_difference(scores, [1] * 20_000 + [2] * 20_000, reference=1)
    half = 1.959964 * math.sqrt(2 / 20_000 + found.estimate**2 / 80_000)
    assert found.confidence_interval() == pytest.approx((found.estimate - half, found.estimate + half), abs=2e-5)
    assert found.hedges_g == pytest.approx(found.estimate, rel=1e-4)


def test_a_turned_reference_turns_d_and_its_interval():
    rng = np.random.default_rng(2)
    scores, group = rng.normal(size=60), rng.integers(0, 2, 60)
    there, back = (subgroup_difference(scores, group, reference=g) for g in (0, 1))
    assert back.estimate == pytest.approx(-there.estimate)
    low, high = there.confidence_interval()
    assert back.confidence_interval() == pytest.approx((-high, -low), abs=1e-8)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: composite_d([], 0.3), "at least one difference"),
        (lambda: composite_d([0.2, 0.3], -1.0), "leave the composite some variance"),
        (lambda: composite_d([0.2, 0.3], [[1, 2], [2, 1]]), "between -1 and 1"),
        (lambda: composite_d([0.2, 0.3], [[2, 0.1], [0.1, 1]]), "with 1 on the diagonal"),
        (lambda: composite_d([0.2, 0.3], 0.2, [0, 0]), "leave the composite some variance"),
        (lambda: composite_d([0.2, 0.3], 0.2, [1, 1, 1]), "weights must hold 2 values"),
        (lambda: impact_ratio_from_d(0.2, 1.0), "selection_rate must lie strictly between 0 and 1"),
        (lambda: impact_ratio_from_d(0.2, 0.5, focal_share=0.0), "focal_share must be above 0"),
        (lambda: subgroup_difference([1, 2, 3], list("aab"), reference="a"), "focal must hold at least 2 people"),
        (lambda: subgroup_difference([1, 1, 3, 3], list("aabb"), reference="a"), "vary within the groups"),
        (lambda: impact_ratio_from_d([0.2, 0.3], [0.1, 0.2, 0.3]), "d and selection_rate must be numbers or arrays of one shape"),
        (lambda: impact_ratio_from_d(0.2, 0.1, focal_share=[[0.2], [0.0]]), "focal_share must be above 0"),
    ],
)
def test_impossible_differences_are_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_groups_far_apart_still_have_an_interval():
    """d near 11 000, where the noncentral t is not computed far from its centre: each end puts half of 5 % beyond t."""
    found = subgroup_difference([1, 1.001, 9, 9.001], list("aabb"), reference="a")
    low, high = found.confidence_interval()
    assert low < found.estimate < high < 0
    # With 2 degrees of freedom a t so large is its centre over √(χ²/2), so that the ends are those of χ²: √(−ln p).
    assert high / found.estimate == pytest.approx(np.sqrt(-np.log(0.975)), rel=1e-3)
    assert low / found.estimate == pytest.approx(np.sqrt(-np.log(0.025)), rel=1e-3)


def test_a_group_that_is_never_selected_makes_the_ratio_boundless():
    assert impact_ratio_from_d(-60.0, 0.1, focal_share=0.3) == np.inf

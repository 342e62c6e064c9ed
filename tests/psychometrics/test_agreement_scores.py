"""Intraclass correlations, Kendall's W, percent agreement and agreement within a panel."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import agreement, classical

# Shrout & Fleiss (1979), table 2: six targets by four judges.
SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
KINDS = ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")


def test_mean_squares_of_shrout_and_fleiss_are_the_published_ones():
    found = agreement.intraclass_correlation(SHROUT_FLEISS)
    mean_squares = (found.ms_targets, found.ms_within, found.ms_raters, found.ms_error)
    assert mean_squares == pytest.approx((11.2417, 6.2639, 32.4861, 1.0194), abs=5e-5)
    assert (found.n_targets, found.n_raters, found.ratings_per_target) == (6, 4, 4)


@pytest.mark.parametrize(
    ("kind", "estimate", "low", "high", "f", "df2", "p"),
    [
        ("1,1", 0.165741768405476, -0.132932324874751, 0.722560062328121, 1.79467849223947, 18, 0.16476880834464),
        ("2,1", 0.289763779527559, 0.018786513374712, 0.761084369648953, 11.0272479564033, 15, 0.000134566516484337),
        ("3,1", 0.714840714840715, 0.342464765033925, 0.94585825995536, 11.0272479564033, 15, 0.000134566516484337),
        ("1,k", 0.442797133679269, -0.884442155238119, 0.912415420340776, 1.79467849223947, 18, 0.16476880834464),
        ("2,k", 0.620050547598989, 0.0711368153025035, 0.927232040167722, 11.0272479564033, 15, 0.000134566516484337),
        ("3,k", 0.909315542377069, 0.675674713816305, 0.985891678169062, 11.0272479564033, 15, 0.000134566516484337),
    ],
)
def test_all_six_correlations_of_shrout_and_fleiss_are_those_of_psych(kind, estimate, low, high, f, df2, p):
    """R 4.2.2, psych 2.2.9: ICC(x, lmer = FALSE); published .17 .29 .71 .44 .62 .91.

    irr's interval for 2,k, .039 to .929, takes the degrees of freedom at another value of the same quantity than its interval
    for 2,1, and so is not the transform of it.
    """
    found = agreement.intraclass_correlation(SHROUT_FLEISS, kind)
    assert found.estimate == pytest.approx(estimate, abs=1e-12)
    assert found.confidence_interval() == pytest.approx((low, high), abs=1e-10)
    assert (found.f, found.df1, found.df2, found.p_value) == pytest.approx((f, 5, df2, p), rel=1e-10)


@st.composite
def rating_tables(draw):
    n, k, seed = draw(st.integers(2, 12)), draw(st.integers(2, 6)), draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    spread = draw(st.sampled_from([0.2, 1.0, 3.0]))
    return spread * rng.standard_normal((n, 1)) + rng.standard_normal((1, k)) + rng.standard_normal((n, k))


@given(rating_tables(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_neither_order_nor_unit_matters_and_raters_own_levels_only_where_they_should(x, random):
    people, raters = list(range(len(x))), list(range(x.shape[1]))
    random.shuffle(people)
    random.shuffle(raters)
    levels = np.arange(x.shape[1]) * 5.0
    for kind in ("1,1", "2,1", "3,1"):
        estimate = agreement.intraclass_correlation(x, kind).estimate
        same = agreement.intraclass_correlation(7 - 3 * x[np.ix_(people, raters)], kind).estimate
        assert same == pytest.approx(estimate, abs=1e-9)
        apart = agreement.intraclass_correlation(x + levels, kind).estimate
        assert (apart == pytest.approx(estimate, abs=1e-9)) == (kind == "3,1")


@given(rating_tables(), st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=40, deadline=None)
def test_an_average_is_the_spearman_brown_of_a_single_rating_and_lies_in_its_interval(x, level):
    k = x.shape[1]
    if len(x) > 2:
        assert agreement.intraclass_correlation(x, "3,k").estimate == pytest.approx(classical.alpha(x).estimate)
    for form in "13":
        single, average = (agreement.intraclass_correlation(x, f"{form},{of}") for of in "1k")
        r = single.estimate
        assert average.estimate == pytest.approx(k * r / (1 + (k - 1) * r))
    for kind in ("1,1", "2,1", "3,1", "1,k", "3,k"):
        found = agreement.intraclass_correlation(x, kind)
        low, high = found.confidence_interval(level)
        assert low <= found.estimate <= high


def test_ends_of_the_exact_intervals_are_where_the_test_just_rejects():
    """At the true value ρ, F / (1 + k ρ / (1 − ρ)) has the F distribution."""
    from scipy.special import fdtr

    for kind, df2 in (("1,1", 18), ("3,1", 15)):
        found = agreement.intraclass_correlation(SHROUT_FLEISS, kind)
        low, high = found.confidence_interval(0.9)
        tails = [fdtr(5, df2, found.f / (1 + 4 * rho / (1 - rho))) for rho in (low, high)]
        np.testing.assert_allclose(tails, [0.95, 0.05])


def test_the_interval_for_absolute_agreement_covers_at_its_level():
    rng = np.random.default_rng(12)
    covered = 0
    for _ in range(400):
        x = rng.standard_normal((30, 1)) + 0.5 * rng.standard_normal((1, 5)) + rng.standard_normal((30, 5))
        low, high = agreement.intraclass_correlation(x, "2,1").confidence_interval(0.9)
        covered += low <= 1 / 2.25 <= high
    assert covered / 400 == pytest.approx(0.9, abs=3 * np.sqrt(0.09 / 400) + 0.01)


def test_perfect_agreement_is_one_without_an_interval():
    x = np.repeat([[1.0], [2.5], [4.1]], 3, axis=1)
    for kind in KINDS:
        found = agreement.intraclass_correlation(x, kind)
        assert found.estimate == 1
        assert found.confidence_interval() == (1, 1)
        assert found.p_value == 0
    shifted = agreement.intraclass_correlation(x + np.arange(3), "2,1")
    assert 0 < shifted.estimate < 1
    assert shifted.ms_error == 0
    low, high = shifted.confidence_interval()
    assert 0 <= low < shifted.estimate < high <= 1


def test_targets_without_differences_give_the_smallest_value_there_is():
    x = np.array([[1.0, 2, 3], [3, 1, 2], [2, 3, 1]])
    assert agreement.intraclass_correlation(x, "1,1").estimate == pytest.approx(-0.5)
    assert agreement.intraclass_correlation(x, "1,1").confidence_interval() == pytest.approx((-0.5, -0.5))
    assert agreement.intraclass_correlation(x, "2,1").confidence_interval() == pytest.approx((-1, -1))
    assert agreement.intraclass_correlation([[1, 2], [1, 2]], "1,1").estimate == pytest.approx(-1)


def test_unequal_numbers_of_ratings_keep_the_components_of_variance_unbiased():
    """One-way analysis of variance by hand, and the mean of many simulated studies with true value .5."""
    x = np.array([[4, 5, np.nan, np.nan], [2, 1, 3, np.nan], [8, 7, 9, 8], [5, np.nan, np.nan, np.nan]])
    groups = [row[~np.isnan(row)] for row in x]
    everything = np.concatenate(groups)
    between = sum(len(g) * (g.mean() - everything.mean()) ** 2 for g in groups) / 3
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / 6
    k = (10 - (4 + 9 + 16 + 1) / 10) / 3
    found = agreement.intraclass_correlation(x, "1,1")
    assert found.ratings_per_target == pytest.approx(k)
    assert found.estimate == pytest.approx((between - within) / (between + (k - 1) * within))
    assert (found.df1, found.df2) == (3, 6)
    assert agreement.intraclass_correlation(x, "1,k").estimate == pytest.approx(1 - within / between)
    rng = np.random.default_rng(6)
    component = []
    for _ in range(300):
        y = rng.standard_normal((40, 1)) + rng.standard_normal((40, 8))
        y[np.arange(8) >= np.where(np.arange(40) < 20, 2, 8)[:, None]] = np.nan
        one = agreement.intraclass_correlation(y, "1,1")
        component.append((one.ms_targets - one.ms_within) / one.ratings_per_target)
    assert np.mean(component) == pytest.approx(1.0, abs=0.06)


def test_two_way_kinds_leave_out_targets_that_a_rater_missed():
    x = np.vstack([SHROUT_FLEISS, [np.nan, 3, 4, 5]])
    for kind in ("2,1", "3,k"):
        assert agreement.intraclass_correlation(x, kind) == agreement.intraclass_correlation(SHROUT_FLEISS, kind)
    assert agreement.intraclass_correlation(x, "1,1").n_targets == 7


def test_kendall_w_of_siegel():
    """Siegel (1956, p. 230): three executives rank six applicants, W = .16."""
    ranks = np.array([[1, 6, 3, 2, 5, 4], [1, 5, 6, 4, 2, 3], [6, 3, 2, 5, 4, 1]]).T
    found = agreement.kendall_w(ranks)
    assert found.estimate == pytest.approx(0.162, abs=5e-4)
    assert (found.n_targets, found.n_raters, found.df) == (6, 3, 5)
    assert found.chi_square == pytest.approx(15 * found.estimate)
    assert found.p_value == pytest.approx(0.79, abs=0.005)


@given(st.integers(2, 10), st.integers(2, 6), st.integers(2, 5), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_kendall_w_with_ties_is_friedmans_statistic(n, m, points, seed):
    x = np.random.default_rng(seed).integers(0, points, (n, m)).astype(float)
    if (np.ptp(x, axis=0) == 0).all():
        return
    ranks = np.array([[(column < v).sum() + ((column == v).sum() + 1) / 2 for v in column] for column in x.T]).T
    centred = ranks - (n + 1) / 2
    friedman = (n - 1) * (centred.sum(axis=1) ** 2).sum() / (centred**2).sum()
    found = agreement.kendall_w(x)
    assert found.chi_square == pytest.approx(friedman)
    assert -1e-12 <= found.estimate <= 1 + 1e-12
    assert agreement.kendall_w(np.exp(x)).estimate == pytest.approx(found.estimate)


def test_kendall_w_is_one_for_one_order_and_zero_for_opposite_ones():
    assert agreement.kendall_w([[1, 10, 2], [2, 20, 4], [3, 30, 8]]).estimate == pytest.approx(1)
    assert agreement.kendall_w([[1, 3], [2, 2], [3, 1]]).estimate == pytest.approx(0)
    assert agreement.kendall_w([[1, 3], [2, 2], [3, 1], [np.nan, 9]]).n_targets == 3


def test_percent_agreement_of_all_and_of_pairs():
    x = np.array([[1, 1, 1], [1, 1, 2], [3, 3, 3], [1, 2, 3], [2, np.nan, 2]])
    found = agreement.percent_agreement(x)
    assert (found.estimate, found.n_agreed, found.n_targets, found.n_raters) == (50, 2, 4, 3)
    pairs = [np.mean(x[:4, g] == x[:4, h]) for g, h in combinations(range(3), 2)]
    assert found.pairwise == pytest.approx(100 * np.mean(pairs))
    assert agreement.percent_agreement(x, tolerance=1).estimate == 75
    assert agreement.percent_agreement([[0.1, 0.4], [0.1, 0.5]], tolerance=0.3).estimate == 50
    low, high = found.confidence_interval()
    assert (low, high) == pytest.approx((15.0036, 84.9964), abs=1e-3)


@pytest.mark.parametrize(
    ("ratings", "variance", "rwg", "awg"),
    [
        ((5, 5, 4, 5, 4), 0.30, 0.85, 0.667),
        ((1, 3, 5, 2, 4), 2.5, -0.25, 0),
        ((4, 4, 4, 4, 4), 0, 1.00, 1),
        ((1, 1, 5, 5, 5), 4.8, -1.40, -1.00),
    ],
)
def test_agreement_within_a_panel_of_the_worked_example(ratings, variance, rwg, awg):
    found = agreement.within_group_agreement([ratings], 5)
    assert found.variance[0] == pytest.approx(variance)
    assert found.null_variance == 2
    assert found.rwg[0] == pytest.approx(rwg)
    assert found.rwg_truncated[0] == pytest.approx(max(rwg, 0))
    assert found.awg[0] == pytest.approx(awg, abs=5e-4)
    assert found.estimate == pytest.approx(max(rwg, 0))
    assert agreement.within_group_agreement(ratings, 5).awg.tolist() == found.awg.tolist()
    # The same ratings numbered from 0.
    moved = agreement.within_group_agreement([np.subtract(ratings, 1)], 5, lowest=0)
    np.testing.assert_allclose([moved.rwg[0], moved.awg[0]], [found.rwg[0], found.awg[0]], atol=1e-12)


def test_agreement_over_parallel_items_of_the_worked_example():
    """J = 5, mean s² = .6 on five points: rwg(J) .921, r*wg(J) .70."""
    items = np.array([[4, 4, 4, 2, 3.0]] * 5)
    items = 3 + (items - items.mean(axis=1, keepdims=True)) * np.sqrt(0.6 / items.var(axis=1, ddof=1))[:, None]
    found = agreement.within_group_agreement(items, 5)
    assert found.variance.mean() == pytest.approx(0.6)
    assert found.rwg_j == pytest.approx(0.921, abs=5e-4)
    assert found.rwg_star_j == pytest.approx(0.70)


def test_disagreement_over_items_counts_as_none_whatever_the_formula_makes_of_it():
    split = np.array([[1, 1, 5, 5.0]] * 4)
    found = agreement.within_group_agreement(split, 5)
    assert found.rwg_star_j == pytest.approx(1 - (16 / 3) / 2)
    assert found.rwg_j > 1
    assert (found.rwg_j_truncated, found.rwg_star_j_truncated, found.estimate) == (0, 0, 0)
    narrower = agreement.within_group_agreement(split, 5, null_variance=16 / 3)
    assert narrower.rwg_j == pytest.approx(0)


def test_average_deviations_missing_ratings_and_reach():
    found = agreement.within_group_agreement([[1, 1, 1, 5, np.nan], [2, 3, 3, 4, 5], [1, 1, 1, 1, 2]], 5)
    np.testing.assert_allclose(found.ad_mean, [1.5, 0.88, 0.32])
    np.testing.assert_allclose(found.ad_median, [1.0, 0.8, 0.2])
    assert found.n.tolist() == [4, 5, 5]
    # One dissenter at the far end is the least that reaches the largest variance for the mean.
    assert found.awg_interpretable.tolist() == [True, True, False]
    assert found.awg_j == pytest.approx(found.awg.mean())
    assert (found.ad_mean_j, found.ad_median_j) == pytest.approx((0.9, 2 / 3))


@given(st.integers(2, 8), st.integers(1, 5), st.integers(2, 7), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_agreement_within_a_panel_keeps_to_its_bounds(m, n, points, seed):
    x = np.random.default_rng(seed).integers(1, points + 1, (n, m)).astype(float)
    found = agreement.within_group_agreement(x, points)
    turned = agreement.within_group_agreement(points + 1 - x, points)
    for name in ("rwg", "awg", "ad_mean", "ad_median", "awg_interpretable"):
        np.testing.assert_allclose(getattr(turned, name), getattr(found, name), atol=1e-9)
    assert (found.awg[found.awg_interpretable] >= -1 - 1e-12).all()
    assert (found.awg <= 1).all()
    assert (found.rwg <= 1).all()
    assert 0 <= found.rwg_j_truncated <= 1


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: agreement.intraclass_correlation(SHROUT_FLEISS, "4,1"), "kind must be one of 1,1, 2,1"),
        (lambda: agreement.intraclass_correlation(SHROUT_FLEISS[:1]), "at least 2 targets that every rater rated; it holds 1"),
        (lambda: agreement.intraclass_correlation(SHROUT_FLEISS[:, :1]), "at least two raters; it holds 1"),
        (lambda: agreement.intraclass_correlation(np.full((3, 3), 4.0)), "ratings must vary; every rating is 4"),
        (lambda: agreement.intraclass_correlation([[1, 2], [1, 2]], "3,1"), "every rater gives all targets the same"),
        (lambda: agreement.intraclass_correlation([[1, np.nan], [2, np.nan]], "1,1"), "one target with two ratings"),
        (lambda: agreement.intraclass_correlation([[1, 2], [2, 1]], "1,k"), "targets whose means differ, for kind '1,k'"),
        (lambda: agreement.intraclass_correlation([[1, 2], [2, 1]], "2,1"), "targets whose means differ, for kind '2,1'"),
        (lambda: agreement.intraclass_correlation([[1, 2], [np.nan, np.nan]], "1,1"), "2 targets with a rating; it holds 1"),
        (lambda: agreement.intraclass_correlation(SHROUT_FLEISS).confidence_interval(0), "level must lie strictly"),
        (lambda: agreement.kendall_w([[1, 2], [1, 2]]), "every rater gives all targets the same"),
        (lambda: agreement.kendall_w([[1, 2]]), "at least 2 targets"),
        (lambda: agreement.percent_agreement([[1, 2]], tolerance=-1), "tolerance must be at least 0"),
        (lambda: agreement.percent_agreement([[1, 2]], tolerance=np.inf), "tolerance must be one finite number"),
        (lambda: agreement.intraclass_correlation(SHROUT_FLEISS * 1e80), "ratings must lie within"),
        (lambda: agreement.within_group_agreement([[1, 2]], 5, lowest=np.nan), "lowest must be one finite number"),
        (lambda: agreement.within_group_agreement([[1, 2]], 5, null_variance=np.inf), "null_variance must be one finite number"),
        (lambda: agreement.within_group_agreement([[1, 2]], np.nan), "n_points must be one finite number"),
        (lambda: agreement.within_group_agreement([1.0], 5), "at least two raters"),
        (lambda: agreement.within_group_agreement([[1, 6]], 5), "ratings must lie on the scale from 1 to 5"),
        (lambda: agreement.within_group_agreement([[1, np.nan], [1, 2]], 5), "at least two ratings of every target"),
        (lambda: agreement.within_group_agreement([[1, 2]], 1), "n_points must be a whole number of at least 2"),
        (lambda: agreement.within_group_agreement([[1, 2]], 5, null_variance=0), "null_variance must be above 0"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

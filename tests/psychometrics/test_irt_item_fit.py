"""S-X² and likelihoods of sums, against R, enumeration, true models and violated ones."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import irt
from assessment.psychometrics.irt.item_fit import item_fit
from assessment.psychometrics.irt.sum_scores import rest_score_likelihoods, sum_score_likelihoods, sum_score_table
from assessment.psychometrics.simulation import simulate_responses
from tests.psychometrics import published
from tests.psychometrics.known_items import LSAT6, SCIENCE_GPCM, SCIENCE_GRM, SCIENCE_NRM, made_up


def test_s_x2_of_lsat6_is_that_of_mirt():
    """R 4.2.2, mirt 1.45.1: itemfit(mod, 'S_X2'), whose smallest expected count in a cell is 1."""
    fit = item_fit(LSAT6, published.LSAT6)
    wanted = [0.450373795512866, 1.69103912230567, 0.666279300238, 0.175306983410711, 0.111049907493905]
    np.testing.assert_allclose(fit.statistic, wanted, atol=1e-6)
    assert fit.df.tolist() == [2, 2, 1, 2, 2]
    p = [0.798366991815141, 0.429334234862631, 0.414351827683581, 0.916078250446159, 0.945988417420316]
    np.testing.assert_allclose(fit.p_value, p, atol=1e-6)
    assert fit.rmsea.tolist() == [0.0] * 5
    assert fit.n_people == 1000


@pytest.mark.parametrize(
    ("calibration", "statistic", "df"),
    [
        (SCIENCE_GRM, [4.786966399, 8.757359376, 7.554189113, 9.925389788], [6, 9, 8, 11]),
        (SCIENCE_GPCM, [5.540426879, 11.282482917, 8.183888166, 10.670724628], [6, 10, 8, 11]),
        (SCIENCE_NRM, [8.235271042, 10.222549065, 6.246402968, 12.482729638], [6, 9, 6, 9]),
    ],
    ids=["grm", "gpcm", "nrm"],
)
def test_s_x2_of_items_with_four_categories_joins_the_cells_that_mirt_joins(calibration, statistic, df):
    """R 4.2.2, mirt 1.45.1: itemfit(mod, 'S_X2') of the Science data."""
    fit = item_fit(calibration, published.SCIENCE)
    np.testing.assert_allclose(fit.statistic, statistic, atol=1e-6)
    assert fit.df.tolist() == df


def test_rmsea_of_an_item_is_its_misfit_for_each_degree_of_freedom_and_person():
    """R 4.2.2, mirt 1.45.1: RMSEA.S_X2 of item Comfort, nominal model of Science."""
    assert item_fit(SCIENCE_NRM, published.SCIENCE).rmsea[0] == pytest.approx(0.0308674740708457, abs=1e-6)


def test_likelihoods_of_sums_are_the_published_ones():
    right = np.array([0.26, 0.27, 0.18])
    by_sum = sum_score_likelihoods(np.stack([1 - right, right], axis=1))
    np.testing.assert_allclose(by_sum, [0.442964, 0.416708, 0.127692, 0.012636], atol=5e-7)
    at_zero = sum_score_likelihoods(LSAT6.probabilities([0.0]))
    np.testing.assert_allclose(at_zero, [[0.00017, 0.00540, 0.05557, 0.23785, 0.43329, 0.26772]], atol=6e-6)
    np.testing.assert_allclose(sum_score_likelihoods([[0.2, 0.5, 0.3], [0.1, 0.6, 0.3]]), [0.02, 0.17, 0.39, 0.33, 0.09])


def test_theta_given_the_sum_is_that_of_mirt():
    """R 4.2.2, mirt 1.45.1: fscores(mod, 'EAPsum'): sums 0, 3 and 5 of LSAT6, sum 8 of Science."""
    table = sum_score_table(LSAT6)
    np.testing.assert_allclose(table.theta[[0, 3, 5]], [-1.89676982940316, -0.445524902076511, 0.645620863051188], atol=2e-6)
    np.testing.assert_allclose(
        table.standard_error[[0, 3, 5]], [0.801276929941399, 0.821907187078061, 0.859006656089824], atol=2e-6
    )
    np.testing.assert_allclose(
        1000 * table.probability[[0, 3, 5]], [2.27648734873293, 229.126161824961, 296.67892052955], atol=1e-5
    )
    science = sum_score_table(SCIENCE_GRM)
    assert science.theta[8] == pytest.approx(0.0823100476873214, abs=1e-6)
    assert 392 * science.probability[8] == pytest.approx(80.5552265029614, abs=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(2, 4), min_size=1, max_size=5), st.integers(0, 1000))
def test_likelihoods_of_sums_are_those_of_all_patterns(sizes, seed):
    rng = np.random.default_rng(seed)
    p = np.zeros((2, len(sizes), max(sizes)))
    for j, size in enumerate(sizes):
        p[:, j, :size] = rng.dirichlet(np.ones(size), 2)
    by_pattern = np.zeros((2, sum(sizes) - len(sizes) + 1))
    for pattern in itertools.product(*map(range, sizes)):
        by_pattern[:, sum(pattern)] += p[:, np.arange(len(sizes)), pattern].prod(axis=1)
    np.testing.assert_allclose(sum_score_likelihoods(p, sizes), by_pattern, atol=1e-12)
    for j, others in enumerate(rest_score_likelihoods(p, np.array(sizes))):
        if len(sizes) > 1:
            rest = sum_score_likelihoods(np.delete(p, j, axis=1), np.delete(sizes, j))
            np.testing.assert_allclose(others, rest, atol=1e-12)


def test_under_rasch_a_sum_says_all_that_the_answers_say():
    calibration = made_up("1pl", 6)
    answers = np.tri(7, 6, -1)
    np.testing.assert_allclose(sum_score_table(calibration).theta, calibration.scores(answers).theta, atol=1e-9)


@pytest.mark.parametrize("model", ["2pl", "gpcm"])
def test_items_that_fit_are_rejected_about_as_often_as_the_level_says(model):
    rng = np.random.default_rng(11)
    truth = made_up(model, 8, seed=4, n_categories=2 if model == "2pl" else 3)
    p = []
    for _ in range(15):
        drawn = simulate_responses(model, truth.slopes, truth.intercepts, rng.standard_normal(1000), rng)
        p.append(item_fit(irt.calibrate(drawn, model), drawn).p_value)
    assert 0.005 <= np.mean(np.array(p) < 0.05) <= 0.11
    assert 0.4 <= np.mean(p) <= 0.6


def test_an_item_that_the_best_get_wrong_is_the_one_that_misfits():
    rng = np.random.default_rng(2)
    truth = made_up("2pl", 10, seed=3)
    theta = rng.standard_normal(1500)
    drawn = simulate_responses("2pl", truth.slopes, truth.intercepts, theta, rng)
    # Item 4 is solved by the middle and missed at both ends.
    drawn[:, 4] = rng.random(theta.size) < 0.15 + 0.7 * np.exp(-(theta**2))
    fit = item_fit(irt.calibrate(drawn, "2pl"), drawn)
    assert fit.p_value.argmin() == 4
    assert fit.p_value[4] < 1e-6
    assert np.delete(fit.p_value, 4).min() > 1e-3


def test_a_slope_in_common_is_no_items_own_parameter():
    drawn = simulate_responses("2pl", LSAT6.slopes, LSAT6.intercepts, np.random.default_rng(1).standard_normal(3000),
                               np.random.default_rng(2))  # fmt: skip
    assert (item_fit(replace(LSAT6, model="1pl"), drawn).df == item_fit(LSAT6, drawn).df + 1).all()


def test_who_left_an_item_out_is_set_aside():
    holed = published.LSAT6.copy()
    holed[::7, 2] = np.nan
    complete = holed[~np.isnan(holed).any(axis=1)]
    fit, wanted = item_fit(LSAT6, holed), item_fit(LSAT6, complete)
    assert fit.n_people == len(complete)
    np.testing.assert_array_equal(fit.statistic, wanted.statistic)


def test_every_category_counts_where_enough_are_expected():
    """With next to nothing called sparse, S-X² is the plain sum over sums at which all categories are possible."""
    calibration = made_up("grm", 3, seed=8, n_categories=3)
    rng = np.random.default_rng(5)
    drawn = simulate_responses("grm", calibration.slopes, calibration.intercepts, rng.standard_normal(4000), rng)
    fit = item_fit(calibration, drawn, smallest_expected=1e-12)
    weights, p = calibration.node_weights, calibration.probabilities(calibration.nodes)
    patterns = np.array(list(itertools.product(range(3), repeat=3)))
    share = weights @ p[:, np.arange(3), patterns].prod(axis=2)
    plain, cells = 0.0, 0
    for group in ([1, 2], [3], [4, 5]):
        observed, expected = np.zeros(3), np.zeros(3)
        for s in group:
            mine = patterns.sum(axis=1) == s
            n_s = (drawn.sum(axis=1) == s).sum()
            for v in range(3):
                observed[v] += ((drawn.sum(axis=1) == s) & (drawn[:, 0] == v)).sum()
                expected[v] += n_s * share[mine & (patterns[:, 0] == v)].sum() / share[mine].sum()
        plain += ((observed - expected) ** 2 / expected).sum()
        cells += 2
    assert fit.statistic[0] == pytest.approx(plain)
    assert fit.df[0] == cells - 3


def test_an_item_with_too_few_cells_has_no_test():
    calibration = made_up("2pl", 2)
    fit = item_fit(calibration, [[0, 1], [1, 0], [1, 1], [0, 0], [0, 1]])
    assert fit.df.tolist() == [0, 0]
    assert np.isnan([fit.statistic, fit.p_value, fit.rmsea]).all()
    longer = made_up("grm", 2, n_categories=[2, 5])
    assert np.isnan(item_fit(longer, [[0, 4], [1, 0], [1, 2], [0, 1]]).statistic).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: item_fit(LSAT6, [[0, 1, 1, 0, np.nan]]), "at least one person who answered every item"),
        (lambda: item_fit(LSAT6, published.LSAT6, smallest_expected=0), "smallest_expected must be above 0"),
        (lambda: item_fit(LSAT6, published.SCIENCE), "responses must have 5 columns"),
        (lambda: item_fit(LSAT6, published.LSAT6 + 1), "responses must be categories of their item"),
        (lambda: sum_score_likelihoods([0.5, 0.5]), "probabilities must have the shape"),
        (lambda: sum_score_likelihoods([[0.5, 0.6]]), "sum to 1"),
        (lambda: sum_score_likelihoods([[0.5, 0.5]], [3]), "n_categories must hold 1 whole numbers from 1 to 2"),
        (lambda: sum_score_likelihoods([[0.5, 0.5]], [2, 2]), "n_categories must hold 1 whole numbers"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

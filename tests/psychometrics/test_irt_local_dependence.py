"""Q₃ and the local dependence X² against R, written out pair by pair, and on items that share more than θ."""

import numpy as np
import pytest

from assessment.psychometrics.irt import calibrate
from assessment.psychometrics.irt.local_dependence import local_dependence
from assessment.psychometrics.simulation import simulate_responses
from tests.psychometrics import published
from tests.psychometrics.known_items import LSAT6, SCIENCE_GRM, SCIENCE_NRM, made_up

BELOW, ABOVE = np.tril_indices(5, -1), np.triu_indices(5, 1)


def drawn_from(calibration, n, seed=1):
    rng = np.random.default_rng(seed)
    return simulate_responses(calibration.model, calibration.slopes, calibration.intercepts, rng.standard_normal(n), rng)


def test_q3_of_lsat6_is_that_of_mirt():
    """R 4.2.2, mirt 1.45.1: residuals(mod, type = 'Q3'), the triangle below the diagonal row by row."""
    found = local_dependence(LSAT6, published.LSAT6)
    # fmt: off
    wanted = [
        -0.0420692886810778,
        -0.0422356835686881, -0.115708871751217,
        -0.064722318183734, -0.0981673608786351, -0.0943478953803884,
        -0.0628566133652104, -0.0302204528005229, -0.10563088657522, -0.00416975039634465,
    ]
    # fmt: on
    np.testing.assert_allclose(found.q3[BELOW], wanted, atol=1e-6)
    np.testing.assert_array_equal(np.diag(found.q3), 1.0)
    np.testing.assert_allclose(found.adjusted_q3[BELOW], np.array(wanted) - np.mean(wanted), atol=1e-6)
    assert np.isnan(np.diag(found.adjusted_q3)).all()


def test_x2_of_lsat6_and_its_signed_v_are_those_of_mirt():
    """R 4.2.2, mirt 1.45.1: residuals(mod, type = 'LD')."""
    found = local_dependence(LSAT6, published.LSAT6)
    # fmt: off
    x2 = [
        0.0469217968623056,
        0.389117327732075, 0.000114398255978858,
        0.24788795823203, 0.435600187916755, 0.0286671697393888,
        0.519950142254577, 0.365954848208275, 0.747988735534266, 1.30077034516757,
    ]
    v = [
        0.00684994867588843, 0.01972605707515, -0.0157444580164587, -0.0228024152723911,
        0.000338228112342629, -0.0208710370589665, 0.0191299463723314,
        0.00535417311443969, -0.0273493827267503,
        0.0360661939379188,
    ]
    # fmt: on
    np.testing.assert_allclose(found.x2[BELOW], x2, atol=1e-6)
    np.testing.assert_allclose(found.cramer_v[ABOVE], v, atol=1e-6)
    np.testing.assert_array_equal(found.x2_df, 1)
    np.testing.assert_array_equal(found.n_people, 1000)
    assert found.x2_p_value[1, 0] == pytest.approx(0.8285, abs=1e-4)


@pytest.mark.parametrize(
    ("calibration", "q3", "x2", "v"),
    [
        (SCIENCE_GRM, -0.202762789584665, 25.4835122384739, -0.147206159055959),
        (SCIENCE_NRM, -0.168207939978926, 66.4141525165637, -0.237643892172456),
    ],
    ids=["grm", "nrm"],
)
def test_more_categories_agree_as_well(calibration, q3, x2, v):
    """R 4.2.2, mirt 1.45.1: residuals(mod, type = 'Q3') and 'LD', items Comfort and Work of Science."""
    found = local_dependence(calibration, published.SCIENCE)
    assert (found.q3[0, 1], found.x2[0, 1], found.cramer_v[0, 1]) == pytest.approx((q3, x2, v), abs=1e-6)
    assert found.x2_df[0, 1] == 9


def test_each_pair_is_judged_by_the_people_who_answered_both():
    calibration = made_up("gpcm", 5, seed=3, n_categories=[2, 3, 4, 3, 3])
    drawn = drawn_from(calibration, 500)
    drawn[np.random.default_rng(4).random(drawn.shape) < 0.2] = np.nan
    found = local_dependence(calibration, drawn)
    residual = drawn - calibration.expected_scores(calibration.scores(drawn).theta)
    p, weights = calibration.probabilities(calibration.nodes), calibration.node_weights
    for i, j in zip(*np.triu_indices(5, 1), strict=True):
        both = ~np.isnan(drawn[:, i] + drawn[:, j])
        assert found.n_people[i, j] == both.sum()
        assert found.q3[i, j] == pytest.approx(np.corrcoef(residual[both, i], residual[both, j])[0, 1])
        x2 = 0.0
        for u in range(calibration.n_categories[i]):
            for v in range(calibration.n_categories[j]):
                expected = both.sum() * (weights @ (p[:, i, u] * p[:, j, v]))
                x2 += (((drawn[:, i] == u) & (drawn[:, j] == v)).sum() - expected) ** 2 / expected
        assert found.x2[i, j] == pytest.approx(x2)
    for matrix in (found.q3, found.x2, found.cramer_v):
        np.testing.assert_array_equal(matrix, matrix.T)


def test_the_sign_is_that_of_the_difference_in_association():
    """For two dichotomous items the observed odds ratio lies above the implied one exactly where V is positive."""
    found = local_dependence(LSAT6, published.LSAT6)
    p, weights = LSAT6.probabilities(LSAT6.nodes), LSAT6.node_weights
    for i, j in zip(*ABOVE, strict=True):
        pair = published.LSAT6[:, [i, j]]
        seen = np.array([[(pair == [u, v]).all(axis=1).sum() for v in (0, 1)] for u in (0, 1)])
        implied = np.array([[weights @ (p[:, i, u] * p[:, j, v]) for v in (0, 1)] for u in (0, 1)])
        ratios = [t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]) for t in (seen, implied)]
        assert (found.cramer_v[i, j] > 0) == (ratios[0] > ratios[1])


def test_pairs_of_a_form_that_fits_are_seldom_called_dependent():
    truth = made_up("grm", 8, seed=5, n_categories=4)
    drawn = drawn_from(truth, 800)
    found = local_dependence(calibrate(drawn, "grm"), drawn)
    assert np.nanmax(found.adjusted_q3) < 0.15
    assert np.nanmean(found.x2_p_value[np.triu_indices(8, 1)] < 0.05) < 0.15


def test_an_item_asked_twice_stands_out_under_parameters_that_know_nothing_of_it():
    calibration = made_up("grm", 8, seed=5, n_categories=4)
    drawn = drawn_from(calibration, 800)
    repeated = np.random.default_rng(6).random(800) < 0.6
    drawn[repeated, 1] = drawn[repeated, 0]
    found = local_dependence(calibration, drawn)
    assert np.nanargmax(found.adjusted_q3) == 1
    assert found.adjusted_q3[0, 1] > 0.3
    assert found.cramer_v[0, 1] > 0.2


def test_without_dependence_q3_is_a_little_below_zero():
    calibration = made_up("2pl", 10, seed=2)
    q3 = local_dependence(calibration, drawn_from(calibration, 3000)).q3[np.triu_indices(10, 1)]
    assert q3.mean() == pytest.approx(-1 / 9, abs=0.04)
    assert q3.mean() < 0


def test_a_pair_that_nobody_answered_has_no_value():
    holed = published.LSAT6.copy()
    holed[:500, 0] = np.nan
    holed[500:, 1] = np.nan
    found = local_dependence(LSAT6, holed)
    assert np.isnan([found.q3[0, 1], found.x2[0, 1], found.cramer_v[0, 1], found.x2_p_value[0, 1]]).all()
    assert found.n_people[0, 1] == 0
    assert not np.isnan(found.q3[2, 3])
    nobody = local_dependence(LSAT6, np.full((3, 5), np.nan))
    assert np.isnan(nobody.adjusted_q3).all()


@pytest.mark.parametrize(
    ("responses", "says"),
    [(published.SCIENCE, "responses must have 5 columns"), (published.LSAT6 * 2, "responses must be categories of their item")],
)
def test_impossible_input_is_named(responses, says):
    with pytest.raises(ValueError, match=says):
        local_dependence(LSAT6, responses)

"""l_z, l_z*, infit and outfit against R, written out directly, and on people who answer by the model or against it."""

import numpy as np
import pytest

from assessment.psychometrics.irt.person_fit import person_fit
from assessment.psychometrics.response_quality import standardised_log_likelihood
from assessment.psychometrics.simulation import simulate_responses
from tests.psychometrics import published
from tests.psychometrics.known_items import LSAT6, SCIENCE_GRM, SCIENCE_NRM, known, made_up


def drawn_from(calibration, theta, seed=1):
    return simulate_responses(calibration.model, calibration.slopes, calibration.intercepts, theta, np.random.default_rng(seed))


def figures(fit, person):
    return [fit.outfit[person], fit.outfit_z[person], fit.infit[person], fit.infit_z[person], fit.lz[person]]


def test_statistics_of_lsat6_are_those_of_mirt():
    """R 4.2.2, mirt 1.45.1: personfit(mod), at EAP; patterns 00000 and 00111."""
    fit = person_fit(LSAT6, published.LSAT6)
    wanted = [1.49708116207285, 1.11995325396514, 1.46373127890325, 1.21038329916336, -1.20595509005168]
    np.testing.assert_allclose(figures(fit, 0), wanted, atol=2e-6)
    assert published.LSAT6[22].tolist() == [0, 0, 1, 0, 0]
    wanted = [2.73080171295778, 2.56272325686007, 2.4053750715585, 2.70117290800903, -3.53281466511256]
    np.testing.assert_allclose(figures(fit, 22), wanted, atol=2e-6)
    np.testing.assert_array_equal(fit.theta, LSAT6.scores(published.LSAT6).theta)


@pytest.mark.parametrize(
    ("calibration", "wanted"),
    [
        (SCIENCE_GRM, [1.81973459723702, 1.0813968685935, 1.97492509666993, 1.1907435959059, -1.30247790169055]),
        (SCIENCE_NRM, [1.76925188161695, 1.14489684018524, 1.93992749947471, 1.2503641618763, -1.21495004722608]),
    ],
    ids=["grm", "nrm"],
)
def test_more_categories_agree_as_well(calibration, wanted):
    """R 4.2.2, mirt 1.45.1: personfit(mod), answers 4, 4, 3, 2 to Science."""
    np.testing.assert_allclose(figures(person_fit(calibration, [[3, 3, 2, 1]]), 0), wanted, atol=2e-6)


def snijders(a, d, answers, theta, r0):
    """l_z* of dichotomous items as Snijders (2001) writes it: Σ (x − P) w̃ with w = ln(P / Q), r = P′ / PQ."""
    p = 1 / (1 + np.exp(-(a * theta + d)))
    rise = a * p * (1 - p)
    w, r = np.log(p / (1 - p)), rise / (p * (1 - p))
    c = (rise * w).sum() / (rise * r).sum()
    tau = np.sqrt((((w - c * r) ** 2) * p * (1 - p)).sum())
    return (((answers - p) * w).sum() + c * r0) / tau


@pytest.mark.parametrize("method", ["eap", "map", "ml", "wle"])
def test_lz_star_of_dichotomous_items_is_the_one_that_snijders_wrote(method):
    calibration = made_up("2pl", 12, seed=3)
    a, d = calibration.slopes, calibration.intercepts
    answers = drawn_from(calibration, np.linspace(-1, 1, 20))
    fit = person_fit(calibration, answers, method)
    assert fit.method == method
    for person, theta in enumerate(fit.theta_star):
        p = 1 / (1 + np.exp(-(a * theta + d)))
        information = (a**2 * p * (1 - p)).sum()
        j = (a**3 * p * (1 - p) * (1 - 2 * p)).sum()
        r0 = {"ml": 0.0, "wle": j / (2 * information)}.get(method, -theta)
        # What makes l_z* right is that θ̂ solves its own equation.
        assert (a * (answers[person] - p)).sum() + r0 == pytest.approx(0, abs=1e-6)
        assert fit.lz_star[person] == pytest.approx(snijders(a, d, answers[person], theta, r0), abs=1e-8)


@pytest.mark.parametrize("model", ["2pl", "grm", "gpcm", "nrm"])
@pytest.mark.parametrize("method", ["map", "wle"])
def test_lz_star_is_near_standard_normal_where_lz_varies_too_little(model, method):
    calibration = made_up(model, 30, seed=7, n_categories=2 if model == "2pl" else 4)
    answers = drawn_from(calibration, np.random.default_rng(5).standard_normal(1500))
    fit = person_fit(calibration, answers, method)
    assert fit.lz_star.mean() == pytest.approx(0, abs=0.15)
    assert fit.lz_star.std() == pytest.approx(1, abs=0.07)
    assert fit.lz.std() < fit.lz_star.std()
    assert 0.03 < (fit.lz_star < -1.645).mean() < 0.08


def test_mean_squares_are_near_1_on_average_and_their_z_near_normal():
    calibration = made_up("grm", 25, seed=2, n_categories=4)
    answers = drawn_from(calibration, np.random.default_rng(6).standard_normal(1000))
    fit = person_fit(calibration, answers)
    assert fit.outfit.mean() == pytest.approx(1, abs=0.1)
    assert fit.infit.mean() == pytest.approx(1, abs=0.1)
    assert fit.infit_z.std() == pytest.approx(1, abs=0.15)


def test_who_answers_at_random_is_found():
    calibration = made_up("grm", 20, seed=2, n_categories=4)
    answers = drawn_from(calibration, np.random.default_rng(6).standard_normal(200))
    answers[:100] = np.random.default_rng(7).integers(0, 4, (100, 20))
    fit = person_fit(calibration, answers)
    assert (fit.lz_star[:100] < -1.645).mean() > 0.8
    assert (fit.lz_star[100:] < -1.645).mean() < 0.12
    assert fit.outfit[:100].mean() > 1.5


def test_items_left_out_count_for_nothing():
    calibration = made_up("gpcm", 8, seed=2, n_categories=[2, 3, 4, 3, 2, 3, 4, 3])
    answers = drawn_from(calibration, np.linspace(-1, 1, 30))
    answers[:, [1, 6]] = np.nan
    kept = [0, 2, 3, 4, 5, 7]
    sizes = calibration.n_categories[kept]
    shorter = type(calibration)(
        "gpcm", calibration.slopes[kept], calibration.intercepts[kept], sizes, -1.0, 1, 1, 1, True, np.zeros(1)
    )
    fit, wanted = person_fit(calibration, answers), person_fit(shorter, answers[:, kept])
    for name in ("theta", "lz", "lz_star", "outfit", "outfit_z", "infit", "infit_z"):
        np.testing.assert_allclose(getattr(fit, name), getattr(wanted, name), atol=1e-10)


def test_lz_is_the_one_of_the_response_quality_at_the_same_theta():
    answers = published.SCIENCE[:40]
    fit = person_fit(SCIENCE_GRM, answers, "wle")
    np.testing.assert_allclose(fit.lz, standardised_log_likelihood(answers, SCIENCE_GRM.probabilities(fit.theta)))


def test_who_has_no_finite_theta_has_no_fit():
    fit = person_fit(LSAT6, [[1, 1, 1, 1, 1], [1, 0, 1, 1, 1], [np.nan] * 5], "ml")
    assert np.isinf(fit.theta[0])
    assert np.isnan([fit.lz[0], fit.lz_star[0], fit.outfit[0], fit.infit_z[0]]).all()
    assert np.isfinite(fit.lz_star[1])
    nothing = person_fit(LSAT6, [[np.nan] * 5])
    assert nothing.theta[0] == pytest.approx(0)
    assert np.isnan([nothing.lz[0], nothing.lz_star[0], nothing.outfit[0], nothing.infit[0]]).all()


def test_an_answer_that_is_all_but_impossible_has_a_finite_fit():
    """Forty items put θ so far above one steep item that its middle category lies between two ones."""
    slopes = np.append(np.full(40, 2.0), 60.0)
    intercepts = np.vstack([np.tile([-2.0, -3.0], (40, 1)), [61.0, 59.0]])
    calibration = known("grm", slopes, intercepts, [3] * 41)
    answers = np.full((1, 41), 2.0)
    answers[0, :3], answers[0, 40] = 1, 1
    fit = person_fit(calibration, answers, "ml")
    assert 0 < calibration.probabilities(fit.theta)[0, 40, 1] < 1e-40
    np.testing.assert_allclose(fit.lz, standardised_log_likelihood(answers, calibration.probabilities(fit.theta)))
    assert fit.lz[0] < -5
    assert np.isfinite(fit.lz_star[0])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: person_fit(LSAT6, published.LSAT6, "bayes"), "method must be one of eap, map, ml, wle"),
        (lambda: person_fit(LSAT6, published.SCIENCE), "responses must have 5 columns"),
        (lambda: person_fit(LSAT6, published.LSAT6 + 0.5), "responses must hold whole categories"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

"""Scores, information and reliability at known item parameters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import irt
from assessment.psychometrics.irt import curves
from tests.psychometrics.published import SCIENCE
from tests.psychometrics.test_irt_calibration import LSAT6_INTERCEPTS, LSAT6_SLOPES, draw


def known(model, slopes, intercepts, m):
    slopes = np.asarray(slopes, float)
    return irt.Calibration(model, slopes, np.asarray(intercepts, float), np.full(len(slopes), m), 0.0, 1, 1, 1, True, np.zeros(1))


LSAT6_2PL = known("2pl", LSAT6_SLOPES, LSAT6_INTERCEPTS, 2)
PATTERNS = np.array([[0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1], [1, 1, 0, 1, 1]], dtype=float)


def test_eap_of_lsat6_is_the_published_one():
    found = LSAT6_2PL.scores(PATTERNS)
    np.testing.assert_allclose(found.theta, [-1.897, 0.646, -1.475, 0.008], atol=1e-3)
    np.testing.assert_allclose(found.standard_error, [0.801, 0.859, 0.802, 0.834], atol=1e-3)


def test_every_method_gives_the_values_of_mirt():
    """R 4.2.2, mirt 1.45.1, fscores at the parameters above: pattern 00000 and 11011."""
    first = [-1.89676982940316, 0.801276929941399]
    np.testing.assert_allclose(
        np.ravel([LSAT6_2PL.scores(PATTERNS[:1]).theta, LSAT6_2PL.scores(PATTERNS[:1]).standard_error]), first, atol=1e-6
    )
    mode = LSAT6_2PL.scores(PATTERNS[:1], "map")
    assert (mode.theta[0], mode.standard_error[0]) == pytest.approx((-1.89525937463713, 0.795524651431006), abs=1e-5)
    likeliest = LSAT6_2PL.scores(PATTERNS, "ml")
    assert likeliest.theta[0] == -np.inf
    assert likeliest.theta[1] == np.inf
    assert np.isnan(likeliest.standard_error[:2]).all()
    weighted = LSAT6_2PL.scores(PATTERNS[:1], "wle")
    assert (weighted.theta[0], weighted.standard_error[0]) == pytest.approx((-5.70390343734157, 2.05052840578415), abs=1e-4)


def test_information_of_lsat6_is_that_of_the_worked_example():
    np.testing.assert_allclose(LSAT6_2PL.item_information([0.0])[0], [0.0377, 0.1032, 0.1954, 0.0804, 0.0435], atol=5e-5)
    total = LSAT6_2PL.information([0.0, -2.0])
    np.testing.assert_allclose(total, [0.4602, 0.5789], atol=5e-5)
    np.testing.assert_allclose(1 / np.sqrt(total), [1.474, 1.314], atol=5e-4)
    assert LSAT6_2PL.marginal_reliability() == pytest.approx(0.298949176, abs=1e-6)
    assert LSAT6_2PL.expected_scores([-3.0]).sum() == pytest.approx(1.72524246, abs=1e-6)


@pytest.mark.parametrize("model", curves.MODELS)
def test_derivatives_are_those_of_finite_differences(model):
    slopes, intercepts, _ = draw(model, 10, k=4, m=4, seed=3)
    sizes = np.full(4, 2 if model in ("1pl", "2pl") else 4)
    theta, h = np.linspace(-2.5, 2.5, 7), 1e-5
    p, rise, bend = curves.theta_derivatives(model, slopes, intercepts, sizes, theta)
    above, below = (curves.category_probabilities(model, slopes, intercepts, sizes, theta + side) for side in (h, -h))
    np.testing.assert_allclose(rise, (above - below) / (2 * h), atol=1e-8)
    np.testing.assert_allclose(bend, (above - 2 * p + below) / h**2, atol=1e-4)
    by_parameter = curves.parameter_derivatives(model, slopes, intercepts, sizes, theta)
    if model != "nrm":
        moved = [curves.category_probabilities(model, slopes + side, intercepts, sizes, theta) for side in (h, -h)]
        np.testing.assert_allclose(by_parameter[..., 0], (moved[0] - moved[1]) / (2 * h), atol=1e-8)
        last = intercepts.copy()
        step = np.zeros_like(last)
        step[..., -1] = h
        if last.ndim == 1:
            step[:] = h
        moved = [curves.category_probabilities(model, slopes, last + side, sizes, theta) for side in (step, -step)]
        np.testing.assert_allclose(by_parameter[..., -1], (moved[0] - moved[1]) / (2 * h), atol=1e-8)
    else:
        step = np.zeros_like(slopes)
        step[:, 2] = h
        moved = [curves.category_probabilities(model, slopes + side, intercepts, sizes, theta) for side in (step, -step)]
        np.testing.assert_allclose(by_parameter[..., 1], (moved[0] - moved[1]) / (2 * h), atol=1e-8)
        moved = [curves.category_probabilities(model, slopes, intercepts + side, sizes, theta) for side in (step, -step)]
        np.testing.assert_allclose(by_parameter[..., 4], (moved[0] - moved[1]) / (2 * h), atol=1e-8)


@pytest.mark.parametrize("model", curves.MODELS)
def test_one_person_and_thousands_are_scored_alike(model):
    slopes, intercepts, x = draw(model, 3_000, k=9, m=4, seed=5)
    form = known(model, slopes, intercepts, 2 if model in ("1pl", "2pl") else 4)
    x[np.random.default_rng(2).random(x.shape) < 0.2] = np.nan
    many = form.scores(x)
    few = form.scores(x[:50])
    np.testing.assert_allclose(few.theta, many.theta[:50], atol=1e-12)
    np.testing.assert_allclose(few.standard_error, many.standard_error[:50], atol=1e-12)
    one = form.scores(x[7:8])
    assert one.theta[0] == few.theta[7]


@pytest.mark.parametrize("model", curves.MODELS)
def test_the_mode_is_where_the_posterior_is_highest(model):
    slopes, intercepts, x = draw(model, 40, k=9, m=4, seed=6)
    form = known(model, slopes, intercepts, 2 if model in ("1pl", "2pl") else 4)
    grid = np.linspace(-5, 5, 20_001)
    log_p = np.log(form.probabilities(grid))
    for method, prior in (("map", -0.5 * grid**2), ("ml", np.zeros_like(grid))):
        found = form.scores(x, method)
        for person, theta in zip(x.astype(int), found.theta, strict=True):
            height = log_p[:, np.arange(9), person].sum(axis=1) + prior
            if np.isfinite(theta) and abs(theta) < 4.9:
                assert theta == pytest.approx(grid[np.argmax(height)], abs=6e-4)


def test_maximum_likelihood_recovers_theta_of_a_long_form():
    rng = np.random.default_rng(7)
    slopes, intercepts = rng.uniform(0.8, 2, 300), rng.normal(0, 1.5, 300)
    form = known("2pl", slopes, intercepts, 2)
    theta = np.array([-1.5, -0.2, 0.9, 2.0])
    x = (rng.random((4, 300)) < form.probabilities(theta)[:, :, 1]).astype(float)
    for method in irt.METHODS:
        found = form.scores(x, method)
        assert (abs(found.theta - theta) < 4 * found.standard_error).all()
        assert (found.standard_error < 0.3).all()


def test_a_form_of_a_thousand_items_does_not_underflow():
    rng = np.random.default_rng(8)
    form = known("2pl", rng.uniform(1, 2, 1_000), rng.normal(0, 1, 1_000), 2)
    x = rng.integers(0, 2, (600, 1_000)).astype(float)
    many, few = form.scores(x), form.scores(x[:3])
    assert np.isfinite(many.theta).all()
    np.testing.assert_allclose(few.theta, many.theta[:3], atol=1e-9)
    assert np.isfinite(form.log_likelihoods(x)).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=5, max_size=5), st.integers(0, 4))
def test_a_better_answer_never_lowers_the_score(answers, item):
    low, high = np.array(answers), np.array(answers)
    low[item], high[item] = 0.0, 1.0
    for method in ("eap", "map", "wle"):
        worse, better = LSAT6_2PL.scores(np.array([low, high]), method).theta
        assert better > worse


def test_who_answered_nothing_gets_the_prior_or_nothing():
    nobody = np.full((1, 5), np.nan)
    for method in ("eap", "map"):
        found = LSAT6_2PL.scores(nobody, method)
        assert (found.theta[0], found.standard_error[0]) == pytest.approx((0.0, 1.0), abs=1e-6)
    for method in ("ml", "wle"):
        assert np.isnan(LSAT6_2PL.scores(nobody, method).theta[0])


def test_scores_keep_the_order_of_the_people_and_say_what_is_wrong():
    science = irt.calibrate(SCIENCE, "grm")
    whole = science.scores(SCIENCE)
    np.testing.assert_allclose(science.scores(SCIENCE[::-1]).theta[::-1], whole.theta, atol=1e-12)
    for responses, reason in (
        (SCIENCE[:, :3], "4 columns"),
        (SCIENCE[:5, :3], "4 columns"),
        (SCIENCE + 1, "item [01] has 4, from 0"),
        (SCIENCE[:5] + 1, "item [01] has 4, from 0"),
        (SCIENCE[:5] + 0.5, "whole categories"),
        (SCIENCE[0], "two-dimensional"),
    ):
        with pytest.raises(ValueError, match=reason):
            science.scores(responses)
    with pytest.raises(ValueError, match="method must be one of"):
        science.scores(SCIENCE, "mle")


def test_probabilities_keep_their_digits_where_they_are_all_but_0():
    """Next to 1 the difference of two cumulative probabilities has none left: here e⁻⁵⁹ − e⁻⁶¹, up to e⁻¹¹⁸."""
    form = known("grm", [2.0], [[1.0, -1.0]], 3)
    p = form.probabilities([30.0])[0, 0]
    np.testing.assert_allclose(p[:2], [np.exp(-61.0), np.exp(-59.0) - np.exp(-61.0)], rtol=1e-12)
    # Far out the information is that of the last step alone: a² P (1 − P).
    assert form.item_information([30.0])[0, 0] == pytest.approx(4.0 * np.exp(-59.0), rel=1e-12)


@pytest.mark.parametrize("slope", [5.0, 60.0, 400.0])
@pytest.mark.parametrize("model", ["2pl", "gpcm"])
def test_items_as_steep_as_stairs_place_everybody_between_their_steps(model, slope):
    steps = np.linspace(-2, 2, 10)
    form = known(model, np.full(10, slope), -slope * steps if model == "2pl" else -slope * steps[:, None], 2)
    guttman = np.tril(np.ones((11, 10)), -1)
    likeliest = form.scores(guttman, "ml").theta
    assert likeliest[0] == -np.inf
    assert likeliest[10] == np.inf
    assert (likeliest[1:10] > steps[:9] - 0.01).all()
    assert (likeliest[1:10] < steps[1:] + 0.01).all()
    for method in ("map", "wle"):
        theta = form.scores(guttman, method).theta
        assert np.isfinite(theta).all()
        assert (np.diff(theta) > 0).all()


def test_one_theta_is_answered_without_an_axis_for_it():
    assert LSAT6_2PL.information(0.0) == LSAT6_2PL.information([0.0])[0]
    assert isinstance(LSAT6_2PL.information(0.0), float)
    for curve in (LSAT6_2PL.probabilities, LSAT6_2PL.expected_scores, LSAT6_2PL.item_information):
        np.testing.assert_array_equal(curve(-1), curve([-1.0])[0])
    with pytest.raises(ValueError, match="theta must be one-dimensional"):
        LSAT6_2PL.information([[0.0]])


def test_text_is_no_response_however_few_people_there_are():
    for wrong in (PATTERNS.astype(str), PATTERNS.astype(complex), np.ma.masked_equal(PATTERNS, 1)):
        with pytest.raises(ValueError, match="responses must hold numbers only"):
            LSAT6_2PL.scores(wrong)


def test_the_reliability_of_fewer_than_two_people_is_refused():
    with pytest.raises(ValueError, match="responses must hold at least two people; they hold 1"):
        LSAT6_2PL.empirical_reliability(PATTERNS[:1])

"""Steps that share a scene: the testlet and the bifactor model against known truths and integrals written out."""

import numpy as np
import pytest

from assessment.psychometrics.irt import calibrate
from assessment.psychometrics.irt.bifactor import calibrate_bifactor, quadrature
from assessment.psychometrics.irt.dimension_reduction import NaturalParameters, ReducedLikelihood
from assessment.psychometrics.simulation import simulate_item_parameters

STORIES = np.repeat(np.arange(5), 3)
COARSE = {"n_nodes": 25, "n_testlet_nodes": 15}


def sitting(n, testlet_slopes_of, rng, labels=STORIES, n_categories=2):
    """Responses of people whose scenes go well or badly, with the truth: slopes, testlet slopes, intercepts, θ."""
    _, a, d, _ = simulate_item_parameters("grm", labels.size, rng, n_categories=n_categories)
    s = testlet_slopes_of(a)
    theta, scene = rng.standard_normal(n), rng.standard_normal((n, labels.max() + 1))
    line = a * theta[:, None] + s * scene[:, labels]
    drawn = (rng.random(line.shape)[:, :, None] < 1 / (1 + np.exp(-(line[:, :, None] + d)))).sum(axis=2)
    return drawn.astype(float), a, s, d, theta


def small_case():
    """Two testlets, an item alone, unequal numbers of categories, gaps."""
    rng = np.random.default_rng(1)
    items = (np.array([0, 3]), np.array([1, 2, 5]), np.array([4]))
    n_categories = np.array([3, 2, 3, 2, 3, 2])
    codes = np.stack([rng.integers(-1, size, 7) for size in n_categories], axis=1).astype(np.int8)
    d = np.where(np.arange(1, 3) < n_categories[:, None], [[0.8, -0.7]] * 6, 0.0)
    at = NaturalParameters(rng.uniform(0.5, 1.5, 6), np.array([0.6, 0.9, 0.4, 0.8, 0.0, 1.2]), d)
    return codes, n_categories, items, at


def test_the_reduced_integral_is_the_integral_over_all_dimensions_at_once():
    codes, n_categories, items, at = small_case()
    (theta, w), (gamma, v) = quadrature(25), quadrature(21)
    reduced = ReducedLikelihood(codes, n_categories, items, theta, w, gamma, v)
    scene = np.array([0, 1, 1, 0, 2, 1])
    grid = np.stack(np.meshgrid(theta, gamma, gamma, indexing="ij"))
    weight = w[:, None, None] * v[:, None] * v
    total, posterior = 0.0, np.empty((7, 25))
    for person, row in enumerate(codes):
        product = weight.copy()
        for j in np.flatnonzero(row >= 0):
            other = grid[1 + scene[j]] if scene[j] < 2 else np.zeros_like(weight)
            line = at.slopes[j] * grid[0] + at.testlet_slopes[j] * other
            reach = [np.ones_like(line)]
            reach += [1 / (1 + np.exp(-(line + at.intercepts[j, c]))) for c in range(n_categories[j] - 1)]
            reach.append(np.zeros_like(line))
            product *= reach[row[j]] - reach[row[j] + 1]
        total += np.log(product.sum())
        posterior[person] = product.sum(axis=(1, 2)) / product.sum()
    assert reduced.evaluate(at).log_likelihood == pytest.approx(total, abs=1e-10)
    np.testing.assert_allclose(reduced.theta_posterior(at), posterior, atol=1e-13)


def test_the_gradient_is_the_slope_of_the_likelihood():
    codes, n_categories, items, at = small_case()
    likelihood = ReducedLikelihood(codes, n_categories, items, *quadrature(25), *quadrature(21))
    found, h = likelihood.evaluate(at), 1e-5
    for j in range(6):
        for parameter in range(n_categories[j] + 1):

            def moved(by, j=j, parameter=parameter):
                packed = np.concatenate([at.slopes[:, None], at.testlet_slopes[:, None], at.intercepts], axis=1)
                packed[j, parameter] += by
                return likelihood.evaluate(NaturalParameters(packed[:, 0], packed[:, 1], packed[:, 2:])).log_likelihood

            if parameter == 1 and j == 4:
                continue  # the item alone has no testlet slope
            assert found.gradient[j, parameter] == pytest.approx((moved(h) - moved(-h)) / (2 * h), abs=1e-6)


@pytest.fixture(scope="module")
def storylines():
    """A form of five storylines whose scenes matter unequally, and its testlet calibration."""
    sigma = np.array([0.3, 0.6, 0.9, 1.2, 0.8])
    responses, a, _, d, theta = sitting(2_500, lambda a: a * sigma[STORIES], np.random.default_rng(2))
    return responses, sigma, a, d, theta, calibrate_bifactor(responses, STORIES, "2pl", **COARSE)


def test_the_testlet_model_gives_back_slopes_intercepts_and_testlet_sds(storylines):
    _, sigma, a, d, _, found = storylines
    assert found.converged and found.trace[-1] == found.log_likelihood and (np.diff(found.trace) > -1e-6).all()
    np.testing.assert_allclose(found.testlet_sds, sigma, atol=0.2)
    assert np.sqrt(np.mean((found.slopes - a) ** 2)) < 0.12
    assert np.sqrt(np.mean((found.intercepts - d[:, 0]) ** 2)) < 0.12
    np.testing.assert_allclose(found.testlet_slopes, found.slopes * found.testlet_sds[STORIES])
    assert found.n_parameters == 15 + 15 + 5 and found.n_people == 2_500
    assert found.aic == pytest.approx(2 * 35 - 2 * found.log_likelihood)
    assert found.bic == pytest.approx(35 * np.log(2_500) - 2 * found.log_likelihood)


def test_scores_know_how_wrong_they_are_and_independence_does_not(storylines):
    responses, _, _, _, theta, found = storylines
    plain = calibrate(responses, "2pl")
    assert found.log_likelihood > plain.log_likelihood + 50 and found.bic < plain.bic
    mine, naive = found.scores(responses), plain.scores(responses)
    for scores, honest in ((mine, True), (naive, False)):
        claimed = np.sqrt(np.mean(scores.standard_error**2))
        error = np.sqrt(np.mean((scores.theta - theta) ** 2))
        assert (claimed == pytest.approx(error, rel=0.04)) == honest
    assert found.empirical_reliability(responses) < plain.empirical_reliability(responses) - 0.03
    assert found.empirical_reliability(responses) == pytest.approx(np.corrcoef(mine.theta, theta)[0, 1] ** 2, abs=0.03)


def test_nothing_near_the_maximum_is_higher(storylines):
    responses, _, _, _, _, found = storylines
    items = tuple(np.flatnonzero(t == STORIES) for t in range(5))
    likelihood = ReducedLikelihood(responses.astype(np.int8), found.n_categories, items, *quadrature(25), *quadrature(15))
    at = NaturalParameters(found.slopes, found.testlet_slopes, found.intercepts[:, None])
    here = likelihood.evaluate(at)
    assert here.log_likelihood == pytest.approx(found.log_likelihood, abs=1e-8)
    by_slope = here.gradient[:, 0] + found.testlet_sds[STORIES] * here.gradient[:, 1]
    by_sigma = [(found.slopes * here.gradient[:, 1])[t == STORIES].sum() for t in range(5)]
    assert np.abs(np.concatenate([by_slope, by_sigma, here.gradient[:, 2]])).max() < 0.3  # of some 300 an unit of a parameter


def test_the_bifactor_model_gives_back_a_slope_of_each_step_on_its_scene():
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(4), 4)
    responses, a, s, d, _ = sitting(2_000, lambda a: rng.uniform(0.5, 1.5, a.size), rng, labels, n_categories=3)
    found = calibrate_bifactor(responses, labels, structure="bifactor", **COARSE)
    assert found.converged and found.model == "grm" and found.n_parameters == 16 * 4
    for estimate, truth, largest in ((found.slopes, a, 0.12), (found.testlet_slopes, s, 0.2), (found.intercepts, d, 0.12)):
        assert np.sqrt(np.mean((estimate - truth) ** 2)) < largest
    testlet = calibrate_bifactor(responses, labels, **COARSE)
    assert found.log_likelihood > testlet.log_likelihood and found.n_parameters == testlet.n_parameters + 12


def test_independent_steps_have_no_testlet_effect_and_the_plain_calibration():
    responses, *_ = sitting(1_500, lambda a: 0 * a, np.random.default_rng(4))
    found, plain = calibrate_bifactor(responses, STORIES, "2pl", **COARSE), calibrate(responses, "2pl")
    assert found.testlet_sds.max() < 0.5
    assert 0 <= found.log_likelihood - plain.log_likelihood < 6
    np.testing.assert_allclose(found.slopes, plain.slopes, atol=0.15)


def test_items_alone_gaps_and_unequal_categories_are_taken_as_they_come():
    rng = np.random.default_rng(5)
    labels = np.array([0, 0, 0, 1, 1, 2, 3])
    responses, *_ = sitting(600, lambda a: 0.7 * a, rng, labels, n_categories=[3, 2, 3, 4, 2, 3, 2])
    responses[rng.random(responses.shape) < 0.1] = np.nan
    found = calibrate_bifactor(responses, labels, **COARSE)
    assert found.converged and found.testlets == (0, 1, 2, 3)
    assert (found.testlet_slopes[5:] == 0).all() and found.testlet_sds[2:].tolist() == [0, 0]
    assert (~np.isnan(found.intercepts)).sum(axis=1).tolist() == [2, 1, 2, 3, 1, 2, 1]
    assert (np.diff(found.intercepts, axis=1)[~np.isnan(np.diff(found.intercepts, axis=1))] < 0).all()
    order = [6, 3, 0, 5, 4, 2, 1]
    shuffled = calibrate_bifactor(responses[:, order], labels[order], **COARSE)
    np.testing.assert_allclose(shuffled.slopes, found.slopes[order], atol=2e-3)
    blank = found.scores(np.full((1, 7), np.nan))
    assert (blank.theta[0], blank.standard_error[0]) == pytest.approx((0, 1))


def test_what_cannot_be_told_apart_is_refused():
    responses, *_ = sitting(200, lambda a: a, np.random.default_rng(6))
    with pytest.raises(ValueError, match="model must be 2pl or grm"):
        calibrate_bifactor(responses, STORIES, "gpcm")
    with pytest.raises(ValueError, match="structure must be one of testlet, bifactor"):
        calibrate_bifactor(responses, STORIES, structure="second_order")
    with pytest.raises(ValueError, match="a testlet of at least two items"):
        calibrate_bifactor(responses, np.arange(15))
    with pytest.raises(ValueError, match="at least two testlets"):
        calibrate_bifactor(responses, np.zeros(15))
    with pytest.raises(ValueError, match="at least three testlets, none of two items"):
        calibrate_bifactor(responses, np.r_[np.repeat(np.arange(4), 3), 4, 4, 5], structure="bifactor")
    with pytest.raises(ValueError, match="testlet_of_item must hold 15 labels"):
        calibrate_bifactor(responses, STORIES[:3])
    with pytest.raises(ValueError, match="responses must be 0 or 1 for 2pl"):
        calibrate_bifactor(np.c_[responses[:, :14], np.arange(200) % 3], STORIES, "2pl")
    with pytest.raises(ValueError, match="tolerance must be above 0"):
        calibrate_bifactor(responses, STORIES, tolerance=0.0)
    with pytest.raises(ValueError, match="n_nodes must be a whole number of at least 15"):
        calibrate_bifactor(responses, STORIES, n_nodes=5)
    found = calibrate_bifactor(responses, STORIES, max_iterations=1)
    assert not found.converged
    with pytest.raises(ValueError, match="responses must have 15 columns; they have 3"):
        found.scores(responses[:, :3])
    with pytest.raises(ValueError, match="item 0 has 2, from 0"):
        found.scores(responses + 1)

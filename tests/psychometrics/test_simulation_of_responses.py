"""Made-up responses, ratings and evaluations follow the model that they are made by."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import keying, simulation
from assessment.psychometrics.generalizability import agent_scores
from assessment.psychometrics.irt import MODELS
from assessment.psychometrics.irt.curves import category_probabilities, difficulties


@pytest.mark.parametrize("model", MODELS)
def test_responses_are_as_frequent_as_the_model_says(model):
    rng = np.random.default_rng(1)
    shapes = None if model in ("1pl", "2pl") else [2, 3, 5, 4]
    parameters = simulation.simulate_item_parameters(model, 4, rng, n_categories=shapes)
    # Two people asked ten thousand times each, over more than one part of the work.
    theta = np.repeat([-1.0, 1.5], 10_000)
    drawn = simulation.simulate_responses(model, parameters.slopes, parameters.intercepts, theta, rng)
    p = category_probabilities(*parameters, [-1.0, 1.5])
    for person, rows in enumerate((drawn[:10_000], drawn[10_000:])):
        shares = np.stack([(rows == v).mean(axis=0) for v in range(p.shape[2])], axis=1)
        np.testing.assert_allclose(shares, p[person], atol=0.02)
        assert (shares[p[person] == 0] == 0).all()


@pytest.mark.parametrize("model", MODELS)
def test_drawn_parameters_have_the_shapes_and_the_sizes_of_a_real_form(model):
    k = 400
    m, slopes, intercepts, n_categories = simulation.simulate_item_parameters(model, k, np.random.default_rng(2))
    assert m == model and n_categories.tolist() == [2 if model in ("1pl", "2pl") else 4] * k
    if model == "nrm":
        np.testing.assert_allclose([slopes.sum(axis=1), intercepts.sum(axis=1)], 0, atol=1e-12)
        assert slopes.shape == intercepts.shape == (k, 4)
        return
    assert (slopes == slopes[0]).all() == (model in ("1pl", "pcm"))
    assert model != "pcm" or slopes[0] == 1
    if model not in ("1pl", "pcm"):
        assert np.median(slopes) == pytest.approx(1, abs=0.05) and slopes.min() > 0.3 and slopes.max() < 3
    b = difficulties(model, slopes, intercepts).reshape(k, -1)
    assert b.mean() == pytest.approx(0, abs=0.15) and b.mean(axis=1).std() == pytest.approx(1, abs=0.1)
    if model == "grm":
        assert (np.diff(intercepts, axis=1) < 0).all()


def test_items_of_unequal_length_have_parameters_for_their_own_categories_alone():
    for model in ("grm", "gpcm", "pcm", "nrm"):
        parameters = simulation.simulate_item_parameters(model, 3, np.random.default_rng(3), n_categories=[2, 4, 3])
        known = (~np.isnan(parameters.intercepts)).sum(axis=1) + (model != "nrm")
        assert known.tolist() == [2, 4, 3]


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(MODELS), st.integers(0, 999), st.floats(0, 0.6))
def test_the_same_generator_state_gives_the_same_responses_and_gaps_fall_anywhere(model, seed, omitted):
    def drawn():
        rng = np.random.default_rng(seed)
        _, slopes, intercepts, n_categories = simulation.simulate_item_parameters(model, 5, rng)
        theta = rng.standard_normal(400)
        return simulation.simulate_responses(
            model, slopes, intercepts, theta, rng, n_categories=n_categories, omitted=omitted
        ), n_categories

    (one, n_categories), (other, _) = drawn(), drawn()
    np.testing.assert_array_equal(one, other)
    assert np.isnan(one).mean() == pytest.approx(omitted, abs=0.06)
    known = ~np.isnan(one)
    assert (one[known] >= 0).all() and (np.where(known, one, 0) < n_categories).all()


def test_ratings_carry_theta_and_two_styles_that_shape_ignores():
    key = np.array([4.6, 1.8, 3.2, 2.4, 4.0, 1.5])
    drawn = simulation.simulate_ratings(3_000, key, np.random.default_rng(4), n_points=5)
    assert {*np.unique(drawn.ratings)} == {1, 2, 3, 4, 5}
    assert np.corrcoef(drawn.ratings.mean(axis=1), drawn.elevation)[0, 1] > 0.7
    standardised = (drawn.ratings - drawn.ratings.mean(axis=1, keepdims=True)).T
    shape = np.array([np.corrcoef(row, key)[0, 1] if np.ptp(row) else 0.0 for row in standardised.T])
    distance = -((drawn.ratings - key) ** 2).sum(axis=1)
    found, plain = (np.corrcoef(score, drawn.theta)[0, 1] for score in (shape, distance))
    assert found > 0.4 and found > plain
    assert abs(np.corrcoef(shape, drawn.elevation)[0, 1]) < 0.1


def test_evaluations_have_the_variances_asked_for_and_give_the_agents_back():
    drawn = simulation.simulate_evaluations(200, 8, 12, np.random.default_rng(5), agent_sd=6, rater_sd=4, residual_sd=9)
    assert drawn.score.shape == drawn.agent.shape == drawn.rater.shape == (2_400,)
    assert np.bincount(drawn.agent).tolist() == [12] * 200
    residual = drawn.score - 80 - drawn.agent_effect[drawn.agent] - drawn.rater_effect[drawn.rater]
    assert residual.std() == pytest.approx(9, rel=0.05) and drawn.agent_effect.std() == pytest.approx(6, rel=0.1)
    found = agent_scores(drawn.score, drawn.agent.tolist(), drawn.rater.tolist())
    reliability = 36 / (36 + 81 / 12)
    assert np.corrcoef(found.estimate, drawn.agent_effect)[0, 1] ** 2 == pytest.approx(reliability, abs=0.05)


def test_a_rater_can_see_some_agents_differently():
    drawn = simulation.simulate_evaluations(40, 4, 400, np.random.default_rng(6), interaction_sd=5, residual_sd=1)
    apart = drawn.score - 80 - drawn.agent_effect[drawn.agent] - drawn.rater_effect[drawn.rater]
    cells = [apart[(drawn.agent == a) & (drawn.rater == r)].mean() for a in range(40) for r in range(4)]
    assert np.std(cells) == pytest.approx(5, rel=0.15)


def test_chosen_options_still_follow_the_option_scores():
    theta, chosen = simulation.simulate_applicants(2_000, [np.array([1.0, 2, 3])], np.random.default_rng(7))
    assert np.corrcoef(keying.option_value(chosen[:, 0], [1.0, 2, 3]), theta)[0, 1] > 0.2


def test_impossible_models_and_shapes_are_refused():
    rng = np.random.default_rng(8)
    with pytest.raises(ValueError, match="model must be one of 1pl, 2pl"):
        simulation.simulate_item_parameters("3pl", 3, rng)
    with pytest.raises(ValueError, match="n_categories must be 2 for 1pl and 2pl"):
        simulation.simulate_item_parameters("2pl", 3, rng, n_categories=3)
    with pytest.raises(ValueError, match="n_categories must be whole numbers of at least 2"):
        simulation.simulate_item_parameters("grm", 3, rng, n_categories=[2, 1, 3])
    with pytest.raises(ValueError, match="model must be one of"):
        simulation.simulate_responses("3pl", [1.0], [0.0], [0.0], rng)
    with pytest.raises(ValueError, match="intercepts of grm must fall"):
        simulation.simulate_responses("grm", [1.0], [[0.0, 1.0]], [0.0], rng)
    with pytest.raises(ValueError, match="slopes must hold 2 values"):
        simulation.simulate_responses("2pl", [1.0], [0.0, 1.0], [0.0], rng)
    with pytest.raises(ValueError, match="n_categories must be as many"):
        simulation.simulate_responses("gpcm", [1.0], [[0.0, 1.0]], [0.0], rng, n_categories=[4])
    with pytest.raises(ValueError, match="n_categories must be at least 2"):
        simulation.simulate_responses("pcm", [1.0], [[np.nan, np.nan]], [0.0], rng)
    with pytest.raises(ValueError, match="slopes must hold NaN where the intercepts do"):
        simulation.simulate_responses("nrm", [[1.0, -1.0, 0.0]], [[0.0, 0.0, np.nan]], [0.0], rng)
    with pytest.raises(ValueError, match="omitted must be at least 0 and below 1"):
        simulation.simulate_responses("2pl", [1.0], [0.0], [0.0], rng, omitted=1.0)
    with pytest.raises(ValueError, match="theta must not hold NaN"):
        simulation.simulate_responses("2pl", [1.0], [0.0], [np.nan], rng)
    with pytest.raises(ValueError, match="key must differ"):
        simulation.simulate_ratings(5, [3.0, 3.0], rng)
    with pytest.raises(ValueError, match="key must lie between 1 and n_points = 5"):
        simulation.simulate_ratings(5, [0.0, 3.0], rng)
    with pytest.raises(ValueError, match="noise_sd must be above 0"):
        simulation.simulate_ratings(5, [1.0, 3.0], rng, noise_sd=0.0)
    with pytest.raises(ValueError, match="rater_sd must not be negative"):
        simulation.simulate_evaluations(2, 2, 2, rng, rater_sd=-1.0)
    with pytest.raises(ValueError, match="n_raters must be a whole number of at least 1"):
        simulation.simulate_evaluations(2, 0, 2, rng)

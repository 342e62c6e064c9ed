"""Two calibrations of the same items differ by a straight line, and linking finds it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.irt import MODELS, calibrate
from assessment.psychometrics.irt.linking import METHODS, link, rescaled
from assessment.psychometrics.simulation import simulate_responses
from tests.psychometrics.known_items import known, made_up

CURVES = ("haebara", "stocking_lord")


def shaken(items, rng, sd):
    """The same items as another sample would estimate them."""
    slopes = items.slopes * np.exp(rng.normal(0, sd, items.slopes.shape))
    return known(items.model, slopes, items.intercepts + rng.normal(0, sd, items.intercepts.shape), items.n_categories)


def test_mean_sigma_and_mean_mean_are_the_textbook_formulas():
    # By hand: b_new −1, 0, 2 (mean .333, SD 1.2472) and b_onto −.5, .5, 3 (mean 1, SD 1.4720); mean slopes 1.2 and 1.
    new = known("2pl", [0.8, 1.2, 1.6], [0.8, 0.0, -3.2], [2, 2, 2])
    onto = known("2pl", [0.6, 1.0, 1.4], [0.3, -0.5, -4.2], [2, 2, 2])
    by_sigma, by_mean = (link(new, onto, [0, 1, 2], method) for method in ("mean_sigma", "mean_mean"))
    assert (by_sigma.slope, by_sigma.intercept) == pytest.approx((1.180194, 0.606602), abs=1e-6)
    assert (by_mean.slope, by_mean.intercept) == pytest.approx((1.2, 0.6))
    assert np.isnan(by_sigma.criterion) and np.isnan(by_mean.criterion)


@pytest.mark.parametrize("model", MODELS)
def test_a_rescaled_calibration_gives_the_same_probabilities_at_the_moved_theta(model):
    before = made_up(model)
    after = rescaled(before, 1.3, -0.4)
    theta = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(after.probabilities(1.3 * theta - 0.4), before.probabilities(theta), atol=1e-14)
    if model != "nrm":
        np.testing.assert_allclose(after.difficulties, 1.3 * before.difficulties - 0.4)
        np.testing.assert_allclose(after.slopes, before.slopes / 1.3)
    np.testing.assert_allclose(after.nodes, 1.3 * before.nodes - 0.4)
    np.testing.assert_allclose(after.node_weights, before.node_weights, atol=1e-12)
    responses = np.array([[0, 1, 1, 0, 1, 1, 0, 1], [1, 0, 0, np.nan, 0, 0, 0, 1.0]])
    scored, moved = before.scores(responses), after.scores(responses)
    np.testing.assert_allclose(moved.theta, 1.3 * scored.theta - 0.4, atol=1e-9)
    np.testing.assert_allclose(moved.standard_error, 1.3 * scored.standard_error, atol=1e-9)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=4, deadline=None)
@given(a=st.floats(0.6, 1.6), b=st.floats(-1.2, 1.2), seed=st.integers(0, 99))
def test_a_known_line_is_found_again_exactly(model, method, a, b, seed):
    new = made_up(model, seed=seed)
    found = link(new, rescaled(new, a, b), np.arange(8), method)
    assert (found.slope, found.intercept) == pytest.approx((a, b), abs=1e-6)
    assert np.isnan(found.criterion) or found.criterion < 1e-12
    assert found.item_distances.max() < 1e-6


@pytest.mark.parametrize("model", ["grm", "gpcm", "nrm"])
def test_items_of_unequal_length_and_at_other_places_are_linked(model):
    new = made_up(model, k=6, n_categories=[3, 5, 4, 3, 2, 4])
    moved = rescaled(new, 0.8, 0.5)
    places = [3, 0, 2, 4]
    onto = known(model, moved.slopes[places], moved.intercepts[places], moved.n_categories[places])
    # The longest item is not common, so the columns of the two calibrations are not as many.
    if model == "nrm":
        onto = known(model, onto.slopes[:, :4], onto.intercepts[:, :4], onto.n_categories)
    else:
        onto = known(model, onto.slopes, onto.intercepts[:, :3], onto.n_categories)
    for method in METHODS:
        found = link(new, onto, [[3, 0], [0, 1], [2, 2], [4, 3]], method)
        assert (found.slope, found.intercept) == pytest.approx((0.8, 0.5), abs=1e-6)


@pytest.mark.parametrize("model", ["2pl", "grm", "gpcm", "nrm"])
def test_estimation_error_moves_the_line_little(model):
    rng = np.random.default_rng(5)
    truth = made_up(model, k=20, seed=3)
    lines = {method: [] for method in METHODS}
    for _ in range(5):
        new, onto = shaken(truth, rng, 0.05), shaken(rescaled(truth, 1.2, 0.5), rng, 0.05)
        for method in METHODS:
            found = link(new, onto, np.arange(20), method)
            lines[method].append((found.slope, found.intercept))
    for method, found in lines.items():
        np.testing.assert_allclose(np.mean(found, axis=0), (1.2, 0.5), atol=0.06, err_msg=method)


@pytest.mark.parametrize("method", CURVES)
def test_the_curve_methods_find_the_least_of_the_criterion_as_written(method):
    rng = np.random.default_rng(8)
    new = made_up("grm", k=4, seed=4)
    onto = shaken(rescaled(new, 1.1, 0.3), rng, 0.1)
    found = link(new, onto, np.arange(4), method)

    def criterion(a, b):
        moved = rescaled(new, a, b)
        gap = onto.probabilities(onto.nodes) - moved.probabilities(onto.nodes)
        if method == "haebara":
            return float(onto.node_weights @ (gap**2).sum(axis=(1, 2)))
        return float(onto.node_weights @ (gap @ np.arange(4.0)).sum(axis=1) ** 2)

    least = criterion(found.slope, found.intercept)
    assert found.criterion == pytest.approx(least, rel=1e-9)
    around = [criterion(found.slope + da, found.intercept + db) for da in (-1e-3, 0, 1e-3) for db in (-1e-3, 0, 1e-3)]
    assert least == min(around)
    everywhere = [criterion(a, b) for a in np.linspace(0.5, 2, 16) for b in np.linspace(-1, 1.5, 16)]
    assert least < min(everywhere)


@pytest.mark.parametrize("method", CURVES)
def test_symmetric_linking_the_other_way_round_is_the_inverse_line(method):
    rng = np.random.default_rng(9)
    new = made_up("gpcm", seed=6)
    onto = shaken(rescaled(new, 0.8, -0.6), rng, 0.1)
    there = link(new, onto, np.arange(8), method, symmetric=True)
    back = link(onto, new, np.arange(8), method, symmetric=True)
    assert back.slope == pytest.approx(1 / there.slope, abs=1e-6)
    assert back.intercept == pytest.approx(-there.intercept / there.slope, abs=1e-6)
    assert back.criterion == pytest.approx(there.criterion, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_two_option_nominal_item_links_as_the_two_parameter_item_it_is(method):
    rng = np.random.default_rng(10)
    new = made_up("2pl", seed=7)
    onto = shaken(rescaled(new, 1.2, 0.2), rng, 0.1)

    def as_nominal(two):
        halves = [np.stack([-half, half], axis=1) / 2 for half in (two.slopes, two.intercepts)]
        return known("nrm", *halves, two.n_categories)

    found, nominal = link(new, onto, np.arange(8), method), link(as_nominal(new), as_nominal(onto), np.arange(8), method)
    assert (nominal.slope, nominal.intercept) == pytest.approx((found.slope, found.intercept), abs=1e-6)


def test_a_common_item_that_changed_stands_out_and_barely_moves_the_line_of_the_curves():
    new = made_up("grm", k=12, seed=2)
    onto = rescaled(new, 1.0, 0.5)
    onto.intercepts[7] -= 1.5
    found = link(new, onto, np.arange(12), "haebara")
    assert found.item_distances.argmax() == 7
    assert found.item_distances[7] > 4 * np.delete(found.item_distances, 7).max()
    assert found.intercept == pytest.approx(0.5, abs=0.15)


def test_people_and_other_items_follow_the_line():
    new = made_up("2pl")
    found = link(new, rescaled(new, 2.0, 1.0), [0, 1, 2])
    assert found.theta(0.5) == pytest.approx(2.0) and found.method == "haebara"
    np.testing.assert_allclose(found.theta([0.0, np.nan]), [1.0, np.nan])
    np.testing.assert_allclose(found.rescaled(new).difficulties, rescaled(new, 2.0, 1.0).difficulties)


def test_what_cannot_be_linked_is_refused():
    two, graded, unequal = made_up("2pl"), made_up("grm"), made_up("grm", n_categories=[4, 4, 4, 4, 4, 4, 4, 3])
    every = np.arange(8)
    with pytest.raises(ValueError, match="method must be one of"):
        link(two, two, every, "equipercentile")
    with pytest.raises(ValueError, match="new and onto must have one model; they have 2pl and grm"):
        link(two, graded, every)
    with pytest.raises(ValueError, match="items must have as many categories"):
        link(graded, unequal, every)
    with pytest.raises(ValueError, match="items must be places from 0 to 7 of onto"):
        link(two, two, [[0, 0], [1, 8]])
    with pytest.raises(ValueError, match="items must be places from 0 to 7 of new"):
        link(two, two, [0.5, 1])
    with pytest.raises(ValueError, match="items must name each item of new once"):
        link(two, two, [[0, 0], [0, 1]])
    with pytest.raises(ValueError, match="items must be at least two places"):
        link(two, two, [0])
    with pytest.raises(ValueError, match="items must be at least two places"):
        link(two, two, np.zeros((2, 3)))
    with pytest.raises(ValueError, match="slopes must run the same way"):
        link(two, known("2pl", -two.slopes, two.intercepts, two.n_categories), every)
    flat = known("2pl", np.r_[0.0, two.slopes[1:]], two.intercepts, two.n_categories)
    with pytest.raises(ValueError, match="slopes other than 0; common item 0 of new"):
        link(flat, two, every)
    same = known("2pl", np.ones(2), np.zeros(2), [2, 2])
    with pytest.raises(ValueError, match="locations must vary for mean_sigma"):
        link(same, same, [0, 1], "mean_sigma")
    assert link(same, same, [0, 1], "stocking_lord").slope == pytest.approx(1.0)
    with pytest.raises(ValueError, match="slope must be above 0"):
        rescaled(two, 0.0, 0.0)
    with pytest.raises(ValueError, match="intercept a number"):
        rescaled(two, 1.0, np.nan)


def test_two_samples_calibrated_apart_are_linked_by_their_common_items():
    rng = np.random.default_rng(2)
    items = made_up("grm", k=12, seed=3)
    onto, new = (
        calibrate(simulate_responses("grm", items.slopes[part], items.intercepts[part], theta, rng), "grm")
        for part, theta in ((slice(0, 9), rng.standard_normal(1_500)), (slice(3, 12), rng.normal(0.8, 1.2, 1_500)))
    )
    common = np.stack([np.arange(6), np.arange(3, 9)], axis=1)
    for method in METHODS:
        found = link(new, onto, common, method)
        assert (found.slope, found.intercept) == pytest.approx((1.2, 0.8), abs=0.1)
        on_one_scale = found.rescaled(new)
        assert (on_one_scale.latent_mean, on_one_scale.latent_sd) == pytest.approx((found.intercept, found.slope))
        np.testing.assert_allclose(on_one_scale.slopes[6:], items.slopes[9:], rtol=0.2)


def test_groups_move_along_and_standard_errors_stay_behind():
    rng = np.random.default_rng(4)
    items = made_up("2pl", k=5)
    theta = np.repeat([0.0, 1.0], 300) + rng.standard_normal(600)
    responses = simulate_responses("2pl", items.slopes, items.intercepts, theta, rng)
    before = calibrate(responses, "2pl", groups=["a"] * 300 + ["b"] * 300, standard_errors=True)
    after = rescaled(before, 2.0, 1.0)
    assert [(g.mean, g.sd) for g in after.groups] == [(2 * g.mean + 1, 2 * g.sd) for g in before.groups]
    assert before.standard_errors is not None and after.standard_errors is None

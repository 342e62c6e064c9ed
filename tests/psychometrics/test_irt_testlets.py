"""Steps of a storyline make one item, and how much independence would overstate is seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

# The names begin with "test": imported one by one they would be collected as tests.
from assessment.psychometrics import classical
from assessment.psychometrics.irt import calibrate, testlets
from assessment.psychometrics.simulation import simulate_item_parameters, simulate_responses

STORIES = np.repeat(["letter", "call", "chat"], [3, 2, 4])


def storylines(n, spread, rng, steps=4, stories=6):
    """Responses to storylines whose scenes a person reads better or worse by `spread`, and their labels."""
    theta = rng.standard_normal(n)
    drawn = []
    for _ in range(stories):
        model, slopes, intercepts, _ = simulate_item_parameters("grm", steps, rng, n_categories=3)
        scene = theta + rng.normal(0, spread, n)
        drawn.append(simulate_responses(model, slopes, intercepts, scene, rng))
    return np.hstack(drawn), np.repeat(np.arange(stories), steps)


def residual_correlations(responses):
    """Correlations of the residuals from a regression on the rest of the form: Q3 with the sum of the others in θ's place."""
    rest = responses.sum(axis=1, keepdims=True) - responses
    residual = np.empty_like(responses)
    for j in range(responses.shape[1]):
        residual[:, j] = responses[:, j] - np.polyval(np.polyfit(rest[:, j], responses[:, j], 3), rest[:, j])
    return np.corrcoef(residual.T)


def test_steps_are_summed_in_the_order_of_the_form_and_empty_sums_have_no_category():
    # fmt: off
    responses = np.array([
        [1, 1, 2, 0, 1, 0, 0, 0, 3],
        [0, 0, 0, 1, 1, 2, 2, 2, 3],
        [1, 1, 2, 0, 0, 0, 0, 0, 0],
        [2, 1, 2, np.nan, 1, 1, 0, 0, 0],
    ])
    # fmt: on
    found = testlets.testlet_scores(responses, STORIES)
    assert found.testlets == ("letter", "call", "chat")
    assert [sums.tolist() for sums in found.sums] == [[0, 4, 5], [0, 1, 2], [0, 1, 3, 9]]
    np.testing.assert_array_equal(found.scores, [[1, 1, 2], [0, 2, 3], [1, 0, 0], [2, np.nan, 1]])
    assert found.n_categories.tolist() == [3, 3, 4]
    assert [places.tolist() for places in found.items] == [[0, 1, 2], [3, 4], [5, 6, 7, 8]]


def test_new_people_are_coded_alike_and_an_unknown_sum_takes_the_nearest_the_lower_of_two():
    found = testlets.testlet_scores([[0, 0], [2, 2], [2, 5]], ["one", "one"])
    assert found.sums[0].tolist() == [0, 4, 7]
    np.testing.assert_array_equal(
        found.recoded([[1, 1], [1, 2], [3, 2], [3, 3], [9, 9], [np.nan, 1], [0, 0]]).ravel(), [0, 1, 1, 2, 2, np.nan, 0]
    )


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(np.int64, (12, 5), elements=st.integers(0, 3)), st.permutations(range(5)))
def test_scores_keep_the_order_of_the_sums_and_forget_the_order_of_the_steps(responses, order):
    labels = ["a", "a", "a", "b", "b"]
    if any(np.unique(responses[:, cut].sum(axis=1)).size < 2 for cut in (slice(0, 3), slice(3, 5))):
        return
    found = testlets.testlet_scores(responses, labels)
    for column, cut in enumerate((slice(0, 3), slice(3, 5))):
        total = responses[:, cut].sum(axis=1)
        assert (np.sign(np.subtract.outer(total, total)) == np.sign(np.subtract.outer(*[found.scores[:, column]] * 2))).all()
    np.testing.assert_array_equal(found.recoded(responses), found.scores)
    shuffled = testlets.testlet_scores(responses[:, order], [labels[j] for j in order])
    for name in "ab":
        np.testing.assert_array_equal(
            shuffled.scores[:, shuffled.testlets.index(name)], found.scores[:, found.testlets.index(name)]
        )


def test_testlets_of_one_item_each_are_the_items():
    responses = np.array([[0.0, 2], [1, np.nan], [2, 0]])
    np.testing.assert_array_equal(testlets.testlet_scores(responses, [7, 8]).scores, [[0, 1], [1, np.nan], [2, 0]])


def test_steps_that_share_a_scene_show_and_independence_overstates_reliability():
    rng = np.random.default_rng(1)
    responses, labels = storylines(3_000, 1.0, rng)
    effect = testlets.testlet_effect(responses, labels, residual_correlations(responses))
    assert effect.estimate == effect.within - effect.between > 0.1
    assert (effect.within_testlets > effect.between).all() and effect.testlets == tuple(range(6))
    assert effect.reliability_as_items > effect.reliability_as_testlets + 0.05
    assert effect.overstatement > 1.3 and effect.n_people == 3_000
    # The testlets' reliability is what a parallel form of other scenes shows: two halves of them, made up to full length.
    halves = [np.isin(labels, side) for side in ([0, 2, 4], [1, 3, 5])]
    r = np.corrcoef(*(responses[:, half].sum(axis=1) for half in halves))[0, 1]
    assert effect.reliability_as_testlets == pytest.approx(classical.spearman_brown(r, 2), abs=0.02)


def test_scores_from_super_items_know_how_wrong_they_are_and_those_from_steps_do_not():
    rng = np.random.default_rng(7)
    theta = rng.standard_normal(2_500)
    model, slopes, intercepts, _ = simulate_item_parameters("grm", 24, rng, n_categories=3)
    scenes = np.repeat(theta[:, None] + rng.normal(0, 1.0, (2_500, 6)), 4, axis=1)
    steps = [simulate_responses(model, slopes[[j]], intercepts[[j]], scenes[:, j], rng) for j in range(24)]
    responses = np.hstack(steps)
    together = testlets.testlet_scores(responses, np.repeat(np.arange(6), 4))
    ratio = []
    for scored in (together.scores, responses):
        found = calibrate(scored, "grm").scores(scored)
        ratio.append(np.sqrt(np.mean((found.theta - theta) ** 2) / np.mean(found.standard_error**2)))
    assert ratio[0] == pytest.approx(1, abs=0.05) and ratio[1] > 1.2


def test_steps_that_share_nothing_show_nothing():
    responses, labels = storylines(6_000, 0.0, np.random.default_rng(2))
    effect = testlets.testlet_effect(responses, labels, residual_correlations(responses))
    assert effect.estimate == pytest.approx(0, abs=0.01)
    assert effect.reliability_as_items == pytest.approx(effect.reliability_as_testlets, abs=0.01)
    assert effect.overstatement == pytest.approx(1, abs=0.03)


def test_reliability_of_equally_long_testlets_is_alpha_of_their_sums_and_unequal_ones_are_not_punished():
    responses, labels = storylines(3_000, 0.0, np.random.default_rng(3))
    q3 = np.eye(24)
    sums = np.stack([responses[:, labels == j].sum(axis=1) for j in range(6)], axis=1)
    equal = testlets.testlet_effect(responses, labels, q3)
    assert equal.reliability_as_testlets == pytest.approx(classical.alpha(sums).estimate)
    unequal = testlets.testlet_effect(responses, np.repeat([0, 1, 2, 3], [12, 8, 2, 2]), q3)
    assert unequal.reliability_as_testlets == pytest.approx(unequal.reliability_as_items, abs=0.02)


def test_means_of_q3_are_those_of_the_pairs():
    responses, _ = storylines(50, 0.5, np.random.default_rng(4), steps=2, stories=2)
    q3 = np.array([[1, 0.5, 0.1, 0.2], [0.5, 1, -0.1, 0.0], [0.1, -0.1, 1, 0.3], [0.2, 0.0, 0.3, 1]])
    effect = testlets.testlet_effect(responses, ["x", "x", "y", "y"], q3)
    assert (effect.within, effect.between) == pytest.approx((0.4, 0.05))
    lone = testlets.testlet_effect(responses, ["x", "x", "y", "z"], q3)
    assert lone.within == pytest.approx(0.5) and lone.between == pytest.approx(0.1)
    np.testing.assert_array_equal(lone.within_testlets, [0.5, np.nan, np.nan])


def test_a_form_that_measures_nothing_has_no_overstatement():
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 2, (400, 4)).astype(float)
    noise[:, 2:] = 1 - noise[:, :2]
    noise[0] = 1
    assert np.isnan(testlets.testlet_effect(noise, [0, 0, 1, 1], np.eye(4)).overstatement)
    with pytest.raises(ValueError, match="responses must have a sum that varies"):
        testlets.testlet_effect(noise[1:], [0, 0, 1, 1], np.eye(4))


def test_what_cannot_be_summed_or_compared_is_refused():
    responses, labels = storylines(50, 0.5, np.random.default_rng(6), steps=2, stories=2)
    with pytest.raises(ValueError, match="testlet_of_item must hold 4 labels"):
        testlets.testlet_scores(responses, [0, 1])
    with pytest.raises(ValueError, match="whole numbers from 0"):
        testlets.testlet_scores(responses - 1, labels)
    with pytest.raises(ValueError, match="whole numbers from 0"):
        testlets.testlet_scores(responses + 0.5, labels)
    with pytest.raises(ValueError, match="that of 'b' does not"):
        testlets.testlet_scores([[0, 1, 1], [1, 0, 2]], ["b", "b", "a"])
    with pytest.raises(ValueError, match="responses must have 4 columns; it has 3"):
        testlets.testlet_scores(responses, labels).recoded(responses[:, :3])
    with pytest.raises(ValueError, match="at least two testlets"):
        testlets.testlet_effect(responses, [0, 0, 0, 0], np.eye(4))
    with pytest.raises(ValueError, match="at least one of them with two items"):
        testlets.testlet_effect(responses, [0, 1, 2, 3], np.eye(4))
    with pytest.raises(ValueError, match="q3 must be 4 by 4"):
        testlets.testlet_effect(responses, labels, np.eye(3))
    with pytest.raises(ValueError, match="at least three people"):
        testlets.testlet_effect(np.where(np.arange(50)[:, None] < 48, np.nan, responses), labels, np.eye(4))

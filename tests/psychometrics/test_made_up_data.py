"""The generators deliver the truth that they promise."""

import numpy as np
import pytest

from assessment.psychometrics import keying, simulation


def test_items_have_the_validities_and_correlations_asked_for():
    items, criterion = simulation.simulate_items(200_000, simulation.MILD_PATTERN, np.random.default_rng(1))
    r = np.corrcoef(items.T, criterion)
    np.testing.assert_allclose(r[-1, :-1], simulation.MILD_PATTERN, atol=0.01)
    np.testing.assert_allclose(r[:-1, :-1], simulation.item_correlations(12), atol=0.015)
    assert criterion.std() == pytest.approx(1, abs=0.01)


def test_more_empathic_applicants_score_higher_and_gaps_are_as_many_as_asked_for():
    scores = [np.array([1.0, 3, 4.5, 2]), np.array([4.0, 2, 1])]
    theta, chosen = simulation.simulate_applicants(20_000, scores, np.random.default_rng(2), omitted=0.1)
    assert np.isnan(chosen).mean() == pytest.approx(0.1, abs=0.01)
    for column, option_scores in zip(chosen.T, scores, strict=True):
        value = keying.option_value(column, option_scores)
        known = ~np.isnan(value)
        assert np.corrcoef(value[known], theta[known])[0, 1] > 0.2


def test_the_same_generator_state_gives_the_same_people():
    one, other = (simulation.simulate_items(5, [0.1, 0.2], np.random.default_rng(3)) for _ in range(2))
    assert one.item_scores.tolist() == other.item_scores.tolist() and one.criterion.tolist() == other.criterion.tolist()


def test_impossible_truths_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="validities must be possible"):
        simulation.simulate_items(5, [0.9, -0.9], rng, inter_item_r=0.5)
    with pytest.raises(ValueError, match="inter_item_r"):
        simulation.simulate_items(5, [0.1, 0.1, 0.1], rng, inter_item_r=-0.9)
    with pytest.raises(ValueError, match="option_scores must differ"):
        simulation.simulate_applicants(5, [np.array([1.0, 1.0])], rng)
    with pytest.raises(ValueError, match="omitted"):
        simulation.simulate_applicants(5, [np.array([1.0, 2.0])], rng, omitted=1.0)

"""Agent scores from QA evaluations: severity, variance components, shrinkage and reliability."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.psychometrics import generalizability

# Davies & Goldsmith (1972), yield of dyestuff: six batches, five samples each.
DYESTUFF = {
    "A": (1545, 1440, 1440, 1520, 1580),
    "B": (1540, 1555, 1490, 1560, 1495),
    "C": (1595, 1550, 1605, 1510, 1560),
    "D": (1445, 1440, 1595, 1465, 1545),
    "E": (1595, 1630, 1515, 1635, 1625),
    "F": (1520, 1455, 1450, 1480, 1445),
}


def dyestuff():
    rows = [(value, batch) for batch, values in DYESTUFF.items() for value in values]
    return [float(value) for value, _ in rows], [batch for _, batch in rows]


def crossed(n=3_000, n_agents=150, n_raters=8, seed=4):
    rng = np.random.default_rng(seed)
    agent, rater = rng.integers(0, n_agents, n), rng.integers(0, n_raters, n)
    truth, severity = rng.normal(0, 5, n_agents), rng.normal(0, 3, n_raters)
    months = rng.uniform(0, 12, n)
    scores = 80 + truth[agent] + severity[rater] + 0.5 * months + rng.normal(0, 10, n)
    return scores, agent.tolist(), rater.tolist(), months[:, None], truth, severity


def test_shrunken_means_of_the_worked_example():
    few = generalizability.blup(90, 4, 80, 25, 100)
    assert (few.estimate, few.reliability) == pytest.approx((85.0, 0.50))
    many = generalizability.blup(90, 25, 80, 25, 100)
    assert (many.estimate, many.reliability) == pytest.approx((88.62, 0.862), abs=5e-3)


def test_rater_severity_of_the_worked_example():
    found = generalizability.rater_severity([80, 70, 90, 84, 66, 78], list("AABBCC"), ["r1", "r2", "r1", "r3", "r2", "r3"])
    np.testing.assert_allclose(found.effects, [16 / 3, -22 / 3, 2.0])
    np.testing.assert_allclose(found.adjusted, [76.0, 250 / 3, 224 / 3])
    np.testing.assert_allclose(found.raw, [75, 87, 72])
    assert (found.agents, found.raters, found.n_parts) == (("A", "B", "C"), ("r1", "r2", "r3"), 1)


def test_severity_is_that_of_the_normal_equations():
    scores, agents, raters, *_ = crossed(n=400, n_agents=30)
    found = generalizability.rater_severity(scores, agents, raters)
    x = np.hstack([np.eye(30)[agents], np.eye(8)[raters]])
    solution = np.linalg.lstsq(x, scores, rcond=None)[0]
    effects = solution[30:] - solution[30:].mean()
    np.testing.assert_allclose(found.effects, effects, atol=1e-8)
    np.testing.assert_allclose(found.adjusted, solution[:30] + solution[30:].mean(), atol=1e-8)


def test_variances_of_dyestuff_are_those_of_lmer():
    """R: lme4::lmer(Yield ~ 1 + (1 | Batch), Dyestuff): batch variance 1764, residual 2451.2, mean 1527.5."""
    scores, batches = dyestuff()
    found = generalizability.agent_scores(scores, batches)
    assert found.variance_agent == pytest.approx(1764.05, rel=1e-5)
    assert found.variance_residual == pytest.approx(2451.25, rel=1e-5)
    assert found.mean == pytest.approx(1527.5)
    for place, batch in enumerate(found.agents):
        by_formula = generalizability.blup(np.mean(DYESTUFF[batch]), 5, 1527.5, 1764.05, 2451.25)
        assert found.estimate[place] == pytest.approx(by_formula.estimate, abs=1e-3)
        assert found.reliability[place] == pytest.approx(by_formula.reliability, abs=1e-6)


def test_balanced_crossed_designs_give_the_analysis_of_variance():
    rng = np.random.default_rng(1)
    table = 50 + rng.normal(0, 4, 40)[:, None] + rng.normal(0, 3, 6)[None, :] + rng.normal(0, 5, (40, 6))
    agents, raters = np.repeat(np.arange(40), 6), np.tile(np.arange(6), 40)
    found = generalizability.agent_scores(table.ravel(), agents.tolist(), raters.tolist())
    ms_agent = 6 * table.mean(axis=1).var(ddof=1)
    ms_rater = 40 * table.mean(axis=0).var(ddof=1)
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    ms_rest = (rest**2).sum() / (39 * 5)
    assert found.variance_residual == pytest.approx(ms_rest, rel=1e-4)
    assert found.variance_agent == pytest.approx((ms_agent - ms_rest) / 6, rel=1e-4)
    assert found.variance_rater == pytest.approx((ms_rater - ms_rest) / 40, rel=1e-4)


def test_predictions_are_those_of_the_full_mixed_model_equations():
    scores, agents, raters, months, *_ = crossed(n=300, n_agents=25, n_raters=4)
    found = generalizability.agent_scores(scores, agents, raters, months)
    x = np.column_stack([np.ones(300), months - months.mean()])
    z = np.hstack([np.eye(25)[agents], np.eye(4)[raters]])
    g = np.diag([found.variance_agent] * 25 + [found.variance_rater] * 4)
    v = z @ g @ z.T + found.variance_residual * np.eye(300)
    inverse = np.linalg.inv(v)
    beta = np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ scores)
    effects = g @ z.T @ inverse @ (scores - x @ beta)
    np.testing.assert_allclose(found.estimate, beta[0] + effects[:25], atol=1e-6)
    np.testing.assert_allclose(found.rater_effects, effects[25:], atol=1e-6)
    assert found.covariate_effects[0] == pytest.approx(beta[1], abs=1e-6)
    error = g - g @ z.T @ inverse @ z @ g
    np.testing.assert_allclose(found.reliability, 1 - np.diag(error)[:25] / found.variance_agent, atol=1e-6)


def test_the_truth_is_recovered_and_reliability_says_how_well():
    scores, agents, raters, months, truth, severity = crossed()
    found = generalizability.agent_scores(scores, agents, raters, months)
    assert found.variance_agent == pytest.approx(25, rel=0.3)
    assert found.variance_residual == pytest.approx(100, rel=0.1)
    assert found.covariate_effects[0] == pytest.approx(0.5, abs=0.2)
    assert np.corrcoef(found.estimate, truth)[0, 1] ** 2 == pytest.approx(found.reliability.mean(), abs=0.06)
    assert np.corrcoef(found.rater_effects, severity)[0, 1] > 0.95


def test_agents_without_differences_have_no_reliability():
    found = generalizability.agent_scores([1, 5, 1, 5, 1, 5], list("aabbcc"))
    assert found.variance_agent == 0
    assert found.reliability.tolist() == [0, 0, 0]
    np.testing.assert_allclose(found.estimate, [3, 3, 3])


@given(st.randoms(use_true_random=False), st.floats(-100, 100))
def test_the_order_of_evaluations_and_the_zero_of_the_scale_make_no_difference(random, shift):
    scores, batches = dyestuff()
    order = list(range(len(scores)))
    random.shuffle(order)
    plain = generalizability.agent_scores(scores, batches)
    moved = generalizability.agent_scores([scores[i] + shift for i in order], [batches[i] for i in order])
    np.testing.assert_allclose(moved.estimate - shift, plain.estimate, atol=0.01)


def test_raters_who_share_no_agent_leave_parts_that_cannot_be_compared():
    agents, raters = list("aabbccdd"), ["r1", "r2", "r1", "r2", "r3", "r4", "r3", "r4"]
    scores = [70.0, 72, 80, 83, 60, 64, 75, 73]
    found = generalizability.agent_scores(scores, agents, raters)
    assert not found.connected and found.part.tolist() == [0, 0, 1, 1]
    assert generalizability.rater_severity(scores, agents, raters).n_parts == 2
    assert generalizability.agent_scores([*scores, 65.0], [*agents, "a"], [*raters, "r3"]).connected


def test_the_floor_wants_reliability_contacts_and_two_raters():
    scores, agents, raters, *_ = crossed(n_agents=250)
    found = generalizability.agent_scores(scores, agents, raters)
    usable = found.meets_floor()
    assert usable.any() and not usable.all()
    assert (found.n_evaluations[usable] >= 10).all() and (found.reliability[usable] >= 0.6).all()
    assert not generalizability.agent_scores(scores, agents).meets_floor().any()
    assert found.n_evaluations.sum() == 3_000


def test_scores_that_are_missing_are_left_out():
    scores, batches = dyestuff()
    with_holes = generalizability.agent_scores([*scores, np.nan], [*batches, "G"])
    assert with_holes.agents == ("A", "B", "C", "D", "E", "F")
    assert with_holes.estimate.tolist() == generalizability.agent_scores(scores, batches).estimate.tolist()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: generalizability.agent_scores([1, 2], ["a", "a"]), "at least two agents"),
        (lambda: generalizability.agent_scores([1, 2], ["a", "b"]), "at least one agent with two evaluations"),
        (lambda: generalizability.agent_scores([1, 1, 1], ["a", "b", "b"]), "scores must vary"),
        (lambda: generalizability.agent_scores([1, 1, 3, 3], list("aabb")), "leave something to chance"),
        (lambda: generalizability.agent_scores([1, 2, 3], ["a", "b"]), "agents must hold 3 labels"),
        (
            lambda: generalizability.agent_scores([1, 2, 4], ["a", "b", "b"], None, [[1], [1], [1]]),
            "covariates must vary",
        ),
        (lambda: generalizability.agent_scores([np.nan], ["a"]), "at least one score"),
        (lambda: generalizability.blup(1, 0, 1, 1, 1), "n must be a whole number of at least 1"),
    ],
)
def test_too_little_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def with_favourites(n=900, n_agents=30, n_raters=6, seed=12):
    rng = np.random.default_rng(seed)
    agent, rater = rng.integers(0, n_agents, n), rng.integers(0, n_raters, n)
    favour = rng.normal(0, 4, (n_agents, n_raters))
    truth, severity = rng.normal(0, 5, n_agents), rng.normal(0, 3, n_raters)
    scores = 70 + truth[agent] + severity[rater] + favour[agent, rater] + rng.normal(0, 6, n)
    return scores, agent.tolist(), rater.tolist(), truth


def test_an_interaction_of_agents_and_raters_counts_as_error():
    scores, agents, raters, truth = with_favourites()
    found = generalizability.agent_scores(scores, agents, raters, interaction=True)
    plain = generalizability.agent_scores(scores, agents, raters)
    assert found.variance_interaction == pytest.approx(16, rel=0.4) and found.variance_residual == pytest.approx(36, rel=0.15)
    assert plain.variance_interaction == 0 and plain.variance_residual > found.variance_residual
    assert (found.reliability < plain.reliability).all()
    assert np.corrcoef(found.estimate, truth)[0, 1] ** 2 == pytest.approx(found.reliability.mean(), abs=0.1)
    whole = found.variance_agent + found.variance_rater + found.variance_interaction + found.variance_residual
    assert found.single_evaluation_reliability == pytest.approx(found.variance_agent / whole)


def test_predictions_with_an_interaction_are_those_of_the_full_mixed_model_equations():
    scores, agents, raters, _ = with_favourites(n=250, n_agents=12, n_raters=4)
    found = generalizability.agent_scores(scores, agents, raters, interaction=True)
    za, zr = np.eye(12)[agents], np.eye(4)[raters]
    zb = np.eye(48)[np.array(agents) * 4 + np.array(raters)]
    v = (
        found.variance_agent * za @ za.T
        + found.variance_rater * zr @ zr.T
        + found.variance_interaction * zb @ zb.T
        + found.variance_residual * np.eye(250)
    )
    inverse = np.linalg.inv(v)
    mean = (inverse @ scores).sum() / inverse.sum()
    np.testing.assert_allclose(found.estimate, mean + found.variance_agent * za.T @ inverse @ (scores - mean), atol=1e-7)
    np.testing.assert_allclose(found.reliability, found.variance_agent * np.diag(za.T @ inverse @ za), atol=1e-9)


def test_an_interaction_takes_agents_whom_one_rater_evaluated_twice():
    with pytest.raises(ValueError, match="interaction takes"):
        generalizability.agent_scores([1, 2, 4, 3], list("aabb"), ["x", "y", "x", "y"], interaction=True)
    with pytest.raises(ValueError, match="interaction takes"):
        generalizability.agent_scores([1, 2, 4, 3], list("aabb"), interaction=True)

"""Simulated adaptive sittings are the sittings that the rules would give, and say what the rules do."""

from dataclasses import replace

import numpy as np
import pytest

from assessment.psychometrics.adaptive import (
    AdaptiveRules,
    ContentBalance,
    InformationTable,
    exposure_parameters,
    next_item,
    simulate_adaptive,
    stop_reason,
    sympson_hetter,
)
from assessment.psychometrics.irt import MODELS
from assessment.psychometrics.irt.linking import rescaled
from tests.psychometrics.known_items import made_up

POOL = made_up("grm", 80, seed=21)
TABLE = InformationTable.of(POOL)
FIXED = AdaptiveRules(max_items=12, standard_error=None)


def people(n, seed=1):
    return np.random.default_rng(seed).standard_normal(n)


def expected_a_posteriori(pool, items, responses):
    """EAP and posterior SD written out for one person."""
    likelihood = pool.node_weights.copy()
    probabilities = pool.probabilities(pool.nodes)
    for item, response in zip(items, responses, strict=True):
        likelihood *= probabilities[:, item, int(response)]
    likelihood /= likelihood.sum()
    mean = likelihood @ pool.nodes
    return mean, np.sqrt(likelihood @ (pool.nodes - mean) ** 2)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "rules",
    [
        AdaptiveRules(max_items=15, min_items=3, standard_error=0.4, least_information=0.15),
        AdaptiveRules(max_items=8, standard_error=None, selection="a_stratified", n_strata=2),
        AdaptiveRules(max_items=8, standard_error=None, content=ContentBalance(np.arange(30) % 3, [0.5, 0.3, 0.2])),
    ],
    ids=["stopping", "a-stratified", "content"],
)
def test_everybody_sits_what_next_item_and_stop_reason_say_one_at_a_time(model, rules):
    pool = made_up(model, 30, seed=22)
    table = InformationTable.of(pool)
    sat = simulate_adaptive(pool, people(4), rules, np.random.default_rng(2), table=table)
    for person in range(4):
        items, responses = sat.items[person, : sat.n_items[person]].tolist(), sat.responses[person]
        for step in range(len(items) + 1):
            theta, error = expected_a_posteriori(pool, items[:step], responses[:step])
            ends = stop_reason(table, theta, error, items[:step], rules)
            assert (ends is None) == (step < len(items))
            if ends is None:
                assert next_item(table, theta, items[:step], rules).item == items[step]
        assert (sat.estimate[person], sat.standard_error[person]) == pytest.approx((theta, error))


def test_estimates_are_as_near_the_truth_as_their_standard_errors_say():
    sat = simulate_adaptive(POOL, people(3_000), FIXED, np.random.default_rng(3), table=TABLE)
    assert sat.rmse == pytest.approx(np.sqrt((sat.standard_error**2).mean()), rel=0.06)
    assert abs(sat.bias) < 3 * sat.rmse / np.sqrt(3_000)
    assert sat.mean_length == 12 and (sat.n_items == 12).all()
    shuffled = np.argsort(np.random.default_rng(4).random((3_000, 80)), axis=1)[:, :12]
    assert sat.standard_error.mean() < 0.9 * np.mean(
        [1 / np.sqrt(1 + TABLE.at(np.zeros(1))[0, items].sum()) for items in shuffled[:200]]
    )


def test_a_sitting_stops_at_its_standard_error():
    rules = AdaptiveRules(max_items=40, min_items=4, standard_error=0.35)
    sat = simulate_adaptive(POOL, people(500), rules, np.random.default_rng(5), table=TABLE)
    early = sat.n_items < 40
    assert early.mean() > 0.9 and (sat.standard_error[early] <= 0.35).all() and sat.n_items.min() >= 4
    one_fewer = [
        expected_a_posteriori(POOL, sat.items[p, : sat.n_items[p] - 1], sat.responses[p, : sat.n_items[p] - 1])[1]
        for p in np.flatnonzero(early & (sat.n_items > 4))[:5]
    ]
    assert min(one_fewer) > 0.35


def test_the_rates_and_the_overlap_are_those_of_the_items_given():
    sat = simulate_adaptive(POOL, people(40), replace(FIXED, randomesque=5), np.random.default_rng(6), table=TABLE)
    np.testing.assert_allclose(sat.exposure_rates, [(sat.items == j).any(axis=1).mean() for j in range(80)])
    np.testing.assert_array_equal(sat.exposure_rates, sat.selection_rates)
    sets = [set(row) for row in sat.items.tolist()]
    pairs = [len(sets[i] & sets[j]) / 12 for i in range(40) for j in range(i)]
    assert sat.overlap == pytest.approx(np.mean(pairs))
    assert np.isnan(simulate_adaptive(POOL, [0.0], FIXED, np.random.default_rng(1), table=TABLE).overlap)


def test_nobody_is_given_an_item_twice_and_a_small_pool_runs_dry():
    small = made_up("gpcm", 7, seed=23)
    sat = simulate_adaptive(small, people(50), FIXED, np.random.default_rng(7))
    assert (np.sort(sat.items, axis=1)[:, 5:] == np.arange(7)).all()
    assert (sat.n_items == 7).all() and np.isnan(sat.responses[:, 7:]).all() and (sat.exposure_rates == 1).all()


def test_stratified_selection_spreads_exposure():
    rng = np.random.default_rng(8)
    best = simulate_adaptive(POOL, people(800), FIXED, rng, table=TABLE)
    spread = simulate_adaptive(POOL, people(800), replace(FIXED, selection="a_stratified"), rng, table=TABLE)
    assert spread.overlap < 0.75 * best.overlap
    assert spread.rmse < 1.35 * best.rmse


def test_a_rescaled_pool_gives_the_same_sittings_on_its_own_scale():
    theta = people(200)
    sat = simulate_adaptive(POOL, theta, FIXED, np.random.default_rng(9), table=TABLE)
    moved = simulate_adaptive(rescaled(POOL, 2.0, 1.0), 2 * theta + 1, FIXED, np.random.default_rng(9))
    np.testing.assert_array_equal(moved.items, sat.items)
    np.testing.assert_allclose(moved.estimate, 2 * sat.estimate + 1, atol=1e-9)


@pytest.mark.parametrize(("rate", "parameter"), [(0.15, 1.0), (0.40, 0.5), (0.80, 0.25), (0.0, 1.0)])
def test_exposure_parameters_are_the_limit_over_the_selection_rate(rate, parameter):
    assert exposure_parameters(rate, 0.2) == pytest.approx(parameter)


def test_sympson_hetter_keeps_every_item_below_the_limit_also_outside_its_own_simulation():
    control = sympson_hetter(POOL, FIXED, 0.3, np.random.default_rng(10), n_people=1_000, table=TABLE)
    assert control.converged and control.exposure_rates.max() <= 0.3 and control.n_iterations > 3
    assert control.trace[0] == 1.0 and control.trace[-1] == control.exposure_rates.max()
    controlled = control.parameters < 1
    np.testing.assert_allclose(
        control.exposure_rates[controlled],
        (control.parameters * control.selection_rates)[controlled],
        atol=4 * np.sqrt(0.25 / 1_000),
    )
    free = simulate_adaptive(POOL, people(4_000, 11), FIXED, np.random.default_rng(12), table=TABLE)
    held = simulate_adaptive(
        POOL, people(4_000, 11), replace(FIXED, exposure=control.parameters), np.random.default_rng(12), table=TABLE
    )
    assert free.exposure_rates.max() == 1.0
    assert held.exposure_rates.max() <= 0.3 + 3 * np.sqrt(0.3 * 0.7 / 4_000)
    assert (held.selection_rates >= held.exposure_rates).all() and held.mean_length == 12
    assert held.overlap < 0.6 * free.overlap and free.rmse < held.rmse < 1.5 * free.rmse


def test_an_item_withheld_stays_withheld():
    rules = replace(FIXED, exposure=np.full(80, 0.5))
    sat = simulate_adaptive(POOL, people(300), rules, np.random.default_rng(13), table=TABLE)
    assert (sat.selection_rates <= 1).all()
    assert sat.exposure_rates[sat.selection_rates > 0.9] == pytest.approx(0.5, abs=0.1)


def test_what_cannot_be_simulated_is_refused():
    rng = np.random.default_rng(14)
    with pytest.raises(ValueError, match="theta must hold at least one person"):
        simulate_adaptive(POOL, [], FIXED, rng, table=TABLE)
    with pytest.raises(ValueError, match="exposure must hold one value for each of 80 items"):
        simulate_adaptive(POOL, [0.0], replace(FIXED, exposure=np.ones(3)), rng, table=TABLE)
    with pytest.raises(ValueError, match="largest must leave room for 12 items a sitting from a pool of 80"):
        sympson_hetter(POOL, FIXED, 0.15, rng, table=TABLE)
    with pytest.raises(ValueError, match="largest must lie strictly between 0 and 1"):
        exposure_parameters(0.5, 1.0)
    with pytest.raises(ValueError, match="selection_rates must lie between 0 and 1"):
        exposure_parameters([1.5], 0.2)
    with pytest.raises(ValueError, match="n_people"):
        sympson_hetter(POOL, FIXED, 0.3, rng, n_people=10)


@pytest.mark.parametrize("model", ["grm", "gpcm", "nrm"])
def test_everybody_may_be_given_items_shorter_than_the_longest_of_the_pool(model):
    pool = made_up(model, 12, n_categories=[2] * 10 + [5, 3])
    sat = simulate_adaptive(pool, np.zeros(3), AdaptiveRules(max_items=4, standard_error=None), np.random.default_rng(1))
    assert (sat.n_items == 4).all()
    assert (sat.responses < pool.n_categories[sat.items]).all()

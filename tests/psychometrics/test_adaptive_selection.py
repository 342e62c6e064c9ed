"""The next item of an adaptive sitting is the one that the rules ask for, and the log can be replayed."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.adaptive import (
    AdaptiveRules,
    ContentBalance,
    InformationTable,
    Selection,
    next_item,
    replay,
    step_generator,
    stop_reason,
)
from assessment.psychometrics.irt import MODELS
from assessment.psychometrics.irt.linking import rescaled
from tests.psychometrics.known_items import LSAT6, known, made_up

FIXED = AdaptiveRules(max_items=20, standard_error=None)
POOL = made_up("grm", 60, seed=11)
TABLE = InformationTable.of(POOL)


def test_information_of_lsat6_is_the_published_one():
    # R 4.2.2, mirt 1.45.1: iteminfo and testinfo of the 2PL.
    by_item = InformationTable.of(LSAT6).at(np.array([0.0, -2.0, -1.0]))
    np.testing.assert_allclose(
        by_item[0], [0.0377203587820652, 0.103166240986314, 0.195366683239476, 0.0804431240095874, 0.0434866904469627], atol=1e-7
    )
    np.testing.assert_allclose(by_item.sum(axis=1), [0.460183097464406, 0.578879718894921, 0.559200431745142], atol=1e-7)
    assert 1 / np.sqrt(by_item.sum(axis=1))[:2] == pytest.approx([1.474, 1.314], abs=0.001)


@pytest.mark.parametrize(("theta", "item"), [(0.0, 2), (-1.0, 2), (-2.0, 0)])
@pytest.mark.parametrize("pool", [LSAT6, InformationTable.of(LSAT6)], ids=["calibration", "table"])
def test_maximum_information_picks_item_three_of_lsat6_at_0_and_minus_1_and_item_one_at_minus_2(pool, theta, item):
    selection = next_item(pool, theta, [], FIXED)
    assert selection.item == item
    assert selection.information == pytest.approx(LSAT6.item_information([theta])[0, item])


@pytest.mark.parametrize("model", MODELS)
def test_information_is_the_expected_curvature_of_the_log_likelihood(model):
    pool, h = made_up(model, 6, seed=2), 1e-4
    theta = np.linspace(-2, 2, 5)
    p = pool.probabilities(theta)
    curvature = (np.log(pool.probabilities(theta + h)) - 2 * np.log(p) + np.log(pool.probabilities(theta - h))) / h**2
    np.testing.assert_allclose(pool.item_information(theta), -(p * curvature).sum(axis=2), atol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_looking_information_up_costs_less_than_a_ten_thousandth(model):
    pool = made_up(model, 40, seed=3)
    theta = np.random.default_rng(1).uniform(-5.9, 5.9, 500)
    np.testing.assert_allclose(InformationTable.of(pool).at(theta), pool.item_information(theta), atol=1e-4)


def test_a_table_covers_the_scale_of_its_calibration_and_stays_level_beyond():
    moved = rescaled(LSAT6, 2.0, 3.0)
    table = InformationTable.of(moved)
    np.testing.assert_allclose(table.at(np.array([3.0 + 2 * 2.9])), moved.item_information([3.0 + 2 * 2.9]), atol=1e-5)
    np.testing.assert_array_equal(table.at(np.array([99.0, -99.0])), table.values[[-1, 0]])


@settings(max_examples=40, deadline=None)
@given(st.floats(-4, 4), st.lists(st.integers(0, 59), unique=True, max_size=59), st.sets(st.integers(0, 59), max_size=3))
def test_maximum_information_is_the_largest_of_the_free_items(theta, answered, set_aside):
    free = [j for j in range(60) if j not in answered and j not in set_aside]
    if not free:
        return
    selection = next_item(TABLE, theta, answered, FIXED, set_aside=set_aside)
    information = POOL.item_information([theta])[0]
    assert selection.item in free
    assert information[selection.item] >= information[free].max() - 2e-4
    assert selection.answered == tuple(answered) and selection.passed_over == ()
    exact = next_item(POOL, theta, answered, FIXED, set_aside=set_aside)
    assert information[exact.item] == information[free].max()


@settings(max_examples=20, deadline=None)
@given(st.floats(-3, 3), st.permutations(range(12)))
def test_the_order_of_the_pool_does_not_matter(theta, order):
    pool = made_up("gpcm", 12, seed=4)
    shuffled = known("gpcm", pool.slopes[order], pool.intercepts[order], pool.n_categories[order])
    answered = [0, 5]
    there = next_item(shuffled, theta, [order.index(j) for j in answered], FIXED).item
    assert order[there] == next_item(pool, theta, answered, FIXED).item


def test_a_stratified_selection_spends_flat_items_first_and_takes_the_nearest_location():
    rules = AdaptiveRules(max_items=12, standard_error=None, selection="a_stratified", n_strata=3)
    stratum_of = np.floor(np.argsort(np.argsort(POOL.slopes)) * 3 / 60)
    answered = []
    for step in range(12):
        chosen = next_item(TABLE, 0.4, answered, rules)
        assert chosen.stratum == step // 4
        candidates = [j for j in range(60) if stratum_of[j] == step // 4 and j not in answered]
        assert chosen.item == min(candidates, key=lambda j: abs(POOL.difficulties[j].mean() - 0.4))
        answered.append(chosen.item)


def test_an_empty_stratum_lends_from_the_next_steeper_one_and_then_from_a_flatter():
    pool = known("2pl", [0.5, 0.6, 1.0, 1.1, 1.5, 1.6], [0.0] * 6, [2] * 6)
    rules = AdaptiveRules(max_items=6, standard_error=None, selection="a_stratified", n_strata=3, stratified_items=6)
    assert next_item(pool, 0.0, [0, 1], rules).item == 2  # the third step asks for the middle stratum
    assert next_item(pool, 0.0, [2, 3], rules).item == 4
    assert next_item(pool, 0.0, [2, 3], rules, set_aside=[4, 5]).item == 0
    assert next_item(pool, 0.0, [0], rules).item == 1


def test_a_stratified_start_gives_way_to_maximum_information():
    rules = AdaptiveRules(max_items=10, standard_error=None, selection="a_stratified", n_strata=2, stratified_items=4)
    assert [rules.stratum(step) for step in range(6)] == [0, 0, 1, 1, None, None]
    answered = [3, 4, 5, 6]
    assert next_item(TABLE, 0.0, answered, rules).item == next_item(TABLE, 0.0, answered, FIXED).item


def sit(rules, n_items, seed=5, pool=TABLE):
    """The log of a sitting whose θ moves about."""
    log, answered, aside = [], [], []
    for step in range(n_items):
        theta = float(np.sin(step))
        log.append(next_item(pool, theta, answered, rules, step_generator(seed, step), set_aside=aside))
        answered.append(log[-1].item)
        aside.extend(log[-1].passed_over)
    return log


@pytest.mark.parametrize("rule", ["largest_gap", "multinomial"])
def test_content_areas_get_their_shares(rule):
    areas = np.arange(60) % 3
    balance = ContentBalance(areas, [0.5, 0.3, 0.2], rule)
    log = sit(AdaptiveRules(max_items=20, standard_error=None, content=balance), 20)
    assert np.bincount([step.area for step in log]).tolist() == [10, 6, 4]
    assert [step.area for step in log] == [areas[step.item] for step in log]
    best = max(np.flatnonzero(areas == log[0].area), key=lambda j: POOL.item_information([0.0])[0, j])
    assert log[0].item == best


def test_the_largest_gap_is_never_more_than_an_item_wide():
    shares = np.array([0.5, 0.3, 0.2])
    balance = ContentBalance(np.arange(60) % 3, shares)
    areas = [step.area for step in sit(AdaptiveRules(max_items=30, standard_error=None, content=balance), 30)]
    for n in range(1, 31):
        assert (np.abs(np.bincount(areas[:n], minlength=3) - n * shares) <= 1).all()


@pytest.mark.parametrize("rule", ["largest_gap", "multinomial"])
def test_an_area_without_a_free_item_passes_its_turn_on(rule):
    areas = np.zeros(60, dtype=int)
    areas[:2] = 1
    log = sit(AdaptiveRules(max_items=20, standard_error=None, content=ContentBalance(areas, [0.5, 0.5], rule)), 20)
    assert sum(step.area == 1 for step in log) == 2 and len({step.item for step in log}) == 20


def test_multinomial_content_draws_the_first_area_by_its_share():
    balance = ContentBalance(np.arange(60) % 2, [0.7, 0.3], "multinomial")
    rules = AdaptiveRules(max_items=10, standard_error=None, content=balance)
    rng = np.random.default_rng(6)
    first = [next_item(TABLE, 0.0, [], rules, rng).area for _ in range(600)]
    assert np.mean(first) == pytest.approx(0.3, abs=0.06)


def test_an_item_is_given_as_often_as_its_exposure_parameter_says_and_is_set_aside_otherwise():
    exposure = np.ones(60)
    best = next_item(TABLE, 0.0, [], FIXED).item
    second = next_item(TABLE, 0.0, [best], FIXED).item
    exposure[best] = 0.3
    rules = AdaptiveRules(standard_error=None, exposure=exposure)
    rng = np.random.default_rng(7)
    steps = [next_item(TABLE, 0.0, [], rules, rng) for _ in range(600)]
    assert {(step.item, step.passed_over) for step in steps} == {(best, ()), (second, (best,))}
    assert np.mean([step.item == best for step in steps]) == pytest.approx(0.3, abs=0.06)


def test_where_every_item_would_be_withheld_the_best_is_given():
    rules = AdaptiveRules(standard_error=None, exposure=np.zeros(60))
    step = next_item(TABLE, 0.0, [], rules, np.random.default_rng(8))
    assert step.item == next_item(TABLE, 0.0, [], FIXED).item and step.passed_over == ()


def test_randomesque_takes_each_of_the_best_equally_often():
    rules = AdaptiveRules(standard_error=None, randomesque=4)
    rng = np.random.default_rng(9)
    drawn = [next_item(TABLE, 0.0, [], rules, rng).item for _ in range(800)]
    best = np.argsort(-POOL.item_information([0.0])[0])[:4]
    assert {*drawn} == {*best.tolist()}
    assert np.bincount(drawn)[best] / 800 == pytest.approx(0.25, abs=0.06)
    answered = list(range(58))
    assert {next_item(TABLE, 0.0, answered, rules, rng).item for _ in range(40)} == {58, 59}


def test_stopping_rules_are_told_apart():
    rules = AdaptiveRules(max_items=5, min_items=2, standard_error=0.35, least_information=0.1)
    assert stop_reason(TABLE, 0.0, 0.35, [0], rules) is None
    assert stop_reason(TABLE, 0.0, 0.35, [0, 1], rules) == "standard_error"
    assert stop_reason(TABLE, 0.0, 0.351, [0, 1], rules) is None
    assert stop_reason(TABLE, 0.0, 0.9, [0, 1, 2, 3, 4], rules) == "max_items"
    assert stop_reason(POOL, 30.0, 0.9, [0, 1], rules) == "least_information"
    assert stop_reason(TABLE, 0.0, 0.9, range(60), rules) == "empty_pool"
    assert stop_reason(TABLE, 0.0, 0.9, [0, 1], rules, set_aside=range(2, 60)) == "empty_pool"
    assert stop_reason(TABLE, 0.0, 0.0, [0, 1, 2], AdaptiveRules(max_items=9, standard_error=None)) is None


@pytest.mark.parametrize(
    "rules",
    [
        FIXED,
        AdaptiveRules(standard_error=None, exposure=np.linspace(0.2, 1, 60)),
        AdaptiveRules(
            standard_error=None, randomesque=5, content=ContentBalance(np.arange(60) % 3, [0.4, 0.4, 0.2], "multinomial")
        ),
        AdaptiveRules(standard_error=None, selection="a_stratified"),
    ],
    ids=["maximum information", "Sympson–Hetter", "randomesque with content", "a-stratified"],
)
def test_a_log_is_replayed_from_its_seed_even_by_way_of_json(rules):
    log = sit(rules, 20, seed=77)
    assert replay(TABLE, rules, log, 77) == []
    written = json.dumps([step._asdict() for step in log])
    assert replay(TABLE, rules, [Selection.from_dict(row) for row in json.loads(written)], 77) == []


def test_a_log_that_was_tampered_with_does_not_replay():
    log = sit(FIXED, 5)
    assert replay(TABLE, FIXED, [*log[:2], log[2]._replace(theta=3.0), *log[3:]], 5) == [2]
    swapped = log[2]._replace(item=next(j for j in range(60) if j not in {step.item for step in log}))
    assert replay(TABLE, FIXED, [*log[:2], swapped, *log[3:]], 5) == [2, 3, 4]
    chance = AdaptiveRules(standard_error=None, randomesque=5)
    assert replay(TABLE, chance, sit(chance, 10, seed=1), 2)


def test_nominal_pools_stratify_by_the_length_of_their_slopes():
    pool = made_up("nrm", 12, seed=12)
    rules = AdaptiveRules(max_items=4, standard_error=None, selection="a_stratified", n_strata=2)
    lengths = np.sqrt((pool.slopes**2).sum(axis=1))
    assert lengths[next_item(pool, 0.0, [], rules).item] < np.median(lengths)


def test_rules_outside_their_range_are_refused():
    with pytest.raises(ValueError, match="max_items must be a whole number of at least 1"):
        AdaptiveRules(max_items=0)
    with pytest.raises(ValueError, match="min_items must not exceed max_items = 3"):
        AdaptiveRules(max_items=3, min_items=4)
    with pytest.raises(ValueError, match="standard_error must be above 0"):
        AdaptiveRules(standard_error=0.0)
    with pytest.raises(ValueError, match="least_information must be above 0"):
        AdaptiveRules(least_information=-1.0)
    with pytest.raises(ValueError, match="selection must be one of maximum_information, a_stratified"):
        AdaptiveRules(selection="kullback_leibler")
    with pytest.raises(ValueError, match="stratified_items must not exceed max_items = 20"):
        AdaptiveRules(stratified_items=21)
    with pytest.raises(ValueError, match="exposure must lie between 0 and 1"):
        AdaptiveRules(exposure=[0.5, 1.2])
    with pytest.raises(ValueError, match="exposure and randomesque"):
        AdaptiveRules(exposure=[0.5], randomesque=2)
    with pytest.raises(ValueError, match="shares must be above 0 and sum to 1"):
        ContentBalance([0, 1], [0.5, 0.6])
    with pytest.raises(ValueError, match="area_of_item must be whole numbers from 0 to 1"):
        ContentBalance([0, 2], [0.5, 0.5])
    with pytest.raises(ValueError, match="rule must be one of"):
        ContentBalance([0, 1], [0.5, 0.5], "spiral")


def test_impossible_steps_are_refused():
    with pytest.raises(ValueError, match="answered must hold places from 0 to 59"):
        next_item(TABLE, 0.0, [60], FIXED)
    with pytest.raises(ValueError, match="set_aside must hold places from 0 to 59"):
        next_item(TABLE, 0.0, [], FIXED, set_aside=[-1])
    with pytest.raises(ValueError, match="answered must hold each item once"):
        next_item(TABLE, 0.0, [1, 1], FIXED)
    for pool in (TABLE, POOL):
        with pytest.raises(ValueError, match="theta must be one finite number"):
            next_item(pool, float("nan"), [], FIXED)
    with pytest.raises(ValueError, match="leave an item of the pool free"):
        next_item(TABLE, 0.0, range(60), FIXED)
    with pytest.raises(ValueError, match="rng must be given"):
        next_item(TABLE, 0.0, [], AdaptiveRules(randomesque=2))
    with pytest.raises(ValueError, match="exposure must hold one value for each of 60 items; it holds 1"):
        next_item(TABLE, 0.0, [], AdaptiveRules(exposure=[0.5]), np.random.default_rng(1))
    with pytest.raises(ValueError, match="area_of_item must hold one value for each of 60 items; it holds 2"):
        next_item(TABLE, 0.0, [], AdaptiveRules(content=ContentBalance([0, 1], [0.5, 0.5])))


def test_whole_numbers_of_any_type_will_do():
    rules = AdaptiveRules(max_items=6.0, min_items=np.int64(2), randomesque=3.0, stratified_items=4.0, selection="a_stratified")
    assert [type(n) for n in (rules.max_items, rules.min_items, rules.randomesque, rules.stratified_items)] == [int] * 4
    rng = np.random.default_rng(1)
    assert next_item(TABLE, np.float32(0.25), np.array([3.0, 1.0]), rules, rng).answered == (3, 1)


@pytest.mark.parametrize(
    ("theta", "answered", "says"),
    [
        ("high", [], "theta"),
        (None, [], "theta"),
        ([0.0, 1.0], [], "theta"),
        (0.0, [0.5], "answered must hold places"),
        (0.0, ["first"], "answered must hold places"),
        (0.0, [-1], "answered must hold places"),
    ],
)
def test_what_is_no_theta_or_no_place_is_named(theta, answered, says):
    for ask in (
        lambda: next_item(TABLE, theta, answered, AdaptiveRules()),
        lambda: stop_reason(TABLE, theta, 0.4, answered, AdaptiveRules()),
    ):
        with pytest.raises(ValueError, match=says):
            ask()

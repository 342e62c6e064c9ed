"""A13 to A15: could somebody score well without reading, and do the scores keep the rules of their formats?"""

from __future__ import annotations

import math
from itertools import permutations
from pathlib import Path
from statistics import correlation, fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.bank import Bank, read_bank
from assessment.keys import ScoringKey, key_to_dict, read_key
from assessment.keys.balance import (
    BLIND_RULES,
    KeyedOption,
    KeyedUnit,
    all_fives_gain,
    length_score_correlation,
    move_means,
    positions,
    rule_gain,
)
from assessment.keys.parts import Method
from assessment.keys.review import balance_findings, blindness_findings, keyed_units, review_key

QUESTIONS = Path(__file__).parents[1] / "bank/questions"
FILE = "keys/provisional.toml"
LONGEST = BLIND_RULES["the longest"]


@pytest.fixture(scope="module")
def exemplars() -> Bank:
    return read_bank(QUESTIONS)


@pytest.fixture(scope="module")
def exemplar_key() -> ScoringKey:
    return read_key(QUESTIONS / FILE)


def unit(*scores: float, lengths: tuple[int, ...] = (), moves: tuple[str, ...] = (), method: Method = "option_value") -> KeyedUnit:
    options = tuple(
        KeyedOption("abcdef"[n], lengths[n] if lengths else 100, frozenset(moves[n].split()) if moves else frozenset(), score)
        for n, score in enumerate(scores)
    )
    return KeyedUnit("unit", method, options)


# ---- Every blind rule against every way to give its response to other options


def score_of(method: Method, scores: tuple[float, ...], response: tuple[float, ...]) -> float:
    """What a response scores from 0 to 1, written from the formulas of the scoring methods; `response` likes the first most."""
    size = len(scores)
    order = sorted(range(size), key=lambda n: -response[n])
    low, high = min(scores), max(scores)
    if method == "option_value":
        return (scores[order[0]] - low) / (high - low)
    if method == "best_worst":
        return 0.5 + 0.5 * (scores[order[0]] - scores[order[-1]]) / (high - low)
    if method == "rank_distance":
        wanted = sorted(range(size), key=lambda n: -scores[n])
        return 1 - sum(abs(order.index(n) - wanted.index(n)) for n in range(size)) / (size * size // 2)
    if method == "shape":
        return (1 + correlation(response, scores)) / 2
    mean, spread = fmean(response), pstdev(response)
    ratings = [fmean(scores) + pstdev(scores) * (value - mean) / spread for value in response]
    return max(0.0, 1 - fmean(abs(a - b) for a, b in zip(ratings, scores, strict=True)) / 2)


DISTINCT = st.lists(st.integers(10, 50), min_size=3, max_size=5, unique=True).map(
    lambda values: tuple(value / 10 for value in values)
)


@settings(max_examples=60, deadline=None)
@given(DISTINCT, st.sampled_from(["option_value", "best_worst", "rank_distance", "shape"]), st.randoms(use_true_random=False))
def test_the_gain_of_a_rule_is_its_score_less_the_mean_over_all_other_ways(scores, method, random) -> None:
    lengths = random.sample(range(80, 120), len(scores))
    gain, count = rule_gain([unit(*scores, lengths=tuple(lengths), method=method)], LONGEST)
    by_chance = fmean(score_of(method, scores, response) for response in permutations(lengths))
    assert count == 1
    assert gain == pytest.approx(score_of(method, scores, tuple(lengths)) - by_chance)


@settings(max_examples=40, deadline=None)
@given(DISTINCT, st.randoms(use_true_random=False))
def test_ratings_by_a_rule_are_compared_with_the_same_ratings_of_other_options(scores, random) -> None:
    lengths = tuple(random.sample(range(80, 120), len(scores)))
    gain, _ = rule_gain([unit(*scores, lengths=lengths, method="standardised_distance")], LONGEST)
    distances = []
    for response in permutations(lengths):
        spread = pstdev(response)
        ratings = [fmean(scores) + pstdev(scores) * (value - fmean(response)) / spread for value in response]
        distances.append(fmean(abs(a - b) for a, b in zip(ratings, scores, strict=True)))
    own = score_of("standardised_distance", scores, lengths)
    assert gain == pytest.approx(own - max(0.0, 1 - fmean(distances) / 2))


@settings(max_examples=40, deadline=None)
@given(DISTINCT)
def test_where_a_rule_likes_several_options_alike_their_mean_counts(scores) -> None:
    lengths = (110, 110, *([90] * (len(scores) - 2)))
    gain, _ = rule_gain([unit(*scores, lengths=lengths)], LONGEST)
    low, high = min(scores), max(scores)
    values = [(score - low) / (high - low) for score in scores]
    assert gain == pytest.approx(fmean(values[:2]) - fmean(values))


def test_a_unit_that_a_rule_cannot_tell_apart_is_left_out() -> None:
    level, uneven = unit(4, 3, 2, 1), unit(4, 3, 2, 1, lengths=(9, 8, 8, 8))
    assert rule_gain([level, uneven], LONGEST) == (pytest.approx(0.5), 1)
    gain, count = rule_gain([level], LONGEST)
    assert (math.isnan(gain), count) == (True, 0)


@pytest.mark.parametrize(
    ("rule", "moves"),
    [
        ("the one that apologises", "apologise"),
        ("the one that escalates", "escalate"),
        ("the one that concedes", "concede"),
        ("the one that refuses", "refuse"),
        ("the one that asks", "ask"),
        ("the one with most moves", "wait act"),
    ],
)
def test_rules_of_moves_find_their_move(rule: str, moves: str) -> None:
    assert rule_gain([unit(4, 3, 2, 1, moves=(moves, "wait", "wait", "wait"))], BLIND_RULES[rule]) == (pytest.approx(0.5), 1)


def test_the_first_is_the_first_in_authored_order() -> None:
    assert rule_gain([unit(4, 3, 2, 1)], BLIND_RULES["the first"])[0] == pytest.approx(0.5)
    assert rule_gain([unit(1, 2, 3, 4)], BLIND_RULES["the first"])[0] == pytest.approx(-0.5)


def test_rating_everything_5_is_compared_with_uniform_ratings() -> None:
    # Two options at 1 and 5: the mean is 2 off both, which scores 0. At random z is 0, +-.7071 or +-1.4142 and the SD is 2, so
    # that an option is off by one of these five, each as likely; what two options score together is never below 0.
    off = [2, 2 - math.sqrt(2), 2 + math.sqrt(2), 2 * math.sqrt(2) - 2, 2 + 2 * math.sqrt(2)]
    random = fmean(max(0, 1 - (one + other) / 4) for one in off for other in off)
    gain, count = all_fives_gain([unit(1, 5, method="standardised_distance"), unit(4, 1)])
    assert count == 1
    assert gain == pytest.approx(-random)
    assert all_fives_gain([unit(1, 2, 3, 5, method="shape")]) == (0.0, 1)


def test_a_hedge_pays_a_seventh_of_the_sd_when_scores_are_evenly_spread() -> None:
    gain, _ = all_fives_gain([unit(1.5, 2.3, 3.1, 3.9, 4.7, method="standardised_distance")])
    assert gain / pstdev((1.5, 2.3, 3.1, 3.9, 4.7)) == pytest.approx(0.14, abs=0.005)


def test_the_exemplars_reward_who_corrects_as_their_author_says(exemplars, exemplar_key) -> None:
    keyed = keyed_units(exemplars, exemplar_key)
    assert len(keyed) == 12
    choices = [entry for entry in keyed if entry.method in ("option_value", "best_worst")]
    gain, count = rule_gain(choices, lambda position, option: "correct" in option.moves)
    assert (round(gain, 1), count) == (0.3, 3)
    assert abs(length_score_correlation(keyed)) < 0.1


# ---- A13


def many(*units: KeyedUnit, times: int = 20) -> list[KeyedUnit]:
    return [units[index % len(units)] for index in range(times)]


def checks(found) -> list[tuple[str, str]]:
    return [(finding.check, finding.severity) for finding in found]


def by_place(*counts: int) -> list[KeyedUnit]:
    """Units with the best option at a, b, c, d so many times, the worst spread evenly, all options alike in length."""
    found = []
    for place, count in enumerate(counts):
        for number in range(count):
            scores = [2.5, 2.6, 2.7, 2.8]
            scores[place] = 5.0
            worst = (place + 1 + number % 3) % 4
            scores[worst] = 1.0
            found.append(unit(*scores))
    return found


def test_positions_are_counted_against_one_in_k() -> None:
    units = [unit(5, 1, 2, 3), unit(5, 1, 2, 3, 4), unit(5, 5, 1, 2)]
    assert positions(units) == ([2.5, 0.5, 0, 0, 0], pytest.approx([0.7, 0.7, 0.7, 0.7, 0.2]))
    assert positions(units, worst=True)[0] == [0, 2, 1, 0, 0]


@pytest.mark.parametrize(("counts", "found"), [((7, 5, 4, 4), []), ((8, 4, 4, 4), [("A13", "warning")])])
def test_the_best_stands_at_no_position_in_more_than_35_percent(counts, found, exemplar_key) -> None:
    assert checks(balance_findings(exemplar_key, FILE, by_place(*counts))) == found


def test_an_uneven_order_is_a_warning_even_when_no_position_has_35_percent(exemplar_key) -> None:
    # 34, 34, 16, 16 of 100: chi-squared 12.96 with 3 degrees of freedom, p = .0047; 32, 32, 18, 18: 7.84, p = .049.
    uneven = [finding for finding in balance_findings(exemplar_key, FILE, by_place(34, 34, 16, 16)) if "best" in finding.message]
    assert [finding.severity for finding in uneven] == ["warning"]
    assert "p = 0.005" in uneven[0].message
    assert [
        finding for finding in balance_findings(exemplar_key, FILE, by_place(32, 32, 18, 18)) if "best" in finding.message
    ] == []


def test_nineteen_units_are_too_few_for_balance(exemplar_key) -> None:
    assert checks(balance_findings(exemplar_key, FILE, by_place(19, 0, 0, 0))) == []
    assert checks(balance_findings(exemplar_key, FILE, by_place(20, 0, 0, 0))) != []


@pytest.mark.parametrize(
    ("r", "found"), [(0.14, []), (0.16, ["warning"]), (-0.16, ["warning"]), (0.24, ["warning"]), (0.26, ["error"])]
)
def test_length_and_score_correlate_within_15_hundredths_or_25(r: float, found: list[str], exemplar_key) -> None:
    # Scores 1, 2, 3, 4 in lengths 1000 + x: x is made of the score and of what is unrelated to it, so that r is as wanted.
    score, other = (-3, -1, 1, 3), (-1, 3, -3, 1)
    lengths = tuple(round(100_000 + 5_000 * (r * a + math.sqrt(1 - r * r) * b)) for a, b in zip(score, other, strict=True))
    orders = [(0, 1, 2, 3), (1, 2, 3, 0), (2, 3, 0, 1), (3, 0, 1, 2)]
    units = [unit(*(n + 1.0 for n in order), lengths=tuple(lengths[n] for n in order)) for order in orders]
    assert length_score_correlation(units) == pytest.approx(r, abs=0.002)
    findings = [finding for finding in balance_findings(exemplar_key, FILE, many(*units)) if "correlate" in finding.message]
    assert [finding.severity for finding in findings] == found


# ---- A14


@pytest.mark.parametrize(("spread", "found"), [(8, []), (9, ["warning"]), (12, ["warning"]), (13, ["error"])])
def test_a_blind_rule_scores_a_tenth_above_chance_at_most(spread: int, found: list[str], exemplar_key) -> None:
    # In `spread` of 40 units the longest is the best (+.5 above chance); in the others it is below and above by 1/6 in turns.
    best, low, high = (unit(*scores, lengths=(110, 100, 100, 100)) for scores in ((4, 3, 2, 1), (2, 4, 3, 1), (3, 4, 2, 1)))
    units = [best] * spread + [(low, high)[index % 2] for index in range(40 - spread)]
    findings = [finding for finding in blindness_findings(exemplar_key, FILE, units) if "choose the longest" in finding.message]
    assert [finding.severity for finding in findings] == found
    assert rule_gain(units, LONGEST)[0] == pytest.approx(spread / 80, abs=0.01)


def test_a_rule_that_can_be_gone_by_in_nineteen_units_is_not_judged(exemplar_key) -> None:
    level, telling = unit(4, 3, 2, 1), unit(2, 4, 3, 1, lengths=(90, 110, 90, 90))
    few = [telling] * 19 + [level] * 20
    assert [f for f in blindness_findings(exemplar_key, FILE, few) if "longest" in f.message] == []
    assert [f.severity for f in blindness_findings(exemplar_key, FILE, [*few, telling]) if "longest" in f.message] == ["error"]


@pytest.mark.parametrize(
    ("score", "count", "found"), [(4.1, 8, True), (4.0, 8, False), (2.0, 8, False), (1.9, 8, True), (4.1, 7, False)]
)
def test_a_move_is_not_nearly_always_good_or_bad(score: float, count: int, found: bool, exemplar_key) -> None:
    units = [unit(score, 3, 3.5, 2.5, moves=("correct", "", "", ""))] * count
    assert move_means(units) == {"correct": (pytest.approx(score), count)}
    assert checks(blindness_findings(exemplar_key, FILE, units)) == ([("A14", "warning")] if found else [])


# ---- A15


def changed(key: ScoringKey, code: str, **scores: float) -> ScoringKey:
    content = key_to_dict(key)
    for option, score in scores.items():
        content["item"][code]["option"][option]["score"] = score
    return ScoringKey.model_validate(content)


def test_the_exemplars_keep_the_rules_of_their_formats(exemplars, exemplar_key) -> None:
    assert review_key(exemplars, exemplar_key, FILE) == []


@pytest.mark.parametrize(
    ("code", "inside", "beyond"),
    [
        ("exit-fee-shared-home", {"c": 3.7}, {"c": 3.8}),  # best ahead by .5
        ("joke-about-the-part", {"c": 2.2}, {"c": 2.1}),  # worst behind by .5
        ("ten-minutes-to-opening", {"b": 3.2}, {"b": 3.3}),  # neighbours .5 apart
        ("thanks-for-wrong-advice", {"b": 2.0, "c": 2.1}, {"b": 2.3, "c": 2.5}),  # SD 1, range 2.5
    ],
)
def test_what_each_format_asks_of_its_scores_is_an_error_here(code, inside, beyond, exemplars, exemplar_key) -> None:
    assert review_key(exemplars, changed(exemplar_key, code, **inside), FILE) == []
    found = review_key(exemplars, changed(exemplar_key, code, **beyond), FILE)
    assert {(finding.check, finding.severity, finding.item) for finding in found} == {("A15", "error", code)}


def test_an_option_without_a_rationale_and_an_item_without_a_score_are_errors(exemplars, exemplar_key) -> None:
    content = key_to_dict(exemplar_key)
    del content["item"]["exit-fee-shared-home"]["option"]["a"]["why"]
    del content["item"]["steps-in-a-notebook.feels"]
    content["item"]["no-such-item"] = content["item"]["ipip-v6"]
    found = review_key(exemplars, ScoringKey.model_validate(content), FILE)
    assert sorted((finding.item, finding.place) for finding in found) == [
        ("exit-fee-shared-home", "[item.exit-fee-shared-home] option.a.why"),
        ("provisional", "[item.no-such-item]"),
        ("steps-in-a-notebook", "[item.steps-in-a-notebook.feels]"),
    ]


def test_a_key_for_one_form_need_not_cover_the_rest(exemplars, exemplar_key) -> None:
    content = key_to_dict(exemplar_key)
    content["key"]["form"] = "short"
    del content["item"]["exit-fee-shared-home"]
    assert review_key(exemplars, ScoringKey.model_validate(content), FILE) == []


def test_a_linear_key_is_for_items_that_are_in_no_bank(exemplars) -> None:
    linear = ScoringKey.model_validate(
        {
            "key": {"schema": 1, "id": "retail", "version": 1, "grade": "data"},
            "provenance": {"method": "ridge", "by": "Analyst", "on": "2026-11-23", "n": 1200, "note": "Options are blind."},
            "model": {"kind": "linear", "sign": "free"},
            "item": {"SJ_1": {"method": "points", "option": {"1": {"score": -0.2}}}},
        }
    )
    assert review_key(exemplars, linear, FILE) == []

"""A key fits the units that it is to score, or it is said where it does not."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings

from assessment.bank import Bank, Unit, form_items, read_snapshot, snapshot, units
from assessment.keys import ScoringKey, check_key, key_from_json, key_to_dict, stray_entries
from tests.keys.keys_at_random import keys

PICK, JOKE, RATE, RANK = "exit-fee-shared-home", "joke-about-the-part", "thanks-for-wrong-advice", "ten-minutes-to-opening"


def with_entry(key: ScoringKey, code: str, change: dict[str, Any]) -> ScoringKey:
    document = copy.deepcopy(key_to_dict(key))
    document["item"][code] |= change
    return key_from_json(document)


def with_scores(key: ScoringKey, code: str, *scores: float) -> ScoringKey:
    options = {name: {"score": score, "why": "x"} for name, score in zip("abcdef", scores, strict=False)}
    return with_entry(key, code, {"option": options})


def lines(faults: list[Any]) -> list[str]:
    return [str(fault) for fault in faults]


def test_the_exemplar_key_fits_the_exemplar_bank_without_a_warning(key: ScoringKey, bank: Bank) -> None:
    assert check_key(key, bank.units, facets=bank.facets) == ([], [])
    assert stray_entries(key, bank.units) == []


def test_a_key_fits_a_form_and_its_published_snapshot_alike(key: ScoringKey, bank: Bank) -> None:
    form = bank.forms["short"]
    of_bank = [unit for item in form_items(bank, form) for unit in units(item)]
    published = read_snapshot(snapshot(bank, form)).units
    assert check_key(key, of_bank) == check_key(key, published) == ([], [])


def test_a_unit_without_an_entry_is_an_error(key: ScoringKey, bank: Bank) -> None:
    document = copy.deepcopy(key_to_dict(key))
    del document["item"][PICK], document["item"]["steps-in-a-notebook.do"]
    errors, _ = check_key(key_from_json(document), bank.units)
    assert lines(errors) == [
        f"[item.{PICK}]: is missing: this unit is scored and has no entry",
        "[item.steps-in-a-notebook.do]: is missing: this unit is scored and has no entry",
    ]


OTHER_OPTIONS = {"a": {"score": 4}, "b": {"score": 2}, "c": {"score": 1}, "e": {"score": 3}}


@pytest.mark.parametrize(
    ("code", "change", "wanted"),
    [
        (PICK, {"item_version": 2}, f"[item.{PICK}] item_version: is 2; the item is at version 1"),
        (PICK, {"method": "shape"}, f"[item.{PICK}] method: is shape; format pick_best is scored by option_value"),
        (
            RATE,
            {"method": "best_worst"},
            f"[item.{RATE}] method: is best_worst; format rate is scored by standardised_distance or shape",
        ),
        (JOKE, {"method": "rank_distance"}, f"[item.{JOKE}] method: is rank_distance; format best_worst is scored by best_worst"),
        (PICK, {"option": OTHER_OPTIONS}, f"[item.{PICK}] option.d: is missing: the option has no score"),
        (PICK, {"option": OTHER_OPTIONS}, f"[item.{PICK}] option.e: the item has no such option"),
        (
            PICK,
            {"facets": {"listening": 1.0}},
            f"[item.{PICK}] facets: has no share of discretion, the facet that the unit is about",
        ),
        ("ipip-v6", {"attitudes": {"small_talk": 1.0}}, "[item.ipip-v6] attitudes: the item is about the attitude patience"),
    ],
)
def test_an_entry_that_does_not_fit_its_unit_is_an_error(
    key: ScoringKey, bank: Bank, code: str, change: dict[str, Any], wanted: str
) -> None:
    errors, _ = check_key(with_entry(key, code, change), bank.units)
    assert any(wanted in line for line in lines(errors)), lines(errors)


def test_a_shape_key_fits_ratings_too(key: ScoringKey, bank: Bank) -> None:
    assert check_key(with_entry(key, RATE, {"method": "shape"}), bank.units) == ([], [])


def test_a_facet_that_the_construct_map_does_not_have_is_an_error(key: ScoringKey, bank: Bank) -> None:
    document = copy.deepcopy(key_to_dict(key))
    document["facets"]["charm"] = 1.0
    errors, _ = check_key(key_from_json(document), bank.units, facets=bank.facets)
    assert lines(errors) == ["[facets] charm: is not a facet"]


def test_an_entry_for_no_unit_is_a_stray_but_no_error_of_a_form(key: ScoringKey, bank: Bank) -> None:
    fewer = [unit for unit in bank.units if unit.code != PICK]
    assert check_key(key, fewer) == ([], [])
    assert lines(stray_entries(key, fewer)) == [f"[item.{PICK}]: names no scored unit"]


@pytest.mark.parametrize(
    ("code", "scores", "wanted"),
    [
        (PICK, (4.0, 3.6, 2.0, 1.0), "the best option is only 0.4 ahead"),
        (JOKE, (4.0, 3.8, 3.0, 2.5, 1.0), "the best option is only 0.2 ahead"),
        (JOKE, (4.5, 3.8, 3.0, 1.2, 1.0), "the worst option is only 0.2 behind"),
        (RANK, (4.5, 4.2, 3.0, 1.2), "two neighbours are only 0.3 apart"),
        (RATE, (3.0, 3.1, 3.2, 3.3, 3.4, 3.5), "the SD of the scores is 0.17"),
        (RATE, (3.0, 3.1, 3.2, 3.3, 3.4, 3.5), "the range of the scores is 0.5"),
        (RATE, (1.0, 1.0, 3.0, 4.0, 4.5, 5.0), "two options have one score"),
    ],
)
def test_scores_that_lie_too_close_are_a_warning_and_no_error(
    key: ScoringKey, bank: Bank, code: str, scores: tuple[float, ...], wanted: str
) -> None:
    errors, warnings = check_key(with_scores(key, code, *scores), bank.units)
    assert errors == []
    assert any(line.startswith(f"[item.{code}] option: {wanted}") for line in lines(warnings)), lines(warnings)


@pytest.mark.parametrize(
    ("code", "scores"),
    [
        (PICK, (4.1, 3.6, 3.6, 3.6)),
        (JOKE, (3.3, 2.8, 2.8, 2.8, 2.3)),
        (RANK, (4.1, 3.6, 3.1, 2.6)),
        (RATE, (1.0, 1.1, 3.0, 4.0, 4.5, 4.9)),
    ],
)
def test_gaps_of_exactly_half_a_point_are_enough(key: ScoringKey, bank: Bank, code: str, scores: tuple[float, ...]) -> None:
    assert check_key(with_scores(key, code, *scores), bank.units) == ([], [])


def test_a_score_without_a_rationale_is_a_warning(key: ScoringKey, bank: Bank) -> None:
    options = {name: {"score": option.score} for name, option in key.items[PICK].options.items()}
    _, warnings = check_key(with_entry(key, PICK, {"option": options}), bank.units)
    assert lines(warnings) == [f"[item.{PICK}] option.{name}.why: there is no rationale" for name in "abcd"]


def test_too_few_options_for_the_format_are_a_warning(key: ScoringKey) -> None:
    unit = Unit(PICK, PICK, 1, None, "pick_best", "discretion", None, None, ("a", "b"), None)
    _, warnings = check_key(with_scores(key, PICK, 4.0, 2.0), [unit])
    assert lines(warnings) == [f"[item.{PICK}] option: format pick_best should have 4 options, not 2"]


def blind(code: str, *options: str) -> Unit:
    return Unit(code, code, 1, None, "pick_best", None, None, None, options, None)


def test_a_linear_key_fits_a_form_that_has_its_items(linear_key: ScoringKey) -> None:
    form = [blind("SJ_Most_1", "1", "2", "3"), blind("Q7.a"), blind("PScale01_Q1"), blind("PScale01_Q2")]
    form += [blind("Test"), blind("Calls"), blind("unused")]
    assert check_key(linear_key, form) == ([], [])


def test_a_linear_key_over_items_or_options_that_the_form_does_not_have_is_an_error(linear_key: ScoringKey) -> None:
    errors, _ = check_key(linear_key, [blind("SJ_Most_1", "1", "3"), blind("PScale01_Q1"), blind("Test")])
    assert lines(errors) == [
        "[item.SJ_Most_1] option.2: the item has no such option",
        "[item.Q7.a]: is not in the form",
        "[number.Calls]: is not in the form",
        "[scale.PScale01] items: PScale01_Q2 is not in the form",
    ]


@settings(max_examples=50, deadline=None)
@given(keys())
def test_a_key_made_for_its_units_has_no_errors(case: tuple[ScoringKey, tuple[Unit, ...]]) -> None:
    key, scored = case
    assert check_key(key, scored).errors == []
    assert stray_entries(key, scored) == []

"""The arithmetic of a score: what each answer is worth, what is left out, and what stays the same for ever."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assessment.bank.hashing import digest
from assessment.keys import ScoringKey, key_from_json
from assessment.services.scores.composing import KeyDoesNotFit, ScoreTable, score_sheet
from assessment.services.scores.responding import ResponseSheet
from assessment.services.scores.scored_form import point_codes
from assessment.services.scoring import SCORING_VERSION
from tests.services.scored_stage import IMPORTED, NORMS, UNITS, best_answers, key_content, trial_key
from tests.services.stage import form_content

GOLDEN = Path(__file__).with_name("golden")


def sheet_of(*people: Mapping[str, Any]) -> ResponseSheet:
    units = {unit for answers in people for unit in answers}
    n = len(people)
    values = {unit: [answers.get(unit) for answers in people] for unit in units}
    ids = tuple(range(1, n + 1))
    return ResponseSheet(ids, ids, (1,) * n, (1,) * n, values, {}, {})


def score(*people: Mapping[str, Any], key: ScoringKey | None = None, form: Mapping[str, Any] | None = None) -> ScoreTable:
    return score_sheet(sheet_of(*people), form or form_content(), key or trial_key())


def item(table: ScoreTable, unit: str, person: int = 0) -> float:
    return float(table.item_scores[person, table.units.index(unit)])


def test_the_best_answers_score_one_hundred_percent() -> None:
    table = score(best_answers())
    assert table.composite[0] == pytest.approx(100)
    assert table.scale == "percent"
    assert {facet: float(values[0]) for facet, values in table.facets.items()} == pytest.approx(
        {"listening": 1, "discretion": 1, "composure": 1}
    )


def test_each_format_is_scored_by_its_method() -> None:
    answers = best_answers() | {
        "one-pick": "b",
        "two-pair": {"best": "b", "worst": "e"},
        "three-rate": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5},
        "four-rank": ["b", "a", "c", "d"],
        "s-1": 2,
    }
    table = score(answers)
    assert item(table, "one-pick") == pytest.approx((3.5 - 1.5) / (4.5 - 1.5))
    assert item(table, "two-pair") == pytest.approx(0.5 + 0.5 * (3.5 - 1.0) / (4.5 - 1.0))
    r = np.corrcoef([1, 2, 3, 4, 5], [4.5, 3.5, 2.5, 1.5, 1.0])[0, 1]
    assert item(table, "three-rate") == pytest.approx((1 + r) / 2)  # nine ratings in the form: shape, not distance
    assert item(table, "four-rank") == pytest.approx(1 - 2 / 8)
    assert item(table, "s-1") == pytest.approx(0.25)


def test_what_is_not_answered_is_left_out_and_its_weight_goes_to_the_rest() -> None:
    without = {unit: value for unit, value in best_answers().items() if unit != "one-pick"}
    table = score(without, best_answers() | {"one-pick": "d"})
    assert math.isnan(item(table, "one-pick"))
    assert table.raw[0] == pytest.approx(1)
    assert table.raw[1] < 1
    assert table.n_answered.tolist() == [table.n_units - 1, table.n_units]


def test_attitudes_never_touch_the_score() -> None:
    low, high = score(best_answers() | {"s-7": 1}), score(best_answers() | {"s-7": 5})
    assert low.raw[0] == high.raw[0]
    assert "s-7" not in low.units


def test_statements_make_up_at_most_their_share() -> None:
    table = score(best_answers() | {f"s-{i}": 1 for i in range(1, 7)})
    assert table.raw[0] == pytest.approx(0.85)


def test_less_than_half_of_the_scenario_weight_makes_no_score_even_with_all_statements() -> None:
    statements = {f"s-{i}": 5 for i in range(1, 7)}
    table = score(statements, statements | {"one-pick": "a"}, best_answers())
    assert np.isnan(table.raw).tolist() == [True, True, False]
    assert table.share_answered[0] == 0
    assert table.share_answered[2] == pytest.approx(1)


def test_half_of_the_scenario_weight_is_enough() -> None:
    table = score({"story.feels": "a", "story.wrong": {"a": 5, "b": 4, "c": 2, "d": 1}, "story.do": {"best": "a", "worst": "d"}})
    assert table.share_answered[0] == pytest.approx(0.5)
    assert not math.isnan(table.raw[0])


def test_a_value_that_does_not_fit_its_unit_is_not_an_answer() -> None:
    odd = {
        "one-pick": "f",
        "two-pair": {"best": "a", "worst": "a"},
        "three-rate": {"a": 9, "b": 1, "c": 1, "d": 1, "e": 1},
        "four-rank": ["a", "a", "b", "c"],
        "s-1": True,
    }
    table = score(best_answers() | odd)
    assert all(math.isnan(item(table, unit)) for unit in odd)


def test_a_norm_group_puts_the_score_on_the_t_scale() -> None:
    plain, normed = score(best_answers()), score(best_answers(), key=trial_key(norms=NORMS))
    assert normed.scale == "t"
    assert normed.raw[0] == plain.raw[0]
    assert normed.composite[0] == pytest.approx(50 + 10 * (1.0 - 0.6) / 0.1)


def test_fifteen_ratings_are_standardised_within_the_person() -> None:
    form, key, people = wide_form()
    table = score_sheet(sheet_of(*people), form, key)
    keyed = np.array([4.5, 3.5, 2.5, 1.5, 1.0] * 3)
    for person, answers in enumerate(people):
        given = np.array([answers[f"r-{i}"][option] for i in range(3) for option in "abcde"], dtype=float)
        spread = given.std()
        z = (given - given.mean()) / spread if spread else np.zeros(15)
        rescaled = keyed.mean() + keyed.std() * z
        for i in range(3):
            part = slice(5 * i, 5 * i + 5)
            expected = max(0.0, 1 - np.abs(rescaled[part] - keyed[part]).mean() / 2)
            assert table.item_scores[person, i] == pytest.approx(expected, abs=1e-12)


def test_avoiding_the_ends_of_the_scale_gains_nothing() -> None:
    form, key, _ = wide_form()
    bold = {f"r-{i}": {"a": 5, "b": 4, "c": 3, "d": 2, "e": 1} for i in range(3)}
    shy = {f"r-{i}": {"a": 4, "b": 3.5, "c": 3, "d": 2.5, "e": 2} for i in range(3)}
    table = score_sheet(sheet_of(bold, shy), form, key)
    assert table.raw[0] == pytest.approx(table.raw[1], abs=1e-12)


def wide_form() -> tuple[dict[str, Any], ScoringKey, list[dict[str, Any]]]:
    """Three situations of five rated options each, and four people: as the key, reversed, flat, mixed."""
    content = form_content()
    rated = next(i for s in content["section"] for i in s["items"] if i["id"] == "three-rate")
    items = [rated | {"id": f"r-{i}"} for i in range(3)]
    content["section"] = [content["section"][0] | {"items": items}]
    content.pop("content_hash")
    content["content_hash"] = digest(content)
    plain = key_content()
    plain["item"] = {f"r-{i}": plain["item"]["three-rate"] for i in range(3)}
    rng = np.random.default_rng(3)
    people = [
        {f"r-{i}": {"a": 5, "b": 4, "c": 3, "d": 2, "e": 1} for i in range(3)},
        {f"r-{i}": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5} for i in range(3)},
        {f"r-{i}": dict.fromkeys("abcde", 3) for i in range(3)},
        {f"r-{i}": {option: int(rng.integers(1, 6)) for option in "abcde"} for i in range(3)},
    ]
    return content, key_from_json(plain), people


def test_one_person_alone_gets_the_score_they_get_among_others() -> None:
    _, _, people = wide_form()
    form, key, _ = wide_form()
    together = score_sheet(sheet_of(*people), form, key).raw
    alone = [score_sheet(sheet_of(person), form, key).raw[0] for person in people]
    assert np.abs(together - alone).max() < 1e-9


LINEAR = {
    "key": {"schema": 1, "id": "learnt", "version": 2, "grade": "data"},
    "provenance": {"method": "ridge", "by": "A study", "on": "2026-11-02", "n": 40, "note": "Blind options: the signs are free."},
    "model": {"kind": "linear", "sign": "free"},
    "item": {
        "SJ_1": {"method": "points", "option": {"best:1": {"score": 0.4}, "worst:2": {"score": 0.2}, "best:3": {"score": -0.1}}},
        "Bio_1": {"method": "points", "option": {"1": {"score": 1.0}, "2": {"score": -1.0}}, "missing": 0.25},
    },
    "scale": {
        "P1": {"items": ["P1_0", "P1_1", "P1_2"], "reversed": ["P1_1"], "low": 1, "high": 4, "mean": 2.0, "sd": 0.5, "weight": -0.3}
    },
}


def test_a_linear_key_adds_points_and_standardised_scales() -> None:
    key = key_from_json(LINEAR)
    full = {"SJ_1": {"best": "1", "worst": "2"}, "Bio_1": "2", "P1_0": 4, "P1_1": 1, "P1_2": 3}
    some = {"SJ_1": {"best": "4", "worst": "2"}, "P1_0": 3}
    table = score(full, some, key=key, form=IMPORTED)
    mean = (4 + 4 + 3) / 3
    assert table.raw[0] == pytest.approx(0.4 + 0.2 - 1.0 - 0.3 * (mean - 2.0) / 0.5)
    assert math.isnan(table.raw[1])  # two of five units are less than half
    three = score(some | {"P1_2": 3}, key=key, form=IMPORTED)
    assert three.raw[0] == pytest.approx(0.2 + 0.25 - 0.3 * (3 - 2.0) / 0.5)


def test_numbers_of_a_linear_key_run_straight_bend_at_their_points_and_end_where_the_key_has_seen_no_more() -> None:
    document = LINEAR | {"number": {"Count_1": {"low": 0, "high": 8, "mean": 4, "sd": 2, "weight": 0.5, "points": {"8": -0.75}}}}
    document = {name: part for name, part in document.items() if name not in ("item", "scale")}
    table = score(*({"Count_1": value} for value in (4, 7, 8, 11, -3, None, "many")), key=key_from_json(document), form=IMPORTED)
    assert table.raw == pytest.approx([0.0, 0.75, 0.25, 0.25, -1.0, np.nan, np.nan], nan_ok=True)
    assert table.n_answered.tolist() == [1, 1, 1, 1, 1, 0, 0]
    assert table.composite[[4, 0, 2]] == pytest.approx([0, 50, 62.5])  # of what lies between -1 and 1, the ends of the line


def test_a_linear_score_stands_between_the_lowest_and_the_highest_that_answers_could_give() -> None:
    key = key_from_json(LINEAR)
    best = {"SJ_1": {"best": "1", "worst": "2"}, "Bio_1": "1", "P1_0": 1, "P1_1": 4, "P1_2": 1}
    worst = {"SJ_1": {"best": "3", "worst": "1"}, "Bio_1": "2", "P1_0": 4, "P1_1": 1, "P1_2": 4}
    assert score(best, worst, key=key, form=IMPORTED).composite == pytest.approx([100, 0])


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("2", ("2",)),
        (7, ("7",)),
        (2.0, ("2",)),
        ({"best": "2", "worst": "4"}, ("best:2", "worst:4")),
        (None, ()),
        ([1], ()),
        (True, ()),
    ],
)
def test_points_are_kept_under_codes_that_studies_share(value: Any, codes: tuple[str, ...]) -> None:
    assert point_codes(value) == codes


def test_an_irt_key_is_not_scored_and_says_why() -> None:
    content = key_content(model={"kind": "grm", "parameters": {"one-pick": {"slope": 1.0, "intercepts": [0.0]}}})
    with pytest.raises(KeyDoesNotFit, match="grm"):
        score(best_answers(), key=key_from_json(content))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_released_scoring_versions_are_reproduced_to_one_in_a_billion(path: Path) -> None:
    """Written once when a scoring version is released; an old score must come out of the current code for ever."""
    golden = json.loads(path.read_text())
    assert golden["scoring_version"] <= SCORING_VERSION
    table = score_sheet(sheet_of(*golden["responses"]), golden["form"], key_from_json(golden["key"]))
    for person, expected in enumerate(golden["scores"]):
        if expected["raw"] is None:
            assert math.isnan(table.raw[person])
            continue
        assert abs(table.raw[person] - expected["raw"]) < 1e-9
        assert abs(table.composite[person] - expected["composite"]) < 1e-9
        for unit, value in expected["items"].items():
            assert abs(item(table, unit, person) - value) < 1e-9
        for facet, value in expected["facets"].items():
            assert abs(table.facets[facet][person] - value) < 1e-9


def test_there_is_a_golden_vector_for_every_scoring_version_and_kind_of_key() -> None:
    golden = [json.loads(path.read_text()) for path in GOLDEN.glob("*.json")]
    found = {(entry["scoring_version"], entry["key"]["model"]["kind"]) for entry in golden}
    assert found == {(version, kind) for version in range(1, SCORING_VERSION + 1) for kind in ("weighted_sum", "linear")}


def test_every_unit_of_the_trial_form_is_in_the_key() -> None:
    assert {unit.code for unit in UNITS} == set(trial_key().items)

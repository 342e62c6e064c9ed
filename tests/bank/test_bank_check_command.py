"""`flask bank check` says what is wrong with the questions and the keys, and whether they can be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from assessment.cli.bank import bank_commands

KEY = "keys/provisional.toml"
JOKE = "items/composure/joke-about-the-part.toml"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(bank_commands, [str(word) for word in words])


def report(questions: Path) -> dict[str, Any]:
    result = run("check", questions, "--json")
    content: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (1 if content["errors"] else 0)
    return content


def test_a_bank_that_is_in_order_is_counted_and_passes(questions: Path) -> None:
    result = run("check", questions)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "items: 9, scored units: 14, storylines: 2, statements: 2, practice items: 1, "
        "translations: 1, forms: 1, scorecards: 1, feedback languages: 0, keys: 1",
        "errors: 0, warnings: 0",
    ]


def test_each_error_is_one_line_with_file_table_and_field(questions: Path, edit) -> None:
    edit(JOKE, '"draft"', '"final"')
    edit(KEY, "listening = 1.0, composure", "listening = -1.0, composure")
    result = run("check", questions)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{JOKE}: [item] status: is 'final'; it should be 'draft', 'in_review', 'approved' or 'retired'",
        f"{KEY}: [facets] listening: must be at least 0 (it is -1.0)",
        "errors: 2, warnings: 0",
    ]


def test_a_key_that_does_not_fit_its_items_is_an_error(questions: Path, edit) -> None:
    edit(JOKE, "version = 1", "version = 2")
    assert report(questions)["errors"] == [
        {"file": KEY, "place": "[item.joke-about-the-part] item_version", "message": "is 1; the item is at version 2"}
    ]


def test_an_item_without_a_score_is_an_error(questions: Path, edit) -> None:
    edit(KEY, "ipip-x121 = {", "ipip-x999 = {")
    places = [error["place"] for error in report(questions)["errors"]]
    assert places == ["[item.ipip-x121]", "[item.ipip-x999]"]


def test_a_key_for_one_form_need_not_cover_the_rest_of_the_bank(questions: Path, edit) -> None:
    edit(KEY, 'grade = "provisional"', 'grade = "provisional", form = "short"')
    edit(KEY, "ipip-v6 = {", "# ipip-v6 = {")
    assert report(questions)["errors"] == []


def test_what_a_key_for_one_form_says_of_other_items_has_to_fit_all_the_same(questions: Path, edit) -> None:
    edit(KEY, 'grade = "provisional"', 'grade = "provisional", form = "short"')
    edit(KEY, "exit-fee-shared-home = { item_version = 1", "exit-fee-shared-home = { item_version = 4")
    assert [error["place"] for error in report(questions)["errors"]] == ["[item.exit-fee-shared-home] item_version"]


def test_a_key_for_a_form_that_is_not_there_is_an_error(questions: Path, edit) -> None:
    edit(KEY, 'grade = "provisional"', 'grade = "provisional", form = "long"')
    assert report(questions)["errors"] == [{"file": KEY, "place": "[key] form", "message": "long is not a form of the bank"}]


def test_a_practice_item_is_never_scored(questions: Path, edit) -> None:
    edit(KEY, "exit-fee-shared-home = {", "practice-late-bus = {")
    messages = {error["place"]: error["message"] for error in report(questions)["errors"]}
    assert messages["[item.practice-late-bus]"] == "names no scored unit"


def test_one_version_of_a_key_stands_in_one_file(questions: Path) -> None:
    (questions / "keys/copy.toml").write_bytes((questions / KEY).read_bytes())
    assert report(questions)["errors"] == [
        {"file": KEY, "place": "[key] version", "message": "keys/copy.toml is also version 1 of provisional"}
    ]


def test_warnings_are_told_and_do_not_fail(questions: Path, edit) -> None:
    edit(KEY, "c = { score = 3.5, why", "c = { score = 4.1, why")
    result = run("check", questions)
    assert result.exit_code == 0
    line = f"{KEY}: [item.exit-fee-shared-home] option: warning: the best option is only 0.1 ahead; it should be 0.5"
    assert line in result.stdout.splitlines()
    assert result.stdout.splitlines()[-1] == "errors: 0, warnings: 1"


def test_a_key_of_a_form_delivered_elsewhere_is_read_and_not_compared(questions: Path) -> None:
    (questions / "keys/retail.toml").write_text(
        """
        [key]
        schema = 1
        id = "retail"
        version = 1
        grade = "data"
        form = "retail_2021"
        [provenance]
        method = "ridge"
        by = "Analyst"
        on = 2026-11-23
        n = 1200
        note = "Options are blind."
        [model]
        kind = "linear"
        sign = "free"
        [item.SJ_Most_1]
        method = "points"
        option.1.score = -0.2
        option.2.score = 0.3
        """
    )
    content = report(questions)
    assert content["errors"] == [] and content["counts"]["keys"] == 2


def test_other_files_among_the_keys_are_an_error(questions: Path) -> None:
    (questions / "keys/key.json").write_text("{}")
    assert report(questions)["errors"] == [{"file": "keys/key.json", "place": "", "message": "only .toml files belong here"}]


def test_keys_are_read_even_when_the_bank_is_at_fault(questions: Path, edit) -> None:
    edit("facets.toml", "schema = 1", "schema = 2")
    edit(KEY, 'kind = "weighted_sum"', 'kind = "magic"')
    assert [error["file"] for error in report(questions)["errors"]] == ["facets.toml", KEY]


@pytest.mark.parametrize("words", [("check", "/no/such/place"), ("check", __file__), ("check", "--fast"), ("check", "a", "b")])
def test_wrong_use_ends_with_status_2(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_a_folder_without_questions_ends_with_status_1(tmp_path: Path) -> None:
    result = run("check", tmp_path)
    assert result.exit_code == 1
    assert "items: there is not one item in this bank" in result.stdout

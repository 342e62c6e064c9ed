"""`flask bank review` and `flask bank record` on the exemplars and on the bank that ships."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from assessment.bank import read_bank
from assessment.bank.review import record
from assessment.cli.bank import bank_commands

SHIPPED = Path(__file__).parents[2] / "questions"
EXEMPLARS = Path(__file__).parents[1] / "bank/questions"
JOKE = "items/composure/joke-about-the-part.toml"
KEY = "keys/provisional.toml"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """The exemplars in a folder of their own, but for the form: it wants translations that they have not."""
    copy = Path(shutil.copytree(EXEMPLARS, tmp_path / "questions"))
    (copy / "forms/short.toml").unlink()
    return copy


@pytest.fixture
def edit(questions: Path):
    def replace(name: str, old: str, new: str) -> None:
        text = (questions / name).read_text(encoding="utf-8")
        assert old in text
        (questions / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(bank_commands, [str(word) for word in words])


def report(*words: str | Path) -> dict[str, Any]:
    result = run("review", *words, "--json")
    content: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (1 if content["counts"]["errors"] else 0)
    return content


def errors(content: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(f["check"], f["item"], f["place"]) for f in content["findings"] if f["severity"] == "error"]


# ---- The bank that ships


def test_the_bank_that_ships_has_nothing_left_to_mend() -> None:
    result = run("review", SHIPPED, "--key")
    assert result.exit_code == 0, result.output
    assert "errors: 0, warnings: 0" in result.stdout.splitlines()[-1], result.output


def test_the_bank_that_ships_is_recorded_as_it_is(tmp_path: Path) -> None:
    """Red after an item was added or given a new version: run `flask --app wsgi bank record` and commit versions.toml."""
    copy = Path(shutil.copytree(SHIPPED, tmp_path / "questions"))
    assert record(read_bank(copy), copy) == []


# ---- What it says


def test_findings_are_grouped_by_item_with_what_to_do(questions: Path) -> None:
    lines = run("review", questions).stdout.splitlines()
    start = lines.index("thanks-for-wrong-advice")
    assert lines[start + 1 : start + 3] == [
        "  A3  warning: items/reciprocity/thanks-for-wrong-advice.toml: [[task.option]] a.text: "
        "the option reads at grade 8.7 (Flesch–Kincaid); it should be 8 or less",
        "      Use shorter sentences and shorter words.",
    ]
    assert lines[-1] == "items: 9, errors: 0, warnings: 11, accepted: 0"


def test_warnings_alone_pass_and_one_error_does_not(questions: Path, edit) -> None:
    assert run("review", questions).exit_code == 0
    edit(JOKE, "Two people serve at the counter.", "Two people serve, one of them for Ikea.")
    result = run("review", questions)
    assert result.exit_code == 1
    assert (
        "  A10 error: items/composure/joke-about-the-part.toml: [scenario] limits.1: “Ikea” is a brand"
        in result.stdout.splitlines()
    )


def test_machines_read_the_same_as_json(questions: Path) -> None:
    content = report(questions)
    assert content["counts"] == {"items": 9, "errors": 0, "warnings": 11, "accepted": 0}
    assert {tuple(finding) for finding in content["findings"]} == {
        ("check", "severity", "item", "file", "place", "message", "remedy")
    }
    assert all(finding["remedy"] for finding in content["findings"])


def test_accepted_warnings_stand_apart_and_are_counted(questions: Path) -> None:
    (questions / "review.toml").write_text(
        '[[accepted]]\ncheck = "A3"\nitem = "thanks-for-wrong-advice"\nreason = "The words are those of the job."\n'
        '[[accepted]]\ncheck = "A9"\nitem = "thanks-for-wrong-advice"\nreason = "No longer true."\n'
    )
    content = report(questions)
    assert content["counts"] == {"items": 9, "errors": 0, "warnings": 8, "accepted": 4}
    assert {entry["reason"] for entry in content["accepted"]} == {"The words are those of the job."}
    idle = [finding for finding in content["findings"] if finding["file"] == "review.toml"]
    assert [(finding["check"], finding["severity"]) for finding in idle] == [("A9", "warning")]
    lines = run("review", questions).stdout.splitlines()
    assert lines[lines.index("accepted warnings") + 2] == "      The words are those of the job."


# ---- What the reader refuses, under its letter


@pytest.mark.parametrize(
    ("name", "old", "new", "check", "item"),
    [
        (JOKE, '"draft"', '"final"', "A1", "joke-about-the-part"),
        (JOKE, 'id = "joke-about-the-part"', 'id = "another"', "A1", "joke-about-the-part"),
        (JOKE, '"draft"', '"approved"', "A12", "joke-about-the-part"),
        (JOKE, "neurodivergence =", "neurodiversity =", "A12", "joke-about-the-part"),
        ("items/listening/ipip-x121.es.toml", "text = { text", "text = { setting", "A17", "ipip-x121"),
        ("facets.toml", "schema = 1", "schema = 2", "A1", "questions"),
    ],
)
def test_refusals_of_the_reader_have_their_letters(
    name: str, old: str, new: str, check: str, item: str, questions: Path, edit
) -> None:
    edit(name, old, new)
    assert (check, item) in [(found, about) for found, about, _ in errors(report(questions))]


def test_enemies_in_one_form_and_two_instructions_in_a_section_are_a18(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(EXEMPLARS, tmp_path / "questions"))
    joke, form = copy / JOKE, copy / "forms/short.toml"
    joke.write_text(joke.read_text().replace('trouble = "conflict"', 'trouble = "conflict", enemies = ["thanks-for-wrong-advice"]'))
    form.write_text(form.read_text().replace('"thanks-for-wrong-advice", ', '"thanks-for-wrong-advice", "ipip-v6", '))
    assert {(check, item) for check, item, _ in errors(report(copy))} == {("A18", "short")}


def test_a_medium_without_captions_is_a16(questions: Path) -> None:
    path = questions / JOKE
    medium = (
        'id = "voice", kind = "audio", at = "joke-about-the-part", file = "joke.opus", locale = "en", credit = "A", licence = "MIT"'
    )
    path.write_text(f"media = [{{ {medium} }}]\n" + path.read_text())
    assert {check for check, _, _ in errors(report(questions))} == {"A16"}


@pytest.mark.parametrize("name", ["review.toml", "versions.toml", "blueprint.toml"])
def test_a_list_of_the_review_that_cannot_be_read_is_an_error(name: str, questions: Path) -> None:
    (questions / name).write_text("what = 1")
    assert {(check, item) for check, item, _ in errors(report(questions))} == {("A1", "questions")}


# ---- With a key


def test_scores_are_looked_at_only_with_a_key(questions: Path, edit) -> None:
    edit(KEY, "c = { score = 3.5, why", "c = { score = 4.1, why")
    assert errors(report(questions)) == []
    expected = [("A15", "exit-fee-shared-home", "[item.exit-fee-shared-home] option")]
    assert errors(report(questions, "--key")) == expected
    assert errors(report(questions, "--key", "provisional")) == expected
    assert errors(report(questions, "--key", questions / KEY)) == expected


def test_a_key_that_cannot_be_read_is_an_error(questions: Path, edit) -> None:
    edit(KEY, 'kind = "weighted_sum"', 'kind = "magic"')
    assert [check for check, _, _ in errors(report(questions, "--key"))] == ["A15"]


def test_acceptances_of_key_checks_wait_for_the_key(questions: Path) -> None:
    (questions / "review.toml").write_text('[[accepted]]\ncheck = "A14"\nitem = "provisional"\nreason = "Once true."\n')
    assert [finding for finding in report(questions)["findings"] if finding["file"] == "review.toml"] == []
    assert [finding["check"] for finding in report(questions, "--key")["findings"] if finding["file"] == "review.toml"] == ["A14"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--key", "no-such-key"), "There is no key no-such-key"),
        (("--key", "no-such-file.toml"), "There is no file no-such-file.toml"),
        (("--key", str(EXEMPLARS)), "PATH stands before --key"),
    ],
)
def test_a_key_that_is_not_there_is_wrong_use(words: tuple[str, ...], told: str, questions: Path) -> None:
    result = run("review", questions, *words)
    assert (result.exit_code, told in result.output) == (2, True)


def test_wrong_use_ends_with_status_2() -> None:
    assert run("review", "/no/such/place").exit_code == 2
    assert run("review", "--fast").exit_code == 2


# ---- Recording


def test_recorded_items_cannot_change_under_their_version(questions: Path, edit) -> None:
    assert run("record", questions).stdout.split() == list(read_bank(questions).items)
    assert run("record", questions).stdout == "Nothing has changed.\n"
    edit(JOKE, "Two people serve", "Three people serve")
    assert errors(report(questions)) == [("A2", "joke-about-the-part", "[item] version")]
    refused = run("record", questions)
    assert refused.exit_code == 1
    assert refused.stderr.splitlines() == [
        "Items have changed that are already recorded. Nothing was recorded.",
        f"  {JOKE}: [item] version: is still 1, and the item is not what was recorded under it",
    ]
    edit(JOKE, "version = 1", "version = 2")
    assert run("record", questions).stdout == "joke-about-the-part\n"


def test_a_bank_that_cannot_be_read_is_not_recorded(questions: Path, edit) -> None:
    edit(JOKE, '"draft"', '"final"')
    refused = run("record", questions)
    assert refused.exit_code == 1
    assert "status" in refused.stderr
    assert not (questions / "versions.toml").exists()

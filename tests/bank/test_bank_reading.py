"""A bank that is in order becomes objects that say what the files say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from assessment.bank import Bank, BankErrors, DrawTooLarge, bank_as_known, form_items, read_bank, section_items, units


def test_the_exemplars_of_the_standard_can_be_read(bank: Bank) -> None:
    assert set(bank.items) == {
        "exit-fee-shared-home",
        "joke-about-the-part",
        "thanks-for-wrong-advice",
        "ten-minutes-to-opening",
        "ipip-x121",
        "ipip-v6",
        "steps-in-a-notebook",
        "a-wall-just-painted",
        "practice-late-bus",
    }
    assert bank.practice == {"practice-late-bus"}
    assert list(bank.forms) == ["short"]
    assert list(bank.scorecards) == ["contact"]


def test_facets_and_attitudes_keep_the_order_of_the_construct_map(bank: Bank) -> None:
    assert list(bank.facets)[:2] == ["affect_recognition", "perspective_taking"]
    assert len(bank.facets) == 7
    assert list(bank.attitudes) == ["patience", "small_talk", "complex_problems"]
    assert bank.facets["listening"].qa_construct == "empathy-attentive"
    assert {tag.id for tag in bank.construct.qa_constructs if tag.in_empathy_criterion} == {
        "empathy-affective",
        "empathy-attentive",
        "empathy-cognitive",
    }


def test_an_item_says_what_its_file_says(bank: Bank) -> None:
    joke = bank.items["joke-about-the-part"]
    assert (joke.format, joke.facet, joke.attitude, joke.rater) == ("best_worst", "composure", None, "assurance")
    assert joke.task is not None and [option.id for option in joke.task.options] == ["a", "b", "c", "d", "e"]
    assert joke.task.options[1].moves == ("correct", "ask")
    assert joke.scenario is not None and joke.scenario.transcript[1].who == "narrator"
    assert joke.review.source.kind == "author"


def test_a_single_item_is_one_unit_under_its_own_id(bank: Bank) -> None:
    (unit,) = units(bank.items["thanks-for-wrong-advice"])
    assert (unit.code, unit.step, unit.format, unit.facet) == ("thanks-for-wrong-advice", None, "rate", "reciprocity")
    assert unit.options == ("a", "b", "c", "d", "e", "f")
    assert unit.scale == "effectiveness5"


def test_a_storyline_has_a_unit_for_each_step(bank: Bank) -> None:
    story = units(bank.items["steps-in-a-notebook"])
    assert [unit.code for unit in story] == [
        "steps-in-a-notebook.feels",
        "steps-in-a-notebook.went-wrong",
        "steps-in-a-notebook.in-his-place",
        "steps-in-a-notebook.do",
    ]
    assert [unit.format for unit in story] == ["pick_best", "rate", "best_worst", "pick_best"]
    assert [unit.facet for unit in story] == ["affect_recognition", "listening", "perspective_taking", "discretion"]
    assert story[1].scale == "agreement5"


def test_a_statement_about_an_attitude_is_a_unit_without_a_facet(bank: Bank) -> None:
    (unit,) = units(bank.items["ipip-v6"])
    assert (unit.facet, unit.attitude, unit.options, unit.scale) == (None, "patience", (), "accuracy5")


def test_practice_and_retired_items_are_no_scored_units(questions: Path, edit) -> None:
    edit("items/attitudes/ipip-v6.toml", 'status = "draft"', 'status = "retired"')
    edit("items/attitudes/ipip-v6.toml", "review = {", 'review = { drop_reason = "Nobody agrees.",')
    codes = {unit.code for unit in read_bank(questions).units}
    assert "practice-late-bus" not in codes and "ipip-v6" not in codes
    assert "ipip-x121" in codes


def test_form_items_stand_in_the_order_of_the_form(bank: Bank) -> None:
    names = [item.id for item in form_items(bank, bank.forms["short"])]
    assert names == ["thanks-for-wrong-advice", "joke-about-the-part", "steps-in-a-notebook", "ipip-x121"]


STATEMENT = """
[item]
schema = 1
id = "{id}"
version = 1
status = "draft"
format = "likert"
instruction = "would_do"
facet = "{facet}"
families = ["{family}"]
{more}
[task]
text = "Do this."
scale = "accuracy5"

[review]
author = "A"
source = {{ kind = "author", summary = "S" }}
neurodivergence = "N"
culture = "C"
"""


def add_statement(questions: Path, id: str, facet: str, family: str = "customer_support", more: str = "") -> None:
    folder = questions / "items" / facet
    folder.mkdir(exist_ok=True)
    (folder / f"{id}.toml").write_text(STATEMENT.format(id=id, facet=facet, family=family, more=more))


def test_a_draw_is_dealt_round_the_facets_in_the_order_of_the_map(questions: Path, edit) -> None:
    for id, facet in (("s-c1", "composure"), ("s-c2", "composure"), ("s-a2", "affect_recognition"), ("s-a1", "affect_recognition")):
        add_statement(questions, id, facet)
    edit("forms/short.toml", "count = 1", "count = 4")
    bank = read_bank(questions)
    _, drawn = section_items(bank, bank.forms["short"])[1]
    assert [item.id for item in drawn] == ["s-a1", "ipip-x121", "s-c1", "s-a2"]


def test_a_draw_leaves_out_other_families_and_enemies(questions: Path, edit) -> None:
    add_statement(questions, "s-field", "affect_recognition", family="field_service")
    add_statement(questions, "s-enemy", "affect_recognition", more='enemies = ["joke-about-the-part"]')
    add_statement(questions, "s-friend", "composure")
    edit("forms/short.toml", "count = 1", "count = 2")
    bank = read_bank(questions)
    _, drawn = section_items(bank, bank.forms["short"])[1]
    assert [item.id for item in drawn] == ["ipip-x121", "s-friend"]


def test_a_draw_that_cannot_be_filled_is_refused_with_the_number_that_fits(bank: Bank) -> None:
    form = bank.forms["short"]
    section = form.sections[1]
    assert section.draw is not None
    greedy = section.model_copy(update={"draw": section.draw.model_copy(update={"count": 5})})
    with pytest.raises(DrawTooLarge, match="asks for 5 items; 1 fit"):
        form_items(bank, form.model_copy(update={"sections": (form.sections[0], greedy)}))


def test_attitude_true_draws_attitudes_alone(questions: Path, edit) -> None:
    edit("forms/short.toml", "attitude = false", "attitude = true")
    bank = read_bank(questions)
    assert [item.id for item in form_items(bank, bank.forms["short"])][-1] == "ipip-v6"


def test_nothing_that_was_read_can_be_changed(bank: Bank) -> None:
    joke = bank.items["joke-about-the-part"]
    with pytest.raises(ValidationError):
        joke.head.version = 2  # type: ignore[misc]  # the point of the test
    with pytest.raises(TypeError):
        bank.items["joke-about-the-part"] = joke  # type: ignore[index]  # the point of the test


def test_a_scorecard_keeps_its_questions_with_their_construct_tags(bank: Bank) -> None:
    card = bank.scorecards["contact"]
    assert [(question.id, question.construct_tag, question.weight) for question in card.questions] == [
        ("listened", "empathy-attentive", 60),
        ("identity_checked", "process", 40),
    ]
    assert card.questions[1].auto_fail and not card.questions[0].auto_fail


def test_a_desk_reading_is_kept_under_its_own_name(bank: Bank) -> None:
    review = bank.items["practice-late-bus"].review
    assert [reader.role for reader in review.readers] == ["desk"]
    assert review.counted_roles == frozenset()


def test_notes_and_hidden_files_between_the_questions_are_passed_over(questions: Path) -> None:
    (questions / "items" / "README.md").write_text("How we write.")
    (questions / "items" / "composure" / ".keep").write_bytes(b"\xff")
    (questions / "items" / ".cache").mkdir()
    assert len(read_bank(questions).items) == 9


def test_line_ends_of_another_system_are_read_alike(questions: Path, bank: Bank) -> None:
    path = questions / "items/practice/practice-late-bus.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_bank(questions).items["practice-late-bus"] == bank.items["practice-late-bus"]


def test_reading_the_bank_loads_no_keys_no_web_no_database_and_no_numerics() -> None:
    program = "import sys, assessment.bank; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "assessment.bank" in loaded
    assert not {"assessment.keys", "assessment.records", "flask", "sqlalchemy", "numpy", "click"} & set(loaded)


def test_a_known_bank_is_read_again_when_a_file_of_it_changes(questions: Path) -> None:
    known = bank_as_known(questions)
    assert bank_as_known(questions) is known
    path = next(questions.glob("items/*/*.toml"))
    written = path.read_text()
    path.write_text(f"{written}\n# touched\n")
    again = bank_as_known(questions)
    assert again is not known
    assert again.items == known.items
    path.write_text("broken")
    with pytest.raises(BankErrors):
        bank_as_known(questions)
    path.write_text(written)
    assert bank_as_known(questions).items == known.items

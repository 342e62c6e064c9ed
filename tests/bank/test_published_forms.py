"""A published form is complete without the bank, says nothing that hints at an answer, and shows if it was changed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from assessment.bank import Bank, content_hash, form_items, read_bank, read_snapshot, snapshot, units
from assessment.errors import BadInput


@pytest.fixture(scope="module")
def stored(bank: Bank) -> dict[str, Any]:
    """A snapshot as a JSON column gives it back."""
    content: dict[str, Any] = json.loads(json.dumps(snapshot(bank, bank.forms["short"])))
    return content


def words_of(content: Any) -> set[str]:
    """Every name of a field anywhere in a document."""
    if isinstance(content, dict):
        return set(content).union(*map(words_of, content.values()))
    return set().union(*map(words_of, content)) if isinstance(content, list) else set()


def test_a_published_form_has_the_items_at_their_versions_and_hashes(bank: Bank, stored: dict[str, Any]) -> None:
    form = read_snapshot(stored)
    expected = form_items(bank, bank.forms["short"])
    assert [(item.id, item.version, item.hash) for item in form.items] == [
        (item.id, item.version, content_hash(item)) for item in expected
    ]
    assert form.practice.id == "practice-late-bus"
    assert [section.id for section in form.sections] == ["situations", "statements"]
    assert [section.shuffle_items for section in form.sections] == [True, False]
    assert (form.minutes, form.provisional_reliability, form.locales) == (12, 0.4, ("en", "es"))


def test_a_published_form_has_the_same_units_as_the_bank(bank: Bank, stored: dict[str, Any]) -> None:
    expected = tuple(unit for item in form_items(bank, bank.forms["short"]) for unit in units(item))
    assert read_snapshot(stored).units == expected


def test_no_moves_review_status_or_enemies_are_stored(stored: dict[str, Any]) -> None:
    assert not words_of(stored) & {"moves", "review", "status", "enemies", "author", "neurodivergence", "readers"}


def test_what_is_shown_says_nothing_about_what_is_looked_for(stored: dict[str, Any]) -> None:
    for item in (*read_snapshot(stored).items, read_snapshot(stored).practice):
        hidden = {"facet", "attitude", "rater", "trouble", "role", "moves", "hash", "review", "texts"}
        assert not words_of(item.shown()) & hidden


def test_what_is_shown_is_everything_that_an_applicant_needs(bank: Bank, stored: dict[str, Any]) -> None:
    form = read_snapshot(stored)
    shown = {item.id: item.shown() for item in form.items}
    joke = bank.items["joke-about-the-part"]
    assert joke.scenario is not None and joke.task is not None
    assert shown[joke.id]["scenario"]["setting"] == joke.scenario.setting
    assert shown[joke.id]["scenario"]["limits"] == list(joke.scenario.limits)
    assert [option["text"] for option in shown[joke.id]["task"]["option"]] == [option.text for option in joke.task.options]
    story = shown["steps-in-a-notebook"]
    assert [step["format"] for step in story["step"]] == ["pick_best", "rate", "best_worst", "pick_best"]
    assert story["scenario"]["card"]["facts"] == ["Pays on time", "Six-digit meter"]
    assert len(story["step"][3]["reveals"]) == 3
    assert shown["ipip-x121"]["task"] == {"text": "Listen to others, even if I disagree.", "scale": "accuracy5"}


def test_a_current_translation_is_published_and_shown(stored: dict[str, Any]) -> None:
    statement = read_snapshot(stored).items[-1]
    assert statement.shown("es")["task"]["text"] == "Escucho a los demás, aunque no esté de acuerdo."
    assert statement.shown("es")["task"]["scale"] == "accuracy5"


def test_a_translated_item_has_the_same_units_and_hash(stored: dict[str, Any]) -> None:
    statement = read_snapshot(stored).items[-1]
    spanish = statement.translated("es")
    assert spanish.task is not None and spanish.task.text == "Escucho a los demás, aunque no esté de acuerdo."
    assert (spanish.units, spanish.hash) == (statement.units, statement.hash)
    assert statement.translated("fr") is statement.translated(None) is statement


def test_an_item_without_a_translation_is_shown_in_its_own_words(stored: dict[str, Any]) -> None:
    joke = read_snapshot(stored).items[1]
    assert joke.shown("es") == joke.shown("en") == joke.shown()


def test_a_stale_translation_is_not_published(questions: Path, edit) -> None:
    edit("items/listening/ipip-x121.toml", "even if I disagree", "also if I disagree")
    bank = read_bank(questions)
    statement = read_snapshot(snapshot(bank, bank.forms["short"])).items[-1]
    assert statement.shown("es") == statement.shown()


def test_a_locale_that_the_form_does_not_have_is_not_published(questions: Path, edit) -> None:
    edit("forms/short.toml", '["en", "es"]', '["en"]')
    bank = read_bank(questions)
    assert not read_snapshot(snapshot(bank, bank.forms["short"])).items[-1].texts


def test_the_same_bank_gives_the_same_snapshot(bank: Bank, stored: dict[str, Any]) -> None:
    assert snapshot(bank, bank.forms["short"]) == stored


def test_a_changed_item_makes_another_snapshot(questions: Path, edit, stored: dict[str, Any]) -> None:
    edit("items/composure/joke-about-the-part.toml", '["hand_over"]', '["hand_over", "wait"]')
    bank = read_bank(questions)
    assert snapshot(bank, bank.forms["short"])["content_hash"] != stored["content_hash"]


@pytest.mark.parametrize(
    "path",
    [
        ("title",),
        ("section", 0, "intro"),
        ("section", 0, "items", 1, "version"),
        ("section", 0, "items", 1, "task", "option", 0, "text"),
        ("practice", "scenario", "setting"),
    ],
)
def test_a_published_form_that_was_changed_is_refused(stored: dict[str, Any], path: tuple[str | int, ...]) -> None:
    forged = copy.deepcopy(stored)
    node: Any = forged
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = node[path[-1]] + 1 if isinstance(node[path[-1]], int) else node[path[-1]] + "!"
    with pytest.raises(BadInput, match="never changes"):
        read_snapshot(forged)


@pytest.mark.parametrize(
    "content",
    [{}, {"form": 1}, {"id": "short", "section": [{"items": [{"weight": 1}]}]}, {"id": float("nan")}, {1: 2}],
)
def test_anything_else_is_no_published_form(content: dict[Any, Any]) -> None:
    with pytest.raises(BadInput, match="not a published form"):
        read_snapshot(content)


def test_a_published_form_survives_a_store_that_does_not_tell_12_from_12_0(stored: dict[str, Any]) -> None:
    assert read_snapshot(stored | {"minutes": 12}).content_hash == read_snapshot(stored | {"minutes": 12.0}).content_hash

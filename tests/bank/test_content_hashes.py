"""A content hash changes with anything that an item or a form says, and with nothing else."""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.bank import Bank, Form, Item, content_hash, source_hash
from assessment.bank.hashing import canonical_json, digest

QUESTIONS = Path(__file__).parent / "questions"
JOKE: dict[str, Any] = tomllib.loads((QUESTIONS / "items/composure/joke-about-the-part.toml").read_text(encoding="utf-8"))
STORY: dict[str, Any] = tomllib.loads((QUESTIONS / "items/storylines/steps-in-a-notebook.toml").read_text(encoding="utf-8"))


def shuffled(value: Any, data: st.DataObject) -> Any:
    """The same document with the fields of every table in another order."""
    if isinstance(value, dict):
        names = data.draw(st.permutations(list(value)))
        return {name: shuffled(value[name], data) for name in names}
    return [shuffled(entry, data) for entry in value] if isinstance(value, list) else value


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from([JOKE, STORY]))
def test_the_hash_does_not_depend_on_the_order_of_fields(data: st.DataObject, document: dict[str, Any]) -> None:
    other = Item.model_validate(shuffled(document, data))
    assert content_hash(other) == content_hash(Item.model_validate(document))


@pytest.mark.parametrize("status", ["in_review", "draft"])
def test_the_hash_does_not_depend_on_status_or_review(status: str) -> None:
    document = JOKE | {"item": JOKE["item"] | {"status": status}, "review": JOKE["review"] | {"author": "Somebody else"}}
    assert content_hash(Item.model_validate(document)) == content_hash(Item.model_validate(JOKE))


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("item", {"version": 2}),
        ("item", {"trouble": "delay"}),
        ("item", {"rater": "empathy"}),
        ("item", {"enemies": ["another"]}),
        ("scenario", {"setting": "You work elsewhere."}),
        ("scenario", {"limits": ["One person serves."]}),
        ("task", {"ask": "Which?"}),
        ("task", {"option": JOKE["task"]["option"][:4]}),
        ("task", {"option": [*JOKE["task"]["option"][:4], JOKE["task"]["option"][4] | {"moves": ["wait"]}]}),
        ("task", {"option": JOKE["task"]["option"][::-1]}),
    ],
)
def test_the_hash_changes_with_whatever_else_the_file_says(table: str, change: dict[str, Any]) -> None:
    changed = Item.model_validate(JOKE | {table: JOKE[table] | change})
    assert content_hash(changed) != content_hash(Item.model_validate(JOKE))


def test_the_hash_is_that_of_the_canonical_file_without_status_and_review() -> None:
    bare = {name: table for name, table in JOKE.items() if name != "review"}
    bare["item"] = {name: value for name, value in JOKE["item"].items() if name != "status"}
    assert content_hash(Item.model_validate(JOKE)) == digest(bare)


def test_composed_and_decomposed_letters_are_one_text() -> None:
    composed = JOKE | {"scenario": JOKE["scenario"] | {"setting": "Un café"}}
    decomposed = JOKE | {"scenario": JOKE["scenario"] | {"setting": unicodedata.normalize("NFD", "Un café")}}
    assert content_hash(Item.model_validate(composed)) == content_hash(Item.model_validate(decomposed))


def test_a_form_has_a_hash_that_changes_with_its_sections(bank: Bank) -> None:
    form = bank.forms["short"]
    assert content_hash(form).startswith("sha256:") and len(content_hash(form)) == 71
    first = form.sections[0].model_copy(update={"items": form.sections[0].items[::-1]})
    assert content_hash(form.model_copy(update={"sections": (first, form.sections[1])})) != content_hash(form)


def test_a_default_that_is_written_out_is_the_same_form() -> None:
    document = tomllib.loads((QUESTIONS / "forms/short.toml").read_text(encoding="utf-8"))
    explicit = document | {"section": [section | {"shuffle_options": True} for section in document["section"]]}
    assert content_hash(Form.model_validate(explicit)) == content_hash(Form.model_validate(document))


def test_the_source_hash_covers_words_alone(bank: Bank) -> None:
    joke = bank.items["joke-about-the-part"]
    moved = Item.model_validate(JOKE | {"item": JOKE["item"] | {"version": 9, "trouble": "delay"}})
    reworded = Item.model_validate(JOKE | {"task": JOKE["task"] | {"ask": "Which?"}})
    assert source_hash(moved) == source_hash(joke) != source_hash(reworded)


def test_equal_numbers_are_written_alike() -> None:
    assert canonical_json({"b": [1.0, -0.0, 0.5], "a": True}) == '{"a":true,"b":[1,0,0.5]}'


def test_a_number_that_is_none_has_no_hash() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        digest({"a": float("nan")})

"""A translation stands at the paths of its source, and is shown only while it is complete and of the present text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assessment.bank import Bank, FormTranslation, Item, Translation, read_bank, read_snapshot, snapshot, source_hash, source_text
from assessment.bank.shown import in_locale

STORY = "steps-in-a-notebook"


def spanish(value: Any) -> Any:
    """Every string with a mark on it, as if it were translated."""
    if isinstance(value, dict):
        return {name: spanish(entry) for name, entry in value.items()}
    return [spanish(entry) for entry in value] if isinstance(value, list) else f"ES {value}"


def translation(item: Item, text: dict[str, Any], status: str = "in_review", hash: str | None = None) -> Translation:
    head = {"item": item.id, "locale": "es", "of_version": 1, "source_hash": hash or source_hash(item)}
    return Translation.model_validate({"translation": head | {"translators": ["A"], "status": status}, "text": text})


def test_a_storyline_is_translated_at_the_paths_of_its_source(bank: Bank) -> None:
    text = source_text(bank.items[STORY])
    assert set(text) == {"setting", "card", "contacts", "transcript", "step"}
    assert text["card"] == {"since": "6 years", "facts": ["Pays on time", "Six-digit meter"]}
    assert text["contacts"][0] == {"ago": "12 days", "note": "App refuses reading. Advised to install it again."}
    assert text["step"]["feels"]["option"]["a"] == "Annoyed, because this is his third contact about the same thing"
    assert len(text["step"]["do"]["reveals"]) == 3


@pytest.mark.parametrize("name", [STORY, "joke-about-the-part", "ten-minutes-to-opening", "ipip-x121", "a-wall-just-painted"])
def test_a_complete_translation_has_no_gaps_and_replaces_every_string(bank: Bank, name: str) -> None:
    item = bank.items[name]
    made = translation(item, spanish(source_text(item)))
    assert made.gaps(item) == [] and made.is_current(item)
    shown = item.model_dump(mode="json", include={"scenario", "task", "steps"}, exclude_defaults=True)
    words = in_locale(shown, made.text.as_tree())
    assert source_text(Item.model_validate(item.model_dump(by_alias=True) | words)) == spanish(source_text(item))


def test_a_translation_of_an_older_text_is_not_current(bank: Bank) -> None:
    item = bank.items[STORY]
    stale = translation(item, spanish(source_text(item)), hash="sha256:" + "0" * 64)
    assert stale.gaps(item) == [] and not stale.is_current(item)


def test_a_draft_may_leave_texts_out_but_is_not_shown(bank: Bank) -> None:
    item = bank.items[STORY]
    part = {"setting": "ES", "transcript": ["ES"]}
    assert translation(item, part, status="draft").gaps(item) == []
    assert not translation(item, part, status="draft").is_current(item)
    missing = translation(item, part, status="in_review").gaps(item)
    assert (("text", "step"), "is missing: the source has this text") in missing


def test_an_option_that_the_item_does_not_have_is_a_gap_even_in_a_draft(bank: Bank) -> None:
    item = bank.items["joke-about-the-part"]
    text = spanish(source_text(item))
    text["option"]["f"] = "ES one more"
    assert translation(item, text, "draft").gaps(item) == [(("text", "option", "f"), "is a text that the source does not have")]


def test_a_transcript_with_a_line_too_many_is_a_gap(bank: Bank) -> None:
    item = bank.items["joke-about-the-part"]
    text = spanish(source_text(item))
    text["transcript"].append("ES one more")
    assert translation(item, text, "draft").gaps(item) == [(("text", "transcript"), "has 3 texts; the source has 2")]


def test_a_translation_lives_beside_its_item(questions: Path, refusals) -> None:
    path = questions / "items/listening/ipip-x121.es.toml"
    path.rename(questions / "items/composure/ipip-x121.es.toml")
    found = refusals()
    assert found == ["items/composure/ipip-x121.es.toml: belongs beside its item, items/listening/ipip-x121.toml"]


def test_translations_are_found_by_item_and_locale(questions: Path) -> None:
    bank = read_bank(questions)
    assert bank.translations["ipip-x121"]["es"].text.text == "Escucho a los demás, aunque no esté de acuerdo."
    assert set(bank.translations) == {"ipip-x121"}


FORM_TRANSLATION = """
[translation]
form = "short"
locale = "es"
of_version = 1
source_hash = "HASH"
translators = ["A"]
status = "in_review"

[text]
title = "Formulario breve"

[text.intro]
situations = "Elija lo que sería más eficaz."
statements = "¿Con qué exactitud describe esto cómo es usted?"
"""


def with_form_translation(questions: Path, old: str = "", new: str = "") -> Path:
    path = questions / "forms/short.es.toml"
    content = FORM_TRANSLATION.replace("HASH", source_hash(read_bank(questions).forms["short"]))
    assert old in content
    path.write_text(content.replace(old, new), encoding="utf-8")
    return path


def test_a_form_is_translated_beside_it_and_its_words_are_pinned_when_it_is_published(questions: Path) -> None:
    with_form_translation(questions)
    bank = read_bank(questions)
    published = read_snapshot(snapshot(bank, bank.forms["short"]))
    assert (published.texts["es"].title, published.title) == ("Formulario breve", "Short form")
    assert published.intro_in(published.sections[0], "es") == "Elija lo que sería más eficaz."
    assert published.intro_in(published.sections[0], "en") == "Choose what would be most effective, given the limits."


def test_a_form_is_given_only_in_languages_in_which_all_of_it_is_there(questions: Path) -> None:
    with_form_translation(questions)
    bank = read_bank(questions)
    form = bank.forms["short"]
    assert read_snapshot(snapshot(bank, form)).languages == ("en",)  # most of its items are not translated
    words = {item.id: {"es": translation(item, spanish(source_text(item)))} for item in bank.items.values()}
    whole = replace(bank, translations=words)
    assert read_snapshot(snapshot(whole, form)).languages == ("en", "es")
    assert read_snapshot(snapshot(replace(whole, form_translations={}), form)).languages == ("en",)


def test_a_stale_translation_of_a_form_is_not_pinned(questions: Path) -> None:
    with_form_translation(questions)
    bank = read_bank(questions)
    head = bank.form_translations["short"]["es"].head.model_copy(update={"source_hash": "sha256:" + "0" * 64})
    stale: FormTranslation = bank.form_translations["short"]["es"].model_copy(update={"head": head})
    assert "texts" not in snapshot(replace(bank, form_translations={"short": {"es": stale}}), bank.forms["short"])


def test_a_translation_of_a_form_that_does_not_fit_is_refused(questions: Path, refusals) -> None:
    path = with_form_translation(questions, "statements =", "another =")
    assert refusals() == [
        "forms/short.es.toml: [text.intro] statements: is missing: the source has this text",
        "forms/short.es.toml: [text.intro] another: is a text that the source does not have",
    ]
    path.unlink()
    with_form_translation(questions, "of_version = 1", "of_version = 2").rename(questions / "forms/brief.es.toml")
    assert refusals() == [
        "forms/brief.es.toml: the file should be called short.es.toml, after its form and locale",
        "forms/brief.es.toml: [translation] of_version: is later than the form, which is at version 1",
    ]

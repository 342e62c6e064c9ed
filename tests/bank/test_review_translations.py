"""A17: translations that are missing, stale or out of proportion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assessment.bank import Bank, FormTranslation, Item, Translation, read_bank, read_snapshot, snapshot, source_hash
from assessment.bank.review.translated import translation_findings

SHIPPED = Path(__file__).parents[2] / "questions"
X121 = "ipip-x121"


def with_form(bank: Bank, locales: tuple[str, ...], items: Mapping[str, Item] | None = None) -> Bank:
    """The exemplars with a form of one statement alone, in these languages."""
    form = bank.forms["short"]
    section = form.sections[0].model_copy(update={"items": (X121,), "draw": None})
    short = form.model_copy(update={"head": form.head.model_copy(update={"locales": locales}), "sections": (section,)})
    return replace(bank, forms={"short": short}, items={**bank.items, **(items or {})})


def found(bank: Bank) -> list[tuple[str, str, str]]:
    return [(finding.severity, finding.item, finding.place) for finding in translation_findings(bank) if finding.item == X121]


def translated(bank: Bank, text: str, **head: Any) -> Bank:
    old = bank.translations[X121]["es"]
    new = old.model_copy(
        update={"text": old.text.model_copy(update={"text": text}), "head": old.head.model_copy(update=head)},
    )
    return replace(bank, translations={X121: {"es": new}})


def approved(item: Item) -> Item:
    return item.model_copy(update={"head": item.head.model_copy(update={"status": "approved"})})


def test_a_form_in_english_promises_nothing(bank) -> None:
    assert found(replace(with_form(bank, ("en",)), translations={})) == []


def test_a_translation_that_a_form_promises_and_is_not_there_is_a_warning(bank) -> None:
    assert found(replace(with_form(bank, ("en", "es")), translations={})) == [("warning", X121, "")]
    assert found(with_form(bank, ("en", "es"))) == []


def test_in_an_approved_form_it_is_an_error(bank) -> None:
    items = {name: approved(bank.items[name]) for name in (X121, "practice-late-bus")}
    assert found(replace(with_form(bank, ("en", "es"), items), translations={})) == [("error", X121, "")]
    half = {X121: approved(bank.items[X121])}
    assert found(replace(with_form(bank, ("en", "es"), half), translations={})) == [("warning", X121, "")]


def test_a_translation_of_an_earlier_text_is_stale(bank) -> None:
    assert found(translated(bank, "Escucho a los demás, aunque no esté de acuerdo.", source_hash="sha256:" + "0" * 64)) == [
        ("warning", X121, "[translation] source_hash")
    ]


# "Listen to others, even if I disagree." has 37 characters: .9 of it are 33.3, 1.5 are 55.5.
@pytest.mark.parametrize(("length", "passes"), [(33, False), (34, True), (55, True), (56, False)])
def test_a_translation_is_from_nine_tenths_to_one_and_a_half_as_long(length: int, passes: bool, bank) -> None:
    assert found(translated(bank, "x" * length)) == ([] if passes else [("warning", X121, "[text]")])


@pytest.mark.parametrize(("longest", "passes"), [(104, True), (105, False)])
def test_options_are_of_one_length_in_the_translation_too(longest: int, passes: bool, bank) -> None:
    item = bank.items["exit-fee-shared-home"]
    head = bank.translations[X121]["es"].head.model_copy(update={"item": item.id, "source_hash": source_hash(item)})
    options = {"a": "x" * 80, "b": "x" * 90, "c": "x" * 90, "d": "x" * longest}
    draft = Translation.model_validate(
        {"translation": head.model_copy(update={"status": "draft"}).model_dump(), "text": {"option": options}}
    )
    findings = list(translation_findings(replace(bank, forms={}, translations={item.id: {"es": draft}})))
    assert [finding.place for finding in findings] == ([] if passes else ["[text] option"])


def test_a_form_without_its_title_and_introductions_in_a_language_that_it_promises_is_named(bank) -> None:
    def about_the_form(bank: Bank) -> list[tuple[str, str]]:
        return [(f.severity, f.place) for f in translation_findings(bank) if f.item == "short"]

    assert about_the_form(with_form(bank, ("en", "es"))) == [("warning", "")]
    assert about_the_form(with_form(bank, ("en",))) == []
    items = {name: approved(bank.items[name]) for name in (X121, "practice-late-bus")}
    assert about_the_form(with_form(bank, ("en", "es"), items)) == [("error", "")]
    promised = with_form(bank, ("en", "es"))
    head = {"form": "short", "locale": "es", "of_version": 1, "translators": ["A"], "status": "draft"}
    text = {"title": "Formulario breve", "intro": {"situations": "Elija."}}
    for stale in (False, True):
        hash = "sha256:" + "0" * 64 if stale else source_hash(promised.forms["short"])
        made = FormTranslation.model_validate({"translation": head | {"source_hash": hash}, "text": text})
        found = about_the_form(replace(promised, form_translations={"short": {"es": made}}))
        assert found == ([("warning", "[translation] source_hash")] if stale else [])


@pytest.mark.parametrize("form", ["customer_support", "customer_support_b", "short"])
def test_every_word_of_the_forms_for_customer_support_is_there_in_spanish(form: str) -> None:
    bank = read_bank(SHIPPED)
    published = read_snapshot(snapshot(bank, bank.forms[form]))
    assert published.locales == ("en", "es")
    assert published.languages == ("en", "es")
    assert [finding for finding in translation_findings(bank) if finding.item in {form, *bank.items}] == []

"""The catalogues of words: complete, certain, compiled from what is read, and true to the places that they fill."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from assessment.errors import Words
from assessment.web.languages import LANGUAGES
from assessment.web.pseudo_language import pseudo

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "assessment/web/translations"
TRANSLATED = sorted(set(LANGUAGES) - {"en"})
PLACE = re.compile(r"%\(\w+\)[sd]|</?\w+[^>]*>")


@cache
def written() -> dict[str, str | tuple[str, ...]]:
    """Every message of the program by its singular, as `make words` takes them out."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, {**DEFAULT_KEYWORDS, "Words": None})
    ids = [entry[2] for entry in found]
    return {message if isinstance(message, str) else message[0]: message for message in ids}


def catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)


def test_the_pages_of_applicants_have_words_to_translate() -> None:
    assert {"Saved", "Choose one answer.", "This answer was not saved. %(reason)s"} <= set(written())


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_no_other_is_kept(language: str) -> None:
    messages = {forms(message.id)[0]: message for message in catalogue(language) if message.id}
    assert sorted(set(written()) - set(messages)) == [], "`make words`, then translate"
    assert sorted(set(messages) - set(written())) == [], "`make words`"
    assert [name for name, message in messages.items() if not all(forms(message.string))] == []
    assert [name for name, message in messages.items() if message.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_places_and_the_marks_of_its_source(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            wanted = sorted(PLACE.findall(forms(message.id)[-1]))
            for form in forms(message.string):
                assert sorted(PLACE.findall(form)) == wanted, form


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_belongs_to_the_one_that_is_read(language: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    assert compiled.getvalue() == (TRANSLATIONS / language / "LC_MESSAGES/messages.mo").read_bytes(), "`make words`"


def test_words_are_their_english_text_and_remember_what_they_were_made_of() -> None:
    words = Words("Use %(most)s of %(what)s.", most=1000, what=Words("these"))
    assert words == "Use 1,000 of these."
    assert (words.template, words.values) == ("Use %(most)s of %(what)s.", {"most": 1000, "what": "these"})
    assert Words("100 % of it") == "100 % of it"


def test_the_made_up_language_keeps_places_and_marks_and_is_longer() -> None:
    for singular in written():
        made = pseudo(singular)
        assert sorted(PLACE.findall(made)) == sorted(PLACE.findall(singular))
        assert made.startswith("⟦") and made.endswith("⟧") and len(made) > len(singular)
    words = [message for message in written() if len(message) > 40]
    assert 1.2 < sum(map(len, map(pseudo, words))) / sum(map(len, words)) < 1.6

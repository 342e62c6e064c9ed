"""The notice's prose: the same in every language, entered in the register, and complete in every jurisdiction."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import assessment.notices
from assessment.notices import JURISDICTIONS, LANGUAGES, QUESTIONS, prose, told

FOLDER = Path(assessment.notices.__file__).parent
RELEASED = tomllib.loads((FOLDER / "released.toml").read_text(encoding="utf-8"))
FACT = re.compile(r"{(\w+)}")
ORGANISATION = {"organisation": "Acme"}
OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_changes_without_a_new_version(language: str) -> None:
    newest = list(RELEASED)[-1]
    words = prose(language)
    assert words.version == newest
    assert words.date == RELEASED[newest]["date"]
    assert words.hash == RELEASED[newest][language]


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_says_the_same_in_the_same_order(language: str) -> None:
    english, other = prose("en"), prose(language)
    assert other.language == language
    assert (other.version, other.date) == (english.version, english.date)
    shape = [[(p.jurisdictions, p.when, sorted(FACT.findall(p.text))) for p in s.paragraphs] for s in english.sections]
    assert [[(p.jurisdictions, p.when, sorted(FACT.findall(p.text))) for p in s.paragraphs] for s in other.sections] == shape
    paragraphs = [[p.text for section in words.sections for p in section.paragraphs] for words in (english, other)]
    assert not set(paragraphs[0]) & set(paragraphs[1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_self_identification_has_words_for_every_label_and_no_other(language: str) -> None:
    words = prose(language)
    assert set(words.asks) == set(QUESTIONS)
    assert {name: tuple(options) for name, options in words.options.items()} == QUESTIONS


@pytest.mark.parametrize("code", JURISDICTIONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_jurisdiction_needs_is_told_and_fills_every_gap(code: str, language: str) -> None:
    profile = JURISDICTIONS[code]
    facts = ORGANISATION | {fact: f"<{fact}>" for fact in profile.needs}
    if "legal_basis" in facts:
        facts["legal_basis:contract"] = "contract"
    text = " ".join(part for _, texts in told(prose(language), code, facts) for part in texts)
    assert all(f"<{fact}>" in text for fact in profile.needs if fact != "legal_basis")
    assert "{" not in text
    assert ("6(1)(b)" in text or "letra b" in text) == ("legal_basis" in profile.needs)


def test_only_named_jurisdictions_and_facts_stand_in_conditions() -> None:
    facts = {"contact", "keep_months", "self_identification", *(fact for p in JURISDICTIONS.values() for fact in p.needs)}
    for section in prose("en").sections:
        for paragraph in section.paragraphs:
            assert paragraph.jurisdictions <= set(JURISDICTIONS)
            assert not paragraph.when or paragraph.when.removeprefix("-").split(":")[0] in facts


def test_where_nothing_is_asked_the_reason_is_given() -> None:
    assert {code for code, profile in JURISDICTIONS.items() if not profile.asks} == {"general", "eu"}
    assert all(bool(profile.asks) != bool(profile.why_not) for profile in JURISDICTIONS.values())


def test_a_language_without_a_notice_reads_the_english_one() -> None:
    assert prose("fi") == prose("en")

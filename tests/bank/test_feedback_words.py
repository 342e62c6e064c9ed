"""The words of the applicant's report: complete in every language, without figures, scoring terms or comparisons."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from assessment.bank import BankErrors, FeedbackWords, read_bank
from tests.bank.conftest import Edit, Refusals

SHIPPED = Path(__file__).parents[2] / "questions"


@pytest.fixture(scope="module")
def words() -> dict[str, FeedbackWords]:
    return dict(read_bank(SHIPPED).feedback)


@pytest.fixture
def with_feedback(questions: Path) -> Path:
    """The copy of the exemplars with the shipped words, cut down to nothing but what every bank has."""
    shutil.copytree(SHIPPED / "feedback", questions / "feedback")
    read_bank(questions)
    return questions


def shape(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: shape(value) for name, value in node.items()}
    return [shape(value) for value in node] if isinstance(node, list) else type(node).__name__


def texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in texts(value)]
    return [node] if isinstance(node, str) else []


def test_both_languages_have_the_same_structure_and_places(words: dict[str, FeedbackWords]) -> None:
    english, spanish = (words[locale].model_dump(mode="json") for locale in ("en", "es"))
    assert shape(english) == shape(spanish)
    places = [[re.findall(r"\{\w+\}", text) for text in texts(language)] for language in (english, spanish)]
    assert places[0] == places[1]
    assert not set(texts(english)) & set(texts(spanish)) - {"Attune bank team"}


def test_a_part_that_is_not_measured_is_worded_alike_for_everybody_and_claims_nothing(words: dict[str, FeedbackWords]) -> None:
    for language in words.values():
        assert len({facet.theme for facet in language.facets.values()}) == 1
        for facet in language.facets.values():
            assert len({facet.strength, facet.between, facet.growth, facet.theme}) == 4


def test_numbers_are_words_and_the_last_word_stands_for_more(words: dict[str, FeedbackWords]) -> None:
    rests = words["en"].rests
    assert rests.in_words(3, 1, said=True) == "Rests on three situations and one statement about yourself."
    assert rests.in_words(3, 1, said=False) == "You were asked in three situations and one statement about yourself."
    assert rests.in_words(1, 0, said=True) == "Rests on one situation."
    assert rests.in_words(0, 2, said=False) == "You were asked in two statements about yourself."
    assert rests.in_words(11, 0, said=True) == rests.in_words(40, 0, said=True) == "Rests on more than ten situations."
    assert rests.in_words(0, 0, said=True) == rests.in_words(0, 0, said=False) == "You left this part open."


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("say who does what next", "say 3 things", 'holds "3"'),
        ("say who does what next", "raise your score", 'holds "score"'),
        ("say who does what next", "be better than others", 'holds "better than"'),
        ("say who does what next", "gain 5 %", 'holds "5"'),
    ],
)
def test_figures_scoring_terms_and_comparisons_are_refused_with_their_place(
    with_feedback: Path, edit: Edit, refusals: Refusals, old: str, new: str, found: str
) -> None:
    edit("feedback/en.toml", old, new)
    (refusal,) = refusals()
    assert refusal.startswith("feedback/en.toml: [facet.resolution] try")
    assert found in refusal


def test_a_facet_without_words_and_words_without_a_facet_are_refused(with_feedback: Path, edit: Edit, refusals: Refusals) -> None:
    edit("feedback/es.toml", "[facet.listening]", "[facet.hearing]")
    assert [line.partition(": ")[2] for line in refusals()] == [
        "[facet] listening: is missing: the construct map has this facet",
        "[facet] hearing: is not a facet of the construct map",
    ]


def test_a_sentence_that_lost_its_place_and_a_file_under_another_name_are_refused(
    with_feedback: Path, edit: Edit, refusals: Refusals
) -> None:
    edit("feedback/en.toml", 'on_one = "Rests on {parts}."', 'on_one = "Rests on little."')
    (with_feedback / "feedback" / "es.toml").rename(with_feedback / "feedback" / "fr.toml")
    assert refusals() == [
        "feedback/en.toml: [rests] on_one: must hold {parts}, in that order and nothing else in braces",
        "feedback/fr.toml: the file should be called es.toml, after its locale",
    ]


def test_no_weight_stands_beside_the_words(with_feedback: Path, edit: Edit) -> None:
    edit("feedback/en.toml", "[facet.listening]\n", "[facet.listening]\nweight = 1.0\n")
    with pytest.raises(BankErrors, match="carry no weights"):
        read_bank(with_feedback)

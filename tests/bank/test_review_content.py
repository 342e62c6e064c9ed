"""A9, A10 and A12: limits, words that do not belong into an item, review blocks that name an option."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assessment.bank.review.content import blocked_word_findings, limit_findings, review_findings
from assessment.bank.review.texts import source_texts


@pytest.mark.parametrize("move", ["act", "concede", "offer"])
def test_giving_or_spending_something_without_limits_is_a_warning(move: str, write, brief) -> None:
    assert brief(limit_findings(write(moves=move, limits=[]))) == ["A9 warning [scenario] limits"]
    assert list(limit_findings(write(moves=move))) == []


def test_words_alone_need_no_limits(write) -> None:
    assert list(limit_findings(write(moves="name_feeling", limits=[]))) == []


def test_a_storyline_that_reveals_what_may_be_given_needs_no_limits(bank) -> None:
    item = bank.items["a-wall-just-painted"]
    assert list(limit_findings(source_texts(bank, item))) == []
    silent = item.model_copy(update={"steps": tuple(step.model_copy(update={"reveals": ()}) for step in item.steps)})
    assert [finding.check for finding in limit_findings(source_texts(bank, silent))] == ["A9"]


@pytest.mark.parametrize(
    ("words", "severity"),
    [
        ("She has autism.", "error"),
        ("He filled in the Empathy Quotient.", "error"),
        ("His AQ is known.", "error"),
        ("The parcel came with DHL.", "error"),
        ("He uses a wheelchair.", "warning"),
        ("She is Spanish.", "warning"),
        ("It is for Christmas.", "warning"),
        ("It is for her birthday.", "warning"),
        ("It costs $5.", "warning"),
        ("It costs 5 euros.", "warning"),
        ("It costs 5 EUR.", "warning"),
    ],
)
def test_a_blocked_word_is_found_wherever_it_stands(words: str, severity: str, write) -> None:
    for text in (write(limits=[words]), write(("Call him.", words)), write(transcript=[{"who": "customer", "text": words}])):
        assert [(finding.check, finding.severity) for finding in blocked_word_findings(text)] == [("A10", severity)]


@pytest.mark.parametrize(
    "words", ["Polish the floor in may.", "an apple and a ford", "She is eager.", "It costs 5 percent.", "The aq is off."]
)
def test_words_that_only_look_like_blocked_ones_pass(words: str, write) -> None:
    plain = words.replace("Polish", "polish")
    assert list(blocked_word_findings(write(limits=[plain]))) == []


def test_spanish_has_its_own_lists(write) -> None:
    text = replace(write(limits=["Es para la Navidad."]), locale="es")
    assert [finding.message for finding in blocked_word_findings(text)] == ["“Navidad” is a holiday"]


def test_a_word_that_comes_twice_in_one_text_is_one_finding(write) -> None:
    assert len(list(blocked_word_findings(write(limits=["A hotel is a hotel."])))) == 1


def named(write, bank, **review: object) -> list[tuple[str, str]]:
    text = write(("Call her back before the van leaves for the day.", "Ask him."), review=review)
    return [(finding.severity, finding.place) for finding in review_findings(bank, text.item, text)]


@pytest.mark.parametrize(
    "note",
    [
        "Option b is too kind.",
        "Unsure between b and c.",
        "The answer (a) is long.",
        "Reply A stands out.",
        "The best option is the honest one.",
        "Call her back before the van leaves, they all said.",  # six words of an option and more
    ],
)
def test_a_review_block_that_names_an_option_is_an_error(note: str, write, bank) -> None:
    assert named(write, bank, culture=note) == [("error", "[review] culture")]


@pytest.mark.parametrize(
    "note",
    [
        "An answer a person gives at once.",
        "Every option gives a date.",
        "Call her back before it is late.",  # four words of an option
        "A choice, not eye contact.",
        "Plan A and plan B are none of them.",
    ],
)
def test_a_review_block_may_speak_of_options(note: str, write, bank) -> None:
    assert named(write, bank, culture=note) == []


def test_notes_of_readers_are_looked_at_too(write, bank) -> None:
    reader = {"role": "agent", "on": "2026-11-20", "verdict": "keep", "note": "I would take option d."}
    assert named(write, bank, readers=[reader]) == [("error", "[[review.readers]] 1.note")]
    source = {"kind": "author", "summary": "Whether option a is right."}
    assert named(write, bank, source=source) == [("error", "[review.source] summary")]

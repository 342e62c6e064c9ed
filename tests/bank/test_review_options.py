"""A5 to A8: options that differ in something else than what they do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.bank.review.options import (
    give_away_findings,
    jaccard,
    joining_findings,
    likeness_findings,
    option_length_findings,
)
from assessment.bank.review.texts import source_texts


def lengths(*counts: int) -> tuple[str, ...]:
    """Options of so many characters."""
    return tuple("x" * count for count in counts)


def test_options_of_one_length_pass(write) -> None:
    assert list(option_length_findings(write())) == []


@pytest.mark.parametrize(
    ("longest", "severities"),
    [(104, []), (105, ["warning"]), (120, ["warning"]), (121, ["error"])],
)
def test_the_longest_is_1_3_times_the_shortest_and_1_5_at_the_very_most(longest: int, severities: list[str], write) -> None:
    # 90, 100: the median keeps every option within 20 % until the longest passes 108.
    found = [f.severity for f in option_length_findings(write(lengths(80, 90, 100, longest))) if f.place == "[task] option"]
    assert found == severities


@pytest.mark.parametrize(("length", "passes"), [(80, True), (79, False), (120, True), (121, False)])
def test_an_option_is_within_20_percent_of_the_median(length: int, passes: bool, write) -> None:
    found = [f.place for f in option_length_findings(write(lengths(100, 100, 100, length))) if "d" in f.place]
    assert found == ([] if passes else ["[[task.option]] d.text"])


@pytest.mark.parametrize(("length", "passes"), [(8, True), (7, False), (32, True), (33, False)])
def test_options_under_60_characters_are_within_12_characters_whatever_their_ratio(length: int, passes: bool, write) -> None:
    found = [(f.severity, f.place) for f in option_length_findings(write(lengths(20, 20, 20, length)))]
    assert found == ([] if passes else [("error", "[task] option"), ("warning", "[[task.option]] d.text")])


@pytest.mark.parametrize(
    "word",
    [
        "always",
        "Never",
        "just",
        "simply",
        "only",
        "immediately",
        "politely",
        "calmly",
        "patiently",
        "sincerely",
        "empathise",
        "entirely",
    ],
)
def test_a_word_that_gives_an_option_away_is_a_warning(word: str, write, brief) -> None:
    options = ("Tell her where the van is now.", f"Tell her {word} where the van is.", "Ask her when she is at home.")
    assert brief(give_away_findings(write(options))) == ["A6 warning [[task.option]] b.text"]


def test_understanding_how_somebody_feels_is_a_phrase_and_its_words_are_not(write) -> None:
    told = ("Say: I understand how you feel.", "Say: I understand how it was.", "Say: I can see how you work.")
    assert [finding.message for finding in give_away_findings(write(told))] == ["“understand how you feel” gives an option away"]


def test_a_word_of_the_stem_in_one_option_alone_is_a_warning(write, brief) -> None:
    setting = "A pump stands in the yard. The tank is empty."
    echo = ("Show her the pumps there.", "Tell her a time for it.", "Ask for more help here.")
    assert brief(give_away_findings(write(echo, setting=setting))) == ["A6 warning [[task.option]] a.text"]


@pytest.mark.parametrize(
    "options",
    [
        ("Show her the pump.", "Show him the pump.", "Ask for more help."),  # two have the word
        ("Show her the pump.", "Show her the tank.", "Ask for more help."),  # another has another word
        ("Show her the lamp.", "Tell her a time.", "Ask for more help."),  # none has one
        ("Tell her about it.", "Tell her the time.", "Ask for more help."),  # words without content
    ],
)
def test_an_option_is_told_apart_by_a_word_only_when_no_other_has_the_like(options: tuple[str, ...], write) -> None:
    assert list(give_away_findings(write(options, setting="A pump stands in the yard. The tank is empty."))) == []


def test_a_storyline_step_echoes_what_has_been_revealed_so_far(bank) -> None:
    item = bank.items["a-wall-just-painted"]
    texts = ("Use the cupboard", "Say no to it now", "Go and come back", "Do it all again")

    def with_options(number: int):
        step = item.steps[number]
        options = tuple(option.model_copy(update={"text": text}) for option, text in zip(step.options, texts, strict=False))
        steps = (*item.steps[:number], step.model_copy(update={"options": options}), *item.steps[number + 1 :])
        return [f.place for f in give_away_findings(source_texts(bank, item.model_copy(update={"steps": steps})))]

    assert "[[step.option]] do.a.text" in with_options(3)
    assert "[[step.option]] went-wrong.a.text" not in with_options(1)


@pytest.mark.parametrize(
    ("most", "passes"), [("Bread and tea", True), ("Bread and tea and ham", False), ("Bread or tea, then ham", False)]
)
def test_joining_words_differ_by_one_at_most(most: str, passes: bool, write, brief) -> None:
    options = ("Rice", "Soup", most)
    found = brief(joining_findings(write(options)))
    assert found == ([] if passes else ["A7 warning [task] option"])


@pytest.mark.parametrize(
    ("options", "passes"),
    [
        (("Call her and send the list.", "Call him.", "Ask her."), False),
        (("Call her. Send the list.", "Call him.", "Ask her."), False),
        (("Call her and send the list.", "Call him and ask her.", "Ask her."), True),
        (("Call her about the call and the list.", "Call him.", "Ask her."), True),
        (("Call her.", "Call him.", "Ask her."), True),
    ],
)
def test_two_acts_in_one_option_alone_are_a_warning(options: tuple[str, ...], passes: bool, write, brief) -> None:
    assert brief(joining_findings(write(options))) == ([] if passes else ["A7 warning [[task.option]] a.text"])


@pytest.mark.parametrize(("words", "passes"), [("sorry", True), ("sorry, and thanks", False)])
def test_courtesy_and_feeling_differ_by_one_word_at_most(words: str, passes: bool, write, brief) -> None:
    options = ("Say where the van is.", "Ask when he is in.", f"Write that you are {words}.")
    assert brief(likeness_findings(write(options))) == ([] if passes else ["A8 warning [task] option"])


@pytest.mark.parametrize(("shared", "passes"), [(3, True), (4, False)])
def test_two_options_have_60_percent_of_their_words_in_common_at_most(shared: int, passes: bool, write, brief) -> None:
    # Each option has `shared` words and one of its own; 3 of 5 is .6, 4 of 6 is .67.
    common = ["one", "two", "three", "four"][:shared]
    options = (" ".join([*common, "left"]), " ".join([*common, "right"]))
    assert brief(likeness_findings(write(options))) == ([] if passes else ["A8 error [[task.option]] b.text"])


def test_spanish_options_are_measured_by_spanish_words(write, brief) -> None:
    text = write(("Llamarla y enviarle la lista hoy.", "Llamar a la tienda.", "Decirle siempre la hora."))
    spanish = replace(text, locale="es")
    assert brief(joining_findings(spanish)) == ["A7 warning [[task.option]] a.text"]
    assert brief(give_away_findings(spanish)) == ["A6 warning [[task.option]] c.text"]


WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=8)


@settings(max_examples=80, deadline=None)
@given(WORDS, WORDS)
def test_likeness_is_mutual_and_from_0_to_1(one: list[str], other: list[str]) -> None:
    assert 0.0 <= jaccard(one, other) == jaccard(other, one) <= 1.0
    assert jaccard(one, one) == (1.0 if one else 0.0)

"""Words, sentences, syllables and the reading formulas."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.bank.review.measures import reading_ease, reading_grade, sentences, syllables, words

# Counts as the CMU Pronouncing Dictionary 0.7b gives them.
ENGLISH = {
    1: "the box homes changed moved asked tells through eye boat whole stopped called trucks lens strength",
    2: "table added places boxes quiet people being colleague business settled safety poem something hopeful moment beyond",
    3: "idea customer area customers technician creating everything radio customer's serious usual museum",
    4: "information supervisor certificate territory January variety",
    5: "opportunity university immediately communication",
}
# Divided as the Ortografía of the Real Academia divides them.
SPANISH = {
    1: "y rey buey muy quién huir pie",
    2: "país día búho leer ciudad aunque guerra hacia reyes viuda construir oír",
    3: "ahora poeta guitarra pingüino cuidado empleo",
    4: "aéreo continúa averiguáis teléfono murciélago",
    5: "aeropuerto electricista universidad",
}


@pytest.mark.parametrize(("count", "text"), ENGLISH.items())
def test_english_syllables_are_those_of_the_dictionary(count: int, text: str) -> None:
    assert {word: syllables(word) for word in text.split()} == dict.fromkeys(text.split(), count)


@pytest.mark.parametrize(("count", "text"), SPANISH.items())
def test_spanish_syllables_are_those_of_the_orthography(count: int, text: str) -> None:
    assert {word: syllables(word, "es-MX") for word in text.split()} == dict.fromkeys(text.split(), count)


def test_a_digit_is_a_syllable_and_a_sign_between_is_none() -> None:
    assert [syllables(number) for number in ("7", "140", "1,250", "3.5")] == [1, 3, 4, 2]


def test_a_sentence_used_to_explain_the_formula_has_its_published_counts() -> None:
    # "has a readability of 69": 206.835 - 1.015 * 16 - 84.6 * 23 / 16 = 68.98, which 16 words and 23 syllables alone give.
    text = "This sentence, taken as a reading passage unto itself, is being used to prove a point."
    assert (len(words(text)), sum(map(syllables, words(text)))) == (16, 23)
    assert reading_grade([text]) == pytest.approx(0.39 * 16 + 11.8 * 23 / 16 - 15.59)


def test_the_cat_on_the_mat_reads_below_every_grade() -> None:
    # Reading ease 116.145, one syllable a word: grade 0.39 * 6 + 11.8 - 15.59.
    assert reading_grade(["The cat sat on the mat."]) == pytest.approx(-1.45)


def test_the_ease_of_a_spanish_text_is_counted_from_syllables_and_sentences() -> None:
    # El(1) pe-rro(2) co-me(2). La(1) ca-sa(2) es(1) gran-de(2): 11 syllables, 7 words, 2 sentences.
    expected = 206.84 - 60 * 11 / 7 - 1.02 * 7 / 2
    assert reading_ease(["El perro come. La casa es grande."]) == pytest.approx(expected)


def test_quotation_marks_and_brackets_belong_to_the_sentence_before() -> None:
    assert len(sentences("“It rang.” He left. (At ten!) Why? Nobody knows …")) == 5
    assert sentences("  ...  ") == []


def test_a_text_without_words_is_easy() -> None:
    assert (reading_grade([]), reading_grade(["…"]), reading_ease([""])) == (0.0, 0.0, 100.0)


PROSE = st.lists(st.text(alphabet="aeioubcdlrsty .!?", max_size=60), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(PROSE)
def test_a_text_read_twice_is_as_hard_as_read_once(texts: list[str]) -> None:
    assert reading_grade(texts * 2) == pytest.approx(reading_grade(texts))
    assert reading_ease(texts * 2) == pytest.approx(reading_ease(texts))


@settings(max_examples=60, deadline=None)
@given(PROSE)
def test_capital_letters_do_not_change_how_hard_a_text_is(texts: list[str]) -> None:
    assert reading_grade([text.upper() for text in texts]) == pytest.approx(reading_grade(texts))


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=12), st.sampled_from(["en", "es"]))
def test_every_word_has_from_one_to_twice_as_many_syllables_as_letters(word: str, locale: str) -> None:
    assert 1 <= syllables(word, locale) <= max(1, 2 * len(word))


@settings(max_examples=60, deadline=None)
@given(PROSE)
def test_sentences_hold_all_words_and_no_others(texts: list[str]) -> None:
    text = " ".join(texts)
    assert [word for sentence in sentences(text) for word in words(sentence)] == words(text)

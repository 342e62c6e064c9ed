"""A3 and A4: reading level and length, at their thresholds and just inside them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assessment.bank.review.reading import length_findings, reading_findings
from assessment.bank.review.texts import Text, source_texts

PLAIN = (
    "Tell her that you have the van in town.",
    "Ask her if she has the key to the shed.",
    "Give her the time of the next free van.",
)


def of_twenty_words(short: str, long: str, count: int) -> str:
    """A sentence of twenty words, `count` of them long."""
    return " ".join([long] * count + [short] * (20 - count)) + "."


# One sentence of 20 words and 20 + n syllables reads at grade 0.39 * 20 + 11.8 * (20 + n) / 20 - 15.59 = 4.01 + 0.59 n.
@pytest.mark.parametrize(("n", "severities"), [(6, []), (7, ["warning"]), (8, ["warning"]), (9, ["error"])])
def test_a_reading_grade_above_8_is_a_warning_and_above_9_an_error(n: int, severities: list[str], write) -> None:
    found = list(reading_findings(write((of_twenty_words("van", "table", n), *PLAIN))))
    assert [finding.severity for finding in found] == severities
    assert {finding.place for finding in found} <= {"[[task.option]] a.text"}


# In Spanish its ease is 206.84 - 60 * (20 + n) / 20 - 1.02 * 20 = 126.44 - 3 n.
@pytest.mark.parametrize(("n", "severities"), [(22, []), (23, ["warning"]), (24, ["error"])])
def test_a_spanish_ease_below_60_is_a_warning_and_below_55_an_error(n: int, severities: list[str], write) -> None:
    words = of_twenty_words("casa", "ventana", n - 20)
    spanish = replace(write(), locale="es", opening=(Text("[text] setting", words),), questions=())
    assert [finding.severity for finding in reading_findings(spanish)] == severities


def test_a_language_without_a_formula_is_not_measured(write) -> None:
    hard = of_twenty_words("Zuständigkeitsbereich", "Auftragsbestätigung", 10)
    german = replace(write(), locale="de", opening=(Text("[text] setting", hard),), questions=())
    assert list(reading_findings(german)) == []


def test_short_options_are_measured_together(write) -> None:
    # "Disappointed" alone would read at grade 32; among three plain options it does no harm.
    assert list(reading_findings(write(("Disappointed", "Glad to be heard", "Cross with us", "Sure of what he did")))) == []
    together = list(
        reading_findings(write(("Disappointed", "Uncomfortable", "Misunderstood by everybody", "Apprehensive about everything")))
    )
    assert [finding.severity for finding in together] == ["error"]


def test_a_sentence_of_25_words_passes_and_one_of_26_does_not(write, brief) -> None:
    assert list(reading_findings(write(setting="a " * 24 + "end."))) == []
    assert brief(reading_findings(write(setting="a " * 25 + "end."))) == ["A3 warning [scenario] setting"]
    assert brief(reading_findings(write(limits=["a " * 25 + "end. Two."]))) == ["A3 warning [scenario] limits.1"]


def test_what_a_storyline_reveals_is_read_too(bank) -> None:
    item = bank.items["a-wall-just-painted"]
    step = item.steps[1]
    hard = step.reveals[0].model_copy(
        update={"text": "Organisational responsibilities necessitate an immediate administrative clarification of everything."}
    )
    steps = (item.steps[0], step.model_copy(update={"reveals": (hard,)}), *item.steps[2:])
    findings = list(reading_findings(source_texts(bank, item.model_copy(update={"steps": steps}))))
    assert [finding.place for finding in findings] == ["[[step.reveals]] went-wrong.1.text"]


def test_a_verbatim_statement_of_the_item_pool_is_not_the_banks_to_reword(bank) -> None:
    item = bank.items["ipip-x121"]
    task = item.task.model_copy(
        update={"text": "Organisational responsibilities necessitate administrative clarification of every misunderstanding."}
    )
    hard = item.model_copy(update={"task": task})
    assert list(reading_findings(source_texts(bank, hard))) == []
    source = item.review.source.model_copy(update={"wording": "adapted"})
    adapted = hard.model_copy(update={"review": item.review.model_copy(update={"source": source})})
    assert [finding.severity for finding in reading_findings(source_texts(bank, adapted))] == ["error"]


# write() has 4 words in its transcript and 5 in its limit: the setting makes the rest.
@pytest.mark.parametrize(("words", "passes"), [(59, False), (60, True), (150, True), (151, False)])
def test_a_stem_has_60_to_150_words(words: int, passes: bool, write, brief) -> None:
    found = brief(length_findings(write(setting="word " * (words - 9))))
    assert found == ([] if passes else ["A4 warning [scenario] setting"])


def test_earlier_contacts_count_in_the_stem_and_the_fields_of_a_card_do_not(write) -> None:
    notes = [{"ago": "2 days", "channel": "phone", "note": "word " * 14}]
    card = {"name": "Bo", "since": "nine long years", "facts": ["Six more words than are allowed"]}
    assert list(length_findings(write(setting="word " * 127, contacts=notes, card=card))) == []
    assert len(list(length_findings(write(setting="word " * 128, contacts=notes, card=card)))) == 1


def test_a_note_has_14_words_at_most(write, brief) -> None:
    notes = [{"ago": "2 days", "channel": "phone", "note": "word " * count} for count in (14, 15)]
    assert brief(length_findings(write(contacts=notes))) == ["A4 warning [[scenario.contacts]] 2.note"]


@pytest.mark.parametrize(("extra", "passes"), [(0, True), (1, False)])
def test_a_storyline_may_have_130_words_and_60_more_a_reveal(extra: int, passes: bool, bank) -> None:
    item = bank.items["a-wall-just-painted"]  # two steps reveal something: 130 + 2 * 60 words
    revealed = sum(len(line.text.split()) for step in item.steps for line in step.reveals)
    said = sum(len(line.text.split()) for line in item.scenario.transcript)
    scenario = item.scenario.model_copy(update={"setting": "word " * (250 - revealed - said + extra)})
    findings = list(length_findings(source_texts(bank, item.model_copy(update={"scenario": scenario}))))
    assert findings == [] if passes else [finding.check for finding in findings] == ["A4"]

"""A3 and A4: is the text easy enough to read, and neither too short to decide nor too long to hold?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assessment.bank.review.findings import Finding, Severity
from assessment.bank.review.matching import language
from assessment.bank.review.measures import reading_ease, reading_grade, sentences, words
from assessment.bank.review.texts import ItemText, Text

# G12 asks for grade 6 to 8. Grade 9 is where adults who left school early and second-language readers fall behind.
GRADE_ERROR, GRADE_WARNING = 9.0, 8.0
# "Rather difficult" begins below 60 on the scale of Fernández Huerta; 55 leaves room for the measure's own error.
EASE_ERROR, EASE_WARNING = 55.0, 60.0
LONGEST_SENTENCE = 25
# The formulas were fitted to passages of a hundred words. Below so many words one long word decides the grade: shorter options
# are measured together.
FEWEST_WORDS = 8

STEM_WORDS = (60, 150)
STORYLINE_WORDS, REVEAL_WORDS = 130, 60
NOTE_WORDS = 14


def reading_findings(text: ItemText) -> Iterator[Finding]:
    """A3: the reading level of the stem, of what each step reveals, and of every option; sentences that are too long."""
    statement = text.statement
    source = text.item.review.source
    # A verbatim statement of the item pool is not the bank's to reword: its wording is its identity.
    if statement is not None and not (text.locale == "en" and source.wording == "verbatim"):
        yield from _level(text, "the statement", [statement])
    if text.stem:
        yield from _level(text, "the stem", text.stem)
    for question in text.questions:
        if question.reveals:
            yield from _level(text, f"what {question.code} reveals", question.reveals)
        options = [Text(option.place, option.words) for option in question.options]
        short = [option for option in options if len(words(option.words)) < FEWEST_WORDS]
        for option in options:
            if option not in short:
                yield from _level(text, "the option", [option])
        if short:
            yield from _level(text, "the short options together", short)
    for passage in text.all:
        for sentence in sentences(passage.words):
            if (count := len(words(sentence))) > LONGEST_SENTENCE:
                message = f"a sentence has {count} words; the most is {LONGEST_SENTENCE}: “{_beginning(sentence)}”"
                yield text.finding("A3", "warning", passage.place, message, "Make two sentences of it.")


def _beginning(sentence: str, most: int = 8) -> str:
    kept = sentence.split()
    return " ".join(kept[:most]) + (" …" if len(kept) > most else "")


def _level(text: ItemText, what: str, passages: Sequence[Text]) -> Iterator[Finding]:
    texts = [passage.words for passage in passages]
    if len(words(" ".join(texts))) < FEWEST_WORDS:
        return
    spanish = language(text.locale) == "es"
    if not spanish and language(text.locale) != "en":
        return
    severity: Severity
    if spanish:
        ease = reading_ease(texts)
        if ease >= EASE_WARNING:
            return
        severity = "error" if ease < EASE_ERROR else "warning"
        measure = f"has a reading ease of {ease:.0f} (Fernández Huerta); it should be {EASE_WARNING:.0f} or more"
    else:
        grade = reading_grade(texts)
        if grade <= GRADE_WARNING:
            return
        severity = "error" if grade > GRADE_ERROR else "warning"
        measure = f"reads at grade {grade:.1f} (Flesch–Kincaid); it should be {GRADE_WARNING:.0f} or less"
    yield text.finding("A3", severity, passages[0].place, f"{what} {measure}", "Use shorter sentences and shorter words.")


def length_findings(text: ItemText) -> Iterator[Finding]:
    """A4: words of the stem (setting, notes, transcript and limits; a card's fields are no prose), of a storyline, of a note."""
    item = text.item
    if item.scenario is None:
        return
    prose = [passage for passage in text.stem if ".card]" not in passage.place and not passage.place.startswith("[text] card")]
    count = _count(prose)
    where = prose[0].place if prose else "[scenario]"
    if item.format == "storyline":
        reveals = [question.reveals for question in text.questions if question.reveals]
        total, most = count + sum(map(_count, reveals)), STORYLINE_WORDS + REVEAL_WORDS * len(reveals)
        if total > most:
            many = f"{len(reveals)} reveal" + ("" if len(reveals) == 1 else "s")
            message = f"the storyline has {total} words; with {many} it may have {most}"
            yield text.finding("A4", "warning", where, message, "Leave out what does not bear on a decision.")
    elif not STEM_WORDS[0] <= count <= STEM_WORDS[1]:
        remedy = "Leave out what does not bear on the decision." if count > STEM_WORDS[1] else "Add what one has to know to decide."
        message = f"the stem has {count} words; it should have {STEM_WORDS[0]} to {STEM_WORDS[1]}"
        yield text.finding("A4", "warning", where, message, remedy)
    for note in text.notes:
        if (count := _count([note])) > NOTE_WORDS:
            message = f"the note has {count} words; the most is {NOTE_WORDS}"
            yield text.finding("A4", "warning", note.place, message, "Write it as a busy colleague would.")


def _count(passages: Sequence[Text]) -> int:
    return sum(len(words(passage.words)) for passage in passages)

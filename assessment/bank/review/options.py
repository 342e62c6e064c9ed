"""A5 to A8: do the options differ in what they do, and in nothing else that a test-wise person could go by?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from statistics import median

from assessment.bank.review.findings import Finding, Severity, listed
from assessment.bank.review.matching import content_words, language, listed_words, tokens
from assessment.bank.review.measures import sentences
from assessment.bank.review.texts import ItemText, OptionText, Question
from assessment.bank.review.word_lists import ABSOLUTES, ACTIONS, AND_OR_THEN, COURTESIES_AND_FEELINGS, GIVE_AWAYS

RATIO_ERROR, RATIO_WARNING = 1.5, 1.3
FROM_MEDIAN = 0.20
# A share of a short text is a word or less, so that short options are compared in characters.
SHORT_OPTION, SHORT_FROM_MEDIAN = 60, 12
MOST_APART = 1
ALIKE = 0.6
_ROUNDING = 1e-9


def option_length_findings(text: ItemText) -> Iterator[Finding]:
    """A5: longest against shortest, and each against the median, in characters."""
    remedy = "Bring the options to one length."
    for question in text.questions:
        if (ratio := length_ratio(question)) > RATIO_WARNING:
            severity: Severity = "error" if ratio > RATIO_ERROR else "warning"
            most = RATIO_ERROR if severity == "error" else RATIO_WARNING
            shown = listed(f"{option.id} {len(option.words)}" for option in question.options)
            message = f"the longest option is {ratio:.2f} times as long as the shortest ({shown}); the most is {most}"
            yield text.finding("A5", severity, question.place, message, remedy)
        middle = _middle(question)
        for option in question.options:
            length = len(option.words)
            if not _near(length, middle):
                allowed = f"{SHORT_FROM_MEDIAN} characters" if length < SHORT_OPTION else f"{FROM_MEDIAN:.0%}"
                message = f"has {length} characters, more than {allowed} from the median of {middle:g}"
                yield text.finding("A5", "warning", option.place, message, remedy)


def length_ratio(question: Question) -> float:
    """Characters of the longest over those of the shortest option.

    1 for options that are all short and all within the characters that short ones may differ: a word more is a large share
    of three.
    """
    lengths = [len(option.words) for option in question.options]
    if len(lengths) < 2 or (max(lengths) < SHORT_OPTION and all(_near(length, _middle(question)) for length in lengths)):
        return 1.0
    return max(lengths) / min(lengths)


def _middle(question: Question) -> float:
    return median(len(option.words) for option in question.options) if question.options else 0.0


def _near(length: int, middle: float) -> bool:
    allowed = SHORT_FROM_MEDIAN if length < SHORT_OPTION else FROM_MEDIAN * middle
    return abs(length - middle) <= allowed + _ROUNDING


def give_away_findings(text: ItemText) -> Iterator[Finding]:
    """A6: words that give an option away, claims without exception, and an option that alone repeats words of the stem."""
    for index, question in enumerate(text.questions):
        for option in question.options:
            for words in listed_words(option.words, GIVE_AWAYS, text.locale):
                remedy = "Take the word out; test-wise people go by it."
                yield text.finding("A6", "warning", option.place, f"“{words}” gives an option away", remedy)
            for words in listed_words(option.words, ABSOLUTES, text.locale):
                remedy = "Say it without an absolute, or say of what it is true."
                yield text.finding("A6", "warning", option.place, f"“{words}” claims to hold without exception", remedy)
        yield from _echo(text, index, question)


def _echo(text: ItemText, index: int, question: Question) -> Iterator[Finding]:
    """One option that repeats content words of the stem which no other has, when no other option does the like.

    Options speak of what the stem speaks of, so that nearly each has a word of it to itself; what tells an option apart is to
    be the one option that has.
    """
    before = [passage for asked in text.questions[: index + 1] for passage in asked.reveals]
    read = [*text.stem, *before, *([question.ask] if question.ask else [])]
    stem = {word for passage in read for word in content_words(passage.words, text.locale)}
    shared = {option.id: content_words(option.words, text.locale) & stem for option in question.options}
    alone: dict[str, set[str]] = {}
    for option in question.options:
        others = set().union(*(found for name, found in shared.items() if name != option.id))
        if own := shared[option.id] - others:
            alone[option.id] = own
    if len(alone) == 1 and len(question.options) > 1:
        (name, own), *_ = alone.items()
        place = next(option.place for option in question.options if option.id == name)
        message = f"is the one option with words of the stem that no other has: {listed(sorted(own))}"
        yield text.finding("A6", "warning", place, message, "Use other words here, or words of the stem elsewhere too.")


def joining_findings(text: ItemText) -> Iterator[Finding]:
    """A7: *and*, *or*, *then* more often in one option than in another; two acts in one option alone."""
    for question in text.questions:
        counts = {option.id: len(listed_words(option.words, AND_OR_THEN, text.locale)) for option in question.options}
        yield from _apart(text, "A7", question, counts, "and, or, then", "Give each option the same number of parts.")
        two = [option for option in question.options if _acts(option, text.locale) >= 2]
        if len(two) == 1 and len(question.options) > 2:
            message = "is the one option with two verbs of action"
            yield text.finding("A7", "warning", two[0].place, message, "Leave one act out, or give the other options two.")


def _acts(option: OptionText, locale: str) -> int:
    """Verbs of action at the beginning of a sentence or behind an *and*, *or*, *then*."""
    joints = set(AND_OR_THEN.get(language(locale), ()))
    spanish = language(locale) == "es"
    found = 0
    for sentence in sentences(option.words):
        expected = True
        for word in tokens(sentence):
            if expected and (_infinitive(word) if spanish else word in ACTIONS):
                found += 1
            expected = word in joints
    return found


def _infinitive(word: str) -> bool:
    for ending in ("selo", "sela", "selos", "selas", "le", "les", "lo", "la", "los", "las", "se"):
        if word.endswith(ending) and _infinitive(word.removesuffix(ending)):
            return True
    return len(word) > 2 and word.endswith(("ar", "er", "ir", "ár", "ér", "ír"))


def _apart(text: ItemText, check: str, question: Question, counts: dict[str, int], what: str, remedy: str) -> Iterator[Finding]:
    if counts and max(counts.values()) - min(counts.values()) > MOST_APART:
        shown = listed([f"{name} {count}" for name, count in counts.items()])
        message = f"the count of {what} differs by more than {MOST_APART} between options ({shown})"
        yield text.finding(check, "warning", question.place, message, remedy)


def likeness_findings(text: ItemText) -> Iterator[Finding]:
    """A8: courtesy and feeling in one option more than in another; two options that say nearly the same."""
    for question in text.questions:
        counts = {option.id: len(listed_words(option.words, COURTESIES_AND_FEELINGS, text.locale)) for option in question.options}
        remedy = "Level the tone: an option should not win by sounding kind."
        yield from _apart(text, "A8", question, counts, "words of courtesy and feeling", remedy)
        for one, other in combinations(question.options, 2):
            if (overlap := jaccard(tokens(one.words), tokens(other.words))) > ALIKE:
                message = f"options {one.id} and {other.id} have {overlap:.0%} of their words in common; the most is {ALIKE:.0%}"
                yield text.finding("A8", "error", other.place, message, "Make them two courses of action, or drop one.")


def jaccard(one: Sequence[str], other: Sequence[str]) -> float:
    """Words that both have over words that either has, 0 to 1; 0 when neither has any."""
    either = set(one) | set(other)
    return len(set(one) & set(other)) / len(either) if either else 0.0

"""A9, A10 and A12: limits, words that do not belong into an item, and a review block that names an option."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from assessment.bank.authorship import Authorship
from assessment.bank.catalogue import Bank
from assessment.bank.items import Item
from assessment.bank.review.findings import Finding, Severity
from assessment.bank.review.matching import found_words, listed_words
from assessment.bank.review.texts import ItemText, item_file
from assessment.bank.review.word_lists import (
    BRANDS,
    CLICHES,
    CLINICAL,
    CURRENCY_CODES,
    CURRENCY_SIGNS,
    CURRENCY_WORDS,
    HOLIDAYS,
    NATIONS,
    PROTECTED,
    SCALES,
)

COSTLY_MOVES = frozenset({"act", "concede", "offer"})
"""Moves that give or spend something: without a limit on the page they are free, and the kindest option is the best."""


def limit_findings(text: ItemText) -> Iterator[Finding]:
    """A9: an option gives or spends something, or a step asks what to do, and nothing says what may be given."""
    item = text.item
    if item.scenario is None or item.scenario.limits or any(step.reveals for step in item.steps):
        return
    moves = {move for question in text.questions for option in question.options for move in option.moves}
    asks_for_action = any(question.role == "action" for question in text.questions)
    if moves & COSTLY_MOVES or asks_for_action:
        remedy = "Say what the agent may give, who decides the rest, and what it costs whom."
        yield text.finding("A9", "warning", "[scenario] limits", "options give or spend something and no limit is stated", remedy)


def blocked_word_findings(text: ItemText) -> Iterator[Finding]:
    """A10: clinical words and brands (errors); protected groups, holidays, worn scenes and currencies (warnings)."""
    locale = text.locale
    neutral = "Amounts are bare numbers that share one unit."
    checks: tuple[tuple[Severity, str, Callable[[str], list[str]], str], ...] = (
        ("error", "is a clinical word", lambda words: listed_words(words, CLINICAL, locale), "Say what the person does or needs."),
        ("error", "is a clinical or trait scale", lambda words: found_words(words, SCALES, exact_case=True), "Leave it out."),
        ("error", "is a brand", lambda words: found_words(words, BRANDS, exact_case=True), "Say what kind of thing it is."),
        (
            "warning",
            "names a protected group",
            lambda words: listed_words(words, PROTECTED, locale),
            "Leave the person's group out, unless the job needs it.",
        ),
        (
            "warning",
            "says where somebody is from",
            lambda words: found_words(words, NATIONS, exact_case=True),
            "Leave the person's origin out, unless the job needs it.",
        ),
        ("warning", "is a holiday", lambda words: listed_words(words, HOLIDAYS, locale), "Take a day that everybody has."),
        ("warning", "is a worn scene", lambda words: listed_words(words, CLICHES, locale), "Take an incident from other work."),
        ("warning", "is a currency", lambda words: listed_words(words, CURRENCY_WORDS, locale), neutral),
        ("warning", "is a currency", lambda words: found_words(words, CURRENCY_CODES, exact_case=True), neutral),
        ("warning", "is a currency sign", lambda words: [sign for sign in words if sign in CURRENCY_SIGNS], neutral),
    )
    for passage in text.all:
        for severity, complaint, find, remedy in checks:
            for words in dict.fromkeys(find(passage.words)):
                yield text.finding("A10", severity, passage.place, f"“{words}” {complaint}", remedy)


_NAMES_AN_OPTION = re.compile(
    # "option c", "answer (b)", "reply a is": a letter that is no article.
    r"\b(?i:option|answer|choice|reply|alternative)s?\s+(?:[\"'‘“(]\s*[a-fA-F]\b|[b-fB-FA]\b|a\b(?=\s*(?:$|[.,;:)]|(?:is|was|and|or|to)\b)))"
    r"|\([a-fA-F]\)"
    r"|(?<![\w.'’])[b-fB-F],?\s+(?:and|or)\s+[a-fA-F]\b(?!\s+\w)"
    r"|\b(?i:best|worst|correct|right|wrong|keyed)\s+(?i:option|answer|reply|choice)\s+(?i:is)\b"
)
QUOTED_WORDS = 6
"""So many words of an option in a row are a quotation of it; fewer are the words that its subject has."""


def review_findings(bank: Bank, item: Item, text: ItemText) -> Iterator[Finding]:
    """A12: the review block names an option or says which is wanted. (The reader refuses a block that is incomplete.)"""
    options = [_plain(option.words) for question in text.questions for option in question.options]
    for place, words in _review_texts(item.review):
        found = _NAMES_AN_OPTION.search(words)
        named = found.group(0).strip() if found else _quotation(words, options)
        if named:
            message = f"“{named}” names an option: the review block is read by people who answer blind"
            remedy = "Write the reason into the key's `why`."
            yield Finding("A12", "error", item.id, item_file(bank, item), place, message, remedy)


def _review_texts(review: Authorship) -> Iterator[tuple[str, str]]:
    if review.source.summary:
        yield "[review.source] summary", review.source.summary
    yield "[review] neurodivergence", review.neurodivergence
    yield "[review] culture", review.culture
    if review.drop_reason:
        yield "[review] drop_reason", review.drop_reason
    for number, reader in enumerate(review.readers, start=1):
        if reader.note:
            yield f"[[review.readers]] {number}.note", reader.note


def _plain(words: str) -> str:
    return " ".join(re.findall(r"\w+", words.lower()))


def _quotation(words: str, options: list[str]) -> str | None:
    """The first words of the text that stand in an option in the same order, or None."""
    written = _plain(words).split()
    for start in range(len(written) - QUOTED_WORDS + 1):
        run = " ".join(written[start : start + QUOTED_WORDS])
        if any(f" {run} " in f" {option} " for option in options):
            return run
    return None

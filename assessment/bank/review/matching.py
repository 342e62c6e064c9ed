"""Finds words and phrases of a list in a text, and the words of a text that carry content."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from assessment.bank.review.measures import words
from assessment.bank.review.word_lists import STOP_WORDS


def language(locale: str) -> str:
    """`es` of `es-MX`; the lists are by language."""
    return locale.split("-")[0]


@lru_cache(maxsize=64)
def _pattern(entries: tuple[str, ...], exact_case: bool) -> re.Pattern[str]:
    longest_first = sorted(entries, key=len, reverse=True)
    inner = "|".join(re.escape(entry).replace(r"\ ", r"\s+").replace("'", "['’]") for entry in longest_first)
    return re.compile(rf"(?<![\w-])(?:{inner})(?![\w-])", 0 if exact_case else re.IGNORECASE)


def found_words(text: str, entries: Sequence[str], *, exact_case: bool = False) -> list[str]:
    """Every match of a list in a text, in reading order and as it is written there."""
    return _pattern(tuple(entries), exact_case).findall(text) if entries else []


def listed_words(text: str, lists: Mapping[str, tuple[str, ...]], locale: str) -> list[str]:
    """`found_words` with the list of a language; nothing for a language without one."""
    return found_words(text, lists.get(language(locale), ()))


def tokens(text: str) -> list[str]:
    """Words in lower case."""
    return [word.lower() for word in words(text)]


def content_words(text: str, locale: str) -> set[str]:
    """Words that carry content, in lower case and without a plural's or possessive's s."""
    stop = STOP_WORDS.get(language(locale), frozenset())
    return {_root(word) for word in tokens(text) if word not in stop and _root(word) not in stop and not word[0].isdigit()}


def _root(word: str) -> str:
    word = re.sub(r"['’]s?$", "", word)
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word

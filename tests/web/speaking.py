"""Tells English on a page that should be Spanish."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).parents[2] / "assessment/web/translations/es/LC_MESSAGES/messages.po"
ENGLISH = re.compile(
    r"\b(the|and|form|you|your|with|this|that|are|is|was|of|for|to|not|it|can|will|from|answer|answers|page|time|saved?)\b", re.I
)


@cache
def english_messages() -> frozenset[str]:
    """Messages of the catalogue that are something else in Spanish."""
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file) if message.id and isinstance(message.id, str)]
    return frozenset(message.id for message in messages if message.string != message.id)


def is_english(text: str) -> bool:
    """A message that was not translated, or a text with a word that only English has."""
    return text.strip() in english_messages() or ENGLISH.search(text) is not None

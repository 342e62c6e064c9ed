"""A language that nobody speaks, to see whether pages can be translated: longer, bracketed, written from right to left.

Every message is made from its English source, so that what stands on a page without brackets was never given to be translated.
The pages stand in Arabic as far as dates, numbers and the direction go.
"""

from __future__ import annotations

import re
from gettext import NullTranslations
from typing import Any

from flask_babel import Domain, get_locale

PSEUDO_LANGUAGE = "ar"
KEPT = re.compile(r"(%\(\w+\)[sd]|%%|<[^>]+>|&\w+;)")
VOWEL = re.compile(r"([aeiou])")
TURNED, TURNED_BACK = "\u202e", "\u202c"


def pseudo(message: str) -> str:
    """A message a third longer, in brackets, each run of words turned round; places and marks stand as they are."""
    parts = [part if number % 2 else _turned(part) for number, part in enumerate(KEPT.split(message))]
    return f"⟦{''.join(parts)}⟧"


def _turned(words: str) -> str:
    longer = VOWEL.sub(r"\1\1", words)
    return f"{TURNED}{longer}{TURNED_BACK}" if words.strip() else words


class PseudoTranslations(NullTranslations):
    """What a catalogue is asked, answered from the source."""

    def ugettext(self, message: str) -> str:
        return pseudo(message)

    def ungettext(self, singular: str, plural: str, n: int) -> str:
        return pseudo(singular if n == 1 else plural)


class PseudoDomain(Domain):  # type: ignore[misc]  # the library ships no types
    """The catalogues, and the one that is made up."""

    def get_translations(self) -> Any:
        return PseudoTranslations() if str(get_locale()) == PSEUDO_LANGUAGE else super().get_translations()

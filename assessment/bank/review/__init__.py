"""The item review: checks A1 to A18 of the item standard that need no scores. `assessment.keys` adds those that do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assessment.bank.catalogue import Bank
from assessment.bank.review.acceptance import Accepted, read_acceptances, settle
from assessment.bank.review.content import blocked_word_findings, limit_findings, review_findings
from assessment.bank.review.findings import Finding
from assessment.bank.review.formed import form_findings
from assessment.bank.review.options import give_away_findings, joining_findings, likeness_findings, option_length_findings
from assessment.bank.review.reading import length_findings, reading_findings
from assessment.bank.review.refused import refusals
from assessment.bank.review.texts import ItemText, source_texts, translated_texts
from assessment.bank.review.translated import translation_findings

__all__ = ["CHECKS_OF_THE_BANK", "Accepted", "Finding", "read_acceptances", "refusals", "review_bank", "settle"]

CHECKS_OF_THE_BANK = frozenset({"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11", "A12", "A16", "A17", "A18"})
"""The checks that need no scores."""

_OF_EVERY_LANGUAGE = (reading_findings, give_away_findings, joining_findings, likeness_findings, blocked_word_findings)
_OF_THE_SOURCE = (length_findings, option_length_findings, limit_findings)


def review_bank(bank: Bank, root: Path) -> list[Finding]:
    """Every finding of the checks that need no scores, in the order of items and then of checks. Retired items are passed over."""
    found: list[Finding] = []
    for item in bank.items.values():
        if item.status == "retired":
            continue
        text = source_texts(bank, item)
        found += _of_text(text, (*_OF_THE_SOURCE, *_OF_EVERY_LANGUAGE))
        found += review_findings(bank, item, text)
        for translation in bank.translations.get(item.id, {}).values():
            found += _of_text(translated_texts(bank, item, translation), _OF_EVERY_LANGUAGE)
    found += translation_findings(bank)
    found += form_findings(bank)
    return found


def _of_text(text: ItemText, checks: tuple[object, ...]) -> Iterator[Finding]:
    for check in checks:
        assert callable(check)
        yield from check(text)

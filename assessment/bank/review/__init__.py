"""The item review: checks A1 to A18 of the item standard that need no scores. `assessment.keys.review` makes those that do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assessment.bank.catalogue import Bank
from assessment.bank.items import Item
from assessment.bank.review.acceptance import Accepted, read_acceptances, settle
from assessment.bank.review.blueprint import blueprint_findings, read_blueprint
from assessment.bank.review.content import blocked_word_findings, limit_findings, review_findings
from assessment.bank.review.findings import Finding
from assessment.bank.review.formed import form_findings
from assessment.bank.review.media_files import media_findings
from assessment.bank.review.names import name_findings
from assessment.bank.review.options import give_away_findings, joining_findings, likeness_findings, option_length_findings
from assessment.bank.review.reading import length_findings, reading_findings
from assessment.bank.review.refused import refusals
from assessment.bank.review.register import read_register, record, register_findings
from assessment.bank.review.siblings import sibling_findings
from assessment.bank.review.texts import ItemText, source_texts, translated_texts
from assessment.bank.review.translated import translation_findings

__all__ = ["CHECKS_OF_THE_BANK", "Accepted", "Finding", "read_acceptances", "record", "refusals", "review_bank", "settle"]

CHECKS_OF_THE_BANK = frozenset(f"A{number}" for number in range(1, 19) if number not in (13, 14, 15))
"""The checks that need no scores."""

_Check = Callable[[ItemText], Iterator[Finding]]
_OF_EVERY_LANGUAGE: tuple[_Check, ...] = (
    reading_findings,
    give_away_findings,
    joining_findings,
    likeness_findings,
    blocked_word_findings,
)
_OF_THE_SOURCE: tuple[_Check, ...] = (length_findings, option_length_findings, limit_findings)


def review_bank(bank: Bank, root: Path) -> list[Finding]:
    """Every finding of the checks that need no scores. Retired items are passed over; practice items count in no balance.

    Raises BankErrors when `versions.toml` or `blueprint.toml` under `root` cannot be read.
    """
    found: list[Finding] = []
    scored: list[ItemText] = []
    for item in bank.items.values():
        if item.status == "retired":
            continue
        text = source_texts(bank, item)
        found += item_findings(bank, item, text, root)
        if item.id not in bank.practice:
            scored.append(text)
    found += register_findings(bank, read_register(root))
    found += name_findings(bank, scored)
    found += translation_findings(bank)
    found += form_findings(bank)
    found += sibling_findings(bank)
    blueprint = read_blueprint(root)
    return [*found, *(blueprint_findings(bank, blueprint) if blueprint else [])]


def item_findings(bank: Bank, item: Item, text: ItemText, root: Path) -> Iterator[Finding]:
    """The findings of the checks that look at one item alone; `text` is the item as it is written."""
    yield from _made(_OF_THE_SOURCE + _OF_EVERY_LANGUAGE, text)
    yield from review_findings(bank, item, text)
    yield from media_findings(bank, item, root)
    for translation in bank.translations.get(item.id, {}).values():
        yield from _made(_OF_EVERY_LANGUAGE, translated_texts(bank, item, translation))


def _made(checks: Sequence[_Check], text: ItemText) -> Iterator[Finding]:
    for check in checks:
        yield from check(text)

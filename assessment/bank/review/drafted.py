"""One draft beside a whole bank: what the reader would refuse, then every check that can be made of a single item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from assessment.bank.catalogue import Bank
from assessment.bank.drafts import finished_item, item_faults
from assessment.bank.faults import at
from assessment.bank.items import Item
from assessment.bank.references import item_references
from assessment.bank.review import item_findings
from assessment.bank.review.findings import Finding
from assessment.bank.review.matching import tokens
from assessment.bank.review.names import name_findings
from assessment.bank.review.options import jaccard
from assessment.bank.review.refused import refusals
from assessment.bank.review.register import Recorded, register_findings
from assessment.bank.review.texts import ItemText, source_texts
from assessment.bank.review.translated import translation_findings
from assessment.bank.translations import Translation
from assessment.errors import Fault

SAME_ITEM = 0.6
"""Share of words in common from which two items say nearly the same."""

_TRANSLATE_AGAIN = "Compare its words with the present ones and save them again, or take the language out."


def draft_findings(
    document: Mapping[str, Any],
    bank: Bank,
    root: Path,
    *,
    translations: Mapping[str, Translation] | None = None,
    recorded: Recorded | None = None,
) -> list[Finding]:
    """What is wrong with a draft beside the other items of `bank`. `recorded` is its version before, if it has one.

    References and what can be seen from the texts are looked at once every field can be read.
    """
    name = f"items/own/{document['item']['id']}.toml"
    faults = item_faults(document, name)
    item = finished_item(document)
    if item is None:
        return _refused(faults)
    beside = with_item(bank, item, translations or {})
    broken = [Fault(at(name, document, place), message) for place, message in item_references(item, beside, ())]
    return [*_refused(broken), *_found(item, beside, root, recorded)]


def with_item(bank: Bank, item: Item, translations: Mapping[str, Translation]) -> Bank:
    """The bank with an item more, or with another version of one that it has."""
    words = {**bank.translations, item.id: dict(translations)}
    return replace(bank, items={**bank.items, item.id: item}, translations=words)


def _refused(faults: list[Fault]) -> list[Finding]:
    """Faults as findings; what to do about each is in its words."""
    return [replace(finding, remedy="") for finding in refusals(faults)]


def _found(item: Item, bank: Bank, root: Path, recorded: Recorded | None) -> Iterator[Finding]:
    text = source_texts(bank, item)
    yield from item_findings(bank, item, text, root)
    yield from register_findings(bank, {item.id: recorded} if recorded else {})
    others = [
        source_texts(bank, other)
        for other in bank.items.values()
        if other.id != item.id and other.id not in bank.practice and other.status != "retired"
    ]
    # Last, so that a name that is there already is found at this item and not at the one that had it first.
    yield from (finding for finding in name_findings(bank, [*others, text]) if finding.item == item.id)
    for finding in translation_findings(bank):
        if finding.item == item.id:
            stale = finding.place.endswith("source_hash")
            yield replace(finding, remedy=_TRANSLATE_AGAIN) if stale else finding
    yield from _resemblances(text, others)


def _resemblances(text: ItemText, others: list[ItemText]) -> Iterator[Finding]:
    """A8 between items: one that says nearly what another says must not stand in a form with it."""
    own = _words(text)
    for other in others:
        enemies = {text.item.id, other.item.id} & {*text.item.head.enemies, *other.item.head.enemies}
        if not enemies and text.item.format != "likert" and (overlap := jaccard(own, _words(other))) > SAME_ITEM:
            message = f"{overlap:.0%} of the words are also in {other.item.id}; the most is {SAME_ITEM:.0%}"
            yield text.finding("A8", "warning", "[item] enemies", message, "Change the item, or name the other as an enemy.")


def _words(text: ItemText) -> list[str]:
    return [word for passage in text.all for word in tokens(passage.words)]

"""One item as applicants would meet it, before it stands in any form: its pages, with options in the order that a seed gives."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from assessment.bank import Bank, Item, PublishedForm, pinned, read_medium
from assessment.bank.hashing import digest
from assessment.services.sitting.paging import FormPlan, plan_form

INTRO = {
    "should_do": "Choose what would be most effective, for the customer and fairly to others, given the limits.",
    "would_do": "How accurately does this describe you as you are, at work or in general?",
}


def preview_item(bank: Bank, item: Item, seed: int) -> FormPlan:
    """The pages of a form that holds this item alone. `bank` knows the item's translations."""
    alone = pinned(bank, item, tuple(bank.translations.get(item.id, {})), _files(bank, item))
    content = {
        "schema": 1,
        "id": "preview",
        "version": 1,
        "title": "Preview",
        "family": item.head.families[0],
        "minutes": 1.0,
        "locales": ["en"],
        "provisional_reliability": 0.5,
        "practice": alone,
        "section": [
            {
                "id": "preview",
                "instruction": item.instruction,
                "intro": INTRO[item.instruction],
                "shuffle_items": False,
                "shuffle_options": True,
                "items": [alone],
            }
        ],
    }
    return plan_form(PublishedForm.model_validate(content | {"content_hash": digest(content)}), seed)


def _files(bank: Bank, item: Item) -> dict[str, bytes]:
    """The files of the item's media, as far as they can be had; the checks say which cannot."""
    found = {}
    for name in (name for medium in item.media for name in medium.files.values()):
        with suppress(ValueError):
            found[name] = read_medium(bank.root or Path(), name)
    return found

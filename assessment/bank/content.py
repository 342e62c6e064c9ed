"""What an item or a form says, as canonical content with a hash; and the part of it that is translated."""

from __future__ import annotations

from typing import Any

from assessment.bank.forms import Form
from assessment.bank.hashing import digest
from assessment.bank.items import Item


def content_of(entry: Item | Form) -> dict[str, Any]:
    """The entry as a JSON-able dict under the names of its file: without `status`, the review block and defaults."""
    if isinstance(entry, Item):
        return entry.model_dump(mode="json", exclude={"review": True, "head": {"status"}}, exclude_defaults=True)
    return entry.model_dump(mode="json", exclude_defaults=True)


def content_hash(entry: Item | Form) -> str:
    """SHA-256 of the canonical content, `sha256:…`: the same whatever the order of fields and the item's status."""
    return digest(content_of(entry))


def source_text(entry: Item | Form) -> dict[str, Any]:
    """Every string that a translation gives, at the path at which it gives it; lists keep their order."""
    return _item_text(entry) if isinstance(entry, Item) else _form_text(entry)


def source_hash(entry: Item | Form) -> str:
    """What a translation was made from: the hash of the translatable text alone."""
    return digest(source_text(entry))


def _form_text(form: Form) -> dict[str, Any]:
    return {"title": form.head.title, "intro": {section.id: section.intro for section in form.sections}}


def _item_text(item: Item) -> dict[str, Any]:
    text: dict[str, Any] = {}
    if item.scenario is not None:
        scenario = item.scenario
        text["setting"] = scenario.setting
        if scenario.card is not None:
            card = {"since": scenario.card.since, "facts": list(scenario.card.facts)}
            text["card"] = {name: value for name, value in card.items() if value}
        text["contacts"] = [{"ago": contact.ago, "note": contact.note} for contact in scenario.contacts]
        text["transcript"] = [line.text for line in scenario.transcript]
        text["limits"] = list(scenario.limits)
    if item.task is not None:
        text |= {"ask": item.task.ask, "text": item.task.text}
        text["option"] = {option.id: option.text for option in item.task.options}
    text["step"] = {
        step.id: {"ask": step.ask}
        | ({"reveals": [line.text for line in step.reveals]} if step.reveals else {})
        | {"option": {option.id: option.text for option in step.options}}
        for step in item.steps
    }
    words = {medium.id: {"alt": medium.alt, "transcript": medium.transcript} for medium in item.media}
    text["media"] = {name: {key: value for key, value in entry.items() if value} for name, entry in words.items()}
    return {name: value for name, value in text.items() if value}

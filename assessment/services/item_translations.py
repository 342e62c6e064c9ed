"""Other languages of an own item: taken in as files beside the item, kept with the version, dropped when they are of no use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from assessment.bank import Translation, source_hash, source_text
from assessment.bank.documents import decode, parse, unfit_values
from assessment.bank.drafts import finished_item
from assessment.bank.faults import at, faults_in
from assessment.errors import BadInput, Fault, NotFound, Refusal
from assessment.records.own_item import OwnItemVersion
from assessment.services.item_checks import translations_of
from assessment.services.own_items import find_own_version, note_event, require_draft
from assessment.services.people import Actor

SOURCE = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of an item: `current` when its words were made from the item's present text, so that they can be shown."""

    locale: str
    current: bool
    translators: tuple[str, ...]


def languages_of(version: OwnItemVersion) -> list[Language]:
    """The languages that a version has beside its own."""
    item = finished_item(version.content)
    return [
        Language(locale, item is not None and translation.is_current(item), translation.head.translators)
        for locale, translation in sorted(translations_of(version.translations).items())
    ]


def translation_of(version: OwnItemVersion, locale: str) -> dict[str, Any]:
    """The stored translation in the shape of its file, or `NotFound`."""
    found = version.translations.get(locale)
    if found is None:
        raise NotFound()
    document: dict[str, Any] = found
    return document


def translation_to_fill(version: OwnItemVersion, locale: str, translator: str) -> dict[str, Any]:
    """A file to write a translation into: every text of the item, still in its own language, at its path."""
    item = _whole(version)
    head = {"item": version.item.code, "locale": locale, "of_version": version.number, "source_hash": source_hash(item)}
    return {"translation": head | {"translators": [translator], "status": "draft"}, "text": source_text(item)}


def take_in_translation(
    session: Session, *, version_id: int, data: bytes, actor: Actor, now: datetime
) -> tuple[OwnItemVersion, str]:
    """Keep a translation of a draft, in the place of one that there is. Raises BadInput with everything that is wrong with it.

    The locale comes back beside the version.
    """
    version = find_own_version(session, actor.organisation_id, version_id, to_change=True)
    require_draft(version)
    item = _whole(version)
    document, translation = _read(data)
    faults = [Fault(at("the file", document, place), message) for place, message in translation.gaps(item)]
    head = translation.head
    if head.item != version.item.code:
        faults.append(Fault("the file: [translation] item", f"is {head.item}; this item is {version.item.code}"))
    if head.locale == SOURCE:
        faults.append(Fault("the file: [translation] locale", "is the language that the item is written in"))
    if head.of_version > version.number:
        faults.append(Fault("the file: [translation] of_version", f"is later than the item, which is at version {version.number}"))
    if faults:
        raise BadInput("The translation was not taken in.", faults)
    _set(version, {**version.translations, head.locale: document}, now)
    session.flush()
    note_event(session, version, "item translated", actor, now, {"locale": head.locale})
    return version, head.locale


def drop_translation(session: Session, *, version_id: int, locale: str, actor: Actor, now: datetime) -> OwnItemVersion:
    """Take a language of a draft out."""
    version = find_own_version(session, actor.organisation_id, version_id, to_change=True)
    require_draft(version)
    translation_of(version, locale)
    _set(version, {name: words for name, words in version.translations.items() if name != locale}, now)
    session.flush()
    note_event(session, version, "translation dropped", actor, now, {"locale": locale})
    return version


def _set(version: OwnItemVersion, translations: dict[str, Any], now: datetime) -> None:
    version.translations = translations
    version.sequence += 1
    version.saved_at = now


def _whole(version: OwnItemVersion) -> Any:
    item = finished_item(version.content)
    if item is None:
        raise Refusal("The item has errors. Mend them first: a translation follows the finished text.")
    return item


def _read(data: bytes) -> tuple[dict[str, Any], Translation]:
    name = "the file"
    try:
        document = parse(decode(data))
    except ValueError as error:
        raise BadInput(f"The translation was not taken in: the file {error}.", [Fault(name, str(error))]) from error
    faults = [Fault(at(name, document, location), message) for location, message in unfit_values(document)]
    if not faults:
        try:
            return document, Translation.model_validate(document)
        except ValidationError as error:
            faults = faults_in(error, name, document)
    raise BadInput("The translation was not taken in.", faults)

"""Other languages of an own item: taken in as files beside the item, kept with the version, dropped when they are of no use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from assessment.bank import Translation, source_hash, source_text
from assessment.bank.documents import decode, parse, unfit_values
from assessment.bank.draft_fields import clean_text
from assessment.bank.drafts import finished_item
from assessment.bank.faults import at, faults_in
from assessment.bank.vocabulary import Locale
from assessment.errors import BadInput, Fault, NotFound, Refusal
from assessment.records.own_item import OwnItemVersion
from assessment.services.items.item_checks import translations_of
from assessment.services.items.own_items import SavedElsewhere, find_own_version, note_event, require_draft
from assessment.services.people.actors import Actor

SOURCE = "en"
_LOCALE: TypeAdapter[str] = TypeAdapter(Locale)


@dataclass(frozen=True, slots=True)
class Language:
    """A language of an item. Its words are shown when they are `current`: complete, and made from the item's present text."""

    locale: str
    state: Literal["current", "stale", "unfinished"]


@dataclass(frozen=True, slots=True)
class TextToSay:
    """One text of an item: where it stands, such as `step.feels.option.a`, what it says, and its words in another language."""

    place: str
    source: str
    words: str


def languages_of(version: OwnItemVersion) -> list[Language]:
    """The languages that a version has beside its own."""
    item = finished_item(version.content)
    whole = translations_of(version.translations)
    found = []
    for locale in sorted(version.translations):
        translation = whole.get(locale)
        if translation is None or item is None or translation.gaps(item):
            found.append(Language(locale, "unfinished"))
        else:
            found.append(Language(locale, "current" if translation.is_current(item) else "stale"))
    return found


def texts_to_say(version: OwnItemVersion, locale: str) -> list[TextToSay]:
    """Every text of an item, in the order of the page, beside what there is of it in the other language."""
    known = dict(_leaves(version.translations.get(locale, {}).get("text", {}), ()))
    return [TextToSay(place, words, known.get(place, "")) for place, words in _leaves(source_text(_whole(version)), ())]


def translate_item(
    session: Session,
    *,
    version_id: int,
    locale: str,
    sequence: int,
    words: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> OwnItemVersion:
    """Keep the words of a draft in another language, half done too. Who saves says that they fit the present text.

    Raises `SavedElsewhere` when the draft is not what the page showed.
    """
    version = find_own_version(session, actor.organisation_id, version_id, to_change=True)
    require_draft(version)
    if version.sequence != sequence:
        raise SavedElsewhere()
    _require_locale(locale)
    item = _whole(version)
    before = version.translations.get(locale, {}).get("translation", {})
    translators = [*dict.fromkeys([*before.get("translators", []), actor.name])][-5:]
    head = {"item": version.item.code, "locale": locale, "of_version": version.number, "source_hash": source_hash(item)}
    document = {"translation": head | {"translators": translators, "status": "draft"}}
    document["text"] = _said(source_text(item), (), words)
    _set(version, {**version.translations, locale: document}, now)
    session.flush()
    note_event(session, version, "item translated", actor, now, {"locale": locale})
    return version


def _leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield ".".join(path), node
    elif isinstance(node, Mapping):
        for name, value in node.items():
            yield from _leaves(value, (*path, str(name)))
    elif isinstance(node, Sequence):
        for index, value in enumerate(node):
            yield from _leaves(value, (*path, str(index)))


def _said(node: Any, path: tuple[str, ...], words: Mapping[str, str]) -> Any:
    """The tree of an item's texts with other words in it, empty where there are none."""
    if isinstance(node, str):
        return clean_text(words.get(".".join(path), ""))
    if isinstance(node, Mapping):
        return {name: _said(value, (*path, str(name)), words) for name, value in node.items()}
    return [_said(value, (*path, str(index)), words) for index, value in enumerate(node)]


def _require_locale(locale: str) -> None:
    try:
        _LOCALE.validate_python(locale)
    except ValidationError:
        raise NotFound() from None
    if locale == SOURCE:
        raise Refusal("The item is written in this language.")


def translation_of(version: OwnItemVersion, locale: str) -> dict[str, Any]:
    """The stored translation in the shape of its file, or `NotFound`."""
    found = version.translations.get(locale)
    if found is None:
        raise NotFound()
    document: dict[str, Any] = found
    return document


def translation_to_fill(version: OwnItemVersion, locale: str, translator: str) -> dict[str, Any]:
    """A file to write a translation into: every text of the item, still in its own language, at its path.

    Raises `NotFound` for a locale that cannot be.
    """
    _require_locale(locale)
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

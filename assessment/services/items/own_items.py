"""Own items: an organisation writes items beside the shipped ones, version by version.

A draft may have errors and changes in place; an approved or pinned version never changes, and a change begins the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.bank import Bank, Item
from assessment.bank.content import source_hash
from assessment.bank.draft_fields import clean_text, with_fields, with_row, without_row
from assessment.bank.drafts import blank_item, draft_hash, read_item_file
from assessment.bank.vocabulary import Format, Identifier
from assessment.errors import BadInput, Fault, NotFound, Refusal
from assessment.records.organisation import Organisation
from assessment.records.own_item import OwnItem, OwnItemVersion
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor

_CODE: TypeAdapter[str] = TypeAdapter(Identifier)


class SavedElsewhere(Refusal):
    """The draft was saved in another tab, or by another person, after this page was opened."""

    def __init__(self) -> None:
        super().__init__("This item was saved elsewhere after you opened the page. What you typed is kept below.")


class NotADraft(Refusal):
    """Only drafts change."""

    def __init__(self, version: OwnItemVersion) -> None:
        doing = "is in review: take it back to change it" if version.status == "in_review" else "never changes"
        super().__init__(f"Version {version.number} of {version.item.code} {doing}. Begin the next version to say something else.")


def write_item(session: Session, *, bank: Bank, code: str, format: str, actor: Actor, now: datetime) -> OwnItemVersion:
    """Begin an item of a format. Raises BadInput for a code that cannot be used and for no format."""
    if format not in get_args(Format):
        raise BadInput("The item was not begun.", [Fault("format", "Choose a format")])
    code = free_code(session, bank, code, actor.organisation_id)
    return _add_item(session, code, blank_item(code, format, actor.name), {}, actor, now)


def take_in_item(session: Session, *, bank: Bank, data: bytes, actor: Actor, now: datetime) -> OwnItemVersion:
    """Begin an item from a file in the bank's format, under the code that the file gives it. It is a draft, whatever it says."""
    document = read_item_file(data)
    code = free_code(session, bank, str(document["item"].get("id", "")), actor.organisation_id)
    return _add_item(session, code, document, {}, actor, now)


def copy_item(session: Session, *, bank: Bank, source: str, code: str, actor: Actor, now: datetime) -> OwnItemVersion:
    """Begin an item from the words of another, its own or a shipped one. The two are enemies: no form may hold both."""
    code, source = free_code(session, bank, code, actor.organisation_id), clean_text(source)
    document, translations = _words_of(session, bank, source, actor.organisation_id)
    enemies = [*document["item"].get("enemies", []), source]
    head = {**document["item"], "id": code, "version": 1, "enemies": enemies}
    review = {name: value for name, value in document["review"].items() if name not in ("readers", "drop_reason")}
    media = [{**medium, "at": code if medium["at"] == source else medium["at"]} for medium in document.get("media", [])]
    copied = {**document, "item": head, "review": {**review, "author": actor.name}} | ({"media": media} if media else {})
    told = {
        locale: {**words, "translation": {**words["translation"], "item": code, "of_version": 1}}
        for locale, words in translations.items()
    }
    return _add_item(session, code, copied, told, actor, now)


def begin_next_version(session: Session, *, version_id: int, actor: Actor, now: datetime) -> OwnItemVersion:
    """A draft of the next version with the words of this one, which stays as it is. A draft that is there already is given."""
    version = find_own_version(session, actor.organisation_id, version_id, to_change=True)
    newest = find_item(session, actor.organisation_id, version.item.code)
    if newest.id != version.id or (newest.status in ("draft", "in_review") and newest.pinned_at is None):
        return newest
    if version.item.retired_at is not None:
        raise Refusal(f"The item {version.item.code} is retired. Copy it to write another like it.")
    review = {name: value for name, value in version.content["review"].items() if name != "readers"}
    number = version.number + 1
    content = {**version.content, "item": {**version.content["item"], "version": number}, "review": review}
    following = _version(version.item, number, content, version.translations, actor, now)
    following.writers = [*dict.fromkeys([*version.writers, actor.subject])]
    session.add(following)
    session.flush()
    note_event(session, following, "item version begun", actor, now)
    return following


def save_draft(
    session: Session,
    *,
    version_id: int,
    sequence: int,
    fields: Sequence[tuple[str, str]],
    actor: Actor,
    now: datetime,
    do: str = "",
) -> OwnItemVersion:
    """Save the fields of a page; `do` may be `add:` or `remove:` with the rows or the row. Errors in the item do not matter here.

    Raises `SavedElsewhere` when the draft is not what the page showed, `NotADraft` when it is none any more.
    """
    version = find_own_version(session, actor.organisation_id, version_id, to_change=True)
    require_draft(version)
    if version.sequence != sequence:
        raise SavedElsewhere()
    content = _done(with_fields(version.content, fields), do)
    if content != version.content:
        _change(version, content, actor, now)
        session.flush()
        note_event(session, version, "item saved", actor, now)
    return version


def _done(content: dict[str, Any], do: str) -> dict[str, Any]:
    action, _, place = do.partition(":")
    if action == "add":
        return with_row(content, place)
    return without_row(content, place) if action == "remove" else content


def require_draft(version: OwnItemVersion) -> None:
    """Raise `NotADraft` unless the version may change."""
    if version.status != "draft" or version.pinned_at is not None:
        raise NotADraft(version)


def find_item(session: Session, organisation_id: int, code: str, number: int | None = None) -> OwnItemVersion:
    """A version of the organisation's item, the newest unless `number` says which; or `NotFound`."""
    query = select(OwnItemVersion).join(OwnItem).where(OwnItem.organisation_id == organisation_id, OwnItem.code == code)
    if number is not None:
        query = query.where(OwnItemVersion.number == number)
    version = session.scalar(query.order_by(OwnItemVersion.number.desc()).limit(1))
    if version is None:
        raise NotFound()
    return version


def find_own_version(session: Session, organisation_id: int, version_id: int, *, to_change: bool = False) -> OwnItemVersion:
    """A version of the organisation by its number in the database, or `NotFound`; `to_change` makes other writers wait."""
    query = select(OwnItemVersion).join(OwnItem).where(OwnItemVersion.id == version_id, OwnItem.organisation_id == organisation_id)
    version = session.scalar(query.with_for_update(of=OwnItemVersion) if to_change else query)
    if version is None:
        raise NotFound()
    return version


def versions_of(session: Session, version: OwnItemVersion) -> list[OwnItemVersion]:
    """Every version of the item, newest first."""
    query = select(OwnItemVersion).where(OwnItemVersion.own_item_id == version.own_item_id)
    return list(session.scalars(query.order_by(OwnItemVersion.number.desc())))


def list_own_items(session: Session, organisation_id: int) -> list[OwnItemVersion]:
    """The newest version of each of the organisation's items, by code."""
    highest = func.max(OwnItemVersion.number).label("number")
    newest = select(OwnItemVersion.own_item_id, highest).group_by(OwnItemVersion.own_item_id).subquery()
    query = (
        select(OwnItemVersion)
        .join(OwnItem)
        .join(newest, (newest.c.own_item_id == OwnItemVersion.own_item_id) & (newest.c.number == OwnItemVersion.number))
        .where(OwnItem.organisation_id == organisation_id)
    )
    return list(session.scalars(query.order_by(OwnItem.code)))


def free_code(session: Session, bank: Bank, code: str, organisation_id: int) -> str:
    """The code as it may be given to a new item. Raises BadInput, with what is wrong, if it may not."""
    code = code.strip()
    try:
        _CODE.validate_python(code)
    except ValidationError:
        message = "Use lower-case letters and digits joined by single hyphens, 40 characters at most, such as a-late-bill"
        raise BadInput("The item was not begun.", [Fault("code", message)]) from None
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True))
    taken = session.scalar(select(OwnItem.id).where(OwnItem.organisation_id == organisation_id, OwnItem.code == code))
    if code in bank.items or taken is not None:
        whose = "a shipped item" if code in bank.items else "an item of your organisation"
        raise BadInput("The item was not begun.", [Fault("code", f"{code} is the code of {whose}; choose another")])
    return code


def note_event(
    session: Session, version: OwnItemVersion, action: str, actor: Actor, now: datetime, detail: Mapping[str, Any] | None = None
) -> None:
    """Write down what was done to an item's version."""
    about = {"code": version.item.code, "version": version.number, "content_hash": version.content_hash}
    record_event(
        session,
        organisation_id=version.item.organisation_id,
        actor=actor.subject,
        action=action,
        subject=f"own item {version.own_item_id}",
        detail=about | dict(detail or {}),
        now=now,
    )


def _words_of(session: Session, bank: Bank, source: str, organisation_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document and the current translations of an own or a shipped item."""
    if source in bank.items:
        item = bank.items[source]
        words = {
            locale: translation.model_dump(mode="json", exclude_defaults=True)
            for locale, translation in bank.translations.get(source, {}).items()
            if translation.head.source_hash == source_hash(item)
        }
        return document_of(item), words
    version = find_item(session, organisation_id, source)
    return version.content, version.translations


def document_of(item: Item) -> dict[str, Any]:
    """A finished item in the shape of its file, without what is left out there."""
    document = item.model_dump(mode="json", exclude_defaults=True)
    return document | {"item": {"schema": 1, **document["item"]}}


def _add_item(
    session: Session, code: str, document: dict[str, Any], translations: dict[str, Any], actor: Actor, now: datetime
) -> OwnItemVersion:
    item = OwnItem(organisation_id=actor.organisation_id, code=code, created_by=actor.subject, created_at=now)
    given = document["item"].get("version")
    number = given if type(given) is int and 1 <= given <= 1_000_000 else 1
    content = {**document, "item": {**document["item"], "id": code, "version": number, "status": "draft"}}
    content["review"] = {name: value for name, value in document.get("review", {}).items() if name != "drop_reason"}
    version = _version(item, number, content, translations, actor, now)
    session.add_all([item, version])
    session.flush()
    note_event(session, version, "item begun", actor, now)
    return version


def _version(
    item: OwnItem, number: int, content: dict[str, Any], translations: dict[str, Any], actor: Actor, now: datetime
) -> OwnItemVersion:
    return OwnItemVersion(
        item=item,
        number=number,
        content=content,
        translations=translations,
        content_hash=draft_hash(content),
        status="draft",
        sequence=1,
        author=actor.subject,
        writers=[actor.subject],
        created_at=now,
        saved_at=now,
    )


def _change(version: OwnItemVersion, content: dict[str, Any], actor: Actor, now: datetime) -> None:
    version.content = content
    version.content_hash = draft_hash(content)
    version.sequence += 1
    version.writers = [*dict.fromkeys([*version.writers, actor.subject])]
    version.saved_at = now

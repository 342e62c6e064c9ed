"""The life of an own item's version: sent to review, taken or sent back, approved by a person who did not write it, retired."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from assessment.bank import Bank
from assessment.bank.draft_fields import clean_text
from assessment.errors import BadInput, Fault, Refusal
from assessment.records.own_item import OwnItemVersion
from assessment.services.items.item_checks import check_version
from assessment.services.items.item_readings import READERS_NEEDED, counted_roles, readings_of
from assessment.services.items.own_items import find_own_version, note_event, versions_of
from assessment.services.people.actors import Actor

LONGEST_NOTE = 600


class NotReady(Refusal):
    """Something is still missing for the step that was asked for; the message lists it."""


def send_to_review(session: Session, *, version_id: int, bank: Bank, root: Path, actor: Actor, now: datetime) -> OwnItemVersion:
    """Give a draft to others to read. Raises `NotReady` while the checks find an error."""
    version = _in_status(session, version_id, "draft", actor)
    errors = check_version(session, version, bank=bank, root=root).errors
    if errors:
        many = "one error" if len(errors) == 1 else f"{len(errors)} errors"
        raise NotReady(f"The item has {many}. Mend what is listed; it can go to review then.")
    version.status, version.sent_at, version.note = "in_review", now, None
    return _noted(session, version, "item sent to review", actor, now)


def take_back(session: Session, *, version_id: int, actor: Actor, now: datetime) -> OwnItemVersion:
    """A writer takes a version out of review to change it. Readings of this wording are kept; a new one needs new readings."""
    version = _in_status(session, version_id, "in_review", actor)
    if actor.subject not in version.writers:
        raise Refusal("Only who has written the item takes it back. Send it back with a note instead.")
    version.status, version.sent_at = "draft", None
    return _noted(session, version, "item taken back", actor, now)


def send_back(session: Session, *, version_id: int, note: str, actor: Actor, now: datetime) -> OwnItemVersion:
    """A person who did not write the version asks for changes, in words."""
    version = _in_status(session, version_id, "in_review", actor)
    _require_other(version, actor)
    version.note = _reason(note, "note", "Say what should change")
    version.status, version.sent_at = "draft", None
    return _noted(session, version, "item sent back", actor, now)


def approve_item(session: Session, *, version_id: int, bank: Bank, root: Path, actor: Actor, now: datetime) -> OwnItemVersion:
    """Confirm a version that others have read. Raises `NotReady` with everything that is still missing."""
    version = _in_status(session, version_id, "in_review", actor)
    _require_other(version, actor)
    lacking = missing_for_approval(session, version, bank=bank, root=root)
    if lacking:
        raise NotReady(f"Not approved. Still missing: {'; '.join(lacking)}.")
    version.status, version.approved_by, version.approved_at = "approved", actor.subject, now
    return _noted(session, version, "item approved", actor, now)


def missing_for_approval(session: Session, version: OwnItemVersion, *, bank: Bank, root: Path) -> list[str]:
    """What keeps a version in review from being approved, in words."""
    checked = check_version(session, version, bank=bank, root=root)
    lacking = []
    if checked.errors:
        lacking.append("errors to mend")
    if checked.warnings:
        many = "the open warning" if len(checked.warnings) == 1 else f"each of the {len(checked.warnings)} open warnings"
        lacking.append(f"a written reason for {many}, or a change")
    roles = counted_roles(session, version)
    if len(roles) < READERS_NEEDED:
        have = f" (so far: {', '.join(sorted(roles))})" if roles else ""
        lacking.append(f"readers in {READERS_NEEDED} different roles who would keep it as it is; desk readings do not count{have}")
    return lacking


def retire_item(session: Session, *, version_id: int, reason: str, actor: Actor, now: datetime) -> OwnItemVersion:
    """Take an item out of use for a reason. Forms that were published with it keep it; new ones cannot take it."""
    version = find_own_version(session, actor.organisation_id, version_id, to_change=True)
    if version.item.retired_at is not None:
        raise Refusal("The item is retired already.")
    reason = _reason(reason, "reason", "Say why it is not to be used any more")
    version.item.retired_at, version.item.retired_by = now, actor.subject
    for each in versions_of(session, version):
        each.status, each.note = "retired", reason
    return _noted(session, version, "item retired", actor, now)


def file_of(session: Session, version: OwnItemVersion) -> dict[str, Any]:
    """The version in the shape of an item's file, with its status and everybody who has read this wording."""
    document = version.content
    read = [
        {"role": reading.role, "on": reading.read_at.date().isoformat(), "verdict": reading.verdict}
        | ({"note": reading.note} if reading.note else {})
        for reading in readings_of(session, version)
        if reading.content_hash == version.content_hash and reading.read_at is not None
    ]
    review = dict(document["review"])
    if read:
        review["readers"] = [*review.get("readers", []), *read]
    if version.status == "retired" and version.note:
        review["drop_reason"] = version.note
    return {**document, "item": {**document["item"], "status": version.status}, "review": review}


def _in_status(session: Session, version_id: int, status: str, actor: Actor) -> OwnItemVersion:
    version = find_own_version(session, actor.organisation_id, version_id, to_change=True)
    if version.status != status:
        now = {"in_review": "in review", "draft": "a draft"}
        raise Refusal(
            f"Version {version.number} of {version.item.code} is {now.get(version.status, version.status)}. Nothing was changed."
        )
    return version


def _require_other(version: OwnItemVersion, actor: Actor) -> None:
    if actor.subject in version.writers:
        raise Refusal("You have written this item. Somebody else decides about it.")


def _reason(text: str, field: str, wanted: str) -> str:
    text = clean_text(text)
    if not 3 <= len(text) <= LONGEST_NOTE:
        raise BadInput("Nothing was changed.", [Fault(field, f"{wanted}, {LONGEST_NOTE} characters at most")])
    return text


def _noted(session: Session, version: OwnItemVersion, action: str, actor: Actor, now: datetime) -> OwnItemVersion:
    session.flush()
    note_event(session, version, action, actor, now)
    return version

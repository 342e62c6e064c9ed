"""Publishing forms: the items of a bank's form pinned word for word, or a form that was given elsewhere described."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.bank import Bank, form_media, snapshot
from assessment.bank.hashing import digest
from assessment.errors import BadInput, Fault, NotFound
from assessment.records.form import FormVersion
from assessment.records.organisation import Organisation
from assessment.services.audit import record_event
from assessment.services.items.media import keep_media
from assessment.services.people.actors import Actor


def publish_form(session: Session, *, bank: Bank, form_id: str, actor: Actor, now: datetime) -> FormVersion:
    """Publish a form of the bank for the actor's organisation. The same content again gives the version that exists.

    The pictures, sound and video of its items are kept with it. Raises `NotFound` for a form that the bank does not have,
    `BadInput` if its items or their media cannot be had.
    """
    form = bank.forms.get(form_id)
    if form is None:
        raise NotFound(f"The question bank has no form called {form_id}.")
    files = form_media(bank, form)
    content = snapshot(bank, form, files)
    keep_media(session, files.values(), now)
    return pin_form(session, code=form.id, title=form.head.title, origin="delivered", content=content, actor=actor, now=now)


def publish_imported_form(
    session: Session, *, code: str, title: str, content: dict[str, Any], actor: Actor, now: datetime
) -> FormVersion:
    """Record a form that was given elsewhere. `content` is `{"kind": "imported", "items": [...], "scales": [...], ...}`.

    The same content again gives the version that exists. Raises `BadInput` if the content is of another kind or empty.
    """
    if content.get("kind") != "imported" or not content.get("items"):
        raise BadInput("The form was not recorded.", [Fault("items", "an imported form lists at least one item")])
    return pin_form(session, code=code, title=title, origin="imported", content=content, actor=actor, now=now)


def list_forms(session: Session, organisation_id: int, origin: Literal["delivered", "imported"] | None = None) -> list[FormVersion]:
    """The organisation's published forms, newest version of each code first."""
    query = select(FormVersion).where(FormVersion.organisation_id == organisation_id)
    if origin is not None:
        query = query.where(FormVersion.origin == origin)
    return list(session.scalars(query.order_by(FormVersion.code, FormVersion.version.desc())))


def find_form(session: Session, organisation_id: int, form_version_id: int) -> FormVersion:
    """One published form of the organisation, or `NotFound`."""
    form = session.get(FormVersion, form_version_id)
    if form is None or form.organisation_id != organisation_id:
        raise NotFound()
    return form


def pin_form(
    session: Session,
    *,
    code: str,
    title: str,
    origin: Literal["delivered", "imported"],
    content: dict[str, Any],
    actor: Actor,
    now: datetime,
) -> FormVersion:
    """Store a form's content for ever. Content that is stored already under this code gives the version that exists.

    A delivered form's content is a bank's snapshot and carries its own `content_hash`; an imported one is hashed here.
    """
    content_hash = content["content_hash"] if origin == "delivered" else digest(content)
    organisation_id = actor.organisation_id
    # Two publications at once take turns, so that the same content cannot get two numbers; SQLite's writers do so anyway.
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True))
    versions = select(FormVersion).where(FormVersion.organisation_id == organisation_id, FormVersion.code == code)
    existing = session.scalar(versions.where(FormVersion.content_hash == content_hash))
    if existing is not None:
        return existing
    latest = session.scalar(versions.with_only_columns(func.max(FormVersion.version))) or 0
    form = FormVersion(
        organisation_id=organisation_id,
        code=code,
        version=latest + 1,
        title=title,
        origin=origin,
        content=content,
        content_hash=content_hash,
        published_at=now,
    )
    session.add(form)
    session.flush()
    record_event(
        session,
        organisation_id=organisation_id,
        actor=actor.subject,
        action="form published",
        subject=f"form {form.id}",
        detail={"code": code, "version": form.version, "origin": origin, "content_hash": content_hash},
        now=now,
    )
    return form

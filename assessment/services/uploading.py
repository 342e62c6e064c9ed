"""Uploaded files between their preview and their confirmation: kept for a day, for the organisation that sent them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotFound
from assessment.records.observation import ImportBatch, Upload
from assessment.services.importing import Kind, shown_name
from assessment.services.people.actors import Actor

KEPT_FOR = timedelta(days=1)


def keep_upload(
    session: Session,
    *,
    kind: Kind,
    file_name: str,
    content: bytes,
    options: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Upload:
    """Keep a file until it is confirmed, at most a day."""
    if not content:
        raise BadInput("Nothing was imported.", [Fault("file", "is empty. Choose a file with at least a header and one line")])
    drop_expired_uploads(session, now=now)
    upload = Upload(
        id=secrets.token_urlsafe(18),
        organisation_id=actor.organisation_id,
        kind=kind,
        file_name=shown_name(file_name),
        content=content,
        options=dict(options),
        expires_at=now + KEPT_FOR,
    )
    session.add(upload)
    session.flush()
    return upload


def drop_expired_uploads(session: Session, *, now: datetime) -> None:
    """Drop every file whose day is over, whoever sent it."""
    session.execute(delete(Upload).where(Upload.expires_at <= now))


def find_upload(session: Session, organisation_id: int, upload_id: str, *, now: datetime, lock: bool = False) -> Upload:
    """A kept file of the organisation, or `NotFound`. `lock` makes a second confirmation wait for the first."""
    query = select(Upload).where(Upload.id == upload_id, Upload.organisation_id == organisation_id, Upload.expires_at > now)
    upload = session.scalar(query.with_for_update() if lock else query)
    if upload is None:
        raise NotFound("This file is no longer kept: files wait one day for confirmation. Send it again.")
    return upload


def finish_upload(session: Session, upload: Upload, batch: ImportBatch) -> None:
    """Remember what became of the file and drop its bytes."""
    upload.content = b""
    upload.import_id = batch.id
    session.flush()


def discard_upload(session: Session, upload: Upload) -> None:
    """Drop a file that shall not be imported."""
    session.delete(upload)
    session.flush()

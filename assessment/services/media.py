"""The files that forms show, kept by their hash."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from assessment.bank import file_hash
from assessment.errors import NotFound
from assessment.records.media import MediaFile
from assessment.services.inserting import insert_new


def keep_media(session: Session, contents: Iterable[bytes], now: datetime) -> list[str]:
    """Keep files for ever; one that is kept already stays as it is. Returns their hashes in order."""
    rows = [{"sha256": file_hash(content), "content": content, "kept_at": now} for content in contents]
    insert_new(session, MediaFile, rows)
    return [str(row["sha256"]) for row in rows]


def kept_medium(session: Session, sha256: str) -> bytes:
    """A kept file, or `NotFound`. Who may see it has been decided before."""
    found = session.get(MediaFile, sha256)
    if found is None:
        raise NotFound()
    return found.content

"""The files that forms show, kept by their hash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from assessment.bank import Media, content_type, file_hash, read_medium
from assessment.errors import NotFound
from assessment.records.media import MediaFile
from assessment.services.inserting import insert_new


@dataclass(frozen=True, slots=True)
class MediumFile:
    """One file of a medium, as a browser needs it."""

    content: bytes
    content_type: str
    sha256: str


def keep_media(session: Session, contents: Iterable[bytes], now: datetime) -> list[str]:
    """Keep files for ever; one that is kept already stays as it is. Returns their hashes in order."""
    rows = [{"sha256": file_hash(content), "content": content, "kept_at": now} for content in contents]
    insert_new(session, MediaFile, rows)
    return [str(row["sha256"]) for row in rows]


def kept_medium(session: Session, sha256: str, name: str) -> MediumFile:
    """A kept file that a form calls `name`, or `NotFound`. Who may see it has been decided before."""
    found = session.get(MediaFile, sha256)
    if found is None:
        raise NotFound()
    return MediumFile(found.content, content_type(name), sha256)


def bank_medium(questions: Path, media: Iterable[Media], medium_id: str, part: str) -> MediumFile:
    """A file of the bank as it lies in its folder now, for who reads the bank. `NotFound` if there is none."""
    for medium in media:
        for its_part, name in medium.files.items():
            if (medium.id, its_part) == (medium_id, part):
                try:
                    content = read_medium(questions, name)
                except ValueError as error:
                    raise NotFound() from error
                return MediumFile(content, content_type(name), file_hash(content))
    raise NotFound()

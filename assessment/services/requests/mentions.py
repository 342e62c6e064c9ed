"""Where a person is named outside their own rows: lines of imported files, files that wait, lists in studies, messages on pages."""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from assessment.records.observation import ImportBatch, ImportLine, Upload
from assessment.records.organisation import StaffMember, WebSession
from assessment.records.study import Proposal, Study, StudyPart
from assessment.services.importing import cells_of

ERASED = "erased"
ENCODINGS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")


@dataclass(frozen=True, slots=True)
class Named:
    """What a person is called in one organisation: `codes` are a reference or an employee id, `words` a name or an address."""

    organisation_id: int
    codes: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.codes, *self.words)


def remove_mentions(session: Session, named: Named) -> None:
    """Take a person out of everything of their organisation that names them beside other people."""
    _from_import_lines(session, named)
    _from_uploads(session, named)
    _from_studies(session, named)
    _from_messages(session, named)


def _from_import_lines(session: Session, named: Named) -> None:
    """Empty the lines with the person in a cell. That there was a line, and what became of it, stays."""
    columns, parts = (ImportLine.content, ImportLine.reason), {_sure_part(text) for text in named.all}
    lines = (
        select(ImportLine)
        .join(ImportBatch, ImportBatch.id == ImportLine.import_id)
        .where(ImportBatch.organisation_id == named.organisation_id)
        .where(or_(*(column.icontains(part, autoescape=True) for part in parts for column in columns)))
    )
    mine = {_folded(text) for text in named.all}
    for line in session.scalars(lines):
        told = [*cells_of(line.content), *re.split(r"[\s,;]+", line.reason)]
        if mine & {_folded(cell) for cell in told}:
            line.content, line.reason = "", ERASED
    session.flush()


def _from_uploads(session: Session, named: Named) -> None:
    """Drop files that wait for a confirmation and hold the person anywhere: they have to be sent again."""
    kept = session.execute(select(Upload.id, Upload.content).where(Upload.organisation_id == named.organisation_id))
    drop = [upload_id for upload_id, content in kept if any(text in content.lower() for text in _encoded(named))]
    session.execute(delete(Upload).where(Upload.id.in_(drop)))


def _from_studies(session: Session, named: Named) -> None:
    """Put a word in place of the person where a study lists people, such as those who would cross the line."""
    mine = Study.organisation_id == named.organisation_id
    for study in session.scalars(select(Study).where(mine, Study.result.is_not(None))):
        study.result = _without(study.result, named)
    for part in session.scalars(select(StudyPart).join(Study, Study.id == StudyPart.study_id).where(mine)):
        part.content = _without(part.content, named)
    for proposal in session.scalars(select(Proposal).where(Proposal.organisation_id == named.organisation_id)):
        proposal.evidence = _without(proposal.evidence, named)
    session.flush()


def _from_messages(session: Session, named: Named) -> None:
    """Take the person out of what the sessions of staff remember for their next page."""
    staff = select(StaffMember.id).where(StaffMember.organisation_id == named.organisation_id)
    rows = session.execute(select(WebSession.token_hash, WebSession.values).where(WebSession.staff_member_id.in_(staff))).all()
    for token_hash, values in rows:
        if any(text in json.dumps(values, ensure_ascii=False) for text in named.all):
            kept = _without({name: value for name, value in values.items() if name != "_flashes"}, named)
            session.execute(update(WebSession).where(WebSession.token_hash == token_hash).values(values=kept))


def _folded(text: str) -> str:
    """The same for every way to write a name: letters large or small, accents composed or not."""
    return unicodedata.normalize("NFC", text.strip().casefold())


def _sure_part(text: str) -> str:
    """The longest part that a database finds whatever its case, and that a line of CSV holds as it is: ASCII, without quotes."""
    return max(re.split(r'[^\x00-\x7f]|"', text), key=len)


def _encoded(named: Named) -> set[bytes]:
    """Everything that the person is called, as bytes of a file whose ASCII letters were made small."""
    found = set()
    for text in (cased for name in named.all for cased in (name.lower(), name.upper())):
        for form in ("NFC", "NFD"):
            for encoding in ENCODINGS:
                with suppress(UnicodeEncodeError):
                    found.add(unicodedata.normalize(form, text).replace('"', '""').encode(encoding).lower())
    return found


def _without(found: Any, named: Named) -> Any:
    """A document with a word in place of every text that is exactly the person's code or name."""
    if isinstance(found, dict):
        return {key: _without(value, named) for key, value in found.items()}
    if isinstance(found, list):
        return [_without(value, named) for value in found]
    return ERASED if found in named.all else found

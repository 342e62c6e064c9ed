"""Readings of own items: a person who has not written an item answers it as an applicant would, and then says what they think."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.bank.authorship import DESK, ReaderRole
from assessment.bank.draft_fields import clean_text
from assessment.errors import BadInput, Fault, Refusal
from assessment.records.own_item import ItemReading, OwnItemVersion
from assessment.services.items.own_items import find_own_version, note_event
from assessment.services.people.actors import Actor
from assessment.services.sitting.paging import PlannedUnit
from assessment.services.sitting.response_values import read_answer

VERDICTS = ("keep", "change", "drop")
LONGEST_NOTE = 400
READERS_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reader says: as whom they read, what should become of the item, why, and whether they knew nothing beforehand."""

    role: str
    verdict: str
    note: str
    independent: bool | None


class NotYourReading(Refusal):
    """Who has written an item does not read it, and what is not in review is not read."""


def own_reading(session: Session, version: OwnItemVersion, actor: Actor) -> ItemReading | None:
    """The actor's reading of the version's present wording, begun or finished."""
    return session.scalar(
        select(ItemReading).where(
            ItemReading.own_item_version_id == version.id,
            ItemReading.reader == actor.subject,
            ItemReading.content_hash == version.content_hash,
        )
    )


def readings_of(session: Session, version: OwnItemVersion) -> list[ItemReading]:
    """Every finished reading of the version, oldest first, those of an earlier wording too."""
    query = select(ItemReading).where(ItemReading.own_item_version_id == version.id, ItemReading.verdict.is_not(None))
    return list(session.scalars(query.order_by(ItemReading.read_at, ItemReading.id)))


def may_read(version: OwnItemVersion, actor: Actor) -> bool:
    """True for somebody who has not written the version, while it is in review."""
    return version.status == "in_review" and actor.subject not in version.writers


def must_answer_first(session: Session, version: OwnItemVersion, actor: Actor) -> bool:
    """True for somebody who may read the version and has not judged it: they see no notes, checks, scores or other readings."""
    reading = own_reading(session, version, actor)
    return may_read(version, actor) and (reading is None or reading.verdict is None)


def answer_blind(
    session: Session, *, version_id: int, planned: PlannedUnit, value: Any, actor: Actor, now: datetime
) -> ItemReading:
    """Keep the reader's own answer to one question of the item. Raises BadInput for an answer that is not complete."""
    version = _readable(session, version_id, actor)
    reading = own_reading(session, version, actor)
    if reading is None:
        reading = ItemReading(
            own_item_version_id=version.id,
            content_hash=version.content_hash,
            reader=actor.subject,
            answers={},
            begun_at=now,
            independent=False,
        )
        session.add(reading)
    _require_open(reading)
    if not read_answer(planned, value).complete:
        raise BadInput("The answer was not kept.", [Fault(planned.code, "Answer all of it before you go on.")])
    reading.answers = {**reading.answers, planned.code: value}
    session.flush()
    return reading


def judge_item(
    session: Session, *, version_id: int, judgement: Judgement, units: Mapping[str, PlannedUnit], actor: Actor, now: datetime
) -> ItemReading:
    """Finish a reading with a verdict. Raises BadInput while an answer is missing or the judgement is not complete."""
    version = _readable(session, version_id, actor)
    reading = own_reading(session, version, actor)
    if reading is None or set(units) - set(reading.answers):
        raise BadInput("Answer the item first.", [Fault("answers", "Every question has to be answered before you judge.")])
    _require_open(reading)
    faults = _faults(judgement)
    if faults:
        raise BadInput("Your reading was not kept yet.", faults)
    reading.role, reading.verdict, reading.note = judgement.role, judgement.verdict, clean_text(judgement.note)
    reading.independent, reading.read_at = bool(judgement.independent), now
    session.flush()
    detail = {"role": reading.role, "verdict": reading.verdict, "independent": reading.independent}
    note_event(session, version, "item read", actor, now, detail)
    return reading


def counted_roles(session: Session, version: OwnItemVersion) -> set[str]:
    """Roles of those who read the present wording and would keep it; a desk reading counts for none."""
    return {
        reading.role
        for reading in readings_of(session, version)
        if reading.role not in (None, DESK) and reading.verdict == "keep" and reading.content_hash == version.content_hash
    }


def _readable(session: Session, version_id: int, actor: Actor) -> OwnItemVersion:
    version = find_own_version(session, actor.organisation_id, version_id, to_change=True)
    if actor.subject in version.writers:
        raise NotYourReading("You have written this item. Somebody else has to read it.")
    if version.status != "in_review":
        raise NotYourReading(f"Version {version.number} of {version.item.code} is not in review, so that it is not read now.")
    return version


def _require_open(reading: ItemReading) -> None:
    if reading.verdict is not None:
        raise NotYourReading("You have read this version already. A reading that was given stays as it is.")


def _faults(judgement: Judgement) -> list[Fault]:
    faults = []
    if judgement.role not in get_args(ReaderRole):
        faults.append(Fault("role", "Say as whom you have read it"))
    if judgement.verdict not in VERDICTS:
        faults.append(Fault("verdict", "Say what should become of it"))
    note = clean_text(judgement.note)
    if len(note) > LONGEST_NOTE:
        faults.append(Fault("note", f"{LONGEST_NOTE} characters at most; there are {len(note)}"))
    if judgement.verdict in ("change", "drop") and not note:
        faults.append(Fault("note", "Say what should change, or why it should go"))
    if judgement.independent is None:
        faults.append(Fault("independent", "Say whether you had seen notes, scores or another reading before"))
    return faults

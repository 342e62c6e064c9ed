"""Erasing a person: their rows in every table, and every place that names them. A pseudonym, a time and a decider are left.

What hangs on a person is found by foreign keys, so that a table which is added later is emptied too. Scores and work
results go with the rest: nothing reads them without the person. Studies, keys and norms were made of many people and stay.

The order of a restored backup is the reason for `list_erasures`: a backup knows nothing of the erasures after it, so the
list is kept beside backups and carried out again with `reapply_erasures`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotAllowed, NotFound
from assessment.records.applicant import Applicant
from assessment.records.erasure import Erasure
from assessment.records.observation import CriterionValue, Hire, QaEvaluation
from assessment.records.organisation import Organisation
from assessment.records.schema import metadata
from assessment.records.sitting import Sitting
from assessment.records.work import WorkOrder
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import applicant_email, applicant_name
from assessment.services.requests.mentions import Named, remove_mentions
from assessment.services.requests.retention import Hold, RecordsMustBeKept, find_hold


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an erasure would do: whose it is, how many rows of each table go, and what holds it back, if anything."""

    applicant_id: int
    name: str
    reference: str
    email: str | None
    rows: dict[str, int]
    hold: Hold | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class ErasedPerson:
    """One line of the list of erasures. `organisation` is the organisation's slug."""

    subject: str
    organisation: str
    erased_by: str
    erased_at: datetime


def foresee_erasure(session: Session, *, applicant_id: int, actor: Actor, now: datetime) -> Outlook:
    """What erasing a person would do. Changes nothing. For administrators alone."""
    applicant = _applicant(session, applicant_id, actor)
    found = _rows_about(session, applicant.id)
    counts = {table: session.scalar(select(func.count()).select_from(metadata.tables[table]).where(w)) or 0 for table, w in found}
    return Outlook(
        applicant_id=applicant.id,
        name=applicant_name(session, applicant),
        reference=applicant.reference,
        email=applicant_email(session, applicant),
        rows={table: n for table, n in counts.items() if n},
        hold=find_hold(session, applicant, now=now),
        simulated=applicant.simulated,
    )


def erase_person(session: Session, *, applicant_id: int, confirmation: str, actor: Actor, now: datetime) -> None:
    """Erase a person. `confirmation` is their reference, typed by whoever decides.

    Raises
    ------
    NotAllowed, NotFound
        The actor is no administrator; there is no such person in the organisation.
    BadInput
        Something else was typed.
    RecordsMustBeKept
        The law of the organisation's profile demands the records for longer.
    """
    applicant = _applicant(session, applicant_id, actor)
    if confirmation.strip() != applicant.reference:
        raise BadInput(
            "Nothing was erased.", [Fault("confirmation", f"Type the reference, {applicant.reference}, as it stands here.")]
        )
    hold = find_hold(session, applicant, now=now)
    if hold is not None:
        raise RecordsMustBeKept(hold)
    _erase(session, applicant, by=actor.subject, at=now)
    _record(session, "person erased", applicant, actor.subject, now)


def list_erasures(session: Session, *, organisation_id: int | None = None) -> list[ErasedPerson]:
    """Everybody who was erased, oldest first."""
    query = select(Erasure, Organisation.slug).join(Organisation, Organisation.id == Erasure.organisation_id)
    if organisation_id is not None:
        query = query.where(Erasure.organisation_id == organisation_id)
    rows = session.execute(query.order_by(Erasure.erased_at, Erasure.subject))
    return [ErasedPerson(row.subject, slug, row.erased_by, row.erased_at) for row, slug in rows]


def reapply_erasures(session: Session, *, listed: Iterable[ErasedPerson], actor: Actor, now: datetime) -> int:
    """Erase again whoever is on the list and is there, as after a backup was restored; how many. Others on it are left alone.

    Who was erased once stays erased: no time for keeping records holds it back a second time.
    """
    done = 0
    for erased in listed:
        query = select(Applicant).join(Organisation, Organisation.id == Applicant.organisation_id)
        applicant = session.scalar(query.where(Applicant.subject == erased.subject, Organisation.slug == erased.organisation))
        if applicant is not None:
            _erase(session, applicant, by=erased.erased_by, at=erased.erased_at)
            _record(session, "person erased again", applicant, actor.subject, now)
            done += 1
    return done


def _erase(session: Session, applicant: Applicant, *, by: str, at: datetime) -> None:
    _hold_rows(session, applicant.id)
    if session.get(Erasure, applicant.subject) is None:
        session.add(Erasure(subject=applicant.subject, organisation_id=applicant.organisation_id, erased_by=by, erased_at=at))
        session.flush()
    employee = session.scalar(select(Hire.employee_id).where(Hire.applicant_id == applicant.id))
    if employee is not None:
        for table in (QaEvaluation, CriterionValue):
            session.execute(
                delete(table).where(table.organisation_id == applicant.organisation_id, table.employee_id == employee),
                execution_options={"synchronize_session": False},
            )
    remove_mentions(session, _named(session, applicant, employee))
    _end_work(session, applicant, at)
    for table, where in reversed(_rows_about(session, applicant.id)):
        session.execute(metadata.tables[table].delete().where(where))
    session.expunge_all()


def _rows_about(session: Session, applicant_id: int) -> list[tuple[str, Any]]:
    """Every table that hangs on the person by foreign keys, parents first, with the condition that finds their rows."""
    people = metadata.tables["applicant"]
    keys: dict[str, list[int]] = {"applicant": [applicant_id]}
    found: list[tuple[str, Any]] = [("applicant", people.c.id == applicant_id)]
    for table in metadata.sorted_tables:
        links = [key.parent.in_(keys[key.column.table.name]) for key in table.foreign_keys if key.column.table.name in keys]
        if links:
            found.append((table.name, or_(*links)))
            if "id" in table.c:
                keys[table.name] = list(session.scalars(select(table.c.id).where(or_(*links)).order_by(table.c.id)))
    return found


def _end_work(session: Session, applicant: Applicant, at: datetime) -> None:
    """End what a worker has not begun to do with the person's sittings. Orders stay: their numbers name workflows for ever."""
    sittings = select(Sitting.id).where(Sitting.applicant_id == applicant.id)
    waiting = update(WorkOrder).where(
        WorkOrder.organisation_id == applicant.organisation_id,
        WorkOrder.kind == "score_sitting",
        WorkOrder.state == "ordered",
        WorkOrder.subject_id.in_(sittings),
    )
    session.execute(
        waiting.values(state="done", message="The person was erased.", finished_at=at),
        execution_options={"synchronize_session": False},
    )


def _hold_rows(session: Session, applicant_id: int) -> None:
    """Hold the rows that others refer to, in the order in which inviting, answering and deciding do, so that nothing is added."""
    for name in ("invitation", "applicant", "sitting"):
        table = metadata.tables[name]
        owner = table.c.id if name == "applicant" else table.c.applicant_id
        held = session.execute(select(table.c.id).where(owner == applicant_id).order_by(table.c.id).with_for_update()).all()
        if name == "applicant" and not held:
            raise NotFound()  # erased by somebody else meanwhile


def _named(session: Session, applicant: Applicant, employee: str | None) -> Named:
    words = [applicant_name(session, applicant) if applicant.name_sealed else None, applicant_email(session, applicant)]
    codes = [applicant.reference, employee]
    return Named(applicant.organisation_id, tuple(c for c in codes if c), tuple(w for w in words if w))


def _applicant(session: Session, applicant_id: int, actor: Actor) -> Applicant:
    if actor.role != "administrator":
        raise NotAllowed("Only administrators erase what is kept about a person.")
    applicant = session.get(Applicant, applicant_id)
    if applicant is None or applicant.organisation_id != actor.organisation_id:
        raise NotFound()
    return applicant


def _record(session: Session, action: str, applicant: Applicant, actor: str, now: datetime) -> None:
    record_event(
        session,
        organisation_id=applicant.organisation_id,
        actor=actor,
        action=action,
        subject=f"applicant {applicant.subject}",
        now=now,
    )

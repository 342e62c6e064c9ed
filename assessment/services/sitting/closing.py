"""Closing a sitting, exactly once: by its applicant, or by the clock. What follows is ordered in the same transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from assessment.errors import NotFound, Words
from assessment.records.applicant import Applicant
from assessment.records.sitting import Response, ResponseNote, Sitting
from assessment.services.audit import record_event
from assessment.services.ordering import order_work
from assessment.services.sitting.answering import GRACE, SittingAlreadySubmitted, SittingWithdrawn
from assessment.services.sitting.paging import plan_form, published_form

FASTEST_SHARE = 0.2
"""A sitting that took less than this share of the planned minutes is noted for a person to look at, and never refused."""


def submit_sitting(session: Session, *, sitting_id: int, now: datetime) -> Sitting:
    """Finish a sitting for good and order its scoring. Units without an answer become omitted, or not reached.

    A sitting whose deadline and grace have passed is closed as overdue instead. Raises `NotFound`,
    `SittingAlreadySubmitted` (also when it was closed as overdue before), `SittingWithdrawn`.
    """
    in_time = (Sitting.deadline_at.is_(None)) | (Sitting.deadline_at >= now - GRACE)
    closed = session.execute(
        update(Sitting)
        .where(Sitting.id == sitting_id, Sitting.state == "active", Sitting.started_at.is_not(None), in_time)
        .values(state="submitted", finished_at=now)
        .returning(Sitting.id),
        execution_options={"synchronize_session": False},
    ).first()
    if closed is not None:
        return _settle(session, sitting_id, now)
    if _close_overdue(session, sitting_id, now):
        return session.get_one(Sitting, sitting_id)
    sitting = session.get(Sitting, sitting_id, populate_existing=True)
    if sitting is None or sitting.state == "active":
        raise NotFound(Words("There is nothing to finish yet."))
    raise SittingWithdrawn() if sitting.state == "withdrawn" else SittingAlreadySubmitted()


def close_overdue_sittings(session: Session, now: datetime) -> int:
    """Close every active sitting whose deadline and grace have passed, whoever else tries at the same time. How many.

    One whose row somebody else holds is being closed or answered just now and is left to them, or to the next time: to wait
    for it while holding the turn to write the audit log would make each wait for the other.
    """
    late = select(Sitting.id).where(Sitting.state == "active", Sitting.deadline_at < now - GRACE).order_by(Sitting.id)
    late = late.with_for_update(skip_locked=True)
    return sum(_close_overdue(session, sitting_id, now) for sitting_id in list(session.scalars(late)))


def _close_overdue(session: Session, sitting_id: int, now: datetime) -> bool:
    closed = session.execute(
        update(Sitting)
        .where(Sitting.id == sitting_id, Sitting.state == "active", Sitting.deadline_at < now - GRACE)
        .values(state="overdue", finished_at=now)
        .returning(Sitting.id),
        execution_options={"synchronize_session": False},
    ).first()
    if closed is not None:
        _settle(session, sitting_id, now)
    return closed is not None


def _settle(session: Session, sitting_id: int, now: datetime) -> Sitting:
    """What belongs to a sitting that was closed just now in this transaction."""
    sitting = session.get_one(Sitting, sitting_id, populate_existing=True)
    form = published_form(session, sitting.form_version_id)
    plan = plan_form(form, sitting.option_seed)
    known = set(session.scalars(select(Response.unit).where(Response.sitting_id == sitting_id)))
    missing = [
        {
            "sitting_id": sitting_id,
            "unit": unit.code,
            "value": None,
            "state": "omitted" if unit.place <= sitting.reached else "not_reached",
            "milliseconds": None,
            "sequence": sitting.sequence,
            "saved_at": now,
        }
        for unit in plan.units.values()
        if unit.code not in known
    ]
    if missing:
        session.execute(insert(Response), missing)
    if sitting.state == "submitted":
        _note_haste(session, sitting, form.minutes)
    applicant = session.get_one(Applicant, sitting.applicant_id)
    order_work(
        session, organisation_id=sitting.organisation_id, kind="score_sitting", subject_id=sitting_id, ordered_by="system", now=now
    )
    record_event(
        session,
        organisation_id=sitting.organisation_id,
        actor=f"applicant {applicant.subject}" if sitting.state == "submitted" else "system",
        action=f"sitting {sitting.state}",
        subject=f"applicant {applicant.subject}",
        detail={"sitting": sitting_id, "vacancy": sitting.vacancy_id},
        now=now,
    )
    return sitting


def _note_haste(session: Session, sitting: Sitting, planned_minutes: float) -> None:
    assert sitting.started_at is not None and sitting.finished_at is not None
    took = sitting.finished_at - sitting.started_at
    if not sitting.own_pace and took < FASTEST_SHARE * timedelta(minutes=planned_minutes):
        detail = {"seconds": round(took.total_seconds()), "planned_minutes": planned_minutes}
        session.add(ResponseNote(sitting_id=sitting.id, kind="finished_early", detail=detail, noted_at=sitting.finished_at))
        session.flush()

"""The record of a person as an administrator reads it and hands it on, with what the person said about themselves in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from assessment.errors import NotAllowed, NotFound
from assessment.records.applicant import Applicant
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import find_applicant
from assessment.services.requests.personal_record import personal_record
from assessment.services.requests.self_description import self_description


def record_for_staff(session: Session, *, applicant_id: int, actor: Actor, now: datetime) -> dict[str, Any]:
    """Everything that is kept about a person. For administrators alone."""
    applicant = _applicant(session, applicant_id, actor)
    return personal_record(session, applicant, now=now) | {"self_description": self_description(session, applicant)}


def export_record(session: Session, *, applicant_id: int, actor: Actor, now: datetime) -> dict[str, Any]:
    """The record for an administrator who hands it on; the audit log says so."""
    applicant = _applicant(session, applicant_id, actor)
    record_event(
        session,
        organisation_id=actor.organisation_id,
        actor=actor.subject,
        action="personal record exported",
        subject=f"applicant {applicant.subject}",
        now=now,
    )
    return record_for_staff(session, applicant_id=applicant_id, actor=actor, now=now)


def applicant_of(session: Session, *, reference: str, actor: Actor) -> int:
    """The id of the organisation's applicant with this reference, or `NotFound`."""
    applicant = find_applicant(session, actor.organisation_id, reference)
    if applicant is None:
        raise NotFound("No applicant has this reference.")
    return applicant.id


def _applicant(session: Session, applicant_id: int, actor: Actor) -> Applicant:
    if actor.role != "administrator":
        raise NotAllowed("Only administrators read everything that is kept about a person.")
    applicant = session.get(Applicant, applicant_id)
    if applicant is None or applicant.organisation_id != actor.organisation_id:
        raise NotFound()
    return applicant

"""Personal links shown to staff again, so that they can send them themselves. The audit log notes every showing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from assessment.errors import NotFound
from assessment.records.applicant import Applicant, Invitation
from assessment.records.sitting import Sitting
from assessment.services.audit import record_event
from assessment.services.inviting import find_vacancy, invitation_link_token
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import applicant_email, applicant_name

PAGE = 100


@dataclass(frozen=True, slots=True)
class InvitedPerson:
    """Somebody invited to a vacancy. `started` once they have begun; `has_link` is false for people who cannot be sent one."""

    applicant_id: int
    name: str
    email: str | None
    reference: str
    invited_at: datetime
    started: bool
    has_link: bool


@dataclass(frozen=True, slots=True)
class PersonalLink:
    """A person with the token of their link, `/take/<token>`."""

    applicant_id: int
    name: str
    email: str | None
    reference: str
    token: str


def list_invited(session: Session, *, organisation_id: int, vacancy_id: int, page: int = 1) -> tuple[list[InvitedPerson], int, int]:
    """The people invited to a vacancy, newest first, a page of 100; the page shown and how many there are."""
    find_vacancy(session, organisation_id, vacancy_id)
    query = _invited(organisation_id, vacancy_id)
    n = session.scalar(select(func.count()).select_from(query.with_only_columns(Invitation.id).subquery())) or 0
    n_pages = max(1, -(-n // PAGE))
    page = min(max(page, 1), n_pages)
    rows = session.execute(query.order_by(Invitation.id.desc()).offset((page - 1) * PAGE).limit(PAGE)).all()
    begun = select(Sitting.applicant_id).where(Sitting.vacancy_id == vacancy_id)
    started = set(session.scalars(begun.where(Sitting.applicant_id.in_([row.Applicant.id for row in rows]))))
    people = [
        InvitedPerson(
            applicant_id=row.Applicant.id,
            name=applicant_name(session, row.Applicant),
            email=applicant_email(session, row.Applicant),
            reference=row.Applicant.reference,
            invited_at=row.Invitation.invited_at,
            started=row.Applicant.id in started,
            has_link=row.Invitation.token_sealed is not None,
        )
        for row in rows
    ]
    return people, page, n_pages


def open_links(
    session: Session, *, vacancy_id: int, actor: Actor, now: datetime, references: Collection[str] | None = None
) -> list[PersonalLink]:
    """The links of some of a vacancy's people, or of everybody who has not started, in the order of their invitations.

    Raises `NotFound` for a vacancy of another organisation; people who are not invited to it, or have no link, are left out.
    """
    find_vacancy(session, actor.organisation_id, vacancy_id)
    if references is None:
        started = select(Sitting.applicant_id).where(Sitting.vacancy_id == vacancy_id)
        return _open(session, vacancy_id, Invitation.applicant_id.not_in(started), actor, now)
    return _open(session, vacancy_id, Applicant.reference.in_(references), actor, now)


def open_link(session: Session, *, vacancy_id: int, applicant_id: int, actor: Actor, now: datetime) -> PersonalLink:
    """The link of one person. Raises `NotFound` if they are not invited to this vacancy or have no link."""
    links = _open(session, vacancy_id, Invitation.applicant_id == applicant_id, actor, now)
    if not links:
        raise NotFound("This person has no link to this job.")
    return links[0]


def _open(session: Session, vacancy_id: int, chosen: ColumnElement[bool], actor: Actor, now: datetime) -> list[PersonalLink]:
    query = _invited(actor.organisation_id, vacancy_id).where(Invitation.token_sealed.is_not(None), chosen)
    links = [
        PersonalLink(
            applicant_id=row.Applicant.id,
            name=applicant_name(session, row.Applicant),
            email=applicant_email(session, row.Applicant),
            reference=row.Applicant.reference,
            token=invitation_link_token(session, row.Invitation),
        )
        for row in session.execute(query.order_by(Invitation.id)).all()
    ]
    if links:
        record_event(
            session,
            organisation_id=actor.organisation_id,
            actor=actor.subject,
            action="invitation links shown",
            subject=f"vacancy {vacancy_id}",
            detail={"people": len(links)},
            now=now,
        )
    return links


def _invited(organisation_id: int, vacancy_id: int) -> Select[Invitation, Applicant]:
    return (
        select(Invitation, Applicant)
        .join(Applicant, Applicant.id == Invitation.applicant_id)
        .where(Invitation.vacancy_id == vacancy_id, Invitation.organisation_id == organisation_id)
    )

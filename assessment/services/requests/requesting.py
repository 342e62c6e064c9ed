"""Requests of applicants about their data and their result: made, added to, taken back, read again.

Whoever asks, takes back or answers holds the invitation's row first, so that a request is answered as it was read, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotFound, Refusal, Words
from assessment.records.applicant import Applicant, Invitation
from assessment.records.database import vault_of
from assessment.records.organisation import Organisation
from assessment.records.subject_request import SubjectRequest
from assessment.records.vacancy import Vacancy
from assessment.services.audit import record_event
from assessment.services.people.policies import policy_of
from assessment.services.requests.request_words import (
    KINDS,
    MOST_ADDITIONS,
    Said,
    Statement,
    checked_words,
    open_statements,
    seal_statements,
)


class RequestClosed(Refusal):
    """What was answered or taken back cannot be taken back."""

    def __init__(self) -> None:
        super().__init__(Words("This request is not open any more. Nothing was changed."))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and what came of it. `outcome` and `reply` are None while it is open, and when it was taken back."""

    id: int
    kind: str
    job: str
    state: str
    statements: tuple[Statement, ...]
    asked_at: datetime
    changed_at: datetime
    due_at: datetime
    outcome: str | None
    reply: str | None
    by_first_decider: bool
    ended_at: datetime | None
    invitation_id: int


def make_request(session: Session, *, invitation_id: int, kind: str, said: Said, now: datetime) -> None:
    """Ask. While a request of the kind is open, asking again adds to it; the same words again change nothing.

    Raises `BadInput` for words that cannot be used, `NotFound` for a kind that there is not.
    """
    if kind not in KINDS:
        raise NotFound()
    said = checked_words(kind, said)
    invitation, applicant = _held(session, invitation_id)
    row = session.scalar(
        select(SubjectRequest).where(
            SubjectRequest.invitation_id == invitation_id, SubjectRequest.kind == kind, SubjectRequest.state == "open"
        )
    )
    if row is None:
        row = _opened(session, invitation, applicant, kind, said, now)
        _record(session, "request made", row, applicant, now)
    elif _added(session, row, applicant, said, now):
        _record(session, "request added to", row, applicant, now)


def take_back_request(session: Session, *, invitation_id: int, request_id: int, now: datetime) -> None:
    """Take an open request back. Raises `NotFound` for somebody else's, `RequestClosed` for one that was answered."""
    mine = session.scalar(select(Invitation.applicant_id).where(Invitation.id == invitation_id))
    row = session.get(SubjectRequest, request_id)
    if row is None:
        raise NotFound()
    _, applicant = _held(session, row.invitation_id)
    session.refresh(row)
    if applicant.id != mine:
        raise NotFound()
    if row.state == "answered":
        raise RequestClosed()
    if row.state == "open":
        row.state, row.ended_at = "taken_back", now
        session.flush()
        _record(session, "request taken back", row, applicant, now)


def list_own_requests(session: Session, *, invitation_id: int) -> list[Asked]:
    """All requests of the person whose invitation this is, for every job of the organisation, newest first."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFound()
    return list_requests_of(session, applicant_id=invitation.applicant_id)


def list_requests_of(session: Session, *, applicant_id: int) -> list[Asked]:
    """All requests of a person in their organisation, newest first."""
    query = (
        select(SubjectRequest, Applicant, Vacancy.title)
        .join(Invitation, Invitation.id == SubjectRequest.invitation_id)
        .join(Applicant, Applicant.id == Invitation.applicant_id)
        .join(Vacancy, Vacancy.id == Invitation.vacancy_id)
        .where(Invitation.applicant_id == applicant_id)
        .order_by(SubjectRequest.id.desc())
    )
    return [asked(session, row, applicant, job) for row, applicant, job in session.execute(query)]


def asked(session: Session, row: SubjectRequest, applicant: Applicant, job: str) -> Asked:
    """A stored request, opened."""
    vault = vault_of(session)
    reply = None if row.reply_sealed is None else vault.open("subject_request.reply", applicant.subject, row.reply_sealed)
    return Asked(
        id=row.id,
        kind=row.kind,
        job=job,
        state=row.state,
        statements=tuple(open_statements(vault, applicant.subject, row.words_sealed)),
        asked_at=row.asked_at,
        changed_at=row.changed_at,
        due_at=row.due_at,
        outcome=row.outcome,
        reply=reply,
        by_first_decider=bool(row.by_first_decider),
        ended_at=row.ended_at,
        invitation_id=row.invitation_id,
    )


def _opened(session: Session, invitation: Invitation, applicant: Applicant, kind: str, said: Said, now: datetime) -> SubjectRequest:
    organisation = session.get_one(Organisation, invitation.organisation_id)
    row = SubjectRequest(
        organisation_id=invitation.organisation_id,
        invitation_id=invitation.id,
        kind=kind,
        state="open",
        words_sealed=seal_statements(vault_of(session), applicant.subject, [Statement(said, now)]),
        asked_at=now,
        changed_at=now,
        due_at=now + timedelta(days=policy_of(organisation).reply_days),
    )
    session.add(row)
    session.flush()
    return row


def _added(session: Session, row: SubjectRequest, applicant: Applicant, said: Said, now: datetime) -> bool:
    """Add to an open request; False if there is nothing new in it."""
    statements = open_statements(vault_of(session), applicant.subject, row.words_sealed)
    if not said or said in [statement.said for statement in statements]:
        return False
    if len(statements) > MOST_ADDITIONS:
        full = Words(
            "You have added to this request %(n)s times. Wait for the reply, or take it back and ask again.", n=MOST_ADDITIONS
        )
        raise BadInput(Words("Nothing was added."), [Fault("words" if row.kind != "correct" else "wrong", full)])
    row.words_sealed = seal_statements(vault_of(session), applicant.subject, [*statements, Statement(said, now)])
    row.changed_at = now
    session.flush()
    return True


def _held(session: Session, invitation_id: int) -> tuple[Invitation, Applicant]:
    invitation = session.scalar(select(Invitation).where(Invitation.id == invitation_id).with_for_update())
    if invitation is None:
        raise NotFound()
    return invitation, session.get_one(Applicant, invitation.applicant_id)


def _record(session: Session, action: str, row: SubjectRequest, applicant: Applicant, now: datetime) -> None:
    record_event(
        session,
        organisation_id=row.organisation_id,
        actor=f"applicant {applicant.subject}",
        action=action,
        subject=f"applicant {applicant.subject}",
        detail={"request": row.id, "kind": row.kind},
        now=now,
    )

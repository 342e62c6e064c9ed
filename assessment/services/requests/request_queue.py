"""The requests that staff answer: the queue, oldest deadline first, and the reply to each, given once.

Administrators answer every kind. Recruiters answer those about a decision, a contest and a human review, and see no others.
Replies are written under the hold of the invitation's row, as requests are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotAllowed, NotFound, Refusal
from assessment.records.applicant import Applicant, Invitation
from assessment.records.database import vault_of
from assessment.records.decision import Decision
from assessment.records.organisation import StaffMember
from assessment.records.subject_request import SubjectRequest
from assessment.records.vacancy import Vacancy
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import applicant_email, applicant_name, change_email, change_name
from assessment.services.requests.request_words import OUTCOMES, Said, checked_reply
from assessment.services.requests.requesting import Asked, asked

ANSWERED_BY = {"administrator": ("correct", "erase", "contest", "review"), "recruiter": ("contest", "review")}
LATEST_ENDED = 100


class AlreadyAnswered(Refusal):
    """Somebody else was first, and answered otherwise."""

    def __init__(self) -> None:
        super().__init__("This request was answered otherwise in the meantime. That reply stands; nothing was changed.")


class RequestChanged(Refusal):
    """The applicant has added something, or taken the request back, since the page was loaded."""

    def __init__(self) -> None:
        super().__init__("The applicant has changed this request since you opened it. Nothing was sent. Read it again.")


@dataclass(frozen=True, slots=True)
class Reply:
    """What staff answer. With `name` and `email` what the applicant gave is put in force at the same time."""

    outcome: str
    text: str
    name: bool = False
    email: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A request as staff read it. `decided_by_reader` is true where whoever reads it decided about the candidate before."""

    asked: Asked
    applicant_id: int
    vacancy_id: int
    name: str
    reference: str
    email: str | None
    answered_by: str | None
    overdue: bool
    decided_by_reader: bool
    first_deciders: tuple[str, ...]
    simulated: bool

    @property
    def outcomes(self) -> Sequence[str]:
        """What may come of it."""
        return OUTCOMES[self.asked.kind]

    @property
    def newest(self) -> Said:
        """The name and address that were given last."""
        names = [s.said.name for s in self.asked.statements if s.said.name]
        emails = [s.said.email for s in self.asked.statements if s.said.email]
        return Said(name=names[-1] if names else "", email=emails[-1] if emails else "")


def list_requests(session: Session, *, actor: Actor, now: datetime, kind: str | None = None) -> tuple[list[Case], list[Case]]:
    """What waits for a reply, the earliest deadline first, and what ended last. `kind` narrows both."""
    mine = _visible(actor) if kind is None else _visible(actor).where(SubjectRequest.kind == kind)
    waiting = mine.where(SubjectRequest.state == "open").order_by(SubjectRequest.due_at, SubjectRequest.id)
    ended = mine.where(SubjectRequest.state != "open").order_by(SubjectRequest.ended_at.desc(), SubjectRequest.id.desc())
    first, second = (session.execute(query).all() for query in (waiting, ended.limit(LATEST_ENDED)))
    return _cases(session, first, actor, now), _cases(session, second, actor, now)


def count_waiting(session: Session, *, actor: Actor, now: datetime) -> tuple[int, int]:
    """How many requests wait for a reply of this person's role, and how many of them are overdue."""
    if actor.role not in ANSWERED_BY:
        return 0, 0
    mine = select(func.count(), func.count().filter(SubjectRequest.due_at < now)).where(
        SubjectRequest.organisation_id == actor.organisation_id,
        SubjectRequest.kind.in_(ANSWERED_BY[actor.role]),
        SubjectRequest.state == "open",
    )
    waiting, overdue = session.execute(mine).one()
    return waiting, overdue


def find_request(session: Session, *, request_id: int, actor: Actor, now: datetime) -> Case:
    """One request. Raises `NotFound` for one that this person does not answer, `NotAllowed` for one who answers none."""
    found = session.execute(_visible(actor).where(SubjectRequest.id == request_id)).first()
    if found is None:
        raise NotFound()
    return _cases(session, [found], actor, now)[0]


def answer_request(session: Session, *, request_id: int, read_at: datetime, reply: Reply, actor: Actor, now: datetime) -> Case:
    """Answer, once. The same reply again changes nothing; `read_at` is the time of the last change that was read.

    Raises
    ------
    NotAllowed, NotFound
        The actor answers no requests; there is none here that they answer.
    BadInput
        The reply is empty, the outcome is none for this kind, or an address belongs to somebody else.
    AlreadyAnswered, RequestChanged
        It was answered otherwise; it is not what was read. Nothing was changed.
    """
    case = find_request(session, request_id=request_id, actor=actor, now=now)
    text = _checked(case, reply)
    row = session.get_one(SubjectRequest, request_id)
    if session.scalar(select(Invitation.id).where(Invitation.id == row.invitation_id).with_for_update()) is None:
        raise NotFound()  # the person was erased meanwhile
    session.refresh(row)
    case = find_request(session, request_id=request_id, actor=actor, now=now)
    if row.state == "answered":
        if (row.outcome, case.asked.reply, row.answered_by) != (reply.outcome, text, actor.subject):
            raise AlreadyAnswered()
        return case
    if row.state != "open" or row.changed_at != read_at:
        raise RequestChanged()
    applicant = session.get_one(Applicant, case.applicant_id)
    corrected = _correct(session, applicant, case, reply)
    row.state, row.outcome, row.ended_at = "answered", reply.outcome, now
    row.reply_sealed = vault_of(session).seal("subject_request.reply", applicant.subject, text)
    row.answered_by, row.by_first_decider = actor.subject, case.decided_by_reader
    session.flush()
    record_event(
        session,
        organisation_id=row.organisation_id,
        actor=actor.subject,
        action="request answered",
        subject=f"applicant {applicant.subject}",
        detail={"request": row.id, "kind": row.kind, "outcome": reply.outcome, "corrected": corrected},
        now=now,
    )
    return find_request(session, request_id=request_id, actor=actor, now=now)


def requests_about(session: Session, *, vacancy_id: int, applicant_id: int, actor: Actor, now: datetime) -> list[Case]:
    """The contests and reviews that a candidate asked for, newest first, for whoever decides about them."""
    query = _visible(actor).where(
        Invitation.vacancy_id == vacancy_id,
        Invitation.applicant_id == applicant_id,
        SubjectRequest.kind.in_(ANSWERED_BY["recruiter"]),
        SubjectRequest.state != "taken_back",
    )
    return _cases(session, session.execute(query.order_by(SubjectRequest.id.desc())).all(), actor, now)


def _visible(actor: Actor) -> Select[SubjectRequest, Applicant, Vacancy]:
    if actor.role not in ANSWERED_BY:
        raise NotAllowed("Only recruiters and administrators answer what applicants ask.")
    return (
        select(SubjectRequest, Applicant, Vacancy)
        .join(Invitation, Invitation.id == SubjectRequest.invitation_id)
        .join(Applicant, Applicant.id == Invitation.applicant_id)
        .join(Vacancy, Vacancy.id == Invitation.vacancy_id)
        .where(SubjectRequest.organisation_id == actor.organisation_id, SubjectRequest.kind.in_(ANSWERED_BY[actor.role]))
    )


def _cases(session: Session, found: Sequence[Any], actor: Actor, now: datetime) -> list[Case]:
    """Requests as staff read them; whatever their number, with the same few queries."""
    deciders = _first_deciders(session, [row.id for row, _, _ in found])
    subjects = {subject for row, _, _ in found for subject in (row.answered_by, *deciders[row.id]) if subject}
    names = _names_of(session, subjects)
    return [_case(session, each, deciders[each[0].id], names, actor, now) for each in found]


def _case(session: Session, found: Any, deciders: Sequence[str], names: Mapping[str, str], actor: Actor, now: datetime) -> Case:
    row, applicant, vacancy = found
    return Case(
        asked=asked(session, row, applicant, vacancy.title),
        applicant_id=applicant.id,
        vacancy_id=vacancy.id,
        name=applicant_name(session, applicant),
        reference=applicant.reference,
        email=applicant_email(session, applicant),
        answered_by=names.get(row.answered_by, row.answered_by) if row.answered_by else None,
        overdue=row.state == "open" and row.due_at < now,
        decided_by_reader=row.kind in ANSWERED_BY["recruiter"] and actor.subject in deciders,
        first_deciders=tuple(names.get(subject, subject) for subject in deciders),
        simulated=applicant.simulated or vacancy.simulated,
    )


def _first_deciders(session: Session, request_ids: Sequence[int]) -> dict[int, list[str]]:
    """For each request, the pseudonyms of those who had decided about the candidate when it was made."""
    query = (
        select(SubjectRequest.id, Decision.decided_by)
        .join(Invitation, Invitation.id == SubjectRequest.invitation_id)
        .join(
            Decision,
            (Decision.organisation_id == SubjectRequest.organisation_id)
            & (Decision.applicant_id == Invitation.applicant_id)
            & (Decision.vacancy_id == Invitation.vacancy_id)
            & (Decision.decided_at <= SubjectRequest.asked_at),
        )
        .where(SubjectRequest.id.in_(request_ids))
        .order_by(Decision.id)
    )
    found: dict[int, list[str]] = {request_id: [] for request_id in request_ids}
    for request_id, subject in session.execute(query):
        if subject not in found[request_id]:
            found[request_id].append(subject)
    return found


def _names_of(session: Session, subjects: Collection[str]) -> dict[str, str]:
    query = select(StaffMember.subject, StaffMember.name).where(StaffMember.subject.in_(subjects))
    return {row.subject: row.name for row in session.execute(query)}


def _checked(case: Case, reply: Reply) -> str:
    if reply.outcome not in case.outcomes:
        raise BadInput("Nothing was answered yet.", [Fault("outcome", "Choose what came of it.")])
    if reply.outcome != "done" and (reply.name or reply.email):
        raise BadInput("Nothing was answered yet.", [Fault("outcome", "A name or address is changed only with “Corrected”.")])
    return checked_reply(reply.text)


def _correct(session: Session, applicant: Applicant, case: Case, reply: Reply) -> list[str]:
    """Put the name and the address in force that were asked for; what was changed."""
    changed = []
    if reply.name and case.newest.name:
        change_name(session, applicant, case.newest.name)
        changed.append("name")
    if reply.email and case.newest.email:
        change_email(session, applicant, case.newest.email)
        changed.append("email")
    return changed

"""Inviting: a link for each applicant, and how far a vacancy's people have come."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, distinct, func, select, union
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotFound, Refusal
from assessment.records.applicant import Applicant, Invitation
from assessment.records.database import vault_of
from assessment.records.decision import Decision
from assessment.records.form import FormVersion
from assessment.records.organisation import Organisation
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.audit import record_event
from assessment.services.people.accounts import hash_token
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import (
    add_applicant,
    applicant_email,
    applicant_name,
    find_applicant,
    find_applicant_by_email,
    name_tokens,
    search_tokens,
)
from assessment.services.vacancies import (
    VacancyClosed,
    close_vacancy,
    find_vacancy,
    find_vacancy_by_code,
    list_vacancies,
    open_vacancy,
    takes_applicants,
)

__all__ = [
    "FormNotDelivered",
    "Funnel",
    "InvitationReport",
    "Invited",
    "Invitee",
    "VacancyClosed",
    "add_applicant",
    "applicant_email",
    "applicant_name",
    "close_vacancy",
    "find_applicant",
    "find_invitation",
    "find_vacancy",
    "find_vacancy_by_code",
    "funnel",
    "invitation_link_token",
    "invite_applicants",
    "list_invitations",
    "list_vacancies",
    "name_tokens",
    "open_vacancy",
    "search_tokens",
    "takes_applicants",
]

TOKEN_BYTES = 24  # 192 random bits
EMAIL = re.compile(r"[^\s@<>()\",;:\\]+@[^\s@<>()\",;:\\.]+(\.[^\s@<>()\",;:\\.]+)*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
FINISHED = ("submitted", "overdue", "imported")


class FormNotDelivered(Refusal):
    """The vacancy's form was given elsewhere and only described here, so there is nothing to send people to."""

    def __init__(self) -> None:
        super().__init__("This job's questionnaire was answered elsewhere and imported. Open a job with a questionnaire of ours.")


class Person(Protocol):
    """Anything that names a person to invite."""

    @property
    def name(self) -> str | None: ...
    @property
    def email(self) -> str: ...
    @property
    def reference(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Invitee:
    """A person to invite. `reference` is how the organisation's own files name them; made up when None.

    `language`, such as `es` or `es-MX`, is the one in which their pages begin, where the questionnaire is there in it.
    """

    name: str | None
    email: str
    reference: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation made now. `link_token` goes into the link `/take/<token>`."""

    name: str | None
    email: str
    reference: str
    link_token: str


@dataclass(frozen=True, slots=True)
class InvitationReport:
    """Who was invited now, and the addresses of those who had been before (nothing was changed for them)."""

    invited: tuple[Invited, ...]
    already: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many of a vacancy's people were invited, have started, have finished, and have a decision."""

    invited: int
    started: int
    finished: int
    decided: int


def invite_applicants(
    session: Session,
    *,
    vacancy_id: int,
    people: Sequence[Person],
    actor: Actor,
    now: datetime,
    expires_at: datetime | None = None,
) -> InvitationReport:
    """Invite people to a vacancy: all of them, or none if one line cannot be used.

    A person whom the organisation knows by this e-mail address is invited again under their old reference. Someone
    invited to this vacancy before, or twice in `people`, keeps one invitation. Raises `BadInput` with a fault a line,
    `VacancyClosed`, `FormNotDelivered`, `NotFound`.
    """
    organisation_id = actor.organisation_id
    vacancy = find_vacancy(session, organisation_id, vacancy_id)
    if not takes_applicants(vacancy, now):
        raise VacancyClosed()
    form = session.get(FormVersion, vacancy.form_version_id)
    if form is None or form.origin != "delivered":
        raise FormNotDelivered()
    # Two recruiters who invite one new person at once take turns; SQLite's writers do so anyway.
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True))
    faults = list(_faults(session, organisation_id, people))
    if expires_at is not None and expires_at <= now:
        faults.append(Fault("expires_at", "must lie in the future"))
    if faults:
        raise BadInput("Nobody was invited. Correct these lines and send the list again.", faults)
    invited, already = [], []
    for person in people:
        done = _invite(session, vacancy, person, actor, now, expires_at)
        if done is None:
            already.append(person.email.strip())
        else:
            invited.append(done)
    return InvitationReport(tuple(invited), tuple(already))


def find_invitation(session: Session, organisation_id: int, vacancy_id: int, applicant_id: int) -> Invitation:
    """The invitation of one applicant to one vacancy of the organisation, or `NotFound`."""
    found = session.scalar(
        select(Invitation).where(
            Invitation.organisation_id == organisation_id,
            Invitation.vacancy_id == vacancy_id,
            Invitation.applicant_id == applicant_id,
        )
    )
    if found is None:
        raise NotFound()
    return found


def list_invitations(session: Session, vacancy: Vacancy) -> list[tuple[Invitation, Applicant]]:
    """A vacancy's invitations with their applicants, newest first."""
    query = (
        select(Invitation, Applicant)
        .join(Applicant, Applicant.id == Invitation.applicant_id)
        .where(Invitation.vacancy_id == vacancy.id, Invitation.organisation_id == vacancy.organisation_id)
    )
    return [(row[0], row[1]) for row in session.execute(query.order_by(Invitation.id.desc()))]


def invitation_link_token(session: Session, invitation: Invitation) -> str:
    """The token of an invitation's link, so that staff can copy the link again. Raises `NotFound` if it has none."""
    applicant = session.get(Applicant, invitation.applicant_id)
    if applicant is None or invitation.token_sealed is None:
        raise NotFound("This person has no link.")
    return vault_of(session).open("invitation.token", _seal_subject(applicant, invitation.vacancy_id), invitation.token_sealed)


def funnel(session: Session, vacancy: Vacancy) -> Funnel:
    """Count a vacancy's people by how far they have come. People whose answers were imported count as invited."""
    invitations = select(Invitation.applicant_id).where(Invitation.vacancy_id == vacancy.id)
    sittings = select(Sitting.applicant_id).where(Sitting.vacancy_id == vacancy.id)
    everyone = union(invitations, sittings).subquery()

    def people(column: ColumnElement[int], *where: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count(distinct(column))).where(*where)) or 0

    here = Sitting.vacancy_id == vacancy.id
    return Funnel(
        invited=session.scalar(select(func.count()).select_from(everyone)) or 0,
        started=people(Sitting.applicant_id.expression, here),
        finished=people(Sitting.applicant_id.expression, here, Sitting.state.in_(FINISHED)),
        decided=people(Decision.applicant_id.expression, Decision.vacancy_id == vacancy.id),
    )


def _faults(session: Session, organisation_id: int, people: Sequence[Person]) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for number, person in enumerate(people, start=1):
        where, email = f"line {number}", person.email.strip()
        if len(email) > 254 or not EMAIL.fullmatch(email) or CONTROL.search(email):
            yield Fault(where, "has no e-mail address that can be written to")
            continue
        if person.name is not None and (len(person.name) > 200 or CONTROL.search(person.name)):
            yield Fault(where, "has a name that is longer than 200 characters or holds control characters")
        if person.reference is None:
            continue
        if not 0 < len(person.reference.strip()) <= 200 or CONTROL.search(person.reference):
            yield Fault(where, "has a reference that is empty, longer than 200 characters or holds control characters")
            continue
        known = find_applicant(session, organisation_id, person.reference.strip())
        by_email = find_applicant_by_email(session, organisation_id, email)
        taken = owners.setdefault(person.reference.strip(), email.casefold()) != email.casefold()
        if taken or (known is not None and (by_email is None or known.id != by_email.id)):
            yield Fault(where, f"the reference {person.reference.strip()} belongs to another person")
        elif by_email is not None and known is None:
            yield Fault(where, f"this address is known under the reference {by_email.reference}; use that one or none")


def _invite(
    session: Session, vacancy: Vacancy, person: Person, actor: Actor, now: datetime, expires_at: datetime | None
) -> Invited | None:
    email = person.email.strip()
    applicant = find_applicant_by_email(session, vacancy.organisation_id, email)
    if applicant is None:
        applicant = add_applicant(
            session,
            organisation_id=vacancy.organisation_id,
            reference=person.reference.strip() if person.reference is not None else None,
            name=(person.name or "").strip() or None,
            email=email,
            simulated=vacancy.simulated,
            now=now,
        )
    elif session.scalar(select(Invitation.id).where(Invitation.vacancy_id == vacancy.id, Invitation.applicant_id == applicant.id)):
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        Invitation(
            organisation_id=vacancy.organisation_id,
            vacancy_id=vacancy.id,
            applicant_id=applicant.id,
            token_hash=hash_token(token),
            token_sealed=vault_of(session).seal("invitation.token", _seal_subject(applicant, vacancy.id), token),
            invited_by=actor.subject,
            invited_at=now,
            expires_at=expires_at,
            language=person.language.partition("-")[0].lower() if person.language else None,
        )
    )
    session.flush()
    record_event(
        session,
        organisation_id=vacancy.organisation_id,
        actor=actor.subject,
        action="applicant invited",
        subject=f"applicant {applicant.subject}",
        detail={"vacancy": vacancy.id},
        now=now,
    )
    return Invited(person.name, email, applicant.reference, token)


def _seal_subject(applicant: Applicant, vacancy_id: int) -> str:
    return f"{applicant.subject} vacancy {vacancy_id}"

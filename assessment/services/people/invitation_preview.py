"""What an invitation list would do, person by person, before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.records.applicant import Invitation
from assessment.services.inviting import Person
from assessment.services.people.applicants import find_applicant, find_applicant_by_email
from assessment.services.vacancies import find_vacancy

Fate = Literal["new", "known", "already", "refused"]


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One person of a list: invited for the first time, known from before, invited already, or refused and why."""

    place: int
    name: str | None
    email: str
    reference: str | None
    fate: Fate
    reason: str


def preview_invitations(session: Session, *, organisation_id: int, vacancy_id: int, people: Sequence[Person]) -> list[PreviewLine]:
    """The fate of each person of a list, in its order. Writes nothing. Raises `NotFound` for an unknown vacancy."""
    find_vacancy(session, organisation_id, vacancy_id)
    return [_line(session, organisation_id, vacancy_id, place, person) for place, person in enumerate(people, start=1)]


def _line(session: Session, organisation_id: int, vacancy_id: int, place: int, person: Person) -> PreviewLine:
    fate, reason = _fate(session, organisation_id, vacancy_id, person)
    return PreviewLine(place, person.name, person.email, person.reference, fate, reason)


def _fate(session: Session, organisation_id: int, vacancy_id: int, person: Person) -> tuple[Fate, str]:
    known = find_applicant_by_email(session, organisation_id, person.email)
    named = find_applicant(session, organisation_id, person.reference) if person.reference else None
    if named is not None and (known is None or named.id != known.id):
        return "refused", f"the reference {person.reference} belongs to another person"
    if known is None:
        return "new", ""
    if person.reference and named is None:
        return "refused", f"this address is known under the reference {known.reference}; use that one or none"
    here = select(Invitation.id).where(Invitation.vacancy_id == vacancy_id, Invitation.applicant_id == known.id)
    if session.scalar(here) is not None:
        return "already", "invited to this job before; keeps the link they have"
    return "known", f"known from before as {known.reference}"

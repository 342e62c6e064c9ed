"""Voluntary self-identification: an applicant says how they describe themselves, for counts by group alone.

It is written here, read for counts (`impact`), and by administrators who answer for a person's data (`self_description`).
No page that a link opens shows it, because who sent the invitation can open the same link. Every answer is sealed to the
same length, so that its length says nothing, and the log notes that the store was written to, not by whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotFound, Refusal, Words
from assessment.notices import QUESTIONS
from assessment.records.applicant import Applicant, Invitation
from assessment.records.database import vault_of
from assessment.records.demographic import Demographic
from assessment.records.organisation import Organisation
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.audit import record_event
from assessment.services.people.policies import policy_of
from assessment.services.sitting.answering import GRACE
from assessment.services.sitting.standing import find_sitting

SOURCE = "self"
SEALED_LENGTH = 60
"""Longer than every label."""

Progress = Literal["not finished", "finished", "withdrawn"]


class NotAskedNow(Refusal):
    """Nobody is asked before they have finished, after they withdrew, or where the organisation does not ask."""

    def __init__(self) -> None:
        super().__init__(Words("This is asked only after you have finished, and not of those who withdrew. Nothing was kept."))


@dataclass(frozen=True, slots=True)
class Asking:
    """What an applicant is asked. `asks` is empty where they are not; `has_answered` is whether anything of theirs is kept."""

    organisation_name: str
    asks: tuple[str, ...]
    progress: Progress
    has_answered: bool
    simulated: bool


def find_asking(session: Session, *, invitation_id: int, now: datetime) -> Asking:
    """What the applicant of an invitation is asked. Raises `NotFound`."""
    invitation, organisation = _of(session, _by_id(invitation_id))
    progress = _progress(find_sitting(session, invitation), now)
    kept = select(func.count()).select_from(Demographic).where(*_own(invitation))
    asks = policy_of(organisation).asks if progress == "finished" else ()
    simulated = organisation.simulated or session.get_one(Vacancy, invitation.vacancy_id).simulated
    return Asking(organisation.name, asks, progress, bool(session.scalar(kept)), simulated)


def identify_oneself(session: Session, *, invitation_id: int, answers: Mapping[str, str | None], now: datetime) -> None:
    """Keep what an applicant says, in place of what they said before. None, or no answer, keeps nothing.

    Raises `NotAskedNow`, and `BadInput` for a label that was not on the page.
    """
    invitation, organisation = _held(session, invitation_id)
    asks = policy_of(organisation).asks
    if not asks or _progress(find_sitting(session, invitation), now) != "finished":
        raise NotAskedNow()
    chosen = {group: answers[group] for group in asks if answers.get(group)}
    unknown = [Fault(group, Words("Choose one of these.")) for group, label in chosen.items() if label not in QUESTIONS[group]]
    if unknown:
        raise BadInput(Words("Nothing was kept yet."), unknown)
    subject = session.get_one(Applicant, invitation.applicant_id).subject
    session.execute(delete(Demographic).where(*_own(invitation)))
    for group, label in chosen.items():
        session.merge(
            Demographic(
                applicant_id=invitation.applicant_id,
                group_name=group,
                organisation_id=invitation.organisation_id,
                value_sealed=vault_of(session).seal(f"demographic.{group}", subject, str(label).ljust(SEALED_LENGTH)),
                source=SOURCE,
                recorded_at=now,
            )
        )
    _record(session, organisation, now)


def remove_self_identification(session: Session, *, invitation_id: int, now: datetime) -> None:
    """Remove what an applicant said of themselves, at any time. Nothing kept, nothing changed."""
    invitation, organisation = _held(session, invitation_id)
    removed = session.execute(delete(Demographic).where(*_own(invitation)).returning(Demographic.group_name)).all()
    if removed:
        _record(session, organisation, now)


def _held(session: Session, invitation_id: int) -> tuple[Invitation, Organisation]:
    """An invitation and its person, held until the transaction ends, so that of two answers at once one stands whole.

    A person can have several invitations, and what they say of themselves is kept once.
    """
    invitation, organisation = _of(session, _by_id(invitation_id).with_for_update())
    session.execute(select(Applicant.id).where(Applicant.id == invitation.applicant_id).with_for_update(key_share=True))
    return invitation, organisation


def _by_id(invitation_id: int) -> Select[Invitation]:
    return select(Invitation).where(Invitation.id == invitation_id)


def _of(session: Session, query: Select[Invitation]) -> tuple[Invitation, Organisation]:
    invitation = session.scalar(query)
    if invitation is None:
        raise NotFound()
    return invitation, session.get_one(Organisation, invitation.organisation_id)


def _own(invitation: Invitation) -> tuple[ColumnElement[bool], ...]:
    """What the person said, not what the organisation's own files say of them."""
    return (
        Demographic.applicant_id == invitation.applicant_id,
        Demographic.organisation_id == invitation.organisation_id,
        Demographic.source == SOURCE,
    )


def _progress(sitting: Sitting | None, now: datetime) -> Progress:
    if sitting is None:
        return "not finished"
    if sitting.state == "withdrawn":
        return "withdrawn"
    late = sitting.deadline_at is not None and sitting.deadline_at < now - GRACE
    return "not finished" if sitting.state == "active" and not late else "finished"


def _record(session: Session, organisation: Organisation, now: datetime) -> None:
    record_event(
        session,
        organisation_id=organisation.id,
        actor="an applicant",
        action="self-identification changed",
        subject=f"organisation {organisation.id}",
        now=now,
    )

"""What a candidate was told, for the people who talk with them: the very document that the candidate reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.records.organisation import Organisation
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import applicant_name
from assessment.services.reports.feedback_reading import Feedback, feedback_on
from assessment.services.scores.current_scores import find_candidate
from assessment.services.vacancies import find_vacancy


@dataclass(frozen=True, slots=True)
class ToldCandidate:
    """A candidate with what they were told; `feedback` is None before they have finished and once they have withdrawn."""

    vacancy: Vacancy
    applicant_id: int
    name: str
    finished_at: datetime | None
    feedback: Feedback | None


def told_candidate(session: Session, *, vacancy_id: int, applicant_id: int, actor: Actor) -> ToldCandidate:
    """What a candidate of a vacancy was told. Raises `NotFound` for a person who is not a candidate of it."""
    vacancy = find_vacancy(session, actor.organisation_id, vacancy_id)
    applicant = find_candidate(session, actor.organisation_id, vacancy_id, applicant_id)
    newest = select(Sitting).where(Sitting.vacancy_id == vacancy_id, Sitting.applicant_id == applicant_id)
    sitting = session.scalar(newest.order_by(Sitting.id.desc()).limit(1))
    organisation = session.get_one(Organisation, actor.organisation_id)
    return ToldCandidate(
        vacancy=vacancy,
        applicant_id=applicant_id,
        name=applicant_name(session, applicant),
        finished_at=sitting.finished_at if sitting else None,
        feedback=feedback_on(session, sitting, organisation=organisation),
    )

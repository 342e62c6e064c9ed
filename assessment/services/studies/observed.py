"""What has been observed so far, read together for the page that opens the station."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.records.applicant import Applicant
from assessment.records.observation import CriterionValue, Hire, ImportBatch, QaEvaluation
from assessment.records.vacancy import Vacancy
from assessment.services.criterion import EVERYTHING, AgentScores, CriterionSummary, agent_scores, list_criteria
from assessment.services.vacancies import list_vacancies


@dataclass(frozen=True, slots=True)
class ObservedVacancy:
    """A vacancy whose hires have a criterion. `scores` are those modelled from evaluations, by criterion."""

    vacancy: Vacancy
    criteria: list[CriterionSummary]
    scores: dict[str, AgentScores]


@dataclass(frozen=True, slots=True)
class Observed:
    """Counts of an organisation's observations. `n_evaluations` are by kind; raters and evaluated agents of human ones."""

    n_hires: int
    n_dated: int
    n_left: int
    n_evaluations: dict[str, int]
    n_raters: int
    n_evaluated: int
    n_criteria: int
    n_with_value: int
    simulated: bool
    vacancies: list[ObservedVacancy]


def observe(session: Session, organisation_id: int, now: datetime) -> Observed:
    """Everything that was imported about an organisation's hires, and how well it tells them apart."""
    hires = session.execute(
        select(func.count(), func.count(Hire.hired_on), func.count(Hire.left_on)).where(Hire.organisation_id == organisation_id)
    ).one()
    kinds = session.execute(
        select(QaEvaluation.kind, func.count()).where(QaEvaluation.organisation_id == organisation_id).group_by(QaEvaluation.kind)
    )
    human = session.execute(
        select(func.count(QaEvaluation.evaluator_id.distinct()), func.count(QaEvaluation.employee_id.distinct())).where(
            QaEvaluation.organisation_id == organisation_id, QaEvaluation.kind == "human"
        )
    ).one()
    values = session.execute(
        select(func.count(CriterionValue.criterion.distinct()), func.count(CriterionValue.employee_id.distinct())).where(
            CriterionValue.organisation_id == organisation_id
        )
    ).one()
    return Observed(
        n_hires=hires[0],
        n_dated=hires[1],
        n_left=hires[2],
        n_evaluations={row[0]: row[1] for row in kinds},
        n_raters=human[0],
        n_evaluated=human[1],
        n_criteria=values[0],
        n_with_value=values[1],
        simulated=_has_simulated(session, organisation_id),
        vacancies=_vacancies(session, organisation_id, now),
    )


def is_simulated(session: Session, batch: ImportBatch) -> bool:
    """The import brought something about a person who is invented."""
    invented = (
        select(Hire.employee_id)
        .join(Applicant, Applicant.id == Hire.applicant_id)
        .where(Hire.organisation_id == batch.organisation_id, Applicant.simulated.is_(True))
    )
    for table in (Hire, QaEvaluation, CriterionValue):
        brought = select(table.id).where(table.import_id == batch.id, table.employee_id.in_(invented)).limit(1)
        if session.scalar(brought) is not None:
            return True
    return False


def _has_simulated(session: Session, organisation_id: int) -> bool:
    invented = (
        select(Hire.id)
        .join(Applicant, Applicant.id == Hire.applicant_id)
        .where(Hire.organisation_id == organisation_id, Applicant.simulated.is_(True))
    )
    return session.scalar(invented.limit(1)) is not None


def _vacancies(session: Session, organisation_id: int, now: datetime) -> list[ObservedVacancy]:
    found = []
    for vacancy in list_vacancies(session, organisation_id):
        criteria = list_criteria(session, organisation_id, vacancy.id)
        scores = {
            criterion.name: agent_scores(
                session,
                organisation_id=organisation_id,
                vacancy_id=vacancy.id,
                criterion=criterion.name,
                window=EVERYTHING,
                now=now,
            )
            for criterion in criteria
            if criterion.kind == "modelled"
        }
        if criteria:
            found.append(ObservedVacancy(vacancy, criteria, scores))
    return found

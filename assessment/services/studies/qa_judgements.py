"""Which QA evaluations of which hires count for a construct, and what each says in percent.

Human evaluations alone count. Calibrations, automatic evaluations and evaluations outside the window stay out and are
counted by reason. An evaluation's score for a construct is the weighted mean of its questions on that construct, in
percent of their maximum; a question that did not apply is in neither part of the fraction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from assessment.records.observation import Hire, QaAnswer, QaEvaluation
from assessment.records.sitting import Sitting
from assessment.services.importing import chunks


@dataclass(frozen=True, slots=True)
class Window:
    """Which evaluations count: days on the job (the day of hiring is day 0) and days of the calendar, limits included.

    The same for everybody. A limit that is None does not limit. The default leaves out the first three months, when people
    still learn the job, and ends after nine.
    """

    first_day: int | None = 90
    last_day: int | None = 270
    observed_from: date | None = None
    observed_to: date | None = None

    @property
    def counts_from_hiring(self) -> bool:
        return self.first_day is not None or self.last_day is not None

    def why_not(self, hired_on: date | None, day: date) -> str:
        """Why an evaluation made on `day` does not count; empty if it does."""
        if (self.observed_from and day < self.observed_from) or (self.observed_to and day > self.observed_to):
            return "outside the dates observed"
        if not self.counts_from_hiring:
            return ""
        if hired_on is None:
            return NO_HIRING_DATE
        on_the_job = (day - hired_on).days
        early = on_the_job < (self.first_day or 0)
        return "outside the window on the job" if early or (self.last_day is not None and on_the_job > self.last_day) else ""


NO_HIRING_DATE = "no hiring date to count from"
EVERYTHING = Window(None, None)


@dataclass(frozen=True, slots=True)
class HiredAgent:
    """A hire who sat the form of the vacancy in question."""

    applicant_id: int
    employee_id: str
    hired_on: date | None
    left_on: date | None

    def left_early(self, window: Window) -> bool:
        """Left before the first day on the job that counts."""
        if self.hired_on is None or self.left_on is None:
            return False
        return (self.left_on - self.hired_on).days < (window.first_day or 0)

    def is_new(self, window: Window, day: date) -> bool:
        """Has not reached the first day on the job that counts."""
        return self.hired_on is not None and (day - self.hired_on).days < (window.first_day or 0)

    def is_inside(self, window: Window, day: date) -> bool:
        """The window on the job has begun for this agent and has not ended."""
        if self.hired_on is None or self.left_on is not None or window.last_day is None:
            return False
        return not self.is_new(window, day) and (day - self.hired_on).days <= window.last_day


class Row(NamedTuple):
    """An evaluation with what its answers add up to: Σ w (score / max) and Σ w on the construct, the highest score of all."""

    id: int
    employee_id: str
    source: str
    interaction_id: str
    evaluator_id: str
    evaluated_at: datetime
    kind: str
    auto_fail: bool
    points: float | None
    weight: float | None
    highest: float | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One human evaluation that counts: the agent, who judged, which contact, and the construct's score in percent."""

    employee_id: str
    evaluator_id: str
    contact: str
    score: float


@dataclass(frozen=True, slots=True)
class Judgements:
    """The evaluations of a set of agents that count for one construct, and how many others there are, by reason."""

    kept: tuple[Judgement, ...]
    left_out: dict[str, int]


def hires_of(session: Session, organisation_id: int, vacancy_id: int) -> list[HiredAgent]:
    """The hires who sat a vacancy's form, in the order of their applicant ids."""
    query = (
        select(Hire.applicant_id, Hire.employee_id, Hire.hired_on, Hire.left_on)
        .where(
            Hire.organisation_id == organisation_id,
            Hire.applicant_id.in_(
                select(Sitting.applicant_id).where(Sitting.organisation_id == organisation_id, Sitting.vacancy_id == vacancy_id)
            ),
        )
        .order_by(Hire.applicant_id)
    )
    return [HiredAgent(row.applicant_id, row.employee_id, row.hired_on, row.left_on) for row in session.execute(query)]


def judgements(
    session: Session, *, organisation_id: int, agents: Sequence[HiredAgent], constructs: Sequence[str], window: Window
) -> Judgements:
    """The evaluations of `agents` that speak to `constructs` inside the window."""
    hired = {agent.employee_id: agent.hired_on for agent in agents}
    kept: list[Judgement] = []
    left_out: Counter[str] = Counter()
    for chunk in chunks(hired):
        for found in session.execute(_evaluations(organisation_id, chunk, constructs)):
            row = Row(*found)
            reason = _why_not(row, hired[row.employee_id], window)
            if reason:
                left_out[reason] += 1
            elif row.points is not None and row.weight:
                contact = f"{row.source}: {row.interaction_id}" if row.interaction_id else f"evaluation {row.id}"
                kept.append(Judgement(row.employee_id, row.evaluator_id, contact, 100.0 * row.points / row.weight))
    return Judgements(tuple(kept), dict(left_out))


def _evaluations(organisation_id: int, employee_ids: Sequence[str], constructs: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """The evaluations of some agents, oldest first. Their answers are added up by the database: there are ten times as many."""
    head = (
        QaEvaluation.id,
        QaEvaluation.employee_id,
        QaEvaluation.source,
        QaEvaluation.interaction_id,
        QaEvaluation.evaluator_id,
        QaEvaluation.evaluated_at,
        QaEvaluation.kind,
        QaEvaluation.auto_fail,
    )
    applied = and_(
        QaAnswer.construct.in_(constructs),
        QaAnswer.not_applicable.is_(False),
        QaAnswer.score.is_not(None),
        QaAnswer.weight > 0,
    )
    return (
        select(
            *head,
            func.sum(case((applied, QaAnswer.weight * QaAnswer.score / QaAnswer.max_score))),
            func.sum(case((applied, QaAnswer.weight))),
            func.max(QaAnswer.score),
        )
        .join(QaAnswer, QaAnswer.evaluation_pk == QaEvaluation.id)
        .where(QaEvaluation.organisation_id == organisation_id, QaEvaluation.employee_id.in_(employee_ids))
        .group_by(*head)
        .order_by(QaEvaluation.id)
    )


def _why_not(row: Row, hired_on: date | None, window: Window) -> str:
    if row.kind != "human":
        return f"{row.kind} evaluation"
    outside = window.why_not(hired_on, row.evaluated_at.date())
    if outside:
        return outside
    if row.auto_fail and not row.highest:
        return "zeros on every question after an automatic fail"
    return "" if row.weight else "no question on this construct that applied"

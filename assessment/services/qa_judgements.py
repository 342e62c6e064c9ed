"""Which QA evaluations of which hires count for a construct, and what each says in percent.

Human evaluations alone count. Calibrations, automatic evaluations and evaluations outside the window stay out and are
counted by reason. An evaluation's score for a construct is the weighted mean of its questions on that construct, in
percent of their maximum; a question that did not apply is in neither part of the fraction.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
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


class Head(NamedTuple):
    """What counts of an evaluation apart from its answers."""

    id: int
    employee_id: str
    source: str
    interaction_id: str
    evaluator_id: str
    evaluated_at: datetime
    kind: str
    auto_fail: bool


HEAD = (
    QaEvaluation.id,
    QaEvaluation.employee_id,
    QaEvaluation.source,
    QaEvaluation.interaction_id,
    QaEvaluation.evaluator_id,
    QaEvaluation.evaluated_at,
    QaEvaluation.kind,
    QaEvaluation.auto_fail,
)
ANSWER = (QaAnswer.construct, QaAnswer.score, QaAnswer.max_score, QaAnswer.weight, QaAnswer.not_applicable)


class Answer(NamedTuple):
    """What counts of one question of an evaluation."""

    construct: str
    score: float | None
    max_score: float
    weight: float
    not_applicable: bool


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
    for chunk in chunks(hired, 500):
        query = select(*HEAD).where(QaEvaluation.organisation_id == organisation_id, QaEvaluation.employee_id.in_(chunk))
        counting: list[Head] = []
        for row in session.execute(query.order_by(QaEvaluation.id)):
            head = Head(*row)
            reason = _why_not(head, hired[head.employee_id], window)
            if reason:
                left_out[reason] += 1
            else:
                counting.append(head)
        kept += _scored(counting, _answers(session, [head.id for head in counting]), constructs, left_out)
    return Judgements(tuple(kept), dict(left_out))


def _why_not(head: Head, hired_on: date | None, window: Window) -> str:
    if head.kind != "human":
        return f"{head.kind} evaluation"
    return window.why_not(hired_on, head.evaluated_at.date())


def _answers(session: Session, evaluations: Sequence[int]) -> dict[int, list[Answer]]:
    answers: dict[int, list[Answer]] = defaultdict(list)
    for chunk in chunks(evaluations):
        for row in session.execute(select(QaAnswer.evaluation_pk, *ANSWER).where(QaAnswer.evaluation_pk.in_(chunk))):
            answers[row[0]].append(Answer(*row[1:]))
    return answers


def _scored(
    heads: Sequence[Head], answers: Mapping[int, Sequence[Answer]], constructs: Sequence[str], left_out: Counter[str]
) -> Iterator[Judgement]:
    for head in heads:
        given = answers[head.id]
        if head.auto_fail and not any(answer.score for answer in given):
            left_out["zeros on every question after an automatic fail"] += 1
            continue
        score = construct_score([answer for answer in given if answer.construct in constructs])
        if score is None:
            left_out["no question on this construct that applied"] += 1
            continue
        contact = f"{head.source}: {head.interaction_id}" if head.interaction_id else f"evaluation {head.id}"
        yield Judgement(head.employee_id, head.evaluator_id, contact, score)


def construct_score(answers: Sequence[Answer]) -> float | None:
    """100 Σ w (score / max) / Σ w over the questions that applied; None if none did."""
    applied = [answer for answer in answers if not answer.not_applicable and answer.score is not None and answer.weight > 0]
    weight = sum(answer.weight for answer in applied)
    if not weight:
        return None
    return 100.0 * sum(answer.weight * (answer.score or 0.0) / answer.max_score for answer in applied) / weight

"""What each kind of order means: which steps it takes, and what a step does.

An order runs with nobody's rights but its own: it touches records of its organisation alone, and a subject of another
organisation is as if it did not exist. Every step can run again after a crash without doubling anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from assessment.errors import NotFound
from assessment.records.database import Database
from assessment.records.key import KeyVersion
from assessment.records.sitting import Sitting
from assessment.records.study import Study
from assessment.records.work import WorkOrder
from assessment.services.delivery import close_overdue_sittings
from assessment.services.feedback import write_feedback, write_feedback_of_form
from assessment.services.reports.feedback_words import feedback_words
from assessment.services.scoring import score_form, score_sitting
from assessment.services.sitting.timing import learn_times
from assessment.services.studying import finish_study, give_up_study, run_step, study_steps

FINISH = "finish"
FEEDBACK = "write_feedback"
TIMES = "learn_times"

Owned = TypeVar("Owned", KeyVersion, Sitting, Study)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What work is done with: the database, and the folder of the question bank."""

    database: Database
    questions: Path


@dataclass(frozen=True, slots=True)
class Job:
    """How one kind of order is carried out: in which steps, and how it is given up after an unforeseen fault."""

    steps: Callable[[Workshop, WorkOrder], Sequence[str]]
    carry_out: Callable[[Workshop, WorkOrder, str, datetime], None]
    give_up: Callable[[Workshop, WorkOrder, datetime], None]


def job_of(kind: str) -> Job:
    """The job for an order's kind; `NotFound` for a kind that this release does not know."""
    if kind not in JOBS:
        raise NotFound(f"This worker does not know work of the kind {kind}.")
    return JOBS[kind]


def find_order(database: Database, order_id: int) -> WorkOrder:
    """The order, detached from its session."""
    with database.read() as session:
        order = session.get(WorkOrder, order_id)
        if order is None:
            raise NotFound()
        return order


def _study_steps(workshop: Workshop, order: WorkOrder) -> Sequence[str]:
    with workshop.database.read() as session:
        _own(session, Study, order)
        return [*study_steps(session, order.subject_id), FINISH]


def _study(workshop: Workshop, order: WorkOrder, step: str, now: datetime) -> None:
    if step == FINISH:
        finish_study(workshop.database, order.subject_id, now)
    else:
        run_step(workshop.database, order.subject_id, step, now)


def _give_up_study(workshop: Workshop, order: WorkOrder, now: datetime) -> None:
    with workshop.database.write() as session:
        give_up_study(session, order.subject_id, now)


def _scoring_steps(workshop: Workshop, order: WorkOrder) -> Sequence[str]:
    return [order.kind, FEEDBACK]


def _sitting_steps(workshop: Workshop, order: WorkOrder) -> Sequence[str]:
    return [order.kind, FEEDBACK, TIMES]


def _score(workshop: Workshop, order: WorkOrder, step: str, now: datetime) -> None:
    with workshop.database.write() as session:
        sitting = _own(session, Sitting, order)
        if step == TIMES:
            learn_times(session, form_version_id=sitting.form_version_id, now=now)
        elif step == FEEDBACK:
            write_feedback(session, sitting_id=order.subject_id, words=feedback_words(workshop.questions), now=now)
        else:
            score_sitting(session, sitting_id=order.subject_id, now=now)


def _rescore(workshop: Workshop, order: WorkOrder, step: str, now: datetime) -> None:
    database, organisation_id = workshop.database, order.organisation_id
    with database.read() as session:
        key = _own(session, KeyVersion, order)
    if step == FEEDBACK:
        write_feedback_of_form(
            database,
            organisation_id=organisation_id,
            form_code=key.form_code,
            key_version_id=key.id,
            words=feedback_words(workshop.questions),
            now=now,
        )
    else:
        score_form(database, organisation_id=organisation_id, form_code=key.form_code, key_version_id=key.id, now=now)


def _close(workshop: Workshop, order: WorkOrder, step: str, now: datetime) -> None:
    with workshop.database.write() as session:
        close_overdue_sittings(session, now)


def _own(session: Session, table: type[Owned], order: WorkOrder) -> Owned:
    row = session.get(table, order.subject_id)
    if row is None or row.organisation_id != order.organisation_id:
        raise NotFound()
    return row


def _one_step(workshop: Workshop, order: WorkOrder) -> Sequence[str]:
    return [order.kind]


def _nothing_to_mend(workshop: Workshop, order: WorkOrder, now: datetime) -> None:
    """A score that was not made is missing, not wrong: the order says so."""


JOBS = {
    "run_study": Job(_study_steps, _study, _give_up_study),
    "score_sitting": Job(_sitting_steps, _score, _nothing_to_mend),
    "rescore_form": Job(_scoring_steps, _rescore, _nothing_to_mend),
    "close_overdue": Job(_one_step, _close, _nothing_to_mend),
}

"""When a sitting is scored, its form learns how long it takes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from assessment.jobs.orders import Workshop, job_of
from assessment.records.database import Database
from assessment.records.sitting import Sitting
from assessment.records.work import WorkOrder
from assessment.services.sitting.timing import learnt_minutes
from tests.services.timed_stage import finish, set_timed_stage, usual

QUESTIONS = Path(__file__).parents[2] / "questions"


def test_the_order_that_scores_a_sitting_learns_from_it(database: Database, now: datetime) -> None:
    stage = set_timed_stage(database, now)
    finish(stage, now, 30, usual)
    with database.read() as session:
        newest = session.scalar(select(func.max(Sitting.id)))
    order = WorkOrder(organisation_id=stage.actor.organisation_id, kind="score_sitting", subject_id=newest)
    workshop, job = Workshop(database, QUESTIONS), job_of("score_sitting")
    assert job.steps(workshop, order)[-1] == "learn_times", "last, so that no score waits for it"
    for _ in range(2):  # a step may run twice
        job.carry_out(workshop, order, "learn_times", now)
        with database.read() as session:
            assert learnt_minutes(session, form_version_id=stage.form_id) == 12

"""A real worker scores a sitting and writes its report; killed between the two, it writes the report at its next start."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from assessment.records.database import Database
from assessment.records.feedback import FeedbackReport, StandingReport
from assessment.records.score import Score
from assessment.records.work import WorkOrder
from assessment.services.ordering import order_work
from tests.jobs.working import wait_until, worker
from tests.services.scored_stage import ScoredStage, add_sitting, best_answers, set_scored_stage

SLOW = {
    "sqlite": (
        "CREATE TRIGGER slow BEFORE INSERT ON feedback_report BEGIN SELECT "
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000000) SELECT max(i) FROM n); END",
        "DROP TRIGGER slow",
    ),
    "postgresql": (
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(4); RETURN NEW; END $$; "
        "CREATE TRIGGER slow BEFORE INSERT ON feedback_report FOR EACH ROW EXECUTE FUNCTION slow()",
        "DROP TRIGGER slow ON feedback_report",
    ),
}


@pytest.fixture
def stage(database: Database, now: datetime) -> ScoredStage:
    return set_scored_stage(database, now)


def count(database: Database, table: type[Score] | type[FeedbackReport] | type[StandingReport]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_worker_killed_between_scoring_and_writing_writes_the_report_once(
    stage: ScoredStage, tmp_path: Path, now: datetime
) -> None:
    database = stage.database
    slow, fast = SLOW["sqlite" if database.is_sqlite else "postgresql"]
    with database.write() as session:
        _, sitting = add_sitting(session, stage.vacancy_id, best_answers(), now, reference="A")
        order_work(
            session,
            organisation_id=stage.organisation_id,
            kind="score_sitting",
            subject_id=sitting,
            ordered_by="applicant",
            now=now,
        )
        session.execute(text(slow))
    with worker(database, tmp_path) as first:
        wait_until(lambda: count(database, Score) == 1, first, "the score")
        first.kill()
    assert count(database, FeedbackReport) == 0
    with database.write() as session:
        session.execute(text(fast))
    with worker(database, tmp_path) as second:
        wait_until(lambda: count(database, StandingReport) == 1, second, "the report")
        wait_until(lambda: _state(database) == "done", second, "the order")
        assert second.stop() == 0
    assert (count(database, Score), count(database, FeedbackReport), count(database, StandingReport)) == (1, 1, 1)


def _state(database: Database) -> str:
    with database.read() as session:
        return session.scalars(select(WorkOrder.state)).one()

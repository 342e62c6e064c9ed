"""A real worker process: killed in the middle of a study it goes on where it was, and doubles nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from assessment.records.database import Database
from assessment.records.observation import Upload
from assessment.records.sitting import Sitting
from assessment.records.study import Study, StudyPart
from assessment.records.work import WorkOrder
from assessment.services.ordering import order_work
from assessment.services.people.accounts import add_organisation
from assessment.services.studying import declare_study
from tests.jobs.working import wait_until, worker
from tests.services.stage import set_stage
from tests.services.study_stage import StudyStage, rate, set_blind_stage

REPEATS = 25


@pytest.fixture
def stage(database: Database, now: datetime) -> StudyStage:
    return rated(set_blind_stage(database, now, 90), now)


@pytest.fixture
def small(sqlite_database: Database, now: datetime) -> StudyStage:
    return rated(set_blind_stage(sqlite_database, now, 70), now)


def rated(stage: StudyStage, now: datetime) -> StudyStage:
    rate(stage, now, lambda scales, rng: scales["S1"] - scales["S2"] + rng.normal(0, 0.3, scales["S1"].size))
    return stage


def declare(stage: StudyStage, now: datetime, *, order: bool, repeats: int = REPEATS) -> int:
    with stage.database.write() as session:
        return declare_study(
            session,
            kind="validity",
            vacancy_id=stage.vacancy_id,
            criterion="rating",
            actor=stage.analyst,
            now=now,
            repeats=repeats,
            order=order,
        ).id


def study_of(database: Database, study_id: int) -> Study:
    with database.read() as session:
        return session.get_one(Study, study_id)


def order_state(database: Database, order_id: int = 1) -> tuple[str, str]:
    with database.read() as session:
        order = session.get_one(WorkOrder, order_id)
        return order.state, order.message


def ended(database: Database, study_id: int) -> bool:
    return study_of(database, study_id).state in ("finished", "refused", "failed")


def test_a_study_survives_the_death_of_its_worker(stage: StudyStage, tmp_path: Path, now: datetime) -> None:
    database = stage.database
    reference = stage.study("validity", now, repeats=REPEATS)
    study_id = declare(stage, now, order=True)
    with worker(database, tmp_path) as first:
        wait_until(lambda: study_of(database, study_id).steps_done >= 4, first, "four steps")
        first.kill()
    broken_off = study_of(database, study_id)
    assert broken_off.state == "running"
    assert 4 <= broken_off.steps_done < broken_off.steps_planned
    with database.read() as session:
        made = {part.part: part.made_at for part in session.scalars(select(StudyPart).where(StudyPart.study_id == study_id))}
    with worker(database, tmp_path) as second:
        wait_until(lambda: order_state(database)[0] == "done", second, "the rest of the study")
        assert second.stop() == 0
    finished = study_of(database, study_id)
    assert (finished.state, finished.steps_done) == ("finished", finished.steps_planned)
    assert finished.result == reference.result
    with database.read() as session:
        parts = session.scalars(select(StudyPart).where(StudyPart.study_id == study_id)).all()
        assert sorted(part.part for part in parts) == sorted(finished.declaration["steps"])
        assert {part.part: part.made_at for part in parts if part.part in made} == made
        assert session.scalar(select(func.count()).select_from(WorkOrder)) == 1


def test_a_worker_that_is_stopped_leaves_the_rest_for_its_next_start(small: StudyStage, tmp_path: Path, now: datetime) -> None:
    study_id = declare(small, now, order=True, repeats=30)
    with worker(small.database, tmp_path) as first:
        wait_until(lambda: study_of(small.database, study_id).steps_done >= 3, first, "three steps")
        assert first.stop() == 0
    assert study_of(small.database, study_id).state == "running"
    assert order_state(small.database) == ("started", "")
    with worker(small.database, tmp_path) as second:
        wait_until(lambda: ended(small.database, study_id), second, "the rest of the study")
    assert study_of(small.database, study_id).state == "finished"
    assert "Traceback" not in first.log.read_text()


def test_work_is_done_even_if_the_engines_own_file_is_lost(small: StudyStage, tmp_path: Path, now: datetime) -> None:
    study_id = declare(small, now, order=True, repeats=30)
    with worker(small.database, tmp_path) as first:
        wait_until(lambda: study_of(small.database, study_id).steps_done >= 2, first, "two steps")
        first.kill()
    assert small.database.url.database is not None
    for file in Path(small.database.url.database).parent.glob("*.jobs*"):
        file.unlink()
    with worker(small.database, tmp_path) as second:
        wait_until(lambda: order_state(small.database)[0] == "done", second, "the study")
    assert study_of(small.database, study_id).state == "finished"


def test_an_order_about_another_organisations_record_touches_nothing(small: StudyStage, tmp_path: Path, now: datetime) -> None:
    study_id = declare(small, now, order=False, repeats=1)
    with small.database.write() as session:
        other = add_organisation(session, slug="other", name="Other", now=now).id
        order_work(session, organisation_id=other, kind="run_study", subject_id=study_id, ordered_by="nobody", now=now)
    with worker(small.database, tmp_path) as running:
        wait_until(lambda: order_state(small.database)[0] == "failed", running, "the refusal")
    assert order_state(small.database) == ("failed", "There is nothing here under that name.")
    assert study_of(small.database, study_id).steps_done == 0


def test_a_fault_nobody_foresaw_ends_the_order_and_the_study_in_words(small: StudyStage, tmp_path: Path, now: datetime) -> None:
    study_id = declare(small, now, order=True, repeats=1)
    with small.database.write() as session:
        study = session.get_one(Study, study_id)
        study.declaration = study.declaration | {"folds": 500}
    with worker(small.database, tmp_path) as running:
        wait_until(lambda: order_state(small.database)[0] == "failed", running, "giving up")
        assert running.alive()
    study = study_of(small.database, study_id)
    assert (study.state, study.message) == ("failed", "An unforeseen fault stopped it; the server's log has the details.")
    assert "n_folds must be" in running.log.read_text()


def test_a_sitting_or_a_waiting_file_whose_time_is_up_is_ended_without_anybody_coming_back(
    sqlite_database: Database, tmp_path: Path, now: datetime
) -> None:
    stage = set_stage(sqlite_database, now, minutes_limit=30.0)
    with sqlite_database.write() as session:
        from assessment.services.people.applicants import add_applicant

        applicant = add_applicant(
            session, organisation_id=stage.actor.organisation_id, reference="A", name=None, email=None, simulated=False, now=now
        )
        session.add(
            Sitting(
                organisation_id=stage.actor.organisation_id,
                vacancy_id=stage.vacancy_id,
                applicant_id=applicant.id,
                form_version_id=stage.form_id,
                state="active",
                option_seed=1,
                started_at=now - timedelta(days=400),
                deadline_at=now - timedelta(days=399),
            )
        )
        names = {"organisation_id": stage.actor.organisation_id, "kind": "qa", "file_name": "qa.csv", "content": b"Quill"}
        session.add(Upload(id="old", expires_at=now - timedelta(days=399), **names))
        session.add(Upload(id="new", expires_at=datetime.now(UTC) + timedelta(hours=1), **names))

    def closed() -> bool:
        with sqlite_database.read() as session:
            return session.scalars(select(Sitting.state)).one() == "overdue" and session.scalars(select(Upload.id)).all() == ["new"]

    with worker(sqlite_database, tmp_path) as running:
        wait_until(closed, running, "closing")


def test_an_order_that_is_found_twice_is_carried_out_once(small: StudyStage, tmp_path: Path, now: datetime) -> None:
    study_id = declare(small, now, order=True, repeats=30)
    with worker(small.database, tmp_path) as first:
        wait_until(lambda: study_of(small.database, study_id).steps_done >= 2, first, "two steps")
        first.kill()
    with small.database.write() as session:  # as if the worker had died between starting the work and noting that it had
        session.execute(update(WorkOrder).values(state="ordered"))
    with worker(small.database, tmp_path) as second:
        wait_until(lambda: order_state(small.database)[0] == "done", second, "the study")
    with small.database.read() as session:
        counts = session.execute(
            select(StudyPart.part, func.count()).where(StudyPart.study_id == study_id).group_by(StudyPart.part)
        )
        assert {row[1] for row in counts} == {1}

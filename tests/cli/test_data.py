"""`flask data …`: one person exported and erased, and erasures done again on a restored backup."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update

from assessment.records.applicant import Applicant
from assessment.records.database import Database
from assessment.records.organisation import Organisation
from assessment.services.audit import verify_chain
from tests.services.scored_stage import ScoredStage, set_scored_stage
from tests.web.taking import application


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Iterator[Flask]:
    made = application(sqlite_database, tmp_path)
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def stage(sqlite_database: Database, now: datetime) -> ScoredStage:
    stage = set_scored_stage(sqlite_database, now)
    stage.add_people(3, now)
    return stage


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["data", *words])


def references(database: Database) -> list[str]:
    with database.read() as session:
        assert verify_chain(session).holds
        return list(session.scalars(select(Applicant.reference).order_by(Applicant.reference)))


def test_a_person_is_printed_as_json(app: Flask, stage: ScoredStage) -> None:
    done = run(app, "export", "--applicant", "P-0001", "--organisation", "acme")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["person"]["name"] == "Person Number1"
    missing = run(app, "export", "--applicant", "P-9999")
    assert (missing.exit_code, missing.stderr.strip()) == (1, "No applicant has this reference.")


def test_a_person_is_erased_after_a_question_and_not_while_records_must_be_kept(app: Flask, stage: ScoredStage) -> None:
    with stage.database.write() as session:
        session.execute(update(Organisation).values(policy={"jurisdiction": "us"}))
    held = run(app, "erase", "--applicant", "P-0001", "--yes")
    assert (held.exit_code, "must be kept for 48 months" in held.stderr) == (1, True)
    with stage.database.write() as session:
        session.execute(update(Organisation).values(policy={}))
    assert run(app, "erase", "--applicant", "P-0001").exit_code == 1  # nobody said yes
    assert references(stage.database) == ["P-0000", "P-0001", "P-0002"]
    assert run(app, "erase", "--applicant", "P-0001", "--yes").exit_code == 0
    assert references(stage.database) == ["P-0000", "P-0002"]


def test_a_restored_backup_forgets_again_who_was_erased(app: Flask, stage: ScoredStage, tmp_path: Path) -> None:
    stage.database.drop_traces()
    file = Path(str(stage.database.url.database))
    shutil.copy(file, tmp_path / "backup.sqlite3")
    assert run(app, "erase", "--applicant", "P-0001", "--yes").exit_code == 0
    listed = run(app, "erasures").stdout
    (line,) = listed.splitlines()
    assert set(json.loads(line)) == {"subject", "organisation", "by", "at"}
    (tmp_path / "erasures.jsonl").write_text(listed)
    restored = Database(f"sqlite:///{tmp_path / 'backup.sqlite3'}", stage.database.vault)
    try:
        assert references(restored) == ["P-0000", "P-0001", "P-0002"]
        other = application(restored, tmp_path)
        assert run(other, "reapply-erasures").stdout.startswith("Erased again: 0")
        assert run(other, "reapply-erasures", str(tmp_path / "erasures.jsonl")).stdout.startswith("Erased again: 1")
        assert run(other, "erasures").stdout == listed
        assert references(restored) == ["P-0000", "P-0002"]
        other.extensions["database"].dispose()
    finally:
        restored.dispose()


@pytest.mark.parametrize("line", ["no json", "[]", "{}", '{"subject": 1, "organisation": "acme", "by": "x", "at": "then"}'])
def test_a_list_that_cannot_be_read_erases_nobody(app: Flask, stage: ScoredStage, tmp_path: Path, line: str) -> None:
    with stage.database.read() as session:
        subject = session.scalars(select(Applicant.subject)).first()
    good = json.dumps({"subject": subject, "organisation": "acme", "by": "x", "at": "2026-11-02T09:00:00+00:00"})
    (tmp_path / "list.jsonl").write_text(f"{good}\n\n{line}\n")
    done = run(app, "reapply-erasures", str(tmp_path / "list.jsonl"))
    assert (done.exit_code, "line 3" in done.stderr) == (1, True)
    assert len(references(stage.database)) == 3

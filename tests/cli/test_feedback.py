"""`flask feedback write`: reports for scores that are older than the reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from assessment.records.database import Database
from tests.services.scored_stage import ScoredStage, set_scored_stage
from tests.web.recruiting import score_everybody
from tests.web.taking import application, today


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Iterator[Flask]:
    made = application(sqlite_database, tmp_path)
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> ScoredStage:
    stage = set_scored_stage(sqlite_database, today())
    stage.add_people(3, today())
    score_everybody(stage, today())
    return stage


def test_what_is_missing_is_written_once(app: Flask, stage: ScoredStage) -> None:
    told = [app.test_cli_runner().invoke(args=["feedback", "write", "trial"]) for _ in range(2)]
    assert [(result.exit_code, result.output) for result in told] == [
        (0, "3 reports were written.\n"),
        (0, "0 reports were written.\n"),
    ]


def test_a_form_without_a_key_is_refused_in_words(app: Flask, stage: ScoredStage) -> None:
    result = app.test_cli_runner().invoke(args=["feedback", "write", "unheard-of"])
    assert result.exit_code == 1
    assert "No scoring key is in force for the form unheard-of." in result.output

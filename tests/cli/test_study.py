"""`flask study …`: the figures as JSON and as text, and the exit status when the data do not allow one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from flask import Flask

from assessment.app import create_app
from assessment.config import Settings
from assessment.records.database import Database
from tests.conftest import ROOT, SECRET
from tests.services.study_stage import StudyStage, rate, set_blind_stage, set_keyed_stage


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Iterator[Flask]:
    settings = Settings(
        database_url=str(sqlite_database.url),
        secret=SECRET,
        var=tmp_path,
        https=False,
        trusted_hosts=(),
        proxy_hops=0,
        questions=ROOT / "questions",
        worker_name="test",
    )
    app = create_app(settings)
    yield app
    app.extensions["database"].dispose()


def rated(stage: StudyStage, now: datetime, facet: str, hired: int | None = None) -> StudyStage:
    rate(stage, now, lambda parts, rng: parts[facet] + rng.normal(0, 0.3, parts[facet].size), hired=hired)
    return stage


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["study", *words])


def test_run_prints_the_contract_as_json(app: Flask, sqlite_database: Database, now: datetime) -> None:
    rated(set_blind_stage(sqlite_database, now, 100), now, "S1")
    result = run(app, "run", "--vacancy", "SHOP-1", "--criterion", "rating", "--repeats", "1", "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert {"n", "criterion", "composite", "strategies", "caveats"} <= set(report)
    assert (report["n"], report["criterion"], report["folds"], report["repeats"]) == (100, "rating", 5, 1)
    assert {"r", "interval"} <= set(report["composite"])
    assert all({"name", "r", "interval", "r_in_sample", "n_weights"} <= set(row) for row in report["strategies"])
    assert result.stderr == "Study 1 is declared: 4 steps.\n"


def test_run_prints_text_for_people(app: Flask, sqlite_database: Database, now: datetime) -> None:
    rated(set_keyed_stage(sqlite_database, now, 70), now, "listening")
    result = run(app, "run", "--vacancy", "first", "--criterion", "rating")
    assert result.exit_code == 0, result.stderr
    assert "70 of 70 hires, criterion rating, key v1" in result.stdout
    assert "Composite" in result.stdout
    assert "- Everybody here was hired" in result.stdout


def test_too_few_cases_are_exit_status_1_with_the_counts(app: Flask, sqlite_database: Database, now: datetime) -> None:
    rated(set_keyed_stage(sqlite_database, now, 12), now, "listening")
    result = run(app, "run", "--vacancy", "first", "--criterion", "rating", "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["refused"] == {"reason": "There are too few usable cases for a coefficient.", "n": 12, "n_needed": 60}
    assert report["composite"] is None


@pytest.mark.parametrize(
    ("vacancy", "criterion", "words"),
    [("none", "rating", "no job with the code none"), ("first", "charm", "charm is not a criterion")],
)
def test_what_is_not_there_is_refused_in_words(
    app: Flask, sqlite_database: Database, now: datetime, vacancy: str, criterion: str, words: str
) -> None:
    rated(set_keyed_stage(sqlite_database, now, 5), now, "listening")
    result = run(app, "run", "--vacancy", vacancy, "--criterion", criterion)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr


def test_list_shows_every_study_newest_first(app: Flask, sqlite_database: Database, now: datetime) -> None:
    stage = rated(set_keyed_stage(sqlite_database, now, 12), now, "listening")
    stage.study("validity", now)
    stage.study("recalibration", now)
    rows = json.loads(run(app, "list", "--json").stdout)
    assert [(row["study"], row["kind"], row["state"]) for row in rows] == [
        (2, "recalibration", "refused"),
        (1, "validity", "refused"),
    ]
    assert np.unique([row["vacancy"] for row in rows]).tolist() == ["first"]
    assert "recalibration" in run(app, "list").stdout

"""The recruiter's pages over PostgreSQL, which refuses text and numbers that SQLite takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from assessment.records.database import Database
from assessment.services.ranking import rank_candidates
from tests.services.scored_stage import ScoredStage, set_scored_stage
from tests.web.recruiting import BASE, Recruiter, score_everybody, sign_in, text_of
from tests.web.taking import application, today


@pytest.fixture
def app(postgres_database: Database, tmp_path: Path) -> Iterator[Flask]:
    made = application(postgres_database, tmp_path)
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def stage(app: Flask, postgres_database: Database) -> ScoredStage:
    made = set_scored_stage(postgres_database, today())
    made.add_people(5, today())
    score_everybody(made, today())
    return made


def test_the_whole_way_from_an_invitation_to_a_decision(app: Flask, stage: ScoredStage) -> None:
    recruiter: Recruiter = sign_in(app, stage.organisation_id)
    job = f"/jobs/{stage.vacancy_id}"
    recruiter.post(f"{job}/invite", status=200, list="Ana Ruiz, ana@example.org")
    recruiter.post(f"{job}/invite/confirm", list="Ana Ruiz, ana@example.org")
    assert "The link of Ana Ruiz" in text_of(recruiter.get(f"{job}/invitations"))
    with stage.database.read() as session:
        first = rank_candidates(session, vacancy_id=stage.vacancy_id, actor=stage.actor).bands[0].candidates[0]
    recruiter.post(f"{job}/candidates/{first.applicant_id}/decision", outcome="hold", reason="availability", note="")
    words = text_of(recruiter.get(f"{job}?status=hold"))
    assert "1 of 5 scored" in words
    assert first.name in words
    assert [row["status"] for row in recruiter.file(f"{job}/candidates.csv")][-1] == "Invited, not started"


@pytest.mark.parametrize("query", ["q=%00", "status=%00", "band=%00", "page=99999999999999999999", "q=%ED%A0%80", "q=%C3%28"])
def test_hostile_addresses_give_a_page(app: Flask, stage: ScoredStage, query: str) -> None:
    recruiter = sign_in(app, stage.organisation_id)
    assert recruiter.client.get(f"/jobs/{stage.vacancy_id}?{query}", base_url=BASE).status_code == 200


def test_hostile_forms_are_refused_in_words(app: Flask, stage: ScoredStage) -> None:
    recruiter = sign_in(app, stage.organisation_id)
    job = f"/jobs/{stage.vacancy_id}"
    recruiter.post("/jobs", status=422, code="a\x00b", title="\x00", form="2147483648")
    recruiter.post("/jobs", code="odd", title="A\x00 title", form=str(stage.form_id))
    recruiter.post(f"{job}/invite/confirm", status=422, list="\x00")
    recruiter.get("/jobs/2147483648", status=404)
    with stage.database.read() as session:
        someone = rank_candidates(session, vacancy_id=stage.vacancy_id, actor=stage.actor).bands[0].candidates[0].applicant_id
    recruiter.post(f"{job}/candidates/{someone}/decision", status=422, outcome="\x00", reason="\x00", note="\x00")

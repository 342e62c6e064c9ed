"""The list of jobs: what an empty page says, opening, closing, and who may."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from assessment.records.database import Database
from assessment.records.vacancy import Vacancy
from assessment.services.people.accounts import add_organisation
from tests.services.scored_stage import ScoredStage, set_scored_stage
from tests.web.recruiting import BASE, Recruiter, sign_in, text_of
from tests.web.taking import today


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> ScoredStage:
    return set_scored_stage(sqlite_database, today())


@pytest.fixture
def recruiter(app: Flask, stage: ScoredStage) -> Recruiter:
    return sign_in(app, stage.organisation_id)


def vacancies_in(stage: ScoredStage) -> list[str]:
    with stage.database.read() as session:
        return list(session.scalars(select(Vacancy.code).order_by(Vacancy.id)))


def test_jobs_are_listed_with_how_far_their_people_are(recruiter: Recruiter, stage: ScoredStage) -> None:
    stage.add_people(3, today())
    words = text_of(recruiter.get("/jobs"))
    assert "Customer adviser first 3 3 3 0 Open" in words


def test_an_organisation_without_a_questionnaire_is_told_what_comes_first(app: Flask, now: datetime) -> None:
    database: Database = app.extensions["database"]
    with database.write() as session:
        organisation = add_organisation(session, slug="empty", name="Empty", now=now)
        organisation_id = organisation.id
    words = text_of(sign_in(app, organisation_id).get("/jobs"))
    assert "Your jobs will stand here" in words
    assert "An analyst publishes one on the page Questions" in words


def test_a_new_job_leads_to_its_invitations(recruiter: Recruiter, stage: ScoredStage) -> None:
    response = recruiter.post("/jobs", code="CCA-07", title="Customer adviser, billing", form=str(stage.form_id))
    assert response.headers["Location"].endswith("/invite")
    assert vacancies_in(stage) == ["first", "CCA-07"]
    assert "The job is open" in recruiter.get(response.headers["Location"])


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"code": "first"}, "belongs to another job already"),
        ({"code": "../../etc"}, "letters, digits"),
        ({"code": ""}, "letters, digits"),
        ({"title": ""}, "title of at most 200"),
        ({"title": "x" * 300}, "title of at most 200"),
        ({"form": "999999999999999999999"}, "published questionnaires"),
        ({"form": "'; DROP TABLE vacancy; --"}, "published questionnaires"),
    ],
)
def test_a_job_that_cannot_be_opened_keeps_what_was_typed(
    recruiter: Recruiter, stage: ScoredStage, changes: dict[str, str], complaint: str
) -> None:
    typed = {"code": "CCA-07", "title": "A <b>title</b>", "form": str(stage.form_id)} | changes
    response = recruiter.post("/jobs", status=422, **typed)
    page = response.get_data(as_text=True)
    assert complaint in text_of(page)
    assert 'role="alert"' in page
    assert "<b>title</b>" not in page
    assert vacancies_in(stage) == ["first"]


def test_a_title_may_hold_markup_and_nul_bytes_and_breaks_nothing(recruiter: Recruiter, stage: ScoredStage) -> None:
    recruiter.post("/jobs", code="odd", title="<script>alert(1)</script>\x00", form=str(stage.form_id))
    page = recruiter.client.get("/jobs", base_url=BASE).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_closed_job_takes_nobody_any_more(recruiter: Recruiter, stage: ScoredStage) -> None:
    recruiter.post(f"/jobs/{stage.vacancy_id}/close")
    assert "Nobody can be invited to this job" in recruiter.get(f"/jobs/{stage.vacancy_id}/invite")
    refused = recruiter.post(f"/jobs/{stage.vacancy_id}/invite/confirm", status=409, list="ana@example.org")
    assert "This job is closed" in text_of(refused.get_data(as_text=True))


def test_the_form_of_another_organisation_cannot_be_chosen(app: Flask, recruiter: Recruiter, stage: ScoredStage) -> None:
    other = set_scored_stage(stage.database, today(), slug="other")
    recruiter.post("/jobs", status=422, code="x", title="X", form=str(other.form_id))
    assert "Other" not in recruiter.get("/jobs")


@pytest.mark.parametrize("role", ["analyst", "approver"])
def test_analysts_and_approvers_have_no_business_here(app: Flask, stage: ScoredStage, role: str) -> None:
    visitor = sign_in(app, stage.organisation_id, role)
    for path in ("/jobs", f"/jobs/{stage.vacancy_id}", f"/jobs/{stage.vacancy_id}/candidates.csv"):
        visitor.get(path, status=403)

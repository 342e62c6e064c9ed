"""Erasing on the pages: with the reference and the password, never by accident, and the link opens nothing any more."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, update

from assessment.records.applicant import Applicant
from assessment.records.database import Database
from assessment.records.organisation import Organisation
from tests.services.stage import Stage, set_stage
from tests.web.recruiting import Recruiter, sign_in, text_of
from tests.web.taking import Person, today

PASSWORD = "correct horse battery"


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> Stage:
    return set_stage(sqlite_database, today(), shuffle_items=False)


@pytest.fixture
def person(app: Flask, stage: Stage) -> Person:
    (token,) = stage.invite(today())
    found = Person(app, token)
    found.begin()
    found.choose(**{"one-pick": "b"})
    found.go("/take/my-data/ask/erase")
    found.choose(words="Please forget me.")
    return found


@pytest.fixture
def administrator(app: Flask, stage: Stage) -> Recruiter:
    return sign_in(app, stage.actor.organisation_id, "administrator", "Ada Administrator")


def reference(stage: Stage) -> str | None:
    with stage.database.read() as session:
        found: str | None = session.scalar(select(Applicant.reference))
    return found


def test_a_person_is_gone_from_every_page_and_their_link_opens_nothing(
    app: Flask, stage: Stage, person: Person, administrator: Recruiter
) -> None:
    name = "Person Number0"
    ref = reference(stage)
    page = text_of(administrator.get("/people/1/erase"))
    assert "Write to person0-0@example.org first" in page
    assert "Questionnaires 1" in page
    after = administrator.post("/people/1/erase", 303, confirmation=ref, password=PASSWORD)
    assert after.headers["Location"].endswith("/requests")
    queue = text_of(administrator.get("/requests"))
    assert "Erased. Nothing here names or describes the person." in queue
    assert "Nobody waits for a reply" in queue
    assert reference(stage) is None
    assert person.go("/take/my-data").status_code == 401
    job = f"/jobs/{stage.vacancy_id}"
    recruiter = sign_in(app, stage.actor.organisation_id)
    for path in (job, f"{job}/invitations", "/requests"):
        assert name not in recruiter.get(path)
    recruiter.get(f"{job}/candidates/1", 404)
    for path in ("/people/1", "/people/1/file", "/people/1/erase"):
        administrator.get(path, 404)
    audit = administrator.get("/audit")
    assert "person erased" in audit
    assert "The chain of" in audit
    assert name not in audit


def test_without_the_reference_and_the_password_nothing_is_erased(
    app: Flask, stage: Stage, person: Person, administrator: Recruiter
) -> None:
    ref = reference(stage)
    wrong = administrator.post("/people/1/erase", 422, confirmation="ERASE", password=PASSWORD).get_data(as_text=True)
    assert 'href="#confirmation"' in wrong
    assert 'value="ERASE"' in wrong
    wrong = administrator.post("/people/1/erase", 422, confirmation=ref, password="not this one").get_data(as_text=True)
    assert 'href="#password"' in wrong
    assert "not this one" not in wrong
    for _ in range(9):
        administrator.post("/people/1/erase", 422, confirmation=ref, password="not this one")
    locked = administrator.post("/people/1/erase", 422, confirmation=ref, password=PASSWORD).get_data(as_text=True)
    assert "too many tries" in locked
    assert reference(stage) == ref
    recruiter = sign_in(app, stage.actor.organisation_id)
    recruiter.post("/people/1/erase", 403, confirmation=ref, password=PASSWORD)
    foreign = sign_in(app, set_stage(stage.database, today(), slug="other").actor.organisation_id, "administrator", "Foreign")
    foreign.post("/people/1/erase", 404, confirmation=ref, password=PASSWORD)
    foreign.post(f"/people/{2**40}/erase", 404, confirmation=ref, password=PASSWORD)


def test_records_that_must_be_kept_say_until_when(stage: Stage, person: Person, administrator: Recruiter) -> None:
    with stage.database.write() as session:
        session.execute(update(Organisation).values(policy={"jurisdiction": "us-il"}))
    page = administrator.get("/people/1/erase")
    assert "must be kept for 48 months after the last act" in text_of(page)
    assert 'name="password"' not in page
    administrator.post("/people/1/erase", 303, confirmation=reference(stage), password=PASSWORD)
    assert "Nothing was erased." in administrator.get("/people/1/erase")
    assert reference(stage) is not None


def test_a_page_left_open_does_not_decide_about_the_next_person_with_the_number(
    app: Flask, stage: Stage, person: Person, administrator: Recruiter
) -> None:
    recruiter = sign_in(app, stage.actor.organisation_id)
    path, ref = f"/jobs/{stage.vacancy_id}/candidates/1", reference(stage)
    assert f'name="reference" value="{ref}"' in recruiter.get(path)
    assert 'href="/people/1"' in administrator.get(path)
    assert "/people/" not in recruiter.get(path)
    administrator.post("/people/1/erase", 303, confirmation=ref, password=PASSWORD)
    stage.invite(today())
    assert reference(stage) not in (None, ref)
    recruiter.post(f"{path}/decision", 404, reference=ref, outcome="decline", reason="experience")
    assert "Declined" not in recruiter.get(path)


def test_whoever_comes_after_an_erased_person_answers_their_own_questionnaire(
    app: Flask, stage: Stage, person: Person, administrator: Recruiter
) -> None:
    """SQLite gives the numbers of deleted rows again; what the process remembers of the erased person must not be used."""
    spent = {"value": "a", "sequence": 0, "milliseconds": 5}
    assert person.answer(unit="one-pick", key="key-of-the-erased", **spent | {"sequence": 1}).status_code == 200
    administrator.post("/people/1/erase", 303, confirmation=reference(stage), password=PASSWORD)
    first, second = (Person(app, token) for token in stage.invite(today(), 2))
    second.begin()
    first.begin()
    assert first.answer(unit="one-pick", key="key-of-the-first", **spent).status_code == 200
    assert 'value="a" autocomplete="off" checked' in first.go("/take/page/1").text
    page = second.go("/take/page/1").text
    assert " checked" not in page, "nobody's answer lands in the questionnaire of somebody else"

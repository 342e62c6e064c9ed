"""Your data and your requests on the pages, without JavaScript: read, taken away, asked, answered, and seen by nobody else."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from assessment.records.applicant import Applicant
from assessment.records.database import Database
from assessment.records.sitting import Sitting
from assessment.records.subject_request import SubjectRequest
from assessment.services.delivery import submit_sitting, withdraw_consent
from tests.services.stage import Stage, set_stage
from tests.web.recruiting import Recruiter, sign_in, text_of
from tests.web.taking import Person, today

WORDS = "The result says nothing\nabout my ten years at the counter."


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> Stage:
    return set_stage(sqlite_database, today(), shuffle_items=False)


@pytest.fixture
def token(stage: Stage) -> str:
    (made,) = stage.invite(today())
    return made


@pytest.fixture
def administrator(app: Flask, stage: Stage) -> Recruiter:
    return sign_in(app, stage.actor.organisation_id, "administrator", "Ada Administrator")


@pytest.fixture
def recruiter(app: Flask, stage: Stage) -> Recruiter:
    return sign_in(app, stage.actor.organisation_id)


def ask(person: Person, kind: str, **fields: str) -> None:
    person.go(f"/take/my-data/ask/{kind}")
    person.choose(**fields)


def case_path(staff: Recruiter, kind: str) -> str:
    found: list[str] = re.findall(r'href="(/requests/\d+)"', staff.get(f"/requests?kind={kind}"))
    return found[0]


def answer(staff: Recruiter, path: str, status: int = 303, **fields: str) -> str:
    read_at = re.findall(r'name="read_at" value="([^"]+)"', staff.get(path))[0]
    return staff.post(path, status, **{"read_at": read_at, **fields}).get_data(as_text=True)


def test_a_link_leads_to_your_data_at_every_stage_and_the_page_and_the_file_agree(app: Flask, stage: Stage, token: str) -> None:
    person = Person(app, token)
    for address in ("/take/welcome", "/take/notice", "/take/leave"):
        assert 'href="/take/my-data"' in person.go(address).get_data(as_text=True), address
    person.go("/take/")
    person.begin()
    person.choose(**{"one-pick": "b"})
    assert 'href="/take/my-data"' in person.go("/take/review").get_data(as_text=True)
    with stage.database.write() as session:
        submit_sitting(session, sitting_id=session.scalars(select(Sitting.id)).one(), now=today())
    assert 'href="/take/my-data"' in person.go("/take/done").get_data(as_text=True)
    person.go("/take/my-data")
    page = text_of(person.text)
    for words in (
        "Person Number0",
        "person0-0@example.org",
        "Customer adviser",
        "Your 1 answer",
        "You have not asked for anything",
    ):
        assert words in page
    file = person.client.get("/take/my-data/file")
    assert file.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert file.content_type == "application/json; charset=utf-8"
    assert file.headers["Cache-Control"] == "no-store"
    held = json.loads(file.get_data(as_text=True))
    (only,) = held["jobs"][0]["questionnaires"][0]["answers"]
    assert only["asked"] in page
    assert only["answer"][0]["text"] in page
    assert list(held) == [
        "schema",
        "made_at",
        "organisation",
        "person",
        "jobs",
        "requests",
        "self_description",
        "work",
        "left_out",
    ]
    with stage.database.write() as session:
        withdraw_consent(session, invitation_id=1, now=today())
    assert 'href="/take/my-data"' in person.go("/take/done").get_data(as_text=True)


def test_a_review_is_asked_for_added_to_answered_and_read(
    app: Flask, stage: Stage, token: str, recruiter: Recruiter, administrator: Recruiter
) -> None:
    person = Person(app, token)
    ask(person, "review")
    assert person.address == "/take/my-data"
    assert "A human review. Asked on" in text_of(person.text)
    person.go("/take/my-data/ask/review")
    assert "What you write below is added to it" in person.text
    person.choose(words=WORDS)
    assert "The result says nothing<br>about my ten years" in person.text
    queue = text_of(recruiter.get("/requests"))
    assert "1 waits for a reply" in queue
    path = case_path(recruiter, "review")
    with stage.database.read() as session:
        applicant_id = session.scalars(select(Applicant.id)).one()
    candidate = f"/jobs/{stage.vacancy_id}/candidates/{applicant_id}"
    assert f'href="{path}"' in recruiter.get(candidate)
    assert "Asked for a human review" in recruiter.get(candidate)
    recruiter.post(f"{candidate}/decision", 302, outcome="hold", reason="availability")
    assert "You decided about this candidate before" not in recruiter.get(path)  # that was after the request
    wrong = answer(recruiter, path, 422, outcome="", reply="Half a reply")
    assert "Half a reply</textarea>" in wrong
    assert 'href="#outcome"' in wrong
    answer(recruiter, path, outcome="changed", reply="We looked again\nand invite you.")
    assert "Answered by Rosa Recruiter" in text_of(recruiter.get(candidate))
    person.go("/take/my-data")
    page = text_of(person.text)
    assert "A person looked again, and something changed." in page
    assert "We looked again and invite you." in page
    assert "Rosa" not in page
    again = administrator.post(path, 303, read_at="2026-01-01T00:00:00+00:00", outcome="upheld", reply="No.")
    assert "That reply stands" in administrator.get(again.headers["Location"])


def test_what_waits_stands_on_the_page_that_staff_see_first(
    app: Flask, stage: Stage, token: str, recruiter: Recruiter, administrator: Recruiter
) -> None:
    for page in (recruiter.get("/jobs"), administrator.get("/organisation")):
        assert " for a reply" not in page and "What waits for you" not in page
    person = Person(app, token)
    for kind in ("review", "erase"):
        ask(person, kind)
    person.go("/take/adjustment")
    person.choose(words="A quiet room.")
    with stage.database.write() as session:
        session.execute(update(SubjectRequest).values(due_at=today() - timedelta(days=1)))
    first = text_of(recruiter.get("/jobs"))
    assert "1 request waits for a reply ; 1 is overdue" in first.replace("reply;", "reply ;")
    assert "adjustment" not in first.lower()
    assert "2 requests wait for a reply" in text_of(administrator.get("/organisation"))
    assert "1 adjustment waits for a decision" in text_of(administrator.get("/organisation"))


def test_who_decided_before_is_told_so_and_so_is_the_applicant(app: Flask, stage: Stage, token: str, recruiter: Recruiter) -> None:
    person = Person(app, token)
    recruiter.post(f"/jobs/{stage.vacancy_id}/candidates/1/decision", 302, outcome="decline", reason="experience")
    ask(person, "contest", words=WORDS)
    path = case_path(recruiter, "contest")
    assert "Somebody else should look again" in recruiter.get(path)
    answer(recruiter, path, outcome="upheld", reply="It stands.")
    assert "had also made the decision before" in text_of(person.go("/take/my-data").get_data(as_text=True))


def test_a_correction_is_applied_with_one_press_and_recruiters_see_nothing_of_it(
    app: Flask, stage: Stage, token: str, recruiter: Recruiter, administrator: Recruiter
) -> None:
    person = Person(app, token)
    ask(person, "correct")
    assert person.page is not None
    assert (person.page.status_code, person.title) == (422, "Error: Have something corrected")
    ask(person, "correct", wrong="My name", name="Persona Número", email="broken")
    assert "Write the whole address" in person.text
    assert person.fields["name"] == "Persona Número"
    person.choose(email="new@example.org", wrong="")
    recruiter.get(case_path(administrator, "correct"), 404)
    assert "Nobody waits for a reply" in recruiter.get("/requests?kind=correct")
    path = case_path(administrator, "correct")
    assert "Change the name to" in administrator.get(path)
    answer(administrator, path, outcome="done", reply="It is put right.", name="yes", email="yes")
    page = text_of(person.go("/take/my-data").get_data(as_text=True))
    for words in ("Persona Número", "new@example.org", "Corrected.", "It is put right."):
        assert words in page
    assert "Number0" not in page


def test_an_open_request_can_be_taken_back_and_asked_again(app: Flask, stage: Stage, token: str) -> None:
    person = Person(app, token)
    ask(person, "erase", words=WORDS)
    assert "Take it back" in person.text
    person.choose()
    assert "and taken back by you on" in text_of(person.text)
    assert "Take it back" not in person.text
    ask(person, "erase")
    with stage.database.read() as session:
        assert [row.state for row in session.scalars(select(SubjectRequest).order_by(SubjectRequest.id))] == ["taken_back", "open"]


def test_another_organisation_and_another_person_see_nothing(
    app: Flask, stage: Stage, token: str, administrator: Recruiter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person = Person(app, token)
    ask(person, "contest", words=WORDS)
    path = case_path(administrator, "contest")
    other = set_stage(stage.database, today(), slug="other")
    foreign = sign_in(app, other.actor.organisation_id, "administrator", "Foreign")
    assert "Nobody waits for a reply" in foreign.get("/requests")
    missing = re.sub(r'value="[^"]{60,}"', "", foreign.get("/requests/999999", 404))
    assert re.sub(r'value="[^"]{60,}"', "", foreign.get(path, 404)) == missing
    foreign.get("/people/1", 404)
    foreign.get("/people/1/file", 404)
    (strange,) = other.invite(today())
    stranger = Person(app, strange)
    stranger.go("/take/my-data/ask/contest")
    for number in (1, 999_999, 2**40):
        sent = stranger.client.post(f"/take/my-data/requests/{number}/take-back", data={"csrf_token": stranger.csrf})
        assert sent.status_code == 404
    assert person.client.get("/take/my-data/ask/everything").status_code == 404
    told = " ".join(record.getMessage() for record in caplog.records)
    assert "counter" not in told
    assert "ten years" not in administrator.get("/audit")


def test_an_administrator_reads_and_exports_the_same_record(
    app: Flask, stage: Stage, token: str, administrator: Recruiter, recruiter: Recruiter
) -> None:
    Person(app, token).begin()
    page = text_of(administrator.get("/people/1"))
    assert "Everything that is kept" in page
    assert "person0-0@example.org" in page
    held = json.loads(administrator.get("/people/1/file"))
    assert held["person"]["email"] == "person0-0@example.org"
    assert "personal record exported" in administrator.get("/audit")
    recruiter.get("/people/1", 403)

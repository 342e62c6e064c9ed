"""Adjustments on the pages, without JavaScript: asked for, decided, and seen by nobody else."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from assessment.records.accommodation import Accommodation
from assessment.records.applicant import Applicant
from assessment.records.database import Database
from assessment.records.sitting import Response, Sitting
from assessment.services.delivery import submit_sitting
from tests.services.stage import Stage, set_stage
from tests.web.recruiting import Recruiter, sign_in, text_of
from tests.web.taking import Person, today

WORDS = "I read with a magnifier.\nA pause would help."
LIMIT = timedelta(minutes=30)


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> Stage:
    return set_stage(sqlite_database, today(), shuffle_items=False, minutes_limit=30.0)


@pytest.fixture
def token(stage: Stage) -> str:
    (made,) = stage.invite(today())
    return made


@pytest.fixture
def administrator(app: Flask, stage: Stage) -> Recruiter:
    return sign_in(app, stage.actor.organisation_id, "administrator", "Ada Administrator")


def ask(person: Person, **fields: str) -> None:
    person.go("/take/adjustment")
    person.choose(**fields)


def decide(administrator: Recruiter, status: int = 303, **fields: str) -> str:
    """Open the newest request that waits and decide it; the page that follows."""
    page = administrator.get("/adjustments")
    path = re.findall(r'href="(/adjustments/\d+)"', page)[0]
    asked_at = re.findall(r'name="asked_at" value="([^"]+)"', administrator.get(path))[0]
    administrator.post(path, status, **{"asked_at": asked_at, **fields})
    return administrator.get("/adjustments")


def sitting_of(stage: Stage) -> Sitting:
    with stage.database.read() as session:
        return session.scalars(select(Sitting)).one()


def test_asked_on_the_welcome_page_and_granted_it_is_in_the_words_and_the_time_of_every_page(
    app: Flask, stage: Stage, token: str, administrator: Recruiter
) -> None:
    person = Person(app, token)
    assert 'href="/take/adjustment"' in person.text
    ask(person, time="1.5", assistive_technology="yes", words=WORDS)
    assert person.address == "/take/adjustment"
    for words in ("Your request has arrived.", "Nobody has decided yet", "not even that you asked", "magnifier.<br>A pause"):
        assert words in person.text
    assert person.fields["time"] == "1.5"
    assert "half as much time again, assistive technology, and in words" in text_of(administrator.get("/adjustments"))
    page = decide(administrator, decide="grant", time="2", message="Take breaks.")
    assert "It holds for Person Number0 from the first question." in page
    assert "Nobody waits for a decision" in page
    assert "Ada Administrator" in page
    person.go("/take/adjustment")
    assert "twice the time" in person.text
    assert "Take breaks." in person.text
    assert "You have 60 minutes from the first question" in person.go("/take/welcome").get_data(as_text=True)
    person.agree()
    assert "Your 60 minutes begin" in person.text
    assert 'href="/take/adjustment"' in person.text
    person.choose()
    sitting = sitting_of(stage)
    assert sitting.started_at is not None
    assert sitting.deadline_at == sitting.started_at + 2 * LIMIT
    elsewhere = Person(app, token)  # another device
    assert sitting.deadline_at.strftime("%H:%M UTC") in elsewhere.text


def test_asked_in_the_middle_nothing_is_lost_and_the_deadline_moves(
    app: Flask, stage: Stage, token: str, administrator: Recruiter
) -> None:
    person = Person(app, token)
    person.begin()
    place = person.address
    person.choose(go="adjust", **{"one-pick": "b"})
    assert person.address == "/take/adjustment"
    assert "Your time goes on while you wait." in person.text
    person.choose(time="none")
    with stage.database.read() as session:
        saved = {r.unit: r.value for r in session.scalars(select(Response)) if r.value}
    assert saved == {"one-pick": '"b"'}
    assert "has no time limit any more" in decide(administrator, decide="grant", time="none")
    assert sitting_of(stage).deadline_at is None
    assert "There is no time limit for you now." in person.go("/take/adjustment").get_data(as_text=True)
    assert person.go("/take/").request.path == place
    assert "Your time ends" not in person.text
    for address in ("/take/review", "/take/leave"):
        assert 'href="/take/adjustment"' in person.go(address).get_data(as_text=True)


def test_a_refusal_says_why_and_one_can_ask_again(app: Flask, token: str, administrator: Recruiter) -> None:
    person = Person(app, token)
    ask(person, words=WORDS)
    path = re.findall(r'href="(/adjustments/\d+)"', administrator.get("/adjustments"))[0]
    response = administrator.post(path, 422, decide="decline", time="2", asked_at=today().isoformat())
    assert "Say why. The applicant reads it." in response.get_data(as_text=True)
    assert '<option value="2" selected>' in response.get_data(as_text=True)
    decide(administrator, decide="decline", message="We need to know what would help.")
    person.go("/take/adjustment")
    assert "We need to know what would help." in person.text
    assert person.fields["words" if "words" in person.fields else "time"] == ""
    ask(person, time="2")
    assert "1 waits for a decision" in administrator.get("/adjustments")


def test_what_cannot_be_sent_is_kept_and_said(app: Flask, token: str, stage: Stage) -> None:
    person = Person(app, token)
    ask(person)
    assert person.page is not None
    assert (person.page.status_code, person.title) == (422, "Error: Ask for an adjustment")
    assert 'role="alert"' in person.text
    assert "Choose what you need" in person.text
    ask(person, time="2", words="long " * 300)
    assert person.page.status_code == 422
    assert person.fields["time"] == "2"
    assert "long long" in person.text
    ask(person, words="spoken \x07 and turned \u202e")
    assert "characters that cannot be shown" in person.text
    with stage.database.read() as session:
        assert session.scalars(select(Accommodation)).all() == []


def test_a_sitting_that_has_ended_says_so_to_both(app: Flask, stage: Stage, token: str, administrator: Recruiter) -> None:
    person = Person(app, token)
    person.begin()
    ask(person, time="2")
    csrf = person.csrf
    with stage.database.write() as session:
        submit_sitting(session, sitting_id=session.scalars(select(Sitting.id)).one(), now=today())
    finished = sitting_of(stage)
    assert "had ended and was not opened again" in decide(administrator, decide="grant", time="2")
    after = sitting_of(stage)
    assert (after.state, after.deadline_at) == ("submitted", finished.deadline_at)
    person.go("/take/done")
    assert 'href="/take/adjustment"' in person.text
    person.go("/take/adjustment")
    assert "This questionnaire has ended, and it is not opened again." in person.text
    assert "so that it could not be changed" in person.text
    assert "<textarea" not in person.text
    sent = person.client.post("/take/adjustment", data={"csrf_token": csrf, "time": "none"}, follow_redirects=True)
    assert "This questionnaire has ended" in sent.get_data(as_text=True)


def test_a_request_that_was_changed_or_decided_meanwhile_is_not_decided_unread(
    app: Flask, token: str, administrator: Recruiter
) -> None:
    person = Person(app, token)
    ask(person, time="1.25")
    path = re.findall(r'href="(/adjustments/\d+)"', administrator.get("/adjustments"))[0]
    read = re.findall(r'name="asked_at" value="([^"]+)"', administrator.get(path))[0]
    ask(person, time="2")
    for asked_at in (read, "yesterday"):
        administrator.post(path, 303, decide="grant", time="1.25", asked_at=asked_at)
        assert "has changed this request since you opened it" in administrator.get(path)
    decide(administrator, decide="grant", time="2")
    administrator.post(path, 303, decide="decline", message="No.", asked_at=read)
    assert "That decision stands" in administrator.get(path)


def test_nobody_else_sees_that_anything_was_asked_and_no_log_holds_it(
    app: Flask, stage: Stage, token: str, administrator: Recruiter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    organisation, job = stage.actor.organisation_id, f"/jobs/{stage.vacancy_id}"
    with stage.database.read() as session:
        applicant = session.scalars(select(Applicant.id)).one()
    others = {role: sign_in(app, organisation, role, role.title()) for role in ("recruiter", "analyst", "approver")}
    pages = {
        "recruiter": ["/jobs", job, f"{job}/invitations", f"{job}/candidates.csv", f"{job}/candidates/{applicant}"],
        "analyst": ["/evidence", "/observe", "/studies", "/workbench", "/proposals", "/keys", "/bank"],
        "approver": ["/proposals", "/studies", "/keys"],
    }

    def seen() -> dict[str, tuple[int, str]]:
        found = {}
        for role, paths in pages.items():
            for path in paths:
                response = others[role].client.get(path, base_url="http://localhost")
                body = re.sub(r'value="[^"]{60,}"', "", response.get_data(as_text=True))
                found[f"{role} {path}"] = (response.status_code, body)
        return found

    person = Person(app, token)
    before = seen()
    assert {status for status, _ in before.values()} == {200}
    ask(person, time="2", words=WORDS)
    asked = seen()
    decide(administrator, decide="grant", time="2", message="Granted privately.")
    assert before == asked == seen()
    for role, other in others.items():
        assert "adjustment" not in other.get("/me").lower(), role
        other.get("/adjustments", 403)
        other.get("/adjustments/1", 403)
    told = " ".join(record.getMessage() for record in caplog.records)
    for words in ("magnifier", "privately"):
        assert words not in told
        assert words not in administrator.get("/audit")
    foreign = set_stage(stage.database, today(), slug="other").actor.organisation_id
    sign_in(app, foreign, "administrator", "Foreign").get("/adjustments/1", 404)


def test_how_long_somebody_took_on_a_timed_form_is_on_no_recruiters_page(
    app: Flask, stage: Stage, token: str, administrator: Recruiter
) -> None:
    """More minutes than the limit would tell of the grant, and a gap for some people alone would tell as much."""
    person = Person(app, token)
    ask(person, time="2")
    decide(administrator, decide="grant", time="2")
    person.go("/take/")
    person.begin()
    with stage.database.write() as session:
        sitting = session.scalars(select(Sitting)).one()
        submit_sitting(session, sitting_id=sitting.id, now=today() + 1.5 * LIMIT)
    path = f"/jobs/{stage.vacancy_id}/candidates/{sitting.applicant_id}"
    page = text_of(sign_in(app, stage.actor.organisation_id).get(path))
    assert "Person Number0" in page
    assert "minutes" not in page


def test_whoever_else_opens_the_link_reads_nothing_of_what_was_asked(app: Flask, token: str, administrator: Recruiter) -> None:
    """Recruiters can open a person's link. The browser that asked keeps the words, also when the link is opened there again."""
    person = Person(app, token)
    ask(person, words=WORDS)
    decide(administrator, outcome="granted", message="Take a pause when you like.")
    person.go(f"/take/{token}")
    other = Person(app, token)
    for address in ("/take/adjustment", "/take/my-data", "/take/my-data/file"):
        mine = person.client.get(address).get_data(as_text=True)
        theirs = other.client.get(address).get_data(as_text=True)
        assert "Take a pause when you like." in mine
        assert "I read with a magnifier" not in theirs and "Take a pause" not in theirs and "Granted" not in theirs
    other.go("/take/adjustment")
    assert "in the browser in which you asked" in other.text

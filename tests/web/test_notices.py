"""The notice on the applicant's pages: read as it is and as it was, agreed to again when it changed, and withdrawn for good."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from assessment.records.applicant import Consent
from assessment.records.database import Database
from assessment.records.organisation import Organisation
from assessment.records.sitting import Response, ResponseNote, Sitting
from assessment.services.delivery import open_invitation
from assessment.services.inviting import Invitee, invite_applicants
from assessment.services.people.actors import Actor
from assessment.services.people.policies import policy_of, set_policy
from assessment.services.sitting.consent import give_consent, withdraw_consent
from tests.services.scored_stage import ScoredStage, set_scored_stage
from tests.services.stage import Stage, set_stage
from tests.services.two_languages import set_stage_in_two_languages
from tests.web.recruiting import score_everybody, sign_in, text_of
from tests.web.taking import Person, today


@pytest.fixture
def stage(sqlite_database: Database) -> Stage:
    return set_stage(sqlite_database, today(), minutes_limit=30.0, shuffle_items=False)


@pytest.fixture
def person(app: Flask, stage: Stage) -> Person:
    (token,) = stage.invite(today())
    return Person(app, token)


def adopt(stage: Stage, **changes: Any) -> None:
    actor = Actor(stage.actor.organisation_id, "ada", "Ada", "administrator")
    with stage.database.write() as session:
        held = policy_of(session.get_one(Organisation, actor.organisation_id))
        set_policy(session, policy=replace(held, **changes), seen=held.digest, actor=actor, now=today())


def test_a_notice_that_changed_in_the_middle_is_agreed_to_before_going_on_and_no_answer_is_lost(
    person: Person, stage: Stage
) -> None:
    person.begin()
    adopt(stage, keep_months=12)
    person.choose(**{"one-pick": "a"})  # the page was open: what was chosen on it is saved
    assert (person.address, person.title) == ("/take/agree", "The notice has changed")
    assert "12 months after you finish" in person.text and "Your time goes on" in person.text
    for address in ("/take/", "/take/page/1", "/take/page/2", "/take/review"):
        person.go(address)
        assert person.address == "/take/agree"
    fields = person.fields
    for body in ({}, {"consent": "yes", "notice": "sha256:older"}):
        person.page = person.client.post("/take/agree", data=fields | body)
        assert person.page.status_code == 422
        assert person.title == "Error: The notice has changed" and 'href="#consent"' in person.text
    person.client.post("/take/submit", data=fields)
    with stage.database.read() as session:
        assert session.scalars(select(Sitting.state)).all() == ["active"]
        assert session.scalars(select(Response.value)).all() == ['"a"']
    person.go("/take/agree")
    person.choose(consent="yes")
    assert person.address == "/take/page/2"
    with stage.database.read() as session:
        assert len(session.scalars(select(Consent)).all()) == 2


def test_the_practice_does_not_start_the_clock_before_agreeing_again(person: Person, stage: Stage) -> None:
    person.agree()
    adopt(stage, keep_months=12)
    person.choose()
    assert person.address == "/take/agree"
    with stage.database.read() as session:
        assert session.scalars(select(Sitting.started_at)).all() == [None]
    person.choose(consent="yes")
    assert person.title == "Practice"


def test_a_notice_that_changed_in_words_alone_holds_nobody_up(person: Person, stage: Stage) -> None:
    person.begin()
    adopt(stage, contact="people@acme.example")
    person.choose(**{"one-pick": "a"})
    assert person.address == "/take/page/2"
    person.go("/take/notice")
    now, _, then = text_of(person.text).rpartition("What you agreed to")
    assert "or contact people@acme.example" in now
    assert "or contact" not in then and "answer the message that brought you your link." in then


def test_who_does_not_agree_anew_ends_with_the_time_under_what_they_agreed_to(person: Person, stage: Stage) -> None:
    person.begin()
    adopt(stage, keep_months=12)
    with stage.database.write() as session:
        session.execute(update(Sitting).values(deadline_at=today() - timedelta(minutes=5)))
    person.go("/take/")
    assert person.title == "The time is over"
    person.go("/take/agree")
    assert person.address == "/take/done"


def test_one_agrees_in_the_language_of_the_page_and_reads_those_words_again(app: Flask, sqlite_database: Database) -> None:
    stage = set_stage_in_two_languages(sqlite_database, today())
    (token,) = stage.invite(today())
    someone = Person(app)
    someone.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "es"
    someone.go(f"/take/{token}")
    someone.go("/take/notice")
    assert "Acme hace las mismas preguntas" in someone.text and "asks everyone" not in someone.text
    someone.go("/take/welcome")
    someone.agree()
    with stage.database.read() as session:
        assert session.scalars(select(Consent.language)).all() == ["es"]
    someone.client.post("/take/language", data={"csrf_token": someone.csrf, "language": "en"})
    someone.go("/take/notice")
    assert someone.text.index("Acme asks everyone") < someone.text.index("Acme hace las mismas preguntas")
    assert 'lang="es" aria-labelledby="agreed-head"' in someone.text


def test_a_day_before_which_nobody_may_start_is_said_and_kept(person: Person, stage: Stage) -> None:
    facts = {"contact": "a@acme.example", "keep_months": 48, "audit_address": "https://acme.example/audit"}
    days = {"audited_on": today().date(), "notice_posted_on": today().date()}
    adopt(stage, jurisdiction="us-nyc", **facts, **days)
    person.go("/take/welcome")
    assert "You can start from" in person.text
    person.agree()
    assert person.page is not None and person.page.status_code == 409
    assert "This questionnaire opens on" in person.text and "Nothing was started" in person.text
    with stage.database.read() as session:
        assert session.scalars(select(Consent)).all() == []
    adopt(stage, notice_posted_on=today().date() - timedelta(days=15))
    person.go("/take/welcome")
    person.agree()
    assert person.title == "Practice"


def test_a_withdrawal_is_final_and_the_page_says_so_first(person: Person, stage: Stage) -> None:
    person.begin()
    person.go("/take/withdraw")
    assert "This is final" in person.text
    person.choose(withdraw="yes")
    assert person.title == "You have withdrawn"
    for address in ("/take/consent", "/take/agree"):
        person.page = person.client.post(
            address, data={"csrf_token": csrf(person), "consent": "yes", "notice": notice(stage)}, follow_redirects=True
        )
        assert person.title == "You have withdrawn"
    with stage.database.read() as session:
        assert session.scalars(select(Sitting.state)).all() == ["withdrawn"]
        assert len(session.scalars(select(Consent)).all()) == 1


def csrf(person: Person) -> str:
    return re.findall(r'name="csrf_token" value="([^"]+)"', person.client.get("/take/leave").get_data(as_text=True))[0]


def notice(stage: Stage) -> str:
    with stage.database.read() as session:
        return session.scalars(select(Consent.notice_hash)).first() or ""


def test_after_a_withdrawal_recruiters_see_that_it_was_and_no_result(app: Flask, sqlite_database: Database) -> None:
    stage = set_scored_stage(sqlite_database, today())
    applicant_id = stage.add_people(12, today())[4]
    score_everybody(stage, today())
    recruiter = sign_in(app, stage.organisation_id)
    page = f"/jobs/{stage.vacancy_id}/candidates/{applicant_id}"
    with sqlite_database.write() as session:
        sitting = session.scalars(select(Sitting.id).where(Sitting.applicant_id == applicant_id)).one()
        for kind, detail in (("flat", {"situations": 2}), ("fast", {"share": 0.8, "of": 9})):
            session.add(ResponseNote(sitting_id=sitting, kind=kind, detail=detail, noted_at=today()))
    before = text_of(recruiter.get(page))
    withdraw(stage, "p-0004@people.example")
    after = text_of(recruiter.get(page))
    for words in ("24 minutes from start to finish", "Two different signs agree", "68 %"):
        assert words in before and words not in after
    assert "c-dot" not in recruiter.get(page)
    assert "The person took back their consent." in after and "Set aside with the answers" in after
    rows = {row["reference"]: row for row in recruiter.file(f"/jobs/{stage.vacancy_id}/candidates.csv")}
    told = {column for column, value in rows["P-0004"].items() if value}
    assert told == {"reference", "name", "status"} and rows["P-0004"]["status"] == "Withdrew"
    assert sum(1 for row in rows.values() if row["score"]) == 11


def withdraw(stage: ScoredStage, email: str) -> None:
    with stage.database.write() as session:
        people = [Invitee(None, email)]
        report = invite_applicants(session, vacancy_id=stage.vacancy_id, people=people, actor=stage.actor, now=today())
        invitation = open_invitation(session, report.invited[0].link_token, today())
        give_consent(session, invitation_id=invitation.id, now=today())
        withdraw_consent(session, invitation_id=invitation.id, now=today())

"""What a person can take away: everything about them in plain words, and nothing about anybody else."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from assessment.errors import NotAllowed, NotFound
from assessment.records.applicant import Applicant, Invitation
from assessment.records.database import Database
from assessment.records.demographic import Demographic
from assessment.records.sitting import Sitting
from assessment.services.accommodations import Wish, request_accommodation
from assessment.services.audit import recent_events
from assessment.services.deciding import record_decision
from assessment.services.delivery import AnswerDesk, submit_sitting
from assessment.services.people.actors import Actor
from assessment.services.requests.personal_record import SCHEMA, own_record
from assessment.services.requests.request_words import Said
from assessment.services.requests.requesting import make_request
from assessment.services.requests.staff_record import export_record, record_for_staff
from tests.services.stage import Stage, begun, set_stage

ANSWERS = {
    "one-pick": "b",
    "two-pair": {"best": "a", "worst": "c"},
    "three-rate": {"a": 1, "b": 5, "c": 3, "d": 3, "e": 4},
    "four-rank": ["d", None, "b", None],
    "s-1": 4,
}


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    return set_stage(database, now, shuffle_items=False)


def answered(stage: Stage, now: datetime) -> int:
    invitation_id, sitting_id = begun(stage, now, reached=9)
    desk = AnswerDesk(stage.database)
    for number, (unit, value) in enumerate(ANSWERS.items()):
        desk.record_response(sitting_id, unit, value, 7300, 0, f"own-key-{number}", now + timedelta(minutes=number))
    desk.close()
    return invitation_id


def option(n: int) -> str:
    return f"Do the thing that is number {n} on the list of things."


def test_every_answer_stands_in_the_words_of_its_page(stage: Stage, now: datetime) -> None:
    invitation_id = answered(stage, now)
    with stage.database.read() as session:
        (job,) = own_record(session, invitation_id=invitation_id, with_adjustments=True, now=now)["jobs"]
    (sitting,) = job["questionnaires"]
    pick, pair, rate, rank, statement = sitting["answers"]
    assert pick["asked"] == "What is the most effective thing to do in one-pick?"
    assert pick["situation"] == "You answer the phone for a water company."
    assert pick["answer"] == [{"text": option(2)}]
    assert pair["answer"] == [{"text": option(1), "chosen_as": "best"}, {"text": option(3), "chosen_as": "worst"}]
    assert rate["answer"][1] == {"text": option(2), "rating": 5, "of": 5, "scale": "effectiveness5", "meaning": "Very good"}
    assert rank["answer"] == [{"text": option(4), "place": 1}, {"text": option(2), "place": 3}]
    assert (rank["complete"], pick["complete"]) == (False, True)
    assert statement == {
        "asked": "Keep my head in s-1.",
        "answer": [{"rating": 4, "of": 5, "scale": "accuracy5", "meaning": "Mostly accurate"}],
        "complete": True,
        "saved_at": (now + timedelta(minutes=4)).isoformat(),
        "seconds_on_page": 7.3,
    }


def test_the_record_holds_all_that_was_asked_decided_and_said_and_nothing_of_how_it_is_valued(stage: Stage, now: datetime) -> None:
    invitation_id = answered(stage, now)
    administrator = Actor(stage.actor.organisation_id, "administrator", "Ada Administrator", "administrator")
    with stage.database.write() as session:
        request_accommodation(session, invitation_id=invitation_id, wish=Wish("2", words="I read slowly."), now=now)
        make_request(session, invitation_id=invitation_id, kind="contest", said=Said(words="It is wrong."), now=now)
        applicant = session.get_one(Applicant, session.get_one(Invitation, invitation_id).applicant_id)
        sealed = session.info["vault"].seal("demographic.age", applicant.subject, "60 or older")
        session.add(
            Demographic(
                applicant_id=applicant.id,
                group_name="age",
                organisation_id=applicant.organisation_id,
                value_sealed=sealed,
                source="self",
                recorded_at=now,
            )
        )
        submit_sitting(session, sitting_id=session.scalars(select(Sitting.id)).one(), now=now + timedelta(minutes=9))
        decision = {"outcome": "decline", "reason": "other", "note": "Quieter than Jo Bloggs."}
        record_decision(session, vacancy_id=stage.vacancy_id, applicant_id=applicant.id, actor=stage.actor, now=now, **decision)
    with stage.database.read() as session:
        record = own_record(session, invitation_id=invitation_id, with_adjustments=True, now=now)
        held = record_for_staff(session, applicant_id=applicant.id, actor=administrator, now=now)
    assert held["self_description"] == [{**record["self_description"][0], "value": "60 or older"}]
    assert held | {"self_description": record["self_description"]} == record  # a link may be in other hands than the person's
    text = json.dumps(record, ensure_ascii=False)
    assert (record["schema"], record["person"]["name"]) == (SCHEMA, "Person Number0")
    assert json.loads(text) == record
    for told in ("person0-0@example.org", "I read slowly.", "It is wrong.", '"group": "age"', "Decline", "Another reason"):
        assert told in text
    assert record["jobs"][0]["questionnaires"][0]["state"] == "submitted"
    consent = record["jobs"][0]["consents"][0]
    assert (consent["given_at"], consent["language"]) == (now.isoformat(), "en")
    notice = consent.pop("words")  # everybody reads it; it names what the questions are about
    assert notice[0]["heading"] == "Who asks, and why" and "asks everyone" in notice[0]["paragraphs"][0]
    text = json.dumps(record, ensure_ascii=False)
    for hidden in ("Jo Bloggs", "60 or older", "Rosa", "listening", "composure", "facet", "score", "key", applicant.subject):
        assert hidden not in text.replace("notes on how it was answered", "")


def test_nobody_else_is_in_a_record_and_nobody_else_reads_it(stage: Stage, now: datetime) -> None:
    organisation = stage.actor.organisation_id
    invitation_id = answered(stage, now)
    with stage.database.write() as session:
        mine = session.get_one(Invitation, invitation_id).applicant_id
    stage.invite(now, 2)  # the second of them is somebody else
    with stage.database.read() as session:
        text = json.dumps(own_record(session, invitation_id=invitation_id, with_adjustments=True, now=now))
        assert "Person Number1" not in text
        for role in ("recruiter", "analyst", "approver"):
            with pytest.raises(NotAllowed):
                record_for_staff(session, applicant_id=mine, actor=Actor(organisation, role, role, role), now=now)
        stranger = Actor(organisation + 1, "a", "A", "administrator")
        with pytest.raises(NotFound):
            record_for_staff(session, applicant_id=mine, actor=stranger, now=now)
    administrator = Actor(organisation, "administrator", "Ada", "administrator")
    with stage.database.write() as session:
        export_record(session, applicant_id=mine, actor=administrator, now=now)
    with stage.database.read() as session:
        newest = recent_events(session, organisation)[0]
    assert (newest.action, newest.actor, newest.detail) == ("personal record exported", "administrator", {})

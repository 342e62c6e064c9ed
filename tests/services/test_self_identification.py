"""Voluntary self-identification: asked after the end where the policy says so, sealed, counted in groups, given back to nobody."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from assessment.errors import BadInput
from assessment.notices import QUESTIONS
from assessment.records.applicant import Applicant, Invitation
from assessment.records.audit import AuditEvent
from assessment.records.database import Database
from assessment.records.demographic import Demographic
from assessment.records.organisation import Organisation
from assessment.records.sitting import Sitting
from assessment.services.delivery import submit_sitting
from assessment.services.impact import groups_of
from assessment.services.inviting import open_vacancy
from assessment.services.people.policies import Policy
from assessment.services.self_identification import (
    NotAskedNow,
    find_asking,
    identify_oneself,
    remove_self_identification,
)
from assessment.services.sitting.consent import withdraw_consent
from tests.services.stage import Stage, at_once, begun, set_stage

SEX, ORIGIN = QUESTIONS
ASKING = Policy(jurisdiction="us", keep_months=48, self_identification=True)
BOTH = {SEX: "another", ORIGIN: "Two or more races"}


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    made = set_stage(database, now)
    adopt(made, ASKING)
    return made


def adopt(stage: Stage, policy: Policy) -> None:
    with stage.database.write() as session:
        session.get_one(Organisation, stage.actor.organisation_id).policy = policy.stored


def finished(stage: Stage, now: datetime) -> int:
    invitation, sitting = begun(stage, now)
    with stage.database.write() as session:
        submit_sitting(session, sitting_id=sitting, now=now)
    return invitation


def say(stage: Stage, invitation: int, now: datetime, answers: dict[str, str | None]) -> None:
    with stage.database.write() as session:
        identify_oneself(session, invitation_id=invitation, answers=answers, now=now)


def kept(stage: Stage) -> dict[str, str]:
    """What the store holds, opened as the fairness figures open it."""
    with stage.database.read() as session:
        people = list(session.scalars(select(Applicant.id)))
        groups = groups_of(session, organisation_id=stage.actor.organisation_id, applicant_ids=people)
    return {name: label for name, labels in groups.items() for label in labels if label is not None}


def test_what_is_said_is_kept_replaced_and_removed(stage: Stage, now: datetime) -> None:
    invitation = finished(stage, now)
    say(stage, invitation, now, dict(BOTH))
    assert kept(stage) == BOTH | {f"{SEX} by {ORIGIN}": "another, Two or more races"}
    say(stage, invitation, now, {SEX: "female", ORIGIN: None})
    assert kept(stage) == {SEX: "female"}
    with stage.database.write() as session:
        remove_self_identification(session, invitation_id=invitation, now=now)
    assert kept(stage) == {}


def test_of_two_answers_at_once_over_two_invitations_one_stands_whole(stage: Stage, now: datetime) -> None:
    with stage.database.write() as session:
        job = {"code": "second", "title": "Team lead", "form_version_id": stage.form_id, "simulated": False}
        second = open_vacancy(session, **job, actor=stage.actor, now=now).id
    invitations = [begun(stage, now), begun(stage, now, vacancy_id=second)]
    with stage.database.write() as session:
        rows = [session.get_one(Invitation, invitation) for invitation, _ in invitations]
        rows[1].applicant_id = session.get_one(Sitting, invitations[1][1]).applicant_id = rows[0].applicant_id
        session.flush()
        for _, sitting in invitations:
            submit_sitting(session, sitting_id=sitting, now=now)
    labels = ({SEX: "female", ORIGIN: "White"}, {SEX: "another", ORIGIN: "Two or more races"})
    for _ in range(5):
        assert at_once(4, lambda i: say(stage, invitations[i % 2][0], now, dict(labels[i % 2]))) == [None] * 4
        found = kept(stage)
        assert {SEX: found[SEX], ORIGIN: found[ORIGIN]} in labels


def test_preferring_not_to_say_keeps_nothing(stage: Stage, now: datetime) -> None:
    invitation = finished(stage, now)
    for answers in ({}, {SEX: ""}, {SEX: None, ORIGIN: None}, {"csrf_token": "female"}):
        say(stage, invitation, now, answers)
        with stage.database.read() as session:
            assert session.scalars(select(Demographic)).all() == []
            assert not find_asking(session, invitation_id=invitation, now=now).has_answered


def test_a_label_that_was_not_on_the_page_is_refused_and_what_was_kept_stays(stage: Stage, now: datetime) -> None:
    invitation = finished(stage, now)
    say(stage, invitation, now, dict(BOTH))
    with pytest.raises(BadInput) as refused:
        say(stage, invitation, now, {SEX: "female", ORIGIN: "martian"})
    assert [fault.where for fault in refused.value.faults] == [ORIGIN]
    assert kept(stage)[SEX] == "another"


@pytest.mark.parametrize("policy", [Policy(), Policy(jurisdiction="eu", self_identification=True), Policy(jurisdiction="us")])
def test_nobody_is_asked_unless_the_law_allows_it_and_the_organisation_wants_it(
    stage: Stage, now: datetime, policy: Policy
) -> None:
    invitation = finished(stage, now)
    adopt(stage, policy)
    with stage.database.read() as session:
        assert find_asking(session, invitation_id=invitation, now=now).asks == ()
    with pytest.raises(NotAskedNow):
        say(stage, invitation, now, dict(BOTH))


def test_it_is_asked_after_the_end_alone(database: Database, now: datetime) -> None:
    stage = set_stage(database, now, minutes_limit=30.0)
    adopt(stage, ASKING)
    invitation, _ = begun(stage, now)
    with pytest.raises(NotAskedNow):
        say(stage, invitation, now, dict(BOTH))
    late = now + timedelta(hours=1)  # nobody has closed it yet, and it takes no more answers
    say(stage, invitation, late, dict(BOTH))
    with stage.database.write() as session:
        withdraw_consent(session, invitation_id=invitation, now=late)
        assert find_asking(session, invitation_id=invitation, now=late).progress == "withdrawn"
    with pytest.raises(NotAskedNow):
        say(stage, invitation, late, {})
    with stage.database.write() as session:
        assert find_asking(session, invitation_id=invitation, now=late).has_answered
        remove_self_identification(session, invitation_id=invitation, now=late)
    assert kept(stage) == {}


def test_neither_the_row_nor_the_log_tells_what_was_said_or_by_whom(stage: Stage, now: datetime) -> None:
    invitation = finished(stage, now)
    sealed, details = set(), set()
    for group, labels in QUESTIONS.items():
        for label in labels:
            say(stage, invitation, now, {group: label})
            with stage.database.read() as session:
                row = session.scalars(select(Demographic)).one()
                assert label not in row.value_sealed
                sealed.add(len(row.value_sealed))
    assert len(sealed) == 1  # the length of what is sealed is the same for every label
    with stage.database.read() as session:
        subject = session.scalars(select(Applicant.subject)).one()
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "self-identification changed")).all()
        details = {(event.actor, event.subject, json.dumps(event.detail)) for event in events}
        assert len(events) == sum(map(len, QUESTIONS.values()))
        assert details == {("an applicant", f"organisation {stage.actor.organisation_id}", "{}")}
        assert subject not in str(details)


def test_what_a_file_said_is_replaced_by_what_the_person_says_and_is_not_theirs_to_remove(stage: Stage, now: datetime) -> None:
    invitation = finished(stage, now)
    with stage.database.write() as session:
        person = session.get_one(Applicant, session.get_one(Invitation, invitation).applicant_id)
        for group, label in ((SEX, "male"), ("region", "north")):
            session.add(
                Demographic(
                    applicant_id=person.id,
                    group_name=group,
                    organisation_id=person.organisation_id,
                    value_sealed=stage.database.vault.seal(f"demographic.{group}", person.subject, label),
                    source="file",
                    recorded_at=now,
                )
            )
    with stage.database.read() as session:
        assert not find_asking(session, invitation_id=invitation, now=now).has_answered
    say(stage, invitation, now, {SEX: "female"})
    assert kept(stage) == {SEX: "female", "region": "north"}
    with stage.database.write() as session:
        remove_self_identification(session, invitation_id=invitation, now=now)
    assert kept(stage) == {"region": "north"}


def test_pressed_twenty_times_at_once_one_whole_answer_stands(stage: Stage, now: datetime) -> None:
    invitation = finished(stage, now)
    answers = [{SEX: "female", ORIGIN: "Asian"}, {SEX: "male", ORIGIN: "White"}]
    assert at_once(20, lambda i: say(stage, invitation, now, dict(answers[i % 2]))) == [None] * 20
    found = kept(stage)
    assert {name: found[name] for name in QUESTIONS} in answers


def test_another_organisation_counts_nothing_of_it(stage: Stage, now: datetime) -> None:
    say(stage, finished(stage, now), now, dict(BOTH))
    other = set_stage(stage.database, now, slug="other")
    assert kept(other) == {}

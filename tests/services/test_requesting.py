"""Requests of applicants, on both databases: made, added to, taken back, and answered once by whoever may."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select, text, update

from assessment.errors import BadInput, NotAllowed, NotFound
from assessment.records.applicant import Applicant, Invitation
from assessment.records.database import Database
from assessment.records.organisation import Organisation
from assessment.records.subject_request import SubjectRequest
from assessment.services.audit import recent_events, verify_chain
from assessment.services.deciding import record_decision
from assessment.services.delivery import give_consent, open_invitation, withdraw_consent
from assessment.services.inviting import Invitee, invite_applicants, open_vacancy
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import find_applicant_by_email, search_tokens
from assessment.services.requests.request_queue import (
    AlreadyAnswered,
    Case,
    Reply,
    RequestChanged,
    answer_request,
    find_request,
    list_requests,
    requests_about,
)
from assessment.services.requests.request_words import KINDS, MOST_ADDITIONS, Said, checked_words
from assessment.services.requests.requesting import RequestClosed, list_own_requests, make_request, take_back_request
from tests.services.stage import Stage, at_once, set_stage

WORDS = "My name was taken for another's."
LOOKED = Reply("upheld", "We read your answers again.")


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    return set_stage(database, now, shuffle_items=False)


@pytest.fixture
def administrator(stage: Stage) -> Actor:
    return Actor(stage.actor.organisation_id, "administrator", "Ada Administrator", "administrator")


def invited(stage: Stage, now: datetime, vacancy_id: int | None = None) -> int:
    (token,) = stage.invite(now, vacancy_id=vacancy_id)
    with stage.database.write() as session:
        return open_invitation(session, token, now).id


def ask(stage: Stage, invitation_id: int, now: datetime, kind: str = "review", **said: str) -> None:
    with stage.database.write() as session:
        make_request(session, invitation_id=invitation_id, kind=kind, said=Said(**said), now=now)


def waiting(stage: Stage, actor: Actor, now: datetime, kind: str | None = None) -> list[Case]:
    with stage.database.read() as session:
        return list_requests(session, actor=actor, now=now, kind=kind)[0]


def answer(stage: Stage, case: Case, reply: Reply, actor: Actor, now: datetime, read_at: datetime | None = None) -> Case:
    with stage.database.write() as session:
        read = read_at or case.asked.changed_at
        return answer_request(session, request_id=case.asked.id, read_at=read, reply=reply, actor=actor, now=now)


def test_a_long_queue_asks_the_database_no_more_than_a_short_one(stage: Stage, administrator: Actor, now: datetime) -> None:
    asked: list[str] = []
    event.listen(stage.database.read_engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    numbers = []
    with stage.database.write() as session:
        people = [Invitee(f"Person {n}", f"asks{n}@example.org") for n in range(6)]
        report = invite_applicants(session, vacancy_id=stage.vacancy_id, people=people, actor=stage.actor, now=now)
        invitations = [open_invitation(session, each.link_token, now) for each in report.invited]
        for invitation in invitations:
            known = {"vacancy_id": stage.vacancy_id, "applicant_id": invitation.applicant_id, "note": "", "actor": stage.actor}
            record_decision(session, outcome="hold", reason="availability", **known, now=now)
    for invitation in invitations:
        ask(stage, invitation.id, now + timedelta(hours=1), kind="contest", words=WORDS)
        del asked[:]
        cases = waiting(stage, administrator, now)
        numbers.append(len(asked))
        assert {case.first_deciders for case in cases} == {(stage.actor.subject,)}
    assert len(cases) == 6
    assert set(numbers) == {numbers[0]}


def test_asking_again_adds_to_the_open_request_and_keeps_its_deadline(stage: Stage, now: datetime) -> None:
    invitation_id = invited(stage, now)
    with stage.database.write() as session:
        session.execute(update(Organisation).values(policy={"reply_days": 10}))
    ask(stage, invitation_id, now)
    for hours, words in ((1, WORDS), (2, WORDS), (3, "And one more thing."), (4, "")):
        ask(stage, invitation_id, now + timedelta(hours=hours), words=words)
    with stage.database.read() as session:
        (found,) = list_own_requests(session, invitation_id=invitation_id)
        row = session.scalars(select(SubjectRequest)).one()
        told = [(event.action, json.dumps(event.detail)) for event in recent_events(session, stage.actor.organisation_id)]
    assert [s.said.words for s in found.statements] == ["", WORDS, "And one more thing."]
    assert (found.asked_at, found.changed_at, found.due_at) == (now, now + timedelta(hours=3), now + timedelta(days=10))
    assert WORDS not in row.words_sealed
    assert [action for action, _ in told if "request" in action] == ["request added to", "request added to", "request made"]
    assert WORDS not in str(told)


def test_each_kind_can_be_asked_before_and_after_withdrawal(stage: Stage, now: datetime, administrator: Actor) -> None:
    invitation_id = invited(stage, now)
    ask(stage, invitation_id, now, "erase")
    with stage.database.write() as session:
        give_consent(session, invitation_id=invitation_id, now=now)
        withdraw_consent(session, invitation_id=invitation_id, now=now)
    for kind in ("contest", "review"):
        ask(stage, invitation_id, now, kind)
    ask(stage, invitation_id, now, "correct", name="Persona Number")
    assert {case.asked.kind for case in waiting(stage, administrator, now)} == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "said", "field"),
    [
        ("correct", {}, "wrong"),
        ("correct", {"words": "kept out of corrections"}, "wrong"),
        ("correct", {"wrong": "The date"}, "right"),
        ("correct", {"email": "no address"}, "email"),
        ("correct", {"name": "n" * 201}, "name"),
        ("contest", {"words": "x" * 2001}, "words"),
        ("review", {"words": "a\x00b"}, "words"),
        ("review", {"words": "\u202ebackwards"}, "words"),
    ],
)
def test_words_that_cannot_be_used_are_refused_with_their_field(kind: str, said: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        checked_words(kind, Said(**said))
    assert [fault.where for fault in refusal.value.faults] == [field]


def test_a_request_does_not_grow_without_end(stage: Stage, now: datetime) -> None:
    invitation_id = invited(stage, now)
    for n in range(MOST_ADDITIONS + 1):
        ask(stage, invitation_id, now, words=f"thing {n}")
    with pytest.raises(BadInput, match="Nothing was added"):
        ask(stage, invitation_id, now, words="one too many")


def test_asked_many_times_at_once_one_request_of_the_kind_is_open(stage: Stage, now: datetime) -> None:
    invitation_id = invited(stage, now)
    found = at_once(8, lambda i: ask(stage, invitation_id, now, words=f"from tab {i % 4}"))
    assert found == [None] * 8
    with stage.database.read() as session:
        (mine,) = list_own_requests(session, invitation_id=invitation_id)
        assert sorted(s.said.words for s in mine.statements) == [f"from tab {i}" for i in range(4)]
        assert verify_chain(session).holds


def test_of_many_replies_at_once_one_stands(stage: Stage, now: datetime, administrator: Actor) -> None:
    ask(stage, invited(stage, now), now)
    (case,) = waiting(stage, administrator, now)
    found = at_once(6, lambda i: answer(stage, case, Reply("changed" if i % 2 else "upheld", f"Reply {i}"), administrator, now))
    kinds = Counter(type(each) for each in found)
    assert kinds == {Case: 1, AlreadyAnswered: 5}
    with stage.database.read() as session:
        events = [e for e in recent_events(session, stage.actor.organisation_id) if e.action == "request answered"]
        assert len(events) == 1
        assert "Reply" not in json.dumps(events[0].detail)
    (stands,) = [each for each in found if isinstance(each, Case)]
    again = Reply(stands.asked.outcome or "", stands.asked.reply or "")
    assert answer(stage, case, again, administrator, now) == stands


def test_a_reply_and_taking_back_at_once_have_one_winner(stage: Stage, now: datetime, administrator: Actor) -> None:
    for n in range(4):
        vacancy_id = None
        if n:
            with stage.database.write() as session:
                vacancy_id = open_vacancy(
                    session, code=f"job-{n}", title="Another", form_version_id=stage.form_id, actor=stage.actor, now=now
                ).id
        invitation_id = invited(stage, now, vacancy_id)
        ask(stage, invitation_id, now)
        (case,) = waiting(stage, administrator, now)

        def act(i: int, case: Case = case, invitation_id: int = invitation_id) -> object:
            if i:
                return answer(stage, case, LOOKED, administrator, now)
            with stage.database.write() as session:
                return take_back_request(session, invitation_id=invitation_id, request_id=case.asked.id, now=now)

        taken, replied = at_once(2, act)
        with stage.database.read() as session:
            state = find_request(session, request_id=case.asked.id, actor=administrator, now=now).asked.state
        if isinstance(taken, RequestClosed):
            assert (isinstance(replied, Case), state) == (True, "answered")
        else:
            assert (taken, isinstance(replied, RequestChanged), state) == (None, True, "taken_back")


def test_what_was_added_after_reading_is_not_answered_unread(stage: Stage, now: datetime, administrator: Actor) -> None:
    invitation_id = invited(stage, now)
    ask(stage, invitation_id, now)
    (case,) = waiting(stage, administrator, now)
    ask(stage, invitation_id, now + timedelta(seconds=1), words=WORDS)
    with pytest.raises(RequestChanged):
        answer(stage, case, LOOKED, administrator, now)
    answer(stage, case, LOOKED, administrator, now, read_at=now + timedelta(seconds=1))
    ask(stage, invitation_id, now + timedelta(hours=1), words="I still think so.")
    with stage.database.read() as session:
        states = [(r.state, r.reply) for r in list_own_requests(session, invitation_id=invitation_id)]
    assert states == [("open", None), ("answered", LOOKED.text)]


def test_a_name_and_an_address_change_with_the_reply_and_are_found_under_the_new_ones(
    stage: Stage, now: datetime, administrator: Actor
) -> None:
    organisation = stage.actor.organisation_id
    tokens = stage.invite(now, 2)
    with stage.database.write() as session:
        first, _ = (open_invitation(session, token, now).id for token in tokens)
    ask(stage, first, now, "correct", name="Zoë Marmalade", email="person1-0@example.org")
    (case,) = waiting(stage, administrator, now)
    both = Reply("done", "It is put right.", name=True, email=True)
    with pytest.raises(BadInput, match="The address was not changed") as refusal:
        answer(stage, case, both, administrator, now)
    assert [fault.where for fault in refusal.value.faults] == ["email"]
    assert waiting(stage, administrator, now)[0].name == "Person Number0"
    ask(stage, first, now + timedelta(hours=1), "correct", email="zoe@example.org")
    (case,) = waiting(stage, administrator, now)
    done = answer(stage, case, both, administrator, now)
    assert (done.name, done.email) == ("Zoë Marmalade", "zoe@example.org")
    with stage.database.read() as session:
        assert find_applicant_by_email(session, organisation, "person0-0@example.org") is None
        rows = session.execute(text("SELECT token FROM applicant_name_token WHERE applicant_id = :a"), {"a": done.applicant_id})
        held = {row.token for row in rows}
        vault = stage.database.vault
        assert search_tokens(vault, organisation, "zoe marm") <= held
        assert not search_tokens(vault, organisation, "number0") & held
        (event,) = [e for e in recent_events(session, organisation) if e.action == "request answered"]
        assert event.detail["corrected"] == ["name", "email"]


@pytest.mark.parametrize(
    ("reply", "field"),
    [
        (Reply("granted", "Yes."), "outcome"),
        (Reply("changed", "Yes."), "outcome"),
        (Reply("done", "  "), "reply"),
        (Reply("done", "x" * 2001), "reply"),
        (Reply("declined", "No.", name=True), "outcome"),
    ],
)
def test_a_reply_that_cannot_be_given_changes_nothing(stage: Stage, now: datetime, reply: Reply, field: str) -> None:
    administrator = Actor(stage.actor.organisation_id, "administrator", "Ada", "administrator")
    ask(stage, invited(stage, now), now, "correct", name="New Name")
    (case,) = waiting(stage, administrator, now)
    with pytest.raises(BadInput) as refusal:
        answer(stage, case, reply, administrator, now)
    assert [fault.where for fault in refusal.value.faults] == [field]
    assert waiting(stage, administrator, now) == [case]


def test_who_decided_before_is_known_when_they_answer_themselves(stage: Stage, now: datetime) -> None:
    invitation_id = invited(stage, now)
    with stage.database.write() as session:
        applicant_id = session.get_one(Invitation, invitation_id).applicant_id
    rosa, rick = stage.actor, Actor(stage.actor.organisation_id, "rick", "Rick Recruiter", "recruiter")

    def decide(actor: Actor, outcome: str, at: datetime) -> None:
        with stage.database.write() as session:
            record_decision(
                session,
                vacancy_id=stage.vacancy_id,
                applicant_id=applicant_id,
                outcome=outcome,
                reason="human_review",
                note="",
                actor=actor,
                now=at,
            )

    decide(rosa, "decline", now)
    later = now + timedelta(days=1)
    ask(stage, invitation_id, later)
    assert [case.decided_by_reader for actor in (rosa, rick) for case in waiting(stage, actor, later)] == [True, False]
    decide(rick, "interview", later + timedelta(hours=1))  # what the review came to is no first decision
    with stage.database.read() as session:
        (seen,) = requests_about(session, vacancy_id=stage.vacancy_id, applicant_id=applicant_id, actor=rick, now=later)
    assert (seen.decided_by_reader, len(seen.first_deciders)) == (False, 1)
    done = answer(stage, seen, Reply("changed", "We invite you."), rick, later + timedelta(hours=2))
    assert done.asked.by_first_decider is False
    ask(stage, invitation_id, later + timedelta(days=1), "contest")
    (again,) = waiting(stage, rosa, later)
    assert answer(stage, again, LOOKED, rosa, later).asked.by_first_decider is True


def test_everybody_sees_and_answers_their_own_kinds_in_their_own_organisation(
    stage: Stage, now: datetime, administrator: Actor
) -> None:
    invitation_id = invited(stage, now)
    ask(stage, invitation_id, now + timedelta(hours=2), "contest")
    ask(stage, invitation_id, now, "erase")
    ask(stage, invitation_id, now + timedelta(hours=1), "review")
    assert [c.asked.kind for c in waiting(stage, administrator, now)] == ["erase", "review", "contest"]
    assert [c.asked.kind for c in waiting(stage, stage.actor, now)] == ["review", "contest"]
    assert [c.asked.kind for c in waiting(stage, administrator, now, "contest")] == ["contest"]
    assert waiting(stage, stage.actor, now, "erase") == []
    late = now + timedelta(days=30, hours=1)
    assert [c.overdue for c in waiting(stage, administrator, late)] == [True, False, False]
    (erasure,) = waiting(stage, administrator, now, "erase")
    foreign = set_stage(stage.database, now, slug="other")
    stranger = invited(foreign, now)
    other = Actor(foreign.actor.organisation_id, "administrator", "Other", "administrator")
    assert waiting(stage, other, now) == []
    for actor in (other, stage.actor):
        with pytest.raises(NotFound):
            answer(stage, erasure, Reply("declined", "No."), actor, now)
    for role in ("analyst", "approver"):
        with pytest.raises(NotAllowed):
            waiting(stage, Actor(stage.actor.organisation_id, role, role, role), now)
    with pytest.raises(NotFound), stage.database.write() as session:
        take_back_request(session, invitation_id=stranger, request_id=erasure.asked.id, now=now)
    with stage.database.read() as session:
        assert list_own_requests(session, invitation_id=stranger) == []
        assert session.scalars(select(Applicant.organisation_id).distinct()).all() != []

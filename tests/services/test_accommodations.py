"""Accommodations, on both databases: asked for, decided once, and kept by the clock of the sitting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from assessment.errors import BadInput, NotAllowed, NotFound
from assessment.records.accommodation import Accommodation
from assessment.records.database import Database
from assessment.records.sitting import ResponseNote, Sitting
from assessment.records.vault import CannotOpen
from assessment.services.accommodations import (
    AlreadyDecided,
    Case,
    Decision,
    Grant,
    RequestChanged,
    Wish,
    decide_accommodation,
    find_accommodation,
    granted_to,
    list_accommodations,
    list_own,
    request_accommodation,
)
from assessment.services.audit import recent_events, verify_chain
from assessment.services.delivery import (
    AnswerDesk,
    SittingAlreadySubmitted,
    SittingOverdue,
    begin_questionnaire,
    close_overdue_sittings,
    give_consent,
    open_invitation,
    start_sitting,
    submit_sitting,
)
from assessment.services.inviting import open_vacancy
from assessment.services.people.actors import Actor
from assessment.services.sitting.answering import GRACE
from tests.services.stage import Stage, at_once, begun, set_stage

LIMIT = timedelta(minutes=30)
SECRET_WORDS = "I read with a magnifier after an operation."
HALF = Decision(True, time="1.5", message="Take your time.")


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    return set_stage(database, now, minutes_limit=LIMIT.total_seconds() / 60, shuffle_items=False)


@pytest.fixture
def administrator(stage: Stage) -> Actor:
    return Actor(stage.actor.organisation_id, "administrator", "Ada Administrator", "administrator")


@pytest.fixture
def desk(database: Database) -> Iterator[AnswerDesk]:
    made = AnswerDesk(database)
    yield made
    made.close()


def invited(stage: Stage, now: datetime, vacancy_id: int | None = None) -> int:
    (token,) = stage.invite(now, vacancy_id=vacancy_id)
    with stage.database.write() as session:
        return open_invitation(session, token, now).id


def start(stage: Stage, invitation_id: int, now: datetime) -> int:
    """Agree, start and leave the practice; the sitting."""
    with stage.database.write() as session:
        give_consent(session, invitation_id=invitation_id, now=now)
        sitting_id = start_sitting(session, invitation_id=invitation_id, now=now).id
    with stage.database.write() as session:
        begin_questionnaire(session, sitting_id=sitting_id, now=now)
    return sitting_id


def vacancies(stage: Stage, now: datetime, n: int) -> list[int]:
    """More jobs with the same form, since a person is invited once to each."""
    with stage.database.write() as session:
        return [
            open_vacancy(session, code=f"more-{i}", title="More", form_version_id=stage.form_id, actor=stage.actor, now=now).id
            for i in range(n)
        ]


def ask(stage: Stage, invitation_id: int, now: datetime, wish: Wish | None = None) -> int:
    with stage.database.write() as session:
        request_accommodation(session, invitation_id=invitation_id, wish=wish or Wish("1.5", words=SECRET_WORDS), now=now)
    with stage.database.read() as session:
        return list_own(session, invitation_id=invitation_id)[0].id


def decide(stage: Stage, actor: Actor, number: int, now: datetime, decision: Decision = HALF) -> Case:
    with stage.database.write() as session:
        asked_at = session.get_one(Accommodation, number).asked_at
        return decide_accommodation(session, accommodation_id=number, asked_at=asked_at, decision=decision, actor=actor, now=now)


def sitting_of(stage: Stage, sitting_id: int) -> Sitting:
    with stage.database.read() as session:
        return session.get_one(Sitting, sitting_id)


def test_a_grant_before_the_start_is_in_the_deadline(stage: Stage, administrator: Actor, now: datetime) -> None:
    becomes = {"1.25": 37.5, "1.5": 45, "2": 60, "none": None, None: 30}
    for vacancy, (time, minutes) in zip(vacancies(stage, now, 5), becomes.items(), strict=True):
        invitation = invited(stage, now, vacancy)
        granted = Decision(True, time=time, assistive_technology=True)
        case = decide(stage, administrator, ask(stage, invitation, now), now, granted)
        assert (case.progress, case.asked.decision) == ("not started", granted)
        sitting = sitting_of(stage, start(stage, invitation, now + timedelta(hours=1)))
        expected = None if minutes is None else now + timedelta(hours=1, minutes=minutes)
        assert (sitting.deadline_at, sitting.own_pace) == (expected, True)


def test_who_asked_for_nothing_has_the_usual_time(stage: Stage, administrator: Actor, now: datetime) -> None:
    declined = invited(stage, now)
    decide(stage, administrator, ask(stage, declined, now), now, Decision(False, message="It is not timed tightly."))
    for sitting_id in (start(stage, declined, now), begun(stage, now, vacancy_id=vacancies(stage, now, 1)[0])[1]):
        sitting = sitting_of(stage, sitting_id)
        assert (sitting.deadline_at, sitting.own_pace) == (now + LIMIT, False)


def test_a_grant_during_the_sitting_moves_the_deadline_once_and_late_answers_and_the_job_respect_it(
    stage: Stage, administrator: Actor, desk: AnswerDesk, now: datetime
) -> None:
    invitation, sitting_id = begun(stage, now)
    first = desk.record_response(sitting_id, "one-pick", "a", 10, 0, "key-before-1", now)
    number = ask(stage, invitation, now + timedelta(minutes=5))
    assert sitting_of(stage, sitting_id).deadline_at == now + LIMIT
    for minute in (10, 20):  # the second time it is the same decision, and nothing moves
        case = decide(stage, administrator, number, now + timedelta(minutes=minute))
        assert (case.progress, case.deadline_at) == ("under way", now + 1.5 * LIMIT)
        assert case.asked.decided_at == now + timedelta(minutes=10)
    late = now + timedelta(minutes=44)
    with stage.database.write() as session:
        assert close_overdue_sittings(session, late) == 0
    answered = desk.record_response(sitting_id, "one-pick", "b", 10, first.sequence, "key-late-1", late)
    assert answered.saved_at == late
    over = now + 1.5 * LIMIT + GRACE + timedelta(seconds=1)
    with pytest.raises(SittingOverdue):
        desk.record_response(sitting_id, "one-pick", "c", 10, answered.sequence, "key-over-1", over)
    with stage.database.write() as session:
        assert close_overdue_sittings(session, over) == 1


def test_a_later_grant_never_shortens_what_was_granted(stage: Stage, administrator: Actor, now: datetime) -> None:
    invitation, sitting_id = begun(stage, now)
    for time, holds, deadline in (("2", "2", now + 2 * LIMIT), ("1.25", "2", now + 2 * LIMIT), ("none", "none", None)):
        decide(stage, administrator, ask(stage, invitation, now, Wish(time)), now, Decision(True, time=time))
        assert sitting_of(stage, sitting_id).deadline_at == deadline
        with stage.database.read() as session:
            assert granted_to(session, invitation_id=invitation) == Grant(holds)


def test_a_sitting_that_has_ended_is_not_opened_again(stage: Stage, administrator: Actor, now: datetime) -> None:
    """Ended by its applicant, by the job, and by a clock that the job has not come to yet."""
    ended_at = now + LIMIT + GRACE + timedelta(seconds=1)
    for vacancy, how in zip(vacancies(stage, now, 3), ("submitted", "overdue", "active"), strict=True):
        invitation, sitting_id = begun(stage, now, vacancy_id=vacancy)
        number = ask(stage, invitation, now)
        with stage.database.write() as session:
            if how == "submitted":
                submit_sitting(session, sitting_id=sitting_id, now=now + timedelta(minutes=20))
            elif how == "overdue":
                assert close_overdue_sittings(session, ended_at) == 1
        before = sitting_of(stage, sitting_id)
        case = decide(stage, administrator, number, ended_at, Decision(True, time="none"))
        after = sitting_of(stage, sitting_id)
        assert case.progress == "ended"
        assert (after.state, after.deadline_at, after.finished_at) == (how, now + LIMIT, before.finished_at)
        refusal = SittingAlreadySubmitted if how == "submitted" else SittingOverdue
        with pytest.raises(refusal):
            ask(stage, invitation, ended_at)


def test_asking_again_replaces_what_nobody_has_decided_yet(stage: Stage, administrator: Actor, now: datetime) -> None:
    invitation = invited(stage, now)
    number = ask(stage, invitation, now)
    assert ask(stage, invitation, now + timedelta(minutes=1)) == number  # the same words again: nothing changes
    with stage.database.read() as session:
        assert find_accommodation(session, accommodation_id=number, actor=administrator, now=now).asked.asked_at == now
    assert ask(stage, invitation, now + timedelta(minutes=2), Wish("2")) == number
    with stage.database.write() as session, pytest.raises(RequestChanged):
        decide_accommodation(
            session, accommodation_id=number, asked_at=now, decision=HALF, actor=administrator, now=now + timedelta(minutes=3)
        )
    decide(stage, administrator, number, now + timedelta(minutes=4))
    assert ask(stage, invitation, now + timedelta(minutes=5)) != number
    with stage.database.read() as session:
        waiting, decided = list_accommodations(session, actor=administrator, now=now)
        assert [(c.asked.wish.time, c.asked.decision) for c in waiting] == [("1.5", None)]
        assert [(c.asked.wish.time, c.asked.decision) for c in decided] == [("2", HALF)]


def test_what_was_asked_and_said_is_sealed_and_in_no_audit_row(stage: Stage, administrator: Actor, now: datetime) -> None:
    invitation = invited(stage, now)
    number = ask(stage, invitation, now)
    decide(stage, administrator, number, now)
    with stage.database.read() as session:
        row = session.get_one(Accommodation, number)
        stored = f"{row.request_sealed} {row.decision_sealed}"
        events = [e for e in recent_events(session, stage.actor.organisation_id) if e.action.startswith("accommodation")]
        told = [(e.action, e.detail) for e in events]
        assert verify_chain(session).holds
    assert not any(words in stored for words in ("magnifier", "assistive_technology", "without_limit"))
    assert told == [
        ("accommodation decided", {"accommodation": number, "outcome": "granted"}),
        ("accommodation asked", {"accommodation": number}),
    ]
    with stage.database.write() as session:
        session.execute(text("UPDATE accommodation SET request_sealed = decision_sealed"))
    with stage.database.read() as session, pytest.raises(CannotOpen):
        list_own(session, invitation_id=invitation)


def test_only_administrators_of_the_organisation_read_and_decide(stage: Stage, now: datetime) -> None:
    number = ask(stage, invited(stage, now), now)
    here = stage.actor.organisation_id
    foreign = Actor(here + 1, "foreign", "Foreign", "administrator")
    others = [Actor(here, role, role, role) for role in ("recruiter", "analyst", "approver")]
    for actor in (*others, foreign):
        refusal = NotFound if actor is foreign else NotAllowed
        with pytest.raises(refusal):
            decide(stage, actor, number, now)
        with stage.database.read() as session, pytest.raises(refusal):
            find_accommodation(session, accommodation_id=number, actor=actor, now=now)
    with stage.database.read() as session:
        assert list_accommodations(session, actor=foreign, now=now) == ([], [])
        for actor in others:
            with pytest.raises(NotAllowed):
                list_accommodations(session, actor=actor, now=now)


def test_a_request_that_asks_nothing_or_too_much_is_refused(stage: Stage, now: datetime) -> None:
    invitation = invited(stage, now)
    refusals = {Wish(): "time", Wish(words=" \r\n "): "time", Wish("3"): "time", Wish(words="x" * 1001): "words"}
    for wish, where in refusals.items():
        with pytest.raises(BadInput) as refused:
            ask(stage, invitation, now, wish)
        assert [fault.where for fault in refused.value.faults] == [where]
    assert ask(stage, invitation, now, Wish(words="é" * 998 + "\r\n" + "é"))


def test_a_decision_says_what_or_why(stage: Stage, administrator: Actor, now: datetime) -> None:
    number = ask(stage, invited(stage, now), now)
    refusals = {
        Decision(False): "message",
        Decision(False, time="2"): "message",
        Decision(False, message="x" * 1001): "message",
        Decision(True): "time",
        Decision(True, time="9"): "time",
    }
    for decision, where in refusals.items():
        with pytest.raises(BadInput) as refused:
            decide(stage, administrator, number, now, decision)
        assert [fault.where for fault in refused.value.faults] == [where]
    in_words = Decision(True, message="We send you a paper copy.")
    assert decide(stage, administrator, number, now, in_words).asked.decision == in_words


def test_haste_is_not_noted_under_a_grant(stage: Stage, administrator: Actor, now: datetime) -> None:
    decisions = [Decision(True, time="1.25"), Decision(True, assistive_technology=True), Decision(True, message="On paper.")]
    kinds = []
    for vacancy, decision in zip(vacancies(stage, now, 3), decisions, strict=True):
        invitation, sitting_id = begun(stage, now, vacancy_id=vacancy)
        decide(stage, administrator, ask(stage, invitation, now), now, decision)
        with stage.database.write() as session:
            submit_sitting(session, sitting_id=sitting_id, now=now + timedelta(seconds=5))
            kinds.append(list(session.scalars(select(ResponseNote.kind).where(ResponseNote.sitting_id == sitting_id))))
    assert kinds == [[], [], ["finished_early"]]


def test_two_decisions_at_once_are_one(stage: Stage, administrator: Actor, now: datetime) -> None:
    other = Actor(administrator.organisation_id, "second", "Second Administrator", "administrator")
    decisions = [HALF, Decision(False, message="No.")]
    for vacancy in vacancies(stage, now, 3):
        invitation, sitting_id = begun(stage, now, vacancy_id=vacancy)
        number = ask(stage, invitation, now)
        results = at_once(6, lambda i, n=number: decide(stage, (administrator, other)[i % 2], n, now, decisions[i % 2]))
        assert Counter(type(result) for result in results) == {Case: 3, AlreadyDecided: 3}
        with stage.database.read() as session:
            (asked,) = list_own(session, invitation_id=invitation)
            actions = Counter(
                e.action for e in recent_events(session, administrator.organisation_id) if e.detail.get("accommodation") == number
            )
            assert verify_chain(session).holds
        assert actions == {"accommodation asked": 1, "accommodation decided": 1}
        moved = 1.5 * LIMIT if asked.decision == HALF else LIMIT
        assert sitting_of(stage, sitting_id).deadline_at == now + moved


def test_a_decision_while_the_sitting_starts_is_always_in_its_deadline(stage: Stage, administrator: Actor, now: datetime) -> None:
    for vacancy in vacancies(stage, now, 3):
        invitation = invited(stage, now, vacancy)
        with stage.database.write() as session:
            give_consent(session, invitation_id=invitation, now=now)
            sitting_id = start_sitting(session, invitation_id=invitation, now=now).id
        number = ask(stage, invitation, now)

        def act(i: int, number: int = number, sitting_id: int = sitting_id) -> None:
            if i % 2:
                decide(stage, administrator, number, now)
            else:
                with stage.database.write() as session:
                    begin_questionnaire(session, sitting_id=sitting_id, now=now)

        assert at_once(4, act) == [None] * 4
        sitting = sitting_of(stage, sitting_id)
        assert (sitting.deadline_at, sitting.own_pace) == (now + 1.5 * LIMIT, True)


def test_a_decision_while_the_sitting_ends_opens_nothing_again(stage: Stage, administrator: Actor, now: datetime) -> None:
    """The applicant submits, the job closes and the administrator grants at one moment: one end, and a deadline that fits it."""
    late = now + LIMIT + GRACE + timedelta(seconds=1)
    for vacancy in vacancies(stage, now, 3):
        invitation, sitting_id = begun(stage, now, vacancy_id=vacancy)
        number = ask(stage, invitation, now)

        def act(i: int, number: int = number, sitting_id: int = sitting_id) -> None:
            if i == 0:
                decide(stage, administrator, number, now + LIMIT)
                return
            with stage.database.write() as session:
                if i == 1:
                    submit_sitting(session, sitting_id=sitting_id, now=now + LIMIT)
                else:
                    close_overdue_sittings(session, late)

        results = at_once(3, act)
        assert all(r is None or isinstance(r, SittingAlreadySubmitted) for r in results), results
        sitting = sitting_of(stage, sitting_id)
        assert sitting.state in ("submitted", "overdue")
        assert sitting.deadline_at in (now + LIMIT, now + 1.5 * LIMIT)
        assert not (sitting.state == "overdue" and sitting.deadline_at != now + LIMIT)
        with stage.database.read() as session:
            actions = Counter(
                e.action for e in recent_events(session, administrator.organisation_id) if e.detail.get("sitting") == sitting_id
            )
            assert verify_chain(session).holds
        assert actions == {"sitting started": 1, f"sitting {sitting.state}": 1}

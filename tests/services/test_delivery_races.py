"""Two of the ways a sitting ends, or an end and an answer, at the same moment: on both databases, ended once, nothing lost."""

from __future__ import annotations

import fcntl
import logging
import queue
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from assessment.errors import Unavailable
from assessment.records.database import Database, DatabaseDown
from assessment.records.sitting import Response, Sitting
from assessment.records.work import WorkOrder
from assessment.services.audit import recent_events, verify_chain
from assessment.services.delivery import (
    AnswerDesk,
    KeyReused,
    Receipt,
    SessionEnded,
    SittingAlreadySubmitted,
    SittingOverdue,
    StalePage,
    close_overdue_sittings,
    give_consent,
    open_invitation,
    start_sitting,
    submit_sitting,
    withdraw_consent,
)
from assessment.services.inviting import open_vacancy
from assessment.services.people.accounts import end_session, hash_token, open_session
from assessment.services.sitting.answering import GRACE
from tests.services.stage import Stage, at_once, begun, set_stage

PAGES = 9
LIMIT = timedelta(minutes=30)


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    return set_stage(database, now, shuffle_items=False)


@pytest.fixture
def desks(database: Database) -> Iterator[list[AnswerDesk]]:
    """As of two processes."""
    made = [AnswerDesk(database), AnswerDesk(database)]
    yield made
    for desk in made:
        desk.close()


def timed_sittings(stage: Stage, now: datetime, n: int) -> list[int]:
    found = []
    for number in range(n):
        with stage.database.write() as session:
            form = stage.publish(session, now, minutes_limit=LIMIT.total_seconds() / 60, shuffle_items=False)
            vacancy = open_vacancy(
                session, code=f"timed-{number}", title="Timed", form_version_id=form.id, actor=stage.actor, now=now
            )
        found.append(begun(stage, now, reached=PAGES, vacancy_id=vacancy.id)[1])
    return found


def check_ends(stage: Stage, sittings: list[int]) -> Counter[str]:
    """Each of them ended once, with one order to score it, one row a unit and an audit log that holds; their states."""
    with stage.database.read() as session:
        states = Counter(session.scalars(select(Sitting.state).where(Sitting.id.in_(sittings))))
        orders = Counter(session.scalars(select(WorkOrder.subject_id).where(WorkOrder.kind == "score_sitting")))
        ends = Counter(
            e.detail["sitting"]
            for e in recent_events(session, stage.actor.organisation_id, limit=1000)
            if e.action in ("sitting submitted", "sitting overdue")
        )
        rows = session.execute(select(Response.sitting_id, func.count()).group_by(Response.sitting_id)).all()
        assert verify_chain(session).holds
    assert orders == ends == Counter(sittings)
    assert {sitting: n for sitting, n in rows if sitting in sittings} == dict.fromkeys(sittings, 14)
    return states


@pytest.mark.parametrize("round_", range(3))
def test_submitting_while_answers_are_saved_loses_none_that_was_acknowledged(
    stage: Stage, desks: list[AnswerDesk], now: datetime, round_: int
) -> None:
    sittings = [begun(stage, now, reached=PAGES, vacancy_id=_vacancy(stage, now, number))[1] for number in range(3)]
    acknowledged: dict[tuple[int, str], Receipt] = {}
    refused: list[Exception] = []

    def act(i: int) -> None:
        sitting = sittings[i % 3]
        if i < 9:
            with stage.database.write() as session:
                submit_sitting(session, sitting_id=sitting, now=now + timedelta(minutes=9))
            return
        unit = f"s-{i // 3 % 7 + 1}"
        try:
            acknowledged[sitting, unit] = desks[i % 2].record_response(sitting, unit, 4, 10, 0, f"race-key-{i}", now)
        except SittingAlreadySubmitted as refusal:
            refused.append(refusal)

    results = at_once(9 + 21, act)
    assert Counter(type(r) for r in results) == {type(None): 3 + 21, SittingAlreadySubmitted: 6}
    assert len(acknowledged) + len(refused) == 21
    assert check_ends(stage, sittings) == {"submitted": 3}
    with stage.database.read() as session:
        rows = {(r.sitting_id, r.unit): r for r in session.scalars(select(Response).where(Response.state == "answered"))}
    assert {place: (row.value, row.sequence) for place, row in rows.items()} == {
        place: ("4", receipt.sequence) for place, receipt in acknowledged.items()
    }


def test_submissions_answers_and_overdue_jobs_at_once_end_every_sitting_once(
    stage: Stage, desks: list[AnswerDesk], now: datetime
) -> None:
    """Three kinds of process with clocks a little apart: the job is past the grace, the people are just within it."""
    sittings = timed_sittings(stage, now, 6)
    in_time, late = now + LIMIT + GRACE, now + LIMIT + GRACE + timedelta(seconds=1)
    acknowledged: dict[int, Receipt] = {}

    def act(i: int) -> Any:
        sitting = sittings[i % 6]
        if i < 18:
            acknowledged[sitting] = desks[i % 2].record_response(sitting, f"s-{i // 6 + 1}", 2, 10, 0, f"race-key-{i}", in_time)
            return None
        with stage.database.write() as session:
            if i < 30:
                return submit_sitting(session, sitting_id=sitting, now=in_time if i < 24 else late).state
            return close_overdue_sittings(session, late)

    results = at_once(36, act)
    unexpected = [r for r in results if isinstance(r, Exception) and not isinstance(r, SittingAlreadySubmitted | SittingOverdue)]
    assert unexpected == []
    states = check_ends(stage, sittings)
    assert states["submitted"] + states["overdue"] == 6
    assert results.count("submitted") == states["submitted"]
    assert results.count("overdue") + sum(r for r in results[30:] if isinstance(r, int)) == states["overdue"]
    with stage.database.read() as session:
        told = {(r.sitting_id, r.sequence) for r in session.scalars(select(Response).where(Response.state == "answered"))}
    assert {(sitting, receipt.sequence) for sitting, receipt in acknowledged.items()} <= told


def test_the_job_leaves_a_sitting_that_is_being_closed_to_whoever_closes_it(postgres_database: Database, now: datetime) -> None:
    """Both write the audit log in turns: if the job waited for the other's row with the log in its hand, neither could go on."""
    stage = set_stage(postgres_database, now, shuffle_items=False)
    first, second = timed_sittings(stage, now, 2)
    late = now + LIMIT + GRACE + timedelta(seconds=1)
    closed: list[int] = []

    def job() -> None:
        with stage.database.write() as session:
            closed.append(close_overdue_sittings(session, late))

    with stage.database.write() as session:
        session.scalars(select(Sitting).where(Sitting.id == second).with_for_update()).one()
        thread = threading.Thread(target=job)
        thread.start()
        thread.join(10)
        assert closed == [1]
        assert submit_sitting(session, sitting_id=second, now=late).state == "overdue"
    assert check_ends(stage, [first, second]) == {"overdue": 2}


def test_withdrawing_while_the_sitting_is_being_submitted_sets_it_aside(postgres_database: Database, now: datetime) -> None:
    stage = set_stage(postgres_database, now, shuffle_items=False)
    invitation, sitting = begun(stage, now)

    def withdraw() -> None:
        with stage.database.write() as session:
            withdraw_consent(session, invitation_id=invitation, now=now)

    thread = threading.Thread(target=withdraw)
    with stage.database.write() as session:
        submit_sitting(session, sitting_id=sitting, now=now)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it waits for the row"
    thread.join()
    with stage.database.read() as session:
        assert session.get_one(Sitting, sitting).state == "withdrawn"


def test_a_key_keeps_its_result_also_when_the_answer_stood_there_already(
    stage: Stage, desks: list[AnswerDesk], now: datetime
) -> None:
    _, sitting = begun(stage, now)
    desk = desks[0]
    first = desk.record_response(sitting, "one-pick", "a", None, 0, "tab-one-1", now)
    assert desk.record_response(sitting, "one-pick", "a", None, 0, "tab-two-1", now) == first
    desk.record_response(sitting, "one-pick", "b", None, first.sequence, "tab-one-2", now)
    assert desk.record_response(sitting, "one-pick", "a", None, 0, "tab-two-1", now) == first
    with pytest.raises(KeyReused):
        desk.record_response(sitting, "one-pick", "c", None, 0, "tab-two-1", now)
    with pytest.raises(StalePage):
        desk.record_response(sitting, "one-pick", "a", None, 0, "tab-two-2", now)


def test_an_answer_after_the_end_is_written_to_the_log_without_what_it_said(
    stage: Stage, desks: list[AnswerDesk], now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    (sitting,) = timed_sittings(stage, now, 1)
    with caplog.at_level(logging.INFO, "assessment.answers"), pytest.raises(SittingOverdue):
        late = now + LIMIT + GRACE + timedelta(seconds=1)
        desks[0].record_response(sitting, "story.do", {"best": "a", "worst": "b"}, None, 0, "too-late-1", late)
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == f"an answer was refused: sitting {sitting}, unit story.do, SittingOverdue"


def _vacancy(stage: Stage, now: datetime, number: int) -> int:
    with stage.database.write() as session:
        return open_vacancy(
            session, code=f"v-{number}", title="V", form_version_id=stage.form_id, actor=stage.actor, now=now, simulated=False
        ).id


def test_people_start_one_after_the_other_on_one_connection(stage: Stage, now: datetime) -> None:
    """PostgreSQL plans a statement anew for its first executions only; later ones must start sittings as well."""
    tokens = stage.invite(now, 15)
    for token in tokens:
        with stage.database.write() as session:
            invitation = open_invitation(session, token, now)
            give_consent(session, invitation_id=invitation.id, now=now)
            assert start_sitting(session, invitation_id=invitation.id, now=now).state == "active"


def test_processes_take_turns_on_sqlite_and_one_that_cannot_says_so(sqlite_database: Database, now: datetime) -> None:
    """The turn is a lock on a file beside the database: held by another process, an answer waits for it and is saved then."""
    stage = set_stage(sqlite_database, now, shuffle_items=False)
    _, sitting = begun(stage, now)
    desk = AnswerDesk(sqlite_database)
    desk.record_response(sitting, "one-pick", "a", None, 0, "its-turn-1", now)
    turn = Path(f"{sqlite_database.url.database}-turn")
    saved: list[Receipt] = []
    thread = threading.Thread(
        target=lambda: saved.append(desk.record_response(sitting, "one-pick", "b", None, 1, "its-turn-2", now)), daemon=True
    )
    with turn.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        thread.start()
        thread.join(0.3)
        assert saved == []
    thread.join(10)
    assert saved == [Receipt("one-pick", 2, now, True)]
    turn.unlink()
    turn.mkdir()
    with pytest.raises(DatabaseDown):
        desk.record_response(sitting, "one-pick", "c", None, 2, "its-turn-3", now)
    turn.rmdir()
    assert desk.record_response(sitting, "one-pick", "c", None, 2, "its-turn-3", now).sequence == 3
    desk.close()


def test_an_answer_that_was_not_confirmed_in_time_on_sqlite_is_not_written_later(
    sqlite_database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two answers arrive while another process has the turn. One waits to write for both; the other gives up, and stays out."""
    stage = set_stage(sqlite_database, now, shuffle_items=False)
    _, sitting = begun(stage, now, reached=2)
    desk = AnswerDesk(sqlite_database)
    answers = {"one-pick": "a", "two-pair": {"best": "a", "worst": "b"}}
    saved: list[str] = []
    gave_up: queue.Queue[str] = queue.Queue()

    def send(unit: str) -> None:
        try:
            saved.append(desk.record_response(sitting, unit, answers[unit], None, 0, f"key-of-{unit}", now).unit)
        except Unavailable:
            gave_up.put(unit)

    threads = [threading.Thread(target=send, args=(unit,)) for unit in answers]
    monkeypatch.setattr("assessment.services.sitting.answer_writers.LONGEST_WAIT_SECONDS", 0.1)
    with Path(f"{sqlite_database.url.database}-turn").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for thread in threads:
            thread.start()
        refused = gave_up.get(timeout=30)
    for thread in threads:
        thread.join(30)
    (written,) = set(answers) - {refused}
    with stage.database.read() as session:
        assert session.scalars(select(Response.unit).where(Response.sitting_id == sitting)).all() == [written] == saved
    assert desk.record_response(sitting, refused, answers[refused], None, 0, f"key-of-{refused}", now).sequence == 2


def test_an_ended_web_session_saves_nothing(stage: Stage, desks: list[AnswerDesk], now: datetime) -> None:
    """Whoever left on this device must not go on there, also where a process still remembers the session."""
    invitation, sitting = begun(stage, now)
    with stage.database.write() as session:
        token = open_session(session, now=now, invitation_id=invitation)
    desks[0].record_response(sitting, "one-pick", "a", None, 0, "before-it-1", now, hash_token(token))
    with stage.database.write() as session:
        end_session(session, token)
    for desk in desks:
        with pytest.raises(SessionEnded):
            desk.record_response(sitting, "one-pick", "b", None, 1, "after-it-1", now, hash_token(token))
        with pytest.raises(SessionEnded):
            desk.record_response(sitting, "one-pick", "a", None, 0, "before-it-1", now, hash_token(token))
    with stage.database.read() as session:
        assert session.scalars(select(Response.value).where(Response.sitting_id == sitting)).all() == ['"a"']

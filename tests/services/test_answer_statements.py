"""Answers written in groups, on both databases: a group saves what each of its changes would have saved alone."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from psycopg.errors import CheckViolation
from sqlalchemy import select

from assessment.records.database import Database, DatabaseDown
from assessment.records.sitting import AnswerReceipt, Response, Sitting
from assessment.records.vault import Vault
from assessment.services.delivery import AnswerDesk, Receipt, submit_sitting
from assessment.services.people.accounts import hash_token, open_session
from assessment.services.sitting.answer_statements import Change, answer_statements
from assessment.services.sitting.answer_writers import GroupWriter
from tests.services.stage import Stage, all_begun, at_once, set_stage

PAGES = 9


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    return set_stage(database, now, shuffle_items=False)


def change(sitting: int, now: datetime, key: str = "a-key-of-one", unit: str = "one-pick", value: str = '"a"') -> Change:
    return Change(sitting, unit, value, "answered", 1200, 0, 1, None, now - timedelta(seconds=5), key, "0" * 64, now)


def kept(database: Database) -> dict[int, tuple[str | None, int, int | None, int, int]]:
    """By sitting: what stands of its first unit, with how many receipts and the sitting's own number."""
    with database.read() as session:
        found = session.scalars(select(Response).where(Response.unit == "one-pick")).all()
        receipts = [*session.scalars(select(AnswerReceipt.sitting_id))]
        return {
            r.sitting_id: (
                r.value,
                r.sequence,
                r.milliseconds,
                receipts.count(r.sitting_id),
                session.get_one(Sitting, r.sitting_id).sequence,
            )
            for r in found
        }


def refused(stage: Stage, sittings: list[int], now: datetime) -> dict[str, Change]:
    """For each reason a change that must not be written, each of a sitting of its own."""
    desk = AnswerDesk(stage.database)
    of = {name: change(sitting, now) for name, sitting in zip(REASONS, sittings, strict=True)}
    with stage.database.write() as session:
        session.get_one(Sitting, of["after its deadline"].sitting_id).deadline_at = now - timedelta(seconds=6)
        submit_sitting(session, sitting_id=of["submitted"].sitting_id, now=now)
    for name in ("changed elsewhere", "its key was used", "a number that does not exist"):
        desk.record_response(of[name].sitting_id, "one-pick", "b", 700, 0, "a-key-of-one", now)
    desk.close()
    return {
        "after its deadline": of["after its deadline"],
        "submitted": of["submitted"],
        "changed elsewhere": replace(of["changed elsewhere"], idempotency_key="another-key"),
        "its key was used": replace(of["its key was used"], seen=1),
        "a number that does not exist": replace(of["a number that does not exist"], seen=2, idempotency_key="another-key"),
        "a page not reached": replace(of["a page not reached"], place=3),
        "a page closed": replace(of["a page closed"], closed_by=2),
        "an ended session": replace(of["an ended session"], session="0" * 64),
        "no such sitting": replace(of["no such sitting"], sitting_id=2**31),
    }


REASONS = (
    "after its deadline",
    "submitted",
    "changed elsewhere",
    "its key was used",
    "a number that does not exist",
    "a page not reached",
    "a page closed",
    "an ended session",
    "no such sitting",
)


def test_a_group_writes_what_may_be_written_and_nothing_of_the_rest(stage: Stage, now: datetime) -> None:
    sittings = [sitting for _, sitting in all_begun(stage, now, len(REASONS) + 3, reached=2)]
    changes, sittings = refused(stage, sittings[3:], now), sittings[:3]
    assert set(changes) == set(REASONS)
    before = kept(stage.database)
    with stage.database.write() as session:
        token = hash_token(open_session(session, now=now, invitation_id=None))
    good = [change(sittings[0], now), replace(change(sittings[1], now), session=token), change(sittings[2], now)]
    statements = answer_statements(stage.database)
    group = [good[0], *changes.values(), *good[1:]]
    undecided = {} if not stage.database.is_sqlite else {one.sitting_id: None for one in changes.values()}
    with statements.turn():
        assert statements.save(group) == undecided | dict.fromkeys(sittings, 1)
    assert kept(stage.database) == before | dict.fromkeys(sittings, ('"a"', 1, 1200, 1, 1))
    assert {name: statements.save_alone(one) for name, one in changes.items()} == dict.fromkeys(REASONS)
    again = [replace(one, seen=1, idempotency_key="another-key", text='"c"') for one in good]
    with statements.turn():
        assert statements.save(again) == dict.fromkeys(sittings, 2)
    assert kept(stage.database) == before | dict.fromkeys(sittings, ('"c"', 2, 2400, 2, 2))
    statements.close()


def test_nobody_waits_for_a_sitting_that_somebody_else_is_changing(postgres_database: Database, now: datetime) -> None:
    stage = set_stage(postgres_database, now, shuffle_items=False)
    (_, busy), (_, free) = all_begun(stage, now, 2)
    desk = AnswerDesk(stage.database)
    statements = answer_statements(stage.database)
    saved: list[Receipt] = []
    waiting = threading.Thread(target=lambda: saved.append(desk.record_response(busy, "one-pick", "b", 10, 0, "it-waits-1", now)))
    with stage.database.write() as session:
        session.scalars(select(Sitting).where(Sitting.id == busy).with_for_update()).one()
        assert statements.save([change(busy, now), change(free, now)]) == {free: 1}
        waiting.start()
        assert desk.record_response(free, "one-pick", "b", 10, 1, "it-goes-on-1", now).sequence == 2
        assert saved == []
    waiting.join(30)
    assert saved == [Receipt("one-pick", 1, now, True)]
    desk.close()


class Gathering:
    """The statements of a database, whose first turn comes once so many changes wait. `groups` are the sittings of each group."""

    def __init__(self, database: Database, n: int) -> None:
        self._real, self._n = answer_statements(database), n
        self.writer = GroupWriter(self)
        self.groups: list[list[int]] = []

    @contextmanager
    def turn(self) -> Iterator[None]:
        end = time.monotonic() + 30
        while len(self.writer._queue) < self._n:
            assert time.monotonic() < end
            time.sleep(0.005)
        self._n = 0
        with self._real.turn():
            yield

    def save(self, changes: Sequence[Change]) -> Mapping[int, int]:
        self.groups.append([one.sitting_id for one in changes])
        return self._real.save(changes)

    def save_alone(self, change: Change) -> int | None:
        return self._real.save_alone(change)

    def close(self) -> None:
        self._real.close()


def test_what_waits_together_is_written_together_and_one_bad_row_fails_alone(stage: Stage, now: datetime) -> None:
    sittings = [sitting for _, sitting in all_begun(stage, now, 6)]
    changes = [change(sitting, now) for sitting in sittings]
    changes[3] = replace(changes[3], state="unknown")
    statements = Gathering(stage.database, 6)
    results = at_once(6, lambda i: statements.writer.write(changes[i]))
    statements.close()
    assert [*map(sorted, statements.groups)] == [sittings]
    assert [r for r in results if not isinstance(r, Exception)] == [1] * 5
    assert isinstance(results[3], sqlite3.IntegrityError if stage.database.is_sqlite else CheckViolation)
    assert "a-key-of-one" not in str(results[3]), "errors end up in logs, and say nothing of the row"
    del sittings[3]
    assert kept(stage.database) == dict.fromkeys(sittings, ('"a"', 1, 1200, 1, 1))


def test_a_group_holds_one_change_of_a_sitting(stage: Stage, now: datetime) -> None:
    """What they do to its numbers is decided one after the other."""
    (_, one), (_, other) = all_begun(stage, now, 2, reached=PAGES)
    units = ["one-pick", "s-1", "s-2", "s-3"]
    changes = [change(one, now, f"key-number-{i}", unit, "3" if i else '"a"') for i, unit in enumerate(units)]
    statements = Gathering(stage.database, 5)
    results = at_once(5, lambda i: statements.writer.write([*changes, change(other, now)][i]))
    statements.close()
    assert (sorted(results[:4]), results[4]) == ([1, 2, 3, 4], 1)
    assert sorted(map(len, statements.groups)) == [1, 1, 1, 2]
    assert kept(stage.database)[one][3:] == (4, 4)


def test_a_database_that_cannot_be_reached_is_told_to_all_who_wait(sqlite_database: Database, now: datetime) -> None:
    stage = set_stage(sqlite_database, now, shuffle_items=False)
    sittings = [sitting for _, sitting in all_begun(stage, now, 3)]
    turn = Path(f"{sqlite_database.url.database}-turn")
    turn.mkdir()
    statements = Gathering(sqlite_database, 3)
    results = at_once(3, lambda i: statements.writer.write(change(sittings[i], now)))
    assert [type(r) for r in results] == [DatabaseDown] * 3
    turn.rmdir()
    assert statements.writer.write(change(sittings[0], now)) == 1
    statements.close()


def test_nobody_waits_for_ever_for_a_sitting_that_is_held(
    postgres_database: Database, now: datetime, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = set_stage(postgres_database, now, shuffle_items=False)
    ((_, held),) = all_begun(stage, now, 1)
    monkeypatch.setattr("assessment.records.database.BUSY_MILLISECONDS", 1000)
    impatient = Database(postgres_database.url.render_as_string(hide_password=False), vault)
    statements = answer_statements(impatient)
    with stage.database.write() as session:
        session.scalars(select(Sitting).where(Sitting.id == held).with_for_update()).one()
        with pytest.raises(DatabaseDown):
            statements.save_alone(change(held, now))
    assert statements.save_alone(change(held, now)) == 1
    impatient.dispose()

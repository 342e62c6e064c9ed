"""Writing answers at the lowest cost that still keeps every promise: prebuilt statements, checked in their own WHERE.

Whether a sitting still takes answers, whether its deadline has passed, whether the page was reached and is still open, and
whether the answer was changed since the page was loaded, is decided by the statements themselves and never by a read
before them. A change that they refuse leaves nothing behind.

On SQLite one thread a process drains a queue into one transaction (group commit): a change is confirmed only after
COMMIT, and when a transaction fails its changes are tried again one by one, so that one bad row fails alone. On
PostgreSQL, which groups commits itself, a change is one statement in one round trip.
"""

from __future__ import annotations

import fcntl
import os
import queue
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine

from assessment.errors import Unavailable, Words
from assessment.records.database import Database, DatabaseDown

LARGEST_GROUP = 64
LONGEST_QUEUE = 2_000
LONGEST_WAIT_SECONDS = 15.0
MOST_MILLISECONDS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """One answer to write. `text` is JSON or None; `place` must have been reached and `closed_by` not yet.

    `seen` is the sequence of the answer that the person's page showed (0: none); a newer one refuses the change.
    `earliest_deadline` is the deadline that would just still admit it: now less the grace.
    """

    sitting_id: int
    unit: str
    text: str | None
    state: str
    milliseconds: int | None
    seen: int
    place: int
    closed_by: int | None
    earliest_deadline: datetime
    idempotency_key: str
    request_hash: str
    saved_at: datetime


class Writer(Protocol):
    """Writes a change and returns its sequence, or None if the statements refused it."""

    def write(self, change: Change) -> int | None: ...
    def close(self) -> None: ...


def writer_for(database: Database) -> Writer:
    """The writer that suits the database."""
    return GroupWriter(database.write_engine) if database.is_sqlite else StatementWriter(database)


SAVE = """
INSERT INTO response (sitting_id, unit, value, state, milliseconds, sequence, saved_at)
SELECT id, :unit, :text, :state, :milliseconds, sequence + 1, :saved_at FROM sitting
WHERE id = :sitting_id AND state = 'active' AND (deadline_at IS NULL OR deadline_at >= :earliest_deadline)
  AND reached >= :place AND (:closed_by IS NULL OR reached < :closed_by) AND sequence >= :seen
  AND NOT EXISTS (SELECT 1 FROM answer_receipt WHERE sitting_id = :sitting_id AND idempotency_key = :idempotency_key)
ON CONFLICT (sitting_id, unit) DO UPDATE SET
  value = excluded.value, state = excluded.state, sequence = excluded.sequence, saved_at = excluded.saved_at,
  milliseconds = CASE WHEN excluded.milliseconds IS NULL THEN response.milliseconds
    ELSE min(:most, coalesce(response.milliseconds, 0) + excluded.milliseconds) END
WHERE response.sequence <= :seen
RETURNING sequence
"""

MOVE = "UPDATE sitting SET sequence = :sequence WHERE id = :sitting_id"

RECEIPT = """
INSERT INTO answer_receipt (sitting_id, idempotency_key, request_hash, sequence, saved_at)
VALUES (:sitting_id, :idempotency_key, :request_hash, :sequence, :saved_at)
"""

IN_ONE_STATEMENT = """
WITH open AS (
  SELECT id, sequence FROM sitting
  WHERE id = %(sitting_id)s AND state = 'active'
    AND (deadline_at IS NULL OR deadline_at >= %(earliest_deadline)s)
    AND reached >= %(place)s AND (%(closed_by)s::int IS NULL OR reached < %(closed_by)s::int) AND sequence >= %(seen)s
  FOR UPDATE
), saved AS (
  INSERT INTO response (sitting_id, unit, value, state, milliseconds, sequence, saved_at)
  SELECT open.id, %(unit)s, %(text)s, %(state)s, %(milliseconds)s::int, open.sequence + 1, %(saved_at)s FROM open
  ON CONFLICT (sitting_id, unit) DO UPDATE SET
    value = excluded.value, state = excluded.state, sequence = excluded.sequence, saved_at = excluded.saved_at,
    milliseconds = CASE WHEN excluded.milliseconds IS NULL THEN response.milliseconds
      ELSE least(%(most)s, coalesce(response.milliseconds, 0)::bigint + excluded.milliseconds)::int END
  WHERE response.sequence <= %(seen)s
  RETURNING sequence
), moved AS (
  UPDATE sitting SET sequence = saved.sequence FROM saved WHERE sitting.id = %(sitting_id)s
), receipt AS (
  INSERT INTO answer_receipt (sitting_id, idempotency_key, request_hash, sequence, saved_at)
  SELECT %(sitting_id)s, %(idempotency_key)s, %(request_hash)s, saved.sequence, %(saved_at)s FROM saved
)
SELECT sequence FROM saved
"""


class StatementWriter:
    """PostgreSQL: the change is one statement, and the statement is its own transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, change: Change) -> int | None:
        with self._database.statements() as connection:
            try:
                row = connection.execute(IN_ONE_STATEMENT, _values(change)).fetchone()
            except connection.IntegrityError:
                return None  # the same key arrived twice at once; the other one has it
        return None if row is None else int(row[0])

    def close(self) -> None:
        """Nothing is held between changes."""


class GroupWriter:
    """SQLite: one thread writes for the whole process. It starts with the first change, so never before a fork."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        path = engine.url.database
        self._turns = Path(f"{path}-turn") if path and path != ":memory:" else None
        self._starting = threading.Lock()
        self._process = 0
        self._waiting: queue.Queue[tuple[Change, Future[int | None]] | None] = queue.Queue(LONGEST_QUEUE)
        self._thread: threading.Thread | None = None

    def write(self, change: Change) -> int | None:
        self._start()
        done: Future[int | None] = Future()
        try:
            self._waiting.put_nowait((change, done))
        except queue.Full:
            raise Unavailable(
                Words("Too many answers arrive at once. This one was not saved; send it again in a moment.")
            ) from None
        try:
            return done.result(LONGEST_WAIT_SECONDS)
        except NotInTime:
            raise Unavailable(
                Words("The answer could not be confirmed in time. Send it again; it will not be counted twice.")
            ) from None

    def close(self) -> None:
        """Write what waits and end the thread."""
        thread = self._thread
        if thread is not None and self._process == os.getpid():
            self._waiting.put(None)
            thread.join()
            self._thread = None

    def _start(self) -> None:
        if self._thread is not None and self._process == os.getpid():
            return
        with self._starting:
            if self._thread is not None and self._process == os.getpid():
                return
            self._process = os.getpid()
            self._waiting = queue.Queue(LONGEST_QUEUE)
            self._thread = threading.Thread(target=self._drain, name="answers", daemon=True)
            self._thread.start()

    def _drain(self) -> None:
        while True:
            first = self._waiting.get()
            if first is None:
                return
            group = [first]
            ending = False
            while len(group) < LARGEST_GROUP:
                try:
                    entry = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if entry is None:
                    ending = True
                    break
                group.append(entry)
            self._write_group(group)
            if ending:
                return

    def _write_group(self, group: list[tuple[Change, Future[int | None]]]) -> None:
        try:
            sequences = self._commit([change for change, _ in group])
        except Exception as error:  # whoever waits gets it; the thread must outlive it
            if len(group) > 1:
                for entry in group:
                    self._write_group([entry])
            else:
                group[0][1].set_exception(_down(error))
            return
        for (_, done), sequence in zip(group, sequences, strict=True):
            done.set_result(sequence)

    def _commit(self, changes: list[Change]) -> list[int | None]:
        with self._turn(), _raw_connection(self._engine) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                sequences = [_write_one(connection, change) for change in changes]
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        return sequences

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Take turns with the writers of other processes. SQLite itself only asks again after longer and longer sleeps.

        Who dies gives the turn up, and who writes without it (a page, a job) is still kept apart by the database.
        """
        if self._turns is None:
            yield
            return
        with self._turns.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _write_one(connection: sqlite3.Connection, change: Change) -> int | None:
    values = _values(change)
    values["earliest_deadline"] = _stored(change.earliest_deadline)
    values["saved_at"] = _stored(change.saved_at)
    saved = connection.execute(SAVE, values).fetchall()
    if not saved:
        return None
    values["sequence"] = saved[0][0]
    connection.execute(MOVE, values)
    connection.execute(RECEIPT, values)
    return int(saved[0][0])


def _values(change: Change) -> dict[str, Any]:
    return {name: getattr(change, name) for name in Change.__slots__} | {"most": MOST_MILLISECONDS}


def _stored(moment: datetime) -> str:
    """As SQLAlchemy writes a time of ours into SQLite: UTC without its zone, with six digits of the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@contextmanager
def _raw_connection(engine: Engine) -> Iterator[sqlite3.Connection]:
    pooled = engine.raw_connection()
    try:
        connection = pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        yield connection
    finally:
        pooled.close()


def _down(error: Exception) -> Exception:
    """The driver's error as the rest of the program knows it."""
    return DatabaseDown("an answer", None, error) if isinstance(error, sqlite3.Error | OSError) else error

"""Writing answers at the lowest cost that still keeps every promise: prebuilt statements, checked in their own WHERE.

Whether a sitting still takes answers, whether its deadline has passed, whether the page was reached and is still open, and
whether the answer was changed since the page was loaded, is decided by the statements themselves and never by a read
before them. A change that they refuse leaves nothing behind.

On SQLite one thread at a time writes what all threads of its process wait for in one transaction (group commit): a change
is confirmed only after COMMIT, and when a transaction fails its changes are tried again one by one, so that one bad row
fails alone. On PostgreSQL, which groups commits itself, a change is one statement in one round trip.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakSet

from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
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
    `earliest_deadline` is the deadline that would just still admit it: now less the grace. `session` is the token hash of
    the web session that sent it, which must not have been ended; None if it did not come from one.
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
    session: str | None = None


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
  AND (:session IS NULL OR EXISTS (SELECT 1 FROM web_session WHERE token_hash = :session))
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

IN_ONE_STATEMENT = b"""
WITH open AS (
  SELECT id, sequence FROM sitting
  WHERE id = $1::bigint AND state = 'active' AND (deadline_at IS NULL OR deadline_at >= $2::timestamptz)
    AND reached >= $3::int AND ($4::int IS NULL OR reached < $4::int) AND sequence >= $5::int
    AND ($6::text IS NULL OR EXISTS (SELECT 1 FROM web_session WHERE token_hash = $6::text))
  FOR UPDATE
), saved AS (
  INSERT INTO response (sitting_id, unit, value, state, milliseconds, sequence, saved_at)
  SELECT open.id, $7::text, $8::text, $9::text, $10::int, open.sequence + 1, $11::timestamptz FROM open
  ON CONFLICT (sitting_id, unit) DO UPDATE SET
    value = excluded.value, state = excluded.state, sequence = excluded.sequence, saved_at = excluded.saved_at,
    milliseconds = CASE WHEN excluded.milliseconds IS NULL THEN response.milliseconds
      ELSE least($12::bigint, coalesce(response.milliseconds, 0)::bigint + excluded.milliseconds)::int END
  WHERE response.sequence <= $5::int
  RETURNING sequence
), moved AS (
  UPDATE sitting SET sequence = saved.sequence FROM saved WHERE sitting.id = $1::bigint
), receipt AS (
  INSERT INTO answer_receipt (sitting_id, idempotency_key, request_hash, sequence, saved_at)
  SELECT $1::bigint, $13::text, $14::text, saved.sequence, $11::timestamptz FROM saved
)
SELECT sequence FROM saved
"""
PREPARED = b"save_an_answer"
UNIQUE_VIOLATION = b"23505"
_knows_the_statement: WeakSet[Any] = WeakSet()


class StatementWriter:
    """PostgreSQL: the change is one statement, and the statement is its own transaction.

    It is prepared once a connection and run by libpq's own call, because what a cursor does around a statement costs more
    than the statement.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, change: Change) -> int | None:
        with self._database.statements() as connection:
            if connection not in _knows_the_statement:
                _checked(connection.pgconn.prepare(PREPARED, IN_ONE_STATEMENT))
                _knows_the_statement.add(connection)
            result = connection.pgconn.exec_prepared(PREPARED, _parameters(change))
            if result.error_field(DiagnosticField.SQLSTATE) == UNIQUE_VIOLATION:
                return None  # the same key arrived twice at once; the other one has it
            _checked(result)
            return int(result.get_value(0, 0)) if result.ntuples else None

    def close(self) -> None:
        """Nothing is held between changes."""


def _checked(result: PGresult) -> None:
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        raise error_from_result(result)


def _parameters(change: Change) -> list[bytes | None]:
    """The change in the order of the statement's parameters, as text."""
    values = (
        change.sitting_id,
        change.earliest_deadline.isoformat(),
        change.place,
        change.closed_by,
        change.seen,
        change.session,
        change.unit,
        change.text,
        change.state,
        change.milliseconds,
        change.saved_at.isoformat(),
        MOST_MILLISECONDS,
        change.idempotency_key,
        change.request_hash,
    )
    return [None if value is None else str(value).encode() for value in values]


class _Waiting:
    """A change that waits to be written. `signal` is released once it is written, or once its thread is to write."""

    __slots__ = ("change", "error", "leads", "sequence", "signal", "written")

    def __init__(self, change: Change) -> None:
        self.change = change
        self.signal = threading.Lock()
        self.signal.acquire()
        self.leads = self.written = False
        self.sequence: int | None = None
        self.error: Exception | None = None


class GroupWriter:
    """SQLite: the first thread to come writes for all that wait in its process, then hands over to one that came meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        path = engine.url.database
        self._turns = Path(f"{path}-turn") if path and path != ":memory:" else None
        self._guard = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._led = False

    def write(self, change: Change) -> int | None:
        entry = _Waiting(change)
        with self._guard:
            if len(self._queue) >= LONGEST_QUEUE:
                raise Unavailable(Words("Too many answers arrive at once. This one was not saved; send it again in a moment."))
            self._queue.append(entry)
            entry.leads, self._led = not self._led, True
        if not entry.leads:
            self._wait(entry)
        if not entry.written:
            self._write_for_all()
        if entry.error is not None:
            raise entry.error
        return entry.sequence

    def close(self) -> None:
        """Nothing is held once nobody waits."""

    def _wait(self, entry: _Waiting) -> None:
        if entry.signal.acquire(timeout=LONGEST_WAIT_SECONDS):
            return
        with self._guard:
            if entry.leads or entry.written:
                return
            if entry in self._queue:
                self._queue.remove(entry)
        raise Unavailable(Words("The answer could not be confirmed in time. Send it again; it will not be counted twice."))

    def _write_for_all(self) -> None:
        with self._guard:
            group = [self._queue.popleft() for _ in range(min(LARGEST_GROUP, len(self._queue)))]
        try:
            self._write_group(group)
        finally:
            with self._guard:
                self._led = bool(self._queue)
                if self._led:
                    self._queue[0].leads = True
                    self._queue[0].signal.release()

    def _write_group(self, group: list[_Waiting]) -> None:
        try:
            sequences = self._commit([entry.change for entry in group])
        except Exception as error:  # whoever waits gets it
            if len(group) > 1:
                for entry in group:
                    self._write_group([entry])
                return
            group[0].error = _down(error)
            sequences = [None]
        for entry, sequence in zip(group, sequences, strict=True):
            entry.sequence, entry.written = sequence, True
            if not entry.leads:
                entry.signal.release()

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

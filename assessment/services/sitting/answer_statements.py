"""The statements that save answers, at the lowest cost that still keeps every promise.

Whether a sitting still takes answers, whether its deadline has passed, whether the page was reached and is still open, and
whether the answer was changed since the page was loaded, is decided by the statements themselves and never by a read
before them. A change that they refuse leaves nothing behind.

A group of changes is one transaction of as few statements as its database allows, whatever its size: between two statements
other threads take the interpreter, and other processes wait.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol
from weakref import WeakSet

from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import PoolProxiedConnection

from assessment.records.database import Database, DatabaseDown

MOST_MILLISECONDS = 2_000_000_000
ABOUT_A_ROW = (sqlite3.IntegrityError, sqlite3.DataError)


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


class AnswerStatements(Protocol):
    """How answers are written in one kind of database."""

    def turn(self) -> AbstractContextManager[None]:
        """What a group waits for before it is gathered."""

    def save(self, changes: Sequence[Change]) -> Mapping[int, int | None]:
        """Write changes of different sittings in one transaction, by whoever has the turn.

        The new sequence by sitting, None where the change is refused; a sitting that is not there is to be tried alone.
        Raises `DatabaseDown` where no change could be written, and what the driver raises for a row that cannot be stored.
        """

    def save_alone(self, change: Change) -> int | None:
        """Write one change: its sequence, or None if it is refused."""

    def close(self) -> None:
        """Give back what is held between changes."""


def answer_statements(database: Database) -> AnswerStatements:
    """The statements that suit the database."""
    return SqliteStatements(database) if database.is_sqlite else PostgresStatements(database)


class SqliteStatements:
    """Three statements between BEGIN IMMEDIATE and COMMIT, for one change as for many, on one connection kept for them."""

    def __init__(self, database: Database) -> None:
        self._engine = database.write_engine
        self._turns = f"{self._engine.url.database}-turn"
        self._guard = threading.Lock()
        self._pooled: PoolProxiedConnection | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Take turns with the writers of this and of other processes. SQLite itself only asks again after longer and longer sleeps.

        Who dies gives the turn up, and who writes without it (a page, a job) is still kept apart by the database.
        """
        with self._guard:
            try:
                file = os.open(self._turns, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX)
                except OSError:
                    os.close(file)
                    raise
            except OSError as error:
                raise DatabaseDown("a turn", None, error) from error
            try:
                yield
            finally:
                os.close(file)

    def save(self, changes: Sequence[Change]) -> dict[int, int | None]:
        asked = [MOST_MILLISECONDS, *(value for change in changes for value in _asked(change))]
        try:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            sequences = dict(connection.execute(_save(len(changes)), asked).fetchall())
            if sequences:
                saved = [change for change in changes if change.sitting_id in sequences]
                connection.execute(_move(len(saved)), [change.sitting_id for change in saved])
                receipts = [value for change in saved for value in _receipt(change, sequences[change.sitting_id])]
                connection.execute(_keep_receipts(len(saved)), receipts)
            connection.execute("COMMIT")
        except BaseException as error:  # what was begun must not stay open
            if self._pooled is not None:
                self._pooled.invalidate(error)
                self._pooled = None
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, ABOUT_A_ROW):
                raise DatabaseDown("an answer", None, error) from error
            raise
        return {change.sitting_id: sequences.get(change.sitting_id) for change in changes}

    def save_alone(self, change: Change) -> int | None:
        with self.turn():
            return self.save([change])[change.sitting_id]

    def close(self) -> None:
        """Give the connection back."""
        with self._guard:
            if self._pooled is not None:
                self._pooled.close()
                self._pooled = None

    def _connection(self) -> sqlite3.Connection:
        if self._pooled is None:
            self._pooled = self._engine.raw_connection()
        connection = self._pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        return connection


def _stored(moment: datetime) -> str:
    """As SQLAlchemy writes a time of ours into SQLite: UTC without its zone, with six digits of the second."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _asked(change: Change) -> tuple[Any, ...]:
    """The parameters of `_save` for one change."""
    return (
        change.sitting_id,
        _stored(change.earliest_deadline),
        change.place,
        change.closed_by,
        change.seen,
        change.session,
        change.idempotency_key,
        change.unit,
        change.text,
        change.state,
        change.milliseconds,
        _stored(change.saved_at),
    )


def _receipt(change: Change, sequence: int) -> tuple[Any, ...]:
    """The parameters of `_keep_receipts` for one change."""
    return change.sitting_id, change.idempotency_key, change.request_hash, sequence, _stored(change.saved_at)


def _marks(rows: int, columns: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return ", ".join([row] * rows)


@lru_cache
def _save(n: int) -> str:
    """Bound row by row: to take the rows from one JSON parameter costs SQLite up to half as much again."""
    return f"""
WITH most(milliseconds) AS (VALUES (?)),
change(sitting_id, earliest_deadline, place, closed_by, seen, session, idempotency_key, unit, value, state, milliseconds, saved_at)
  AS (VALUES {_marks(n, 12)})
INSERT INTO response (sitting_id, unit, value, state, milliseconds, sequence, saved_at)
SELECT sitting.id, change.unit, change.value, change.state,
  CASE WHEN earlier.milliseconds IS NULL THEN change.milliseconds
    ELSE min(most.milliseconds, earlier.milliseconds + coalesce(change.milliseconds, 0)) END,
  sitting.sequence + 1, change.saved_at
FROM most CROSS JOIN change CROSS JOIN sitting ON sitting.id = change.sitting_id
LEFT JOIN response AS earlier ON earlier.sitting_id = sitting.id AND earlier.unit = change.unit
WHERE sitting.state = 'active' AND (sitting.deadline_at IS NULL OR sitting.deadline_at >= change.earliest_deadline)
  AND sitting.reached >= change.place AND (change.closed_by IS NULL OR sitting.reached < change.closed_by)
  AND sitting.sequence >= change.seen AND (earlier.sequence IS NULL OR earlier.sequence <= change.seen)
  AND NOT EXISTS (
    SELECT 1 FROM answer_receipt
    WHERE answer_receipt.sitting_id = change.sitting_id AND answer_receipt.idempotency_key = change.idempotency_key)
  AND (change.session IS NULL OR EXISTS (SELECT 1 FROM web_session WHERE web_session.token_hash = change.session))
ON CONFLICT (sitting_id, unit) DO UPDATE SET
  value = excluded.value, state = excluded.state, milliseconds = excluded.milliseconds, sequence = excluded.sequence,
  saved_at = excluded.saved_at
RETURNING sitting_id, sequence
"""  # noqa: S608 (marks alone are put in)


@lru_cache
def _move(n: int) -> str:
    return f"UPDATE sitting SET sequence = sequence + 1 WHERE id IN {_marks(1, n)}"  # noqa: S608 (marks alone are put in)


@lru_cache
def _keep_receipts(n: int) -> str:
    columns = "sitting_id, idempotency_key, request_hash, sequence, saved_at"
    return f"INSERT INTO answer_receipt ({columns}) VALUES {_marks(n, 5)}"  # noqa: S608 (marks alone are put in)


class PostgresStatements:
    """One statement, which is its own transaction, for a group and for one change alone.

    Both are prepared once a connection and run by libpq's own call, because what a cursor does around a statement costs more
    than the statement. A group leaves out a sitting that somebody else is changing, so that nobody waits for another's sitting;
    it leaves out what is refused as well, and cannot tell which it was.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def turn(self) -> AbstractContextManager[None]:
        return nullcontext()

    def save(self, changes: Sequence[Change]) -> dict[int, int]:
        return self._run(b"save_answers", changes)

    def save_alone(self, change: Change) -> int | None:
        return self._run(b"save_an_answer", [change]).get(change.sitting_id)

    def _run(self, prepared: bytes, changes: Sequence[Change]) -> dict[int, int]:
        rows = json.dumps([_row(change) for change in changes])
        with self._database.statements() as connection:
            if connection not in _prepared_on:
                for name, statement in POSTGRES_STATEMENTS.items():
                    _checked(connection.pgconn.prepare(name, statement.encode()))
                _prepared_on.add(connection)
            result = connection.pgconn.exec_prepared(prepared, [rows.encode()])
            if result.error_field(DiagnosticField.SQLSTATE) == UNIQUE_VIOLATION:
                return {}  # the same key arrived twice at once; the other one has it
            _checked(result)
            return {int(result.get_value(row, 0)): int(result.get_value(row, 1)) for row in range(result.ntuples)}

    def close(self) -> None:
        """Nothing is held."""


def _row(change: Change) -> dict[str, Any]:
    return {
        "sitting_id": change.sitting_id,
        "earliest_deadline": change.earliest_deadline.isoformat(),
        "place": change.place,
        "closed_by": change.closed_by,
        "seen": change.seen,
        "session": change.session,
        "idempotency_key": change.idempotency_key,
        "request_hash": change.request_hash,
        "unit": change.unit,
        "value": change.text,
        "state": change.state,
        "milliseconds": change.milliseconds,
        "saved_at": change.saved_at.isoformat(),
    }


def _checked(result: PGresult) -> None:
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        error = error_from_result(result)
        error.args = (str(error).partition("\n")[0],)  # the lines after it repeat the row, and errors end up in logs
        raise error


def _postgres_save(waiting: str) -> str:
    return f"""
WITH change AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS change(
    sitting_id bigint, earliest_deadline timestamptz, place int, closed_by int, seen int, session text, idempotency_key text,
    request_hash text, unit text, value text, state text, milliseconds int, saved_at timestamptz)
), open AS (
  SELECT change.*, locked.sequence FROM change CROSS JOIN LATERAL (
    SELECT sequence FROM sitting
    WHERE id = change.sitting_id AND state = 'active' AND (deadline_at IS NULL OR deadline_at >= change.earliest_deadline)
      AND reached >= change.place AND (change.closed_by IS NULL OR reached < change.closed_by) AND sequence >= change.seen
    FOR UPDATE {waiting}
  ) AS locked
  WHERE (change.session IS NULL OR (SELECT true FROM web_session WHERE token_hash = change.session))
    AND (SELECT true FROM answer_receipt
      WHERE answer_receipt.sitting_id = change.sitting_id AND answer_receipt.idempotency_key = change.idempotency_key) IS NULL
), saved AS (
  INSERT INTO response (sitting_id, unit, value, state, milliseconds, sequence, saved_at)
  SELECT sitting_id, unit, value, state, milliseconds, sequence + 1, saved_at FROM open
  ON CONFLICT (sitting_id, unit) DO UPDATE SET
    value = excluded.value, state = excluded.state, sequence = excluded.sequence, saved_at = excluded.saved_at,
    milliseconds = CASE WHEN excluded.milliseconds IS NULL THEN response.milliseconds
      ELSE least({MOST_MILLISECONDS}, coalesce(response.milliseconds, 0)::bigint + excluded.milliseconds)::int END
  WHERE response.sequence <= (SELECT seen FROM change WHERE change.sitting_id = excluded.sitting_id)
  RETURNING sitting_id, sequence, saved_at
), moved AS (
  UPDATE sitting SET sequence = saved.sequence FROM saved WHERE sitting.id = saved.sitting_id
), receipt AS (
  INSERT INTO answer_receipt (sitting_id, idempotency_key, request_hash, sequence, saved_at)
  SELECT saved.sitting_id, change.idempotency_key, change.request_hash, saved.sequence, saved.saved_at
  FROM saved JOIN change ON change.sitting_id = saved.sitting_id
)
SELECT sitting_id, sequence FROM saved
"""  # noqa: S608 (a word of ours is put in)


POSTGRES_STATEMENTS = {b"save_answers": _postgres_save("SKIP LOCKED"), b"save_an_answer": _postgres_save("")}
UNIQUE_VIOLATION = b"23505"
_prepared_on: WeakSet[Any] = WeakSet()

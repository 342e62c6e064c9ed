"""The database: one file of SQLite, or PostgreSQL, by its address alone.

SQLite runs in WAL with `synchronous=FULL` and enforced foreign keys. Writers begin with BEGIN IMMEDIATE, so that a
read followed by a write in one transaction cannot be overtaken; readers begin deferred and never block a writer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection, ExceptionContext, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from assessment.records.vault import Vault

BUSY_MILLISECONDS = 10_000
GIVES_UP = {"connect_timeout": 10, "tcp_user_timeout": 10_000}
"""After how many seconds, and milliseconds without a word, a server of PostgreSQL counts as lost where the address says nothing."""
DatabaseDown = OperationalError
"""What is raised when the database cannot be reached, is full, locked for too long, or read-only."""


class Database:
    """Sessions on one database.

    Each session carries the vault that seals personal data (`vault_of`). `write()` yields a session whose work is
    committed at the end of the block and undone if the block raises; `read()` yields one that must not write.
    """

    def __init__(self, url: str, vault: Vault, *, pool_size: int = 8) -> None:
        self.vault = vault
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self.write_engine = _sqlite_engine(url, "BEGIN IMMEDIATE", pool_size)
            self.read_engine = _sqlite_engine(url, "BEGIN", pool_size)
            self._statement_engine = self.read_engine
        else:
            self.url = self.url.set(drivername="postgresql+psycopg")
            lost = {name: value for name, value in GIVES_UP.items() if name not in self.url.query}
            pool: dict[str, Any] = {"pool_size": pool_size, "max_overflow": 4, "pool_timeout": 10, "connect_args": lost}
            self.write_engine = create_engine(self.url, hide_parameters=True, **pool)
            event.listen(self.write_engine, "handle_error", _leave_values_out)
            self.read_engine = self.write_engine
            alone = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
            self._statement_engine = create_engine(self.url, **pool, **alone)
            event.listen(self._statement_engine, "connect", _limit_statements)
        self._write_session = sessionmaker(self.write_engine, expire_on_commit=False, info={"vault": vault})
        self._read_session = sessionmaker(self.read_engine, expire_on_commit=False, info={"vault": vault})

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self._write_session.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._read_session() as session:
            yield session

    @contextmanager
    def statements(self) -> Iterator[Any]:
        """A connection of the driver on which every statement is a transaction of its own: for the few that each answer makes.

        The driver's errors come as they are, but for those of a connection that is lost, which come as `DatabaseDown`.
        """
        driver: Any = self._statement_engine.dialect.loaded_dbapi
        try:
            pooled = self._statement_engine.raw_connection()
        except driver.Error as error:
            raise DatabaseDown("a connection", None, error) from error
        try:
            yield pooled.driver_connection
        except (driver.OperationalError, driver.InterfaceError) as error:
            pooled.invalidate(error)
            if not self.is_sqlite:
                self._statement_engine.dispose()  # the others to a server that went away are as dead
            raise DatabaseDown("a statement", None, error) from error
        finally:
            pooled.close()

    def look_up(self, statement: str, **values: Any) -> tuple[Any, ...] | None:
        """The first row of one prebuilt statement with parameters as `:name`, without a session: for what every request asks.

        Times and JSON come as the driver has them; `moment_of` and `json_of` read them.
        """
        with self.statements() as connection:
            rows = connection.execute(statement if self.is_sqlite else _for_psycopg(statement), values).fetchall()
        return rows[0] if rows else None

    def drop_traces(self) -> bool:
        """Empty the log that holds pages with deleted rows on them; False if a reader keeps it from that just now.

        SQLite overwrites deleted rows with zeros (`secure_delete`), but its log has pages as they were before. PostgreSQL
        vacuums dead rows by itself.
        """
        if not self.is_sqlite:
            return True
        with self.statements() as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def answers(self) -> bool:
        """True if the database can be read now. Raises what the driver raises if not."""
        with self.read() as session:
            return session.execute(text("SELECT 1")).scalar() == 1

    def dispose(self) -> None:
        self.write_engine.dispose()
        self.read_engine.dispose()
        self._statement_engine.dispose()


def moment_of(found: str | datetime) -> datetime:
    """A time that `look_up` found: SQLite keeps UTC as text without its zone."""
    return datetime.fromisoformat(found).replace(tzinfo=UTC) if isinstance(found, str) else found.astimezone(UTC)


def json_of(found: Any) -> Any:
    """JSON that `look_up` found: SQLite keeps it as text."""
    return json.loads(found) if isinstance(found, str) else found


@lru_cache(maxsize=64)
def _for_psycopg(statement: str) -> str:
    return re.sub(r":(\w+)", r"%(\1)s", statement)


def vault_of(session: Session) -> Vault:
    """The vault that seals what this session stores."""
    vault = session.info["vault"]
    assert isinstance(vault, Vault)
    return vault


def _limit_statements(connection: Any, _record: Any) -> None:
    """What every answer waits for must not wait for ever."""
    connection.execute(f"SET statement_timeout = {BUSY_MILLISECONDS}")


def _leave_values_out(context: ExceptionContext) -> None:
    """PostgreSQL repeats the values of a row that it refuses, and errors end up in logs: its first line tells enough."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])


def _sqlite_engine(url: str, begin: str, pool_size: int) -> Engine:
    waiting = {"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000}
    engine = create_engine(url, connect_args=waiting, pool_size=pool_size, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would break BEGIN IMMEDIATE
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"busy_timeout={BUSY_MILLISECONDS}",
            "cache_size=-32000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine

"""Single statements without a session: the same values on both databases, and a lost connection is told and replaced."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assessment.records.database import Database, DatabaseDown, json_of, moment_of
from assessment.services.people.accounts import ANONYMOUS, LONGEST, end_session, find_session, open_session
from tests.services.stage import begun, set_stage


def test_a_row_is_found_by_name_and_one_that_is_missing_is_none(database: Database, now: datetime) -> None:
    set_stage(database, now)
    assert database.look_up("SELECT slug, name FROM organisation WHERE slug = :slug", slug="acme") == ("acme", "Acme")
    assert database.look_up("SELECT slug FROM organisation WHERE slug = :slug", slug="' OR '1' = '1") is None


def test_times_and_json_are_read_as_they_were_stored(database: Database) -> None:
    moment = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
    with database.write() as session:
        open_session(session, now=moment, values={"seen": "é", "n": [1, None]})
    row = database.look_up('SELECT created_at, "values" FROM web_session WHERE invitation_id IS NULL')
    assert row is not None
    assert (moment_of(row[0]), json_of(row[1])) == (moment, {"seen": "é", "n": [1, None]})


def test_a_session_ends_at_its_end_and_when_it_is_ended(database: Database, now: datetime) -> None:
    invitation, _ = begun(set_stage(database, now), now)
    with database.write() as session:
        known = open_session(session, now=now, invitation_id=invitation, values={"seen": "x"})
        unknown = open_session(session, now=now)
    found = find_session(database, known, now=now)
    assert found is not None
    assert (found.invitation_id, found.staff, found.values, found.expires_at) == (invitation, None, {"seen": "x"}, now + LONGEST)
    assert find_session(database, known, now=now + LONGEST) is None
    assert find_session(database, unknown, now=now) is not None
    assert find_session(database, unknown, now=now + ANONYMOUS) is None
    with database.write() as session:
        end_session(session, known)
    assert find_session(database, known, now=now) is None


def test_a_lost_connection_is_told_once_and_the_next_statement_has_another(postgres_database: Database) -> None:
    row = postgres_database.look_up("SELECT pg_backend_pid()")
    assert row is not None
    with postgres_database.statements() as kept:  # the connection that the next statement would have taken
        with postgres_database.write_engine.connect() as other:
            other.exec_driver_sql("SELECT pg_terminate_backend(%(pid)s, 5000)", {"pid": row[0]})
        assert kept.info.backend_pid == row[0]
    with pytest.raises(DatabaseDown):
        postgres_database.look_up("SELECT 1")
    assert postgres_database.look_up("SELECT 1") == (1,)

"""Migrations go up, down and up again on both databases, and end at exactly the tables the code declares."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from assessment.records.database import Database
from assessment.records.sitting import ResponseNote, Sitting
from assessment.services.accommodations import Wish, list_own, request_accommodation
from assessment.services.audit import record_event, verify_chain
from assessment.services.people.accounts import add_organisation
from tests.services.stage import begun, set_stage

ROOT = Path(__file__).parents[2]


def configuration(database: Database) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["database"] = database
    return config


def test_migrations_go_down_to_nothing_and_up_again(database: Database) -> None:
    config = configuration(database)
    command.downgrade(config, "base")
    assert set(inspect(database.read_engine).get_table_names()) <= {"alembic_version"}
    command.upgrade(config, "head")
    assert "sitting" in inspect(database.write_engine).get_table_names()


def test_a_sitting_and_what_refers_to_it_outlast_a_step_back(database: Database, now: datetime) -> None:
    config = configuration(database)
    invitation_id, sitting_id = begun(set_stage(database, now), now)
    with database.write() as session:
        request_accommodation(session, invitation_id=invitation_id, wish=Wish("2"), now=now)
        session.add(ResponseNote(sitting_id=sitting_id, kind="flat", detail={}, noted_at=now))
    command.downgrade(config, "0002")
    assert "accommodation" not in inspect(database.write_engine).get_table_names()
    command.upgrade(config, "head")
    with database.read() as session:
        sitting = session.get_one(Sitting, sitting_id)
        assert (sitting.state, sitting.own_pace) == ("active", False)
        assert session.get(ResponseNote, (sitting_id, "flat")) is not None
        assert list_own(session, invitation_id=invitation_id) == []


def test_the_migrated_tables_are_the_declared_tables(database: Database) -> None:
    command.check(configuration(database))


@pytest.mark.parametrize("change", ["UPDATE audit_event SET action = 'nothing'", "DELETE FROM audit_event"])
def test_the_database_refuses_to_change_the_audit_log(database: Database, now: datetime, change: str) -> None:
    with database.write() as session:
        add_organisation(session, slug="acme", name="Acme", now=now)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text(change))
    with database.read() as session:
        assert verify_chain(session).holds


def test_an_edited_audit_event_is_found(database: Database, now: datetime) -> None:
    with database.write() as session:
        for number in range(5):
            record_event(session, organisation_id=None, actor="system", action=f"step {number}", subject="test", now=now)
    with database.write() as session:
        assert verify_chain(session).first_broken is None
        on = " ON audit_event" if not database.is_sqlite else ""
        session.execute(text(f"DROP TRIGGER audit_event_no_update{on}"))
        session.execute(text("UPDATE audit_event SET actor = 'somebody else' WHERE id = 3"))
    with database.read() as session:
        assert verify_chain(session).first_broken == 3

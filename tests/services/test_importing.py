"""Rows in bulk: on both databases they arrive whole and in order, and a fault is told like any other statement's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from assessment.records.applicant import Applicant
from assessment.records.database import Database
from assessment.records.observation import Hire, ImportBatch
from assessment.services.importing import cells_of, insert_rows, insert_rows_with_ids, written_line
from assessment.services.people.accounts import add_organisation
from assessment.services.people.applicants import add_applicant


def test_rows_arrive_whole_whatever_the_order_of_their_fields(database: Database, now: datetime) -> None:
    with database.write() as session:
        organisation = add_organisation(session, slug="acme", name="Acme", now=now)
        row = {
            "notes": {"remarks": ["tab\there, line\nbreak, \\N, ünï, '; DROP TABLE hire; --"], "n": None},
            "imported_at": datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
            "matched": 1,
            "kind": "hires",
            "organisation_id": organisation.id,
            "file_name": "a\\b",
            "file_hash": "sha256:0",
            "unmatched": 0,
            "duplicate": 0,
            "rejected": 0,
            "imported_by": "\\.",
        }
        assert insert_rows(session, ImportBatch, (row | {"matched": n} for n in range(4_500))) == 4_500
        assert insert_rows(session, ImportBatch, []) == 0
    with database.read() as session:
        stored = session.scalars(select(ImportBatch).order_by(ImportBatch.id)).all()
        assert [batch.matched for batch in stored] == list(range(4_500))
        first = stored[0]
        assert {name: getattr(first, name) for name in row} == row | {"matched": 0}


def test_ids_come_back_in_the_order_of_the_rows(database: Database, now: datetime) -> None:
    with database.write() as session:
        organisation = add_organisation(session, slug="acme", name="Acme", now=now)
        rows = [
            {"organisation_id": organisation.id, "subject": f"s{n}", "reference": f"r{n}", "simulated": False, "created_at": now}
            for n in range(2_500)
        ]
        ids = insert_rows_with_ids(session, Applicant, rows)
        stored = {row.id: row.reference for row in session.execute(select(Applicant.id, Applicant.reference))}
    assert [stored[key] for key in ids] == [row["reference"] for row in rows]


def test_a_row_that_breaks_a_rule_of_the_database_undoes_all_of_them(database: Database, now: datetime) -> None:
    with database.write() as session:
        organisation = add_organisation(session, slug="acme", name="Acme", now=now)
        first, second = (
            add_applicant(
                session, organisation_id=organisation.id, reference=name, name=None, email=None, simulated=False, now=now
            ).id
            for name in ("A", "B")
        )
    row = {"organisation_id": organisation.id, "hired_on": date(2026, 1, 1), "left_on": None, "left_reason": None, "import_id": 999}
    with pytest.raises(IntegrityError), database.write() as session:
        insert_rows(
            session, Hire, [row | {"applicant_id": first, "employee_id": "E"}, row | {"applicant_id": second, "employee_id": "E"}]
        )
    with database.read() as session:
        assert session.scalars(select(Hire)).all() == []


def test_a_line_written_out_reads_back_as_its_cells() -> None:
    cells = {"a": 'say "x", y', "b": None, "c": 3.5}
    assert cells_of(written_line(("a", "b", "missing", "c"), cells)) == ['say "x", y', "", "", "3.5"]
    assert cells_of("") == []

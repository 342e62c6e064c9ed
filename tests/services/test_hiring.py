"""Hires: matched to applicants of the same organisation, written once, never moved silently."""

from __future__ import annotations

import threading
from datetime import date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.integrations.delimited import RefusedLine
from assessment.integrations.hires import HireLine
from assessment.records.database import Database
from assessment.records.observation import Hire, ImportBatch, ImportLine
from assessment.services.audit import recent_events, verify_chain
from assessment.services.hiring import employees, import_hires, preview_hires
from assessment.services.importing import FATES, ReadFile, find_import, lines_of, shown_name
from assessment.services.people.accounts import add_organisation
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import add_applicant


def organisation(session: Session, slug: str, now: datetime, references: tuple[str, ...] = ("A1", "A2", "A3")) -> Actor:
    found = add_organisation(session, slug=slug, name=slug.title(), now=now)
    for reference in references:
        add_applicant(session, organisation_id=found.id, reference=reference, name=None, email=None, simulated=False, now=now)
    return Actor(found.id, f"analyst of {slug}", "An Analyst", "analyst")


def hire(
    line: int, applicant: str, employee: str, hired: str | None = None, left: str | None = None, why: str | None = None
) -> HireLine:
    day, last = (date.fromisoformat(text) if text else None for text in (hired, left))
    return HireLine(line, applicant, employee, day, last, why)


def file(*lines: HireLine, refused: tuple[RefusedLine, ...] = ()) -> ReadFile[HireLine]:
    return ReadFile("hires.csv", "sha256:" + "0" * 64, lines, refused=refused)


def fates(database: Database, batch: ImportBatch) -> dict[int, str]:
    with database.read() as session:
        return {line.line: fate for fate in FATES for line in lines_of(session, batch, fate)}


@pytest.fixture
def acme(database: Database, now: datetime) -> Actor:
    with database.write() as session:
        return organisation(session, "acme", now)


def test_hires_are_matched_by_the_applicants_reference(database: Database, acme: Actor, now: datetime) -> None:
    with database.write() as session:
        batch = import_hires(session, file=file(hire(2, "A1", "E1", "2026-02-01"), hire(3, "A2", "007")), actor=acme, now=now)
    assert (batch.matched, batch.unmatched, batch.duplicate, batch.rejected) == (2, 0, 0, 0)
    with database.read() as session:
        assert employees(session, acme.organisation_id) == {"E1": date(2026, 2, 1), "007": None}
        event = recent_events(session, acme.organisation_id)[0]
        assert (event.action, event.subject, event.detail["matched"]) == ("hires imported", f"import {batch.id}", 2)
        assert verify_chain(session).holds


def test_007_and_7_are_two_employees(database: Database, acme: Actor, now: datetime) -> None:
    with database.write() as session:
        batch = import_hires(session, file=file(hire(2, "A1", "007"), hire(3, "A2", "7")), actor=acme, now=now)
    assert batch.matched == 2


def test_the_same_file_again_changes_nothing(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(hire(2, "A1", "E1", "2026-02-01"), hire(3, "A2", "E2"))
    with database.write() as session:
        import_hires(session, file=lines, actor=acme, now=now)
    with database.write() as session:
        again = import_hires(session, file=lines, actor=acme, now=now)
    assert (again.matched, again.duplicate) == (0, 2)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Hire)) == 2


def test_two_parallel_imports_of_one_file_make_one_set(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(hire(2, "A1", "E1"), hire(3, "A2", "E2"), hire(4, "A3", "E3"))
    start = threading.Barrier(2)
    counts: list[tuple[int, int]] = []

    def upload() -> None:
        start.wait()
        with database.write() as session:
            batch = import_hires(session, file=lines, actor=acme, now=now)
            counts.append((batch.matched, batch.duplicate))

    threads = [threading.Thread(target=upload) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [(0, 3), (3, 0)]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Hire)) == 3


def test_an_applicant_of_another_organisation_is_unmatched(database: Database, acme: Actor, now: datetime) -> None:
    with database.write() as session:
        other = organisation(session, "globex", now, ("B1",))
        batch = import_hires(session, file=file(hire(2, "B1", "E1"), hire(3, "nobody", "E2")), actor=acme, now=now)
        reasons = [line.reason for line in lines_of(session, batch, "unmatched")]
    assert batch.unmatched == 2
    assert reasons == ["no applicant has the reference B1", "no applicant has the reference nobody"]
    with database.read() as session:
        assert employees(session, acme.organisation_id) == employees(session, other.organisation_id) == {}


def test_an_import_of_another_organisation_is_not_found(database: Database, acme: Actor, now: datetime) -> None:
    from assessment.errors import NotFound

    with database.write() as session:
        other = organisation(session, "globex", now, ())
        batch = import_hires(session, file=file(hire(2, "A1", "E1")), actor=acme, now=now)
        with pytest.raises(NotFound) as theirs:
            find_import(session, other.organisation_id, batch.id)
        with pytest.raises(NotFound) as missing:
            find_import(session, other.organisation_id, batch.id + 1000)
    assert str(theirs.value) == str(missing.value)


def test_a_later_file_adds_a_date_but_cannot_change_one(database: Database, acme: Actor, now: datetime) -> None:
    left = hire(2, "A1", "E1", "2026-02-01", "2026-08-01", "moved away")
    with database.write() as session:
        import_hires(session, file=file(hire(2, "A1", "E1", "2026-02-01")), actor=acme, now=now)
    with database.write() as session:
        added = import_hires(session, file=file(left), actor=acme, now=now)
    assert (added.matched, added.rejected) == (1, 0)
    with database.write() as session:
        changed = import_hires(session, file=file(hire(2, "A1", "E1", "2026-03-01")), actor=acme, now=now)
    assert changed.rejected == 1
    with database.read() as session:
        stored = session.scalars(select(Hire)).one()
        assert (stored.hired_on, stored.left_on, stored.left_reason) == (date(2026, 2, 1), date(2026, 8, 1), "moved away")


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (hire(3, "A1", "E2"), "was hired as employee E1 in line 2"),
        (hire(3, "A2", "E1"), "employee E1 is another applicant in line 2"),
        (hire(3, "A1", "E1", "2026-03-01"), "differs from the one known in line 2"),
        (hire(3, "A1", "E1", None, "2026-01-01"), "cannot leave before"),
    ],
)
def test_a_line_that_contradicts_is_rejected_and_the_rest_is_taken(
    database: Database, acme: Actor, now: datetime, second: HireLine, words: str
) -> None:
    with database.write() as session:
        batch = import_hires(session, file=file(hire(2, "A1", "E1", "2026-02-01"), second), actor=acme, now=now)
        (rejected,) = lines_of(session, batch, "rejected")
    assert (batch.matched, batch.rejected) == (1, 1)
    assert words in rejected.reason


def test_refused_lines_keep_their_text_and_reason(database: Database, acme: Actor, now: datetime) -> None:
    refused = (RefusedLine(3, "employee_id is empty", "A2,,"),)
    with database.write() as session:
        batch = import_hires(session, file=file(hire(2, "A1", "E1"), refused=refused), actor=acme, now=now)
        (line,) = lines_of(session, batch, "rejected")
    assert (line.line, line.text, line.reason) == (3, "A2,,", "employee_id is empty")
    assert fates(database, batch) == {2: "matched", 3: "rejected"}


def test_a_preview_writes_nothing_and_says_what_the_import_then_does(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(hire(2, "A1", "E1"), hire(3, "nobody", "E2"), hire(4, "A1", "E1"))
    with database.read() as session:
        plan = preview_hires(session, file=lines, organisation_id=acme.organisation_id)
        written = [session.scalar(select(func.count()).select_from(table)) for table in (Hire, ImportBatch, ImportLine)]
    assert written == [0, 0, 0]
    with database.write() as session:
        batch = import_hires(session, file=lines, actor=acme, now=now)
    assert {line.line: line.fate for line in plan.lines} == fates(database, batch)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\hires\\march.csv", "march.csv"),
        ("two\nlines.csv", "twolines.csv"),
        ("gpj.\u202ecsv", "gpj.csv"),
        ("n" * 300, "n" * 200),
        ("\x00", "a file without a name"),
        ("", "a file without a name"),
    ],
)
def test_a_file_name_is_only_ever_shown(given: str, shown: str) -> None:
    assert shown_name(given) == shown

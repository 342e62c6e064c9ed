"""A cohort from elsewhere: imported once, scored with a key that says what it is, its groups kept apart."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from assessment.errors import BadInput
from assessment.integrations.imports import responses_file
from assessment.records.applicant import Applicant
from assessment.records.database import Database
from assessment.records.demographic import Demographic
from assessment.records.form import FormVersion
from assessment.records.observation import ImportBatch, ImportLine
from assessment.records.score import Score
from assessment.records.sitting import Response, Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.audit import recent_events, verify_chain
from assessment.services.history import import_responses
from assessment.services.importing import FATES, lines_of
from assessment.services.keyring import key_in_force
from assessment.services.people.accounts import add_organisation
from assessment.services.people.actors import Actor

CODEBOOK = b"""
[form]
code = "shop"
title = "Shop floor"
[[item]]
code = "S*"
columns = ["Best*", "Worst*"]
format = "best_worst"
options = "1..4"
time_column = "Time*"
[[item]]
columns = "Bio"
format = "nominal"
options = "1..3"
[[item]]
columns = "P*"
format = "likert"
options = "1..4"
scale = "calm"
reverse = ["P2"]
[[group]]
column = "Sex"
"""
HEADER = "id,Best1,Worst1,Time1,Bio,P1,P2,P3,Sex\n"
ROWS = ("007,1,2,30,3,1,4,2,female\n", "7,2,1,31.5,2,4,1,,male\n", "x-9,3,4,,1,2,2,3,female\n")
TABLES = (FormVersion, Vacancy, Applicant, Sitting, Response, Score, Demographic, ImportBatch, ImportLine)


def bring_in(
    database: Database, actor: Actor, now: datetime, *rows: str, codebook: bytes = CODEBOOK, vacancy: str = "SHOP-1"
) -> ImportBatch:
    form, people = responses_file((HEADER + "".join(rows)).encode(), codebook, name="cohort.csv")
    with database.write() as session:
        return import_responses(session, form=form, people=people, vacancy_code=vacancy, actor=actor, now=now)


def counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES}


@pytest.fixture
def acme(database: Database, now: datetime) -> Actor:
    with database.write() as session:
        found = add_organisation(session, slug="acme", name="Acme", now=now)
    return Actor(found.id, "analyst of acme", "An Analyst", "analyst")


def test_a_cohort_becomes_applicants_with_imported_sittings_and_scores(database: Database, acme: Actor, now: datetime) -> None:
    batch = bring_in(database, acme, now, *ROWS)
    assert (batch.matched, batch.unmatched, batch.duplicate, batch.rejected) == (3, 0, 0, 0)
    found = counts(database)
    assert (found["applicant"], found["sitting"], found["response"], found["score"]) == (3, 3, 15, 3)
    with database.read() as session:
        assert set(session.scalars(select(Applicant.reference))) == {"007", "7", "x-9"}
        assert set(session.scalars(select(Sitting.state))) == {"imported"}
        vacancy = session.scalars(select(Vacancy)).one()
        assert (vacancy.code, vacancy.title, vacancy.simulated) == ("SHOP-1", "Shop floor", False)
        answers = _answers(database, "7")
        assert answers["S1"] == ('{"best": "2", "worst": "1"}', "answered", 31_500)
        assert answers["Bio"] == ('"2"', "answered", None)
        assert answers["P1"] == ("4", "answered", None)
        assert answers["P3"] == (None, "omitted", None)
        key = key_in_force(session, acme.organisation_id, "shop")
        assert key.grade == "provisional"
        assert "polarity" in key.content["provenance"]["note"]
        assert verify_chain(session).holds


def test_the_same_cohort_again_changes_nothing_and_more_people_are_added(database: Database, acme: Actor, now: datetime) -> None:
    bring_in(database, acme, now, *ROWS)
    before = counts(database)
    again = bring_in(database, acme, now, *ROWS)
    assert (again.matched, again.duplicate) == (0, 3)
    unchanged = counts(database)
    for table in ("form_version", "vacancy", "applicant", "sitting", "response", "score", "demographic"):
        assert unchanged[table] == before[table]
    more = bring_in(database, acme, now, *ROWS, "new,1,3,12,1,3,3,3,male\n")
    assert (more.matched, more.duplicate) == (1, 3)
    assert counts(database)["score"] == 4


def test_two_parallel_imports_of_one_cohort_make_one_set(database: Database, acme: Actor, now: datetime) -> None:
    start = threading.Barrier(2)
    found: list[tuple[int, int]] = []

    def upload() -> None:
        start.wait()
        batch = bring_in(database, acme, now, *ROWS)
        found.append((batch.matched, batch.duplicate))

    threads = [threading.Thread(target=upload) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [(0, 3), (3, 0)]
    assert counts(database)["sitting"] == 3


def test_other_answers_of_a_known_person_are_rejected_and_the_stored_ones_stay(sqlite_database: Database, now: datetime) -> None:
    actor = _organisation(sqlite_database, "acme", now)
    bring_in(sqlite_database, actor, now, *ROWS)
    batch = bring_in(sqlite_database, actor, now, ROWS[0].replace("007,1,2", "007,2,1"), ROWS[1])
    assert (batch.matched, batch.duplicate, batch.rejected) == (0, 1, 1)
    assert _answers(sqlite_database, "007")["S1"][0] == '{"best": "1", "worst": "2"}'


def test_groups_are_sealed_in_the_demographic_store_and_nowhere_else(sqlite_database: Database, now: datetime) -> None:
    actor = _organisation(sqlite_database, "acme", now)
    batch = bring_in(sqlite_database, actor, now, *ROWS, "bad,9,9,,1,2,2,3,female\n")
    assert batch.rejected == 1
    with sqlite_database.read() as session:
        stored = session.scalars(select(Demographic)).all()
        assert len(stored) == 3
        first = stored[0]
        applicant = session.get_one(Applicant, first.applicant_id)
        assert sqlite_database.vault.open("demographic.Sex", applicant.subject, first.value_sealed) == "female"
        kept = [line.text + line.reason for fate in FATES for line in lines_of(session, batch, fate)]
        events = [f"{event.detail}" for event in recent_events(session, actor.organisation_id)]
    assert not any("female" in text for text in [*kept, *events, *map(str, batch.notes.values())])
    on_disk = Path(sqlite_database.url.database or "")
    for file in on_disk.parent.glob(f"{on_disk.name}*"):
        assert b"female" not in file.read_bytes()


def test_a_person_without_any_answer_is_rejected(sqlite_database: Database, now: datetime) -> None:
    actor = _organisation(sqlite_database, "acme", now)
    batch = bring_in(sqlite_database, actor, now, *ROWS, "silent,,,,,,,,male\n")
    assert (batch.matched, batch.rejected) == (3, 1)
    assert counts(sqlite_database)["applicant"] == 3


def test_a_vacancy_of_another_form_refuses_the_cohort_and_nothing_changes(sqlite_database: Database, now: datetime) -> None:
    actor = _organisation(sqlite_database, "acme", now)
    bring_in(sqlite_database, actor, now, *ROWS)
    before = counts(sqlite_database)
    with pytest.raises(BadInput, match="Nothing was imported"):
        bring_in(
            sqlite_database,
            actor,
            now,
            "n,1,2,3,1,2,2,3,male\n",
            codebook=CODEBOOK.replace(b'options = "1..3"', b'options = "1..5"'),
        )
    assert counts(sqlite_database) == before


def test_a_form_without_scales_is_kept_unscored_and_says_so(sqlite_database: Database, now: datetime) -> None:
    actor = _organisation(sqlite_database, "acme", now)
    batch = bring_in(sqlite_database, actor, now, *ROWS, codebook=CODEBOOK.replace(b'scale = "calm"\n', b""))
    assert batch.matched == 3
    assert counts(sqlite_database)["score"] == 0
    assert any(remark.startswith("Not scored.") for remark in batch.notes["remarks"])


def test_two_organisations_may_import_the_same_people(sqlite_database: Database, now: datetime) -> None:
    for slug in ("acme", "globex"):
        actor = _organisation(sqlite_database, slug, now)
        assert bring_in(sqlite_database, actor, now, *ROWS).matched == 3
    assert counts(sqlite_database)["applicant"] == 6


def _organisation(database: Database, slug: str, now: datetime) -> Actor:
    with database.write() as session:
        found = add_organisation(session, slug=slug, name=slug.title(), now=now)
    return Actor(found.id, f"analyst of {slug}", "An Analyst", "analyst")


def _answers(database: Database, reference: str) -> dict[str, tuple[Any, ...]]:
    with database.read() as session:
        query = (
            select(Response)
            .join(Sitting, Sitting.id == Response.sitting_id)
            .join(Applicant, Applicant.id == Sitting.applicant_id)
            .where(Applicant.reference == reference)
        )
        return {row.unit: (row.value, row.state, row.milliseconds) for row in session.scalars(query)}

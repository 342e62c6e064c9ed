"""The Observe pages in a client: a file is shown, confirmed once, reported line by line, and seen by its organisation alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from assessment.app import create_app
from assessment.config import Settings
from assessment.records.database import Database
from assessment.records.observation import CriterionValue, Hire, ImportBatch, ImportLine, QaEvaluation, Upload
from assessment.services.people.accounts import add_organisation, add_staff_member, open_session
from assessment.services.people.applicants import add_applicant

ROOT = Path(__file__).parents[2]
LOCAL = "http://localhost"
HIRES = "applicant_id,employee_id,hired_on,left_on,left_reason\nA1,E1,2025-01-07,,\nA2,E2,2025-01-07,,\n"
MIXED = HIRES + "nobody,E8,,,\nA3,E3,07/01/2025,,\nA1,E1,2025-01-07,,\n"
QA_HEADER = "employee_id,evaluation_id,evaluator_id,evaluated_at,form,form_version,question,construct,score,max_score,source,kind"


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Iterator[Flask]:
    settings = Settings(
        database_url=str(sqlite_database.url),
        secret=b"a secret for tests alone, 32 bytes or more",
        var=tmp_path,
        https=False,
        trusted_hosts=(),
        proxy_hops=0,
        questions=ROOT / "questions",
        worker_name="test",
    )
    made = create_app(settings)
    made.config["WTF_CSRF_ENABLED"] = False
    for slug, simulated in (("acme", False), ("globex", True)):
        _organisation(made, slug, simulated)
    yield made
    made.extensions["database"].dispose()


def _organisation(app: Flask, slug: str, simulated: bool) -> None:
    now = datetime.now(UTC)
    with app.extensions["database"].write() as session:
        found = add_organisation(session, slug=slug, name=slug.title(), now=now)
        for number in range(1, 5):
            add_applicant(
                session, organisation_id=found.id, reference=f"A{number}", name=None, email=None, simulated=simulated, now=now
            )
        for role in ("analyst", "approver", "administrator", "recruiter"):
            add_staff_member(
                session,
                organisation_id=found.id,
                name=f"{role} of {slug}",
                email=f"{role}@{slug}.example",
                role=role,
                password="correct horse battery",
                added_by="test",
                now=now,
            )


def visit(app: Flask, role: str = "analyst", slug: str = "acme") -> FlaskClient:
    from assessment.records.organisation import StaffMember

    client = app.test_client()
    with app.extensions["database"].write() as session:
        name = f"{role} of {slug}"
        member_id = session.scalars(select(StaffMember.id).where(StaffMember.name == name)).one()
        token = open_session(session, staff_member_id=member_id, now=datetime.now(UTC))
    client.set_cookie("attune", token)
    return client


def send(client: FlaskClient, word: str, content: str | bytes, name: str = "march.csv", **fields: str) -> TestResponse:
    data = content.encode() if isinstance(content, str) else content
    return client.post(f"/observe/{word}", data={"file": (io.BytesIO(data), name), **fields}, base_url=LOCAL)


def confirm(client: FlaskClient, word: str, content: str, **fields: str) -> str:
    """Send, look, confirm; the address of the report."""
    preview = send(client, word, content, **fields).headers["Location"]
    assert client.get(preview, base_url=LOCAL).status_code == 200
    return client.post(preview, base_url=LOCAL).headers["Location"]


def counts(app: Flask) -> dict[str, int]:
    tables = (Hire, QaEvaluation, CriterionValue, ImportBatch, ImportLine)
    with app.extensions["database"].read() as session:
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_a_file_is_shown_before_anything_is_imported(app: Flask) -> None:
    client, before = visit(app), counts(app)
    sent = send(client, "hires", MIXED)
    assert sent.status_code == 303
    page = client.get(sent.headers["Location"], base_url=LOCAL)
    assert page.status_code == 200
    for words in ("2 of 5 lines", "no applicant has the reference nobody", "which of the two is the month", "Import 2 lines"):
        assert words in page.text
    assert counts(app) == before


def test_a_confirmed_file_is_imported_once_however_often_the_button_is_pressed(app: Flask) -> None:
    client = visit(app)
    preview = send(client, "hires", MIXED).headers["Location"]
    first = client.post(preview, base_url=LOCAL)
    second = client.post(preview, base_url=LOCAL)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"] == client.get(preview, base_url=LOCAL).headers["Location"]
    assert counts(app) == {"hire": 2, "qa_evaluation": 0, "criterion_value": 0, "import_batch": 1, "import_line": 5}
    report = client.get(first.headers["Location"], base_url=LOCAL)
    assert "2 lines were imported; 2 were left out" in report.text
    with app.extensions["database"].read() as session:
        assert session.scalars(select(Upload.content)).one() == b""


def test_each_fate_can_be_had_as_a_file_that_a_spreadsheet_opens_safely(app: Flask) -> None:
    client = visit(app)
    dangerous = HIRES + '=HYPERLINK("http://x"),E8,,,\n@SUM(1),E9,,,\n'.replace('"', '""').replace(
        "=HYPERLINK(", '"=HYPERLINK('
    ).replace("),E8", ')",E8')
    report = confirm(client, "hires", dangerous)
    answer = client.get(f"{report}/unmatched.csv", base_url=LOCAL)
    assert answer.mimetype == "text/csv"
    assert re.fullmatch(r'attachment; filename="import-\d+-unmatched\.csv"', answer.headers["Content-Disposition"])
    header, *rows = csv.reader(io.StringIO(answer.text))
    assert header[:4] == ["line", "reason", "applicant_id", "employee_id"]
    assert [row[2] for row in rows] == ['\'=HYPERLINK("http://x")', "'@SUM(1)"]
    for fate, n in (("matched", 2), ("duplicate", 0), ("rejected", 0)):
        assert len(client.get(f"{report}/{fate}.csv", base_url=LOCAL).text.splitlines()) == 1 + n
    assert client.get(f"{report}/everything.csv", base_url=LOCAL).status_code == 404


def test_rejected_lines_come_back_under_their_own_header(app: Flask) -> None:
    client = visit(app)
    file = "Employee_ID,note,applicant_id\nE1,first,A1\nE2,second,A2,surplus\n"
    report = confirm(client, "hires", file)
    header, row = csv.reader(io.StringIO(client.get(f"{report}/rejected.csv", base_url=LOCAL).text))
    assert header == ["line", "reason", "employee_id", "note", "applicant_id", "further cells"]
    assert row[2:] == ["E2", "second", "A2", "surplus"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"applicant_id,employee_id\n", "no line below it"),
        (b"applicant_id,person\nA1,E1\n", "no column"),
        (b"PK\x03\x04 xl/workbook.xml", "Excel"),
        (b"applicant_id,employee_id\nA1,\nA2,\n", "Not one of the 2 lines"),
        (b'applicant_id,employee_id\n"A1,E1\n', "quote"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_on_the_page_and_changes_nothing(app: Flask, content: bytes, words: str) -> None:
    client, before = visit(app), counts(app)
    page = send(client, "hires", content)
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert "<title>Error: " in page.text
    assert words in page.text
    assert counts(app) == before
    with app.extensions["database"].read() as session:
        assert session.scalars(select(Upload)).all() == []


def test_no_file_chosen_is_told_at_the_field(app: Flask) -> None:
    page = visit(app).post("/observe/qa", data={}, base_url=LOCAL)
    assert page.status_code == 422
    assert '<a href="#file">Choose a file</a>' in page.text
    assert 'aria-invalid="true"' in page.text


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "CON", "n" * 300 + ".csv", "</script><script>alert(1)</script>.csv", "{{7*7}}.csv"]
)
def test_a_file_name_is_shown_escaped_and_goes_nowhere(app: Flask, name: str) -> None:
    client = visit(app)
    refused = send(client, "hires", "nothing useful", name=name)
    report = client.post(send(client, "hires", HIRES, name=name).headers["Location"], base_url=LOCAL).headers["Location"]
    for page in (refused, client.get(report, base_url=LOCAL), client.get("/observe", base_url=LOCAL)):
        assert "<script>" not in page.text
        assert "etc/" not in page.text
        assert "49.csv" not in page.text
        assert "n" * 201 not in page.text


def test_hostile_cells_are_shown_and_not_obeyed(app: Flask) -> None:
    cell = "</script>{{7*7}}%s<img src=x onerror=alert(1)>"
    client = visit(app)
    preview = client.get(send(client, "hires", f"{HIRES}{cell},E9,,,\n").headers["Location"], base_url=LOCAL)
    assert "&lt;/script&gt;{{7*7}}%s&lt;img" in preview.text
    assert "<img" not in preview.text


@pytest.mark.parametrize(
    ("reliability", "source", "field"),
    [("1.4", "manual", "reliability"), ("much", "manual", "reliability"), ("0.6", "", "reliability_source")],
)
def test_half_a_declared_reliability_is_refused_and_what_was_typed_is_kept(
    app: Flask, reliability: str, source: str, field: str
) -> None:
    page = send(visit(app), "criteria", "employee_id,Care\nE1,3\n", reliability=reliability, reliability_source=source)
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert f'value="{reliability}"' in page.text
    assert f'aria-describedby="{"reliability-hint " if field == "reliability" else ""}{field}-error"' in page.text


def test_evaluations_and_criteria_go_the_same_way(app: Flask) -> None:
    client = visit(app)
    confirm(client, "hires", HIRES)
    rows = "".join(
        f"E{1 + n % 2},{n},R1,2025-06-0{1 + n % 7}T12:00:00Z,Care,1,listened,empathy-attentive,{n % 5},4,qa,human\n"
        for n in range(8)
    )
    confirm(client, "qa", f"{QA_HEADER}\n{rows}")
    report = confirm(client, "criteria", "employee_id,Care\nE1,3\nE2,4\n", reliability="0.62", reliability_source="two raters")
    assert ".62, declared" in client.get(report, base_url=LOCAL).text
    assert counts(app) == {"hire": 2, "qa_evaluation": 8, "criterion_value": 2, "import_batch": 3, "import_line": 12}
    page = client.get("/observe", base_url=LOCAL)
    assert page.status_code == 200
    assert "Recent imports" in page.text


def test_a_file_that_brings_nothing_new_cannot_be_confirmed_by_the_page(app: Flask) -> None:
    client = visit(app)
    confirm(client, "hires", HIRES)
    page = client.get(send(client, "hires", HIRES).headers["Location"], base_url=LOCAL)
    assert "Every line is known already" in page.text
    assert 'aria-disabled="true"' in page.text


def test_a_dropped_or_expired_file_is_gone(app: Flask) -> None:
    client = visit(app)
    dropped = send(client, "hires", HIRES).headers["Location"]
    assert client.post(f"{dropped}/discard", base_url=LOCAL).status_code == 303
    old = send(client, "hires", HIRES).headers["Location"]
    with app.extensions["database"].write() as session:
        session.execute(update(Upload).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    for address in (dropped, old):
        assert client.get(address, base_url=LOCAL).status_code == 404
        assert client.post(address, base_url=LOCAL).status_code == 404
    assert counts(app)["hire"] == 0
    send(client, "hires", HIRES)
    with app.extensions["database"].read() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 1, "what has expired is dropped with the next file"


def test_another_organisation_sees_neither_the_file_nor_the_import(app: Flask) -> None:
    ours, theirs = visit(app), visit(app, slug="globex")
    preview = send(ours, "hires", HIRES).headers["Location"]
    missing = theirs.get("/observe/uploads/nothing-here", base_url=LOCAL)
    for answer in (theirs.get(preview, base_url=LOCAL), theirs.post(preview, base_url=LOCAL)):
        assert (answer.status_code, answer.text) == (404, missing.text)
    report = ours.post(preview, base_url=LOCAL).headers["Location"]
    missing = theirs.get("/observe/imports/999999", base_url=LOCAL)
    for address in (report, f"{report}/matched.csv"):
        answer = theirs.get(address, base_url=LOCAL)
        assert (answer.status_code, answer.text) == (404, missing.text)
    assert "march.csv" not in theirs.get("/observe", base_url=LOCAL).text


def test_approvers_read_and_do_not_send_and_recruiters_see_nothing(app: Flask) -> None:
    report = confirm(visit(app, "administrator"), "hires", HIRES)
    approver, recruiter = visit(app, "approver"), visit(app, "recruiter")
    for address in ("/observe", "/observe/hires", report, f"{report}/matched.csv"):
        assert approver.get(address, base_url=LOCAL).status_code == 200
        assert recruiter.get(address, base_url=LOCAL).status_code == 403
    assert send(approver, "hires", HIRES).status_code == 403
    assert send(recruiter, "hires", HIRES).status_code == 403


def test_what_is_about_invented_people_says_so_on_pages_and_in_files(app: Flask) -> None:
    invented, real = visit(app, slug="globex"), visit(app)
    for client, marked in ((invented, True), (real, False)):
        report = confirm(client, "hires", HIRES)
        assert ("Simulated data" in client.get(report, base_url=LOCAL).text) is marked
        assert ("Simulated data" in client.get("/observe", base_url=LOCAL).text) is marked
        header = client.get(f"{report}/matched.csv", base_url=LOCAL).text.splitlines()[0]
        assert header.endswith("simulated") is marked

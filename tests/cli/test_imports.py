"""The import commands, from bytes on a disk to rows: what is refused changes nothing, what is taken is taken once."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from assessment.app import create_app
from assessment.config import Settings
from assessment.records.applicant import Applicant
from assessment.records.audit import AuditEvent
from assessment.records.database import Database
from assessment.records.observation import CriterionValue, Hire, ImportBatch, ImportLine, QaAnswer, QaEvaluation
from assessment.records.score import Score
from assessment.records.sitting import Response, Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.people.accounts import add_organisation
from assessment.services.people.applicants import add_applicant

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
STORED = (Applicant, Vacancy, Sitting, Response, Score, Hire, QaEvaluation, QaAnswer, CriterionValue)
EVERYTHING = (*STORED, ImportBatch, ImportLine, AuditEvent)

CODEBOOK = """
[form]
code = "care"
title = "Care"
[[item]]
columns = "Q*"
format = "likert"
options = "1..4"
scale = "calm"
"""
QA_HEADER = (
    "employee_id,evaluation_id,evaluator_id,interaction_id,evaluated_at,form,form_version,"
    "question,construct,score,max_score,source,kind,comment"
)


def qa_row(evaluation: str, employee: str = "E1", score: str = "3.5", question: str = "listened") -> str:
    head = f"{employee},{evaluation},R1,call-{evaluation},2025-06-01T12:00:00Z,Care call,1"
    return f"{head},{question},empathy-attentive,{score},4,acme,human,café"


GOOD = {
    "hires": "applicant_id,employee_id,hired_on,left_on,left_reason,comment\nA3,E3,2025-02-01,,,café\nA4,E4,2025-02-03,,,café\n",
    "qa": f"{QA_HEADER}\n{qa_row('1')}\n{qa_row('2', 'E2', '1.5')}\n",
    "criterion": "employee_id,Care,comment\nE1,3.5,café\nE2,4.0,café\n",
    "responses": "id,Q1,Q2,comment\nP1,1,4,café\nP2,2,4,café\n",
}
KINDS = list(GOOD)
NEW_ROWS = {"hires": {"hire": 2}, "qa": {"qa_evaluation": 2, "qa_answer": 2}, "criterion": {"criterion_value": 2}}
NEW_ROWS["responses"] = {"applicant": 2, "vacancy": 1, "sitting": 2, "response": 4, "score": 2}


class Desk:
    """One application with one organisation, and its commands."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app = app
        self.folder = folder
        self.database: Database = app.extensions["database"]

    def run(self, *words: str) -> Result:
        return self.app.test_cli_runner().invoke(args=list(words))

    def bring_in(self, kind: str, content: str | bytes, *more: str, name: str = "file.csv") -> Result:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if kind == "responses":
            (self.folder / "codebook.toml").write_text(CODEBOOK)
            more = ("--codebook", str(self.folder / "codebook.toml"), "--vacancy", "CARE-1", *more)
        return self.run(kind, "import", str(path), *more)

    def counts(self, tables: tuple[Any, ...] = EVERYTHING) -> dict[str, int]:
        with self.database.read() as session:
            return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


@pytest.fixture
def desk(sqlite_database: Database, tmp_path: Path) -> Iterator[Desk]:
    yield from _desk(sqlite_database, tmp_path)


@pytest.fixture
def desk_on_either(database: Database, tmp_path: Path) -> Iterator[Desk]:
    yield from _desk(database, tmp_path)


def _desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    settings = Settings(
        database_url=database.url.render_as_string(hide_password=False).replace("postgresql+psycopg://", "postgresql://"),
        secret=b"a secret for tests alone, 32 bytes or more",
        var=tmp_path,
        https=False,
        trusted_hosts=(),
        proxy_hops=0,
        questions=ROOT / "questions",
        worker_name="test",
    )
    app = create_app(settings)
    made = Desk(app, tmp_path)
    with made.database.write() as session:
        acme = add_organisation(session, slug="acme", name="Acme", now=NOW)
        for number in range(1, 7):
            add_applicant(session, organisation_id=acme.id, reference=f"A{number}", name=None, email=None, simulated=False, now=NOW)
    assert made.bring_in("hires", "applicant_id,employee_id,hired_on\nA1,E1,2025-01-01\nA2,E2,2025-01-01\n").exit_code == 0
    yield made
    app.extensions["database"].dispose()


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - n for name, n in before.items() if after[name] != n}


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_file_is_imported_once_and_again_changes_nothing(desk_on_either: Desk, kind: str) -> None:
    desk = desk_on_either
    before = desk.counts(STORED)
    first = desk.bring_in(kind, GOOD[kind], "--json")
    assert first.exit_code == 0, first.stderr
    report = json.loads(first.stdout)
    assert (report["matched"], report["unmatched"], report["duplicate"], report["rejected"]) == (2, 0, 0, 0)
    after = desk.counts(STORED)
    assert grown(before, after) == NEW_ROWS[kind]
    again = desk.bring_in(kind, GOOD[kind], "--json", name="another name.csv")
    assert again.exit_code == 0, again.stderr
    report = json.loads(again.stdout)
    assert (report["matched"], report["duplicate"], report["rejected"]) == (0, 2, 0)
    assert desk.counts(STORED) == after
    assert desk.run("audit", "verify").exit_code == 0


def _zip(name: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, "x" * 1000)
    return held.getvalue()


def _with_cell(text: str, cell: str) -> str:
    head, first, *rest = text.splitlines()
    return "\n".join([head, first.rpartition(",")[0] + "," + cell, *rest]) + "\n"


REFUSED: dict[str, Callable[[str], bytes]] = {
    "empty": lambda text: b"",
    "blank lines": lambda text: b"\n \r\n\t\n",
    "only a header": lambda text: text.splitlines()[0].encode(),
    "mixed encodings": lambda text: text.encode().replace("café".encode(), "café".encode("cp1252"), 1),
    "NUL byte": lambda text: text.encode().replace("café".encode(), b"caf\x00", 1),
    "UTF-16 without its mark": lambda text: text.encode("utf-16-le"),
    "UTF-32": lambda text: codecs.BOM_UTF32_LE + text.encode("utf-32-le"),
    "unclosed quote": lambda text: _with_cell(text, '"never closed').encode(),
    "duplicate header": lambda text: text.replace("comment", text.split(",")[0], 1).encode(),
    "homoglyph in the header": lambda text: text.replace("employee_id", "еmployee_id", 1).replace("Q1", "Ԛ1", 1).encode(),
    "5 000 columns": lambda text: (",".join([text.splitlines()[0], *(f"c{n}" for n in range(5000))]) + "\n1\n").encode(),
    "1 MB cell": lambda text: _with_cell(text, "x" * 1_000_000).encode(),
    "gzip bomb": lambda text: gzip.compress(b"0" * 10_000_000),
    "xlsx renamed csv": lambda text: _zip("xl/workbook.xml"),
    "zip": lambda text: _zip("data.csv"),
    "PDF": lambda text: b"%PDF-1.7\n" + text.encode(),
    "a web page": lambda text: b"<!doctype html><html><body>" + text.encode(),
    "JSON": lambda text: json.dumps([{"employee_id": "E1"}]).encode(),
    "noise": lambda text: bytes(range(1, 256)) * 40,
    "cut off in a character": lambda text: text.encode().removesuffix(b"\n")[:-1],
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_used_changes_nothing_and_says_why(desk: Desk, case: str) -> None:
    before = desk.counts()
    for kind in KINDS:
        if case == "homoglyph in the header" and kind == "responses":
            continue  # its columns have no fixed names; a codebook that misses one is tested below
        result = desk.bring_in(kind, REFUSED[case](GOOD[kind]), "--json")
        assert result.exit_code == 1, f"{kind}: {result.output}"
        assert result.stdout == ""
        assert len(result.stderr.strip()) > 20, kind
        assert "Traceback" not in result.stderr
        assert desk.counts() == before, f"{kind} changed something"


SAME: dict[str, Callable[[str], bytes]] = {
    "BOM UTF-8": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-16 LE": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16 BE": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "Windows-1252": lambda text: text.encode("cp1252"),
    "CR alone": lambda text: text.replace("\n", "\r").encode(),
    "mixed line ends": lambda text: text.replace("\n", "\r\n", 1).encode(),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "semicolons and decimal commas": lambda text: (
        text.replace(",", ";").replace("3.5", "3,5").replace("1.5", "1,5").replace("4.0", "4,0").encode()
    ),
    "header in other case and spaces": lambda text: "\n".join(
        [text.splitlines()[0].upper().replace(",", " , "), *text.splitlines()[1:]]
    ).encode(),
    "cells in quotes": lambda text: "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in text.splitlines()).encode(),
    "trailing blank lines": lambda text: (text + "\n\n,,\n").encode(),
    "a formula in a column of notes": lambda text: _with_cell(text, '"=HYPERLINK(""http://x"")"').encode(),
    "markup in a column of notes": lambda text: _with_cell(text, "</script>{{7*7}}%s'; DROP TABLE hire;--").encode(),
}


@pytest.mark.parametrize("case", SAME)
def test_a_file_in_other_clothes_brings_the_same(desk: Desk, case: str) -> None:
    for kind in KINDS:
        before = desk.counts(STORED)
        result = desk.bring_in(kind, SAME[case](GOOD[kind]), "--json")
        assert result.exit_code == 0, f"{kind}: {result.stderr}"
        assert grown(before, desk.counts(STORED)) == NEW_ROWS[kind], kind
        again = desk.bring_in(kind, GOOD[kind], "--json")
        assert json.loads(again.stdout)["duplicate"] == 2, f"{kind}: the plain file says the same"


NOT_NUMBERS = ("NaN", "nan", "inf", "-inf", "1e400", "", "N/A", "١٢", "1_000", "100.0001", "-1", "1,000.5", "4 %", "=1+1", "0x1")


@pytest.mark.parametrize("score", NOT_NUMBERS)
def test_a_score_that_is_none_takes_its_evaluation_with_it_and_leaves_the_rest(desk: Desk, score: str) -> None:
    before = desk.counts(STORED)
    cell = f'"{score}"'
    file = "\n".join([QA_HEADER, qa_row("1"), qa_row("1", score=cell, question="paraphrased"), qa_row("2")]) + "\n"
    result = desk.bring_in("qa", file, "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["matched"], report["rejected"]) == (1, 2)
    assert grown(before, desk.counts(STORED)) == {"qa_evaluation": 1, "qa_answer": 1}
    assert "the rest was imported" in result.stderr


@pytest.mark.parametrize("value", ["NaN", "inf", "1e400", "١٢", "1_000", "=1+1", "0x1", "'1'"])
def test_a_criterion_value_that_is_no_number_rejects_its_line(desk: Desk, value: str) -> None:
    before = desk.counts(STORED)
    result = desk.bring_in("criterion", f'employee_id,Care\nE1,"{value}"\nE2,4.0\n', "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["rejected"] == 1
    assert grown(before, desk.counts(STORED)) == {"criterion_value": 1}


@pytest.mark.parametrize("employee", ["", "E\u200b4", "\u202e4E", "E" * 300, "E\x074"])
def test_an_id_with_hidden_characters_rejects_its_line(desk: Desk, employee: str) -> None:
    before = desk.counts(STORED)
    file = f"applicant_id,employee_id,hired_on\nA3,{employee},2025-02-01\nA4,E5,2025-02-01\n"
    result = desk.bring_in("hires", file, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["rejected"] == 1
    assert grown(before, desk.counts(STORED)) == {"hire": 1}


@pytest.mark.parametrize(
    "day", ["01/02/2025", "2-Feb", "45689", "1900-01-00", "1900-01-01", "2096-01-01", "2025-02-30", "=TODAY()"]
)
def test_a_date_that_is_none_or_cannot_be_told_rejects_its_line(desk: Desk, day: str) -> None:
    before = desk.counts(STORED)
    result = desk.bring_in("hires", f"applicant_id,employee_id,hired_on\nA3,E3,{day}\nA4,E4,2025-02-01\n", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["rejected"] == 1
    assert grown(before, desk.counts(STORED)) == {"hire": 1}


@pytest.mark.parametrize("kind", ["hires", "criterion", "responses"])
def test_ragged_lines_are_rejected_and_the_rest_is_taken(desk: Desk, kind: str) -> None:
    head, first, second = GOOD[kind].splitlines()
    result = desk.bring_in(kind, "\n".join([head, first, "too,few", second + ",too,many"]) + "\n", "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["matched"], report["rejected"]) == (1, 2)


def test_a_ragged_line_takes_the_evaluations_with_it_that_it_may_belong_to(desk: Desk) -> None:
    rows = [qa_row("1"), qa_row("2"), qa_row("3") + ",too,many", qa_row("4"), qa_row("5")]
    result = desk.bring_in("qa", "\n".join([QA_HEADER, *rows]), "--json")
    report = json.loads(result.stdout)
    assert (report["matched"], report["rejected"]) == (2, 3)
    assert [line["line"] for line in report["lines"]] == [3, 4, 5]


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_said_twice_counts_once_and_one_that_contradicts_takes_both_away(desk: Desk, kind: str) -> None:
    head, first, second = GOOD[kind].splitlines()
    twice = desk.bring_in(kind, "\n".join([head, first, first, second]), "--json")
    report = json.loads(twice.stdout)
    assert (report["matched"], report["duplicate"], report["rejected"]) == (2, 1, 0)
    if kind != "hires":
        other = {"qa": ("3.5", "2.5"), "criterion": ("3.5", "2.5"), "responses": ("P1,1", "P1,2")}[kind]
        result = desk.bring_in(kind, "\n".join([head, first, first.replace(*other), second]), "--json")
        report = json.loads(result.stdout)
        assert (report["matched"], report["rejected"]) == (0, 2)


def test_evaluations_of_agents_of_another_organisation_are_unmatched(desk: Desk) -> None:
    with desk.database.write() as session:
        globex = add_organisation(session, slug="globex", name="Globex", now=NOW)
        add_applicant(session, organisation_id=globex.id, reference="G1", name=None, email=None, simulated=False, now=NOW)
    assert desk.bring_in("hires", "applicant_id,employee_id\nG1,E77\n", "--organisation", "globex").exit_code == 0
    before = desk.counts(STORED)
    for employee in ("E77", "E78"):
        result = desk.bring_in("qa", f"{QA_HEADER}\n{qa_row('9', employee)}\n", "--organisation", "acme", "--json")
        report = json.loads(result.stdout)
        assert (result.exit_code, report["matched"], report["unmatched"]) == (0, 0, 1)
        assert report["lines"][0]["reason"] == f"no hire has the employee id {employee}", "the same words for both"
    assert desk.counts(STORED) == before


def test_a_preview_says_what_would_happen_and_changes_nothing(desk: Desk) -> None:
    before = desk.counts()
    file = GOOD["qa"] + qa_row("3", "nobody") + "\n" + qa_row("4", score="9") + "\n"
    result = desk.bring_in("qa", file, "--preview", "--json")
    report = json.loads(result.stdout)
    assert (report["import"], report["matched"], report["unmatched"], report["rejected"]) == (None, 2, 1, 1)
    assert "Nothing was changed" in result.stderr
    assert desk.counts() == before


def test_json_stands_alone_on_standard_output(desk: Desk) -> None:
    plain = desk.bring_in("hires", GOOD["hires"])
    assert "2 lines imported" in plain.stdout
    told = desk.bring_in("hires", GOOD["hires"], "--json")
    assert json.loads(told.stdout)["duplicate"] == 2
    assert "2 known already" in told.stderr


def test_a_declared_reliability_is_kept_with_its_source(desk: Desk) -> None:
    result = desk.bring_in("criterion", GOOD["criterion"], "--reliability", "0.7", "--reliability-source", "two raters, 2024")
    assert result.exit_code == 0
    with desk.database.read() as session:
        notes = session.scalars(select(ImportBatch.notes).where(ImportBatch.kind == "criterion")).one()
    assert (notes["reliability"], notes["reliability_source"], notes["criteria"]) == (0.7, "two raters, 2024", ["Care"])


@pytest.mark.parametrize("words", [("--reliability", "0.7"), ("--reliability-source", "manual"), ("--reliability", "much")])
def test_half_a_declaration_is_wrong_use(desk: Desk, words: tuple[str, ...]) -> None:
    before = desk.counts()
    assert desk.bring_in("criterion", GOOD["criterion"], *words).exit_code == 2
    assert desk.counts() == before


def test_an_impossible_reliability_is_refused(desk: Desk) -> None:
    before = desk.counts()
    result = desk.bring_in("criterion", GOOD["criterion"], "--reliability", "1.4", "--reliability-source", "manual")
    assert (result.exit_code, desk.counts()) == (1, before)


def test_a_file_that_is_not_there_is_wrong_use_and_an_unknown_organisation_refused(desk: Desk) -> None:
    assert desk.run("hires", "import", str(desk.folder / "nothing.csv")).exit_code == 2
    assert desk.run("responses", "import", str(desk.folder / "file.csv")).exit_code == 2
    assert desk.bring_in("hires", GOOD["hires"], "--organisation", "initech").exit_code == 1


def test_a_codebook_that_does_not_fit_changes_nothing(desk: Desk) -> None:
    before = desk.counts()
    (desk.folder / "other.toml").write_text(CODEBOOK.replace('"Q*"', '"Z*"'))
    path = desk.folder / "answers.csv"
    path.write_text(GOOD["responses"])
    result = desk.run("responses", "import", str(path), "--codebook", str(desk.folder / "other.toml"), "--vacancy", "CARE-1")
    assert (result.exit_code, desk.counts()) == (1, before)
    assert "Z*" in result.stderr


def test_a_file_name_from_anywhere_is_only_shown(desk: Desk) -> None:
    result = desk.bring_in("hires", GOOD["hires"], "--json", name="two\nlines \u202ename.csv")
    assert json.loads(result.stdout)["file"] == "twolines name.csv"

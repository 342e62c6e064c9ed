"""Whatever a file holds, a reader answers with rows or with a refusal in words; nothing else comes out, and soon."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessment.errors import BadInput
from assessment.integrations.codebook import read_codebook
from assessment.integrations.criterion_csv import read_criterion
from assessment.integrations.delimited import Limits, RefusedLine, read_table
from assessment.integrations.exports import safe_file_name, spreadsheet_safe, write_csv
from assessment.integrations.hires import KNOWN as HIRE_COLUMNS
from assessment.integrations.hires import read_hires
from assessment.integrations.invitations import read_invitations
from assessment.integrations.qa_csv import KNOWN as QA_COLUMNS
from assessment.integrations.qa_csv import read_evaluations
from assessment.integrations.responses_csv import read_responses
from assessment.integrations.values import BadValue, flag, identifier, iso_date, iso_datetime, number, whole_number

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CODEBOOK = read_codebook("""
[form]
code = "f"
title = "t"
[[item]]
code = "S*"
columns = ["M*", "L*"]
format = "best_worst"
options = "1..4"
[[item]]
columns = "Q*"
format = "likert"
options = "1..4"
[[group]]
column = "G"
""")
RESPONSE_COLUMNS = ("id", "M1", "L1", "Q1", "Q2", "G")
READERS: dict[str, tuple[tuple[str, ...], Callable[[bytes], object]]] = {
    "table": (("a", "b"), lambda data: read_table(data, required=("a",), known=("a", "b"))),
    "hires": (HIRE_COLUMNS, lambda data: read_hires(data, now=NOW)),
    "evaluations": (QA_COLUMNS, lambda data: read_evaluations(data, now=NOW)),
    "criterion": (("employee_id", "x", "y"), read_criterion),
    "responses": (RESPONSE_COLUMNS, lambda data: read_responses(data, CODEBOOK)),
    "invitations": (("email", "name", "reference"), read_invitations),
}
HOSTILE = [
    "",
    "NA",
    "1",
    "0",
    "4",
    "-1",
    "1.5",
    "NaN",
    "inf",
    "1e400",
    "-0",
    "1_000",
    "١٢",
    "12,5",
    "12;5",
    "007",
    "1e5",
    "2-Feb",
    "2026-03-14",
    "2026-03-14T10:00Z",
    "9999-12-31",
    "03/04/2026",
    "=1+1",
    "@x",
    "\t",
    "＝1",
    "a\u200bb",
    "a\u202eb",
    "\ufeff",
    "\x07",
    '"',
    '"a',
    'a"b',
    "a\nb",
    "\r",
    "E1",
    "E2",
    "human",
    "automatic",
    "process",
    "empathy-cognitive",
    "yes",
    "no",
    "a@b.org",
    "Ana <a@b.org>",
    "</script>",
    "{{7*7}}",
    "%s",
    "x" * 300,
    "é",
    "🙂",
]
cells = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))
fuzz = settings(max_examples=150, deadline=timedelta(seconds=5), suppress_health_check=[HealthCheck.too_slow])


def lines_of(found: object) -> list[RefusedLine]:
    return [*getattr(found, "refused", ()), *getattr(found, "duplicates", ())]


def survives(read: Callable[[bytes], object], data: bytes) -> None:
    try:
        found = read(data)
    except BadInput as refusal:
        assert refusal.faults
        assert all(fault.where and fault.message for fault in refusal.faults)
        return
    numbers = [line.line for line in lines_of(found)]
    assert len(set(numbers)) == len(numbers)
    assert all(line.reason for line in lines_of(found))
    if hasattr(found, "rows"):
        assert len(list(found.rows)) == found.n_rows


@pytest.mark.parametrize("name", READERS)
@fuzz
@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    survives(READERS[name][1], data)


@pytest.mark.parametrize("name", READERS)
@fuzz
@given(data=st.data())
def test_any_table_is_read_or_refused(name: str, data: st.DataObject) -> None:
    columns, read = READERS[name]
    width = len(columns)
    rows = data.draw(st.lists(st.lists(cells, min_size=max(width - 1, 1), max_size=width + 1), max_size=8))
    header = data.draw(st.permutations([*columns, *data.draw(st.lists(cells, max_size=2))]))
    separator = data.draw(st.sampled_from(",;\t|"))
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator=data.draw(st.sampled_from(["\n", "\r\n", "\r"])))
    writer.writerow(header if data.draw(st.booleans()) else columns)
    writer.writerows(rows)
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    whole = buffer.getvalue().encode(encoding, "replace")
    cut = data.draw(st.integers(0, len(whole))) if data.draw(st.booleans()) else len(whole)
    survives(read, whole[:cut])


# Ids meet often; source and version are those of the good lines or none, so that an id says which evaluation is meant.
meeting = {
    "evaluation_id": st.sampled_from(["V1", "V2", ""]),
    "source": st.sampled_from(["s", ""]),
    "form_version": st.sampled_from(["1", ""]),
}


@fuzz
@given(rows=st.lists(st.fixed_dictionaries({name: st.sampled_from(HOSTILE) for name in QA_COLUMNS} | meeting), max_size=6))
def test_an_evaluation_is_never_half_imported(rows: list[dict[str, str]]) -> None:
    good = {
        **dict.fromkeys(QA_COLUMNS, ""),
        "employee_id": "E1",
        "evaluator_id": "R1",
        "evaluated_at": "2026-03-14",
        "form": "F",
        "form_version": "1",
        "construct": "process",
        "score": "1",
        "max_score": "4",
        "source": "s",
        "kind": "human",
    }
    lines = [{**good, "evaluation_id": name, "question": question} for name in ("V1", "V2") for question in "ab"] + rows
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, QA_COLUMNS)
    writer.writeheader()
    writer.writerows(lines)
    found = read_evaluations(buffer.getvalue().encode(), now=NOW)
    kept = {evaluation.evaluation_id for evaluation in found.evaluations}
    for line in found.refused:
        entry = next(csv.reader([line.raw.replace("\n", " ").replace("\r", " ")]))
        assert entry[QA_COLUMNS.index("evaluation_id")] not in kept


@fuzz
@given(text=st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE)))
def test_any_cell_is_a_value_or_a_complaint_in_printable_words(text: str) -> None:
    for read in (number, whole_number, flag, iso_date, iso_datetime, identifier):
        try:
            read(text)
        except BadValue as complaint:
            assert str(complaint).isprintable()


@fuzz
@given(rows=st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=2, max_size=2), max_size=8))
def test_exports_read_back_what_was_written(rows: list[list[str]]) -> None:
    text = "".join(write_csv(("a", "b"), rows))
    back = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert back == [[spreadsheet_safe(cell.replace("\x00", "")) for cell in row] for row in rows]


@fuzz
@given(name=st.text(max_size=300))
def test_any_file_name_becomes_a_safe_one(name: str) -> None:
    safe = safe_file_name(name)
    assert 0 < len(safe) <= 100
    assert safe.isascii()
    assert not set(safe) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert not safe.startswith(".")
    assert safe_file_name(safe) == safe


@fuzz
@given(text=st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_any_codebook_is_read_or_refused(text: str | bytes) -> None:
    try:
        read_codebook(text)
    except BadInput as refusal:
        assert refusal.faults


def test_a_table_never_holds_more_refusals_than_its_limit() -> None:
    with pytest.raises(BadInput):
        read_hires(b"applicant_id,employee_id\n" + b",\xc3\xa9\n" * 2_000, now=NOW, limits=Limits(refused=1_000))

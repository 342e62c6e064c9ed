"""Who was hired: dates that can be, each applicant and each employee once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from assessment.errors import BadInput
from assessment.integrations.hires import HireFile, HireLine, read_hires

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HEADER = "applicant_id,employee_id,hired_on,left_on,left_reason\n"


def read(lines: str, header: str = HEADER) -> HireFile:
    return read_hires((header + lines).encode(), now=NOW)


def test_hires_are_read_with_and_without_dates() -> None:
    found = read("A1,E1,2026-01-05,2026-06-30,moved away\n007,E2,2026-01-05,,\nA3,E3,,,\n")
    assert found.hires == (
        HireLine(2, "A1", "E1", date(2026, 1, 5), date(2026, 6, 30), "moved away"),
        HireLine(3, "007", "E2", date(2026, 1, 5), None, None),
        HireLine(4, "A3", "E3", None, None, None),
    )
    assert found.refused == found.duplicates == ()
    assert found.notes == ("1 of 3 hires have no date.",)
    assert found.columns == ("applicant_id", "employee_id", "hired_on", "left_on", "left_reason")


def test_two_columns_are_enough() -> None:
    assert [hire.employee_id for hire in read("A1,E1\n", "applicant_id,employee_id\n").hires] == ["E1"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",E1,,,", "applicant_id is empty"),
        ("A1,,,,", "employee_id is empty"),
        ("A1,E\u200b1,,,", "employee_id"),
        ("A1,E1,05/01/2026,,", "hired_on '05/01/2026' is not written as year-month-day"),
        ("A1,E1,1900-01-01,,", "hired_on '1900-01-01' is what spreadsheets"),
        ("A1,E1,2027-01-01,,", "hired_on '2027-01-01' is in the future"),
        ("A1,E1,2026-06-30,2026-01-05,", "left_on 2026-01-05 is before hired_on 2026-06-30"),
        ("A1,E1,,2026-02-30,", "left_on"),
        ("A1,E1,,," + "x" * 201, "left_reason"),
        ("A1,E1", "has 2 cells"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_its_column(line: str, reason: str) -> None:
    found = read(f"{line}\nA9,E9,,,\n")
    assert [hire.applicant_id for hire in found.hires] == ["A9"]
    assert [refusal.line for refusal in found.refused] == [2]
    assert found.refused[0].reason.startswith(reason)
    assert found.refused[0].raw == line


def test_the_same_line_twice_is_a_duplicate() -> None:
    found = read("A1,E1,,,\nA1,E1,,,\n")
    assert len(found.hires) == 1
    assert [(line.line, line.reason) for line in found.duplicates] == [(3, "says the same as line 2")]
    assert found.refused == ()


def test_an_applicant_with_two_employee_ids_loses_both_lines() -> None:
    found = read("A1,E1,,,\nA2,E2,,,\nA1,E3,,,\n")
    assert [hire.applicant_id for hire in found.hires] == ["A2"]
    assert [line.line for line in found.refused] == [2, 4]
    assert found.refused[0].reason == "applicant_id 'A1' stands on lines 2, 4 with different values; none of them was kept"


def test_an_employee_who_was_two_applicants_loses_both_lines() -> None:
    found = read("A1,E1,,,\nA2,E1,,,\nA2,E1,,,\n")
    assert found.hires == ()
    assert [line.line for line in found.refused] == [2, 3]
    assert [line.line for line in found.duplicates] == [4]


def test_ids_that_a_spreadsheet_rewrote_are_pointed_out() -> None:
    found = read("A1,1E+05,,,\nA2,2E+05,,,\n2-Feb,E3,,,\n")
    assert len(found.hires) == 3
    assert any("'1E+05'" in note and "1 more" in note for note in found.notes)
    assert any("'2-Feb'" in note for note in found.notes)


def test_a_file_of_something_else_is_refused_whole() -> None:
    with pytest.raises(BadInput, match="no column 'applicant_id'"):
        read_hires(b"name,score\nAna,3\n", now=NOW)

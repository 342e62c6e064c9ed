"""Responses of a form delivered elsewhere: values as declared, groups apart, each person once."""

from __future__ import annotations

import pytest

from assessment.errors import BadInput
from assessment.integrations.codebook import read_codebook
from assessment.integrations.responses_csv import ResponseFile, read_responses

CODEBOOK = read_codebook("""
missing = [-99, "skipped"]
[form]
code = "f1"
title = "A form"
instruction = "would_do"
[id]
column = "person"
[[item]]
code = "SJ_*"
columns = ["Most_*", "Least_*"]
format = "best_worst"
options = "1..4"
time_column = "Time_*"
[[item]]
columns = "Bio"
format = "nominal"
options = ["north", "south", "3"]
[[item]]
columns = "Count_[ab]"
format = "count"
options = "0..9"
time_column = "Count_time"
[[item]]
columns = "Likert"
format = "likert"
options = ["never", "some times", "always"]
[[criterion]]
column = "Rating"
[[group]]
column = "Group"
""")
HEADER = "person,Most_1,Least_1,Time_1,Bio,Count_a,Count_b,Count_time,Likert,Rating,Group\n"
FULL = "P1,1,4,12.5,north,0,9,30,always,3.5,women\n"


def read(lines: str, header: str = HEADER) -> ResponseFile:
    return read_responses((header + lines).encode(), CODEBOOK)


def told(found: ResponseFile) -> dict[int, str]:
    return {line.line: line.reason for line in found.refused}


def test_a_full_line_is_read_in_all_its_parts() -> None:
    found = read(FULL)
    person = found.people[0]
    assert (person.line, person.person_id) == (2, "P1")
    assert person.responses == {
        "SJ_1": {"best": "1", "worst": "4"},
        "Bio": "north",
        "Count_a": 0,
        "Count_b": 9,
        "Likert": 3,
    }
    assert person.times == {"SJ_1": 12500}
    assert person.shared_times == {"Count_time": 30000}
    assert person.criteria == {"Rating": 3.5}
    assert person.groups == {"Group": "women"}
    assert (found.criteria, found.groups, found.refused, found.notes) == (("Rating",), ("Group",), (), ())
    assert [item["code"] for item in found.content["items"]] == ["SJ_1", "Bio", "Count_a", "Count_b", "Likert"]
    assert found.content["instruction"] == "would_do"


def test_missing_cells_have_no_entry_and_silent_people_are_noted() -> None:
    found = read(FULL + "P2,,NA,-99,skipped,,NA,,-99,NA,\n")
    silent = found.people[1]
    assert (silent.responses, silent.times, silent.shared_times, silent.criteria, silent.groups) == ({}, {}, {}, {}, {})
    assert "1 of 2 people answered nothing (line 3)." in found.notes


def test_options_are_known_without_regard_to_letter_case_spaces_and_a_decimal_nought() -> None:
    found = read("P1,1.0,4.,0,NORTH,3.0,1,,Some  Times,,\nP2,1,2,,3.00,1,1,,NEVER,,\n")
    assert found.refused == ()
    assert found.people[0].responses == {
        "SJ_1": {"best": "1", "worst": "4"},
        "Bio": "north",
        "Count_a": 3,
        "Count_b": 1,
        "Likert": 2,
    }
    assert found.people[1].responses["Bio"] == "3"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("P1,5,4,1,north,0,9,30,always,3,w", "Most_1 '5' is not one of 1, 2, 3, 4"),
        ("P1,1,0,1,north,0,9,30,always,3,w", "Least_1 '0' is not one of"),
        ("P1,5,,1,north,0,9,30,always,3,w", "Most_1 '5' is not one of"),
        ("P1,2,2,1,north,0,9,30,always,3,w", "Most_1 and Least_1 both say '2'; best and worst differ"),
        ("P1,1,4,1,west,0,9,30,always,3,w", "Bio 'west' is not one of north, south, 3"),
        ("P1,1,4,1,north,10,9,30,always,3,w", "Count_a '10' is not from 0 to 9"),
        ("P1,1,4,1,north,2.5,9,30,always,3,w", "Count_a '2.5' is not a whole number"),
        ("P1,1,4,1,north,\u0661,9,30,always,3,w", "Count_a '\u0661' is not written with the digits"),
        ("P1,1,4,1,north,0,9,30,4,3,w", "Likert '4' is not one of never, some times, always"),
        ("P1,1,4,-1,north,0,9,30,always,3,w", "Time_1 '-1' is not from 0"),
        ("P1,1,4,1e9,north,0,9,30,always,3,w", "Time_1 '1e9' is not from 0"),
        ("P1,1,4,1,north,0,9,soon,always,3,w", "Count_time 'soon' is not a number"),
        ("P1,1,4,1,north,0,9,30,always,nan,w", "Rating 'nan' is not a number"),
        (",1,4,1,north,0,9,30,always,3,w", "person is empty"),
        ("NA,1,4,1,north,0,9,30,always,3,w", "person is empty"),
        ("P\u202e1,1,4,1,north,0,9,30,always,3,w", "person"),
        ("P1,1,4", "has 3 cells; the header has 11"),
    ],
)
def test_a_cell_that_says_something_else_refuses_its_line_and_is_named(line: str, reason: str) -> None:
    found = read(f"{line}\nP9,1,4,1,north,0,9,30,always,3,w\n")
    assert [person.person_id for person in found.people] == ["P9"]
    assert told(found)[2].startswith(reason)


def test_a_best_without_a_worst_is_no_answer_and_is_counted() -> None:
    found = read("P1,1,,,north,,,,,,\nP2,,4,,north,,,,,,\n")
    assert [set(person.responses) for person in found.people] == [{"Bio"}, {"Bio"}]
    assert any(note.startswith("2 answers name a best option without a worst") for note in found.notes)


def test_reports_never_hold_group_membership_or_columns_that_nobody_declared() -> None:
    header = HEADER.replace("\n", ",Age\n")
    found = read(
        "P1,5,4,1,north,0,9,30,always,3,women,61\nP2,1,4,women\nP3,,,,,,,,,,women\u202e,61\nP4,,,,,,,,,,men,\nP4,,,,,,,,,,men,61\n",
        header,
    )
    report = [(line.line, line.raw, line.reason) for line in (*found.refused, *found.duplicates)]
    assert [line for line, _, _ in report] == [2, 3, 4, 6]
    assert not any("women" in text or "men" in text or "61" in text for _, *texts in report for text in texts)
    assert found.refused[0].raw == "P1,5,4,1,north,0,9,30,always,3,,"


def test_a_person_twice_is_a_duplicate_or_a_conflict() -> None:
    found = read(FULL + FULL + "P2,,,,north,,,,,,\nP2,,,,south,,,,,,\n")
    assert [person.person_id for person in found.people] == ["P1"]
    assert [line.line for line in found.duplicates] == [3]
    assert told(found)[4] == "person 'P2' stands on lines 4, 5 with different values; none of them was kept"


def test_columns_without_a_declaration_and_items_without_answers_are_noted() -> None:
    found = read("P1,1,4,,north,,,,,,,x\n", HEADER.replace("\n", ",extra\n"))
    assert "Columns that the codebook does not name, which were left out: extra." in found.notes
    assert "Items that nobody answered: Count_a, Count_b, Likert." in found.notes


def test_the_first_column_is_the_id_unless_the_codebook_says_otherwise() -> None:
    codebook = read_codebook('[form]\ncode="f"\ntitle="t"\n[[item]]\ncolumn="Q1"\nformat="likert"\noptions="1..4"\n')
    assert read_responses(b"who,Q1\n007,3\n", codebook).people[0].person_id == "007"
    with pytest.raises(BadInput, match="no name above its first column"):
        read_responses(b",who,Q1\n1,007,3\n", codebook)


def test_a_file_that_the_codebook_does_not_fit_is_refused_whole() -> None:
    with pytest.raises(BadInput, match="does not fit the file"):
        read("P1,1\n", "person,Q1\n")

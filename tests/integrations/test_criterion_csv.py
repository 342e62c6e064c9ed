"""A criterion made elsewhere: numbers or nothing, each agent once."""

from __future__ import annotations

import time

import pytest

from assessment.errors import BadInput
from assessment.integrations.criterion_csv import CriterionFile, read_criterion


def read(text: str, **options: object) -> CriterionFile:
    return read_criterion(text.encode(), **options)  # type: ignore[arg-type]  # options of one call


def values(found: CriterionFile) -> dict[str, dict[str, float]]:
    return {agent.employee_id: dict(agent.values) for agent in found.agents}


def test_every_numeric_column_is_a_criterion_and_missing_values_have_no_entry() -> None:
    found = read("Employee_ID,Service,Team\nE1,3.5,4\nE2,NA,-1\nE3,,2e0\nE4,N/A,\n")
    assert found.criteria == ("Service", "Team")
    assert values(found) == {"E1": {"Service": 3.5, "Team": 4}, "E2": {"Team": -1}, "E3": {"Team": 2}, "E4": {}}
    assert found.refused == ()


def test_named_criteria_alone_are_read_when_they_are_named() -> None:
    found = read("employee_id,Service,Team\nE1,3,4\nE2,4,4\nE3,5,1\n", criteria=["team"])
    assert found.criteria == ("team",)
    assert values(found)["E1"] == {"team": 4}
    with pytest.raises(BadInput, match="no column 'Teams'; near it: 'Team'"):
        read("employee_id,Service,Team\nE1,3,4\n", criteria=["Teams"])


@pytest.mark.parametrize("cell", ["nan", "inf", "1e400", "1_000", "\u0661", '"12,5"', "high"])
def test_a_cell_that_is_no_number_refuses_its_line(cell: str) -> None:
    found = read(f"employee_id,Service\nE1,3\nE2,{cell}\n")
    assert list(values(found)) == ["E1"]
    assert found.refused[0].line == 3
    assert found.refused[0].reason.startswith("Service ")


def test_decimal_commas_are_read_from_a_file_with_semicolons() -> None:
    found = read("employee_id;Service\nE1;3,5\nE2;4\nE3;4.5\n")
    assert values(found) == {"E1": {"Service": 3.5}, "E2": {"Service": 4}}
    assert "decimal comma" in found.refused[0].reason


def test_a_column_of_words_is_no_criterion_and_a_note_says_so() -> None:
    found = read("employee_id,team,Service\nE1,north,3\nE2,south,4\nE3,,5\n")
    assert found.criteria == ("Service",)
    assert any(note.startswith("Column 'team' holds no number") and "line 2" in note for note in found.notes)


@pytest.mark.parametrize("text", ["employee_id\nE1\n", "employee_id,team\nE1,north\n", "employee_id,x\nE1,\nE2,NA\n"])
def test_a_file_without_any_criterion_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no criterion"):
        read(text)


def test_a_constant_criterion_and_one_with_too_few_values_are_pointed_out() -> None:
    found = read("employee_id,Same,Rare\nE1,3,1\nE2,3.0,\nE3,3,\n")
    assert "Same is 3 for everybody; nothing can be correlated with it." in found.notes
    assert "Rare has 1 value; nothing can be correlated with it." in found.notes
    assert "Rare is missing for 2 of 3 agents." in found.notes


def test_an_agent_twice_is_a_duplicate_or_a_conflict() -> None:
    found = read("employee_id,Service\nE1,3\nE1,3.0\nE2,1\nE2,2\n7,1\n007,1\n")
    assert list(values(found)) == ["E1", "7", "007"]
    assert [line.line for line in found.duplicates] == [3]
    assert [line.line for line in found.refused] == [4, 5]


def test_a_criterion_with_an_endless_name_is_refused() -> None:
    with pytest.raises(BadInput, match="name is longer than 100"):
        read("employee_id," + "x" * 150 + "\nE1,3\n")


def test_hundreds_of_columns_of_words_take_no_time_to_dismiss() -> None:
    header = "employee_id," + ",".join(f"c{n}" for n in range(480))
    data = (header + "\n" + "\n".join(f"E{n}," + ",".join(["1x"] * 480) for n in range(2_000))).encode()
    begin = time.process_time()
    with pytest.raises(BadInput, match="no criterion"):
        read_criterion(data)
    assert time.process_time() - begin < 8

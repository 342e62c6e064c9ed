"""QA evaluations in long form: whole evaluations or none, said once, never in conflict."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assessment.errors import BadInput
from assessment.integrations.evaluations import Evaluation
from assessment.integrations.qa_csv import KNOWN, REQUIRED, EvaluationFile, read_evaluations

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LINE = {
    "employee_id": "E1",
    "evaluation_id": "V1",
    "evaluator_id": "R1",
    "interaction_id": "C1",
    "evaluated_at": "2026-03-14T10:00:00Z",
    "channel": "phone",
    "contact_type": "billing",
    "form": "Care",
    "form_version": "3",
    "section": "Empathy",
    "question": "Listened",
    "construct": "empathy-attentive",
    "score": "3",
    "max_score": "4",
    "weight": "10",
    "not_applicable": "0",
    "critical": "0",
    "auto_fail": "0",
    "source": "genesys",
    "kind": "human",
}
COLUMNS = list(LINE)


def file_of(*lines: dict[str, str], columns: list[str] = COLUMNS) -> bytes:
    rows = [{**LINE, **line} for line in lines]
    return "\n".join([",".join(columns), *(",".join(row.get(name, "") for name in columns) for row in rows), ""]).encode()


def read(*lines: dict[str, str], columns: list[str] = COLUMNS) -> EvaluationFile:
    return read_evaluations(file_of(*lines, columns=columns), now=NOW)


def ids(found: EvaluationFile) -> list[str]:
    return [evaluation.evaluation_id for evaluation in found.evaluations]


def told(found: EvaluationFile) -> dict[int, str]:
    return {line.line: line.reason for line in found.refused}


def test_the_columns_are_those_of_the_contract() -> None:
    assert set(KNOWN) == set(COLUMNS)


def test_lines_of_one_evaluation_are_gathered_wherever_they_stand() -> None:
    found = read({}, {"evaluation_id": "V2"}, {"question": "Solved", "construct": "Resolution", "score": "0", "critical": "1"})
    assert found.refused == found.duplicates == found.notes == ()
    assert ids(found) == ["V1", "V2"]
    first = found.evaluations[0]
    assert (first.employee_id, first.evaluator_id, first.kind, first.auto_fail) == ("E1", "R1", "human", False)
    assert first.evaluated_at == datetime(2026, 3, 14, 10, tzinfo=UTC)
    assert [(a.line, a.section, a.question, a.construct, a.score, a.max_score, a.weight, a.critical) for a in first.answers] == [
        (2, "Empathy", "Listened", "empathy-attentive", 3, 4, 10, False),
        (4, "Empathy", "Solved", "resolution", 0, 4, 10, True),
    ]


def test_optional_columns_may_be_absent_and_a_note_says_what_stands_in_for_them() -> None:
    found = read({}, columns=list(REQUIRED))
    answer = found.evaluations[0].answers[0]
    assert (answer.weight, answer.not_applicable, answer.critical, answer.section) == (1, False, False, "")
    assert found.evaluations[0].channel == ""
    assert found.notes[0].startswith("Columns that are not there: interaction_id, channel")


def test_extra_columns_become_notes_of_their_answer() -> None:
    found = read({"comment": "spoke <b>softly</b>", "team": ""}, columns=[*COLUMNS, "comment", "team"])
    assert found.evaluations[0].answers[0].notes == {"comment": "spoke <b>softly</b>"}


def test_not_applicable_wins_over_a_score_and_a_note_counts_it() -> None:
    found = read({"not_applicable": "1", "score": "0"}, {"question": "b", "not_applicable": "yes", "score": ""})
    assert [answer.score for answer in found.evaluations[0].answers] == [None, None]
    assert "1 answers have a score and are not applicable; the score was left out." in found.notes


def test_auto_fail_on_any_line_marks_the_evaluation_and_changes_no_score() -> None:
    found = read({}, {"question": "b", "auto_fail": "1"})
    assert found.evaluations[0].auto_fail
    assert [answer.score for answer in found.evaluations[0].answers] == [3, 3]


def test_an_automatic_evaluation_may_lack_an_evaluator() -> None:
    assert read({"kind": "automatic", "evaluator_id": ""}).evaluations[0].evaluator_id == "genesys"
    assert "human evaluation needs one" in told(read({"evaluator_id": ""}, {"evaluation_id": "V2"}))[2]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ({"employee_id": ""}, "employee_id is empty"),
        ({"employee_id": "E\u202e1"}, "employee_id"),
        ({"evaluated_at": ""}, "evaluated_at is empty"),
        ({"evaluated_at": "03/04/2026 10:00"}, "evaluated_at '03/04/2026 10:00' is not written as year-month-day (which"),
        ({"evaluated_at": "2026-11-04T10:00Z"}, "evaluated_at '2026-11-04T10:00Z' is in the future"),
        ({"evaluated_at": "1900-01-01"}, "evaluated_at '1900-01-01' is what spreadsheets"),
        ({"form": ""}, "form is empty"),
        ({"form_version": ""}, "form_version is empty"),
        ({"source": ""}, "source is empty"),
        ({"kind": "robot"}, "kind 'robot' is none of human, automatic, calibration"),
        ({"question": ""}, "question is empty"),
        ({"question": "q" * 201}, "question"),
        ({"construct": ""}, "construct is empty"),
        ({"construct": "empathy"}, "construct 'empathy' is none of empathy-attentive"),
        ({"score": ""}, "score is empty; if the question did not apply"),
        ({"score": "NaN"}, "score 'NaN' is not a number"),
        ({"score": "N/A"}, "score 'N/A' is not a number"),
        ({"score": "1e400"}, "score '1e400' is too large"),
        ({"score": '"2,5"'}, "score '2,5' has a decimal comma"),
        ({"score": "4.0001"}, "score '4.0001' is not from 0 to max_score 4"),
        ({"score": "-1"}, "score '-1' is not from 0"),
        ({"max_score": "0"}, "max_score '0' is not above 0"),
        ({"max_score": ""}, "max_score is empty"),
        ({"weight": "-1"}, "weight '-1' is below 0"),
        ({"weight": "inf"}, "weight 'inf' is not a number"),
        ({"not_applicable": "maybe"}, "not_applicable 'maybe' is not 0 or 1"),
        ({"critical": "2"}, "critical '2'"),
        ({"auto_fail": "x"}, "auto_fail 'x'"),
        ({"channel": "c" * 41}, "channel"),
    ],
)
def test_a_bad_line_is_refused_and_takes_its_evaluation_with_it(cell: dict[str, str], reason: str) -> None:
    found = read({}, {"question": "b", **cell}, {"question": "c"}, {"evaluation_id": "V2"})
    assert ids(found) == ["V2"]
    reasons = told(found)
    assert list(reasons) == [2, 3, 4]
    assert reasons[3].startswith(reason)
    assert reasons[2].startswith("was left out with the rest of evaluation 'V1': line 3 cannot be used")
    assert all(line.raw for line in found.refused)


def test_a_line_that_is_cut_off_takes_its_evaluation_with_it() -> None:
    data = file_of({}, {"evaluation_id": "V2"}, {"evaluation_id": "V2", "question": "b"})
    found = read_evaluations(data[: -len(",human\n")], now=NOW)
    assert ids(found) == ["V1"]
    assert list(told(found)) == [3, 4]


def test_a_line_that_says_nothing_of_its_evaluation_takes_both_neighbours() -> None:
    found = read({}, {"evaluation_id": "V2"}, {"evaluation_id": ""}, {"evaluation_id": "V3"}, {"evaluation_id": "V4"})
    assert ids(found) == ["V1", "V4"]
    assert "line 4 cannot be used and may belong to it" in told(found)[3]


def test_lines_that_disagree_about_their_evaluation_refuse_it() -> None:
    found = read({}, {"question": "b", "employee_id": "E2"}, {"evaluation_id": "V2"})
    assert ids(found) == ["V2"]
    assert told(found)[3] == "employee_id 'E2' differs from 'E1' on line 2 of the same evaluation"


def test_a_line_said_again_is_a_duplicate() -> None:
    found = read({}, {"question": "b"}, {}, {"question": "b"})
    assert len(found.evaluations[0].answers) == 2
    assert [(line.line, line.reason) for line in found.duplicates] == [
        (4, "says the same as line 2"),
        (5, "says the same as line 3"),
    ]
    assert found.refused == ()


def test_the_same_question_with_another_score_is_a_conflict() -> None:
    found = read({}, {}, {"score": "1"}, {"evaluation_id": "V2"})
    assert ids(found) == ["V2"]
    assert told(found)[4] == "question 'Listened' is on line 2 with other values"
    assert found.duplicates == ()
    assert list(told(found)) == [2, 3, 4]


def test_the_same_id_in_another_source_or_version_is_another_evaluation() -> None:
    found = read({}, {"source": "connect", "score": "1"}, {"form_version": "4", "score": "2"})
    assert len(found.evaluations) == 3


def test_times_without_an_offset_and_days_are_counted_in_the_notes() -> None:
    found = read(
        {"evaluated_at": "2026-03-14 10:00"}, {"evaluation_id": "V2", "evaluated_at": "2026-03-15"}, {"evaluation_id": "V3"}
    )
    assert "1 evaluations have a time without an offset; it was taken to be UTC." in found.notes
    assert "1 evaluations have a day without a time; it was taken to be midnight UTC." in found.notes


def test_hostile_text_is_only_text() -> None:
    words = ["</script>", "{{7*7}}", "%s%n", "'; drop table qa_answer; --", "=HYPERLINK(A1)"]
    found = read(*({"question": word, "section": word} for word in words))
    assert [answer.question for answer in found.evaluations[0].answers] == words


def test_semicolons_with_decimal_commas_are_read() -> None:
    data = (
        file_of({"score": "2,5"}, {"question": "b", "score": "3"}).replace(b"2,5", b"2|5").replace(b",", b";").replace(b"|", b",")
    )
    assert [answer.score for answer in read_evaluations(data, now=NOW).evaluations[0].answers] == [2.5, 3]


def test_a_file_without_a_needed_column_is_refused_whole() -> None:
    with pytest.raises(BadInput, match="no column 'construct'"):
        read({}, columns=[name for name in COLUMNS if name != "construct"])


def test_a_file_of_many_evaluations_is_read_whole() -> None:
    lines = [",".join(COLUMNS)]
    tail = "empathy-cognitive,{},4,10,0,0,0,genesys,human"
    for evaluation in range(2_000):
        head = (
            f"E{evaluation % 300},V{evaluation},R{evaluation % 12},C{evaluation},2026-03-14T10:00:00Z,phone,billing,Care,3,Empathy"
        )
        lines += [f"{head},Question {n},{tail.format((evaluation * n) % 5)}" for n in range(10)]
    data = "\n".join(lines).encode()
    found = read_evaluations(data, now=NOW)
    assert len(found.evaluations) == 2_000
    assert all(isinstance(evaluation, Evaluation) and len(evaluation.answers) == 10 for evaluation in found.evaluations)

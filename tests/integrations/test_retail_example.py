"""The retail example: real people, read without a single refused line, and derived files that anybody can make again."""

from __future__ import annotations

import hashlib
import runpy
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assessment.integrations.codebook import read_codebook
from assessment.integrations.criterion_csv import read_criterion
from assessment.integrations.hires import read_hires
from assessment.integrations.responses_csv import ResponseFile, read_responses

FOLDER = Path(__file__).parents[2] / "examples" / "retail_selection_2021"


@pytest.fixture(scope="module")
def responses() -> ResponseFile:
    with (FOLDER / "cohort_a.csv").open("rb") as file:
        return read_responses(file, read_codebook((FOLDER / "codebook.toml").read_bytes()))


def test_all_people_are_read_and_no_line_is_refused(responses: ResponseFile) -> None:
    assert len(responses.people) == 3953
    assert responses.refused == responses.duplicates == ()
    assert responses.notes == ("Columns that the codebook does not name, which were left out: High_Performer, Retained, split.",)


def test_the_form_has_its_hundred_items_in_thirteen_scales(responses: ResponseFile) -> None:
    assert Counter(item.format for item in responses.items) == {"likert": 55, "nominal": 20, "count": 16, "best_worst": 9}
    assert [scale.code for scale in responses.scales] == [f"PScale{number:02}" for number in range(1, 14)]
    assert sum(len(scale.items) for scale in responses.scales) == 55
    assert sum(len(scale.reversed) for scale in responses.scales) == 19
    assert responses.scales[0].reversed == ("PScale01_Q2", "PScale01_Q3")


def test_counts_agree_with_the_file(responses: ResponseFile) -> None:
    best = Counter(value["best"] for p in responses.people if isinstance(value := p.responses.get("SJ_1"), dict))
    assert best == {"1": 370, "2": 924, "3": 2371, "4": 184}
    assert Counter(p.responses.get("Scenario1_4") for p in responses.people)[4] == 3789
    assert Counter(p.responses.get("PScale13_Q5") for p in responses.people)[None] == 118
    assert Counter(p.groups["Protected_Group"] for p in responses.people) == {"0": 2534, "1": 1419}
    assert max(time for p in responses.people for time in (*p.times.values(), *p.shared_times.values())) == 32_158_000
    assert all(len(p.criteria) == 5 for p in responses.people)


def test_the_derived_files_are_what_the_script_makes(tmp_path: Path) -> None:
    derive = runpy.run_path(str(FOLDER / "derive.py"))["derive"]
    assert derive(FOLDER / "cohort_a.csv", tmp_path) == 3953
    for name in ("hires.csv", "criterion.csv"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_the_derived_files_are_read_whole() -> None:
    hires = read_hires((FOLDER / "hires.csv").read_bytes(), now=datetime(2026, 11, 2, tzinfo=UTC))
    criterion = read_criterion((FOLDER / "criterion.csv").read_bytes())
    assert len(hires.hires) == len(criterion.agents) == 3953
    assert hires.refused == criterion.refused == ()
    assert criterion.criteria == ("Overall_Rating", "Technical_Skills", "Teamwork", "Customer_Service", "Hire_Again")
    assert {hire.employee_id for hire in hires.hires} == {agent.employee_id for agent in criterion.agents}


def test_the_data_are_unchanged_and_carry_their_licence() -> None:
    digest = hashlib.sha256((FOLDER / "cohort_a.csv").read_bytes()).hexdigest()
    assert digest in (FOLDER / "ATTRIBUTION.md").read_text("utf-8")
    assert "CC BY-SA 4.0" in (FOLDER / "LICENSE").read_text("utf-8")

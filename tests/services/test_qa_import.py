"""QA evaluations: taken whole, told apart by system, id and form version, and never overwritten."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.records.database import Database
from assessment.records.observation import QaAnswer, QaEvaluation
from assessment.services.accounts import add_organisation
from assessment.services.applicants import add_applicant
from assessment.services.hiring import HireLine, import_hires
from assessment.services.importing import ReadFile, RefusedLine, lines_of
from assessment.services.people import Actor
from assessment.services.qa_import import Evaluation, EvaluationLine, import_evaluations, preview_evaluations

NAMES = ("E1", "E2", "E3")


def organisation_with_agents(session: Session, slug: str, now: datetime, names: tuple[str, ...] = NAMES) -> Actor:
    found = add_organisation(session, slug=slug, name=slug.title(), now=now)
    actor = Actor(found.id, f"analyst of {slug}", "An Analyst", "analyst")
    lines = []
    for number, name in enumerate(names, start=2):
        add_applicant(session, organisation_id=found.id, reference=f"A-{name}", name=None, email=None, simulated=False, now=now)
        lines.append(HireLine(number, "", f"A-{name}", name))
    import_hires(session, file=ReadFile("hires.csv", "sha256:1", lines), actor=actor, now=now)
    return actor


def question(
    line: int, evaluation: str, construct: str = "empathy-attentive", score: float | None = 3, **more: Any
) -> EvaluationLine:
    given: dict[str, Any] = {
        "line": line,
        "text": f"line {line}",
        "employee_id": "E1",
        "source": "acme-qa",
        "evaluation_id": evaluation,
        "form": "Care call",
        "form_version": "1",
        "evaluator_id": "R1",
        "interaction_id": f"call {evaluation}",
        "evaluated_at": datetime(2026, 6, 1, 12, tzinfo=UTC),
        "channel": "phone",
        "contact_type": "billing",
        "kind": "human",
        "section": "Empathy",
        "question": construct,
        "construct": construct,
        "score": score,
        "max_score": 4,
    }
    return EvaluationLine(**(given | more))


def file(*lines: EvaluationLine, refused: tuple[RefusedLine, ...] = ()) -> ReadFile[EvaluationLine]:
    return ReadFile("qa.csv", "sha256:2", lines, refused)


def stored(database: Database) -> tuple[int, int]:
    with database.read() as session:
        tables = (QaEvaluation, QaAnswer)
        first, second = (session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
        return first, second


@pytest.fixture
def acme(database: Database, now: datetime) -> Actor:
    with database.write() as session:
        return organisation_with_agents(session, "acme", now)


def test_the_lines_of_an_evaluation_are_put_together(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(
        question(2, "1"),
        question(3, "2", employee_id="E2", evaluator_id="R2"),
        question(4, "1", "process", 0, critical=True, auto_fail=True),
        question(5, "1", "empathy-cognitive", None, not_applicable=True, notes={"comment": "no occasion"}),
    )
    with database.write() as session:
        batch = import_evaluations(session, file=lines, actor=acme, now=now)
    assert (batch.matched, batch.rejected, batch.unmatched, batch.duplicate) == (4, 0, 0, 0)
    assert stored(database) == (2, 4)
    with database.read() as session:
        first, second = session.scalars(select(QaEvaluation).order_by(QaEvaluation.evaluation_id))
        assert (first.auto_fail, second.auto_fail, second.employee_id) == (True, False, "E2")
        answers = {a.question: a for a in session.scalars(select(QaAnswer).where(QaAnswer.evaluation_pk == first.id))}
        assert answers["empathy-attentive"].score == 3, "an automatic fail leaves the other answers as they were"
        assert answers["empathy-cognitive"].score is None
        assert answers["empathy-cognitive"].notes == {"comment": "no occasion"}


def test_the_same_file_again_changes_nothing_in_any_order_of_lines(database: Database, acme: Actor, now: datetime) -> None:
    first, second = question(2, "1"), question(3, "1", "process")
    with database.write() as session:
        import_evaluations(session, file=file(first, second), actor=acme, now=now)
    turned = file(replace(second, line=2, notes={"exported": "today"}), replace(first, line=3))
    with database.write() as session:
        again = import_evaluations(session, file=turned, actor=acme, now=now)
    assert (again.matched, again.duplicate) == (0, 2)
    assert stored(database) == (1, 2)


def test_two_parallel_imports_of_one_file_make_one_set(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(*(question(line, str(line), employee_id=NAMES[line % 3]) for line in range(2, 52)))
    start = threading.Barrier(2)
    counts: list[tuple[int, int]] = []

    def upload() -> None:
        start.wait()
        with database.write() as session:
            batch = import_evaluations(session, file=lines, actor=acme, now=now)
            counts.append((batch.matched, batch.duplicate))

    threads = [threading.Thread(target=upload) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [(0, 50), (50, 0)]
    assert stored(database) == (50, 50)


def test_other_content_under_a_known_id_is_rejected_and_what_is_stored_stays(
    database: Database, acme: Actor, now: datetime
) -> None:
    with database.write() as session:
        import_evaluations(session, file=file(question(2, "1", score=3)), actor=acme, now=now)
    with database.write() as session:
        batch = import_evaluations(session, file=file(question(2, "1", score=4), question(3, "2")), actor=acme, now=now)
        (rejected,) = lines_of(session, batch, "rejected")
    assert (batch.matched, batch.rejected) == (1, 1)
    assert "stored already with other content" in rejected.reason
    with database.read() as session:
        assert list(session.scalars(select(QaAnswer.score))) == [3, 3]


@pytest.mark.parametrize("other", [{"source": "other-qa"}, {"form_version": "2"}])
def test_another_system_or_form_version_is_another_evaluation(
    database: Database, acme: Actor, now: datetime, other: dict[str, str]
) -> None:
    with database.write() as session:
        batch = import_evaluations(session, file=file(question(2, "1"), question(3, "1", **other)), actor=acme, now=now)
    assert batch.matched == 2
    assert stored(database) == (2, 2)


def test_agents_nobody_hired_here_are_unmatched_and_can_be_matched_later(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(question(2, "1", employee_id="E9"), question(3, "2", employee_id="G1"))
    with database.write() as session:
        organisation_with_agents(session, "globex", now, ("G1",))
        batch = import_evaluations(session, file=lines, actor=acme, now=now)
        assert (batch.matched, batch.unmatched) == (0, 2)
        add_applicant(
            session, organisation_id=acme.organisation_id, reference="late", name=None, email=None, simulated=False, now=now
        )
        import_hires(session, file=ReadFile("h", "sha256:3", [HireLine(2, "", "late", "E9")]), actor=acme, now=now)
    assert stored(database) == (0, 0)
    with database.write() as session:
        batch = import_evaluations(session, file=lines, actor=acme, now=now)
    assert (batch.matched, batch.unmatched) == (1, 1)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (question(3, "1", "process", evaluator_id="R2"), "two values of evaluator_id, in lines 2 and 3"),
        (question(3, "1", "process", employee_id="E2"), "two values of employee_id"),
        (question(3, "1", score=1), "answers the question empathy-attentive twice, differently"),
    ],
)
def test_an_evaluation_that_contradicts_itself_is_rejected_whole(
    database: Database, acme: Actor, now: datetime, second: EvaluationLine, words: str
) -> None:
    with database.write() as session:
        batch = import_evaluations(session, file=file(question(2, "1"), second, question(4, "2")), actor=acme, now=now)
        rejected = list(lines_of(session, batch, "rejected"))
    assert (batch.matched, len(rejected)) == (1, 2)
    assert all(words in line.reason for line in rejected)
    assert stored(database) == (1, 1)


def test_an_evaluation_with_an_unusable_line_is_not_stored_in_part(database: Database, acme: Actor, now: datetime) -> None:
    broken = RefusedLine(3, "…", "score is 'abc', not a number", ("acme-qa", "1", "1"))
    with database.write() as session:
        batch = import_evaluations(session, file=file(question(2, "1"), question(4, "2"), refused=(broken,)), actor=acme, now=now)
        reasons = {line.line: line.reason for line in lines_of(session, batch, "rejected")}
    assert reasons == {2: "an evaluation is taken whole: 1 has line 3, which cannot be used", 3: "score is 'abc', not a number"}
    assert stored(database) == (1, 1)


def test_a_line_said_twice_counts_once(database: Database, acme: Actor, now: datetime) -> None:
    with database.write() as session:
        batch = import_evaluations(session, file=file(question(2, "1"), question(3, "1")), actor=acme, now=now)
        (again,) = lines_of(session, batch, "duplicate")
    assert (batch.matched, again.line, again.reason) == (1, 3, "the same as line 2")
    assert stored(database) == (1, 1)


def test_dates_in_the_future_and_before_1990_are_rejected(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(
        question(2, "1", evaluated_at=now + timedelta(days=3)),
        question(3, "2", evaluated_at=datetime(1900, 1, 1, tzinfo=UTC)),
        question(4, "3", evaluated_at=now + timedelta(hours=2)),
    )
    with database.write() as session:
        batch = import_evaluations(session, file=lines, actor=acme, now=now)
    assert (batch.matched, batch.rejected) == (1, 2)


def test_the_remarks_name_what_will_weaken_the_criterion(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(
        question(2, "1", score=0, auto_fail=True),
        question(3, "2", score=0),
        question(4, "3", kind="calibration", score=0),
        question(5, "4", kind="automatic", score=0),
    )
    with database.read() as session:
        plan = preview_evaluations(session, file=lines, organisation_id=acme.organisation_id, now=now)
    text = " ".join(plan.remarks)
    for words in (
        "1 are calibration",
        "1 are automatic",
        "1 failed automatically",
        "0 on every question",
        "by one rater",
        "same score",
    ):
        assert words in text
    assert stored(database) == (0, 0)


def test_hashes_do_not_depend_on_the_zone_a_moment_is_written_in() -> None:
    here = question(2, "1")
    there = replace(here, evaluated_at=datetime.fromisoformat("2026-06-01T14:00:00+02:00"))
    assert Evaluation((here,)).content_hash == Evaluation((there,)).content_hash

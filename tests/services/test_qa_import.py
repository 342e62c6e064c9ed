"""QA evaluations: taken whole, told apart by system, id and form version, and never overwritten."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.integrations.delimited import RefusedLine
from assessment.integrations.evaluations import Evaluation, QaAnswer
from assessment.integrations.hires import HireLine
from assessment.records.database import Database
from assessment.records.observation import QaAnswer as StoredAnswer
from assessment.records.observation import QaEvaluation as StoredEvaluation
from assessment.services.hiring import import_hires
from assessment.services.importing import ReadFile, lines_of
from assessment.services.people.accounts import add_organisation
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import add_applicant
from assessment.services.qa_import import content_hash, import_evaluations, preview_evaluations

NAMES = ("E1", "E2", "E3")


def organisation_with_agents(session: Session, slug: str, now: datetime, names: tuple[str, ...] = NAMES) -> Actor:
    found = add_organisation(session, slug=slug, name=slug.title(), now=now)
    actor = Actor(found.id, f"analyst of {slug}", "An Analyst", "analyst")
    lines = []
    for number, name in enumerate(names, start=2):
        add_applicant(session, organisation_id=found.id, reference=f"A-{name}", name=None, email=None, simulated=False, now=now)
        lines.append(HireLine(number, f"A-{name}", name, None, None, None))
    import_hires(session, file=ReadFile("hires.csv", "sha256:1", lines), actor=actor, now=now)
    return actor


def answer(line: int, construct: str = "empathy-attentive", score: float | None = 3, **more: Any) -> QaAnswer:
    given: dict[str, Any] = {"section": "Empathy", "question": construct, "max_score": 4.0, "weight": 1.0, "notes": {}}
    given |= {"not_applicable": score is None, "critical": False}
    return QaAnswer(line=line, construct=construct, score=score, **(given | more))


def evaluation(name: str, *answers: QaAnswer, **more: Any) -> Evaluation:
    given: dict[str, Any] = {
        "employee_id": "E1",
        "evaluation_id": name,
        "evaluator_id": "R1",
        "interaction_id": f"call {name}",
        "evaluated_at": datetime(2026, 6, 1, 12, tzinfo=UTC),
        "channel": "phone",
        "contact_type": "billing",
        "form": "Care call",
        "form_version": "1",
        "source": "acme-qa",
        "kind": "human",
        "auto_fail": False,
    }
    return Evaluation(answers=answers, **(given | more))


def file(*evaluations: Evaluation, refused: tuple[RefusedLine, ...] = ()) -> ReadFile[Evaluation]:
    return ReadFile("qa.csv", "sha256:2", evaluations, refused=refused)


def stored(database: Database) -> tuple[int, int]:
    with database.read() as session:
        tables = (StoredEvaluation, StoredAnswer)
        first, second = (session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
        return first, second


@pytest.fixture
def acme(database: Database, now: datetime) -> Actor:
    with database.write() as session:
        return organisation_with_agents(session, "acme", now)


def test_evaluations_are_stored_with_their_answers(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(
        evaluation(
            "1",
            answer(2),
            answer(4, "process", 0, critical=True),
            answer(5, "empathy-cognitive", None, notes={"comment": "no occasion"}),
            auto_fail=True,
        ),
        evaluation("2", answer(3), employee_id="E2", evaluator_id="R2"),
    )
    with database.write() as session:
        batch = import_evaluations(session, file=lines, actor=acme, now=now)
    assert (batch.matched, batch.rejected, batch.unmatched, batch.duplicate) == (4, 0, 0, 0)
    assert stored(database) == (2, 4)
    with database.read() as session:
        first, second = session.scalars(select(StoredEvaluation).order_by(StoredEvaluation.evaluation_id))
        assert (first.auto_fail, second.auto_fail, second.employee_id) == (True, False, "E2")
        answers = {a.question: a for a in session.scalars(select(StoredAnswer).where(StoredAnswer.evaluation_pk == first.id))}
        assert answers["empathy-attentive"].score == 3, "an automatic fail leaves the other answers as they were"
        assert answers["empathy-cognitive"].score is None
        assert answers["empathy-cognitive"].notes == {"comment": "no occasion"}


def test_the_same_file_again_changes_nothing_in_any_order_of_lines(database: Database, acme: Actor, now: datetime) -> None:
    with database.write() as session:
        import_evaluations(session, file=file(evaluation("1", answer(2), answer(3, "process"))), actor=acme, now=now)
    turned = file(evaluation("1", answer(2, "process", notes={"exported": "today"}), answer(3)))
    with database.write() as session:
        again = import_evaluations(session, file=turned, actor=acme, now=now)
    assert (again.matched, again.duplicate) == (0, 2)
    assert stored(database) == (1, 2)


def test_two_parallel_imports_of_one_file_make_one_set(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(*(evaluation(str(line), answer(line), employee_id=NAMES[line % 3]) for line in range(2, 52)))
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
        import_evaluations(session, file=file(evaluation("1", answer(2, score=3))), actor=acme, now=now)
    changed = file(evaluation("1", answer(2, score=4)), evaluation("2", answer(3)))
    with database.write() as session:
        batch = import_evaluations(session, file=changed, actor=acme, now=now)
        (rejected,) = lines_of(session, batch, "rejected")
    assert (batch.matched, batch.rejected) == (1, 1)
    assert "stored already with other content" in rejected.reason
    with database.read() as session:
        assert list(session.scalars(select(StoredAnswer.score))) == [3, 3]


@pytest.mark.parametrize("other", [{"source": "other-qa"}, {"form_version": "2"}])
def test_another_system_or_form_version_is_another_evaluation(
    database: Database, acme: Actor, now: datetime, other: dict[str, str]
) -> None:
    lines = file(evaluation("1", answer(2)), evaluation("1", answer(3), **other))
    with database.write() as session:
        batch = import_evaluations(session, file=lines, actor=acme, now=now)
    assert batch.matched == 2
    assert stored(database) == (2, 2)


def test_agents_nobody_hired_here_are_unmatched_and_can_be_matched_later(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(evaluation("1", answer(2), employee_id="E9"), evaluation("2", answer(3), employee_id="G1"))
    with database.write() as session:
        organisation_with_agents(session, "globex", now, ("G1",))
        batch = import_evaluations(session, file=lines, actor=acme, now=now)
        assert (batch.matched, batch.unmatched) == (0, 2)
        add_applicant(
            session, organisation_id=acme.organisation_id, reference="late", name=None, email=None, simulated=False, now=now
        )
        import_hires(session, file=ReadFile("h", "sha256:3", [HireLine(2, "late", "E9", None, None, None)]), actor=acme, now=now)
    assert stored(database) == (0, 0)
    with database.write() as session:
        batch = import_evaluations(session, file=lines, actor=acme, now=now)
    assert (batch.matched, batch.unmatched) == (1, 1)


def test_lines_that_cannot_be_used_are_kept_with_their_reason(database: Database, acme: Actor, now: datetime) -> None:
    broken = RefusedLine(3, "score 'abc' is not a number", "E1,2,abc")
    with database.write() as session:
        batch = import_evaluations(session, file=file(evaluation("1", answer(2)), refused=(broken,)), actor=acme, now=now)
        (line,) = lines_of(session, batch, "rejected")
    assert (batch.matched, line.line, line.text, line.reason) == (1, 3, "E1,2,abc", "score 'abc' is not a number")


def test_the_remarks_name_what_will_weaken_the_criterion(database: Database, acme: Actor, now: datetime) -> None:
    lines = file(
        evaluation("1", answer(2, score=0), auto_fail=True),
        evaluation("2", answer(3, score=0)),
        evaluation("3", answer(4, score=0), kind="calibration"),
        evaluation("4", answer(5, score=0), kind="automatic"),
    )
    with database.read() as session:
        plan = preview_evaluations(session, file=lines, organisation_id=acme.organisation_id)
    text = " ".join(plan.remarks)
    for words in ("1 calibration", "1 automatic", "1 evaluations failed", "0 on every question", "by one rater", "same score"):
        assert words in text
    assert stored(database) == (0, 0)


def test_hashes_do_not_depend_on_the_zone_a_moment_is_written_in() -> None:
    there = evaluation("1", answer(2), evaluated_at=datetime.fromisoformat("2026-06-01T14:00:00+02:00"))
    assert content_hash(evaluation("1", answer(2))) == content_hash(there)

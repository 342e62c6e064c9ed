"""Decisions: a reason that is not a score, every one kept, the score that stood remembered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from assessment.errors import BadInput, NotFound
from assessment.records.applicant import Applicant
from assessment.records.database import Database
from assessment.records.decision import Decision
from assessment.records.score import Score
from assessment.services.audit import recent_events, verify_chain
from assessment.services.deciding import OUTCOMES, REASONS, record_decision
from assessment.services.ranking import candidate
from assessment.services.scoring import score_sitting
from assessment.services.vacancies import open_vacancy
from tests.services.scored_stage import ScoredStage, add_sitting, best_answers, set_scored_stage


@pytest.fixture
def stage(database: Database, now: datetime) -> ScoredStage:
    return set_scored_stage(database, now)


@pytest.fixture
def applicant_id(stage: ScoredStage, now: datetime) -> int:
    with stage.database.write() as session:
        applicant, sitting = add_sitting(session, stage.vacancy_id, best_answers(), now, reference="A", name="Ana Ruiz")
        score_sitting(session, sitting_id=sitting, now=now)
        return applicant


def decide(stage: ScoredStage, applicant_id: int, now: datetime, **changes: Any) -> None:
    values = {"outcome": "interview", "reason": "interview_evidence", "note": ""} | changes
    with stage.database.write() as session:
        record_decision(session, vacancy_id=stage.vacancy_id, applicant_id=applicant_id, actor=stage.actor, now=now, **values)


def test_a_decision_remembers_who_why_and_the_score_that_stood(stage: ScoredStage, applicant_id: int, now: datetime) -> None:
    decide(stage, applicant_id, now, note="Good example of a hard call.\r\nReferences next.")
    with stage.database.read() as session:
        row = session.scalars(select(Decision)).one()
        assert (row.outcome, row.reason, row.decided_by) == ("interview", "interview_evidence", stage.actor.subject)
        assert row.note == "Good example of a hard call.\nReferences next."
        assert row.score_id == session.scalars(select(Score.id)).one()


def test_a_new_decision_counts_and_the_old_one_is_kept(stage: ScoredStage, applicant_id: int, now: datetime) -> None:
    decide(stage, applicant_id, now, outcome="hold")
    decide(stage, applicant_id, now + timedelta(hours=1), outcome="decline", reason="filled")
    with stage.database.read() as session:
        report = candidate(session, vacancy_id=stage.vacancy_id, applicant_id=applicant_id, actor=stage.actor)
    assert report.outcome == "decline"
    assert [event.detail["outcome"] for event in report.history if event.what == "decided"] == ["decline", "hold"]


def test_somebody_without_a_score_can_be_decided_about(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        applicant, _ = add_sitting(session, stage.vacancy_id, {}, now, reference="B", state="active")
    decide(stage, applicant, now, outcome="hire", reason="experience")
    with stage.database.read() as session:
        assert session.scalars(select(Decision.score_id)).one() is None


def test_no_reason_is_a_score() -> None:
    assert "score" not in REASONS
    assert set(OUTCOMES) == {"interview", "hold", "decline", "hire"}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"outcome": ""}, "outcome"),
        ({"outcome": "reject_all"}, "outcome"),
        ({"reason": ""}, "reason"),
        ({"reason": "score"}, "reason"),
        ({"reason": "other"}, "note"),
        ({"reason": "band_with_other", "note": "  \r\n "}, "note"),
        ({"note": "x" * 2001}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"note": "\u202egnp.exe"}, "note"),
    ],
)
def test_what_cannot_be_recorded_names_the_field_and_changes_nothing(
    stage: ScoredStage, applicant_id: int, now: datetime, changes: dict[str, str], where: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        decide(stage, applicant_id, now, **changes)
    assert [fault.where for fault in refusal.value.faults] == [where]
    with stage.database.read() as session:
        assert session.scalars(select(Decision)).all() == []


def test_the_log_names_a_pseudonym_and_never_the_person_or_the_note(stage: ScoredStage, applicant_id: int, now: datetime) -> None:
    decide(stage, applicant_id, now, note="Ana was late.")
    with stage.database.read() as session:
        event = recent_events(session, stage.organisation_id)[0]
        subject = session.get_one(Applicant, applicant_id).subject
        assert (event.action, event.subject) == ("decision recorded", f"applicant {subject}")
        assert "Ana" not in str(event.detail)
        assert verify_chain(session).holds


def test_nobody_decides_about_another_organisations_people(stage: ScoredStage, applicant_id: int, now: datetime) -> None:
    other = set_scored_stage(stage.database, now, slug="other")
    for vacancy_id in (stage.vacancy_id, other.vacancy_id):
        with pytest.raises(NotFound), stage.database.write() as session:
            record_decision(
                session,
                vacancy_id=vacancy_id,
                applicant_id=applicant_id,
                outcome="hire",
                reason="experience",
                note="",
                actor=other.actor,
                now=now,
            )


def test_an_applicant_of_another_vacancy_is_no_candidate_of_this_one(stage: ScoredStage, applicant_id: int, now: datetime) -> None:
    with stage.database.write() as session:
        vacancy = open_vacancy(session, code="second", title="Second", form_version_id=stage.form_id, actor=stage.actor, now=now)
        with pytest.raises(NotFound):
            candidate(session, vacancy_id=vacancy.id, applicant_id=applicant_id, actor=stage.actor)

"""What tests of the applicant's report share: scored people, the shipped words, and writing for everybody."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.bank.hashing import digest
from assessment.keys import ScoringKey
from assessment.records.feedback import FeedbackReport, StandingReport
from assessment.records.score import Score
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.authoring import pin_form
from assessment.services.feedback import write_feedback_of_form
from assessment.services.keyring import add_key_version, release_key
from assessment.services.reports.feedback_words import feedback_words
from assessment.services.scoring import score_form
from tests.services.scored_stage import UNITS, ScoredStage, add_sitting, random_answers
from tests.services.stage import form_content

QUESTIONS = Path(__file__).parents[2] / "questions"
WORDS = feedback_words(QUESTIONS)


def score_and_write(stage: ScoredStage, now: datetime, *, key_version_id: int | None = None, chunk: int = 500) -> int:
    """Score everybody under a key version and write their reports. Returns how many reports are new."""
    key = key_version_id or stage.key_version_id
    form: dict[str, Any] = {"organisation_id": stage.organisation_id, "form_code": "trial", "key_version_id": key, "now": now}
    score_form(stage.database, **form)
    return write_feedback_of_form(stage.database, **form, words=WORDS, chunk=chunk)


def add_unlike_listeners(stage: ScoredStage, n: int, now: datetime) -> list[int]:
    """People who finished and differ most in listening, so that this facet alone is measured well. Their applicant ids."""
    rng = np.random.default_rng(3)
    listening = [unit.code for unit in UNITS if unit.facet == "listening"]
    with stage.database.write() as session:
        added = []
        for i in range(n):
            keen = random_answers(rng, float(rng.choice([0.0, 2.0, 6.0])))
            answers = random_answers(rng, 0.5) | {code: keen[code] for code in listening}
            added.append(
                add_sitting(session, stage.vacancy_id, answers, now, reference=f"L-{i:04d}", name=f"Listener Number{i}")[0]
            )
        return added


def speak_two_languages(stage: ScoredStage, now: datetime) -> None:
    """Give the vacancy a form that says that it is there in English and Spanish."""
    content = {name: part for name, part in form_content().items() if name != "content_hash"} | {"locales": ["en", "es"]}
    content |= {"content_hash": digest(content)}
    with stage.database.write() as session:
        form = pin_form(
            session, code="trial", title="A trial form", origin="delivered", content=content, actor=stage.actor, now=now
        )
        session.get_one(Vacancy, stage.vacancy_id).form_version_id = form.id


def publish(stage: ScoredStage, key: ScoringKey, now: datetime) -> int:
    """Put another key in force."""
    with stage.database.write() as session:
        version = add_key_version(
            session,
            key=key,
            form_code="trial",
            parent_id=stage.key_version_id,
            author="analyst",
            now=now,
            organisation_id=stage.organisation_id,
        )
        put_in_force(session, stage, version.id, now)
        return version.id


def put_in_force(session: Session, stage: ScoredStage, key_version_id: int, now: datetime) -> None:
    release_key(
        session,
        key_version_id=key_version_id,
        reason="published",
        proposal_id=None,
        released_by="analyst",
        actor=stage.actor,
        now=now + timedelta(seconds=1),
    )


def sitting_of(session: Session, applicant_id: int) -> Sitting:
    return session.scalars(select(Sitting).where(Sitting.applicant_id == applicant_id)).one()


def reports_of(session: Session, sitting_id: int) -> list[FeedbackReport]:
    """Oldest first."""
    return list(session.scalars(select(FeedbackReport).where(FeedbackReport.sitting_id == sitting_id).order_by(FeedbackReport.id)))


def standing_document(session: Session, sitting_id: int, locale: str = "en") -> dict[str, Any]:
    standing = session.get_one(StandingReport, sitting_id)
    document: dict[str, Any] = session.get_one(FeedbackReport, standing.feedback_report_id).documents[locale]
    return document


def scores_of(session: Session, sitting_id: int) -> list[Score]:
    return list(session.scalars(select(Score).where(Score.sitting_id == sitting_id).order_by(Score.id)))

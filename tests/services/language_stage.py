"""A vacancy whose form is there in English and Spanish, with a key that has English norms, and people who answered in either."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import update

from assessment.bank.hashing import digest
from assessment.keys import ScoringKey
from assessment.records.database import Database
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.authoring import pin_form
from assessment.services.scoring import score_form
from tests.services.scored_stage import NORMS, ScoredStage, add_sitting, random_answers, set_scored_stage, trial_key
from tests.services.stage import form_content


def set_language_stage(database: Database, now: datetime, *, key: ScoringKey | None = None) -> ScoredStage:
    stage = set_scored_stage(database, now, key=key or trial_key(norms=NORMS))
    content = {name: part for name, part in form_content().items() if name != "content_hash"} | {"locales": ["en", "es"]}
    content |= {"content_hash": digest(content)}
    with database.write() as session:
        form = pin_form(
            session, code="trial", title="A trial form", origin="delivered", content=content, actor=stage.actor, now=now
        )
        session.execute(update(Vacancy).where(Vacancy.id == stage.vacancy_id).values(form_version_id=form.id))
    return stage


def answered(stage: ScoredStage, now: datetime, language: str | None, n: int, *, prefix: str) -> list[int]:
    """`n` finished sittings in a language, scored. The applicants."""
    rng = np.random.default_rng(len(prefix))
    with stage.database.write() as session:
        people = []
        for i in range(n):
            applicant, sitting = add_sitting(
                session,
                stage.vacancy_id,
                random_answers(rng, float(rng.uniform(0, 3))),
                now + timedelta(minutes=i),
                reference=f"{prefix}-{i}",
                name=f"{prefix.title()} Number{i}",
            )
            session.execute(update(Sitting).where(Sitting.id == sitting).values(language=language))
            people.append(applicant)
    score(stage, now)
    return people


def score(stage: ScoredStage, now: datetime, key_version_id: int | None = None) -> None:
    score_form(
        stage.database,
        organisation_id=stage.organisation_id,
        form_code="trial",
        key_version_id=key_version_id or stage.key_version_id,
        now=now,
    )

"""Norm groups: enough people, one score each, nobody invented among the real, and dates to judge them by."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select

from assessment.errors import NotFound
from assessment.records.database import Database
from assessment.records.key import KeyVersion
from assessment.records.score import Score
from assessment.services.keyring import add_key_version, key_in_force, scoring_key
from assessment.services.norms import TooFewForNorms, norm_group
from assessment.services.scoring import score_form
from assessment.services.vacancies import open_vacancy
from tests.services.scored_stage import ScoredStage, set_imported_stage, set_scored_stage, trial_key


@pytest.fixture
def stage(sqlite_database: Database, now: datetime) -> ScoredStage:
    return set_scored_stage(sqlite_database, now)


def score_all(stage: ScoredStage, now: datetime) -> None:
    score_form(
        stage.database, organisation_id=stage.organisation_id, form_code="trial", key_version_id=stage.key_version_id, now=now
    )


def group_of(stage: ScoredStage, now: datetime, form_code: str = "trial"):  # type: ignore[no-untyped-def]  # a NormGroup
    with stage.database.read() as session:
        version = key_in_force(session, stage.organisation_id, form_code)
        return norm_group(session, organisation_id=stage.organisation_id, form_code=form_code, key_version=version, now=now)


def test_two_hundred_people_make_a_norm_group_and_one_fewer_do_not(stage: ScoredStage, now: datetime) -> None:
    stage.add_people(199, now)
    score_all(stage, now)
    with pytest.raises(TooFewForNorms, match="199 have finished") as refusal:
        group_of(stage, now)
    assert (refusal.value.n, refusal.value.n_needed) == (199, 200)
    stage.add_people(1, now + timedelta(days=40), prefix="LAST")
    score_all(stage, now)
    group = group_of(stage, now)
    with stage.database.read() as session:
        raw = np.array(list(session.scalars(select(Score.raw))))
    assert group.n == 200
    assert (group.mean, group.sd) == (pytest.approx(raw.mean()), pytest.approx(raw.std(ddof=1)))
    assert group.name == "200 applicants, A trial form, November to December 2026"
    assert group.from_at == now + timedelta(minutes=24)
    assert not group.simulated
    assert group.reliability_basis.startswith("alpha of the weighted composite")


def test_a_key_with_these_norms_puts_the_group_at_fifty_with_a_spread_of_ten(stage: ScoredStage, now: datetime) -> None:
    stage.add_people(200, now)
    score_all(stage, now)
    group = group_of(stage, now)
    normed = trial_key(norms=group.as_norms().model_dump(mode="json", by_alias=True))
    with stage.database.write() as session:
        version = add_key_version(
            session,
            key=normed,
            form_code="trial",
            parent_id=stage.key_version_id,
            author="analyst",
            now=now,
            organisation_id=stage.organisation_id,
        )
        version_id = version.id
        assert scoring_key(version).norms == group.as_norms()
    score_form(stage.database, organisation_id=stage.organisation_id, form_code="trial", key_version_id=version_id, now=now)
    with stage.database.read() as session:
        scores = np.array(list(session.scalars(select(Score.composite).where(Score.key_version_id == version_id))))
    assert scores.mean() == pytest.approx(50, abs=1e-9)
    assert scores.std(ddof=1) == pytest.approx(10, abs=1e-9)


def test_invented_people_make_a_group_of_their_own_that_says_so(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        simulated = open_vacancy(
            session, code="sim", title="Sim", form_version_id=stage.form_id, actor=stage.actor, now=now, simulated=True
        ).id
    stage.add_people(200, now, vacancy_id=simulated, prefix="SIM")
    score_all(stage, now)
    assert group_of(stage, now).simulated
    stage.add_people(3, now)
    score_all(stage, now)
    with pytest.raises(TooFewForNorms, match="3 have finished"):
        group_of(stage, now)


def test_nobody_scored_is_too_few(stage: ScoredStage, now: datetime) -> None:
    with pytest.raises(TooFewForNorms, match="0 have finished"):
        group_of(stage, now)


def test_imported_people_have_a_norm_group_too(sqlite_database: Database, now: datetime) -> None:
    stage = set_imported_stage(sqlite_database, now, n=210)
    score_form(
        sqlite_database, organisation_id=stage.organisation_id, form_code="cohort", key_version_id=stage.key_version_id, now=now
    )
    group = group_of(stage, now, "cohort")
    assert (group.n, group.from_at) == (210, now)


def test_another_organisations_key_gives_no_norm_group(stage: ScoredStage, now: datetime) -> None:
    other = set_scored_stage(stage.database, now, slug="other")
    with stage.database.read() as session:
        version = session.get_one(KeyVersion, stage.key_version_id)
        with pytest.raises(NotFound):
            norm_group(session, organisation_id=other.organisation_id, form_code="trial", key_version=version, now=now)

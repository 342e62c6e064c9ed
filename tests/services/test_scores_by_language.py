"""A translation is another instrument: its scores have figures, norms, bands and a list of their own."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from assessment.keys import component_hashes, key_from_json, key_to_dict
from assessment.records.database import Database
from assessment.records.form import FormVersion
from assessment.records.key import KeyVersion
from assessment.records.score import Score
from assessment.services.keyring import add_key_version, scoring_key
from assessment.services.norms import TooFewForNorms, norm_group
from assessment.services.ranking import candidate, rank_candidates
from assessment.services.studies.proposed_keys import with_norms
from tests.services.language_stage import answered, score, set_language_stage
from tests.services.scored_stage import NORMS, ScoredStage, add_sitting, best_answers, set_scored_stage

N = 40
NORMS_ES = NORMS | {"name": "250 applicants in Spanish, A trial form", "n": 250, "mean": 0.5}


@pytest.fixture
def stage(database: Database, now: datetime) -> ScoredStage:
    return set_language_stage(database, now)


def scores_of(stage: ScoredStage, applicants: list[int]) -> list[Score]:
    with stage.database.read() as session:
        return list(session.scalars(select(Score).where(Score.applicant_id.in_(applicants))))


def test_spanish_answers_are_not_placed_on_english_norms(stage: ScoredStage, now: datetime) -> None:
    english = answered(stage, now, "en", 3, prefix="en")
    unknown = answered(stage, now, None, 3, prefix="none")
    spanish = answered(stage, now, "es", 3, prefix="es")
    assert {s.scale for s in scores_of(stage, english + unknown)} == {"t"}
    for score_row in scores_of(stage, spanish):
        assert score_row.scale == "percent" and score_row.composite == pytest.approx(100 * score_row.raw)


def test_a_key_with_spanish_norms_places_spanish_answers_on_them_and_no_others(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        old = scoring_key(session.get_one(KeyVersion, stage.key_version_id))
        content = key_to_dict(old) | {"norms_in": {"es": NORMS_ES}, "key": key_to_dict(old)["key"] | {"version": 2}}
        new = key_from_json(content)
        assert component_hashes(new)["norms"] != component_hashes(old)["norms"]
        version = add_key_version(
            session,
            key=new,
            form_code="trial",
            parent_id=stage.key_version_id,
            author="analyst",
            now=now,
            organisation_id=stage.organisation_id,
        ).id
    spanish = answered(stage, now, "es", 3, prefix="es")
    score(stage, now, version)
    rows = [row for row in scores_of(stage, spanish) if row.key_version_id == version]
    assert [row.composite for row in rows] == pytest.approx([50 + 10 * (row.raw - 0.5) / 0.1 for row in rows])
    without = with_norms(new, None, language="es")
    assert without.norms_in == {} and without.norms is not None
    assert with_norms(new, None).norms is None and with_norms(new, None).norms_in["es"].n == 250


def test_a_norm_group_holds_people_of_one_language(stage: ScoredStage, now: datetime) -> None:
    answered(stage, now, "en", 201, prefix="en")
    answered(stage, now, "es", N, prefix="es")
    with stage.database.read() as session:
        version = session.get_one(KeyVersion, stage.key_version_id)
        about = {"organisation_id": stage.organisation_id, "form_code": "trial", "key_version": version, "now": now}
        english = norm_group(session, **about)
        assert (english.n, english.name.partition(",")[0]) == (201, "201 applicants")
        with pytest.raises(TooFewForNorms, match=f"{N} have finished in Spanish"):
            norm_group(session, **about, language="es")


def test_the_standard_error_of_a_language_rests_on_its_own_sittings(stage: ScoredStage, now: datetime) -> None:
    answered(stage, now, "en", N, prefix="en")
    (first,) = answered(stage, now, "es", 1, prefix="es")
    (row,) = scores_of(stage, [first])
    assert row.n_basis == 0 and "planning value" in row.reliability_basis


def test_a_list_never_mixes_languages_and_says_how_many_answered_in_each(stage: ScoredStage, now: datetime) -> None:
    answered(stage, now, "en", 5, prefix="en")
    spanish = answered(stage, now, "es", 3, prefix="es")
    with stage.database.read() as session:
        first = rank_candidates(session, vacancy_id=stage.vacancy_id, actor=stage.actor)
        assert (first.language, dict(first.languages), first.n_scored, first.scale) == ("en", {"en": 5, "es": 3}, 5, "t")
        other = rank_candidates(session, vacancy_id=stage.vacancy_id, actor=stage.actor, language="es")
        assert (other.language, other.n_scored, other.scale, other.norms) == ("es", 3, "percent", None)
        assert {p.applicant_id for band in other.bands for p in band.candidates} == set(spanish)
        assert first.n_unscored == other.n_unscored == 0
        report = candidate(session, vacancy_id=stage.vacancy_id, applicant_id=spanish[0], actor=stage.actor)
        assert report.language == "es" and report.current is not None
        assert (report.current.percentile, report.current.norms, report.current.scale) == (None, None, "percent")
        assert report.current.n == 3


def test_a_form_in_one_language_has_one_list_and_speaks_of_none(database: Database, now: datetime) -> None:
    stage = set_scored_stage(database, now)
    with database.write() as session:
        applicant, _ = add_sitting(session, stage.vacancy_id, best_answers(), now, reference="P")
    score(stage, now)
    with database.read() as session:
        ranked = rank_candidates(session, vacancy_id=stage.vacancy_id, actor=stage.actor)
        assert (dict(ranked.languages), ranked.n_scored) == ({}, 1)
        assert candidate(session, vacancy_id=stage.vacancy_id, applicant_id=applicant, actor=stage.actor).language is None
        assert session.scalar(select(FormVersion.content).where(FormVersion.id == stage.form_id))["locales"] == ["en"]

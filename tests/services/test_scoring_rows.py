"""Scores as rows: made once, never changed, with a standard error that says what it rests on; notes beside them."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from sqlalchemy import func, select, update

from assessment.errors import NotFound
from assessment.records.database import Database
from assessment.records.score import Score
from assessment.records.sitting import Response, ResponseNote, Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.keyring import NoKeyInForce, add_key_version, release_key
from assessment.services.ranking import rank_candidates
from assessment.services.reports.candidate_report import candidate
from assessment.services.scoring import score_finished, score_form, score_sitting
from assessment.services.vacancies import open_vacancy
from tests.services.scored_stage import (
    NORMS,
    UNITS,
    ScoredStage,
    add_sitting,
    best_answers,
    random_answers,
    set_imported_stage,
    set_scored_stage,
    trial_key,
)
from tests.services.stage import at_once, set_stage


@pytest.fixture
def stage(database: Database, now: datetime) -> ScoredStage:
    return set_scored_stage(database, now)


def score_all(stage: ScoredStage, now: datetime, *, chunk: int = 500, key_version_id: int | None = None) -> int:
    return score_form(
        stage.database,
        organisation_id=stage.organisation_id,
        form_code="trial",
        key_version_id=key_version_id or stage.key_version_id,
        now=now,
        chunk=chunk,
    )


def normed_key(stage: ScoredStage, now: datetime) -> int:
    with stage.database.write() as session:
        return add_key_version(
            session,
            key=trial_key(norms=NORMS),
            form_code="trial",
            parent_id=stage.key_version_id,
            author="analyst",
            now=now,
            organisation_id=stage.organisation_id,
        ).id


def test_a_finished_sitting_is_scored_once_however_often_it_is_asked_for(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        _, sitting = add_sitting(session, stage.vacancy_id, best_answers(), now, reference="A")
    rows = []
    for _ in range(3):
        with stage.database.write() as session:
            row = score_sitting(session, sitting_id=sitting, now=now)
            assert row is not None
            rows.append((row.id, row.composite, row.key_version_id, row.n_answered, row.n_units))
    assert len(set(rows)) == 1
    assert rows[0][1:] == (pytest.approx(100), stage.key_version_id, 13, 13)
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Score)) == 1


def test_four_workers_at_once_make_one_score(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        _, sitting = add_sitting(session, stage.vacancy_id, best_answers(), now, reference="A")

    def score(_: int) -> int:
        with stage.database.write() as session:
            row = score_sitting(session, sitting_id=sitting, now=now)
            assert row is not None
            return row.id

    assert len(set(at_once(4, score))) == 1


def test_a_sitting_that_goes_on_is_not_scored(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        _, sitting = add_sitting(session, stage.vacancy_id, best_answers(), now, reference="A", state="active")
        assert score_sitting(session, sitting_id=sitting, now=now) is None
        assert session.scalar(select(func.count()).select_from(Score)) == 0


def test_an_unknown_sitting_and_a_form_without_a_key_are_refused(database: Database, now: datetime) -> None:
    plain = set_stage(database, now)
    with database.write() as session:
        _, sitting = add_sitting(session, plain.vacancy_id, best_answers(), now, reference="A")
    with pytest.raises(NoKeyInForce), database.write() as session:
        score_sitting(session, sitting_id=sitting, now=now)
    with pytest.raises(NotFound), database.write() as session:
        score_sitting(session, sitting_id=999_999, now=now)


def test_too_little_answered_makes_a_note_and_no_score(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        _, sitting = add_sitting(session, stage.vacancy_id, {"one-pick": "a", "s-1": 5}, now, reference="A")
        assert score_sitting(session, sitting_id=sitting, now=now) is None
        note = session.scalars(select(ResponseNote)).one()
        assert (note.sitting_id, note.kind) == (sitting, "too_little_answered")
        assert session.scalar(select(func.count()).select_from(Score)) == 0


def test_a_new_key_makes_new_rows_and_leaves_the_old_ones_as_they_were(stage: ScoredStage, now: datetime) -> None:
    stage.add_people(12, now)
    assert score_all(stage, now) == 12
    with stage.database.read() as session:
        old = {row.id: (row.composite, row.standard_error, row.responses_hash) for row in session.scalars(select(Score))}
    second = normed_key(stage, now)
    assert score_all(stage, now, key_version_id=second) == 12
    with stage.database.read() as session:
        rows = list(session.scalars(select(Score).order_by(Score.id)))
        assert {row.id: (row.composite, row.standard_error, row.responses_hash) for row in rows[:12]} == old
        assert {row.scale for row in rows[12:]} == {"t"}
        assert [row.raw for row in rows[12:]] == pytest.approx([row.raw for row in rows[:12]], abs=1e-12)
        expected = [50 + 10 * (row.raw - 0.6) / 0.1 for row in rows[12:]]
        assert [row.composite for row in rows[12:]] == pytest.approx(expected, abs=1e-9)


def test_rescoring_goes_on_after_a_crash_without_doubling_anything(stage: ScoredStage, now: datetime) -> None:
    stage.add_people(10, now)
    with stage.database.write() as session:  # the first chunk was committed before the worker died
        done = score_finished(
            session,
            organisation_id=stage.organisation_id,
            form_code="trial",
            key_version_id=stage.key_version_id,
            now=now,
            limit=4,
        )
    assert done.n_new == 4
    assert score_all(stage, now, chunk=3) == 6
    assert score_all(stage, now, chunk=3) == 0


def test_the_same_people_score_the_same_in_any_chunks(stage: ScoredStage, now: datetime) -> None:
    stage.add_people(9, now)
    score_all(stage, now, chunk=2)
    second = normed_key(stage, now)
    score_all(stage, now, key_version_id=second)
    with stage.database.read() as session:
        raw = {version: list(session.scalars(select(Score.raw).where(Score.key_version_id == version).order_by(Score.sitting_id)))
               for version in (stage.key_version_id, second)}  # fmt: skip
    assert np.abs(np.subtract(raw[stage.key_version_id], raw[second])).max() < 1e-9


def test_partial_answers_do_not_count(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        _, sitting = add_sitting(session, stage.vacancy_id, best_answers(), now, reference="A")
        session.execute(
            update(Response)
            .where(Response.sitting_id == sitting, Response.unit == "four-rank")
            .values(state="omitted", value='["a",null,null,null]')
        )
        row = score_sitting(session, sitting_id=sitting, now=now)
        assert row is not None
        assert "four-rank" not in row.items
        assert row.n_answered == 12


def test_the_interval_rests_on_planning_values_first_and_says_so(stage: ScoredStage, now: datetime) -> None:
    stage.add_people(29, now)
    score_all(stage, now)
    with stage.database.read() as session:
        row = session.scalars(select(Score).limit(1)).one()
    assert row.reliability == 0.4
    assert row.standard_error == pytest.approx(9 * 0.6**0.5)
    assert row.reliability_basis == "planned for this form, provisional; SD a planning value"
    assert row.n_basis == 0


def test_from_thirty_sittings_the_spread_is_theirs_and_from_a_hundred_the_reliability_too(
    stage: ScoredStage, now: datetime
) -> None:
    stage.add_people(99, now)
    score_all(stage, now)
    with stage.database.read() as session:
        newest = session.scalars(select(Score).order_by(Score.id.desc()).limit(1)).one()
        spread = np.std(list(session.scalars(select(Score.composite))), ddof=1)
    assert newest.reliability_basis == "planned for this form, provisional; SD of 99 sittings"
    assert newest.standard_error == pytest.approx(spread * 0.6**0.5)
    (applicant,) = stage.add_people(1, now, seed=5, prefix="Q")
    with stage.database.write() as session:
        sitting = session.scalars(select(Sitting.id).where(Sitting.applicant_id == applicant)).one()
        row = score_sitting(session, sitting_id=sitting, now=now)
        assert row is not None
        assert row.reliability_basis == "alpha of the weighted composite, n = 100"
        assert row.n_basis == 100
        assert 0 <= row.reliability <= 1
        assert {"score", "shown", "reliability", "mean", "sd"} == set(row.facets["listening"])


def test_estimates_are_kept_until_a_tenth_more_have_finished(stage: ScoredStage, now: datetime) -> None:
    stage.add_people(100, now)
    score_all(stage, now)
    for more, basis in ((5, 100), (5, 110)):
        stage.add_people(more, now, seed=more + basis, prefix=f"M{basis}")
        score_all(stage, now)
        with stage.database.read() as session:
            newest = session.scalars(select(Score).order_by(Score.id.desc()).limit(1)).one()
            assert newest.n_basis == basis


def test_invented_people_never_stand_in_an_estimate_about_real_ones(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        simulated = open_vacancy(
            session, code="sim", title="Sim", form_version_id=stage.form_id, actor=stage.actor, now=now, simulated=True
        ).id
    stage.add_people(35, now, vacancy_id=simulated, prefix="SIM")
    stage.add_people(5, now)
    score_all(stage, now)
    with stage.database.read() as session:
        query = select(Score.n_basis).join(Vacancy, Vacancy.id == Score.vacancy_id)
        assert set(session.scalars(query.where(Vacancy.simulated.is_(True)))) == {35}
        assert set(session.scalars(query.where(Vacancy.simulated.is_(False)))) == {0}


def test_an_imported_cohort_is_scored_in_one_transaction_with_a_stratified_alpha(database: Database, now: datetime) -> None:
    stage = set_imported_stage(database, now, n=120)
    with database.write() as session:
        done = score_finished(
            session,
            organisation_id=stage.organisation_id,
            form_code="cohort",
            key_version_id=stage.key_version_id,
            now=now,
        )
        assert (done.n_new, done.last_sitting_id) == (120, None)
        row = session.scalars(select(Score).limit(1)).one()
    assert row.reliability_basis == "stratified alpha of the composite, n = 120"
    assert row.reliability > 0.5  # three items a scale that share one factor
    assert row.scale == "percent"
    assert 0 <= row.composite <= 100


def test_another_organisation_can_score_nothing_here(stage: ScoredStage, now: datetime) -> None:
    stage.add_people(2, now)
    other = set_scored_stage(stage.database, now, slug="other")
    with pytest.raises(NotFound):
        score_form(
            stage.database,
            organisation_id=other.organisation_id,
            form_code="trial",
            key_version_id=stage.key_version_id,
            now=now,
        )
    assert score_all(other, now) == 0


FLAT = {"three-rate": dict.fromkeys("abcde", 3), "story.wrong": dict.fromkeys("abcd", 3)}


def test_one_sign_of_careless_answers_is_noted_and_two_ask_a_person_to_look(stage: ScoredStage, now: datetime) -> None:
    rng = np.random.default_rng(4)
    with stage.database.write() as session:
        _, attentive = add_sitting(session, stage.vacancy_id, random_answers(rng, 2.0), now, reference="A")
        _, flat = add_sitting(session, stage.vacancy_id, random_answers(rng, 2.0) | FLAT, now, reference="B")
        _, fast = add_sitting(session, stage.vacancy_id, best_answers() | FLAT, now, reference="C", milliseconds=500)
        for sitting in (attentive, flat, fast):
            score_sitting(session, sitting_id=sitting, now=now)
        kinds = {
            sitting: sorted(session.scalars(select(ResponseNote.kind).where(ResponseNote.sitting_id == sitting)))
            for sitting in (attentive, flat, fast)
        }
    assert kinds == {attentive: [], flat: ["flat"], fast: ["fast", "flat"]}


def test_speed_is_no_sign_in_a_sitting_at_the_persons_own_pace(stage: ScoredStage, now: datetime) -> None:
    """Neither one that would be noted now, nor one that was noted before the pace was set free; other signs stay."""
    with stage.database.write() as session:
        applicant, sitting_id = add_sitting(session, stage.vacancy_id, best_answers() | FLAT, now, reference="A", milliseconds=500)
        session.get_one(Sitting, sitting_id).own_pace = True
        score_sitting(session, sitting_id=sitting_id, now=now)
        kinds = select(ResponseNote.kind).where(ResponseNote.sitting_id == sitting_id)
        assert list(session.scalars(kinds)) == ["flat"]
        for kind in ("fast", "finished_early"):
            session.add(ResponseNote(sitting_id=sitting_id, kind=kind, detail={"share": 1.0, "of": 14}, noted_at=now))
    for own_pace in (True, False):
        with stage.database.write() as session:
            session.get_one(Sitting, sitting_id).own_pace = own_pace
        with stage.database.read() as session:
            report = candidate(session, vacancy_id=stage.vacancy_id, applicant_id=applicant, actor=stage.actor)
            (band,) = rank_candidates(session, vacancy_id=stage.vacancy_id, actor=stage.actor).bands
        assert (report.quality.read, bool(report.quality.notes), band.candidates[0].read_notes) == (not own_pace,) * 3


def test_notes_never_change_a_score(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        scores = []
        for reference, milliseconds in (("A", 30_000), ("B", 100)):
            answers = best_answers() | FLAT
            _, sitting = add_sitting(session, stage.vacancy_id, answers, now, reference=reference, milliseconds=milliseconds)
            row = score_sitting(session, sitting_id=sitting, now=now)
            assert row is not None
            scores.append((row.composite, row.responses_hash))
    assert scores[0] == scores[1]


def test_the_key_in_force_scores_new_sittings_after_a_release(stage: ScoredStage, now: datetime) -> None:
    second = normed_key(stage, now)
    with stage.database.write() as session:
        release_key(
            session, key_version_id=second, reason="published", proposal_id=None, released_by="x", actor=stage.actor, now=now
        )
        _, sitting = add_sitting(session, stage.vacancy_id, best_answers(), now, reference="A")
        row = score_sitting(session, sitting_id=sitting, now=now)
        assert row is not None
        assert (row.key_version_id, row.scale) == (second, "t")


def test_every_scored_unit_is_stored_with_the_score(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        _, sitting = add_sitting(session, stage.vacancy_id, best_answers(), now, reference="A")
        row = score_sitting(session, sitting_id=sitting, now=now)
        assert row is not None
        assert set(row.items) == {unit.code for unit in UNITS} - {"s-7"}

"""The ranked list: bands from the top, whole numbers, everybody without a score below with the reason, nobody else's people."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from sqlalchemy import delete, select, update

from assessment.errors import NotFound
from assessment.records.database import Database
from assessment.records.key import KeyRelease, KeyVersion
from assessment.records.organisation import Organisation
from assessment.records.score import Score
from assessment.records.sitting import ResponseNote, Sitting
from assessment.services.deciding import record_decision
from assessment.services.inviting import Invitee, invite_applicants
from assessment.services.keyring import add_key_version, release_key
from assessment.services.ranking import RankedList, candidate, rank_candidates
from assessment.services.scores.current_scores import bands_of, letter
from assessment.services.scoring import score_finished, score_form
from tests.services.scored_stage import (
    NORMS,
    ScoredStage,
    add_sitting,
    best_answers,
    random_answers,
    set_imported_stage,
    set_scored_stage,
    trial_key,
)


@pytest.fixture
def stage(database: Database, now: datetime) -> ScoredStage:
    made = set_scored_stage(database, now)
    made.add_people(40, now)
    score_all(made, now)
    return made


def score_all(stage: ScoredStage, now: datetime, *, form_code: str = "trial", key_version_id: int | None = None) -> None:
    with stage.database.write() as session:
        score_finished(
            session,
            organisation_id=stage.organisation_id,
            form_code=form_code,
            key_version_id=key_version_id or stage.key_version_id,
            now=now,
        )


def ranked(stage: ScoredStage, **filters: object) -> RankedList:
    with stage.database.read() as session:
        return rank_candidates(session, vacancy_id=stage.vacancy_id, actor=stage.actor, **filters)  # type: ignore[arg-type]


def everybody(found: RankedList) -> list[tuple[str, int | None]]:
    return [(person.name, person.score) for band in found.bands for person in band.candidates]


def set_policy(stage: ScoredStage, **policy: object) -> None:
    with stage.database.write() as session:
        session.execute(update(Organisation).where(Organisation.id == stage.organisation_id).values(policy=policy))


def put_in_force(stage: ScoredStage, now: datetime, **changes: object) -> int:
    with stage.database.write() as session:
        version = add_key_version(
            session,
            key=trial_key(**changes),
            form_code="trial",
            parent_id=stage.key_version_id,
            author="analyst",
            now=now,
            organisation_id=stage.organisation_id,
        )
        release_key(
            session, key_version_id=version.id, reason="published", proposal_id=None, released_by="x", actor=stage.actor, now=now
        )
        return version.id


def test_the_list_runs_from_the_best_down_in_bands_within_measurement_error(stage: ScoredStage) -> None:
    found = ranked(stage)
    scores = [score for _, score in everybody(found)]
    assert len(scores) == found.n_scored == found.n_in_view == 40
    assert scores == sorted(scores, key=lambda score: -(score or 0))
    assert found.standard_error is not None
    width = 1.65 * found.standard_error * 2**0.5
    for band in found.bands:
        inside = [person.score for person in band.candidates]
        assert (max(s or 0 for s in inside), min(s or 0 for s in inside)) == (band.high, band.low)
        assert band.high - band.low <= width + 1e-9
        assert band.n == band.n_in_view == len(inside)
    assert [band.letter for band in found.bands] == list("ABCDEFGHIJ")[: len(found.bands)]


def test_scores_and_their_intervals_are_whole_numbers_inside_the_scale(stage: ScoredStage) -> None:
    for band in ranked(stage).bands:
        for person in band.candidates:
            assert isinstance(person.score, int)
            assert person.low is not None
            assert person.high is not None
            assert 0 <= person.low <= person.score <= person.high <= 100


def test_people_with_the_same_number_share_a_band() -> None:
    bands = bands_of({60: 2, 59: 1, 50: 3, 41: 1}, 3.0)
    assert [(band.letter, band.high, band.low, band.n) for band in bands] == [("A", 60, 59, 3), ("B", 50, 50, 3), ("C", 41, 41, 1)]
    assert [letter(i) for i in (0, 25, 26, 27)] == ["A", "Z", "AA", "AB"]


def test_the_list_says_which_scale_and_what_the_interval_rests_on(stage: ScoredStage) -> None:
    found = ranked(stage)
    assert (found.scale, found.norms) == ("percent", None)
    assert found.reliability_basis == "planned for this form, provisional; SD of 40 sittings"
    assert found.provisional
    assert found.version is not None
    assert (found.version.version, found.version.grade) == (1, "provisional")
    assert not any(facet.shown for facet in found.facets)
    assert [facet.code for facet in found.facets] == ["listening", "discretion", "composure"]


def test_pages_cut_the_list_and_keep_the_bands_full_counts(stage: ScoredStage) -> None:
    whole, pages = ranked(stage), [ranked(stage, page=page, page_size=15) for page in (1, 2, 3)]
    assert [everybody(page) for page in pages] == [everybody(whole)[:15], everybody(whole)[15:30], everybody(whole)[30:]]
    counts = {band.letter: band.n for band in whole.bands}
    assert all(band.n == counts[band.letter] for page in pages for band in page.bands)
    assert [page.n_pages for page in pages] == [3, 3, 3]
    assert everybody(ranked(stage, page=99, page_size=15)) == everybody(pages[2])


@pytest.mark.parametrize("text", ["number1", "NUMBER1", "person number1 ", "P-0001", "p-0001"])
def test_people_are_found_by_the_beginnings_of_their_names_or_by_reference(stage: ScoredStage, text: str) -> None:
    found = ranked(stage, search=text)
    assert "Person Number1" in {name for name, _ in everybody(found)}
    assert found.n_in_view < found.n_scored == 40


@pytest.mark.parametrize("text", ["%", "_", "'; drop table score; --", "\x00", "number1 nobody"])
def test_hostile_searches_find_nobody_and_break_nothing(stage: ScoredStage, text: str) -> None:
    assert everybody(ranked(stage, search=text)) == []


def test_a_band_filter_shows_that_band_whole(stage: ScoredStage) -> None:
    whole = ranked(stage)
    second = ranked(stage, band="B")
    assert [band.letter for band in second.bands] == ["B"]
    assert everybody(second) == [(p.name, p.score) for band in whole.bands if band.letter == "B" for p in band.candidates]
    assert everybody(ranked(stage, band="no such band")) == []


def test_decisions_are_the_status_and_filter_the_list(stage: ScoredStage, now: datetime) -> None:
    first = ranked(stage).bands[0].candidates[0]
    with stage.database.write() as session:
        for outcome in ("hold", "interview"):
            record_decision(
                session,
                vacancy_id=stage.vacancy_id,
                applicant_id=first.applicant_id,
                outcome=outcome,
                reason="interview_evidence",
                note="",
                actor=stage.actor,
                now=now,
            )
    assert everybody(ranked(stage, status="interview")) == [(first.name, first.score)]
    assert everybody(ranked(stage, status="hold")) == []
    assert len(everybody(ranked(stage, status="new"))) == 39


def test_those_without_a_score_are_listed_below_with_the_reason(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        invite_applicants(
            session, vacancy_id=stage.vacancy_id, people=[Invitee("Ana Invited", "ana@example.org")], actor=stage.actor, now=now
        )
        add_sitting(session, stage.vacancy_id, best_answers(), now, reference="started", state="active")
        add_sitting(session, stage.vacancy_id, {"one-pick": "a"}, now, reference="little")
        add_sitting(session, stage.vacancy_id, best_answers(), now, reference="left", state="withdrawn")
    score_all(stage, now)
    with stage.database.write() as session:
        add_sitting(session, stage.vacancy_id, best_answers(), now, reference="waits")
    found = ranked(stage)
    assert [(person.name, person.stage) for person in found.unscored] == [
        ("little", "too_little"),
        ("waits", "waiting"),
        ("started", "started"),
        ("Ana Invited", "invited"),
        ("left", "withdrawn"),
    ]
    assert found.n_unscored == 5
    assert [person.name for person in ranked(stage, status="invited").unscored] == ["Ana Invited"]
    assert [person.name for person in ranked(stage, search="ana").unscored] == ["Ana Invited"]
    assert ranked(stage, band="A").unscored == ()


def test_a_withdrawn_sitting_leaves_the_ranking(stage: ScoredStage, now: datetime) -> None:
    first = ranked(stage).bands[0].candidates[0]
    with stage.database.write() as session:
        session.execute(update(Sitting).where(Sitting.applicant_id == first.applicant_id).values(state="withdrawn"))
    found = ranked(stage)
    assert first.name not in {name for name, _ in everybody(found)}
    assert [(person.name, person.stage) for person in found.unscored] == [(first.name, "withdrawn")]


def test_signs_of_two_families_raise_a_flag_and_two_of_one_family_do_not(stage: ScoredStage, now: datetime) -> None:
    flat = {"three-rate": dict.fromkeys("abcde", 3), "story.wrong": dict.fromkeys("abcd", 3)}
    with stage.database.write() as session:
        add_sitting(session, stage.vacancy_id, best_answers() | flat, now, reference="one-sign")
        add_sitting(session, stage.vacancy_id, best_answers() | flat, now, reference="two-signs", milliseconds=100)
        _, twice = add_sitting(session, stage.vacancy_id, best_answers() | flat, now, reference="two-of-one-family")
        session.add(ResponseNote(sitting_id=twice, kind="repeated", detail={"run": 10, "of": 13}, noted_at=now))
    score_all(stage, now)
    assert [name for name, _ in everybody(ranked(stage, attention=True))] == ["two-signs"]
    flagged = {p.name for band in ranked(stage).bands for p in band.candidates if p.read_notes}
    assert flagged == {"two-signs"}


def test_only_scores_of_the_key_in_force_count(stage: ScoredStage, now: datetime) -> None:
    second = put_in_force(stage, now, norms=NORMS)
    empty = ranked(stage)
    assert (empty.n_scored, empty.n_unscored) == (0, 40)
    assert {person.stage for person in empty.unscored} == {"waiting"}
    score_all(stage, now, key_version_id=second)
    found = ranked(stage)
    assert (found.n_scored, found.scale, found.average) == (40, "t", 50.0)
    assert found.norms is not None
    assert found.norms.n == 300


def test_a_policy_hides_the_order_inside_a_band(stage: ScoredStage) -> None:
    before = ranked(stage)
    set_policy(stage, hide_order_in_band=True)
    found = ranked(stage)
    assert found.order_hidden
    for band, old in zip(found.bands, before.bands, strict=True):
        assert [person.reference for person in band.candidates] == sorted(person.reference for person in old.candidates)
        assert all(person.score is None and person.low is None for person in band.candidates)


def test_a_policy_holds_exports_back_until_the_key_is_validated(stage: ScoredStage, now: datetime) -> None:
    assert not ranked(stage).export_held
    set_policy(stage, hold_rank_export=True)
    assert ranked(stage).export_held
    put_in_force(stage, now, key={"schema": 1, "id": "trial", "version": 2, "grade": "validated"})
    assert not ranked(stage).export_held


def test_another_organisation_sees_neither_the_list_nor_a_candidate(stage: ScoredStage, now: datetime) -> None:
    other = set_scored_stage(stage.database, now, slug="other")
    someone = ranked(stage).bands[0].candidates[0].applicant_id
    with stage.database.read() as session:
        with pytest.raises(NotFound):
            rank_candidates(session, vacancy_id=stage.vacancy_id, actor=other.actor)
        with pytest.raises(NotFound):
            candidate(session, vacancy_id=stage.vacancy_id, applicant_id=someone, actor=other.actor)
        with pytest.raises(NotFound):
            candidate(session, vacancy_id=other.vacancy_id, applicant_id=someone, actor=other.actor)
        assert rank_candidates(session, vacancy_id=other.vacancy_id, actor=other.actor, search="number").n_scored == 0


def test_a_vacancy_whose_form_has_no_key_lists_people_without_scores(stage: ScoredStage) -> None:
    with stage.database.write() as session:
        session.execute(delete(KeyRelease))
    found = ranked(stage)
    assert (found.version, found.n_scored, found.n_unscored, found.scale) == (None, 0, 40, None)


def test_imported_people_are_ranked_by_reference_without_facets(database: Database, now: datetime) -> None:
    stage = set_imported_stage(database, now)
    score_all(stage, now, form_code="cohort")
    found = ranked(stage)
    assert found.facets == ()
    assert all(person.name.startswith("24") for band in found.bands for person in band.candidates)
    assert everybody(ranked(stage, search="240001")) == [(n, s) for n, s in everybody(found) if n == "240001"]


def test_the_report_shows_the_candidate_among_the_others(stage: ScoredStage) -> None:
    person = ranked(stage).bands[1].candidates[0]
    with stage.database.read() as session:
        report = candidate(session, vacancy_id=stage.vacancy_id, applicant_id=person.applicant_id, actor=stage.actor)
    assert report.current is not None
    assert (report.current.score, report.current.band.letter) == (person.score, "B")
    assert sum(report.current.counts.values()) == report.current.n == 40
    assert report.current.percentile is None  # no norm group, no percentile
    assert [facet.figure for facet in report.facets] == [None, None, None]
    assert {event.what for event in report.history} == {"finished", "scored", "started"}
    assert report.quality.minutes == 24


def test_neighbours_lead_through_the_whole_list_and_back(stage: ScoredStage) -> None:
    order = [person.applicant_id for band in ranked(stage).bands for person in band.candidates]
    with stage.database.read() as session:
        reports = [candidate(session, vacancy_id=stage.vacancy_id, applicant_id=i, actor=stage.actor) for i in order]
    assert [report.before_id for report in reports] == [None, *order[:-1]]
    assert [report.after_id for report in reports] == [*order[1:], None]


def test_a_percentile_is_printed_with_a_norm_group_only(stage: ScoredStage, now: datetime) -> None:
    second = put_in_force(stage, now, norms=NORMS)
    score_all(stage, now, key_version_id=second)
    person = ranked(stage).bands[0].candidates[0]
    with stage.database.read() as session:
        report = candidate(session, vacancy_id=stage.vacancy_id, applicant_id=person.applicant_id, actor=stage.actor)
    assert report.current is not None
    percentile = report.current.percentile
    assert percentile is not None
    assert 1 <= percentile.low <= percentile.at <= percentile.high <= 99


def test_old_scores_stand_beside_the_new_one_with_the_day_their_key_came_into_force(stage: ScoredStage, now: datetime) -> None:
    second = put_in_force(stage, now, norms=NORMS)
    score_all(stage, now, key_version_id=second)
    person = ranked(stage).bands[0].candidates[0]
    with stage.database.read() as session:
        report = candidate(session, vacancy_id=stage.vacancy_id, applicant_id=person.applicant_id, actor=stage.actor)
        raw = session.scalars(select(Score.composite).where(Score.applicant_id == person.applicant_id).order_by(Score.id)).all()
        versions = [version.version for version in session.scalars(select(KeyVersion).order_by(KeyVersion.id))]
    assert versions == [1, 2]
    assert [(entry.version, entry.scale, entry.in_force, entry.since) for entry in report.scores] == [
        (2, "t", True, now),
        (1, "percent", False, now),
    ]
    assert [entry.score for entry in report.scores] == [round(raw[1]), round(raw[0])]


def test_a_facet_that_is_measured_well_enough_is_shown_and_the_others_are_not(database: Database, now: datetime) -> None:
    stage = set_scored_stage(database, now)
    rng = np.random.default_rng(11)
    with database.write() as session:
        for i in range(110):
            answers = random_answers(rng, float(rng.uniform(0, 3)))
            level = int(rng.integers(1, 6))  # six statements that agree: composure is measured well
            answers |= {f"s-{j}": int(np.clip(level + rng.integers(-1, 2), 1, 5)) for j in range(1, 7)}
            add_sitting(session, stage.vacancy_id, answers, now, reference=f"F-{i:03d}")
    score_form(database, organisation_id=stage.organisation_id, form_code="trial", key_version_id=stage.key_version_id, now=now)
    found = ranked(stage)
    shown_in_list = {facet.code for facet in found.facets if facet.shown}
    assert "composure" in shown_in_list
    assert "discretion" not in shown_in_list  # one storyline is one part: its reliability cannot be had
    person = found.bands[0].candidates[0]
    assert set(person.facets) == shown_in_list
    with stage.database.read() as session:
        report = candidate(session, vacancy_id=stage.vacancy_id, applicant_id=person.applicant_id, actor=stage.actor)
    shown = {facet.code: facet.figure for facet in report.facets}
    assert shown["discretion"] is None
    assert shown["composure"] is not None
    assert shown["composure"].low <= shown["composure"].score <= shown["composure"].high

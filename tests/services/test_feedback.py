"""The applicant's report: written once a sitting and key version, in words, saying no more than the form can tell."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError

from assessment.bank.feedback import Level
from assessment.records.audit import AuditEvent
from assessment.records.database import Database
from assessment.records.feedback import FeedbackReport, StandingReport
from assessment.records.organisation import Organisation
from assessment.records.sitting import ResponseNote, Sitting
from assessment.services.feedback import write_feedback
from assessment.services.reports.feedback_document import FacetSeen, ReportFacts, feedback_document
from assessment.services.reports.feedback_levels import facet_level
from assessment.services.reports.feedback_reading import feedback_on
from assessment.services.scoring import score_sitting
from tests.services.feedback_stage import (
    WORDS,
    add_unlike_listeners,
    publish,
    put_in_force,
    reports_of,
    score_and_write,
    scores_of,
    sitting_of,
    speak_two_languages,
    standing_document,
)
from tests.services.scored_stage import (
    NORMS,
    ScoredStage,
    add_sitting,
    best_answers,
    set_imported_stage,
    set_scored_stage,
    trial_key,
)
from tests.services.stage import at_once

MEASURED = {"shown": True, "reliability": 0.75, "mean": 0.60, "sd": 0.20}


@pytest.fixture
def stage(database: Database, now: datetime) -> ScoredStage:
    return set_scored_stage(database, now)


@pytest.mark.parametrize(
    ("figures", "complete", "level"),
    [
        (MEASURED | {"score": 0.84}, True, "strength"),
        (MEASURED | {"score": 0.83}, True, "between"),
        (MEASURED | {"score": 0.36}, True, "growth"),
        (MEASURED | {"score": 0.84}, False, "theme"),
        (MEASURED | {"score": 1.0, "shown": False}, True, "theme"),
        (MEASURED | {"score": 1.0, "reliability": 0.49}, True, "theme"),
        (MEASURED | {"score": 1.0, "reliability": 0.50}, True, "strength"),
        (MEASURED | {"score": None}, False, "theme"),
        ({"score": 1.0, "shown": False}, True, "theme"),
    ],
)
def test_a_level_is_said_only_where_the_facet_is_measured_well_enough(
    figures: dict[str, Any], complete: bool, level: Level
) -> None:
    assert facet_level(figures, complete=complete) == level


facets_seen = st.dictionaries(
    st.sampled_from(sorted(WORDS["en"].facets)),
    st.builds(FacetSeen, st.sampled_from(["strength", "between", "growth", "theme"]), st.integers(0, 30), st.integers(0, 9)),
)


@given(st.none() | facets_seen, st.sampled_from(["provisional", "panel", "data", "validated"]))
@settings(max_examples=60, deadline=None)
def test_a_document_holds_no_figure_and_both_languages_say_the_same(facets: dict[str, FacetSeen] | None, grade: Any) -> None:
    facts = ReportFacts(datetime(2026, 11, 2, tzinfo=UTC), "Customer support", 2, grade, False, facets)
    english, spanish = (feedback_document(WORDS[locale], facts) for locale in ("en", "es"))
    for document in (english, spanish):
        prose = {k: v for k, v in document.items() if k not in ("schema", "finished_at", "key_version")}
        assert not re.search(r"\d|%", str(prose))
        assert [facet["facet"] for facet in document["facets"]] == [f for f in WORDS["en"].facets if f in (facets or {})]
    assert [(f["facet"], f["level"]) for f in english["facets"]] == [(f["facet"], f["level"]) for f in spanish["facets"]]
    assert english.keys() == spanish.keys()


def test_a_theme_reads_the_same_whatever_was_answered() -> None:
    first, second = (
        feedback_document(WORDS["en"], ReportFacts(None, "F", 1, "panel", False, {"listening": FacetSeen("theme", 2, 1)}))
        for _ in range(2)
    )
    assert first == second
    assert first["lead"] == WORDS["en"].head.nothing_said


def test_a_finished_sitting_gets_one_report_however_often_it_is_written(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        _, sitting = add_sitting(session, stage.vacancy_id, best_answers(), now, reference="A", name="Wilhelmina Ostrander")
    with stage.database.write() as session:
        assert write_feedback(session, sitting_id=sitting, words=WORDS, now=now) is None  # not scored yet
    with stage.database.write() as session:
        score_sitting(session, sitting_id=sitting, now=now)
    ids = set()
    for _ in range(3):
        with stage.database.write() as session:
            report = write_feedback(session, sitting_id=sitting, words=WORDS, now=now)
            assert report is not None
            ids.add(report.id)
    assert len(ids) == 1
    with stage.database.read() as session:
        document = standing_document(session, sitting)
        assert document["title"] == "What your answers can tell you"
        assert (document["form"], document["key_version"], document["grade"]) == ("A trial form", 1, "provisional")
        assert "provisional" in document["evidence"]
        assert {f["facet"]: f["level"] for f in document["facets"]} == dict.fromkeys(
            ("discretion", "listening", "composure"), "theme"
        )
        told = {f["facet"]: f["rests_on"] for f in document["facets"]}
        assert told["listening"] == "You were asked in four situations."
        assert told["discretion"] == "You were asked in one situation."
        assert told["composure"] == "You were asked in more than five statements about yourself."
        assert "strength" not in document["means"][1]
        assert "Ostrander" not in str(document)
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "feedback written")).all()
        assert [(event.subject, event.detail["reports"]) for event in events] == [(f"sitting {sitting}", 1)]


def test_four_workers_at_once_write_one_report(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        _, sitting = add_sitting(session, stage.vacancy_id, best_answers(), now, reference="A")
        score_sitting(session, sitting_id=sitting, now=now)

    def write(_: int) -> int:
        with stage.database.write() as session:
            report = write_feedback(session, sitting_id=sitting, words=WORDS, now=now)
            assert report is not None
            return report.id

    assert len(set(at_once(4, write))) == 1


@pytest.mark.parametrize("change", ["UPDATE feedback_report SET documents = '{}'", "UPDATE feedback_report SET key_version_id = 1"])
def test_the_database_refuses_to_change_what_a_person_was_told(stage: ScoredStage, now: datetime, change: str) -> None:
    stage.add_people(1, now)
    assert score_and_write(stage, now) == 1
    with pytest.raises(DBAPIError, match="append-only"), stage.database.write() as session:
        session.execute(text(change))
    with stage.database.write() as session:  # erasing a person is another matter
        session.execute(delete(StandingReport))
        session.execute(delete(FeedbackReport))


def test_with_enough_people_strengths_are_said_of_those_who_did_well(stage: ScoredStage, now: datetime) -> None:
    people = add_unlike_listeners(stage, 130, now)
    assert score_and_write(stage, now, chunk=40) == 130
    assert score_and_write(stage, now, chunk=40) == 0
    said: dict[str, list[float]] = {"strength": [], "between": [], "growth": []}
    with stage.database.read() as session:
        for applicant in people:
            sitting = sitting_of(session, applicant)
            (report,) = reports_of(session, sitting.id)
            facets = {f["facet"]: f["level"] for f in report.documents["en"]["facets"]}
            (score,) = scores_of(session, sitting.id)
            level = facets["listening"]
            assert level == facet_level(score.facets["listening"], complete=True)
            if level != "theme":
                said[level].append(score.facets["listening"]["score"])
    assert said["strength"], "nobody was told of a strength"
    assert min(said["strength"]) > max(said["between"])
    assert min(said["between"]) > max(said["growth"], default=0.0)


def test_a_new_key_makes_a_new_report_and_taking_it_back_lets_the_first_stand_again(stage: ScoredStage, now: datetime) -> None:
    (applicant,) = stage.add_people(1, now)
    score_and_write(stage, now)
    later = now + timedelta(days=30)
    second = publish(stage, trial_key(norms=NORMS), later)
    assert score_and_write(stage, later, key_version_id=second) == 1
    with stage.database.read() as session:
        sitting = sitting_of(session, applicant)
        first_report, second_report = reports_of(session, sitting.id)
        told = feedback_on(session, sitting, organisation=session.get_one(Organisation, stage.organisation_id))
        assert told is not None
        assert (told.written_at, told.others) == (later, (now,))
        assert told.documents["en"]["key_version"] == second_report.documents["en"]["key_version"] == 2
        assert first_report.documents["en"]["key_version"] == 1
    with stage.database.write() as session:
        put_in_force(session, stage, stage.key_version_id, later)
    assert score_and_write(stage, later) == 0
    with stage.database.read() as session:
        told = feedback_on(
            session, sitting_of(session, applicant), organisation=session.get_one(Organisation, stage.organisation_id)
        )
        assert told is not None
        assert (told.written_at, told.others) == (now, (later,))


def test_a_key_that_is_not_in_force_lets_nothing_stand(stage: ScoredStage, now: datetime) -> None:
    (applicant,) = stage.add_people(1, now)
    score_and_write(stage, now)
    second = publish(stage, trial_key(norms=NORMS), now)
    with stage.database.write() as session:
        put_in_force(session, stage, stage.key_version_id, now)
    score_and_write(stage, now, key_version_id=second)
    with stage.database.read() as session:
        assert standing_document(session, sitting_of(session, applicant).id)["key_version"] == 1


def test_too_little_answered_is_said_and_nothing_else(stage: ScoredStage, now: datetime) -> None:
    few = {code: value for code, value in best_answers().items() if code.startswith("s-")}
    with stage.database.write() as session:
        _, sitting = add_sitting(session, stage.vacancy_id, few, now, reference="A")
    score_and_write(stage, now)
    with stage.database.read() as session:
        document = standing_document(session, sitting)
        assert document["title"] == "There is no report, because too little was answered"
        assert document["facets"] == document["means"] == []


def test_part_of_a_facet_left_open_is_never_a_strength(stage: ScoredStage, now: datetime) -> None:
    add_unlike_listeners(stage, 130, now)
    best = best_answers()
    with stage.database.write() as session:
        _, whole = add_sitting(session, stage.vacancy_id, best, now, reference="WHOLE")
        _, part = add_sitting(session, stage.vacancy_id, best | {"one-pick": None}, now, reference="PART")
    score_and_write(stage, now)
    with stage.database.read() as session:
        found = [
            next(f for f in standing_document(session, sitting)["facets"] if f["facet"] == "listening") for sitting in (whole, part)
        ]
    assert [(f["level"], f["rests_on"]) for f in found] == [
        ("strength", "Rests on four situations."),
        ("theme", "You were asked in three situations."),
    ]


def test_notes_on_how_a_person_answered_never_change_the_report(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        ids = [add_sitting(session, stage.vacancy_id, best_answers(), now, reference=r)[1] for r in ("PLAIN", "NOTED")]
        for kind in ("fast", "flat", "repeated", "finished_early"):
            session.add(ResponseNote(sitting_id=ids[1], kind=kind, detail={"share": 1.0}, noted_at=now))
    score_and_write(stage, now)
    with stage.database.read() as session:
        plain, noted = (standing_document(session, sitting) for sitting in ids)
    assert plain == noted


def test_withdrawn_unfinished_and_unshared_reports_are_not_shown(stage: ScoredStage, now: datetime) -> None:
    (applicant,) = stage.add_people(1, now)
    score_and_write(stage, now)
    with stage.database.write() as session:
        organisation = session.get_one(Organisation, stage.organisation_id)
        sitting = sitting_of(session, applicant)
        organisation.policy = organisation.policy | {"share_feedback": False}
        told = feedback_on(session, sitting, organisation=organisation)
        assert told is not None
        assert not told.shared
        sitting.state = "withdrawn"
        assert feedback_on(session, sitting, organisation=organisation) is None
        assert feedback_on(session, None, organisation=organisation) is None


def test_a_report_is_in_each_language_of_the_form_and_no_translation_lends_another_its_figures(
    stage: ScoredStage, now: datetime
) -> None:
    speak_two_languages(stage, now)
    add_unlike_listeners(stage, 130, now)
    ids = {}
    with stage.database.write() as session:
        for language in ("en", "es"):
            _, ids[language] = add_sitting(session, stage.vacancy_id, best_answers(), now, reference=language)
            session.get_one(Sitting, ids[language]).language = language
    score_and_write(stage, now)
    with stage.database.read() as session:
        assert set(reports_of(session, ids["en"])[0].documents) == {"en", "es"}
        levels = {
            language: {f["facet"]: f["level"] for f in standing_document(session, sitting, language)["facets"]}
            for language, sitting in ids.items()
        }
        assert standing_document(session, ids["es"], "es")["title"] == WORDS["es"].head.title
    assert (levels["en"]["listening"], levels["es"]["listening"]) == ("strength", "theme")


def test_a_form_in_one_language_has_reports_in_that_one(stage: ScoredStage, now: datetime) -> None:
    (applicant,) = stage.add_people(1, now)
    score_and_write(stage, now)
    with stage.database.read() as session:
        assert list(reports_of(session, sitting_of(session, applicant).id)[0].documents) == ["en"]


def test_imported_people_and_other_organisations_get_nothing(stage: ScoredStage, now: datetime) -> None:
    other = set_scored_stage(stage.database, now, slug="other")
    other.add_people(2, now, prefix="O")
    imported = set_imported_stage(stage.database, now)
    (applicant,) = stage.add_people(1, now)
    assert score_and_write(stage, now) == 1
    with stage.database.write() as session:
        for sitting in session.scalars(select(Sitting).where(Sitting.vacancy_id == imported.vacancy_id)).all()[:2]:
            score_sitting(session, sitting_id=sitting.id, now=now)
            assert write_feedback(session, sitting_id=sitting.id, words=WORDS, now=now) is None
        assert session.scalar(select(func.count()).select_from(FeedbackReport)) == 1
        assert session.scalars(select(FeedbackReport.sitting_id)).one() == sitting_of(session, applicant).id

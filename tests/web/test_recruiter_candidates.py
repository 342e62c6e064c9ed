"""The candidates page, one candidate, the decision about them, and the list as a file."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from assessment.records.database import Database
from assessment.records.decision import Decision
from assessment.records.organisation import Organisation
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.audit import recent_events
from assessment.services.keyring import add_key_version, release_key
from tests.services.scored_stage import (
    NORMS,
    ScoredStage,
    add_sitting,
    best_answers,
    set_imported_stage,
    set_scored_stage,
    trial_key,
)
from tests.web.recruiting import BASE, Recruiter, score_everybody, sign_in, text_of
from tests.web.taking import today

SECRETS = ("token", "scenario weight", "4.5", "option_value", "Protected", "demographic", "evaluation")


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> ScoredStage:
    made = set_scored_stage(sqlite_database, today())
    made.add_people(12, today())
    score_everybody(made, today())
    return made


@pytest.fixture
def recruiter(app: Flask, stage: ScoredStage) -> Recruiter:
    return sign_in(app, stage.organisation_id)


def best_of(recruiter: Recruiter, stage: ScoredStage) -> str:
    """The path of the first candidate's page."""
    found = re.search(r'<th scope="row"><a href="(/jobs/\d+/candidates/\d+)">', recruiter.get(f"/jobs/{stage.vacancy_id}"))
    assert found
    return found[1]


def set_policy(stage: ScoredStage, **policy: object) -> None:
    with stage.database.write() as session:
        session.execute(update(Organisation).values(policy=policy))


def publish_norms(stage: ScoredStage) -> None:
    with stage.database.write() as session:
        version = add_key_version(
            session,
            key=trial_key(norms=NORMS),
            form_code="trial",
            parent_id=stage.key_version_id,
            author="analyst",
            now=today(),
            organisation_id=stage.organisation_id,
        )
        release_key(
            session,
            key_version_id=version.id,
            reason="published",
            proposal_id=None,
            released_by="x",
            actor=stage.actor,
            now=today(),
        )
    score_everybody(ScoredStage(stage.database, stage.actor, stage.form_id, stage.vacancy_id, version.id), today())


def test_the_page_shows_the_evidence_the_bands_and_everybody(recruiter: Recruiter, stage: ScoredStage) -> None:
    words = text_of(recruiter.get(f"/jobs/{stage.vacancy_id}"))
    assert "Provisional key, not yet validated" in words
    assert "Provisional range" in words
    assert "The difference between any two people in this band is within measurement error." in words
    assert words.count("Person Number") >= 12
    assert "None of the 3 facets is measured well enough here" in words
    assert "planned for this form, provisional" in words


def test_no_page_names_a_key_entry_a_protected_attribute_or_a_qa_result(recruiter: Recruiter, stage: ScoredStage) -> None:
    for path in (f"/jobs/{stage.vacancy_id}", best_of(recruiter, stage)):
        words = text_of(recruiter.get(path))
        assert not [secret for secret in SECRETS if secret in words]


def test_an_empty_job_says_what_to_do_next(recruiter: Recruiter, stage: ScoredStage) -> None:
    recruiter.post("/jobs", code="new", title="New", form=str(stage.form_id))
    words = text_of(recruiter.get(f"/jobs/{stage.vacancy_id + 1}"))
    assert "The candidates will stand here, best first" in words
    assert "Invite the first people" in words


def test_filters_narrow_the_list_and_the_file_alike(recruiter: Recruiter, stage: ScoredStage) -> None:
    query = "q=number11&status=new"
    assert "1 of 12 scored" in text_of(recruiter.get(f"/jobs/{stage.vacancy_id}?{query}"))
    rows = recruiter.file(f"/jobs/{stage.vacancy_id}/candidates.csv?{query}")
    assert [row["name"] for row in rows] == ["Person Number11"]


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "status=%00",
        "band=%00",
        "status=hire'--",
        "page=-1",
        "page=99999999999999999999",
        "page=x",
        "attention=2",
        "q=" + "a" * 5000,
        "q=%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_hostile_addresses_give_a_page(recruiter: Recruiter, stage: ScoredStage, query: str) -> None:
    response = recruiter.client.get(f"/jobs/{stage.vacancy_id}?{query}", base_url=BASE)
    assert response.status_code == 200
    assert "<script>alert" not in response.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/jobs/99999999999999999999", "/jobs/2147483648/candidates/1", "/jobs/1/candidates/999999999999"])
def test_impossible_numbers_are_not_found(recruiter: Recruiter, stage: ScoredStage, path: str) -> None:
    recruiter.get(path, status=404)


def test_another_organisation_finds_nothing_here(app: Flask, recruiter: Recruiter, stage: ScoredStage) -> None:
    path = best_of(recruiter, stage)
    other = sign_in(app, set_scored_stage(stage.database, today(), slug="other").organisation_id)
    for address in (f"/jobs/{stage.vacancy_id}", path, f"/jobs/{stage.vacancy_id}/candidates.csv"):
        other.get(address, status=404)
    other.post(f"{path}/decision", status=404, outcome="decline", reason="filled", note="")
    other.post(f"/jobs/{stage.vacancy_id}/close", status=404)


def test_the_file_names_key_scale_and_norm_group(recruiter: Recruiter, stage: ScoredStage) -> None:
    row = recruiter.file(f"/jobs/{stage.vacancy_id}/candidates.csv")[0]
    assert (row["scale"], row["norm_group"], row["key_version"], row["key_grade"]) == ("percent", "none", "1", "provisional")
    assert int(row["low_68"]) <= int(row["score"]) <= int(row["high_68"])
    assert "simulated" not in row
    publish_norms(stage)
    row = recruiter.file(f"/jobs/{stage.vacancy_id}/candidates.csv")[0]
    assert (row["scale"], row["norm_group"], row["key_version"]) == ("t", NORMS["name"], "2")


def test_invented_people_are_labelled_on_the_page_and_in_the_file(recruiter: Recruiter, stage: ScoredStage) -> None:
    assert "Simulated data" not in recruiter.get(f"/jobs/{stage.vacancy_id}")
    with stage.database.write() as session:
        session.execute(update(Vacancy).values(simulated=True))
    assert "Simulated data" in recruiter.get(f"/jobs/{stage.vacancy_id}")
    assert {row["simulated"] for row in recruiter.file(f"/jobs/{stage.vacancy_id}/candidates.csv")} == {"1"}


@pytest.mark.parametrize("name", ["=cmd|'/c calc'!A1", "+1+2", "-2+3", "@SUM(A1)", "＝1+1", '=HYPERLINK("http://evil")'])
def test_a_name_that_a_spreadsheet_would_run_is_disarmed_in_the_file(recruiter: Recruiter, stage: ScoredStage, name: str) -> None:
    with stage.database.write() as session:
        add_sitting(session, stage.vacancy_id, best_answers(), today(), reference="evil", name=name)
    score_everybody(stage, today())
    row = next(r for r in recruiter.file(f"/jobs/{stage.vacancy_id}/candidates.csv") if r["reference"] == "evil")
    assert row["name"] == "'" + name


def test_exports_are_noted_in_the_log_and_can_be_held_back(recruiter: Recruiter, stage: ScoredStage) -> None:
    recruiter.file(f"/jobs/{stage.vacancy_id}/candidates.csv")
    with stage.database.read() as session:
        event = recent_events(session, stage.organisation_id)[0]
        assert (event.action, event.detail["people"]) == ("candidates exported", 12)
    set_policy(stage, hold_rank_export=True)
    assert "holds exports back" in text_of(recruiter.get(f"/jobs/{stage.vacancy_id}"))
    assert "holds ranked exports back" in text_of(recruiter.get(f"/jobs/{stage.vacancy_id}/candidates.csv", status=409))


def test_a_policy_hides_the_numbers_inside_a_band_everywhere(recruiter: Recruiter, stage: ScoredStage) -> None:
    set_policy(stage, hide_order_in_band=True)
    page = recruiter.get(f"/jobs/{stage.vacancy_id}")
    assert 'class="score"' not in page
    assert {row["score"] for row in recruiter.file(f"/jobs/{stage.vacancy_id}/candidates.csv")} == {""}
    words = text_of(recruiter.get(best_of(recruiter, stage)))
    assert "shows bands without the order inside them" in words
    assert "Show the numbers" not in words


def test_the_candidate_page_gives_the_range_the_questions_and_the_history(recruiter: Recruiter, stage: ScoredStage) -> None:
    words = text_of(recruiter.get(best_of(recruiter, stage)))
    assert re.search(r"Band A, score \d+ of 100", words)
    assert "No comparison with other applicants is printed" in words
    assert "in 100 applicants" not in words
    assert "by no more than measurement error. Let the interview decide between them." in words
    assert "What to ask in the interview" in words
    assert "Listening" in words
    assert "A score alone is not a reason." in words
    assert "13 of 13 scored questions answered" in words
    assert "Scored with key v1 (provisional)." in words


def test_with_a_norm_group_the_finding_is_in_natural_frequencies_and_old_scores_stand_beside(
    recruiter: Recruiter, stage: ScoredStage
) -> None:
    publish_norms(stage)
    words = text_of(recruiter.get(best_of(recruiter, stage)))
    assert re.search(
        r"Higher than about \d+ in 100 applicants of the norm group\. With measurement error, between \d+ and \d+", words
    )
    assert "Scores under each key" in words
    assert re.search(r"Key v2 \(provisional\) \d+ average 50 In force since", words)
    assert re.search(r"Key v1 \(provisional\) \d+ percent of maximum from", words)


def test_a_decision_is_recorded_shown_and_kept(recruiter: Recruiter, stage: ScoredStage) -> None:
    path = best_of(recruiter, stage)
    recruiter.post(f"{path}/decision", outcome="interview", reason="experience", note="Ten years at a <b>desk</b>.")
    page = recruiter.client.get(path, base_url=BASE).get_data(as_text=True)
    assert "Ten years at a &lt;b&gt;desk&lt;/b&gt;." in page
    assert "Invite to interview by Rosa Recruiter. Work history or references." in text_of(page)
    assert "1 of 12 scored" in text_of(recruiter.get(f"/jobs/{stage.vacancy_id}?status=interview"))


def test_a_score_alone_is_no_reason_and_what_was_written_is_kept(recruiter: Recruiter, stage: ScoredStage) -> None:
    path = best_of(recruiter, stage)
    response = recruiter.post(f"{path}/decision", status=422, outcome="decline", reason="score", note="Low score.")
    page = response.get_data(as_text=True)
    assert "Choose a reason; a score alone is not one" in text_of(page)
    assert 'role="alert"' in page
    assert "Low score." in page
    assert '<option value="decline" selected>' in page
    with stage.database.read() as session:
        assert session.scalars(select(Decision)).all() == []


def test_somebody_who_has_not_finished_has_a_page_without_a_score(recruiter: Recruiter, stage: ScoredStage) -> None:
    with stage.database.write() as session:
        applicant, _ = add_sitting(session, stage.vacancy_id, {}, today(), reference="slow", name="Slow Person", state="active")
    words = text_of(recruiter.get(f"/jobs/{stage.vacancy_id}/candidates/{applicant}"))
    assert "Started, not finished" in words
    assert "Facets" not in words
    assert "Without a score" in text_of(recruiter.get(f"/jobs/{stage.vacancy_id}"))


def test_agreeing_signs_are_shown_with_what_they_do_not_mean(recruiter: Recruiter, stage: ScoredStage) -> None:
    flat = {"three-rate": dict.fromkeys("abcde", 3), "story.wrong": dict.fromkeys("abcd", 3)}
    with stage.database.write() as session:
        applicant, _ = add_sitting(session, stage.vacancy_id, best_answers() | flat, today(), reference="F", milliseconds=50)
    score_everybody(stage, today())
    assert "Read response notes" in text_of(recruiter.get(f"/jobs/{stage.vacancy_id}?attention=1"))
    words = text_of(recruiter.get(f"/jobs/{stage.vacancy_id}/candidates/{applicant}"))
    assert "the score is unchanged" in words
    assert "100 % of the answers came faster than the words can be read" in words


def test_an_imported_cohort_is_paged_without_facets_or_invitations(app: Flask, sqlite_database: Database) -> None:
    stage = set_imported_stage(sqlite_database, today(), n=130)
    score_everybody(stage, today(), "cohort")
    recruiter = sign_in(app, stage.organisation_id)
    first, second = (text_of(recruiter.get(f"/jobs/{stage.vacancy_id}?page={page}")) for page in (1, 2))
    assert "page 1 of 2" in first
    assert "page 2 of 2" in second
    assert "which end of a scale is good is not known" in first
    assert "so that no facets are shown" in first
    assert "Invite people" not in first
    references = [row["reference"] for row in recruiter.file(f"/jobs/{stage.vacancy_id}/candidates.csv")]
    assert len(references) == 130
    assert references[0] in first
    assert references[129] in second


def test_a_single_minute_is_not_many(recruiter: Recruiter, stage: ScoredStage) -> None:
    with stage.database.write() as session:
        for sitting in session.scalars(select(Sitting).where(Sitting.started_at.is_not(None))):
            assert sitting.started_at is not None
            sitting.finished_at = sitting.started_at + timedelta(minutes=1)
    page = text_of(recruiter.get(best_of(recruiter, stage)))
    assert "1 minute from start to finish" in page
    assert "1 minutes" not in page

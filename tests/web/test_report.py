"""The report's page: before it is written, when it stands, when it is not shared, after a withdrawal; and what staff see of it."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from assessment.records.applicant import Invitation
from assessment.records.database import Database
from assessment.records.sitting import Sitting
from assessment.services.delivery import withdraw_consent
from tests.services.feedback_stage import add_unlike_listeners, publish, score_and_write, speak_two_languages
from tests.services.scored_stage import NORMS, ScoredStage, best_answers, set_scored_stage, trial_key
from tests.services.stage import Stage
from tests.web.recruiting import BASE, sign_in
from tests.web.reporting import finish, person_of, set_policy
from tests.web.taking import Person, today


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> ScoredStage:
    return set_scored_stage(sqlite_database, today())


def words_of(page: str) -> str:
    main = re.search(r"<main.*?</main>", page, re.DOTALL)
    assert main
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main[0])))


def test_the_report_is_promised_then_stands_then_is_set_aside(app: Flask, stage: ScoredStage) -> None:
    add_unlike_listeners(stage, 130, today())
    invitation_id, _ = finish(stage, best_answers(), today())
    person = person_of(app, invitation_id, today())
    person.go("/take/done")
    assert "Your report will stand here" in person.text
    person.go("/take/report")
    assert (person.title, person.address) == ("Your report is not written yet", "/take/report")
    score_and_write(stage, today())
    person.go("/take/done")
    assert "Read your report" in person.text
    person.go("/take/report")
    assert person.title == "What your answers can tell you"
    told = words_of(person.text)
    for words in ("Listening A strength here", "Rests on four situations.", "Staying steady Too little known", "provisional"):
        assert words in told
    for word in ("percent", "T score", "band", "rank", "Number1", "best_worst"):
        assert word not in told
    assert len(re.findall(r"\d+", told)) == 3  # day and year of finishing, and the version of the scoring
    with stage.database.write() as session:
        withdraw_consent(session, invitation_id=invitation_id, now=today())
    person.go("/take/report")
    assert (person.title, person.address) == ("You have withdrawn", "/take/done")
    assert "Read your report" not in person.text


def test_before_the_end_the_page_leads_to_where_the_person_is(app: Flask, stage: ScoredStage) -> None:
    (token,) = Stage(stage.database, stage.actor, stage.form_id, stage.vacancy_id).invite(today())
    person = Person(app, token)
    person.go("/take/report")
    assert person.address == "/take/welcome"
    person.begin()
    person.go("/take/report")
    assert person.address == "/take/page/1"


def test_an_organisation_that_does_not_share_says_so_and_what_can_be_asked(app: Flask, stage: ScoredStage) -> None:
    invitation_id, _ = finish(stage, best_answers(), today())
    score_and_write(stage, today())
    set_policy(stage, share_feedback=False)
    person = person_of(app, invitation_id, today())
    person.go("/take/report")
    told = words_of(person.text)
    assert person.title == "There is no report to read here"
    assert "Acme does not share a report" in told
    assert "ask for a person to look at your answers" in told
    assert "Part by part" not in told
    person.go("/take/done")
    assert "Read your report" not in person.text
    assert "no report on your answers" in person.text


def test_a_new_key_brings_a_new_report_and_names_the_one_before(app: Flask, stage: ScoredStage) -> None:
    invitation_id, _ = finish(stage, best_answers(), today())
    score_and_write(stage, today())
    second = publish(stage, trial_key(norms=NORMS), today())
    score_and_write(stage, today(), key_version_id=second)
    person = person_of(app, invitation_id, today())
    person.go("/take/report")
    assert "Scoring version 2" in words_of(person.text)
    assert "Under another version of the scoring one was written on" in words_of(person.text)


def test_a_person_who_chose_spanish_reads_the_report_in_spanish(app: Flask, stage: ScoredStage) -> None:
    speak_two_languages(stage, today())
    invitation_id, sitting_id = finish(stage, best_answers(), today())
    with stage.database.write() as session:
        session.get_one(Invitation, invitation_id).language = "es"
        session.get_one(Sitting, sitting_id).language = "es"
    score_and_write(stage, today())
    person = person_of(app, invitation_id, today())
    person.go("/take/report")
    assert '<html lang="es"' in person.text
    assert person.title == "Lo que sus respuestas pueden decirle"
    assert "Parte por parte" in person.text
    assert "Part by part" not in person.text


def test_the_report_is_part_of_what_a_person_takes_away_while_it_is_shared(app: Flask, stage: ScoredStage) -> None:
    invitation_id, _ = finish(stage, best_answers(), today())
    score_and_write(stage, today())
    person = person_of(app, invitation_id, today())

    def taken() -> dict[str, Any] | None:
        record = json.loads(person.go("/take/my-data/file").get_data(as_text=True))
        found: dict[str, Any] | None = record["jobs"][0]["questionnaires"][0]["report"]
        return found

    report = taken()
    assert report is not None
    assert report["documents"]["en"]["title"] == "What your answers can tell you"
    person.go("/take/my-data")
    assert "Report to you" in person.text
    set_policy(stage, share_feedback=False)
    assert taken() is None
    person.go("/take/my-data")
    assert "Report to you" not in person.text


def test_too_little_answered_is_said_plainly(app: Flask, stage: ScoredStage) -> None:
    invitation_id, _ = finish(stage, {"one-pick": "a"}, today())
    score_and_write(stage, today())
    person = person_of(app, invitation_id, today())
    person.go("/take/report")
    assert person.title == "There is no report, because too little was answered"
    assert "What this report means" not in person.text


def test_recruiters_read_the_very_words_and_no_number_with_them(app: Flask, stage: ScoredStage) -> None:
    invitation_id, _ = finish(stage, best_answers(), today())
    rosa = sign_in(app, stage.organisation_id)
    with stage.database.read() as session:
        applicant_id = session.get_one(Invitation, invitation_id).applicant_id
    here = f"/jobs/{stage.vacancy_id}/candidates/{applicant_id}"
    assert f'href="{here}/report"' in rosa.client.get(here, base_url=BASE).text
    assert "The report is not written yet" in rosa.client.get(f"{here}/report", base_url=BASE).text
    score_and_write(stage, today())
    person = person_of(app, invitation_id, today())
    person.go("/take/report")
    page = rosa.client.get(f"{here}/report", base_url=BASE).text
    article = re.compile(r'<article class="report.*?</article>', re.DOTALL)
    own, staffs = article.search(person.text), article.search(page)
    assert own and staffs
    assert own[0] == staffs[0]
    set_policy(stage, share_feedback=False)
    hidden = rosa.client.get(f"{here}/report", base_url=BASE).text
    assert "Nothing was told" in hidden
    assert "Part by part" not in hidden
    with stage.database.write() as session:
        withdraw_consent(session, invitation_id=invitation_id, now=today())
    assert "There is no report" in rosa.client.get(f"{here}/report", base_url=BASE).text


def test_another_organisation_finds_nobody_there(app: Flask, stage: ScoredStage) -> None:
    invitation_id, _ = finish(stage, best_answers(), today())
    score_and_write(stage, today())
    other = set_scored_stage(stage.database, today(), slug="other")
    with stage.database.read() as session:
        applicant_id = session.get_one(Invitation, invitation_id).applicant_id
    stranger = sign_in(app, other.organisation_id)
    for vacancy_id in (stage.vacancy_id, other.vacancy_id):
        address = f"/jobs/{vacancy_id}/candidates/{applicant_id}/report"
        assert stranger.client.get(address, base_url=BASE).status_code == 404

"""Inviting: a preview line by line, nothing before the confirmation, links that are shown when asked for."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from assessment.records.applicant import Applicant, Invitation
from assessment.records.database import Database
from assessment.services.audit import recent_events
from tests.services.scored_stage import ScoredStage, set_imported_stage, set_scored_stage
from tests.web.recruiting import BASE, Recruiter, rows_of, sign_in, text_of
from tests.web.taking import today

LIST = """Ana Ruiz, ana@example.org
Bo Lind <bo@example.org>
not an address
ANA RUIZ, ana@example.org
"""


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> ScoredStage:
    return set_scored_stage(sqlite_database, today())


@pytest.fixture
def recruiter(app: Flask, stage: ScoredStage) -> Recruiter:
    return sign_in(app, stage.organisation_id)


def count(stage: ScoredStage, table: type[Applicant] | type[Invitation]) -> int:
    with stage.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def invite(recruiter: Recruiter, stage: ScoredStage, people: str = "Ana Ruiz, ana@example.org") -> str:
    """Preview, confirm, and the page that shows the links."""
    page = recruiter.post(f"/jobs/{stage.vacancy_id}/invite", status=200, list=people).get_data(as_text=True)
    confirmed = re.search(r'name="list" value="([^"]*)"', page)
    assert confirmed
    response = recruiter.post(f"/jobs/{stage.vacancy_id}/invite/confirm", list=confirmed[1])
    return recruiter.get(response.headers["Location"])


def links_in(page: str) -> list[str]:
    return re.findall(r'value="(http://localhost/take/[^"]+)"', page)


def test_the_preview_says_what_is_wrong_line_by_line_and_invites_nobody(recruiter: Recruiter, stage: ScoredStage) -> None:
    page = recruiter.post(f"/jobs/{stage.vacancy_id}/invite", status=200, list=LIST).get_data(as_text=True)
    words = text_of(page)
    assert "Invite 2 people" in words
    assert "3 'not an address' has no e-mail address" in words
    assert "4 has the same address as line 1" in words
    assert count(stage, Invitation) == 0


def test_confirmed_people_have_links_that_open_the_questionnaire(app: Flask, recruiter: Recruiter, stage: ScoredStage) -> None:
    page = invite(recruiter, stage, LIST)
    links = links_in(page)
    assert len(links) == 2
    assert "2 people have a personal link now" in text_of(page)
    opened = app.test_client().get(links[0].removeprefix("http://localhost"), base_url=BASE)
    assert opened.status_code == 302
    with stage.database.read() as session:
        actions = [event.action for event in recent_events(session, stage.organisation_id)]
    assert actions.count("applicant invited") == 2
    assert "invitation links shown" in actions


def test_links_are_shown_once_and_again_when_asked_for(recruiter: Recruiter, stage: ScoredStage) -> None:
    links = links_in(invite(recruiter, stage))
    page = recruiter.get(f"/jobs/{stage.vacancy_id}/invitations")
    assert links_in(page) == []
    action = re.search(r'action="(/jobs/\d+/invitations/\d+/link\?page=1)"', page)
    assert action
    again = recruiter.post(action[1], status=200).get_data(as_text=True)
    assert links_in(again) == links


def test_people_invited_before_keep_their_link(recruiter: Recruiter, stage: ScoredStage) -> None:
    invite(recruiter, stage)
    words = text_of(recruiter.post(f"/jobs/{stage.vacancy_id}/invite", status=200, list="ANA@example.org").get_data(as_text=True))
    assert "Invited before" in words
    assert "There is nobody new to invite in this list" in words


def test_a_csv_file_is_read_with_its_references(recruiter: Recruiter, stage: ScoredStage) -> None:
    file = (io.BytesIO("E-Mail;Name;Reference\nana@example.org;Ana Ruiz;A-1\n".encode("utf-16")), "people.csv")
    page = recruiter.post(f"/jobs/{stage.vacancy_id}/invite", status=200, list="", file=file).get_data(as_text=True)
    assert "A-1" in page
    assert "Invite 1 person" in text_of(page)


def test_a_reference_of_somebody_else_is_refused_in_the_preview(recruiter: Recruiter, stage: ScoredStage) -> None:
    table = "email,name,reference\n{},{},A-1\n"
    invite(recruiter, stage, table.format("ana@example.org", "Ana"))
    page = recruiter.post(f"/jobs/{stage.vacancy_id}/invite", status=200, list=table.format("bo@example.org", "Bo"))
    assert "the reference A-1 belongs to another person" in text_of(page.get_data(as_text=True))


@pytest.mark.parametrize("people", ["", "   \n  ", "nobody here", "email,name\n", "\x00\x00", "a" * 10_000])
def test_a_list_of_nobody_keeps_what_was_pasted_and_invites_nobody(recruiter: Recruiter, stage: ScoredStage, people: str) -> None:
    response = recruiter.client.get("/jobs", base_url=BASE)
    assert response.status_code == 200
    page = recruiter.client.post(
        f"/jobs/{stage.vacancy_id}/invite",
        data={"list": people, "csrf_token": re.findall(r'csrf_token" value="([^"]+)"', response.get_data(as_text=True))[0]},
        base_url=BASE,
    )
    assert page.status_code in (200, 422)
    assert "nobody" in text_of(page.get_data(as_text=True)).lower()
    assert count(stage, Invitation) == 0


def test_a_confirmation_is_checked_again_and_takes_nothing_on_trust(recruiter: Recruiter, stage: ScoredStage) -> None:
    response = recruiter.post(
        f"/jobs/{stage.vacancy_id}/invite/confirm", status=422, list='email,name,reference\nana@x.org,Ana\x07,"a\x00b"\nbroken,,\n'
    )
    assert count(stage, Invitation) == 0
    assert "Nobody was invited" in text_of(response.get_data(as_text=True))


def test_the_file_of_links_holds_those_who_have_not_started_and_is_disarmed(recruiter: Recruiter, stage: ScoredStage) -> None:
    invite(recruiter, stage, 'email,name\nana@example.org,"=1+1"\n')
    rows = rows_of(recruiter.post(f"/jobs/{stage.vacancy_id}/invitations.csv", status=200))
    assert [(row["name"], row["email"]) for row in rows] == [("'=1+1", "ana@example.org")]
    assert rows[0]["link"].startswith("http://localhost/take/")


def test_another_organisation_sees_no_link(app: Flask, recruiter: Recruiter, stage: ScoredStage) -> None:
    invite(recruiter, stage)
    with stage.database.read() as session:
        applicant_id = session.scalars(select(Applicant.id)).one()
    other = sign_in(app, set_scored_stage(stage.database, today(), slug="other").organisation_id)
    other.get(f"/jobs/{stage.vacancy_id}/invitations", status=404)
    other.post(f"/jobs/{stage.vacancy_id}/invitations/{applicant_id}/link", status=404)
    other.post(f"/jobs/{stage.vacancy_id}/invitations.csv", status=404)
    other.post(f"/jobs/{stage.vacancy_id}/invite", status=404, list="eve@example.org")
    other.post(f"/jobs/{stage.vacancy_id}/invite/confirm", status=404, list="eve@example.org")


def test_nobody_is_invited_to_a_questionnaire_that_was_answered_elsewhere(app: Flask, sqlite_database: Database) -> None:
    stage = set_imported_stage(sqlite_database, today(), n=5)
    recruiter = sign_in(app, stage.organisation_id)
    assert "Nobody can be invited to this job" in recruiter.get(f"/jobs/{stage.vacancy_id}/invite")
    recruiter.post(f"/jobs/{stage.vacancy_id}/invite/confirm", status=409, list="ana@example.org")

"""The administrator's policy page: errors beside their fields, the notices first, and nobody overwritten."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from assessment.records.database import Database
from assessment.records.organisation import Organisation
from assessment.services.people.policies import Policy, policy_of
from tests.services.stage import Stage, set_stage
from tests.web.recruiting import BASE, Recruiter, sign_in
from tests.web.taking import _Fields, today

PATH = "/organisation/policy"


@pytest.fixture
def stage(sqlite_database: Database) -> Stage:
    return set_stage(sqlite_database, today())


@pytest.fixture
def administrator(app: Flask, stage: Stage) -> Recruiter:
    return sign_in(app, stage.actor.organisation_id, "administrator", "Ada Administrator")


def send(administrator: Recruiter, page: str, go: str = "save", **changes: str | None) -> TestResponse:
    """Send the form of a page as a browser would; a change of None unticks a box."""
    reader = _Fields()
    reader.feed(page)
    fields = {name: value for name, value in (reader.values | changes).items() if value is not None}
    return administrator.client.post(PATH, data=fields | {"go": go}, base_url=BASE, follow_redirects=True)


def text(response: TestResponse) -> str:
    return unescape(response.get_data(as_text=True))


def held(stage: Stage) -> Policy:
    with stage.database.read() as session:
        return policy_of(session.get_one(Organisation, stage.actor.organisation_id))


def test_the_page_shows_the_policy_that_holds_and_both_notices(administrator: Recruiter) -> None:
    page = administrator.get(PATH)
    assert '<option value="general" selected>' in page
    assert re.search(r'name="share_feedback"[^>]* checked', page)
    assert not re.search(r'name="self_identification"[^>]* checked', page)
    assert "Acme asks everyone" in page and "Acme hace las mismas preguntas" in page


def test_what_is_wrong_is_told_beside_each_field_and_nothing_typed_is_lost(administrator: Recruiter, stage: Stage) -> None:
    response = send(
        administrator, administrator.get(PATH), jurisdiction="eu", contact="Ann & Co", reply_days="x", self_identification="yes"
    )
    page = text(response)
    assert response.status_code == 422 and "<title>Error: Policy" in page
    for name in ("controller", "legal_basis", "hosting", "authority", "keep_months", "reply_days", "self_identification"):
        assert f'href="#{name}"' in page
        assert re.search(rf'id="{name}"[^>]* aria-describedby="[^"]*{name}-error[^>]* aria-invalid="true"', page), name
        assert f'id="{name}-error"' in page
    assert 'value="Ann & Co"' in page and 'value="x"' in page and '<option value="eu" selected>' in page
    assert re.search(r'name="self_identification"[^>]* checked', page)
    assert held(stage) == Policy()


def test_the_notice_is_shown_before_it_is_saved(administrator: Recruiter, stage: Stage) -> None:
    changes = {"jurisdiction": "us", "keep_months": "60", "self_identification": "yes", "share_feedback": None}
    shown = text(send(administrator, administrator.get(PATH), "preview", **changes))
    assert "The notice as it would be" in shown and "at least 60 months" in shown and "durante al menos 60 meses" in shown
    assert held(stage) == Policy()
    saved = text(send(administrator, shown))
    assert "The policy is saved." in saved and "at least 60 months" in saved
    assert held(stage) == Policy(jurisdiction="us", keep_months=60, self_identification=True, share_feedback=False)


def test_of_two_administrators_the_later_one_is_told(administrator: Recruiter, stage: Stage) -> None:
    old = administrator.get(PATH)
    send(administrator, old, contact="first@acme.example")
    page = text(send(administrator, old, contact="second@acme.example"))
    assert "The policy was changed since you opened the page." in page
    assert 'value="first@acme.example"' in page
    assert held(stage).contact == "first@acme.example"


def test_a_day_that_holds_applicants_up_is_said(administrator: Recruiter, stage: Stage) -> None:
    day = today().date().isoformat()
    facts = {"contact": "a@acme.example", "keep_months": "48", "audit_address": "https://acme.example/audit"}
    page = text(send(administrator, administrator.get(PATH), jurisdiction="us-nyc", audited_on=day, notice_posted_on=day, **facts))
    assert "Nobody can start before" in page
    with stage.database.write() as session:
        organisation = session.get_one(Organisation, stage.actor.organisation_id)
        organisation.policy = organisation.policy | {"audited_on": "2025-01-02"}
    assert "The bias audit of 2 January 2025 is a year old." in administrator.get(PATH)

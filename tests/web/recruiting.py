"""A recruiter at the other end of the wire: a signed-in test client over a small scored world."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from assessment.records.database import Database
from assessment.services.people.accounts import add_staff_member, open_session
from assessment.services.people.actors import Actor
from assessment.services.scoring import score_finished
from tests.services.scored_stage import ScoredStage

BASE = "http://localhost"


def sign_in(app: Flask, organisation_id: int, role: str = "recruiter", name: str = "Rosa Recruiter") -> Recruiter:
    """A new member of staff with a session of their own."""
    database: Database = app.extensions["database"]
    now = datetime.now(UTC)
    with database.write() as session:
        member = add_staff_member(
            session,
            organisation_id=organisation_id,
            name=name,
            email=f"{role}-{organisation_id}@example.org",
            role=role,
            password="correct horse battery",
            added_by="test",
            now=now,
        )
        token = open_session(session, staff_member_id=member.id, now=now)
        actor = Actor(organisation_id, member.subject, name, role, member.id)
    client = app.test_client()
    client.set_cookie("attune", token)
    return Recruiter(client, actor)


def score_everybody(stage: ScoredStage, now: datetime, form_code: str = "trial") -> None:
    with stage.database.write() as session:
        score_finished(
            session,
            organisation_id=stage.organisation_id,
            form_code=form_code,
            key_version_id=stage.key_version_id,
            now=now,
        )


@dataclass
class Recruiter:
    client: FlaskClient
    actor: Actor

    def get(self, path: str, status: int = 200) -> str:
        response = self.client.get(path, base_url=BASE)
        assert response.status_code == status, f"{path}: {response.status_code}"
        return unescape(response.get_data(as_text=True))

    def post(self, path: str, status: int = 302, follow: bool = False, **data: Any) -> TestResponse:
        """Send a form with the token of the page it stands on."""
        page = self.client.get("/jobs", base_url=BASE).get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, "the page has no token"
        data["csrf_token"] = found[1]
        response = self.client.post(path, data=data, base_url=BASE, follow_redirects=follow)
        assert response.status_code == status, f"{path}: {response.status_code}"
        return response

    def file(self, path: str) -> list[dict[str, str]]:
        """The rows of a CSV file."""
        response = self.client.get(path, base_url=BASE)
        assert response.status_code == 200
        assert response.headers["Content-Disposition"].startswith("attachment")
        return rows_of(response)


def rows_of(response: TestResponse) -> list[dict[str, str]]:
    text = response.get_data(as_text=True)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def text_of(page: str) -> str:
    """The words of a page without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())

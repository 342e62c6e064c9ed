"""Every address with every role and method: who may not see a page is refused, and nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from assessment.app import create_app
from assessment.config import Settings
from assessment.records.database import Database
from assessment.records.organisation import Role
from assessment.services.people.accounts import add_organisation, add_staff_member, open_session
from assessment.web.access import ANYONE, APPLICANT, audience_of

ROOT = Path(__file__).parents[2]
ROLES = [role.value for role in Role]
VISITORS = ["nobody", *ROLES]


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Iterator[Flask]:
    settings = Settings(
        database_url=str(sqlite_database.url),
        secret=b"a secret for tests alone, 32 bytes or more",
        var=tmp_path,
        https=False,
        trusted_hosts=(),
        proxy_hops=0,
        questions=ROOT / "questions",
        worker_name="test",
    )
    made = create_app(settings)
    yield made
    made.extensions["database"].dispose()


def visit_as(app: Flask, visitor: str, now: datetime) -> FlaskClient:
    client = app.test_client()
    if visitor == "nobody":
        return client
    database: Database = app.extensions["database"]
    with database.write() as session:
        organisation = add_organisation(session, slug=f"org-{visitor}", name="Org", now=now)
        member = add_staff_member(
            session,
            organisation_id=organisation.id,
            name=visitor,
            email=f"{visitor}@example.org",
            role=visitor,
            password="correct horse battery",
            added_by="test",
            now=now,
        )
        token = open_session(session, staff_member_id=member.id, now=datetime.now(now.tzinfo))
    client.set_cookie("attune", token)
    return client


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        values = {
            name: 999_999 if "Integer" in type(rule._converters[name]).__name__ else "nothing-here" for name in rule.arguments
        }
        with app.test_request_context():
            address = rule.build(values, append_unknown=False)
        assert address is not None
        found += [(rule.endpoint, method, address[1]) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


@pytest.mark.parametrize("visitor", VISITORS)
def test_only_the_declared_audience_gets_in(app: Flask, visitor: str, now: datetime) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # so that the audience, not the missing token, is what refuses
    client = visit_as(app, visitor, now)
    for endpoint, method, address in addresses(app):
        if endpoint == "account.sign_out":
            continue  # would end the session that the rest of the walk needs; tested on its own
        audience = audience_of(app, endpoint)
        assert audience, f"{endpoint} has no audience"
        response = client.open(address, method=method, base_url="http://localhost")
        assert response.status_code < 500, f"{method} {address} as {visitor}: {response.status_code}"
        if ANYONE in audience:
            assert response.status_code not in (401, 403) or endpoint == "account.sign_in_post"
        elif APPLICANT in audience:
            assert response.status_code == 401, f"{method} {address} as {visitor}: {response.status_code}"
        elif visitor == "nobody":
            refused = response.status_code == 401 or (response.status_code == 302 and "/sign-in" in response.headers["Location"])
            assert refused, f"{method} {address} as {visitor}: {response.status_code}"
        elif visitor in audience:
            assert response.status_code not in (401, 403), f"{method} {address} as {visitor}: {response.status_code}"
        else:
            assert response.status_code == 403, f"{method} {address} as {visitor}: {response.status_code}"


def test_every_unsafe_request_without_a_token_is_refused(app: Flask, now: datetime) -> None:
    client = visit_as(app, "administrator", now)
    for _endpoint, method, address in addresses(app):
        if method in ("POST", "PUT", "PATCH", "DELETE"):
            assert client.open(address, method=method, base_url="http://localhost").status_code in (400, 401, 403, 404)


def test_an_old_cookie_opens_nothing_after_sign_out(app: Flask, now: datetime) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = visit_as(app, "administrator", now)
    old = client.get_cookie("attune")
    assert old is not None
    assert client.get("/organisation", base_url="http://localhost").status_code == 200
    client.post("/sign-out", base_url="http://localhost")
    again = app.test_client()
    again.set_cookie("attune", old.value)
    assert "/sign-in" in again.get("/organisation", base_url="http://localhost").headers["Location"]


def test_every_answer_carries_the_security_headers(app: Flask) -> None:
    client = app.test_client()
    for address in ("/", "/sign-in", "/nothing", "/healthz", "/static/attune.css"):
        with client.get(address, base_url="http://localhost") as response:
            assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"


def test_a_foreign_host_is_refused(app: Flask) -> None:
    assert app.test_client().get("/", base_url="http://evil.example").status_code == 400


@pytest.mark.parametrize("address", ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example"])
def test_sign_in_never_leads_to_another_host(app: Flask, now: datetime, address: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    visit_as(app, "analyst", now)
    response = app.test_client().post(
        "/sign-in",
        data={"email": "analyst@example.org", "password": "correct horse battery", "next": address},
        base_url="http://localhost",
    )
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/")
    assert not response.headers["Location"].startswith("//")


def test_ten_wrong_passwords_lock_the_account_with_the_same_words(app: Flask, now: datetime) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    visit_as(app, "analyst", now)
    client = app.test_client()
    wrong = {"email": "analyst@example.org", "password": "wrong password!"}
    pages = [client.post("/sign-in", data=wrong, base_url="http://localhost").status_code for _ in range(10)]
    assert pages == [403] * 10
    right = {"email": "analyst@example.org", "password": "correct horse battery"}
    assert client.post("/sign-in", data=right, base_url="http://localhost").status_code == 403

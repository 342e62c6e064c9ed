"""Answers of a browser that this process knows are saved before the application; whatever else happens is told by it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from time import sleep
from typing import Any

import pytest
from flask import Flask, request, request_started
from sqlalchemy import select
from werkzeug.test import TestResponse

from assessment.records.database import Database, DatabaseDown
from assessment.records.organisation import WebSession
from assessment.records.sitting import AnswerReceipt, Response, Sitting
from assessment.services.delivery import AnswerDesk
from assessment.services.people.accounts import hash_token, keep_session
from assessment.web.applicant import saving
from tests.services.stage import Stage, set_stage
from tests.web.taking import Person, today


@pytest.fixture
def stage(app: Flask) -> Stage:
    return set_stage(app.extensions["database"], today(), shuffle_items=False)


@pytest.fixture
def long_ways(app: Flask) -> Iterator[list[str]]:
    """The paths that the application itself was asked for."""
    asked: list[str] = []

    def ask(_app: Flask, **_: Any) -> None:
        asked.append(request.path)

    with request_started.connected_to(ask, app):
        yield asked


def send(person: Person, sequence: int, key: str, csrf: str | None = None, value: str = "a", **how: Any) -> TestResponse:
    body = {"unit": "one-pick", "value": value, "sequence": sequence, "key": key}
    headers = {"X-CSRFToken": csrf or person.csrf, "Accept": "application/json"} | how.pop("headers", {})
    return person.client.post("/take/answer", json=body, headers=headers, **how)


def test_the_short_way_says_and_sends_what_the_long_way_does(person: Person, long_ways: list[str], stage: Stage) -> None:
    replies = [send(person, number, f"answer-no-{number}") for number in range(3)]
    assert long_ways == ["/take/answer"], "the first answer alone takes the long way"
    assert [r.status for r in replies] == ["200 OK"] * 3
    assert [r.json["sequence"] for r in replies if r.json] == [1, 2, 3]
    assert sorted(replies[0].headers) == sorted(replies[1].headers) == sorted(replies[2].headers)
    assert replies[0].json is not None
    assert replies[1].json is not None
    assert list(replies[0].json) == list(replies[1].json)
    with stage.database.read() as session:
        assert session.scalars(select(Response)).one().sequence == 3


def test_the_address_is_that_of_the_view(app: Flask) -> None:
    with app.test_request_context():
        assert app.url_map.bind("").build("applicant.answer") == saving.PATH


STRANGE: dict[str, tuple[dict[str, Any], int]] = {
    "another token": ({"csrf": "forged"}, 400),
    "no token": ({"headers": {"X-CSRFToken": ""}}, 400),
    "another host": ({"base_url": "http://evil.example"}, 400),
    "another cookie": ({"headers": {"Cookie": "attune-sitting=of-nobody"}}, 400),
    "no cookie": ({"headers": {"Cookie": ""}}, 400),
}


@pytest.mark.parametrize("what", STRANGE)
def test_who_shows_anything_else_takes_the_long_way_and_is_refused_there(
    person: Person, long_ways: list[str], stage: Stage, what: str
) -> None:
    how, status = STRANGE[what]
    cookie = person.client.get_cookie("attune-sitting")
    assert cookie is not None
    shown = {"Cookie": f"attune-sitting={cookie.value}"}
    plain = person.client.application.test_client(use_cookies=False)
    person.client = plain
    send(person, 0, "known-well-1", headers=shown)
    assert send(person, 1, "known-well-2", headers=shown).status_code == 200
    assert len(long_ways) == 1
    reply = send(person, 2, "strange-1", value="b", **{**how, "headers": shown | how.get("headers", {})})
    assert (reply.status_code, len(long_ways)) == (status, 2)
    with stage.database.read() as session:
        assert session.scalars(select(Response.value)).one() == '"a"'


def test_a_token_that_came_another_way_is_not_taken_for_one_in_the_header(person: Person, long_ways: list[str]) -> None:
    """Flask-WTF takes the token from a second header too. What the first held must not be good from then on."""
    body = {"unit": "one-pick", "value": "a", "sequence": 0, "key": "other-header-1"}
    for junk in ("", "junk"):
        sent = person.client.post("/take/answer", json=body, headers={"X-CSRFToken": junk, "X-CSRF-Token": person.csrf})
        assert sent.status_code == (400 if junk else 200)
        assert person.client.post("/take/answer", json=body, headers={"X-CSRFToken": junk}).status_code == 400
    assert len(long_ways) == 4


def test_a_browser_is_known_on_its_next_page_too(person: Person, long_ways: list[str]) -> None:
    """Every page has a form token of its own."""
    tokens = []
    for number in range(3):
        person.go("/take/page/1")
        tokens.append(person.csrf)
        assert send(person, number, f"answer-no-{number}").status_code == 200
        sleep(1.1)  # a token holds its second
    assert len({*tokens}) == 3
    assert long_ways.count("/take/answer") == 1


def test_who_sends_slowly_gains_no_time(person: Person, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head arrives in time and the body after the deadline and its grace, on either way."""
    send(person, 0, "answer-no-1")
    with stage.database.write() as session:
        session.scalars(select(Sitting)).one().deadline_at = today() + timedelta(seconds=1)
    late = timedelta()

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            nonlocal late
            late = timedelta(seconds=7)
            return super().read(size)

        def readinto(self, buffer: Any) -> int:
            nonlocal late
            late = timedelta(seconds=7)
            return super().readinto(buffer)

    monkeypatch.setattr(saving, "now", lambda: today() + late)
    headers = {"X-CSRFToken": person.csrf, "Accept": "application/json", "Content-Type": "application/json"}
    for known in (True, False):
        late = timedelta()
        body = json.dumps({"unit": "one-pick", "value": "b", "sequence": 1, "key": f"slowly-{known}"}).encode()
        how = {"input_stream": Slow(body), "content_length": len(body)}
        reply = person.client.post("/take/answer", headers=headers, **how)
        assert (reply.status_code, reply.json["kind"] if reply.json else None) == (409, "SittingOverdue"), known


def test_a_database_that_is_down_is_told_as_such(person: Person, long_ways: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    csrf = person.csrf
    send(person, 0, "answer-no-1", csrf)

    def down(*_: Any, **__: Any) -> None:
        raise DatabaseDown("a statement", None, ConnectionError())

    for name in ("look_up", "read", "write", "statements"):
        monkeypatch.setattr(Database, name, down)
    monkeypatch.setattr(AnswerDesk, "record_response", down)
    for reply in (send(person, 1, "answer-no-2", csrf), send(person, 1, "answer-no-3", csrf)):
        assert (reply.status_code, reply.headers.get("Retry-After")) == (503, "10")
        assert "The database does not answer" in (reply.json or {})["error"]
    for path in ("/take/page/1", "/sign-in", "/"):
        person.client.set_cookie("attune", "of-somebody")
        page = person.client.get(path)
        assert (page.status_code, "The database does not answer" in page.get_data(as_text=True)) == (503, True), path
    newcomer = person.client.application.test_client().get("/sign-in")  # whose session cannot be begun
    assert (newcomer.status_code, newcomer.headers.get("Retry-After")) == (503, "10")
    assert "The database does not answer" in newcomer.get_data(as_text=True)


def test_an_answer_on_its_way_does_not_undo_what_another_request_kept(
    person: Person, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = person.client.get_cookie("attune-sitting")
    assert cookie is not None
    real = AnswerDesk.record_response

    def values() -> dict[str, Any]:
        with stage.database.read() as session:
            return dict(session.get_one(WebSession, hash_token(cookie.value)).values)

    def record(*given: Any) -> Any:
        with stage.database.write() as session:
            keep_session(session, cookie.value, values=values() | {"kept": "meanwhile"}, now=today())
        return real(*given)

    monkeypatch.setattr(AnswerDesk, "record_response", record)
    with stage.database.write() as session:
        session.get_one(WebSession, hash_token(cookie.value)).seen_at = today() - timedelta(minutes=2)
    assert send(person, 0, "answer-no-1").status_code == 200
    assert values()["kept"] == "meanwhile"
    with stage.database.read() as session:
        assert session.get_one(WebSession, hash_token(cookie.value)).seen_at > today() - timedelta(minutes=1)


def test_a_known_browser_is_looked_at_again_within_a_minute(
    person: Person, long_ways: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(0) < saving.REMEMBERED_FOR <= timedelta(minutes=1)
    monkeypatch.setattr(saving, "REMEMBERED_FOR", timedelta(0))
    for number in range(3):
        send(person, number, f"answer-no-{number}")
    assert len(long_ways) == 3


def test_nobody_is_known_longer_than_their_session_runs(person: Person, long_ways: list[str], stage: Stage) -> None:
    with stage.database.write() as session:
        session.scalars(select(WebSession).where(WebSession.invitation_id.is_not(None))).one().expires_at = today()
    assert [send(person, 0, f"answer-no-{number}").status_code for number in range(2)] == [400, 400]
    assert len(long_ways) == 2


def test_what_is_refused_on_the_short_way_is_told_by_the_long_one_and_tried_once(
    person: Person, long_ways: list[str], stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    real = AnswerDesk.record_response

    def record(self: AnswerDesk, sitting: int, unit: str, *more: Any) -> Any:
        tried.append(unit)
        return real(self, sitting, unit, *more)

    monkeypatch.setattr(AnswerDesk, "record_response", record)
    csrf = person.csrf
    send(person, 0, "answer-no-1", csrf)
    stale = send(person, 0, "stale-no-1", csrf, value="b")
    assert stale.json is not None
    assert (stale.status_code, stale.json["kind"], stale.json["saved"], stale.json["sequence"]) == (409, "StalePage", "a", 1)
    assert (len(tried), long_ways) == (2, ["/take/answer"] * 2)
    send(person, 1, "answer-no-2", csrf)  # the long way again, after which the browser is known
    before = len(long_ways)
    with stage.database.write() as session:
        session.scalars(select(Sitting)).one().deadline_at = today() - timedelta(seconds=6)
    late = send(person, 2, "too-late-1", csrf)
    assert (late.status_code, late.json["kind"] if late.json else None) == (409, "SittingOverdue")
    assert (len(tried), len(long_ways)) == (4, before + 1)


def test_a_body_that_is_broken_too_large_or_cut_short_is_told_as_ever(person: Person, long_ways: list[str], stage: Stage) -> None:
    headers = {"X-CSRFToken": person.csrf, "Accept": "application/json", "Content-Type": "application/json"}
    for body, status in ((b"{", 422), (b"[]", 422), (b"\xff", 422), (b"x" * 100_000, 413)):
        send(person, 0, "same-key-again")
        before = len(long_ways)
        assert person.client.post("/take/answer", data=body, headers=headers).status_code == status, body[:9]
        assert len(long_ways) == before + 1
    send(person, 0, "same-key-again")
    short = person.client.post("/take/answer", data=b'{"unit": "one-pick"', headers=headers | {"Content-Length": "200"})
    assert short.status_code in (400, 422)
    with stage.database.read() as session:
        assert session.scalars(select(AnswerReceipt.sequence)).all() == [1]


def test_a_fault_of_ours_on_the_short_way_is_a_fault_as_ever(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    send(person, 0, "answer-no-1")

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(AnswerDesk, "record_response", broken)
    reply = send(person, 1, "answer-no-2")
    assert (reply.status_code, "The fault is ours" in reply.get_data(as_text=True)) == (500, True)


def test_no_more_browsers_are_known_than_fit(person: Person, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "REMEMBERED", 2)
    app = person.client.application
    for number, token in enumerate(stage.invite(today(), 3)):
        other = Person(app, token)
        other.begin()
        assert send(other, 0, f"of-person-{number}").status_code == 200
    way = app.extensions[saving.EXTENSION]
    assert len(way._known) == 2
    assert send(person, 0, "first-again-1").status_code == 200


def test_long_heads_are_not_kept(person: Person, long_ways: list[str]) -> None:
    person.client.set_cookie("other", "x" * 2000)
    assert [send(person, number, f"answer-no-{number}").status_code for number in range(2)] == [200, 200]
    assert len(long_ways) == 2

"""Answers of a browser that this process knows are saved before the application; whatever else happens is told by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, request, request_started
from sqlalchemy import select
from werkzeug.test import TestResponse

from assessment.records.organisation import WebSession
from assessment.records.sitting import AnswerReceipt, Response, Sitting
from assessment.services.delivery import AnswerDesk
from assessment.web.applicant import saving
from tests.services.stage import Stage, set_stage
from tests.web.taking import Person, today


@pytest.fixture
def stage(app: Flask) -> Stage:
    return set_stage(app.extensions["database"], today(), shuffle_items=False)


@pytest.fixture
def person(app: Flask, stage: Stage) -> Person:
    (token,) = stage.invite(today())
    person = Person(app, token)
    person.begin()
    return person


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

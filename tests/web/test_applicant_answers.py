"""Single answers as the script sends them: JSON to /take/answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from assessment.records.database import Database
from assessment.records.sitting import AnswerReceipt, Response, Sitting
from tests.services.stage import Stage, at_once, set_stage
from tests.web.taking import Person, application, today


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[Flask]:
    made = application(database, tmp_path)
    yield made
    if "answers" in made.extensions:
        made.extensions["answers"].close()
    made.extensions["database"].dispose()


@pytest.fixture
def stage(app: Flask, database: Database) -> Stage:
    return set_stage(database, today(), shuffle_items=False)


def test_a_saved_answer_is_confirmed_with_its_number(person: Person, stage: Stage) -> None:
    reply = person.answer(unit="one-pick", value="b", sequence=0, key="first-key-1", milliseconds=3200)
    assert reply.status_code == 200
    assert reply.json is not None
    assert (reply.json["unit"], reply.json["sequence"], reply.json["complete"]) == ("one-pick", 1, True)
    assert set(reply.json) == {"unit", "sequence", "saved_at", "complete"}
    person.go("/take/page/1")
    assert (person.fields["one-pick"], person.fields["one-pick:sequence"]) == ("b", "1")
    with stage.database.read() as session:
        assert session.scalars(select(Response)).one().milliseconds == 3200


def test_the_same_request_repeated_gives_the_same_status_and_body(person: Person, stage: Stage) -> None:
    body = {"unit": "one-pick", "value": "b", "sequence": 0, "key": "same-key-1", "milliseconds": 10}
    replies = [person.answer(**body) for _ in range(20)]
    assert {(r.status_code, r.get_data(as_text=True)) for r in replies} == {(200, replies[0].get_data(as_text=True))}
    other = person.answer(**body | {"value": "c"})
    assert (other.status_code, other.json["kind"] if other.json else None) == (422, "KeyReused")
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AnswerReceipt)) == 1


def test_fifty_of_the_same_request_at_once_are_one_answer(app: Flask, person: Person, stage: Stage) -> None:
    body = {"unit": "one-pick", "value": "b", "sequence": 0, "key": "same-key-1"}
    csrf = person.csrf
    cookie = person.client.get_cookie("attune-sitting")
    assert cookie is not None

    def send(_: int) -> tuple[int, str]:
        client = app.test_client()
        client.set_cookie("attune-sitting", cookie.value)
        reply = client.post("/take/answer", json=body, headers={"X-CSRFToken": csrf, "Accept": "application/json"})
        return reply.status_code, reply.get_data(as_text=True) if reply.status_code == 200 else reply.json["kind"]

    replies = set(at_once(50, send))
    assert {status for status, _ in replies} <= {200, 409}
    assert len([reply for reply in replies if reply[0] == 200]) == 1
    assert {kind for status, kind in replies if status == 409} <= {"KeyInFlight"}
    with stage.database.read() as session:
        assert [(r.unit, r.value, r.sequence) for r in session.scalars(select(Response))] == [("one-pick", '"b"', 1)]


def test_a_stale_page_is_told_what_stands(person: Person) -> None:
    person.answer(unit="one-pick", value="b", sequence=0, key="first-key-1")
    stale = person.answer(unit="one-pick", value="c", sequence=0, key="second-key")
    assert stale.status_code == 409 and stale.json is not None
    assert (stale.json["kind"], stale.json["saved"], stale.json["sequence"]) == ("StalePage", "b", 1)


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"unit": "two-pair", "value": {"best": "a"}}, 409, "PageNotReached"),
    ({"unit": "someone-elses", "value": "a"}, 404, "NotFound"),
    ({"unit": "practice", "value": {"best": "a"}}, 404, "NotFound"),
    ({"unit": "one-pick", "value": "z"}, 422, "BadInput"),
    ({"unit": "one-pick", "value": "a", "sequence": "0"}, 422, "BadInput"),
    ({"unit": "one-pick", "value": "a", "sequence": 1.5}, 422, "BadInput"),
    ({"unit": "one-pick", "value": "a", "sequence": 99}, 422, "BadInput"),
    ({"unit": "one-pick", "value": "a", "milliseconds": "1"}, 422, "BadInput"),
    ({"unit": "one-pick", "value": "a", "milliseconds": -1}, 422, "BadInput"),
    ({"unit": "one-pick", "value": "a", "key": "x"}, 422, "BadInput"),
    ({"unit": "one-pick", "value": "a", "key": 12345678}, 422, "BadInput"),
    ({"unit": 7, "value": "a"}, 422, "BadInput"),
    ({"value": "a"}, 422, "BadInput"),
]
BROKEN = [b" ", b"{", b"[]", b"7", b"[" * 9000, b'{"unit":"one-pick","value":' + b"1" * 9000 + b"}", b"\xff\xfe"]


def test_what_cannot_be_saved_is_refused_in_words(person: Person, stage: Stage) -> None:
    csrf = person.csrf
    for body, status, kind in REFUSED:
        reply = person.answer(**{"csrf": csrf, "key": "good-key-1", "sequence": 0} | body)
        assert (reply.status_code, reply.json["kind"] if reply.json else None) == (status, kind), body
    with stage.database.read() as session:
        assert session.scalars(select(Response)).all() == []


def test_a_broken_body_is_refused_and_nothing_breaks(person: Person) -> None:
    headers = {"X-CSRFToken": person.csrf, "Accept": "application/json", "Content-Type": "application/json"}
    for body in BROKEN:
        assert person.client.post("/take/answer", data=body, headers=headers).status_code == 422, body[:40]


def test_a_huge_body_is_not_read(person: Person) -> None:
    headers = {"X-CSRFToken": person.csrf, "Accept": "application/json", "Content-Type": "application/json"}
    assert person.client.post("/take/answer", data=b"x" * 100_000, headers=headers).status_code == 413


def test_extra_fields_change_nothing(person: Person, stage: Stage) -> None:
    extra = {"state": "submitted", "deadline_at": "2099-01-01", "sitting_id": 999, "score": 5, "now": "2000-01-01T00:00:00Z"}
    assert person.answer(unit="one-pick", value="b", sequence=0, key="extra-key-1", **extra).status_code == 200
    with stage.database.read() as session:
        sitting = session.scalars(select(Sitting)).one()
        assert (sitting.state, sitting.deadline_at) == ("active", None)


def test_the_token_of_the_form_is_needed(person: Person) -> None:
    assert person.answer(csrf="forged", unit="one-pick", value="b", sequence=0, key="no-token-1").status_code == 400


def test_one_person_cannot_answer_for_another(app: Flask, stage: Stage, person: Person) -> None:
    other_stage = set_stage(stage.database, today(), slug="other")
    (token,) = other_stage.invite(today())
    other = Person(app, token)
    other.begin()
    assert other.answer(unit="one-pick", value="d", sequence=0, key="mine-only-1").status_code in (200, 409)
    person.go("/take/page/1")
    assert "one-pick" not in person.fields


def test_an_answer_after_the_end_says_so(person: Person, stage: Stage) -> None:
    csrf = person.csrf
    person.go("/take/review")
    person.choose()
    reply = person.answer(csrf=csrf, unit="one-pick", value="b", sequence=0, key="too-late-1")
    assert (reply.status_code, reply.json["kind"] if reply.json else None) == (409, "SittingAlreadySubmitted")


def test_an_answer_after_the_deadline_says_so(person: Person, stage: Stage) -> None:
    with stage.database.write() as session:
        session.scalars(select(Sitting)).one().deadline_at = today() - timedelta(seconds=6)
    reply = person.answer(unit="one-pick", value="b", sequence=0, key="too-late-1")
    assert (reply.status_code, reply.json["kind"] if reply.json else None) == (409, "SittingOverdue")


def test_script_and_form_agree_about_every_format(person: Person, stage: Stage) -> None:
    values: dict[str, tuple[dict[str, str], Any]] = {
        "one-pick": ({"one-pick": "b"}, "b"),
        "two-pair": ({"two-pair:best": "b", "two-pair:worst": "a"}, {"best": "b", "worst": "a"}),
        "three-rate": ({f"three-rate:{o}": "2" for o in "abcde"}, dict.fromkeys("abcde", 2)),
        "four-rank": ({"four-rank:b": "1", "four-rank:a": "2", "four-rank:d": "3", "four-rank:c": "4"}, ["b", "a", "d", "c"]),
    }
    for unit, (fields, value) in values.items():
        person.choose("here", **fields)
        with stage.database.read() as session:
            row = session.scalars(select(Response).where(Response.unit == unit)).one()
            assert json.loads(row.value or "null") == value
            by_form = row.value
        person.go("/take/")
        repeated = person.answer(unit=unit, value=value, sequence=0, key=f"again-{unit}")
        assert repeated.status_code == 200, "the same answer by script is no conflict"
        with stage.database.read() as session:
            assert session.scalars(select(Response.value).where(Response.unit == unit)).one() == by_form
        person.choose()


@pytest.fixture
def other_process(database: Database, tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "other").mkdir()
    made = application(database, tmp_path / "other")
    yield made
    made.extensions["answers"].close()
    made.extensions["database"].dispose()


def test_whoever_leaves_on_this_device_answers_no_more_there_in_any_process(
    person: Person, other_process: Flask, database: Database
) -> None:
    """The other process has answered for this session before, so it remembers it; the database says that it has ended."""
    cookie = person.client.get_cookie("attune-sitting")
    assert cookie is not None
    csrf, elsewhere = person.csrf, other_process.test_client()

    def answer(value: str, sequence: int, key: str) -> int:
        elsewhere.set_cookie("attune-sitting", cookie.value)
        body = {"unit": "one-pick", "value": value, "sequence": sequence, "key": key}
        return elsewhere.post("/take/answer", json=body, headers={"X-CSRFToken": csrf, "Accept": "application/json"}).status_code

    assert [answer("a", 0, "before-it-1"), answer("b", 1, "before-it-2")] == [200, 200]
    person.go("/take/leave")
    person.client.post("/take/leave", data={"csrf_token": person.csrf})
    # The statement refuses, so the process forgets; and a token without a session is worth nothing.
    assert [answer("c", 2, "after-it-1"), answer("c", 2, "after-it-2")] == [400, 400]
    with database.read() as session:
        assert session.scalars(select(Response.value)).all() == ['"b"']

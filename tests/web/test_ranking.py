"""Putting answers in order without JavaScript: places by pills, then Up and Down beside them; nothing is chosen unasked."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from assessment.bank.hashing import digest
from assessment.records.database import Database
from assessment.records.own_item import ItemReading
from assessment.records.sitting import Response
from assessment.services.authoring import pin_form
from assessment.services.inviting import open_vacancy
from assessment.services.people.accounts import add_organisation
from assessment.services.people.actors import Actor
from assessment.web.moves import Move, pressed_move
from tests.services.stage import Stage, form_content, set_stage, step
from tests.web.taking import Person, today
from tests.web.writing import Writer

PLACES = {"four-rank:d": "1", "four-rank:a": "2", "four-rank:b": "3", "four-rank:c": "4"}


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> Stage:
    return set_stage(sqlite_database, today(), shuffle_items=False)


@pytest.fixture
def person(app: Flask, stage: Stage) -> Person:
    """Somebody on the page that asks for an order."""
    (token,) = stage.invite(today())
    person = Person(app, token)
    person.begin()
    for _ in range(3):
        person.choose()
    return person


def stored(stage: Stage) -> dict[str, object]:
    with stage.database.read() as session:
        return {r.unit: json.loads(r.value) for r in session.scalars(select(Response)) if r.value is not None}


def shown(html: str) -> list[str]:
    """Place and option of each row of the list that is to be seen, first row first."""
    if re.search(r'<section class="order"[^>]* hidden', html):
        return []
    return [place + option for option, place in re.findall(r'<li data-row="(\w)"><b>(\d)</b>', html)]


def buttons(html: str) -> list[str]:
    """The buttons that are to be seen, as `up-a`."""
    return re.findall(r'id="((?:up|down)-[\w.-]+)" name="go"[^>]*"(?: autofocus)?>', html)


def press(person: Person, button: str, **fields: str) -> TestResponse:
    way, option = button.split("-")
    sent = person.fields | fields | {"go": f"move:four-rank:{option}:{way}"}
    return person.client.post("/take/page/4", data=sent)


@pytest.mark.parametrize(
    ("order", "move", "after", "landing"),
    [
        ("abcd", "up-c", "acbd", "up-u-c"),
        ("abcd", "down-a", "bacd", "down-u-a"),
        ("abcd", "up-b", "bacd", "down-u-b"),
        ("abcd", "down-c", "abdc", "up-u-c"),
        ("abcd", "up-a", "abcd", "down-u-a"),
        ("abcd", "down-d", "abcd", "up-u-d"),
        ("a-b-", "up-b", "b-a-", "down-u-b"),
        ("-a-b", "down-a", "-b-a", "up-u-a"),
        ("--a-", "up-a", "--a-", "order-u"),
        ("ab--", "up-c", "ab--", "order-u"),
        ("----", "down-a", "----", "order-u"),
    ],
)
def test_a_press_swaps_neighbours_and_leaves_open_places_open(order: str, move: str, after: str, landing: str) -> None:
    way, option = move.split("-")
    pressed = pressed_move({"go": f"move:u:{option}:{way}"})
    assert pressed == Move("u", option, way)
    moved = pressed.applied([None if letter == "-" else letter for letter in order])
    assert "".join(option or "-" for option in moved) == after
    assert pressed.landing(moved) == landing


@pytest.mark.parametrize("go", ["next", "move", "move:u:a", "move:u:a:sideways", "move:u:a:up:up", ""])
def test_another_button_is_no_move(go: str) -> None:
    assert pressed_move({"go": go}) is None


def test_before_anything_is_placed_there_is_no_list_and_an_untouched_order_is_no_answer(person: Person, stage: Stage) -> None:
    assert shown(person.text) == [] and buttons(person.text) == []
    assert press(person, "up-b").headers["Location"].endswith("/take/page/4#order-four-rank")
    person.choose()
    assert "four-rank" not in stored(stage)


def test_up_and_down_save_the_order_and_come_back_to_the_button(person: Person, stage: Stage) -> None:
    person.choose("here", **PLACES)
    person.go("/take/page/4")
    assert shown(person.text) == ["1d", "2a", "3b", "4c"]
    assert buttons(person.text) == [
        *("down-four-rank-d", "up-four-rank-a", "down-four-rank-a"),
        *("up-four-rank-b", "down-four-rank-b", "up-four-rank-c"),
    ]
    for button, order, landing in (
        ("up-b", "dbac", "up-four-rank-b"),
        ("up-b", "bdac", "down-four-rank-b"),
        ("down-a", "bdca", "up-four-rank-a"),
    ):
        answer = press(person, button)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/take/page/4#{landing}")
        assert stored(stage)["four-rank"] == [*order]
        person.go("/take/page/4")
        assert shown(person.text) == [f"{place}{option}" for place, option in enumerate(order, start=1)]
        assert landing in buttons(person.text)
        assert [person.fields[f"four-rank:{option}"] for option in order] == [*"1234"], "the pills follow"
    assert 'aria-label="Move up: Do the thing that is number 1 on the list of things."' in person.text


def test_a_press_counts_from_what_the_pills_say_now(person: Person, stage: Stage) -> None:
    press(person, "up-a", **{"four-rank:c": "1", "four-rank:a": "3"})
    assert stored(stage)["four-rank"] == ["a", None, "c", None]
    person.go("/take/page/4")
    assert shown(person.text) == ["1a", "3c"]
    assert buttons(person.text) == ["down-four-rank-a", "up-four-rank-c"]
    press(person, "up-c", **PLACES)
    assert stored(stage)["four-rank"] == [*"dacb"]


def test_two_on_one_place_have_no_order_and_keep_their_places(person: Person, stage: Stage) -> None:
    person.choose("move:four-rank:b:up", **{"four-rank:a": "2", "four-rank:b": "2", "four-rank:c": "1"})
    assert person.page is not None and person.page.status_code == 422
    assert "Place 2 is used twice" in person.text
    assert person.fields.items() >= {"four-rank:a": "2", "four-rank:b": "2", "four-rank:c": "1"}.items()
    assert (shown(person.text), stored(stage)) == ([], {})


def test_a_press_on_a_stale_page_is_told_and_shows_what_it_would_make(person: Person, stage: Stage) -> None:
    old = person.fields
    person.choose("here", **PLACES)
    person.page = person.client.post("/take/page/4", data=old | PLACES | {"go": "move:four-rank:a:up", "four-rank:c": "4"})
    assert person.page.status_code == 409
    assert "Saved elsewhere:" in person.text and shown(person.text) == ["1a", "2d", "3b", "4c"]
    assert stored(stage)["four-rank"] == [*"dabc"]
    press(person, "up-b")
    assert stored(stage)["four-rank"] == [*"abdc"]


def test_a_move_of_what_is_not_there_changes_nothing(person: Person, stage: Stage) -> None:
    person.choose("here", **PLACES)
    person.go("/take/page/4")
    for go in ("move:four-rank:z:up", "move:one-pick:a:up", "move:nothing:a:down"):
        assert person.client.post("/take/page/4", data=person.fields | {"go": go}).status_code == 303
        assert stored(stage) == {"four-rank": [*"dabc"]}
    person.go("/take/page/1")
    sent = person.fields | {"one-pick": "b", "go": "move:one-pick:b:up"}
    assert person.client.post("/take/page/1", data=sent).headers["Location"] == "/take/page/1"
    assert stored(stage)["one-pick"] == "b"


def test_the_first_button_of_the_form_goes_on(person: Person) -> None:
    """Enter presses it."""
    first = re.search(r'<button[^>]*type="submit"[^>]*>', person.text)
    assert first is not None and 'name="go" value="next"' in first[0] and 'form="answers"' in first[0]


def test_a_closed_part_shows_its_order_without_buttons(app: Flask, sqlite_database: Database) -> None:
    content = form_content()
    content["section"][0]["items"] = content["section"][0]["items"][-1:]
    content["section"][0]["items"][0]["step"][0] = step("feels", "rank", "feels")
    content["content_hash"] = digest({name: part for name, part in content.items() if name != "content_hash"})
    with sqlite_database.write() as session:
        organisation = add_organisation(session, slug="acme", name="Acme", now=today())
        actor = Actor(organisation.id, "recruiter", "Rosa Recruiter", "recruiter")
        form = pin_form(session, code="story", title="Story", origin="delivered", content=content, actor=actor, now=today())
        vacancy = open_vacancy(session, code="story", title="Adviser", form_version_id=form.id, actor=actor, now=today())
    (token,) = Stage(sqlite_database, actor, form.id, vacancy.id).invite(today())
    person = Person(app, token)
    person.begin()
    person.choose(**{"story.feels:b": "1", "story.feels:a": "4"})
    person.choose()
    person.go("/take/page/1")
    assert "This part was closed" in person.text
    assert shown(person.text) == ["1b", "4a"]
    assert "move:" not in person.text
    csrf = {"csrf_token": person.csrf, "go": "move:story.feels:b:down"}
    assert person.client.post("/take/page/1", data=csrf).status_code == 303
    person.go("/take/page/1")
    assert shown(person.text) == ["1b", "4a"]


def test_staff_try_the_buttons_in_a_preview_and_in_a_reading_and_nothing_is_kept(app: Flask, sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        organisation_id = add_organisation(session, slug="acme", name="Acme", now=today()).id
    author = Writer(app, organisation_id, "analyst", "Ana Author")
    author.go("/bank/new")
    author.send("/bank/new/copy", source="eight-lines", code="my-lines")
    author.go("/bank/own/my-lines/1/frame?seed=4&locale=en")
    frame = "/bank/own/my-lines/1/frame?step=1&seed=4&locale=en"
    author.send(frame, **{"my-lines:a": "1", "my-lines:b": "2", "go": "move:my-lines:b:up"})
    assert shown(author.html) == ["1b", "2a"]
    assert re.findall(r'id="(\S+)"[^>]*autofocus', author.html) == ["down-my-lines-b"]
    assert "not kept" not in author.text and "Answer all of it" not in author.text
    author.go("/bank/own/my-lines/1")
    author.send("/bank/own/my-lines/1/send")
    reader = Writer(app, organisation_id, "approver", "Pat Approver")
    reader.go("/bank/own/my-lines/1/reading")
    places = {f"my-lines:{option}": str(place) for place, option in enumerate("abcd", start=1)}
    reader.send("/bank/own/my-lines/1/reading/answer", **places, go="move:my-lines:d:up")
    assert shown(reader.html) == ["1a", "2b", "3d", "4c"]
    with sqlite_database.read() as session:
        assert session.scalar(select(func.count()).select_from(ItemReading)) == 0
    reader.send("/bank/own/my-lines/1/reading/answer")
    with sqlite_database.read() as session:
        assert session.scalars(select(ItemReading)).one().answers == {"my-lines": [*"abdc"]}

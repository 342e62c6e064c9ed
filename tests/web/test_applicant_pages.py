"""The applicant's pages without JavaScript: everything works by link and form post."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from assessment.records.database import Database
from assessment.records.sitting import Response, Sitting
from assessment.services.inviting import open_vacancy
from assessment.services.people.accounts import hash_token
from tests.services.stage import Stage, set_stage
from tests.web.recruiting import text_of
from tests.web.taking import ROOT, Person, today

HINTS = [
    *("weight", "facet", "rater", "moves", "trouble", "composite", "scoring", "key_version", "polarity"),
    *("affect_recognition", "perspective_taking", "discretion", "reciprocity", "resolution", "listening", "composure"),
]


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> Stage:
    return set_stage(sqlite_database, today(), shuffle_items=False)


@pytest.fixture
def person(app: Flask, stage: Stage) -> Person:
    (token,) = stage.invite(today())
    return Person(app, token)


def stored(stage: Stage) -> dict[str, object]:
    with stage.database.read() as session:
        return {r.unit: json.loads(r.value) for r in session.scalars(select(Response)) if r.value is not None}


def finish(person: Person) -> None:
    person.go("/take/review")
    person.choose()


def test_the_whole_way_from_the_link_to_the_thank_you_page(person: Person, stage: Stage) -> None:
    assert (person.address, person.title) == ("/take/welcome", "Your invitation")
    assert "Acme would like to know" in person.text
    person.agree()
    assert (person.address, person.title) == ("/take/practice", "Practice")
    person.choose(**{"practice:best": "a", "practice:worst": "b"})
    assert person.title == "Situation 1 of 5"
    person.choose(**{"one-pick": "c"})
    person.choose(**{"two-pair:best": "a", "two-pair:worst": "e"})
    person.choose(**{f"three-rate:{option}": str(point) for point, option in enumerate("abcde", start=1)})
    person.choose(**{f"four-rank:{option}": str(place) for place, option in enumerate("dabc", start=1)})
    assert person.title == "Situation 5 of 5, part 1 of 3"
    person.choose(**{"story.feels": "b"})
    assert "cannot be changed any more" in person.text
    person.choose(**{f"story.wrong:{option}": "3" for option in "abcd"})
    assert "Now do shows something new." in person.text
    person.choose(**{"story.do:best": "a", "story.do:worst": "b"})
    assert person.title == "Statements, page 1 of 2"
    person.choose(**{f"s-{i}": "5" for i in range(1, 4)})
    person.choose(**{f"s-{i}": "1" for i in range(4, 8)})
    assert (person.title, "Everything is answered" in person.text) == ("Review", True)
    person.choose()
    assert (person.address, person.title) == ("/take/done", "Thank you. Your answers have arrived")
    assert stored(stage) == {
        "one-pick": "c",
        "two-pair": {"best": "a", "worst": "e"},
        "three-rate": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5},
        "four-rank": ["d", "a", "b", "c"],
        "story.feels": "b",
        "story.wrong": dict.fromkeys("abcd", 3),
        "story.do": {"best": "a", "worst": "b"},
        **{f"s-{i}": 5 if i < 4 else 1 for i in range(1, 8)},
    }


def test_the_token_leaves_the_address_and_no_referrer_is_sent(app: Flask, stage: Stage) -> None:
    (token,) = stage.invite(today())
    opened = app.test_client().get(f"/take/{token}")
    assert (opened.status_code, opened.headers["Location"]) == (302, "/take/welcome")
    assert opened.headers["Referrer-Policy"] == "no-referrer"
    assert token not in opened.get_data(as_text=True)
    with stage.database.read() as session:
        assert session.execute(text("SELECT token_hash FROM invitation")).scalar_one() == hash_token(token)


def test_a_wrong_link_and_no_link_say_what_to_do(app: Flask) -> None:
    visitor = Person(app, "x" * 32)
    assert visitor.page is not None and visitor.page.status_code == 404
    assert visitor.title == "Error: Not found"
    assert "brings you back" not in visitor.text, "a link that opens nothing brings nobody back"
    for address in ("/take/", "/take/welcome", "/take/page/1", "/take/review", "/take/done", "/take/notice", "/take/leave"):
        assert visitor.go(address).status_code == 401
        assert visitor.title == "Error: Open your link again"


def test_nothing_begins_without_the_box_being_ticked(person: Person, stage: Stage) -> None:
    assert person.choose().status_code == 422
    assert person.title == "Error: Your invitation"
    assert 'role="alert"' in person.text and 'href="#consent"' in person.text and 'aria-invalid="true"' in person.text
    with stage.database.read() as session:
        assert session.scalars(select(Sitting)).all() == []


def test_agreeing_to_a_notice_that_has_changed_since_is_refused(person: Person, stage: Stage) -> None:
    person.page = person.client.post("/take/consent", data=person.fields | {"consent": "yes", "notice": "sha256:older"})
    assert person.page.status_code == 422
    assert "Read it again" in person.text


def test_the_notice_is_shown_in_full_and_says_to_what_one_agreed(person: Person) -> None:
    person.go("/take/notice")
    for words in ("Acme asks everyone", "What is kept", "Who reads it", "withdraw at any time", "Version 2.0"):
        assert words in person.text
    person.go("/take/welcome")
    person.agree()
    person.go("/take/notice")
    assert "You agreed to version 2.0" in person.text


def test_nothing_is_preselected(person: Person) -> None:
    person.begin()
    for _ in range(9):
        assert " checked" not in person.text and " selected" not in person.text
        person.choose()
    assert person.title == "Review"


def test_the_practice_checks_but_keeps_nothing(person: Person, stage: Stage) -> None:
    person.agree()
    assert person.choose(**{"practice:best": "a", "practice:worst": "a"}).status_code == 422
    assert person.title == "Error: Practice"
    assert "must be two different answers" in person.text
    assert "is saved" not in text_of(person.text), "nothing of the practice is"
    person.choose(**{"practice:worst": "b"})
    assert person.title == "Situation 1 of 5"
    assert stored(stage) == {}
    person.go("/take/practice")
    assert person.address == "/take/page/1", "there is no way back into the practice"


def test_back_saves_too_and_shows_what_was_chosen(person: Person, stage: Stage) -> None:
    person.begin()
    person.choose(**{"one-pick": "c"})
    person.choose("back", **{"two-pair:best": "a"})
    assert (person.address, person.fields["one-pick"]) == ("/take/page/1", "c")
    assert stored(stage) == {"one-pick": "c", "two-pair": {"best": "a"}}
    person.choose(**{"one-pick": "d"})
    assert person.fields["two-pair:best"] == "a"
    assert stored(stage)["one-pick"] == "d"


@pytest.mark.parametrize(
    ("pages", "chosen", "words", "kept"),
    [
        (
            1,
            {"two-pair:best": "a", "two-pair:worst": "a"},
            "must be two different answers",
            {"two-pair:best": "a", "two-pair:worst": "a"},
        ),
        (
            3,
            {"four-rank:a": "2", "four-rank:b": "2", "four-rank:c": "1"},
            "Place 2 is used twice",
            {"four-rank:a": "2", "four-rank:b": "2"},
        ),
        (0, {"one-pick": "z"}, "Choose one of the answers shown", {}),
        (2, {"three-rate:a": "9"}, "whole number from 1 to 5", {}),
        (3, {"four-rank:a": "9"}, "number from 1 to 4", {}),
    ],
)
def test_what_cannot_be_saved_is_shown_again_with_the_reason(
    person: Person, stage: Stage, pages: int, chosen: dict[str, str], words: str, kept: dict[str, str]
) -> None:
    person.begin()
    for _ in range(pages):
        person.choose()
    assert person.choose(**chosen).status_code == 422
    assert person.title.startswith("Error: Situation")
    assert words in person.text and 'role="alert"' in person.text and 'href="#q-' in person.text
    assert person.fields.items() >= kept.items()
    assert stored(stage) == {}


def test_one_wrong_answer_on_a_page_does_not_hold_up_the_others(person: Person, stage: Stage) -> None:
    person.begin()
    for _ in range(7):
        person.choose()
    assert person.choose(**{"s-1": "4", "s-2": "6", "s-3": "2"}).status_code == 422
    assert stored(stage) == {"s-1": 4, "s-3": 2}


def test_a_stale_tab_is_shown_both_answers_and_loses_neither(app: Flask, stage: Stage) -> None:
    (token,) = stage.invite(today())
    first, second = Person(app, token), Person(app, token)
    first.begin()
    second.go("/take/page/1")
    first.choose(**{"one-pick": "a"})
    assert second.choose(**{"one-pick": "b"}).status_code == 409
    assert second.title == "Error: Situation 1 of 5"
    assert "Saved elsewhere:" in second.text and "Do the thing that is number 1" in second.text
    assert second.fields["one-pick"] == "b", "the person's own choice is still marked"
    assert stored(stage) == {"one-pick": "a"}
    second.choose()
    assert stored(stage) == {"one-pick": "b"}
    assert second.address == "/take/page/2"


def test_a_stale_tab_that_changed_nothing_undoes_nothing(app: Flask, stage: Stage) -> None:
    (token,) = stage.invite(today())
    first, second = Person(app, token), Person(app, token)
    first.begin()
    second.go("/take/page/1")
    first.choose(**{"one-pick": "a"})
    assert second.choose().status_code == 200
    assert stored(stage) == {"one-pick": "a"}


def test_leaving_and_returning_on_another_device_finds_the_exact_place(app: Flask, stage: Stage) -> None:
    (token,) = stage.invite(today())
    phone = Person(app, token)
    phone.begin()
    phone.choose(**{"one-pick": "c"})
    phone.choose(**{"two-pair:best": "a", "two-pair:worst": "b"})
    phone.choose("leave", **{"three-rate:a": "4"})
    assert (phone.address, phone.title) == ("/take/leave", "Leave and return")
    laptop = Person(app, token)
    assert (laptop.address, laptop.fields["three-rate:a"]) == ("/take/page/3", "4")
    phone.go("/take/page/3")
    assert re.findall(r'value="(\w)"', phone.text) == re.findall(r'value="(\w)"', laptop.text), (
        "the options stand in the same order"
    )


def test_closing_on_this_device_ends_the_session_there(person: Person) -> None:
    person.begin()
    person.choose("leave")
    person.choose()
    assert person.title == "Closed on this device"
    assert person.go("/take/page/1").status_code == 401


def test_pages_that_were_not_reached_lead_back_to_the_place(person: Person) -> None:
    person.begin()
    person.choose()
    for address in ("/take/page/3", "/take/page/9", "/take/page/99", "/take/page/0", "/take/practice", "/take/welcome"):
        person.go(address)
        assert person.address == "/take/page/2"
    forged = person.client.post("/take/page/5", data=person.fields | {"story.feels": "a"})
    assert forged.status_code == 409


def test_the_review_links_to_what_is_open_and_tells_what_is_closed(person: Person) -> None:
    person.begin()
    for _ in range(9):
        person.choose()
    assert "Something is left open on 7 pages" in person.text
    assert "Left open and closed" in person.text
    linked = re.findall(r'href="(/take/page/\d#q-[^"]*)">(?:Situation (\d) of 5|Keep my head in s-(\d)\.)', person.text)
    units = ("one-pick", "two-pair", "three-rate", "four-rank")
    assert linked[:4] == [(f"/take/page/{i}#q-{unit}", str(i), "") for i, unit in enumerate(units, start=1)]
    assert linked[-7:] == [(f"/take/page/{8 if i < 4 else 9}#q-s-{i}", "", str(i)) for i in range(1, 8)]
    person.go("/take/page/5")
    assert "was closed when the next one told you more" in person.text
    assert person.fields.get("story.feels") is None
    person.go("/take/page/1")
    person.choose("review", **{"one-pick": "a"})
    assert "left open on 6 pages" in person.text


def test_a_finished_questionnaire_cannot_be_reopened(app: Flask, stage: Stage) -> None:
    (token,) = stage.invite(today())
    person = Person(app, token)
    person.begin()
    person.choose(**{"one-pick": "a"})
    person.go("/take/page/1")
    kept = person.fields
    finish(person)
    for address in ("/take/", "/take/page/1", "/take/review", "/take/welcome", "/take/practice"):
        person.go(address)
        assert person.address == "/take/done"
    again = person.client.post("/take/page/1", data=kept | {"one-pick": "b"}, follow_redirects=True)
    assert again.request.path == "/take/done"
    assert person.client.post("/take/submit", data=kept, follow_redirects=True).request.path == "/take/done"
    assert stored(stage) == {"one-pick": "a"}
    assert Person(app, token).address == "/take/done"


def test_a_page_with_a_number_that_does_not_exist_is_told_at_its_question(person: Person, stage: Stage) -> None:
    person.begin()
    sent = person.choose(**{"one-pick": "a", "one-pick:sequence": "999999999"})
    assert sent.status_code == 422
    assert "the page sent a number that does not exist" in person.text
    assert person.fields["one-pick"] == "a", "what was chosen is still there"
    assert stored(stage) == {}


def test_withdrawing_needs_a_tick_and_then_ends_everything(person: Person, stage: Stage) -> None:
    person.begin()
    person.go("/take/withdraw")
    assert person.choose().status_code == 422
    assert person.title == "Error: Withdraw"
    person.choose(withdraw="yes")
    assert person.title == "You have withdrawn"
    for page in ("/take/page/1", "/take/withdraw"):
        person.go(page)
        assert person.address == "/take/done", "who has withdrawn is not asked again"


def test_when_the_time_is_over_the_pages_say_so_and_take_nothing(app: Flask, stage: Stage) -> None:
    with stage.database.write() as session:
        form = stage.publish(session, today(), minutes_limit=30.0)
        vacancy = open_vacancy(session, code="timed", title="Timed", form_version_id=form.id, actor=stage.actor, now=today())
    (token,) = stage.invite(today(), vacancy_id=vacancy.id)
    person = Person(app, token)
    assert "You have 30 minutes" in person.text
    person.begin()
    assert "Your time ends at" in person.text
    page = person.fields
    unit = next(name.removesuffix(":sequence") for name in page if name.endswith(":sequence"))
    with stage.database.write() as session:
        session.scalars(select(Sitting)).one().deadline_at = today() - timedelta(seconds=6)
    sent = person.client.post("/take/page/1", data=page | {unit: "a"}, follow_redirects=True)
    assert "The time is over" in sent.get_data(as_text=True)
    person.go("/take/")
    assert person.title == "The time is over"
    person.client.post("/take/submit", data=page)
    with stage.database.read() as session:
        assert session.scalars(select(Sitting)).one().state == "overdue"
    assert stored(stage) == {}


def test_nothing_an_applicant_receives_hints_at_the_key(person: Person) -> None:
    received = [person.text]
    person.agree()
    received.append(person.text)
    person.choose()
    for _ in range(9):
        received.append(person.text)
        person.choose()
    received.append(person.text)
    person.go("/take/page/1")
    received.append(person.answer(unit="one-pick", value="a", sequence=0, key="hint-test-1").get_data(as_text=True))
    received.append(person.answer(unit="one-pick", value="zz", sequence=0, key="hint-test-2").get_data(as_text=True))
    received.append((ROOT / "assessment" / "web" / "static" / "take.js").read_text())
    assert len(received) == 15
    for document in received:
        for word in HINTS:
            assert word not in document.lower(), word
        assert "<!--" not in document


def test_every_page_forbids_keeping_and_inline_code(person: Person) -> None:
    person.begin()
    for address in ("/take/page/1", "/take/notice", "/take/leave", "/take/withdraw", "/take/review", "/take/page/77"):
        found = person.client.get(address)
        assert found.headers["Cache-Control"] == "no-store"
        assert "'unsafe" not in found.headers["Content-Security-Policy"]
        body = found.get_data(as_text=True)
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=", body)


def test_every_form_needs_its_token(person: Person) -> None:
    person.begin()
    for address in ("page/1", "answer", "submit", "consent", "practice", "leave", "withdraw"):
        sent = person.client.post(f"/take/{address}", data={"one-pick": "a", "csrf_token": "forged"})
        assert sent.status_code == 400
        assert "too old" in sent.get_data(as_text=True) or sent.is_json


def test_a_real_form_of_the_bank_can_be_taken_to_its_end(app: Flask, stage: Stage) -> None:
    from assessment.bank import read_bank
    from assessment.services.authoring import publish_form

    bank = read_bank(app.extensions["settings"].questions)
    for form_id in bank.forms:
        with stage.database.write() as session:
            form = publish_form(session, bank=bank, form_id=form_id, actor=stage.actor, now=today())
            vacancy = open_vacancy(session, code=form_id, title="T", form_version_id=form.id, actor=stage.actor, now=today())
        (token,) = stage.invite(today(), vacancy_id=vacancy.id)
        person = Person(app, token)
        person.begin()
        for _ in range(80):
            if person.title == "Review":
                break
            person.choose()
        finish(person)
        assert person.title == "Thank you. Your answers have arrived"

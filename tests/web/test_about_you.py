"""The page of voluntary self-identification: offered after the end, never required, never shown again."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from assessment.records.database import Database
from assessment.records.demographic import Demographic
from assessment.records.organisation import Organisation, WebSession
from assessment.services.people.policies import Policy
from tests.services.stage import Stage, set_stage
from tests.web.recruiting import sign_in, text_of
from tests.web.taking import Person, today

PATH = "/take/about-you"


@pytest.fixture
def stage(sqlite_database: Database) -> Stage:
    made = set_stage(sqlite_database, today())
    switch(made, True)
    return made


@pytest.fixture
def person(app: Flask, stage: Stage) -> Person:
    (token,) = stage.invite(today())
    return Person(app, token)


def switch(stage: Stage, on: bool) -> None:
    with stage.database.write() as session:
        policy = Policy(jurisdiction="us", keep_months=48, self_identification=on)
        session.get_one(Organisation, stage.actor.organisation_id).policy = policy.stored


def finish(person: Person) -> None:
    person.begin()
    person.client.post("/take/submit", data={"csrf_token": person.csrf})
    person.go("/take/")


def say(person: Person, **answers: str) -> None:
    fields = {"csrf_token": person.csrf} | {name.replace("_", " "): value for name, value in answers.items()}
    person.page = person.client.post(PATH, data=fields, follow_redirects=True)


def rows(stage: Stage) -> list[str]:
    with stage.database.read() as session:
        return list(session.scalars(select(Demographic.group_name).order_by(Demographic.group_name)))


def test_it_is_offered_after_the_end_with_a_way_not_to_say_for_each_question(person: Person, stage: Stage) -> None:
    person.begin()
    person.go(PATH)
    assert person.address == "/take/page/1"
    person.client.post("/take/submit", data={"csrf_token": person.csrf})
    person.go("/take/")
    assert f'href="{PATH}"' in person.text
    person.go(PATH)
    assert person.text.count("<fieldset") == person.text.count("I prefer not to say") == 2
    assert " checked" not in person.text and " required" not in person.text


def test_what_is_said_is_kept_and_not_shown_again(person: Person, stage: Stage) -> None:
    finish(person)
    person.go(PATH)
    say(person, sex="female", race_or_ethnicity="")
    assert "What you chose is kept." in person.text and " checked" not in person.text
    assert person.page is not None and "female" not in str(person.page.request.url)
    assert rows(stage) == ["sex"]
    assert "Sex or gender" in person.client.get("/take/my-data").get_data(as_text=True), "said as applicants read it"
    for address in ("/take/my-data", "/take/my-data/file", "/take/done", "/take/notice"):
        shown = person.client.get(address)
        assert shown.status_code == 200 and "female" not in shown.get_data(as_text=True)
    with stage.database.read() as session:
        assert "female" not in str([kept.values for kept in session.scalars(select(WebSession))])
    person.page = person.client.post(f"{PATH}/remove", data={"csrf_token": person.csrf}, follow_redirects=True)
    assert "It is removed." in person.text and rows(stage) == []


def test_saying_nothing_is_an_answer_too(person: Person, stage: Stage) -> None:
    finish(person)
    person.go(PATH)
    say(person)
    assert "You preferred not to say, and nothing is kept." in person.text
    assert rows(stage) == []


def test_an_answer_that_was_not_offered_is_told_beside_its_question_and_the_rest_is_not_lost(person: Person, stage: Stage) -> None:
    finish(person)
    person.go(PATH)
    say(person, sex="male", race_or_ethnicity="martian")
    assert person.page is not None and person.page.status_code == 422
    assert person.title == "Error: About you, if you like" and 'href="#race-or-ethnicity"' in person.text
    assert 'aria-describedby="race-or-ethnicity-error"' in person.text
    assert re.search(r'value="male"[^>]* checked', person.text)
    assert rows(stage) == []


def test_where_the_organisation_does_not_ask_there_is_no_page_and_what_was_said_can_still_be_removed(
    person: Person, stage: Stage
) -> None:
    finish(person)
    person.go(PATH)
    say(person, sex="female")
    switch(stage, False)
    person.go("/take/done")
    assert PATH not in person.text
    person.go(PATH)
    assert "Remove what I said" in person.text and "<fieldset" not in person.text
    person.page = person.client.post(f"{PATH}/remove", data={"csrf_token": person.csrf}, follow_redirects=True)
    assert "It is removed." in person.text and rows(stage) == []
    person.go(PATH)
    assert person.address == "/take/done"
    assert person.client.post(PATH, data={"csrf_token": csrf_of(person), "sex": "female"}).status_code == 409


def csrf_of(person: Person) -> str:
    return re.findall(r'name="csrf_token" value="([^"]+)"', person.client.get("/take/withdraw").get_data(as_text=True))[0]


def test_after_a_withdrawal_it_can_be_removed_and_not_added(person: Person, stage: Stage) -> None:
    finish(person)
    person.go(PATH)
    say(person, sex="female")
    person.client.post("/take/withdraw", data={"csrf_token": person.csrf, "withdraw": "yes"})
    person.go("/take/done")
    assert f'<a href="{PATH}">remove it</a>' in person.text
    person.go(PATH)
    assert "<fieldset" not in person.text and "Remove what I said" in person.text


@pytest.mark.parametrize("role", ["recruiter", "analyst", "approver", "administrator"])
def test_what_was_said_stands_on_no_page_of_staff_but_an_administrators_copy_of_all_data(
    app: Flask, person: Person, stage: Stage, role: str
) -> None:
    finish(person)
    person.go(PATH)
    say(person, sex="another", race_or_ethnicity="Two or more races")
    member = sign_in(app, stage.actor.organisation_id, role)
    pages = {}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and not rule.endpoint.startswith(("applicant.", "voluntary.", "static")):
            path = rule.build(dict.fromkeys(rule.arguments, 1), append_unknown=False)
            assert path is not None
            pages[rule.endpoint] = text_of(member.client.get(path[1], base_url="http://localhost").get_data(as_text=True))
    showing = {endpoint for endpoint, words in pages.items() if "Two or more races" in words}
    assert len(pages) > 20
    assert showing == ({"admin.person", "admin.person_file"} if role == "administrator" else set())

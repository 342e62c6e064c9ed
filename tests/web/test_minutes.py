"""What an applicant reads about the time it takes: the plan at first, then what it took those who finished."""

from __future__ import annotations

import pytest
from flask import Flask

from assessment.records.database import Database
from assessment.services.sitting.timing import learn_times
from tests.services.stage import Stage
from tests.services.timed_stage import finish, set_timed_stage, usual
from tests.services.two_languages import set_stage_in_two_languages
from tests.web.recruiting import text_of
from tests.web.taking import Person, today


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> Stage:
    return set_timed_stage(sqlite_database, today())


def test_the_plan_is_called_a_plan_and_what_was_learnt_is_said_with_its_meaning(app: Flask, stage: Stage) -> None:
    (token,) = stage.invite(today())
    person = Person(app, token)
    assert "How long 12 min Planned; there is no time limit" in text_of(person.text)
    finish(stage, today(), 30, lambda i, unit: 2 * usual(i, unit))
    with stage.database.write() as session:
        learn_times(session, form_version_id=stage.form_id, now=today())
    person.go("/take/welcome")
    assert "How long 24 min Half of those who finished took this long or less. There is no time limit" in text_of(person.text)
    person.begin()
    assert "about 24 minutes left" in text_of(person.text)
    saved = person.answer(unit="one-pick", value="a", sequence=0, key="key-of-one-pick", milliseconds=60_000)
    assert saved.status_code == 200
    person.go("/take/page/1")
    person.choose()
    minutes = text_of(person.text).split("about ")[1].split(" ")[0]
    assert 17 <= int(minutes) <= 20, "three minutes a page is typical; who needed one has less before them"


def test_the_first_page_counts_no_more_minutes_than_the_invitation(app: Flask, sqlite_database: Database) -> None:
    person = Person(app, set_stage_in_two_languages(sqlite_database, today()).invite(today())[0])
    told = text_of(person.text).split("How long ")[1].split(" ")[0]
    person.begin()
    assert f"about {told} minutes left" in text_of(person.text)

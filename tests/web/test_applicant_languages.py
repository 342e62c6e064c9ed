"""An applicant reads the pages in the language of the browser, or in the one chosen, until the questionnaire begins."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from assessment.records.database import Database
from assessment.records.sitting import Sitting
from tests.services.stage import Stage, set_stage
from tests.services.two_languages import set_stage_in_two_languages
from tests.web.recruiting import sign_in
from tests.web.speaking import is_english
from tests.web.taking import Person, today
from tests.web.test_adjustments import decide


@pytest.fixture
def stage(sqlite_database: Database) -> Stage:
    return set_stage_in_two_languages(sqlite_database, today())


def person(app: Flask, token: str, accepts: str | None = None) -> Person:
    someone = Person(app)
    if accepts:
        someone.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = accepts
    someone.go(f"/take/{token}")
    return someone


def switch(someone: Person, language: str, back: str) -> None:
    someone.page = someone.client.post(
        "/take/language", data={"csrf_token": someone.csrf, "language": language, "back": back}, follow_redirects=True
    )


@pytest.mark.parametrize(("accepts", "language"), [(None, "en"), ("es-MX,en;q=0.5", "es"), ("de,es;q=0.5", "es"), ("fr", "en")])
def test_the_first_guess_is_the_language_of_the_browser(app: Flask, stage: Stage, accepts: str | None, language: str) -> None:
    (token,) = stage.invite(today())
    someone = person(app, token, accepts)
    assert f'<html lang="{language}" dir="ltr">' in someone.text
    assert someone.title == {"en": "Your invitation", "es": "Su invitación"}[language]


def test_a_choice_holds_on_another_device_and_the_page_says_when_it_can_no_longer_be_made(app: Flask, stage: Stage) -> None:
    (token,) = stage.invite(today())
    here = person(app, token)
    assert 'lang="es">Español</button>' in here.text
    switch(here, "es", "notice")
    assert here.address == "/take/notice"
    there = person(app, token, "en")
    assert there.title == "Su invitación" and 'lang="en">English</button>' in there.text
    there.choose(consent="yes")
    assert there.title == "Práctica" and "once you have begun" not in there.text and "ya no cambia" in there.text
    there.choose()
    assert there.title.startswith("Situación 1 de 4") and "English" not in there.text
    switch(there, "en", "practice")
    assert there.page is not None and there.page.status_code == 409
    assert "Su cuestionario ya comenzó" in there.text
    with stage.database.read() as session:
        assert session.scalars(select(Sitting.language)).all() == ["es"]


def test_faults_are_told_in_the_language_of_the_page_also_to_the_script(app: Flask, stage: Stage) -> None:
    (token,) = stage.invite(today())
    someone = person(app, token, "es")
    someone.choose()
    assert "Marque la casilla si acepta participar." in someone.text and "Error:" in someone.title
    someone.begin()
    refused = someone.answer(unit="nothing", value="a", sequence=0, key="k" * 8)
    assert refused.json is not None
    assert refused.json["error"] == "Esta pregunta no forma parte de su cuestionario. No se cambió nada."
    unit = next(name.removesuffix(":sequence") for name in someone.fields if name.endswith(":sequence"))
    refused = someone.answer(unit=unit, value=["z"], sequence=0, key="k" * 8)
    assert refused.json is not None and refused.json["error"].startswith("Esta respuesta no se guardó. ")
    assert someone.go("/take/page/90").status_code == 200
    assert someone.go("/take/nowhere/at/all").status_code == 404 and "No se encontró" in someone.text


def test_one_process_answers_two_people_in_two_languages(app: Flask, stage: Stage) -> None:
    first, second = stage.invite(today(), n=2)
    spanish, english = person(app, first, "es"), person(app, second, "en")
    for someone in (spanish, english):
        someone.begin()
    for _ in range(2):
        assert "Situación 1 de 4" in spanish.go("/take/page/1").get_data(as_text=True)
        assert "Situation 1 of 4" in english.go("/take/page/1").get_data(as_text=True)


def test_a_form_in_one_language_shows_no_switch_and_all_of_it_in_that_language(app: Flask, sqlite_database: Database) -> None:
    (token,) = set_stage(sqlite_database, today()).invite(today())
    someone = person(app, token, "es")
    assert someone.title == "Your invitation" and "Español" not in someone.text


def test_only_pages_before_the_start_are_returned_to_and_only_languages_that_exist_are_taken(app: Flask, stage: Stage) -> None:
    (token,) = stage.invite(today())
    someone = person(app, token)
    switch(someone, "es", "https://elsewhere.example")
    assert someone.address == "/take/welcome"
    switch(someone, "xx", "welcome")
    assert someone.page is not None and someone.page.status_code == 422


def english_on(html: str) -> list[str]:
    """What is English among the texts between the marks of a page, and among its labels."""
    body = re.sub(r"<(script|svg)\b.*?</\1>|<button[^>]* lang=.*?</button>", "", html, flags=re.S)
    texts = re.split(r"<[^>]*>", body) + re.findall(r'(?:aria-label|alt|title|placeholder)="([^"]*)"', body)
    return [text.strip() for text in map(unescape, texts) if is_english(text)]


def test_no_state_of_an_adjustment_or_of_an_ending_is_told_in_english(app: Flask, sqlite_database: Database) -> None:
    stage = set_stage_in_two_languages(sqlite_database, today(), title="Línea de ayuda", minutes_limit=30.0)
    administrator = sign_in(app, stage.actor.organisation_id, "administrator", "Ada Administrator")
    first, second, third = stage.invite(today(), n=3)
    asks, leaves, is_late = (person(app, token, "es") for token in (first, second, third))
    seen: dict[str, str] = {}

    def look(name: str, someone: Person) -> None:
        assert 'lang="es"' in someone.text.partition(">")[2][:200]
        seen[name] = someone.text

    asks.go("/take/adjustment")
    asks.choose(words="")
    look("nothing asked", asks)
    asks.choose(words="x" * 1001)
    look("too long", asks)
    asks.choose(time="1.5", assistive_technology="yes", words="Una pausa.")
    look("asked", asks)
    decide(administrator, decide="decline", message="Hoy no se puede.")
    asks.go("/take/adjustment")
    look("declined", asks)
    asks.choose(time="2", words="")
    decide(administrator, decide="grant", time="2", message="Con gusto.")
    asks.go("/take/adjustment")
    look("granted", asks)
    asks.go("/take/welcome")
    look("welcome, with more time", asks)
    asks.begin()
    look("a page, with more time", asks)
    asks.go("/take/adjustment")
    look("granted, begun", asks)
    asks.go("/take/leave")
    look("leave", asks)
    leaves.begin()
    leaves.go("/take/withdraw")
    leaves.choose()
    look("withdraw, not ticked", leaves)
    leaves.choose(withdraw="yes")
    look("withdrawn", leaves)
    leaves.go("/take/my-data")
    look("withdrawn, my data", leaves)
    is_late.begin()
    with sqlite_database.write() as session:
        late = session.scalars(select(Sitting).order_by(Sitting.id.desc())).first()
        assert late is not None
        late.deadline_at = today() - timedelta(minutes=1)
    is_late.go("/take/")
    look("overdue", is_late)
    is_late.go("/take/adjustment")
    look("overdue, adjustment", is_late)
    stranger = Person(app)
    stranger.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "es"
    for address in ("/take/" + "x" * 32, "/take/welcome"):
        stranger.go(address)
        look(address, stranger)
    for name, heard in (
        ("too long", "Use 1000 caracteres como máximo. Estos son 1001."),
        ("declined", "No concedida"),
        ("granted", "el doble de tiempo"),
        ("overdue", "El tiempo ha terminado"),
        ("withdrawn", "Usted se ha retirado"),
        ("/take/welcome", "Abra su enlace otra vez"),
    ):
        assert heard in seen[name], name
    assert {name: found for name, html in seen.items() if (found := english_on(html))} == {}


def test_the_file_of_ones_data_says_what_it_leaves_out_in_the_language_of_the_page(app: Flask, stage: Stage) -> None:
    someone = person(app, stage.invite(today())[0], "es")
    left_out = someone.client.get("/take/my-data/file").get_json()["left_out"]
    assert len(left_out) == 6
    assert not [sentence for sentence in left_out if " the " in sentence or not sentence]

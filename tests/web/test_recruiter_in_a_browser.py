"""Every page of the recruiter in Chromium: axe finds nothing and nothing scrolls sideways, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from assessment.records.database import Database
from assessment.services.ranking import rank_candidates
from tests.browser.browsing import axe_faults, launch
from tests.services.language_stage import answered, set_language_stage
from tests.services.scored_stage import ScoredStage, add_sitting, best_answers, set_scored_stage
from tests.web.recruiting import Recruiter, score_everybody, sign_in
from tests.web.taking import today


@pytest.fixture
def stage(sqlite_database: Database) -> ScoredStage:
    made = set_scored_stage(sqlite_database, today())
    made.add_people(105, today())
    flat = {"three-rate": dict.fromkeys("abcde", 3), "story.wrong": dict.fromkeys("abcd", 3)}
    with made.database.write() as session:
        add_sitting(session, made.vacancy_id, best_answers() | flat, today(), reference="F", milliseconds=50)
        add_sitting(session, made.vacancy_id, {}, today(), reference="S", name="Slow Person", state="active")
    score_everybody(made, today())
    return made


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


def test_every_page_is_accessible_at_both_widths_and_in_both_schemes(
    app: Flask, address: str, browser: Browser, stage: ScoredStage
) -> None:
    recruiter: Recruiter = sign_in(app, stage.organisation_id)
    cookie = recruiter.client.get_cookie("attune")
    assert cookie is not None
    with stage.database.read() as session:
        ranked = rank_candidates(session, vacancy_id=stage.vacancy_id, actor=stage.actor)
    people = [ranked.bands[0].candidates[0].applicant_id, ranked.unscored[0].applicant_id]
    job = f"/jobs/{stage.vacancy_id}"
    paths = ["/jobs", job, f"{job}?page=2", f"{job}?q=nobody", f"{job}/invite", f"{job}/invitations"]
    paths += [f"{job}/candidates/{applicant_id}" for applicant_id in people]
    wrong: list[str] = []
    for width, scheme in ((1440, "light"), (390, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        context.add_cookies([{"name": "attune", "value": cookie.value, "url": address}])
        wrong += faults_of(context.new_page(), address, paths, width)
        context.close()
    assert wrong == []


def faults_of(page: Page, address: str, paths: list[str], width: int) -> list[str]:
    """What is wrong with the pages; the last of them is a candidate's, where an empty decision is sent as well."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for path in paths:
        page.goto(address + path)
        wrong += axe_faults(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path} is wider than {width} px")
    page.get_by_role("button", name="Record decision").click()
    assert page.get_by_role("alert").is_visible()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    return wrong + axe_faults(page)


def test_two_languages_stand_in_two_lists_that_name_each_other(
    app: Flask, address: str, browser: Browser, sqlite_database: Database
) -> None:
    made = set_language_stage(sqlite_database, today())
    answered(made, today(), "en", 7, prefix="en")
    (someone, *_) = answered(made, today(), "es", 4, prefix="es")
    cookie = sign_in(app, made.organisation_id).client.get_cookie("attune")
    assert cookie is not None
    job = f"/jobs/{made.vacancy_id}"
    wrong: list[str] = []
    for width in (390, 1440):
        context = browser.new_context(viewport={"width": width, "height": 900})
        context.add_cookies([{"name": "attune", "value": cookie.value, "url": address}])
        page = context.new_page()
        page.goto(address + job)
        assert "7 of 7 scored" in page.locator("main").inner_text()
        page.get_by_role("link", name="Spanish, 4 scored").click()
        assert page.get_by_role("link", name="Spanish, 4 scored").get_attribute("aria-current") == "page"
        listed = page.locator("table.people tbody tr:not(.band) th[scope=row]").all_inner_texts()
        assert len(listed) == 4 and all(name.startswith("Es ") for name in listed)
        assert "Percent of the possible maximum" in page.locator("#evidence").inner_text()
        wrong += faults_of(page, address, [job, f"{job}?language=es", f"{job}/candidates/{someone}"], width)
        assert "Answered in Spanish" in page.locator("main").inner_text()
        context.close()
    assert wrong == []

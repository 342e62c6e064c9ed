"""Your data, the queue and the reply in Chromium: axe finds nothing and nothing scrolls sideways, on a phone and on a desk."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from assessment.records.database import Database
from tests.browser.browsing import axe_faults, launch
from tests.services.stage import Stage, set_stage
from tests.web.recruiting import Recruiter, sign_in
from tests.web.taking import Person, today

Check = Callable[[Page], None]
WORDS = "The result says nothing about my ten years at the counter.\nPlease look at my references."


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> Stage:
    return set_stage(sqlite_database, today(), shuffle_items=False)


def staff_browser(browser: Browser, address: str, member: Recruiter) -> BrowserContext:
    cookie = member.client.get_cookie("attune")
    assert cookie is not None
    context = browser.new_context(reduced_motion="reduce")
    context.add_cookies([{"name": "attune", "value": cookie.value, "url": address}])
    return context


def test_asking_and_answering_is_accessible_at_both_widths(app: Flask, address: str, stage: Stage) -> None:
    administrator = sign_in(app, stage.actor.organisation_id, "administrator", "Ada Administrator")
    recruiter = sign_in(app, stage.actor.organisation_id)
    (token,) = stage.invite(today())
    Person(app, token).begin()
    wrong: list[str] = []

    def check(page: Page) -> None:
        """Both widths, the one in the light scheme and the other in the dark."""
        for width, scheme in ((1440, "light"), (390, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            wrong.extend(axe_faults(page))
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{page.url} is wider than {width} px")

    with sync_playwright() as playwright:
        browser = launch(playwright)
        person = browser.new_context(reduced_motion="reduce").new_page()
        person.goto(f"{address}/take/{token}")
        ask_for_a_correction(person, address, check)
        ask_for_a_review(person, check)
        correct(staff_browser(browser, address, administrator).new_page(), address, check)
        review(staff_browser(browser, address, recruiter).new_page(), address, check)
        person.goto(f"{address}/take/my-data")
        expect(person.get_by_text("It is put right.")).to_be_visible()
        expect(person.get_by_text("We read your references.")).to_be_visible()
        with person.expect_download() as download:
            person.get_by_role("link", name="Download your data").click()
        assert download.value.suggested_filename == "my-data.json"
        check(person)
        browser.close()
    assert wrong == []


def ask_for_a_correction(page: Page, address: str, check: Check) -> None:
    page.goto(f"{address}/take/my-data")
    page.get_by_role("link", name="Have something corrected").click()
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_label("Your name, if it has to change").fill("Persona Número")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_text("The reply is due by")).to_be_visible()


def ask_for_a_review(page: Page, check: Check) -> None:
    page.get_by_role("link", name="Ask a person to look again").click()
    page.get_by_label("What should be looked at").fill(WORDS)
    page.get_by_role("button", name="Send the request").click()
    page.get_by_text("What you wrote").first.click()
    check(page)
    page.get_by_role("link", name="Add something").first.click()
    check(page)


def correct(page: Page, address: str, check: Check) -> None:
    page.goto(f"{address}/requests")
    check(page)
    page.get_by_role("link", name=re.compile("Number0.*correction")).click()
    page.get_by_role("button", name="Send the reply").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_label("Corrected").check()
    page.get_by_label("Reply to the applicant").fill("It is put right.")
    page.get_by_role("button", name="Send the reply").click()
    expect(page.get_by_text("Answered. Persona Número reads the reply")).to_be_visible()
    check(page)
    page.get_by_role("link", name=re.compile("Número.*correction")).click()
    page.get_by_role("link", name="Everything that is kept about them").click()
    check(page)
    page.get_by_role("link", name="Erase").click()
    page.get_by_role("button", name="Erase").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)


def review(page: Page, address: str, check: Check) -> None:
    page.goto(f"{address}/jobs/1/candidates/1")
    check(page)
    page.get_by_role("link", name="Asked for a human review").click()
    check(page)
    page.get_by_label("A person looked again, and nothing changed").check()
    page.get_by_label("Reply to the applicant").fill("We read your references.")
    page.get_by_role("button", name="Send the reply").click()
    expect(page.get_by_text("Nobody waits for a reply")).to_be_visible()
    check(page)

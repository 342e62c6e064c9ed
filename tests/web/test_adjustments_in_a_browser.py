"""The adjustment pages in Chromium: axe finds nothing and nothing scrolls sideways, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect, sync_playwright

from assessment.records.database import Database
from tests.browser.browsing import axe_faults, launch
from tests.services.stage import Stage, set_stage
from tests.web.recruiting import sign_in
from tests.web.taking import today

WORDS = "I read with a magnifier and follow with my finger.\nA pause between the situations would help."


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> Stage:
    return set_stage(sqlite_database, today(), shuffle_items=False, minutes_limit=30.0)


def test_asking_and_deciding_is_accessible_at_both_widths(app: Flask, address: str, stage: Stage) -> None:
    cookie = sign_in(app, stage.actor.organisation_id, "administrator", "Ada Administrator").client.get_cookie("attune")
    assert cookie is not None
    (token,) = stage.invite(today())
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
        context = browser.new_context(reduced_motion="reduce")
        context.add_cookies([{"name": "attune", "value": cookie.value, "url": address}])
        person, administrator = context.new_page(), context.new_page()
        for page in (person, administrator):
            page.on("pageerror", lambda error: wrong.append(str(error)))
        ask_on_the_way_in(person, address, token, check)
        decline(administrator, address, check)
        ask_in_the_middle(person, address, check)
        grant(administrator, address, check)
        person.goto(f"{address}/take/adjustment")
        expect(person.get_by_text("There is no time limit for you now.")).to_be_visible()
        expect(person.get_by_text("The link works on paper too: write to us.")).to_be_visible()
        check(person)
        browser.close()
    assert wrong == []


def ask_on_the_way_in(page: Page, address: str, token: str, check: Callable[[Page], None]) -> None:
    page.goto(f"{address}/take/{token}")
    page.get_by_role("link", name="Ask for an adjustment").click()
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_label("Half as much again").check()
    page.get_by_label("Something else").fill(WORDS)
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_text("Your request has arrived.")).to_be_visible()


def decline(page: Page, address: str, check: Callable[[Page], None]) -> None:
    page.goto(f"{address}/adjustments")
    page.get_by_role("link", name="Person Number0").click()
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_label("Told to the applicant").fill("The link works on paper too: write to us.")
    page.get_by_role("button", name="Decline").click()


def ask_in_the_middle(page: Page, address: str, check: Callable[[Page], None]) -> None:
    page.goto(f"{address}/take/welcome")
    page.get_by_label("I have read").check()
    page.get_by_role("button", name="Start with practice").click()
    page.get_by_role("button", name="Begin the questionnaire").click()
    check(page)
    page.get_by_role("button", name="Ask for an adjustment").click()
    page.get_by_label("No time limit").check()
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_text("Your time goes on while you wait.")).to_be_visible()


def grant(page: Page, address: str, check: Callable[[Page], None]) -> None:
    page.goto(f"{address}/adjustments")
    page.get_by_role("link", name="Person Number0").first.click()
    page.get_by_role("button", name="Grant").click()
    expect(page.get_by_text("has no time limit any more")).to_be_visible()
    expect(page.get_by_text("Nobody waits for a decision")).to_be_visible()
    check(page)

"""Notice, agreeing anew, self-identification and policy in Chromium without the pages' scripts: axe finds nothing."""

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

Check = Callable[[Page], None]


@pytest.fixture
def stage(app: Flask, sqlite_database: Database) -> Stage:
    return set_stage(sqlite_database, today(), shuffle_items=False)


def test_the_way_from_the_policy_to_a_removed_self_identification_is_accessible(app: Flask, address: str, stage: Stage) -> None:
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
        context.route("**/*.js*", lambda route: route.abort())
        context.add_cookies([{"name": "attune", "value": cookie.value, "url": address}])
        person, administrator = context.new_page(), context.new_page()
        state_a_policy(administrator, address, check)
        agree_and_begin(person, address, token, check)
        save_policy(administrator, address, "60")
        agree_again(person, address, check)
        say_and_remove(person, address, check)
        browser.close()
    assert wrong == []


def state_a_policy(page: Page, address: str, check: Check) -> None:
    page.goto(f"{address}/organisation/policy")
    page.get_by_label("Jurisdiction").select_option("European Union")
    page.get_by_label("Ask applicants, voluntarily").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("link", name="Legal basis is needed").click()
    check(page)
    page.get_by_label("Jurisdiction").select_option("United States")
    page.get_by_label("Months that data are kept").fill("48")
    page.get_by_role("button", name="Show the notice first").click()
    expect(page.get_by_text("at least 48 months").first).to_be_visible()
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The policy is saved.")).to_be_visible()


def save_policy(page: Page, address: str, months: str) -> None:
    page.goto(f"{address}/organisation/policy")
    page.get_by_label("Months that data are kept").fill(months)
    page.get_by_label("Months that data are kept").press("Enter")
    expect(page.get_by_text("The policy is saved.")).to_be_visible()


def agree_and_begin(page: Page, address: str, token: str, check: Check) -> None:
    page.goto(f"{address}/take/{token}")
    page.get_by_role("link", name="how my answers are used").click()
    check(page)
    page.go_back()
    page.get_by_label("I have read").check()
    page.get_by_role("button", name="Start with practice").click()
    page.get_by_role("button", name="Begin the questionnaire").click()


def agree_again(page: Page, address: str, check: Check) -> None:
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Next situation").click()
    expect(page.get_by_role("heading", name="How your answers are used has changed")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the box")
    check(page)
    page.get_by_role("link", name="compare it with what you agreed to").click()
    page.get_by_role("link", name="Read what you agreed to").click()
    expect(page.locator("#agreed")).to_contain_text("at least 48 months")
    check(page)
    page.get_by_role("link", name="Back to my place").click()
    page.get_by_label("I have read").check()
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(f"{address}/take/page/2")


def say_and_remove(page: Page, address: str, check: Check) -> None:
    page.goto(f"{address}/take/review")
    page.get_by_role("button", name="Finish and send").click()
    check(page)
    page.get_by_role("link", name="Say it, or not").click()
    check(page)
    page.get_by_label("Another, such as non-binary").check()
    page.get_by_role("button", name="Keep what I chose").click()
    expect(page.get_by_text("What you chose is kept.")).to_be_visible()
    assert not page.get_by_label("Another, such as non-binary").is_checked()
    check(page)
    page.get_by_role("button", name="Remove what I said").click()
    expect(page.get_by_text("It is removed.")).to_be_visible()

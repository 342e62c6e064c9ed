"""The applicant's pages in a real browser, with their script: saved as chosen, kept while offline, never doubled."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright
from sqlalchemy import select

from assessment.records.database import Database
from assessment.records.sitting import Response
from tests.browser.browsing import axe_faults, launch
from tests.services.stage import Stage, set_stage
from tests.web.serving import local_server
from tests.web.taking import application, today

PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


@pytest.fixture
def address(sqlite_database: Database, tmp_path: Path) -> Iterator[str]:
    app = application(sqlite_database, tmp_path)
    server = local_server(app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    if "answers" in app.extensions:
        app.extensions["answers"].close()
    app.extensions["database"].dispose()


@pytest.fixture
def stage(address: str, sqlite_database: Database) -> Stage:
    return set_stage(sqlite_database, today(), shuffle_items=False)


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext, address: str, stage: Stage) -> Iterator[Page]:
    """The first situation, reached by its buttons. Whatever the browser complains about fails the test."""
    complaints: list[str] = []
    page = phone.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    (token,) = stage.invite(today())
    page.goto(f"{address}/take/{token}")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Start with practice").click()
    page.get_by_role("button", name="Begin the questionnaire").click()
    page.wait_for_url("**/take/page/1", wait_until="load")  # with its script: what follows may cut the connection
    yield page
    assert complaints == []


def stored(stage: Stage) -> dict[str, object]:
    with stage.database.read() as session:
        return {r.unit: json.loads(r.value) for r in session.scalars(select(Response)) if r.value is not None}


def until(holds: Callable[[], bool], page: Page) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, f"did not happen; the page says: {page.locator('#connection').inner_text()}"
        page.wait_for_timeout(50)


def pick(page: Page, option: str) -> None:
    page.locator(f"input[name='one-pick'][value='{option}']").check()


def test_a_choice_is_saved_at_once_and_still_there_after_a_reload(page: Page, stage: Stage) -> None:
    pick(page, "b")
    expect(page.locator("#saved")).to_have_text("Saved")
    assert stored(stage) == {"one-pick": "b"}
    page.reload()
    assert page.locator("input[name='one-pick']:checked").input_value() == "b"
    with stage.database.read() as session:
        assert (session.scalars(select(Response)).one().milliseconds or 0) > 0


def test_a_choice_made_before_the_script_has_arrived_is_saved_when_it_does(page: Page, stage: Stage) -> None:
    held: list[Route] = []
    page.route("**/take.js*", lambda route: held.append(route))
    page.reload(wait_until="commit")
    pick(page, "b")
    until(lambda: bool(held), page)
    assert stored(stage) == {}
    held[0].continue_()
    until(lambda: stored(stage) == {"one-pick": "b"}, page)
    expect(page.locator("#saved")).to_be_visible()


def test_answers_that_wait_survive_a_closed_tab(page: Page, phone: BrowserContext, address: str, stage: Stage) -> None:
    phone.set_offline(True)
    pick(page, "d")
    expect(page.locator("#saved")).to_have_text("Not saved")
    other = phone.new_page()
    page.close()
    phone.set_offline(False)
    other.goto(f"{address}/take/")
    until(lambda: stored(stage) == {"one-pick": "d"}, other)
    assert other.locator("input[name='one-pick']:checked").input_value() == "d"


def test_continue_pressed_while_an_answer_is_on_its_way_neither_loses_nor_doubles_it(page: Page, stage: Stage) -> None:
    def slowly(route: Route) -> None:
        time.sleep(0.8)
        route.continue_()

    page.route("**/take/answer", slowly)
    pick(page, "a")
    pick(page, "c")
    page.get_by_role("button", name="Next situation").click()
    page.wait_for_url("**/take/page/2")
    assert stored(stage) == {"one-pick": "c"}


def test_an_answer_whose_reply_is_lost_is_sent_again_and_counted_once(page: Page, stage: Stage) -> None:
    lost = []

    def lose_two(route: Route) -> None:
        if len(lost) < 2:
            lost.append(route.fetch())  # carried out by the server; the page never hears of it
            route.abort()
        else:
            route.continue_()

    page.route("**/take/answer", lose_two)
    pick(page, "b")
    expect(page.locator("#saved")).to_have_text("Saved")
    with stage.database.read() as session:
        row = session.scalars(select(Response)).one()
        assert (row.value, row.sequence) == ('"b"', 1)
    assert len(lost) == 2


def test_choosing_again_after_being_told_replaces_the_other_tabs_answer(
    page: Page, phone: BrowserContext, address: str, stage: Stage
) -> None:
    second = phone.new_page()
    second.goto(f"{address}/take/page/1")
    pick(page, "a")
    expect(page.locator("#saved")).to_have_text("Saved")
    pick(second, "b")
    expect(second.locator("#connection")).to_contain_text("changed in another tab")
    pick(second, "c")
    until(lambda: stored(stage) == {"one-pick": "c"}, second)


def test_what_is_chosen_last_stands_and_what_it_displaces_is_told(page: Page, stage: Stage) -> None:
    def choose(name: str, value: str) -> None:
        page.locator(f"input[name='{name}'][value='{value}']").check()

    def chosen(name: str) -> list[str]:
        return [found.input_value() for found in page.locator(f"input[name='{name}']:checked").all()]

    told = page.locator("#told")
    page.get_by_role("button", name="Next situation").click()
    choose("two-pair:best", "a")
    choose("two-pair:worst", "b")
    expect(told).to_be_empty()
    choose("two-pair:best", "b")
    expect(told).to_have_text("This was the worst. Choose the worst again.")
    assert (chosen("two-pair:best"), chosen("two-pair:worst")) == (["b"], [])
    until(lambda: stored(stage)["two-pair"] == {"best": "b"}, page)
    choose("two-pair:worst", "b")
    expect(told).to_have_text("This was the best. Choose the best again.")
    choose("two-pair:best", "a")
    expect(told).to_be_empty()
    page.get_by_role("button", name="Next situation").click()
    page.get_by_role("button", name="Next situation").click()
    choose("four-rank:a", "1")
    page.locator("input[name='four-rank:b']").first.focus()
    page.keyboard.press("Space")
    expect(told).to_have_text("That place was taken. The other answer needs a new place.")
    page.keyboard.press("ArrowRight")
    assert (chosen("four-rank:a"), chosen("four-rank:b")) == (["1"], ["2"]), "what arrow keys pass by is not displaced"
    page.keyboard.press("ArrowLeft")
    expect(told).to_have_text("That place was taken. The other answer needs a new place.")
    assert (chosen("four-rank:a"), chosen("four-rank:b")) == ([], ["1"])
    until(lambda: stored(stage).get("four-rank") == ["b", None, None, None], page)
    for option, place in zip("acd", "234", strict=True):
        choose(f"four-rank:{option}", place)
    choose("four-rank:a", "4")
    expect(told).to_have_text("Two places were swapped.")
    until(lambda: stored(stage)["four-rank"] == ["b", "d", "c", "a"], page)
    assert stored(stage)["two-pair"] == {"best": "a", "worst": "b"}


def test_a_finished_questionnaire_takes_no_answer_that_comes_late(page: Page, phone: BrowserContext, address: str) -> None:
    second = phone.new_page()
    second.goto(f"{address}/take/review")
    second.get_by_role("button", name="Finish and send").click()
    expect(second.get_by_role("heading", level=1)).to_contain_text("Thank you")
    page.locator("input[name='one-pick']").first.click()  # `check` would look again at a page that may be gone by then
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")


def test_the_pages_around_the_questions_have_no_fault_that_axe_finds_and_fit_a_phone(page: Page, address: str) -> None:
    faults = []
    for path in ("leave", "notice", "withdraw", "adjustment"):
        page.goto(f"{address}/take/{path}")
        faults += axe_faults(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    assert faults == []

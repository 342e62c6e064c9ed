"""Pictures and sound in Chromium: the sound plays when it is asked to, its captions can be read, and nothing rests on either."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Route, expect, sync_playwright

from assessment.records.database import Database
from tests.browser.browsing import axe_faults, launch
from tests.services.media_stage import MediaStage, set_media_stage
from tests.web.recruiting import sign_in
from tests.web.taking import today

TIME = "document.querySelector('video').currentTime"
CUE = "document.querySelector('video').textTracks[0].activeCues?.[0]?.text ?? ''"


@pytest.fixture
def stage(app: Flask, sqlite_database: Database, tmp_path: Path) -> MediaStage:
    return set_media_stage(sqlite_database, tmp_path / "bank", today())


@pytest.fixture
def context(address: str) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser.new_context(reduced_motion="reduce", viewport={"width": 390, "height": 844})
        browser.close()


def begin(page: Page, address: str, stage: MediaStage) -> None:
    (token,) = stage.invite(today())
    page.goto(f"{address}/take/{token}")
    page.locator("#consent").check()
    page.get_by_role("button", name="Start with practice").click()
    page.get_by_role("button", name="Begin the questionnaire").click()
    expect(page.get_by_text("Situation 1 of 2, part 1 of 4")).to_be_visible()


def to_the_sound(page: Page) -> None:
    for part in range(2, 5):
        page.locator("button[value=next].button").click()
        expect(page.get_by_text(f"part {part} of 4")).to_be_visible()
    page.locator("button[value=next].button").click()
    expect(page.get_by_text("Situation 2 of 2, part 1 of 4")).to_be_visible()


def checked(page: Page) -> list[str]:
    """What is wrong at both widths, the one in the light scheme and the other in the dark."""
    wrong = []
    for width, scheme in ((1440, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        wrong += axe_faults(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{page.url} is wider than {width} px")
    return wrong


def until(page: Page, expression: str, seconds: float = 15) -> None:
    """Wait until an expression is true. (The page's own rules forbid Playwright to evaluate text in it again and again.)"""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never came true: {expression}"
        page.wait_for_timeout(50)


def boxes(page: Page) -> dict[str, tuple[float, float]]:
    """Top and bottom of the parts that the browser itself puts on the page: the captions, and its controls."""
    devtools = page.context.new_cdp_session(page)
    found: dict[str, tuple[float, float]] = {}

    def walk(node: dict[str, Any]) -> None:
        given = node.get("attributes", [])
        pseudo = dict(zip(given[::2], given[1::2], strict=True)).get("pseudo")
        if pseudo in ("cue", "-webkit-media-controls-panel"):
            quad = devtools.send("DOM.getBoxModel", {"nodeId": node["nodeId"]})["model"]["border"]
            found[pseudo] = (quad[1], quad[5])
        for child in [*node.get("shadowRoots", []), *node.get("children", [])]:
            walk(child)

    walk(devtools.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"])
    return found


def test_sound_plays_with_its_captions_by_keyboard(context: BrowserContext, address: str, stage: MediaStage) -> None:
    page = context.new_page()
    wrong: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    held: list[Route] = []
    page.route("**/take/media/*", lambda route: held.append(route))
    begin(page, address, stage)
    question, picture = page.get_by_text("Which of these comes closest"), page.locator(".medium img")
    place = question.bounding_box()
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    page.unroute_all()
    until(page, "document.querySelector('.medium img').naturalWidth === 780")
    assert picture.get_attribute("width") == "780"
    assert question.bounding_box() == place, "a picture that comes late moves nothing under the thumb"
    wrong += checked(page)
    to_the_sound(page)
    sound = stage.hashes["the-bus-at-seven/opening.opus"].removeprefix("sha256:")
    assert not any(sound in url for url in asked), "no sound is loaded before somebody asks for it"
    wrong += checked(page)
    page.locator("video").focus()
    page.keyboard.press("Space")
    until(page, f"{CUE}.includes('this is the bus office')")
    until(page, f"{TIME} > 1")
    found = boxes(page)
    assert found["cue"][1] - found["cue"][0] > 15, "captions of a size to be read"
    assert found["cue"][1] <= found["-webkit-media-controls-panel"][0], "and not behind the controls"
    page.keyboard.press("Space")
    until(page, "document.querySelector('video').paused")
    page.evaluate("document.querySelector('video').currentTime = 40")
    page.keyboard.press("Space")
    until(page, f"{CUE}.includes('My two neighbours')")
    assert page.evaluate("document.querySelector('video').duration") == pytest.approx(45, abs=1)
    page.evaluate("document.querySelector('video').currentTime = 0")
    until(page, f"{CUE}.includes('this is the bus office')")
    page.get_by_text("Read what is said").click()
    expect(page.get_by_text("Una: Good morning, it is Una.")).to_be_visible()
    expect(page.locator("[data-failed]")).to_be_hidden()
    assert wrong == []


def test_without_a_script_the_sound_plays_too(context: BrowserContext, address: str, stage: MediaStage) -> None:
    assert context.browser is not None
    plain = context.browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = plain.new_page()
    begin(page, address, stage)
    to_the_sound(page)
    page.locator("video").focus()
    with page.expect_response(lambda response: stage.hashes["the-bus-at-seven/opening.opus"][7:] in response.url) as heard:
        page.keyboard.press("Space")
    assert heard.value.status == 206
    until(page, f"{TIME} > 0.5")
    expect(page.get_by_text("You need not listen: the words above tell all of it.")).to_be_visible()


def test_a_file_that_cannot_be_loaded_is_said_not_to_be_needed(context: BrowserContext, address: str, stage: MediaStage) -> None:
    page = context.new_page()
    page.route("**/take/media/*", lambda route: route.abort())
    begin(page, address, stage)
    expect(page.get_by_text("The picture cannot be shown here. Go on without it")).to_be_visible()
    to_the_sound(page)
    expect(page.locator("[data-failed]")).to_be_hidden()
    page.locator("video").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("The sound cannot be played here. Go on without it")).to_be_visible()
    assert axe_faults(page) == []


def test_an_analyst_hears_and_sees_the_same(app: Flask, context: BrowserContext, address: str, stage: MediaStage) -> None:
    cookie = sign_in(app, stage.actor.organisation_id, "analyst").client.get_cookie("attune")
    assert cookie is not None
    context.add_cookies([{"name": "attune", "value": cookie.value, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/bank/shipped/the-bus-at-seven")
    wrong = checked(page)
    page.locator("video").focus()
    page.keyboard.press("Space")
    until(page, f"{CUE}.includes('this is the bus office')")
    page.goto(f"{address}/bank/shipped/no-warm-water-at-eight")
    assert page.locator(".medium img").evaluate("i => i.naturalWidth") == 780
    assert wrong + checked(page) == []

"""The applicant's pages in Spanish from the link to the end, and in a made-up language that runs from right to left."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page

from assessment.records.database import Database
from assessment.records.organisation import Organisation
from tests.browser.sitting import PAGES, Seat, Served, seated, served
from tests.services.stage import Stage
from tests.services.two_languages import set_stage_in_two_languages
from tests.web.speaking import is_english
from tests.web.taking import today

BEFORE = ("welcome", "notice", "my-data", "my-data/ask/correct", "adjustment", "leave", "withdraw")
AFTER = ("done", "about-you", "report", "my-data", "adjustment", "withdraw")
ASKING = ("my-data/ask/contest", "my-data/ask/review", "my-data/ask/erase")
SAID = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), said = [document.title];
  while (walk.nextNode()) if (!walk.currentNode.parentElement.closest("[lang]:not(html)")) said.push(walk.currentNode.data);
  for (const name of ["aria-label", "title", "alt", "placeholder"])
    for (const element of document.querySelectorAll(`[${name}]`)) said.push(element.getAttribute(name));
  const words = document.querySelector("[data-words]");
  if (words) said.push(...Object.values(JSON.parse(words.dataset.words)));
  return said.map((text) => text.trim()).filter(Boolean);
}"""
CUT = """() => [...document.querySelectorAll("main *, header *")].filter((element) => {
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  if (!element.innerText?.trim() || box.width < 2 || element.closest(".sr, .off, .skip")) return false;
  const cut = /hidden|clip/.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
  return cut || box.left < -1 || box.right > innerWidth + 1;
}).map((element) => `${location.pathname}: cut off: ${element.className} ${element.innerText.slice(0, 40)}`)"""
NOT_TURNED = """() => [...document.querySelectorAll("use[href='#i-arrow']")].map((use) => use.parentElement)
  .filter((icon) => new DOMMatrix(getComputedStyle(icon).transform).a !== -1)
  .map(() => `${location.pathname}: an arrow points the wrong way`)"""
SIDES = """() => {
  const [back, next] = ["button[value=back]", ".actions .button--main"].map((button) => document.querySelector(button));
  return !back || back.getBoundingClientRect().left > next.getBoundingClientRect().left;
}"""


def answer_everything(page: Page) -> None:
    """Choose something for each question of the page, whatever its kind."""
    for box in page.locator("[data-format]").all():
        kind = box.get_attribute("data-format")
        if kind == "best_worst":
            box.locator("label.choice--best").first.click()
            box.locator("label.choice--worst").last.click()
        elif kind == "rank":
            for place, places in enumerate(box.locator(".places").all()):
                places.locator("label").nth(place).click()
        else:
            names = dict.fromkeys(radio.get_attribute("name") for radio in box.locator("input[type=radio]").all())
            for name in names:
                box.locator(f"label:has(input[name='{name}'])").nth(1).click()


def speaks_spanish(seat: Seat) -> None:
    assert seat.page.locator("html").get_attribute("lang") == "es"
    said = seat.page.evaluate(SAID)
    assert len(said) > 10
    seat.faults += [f"{seat.page.url}: {text}" for text in said if is_english(text)]
    seat.look()


def set_spanish_stage(database: Database) -> Stage:
    stage = set_stage_in_two_languages(database, today(), title="Línea de ayuda")
    with database.write() as session:
        organisation = session.get_one(Organisation, stage.actor.organisation_id)
        organisation.policy = organisation.policy | {"jurisdiction": "us", "self_identification": True}
    return stage


def test_the_whole_way_in_spanish(browser: Browser, sqlite_database: Database, tmp_path: Path) -> None:
    with (
        served(sqlite_database, tmp_path, set_up=set_spanish_stage, people=1) as questionnaire,
        seated(browser, 390, 844, locale="es-ES", reduced_motion="reduce") as seat,
    ):
        page, start = seat.page, f"{questionnaire.address}/take"
        page.goto(questionnaire.links[0])
        for name in BEFORE:
            page.goto(f"{start}/{name}")
            speaks_spanish(seat)
        page.goto(f"{start}/welcome")
        seat.follow(page.locator("main form .button--main"))
        speaks_spanish(seat)  # an error
        page.get_by_role("checkbox").check()
        seat.follow(page.locator("main form .button--main"))
        speaks_spanish(seat)  # the practice
        answer_everything(page)
        seat.go_on()
        place = 0
        while "/page/" in page.url:
            place += 1
            speaks_spanish(seat)
            if place != 2:
                answer_everything(page)
            with page.expect_navigation():
                page.locator("#answers .actions .button--main").click()
        assert page.url.endswith("/review") and place >= 7
        speaks_spanish(seat)  # something is left open
        page.goto(f"{start}/leave")
        speaks_spanish(seat)
        page.goto(f"{start}/review")
        with page.expect_navigation():
            page.locator("#finish .button--main").click()
        assert page.url.endswith("/done")
        for name in (*AFTER, *ASKING, "nothing/there/at-all"):
            page.goto(f"{start}/{name}")
            speaks_spanish(seat)


def look_both_ways(seat: Seat, *, sides: bool = False) -> None:
    """Look at a page on a phone and at a desk."""
    for width in (390, 1440):
        seat.page.set_viewport_size({"width": width, "height": 900})
        assert seat.page.locator("html").get_attribute("dir") == "rtl"
        assert "⟦" in seat.page.title()
        seat.faults += seat.page.evaluate(CUT) + seat.page.evaluate(NOT_TURNED)
        seat.look()
        if sides:
            assert seat.page.evaluate(SIDES), f"{seat.page.url}: Back is not on the right"


def test_nothing_breaks_from_right_to_left(browser: Browser, sqlite_database: Database, tmp_path: Path) -> None:
    with (
        served(sqlite_database, tmp_path, people=1, pseudo_language=True) as questionnaire,
        seated(browser, 390, 844, reduced_motion="reduce") as seat,
    ):
        walk_right_to_left(seat, questionnaire)


def walk_right_to_left(seat: Seat, questionnaire: Served) -> None:
    page, start = seat.page, f"{questionnaire.address}/take"
    page.goto(questionnaire.links[0])
    for name in BEFORE:
        page.goto(f"{start}/{name}")
        look_both_ways(seat)
    page.goto(f"{start}/welcome")
    page.get_by_role("checkbox").check()
    seat.follow(page.locator("main form .button--main"))
    answer_everything(page)
    look_both_ways(seat, sides=True)
    seat.go_on()
    for place in range(1, PAGES + 1):
        assert page.url.endswith(f"/page/{place}")
        answer_everything(page)
        look_both_ways(seat, sides=True)
        seat.go_on()
    look_both_ways(seat)
    with page.expect_navigation():
        page.locator("#finish .button--main").click()
    for name in (*AFTER, *ASKING):
        page.goto(f"{start}/{name}")
        look_both_ways(seat)

"""How a sitting looks where looks matter: in the dark, in forced colours, without motion, to a thumb, beside its situation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.sitting import PAGES, Seat, Served, seated

CONTROLS = ".choice, .option--pick, .scale label"
CHOSEN_AND_NOT = """(controls) => [...document.querySelectorAll(controls)].map((label) => {
  const style = getComputedStyle(label);
  const ringed = style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2;
  return [label.querySelector("input").checked, style.backgroundColor, ringed];
})"""
SMALL = """(controls) => [...document.querySelectorAll(`${controls}, .actions .button`)].filter((target) => {
  const box = target.getBoundingClientRect();
  return box.width < 48 || box.height < 48;
}).map((target) => `${location.pathname}: ${target.innerText}`)"""


@pytest.fixture(scope="module")
def answered(browser: Browser, questionnaire: Served) -> Iterator[str]:
    """The link of somebody who has been everywhere and chosen something on each page."""
    link = questionnaire.links.pop()
    with seated(browser, 1440, 900) as seat:
        seat.begin(link)
        for place in range(1, PAGES + 1):
            for label in ("label.choice--best", "label.choice--worst", "label.choice--place", "label.option--pick", ".scale label"):
                found = seat.page.locator(label)
                if found.count():
                    found.nth(1 if label != "label.choice--worst" else 2).click()
            assert seat.page.url.endswith(f"/page/{place}")
            seat.go_on()
    yield link


def visit(seat: Seat, link: str) -> Iterator[int]:
    seat.page.goto(link)
    for place in range(1, PAGES + 1):
        seat.page.goto(f"{link.rsplit('/', 1)[0]}/page/{place}")
        yield place


def test_every_page_passes_axe_in_the_dark_and_no_target_is_small(browser: Browser, answered: str) -> None:
    with seated(browser, 390, 844, color_scheme="dark") as seat:
        for _ in visit(seat, answered):
            seat.look()
            seat.faults += seat.page.evaluate(SMALL, CONTROLS)
            ground = seat.page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert ground == "rgb(14, 21, 19)"


def test_in_forced_colours_what_is_chosen_and_where_the_focus_is_can_be_seen(browser: Browser, answered: str) -> None:
    with seated(browser, 1440, 900, forced_colors="active") as seat:
        for place in visit(seat, answered):
            looks = seat.page.evaluate(CHOSEN_AND_NOT, CONTROLS)
            chosen, others = ({colour for done, colour, _ in looks if done is state} for state in (True, False))
            if place not in (5, 6):  # closed by what came after
                assert chosen, place
            assert chosen.isdisjoint(others), place
            if place in (1, 2, 3, 4, 8):
                seat.page.locator(CONTROLS).first.locator("input").focus()
                seat.page.keyboard.press("Shift+Tab")
                seat.page.keyboard.press("Tab")
                ringed = [ring for _, _, ring in seat.page.evaluate(CHOSEN_AND_NOT, CONTROLS)]
                assert ringed.count(True) == 1, place


def test_nothing_moves_for_people_who_asked_for_no_motion(browser: Browser, answered: str) -> None:
    seconds = "() => [...new Set([...document.querySelectorAll('*')].map((e) => getComputedStyle(e).transitionDuration))].sort()"
    for wish, found in (("no-preference", ["0.12s", "0s"]), ("reduce", ["0s"])):
        with seated(browser, 390, 844, reduced_motion=wish) as seat:
            next(visit(seat, answered))
            assert seat.page.evaluate(seconds) == found


def test_the_situation_stays_in_view_at_a_desk_and_folds_away_on_a_phone(browser: Browser, answered: str) -> None:
    said = "It is me again."
    in_view = "(e) => { const b = e.getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight; }"
    with seated(browser, 1440, 500) as seat:
        for place in visit(seat, answered):
            if place > 7:
                break
            words = seat.page.get_by_text(said)
            assert words.is_visible() and words.evaluate(in_view), place
            seat.page.evaluate("scrollTo(0, document.body.scrollHeight)")
            assert words.evaluate(in_view), place
            if place == 3:
                assert seat.page.evaluate("scrollY") > 300, "five answers to rate are more than this screen holds"
            if place == 7:
                seat.page.evaluate("scrollTo(0, 0)")
                assert seat.page.get_by_text("Now do shows something new.").evaluate(in_view), "news stand before their question"
    with seated(browser, 390, 844) as seat:
        for place in visit(seat, answered):
            assert seat.page.get_by_text(said).count() == (place < 8)
            if place in (6, 7):
                assert not seat.page.get_by_text(said).is_visible()
                seat.page.get_by_text("Read the situation again").click()
            if place < 8:
                assert seat.page.get_by_text(said).is_visible()

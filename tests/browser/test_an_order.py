"""Putting answers in order by Up and Down: by keyboard, by thumb, offline, in two tabs, and without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.sitting import PATIENCE_MILLISECONDS, Seat, Served, seated

ROWS = """() => [...document.querySelectorAll(".order:not([hidden]) li:not([hidden])")]
  .map((row) => row.querySelector("b").textContent + row.dataset.row)"""
PILLS = """() => [...document.querySelectorAll("[data-format=rank] input:checked")]
  .map((input) => input.value + input.name.slice(-1)).sort()"""
FOCUSED = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  return [at.id, at.contains(document.elementFromPoint(box.x + box.width / 2, box.bottom - 2))];
}"""
SMALL = """() => [...document.querySelectorAll(".order button:not([hidden])")].filter((button) => {
  const box = button.getBoundingClientRect();
  return box.width < 48 || box.height < 48;
}).length"""
DRAWN = "() => ['outlineStyle', 'borderTopStyle'].map((edge) => getComputedStyle(document.activeElement)[edge])"
TOPS = "() => [...document.querySelectorAll('main .option, .order h3, .scene h1')].map((e) => e.getBoundingClientRect().top)"


def to_the_order(seat: Seat, link: str, places: str) -> Page:
    """To the page that asks for an order, where each of `places` is given, as `1a 2b`."""
    seat.begin(link)
    for _ in range(3):
        seat.go_on()
    for place, option in places.split():
        seat.choose(f"four-rank:{option}", place)
    return seat.page


def saved(questionnaire: Served, link: str, page: Page, order: list[str | None]) -> None:
    for _ in range(PATIENCE_MILLISECONDS // 50):
        if questionnaire.answers(link).get("four-rank") == order:
            return
        page.wait_for_timeout(50)
    assert questionnaire.answers(link).get("four-rank") == order


def tab_to(page: Page, button: str) -> None:
    for _ in range(12):
        if page.evaluate(FOCUSED)[0] == button:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {button}")


def test_by_keyboard_the_focus_stays_with_what_is_moved(browser: Browser, questionnaire: Served) -> None:
    link = questionnaire.links.pop()
    with seated(browser, 390, 844, color_scheme="dark", reduced_motion="reduce") as seat:
        page, told = to_the_order(seat, link, ""), seat.page.locator("#told")
        assert page.evaluate(ROWS) == [] and not page.get_by_text("Your order").is_visible()
        seat.choose("four-rank:c", 3)
        assert page.evaluate(ROWS) == ["3c"] and page.locator(".order button:visible").count() == 0
        for option, place in (("a", 1), ("d", 4), ("b", 2)):
            seat.choose(f"four-rank:{option}", place)
        assert page.evaluate(ROWS) == ["1a", "2b", "3c", "4d"]
        seat.look()
        assert page.evaluate(SMALL) == 0
        tab_to(page, "up-four-rank-c")
        page.keyboard.press("Space")
        expect(told).to_have_text("Moved to place 2 of 4.")
        assert page.evaluate(FOCUSED) == ["up-four-rank-c", True]
        page.keyboard.press("Enter")
        expect(told).to_have_text("Moved to place 1 of 4.")
        assert page.evaluate(FOCUSED) == ["down-four-rank-c", True], "the other button, when the first one is gone"
        assert page.locator(":focus-visible").get_attribute("aria-label") == (
            "Move down: Do the thing that is number 3 on the list of things."
        )
        assert (page.evaluate(ROWS), page.evaluate(PILLS)) == (["1c", "2a", "3b", "4d"],) * 2
        saved(questionnaire, link, page, [*"cabd"])
        tab_to(page, "down-four-rank-b")
        page.keyboard.press("Space")
        assert page.evaluate(FOCUSED) == ["up-four-rank-b", True]
        saved(questionnaire, link, page, [*"cadb"])
        seat.look()
        page.emulate_media(forced_colors="active")
        assert page.evaluate(DRAWN) == ["solid", "solid"], "ring and edge stay where colours are taken away"
        page.emulate_media(forced_colors="none")
        page.locator("input[name='four-rank:c']:checked").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.url.endswith("/take/page/5"), "Enter goes on"
        seat.press("Back")
        assert page.url.endswith("/take/page/4")
        assert page.evaluate(ROWS) == ["1c", "2a", "3d", "4b"]


@pytest.mark.parametrize("width", [390, 1440])
def test_under_a_thumb_nothing_else_goes_anywhere(browser: Browser, questionnaire: Served, width: int) -> None:
    link = questionnaire.links.pop()
    with seated(browser, width, 844) as seat:
        page = to_the_order(seat, link, "1a 3b 4d")
        page.locator("#up-four-rank-d").click()  # the first message makes room for itself
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(page.locator("#saved")).to_have_text("Saved")
        tops = page.evaluate(TOPS)
        page.locator("#down-four-rank-a").click()
        assert page.evaluate(ROWS) == ["1d", "3a", "4b"], "an open place stays open"
        assert page.evaluate(TOPS) == tops
        assert page.evaluate(FOCUSED) == ["down-four-rank-a", True]
        saved(questionnaire, link, page, ["d", None, "a", "b"])
        seat.choose("four-rank:a", 1)
        assert page.evaluate(ROWS) == ["1a", "3d", "4b"]
        page.locator("#down-four-rank-a").click()
        page.locator("#down-four-rank-a").click()
        seat.choose("four-rank:a", 1)
        assert page.evaluate(ROWS) == ["1a", "3b", "4d"], "the pills go on from where the buttons left it"
        saved(questionnaire, link, page, ["a", None, "b", "d"])


def test_the_buttons_work_offline_and_what_they_did_is_sent_even_from_another_tab(browser: Browser, questionnaire: Served) -> None:
    link = questionnaire.links.pop()
    with seated(browser) as seat:
        page = to_the_order(seat, link, "1a 2b 3c 4d")
        saved(questionnaire, link, page, [*"abcd"])
        seat.context.set_offline(True)
        page.locator("#down-four-rank-a").click()
        page.locator("#up-four-rank-d").click()
        expect(page.locator("#saved")).to_have_text("Not saved")
        assert page.evaluate(ROWS) == ["1b", "2a", "3d", "4c"]
        other = seat.context.new_page()
        page.close()
        seat.context.set_offline(False)
        other.goto(f"{questionnaire.address}/take/")
        saved(questionnaire, link, other, [*"badc"])
        assert other.evaluate(ROWS) == ["1b", "2a", "3d", "4c"]


def test_a_tab_that_is_behind_is_told_and_pressing_again_keeps_its_order(browser: Browser, questionnaire: Served) -> None:
    link = questionnaire.links.pop()
    with seated(browser) as seat:
        page = to_the_order(seat, link, "1a 2b 3c 4d")
        saved(questionnaire, link, page, [*"abcd"])
        behind = seat.context.new_page()
        behind.goto(page.url)
        page.bring_to_front()
        page.locator("#up-four-rank-b").click()
        saved(questionnaire, link, page, [*"bacd"])
        behind.bring_to_front()
        behind.locator("#up-four-rank-d").click()
        expect(behind.locator("#connection")).to_contain_text("changed in another tab")
        assert behind.evaluate(ROWS) == ["1a", "2b", "3d", "4c"]
        assert questionnaire.answers(link)["four-rank"] == [*"bacd"]
        behind.locator("#up-four-rank-d").click()
        saved(questionnaire, link, behind, [*"adbc"])


def in_view(page: Page) -> Callable[[str], bool]:
    look = "(e) => { const b = e.getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight; }"
    return lambda selector: bool(page.locator(selector).evaluate(look))


def test_without_a_script_a_press_comes_back_to_its_button(browser: Browser, questionnaire: Served) -> None:
    link = questionnaire.links.pop()
    with seated(browser, 320, 640, java_script_enabled=False) as seat:
        page = to_the_order(seat, link, "1a 2b 3c 4d")
        assert page.evaluate(ROWS) == [], "nothing is put in order before it has reached the server"
        seat.go_on()
        seat.press("Back")
        assert page.evaluate(ROWS) == ["1a", "2b", "3c", "4d"]
        for name, address in (
            ("Move up: Do the thing that is number 3", "up-four-rank-c"),
            ("Move up: Do the thing that is number 3", "down-four-rank-c"),
        ):
            with page.expect_navigation():
                page.get_by_role("button", name=name).click()
            assert page.url.endswith(f"/take/page/4#{address}")
            assert page.evaluate(FOCUSED) == [address, True]
        assert in_view(page)(".order h3")
        assert page.evaluate(ROWS) == ["1c", "2a", "3b", "4d"]
        assert questionnaire.answers(link)["four-rank"] == [*"cabd"]
        seat.look_for_width()
        page.locator("input[name='four-rank:c']:checked").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.url.endswith("/take/page/5")

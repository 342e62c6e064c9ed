"""A whole sitting with every kind of answer: by keyboard alone on a phone and at a desk, and without scripts at 400 % zoom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.sitting import PAGES, Seat, Served, seated

MOST_TABS = 80
FOCUSED = """() => {
  const at = document.activeElement, seen = at.closest("label") || at;
  const box = seen.getBoundingClientRect(), style = getComputedStyle(seen);
  const above = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    radio: at.type === "radio", name: at.name || "", done: at.type === "radio" && Boolean(at.form.elements[at.name].value),
    words: (at.labels?.[0] || at).innerText.trim(), kind: at.closest("[data-format]")?.dataset.format || "",
    ringed: style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2,
    covered: !(above && (seen.contains(above) || above.contains(seen))),
  };
}"""


class Keys:
    """A person with a keyboard and no mouse."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.page: Page = seat.page

    def to(self, words: str, on_the_way: Callable[[dict[str, Any]], None] = lambda at: None) -> None:
        """Press Tab until the focus is on what has these words."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            at = self.page.evaluate(FOCUSED)
            if at["radio"] and not (at["ringed"] and not at["covered"]):
                self.seat.faults.append(f"{self.page.url}: the focus on {at['name']} cannot be seen ({at})")
            if at["words"].startswith(words):
                return
            on_the_way(at)
        raise AssertionError(f"Tab never came to “{words}” on {self.page.url}")

    def press(self, key: str) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def answer_all(self, words: str) -> None:
        """Choose something for everything on the page, on the way to its main button: by Space, then with arrows."""
        met: dict[str, int] = {}

        def choose(at: dict[str, Any]) -> None:
            if not at["radio"] or at["name"] in met:
                return
            met[at["name"]] = len(met)
            self.page.keyboard.press("Space")
            steps = 1 if at["kind"] == "best_worst" and at["name"].endswith(":worst") else len(met) - 1
            for _ in range(0 if at["kind"] == "best_worst" and at["name"].endswith(":best") else steps % 5):
                self.page.keyboard.press("ArrowDown")

        self.to(words, choose)


EXPECTED: dict[str, Callable[[Any], bool]] = {
    "one-pick": lambda value: value in "abcd",
    "two-pair": lambda value: value["best"] != value["worst"],
    "three-rate": lambda value: sorted(value) == [*"abcde"] and len(set(value.values())) == 5,
    "four-rank": lambda value: sorted(value) == [*"abcd"],
    "story.feels": lambda value: value in "abcd",
    "story.wrong": lambda value: sorted(value) == [*"abcd"] and sorted(value.values()) == [1, 2, 3, 4],
    "story.do": lambda value: value["best"] != value["worst"],
    **{f"s-{i}": lambda value: value in range(1, 6) for i in range(1, 8)},
}


@pytest.mark.parametrize("width", [390, 1440])
def test_the_keyboard_alone_goes_from_the_link_to_the_thank_you(browser: Browser, questionnaire: Served, width: int) -> None:
    link = questionnaire.links.pop()
    with seated(browser, width, 844, reduced_motion="reduce") as seat:
        keys, page = Keys(seat), seat.page
        page.goto(link)
        seat.look()
        keys.to("I have read")
        page.keyboard.press("Space")
        keys.to("Start with practice")
        keys.press("Enter")
        seat.look()
        keys.answer_all("Begin the questionnaire")
        keys.press("Space")
        for place in range(1, PAGES + 1):
            assert page.url.endswith(f"/take/page/{place}")
            keys.answer_all("Review" if place == PAGES else "Continue" if place > 6 else "Next")
            seat.look()
            keys.press("Enter")
        seat.look()
        keys.to("Finish and send")
        keys.press("Enter")
        assert page.get_by_role("heading", level=1).inner_text().startswith("Thank you")
        seat.look()
    answers = questionnaire.answers(link)
    assert set(answers) == set(EXPECTED)
    assert [unit for unit, fits in EXPECTED.items() if not fits(answers[unit])] == []


def test_without_scripts_every_kind_of_answer_is_given_and_a_clash_is_shown_with_both_choices(
    browser: Browser, questionnaire: Served
) -> None:
    """At 320 px, which is what 400 % zoom leaves of a desk's screen."""
    link = questionnaire.links.pop()
    with seated(browser, 320, 640, java_script_enabled=False) as seat:
        page = seat.page
        seat.begin(link)
        seat.choose("one-pick", "c")
        seat.go_on()
        seat.choose("two-pair:best", "a")
        seat.choose("two-pair:worst", "a")
        seat.go_on()
        clash = page.get_by_role("alert")
        assert "must be two different answers" in clash.inner_text()
        assert [found.get_attribute("name") for found in page.locator("input:checked").all()] == ["two-pair:best", "two-pair:worst"]
        assert page.locator(".option--wrong").count() == 1
        clash.get_by_role("link").click()
        assert page.url.endswith("#q-two-pair")
        seat.choose("two-pair:worst", "b")
        seat.go_on()
        for point, option in enumerate("abcde", start=1):
            seat.choose(f"three-rate:{option}", point)
        seat.go_on()
        for option, place in zip("abcd", (2, 2, 3, 4), strict=True):
            seat.choose(f"four-rank:{option}", place)
        seat.go_on()
        assert "Place 2 is used twice" in page.get_by_role("alert").inner_text()
        assert page.locator("[role=radiogroup][aria-invalid=true]").count() == 2
        seat.choose("four-rank:b", 1)
        seat.go_on()
        seat.choose("story.feels", "d")
        seat.go_on()
        again = page.get_by_text("It is me again.")
        assert not again.is_visible(), "what was read before does not stand in the way"
        page.get_by_text("Read the situation again").click()
        assert again.is_visible()
        for option in "abcd":
            seat.choose(f"story.wrong:{option}", 3)
        seat.go_on()
        assert page.get_by_text("Now do shows something new.").is_visible()
        seat.go_on()
        seat.choose("s-1", 5)
        seat.press("Back")
        seat.choose("story.do:best", "a")
        seat.choose("story.do:worst", "d")
        for _ in range(3):
            seat.go_on()
        seat.press("Finish and send")
        assert page.url.endswith("/take/done")
    answers = questionnaire.answers(link)
    assert answers == {
        "one-pick": "c",
        "two-pair": {"best": "a", "worst": "b"},
        "three-rate": dict(zip("abcde", range(1, 6), strict=True)),
        "four-rank": ["b", "a", "c", "d"],
        "story.feels": "d",
        "story.wrong": dict.fromkeys("abcd", 3),
        "story.do": {"best": "a", "worst": "d"},
        "s-1": 5,
    }

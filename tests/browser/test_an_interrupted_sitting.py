"""A sitting that is interrupted, for every kind of answer: no connection, another tab, another device; an end that comes once."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from assessment.records.sitting import Sitting
from tests.browser.sitting import Seat, Served, seated

Choices = dict[str, str | int]

BEST_WORST = ({"two-pair:best": "a", "two-pair:worst": "b"}, {"two-pair:best": "c", "two-pair:worst": "d"})
RATE = tuple({f"three-rate:{option}": point for option in "abcde"} for point in (2, 4))
RANK = tuple({f"four-rank:{option}": place for place, option in enumerate(order, start=1)} for order in ("abcd", "dcba"))
LIKERT = tuple({f"s-{number}": point for number in (1, 2, 3)} for point in (1, 5))

KINDS: dict[int, tuple[Choices, Choices, dict[str, Any], dict[str, Any]]] = {
    1: ({"one-pick": "a"}, {"one-pick": "b"}, {"one-pick": "a"}, {"one-pick": "b"}),
    2: (*BEST_WORST, {"two-pair": {"best": "a", "worst": "b"}}, {"two-pair": {"best": "c", "worst": "d"}}),
    3: (*RATE, {"three-rate": dict.fromkeys("abcde", 2)}, {"three-rate": dict.fromkeys("abcde", 4)}),
    4: (*RANK, {"four-rank": [*"abcd"]}, {"four-rank": [*"dcba"]}),
    8: (*LIKERT, LIKERT[0], LIKERT[1]),
}
"""By page: what one screen chooses, what another does, and what the database holds after each."""


def choose(page: Page, choices: Choices) -> None:
    for name, value in choices.items():
        page.locator(f"input[name='{name}'][value='{value}']").check()


def marked(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('#answers input:checked')].map((input) => [input.name, input.value]))"
    )
    return found


def to_page(seat: Seat, place: int) -> None:
    while not seat.page.url.endswith(f"/take/page/{place}"):
        seat.go_on()


def test_a_cut_connection_keeps_every_kind_of_answer_on_the_device_and_sends_it_in_order(
    browser: Browser, questionnaire: Served
) -> None:
    link = questionnaire.links.pop()
    sent: list[str] = []
    with seated(browser) as seat:
        page = seat.page
        seat.begin(link)
        page.on("request", lambda request: sent.append(request.post_data_json["unit"]) if request.url.endswith("/answer") else None)
        expected: dict[str, Any] = {}
        for place, (choices, first_thought, held, _) in KINDS.items():
            to_page(seat, place)
            seat.context.set_offline(True)
            choose(page, first_thought)
            choose(page, choices)
            expect(page.locator("#saved")).to_have_text("Not saved")
            expect(page.locator("#connection")).to_contain_text("Your answers stay on this device")
            page.locator("#answers .actions .button--main").click()
            expect(page.locator("#connection")).to_be_focused()
            assert page.url.endswith(f"/page/{place}"), "nobody is sent to a page that cannot be loaded"
            assert questionnaire.answers(link) == expected
            sent.clear()
            seat.context.set_offline(False)
            expect(page.locator("#connection")).to_have_text("You are back online. Every answer is saved.")
            expected |= held
            assert questionnaire.answers(link) == expected
            assert list(dict.fromkeys(sent)) == [*held], "sent in the order in which they were chosen"
            assert page.evaluate("localStorage.length") == 0, "what was sent is removed from the device"
        seat.look()


def test_a_stale_tab_is_told_and_loses_nothing(browser: Browser, questionnaire: Served) -> None:
    link = questionnaire.links.pop()
    with seated(browser) as seat:
        first, second = seat.page, seat.context.new_page()
        seat.begin(link)
        for place, (here, there, kept, held) in KINDS.items():
            to_page(seat, place)
            second.goto(first.url)
            first.bring_to_front()  # a browser draws a page behind another one only once a second
            choose(first, here)
            expect(first.locator("#saved")).to_have_text("Saved")
            second.bring_to_front()
            name, value = next(iter(there.items()))
            choose(second, {name: value})
            expect(second.locator("#connection")).to_contain_text("changed in another tab")
            assert questionnaire.answers(link).items() >= kept.items()
            second.locator("#answers .actions .button--main").click()
            expect(second.get_by_role("alert")).to_contain_text("An answer was changed elsewhere")
            expect(second.get_by_text("Saved elsewhere:")).to_be_visible()
            assert marked(second)[name] == str(value), "their own choice is still marked"
            choose(second, there)
            with second.expect_navigation():
                second.locator("#answers .actions .button--main").click()
            assert questionnaire.answers(link).items() >= held.items()
            first.bring_to_front()
            first.goto(second.url)


def test_another_device_goes_on_at_the_exact_place_with_the_same_order_and_time(browser: Browser, questionnaire: Served) -> None:
    link = questionnaire.links.pop()
    shown = """() => ({
      place: location.pathname, words: document.querySelector("main").innerText.match(/Do the thing[^.]*|What is[^?]*/g),
      ends: document.querySelector("main time").dateTime, progress: document.querySelector("progress").value,
    })"""
    with seated(browser) as phone, seated(browser, 1440, 900) as desk:
        phone.begin(link)
        to_page(phone, 4)
        choose(phone.page, {"four-rank:c": 1, "four-rank:a": 2})
        expect(phone.page.locator("#saved")).to_have_text("Saved")
        phone.page.get_by_role("button", name="Leave and return").click()
        phone.page.wait_for_url("**/take/leave")
        desk.page.goto(link)
        phone.page.goto(f"{questionnaire.address}/take/")
        assert desk.page.evaluate(shown) == phone.page.evaluate(shown)
        assert desk.page.url.endswith("/take/page/4")
        assert marked(desk.page) == {"four-rank:c": "1", "four-rank:a": "2"}
        choose(desk.page, {"four-rank:b": 3, "four-rank:d": 4})
        desk.go_on()
        phone.page.goto(link)
        assert phone.page.url.endswith("/take/page/5")
        assert questionnaire.answers(link)["four-rank"] == [*"cabd"]


def test_it_is_finished_once_however_often_one_presses(browser: Browser, questionnaire: Served) -> None:
    link = questionnaire.links.pop()

    def ends() -> list[Any]:
        with questionnaire.stage.database.read() as session:
            return [sitting.finished_at for sitting in session.scalars(select(Sitting).where(Sitting.state == "submitted"))]

    with seated(browser) as seat:
        page = seat.page
        seat.begin(link)
        choose(page, {"one-pick": "a"})
        page.goto(f"{questionnaire.address}/take/review")
        seat.look()
        before = len(ends())
        page.get_by_role("button", name="Finish and send").dblclick()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
        finished = ends()
        assert len(finished) == before + 1
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
        page.goto(f"{questionnaire.address}/take/page/1")
        assert page.url.endswith("/take/done")
        assert ends() == finished
    assert questionnaire.answers(link) == {"one-pick": "a"}


def test_a_choice_that_came_too_late_is_told_and_leaves_the_device(browser: Browser, questionnaire: Served) -> None:
    link = questionnaire.links.pop()
    with seated(browser) as phone, seated(browser, 1440, 900) as desk:
        phone.begin(link)
        choose(phone.page, {"one-pick": "a"})
        expect(phone.page.locator("#saved")).to_have_text("Saved")
        phone.context.set_offline(True)
        choose(phone.page, {"one-pick": "b"})
        expect(phone.page.locator("#saved")).to_have_text("Not saved")
        desk.page.goto(link)
        desk.page.goto(f"{questionnaire.address}/take/review")
        desk.page.get_by_role("button", name="Finish and send").click()
        expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Thank you")
        expect(desk.page.locator("#too-late")).to_be_hidden()
        phone.context.set_offline(False)
        expect(phone.page.get_by_role("heading", level=1)).to_contain_text("Thank you")
        expect(phone.page.locator("#too-late")).to_contain_text("had not been sent when the questionnaire ended")
        assert phone.page.evaluate("localStorage.length") == 0
        phone.look()
        phone.page.reload()
        expect(phone.page.locator("#too-late")).to_be_hidden()
    assert questionnaire.answers(link) == {"one-pick": "a"}

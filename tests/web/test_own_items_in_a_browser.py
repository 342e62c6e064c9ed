"""An item from the first key to approval in Chromium: the keyboard alone writes it, axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assessment.records.database import Database
from assessment.services.authoring import list_forms
from assessment.services.inviting import Invitee, invite_applicants, open_vacancy
from assessment.services.people.accounts import add_organisation
from assessment.services.people.actors import Actor
from tests.browser.browsing import axe_faults, launch
from tests.web.recruiting import Recruiter, sign_in

SETTING = (
    "You answer the phone for a library that lends tools. Zenon has kept a saw nine days too long and is asked to pay 18. He "
    "says that he brought it to the door on time and found it closed, although the page said that it was open until six."
)
SAID = (
    "I came by on the Thursday at half past five and nobody was there. I do not mind paying what I owe. I just think I was on time."
)
LIMIT = "You may take off the days on which we were closed by mistake. The log of the doors can be read by the manager tomorrow."
OPTIONS = (
    "Tell him that you will have the log read tomorrow and call him back.",
    "Take all of the 18 off the bill, since he says that he was on time.",
    "Explain that the rule counts the day on which the saw was returned.",
    "Ask him to write to the manager, who can decide about such a fee.",
)
MOVES = ("inform", "concede", "refuse", "escalate")


Check = Callable[[Page], None]


def visit(browser: Browser, member: Recruiter, address: str, wrong: list[str]) -> Page:
    cookie = member.client.get_cookie("attune")
    assert cookie is not None
    context = browser.new_context(reduced_motion="reduce")
    context.add_cookies([{"name": "attune", "value": cookie.value, "url": address}])
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return page


def test_an_item_is_written_by_keyboard_read_by_a_second_person_and_given_to_an_applicant(
    app: Flask, sqlite_database: Database, address: str
) -> None:
    with sqlite_database.write() as session:
        organisation_id = add_organisation(session, slug="acme", name="Acme", now=datetime.now(UTC)).id
    wrong: list[str] = []

    def check(page: Page) -> None:
        for width, scheme in ((1440, "light"), (390, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            wrong.extend(axe_faults(page))
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{page.url} is wider than {width} px")

    with sync_playwright() as playwright:
        browser = launch(playwright)
        author = visit(browser, sign_in(app, organisation_id, "analyst", "Ana Author"), address, wrong)
        write_by_keyboard(author, address, check)
        look_at_it(author, address, check)
        reader = visit(browser, sign_in(app, organisation_id, "approver", "Pat Approver"), address, wrong)
        read_it(reader, address, check)
        publish_it(author, address, check)
        with sqlite_database.write() as session:
            (form,) = list_forms(session, organisation_id)
            recruiter = Actor(organisation_id, "recruiter", "Rosa Recruiter", "recruiter")
            known: dict[str, Any] = {"actor": recruiter, "now": datetime.now(UTC)}
            vacancy = open_vacancy(session, code="tools", title="Adviser", form_version_id=form.id, **known)
            people = [Invitee("Ana Ruiz", "ana@example.org")]
            token = invite_applicants(session, vacancy_id=vacancy.id, people=people, **known).invited[0].link_token
        applicant = browser.new_context(reduced_motion="reduce").new_page()
        be_given_it(applicant, f"{address}/take/{token}")
        browser.close()
    assert wrong == []


def go_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until the field or button called `name` has the focus."""
    for _ in range(most):
        found = page.evaluate("[document.activeElement.name, document.activeElement.id, document.activeElement.textContent.trim()]")
        if name in found:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {name} on {page.url}")


def fill(page: Page, name: str, text: str) -> None:
    go_to(page, name)
    page.keyboard.insert_text(text)


def pick(page: Page, name: str, letters: str) -> None:
    """Choose in a list by typing the first letters of what is wanted."""
    go_to(page, name)
    page.keyboard.type(letters)


def write_by_keyboard(page: Page, address: str, check: Check) -> None:
    page.goto(f"{address}/bank")
    check(page)
    go_to(page, "Write an item")
    page.keyboard.press("Enter")
    page.wait_for_url("**/bank/new")
    check(page)
    go_to(page, "format")
    page.keyboard.press("Space")
    fill(page, "write-code", "a-saw-and-a-door")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="errors to mend")).to_be_visible()
    check(page)
    for name, letters in (("item.facet", "Find"), ("item.rater", "Resp"), ("item.channel", "Ph"), ("item.trouble", "Bil")):
        pick(page, name, letters)
    fill(page, "scenario.setting", SETTING)
    fill(page, "scenario.transcript.0.text", SAID)
    go_to(page, "add-scenario-limits")
    page.keyboard.press("Enter")
    page.wait_for_url("**at=scenario.limits.0**")
    assert page.evaluate("document.activeElement.name") == "scenario.limits.0", "the new line has the focus"
    page.keyboard.insert_text(LIMIT)
    fill(page, "task.ask", "What is the most effective thing to do?")
    for number, text in enumerate(OPTIONS):
        fill(page, f"task.option.{number}.text", text if number else "Sorry! Always just forget it.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # opens what the option does
        move = page.locator(f"[name='task.option.{number}.moves'][value='{MOVES[number]}']")
        for _ in range(14):
            page.keyboard.press("Tab")
            if move.evaluate("box => box === document.activeElement"):
                page.keyboard.press("Space")
                break
    fill(page, "review.source.summary", "Trusting a person at once, or looking first at what can be known by tomorrow.")
    fill(page, "review.neurodivergence", "Nothing rests on tone; what he wants is said.")
    fill(page, "review.culture", "Libraries of things exist in many places; no law, no currency.")
    go_to(page, "Save", 120)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="error")).to_have_count(1)
    expect(page.get_by_text("A6 warning").first).to_be_visible()
    check(page)
    page.get_by_role("link", name="[[task.option]]").first.focus()
    page.keyboard.press("Enter")
    go_to(page, "task.option.0.text")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(OPTIONS[0])
    go_to(page, "Save", 120)
    page.keyboard.press("Enter")
    expect(page.get_by_text("It can go to review.").or_(page.get_by_role("heading", name="No errors"))).to_be_visible()


def look_at_it(page: Page, address: str, check: Check) -> None:
    page.goto(f"{address}/bank/own/a-saw-and-a-door/1/preview")
    phone = page.frame_locator("iframe[title='Preview on a phone']")
    expect(phone.get_by_role("heading", name="A phone call")).to_be_visible()
    check(page)
    assert page.locator("iframe").first.evaluate("frame => frame.contentDocument.documentElement.scrollWidth") <= 390
    before = phone.get_by_role("radio").evaluate_all("boxes => boxes.map((box) => box.value)")
    orders = set()
    for _ in range(6):
        page.get_by_role("link", name="Shuffle the options again").click()
        expect(phone.get_by_role("heading", name="A phone call")).to_be_visible()
        orders.add(tuple(phone.get_by_role("radio").evaluate_all("boxes => boxes.map((box) => box.value)")))
    assert orders - {tuple(before)}, "another seed gives another order"
    phone.get_by_label(OPTIONS[0]).check()
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_text("looked at and not kept")).to_be_visible()
    page.goto(f"{address}/bank/own/a-saw-and-a-door/1/words/es")
    check(page)
    page.goto(f"{address}/bank/own/a-saw-and-a-door/1")
    check(page)
    page.get_by_role("button", name="Send to review").click()
    expect(page.get_by_text("It waits for people who have not written it.")).to_be_visible()


def read_it(page: Page, address: str, check: Check) -> None:
    page.goto(f"{address}/bank/own/a-saw-and-a-door/1")
    expect(page.get_by_text("Trusting a person at once")).to_have_count(0)
    page.get_by_role("link", name="Read it").click()
    check(page)
    page.get_by_label(OPTIONS[3]).check()
    page.get_by_role("button", name="Go on to judge it").click()
    page.get_by_role("button", name="Give this reading").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_label("A supervisor of agents").check()
    page.get_by_label("Change it", exact=True).check()
    page.get_by_label("Why, and what should change").fill("Say on which day the doors were closed.")
    page.get_by_label("No, I knew nothing of them").check()
    page.get_by_role("button", name="Give this reading").click()
    expect(page.get_by_text("Trusting a person at once")).to_be_visible()
    check(page)


def publish_it(page: Page, address: str, check: Check) -> None:
    page.goto(f"{address}/bank/own/a-saw-and-a-door/1/key")
    check(page)
    for option, score in zip("abcd", ("4.5", "2.6", "1.5", "3.1"), strict=True):
        page.locator(f"[name='a-saw-and-a-door:{option}:score']").fill(score)
        page.locator(f"[name='a-saw-and-a-door:{option}:why']").fill("For what it does in this case.")
    page.get_by_role("button", name="Save the scores").click()
    page.goto(f"{address}/bank/forms")
    check(page)
    page.get_by_label("From").select_option("short")
    page.get_by_label("Its code").fill("tools")
    page.get_by_label("Title").fill("Tool library")
    page.get_by_role("button", name="Copy").click()
    page.get_by_label("Exchange number-fourteen").check()
    page.get_by_label("Another item").first.select_option("a-saw-and-a-door")
    page.get_by_role("button", name="Put it in the place of the marked one in situations").click()
    expect(page.get_by_text("Not confirmed")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published, with its first key")).to_be_visible()
    check(page)


def be_given_it(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("I have read").check()
    page.get_by_role("button", name="Start with practice").click()
    page.get_by_role("button", name="Begin the questionnaire").click()
    for _ in range(8):
        if page.get_by_text("a library that lends tools").count():
            break
        page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("a library that lends tools")).to_be_visible()
    expect(page.get_by_label(OPTIONS[2])).to_be_visible()

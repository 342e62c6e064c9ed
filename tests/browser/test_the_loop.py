"""Once round the loop in a real browser: every station hands real records to the next, and axe finds nothing on any page."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from browsing import Running, axe_faults, launch, running

from assessment.demo.organisation import PASSWORD, STAFF

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("var"), ("demo", "load", "--stage", "applicants")) as started:
        yield started


@pytest.fixture(scope="module")
def new_context() -> Iterator[Callable[[dict[str, int]], BrowserContext]]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield lambda viewport: browser.new_context(viewport=viewport)  # type: ignore[arg-type]  # its own TypedDict
        browser.close()


class Visitor:
    """A person at a browser who notices what is wrong with every page: axe faults, script errors, sideways scrolling."""

    def __init__(self, context: BrowserContext, app: Running) -> None:
        self.page: Page = context.new_page()
        self.app = app
        self.wrong: list[str] = []
        self.page.on("console", lambda m: self.hear(m.type, m.text))
        self.page.on("pageerror", lambda e: self.wrong.append(f"{self.page.url}: {e}"))

    def hear(self, kind: str, text: str) -> None:
        if kind == "error" and "422" not in text:  # the browser reports a refused form as an error of its own
            self.wrong.append(f"{self.page.url}: {text}")

    def go(self, path: str) -> None:
        self.page.goto(self.app.address + path)
        self.look()

    def press(self, button: str | re.Pattern[str]) -> None:
        self.follow(self.page.get_by_role("button", name=button))

    def follow(self, way: Locator) -> None:
        with self.page.expect_navigation():
            way.first.click()
        self.look()

    def look(self) -> None:
        self.wrong += axe_faults(self.page)
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        if self.page.evaluate("document.documentElement.scrollWidth") > width:
            self.wrong.append(f"{self.page.url}: wider than {width} px")

    def sign_in(self, role: str) -> None:
        self.go("/sign-in")
        self.page.get_by_label("E-mail address").fill(next(email for r, _name, email in STAFF if r == role))
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Sign in")

    def path(self) -> str:
        return self.page.url.removeprefix(self.app.address)


def answer_page(page: Page) -> None:
    """Answer every question of the page the way a person does, by pressing on words."""
    for question in page.locator("[data-format]").all():
        kind = question.get_attribute("data-format")
        if kind == "pick_best":
            question.locator("label.option--pick").nth(1).click()
        elif kind == "best_worst":
            question.locator("label.choice--best").nth(0).click()
            question.locator("label.choice--worst").nth(1).click()
        elif kind == "rank":
            for number, places in enumerate(question.locator(".places").all()):
                places.locator("label").nth(number).click()
        else:
            for number, scale in enumerate(question.locator(".scale").all()):
                scale.locator("label").nth((number * 2 + 1) % 5).click()


def sit_the_form(applicant: Visitor, link: str) -> int:
    """Consent, practise, answer every page, leave once and return by the link, review and send. Returns the pages answered."""
    page = applicant.page
    page.goto(link)
    applicant.look()
    assert "/take/" in page.url
    assert link.rsplit("/", 1)[1] not in page.url, "the token stays in the address"
    page.get_by_role("checkbox").check()
    applicant.press(re.compile("Start with practice"))
    answer_page(page)
    applicant.press(re.compile("Begin the questionnaire"))
    answered = 0
    while "/take/page/" in page.url:
        answer_page(page)
        answered += 1
        if answered == 3:
            here = page.url
            page.get_by_text("Saved", exact=True).wait_for()
            page.goto(link)
            applicant.look()
            if page.url != here:
                applicant.follow(page.get_by_role("link", name=re.compile("Go on|Continue|my place")))
            assert page.url == here, "the link does not lead back to the place"
        applicant.follow(page.locator("form#answers button.button--main"))
        assert answered < 60
    assert "/take/review" in page.url
    for box in page.get_by_role("checkbox").all():
        box.check()
    applicant.press("Finish and send")
    assert "Thank you" in page.locator("h1").inner_text()
    return answered


def upload(analyst: Visitor, word: str, file: Path) -> str:
    analyst.go(f"/observe/{word}")
    analyst.page.get_by_label("CSV file").set_input_files(file)
    analyst.press("Show what would happen")
    analyst.press(re.compile("^Import"))
    return analyst.page.locator("main").inner_text()


def wait_until(analyst: Visitor, path: str, selector: str, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while True:
        analyst.page.goto(analyst.app.address + path)
        if analyst.page.locator(selector).count():
            analyst.look()
            return
        assert time.monotonic() < end, analyst.page.locator("main").inner_text()
        time.sleep(1)


def test_the_whole_loop_runs_in_a_browser(
    app: Running, new_context: Callable[[dict[str, int]], BrowserContext], tmp_path: Path
) -> None:
    visitors = []

    def visitor(viewport: dict[str, int]) -> Visitor:
        visitors.append(Visitor(new_context(viewport), app))
        return visitors[-1]

    # Invite.
    recruiter = visitor(DESK)
    recruiter.sign_in("recruiter")
    recruiter.follow(recruiter.page.get_by_role("link", name="Customer adviser, billing"))
    job = recruiter.path()
    recruiter.go(f"{job}/invite")
    recruiter.page.get_by_label("Paste a list, one person a line").fill("Wren Talbot, wren@people.example\nnot an address")
    recruiter.press("Check the list")
    assert "not an address" in recruiter.page.locator("main").inner_text()
    recruiter.press("Invite 1 person")
    link = recruiter.page.locator("input.mono[readonly]").first.input_value()

    # Sit the form on a phone.
    applicant = visitor(PHONE)
    assert sit_the_form(applicant, link) >= 16

    # Score and rank: the worker scores, the recruiter finds the person in a band.
    wait_until(recruiter, f"{job}?q=Wren", "table.people tbody th a:has-text('Wren Talbot')")
    assert "Simulated data" in recruiter.page.locator("header").inner_text()
    wait_until(applicant, "/take/report", "article.report")
    assert "The scoring is provisional" in applicant.page.locator("article.report").inner_text()
    recruiter.go(job)
    recruiter.go(f"{job}?q=Wren")
    recruiter.follow(recruiter.page.get_by_role("link", name="Wren Talbot"))
    candidate = recruiter.path()
    before = recruiter.page.locator("main").inner_text()
    assert re.search(r"Band [A-Z], score \d+", before)

    # Decide and hire.
    recruiter.page.get_by_label("What happens next").select_option("hire")
    recruiter.press("Record decision")
    assert "not recorded" in recruiter.page.locator("main").inner_text().lower(), "a decision needs a reason"
    recruiter.page.get_by_label("Reason", exact=True).select_option("interview_evidence")
    recruiter.press("Record decision")

    # Observe: hires and QA evaluations from files.
    demo = Path(app.environment["ATTUNE_VAR"]) / "demo"
    analyst = visitor(DESK)
    analyst.sign_in("analyst")
    broken = tmp_path / "broken.csv"
    broken.write_text("applicant_id,employee_id\nSIM-0001")
    analyst.go("/observe/hires")
    analyst.page.get_by_label("CSV file").set_input_files(broken)
    analyst.press("Show what would happen")
    assert "hired_on" in analyst.page.locator("main").inner_text(), "a broken file is refused by what is missing"
    assert "340" in upload(analyst, "hires", demo / "hires.csv")
    assert "40,800" in upload(analyst, "qa", demo / "qa_evaluations.csv").replace("\u202f", ",").replace(" 800", ",800")
    analyst.go("/observe")

    # Validate.
    analyst.go("/evidence")
    analyst.go("/studies")
    choice = analyst.page.locator("#what option", has_text="Empathy in QA").first.get_attribute("value")
    analyst.page.get_by_label("Vacancy and criterion").select_option(choice)
    analyst.press("Declare and run")
    study = analyst.path()
    wait_until(analyst, study, ".triple")
    assert "340" in analyst.page.locator("main").inner_text()

    # Recalibrate and propose.
    analyst.press("Compare weights")
    comparison = analyst.path()
    wait_until(analyst, comparison, ".checks")
    analyst.page.get_by_label("Why this change, in your words").fill(
        "Listening carries most of the relation; the gain holds on people left out."
    )
    analyst.press(re.compile("^Propose key"))
    proposal = analyst.path()
    assert "somebody else decides" in analyst.page.locator("main").inner_text()

    # A second person approves and publishes.
    approver = visitor(DESK)
    approver.sign_in("approver")
    approver.go(proposal)
    approver.page.get_by_label("Your reason, in your words").fill(
        "The evidence is sound: held-out gain, reliability kept, movement capped."
    )
    approver.press("Approve")
    approver.press(re.compile("^Publish v"))

    # Old and new scores side by side.
    recruiter.page.wait_for_timeout(500)
    wait_until(recruiter, candidate, "text=/v3/")
    after = recruiter.page.locator("main").inner_text()
    assert "v2" in after, "the earlier score is gone"
    assert "v3" in after

    # And one step back.
    analyst.go("/keys")
    analyst.page.get_by_text("Go back one step, to v2").click()
    analyst.page.get_by_label("Why", exact=True).first.fill("Shown that the way back is one step and takes nothing away.")
    analyst.press(re.compile("^Put v2 back"))
    assert "in force again" in analyst.page.locator("main").inner_text()
    analyst.go("/bank")
    analyst.go("/bank/shipped/around-four")
    for path in ("/proposals", "/workbench", "/observe/criteria", "/me"):
        analyst.go(path)
    administrator = visitor(DESK)
    administrator.sign_in("administrator")
    administrator.go("/audit")
    assert "holds" in administrator.page.locator("main").inner_text()
    assert '"holds": true' in app.flask("audit", "verify", "--json")

    assert [fault for v in visitors for fault in v.wrong] == []

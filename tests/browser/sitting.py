"""A questionnaire with every kind of answer, served for a module of browser tests, and the people who take it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page
from sqlalchemy import select

from assessment.records.applicant import Invitation
from assessment.records.database import Database
from assessment.records.sitting import Response, Sitting
from assessment.services.people.accounts import hash_token
from tests.browser.browsing import axe_faults
from tests.services.stage import Stage, set_stage
from tests.web.serving import local_server
from tests.web.taking import application, today

PEOPLE = 12
PAGES = 9
PATIENCE_MILLISECONDS = 20_000


@dataclass
class Served:
    """The running application, and links that nobody has opened yet."""

    address: str
    stage: Stage
    links: list[str]

    def answers(self, link: str) -> dict[str, Any]:
        """What the database holds of the person with this link."""
        token_hash = hash_token(link.rsplit("/", 1)[1])
        with self.stage.database.read() as session:
            person = select(Invitation.applicant_id).where(Invitation.token_hash == token_hash).scalar_subquery()
            sitting = select(Sitting.id).where(Sitting.applicant_id == person).scalar_subquery()
            rows = session.scalars(select(Response).where(Response.sitting_id == sitting))
            return {row.unit: json.loads(row.value) for row in rows if row.value is not None}


def set_trial_stage(database: Database) -> Stage:
    """A trial form of nine pages: one situation of each kind, a storyline, statements; half an hour for all."""
    return set_stage(database, today(), shuffle_items=False, minutes_limit=30.0)


@contextmanager
def served(
    database: Database,
    var: Path,
    *,
    set_up: Callable[[Database], Stage] = set_trial_stage,
    people: int = PEOPLE,
    pseudo_language: bool = False,
) -> Iterator[Served]:
    """A questionnaire in a running application."""
    app = application(database, var, pseudo_language=pseudo_language)
    server = local_server(app)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    stage = set_up(database)
    try:
        yield Served(address, stage, [f"{address}/take/{token}" for token in stage.invite(today(), people)])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        if "answers" in app.extensions:
            app.extensions["answers"].close()
        app.extensions["database"].dispose()


@dataclass
class Seat:
    """One person before one screen. `faults` gathers what axe, the console and the page's width complain of."""

    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)

    def begin(self, link: str) -> None:
        """From the link to the first situation, by its buttons."""
        self.page.goto(link)
        self.look_for_width()
        self.page.get_by_role("checkbox").check()
        self.press("Start with practice")
        self.press("Begin the questionnaire")
        assert self.page.url.endswith("/take/page/1")

    def look(self) -> None:
        """Note what axe finds, and whether the page scrolls sideways."""
        self.faults += axe_faults(self.page)
        self.look_for_width()

    def look_for_width(self) -> None:
        assert self.page.viewport_size is not None
        if self.page.evaluate("document.documentElement.scrollWidth") > self.page.viewport_size["width"]:
            self.faults.append(f"{self.page.url} is wider than the screen")

    def follow(self, button: Locator) -> None:
        """Press it, and see the page it leads to: a click alone does not wait for that page."""
        with self.page.expect_navigation():
            button.click()
        self.look_for_width()

    def press(self, name: str) -> None:
        self.follow(self.page.get_by_role("button", name=name))

    def go_on(self) -> None:
        self.follow(self.page.locator("#answers .actions .button--main"))

    def choose(self, name: str, value: str | int) -> None:
        self.page.locator(f"input[name='{name}'][value='{value}']").check()


@contextmanager
def seated(browser: Browser, width: int = 390, height: int = 844, **how: Any) -> Iterator[Seat]:
    """A browser of its own. It must end without a complaint."""
    context = browser.new_context(viewport={"width": width, "height": height}, **how)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    seat = Seat(context, context.new_page())
    seat.page.on("pageerror", lambda error: seat.faults.append(str(error)))
    seat.page.on("console", lambda said: seat.faults.append(said.text) if "Content Security Policy" in said.text else None)
    try:
        yield seat
    finally:
        context.close()
    assert seat.faults == []

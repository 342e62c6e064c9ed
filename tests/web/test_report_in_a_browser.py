"""The report in Chromium: axe finds nothing, nothing scrolls sideways, and it prints on one sheet, black on white."""

from __future__ import annotations

import re
import zlib

from flask import Flask
from playwright.sync_api import Page, expect, sync_playwright

from assessment.records.applicant import Invitation
from assessment.records.database import Database
from assessment.records.feedback import FeedbackReport, StandingReport
from assessment.services.reports.feedback_document import FacetSeen, ReportFacts, feedback_document
from tests.browser.browsing import axe_faults, launch
from tests.services.feedback_stage import WORDS, add_unlike_listeners, publish, score_and_write
from tests.services.scored_stage import NORMS, ScoredStage, best_answers, set_scored_stage, trial_key
from tests.web.recruiting import sign_in
from tests.web.reporting import cookie_of, finish
from tests.web.taking import today

COLOURS = "[...new Set([...document.querySelectorAll('main, main *')].map(part => getComputedStyle(part).color))]"


def set_report(database: Database) -> tuple[ScoredStage, int, int]:
    """A person of a form with one facet that is measured well enough; the report is still to be written."""
    stage = set_scored_stage(database, today())
    add_unlike_listeners(stage, 130, today())
    return stage, *finish(stage, best_answers(), today())


def test_the_report_is_read_by_everybody_and_printed_on_one_sheet(app: Flask, address: str, sqlite_database: Database) -> None:
    stage, invitation_id, sitting_id = set_report(sqlite_database)
    staff = sign_in(app, stage.organisation_id).client.get_cookie("attune")
    assert staff is not None
    with stage.database.read() as session:
        applicant_id = session.get_one(Invitation, invitation_id).applicant_id
    cookies = {"attune-sitting": cookie_of(app, invitation_id, today()), "attune": staff.value}
    wrong: list[str] = []
    sheets: dict[str, tuple[int, tuple[int, int]]] = {}

    def check(page: Page) -> None:
        for width in (1440, 390):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                wrong.extend(axe_faults(page))
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    wrong.append(f"{page.url} is wider than {width} px")

    with sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(reduced_motion="reduce", java_script_enabled=True)
        context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{address}/take/done")
        page.get_by_role("link", name="Your report will stand here").click()
        expect(page.get_by_role("heading", name="Your report is not written yet")).to_be_visible()
        check(page)
        score_and_write(stage, today())
        page.get_by_role("link", name="Look again").click()
        expect(page.get_by_role("heading", name="What your answers can tell you")).to_be_visible()
        expect(page.get_by_text("A strength here")).to_be_visible()
        check(page)
        for locale, key_version_id in (("en", publish(stage, trial_key(norms=NORMS), today())), ("es", publish_again(stage))):
            give_longest_report(stage, sitting_id, key_version_id, locale)
            page.goto(f"{address}/take/report")
            page.emulate_media(media="print", color_scheme="dark")
            sheets[locale] = pages_of(page.pdf(prefer_css_page_size=True))
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
            assert page.evaluate(COLOURS) == ["rgb(0, 0, 0)"]
        page.goto(f"{address}/jobs/{stage.vacancy_id}/candidates/{applicant_id}/report")
        expect(page.get_by_role("heading", name="Parte por parte")).to_be_visible()
        page.emulate_media(media="screen")
        check(page)
        browser.close()
    assert wrong == []
    assert sheets == dict.fromkeys(("en", "es"), (1, (595, 842)))


def publish_again(stage: ScoredStage) -> int:
    return publish(stage, trial_key(norms=NORMS | {"mean": 0.5}), today())


def give_longest_report(stage: ScoredStage, sitting_id: int, key_version_id: int, locale: str) -> None:
    """Let a report in one language stand that speaks of all seven facets at the greatest length."""
    seen = {facet: FacetSeen("growth", 12, 7) for facet in WORDS[locale].facets}
    facts = ReportFacts(today(), "Customer support", 2, "validated", True, seen)
    with stage.database.write() as session:
        report = FeedbackReport(
            organisation_id=stage.organisation_id,
            sitting_id=sitting_id,
            key_version_id=key_version_id,
            documents={locale: feedback_document(WORDS[locale], facts)},
            words_hash="",
            written_at=today(),
        )
        session.add(report)
        session.flush()
        session.get_one(StandingReport, sitting_id).feedback_report_id = report.id


def pages_of(pdf: bytes) -> tuple[int, tuple[int, int]]:
    """How many pages a PDF has, and the size of the first in points. Objects may stand in compressed streams."""
    text = pdf + b"".join(_inflated(stream) for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL))
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", text)
    assert box
    return len(re.findall(rb"/Type\s*/Page\b", text)), (round(float(box[1])), round(float(box[2])))


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""

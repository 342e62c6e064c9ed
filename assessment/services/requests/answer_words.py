"""What somebody answered, in the words that stood on the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.records.form import FormVersion
from assessment.records.sitting import Response, Sitting
from assessment.services.sitting.paging import Page, PlannedUnit, plan_form, published_form
from assessment.services.sitting.response_values import POINTS, stored_value

SCALE_WORDS = {
    "effectiveness5": ("Poor", "Weak", "Fair", "Good", "Very good"),
    "agreement5": ("Not at all", "A little", "Partly", "Mostly", "Fully"),
    "likelihood5": ("Very unlikely", "Unlikely", "Even", "Likely", "Very likely"),
    "accuracy5": ("Very inaccurate", "Mostly inaccurate", "Neither", "Mostly accurate", "Very accurate"),
}


def answers_in_words(session: Session, sitting: Sitting) -> list[dict[str, Any]]:
    """Every response of a sitting as JSON-able dicts, in the order of its pages.

    `asked` is the question or statement, `situation` what it was about, `answer` a list of what was chosen: an option's text
    with what it was chosen as, its place or its rating, or a statement's rating alone. Questions left empty are not in it.
    """
    rows = {row.unit: row for row in session.scalars(select(Response).where(Response.sitting_id == sitting.id))}
    answered = {unit: row for unit, row in rows.items() if row.value is not None}
    if session.scalar(select(FormVersion.origin).where(FormVersion.id == sitting.form_version_id)) == "imported":
        return [_told(row, {"asked": unit}, [{"value": stored_value(row.value)}]) for unit, row in sorted(answered.items())]
    plan = plan_form(published_form(session, sitting.form_version_id), sitting.option_seed)
    return [
        _told(answered[planned.code], asked, _chosen(planned, texts, stored_value(answered[planned.code].value)))
        for page in plan.pages
        for planned, asked, texts in _questions(page, sitting.language)
        if planned.code in answered
    ]


def _questions(page: Page, language: str | None) -> Iterator[tuple[PlannedUnit, dict[str, str], dict[str, str]]]:
    """Each unit of a page with what was asked, and the texts of its options, in the language in which they were read."""
    for number, planned in enumerate(page.units):
        shown = page.items[0 if page.step is not None else number].shown(language)
        task = shown["task"] if page.step is None else shown["step"][page.step]
        about = {"situation": shown["scenario"]["setting"]} if "scenario" in shown else {}
        yield planned, about | {"asked": task.get("ask") or task["text"]}, {o["id"]: o["text"] for o in task.get("option", ())}


def _chosen(planned: PlannedUnit, texts: dict[str, str], value: Any) -> list[dict[str, Any]]:
    match planned.unit.format:
        case "pick_best":
            return [{"text": texts[value]}]
        case "best_worst":
            return [{"text": texts[option], "chosen_as": word} for word, option in value.items()]
        case "rank":
            return [{"text": texts[option], "place": place} for place, option in enumerate(value, start=1) if option is not None]
        case "rate":
            return [{"text": texts[option], **_rating(planned, point)} for option, point in value.items()]
    return [_rating(planned, value)]


def _rating(planned: PlannedUnit, point: int) -> dict[str, Any]:
    scale = planned.unit.scale or ""
    return {"rating": point, "of": POINTS, "scale": scale, "meaning": SCALE_WORDS[scale][point - 1]}


def _told(row: Response, asked: dict[str, str], answer: list[dict[str, Any]]) -> dict[str, Any]:
    seconds = None if row.milliseconds is None else round(row.milliseconds / 1000, 1)
    return asked | {
        "answer": answer,
        "complete": row.state == "answered",
        "saved_at": row.saved_at.isoformat(),
        "seconds_on_page": seconds,
    }

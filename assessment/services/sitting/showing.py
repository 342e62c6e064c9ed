"""What the pages of a sitting show: situations, what was saved on them, and what is still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.bank.vocabulary import SOURCE_LOCALE
from assessment.errors import NotFound
from assessment.records.sitting import Response, Sitting
from assessment.services.sitting.answering import PageNotReached
from assessment.services.sitting.pace import PageTime, minutes_left
from assessment.services.sitting.paging import FormPlan, Page, PlannedUnit, plan_form, practice_unit, published_form
from assessment.services.sitting.response_values import stored_value
from assessment.services.sitting.standing import Standing, delivered_sitting, find_standing
from assessment.services.sitting.timing import typical_minutes


@dataclass(frozen=True, slots=True)
class Shown:
    """One unit as it stands on a page. `sequence` is that of the saved answer, 0 if none; `locked` units cannot change."""

    planned: PlannedUnit
    value: Any
    sequence: int
    complete: bool
    locked: bool


@dataclass(frozen=True, slots=True)
class SittingPage:
    """What one page shows, in the language of the sitting.

    `items` are the pinned items in the form that applicants may see, options in stored order; `intro` is what is said
    before the page's section.
    """

    sitting: Sitting
    plan: FormPlan
    page: Page
    intro: str
    items: tuple[dict[str, Any], ...]
    answers: tuple[Shown, ...]
    minutes_left: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """A page with unanswered units: their codes and what they ask. `locked` when it was closed by what came after."""

    page: Page
    asks: tuple[tuple[str, str], ...]
    locked: bool


def sitting_page(session: Session, *, invitation_id: int, place: int) -> SittingPage:
    """One page of the applicant's sitting with what was saved on it. Raises `NotFound`, `PageNotReached`."""
    standing = find_standing(session, invitation_id=invitation_id)
    sitting = standing.sitting
    if sitting is None:
        raise NotFound()
    form = published_form(session, sitting.form_version_id)
    plan = plan_form(form, sitting.option_seed)
    page = plan.page(place)
    language = sitting.language or SOURCE_LOCALE
    if place > sitting.reached:
        raise PageNotReached()
    saved = {row.unit: row for row in session.scalars(select(Response).where(Response.sitting_id == sitting.id))}
    return SittingPage(
        sitting=sitting,
        plan=plan,
        page=page,
        intro=form.intro_in(page.section, language),
        items=tuple(item.shown(language) for item in page.items),
        answers=tuple(_shown(planned, saved.get(planned.code), sitting) for planned in page.units),
        minutes_left=_minutes_left(session, sitting, plan, place, saved),
        simulated=standing.simulated,
    )


def practice_page(
    session: Session, *, invitation_id: int, language: str = SOURCE_LOCALE
) -> tuple[Standing, dict[str, Any], PlannedUnit]:
    """The practice item of the applicant's form in a language, and its unit. Nothing done on it is stored."""
    standing = find_standing(session, invitation_id=invitation_id)
    if standing.sitting is None:
        raise NotFound()
    form = published_form(session, standing.sitting.form_version_id)
    return standing, form.practice.shown(language), practice_unit(form, standing.sitting.option_seed)


def review_sitting(session: Session, *, sitting_id: int) -> tuple[FormPlan, list[Missing]]:
    """The pages on which something is not answered, in order, in the language of the sitting."""
    sitting = delivered_sitting(session, sitting_id)
    plan = plan_form(published_form(session, sitting.form_version_id), sitting.option_seed)
    done = set(session.scalars(select(Response.unit).where(Response.sitting_id == sitting_id, Response.state == "answered")))
    language = sitting.language or SOURCE_LOCALE
    found = []
    for page in plan.pages:
        asks = tuple(
            (planned.code, _ask(page, number, language)) for number, planned in enumerate(page.units) if planned.code not in done
        )
        if asks:
            found.append(Missing(page, asks, all(_is_locked(planned, sitting) for planned in page.units)))
    return plan, found


def _ask(page: Page, number: int, language: str) -> str:
    """What a page's unit asks: a statement's text, or the question after a situation."""
    shown = page.items[0 if page.kind == "situation" else number].shown(language)
    task = shown["task"] if page.step is None else shown["step"][page.step]
    words: str = task.get("ask") or task["text"]
    return words


def _minutes_left(session: Session, sitting: Sitting, plan: FormPlan, place: int, saved: Mapping[str, Response]) -> int:
    """For the pages from a place on that are not answered yet, at the pace of those that are."""
    typical = typical_minutes(session, plan, form_version_id=sitting.form_version_id)
    times = []
    for page, minutes in zip(plan.pages, typical, strict=True):
        rows = [saved[unit.code] for unit in page.units if unit.code in saved and saved[unit.code].state == "answered"]
        spent = [row.milliseconds for row in rows if row.milliseconds is not None]
        done = len(rows) == len(page.units)
        taken = sum(spent) / 60_000 if done and len(spent) == len(rows) else None
        times.append(PageTime(minutes, taken, left=page.place >= place and not done))
    return minutes_left(times)


def _shown(planned: PlannedUnit, row: Response | None, sitting: Sitting) -> Shown:
    value = stored_value(row.value) if row else None
    complete = row is not None and row.state == "answered"
    return Shown(planned, value, row.sequence if row else 0, complete, _is_locked(planned, sitting))


def _is_locked(planned: PlannedUnit, sitting: Sitting) -> bool:
    return planned.closed_by is not None and sitting.reached >= planned.closed_by

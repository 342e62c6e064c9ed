"""How long a form's pages typically take: planned at first, and learnt from those who finished once they are enough.

Left out are sittings at the person's own pace (their time says nothing about others'), sittings of invented people, sittings
that the clock ended, and those in which any page has no time, as without a script.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from assessment.records.sitting import Response, Sitting
from assessment.records.timing import FormTiming
from assessment.records.vacancy import Vacancy
from assessment.services.sitting.paging import FormPlan, Page, plan_form, published_form

FEWEST_SITTINGS = 30
"""With fewer the plan is the better guess, and a median could tell of a person."""
MOST_SITTINGS = 1_000
"""The newest so many: more would not move a median."""
GROWTH = 10
"""Learnt again when the finished sittings have grown by a tenth."""


def learn_times(session: Session, *, form_version_id: int, now: datetime) -> None:
    """Learn a form version's typical times anew if enough people finished since the last time. Can run twice."""
    known = session.get(FormTiming, form_version_id)
    needed = FEWEST_SITTINGS if known is None else max(1, known.n_sittings // GROWTH)
    finished = _finished(form_version_id)
    newer = finished if known is None else finished.where(Sitting.id > known.last_sitting_id)
    if len(session.execute(newer.limit(needed)).all()) < needed:
        return
    sittings = session.execute(finished.order_by(Sitting.id.desc()).limit(MOST_SITTINGS)).all()
    seconds = _seconds(session, [sitting_id for sitting_id, _ in sittings])
    form = published_form(session, form_version_id)
    timed = [
        (plan_form(form, seed), seconds[sitting_id]) for sitting_id, seed in sittings if len(seconds[sitting_id]) == len(form.units)
    ]
    if len(timed) < FEWEST_SITTINGS:
        return
    _store(
        session,
        form_version_id=form_version_id,
        n_sittings=len(timed),
        last_sitting_id=sittings[0][0],
        minutes=median(sum(taken.values()) for _, taken in timed) / 60,
        pages=_typical_seconds(timed),
        learnt_at=now,
    )


def learnt_minutes(session: Session, *, form_version_id: int) -> int | None:
    """Whole minutes in which at least half of those who finished a form version answered it. None until it is learnt."""
    known = session.get(FormTiming, form_version_id)
    return None if known is None else max(1, math.ceil(known.minutes))


def typical_minutes(session: Session, plan: FormPlan, *, form_version_id: int) -> list[float]:
    """The typical minutes of each page of a plan, in order: learnt, or planned where nothing is learnt.

    Planned pages never add up to more than the form's own minutes, which the invitation has promised.
    """
    known = session.get(FormTiming, form_version_id)
    if known is None:
        planned = [page.minutes for page in plan.pages]
        share = min(1.0, plan.form.minutes / sum(planned))
        return [share * minutes for minutes in planned]
    return [_learnt(page, known.pages) for page in plan.pages]


def _finished(form_version_id: int) -> Any:
    return (
        select(Sitting.id, Sitting.option_seed)
        .join(Vacancy, Vacancy.id == Sitting.vacancy_id)
        .where(
            Sitting.form_version_id == form_version_id,
            Sitting.state == "submitted",
            Sitting.own_pace.is_(False),
            Vacancy.simulated.is_(False),
        )
    )


def _seconds(session: Session, sitting_ids: Sequence[int]) -> dict[int, dict[str, float]]:
    """What each unit took in each sitting, where it is known."""
    query = select(Response.sitting_id, Response.unit, Response.milliseconds).where(Response.sitting_id.in_(sitting_ids))
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for sitting_id, unit, milliseconds in session.execute(query):
        if milliseconds is not None:
            found[sitting_id][unit] = milliseconds / 1000
    return found


def _typical_seconds(timed: Sequence[tuple[FormPlan, Mapping[str, float]]]) -> dict[str, dict[str, float]]:
    """Medians: of each situation's page by its unit, and of one statement by its section, since statements change their page."""
    situations: dict[str, list[float]] = defaultdict(list)
    statements: dict[str, list[float]] = defaultdict(list)
    for plan, seconds in timed:
        for page in plan.pages:
            taken = sum(seconds[unit.code] for unit in page.units)
            if page.kind == "situation":
                situations[page.units[0].code].append(taken)
            else:
                statements[page.section.id].append(taken / len(page.units))
    return {
        "situations": {unit: median(values) for unit, values in situations.items()},
        "statements": {section: median(values) for section, values in statements.items()},
    }


def _learnt(page: Page, pages: Mapping[str, Mapping[str, float]]) -> float:
    if page.kind == "situation":
        return pages["situations"][page.units[0].code] / 60
    return pages["statements"][page.section.id] * len(page.units) / 60


def _store(session: Session, **values: Any) -> None:
    """Write what was learnt; of two workers at once the later one's stands."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(FormTiming).values(**values)
    learnt = {name: statement.excluded[name] for name in values if name != "form_version_id"}
    session.execute(statement.on_conflict_do_update(index_elements=["form_version_id"], set_=learnt))

"""A form that people have finished, and how long each of its units took them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import insert, select

from assessment.records.database import Database
from assessment.records.sitting import Response, Sitting
from assessment.services.inviting import open_vacancy
from tests.services.stage import Stage, begun, set_stage

SITUATIONS = ("one-pick", "two-pair", "three-rate", "four-rank", "story.feels", "story.wrong", "story.do")
STATEMENTS = tuple(f"s-{i}" for i in range(1, 8))


def set_timed_stage(database: Database, now: datetime) -> Stage:
    stage = set_stage(database, now, shuffle_items=False)
    begun(stage, now, vacancy_id=another_vacancy(stage, now, "finished"))
    return stage


def another_vacancy(stage: Stage, now: datetime, code: str) -> int:
    with stage.database.write() as session:
        form = stage.form_id
        return open_vacancy(session, code=code, title="V", form_version_id=form, actor=stage.actor, now=now).id


def finish(stage: Stage, now: datetime, n: int, seconds: Callable[[int, str], float | None], **differently: object) -> None:
    """`n` finished sittings in which unit `u` of sitting `i` took `seconds(i, u)`. (All of one person: it does not matter.)"""
    with stage.database.write() as session:
        person = session.scalars(select(Sitting).order_by(Sitting.id)).first()
        assert person is not None
        common = {
            "organisation_id": person.organisation_id,
            "vacancy_id": person.vacancy_id,
            "applicant_id": person.applicant_id,
            "form_version_id": stage.form_id,
            "state": "submitted",
            "started_at": now,
            "finished_at": now,
        }
        for i in range(n):
            sitting = Sitting(**{**common, "option_seed": i, **differently})
            session.add(sitting)
            session.flush()
            rows = [(unit, seconds(i, unit)) for unit in SITUATIONS + STATEMENTS]
            session.execute(
                insert(Response),
                [
                    {
                        "sitting_id": sitting.id,
                        "unit": unit,
                        "value": "1",
                        "state": "answered",
                        "milliseconds": None if taken is None else round(1000 * taken),
                        "sequence": 1,
                        "saved_at": now,
                    }
                    for unit, taken in rows
                ],
            )


def usual(i: int, unit: str) -> float:
    """A minute and a half for a situation and ten seconds for a statement, more or less."""
    return (90.0 if unit in SITUATIONS else 10.0) + i - 15

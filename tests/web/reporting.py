"""Somebody who has finished, in a browser of their own, with the report written or still to come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import delete, insert

from assessment.records.organisation import Organisation
from assessment.records.sitting import Response
from assessment.services.people.accounts import open_session
from assessment.services.sitting.closing import submit_sitting
from tests.services.scored_stage import UNITS, ScoredStage
from tests.services.stage import Stage, begun
from tests.web.taking import Person


def finish(stage: ScoredStage, answers: Mapping[str, Any], now: datetime) -> tuple[int, int]:
    """A person who came by a link, answered and sent it in. Their invitation and sitting."""
    plain = Stage(stage.database, stage.actor, stage.form_id, stage.vacancy_id)
    invitation_id, sitting_id = begun(plain, now)
    with stage.database.write() as session:
        session.execute(delete(Response).where(Response.sitting_id == sitting_id))
        given = [unit.code for unit in UNITS if answers.get(unit.code) is not None]
        shared = {"sitting_id": sitting_id, "state": "answered", "milliseconds": 30_000, "sequence": 1, "saved_at": now}
        rows = [{"unit": code, "value": json.dumps(_as_given(answers[code]))} | shared for code in given]
        session.execute(insert(Response), rows)
        submit_sitting(session, sitting_id=sitting_id, now=now)
    return invitation_id, sitting_id


def _as_given(value: Any) -> Any:
    """Ratings in whole numbers, as the page takes them."""
    if isinstance(value, dict):
        return {option: int(point + 0.5) if isinstance(point, float) else point for option, point in value.items()}
    return value


def cookie_of(app: Flask, invitation_id: int, now: datetime) -> str:
    """The cookie of a browser in which the invitation is open."""
    with app.extensions["database"].write() as session:
        return open_session(session, invitation_id=invitation_id, now=now)


def person_of(app: Flask, invitation_id: int, now: datetime) -> Person:
    person = Person(app)
    person.client.set_cookie("attune-sitting", cookie_of(app, invitation_id, now), path="/")
    return person


def set_policy(stage: ScoredStage, **policy: Any) -> None:
    with stage.database.write() as session:
        organisation = session.get_one(Organisation, stage.organisation_id)
        organisation.policy = organisation.policy | policy

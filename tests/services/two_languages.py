"""An organisation whose form is there in English and Spanish: the shipped short form, as it is published."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from assessment.bank import Bank, PublishedForm, read_bank, read_snapshot, snapshot
from assessment.bank.hashing import digest
from assessment.records.database import Database
from assessment.services.authoring import pin_form
from assessment.services.people.accounts import add_organisation
from assessment.services.people.actors import Actor
from assessment.services.vacancies import open_vacancy
from tests.services.stage import Stage

QUESTIONS = Path(__file__).parents[2] / "questions"
FORM = "short"


@cache
def shipped_bank() -> Bank:
    return read_bank(QUESTIONS)


def published_short_form() -> PublishedForm:
    content: dict[str, Any] = snapshot(shipped_bank(), shipped_bank().forms[FORM])
    return read_snapshot(content)


def set_stage_in_two_languages(
    database: Database, now: datetime, *, title: str = "Help line", minutes_limit: float | None = None
) -> Stage:
    content = snapshot(shipped_bank(), shipped_bank().forms[FORM])
    if minutes_limit is not None:
        content = {name: part for name, part in content.items() if name != "content_hash"} | {"minutes_limit": minutes_limit}
        content |= {"content_hash": digest(content)}
    with database.write() as session:
        organisation = add_organisation(session, slug="acme", name="Acme", now=now)
        actor = Actor(organisation.id, "recruiter", "Rosa Recruiter", "recruiter")
        version = pin_form(session, code=FORM, title=content["title"], origin="delivered", content=content, actor=actor, now=now)
        vacancy = open_vacancy(session, code="first", title=title, form_version_id=version.id, actor=actor, now=now)
        return Stage(database, actor, version.id, vacancy.id)

"""A form that shows things: a picture with the first situation, a sound with the second, another picture at its last step."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from assessment.bank import Bank, Form, file_hash, read_bank
from assessment.records.database import Database
from assessment.records.form import FormVersion
from assessment.services.authoring import publish_form
from assessment.services.inviting import open_vacancy
from assessment.services.people.accounts import add_organisation
from assessment.services.people.actors import Actor
from tests.services.stage import Stage

QUESTIONS = Path(__file__).parents[2] / "questions"
PICTURE, SOUND, CAPTIONS = (
    "no-warm-water-at-eight/heater-log.png",
    "the-bus-at-seven/opening.opus",
    "the-bus-at-seven/opening.en.vtt",
)
LATER, SPANISH = "later.png", "spanish.png"
STORY, BUS = "no-warm-water-at-eight", "the-bus-at-seven"


@dataclass(frozen=True)
class MediaStage(Stage):
    """`folder` holds the files as the bank has them now, `hashes` what they were when the form was published."""

    bank: Bank
    folder: Path
    hashes: dict[str, str]


def bank_with_media(root: Path) -> Bank:
    """The bank, its media in a folder that a test may change, and a form `shown` of two storylines."""
    shutil.copytree(QUESTIONS / "media", root / "media")
    picture = (root / "media" / PICTURE).read_bytes()
    for name in (LATER, SPANISH):
        (root / "media" / name).write_bytes(picture + name.encode())  # the same picture, other bytes
    bank = read_bank(QUESTIONS)
    log = bank.items[STORY].media[0]
    later = log.model_copy(update={"id": "later", "at": bank.items[BUS].steps[3].id, "file": LATER})
    spanish = log.model_copy(update={"id": "spanish", "at": BUS, "file": SPANISH, "locale": "es"})
    bus = bank.items[BUS].model_copy(update={"media": (*bank.items[BUS].media, later, spanish)})
    return replace(bank, root=root, items={**bank.items, BUS: bus}, forms={**bank.forms, "shown": _form()})


def _form() -> Form:
    head: dict[str, Any] = {"schema": 1, "id": "shown", "version": 1, "title": "Shown", "family": "customer_support"}
    head |= {"minutes": 12.0, "locales": ["en", "es"], "provisional_reliability": 0.4, "practice": "practice-late-bus"}
    section = {"id": "situations", "instruction": "should_do", "items": [STORY, BUS], "intro": "Choose what is most effective."}
    return Form.model_validate({"form": head, "section": [section]})


def set_media_stage(database: Database, root: Path, now: datetime) -> MediaStage:
    bank = bank_with_media(root)
    with database.write() as session:
        organisation = add_organisation(session, slug="seen", name="Seen", now=now)
        actor = Actor(organisation.id, "recruiter", "Rosa Recruiter", "recruiter")
        form: FormVersion = publish_form(session, bank=bank, form_id="shown", actor=actor, now=now)
        vacancy = open_vacancy(session, code="seen", title="Adviser", form_version_id=form.id, actor=actor, now=now)
        folder = root / "media"
        hashes = {name: file_hash((folder / name).read_bytes()) for name in (PICTURE, SOUND, CAPTIONS, LATER, SPANISH)}
        return MediaStage(database, actor, form.id, vacancy.id, bank, folder, hashes)

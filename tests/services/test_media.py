"""What a published form shows never changes, and nobody sees more of it than the pages that they have reached."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from assessment.bank import snapshot
from assessment.errors import BadInput, NotFound
from assessment.records.database import Database
from assessment.records.form import FormVersion
from assessment.records.media import MediaFile
from assessment.records.sitting import Sitting
from assessment.services.authoring import pin_form, publish_form
from assessment.services.delivery import (
    begin_questionnaire,
    give_consent,
    move_to,
    open_invitation,
    sitting_page,
    start_sitting,
    submit_sitting,
    withdraw_consent,
)
from assessment.services.inviting import open_vacancy
from assessment.services.sitting.paging import published_form
from assessment.services.sitting.viewing import media_at, sitting_medium
from tests.services.media_stage import BUS, CAPTIONS, LATER, PICTURE, SOUND, SPANISH, STORY, MediaStage, set_media_stage
from tests.services.stage import begun


@pytest.fixture
def stage(database: Database, tmp_path: Path, now: datetime) -> MediaStage:
    return set_media_stage(database, tmp_path, now)


def seen(stage: MediaStage, invitation_id: int) -> set[str]:
    """The files that an applicant gets."""
    found = set()
    for name, sha256 in stage.hashes.items():
        with stage.database.read() as session:
            try:
                file = sitting_medium(session, invitation_id=invitation_id, sha256=sha256)
            except NotFound:
                continue
        assert file.content == (stage.folder / name).read_bytes()
        found.add(name)
    return found


def test_a_file_is_seen_from_its_page_on_and_not_before(stage: MediaStage, now: datetime) -> None:
    invitation, sitting = begun(stage, now)
    with stage.database.read() as session:
        form = published_form(session, stage.form_id)
    steps = len(form.items[0].steps)
    assert [item.id for item in form.items] == [STORY, BUS]
    assert seen(stage, invitation) == {PICTURE}
    for place in range(2, steps + len(form.items[1].steps) + 1):
        with stage.database.write() as session:
            move_to(session, sitting_id=sitting, place=place, now=now)
        expected = {PICTURE} | ({SOUND, CAPTIONS} if place > steps else set()) | ({LATER} if place == steps + 4 else set())
        assert seen(stage, invitation) == expected, place
    with stage.database.write() as session:
        move_to(session, sitting_id=sitting, place=1, now=now)
    assert seen(stage, invitation) == {PICTURE, SOUND, CAPTIONS, LATER}, "going back takes nothing away"


def test_media_stand_with_their_situation_and_from_their_step_on(stage: MediaStage, now: datetime) -> None:
    invitation, _ = begun(stage, now, reached=8)
    shown = []
    for place in range(5, 9):
        with stage.database.read() as session:
            page = sitting_page(session, invitation_id=invitation, place=place)
        shown.append([[medium["id"] for medium in where] for where in media_at(page.items[0], page.page.step)])
    assert shown == [[["opening"], []]] * 3 + [[["opening"], ["later"]]], "and one in another language is never shown"


@pytest.mark.parametrize("ended", ["submitted", "withdrawn"])
def test_nothing_is_seen_before_the_start_or_after_the_end(stage: MediaStage, now: datetime, ended: str) -> None:
    (token,) = stage.invite(now)
    with stage.database.write() as session:
        invitation = open_invitation(session, token, now).id
    assert seen(stage, invitation) == set()
    with stage.database.write() as session:
        give_consent(session, invitation_id=invitation, now=now)
        sitting = start_sitting(session, invitation_id=invitation, now=now).id
    assert seen(stage, invitation) == set(), "the practice shows none"
    with stage.database.write() as session:
        begin_questionnaire(session, sitting_id=sitting, now=now)
    assert seen(stage, invitation) == {PICTURE}
    with stage.database.write() as session:
        if ended == "submitted":
            submit_sitting(session, sitting_id=sitting, now=now)
        else:
            withdraw_consent(session, invitation_id=invitation, now=now)
    assert seen(stage, invitation) == set()


def test_a_file_of_another_form_is_not_seen(stage: MediaStage, now: datetime) -> None:
    with stage.database.write() as session:
        form = stage.publish(session, now)
        vacancy = open_vacancy(session, code="other", title="Other", form_version_id=form.id, actor=stage.actor, now=now)
    invitation, _ = begun(stage, now, reached=7, vacancy_id=vacancy.id)
    assert seen(stage, invitation) == set()


def test_a_published_form_shows_what_it_showed_when_it_was_published(stage: MediaStage, now: datetime) -> None:
    invitation, _ = begun(stage, now)
    before = (stage.folder / PICTURE).read_bytes()
    (stage.folder / PICTURE).write_bytes(before + b"changed later")
    with stage.database.read() as session:
        file = sitting_medium(session, invitation_id=invitation, sha256=stage.hashes[PICTURE])
    assert (file.content, file.content_type) == (before, "image/png")
    with stage.database.write() as session:
        again = publish_form(session, bank=stage.bank, form_id="shown", actor=stage.actor, now=now)
        assert again.version == 2, "with another picture it is another version"
        assert session.scalar(select(func.count()).select_from(MediaFile)) == len(stage.hashes) + 1


def test_a_form_whose_file_is_missing_is_not_published(stage: MediaStage, now: datetime) -> None:
    (stage.folder / SOUND).unlink()
    with stage.database.write() as session:
        with pytest.raises(BadInput) as refusal:
            publish_form(session, bank=stage.bank, form_id="shown", actor=stage.actor, now=now)
        assert [fault.where for fault in refusal.value.faults] == [f"media/{SOUND}"]
        assert session.scalar(select(func.count()).select_from(FormVersion)) == 1


def test_a_form_from_before_files_were_kept_is_taken_without_them(stage: MediaStage, now: datetime) -> None:
    with stage.database.write() as session:
        content = snapshot(stage.bank, stage.bank.forms["shown"])
        form = pin_form(session, code="old", title="Old", origin="delivered", content=content, actor=stage.actor, now=now)
        vacancy = open_vacancy(session, code="old", title="Old", form_version_id=form.id, actor=stage.actor, now=now)
    invitation, _ = begun(stage, now, reached=8, vacancy_id=vacancy.id)
    with stage.database.read() as session:
        page = sitting_page(session, invitation_id=invitation, place=5)
    assert page.items[0]["id"] == BUS and "media" not in page.items[0]
    assert seen(stage, invitation) == set()


def test_a_medium_in_the_language_of_the_sitting_alone_is_shown(stage: MediaStage, now: datetime) -> None:
    invitation, sitting = begun(stage, now, reached=8)
    with stage.database.write() as session:
        session.get_one(Sitting, sitting).language = "es"
    assert seen(stage, invitation) == {SPANISH}
    with stage.database.read() as session:
        bus = published_form(session, stage.form_id).items[1]
    assert [medium["file"] for medium in bus.shown()["media"]] == [SOUND, LATER]
    assert [medium["file"] for medium in bus.shown("es")["media"]] == [SPANISH]


@pytest.mark.parametrize("change", ["UPDATE media_file SET content = content", "DELETE FROM media_file"])
def test_the_database_refuses_to_change_a_kept_file(stage: MediaStage, change: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), stage.database.write() as session:
        session.execute(text(change))

"""Files of media over HTTP: whole or in ranges, kept by the browser, and for nobody who has not reached their page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from assessment.records.database import Database
from tests.services.media_stage import CAPTIONS, PICTURE, SOUND, MediaStage, set_media_stage
from tests.web.recruiting import sign_in
from tests.web.taking import Person, application, today


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[Flask]:
    made = application(database, tmp_path)
    yield made
    if "answers" in made.extensions:
        made.extensions["answers"].close()
    made.extensions["database"].dispose()


@pytest.fixture
def stage(app: Flask, database: Database, tmp_path: Path) -> MediaStage:
    return set_media_stage(database, tmp_path / "bank", today())


def address(stage: MediaStage, name: str) -> str:
    return f"/take/media/{stage.hashes[name].removeprefix('sha256:')}"


def at_the_sound(person: Person) -> None:
    for _ in range(4):
        person.choose()


def test_a_page_names_its_files_and_the_browser_may_keep_them(person: Person, stage: MediaStage) -> None:
    assert f'<img src="{address(stage, PICTURE)}" alt="Display of the water heater' in person.text
    found = person.client.get(address(stage, PICTURE))
    assert (found.status_code, found.mimetype, found.data) == (200, "image/png", (stage.folder / PICTURE).read_bytes())
    assert found.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Accept-Ranges"] == "bytes"
    assert "media-src 'self'" in found.headers["Content-Security-Policy"]
    again = person.client.get(address(stage, PICTURE), headers={"If-None-Match": found.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_sound_comes_in_ranges_as_phones_ask_for_it(person: Person, stage: MediaStage) -> None:
    at_the_sound(person)
    whole = (stage.folder / SOUND).read_bytes()

    def ask(wanted: str) -> tuple[int, str | None, bytes]:
        found = person.client.get(address(stage, SOUND), headers={"Range": wanted})
        return found.status_code, found.headers.get("Content-Range"), found.data

    assert ask("bytes=0-1") == (206, f"bytes 0-1/{len(whole)}", whole[:2])
    assert ask("bytes=1000-") == (206, f"bytes 1000-{len(whole) - 1}/{len(whole)}", whole[1000:])
    assert ask("bytes=-50") == (206, f"bytes {len(whole) - 50}-{len(whole) - 1}/{len(whole)}", whole[-50:])
    assert ask(f"bytes={len(whole)}-") == (416, f"bytes */{len(whole)}", b"")
    assert person.client.get(address(stage, SOUND)).mimetype == "audio/ogg"
    assert person.client.get(address(stage, CAPTIONS)).content_type == "text/vtt; charset=utf-8"


def test_sound_waits_for_the_person_and_has_its_words_beside_it(person: Person, stage: MediaStage) -> None:
    at_the_sound(person)
    video = re.search(r"<video[^>]*>.*?</video>", person.text)
    assert video is not None
    assert "controls" in video[0] and 'preload="none"' in video[0] and "autoplay" not in video[0]
    assert f'<track kind="captions" src="{address(stage, CAPTIONS)}" srclang="en"' in video[0]
    assert "You need not listen: the words above tell all of it." in person.text
    assert "Agent: Good morning, this is the bus office." in person.text
    assert person.text.count("data-medium") == 1, "the picture of the last part is not on this page"


def test_what_was_not_reached_is_as_if_it_did_not_exist(app: Flask, person: Person, stage: MediaStage) -> None:
    early = person.client.get(address(stage, SOUND))
    missing = person.client.get("/take/media/" + "0" * 64)
    assert (early.status_code, early.data) == (404, missing.data)
    assert early.headers["Cache-Control"] == "no-store"
    assert app.test_client().get(address(stage, PICTURE)).status_code == 401


def test_staff_see_the_bank_s_files_by_their_role(app: Flask, person: Person, stage: MediaStage) -> None:
    analyst = sign_in(app, stage.actor.organisation_id, "analyst")
    path = "/bank/shipped/the-bus-at-seven/media/opening/file"
    assert f'<source src="{path}" type="audio/ogg">' in analyst.get("/bank/shipped/the-bus-at-seven")
    found = analyst.client.get(path, headers={"Range": "bytes=0-3"})
    assert (found.status_code, found.data, found.headers["Cache-Control"]) == (206, b"OggS", "no-store")
    for nothing in (
        "the-bus-at-seven/media/opening/described",
        "the-bus-at-seven/media/closing/file",
        "nowhere/media/opening/file",
    ):
        analyst.get(f"/bank/shipped/{nothing}", status=404)
    assert analyst.client.get(address(stage, PICTURE)).status_code == 401, "an applicant's address is for applicants"
    recruiter = sign_in(app, stage.actor.organisation_id, "recruiter")
    assert recruiter.client.get(path).status_code == 403

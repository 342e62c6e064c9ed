"""Each medium comes with the words that make the item complete without it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from assessment.bank import Media

AUDIO: dict[str, Any] = {
    "id": "opening",
    "kind": "audio",
    "at": "steps-in-a-notebook",
    "file": "steps-in-a-notebook/opening.opus",
    "captions": "steps-in-a-notebook/opening.en.vtt",
    "transcript": "Me again, sorry.",
    "seconds": 24,
    "locale": "en",
    "credit": "Attune bank team",
    "licence": "MIT",
}
IMAGE: dict[str, Any] = {
    "id": "meter",
    "kind": "image",
    "at": "steps-in-a-notebook",
    "file": "meter.png",
    "alt": "A meter that shows six digits.",
    "locale": "en",
    "credit": "Attune bank team",
    "licence": "MIT",
}


def without(table: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key != name}


def test_sound_with_captions_and_transcript_is_complete() -> None:
    assert Media.model_validate(AUDIO).seconds == 24


def test_a_video_may_have_a_described_version() -> None:
    video = AUDIO | {"kind": "video", "file": "a/b.mp4", "described": "a/b-described.mp4"}
    assert Media.model_validate(video).described == "a/b-described.mp4"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (without(AUDIO, "captions"), "captions is missing"),
        (without(AUDIO, "transcript"), "transcript is missing"),
        (without(AUDIO, "seconds"), "seconds is missing"),
        (without(IMAGE, "alt"), "alt is missing"),
        (IMAGE | {"seconds": 3}, "seconds does not belong to kind image"),
        (AUDIO | {"alt": "A voice"}, "alt does not belong to kind audio"),
        (AUDIO | {"described": "a.opus"}, "described does not belong to kind audio"),
        (AUDIO | {"seconds": 61}, "less than or equal to 60"),
        (AUDIO | {"captions": "a.srt"}, "must be a WebVTT file"),
        (IMAGE | {"file": "meter.svg"}, "is no image file"),
        (AUDIO | {"file": "../secret.opus"}, "must be a path below questions/media/"),
        (AUDIO | {"file": "/etc/passwd.opus"}, "must be a path below questions/media/"),
        (AUDIO | {"file": "a//b.opus"}, "must be a path below questions/media/"),
        (AUDIO | {"file": "a\\b.opus"}, "must be a path below questions/media/"),
        (AUDIO | {"kind": "smell"}, "'image', 'audio' or 'video'"),
    ],
)
def test_a_medium_without_its_words_or_outside_its_folder_is_refused(table: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Media.model_validate(table)


def test_a_medium_belongs_to_its_item_or_one_of_its_steps(refusals, edit) -> None:
    story = "items/storylines/steps-in-a-notebook.toml"
    line = (
        'media = [{ id = "meter", kind = "image", at = "nowhere", file = "m.png", alt = "A meter.", '
        'locale = "en", credit = "C", licence = "MIT" }]\n'
    )
    edit(story, "review = {", line + "review = {")
    assert refusals() == [f"{story}: [[media]] meter.at: nowhere is neither this item nor one of its steps"]

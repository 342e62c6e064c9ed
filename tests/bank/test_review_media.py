"""A16: media that are there, of their kind, small enough, and captioned word for word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.bank import Item, Media
from assessment.bank.review.media_files import MOST_BYTES, media_findings
from assessment.bank.review.webvtt import Cue, read_cues

WORDS = " ".join(chr(ord("a") + number) * 3 for number in range(20))
SOUND = {
    "id": "opening",
    "kind": "audio",
    "at": "steps-in-a-notebook",
    "file": "opening.opus",
    "captions": "opening.vtt",
    "transcript": WORDS,
    "seconds": 9,
    "locale": "en",
    "credit": "A",
    "licence": "MIT",
}
PICTURE = {
    "id": "meter",
    "kind": "image",
    "at": "steps-in-a-notebook",
    "file": "meter.png",
    "alt": "A meter.",
    "locale": "en",
    "credit": "A",
    "licence": "MIT",
}


def captions(words: str) -> str:
    return f"WEBVTT\n\n00:00.000 --> 00:09.000\n{words}\n"


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "opening.opus").write_bytes(b"OggS" + bytes(60))
    (folder / "opening.vtt").write_text(captions(WORDS))
    (folder / "meter.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(60))
    return folder


@pytest.fixture
def complaints(bank, media: Path):
    def found(*tables: dict[str, Any]) -> list[str]:
        item: Item = bank.items["steps-in-a-notebook"]
        media_of = tuple(Media.model_validate(table) for table in tables)
        findings = list(media_findings(bank, item.model_copy(update={"media": media_of}), media.parent))
        assert all((finding.check, finding.severity) == ("A16", "error") for finding in findings)
        return [f"{finding.place}: {finding.message}" for finding in findings]

    return found


def test_media_that_are_as_they_should_be_pass(complaints) -> None:
    assert complaints(SOUND, PICTURE) == []


def test_a_file_that_is_not_there_is_an_error(complaints, media: Path) -> None:
    (media / "meter.png").unlink()
    assert complaints(PICTURE) == ["[[media]] meter.file: media/meter.png cannot be read: No such file or directory"]


def test_a_file_of_8_megabytes_passes_and_one_byte_more_does_not(complaints, media: Path) -> None:
    path = media / "meter.png"
    path.write_bytes(path.read_bytes().ljust(MOST_BYTES, b"\0"))
    assert complaints(PICTURE) == []
    path.write_bytes(path.read_bytes() + b"\0")
    assert [complaint.split(" is ")[0] for complaint in complaints(PICTURE)] == ["[[media]] meter.file: media/meter.png"]


def test_a_file_has_to_be_inside_what_its_name_says(complaints, media: Path) -> None:
    (media / "meter.png").write_bytes(b"<html>")
    assert complaints(PICTURE) == ["[[media]] meter.file: media/meter.png is no .png file inside"]


def test_a_link_that_leads_out_of_the_bank_is_refused(complaints, media: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "meter.png"
    (media / "meter.png").rename(outside)
    (media / "meter.png").symlink_to(outside)
    assert "is a link to a place outside" in complaints(PICTURE)[0]


@pytest.mark.parametrize(("left_out", "passes"), [(1, True), (2, False)])
def test_captions_hold_95_percent_of_what_is_said(left_out: int, passes: bool, complaints, media: Path) -> None:
    (media / "opening.vtt").write_text(captions(" ".join(WORDS.split()[left_out:])))
    assert [text.split(":")[0] for text in complaints(SOUND)] == ([] if passes else ["[[media]] opening.captions"])


def test_captions_that_cannot_be_read_are_an_error(complaints, media: Path) -> None:
    (media / "opening.vtt").write_text("1\n00:00:00,000 --> 00:00:09,000\nMe again\n")
    assert complaints(SOUND) == ["[[media]] opening.captions: media/opening.vtt does not begin with WEBVTT"]


def test_cues_are_read_with_names_settings_markup_and_notes() -> None:
    text = (
        "\ufeffWEBVTT Opening\r\n\r\nNOTE\r\nfor the voice\r\n\r\n"
        "first\r\n00:01.500 --> 00:03.000 line:0\r\n<v Aron>Me again,</v>\r\nsorry &amp; so on\r\n\r\n"
        "01:00:00.000 --> 01:00:02.250\r\nDone\r\n"
    )
    assert read_cues(text) == [Cue(1.5, 3.0, "Me again, sorry & so on"), Cue(3600.0, 3602.25, "Done")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "does not begin"),
        ("WEBVTTX\n", "does not begin"),
        ("WEBVTT\n\nNOTE nothing else\n", "has no cue"),
        ("WEBVTT\n\nfirst\nMe again\n", "no times in cue 1"),
        ("WEBVTT\n\n00:02.000 --> 00:02.000\nMe\n", "ends before it begins"),
        ("WEBVTT\n\n00:75.000 --> 00:80.000\nMe\n", "no times in cue 1"),
        ("WEBVTT\n\n00:05.000 --> 00:06.000\nMe\n\n00:01.000 --> 00:02.000\nAgain\n", "has cue 2 before"),
    ],
)
def test_captions_that_are_none_say_why(content: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_cues(content)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="WEBVT\n-> 0123:.ab<&", max_size=80))
def test_no_text_whatever_crashes_the_reader_of_captions(text: str) -> None:
    for content in (text, "WEBVTT\n\n" + text):
        try:
            assert read_cues(content)
        except ValueError as refusal:
            assert str(refusal)

"""A16: is each medium there, of its kind and small enough, and do its captions hold what is said?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from assessment.bank.catalogue import Bank
from assessment.bank.documents import decode, read_bytes
from assessment.bank.items import Item
from assessment.bank.media import Media
from assessment.bank.media_files import FOLDER, MOST_BYTES, read_medium
from assessment.bank.review.findings import Finding
from assessment.bank.review.matching import tokens
from assessment.bank.review.texts import item_file
from assessment.bank.review.webvtt import read_cues

LEAST_COVERED = 0.95
"""Share of the words of the transcript that the captions hold; the rest may be fillers."""

# Where a file of a kind says what it is: the bytes, and how far from its beginning.
_SIGNS: dict[str, tuple[tuple[int, bytes], ...]] = {
    ".png": ((0, b"\x89PNG\r\n\x1a\n"),),
    ".jpg": ((0, b"\xff\xd8\xff"),),
    ".jpeg": ((0, b"\xff\xd8\xff"),),
    ".webp": ((8, b"WEBP"),),
    ".avif": ((4, b"ftypavif"), (4, b"ftypavis")),
    ".opus": ((0, b"OggS"),),
    ".ogg": ((0, b"OggS"),),
    ".mp3": ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2")),
    ".m4a": ((4, b"ftyp"),),
    ".mp4": ((4, b"ftyp"),),
    ".webm": ((0, b"\x1a\x45\xdf\xa3"),),
}


def media_findings(bank: Bank, item: Item, root: Path) -> Iterator[Finding]:
    """A16 for every medium of an item. (The reader refuses one without alt, captions or transcript.)"""
    for medium in item.media:
        place = f"[[media]] {medium.id}"
        for field, complaint, remedy in _complaints(medium, root):
            yield Finding("A16", "error", item.id, item_file(bank, item), f"{place}.{field}", complaint, remedy)


def _complaints(medium: Media, root: Path) -> Iterator[tuple[str, str, str]]:
    for field, name in (("file", medium.file), ("described", medium.described)):
        if name is None:
            continue
        try:
            content = read_medium(root, name)
        except ValueError as error:
            yield field, f"{FOLDER}/{name} {error}", f"Put a file of at most {MOST_BYTES // 1_000_000} MB there."
            continue
        suffix = PurePosixPath(name).suffix.lower()
        if not any(content[start : start + len(sign)] == sign for start, sign in _SIGNS[suffix]):
            yield field, f"{FOLDER}/{name} is no {suffix} file inside", "Save it in the format that its name says."
    if medium.captions is not None:
        yield from _caption_complaints(medium, medium.captions, root)


def _caption_complaints(medium: Media, name: str, root: Path) -> Iterator[tuple[str, str, str]]:
    try:
        cues = read_cues(decode(read_bytes(root / FOLDER / name, root)))
    except ValueError as error:
        yield "captions", f"{FOLDER}/{name} {error}", "Write the captions as a WebVTT file."
        return
    said = Counter(tokens(medium.transcript or ""))
    shown = Counter(word for cue in cues for word in tokens(cue.words))
    covered = (said & shown).total() / said.total() if said else 1.0
    if covered < LEAST_COVERED:
        message = f"the captions hold {covered:.0%} of the words of the transcript; it should be {LEAST_COVERED:.0%}"
        yield "captions", message, "Caption all that is said, word for word."

"""Pictures, sound and video of an item: each with the words that make the item complete without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, StringConstraints, model_validator

from assessment.bank.faults import Broken, keep_rules
from assessment.bank.frozen import Frozen, FrozenMap
from assessment.bank.vocabulary import Identifier, Label, Locale, Passage, Sentence

SUFFIXES = {
    "image": frozenset({".png", ".jpg", ".jpeg", ".webp", ".avif"}),
    "audio": frozenset({".opus", ".ogg", ".mp3", ".m4a"}),
    "video": frozenset({".mp4", ".webm"}),
}
CONTENT_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".opus": "audio/ogg",
    ".ogg": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".vtt": "text/vtt",
}
Part = Literal["file", "captions", "described"]
Hash = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


def _inside_media(value: str) -> str:
    path = PurePosixPath(value)
    if "\\" in value or path.is_absolute() or path.as_posix() != value or {".", ".."} & set(path.parts):
        raise ValueError("must be a path below questions/media/, such as bill/opening.opus")
    return value


MediaPath = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_inside_media)]


class Media(Frozen):
    """One medium, shown at the scenario (`at` = item id) or at a step (`at` = step id). `file` is below questions/media/."""

    id: Identifier
    kind: Literal["image", "audio", "video"]
    at: Identifier
    file: MediaPath
    alt: Sentence | None = None
    captions: MediaPath | None = None
    transcript: Passage | None = None
    described: MediaPath | None = None
    seconds: Annotated[float, Strict(), Field(gt=0, le=60)] | None = None
    locale: Locale
    credit: Sentence
    licence: Label

    @property
    def files(self) -> dict[Part, str]:
        """The files that the medium consists of, by what they are for."""
        parts: dict[Part, str | None] = {"file": self.file, "captions": self.captions, "described": self.described}
        return {part: name for part, name in parts.items() if name is not None}

    @model_validator(mode="after")
    def _complete_without_the_medium(self) -> Media:
        keep_rules(self._broken())
        return self

    def _broken(self) -> Iterator[Broken]:
        suffixes = SUFFIXES[self.kind]
        if PurePosixPath(self.file).suffix.lower() not in suffixes:
            yield ("file",), f"is no {self.kind} file; it should end in {', '.join(sorted(suffixes))}"
        image = self.kind == "image"
        for name, wanted in (("alt", image), ("captions", not image), ("transcript", not image), ("seconds", not image)):
            given = getattr(self, name) is not None
            if wanted and not given:
                yield (name,), f"is missing for kind {self.kind}"
            if given and not wanted:
                yield (name,), f"does not belong to kind {self.kind}"
        if self.described is not None and self.kind != "video":
            yield ("described",), f"does not belong to kind {self.kind}"
        if self.captions is not None and PurePosixPath(self.captions).suffix.lower() != ".vtt":
            yield ("captions",), "must be a WebVTT file (.vtt)"


class PublishedMedia(Media):
    """A medium whose files are pinned by their SHA-256. Forms that were published before files were kept have no hashes.

    `width` and `height` of a picture are known unless its kind does not tell.
    """

    hashes: FrozenMap[Part, Hash] = Field(default_factory=dict, validate_default=True)
    width: Annotated[int, Strict(), Field(ge=1)] | None = None
    height: Annotated[int, Strict(), Field(ge=1)] | None = None

    @property
    def is_kept(self) -> bool:
        """True if every file of it can be shown as it was when the form was published."""
        return set(self.hashes) == set(self.files)


def content_type(name: str) -> str:
    """The content type of a media file, by how its name ends."""
    return CONTENT_TYPES[PurePosixPath(name).suffix.lower()]

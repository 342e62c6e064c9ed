"""The `[review]` block of an item: who wrote it, where it comes from, who has read it. Never delivered, never hashed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from assessment.bank.faults import Broken, keep_rules
from assessment.bank.frozen import Frozen
from assessment.bank.vocabulary import Comment, Day, Label, Sentence

ReaderRole = Literal["agent", "supervisor", "psychologist", "accessibility", "language", "desk"]
DESK = "desk"
"""A desk reading by a second reader of the bank team. Honest work, and no reader that `approved` asks for."""


class Source(Frozen):
    """Where an item comes from. A statement of the item pool names its code, wording, licence and credit."""

    kind: Literal["critical_incident", "complaint", "interview", "author", "ipip"]
    summary: Sentence | None = None
    code: Label | None = None
    wording: Literal["verbatim", "adapted"] | None = None
    licence: Label | None = None
    credit: Sentence | None = None

    @model_validator(mode="after")
    def _says_enough(self) -> Source:
        keep_rules(self._broken())
        return self

    def _broken(self) -> Iterator[Broken]:
        if self.kind != "ipip":
            if self.summary is None:
                yield ("summary",), "is missing: name the dilemma in one line"
            for name in ("code", "wording"):
                if getattr(self, name) is not None:
                    yield (name,), 'belongs to sources of kind "ipip"'
            return
        for name in ("code", "wording", "licence", "credit"):
            if getattr(self, name) is None:
                yield (name,), "is missing for a statement of the item pool"


class Reader(Frozen):
    """One reading of the item by one person."""

    role: ReaderRole
    on: Day
    verdict: Literal["keep", "change", "drop"]
    note: Sentence | None = None


class Authorship(Frozen):
    """The review block. It names no option and hints at no answer."""

    author: Label
    source: Source
    neurodivergence: Comment
    culture: Comment
    readers: Annotated[tuple[Reader, ...], Field(max_length=50)] = ()
    drop_reason: Sentence | None = None

    @property
    def counted_roles(self) -> frozenset[str]:
        """Roles of the readers who count towards `approved`."""
        return frozenset(reader.role for reader in self.readers if reader.role != DESK)

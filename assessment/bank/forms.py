"""Forms: the ordered sections that people answer together, each with one instruction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, Strict, model_validator

from assessment.bank.faults import Broken, keep_rules
from assessment.bank.frozen import Frozen
from assessment.bank.vocabulary import (
    Channel,
    Construct,
    Family,
    Flag,
    Format,
    Identifier,
    Instruction,
    Label,
    Locale,
    Name,
    Passage,
    SchemaOne,
    Trouble,
    Version,
)

Minutes = Annotated[float, Strict(), Field(gt=0, le=240)]
Reliability = Annotated[float, Strict(), Field(gt=0, lt=1)]


class FormHead(Frozen):
    """The `[form]` table. `provisional_reliability` stands in until 100 sittings are finished; no limit by default.

    `sibling_of` names the form that this one is made to be equal to, for people who answer a second time.
    """

    schema_version: SchemaOne = Field(alias="schema")
    id: Name
    version: Version
    title: Label
    family: Family
    minutes: Minutes
    minutes_limit: Minutes | None = None
    locales: Annotated[tuple[Locale, ...], Field(min_length=1, max_length=20)]
    provisional_reliability: Reliability
    practice: Identifier
    sibling_of: Name | None = None


class Pool(Frozen):
    """What an item must be to be drawn. `attitude` true asks for attitude statements, false for items of a facet."""

    facet: Construct | None = None
    format: Format | None = None
    channel: Channel | None = None
    trouble: Trouble | None = None
    attitude: Flag | None = None


class Draw(Frozen):
    """So many items out of a pool, settled when the form is published: everyone who takes the form gets the same."""

    count: Annotated[int, Strict(), Field(ge=1, le=200)]
    pool: Pool = Field(alias="from")


class Section(Frozen):
    """Items under one instruction. The authored order of items stands unless `shuffle_items`; options are shuffled."""

    id: Name
    instruction: Instruction
    items: Annotated[tuple[Identifier, ...], Field(max_length=200)] = ()
    draw: Draw | None = None
    shuffle_items: Flag = False
    shuffle_options: Flag = True
    intro: Passage


class Form(Frozen):
    """One file of `questions/forms/`. That its items exist and fit is checked with the bank."""

    head: FormHead = Field(alias="form")
    sections: Annotated[tuple[Section, ...], Field(alias="section", min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _fields_go_together(self) -> Form:
        keep_rules(self._broken())
        return self

    def _broken(self) -> Iterator[Broken]:
        head = self.head
        if head.minutes_limit is not None and head.minutes_limit < head.minutes:
            yield ("form", "minutes_limit"), "is less than the minutes that the form takes"
        if len(set(head.locales)) != len(head.locales):
            yield ("form", "locales"), "names one locale twice"
        sections: set[str] = set()
        items: set[str] = set()
        for index, section in enumerate(self.sections):
            if section.id in sections:
                yield ("section", index, "id"), f"{section.id} is given twice"
            sections.add(section.id)
            if bool(section.items) == (section.draw is not None):
                yield ("section", index, "items"), "a section has items or a draw, one of them"
            for item in section.items:
                if item in items:
                    yield ("section", index, "items"), f"{item} is in the form twice"
                items.add(item)
                if item == head.practice:
                    yield ("section", index, "items"), f"{item} is the practice item, which is never scored"

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def version(self) -> int:
        return self.head.version

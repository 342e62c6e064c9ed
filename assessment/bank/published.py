"""A form as it is stored when published and delivered ever after: items word for word, at their versions and hashes.

No moves, no review, no status, no enemies: nothing that says what an option does or how an item was made. Facets and
tags stay, for the key and for analysis; `PublishedItem.shown` is the part that an applicant may see.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field, ValidationError

from assessment.bank.catalogue import Bank, section_items
from assessment.bank.content import content_hash
from assessment.bank.documents import unfit_values
from assessment.bank.faults import at, faults_in
from assessment.bank.forms import Form
from assessment.bank.frozen import Frozen, FrozenMap
from assessment.bank.hashing import digest
from assessment.bank.item_parts import Scenario, Step, Task
from assessment.bank.items import Item
from assessment.bank.media import Hash, Media, PublishedMedia
from assessment.bank.media_files import file_hash
from assessment.bank.picture_size import picture_size
from assessment.bank.shown import in_locale
from assessment.bank.translations import FormText, TranslatedText
from assessment.bank.units import Unit, units
from assessment.bank.vocabulary import (
    SOURCE_LOCALE,
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
    Rater,
    SchemaOne,
    Trouble,
    Version,
)
from assessment.errors import BadInput, Fault

_MOVES: dict[str, Any] = {"options": {"__all__": {"moves"}}}


class PublishedItem(Frozen):
    """An item pinned at a version; `hash` is the content hash it has in the bank. `texts` are its current translations."""

    id: Identifier
    version: Version
    hash: Hash
    format: Format
    instruction: Instruction
    facet: Construct | None = None
    attitude: Construct | None = None
    rater: Rater | None = None
    channel: Channel | None = None
    trouble: Trouble | None = None
    scenario: Scenario | None = None
    task: Task | None = None
    steps: Annotated[tuple[Step, ...], Field(alias="step")] = ()
    media: tuple[PublishedMedia, ...] = ()
    texts: FrozenMap[Locale, TranslatedText] = Field(default_factory=dict, validate_default=True)

    @property
    def units(self) -> tuple[Unit, ...]:
        """The scored units, in the order in which they are shown."""
        return units(self)

    def shown(self, locale: str | None = None) -> dict[str, Any]:
        """What an applicant may see, as a JSON-able dict in the shape of the item's file.

        `locale` picks a translation; without one, or where there is none, the words are those of the source. There is
        no facet, attitude, service dimension, trouble or role of a step in it: they hint at what is looked for. Media in
        another language are left out, and media whose files were not kept when the form was published.
        """
        item = self.translated(locale)
        media = tuple(medium for medium in item.media if medium.is_kept and medium.locale == (locale or SOURCE_LOCALE))
        return item.model_copy(update={"media": media}).model_dump(
            mode="json",
            include={"id", "version", "format", "instruction", "channel", "scenario", "task", "steps", "media"},
            exclude={"task": _MOVES, "steps": {"__all__": {"role": True, "facet": True, "rater": True, **_MOVES}}},
            exclude_defaults=True,
        )

    def translated(self, locale: str | None) -> PublishedItem:
        """The item in the words of its translation, or as it is where it has none for this locale."""
        text = self.texts.get(locale) if locale else None
        if text is None:
            return self
        return PublishedItem.model_validate(in_locale(self.model_dump(mode="json", exclude_defaults=True), text.as_tree()))


class PublishedSection(Frozen):
    """A section with its items; a draw has been settled."""

    id: Name
    instruction: Instruction
    intro: Passage
    shuffle_items: Flag
    shuffle_options: Flag
    items: Annotated[tuple[PublishedItem, ...], Field(min_length=1)]


class PublishedForm(Frozen):
    """A form that can be delivered. `content_hash` covers everything in it; `practice` is shown first, never scored.

    `texts` are the current translations of its title and of what is said before its sections.
    """

    schema_version: SchemaOne = Field(alias="schema")
    id: Name
    version: Version
    title: Label
    family: Family
    minutes: float
    minutes_limit: float | None = None
    locales: tuple[Locale, ...]
    provisional_reliability: float
    practice: PublishedItem
    sections: Annotated[tuple[PublishedSection, ...], Field(alias="section", min_length=1)]
    texts: FrozenMap[Locale, FormText] = Field(default_factory=dict, validate_default=True)
    content_hash: Hash

    @property
    def languages(self) -> tuple[str, ...]:
        """The locales of the form in which every word of it is there, in its own order."""
        return tuple(locale for locale in self.locales if locale == SOURCE_LOCALE or self._is_translated(locale))

    def _is_translated(self, locale: str) -> bool:
        return locale in self.texts and all(locale in item.texts for item in (self.practice, *self.items))

    def intro_in(self, section: PublishedSection, locale: str) -> str:
        """What is said before a section, in a language; as written where it is not translated."""
        text = self.texts.get(locale)
        return text.intro.get(section.id, section.intro) if text is not None else section.intro

    @property
    def items(self) -> tuple[PublishedItem, ...]:
        """The scored items in authored order, without the practice item."""
        return tuple(item for section in self.sections for item in section.items)

    @property
    def units(self) -> tuple[Unit, ...]:
        """The scored units of all items, in authored order."""
        return tuple(unit for item in self.items for unit in item.units)


def snapshot(bank: Bank, form: Form, files: Mapping[str, bytes] = MappingProxyType({})) -> dict[str, Any]:
    """The form as a JSON-able dict, to be stored when it is published. Raises BadInput if its items cannot be had.

    `files` are its media as `form_media` reads them; the snapshot pins each by its hash. A medium none of whose files is
    given stays unpinned and is not shown.
    """
    head = form.head.model_dump(mode="json", exclude_none=True, exclude={"sibling_of"})
    sections = [
        section.model_dump(mode="json", include={"id", "instruction", "intro", "shuffle_items", "shuffle_options"})
        | {"items": [pinned(bank, item, form.head.locales, files) for item in items]}
        for section, items in section_items(bank, form)
    ]
    if form.head.practice not in bank.items:
        raise BadInput(f"Form {form.id} names {form.head.practice} for practice, which the bank does not have.")
    content = head | {"practice": pinned(bank, bank.items[form.head.practice], form.head.locales, files), "section": sections}
    texts = _form_texts(bank, form)
    if texts:
        content["texts"] = texts
    return content | {"content_hash": digest(content)}


def _form_texts(bank: Bank, form: Form) -> dict[str, Any]:
    return {
        locale: translation.text.as_tree()
        for locale, translation in bank.form_translations.get(form.id, {}).items()
        if locale in form.head.locales and translation.is_current(form)
    }


def pinned(bank: Bank, item: Item, locales: Collection[str], files: Mapping[str, bytes]) -> dict[str, Any]:
    """An item as it stands in a snapshot: with its current translations into `locales`, and its media pinned by their hashes."""
    tags = ("id", "version", "format", "instruction", "facet", "attitude", "rater", "channel", "trouble")
    head = item.head.model_dump(mode="json", include=set(tags), exclude_none=True)
    body = item.model_dump(
        mode="json",
        include={"scenario", "task", "steps", "media"},
        exclude={"task": _MOVES, "steps": {"__all__": _MOVES}},
        exclude_defaults=True,
    )
    if item.media:
        body["media"] = [written | _file_facts(medium, files) for medium, written in zip(item.media, body["media"], strict=True)]
    current = {
        locale: translation.text.as_tree()
        for locale, translation in bank.translations.get(item.id, {}).items()
        if locale in locales and translation.is_current(item)
    }
    return head | {"hash": content_hash(item)} | body | ({"texts": current} if current else {})


def _file_facts(medium: Media, files: Mapping[str, bytes]) -> dict[str, Any]:
    """What is pinned of a medium's files: their hashes, and the size of a picture."""
    hashes = {part: file_hash(files[name]) for part, name in medium.files.items() if name in files}
    size = picture_size(files[medium.file]) if medium.kind == "image" and medium.file in files else None
    return ({"hashes": hashes} if hashes else {}) | ({"width": size[0], "height": size[1]} if size else {})


def read_snapshot(content: dict[str, Any]) -> PublishedForm:
    """A stored snapshot as an object. Raises BadInput when it is none, or when it has changed since it was taken."""
    name = "published form"
    faults = [Fault(at(name, content, place), message) for place, message in unfit_values(content)]
    form: PublishedForm | None = None
    if not faults:
        try:
            form = PublishedForm.model_validate(content)
        except ValidationError as error:
            faults = faults_in(error, name, content)
    if form is None:
        raise BadInput("This is not a published form: " + "; ".join(map(str, faults)), faults)
    if digest({key: value for key, value in content.items() if key != "content_hash"}) != form.content_hash:
        fault = Fault(f"{name}: content_hash", "does not belong to the content; it has been changed")
        raise BadInput(f"A published form never changes, but this one has: {fault}", [fault])
    return form

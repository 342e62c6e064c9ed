"""Words in another language, beside the item or form: `<id>.<locale>.toml`, strings at the paths of the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from assessment.bank.content import source_hash, source_text
from assessment.bank.faults import Broken, Location
from assessment.bank.forms import Form
from assessment.bank.frozen import Frozen, FrozenMap
from assessment.bank.items import Item
from assessment.bank.vocabulary import Identifier, Label, Locale, Name, OptionId, Passage, Sentence, Version

TranslationStatus = Literal["draft", "in_review", "approved", "retired"]
SourceHash = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class TranslationOrigin(Frozen):
    """Of which version and text a translation was made, and by whom."""

    locale: Locale
    of_version: Version
    source_hash: SourceHash
    translators: Annotated[tuple[Label, ...], Field(min_length=1, max_length=5)]
    reconciler: Label | None = None
    back_translator: Label | None = None
    back_translation: Passage | None = None
    status: TranslationStatus


class TranslationHead(TranslationOrigin):
    """The `[translation]` table beside an item."""

    item: Identifier


class FormTranslationHead(TranslationOrigin):
    """The `[translation]` table beside a form."""

    form: Name


class CardText(Frozen):
    since: Label | None = None
    facts: tuple[Label, ...] = ()


class ContactText(Frozen):
    ago: Label
    note: Sentence


class StepText(Frozen):
    ask: Sentence | None = None
    reveals: tuple[Sentence, ...] = ()
    option: FrozenMap[OptionId, Sentence] = Field(default_factory=dict, validate_default=True)


class MediaText(Frozen):
    alt: Sentence | None = None
    transcript: Passage | None = None


class TranslatedText(Frozen):
    """The `[text]` table: the same paths as the source, strings only."""

    setting: Passage | None = None
    card: CardText | None = None
    contacts: tuple[ContactText, ...] = ()
    transcript: tuple[Sentence, ...] = ()
    limits: tuple[Sentence, ...] = ()
    ask: Sentence | None = None
    text: Sentence | None = None
    option: FrozenMap[OptionId, Sentence] = Field(default_factory=dict, validate_default=True)
    step: FrozenMap[Identifier, StepText] = Field(default_factory=dict, validate_default=True)
    media: FrozenMap[Identifier, MediaText] = Field(default_factory=dict, validate_default=True)

    def as_tree(self) -> dict[str, Any]:
        """The strings as nested dicts and lists, in the shape of `source_text`."""
        return self.model_dump(mode="json", exclude_defaults=True)


class FormText(Frozen):
    """The `[text]` table beside a form: its title, and what is said before each section."""

    title: Label | None = None
    intro: FrozenMap[Name, Passage] = Field(default_factory=dict, validate_default=True)

    def as_tree(self) -> dict[str, Any]:
        """The strings as nested dicts, in the shape of `source_text`."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Translation(Frozen):
    """A translation file of an item. `gaps` compares it with its source; `is_current` says whether it may be shown."""

    head: TranslationHead = Field(alias="translation")
    text: TranslatedText

    def gaps(self, item: Item) -> list[Broken]:
        """Texts that the translation leaves out (only a draft may) and texts that the item does not have."""
        return _gaps(self.head, self.text.as_tree(), item)

    def is_current(self, item: Item) -> bool:
        """True when it was made from the item's present text and is complete; a stale one must not be shown."""
        return _is_current(self.head, self.text.as_tree(), item)


class FormTranslation(Frozen):
    """A translation file of a form; its items have their own."""

    head: FormTranslationHead = Field(alias="translation")
    text: FormText

    def gaps(self, form: Form) -> list[Broken]:
        """As for an item."""
        return _gaps(self.head, self.text.as_tree(), form)

    def is_current(self, form: Form) -> bool:
        """As for an item."""
        return _is_current(self.head, self.text.as_tree(), form)


MISSING = "is missing: the source has this text"


def _gaps(head: TranslationOrigin, text: dict[str, Any], source: Item | Form) -> list[Broken]:
    found = _compare(source_text(source), text, ("text",))
    return [(place, message) for place, message in found if message != MISSING or head.status != "draft"]


def _is_current(head: TranslationOrigin, text: dict[str, Any], source: Item | Form) -> bool:
    complete = not list(_compare(source_text(source), text, ("text",)))
    return complete and head.status != "retired" and head.source_hash == source_hash(source)


def _compare(source: Any, target: Any, place: Location) -> Iterator[Broken]:
    if isinstance(source, dict):
        for name, value in source.items():
            if name in target:
                yield from _compare(value, target[name], (*place, name))
            else:
                yield (*place, name), MISSING
        for name in target:
            if name not in source:
                yield (*place, name), "is a text that the source does not have"
    elif isinstance(source, list):
        if len(source) != len(target):
            yield place, f"has {len(target)} texts; the source has {len(source)}"
        else:
            for index, value in enumerate(source):
                yield from _compare(value, target[index], (*place, index))

"""An item's words in another language, beside the item: `<id>.<locale>.toml`, strings at the paths of the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from assessment.bank.content import source_hash, source_text
from assessment.bank.faults import Broken, Location
from assessment.bank.frozen import Frozen, FrozenMap
from assessment.bank.items import Item
from assessment.bank.vocabulary import Identifier, Label, Locale, OptionId, Passage, Sentence, Version

TranslationStatus = Literal["draft", "in_review", "approved", "retired"]
SourceHash = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class TranslationHead(Frozen):
    """The `[translation]` table: of which version and text, and by whom."""

    item: Identifier
    locale: Locale
    of_version: Version
    source_hash: SourceHash
    translators: Annotated[tuple[Label, ...], Field(min_length=1, max_length=5)]
    reconciler: Label | None = None
    back_translator: Label | None = None
    back_translation: Passage | None = None
    status: TranslationStatus


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


class Translation(Frozen):
    """One translation file. `gaps` compares it with its item; `is_current` says whether it may be shown."""

    head: TranslationHead = Field(alias="translation")
    text: TranslatedText

    def gaps(self, item: Item) -> list[Broken]:
        """Texts that the translation leaves out (only a draft may) and texts that the item does not have."""
        found = _differences(source_text(item), self.text.as_tree(), ("text",))
        return [(place, message) for place, message in found if message != MISSING or self.head.status != "draft"]

    def is_current(self, item: Item) -> bool:
        """True when it was made from the item's present text and is complete; a stale one must not be shown."""
        complete = not _differences(source_text(item), self.text.as_tree(), ("text",))
        return complete and self.head.status != "retired" and self.head.source_hash == source_hash(item)


MISSING = "is missing: the item has this text"


def _differences(source: Any, target: Any, place: Location) -> list[Broken]:
    return list(_compare(source, target, place))


def _compare(source: Any, target: Any, place: Location) -> Iterator[Broken]:
    if isinstance(source, dict):
        for name, value in source.items():
            if name in target:
                yield from _compare(value, target[name], (*place, name))
            else:
                yield (*place, name), MISSING
        for name in target:
            if name not in source:
                yield (*place, name), "is a text that the item does not have"
    elif isinstance(source, list):
        if len(source) != len(target):
            yield place, f"has {len(target)} texts; the item has {len(source)}"
        else:
            for index, value in enumerate(source):
                yield from _compare(value, target[index], (*place, index))

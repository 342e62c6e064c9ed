"""An item in one language as the review reads it: every text with the place at which a writer finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assessment.bank.catalogue import Bank
from assessment.bank.content import content_of, source_text
from assessment.bank.faults import Location, place
from assessment.bank.item_parts import Option, Step, Task
from assessment.bank.items import Item
from assessment.bank.references import expected_folder
from assessment.bank.review.findings import Finding, Severity
from assessment.bank.translations import Translation
from assessment.bank.vocabulary import SOURCE_LOCALE

PRACTICE_FOLDER = "practice"


@dataclass(frozen=True, slots=True)
class Text:
    """A text and its place in the file, e.g. `[[task.option]] c.text`."""

    place: str
    words: str


@dataclass(frozen=True, slots=True)
class OptionText:
    """An option in one language, with the moves that the bank notes of it."""

    id: str
    place: str
    words: str
    moves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked at once: a single scenario or a step of a storyline. `reveals` are shown just before `ask`."""

    code: str
    place: str
    format: str
    role: str | None
    ask: Text | None
    reveals: tuple[Text, ...]
    options: tuple[OptionText, ...]


@dataclass(frozen=True, slots=True)
class ItemText:
    """Everything that a person reads of an item in one language.

    `opening` is the scenario but for `notes` (of earlier contacts); `statement` is the text of a likert item.
    """

    item: Item
    file: str
    locale: str
    opening: tuple[Text, ...]
    notes: tuple[Text, ...]
    statement: Text | None
    questions: tuple[Question, ...]

    @property
    def stem(self) -> tuple[Text, ...]:
        """What is read before the first question: opening and notes."""
        return self.opening + self.notes

    def finding(self, check: str, severity: Severity, place: str, message: str, remedy: str) -> Finding:
        """A finding about a place of this text."""
        return Finding(check, severity, self.item.id, self.file, place, message, remedy)

    @property
    def all(self) -> tuple[Text, ...]:
        """Every text that a person reads, in the order of the page."""
        asked = (
            text
            for question in self.questions
            for text in (
                *question.reveals,
                *([question.ask] if question.ask else []),
                *(Text(option.place, option.words) for option in question.options),
            )
        )
        return (*self.stem, *([self.statement] if self.statement else []), *asked)


def item_file(bank: Bank, item: Item) -> str:
    """The file of an item below the bank: the reader has seen to it that it is there."""
    folder = PRACTICE_FOLDER if item.id in bank.practice else expected_folder(item)
    return f"items/{folder}/{item.id}.toml"


def translation_file(bank: Bank, item: Item, locale: str) -> str:
    return item_file(bank, item).removesuffix(".toml") + f".{locale}.toml"


def source_texts(bank: Bank, item: Item) -> ItemText:
    """The item as it is written."""
    content = content_of(item)
    return _read(item, source_text(item), item_file(bank, item), SOURCE_LOCALE, lambda location: place(content, location))


def translated_texts(bank: Bank, item: Item, translation: Translation) -> ItemText:
    """The item as it is translated; what a draft leaves out is left out here."""
    locale = translation.head.locale
    file = translation_file(bank, item, locale)
    return _read(item, translation.text.as_tree(), file, locale, lambda location: f"[text] {_path(item, location)}")


def _path(item: Item, location: Location) -> str:
    """The place of a text in a translation: `step.feels.option.a` for the third option of the first step."""
    names: list[str] = []
    node: Any = content_of(item)
    for part in location:
        node = node[part]
        if isinstance(part, int):
            names.append(str(node.get("id", part + 1)) if isinstance(node, Mapping) else str(part + 1))
        elif part not in ("scenario", "task") and not (part == "text" and names and names[0] != "text" and len(names) > 1):
            names.append(part)
    return ".".join(names) or "text"


Locate = Callable[[Location], str]


def _read(item: Item, tree: Mapping[str, Any], file: str, locale: str, locate: Locate) -> ItemText:
    opening, notes = _scenario(tree, locate)
    statement = Text(locate(("task", "text")), tree["text"]) if "text" in tree else None
    questions: list[Question] = []
    if item.task is not None and item.task.options:
        questions.append(_question(item.id, item.task, item.format, None, tree, ("task",), locate))
    for index, step in enumerate(item.steps):
        words = tree.get("step", {}).get(step.id, {})
        questions.append(_question(f"{item.id}.{step.id}", step, step.format, step.role, words, ("step", index), locate))
    return ItemText(item, file, locale, tuple(opening), tuple(notes), statement, tuple(questions))


def _scenario(tree: Mapping[str, Any], locate: Locate) -> tuple[list[Text], list[Text]]:
    def several(name: str, texts: Sequence[str], *field: str) -> Iterator[Text]:
        for index, words in enumerate(texts):
            yield Text(locate(("scenario", *name.split("."), index, *field)), words)

    opening = [Text(locate(("scenario", "setting")), tree["setting"])] if "setting" in tree else []
    card = tree.get("card", {})
    if "since" in card:
        opening.append(Text(locate(("scenario", "card", "since")), card["since"]))
    opening += several("card.facts", card.get("facts", []))
    notes = list(several("contacts", [contact["note"] for contact in tree.get("contacts", [])], "note"))
    opening += several("transcript", tree.get("transcript", []), "text")
    opening += several("limits", tree.get("limits", []))
    return opening, notes


def _question(
    code: str, asked: Task | Step, format: str, role: str | None, tree: Mapping[str, Any], table: Location, locate: Locate
) -> Question:
    def option(index: int, written: Option) -> OptionText | None:
        words = tree.get("option", {}).get(written.id)
        where = locate((*table, "option", index, "text"))
        return None if words is None else OptionText(written.id, where, words, tuple(written.moves))

    reveals = (Text(locate((*table, "reveals", index, "text")), words) for index, words in enumerate(tree.get("reveals", [])))
    options = (option(index, written) for index, written in enumerate(asked.options))
    return Question(
        code=code,
        place=locate((*table, "option")),
        format=format,
        role=role,
        ask=Text(locate((*table, "ask")), tree["ask"]) if "ask" in tree else None,
        reveals=tuple(reveals),
        options=tuple(found for found in options if found is not None),
    )

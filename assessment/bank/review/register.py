"""A2 and `versions.toml`: what each item said when it was recorded, so that nobody can change it under the same version.

An answer is scored by the item's version and the option's id. Were either to mean something else later, old answers would be
scored as what they never said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from assessment.bank.catalogue import Bank
from assessment.bank.content import content_hash
from assessment.bank.faults import BankErrors
from assessment.bank.files import Shelf
from assessment.bank.frozen import Frozen, FrozenMap
from assessment.bank.items import Item
from assessment.bank.review.findings import Finding
from assessment.bank.review.matching import tokens
from assessment.bank.review.options import jaccard
from assessment.bank.review.texts import item_file, source_texts
from assessment.bank.vocabulary import Code, Count, Identifier, Sentence, Status, Version
from assessment.errors import BadInput, Fault

FILE = "versions.toml"
SAME_OPTION = 0.25
"""Least share of words that two wordings of one option have in common. Rewordings of the bank kept more than
half; of two options of one question, nine pairs in ten have less than a quarter in common."""
NEW_READERS = 2
HEADER = """\
# What each item said when it was recorded. Written by `flask bank record`; not by hand, but that the table of an item that
# nobody has answered yet may be taken out, to begin it anew.
"""


class Recorded(Frozen):
    """One item as it was recorded; `option` maps an option's id (`step.id` in a storyline) to its text."""

    version: Version
    status: Status
    readers: Count
    content: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
    option: FrozenMap[Code, Sentence] = Field(default_factory=dict, validate_default=True)


class Register(Frozen):
    """The file as a whole: item id -> what was recorded."""

    item: FrozenMap[Identifier, Recorded] = Field(default_factory=dict, validate_default=True)


class ChangedUnderVersion(BadInput):
    """Items say something else than what is recorded of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("Items have changed that are already recorded. Nothing was recorded.", faults)


def read_register(root: Path) -> Mapping[str, Recorded]:
    """What is recorded of a bank; nothing without a file. Raises BankErrors for a file that cannot be read."""
    path = root / FILE
    if not path.exists() and not path.is_symlink():
        return {}
    shelf = Shelf(root)
    entry = shelf.read(path, Register)
    if entry is None:
        raise BankErrors(shelf.faults)
    return entry.content.item


def register_findings(bank: Bank, recorded: Mapping[str, Recorded]) -> Iterator[Finding]:
    """A2: other content under the recorded version, an id with another option behind it, an approved item that was edited."""
    for item in bank.items.values():
        known = recorded.get(item.id)
        if known is not None:
            for place, message, remedy in _complaints(bank, item, known):
                yield Finding("A2", "error", item.id, item_file(bank, item), place, message, remedy)


def _complaints(bank: Bank, item: Item, known: Recorded) -> Iterator[tuple[str, str, str]]:
    if item.version < known.version:
        yield "[item] version", f"is {item.version}; version {known.version} is recorded", f"Set it above {known.version}."
        return
    if content_hash(item) == known.content:
        return
    if item.version == known.version:
        remedy = f"Set the version to {known.version + 1}, here and in the key, and record it with `flask bank record`."
        yield "[item] version", f"is still {known.version}, and the item is not what was recorded under it", remedy
    if known.status == item.status == "approved" and len(_counted(item)) < known.readers + NEW_READERS:
        message = "is approved, but the item was edited after its approval"
        yield "[item] status", message, f"Set it to in_review until {NEW_READERS} more people have read it."
    yield from _reused_options(bank, item, known)


def _reused_options(bank: Bank, item: Item, known: Recorded) -> Iterator[tuple[str, str, str]]:
    for name, place, words in _options(bank, item):
        before = known.option.get(name)
        if before is None:
            continue
        now = tokens(words)
        own = jaccard(tokens(before), now)
        nearer = any(jaccard(tokens(other), now) > own for code, other in known.option.items() if _beside(code, name))
        if nearer or own < SAME_OPTION:
            message = f"has another option under an id that stood for “{before}”"
            yield place, message, "Give the option an id that the item has not had, or make it a new item."


def _beside(one: str, other: str) -> bool:
    """True for two options of one question."""
    return one != other and one.rpartition(".")[0] == other.rpartition(".")[0]


def _options(bank: Bank, item: Item) -> Iterator[tuple[str, str, str]]:
    """Each option's name in the register, its place in the file and its text."""
    for question in source_texts(bank, item).questions:
        step = question.code.partition(".")[2]
        for option in question.options:
            yield ".".join(part for part in (step, option.id) if part), option.place, option.words


def _counted(item: Item) -> list[str]:
    return [reader.role for reader in item.review.readers if reader.role in item.review.counted_roles]


def record(bank: Bank, root: Path) -> list[str]:
    """Write what the items say now to `versions.toml`, and return the ids of those that are new or changed.

    Raises ChangedUnderVersion when an A2 finding stands in the way; nothing is written then.
    """
    recorded = read_register(root)
    findings = list(register_findings(bank, recorded))
    if findings:
        raise ChangedUnderVersion([finding.to_fault() for finding in findings])
    now = {item.id: recorded_as(bank, item) for item in bank.items.values()}
    changed = [name for name, entry in now.items() if recorded.get(name) != entry]
    if changed:
        (root / FILE).write_text(_toml(dict(sorted({**recorded, **now}.items()))), encoding="utf-8")
    return changed


def recorded_as(bank: Bank, item: Item) -> Recorded:
    """What the register holds of the item as it is."""
    return Recorded(
        version=item.version,
        status=item.status,
        readers=len(_counted(item)),
        content=content_hash(item),
        option={name: words for name, _, words in _options(bank, item)},
    )


def _toml(recorded: Mapping[str, Recorded]) -> str:
    """The register as TOML. A JSON string is a TOML string when it holds no control characters, and the bank has none."""
    blocks = [HEADER]
    for name, entry in recorded.items():
        lines = [
            f"[item.{name}]",
            f"version = {entry.version}",
            f'status = "{entry.status}"',
            f"readers = {entry.readers}",
            f'content = "{entry.content}"',
        ]
        lines += [f"option.{_quoted(option)} = {json.dumps(words, ensure_ascii=False)}" for option, words in entry.option.items()]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _quoted(name: str) -> str:
    return f'"{name}"' if "." in name else name

"""Reading the notice's prose, and choosing the paragraphs that one organisation's applicants are told."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "es")
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words with `{facts}` in them. `jurisdictions` is empty for all; `when` names a fact ("-fact": that there is none)."""

    text: str
    jurisdictions: frozenset[str]
    when: str

    def stands(self, jurisdiction: str, facts: Collection[str]) -> bool:
        """True if this is said in the jurisdiction to applicants of an organisation of which these facts are known."""
        if self.jurisdictions and jurisdiction not in self.jurisdictions:
            return False
        return self.when.removeprefix("-") not in facts if self.when.startswith("-") else not self.when or self.when in facts


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its paragraphs."""

    heading: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """The notice in one language. `asks` and `options`: the questions of voluntary self-identification, and their labels."""

    language: str
    version: str
    date: date
    sections: tuple[Section, ...]
    asks: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    hash: str

    @property
    def substance(self) -> str:
        """The part of the version that grows when the meaning changes."""
        return self.version.split(".")[0]


@cache
def prose(language: str) -> Prose:
    """The notice's words in a language; English where there are none in it."""
    read = tomllib.loads((_HERE / f"{language if language in LANGUAGES else 'en'}.toml").read_text(encoding="utf-8"))
    questions = read["self_identification"]
    return Prose(
        language=read["language"],
        version=read["version"],
        date=read["date"],
        sections=tuple(Section(part["heading"], tuple(map(_paragraph, part["paragraph"]))) for part in read["section"]),
        asks={name: question["ask"] for name, question in questions.items()},
        options={name: question["options"] for name, question in questions.items()},
        hash="sha256:" + hashlib.sha256(json.dumps(read, default=str, sort_keys=True).encode()).hexdigest(),
    )


def told(words: Prose, jurisdiction: str, facts: Mapping[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The headed paragraphs for one organisation's applicants, with its facts filled in."""
    sections = []
    for section in words.sections:
        texts = tuple(p.text.format(**facts) for p in section.paragraphs if p.stands(jurisdiction, facts))
        if texts:
            sections.append((section.heading, texts))
    return tuple(sections)


def _paragraph(read: Mapping[str, Any]) -> Paragraph:
    return Paragraph(read["text"], frozenset(read.get("in", ())), read.get("when", ""))

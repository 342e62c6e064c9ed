"""The interview guide: for every facet its name and questions, the same for every applicant.

They come from the construct map of the question bank, read from its file as it is now: the guide is advice to people and
no part of a score, so that better questions reach every open job at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from assessment.bank import BankErrors, ConstructMap
from assessment.bank.documents import decode, parse, read_bytes
from assessment.bank.faults import faults_in
from assessment.errors import Fault

FILE = "facets.toml"


@dataclass(frozen=True, slots=True)
class GuideEntry:
    """A facet in words: its name, the two letters that head its column, what it is, and what to ask."""

    code: str
    name: str
    letters: str
    question: str
    interview: tuple[str, ...]


def interview_guide(questions: Path) -> Mapping[str, GuideEntry]:
    """The guide by facet, in the order of the construct map under `questions`. Raises `BankErrors` if it cannot be read."""
    path = questions / FILE
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return _read(questions, changed)


@lru_cache(maxsize=8)
def _read(questions: Path, changed: int) -> Mapping[str, GuideEntry]:
    try:
        document = parse(decode(read_bytes(questions / FILE, questions)))
        construct = ConstructMap.model_validate(document)
    except ValidationError as error:
        raise BankErrors(faults_in(error, FILE, document)) from error
    except ValueError as error:
        raise BankErrors([Fault(FILE, str(error))]) from error
    letters = _letters([facet.name for facet in construct.facets])
    return {
        facet.id: GuideEntry(facet.id, facet.name, heads, facet.question, facet.interview)
        for facet, heads in zip(construct.facets, letters, strict=True)
    }


def _letters(names: list[str]) -> list[str]:
    """Two letters a name, all different: the first and the next that nobody has yet."""
    taken: list[str] = []
    for name in names:
        rest = [c for c in name[1:].lower() if c.isalpha()] or ["x"]
        options = [name[0].upper() + c for c in rest]
        taken.append(next((option for option in options if option not in taken), options[0]))
    return taken

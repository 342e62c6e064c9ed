"""What can be asked about one's data and result, in which words, and how the words are sealed."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal

from assessment.errors import BadInput, Fault, Words
from assessment.records.vault import Vault

Kind = Literal["correct", "erase", "contest", "review"]
Outcome = Literal["done", "noted", "changed", "upheld", "declined"]

OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    "correct": ("done", "noted", "declined"),
    "erase": ("declined",),
    "contest": ("changed", "upheld"),
    "review": ("changed", "upheld"),
}
"""What may come of each kind of request. An erasure that is carried out leaves no request behind."""
KINDS = tuple(OUTCOMES)
LONGEST_WORDS = 2000
LONGEST_NAME = 200
LONGEST_EMAIL = 254
MOST_ADDITIONS = 20
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Said:
    """What an applicant says in a request. Corrections tell what is wrong and right, or the name or address as it should be."""

    words: str = ""
    wrong: str = ""
    right: str = ""
    name: str = ""
    email: str = ""

    def __bool__(self) -> bool:
        return any(asdict(self).values())


@dataclass(frozen=True, slots=True)
class Statement:
    """Something said, and when."""

    said: Said
    at: datetime


def checked_words(kind: str, said: Said) -> Said:
    """What was typed, with one kind of line end. Raises `BadInput` with a fault for each field that cannot be used."""
    plain = Said(**{name: _plain(text) for name, text in asdict(said).items()})
    plain = replace(plain, words="") if kind == "correct" else Said(words=plain.words)
    limits = {"name": LONGEST_NAME, "email": LONGEST_EMAIL}
    faults = [fault for name, text in asdict(plain).items() for fault in text_faults(name, text, limits.get(name, LONGEST_WORDS))]
    if plain.email and not re.fullmatch(r"[^@\s]+@[^@\s]+", plain.email):
        faults.append(Fault("email", Words("Write the whole address, with an @ in it.")))
    if kind == "correct" and not plain:
        faults.append(Fault("wrong", Words("Say what is wrong, or give the name or the address as it should be.")))
    if plain.wrong and not plain.right and not plain.name and not plain.email:
        faults.append(Fault("right", Words("Say how it should be instead.")))
    if faults:
        raise BadInput(Words("Nothing was sent yet."), faults)
    return plain


def checked_reply(reply: str) -> str:
    """A reply of staff with one kind of line end. Raises `BadInput` if it is empty or too long."""
    plain = _plain(reply)
    faults = text_faults("reply", plain, LONGEST_WORDS)
    if not plain:
        faults.append(Fault("reply", "Write the reply. The applicant reads it on their page."))
    if faults:
        raise BadInput("Nothing was answered yet.", faults)
    return plain


def text_faults(where: str, text: str, longest: int) -> list[Fault]:
    """What is wrong with a text: its length, or characters that cannot be shown."""
    if len(text) > longest:
        return [Fault(where, Words("Use %(most)s characters at most. These are %(now)s.", most=longest, now=len(text)))]
    if CONTROL.search(text):
        return [Fault(where, Words("This holds characters that cannot be shown. Type it again without them."))]
    return []


def seal_statements(vault: Vault, subject: str, statements: list[Statement]) -> str:
    """All that was said in a request, sealed for its person."""
    told = [{"at": statement.at.isoformat(), **asdict(statement.said)} for statement in statements]
    return vault.seal("subject_request.words", subject, json.dumps(told))


def open_statements(vault: Vault, subject: str, sealed: str) -> list[Statement]:
    """All that was said in a request, oldest first."""
    told = json.loads(vault.open("subject_request.words", subject, sealed))
    return [Statement(Said(**{k: v for k, v in one.items() if k != "at"}), datetime.fromisoformat(one["at"])) for one in told]


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()

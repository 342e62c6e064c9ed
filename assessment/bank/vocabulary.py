"""The closed word lists of the bank, and the few kinds of value that its files are made of."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Strict, StringConstraints

Status = Literal["draft", "in_review", "approved", "retired"]
ChoiceFormat = Literal["pick_best", "best_worst", "rate", "rank"]
Format = Literal["pick_best", "best_worst", "rate", "rank", "likert", "storyline"]
Instruction = Literal["should_do", "would_do"]
Rater = Literal["reliability", "assurance", "tangibles", "empathy", "responsiveness"]
Channel = Literal["phone", "chat", "email", "counter", "field"]
ContactChannel = Literal["phone", "chat", "email", "counter", "field", "internal"]
Trouble = Literal["billing", "delay", "fault", "wrong_info", "access", "change", "mistake", "conflict"]
Family = Literal["customer_support", "field_service", "retail_counter"]
StepRole = Literal["feels", "went_wrong", "in_their_place", "action"]
Scale = Literal["effectiveness5", "agreement5", "likelihood5", "accuracy5"]
Move = Literal[
    "apologise",
    "name_feeling",
    "ask",
    "inform",
    "act",
    "concede",
    "offer",
    "escalate",
    "hand_over",
    "wait",
    "refuse",
    "correct",
]
QaTag = Literal["empathy-affective", "empathy-cognitive", "empathy-attentive", "resolution", "process"]

_IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CONSTRUCT = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


def _identifier(value: str) -> str:
    if len(value) > 40 or not _IDENTIFIER.fullmatch(value):
        raise ValueError("must be lower-case letters and digits joined by single hyphens, 40 characters at most")
    return value


def _construct(value: str) -> str:
    if len(value) > 40 or not _CONSTRUCT.fullmatch(value):
        raise ValueError("must be lower-case words joined by underscores, 40 characters at most")
    return value


def _name(value: str) -> str:
    if len(value) > 60 or not _NAME.fullmatch(value):
        raise ValueError("must be lower-case letters and digits joined by - or _, 60 characters at most")
    return value


def _locale(value: str) -> str:
    if not _LOCALE.fullmatch(value):
        raise ValueError("must be a locale such as en, es or pt-BR")
    return value


def _option_id(value: str) -> str:
    if value not in {"a", "b", "c", "d", "e", "f"}:
        raise ValueError("must be one letter from a to f")
    return value


def _schema_one(value: object) -> object:
    if type(value) is not int or value != 1:
        raise ValueError("must be 1, the one schema that there is")
    return value


def _composed(value: str) -> str:
    """NFC, so that one text is one string however it was typed."""
    return unicodedata.normalize("NFC", value)


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return _composed(value)


def _day(value: object) -> object:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a day such as 2026-11-23") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("must be a day such as 2026-11-23")
    return value


def _positive_zero(value: float) -> float:
    """Minus nought becomes nought, so that equal numbers are written and hashed alike."""
    return value + 0.0


SOURCE_LOCALE = "en"
"""The language in which items and forms are written; in every other they are translations."""

LANGUAGE_NAMES = {"en": "English", "es": "Spanish"}
"""What staff call a language."""

Identifier = Annotated[str, AfterValidator(_identifier)]
Construct = Annotated[str, AfterValidator(_construct)]
Name = Annotated[str, AfterValidator(_name)]
Locale = Annotated[str, AfterValidator(_locale)]
OptionId = Annotated[str, AfterValidator(_option_id)]
Day = Annotated[date, BeforeValidator(_day)]
Flag = Annotated[bool, Strict()]
Version = Annotated[int, Strict(), Field(ge=1, le=1_000_000)]
SchemaOne = Annotated[Literal[1], BeforeValidator(_schema_one)]
Count = Annotated[int, Strict(), Field(ge=0, le=10_000_000)]
Real = Annotated[float, Strict(), AfterValidator(_positive_zero)]
Weight = Annotated[float, Strict(), Field(ge=0, le=1_000_000), AfterValidator(_positive_zero)]

Code = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_composed)]
"""The code of a unit, option or scale: an id of the bank, or a column of a form that was delivered elsewhere."""
Label = Annotated[str, StringConstraints(max_length=120), AfterValidator(_not_blank)]
Sentence = Annotated[str, StringConstraints(max_length=600), AfterValidator(_not_blank)]
Passage = Annotated[str, StringConstraints(max_length=2400), AfterValidator(_not_blank)]
Comment = Annotated[str, StringConstraints(max_length=200), AfterValidator(_not_blank)]

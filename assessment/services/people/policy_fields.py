"""Reading the fields of an organisation's policy as they were typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from assessment.errors import Fault
from assessment.notices import JURISDICTIONS

FREE_WORDS = ("contact", "controller", "hosting", "authority", "audit_address")
LEGAL_BASES = ("contract", "interest", "consent")
LONGEST_WORDS = 200
LONGEST_MONTHS = 240
LONGEST_REPLY_DAYS = 90


def read_fields(typed: Mapping[str, str], today: date) -> tuple[dict[str, Any], list[Fault]]:
    """The values of the fields that can be used, and what is wrong with the others."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    readers: dict[str, Callable[[str], Any]] = {
        "jurisdiction": lambda text: _one_of(text, tuple(JURISDICTIONS)),
        "legal_basis": lambda text: _one_of(text, LEGAL_BASES) if text else "",
        **dict.fromkeys(("contact", "controller", "hosting", "authority"), _words),
        "audit_address": _address,
        "keep_months": lambda text: _number(text, LONGEST_MONTHS) if text else None,
        "reply_days": lambda text: _number(text, LONGEST_REPLY_DAYS),
        "audited_on": lambda text: _past(text, today, longest_ago=364) if text else None,
        "notice_posted_on": lambda text: _past(text, today) if text else None,
    }
    for name, read in readers.items():
        try:
            values[name] = read(" ".join(typed.get(name, "").split()))
        except ValueError as error:
            faults.append(Fault(name, str(error)))
    values |= {name: typed.get(name) == "yes" for name in ("self_identification", "share_feedback")}
    return values, faults


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise ValueError("must be one of those on the page.")
    return text


def _words(text: str) -> str:
    if len(text) > LONGEST_WORDS:
        raise ValueError(f"can have {LONGEST_WORDS} characters at most. These are {len(text)}.")
    if not text.isprintable():
        raise ValueError("has characters that cannot be shown.")
    return text


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme == "https" and bool(parts.hostname) and " " not in text
    except ValueError:
        usable = False
    if text and not usable:
        raise ValueError("must be a web address that begins with https://.")
    return _words(text)


def _number(text: str, highest: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= highest):
        raise ValueError(f"must be a whole number from 1 to {highest}.")
    return int(text)


def _past(text: str, today: date, longest_ago: int | None = None) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day, such as 2026-11-02.") from None
    if day > today:
        raise ValueError("cannot lie in the future.")
    if longest_ago is not None and (today - day).days > longest_ago:
        raise ValueError("must be less than a year ago: a new audit is due.")
    return day

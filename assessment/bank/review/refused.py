"""What the reader refuses, under the letters of the review (A1, A2, A12, A16 to A18): found there once, and not again here."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assessment.bank.review.findings import WHOLE_BANK, Finding
from assessment.errors import Fault

_ENEMIES_OR_INSTRUCTIONS = re.compile(r"are enemies|never mixes instructions|no item on")


def refusals(faults: Iterable[Fault], *, check: str | None = None) -> list[Finding]:
    """Faults of files as errors of the check that they belong to; `check` says it where it is known."""
    return [_refusal(fault, check) for fault in faults]


def _refusal(fault: Fault, check: str | None) -> Finding:
    file, _, place = fault.where.partition(": ")
    folder, _, name = file.rpartition("/")
    stem = name.split(".")[0]
    return Finding(
        check=check or _check_of(file, place, fault.message),
        severity="error",
        item=stem if folder and name.endswith(".toml") else WHOLE_BANK,
        file=file,
        place=place,
        message=fault.message,
        remedy="Mend the file; nothing else can be looked at before.",
    )


def _check_of(file: str, place: str, message: str) -> str:
    if file.startswith("forms/") and _ENEMIES_OR_INSTRUCTIONS.search(message):
        return "A18"
    if place.startswith(("[media]", "[[media]]")):
        return "A16"
    if place.startswith(("[review", "[[review")):
        return "A12"
    if place.startswith("[text]"):
        return "A17"
    return "A1"

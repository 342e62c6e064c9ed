"""The words of the applicant's report, read from the question bank as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from assessment.bank import BankErrors, FeedbackWords
from assessment.bank.files import Shelf

FOLDER = "feedback"


def feedback_words(questions: Path) -> Mapping[str, FeedbackWords]:
    """The words by locale, from `feedback/` under `questions`. Raises `BankErrors` if they cannot be read."""
    files = sorted((questions / FOLDER).glob("*.toml"))
    return _read(questions, tuple((path.name, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=8)
def _read(questions: Path, files: tuple[tuple[str, int], ...]) -> Mapping[str, FeedbackWords]:
    shelf = Shelf(questions)
    entries = [shelf.read(questions / FOLDER / name, FeedbackWords) for name, _ in files]
    if shelf.faults:
        raise BankErrors(shelf.faults)
    return {entry.content.head.locale: entry.content for entry in entries if entry is not None}

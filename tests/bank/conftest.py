"""The exemplars of the items standard as a small bank, to be read as it is or broken in a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from assessment.bank import Bank, BankErrors, Item, read_bank
from assessment.bank.review import Finding
from assessment.bank.review.texts import ItemText, source_texts

EXEMPLARS = Path(__file__).parent / "questions"
Edit = Callable[[str, str, str], None]
Refusals = Callable[[], list[str]]
Write = Callable[..., ItemText]
ALIKE = (
    "Say when the next van leaves for town.",
    "Ask which of the two doors can be opened.",
    "Give the number of the yard at the port.",
    "Send the list of all the parts you have.",
)


@pytest.fixture(scope="session")
def bank() -> Bank:
    return read_bank(EXEMPLARS)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """A copy of the exemplars that a test may break."""
    return Path(shutil.copytree(EXEMPLARS, tmp_path / "questions"))


@pytest.fixture
def edit(questions: Path) -> Edit:
    """Replace one string in one file of the copy; the string has to be there."""

    def replace(name: str, old: str, new: str) -> None:
        path = questions / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


@pytest.fixture
def refusals(questions: Path) -> Refusals:
    """Read the copy, which has to be refused, and give every fault as one line."""

    def read() -> list[str]:
        with pytest.raises(BankErrors) as caught:
            read_bank(questions)
        assert all(str(fault) in str(caught.value) for fault in caught.value.faults)
        return [str(fault) for fault in caught.value.faults]

    return read


@pytest.fixture
def write(bank: Bank) -> Write:
    """A single scenario in draft that no check complains of, but for what is given otherwise."""

    def written(
        options: Sequence[str] = ALIKE, *, moves: str = "inform", head: Any = None, review: Any = None, **scenario: Any
    ) -> ItemText:
        document = {
            "item": {
                "schema": 1,
                "id": "a-parcel",
                "version": 1,
                "status": "draft",
                "format": "rate",
                "instruction": "should_do",
                "facet": "listening",
                "channel": "phone",
                "trouble": "delay",
                "families": ["customer_support"],
            }
            | (head or {}),
            "scenario": {
                "setting": " ".join(["You sort what comes in for a shop."] * 10),
                "transcript": [{"who": "customer", "text": "My parcel is late."}],
                "limits": ["You may not open it."],
            }
            | scenario,
            "task": {
                "ask": "Rate each of these.",
                "scale": "effectiveness5",
                "option": [{"id": "abcdef"[n], "text": text, "moves": [moves]} for n, text in enumerate(options)],
            },
            "review": {
                "author": "A",
                "source": {"kind": "author", "summary": "Two goods."},
                "neurodivergence": "Nothing to guess.",
                "culture": "Parcels are common.",
            }
            | (review or {}),
        }
        return source_texts(bank, Item.model_validate(document))

    return written


def brief(findings: Iterable[Finding]) -> list[str]:
    """Findings as `A5 error [task] option`, for comparison."""
    return [f"{finding.check} {finding.severity} {finding.place}" for finding in findings]


@pytest.fixture(name="brief")
def _brief() -> Callable[[Iterable[Finding]], list[str]]:
    return brief

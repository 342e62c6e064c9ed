"""The exemplars of the items standard as a small bank, to be read as it is or broken in a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assessment.bank import Bank, BankErrors, read_bank

EXEMPLARS = Path(__file__).parent / "questions"
Edit = Callable[[str, str, str], None]
Refusals = Callable[[], list[str]]


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

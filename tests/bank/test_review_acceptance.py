"""Warnings that stand for a reason, and reasons that have nothing left to stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.bank import BankErrors
from assessment.bank.review import CHECKS_OF_THE_BANK, Finding, read_acceptances, settle

WARNING = Finding("A6", "warning", "a-parcel", "items/x/a-parcel.toml", "[[task.option]] a.text", "“just” …", "Take it out.")
ERROR = Finding("A6", "error", "a-parcel", "items/x/a-parcel.toml", "[[task.option]] b.text", "…", "Mend it.")


@pytest.fixture
def accept(tmp_path: Path):
    def settled(entries: str, *findings: Finding, checks: frozenset[str] = CHECKS_OF_THE_BANK):
        (tmp_path / "review.toml").write_text(entries)
        remaining, accepted = settle(findings, read_acceptances(tmp_path), checks)
        return [finding.message for finding in remaining], [entry.reason for entry in accepted]

    return settled


def entry(**fields: str) -> str:
    return "[[accepted]]\n" + "\n".join(f'{name} = "{value}"' for name, value in fields.items()) + "\n"


def test_without_a_file_nothing_is_accepted(tmp_path: Path) -> None:
    assert read_acceptances(tmp_path) == ()


def test_a_warning_is_accepted_with_its_reason(accept) -> None:
    assert accept(entry(check="A6", item="a-parcel", reason="He says so."), WARNING) == ([], ["He says so."])


def test_a_place_narrows_what_is_accepted(accept) -> None:
    other = Finding("A6", "warning", "a-parcel", WARNING.file, "[[task.option]] c.text", "other", "")
    accepted = entry(check="A6", item="a-parcel", place=WARNING.place, reason="He says so.")
    assert accept(accepted, WARNING, other) == (["other"], ["He says so."])


def test_an_error_is_never_accepted(accept) -> None:
    remaining, accepted = accept(entry(check="A6", item="a-parcel", reason="No time."), ERROR)
    assert accepted == []
    assert remaining == ["…", "accepts a warning of A6 that is not there"]


@pytest.mark.parametrize(("check", "item"), [("A7", "a-parcel"), ("A6", "another")])
def test_an_acceptance_without_a_finding_is_a_warning(check: str, item: str, accept) -> None:
    remaining, accepted = accept(entry(check=check, item=item, reason="Once true."), WARNING)
    assert accepted == []
    assert remaining == [WARNING.message, f"accepts a warning of {check} that is not there"]


def test_an_acceptance_of_a_check_that_was_not_made_is_no_matter(accept) -> None:
    assert accept(entry(check="A14", item="provisional", reason="Few items."), WARNING) == ([WARNING.message], [])
    assert accept(entry(check="A14", item="provisional", reason="Few items."), checks=frozenset({"A14"})) == (
        ["accepts a warning of A14 that is not there"],
        [],
    )


@pytest.mark.parametrize(
    "entries",
    [
        entry(check="A19", item="a-parcel", reason="x"),
        entry(check="A6", item="a-parcel"),
        entry(check="A6", item="a-parcel", reason=" "),
        entry(check="A6", item="a-parcel", reason="x", until="later"),
        "accepted = 3",
    ],
)
def test_an_acceptance_names_check_item_and_reason(entries: str, accept) -> None:
    with pytest.raises(BankErrors, match=r"review\.toml"):
        accept(entries)

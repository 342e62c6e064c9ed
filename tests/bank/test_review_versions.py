"""A2: what is recorded of an item cannot change under its version."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.bank import BankErrors, read_bank
from assessment.bank.review import record
from assessment.bank.review.register import ChangedUnderVersion, read_register, register_findings

JOKE = "items/composure/joke-about-the-part.toml"
FEE = "items/discretion/exit-fee-shared-home.toml"
READERS = '[{ role = "agent", on = 2026-11-20, verdict = "keep" }, { role = "supervisor", on = 2026-11-20, verdict = "keep" }]'


@pytest.fixture
def recorded(questions: Path) -> Path:
    record(read_bank(questions), questions)
    return questions


def found(root: Path) -> list[tuple[str, str, str, str]]:
    findings = register_findings(read_bank(root), read_register(root))
    return [(finding.check, finding.severity, finding.item, finding.place) for finding in findings]


def test_nothing_is_recorded_until_it_is(questions: Path, edit) -> None:
    assert read_register(questions) == {}
    edit(JOKE, "Laugh with", "Smile with")
    assert found(questions) == []


def test_recording_writes_every_item_and_then_nothing(questions: Path) -> None:
    bank = read_bank(questions)
    assert record(bank, questions) == list(bank.items)
    register = (questions / "versions.toml").read_bytes()
    assert record(bank, questions) == []
    assert (questions / "versions.toml").read_bytes() == register
    assert found(questions) == []


def test_what_is_recorded_is_read_again_as_it_was(recorded: Path) -> None:
    entry = read_register(recorded)["steps-in-a-notebook"]
    assert entry.option["feels.d"] == "Unsure of himself, because he thinks that the error is his"
    assert read_register(recorded)["joke-about-the-part"].option["a"].startswith("Laugh with the others")


def test_a_text_that_changes_under_its_version_is_an_error(recorded: Path, edit) -> None:
    edit(JOKE, "Two people serve", "Three people serve")
    assert found(recorded) == [("A2", "error", "joke-about-the-part", "[item] version")]
    edit(JOKE, "version = 1", "version = 2")
    assert found(recorded) == []


def test_status_and_review_may_change_under_one_version(recorded: Path, edit) -> None:
    edit(JOKE, 'status = "draft"', 'status = "in_review"')
    edit(JOKE, "A grievance that arrives", "A complaint that arrives")
    assert found(recorded) == []


def test_a_version_never_goes_back(recorded: Path, edit) -> None:
    edit(JOKE, "version = 1", "version = 3")
    record(read_bank(recorded), recorded)
    edit(JOKE, "version = 3", "version = 2")
    assert found(recorded) == [("A2", "error", "joke-about-the-part", "[item] version")]


def test_an_option_may_be_reworded_in_a_new_version(recorded: Path, edit) -> None:
    edit(FEE, "version = 1", "version = 2")
    edit(FEE, "Tick the box as the other agent did, because", "Tick the box, like the other agent, because")
    assert found(recorded) == []


def test_an_id_does_not_come_to_stand_for_another_option(recorded: Path, edit) -> None:
    edit(FEE, "version = 1", "version = 2")
    edit(
        FEE,
        "Tick the box as the other agent did, because a second line in the same home would be of no use to him at all.",
        "Call his brother.",
    )
    assert found(recorded) == [("A2", "error", "exit-fee-shared-home", "[[task.option]] d.text")]


def test_options_do_not_change_places(recorded: Path, edit) -> None:
    edit(FEE, "version = 1", "version = 2")
    edit(FEE, 'id = "a"', 'id = "x"')
    edit(FEE, 'id = "c"', 'id = "a"')
    edit(FEE, 'id = "x"', 'id = "c"')
    assert sorted(place for _, _, _, place in found(recorded)) == ["[[task.option]] a.text", "[[task.option]] c.text"]


def test_an_approved_item_that_is_edited_needs_two_more_readers(questions: Path, edit) -> None:
    edit(JOKE, '"draft"', '"approved"')
    edit(JOKE, "review = {", f"review = {{ readers = {READERS},")
    record(read_bank(questions), questions)
    edit(JOKE, "version = 1", "version = 2")
    edit(JOKE, "Two people serve", "Three people serve")
    assert found(questions) == [("A2", "error", "joke-about-the-part", "[item] status")]
    edit(JOKE, READERS, READERS[:-1] + ", " + READERS[1:])
    assert found(questions) == []


def test_an_approved_item_may_go_back_to_review(questions: Path, edit) -> None:
    edit(JOKE, '"draft"', '"approved"')
    edit(JOKE, "review = {", f"review = {{ readers = {READERS},")
    record(read_bank(questions), questions)
    edit(JOKE, "version = 1", "version = 2")
    edit(JOKE, "Two people serve", "Three people serve")
    edit(JOKE, '"approved"', '"in_review"')
    assert found(questions) == []


def test_nothing_is_recorded_over_a_silent_change(recorded: Path, edit) -> None:
    register = (recorded / "versions.toml").read_bytes()
    edit(JOKE, "Two people serve", "Three people serve")
    with pytest.raises(ChangedUnderVersion, match="Nothing was recorded"):
        record(read_bank(recorded), recorded)
    assert (recorded / "versions.toml").read_bytes() == register


def test_what_was_recorded_of_an_item_that_is_gone_is_kept(recorded: Path) -> None:
    (recorded / "items/attitudes/ipip-v6.toml").unlink()
    edited = recorded / JOKE
    edited.write_text(edited.read_text().replace("version = 1", "version = 2"))
    assert record(read_bank(recorded), recorded) == ["joke-about-the-part"]
    assert "ipip-v6" in read_register(recorded)


def test_a_register_that_cannot_be_read_is_refused(recorded: Path) -> None:
    (recorded / "versions.toml").write_text("[item.x]\nversion = 0")
    with pytest.raises(BankErrors, match=r"versions\.toml"):
        read_register(recorded)

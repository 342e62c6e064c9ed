"""Own items: nothing typed is lost, nothing approved changes, and nobody else's organisation sees any of it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from assessment.bank.draft_fields import fields_of
from assessment.bank.toml_writing import to_toml
from assessment.errors import BadInput, NotFound, Refusal
from assessment.records.database import Database
from assessment.records.own_item import AcceptedWarning, ItemReading
from assessment.services.audit import recent_events, verify_chain
from assessment.services.items.item_checks import accept_warning, bank_with_own, check_version
from assessment.services.items.item_readings import Judgement, NotYourReading, counted_roles, judge_item
from assessment.services.items.item_review import NotReady, approve_item, file_of, retire_item, send_back, take_back
from assessment.services.items.own_items import (
    NotADraft,
    SavedElsewhere,
    begin_next_version,
    document_of,
    list_own_items,
    save_draft,
    take_in_item,
    write_item,
)
from tests.services.own_item_stage import QUESTIONS, SHIPPED, Desk, set_desk
from tests.services.stage import at_once


@pytest.fixture
def desk(database: Database, now: datetime) -> Desk:
    return set_desk(database, now)


def test_every_shipped_item_goes_in_as_a_file_and_comes_out_the_same(desk: Desk) -> None:
    with desk.database.write() as session:
        for item in SHIPPED.items.values():
            document = document_of(item)
            document["item"] |= {"id": f"own-{item.id}"[:40].rstrip("-")}
            for medium in document.get("media", []):
                medium["at"] = document["item"]["id"] if medium["at"] == item.id else medium["at"]
            data = to_toml(document).encode()
            version = take_in_item(session, bank=SHIPPED, data=data, actor=desk.author, now=desk.now)
            session.refresh(version)
            assert to_toml(file_of(session, version)) == data.decode()


@pytest.mark.parametrize("code", ["", "Two Words", "exit-fee-shared-home", "a_b", "x" * 41, "a-fee-to-leave"])
def test_a_code_is_given_once_and_is_never_a_shipped_one(desk: Desk, code: str) -> None:
    desk.copy()
    with pytest.raises(BadInput) as refusal, desk.database.write() as session:
        write_item(session, bank=SHIPPED, code=code, format="rate", actor=desk.author, now=desk.now)
    assert [fault.where for fault in refusal.value.faults] == ["code"]


def test_two_people_who_begin_one_code_at_once_are_told_apart(desk: Desk) -> None:
    def begin(_: int) -> str:
        with desk.database.write() as session:
            return write_item(session, bank=SHIPPED, code="a-race", format="rate", actor=desk.author, now=desk.now).item.code

    results = at_once(4, begin)
    assert sum(result == "a-race" for result in results) == 1
    assert all(result == "a-race" or isinstance(result, BadInput) for result in results)


def test_two_tabs_do_not_overwrite_each_other(desk: Desk) -> None:
    draft = desk.copy()
    desk.change(draft, "Zenon", "Yusuf")
    with pytest.raises(SavedElsewhere):
        desk.change(draft, "Zenon", "Wim")
    assert "Yusuf" in desk.find().content["scenario"]["setting"]


def test_of_many_saves_at_once_one_is_kept_and_the_others_are_told(desk: Desk) -> None:
    draft = desk.copy()
    results = at_once(4, lambda i: desk.change(draft, "Zenon", f"Zenon{'abcd'[i]}"))
    assert sum(isinstance(result, SavedElsewhere) for result in results) == 3
    assert desk.find().sequence == draft.sequence + 1


def test_a_draft_is_kept_with_its_errors_and_does_not_go_to_review_with_them(desk: Desk) -> None:
    with desk.database.write() as session:
        draft = write_item(session, bank=SHIPPED, code="half-done", format="storyline", actor=desk.author, now=desk.now)
        fields = [*fields_of(draft.content), ("scenario.setting", "You answer the phone.")]
        save_draft(session, version_id=draft.id, sequence=1, fields=fields, actor=desk.author, now=desk.now)
    with pytest.raises(NotReady, match=r"\d+ errors"):
        desk.send(draft)
    assert desk.find("half-done").content["scenario"]["setting"] == "You answer the phone."
    assert desk.find("half-done").status == "draft"


CHANGES = [
    "UPDATE own_item_version SET content = '{}'",
    "UPDATE own_item_version SET translations = '{\"es\": {}}'",
    "UPDATE own_item_version SET number = 7",
    "UPDATE own_item_version SET status = 'draft'",
    "DELETE FROM own_item_version",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_an_approved_version(desk: Desk, change: str) -> None:
    desk.approved()
    with pytest.raises(DBAPIError, match="append-only"), desk.database.write() as session:
        session.execute(text("DELETE FROM accepted_warning"))
        session.execute(text(change))


def test_the_database_refuses_to_change_a_version_that_a_form_holds(desk: Desk) -> None:
    desk.copy()
    with desk.database.write() as session:
        session.execute(text("UPDATE own_item_version SET pinned_at = saved_at"))
    for change in ("content = '{}'", "pinned_at = NULL"):
        with pytest.raises(DBAPIError, match="append-only"), desk.database.write() as session:
            session.execute(text(f"UPDATE own_item_version SET {change}"))
    with pytest.raises(NotADraft):
        desk.change(desk.find(), "Zenon", "Wim")


@pytest.mark.parametrize("change", ["UPDATE item_reading SET verdict = 'drop'", "DELETE FROM item_reading"])
def test_the_database_refuses_to_change_a_reading(desk: Desk, change: str) -> None:
    desk.approved()
    with pytest.raises(DBAPIError, match="append-only"), desk.database.write() as session:
        session.execute(text(change))


def test_a_change_of_an_approved_item_begins_its_next_version(desk: Desk) -> None:
    approved = desk.approved()
    with pytest.raises(NotADraft):
        desk.change(approved, "Zenon", "Wim")
    with desk.database.write() as session:
        following = begin_next_version(session, version_id=approved.id, actor=desk.colleague, now=desk.now)
        again = begin_next_version(session, version_id=approved.id, actor=desk.colleague, now=desk.now)
    assert (following.number, following.content["item"]["version"], following.status) == (2, 2, "draft")
    assert again.id == following.id
    desk.change(following, "Zenon", "Wim", actor=desk.colleague)
    assert "Zenon" in desk.find(number=1).content["scenario"]["setting"]
    assert "Wim" in desk.find().content["scenario"]["setting"]
    with desk.database.read() as session:
        used = bank_with_own(session, SHIPPED, desk.organisation_id).items["a-fee-to-leave"]
    assert used.version == 1, "the approved version is the one in use"


def test_an_option_that_comes_to_mean_another_thing_is_an_error(desk: Desk) -> None:
    approved = desk.approved()
    with desk.database.write() as session:
        following = begin_next_version(session, version_id=approved.id, actor=desk.author, now=desk.now)
        other = "Read the contract to him once more from the first line on, so that nothing in it can be a surprise to him."
        fields = [(name, other if name == "task.option.0.text" else words) for name, words in fields_of(following.content)]
        known = {"sequence": following.sequence, "fields": fields, "actor": desk.author, "now": desk.now}
        changed = save_draft(session, version_id=following.id, **known)
        checks = {finding.check for finding in check_version(session, changed, bank=SHIPPED, root=QUESTIONS).errors}
    assert checks == {"A2"}


def test_names_are_looked_for_in_own_items_too(desk: Desk) -> None:
    desk.copy()
    with desk.database.write() as session:
        data = to_toml(desk.find().content | {"item": {**desk.find().content["item"], "id": "another-fee"}}).encode()
        other = take_in_item(session, bank=SHIPPED, data=data, actor=desk.author, now=desk.now)
        found = check_version(session, other, bank=SHIPPED, root=QUESTIONS).warnings
    assert "the name Zenon is also used in a-fee-to-leave" in [finding.message for finding in found]


def test_an_item_is_approved_after_two_readers_in_different_roles_who_did_not_write_it(desk: Desk) -> None:
    version = desk.send(desk.copy())
    with pytest.raises(NotReady, match="2 different roles"):
        desk.approve(version)
    with pytest.raises(NotYourReading, match="You have written"):
        desk.read(version, desk.author, "agent")
    desk.read(version, desk.colleague, "desk")
    desk.read(version, desk.approver, "supervisor")
    with desk.database.read() as session:
        assert counted_roles(session, version) == {"supervisor"}, "a desk reading counts for none"
    with pytest.raises(NotReady, match="so far: supervisor"):
        desk.approve(version)
    other = Desk(desk.database, desk.now, desk.author, desk.colleague, desk.approver)
    third = type(desk.author)(desk.organisation_id, "acme-third", "Third", "analyst")
    other.read(version, third, "agent")
    assert desk.approve(version).status == "approved"
    with pytest.raises(Refusal, match="You have written"), desk.database.write() as session:
        take_back_again = desk.send(desk.copy("another-fee", "Wim"))
        approve_item(session, version_id=take_back_again.id, bank=SHIPPED, root=QUESTIONS, actor=desk.author, now=desk.now)


def test_a_second_writer_is_no_reader(desk: Desk) -> None:
    draft = desk.copy()
    version = desk.send(desk.change(draft, "Zenon", "Wim", actor=desk.colleague))
    with pytest.raises(NotYourReading):
        desk.read(version, desk.colleague, "agent")


def test_a_reading_of_an_earlier_wording_counts_no_more(desk: Desk) -> None:
    version = desk.send(desk.copy())
    desk.read(version, desk.colleague, "agent")
    with desk.database.write() as session:
        send_back(session, version_id=version.id, note="Say the fee sooner.", actor=desk.colleague, now=desk.now)
    assert desk.find().note == "Say the fee sooner."
    version = desk.send(desk.change(desk.find(), "Zenon", "Wim"))
    with desk.database.read() as session:
        assert counted_roles(session, version) == set()
    desk.read(version, desk.colleague, "agent")
    with desk.database.read() as session:
        assert counted_roles(session, version) == {"agent"}


def test_who_reads_answers_first_and_says_enough(desk: Desk) -> None:
    version = desk.send(desk.copy())
    known = {"version_id": version.id, "units": {"a-fee-to-leave": None}, "actor": desk.colleague, "now": desk.now}
    with pytest.raises(BadInput, match="Answer the item first"), desk.database.write() as session:
        judge_item(session, judgement=Judgement("agent", "keep", "", independent=True), **known)  # type: ignore[arg-type]
    desk.read(version, desk.colleague, "agent")
    with pytest.raises(NotYourReading, match="already"):
        desk.read(version, desk.colleague, "supervisor")
    with desk.database.read() as session:
        reading = session.query(ItemReading).one()
    assert (reading.answers, reading.independent) == ({"exit-fee-shared-home": "a"}, True)


@pytest.mark.parametrize(
    ("judgement", "field"),
    [
        (Judgement("boss", "keep", "", independent=True), "role"),
        (Judgement("agent", "burn", "", independent=True), "verdict"),
        (Judgement("agent", "change", "  ", independent=True), "note"),
        (Judgement("agent", "keep", "x" * 401, independent=True), "note"),
        (Judgement("agent", "keep", "", independent=None), "independent"),
    ],
)
def test_half_a_judgement_is_not_kept(desk: Desk, judgement: Judgement, field: str) -> None:
    version = desk.send(desk.copy())
    with pytest.raises(BadInput), desk.database.write() as session:
        judge_item(session, version_id=version.id, judgement=judgement, units={}, actor=desk.colleague, now=desk.now)
    with desk.database.write() as session:
        session.add(
            ItemReading(
                own_item_version_id=version.id, content_hash=version.content_hash, reader=desk.colleague.subject, begun_at=desk.now
            )
        )
    with pytest.raises(BadInput) as refusal, desk.database.write() as session:
        judge_item(session, version_id=version.id, judgement=judgement, units={}, actor=desk.colleague, now=desk.now)
    assert [fault.where for fault in refusal.value.faults] == [field]


def test_a_warning_needs_a_written_reason_before_approval(desk: Desk) -> None:
    version = desk.send(desk.change(desk.copy(), "Zenon", "Emil"))
    desk.read(version, desk.colleague, "agent")
    desk.read(version, desk.approver, "supervisor")
    with pytest.raises(NotReady, match="a written reason for the open warning"):
        desk.approve(version)
    known = {"version_id": version.id, "check": "A11", "place": "[scenario]", "actor": desk.author, "now": desk.now}
    with pytest.raises(BadInput), desk.database.write() as session:
        accept_warning(session, reason="no", **known)  # type: ignore[arg-type]
    for reason in ("The two are never in one form.", "The two can never be in one form."):
        with desk.database.write() as session:
            accept_warning(session, reason=reason, **known)  # type: ignore[arg-type]
    assert desk.approve(version).approved_by == desk.approver.subject
    with desk.database.read() as session:
        assert [row.reason for row in session.query(AcceptedWarning)] == ["The two can never be in one form."]


def test_an_approved_item_is_a_file_that_the_bank_reads(desk: Desk) -> None:
    version = desk.approved()
    with desk.database.read() as session:
        document = file_of(session, version)
    assert document["item"]["status"] == "approved"
    assert [reader["role"] for reader in document["review"]["readers"]] == ["agent", "supervisor"]


def test_a_retired_item_says_why_and_is_not_offered_any_more(desk: Desk) -> None:
    version = desk.approved()
    with pytest.raises(BadInput), desk.database.write() as session:
        retire_item(session, version_id=version.id, reason=" ", actor=desk.colleague, now=desk.now)
    with desk.database.write() as session:
        retired = retire_item(
            session, version_id=version.id, reason="The rule it rests on is gone.", actor=desk.colleague, now=desk.now
        )
        assert file_of(session, retired)["review"]["drop_reason"] == "The rule it rests on is gone."
        assert "a-fee-to-leave" not in bank_with_own(session, SHIPPED, desk.organisation_id).items
    with pytest.raises(Refusal, match="retired"), desk.database.write() as session:
        begin_next_version(session, version_id=version.id, actor=desk.author, now=desk.now)


def test_steps_out_of_turn_are_refused(desk: Desk) -> None:
    draft = desk.copy()
    with pytest.raises(Refusal, match="a draft"):
        desk.approve(draft)
    version = desk.send(draft)
    with pytest.raises(Refusal, match="in review"):
        desk.send(version)
    with pytest.raises(NotADraft, match="in review"):
        desk.change(version, "Zenon", "Wim")
    with pytest.raises(Refusal, match="Only who has written"), desk.database.write() as session:
        take_back(session, version_id=version.id, actor=desk.colleague, now=desk.now)
    with pytest.raises(Refusal, match="Somebody else decides"), desk.database.write() as session:
        send_back(session, version_id=version.id, note="Not yet.", actor=desk.author, now=desk.now)
    with desk.database.write() as session:
        assert take_back(session, version_id=version.id, actor=desk.author, now=desk.now).status == "draft"


def test_no_character_that_can_be_typed_stops_a_save(desk: Desk) -> None:
    odd = "a\x00b\x1b\u202e\ud83d\ude42".encode("utf-16", "surrogatepass").decode("utf-16") + "\r\n<script>"
    draft = desk.change(desk.copy(), "Zenon", f"Zenon {odd}")
    assert "\x00" not in draft.content["scenario"]["setting"]
    with pytest.raises(NotReady):
        desk.send(draft)
    with desk.database.write() as session:
        known = {"version_id": draft.id, "actor": desk.author, "now": desk.now}
        accept_warning(session, check="A\x0011", place=odd, reason=f"Because {odd}", **known)  # type: ignore[arg-type]
        retire_item(session, reason=odd, **known)  # type: ignore[arg-type]
        assert session.get(type(draft), draft.id).note == odd.replace("\x00", "").replace("\r\n", "\n")  # type: ignore[union-attr]


def test_another_organisation_sees_none_of_it(desk: Desk, now: datetime) -> None:
    mine = desk.copy()
    other = set_desk(desk.database, now, "elsewhere")
    with pytest.raises(NotFound):
        other.find()
    for act in (other.send, other.approve):
        with pytest.raises(NotFound):
            act(mine)
    with pytest.raises(NotFound):
        other.change(mine, "Zenon", "Wim")
    with other.database.read() as session:
        assert list_own_items(session, other.organisation_id) == []
        assert "a-fee-to-leave" not in bank_with_own(session, SHIPPED, other.organisation_id).items
    assert other.copy().item.code == "a-fee-to-leave", "codes are an organisation's own"


def test_everything_that_was_done_is_in_the_audit_log_without_the_words(desk: Desk) -> None:
    version = desk.approved()
    with desk.database.read() as session:
        events = recent_events(session, desk.organisation_id, subject=f"own item {version.own_item_id}")
        assert verify_chain(session).holds
    done = [event.action for event in reversed(events)]
    assert done == [
        "item begun",
        "translation dropped",
        "item saved",
        "item sent to review",
        "item read",
        "item read",
        "item approved",
    ]
    assert "Clear enough" not in str([event.detail for event in events])

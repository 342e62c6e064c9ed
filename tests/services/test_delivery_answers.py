"""The answer path, on both databases: nothing acknowledged is lost, nothing is doubled, nothing is overwritten unseen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from assessment.errors import BadInput, NotFound
from assessment.records.database import Database
from assessment.records.sitting import AnswerReceipt, Response, Sitting
from assessment.services.delivery import (
    AnswerDesk,
    KeyInFlight,
    KeyReused,
    PageClosed,
    PageNotReached,
    Receipt,
    SittingAlreadySubmitted,
    SittingOverdue,
    SittingWithdrawn,
    StalePage,
    move_to,
    sitting_page,
    submit_sitting,
    withdraw_consent,
)
from assessment.services.inviting import open_vacancy
from assessment.services.sitting.answering import GRACE
from tests.services.stage import Stage, at_once, begun, set_stage

PAGES = 9  # four single situations, three steps, two pages of statements


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    return set_stage(database, now, shuffle_items=False)


@pytest.fixture
def desk(database: Database) -> Iterator[AnswerDesk]:
    desk = AnswerDesk(database)
    yield desk
    desk.close()


def rows(database: Database, sitting_id: int) -> dict[str, tuple[Any, str, int | None]]:
    with database.read() as session:
        found = session.scalars(select(Response).where(Response.sitting_id == sitting_id))
        return {r.unit: (json.loads(r.value) if r.value else None, r.state, r.milliseconds) for r in found}


def test_an_answer_is_stored_as_it_was_given(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now, reached=PAGES)
    given = {
        "one-pick": "b",
        "two-pair": {"best": "a", "worst": "e"},
        "three-rate": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5},
        "four-rank": ["d", "a", "b", "c"],
        "story.do": {"best": "c", "worst": "d"},
        "s-1": 4,
    }
    for number, (unit, value) in enumerate(given.items(), start=1):
        receipt = desk.record_response(sitting, unit, value, 1500, 0, f"key-number-{number}", now)
        assert receipt == Receipt(unit, number, now, True)
    assert rows(stage.database, sitting) == {unit: (value, "answered", 1500) for unit, value in given.items()}
    with stage.database.read() as session:
        assert session.get_one(Sitting, sitting).sequence == len(given)
        assert session.get_one(Response, (sitting, "s-1")).saved_at == now


PARTIAL: list[tuple[str, object]] = [
    ("two-pair", {"best": "a"}),
    ("three-rate", {"a": 1, "b": 5, "c": 3}),
    ("four-rank", ["d", None, "b", None]),
    ("one-pick", None),
]


def test_a_partial_answer_is_kept_but_does_not_count_as_answered(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now, reached=PAGES)
    for number, (unit, value) in enumerate(PARTIAL):
        assert not desk.record_response(sitting, unit, value, None, 0, f"partial-{number}", now).complete
    assert rows(stage.database, sitting) == {unit: (value, "omitted", None) for unit, value in PARTIAL}


IMPOSSIBLE: list[tuple[str, object]] = [
    ("one-pick", "e"),
    ("one-pick", 1),
    ("one-pick", ["a"]),
    ("two-pair", {"best": "a", "worst": "a"}),
    ("two-pair", {"best": "a", "worst": "f"}),
    ("two-pair", {"best": "a", "second": "b"}),
    ("two-pair", "a"),
    ("three-rate", {"a": 6}),
    ("three-rate", {"a": True}),
    ("three-rate", {"f": 1}),
    ("three-rate", {"a": 1.5}),
    ("four-rank", ["a", "a", "b", "c"]),
    ("four-rank", ["a", "b", "c"]),
    ("four-rank", {"a": 1}),
    ("s-1", 0),
    ("s-1", "4"),
    ("s-1", False),
]


def test_a_value_that_cannot_be_given_is_refused(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now, reached=PAGES)
    for unit, value in IMPOSSIBLE:
        with pytest.raises(BadInput, match="not saved"):
            desk.record_response(sitting, unit, value, None, 0, "refused-1", now)
    assert rows(stage.database, sitting) == {}


FORGED: list[tuple[Any, int, str]] = [
    (-1, 0, "good-key-1"),
    (True, 0, "good-key-1"),
    (None, -1, "good-key-1"),
    (None, 2**31, "good-key-1"),
    (None, 7, "good-key-1"),
    (None, 0, "short"),
    (None, 0, "a" * 65),
    (None, 0, "no spaces"),
]


def test_a_request_that_no_page_of_ours_would_send_is_refused(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now)
    for milliseconds, sequence, key in FORGED:
        with pytest.raises(BadInput):
            desk.record_response(sitting, "one-pick", "a", milliseconds, sequence, key, now)
    assert rows(stage.database, sitting) == {}


def test_the_same_answer_sent_fifty_times_in_a_row_is_one_row_with_one_reply(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now)
    first = desk.record_response(sitting, "one-pick", "a", 900, 0, "same-key-1", now)
    for i in range(49):
        assert desk.record_response(sitting, "one-pick", "a", 900, 0, "same-key-1", now + timedelta(seconds=i)) == first
    assert rows(stage.database, sitting) == {"one-pick": ("a", "answered", 900)}


def test_the_same_answer_sent_fifty_times_at_once_is_one_row_with_one_reply(stage: Stage, now: datetime) -> None:
    _, sitting = begun(stage, now)
    desks = [AnswerDesk(stage.database) for _ in range(5)]  # as many processes, which do not see each other's requests
    try:

        def send(i: int) -> Receipt:
            return desks[i % 5].record_response(sitting, "one-pick", "a", 900, 0, "same-key-1", now)

        results = at_once(50, send)
        final = send(0)
    finally:
        for desk in desks:
            desk.close()
    assert {type(r) for r in results} <= {Receipt, KeyInFlight}
    assert {r for r in results if isinstance(r, Receipt)} == {final} == {Receipt("one-pick", 1, now, True)}
    assert rows(stage.database, sitting) == {"one-pick": ("a", "answered", 900)}
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AnswerReceipt)) == 1
        assert session.get_one(Sitting, sitting).sequence == 1


def test_one_key_with_another_answer_is_refused(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now, reached=2)
    desk.record_response(sitting, "one-pick", "a", None, 0, "same-key-1", now)
    for unit, value, sequence in (("one-pick", "b", 1), ("one-pick", "a", 1), ("two-pair", {"best": "a"}, 0)):
        with pytest.raises(KeyReused):
            desk.record_response(sitting, unit, value, None, sequence, "same-key-1", now)
    assert rows(stage.database, sitting) == {"one-pick": ("a", "answered", None)}


def test_an_old_answer_sent_again_does_not_undo_a_newer_one(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now)
    first = desk.record_response(sitting, "one-pick", "a", None, 0, "first-key", now)
    desk.record_response(sitting, "one-pick", "b", None, first.sequence, "second-key", now)
    assert desk.record_response(sitting, "one-pick", "a", None, 0, "first-key", now) == first
    assert rows(stage.database, sitting)["one-pick"][0] == "b"


def test_time_spent_adds_up_over_changes_of_one_answer(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now)
    for number, (value, spent) in enumerate([("a", 4000), ("b", None), ("a", 500), ("b", 10**12)]):
        desk.record_response(sitting, "one-pick", value, spent, number, f"number-{number}", now)
    assert rows(stage.database, sitting)["one-pick"][2] == 4500 + 3_600_000


def test_a_stale_page_cannot_overwrite_and_is_told_what_stands(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now, reached=2)
    newer = desk.record_response(sitting, "one-pick", "a", None, 0, "tab-one-1", now)
    with pytest.raises(StalePage) as refused:
        desk.record_response(sitting, "one-pick", "b", None, 0, "tab-two-1", now)
    assert (refused.value.saved, refused.value.sequence) == ("a", newer.sequence)
    assert rows(stage.database, sitting)["one-pick"][0] == "a"
    other = desk.record_response(sitting, "two-pair", {"best": "a", "worst": "b"}, None, 0, "tab-two-2", now)
    assert other.complete, "another answer on a page of the same age is no conflict"
    assert desk.record_response(sitting, "one-pick", "b", None, newer.sequence, "tab-two-3", now).complete


def test_a_stale_page_that_says_the_same_is_no_conflict(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now)
    first = desk.record_response(sitting, "one-pick", "a", None, 0, "tab-one-1", now)
    assert desk.record_response(sitting, "one-pick", "a", None, 0, "tab-two-1", now + timedelta(seconds=9)) == first


def test_of_many_tabs_that_change_one_answer_at_once_exactly_one_wins(stage: Stage, now: datetime) -> None:
    _, sitting = begun(stage, now)
    desks = [AnswerDesk(stage.database) for _ in range(4)]
    try:
        results = at_once(
            32, lambda i: desks[i % 4].record_response(sitting, "one-pick", "abcd"[i % 4], None, 0, f"tab-number-{i}", now)
        )
    finally:
        for desk in desks:
            desk.close()
    value = rows(stage.database, sitting)["one-pick"][0]
    assert {type(r) for r in results} == {Receipt, StalePage}
    assert {r for r in results if isinstance(r, Receipt)} == {Receipt("one-pick", 1, now, True)}
    assert all(r.saved == value for r in results if isinstance(r, StalePage))
    with stage.database.read() as session:
        kept = session.scalars(select(AnswerReceipt.sequence)).all()
    assert kept == [1] * sum(isinstance(r, Receipt) for r in results), "who said the same is told so under their key too"


def test_answers_to_different_units_at_once_are_all_kept(stage: Stage, now: datetime) -> None:
    _, sitting = begun(stage, now, reached=PAGES)
    desks = [AnswerDesk(stage.database) for _ in range(2)]
    try:
        results = at_once(28, lambda i: desks[i % 2].record_response(sitting, f"s-{i % 7 + 1}", 3, None, 0, f"key-no-{i}", now))
    finally:
        for desk in desks:
            desk.close()
    assert all(isinstance(r, Receipt) for r in results)
    assert len(rows(stage.database, sitting)) == 7
    with stage.database.read() as session:
        assert session.get_one(Sitting, sitting).sequence == 7
        sequences = session.scalars(select(Response.sequence).where(Response.sitting_id == sitting))
        assert sorted(sequences) == [1, 2, 3, 4, 5, 6, 7]


def test_an_answer_after_the_end_is_refused_by_the_statement_itself(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now, reached=PAGES)
    before = desk.record_response(sitting, "s-1", 2, None, 0, "in-time-1", now)
    with stage.database.write() as session:
        submit_sitting(session, sitting_id=sitting, now=now)
    with pytest.raises(SittingAlreadySubmitted):
        desk.record_response(sitting, "s-2", 2, None, 0, "too-late-1", now)
    with pytest.raises(SittingAlreadySubmitted):
        desk.record_response(sitting, "s-1", 3, None, before.sequence, "too-late-2", now)
    assert desk.record_response(sitting, "s-1", 2, None, 0, "in-time-1", now) == before, "asked again, the reply is the same"
    assert rows(stage.database, sitting)["s-1"][0] == 2
    assert rows(stage.database, sitting)["s-2"] == (None, "omitted", None)


def test_a_submission_that_races_with_answers_never_loses_an_acknowledged_one(stage: Stage, now: datetime) -> None:
    _, sitting = begun(stage, now, reached=PAGES)
    desk = AnswerDesk(stage.database)

    def work(i: int) -> object:
        if i == 5:
            with stage.database.write() as session:
                submit_sitting(session, sitting_id=sitting, now=now)
            return None
        return desk.record_response(sitting, f"s-{i % 7 + 1}", 5, None, 0, f"race-number-{i}", now)

    results = at_once(14, work)
    desk.close()
    acknowledged = {r.unit for r in results if isinstance(r, Receipt)}
    stored = {unit for unit, (value, _, _) in rows(stage.database, sitting).items() if value is not None}
    assert stored == acknowledged
    assert {type(r) for r in results} <= {Receipt, SittingAlreadySubmitted, type(None)}


def test_skipping_ahead_and_answering_for_others_is_refused(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now)
    with pytest.raises(PageNotReached):
        desk.record_response(sitting, "two-pair", {"best": "a", "worst": "b"}, None, 0, "ahead-key-1", now)
    for unit in ("another-item", "story", "practice", "one-pick'; DROP TABLE response; --"):
        with pytest.raises(NotFound):
            desk.record_response(sitting, unit, "a", None, 0, "foreign-key-1", now)
    with pytest.raises(NotFound):
        desk.record_response(10**6, "one-pick", "a", None, 0, "foreign-key-2", now)
    assert rows(stage.database, sitting) == {}


def test_an_item_of_another_form_is_refused(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    from tests.services.stage import form_content, single

    content = form_content()
    content["section"][0]["items"].append(single("five-other", "pick_best", 4))
    _, sitting = begun(stage, now, reached=PAGES)
    with pytest.raises(NotFound):
        desk.record_response(sitting, "five-other", "a", None, 0, "foreign-key-1", now)


def test_a_step_is_closed_once_the_next_one_told_more(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    _, sitting = begun(stage, now, reached=6)
    first = desk.record_response(sitting, "story.feels", "a", None, 0, "step-one-1", now)
    desk.record_response(sitting, "story.wrong", {"a": 2}, None, 0, "step-two-1", now)
    changed = desk.record_response(sitting, "story.feels", "b", None, first.sequence, "step-one-2", now)
    with stage.database.write() as session:
        move_to(session, sitting_id=sitting, place=7, now=now)
    with pytest.raises(PageClosed):
        desk.record_response(sitting, "story.feels", "c", None, changed.sequence, "step-one-3", now)
    with pytest.raises(PageClosed):
        desk.record_response(sitting, "story.wrong", {"a": 3}, None, 2, "step-two-2", now)
    assert desk.record_response(sitting, "story.do", {"best": "a", "worst": "b"}, None, 0, "step-three", now).complete
    assert desk.record_response(sitting, "one-pick", "a", None, 0, "before-it-1", now).complete


def limited(stage: Stage, now: datetime) -> int:
    with stage.database.write() as session:
        form = stage.publish(session, now, minutes_limit=30.0, shuffle_items=False)
        vacancy = open_vacancy(session, code="timed", title="Timed", form_version_id=form.id, actor=stage.actor, now=now)
    return begun(stage, now, reached=PAGES, vacancy_id=vacancy.id)[1]


def test_the_deadline_is_kept_by_the_servers_clock_with_a_grace(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    sitting = limited(stage, now)
    end = now + timedelta(minutes=30)
    assert desk.record_response(sitting, "s-1", 1, None, 0, "before-end", end - timedelta(seconds=1)).complete
    assert desk.record_response(sitting, "s-2", 1, None, 0, "within-grace", end + GRACE).complete
    with pytest.raises(SittingOverdue):
        desk.record_response(sitting, "s-3", 1, None, 0, "after-grace", end + GRACE + timedelta(seconds=1))
    assert set(rows(stage.database, sitting)) == {"s-1", "s-2"}


def test_after_withdrawing_no_answer_is_taken(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    invitation, sitting = begun(stage, now)
    with stage.database.write() as session:
        withdraw_consent(session, invitation_id=invitation, now=now)
    with pytest.raises(SittingWithdrawn):
        desk.record_response(sitting, "one-pick", "a", None, 0, "withdrawn-1", now)


def test_leaving_and_returning_elsewhere_shows_the_same_order_and_answers(stage: Stage, desk: AnswerDesk, now: datetime) -> None:
    invitation, sitting = begun(stage, now, reached=3)
    desk.record_response(sitting, "three-rate", {"a": 2, "c": 5}, None, 0, "phone-key", now)
    with stage.database.read() as session:
        phone = sitting_page(session, invitation_id=invitation, place=3)
        assert session.get_one(Sitting, sitting).place == 3
    elsewhere = Database(stage.database.url.render_as_string(hide_password=False), stage.database.vault)
    with elsewhere.read() as session:
        laptop = sitting_page(session, invitation_id=invitation, place=3)
    elsewhere.dispose()
    assert (laptop.items, laptop.answers, laptop.minutes_left) == (phone.items, phone.answers, phone.minutes_left)
    assert laptop.answers[0].value == {"a": 2, "c": 5}
    assert sorted(laptop.answers[0].planned.options) == ["a", "b", "c", "d", "e"]


def test_a_full_disk_is_told_and_nothing_is_acknowledged(sqlite_database: Database, now: datetime) -> None:
    stage = set_stage(sqlite_database, now, shuffle_items=False)
    _, sitting = begun(stage, now, reached=PAGES)
    desk = AnswerDesk(sqlite_database)
    held = sqlite_database.write_engine.raw_connection()
    pages = held.driver_connection.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[union-attr]
    held.driver_connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[union-attr]
    held.close()
    saved, refused = 0, None
    for i in range(2000):
        try:
            desk.record_response(sitting, "s-1", i % 5 + 1, None, i, f"filling-{i:06d}", now)
            saved += 1
        except Exception as error:
            refused = error
            break
    desk.close()
    assert "full" in str(refused)
    with sqlite_database.read() as session:
        assert session.scalar(select(func.count()).select_from(AnswerReceipt)) == saved

"""Own forms: put together, checked, published with a first key; an own item is answered, and scored as its author said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from assessment.bank import form_items
from assessment.bank.review.formed import modelled_minutes, planned_reliability
from assessment.errors import BadInput, NotFound, Refusal
from assessment.keys import ScoringKey, read_key
from assessment.records.database import Database
from assessment.records.form import FormVersion
from assessment.records.score import Score
from assessment.services.delivery import (
    begin_questionnaire,
    give_consent,
    move_to,
    open_invitation,
    sitting_page,
    start_sitting,
    submit_sitting,
)
from assessment.services.inviting import Invitee, invite_applicants, open_vacancy
from assessment.services.items.item_checks import versions_in_use
from assessment.services.items.own_forms import (
    FormSavedElsewhere,
    change_form,
    copy_form,
    find_own_form,
    list_own_forms,
    look_at_form,
    publish_own_form,
)
from assessment.services.items.own_items import NotADraft, begin_next_version
from assessment.services.items.own_keys import KeyedElsewhere, earlier_entries, item_key, save_item_key
from assessment.services.keyring import key_in_force, scoring_key
from assessment.services.people.actors import Actor
from assessment.services.scoring import score_sitting
from assessment.services.sitting.answering import AnswerDesk
from assessment.services.sitting.paging import plan_form, published_form
from tests.services.own_item_stage import QUESTIONS, SHIPPED, Desk, set_desk
from tests.services.stage import at_once

KEY: ScoringKey = read_key(QUESTIONS / "keys" / "provisional.toml")
SCORES = {"a": "4.4", "b": "2.5", "c": "3.5", "d": "1.4"}


@pytest.fixture
def desk(database: Database, now: datetime) -> Desk:
    return set_desk(database, now)


def typed(code: str = "a-fee-to-leave", **changes: str) -> dict[str, str]:
    fields = {f"{code}:{option}:score": score for option, score in SCORES.items()}
    fields |= {f"{code}:{option}:why": "For what it does in this case." for option in SCORES}
    return fields | {f"{code}:{name.replace('_', ':')}": value for name, value in changes.items()}


def give_scores(desk: Desk, fields: dict[str, str] | None = None, seen: datetime | None = None) -> list[str]:
    with desk.database.write() as session:
        known: dict[str, Any] = {"seen": seen, "facets": tuple(SHIPPED.facets), "actor": desk.author, "now": desk.now}
        fields = typed() if fields is None else fields
        return [fault.message for fault in save_item_key(session, version_id=desk.find().id, typed=fields, **known)]


def copied(desk: Desk, source: str = "short", code: str = "north_desk") -> None:
    with desk.database.write() as session:
        copy_form(session, bank=SHIPPED, source=source, code=code, title="North desk", actor=desk.author, now=desk.now)


def change(desk: Desk, code: str = "north_desk", sequence: int | None = None, **items: list[str]) -> None:
    with desk.database.write() as session:
        form = find_own_form(session, desk.organisation_id, code)
        change_form(
            session,
            bank=SHIPPED,
            code=code,
            sequence=form.sequence if sequence is None else sequence,
            title="North desk",
            intros={},
            items=items,
            actor=desk.author,
            now=desk.now,
        )


SITUATIONS = ["an-hour-each-way", "a-fee-to-leave", "joke-about-the-part", "thirty-five-to-spend"]


def publish(desk: Desk, code: str = "north_desk") -> FormVersion:
    with desk.database.write() as session:
        return publish_own_form(session, bank=SHIPPED, code=code, shipped_key=KEY, actor=desk.author, now=desk.now)


@pytest.mark.parametrize("name", sorted(SHIPPED.forms))
def test_planned_reliability_is_that_of_the_blueprint(name: str) -> None:
    form = SHIPPED.forms[name]
    assert round(planned_reliability(form_items(SHIPPED, form)), 2) == form.head.provisional_reliability


def test_nothing_but_attitudes_has_no_reliability() -> None:
    assert planned_reliability([item for item in SHIPPED.items.values() if item.attitude]) == 0.0


@pytest.mark.parametrize("source", sorted(SHIPPED.forms))
def test_a_copy_holds_the_items_that_the_other_form_gives(desk: Desk, source: str) -> None:
    copied(desk, source)
    with desk.database.read() as session:
        shown = look_at_form(session, bank=SHIPPED, form=find_own_form(session, desk.organisation_id, "north_desk"))
    given = [item.id for item in form_items(SHIPPED, SHIPPED.forms[source])]
    assert [item.code for _, items in shown.sections for item in items] == given
    assert not shown.errors


@pytest.mark.parametrize(("code", "title"), [("short", "A"), ("North", "A"), ("", "A"), ("fine", " "), ("north_desk", "A")])
def test_a_form_has_a_code_of_its_own_and_a_title(desk: Desk, code: str, title: str) -> None:
    copied(desk)
    with pytest.raises(BadInput) as refusal, desk.database.write() as session:
        copy_form(session, bank=SHIPPED, source="short", code=code, title=title, actor=desk.author, now=desk.now)
    assert [fault.where for fault in refusal.value.faults] == (["title"] if code == "fine" else ["code"])


def test_minutes_and_reliability_follow_from_the_items(desk: Desk) -> None:
    desk.copy()
    copied(desk)
    change(desk, situations=[*SITUATIONS, "around-four"])
    with desk.database.read() as session:
        form = find_own_form(session, desk.organisation_id, "north_desk")
        shown = look_at_form(session, bank=SHIPPED, form=form)
    assert form.content["form"]["provisional_reliability"] > 0.39
    assert form.content["form"]["minutes"] > 12
    n = len(SITUATIONS) + 1
    assert [finding.message for finding in shown.findings] == [f"says 4 to applicants; the section has {n} items"]
    confirmed = {item.code: item.confirmed for _, items in shown.sections for item in items}
    assert (confirmed["a-fee-to-leave"], confirmed["around-four"]) == (False, None)
    items = tuple(SHIPPED.items[name] for name in ("around-four", "ipip-x121"))
    assert modelled_minutes(SHIPPED, items) > 1.5


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ([*SITUATIONS, "exit-fee-shared-home"], "enemies"),
        ([], "a section has items or a draw"),
        ([*SITUATIONS, "ipip-v95"], "never mixes instructions"),
        ([*SITUATIONS, "nobody-knows-it"], "is not an item of the bank"),
        ([*SITUATIONS, "practice-late-bus"], "practice"),
        ([*SITUATIONS, "around-four", "around-four"], "twice"),
    ],
)
def test_a_form_with_errors_is_kept_and_not_published(desk: Desk, items: list[str], told: str) -> None:
    desk.copy()
    give_scores(desk)
    copied(desk)
    change(desk, situations=items)
    with desk.database.read() as session:
        shown = look_at_form(session, bank=SHIPPED, form=find_own_form(session, desk.organisation_id, "north_desk"))
    assert told in " ".join(finding.message for finding in shown.errors)
    with pytest.raises(Refusal, match="The form was not published"):
        publish(desk)


def test_two_tabs_do_not_overwrite_each_others_form(desk: Desk) -> None:
    desk.copy()
    copied(desk)
    change(desk, sequence=1, situations=SITUATIONS)
    with pytest.raises(FormSavedElsewhere):
        change(desk, sequence=1, situations=SITUATIONS[:2])


def test_a_form_is_not_published_before_its_own_items_have_scores(desk: Desk) -> None:
    desk.copy()
    copied(desk)
    change(desk, situations=SITUATIONS)
    with pytest.raises(BadInput) as refusal:
        publish(desk)
    assert [str(fault) for fault in refusal.value.faults] == ["a-fee-to-leave: has no scores yet"]
    with desk.database.read() as session:
        assert session.scalar(select(FormVersion.id)) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"a_score": "6"}, "a-fee-to-leave:a:score"),
        ({"b_score": "good"}, "a-fee-to-leave:b:score"),
        ({"c_score": "nan"}, "a-fee-to-leave:c:score"),
        ({"d_why": " "}, "a-fee-to-leave:d:why"),
        (dict.fromkeys(("a_score", "b_score", "c_score", "d_score"), "3"), "a-fee-to-leave:a:score"),
    ],
)
def test_scores_that_no_key_could_hold_are_refused_at_their_field(desk: Desk, changes: dict[str, str], field: str) -> None:
    desk.copy()
    with pytest.raises(BadInput) as refusal:
        give_scores(desk, typed(**changes))
    assert refusal.value.faults[0].where == field


def test_thin_scores_are_kept_with_a_warning_and_not_overwritten_unseen(desk: Desk) -> None:
    desk.copy()
    assert give_scores(desk, typed(b_score="4.2")) == ["the best option is only 0.2 ahead; it should be 0.5"]
    with pytest.raises(KeyedElsewhere):
        give_scores(desk)
    assert give_scores(desk, seen=desk.now) == []


def test_the_scores_of_an_earlier_version_are_a_start_for_the_next(desk: Desk) -> None:
    approved = desk.approved()
    give_scores(desk)
    with desk.database.write() as session:
        following = begin_next_version(session, version_id=approved.id, actor=desk.author, now=desk.now)
        assert item_key(session, following) is None
        entries = earlier_entries(session, following)
    assert entries["a-fee-to-leave"]["option"]["a"]["score"] == 4.4


def test_a_published_form_keeps_its_items_and_their_words(desk: Desk) -> None:
    draft = desk.copy()
    give_scores(desk)
    copied(desk)
    change(desk, situations=SITUATIONS)
    published = publish(desk)
    assert [item["id"] for item in published.content["section"][0]["items"]] == SITUATIONS
    assert desk.find().pinned_at == desk.now
    with pytest.raises(NotADraft):
        desk.change(draft, "Zenon", "Wim")
    for act in (lambda: change(desk, situations=SITUATIONS[:2]), lambda: publish(desk)):
        with pytest.raises(Refusal, match="is published"):
            act()
    copied(desk, "north_desk", "south_desk")
    with desk.database.read() as session:
        shown = look_at_form(session, bank=SHIPPED, form=find_own_form(session, desk.organisation_id, "north_desk"))
        assert [form.code for form in list_own_forms(session, desk.organisation_id)] == ["north_desk", "south_desk"]
        assert [version.item.code for version in versions_in_use(session, desk.organisation_id)] == ["a-fee-to-leave"]
        key = scoring_key(key_in_force(session, desk.organisation_id, "north_desk"))
    assert shown.published is not None
    assert (key.grade, key.head.form) == ("provisional", "north_desk")
    assert "1 of 11 items are the organisation's own" in (key.provenance.note or "")


def test_a_form_holds_the_words_that_its_item_ends_with_when_both_are_saved_at_once(desk: Desk) -> None:
    draft = desk.copy()
    give_scores(desk)
    copied(desk)
    change(desk, situations=SITUATIONS)
    results = at_once(2, lambda i: publish(desk) if i else desk.change(draft, "Zenon", "Wim"))
    assert isinstance(results[1], FormVersion)
    assert not isinstance(results[0], Exception) or isinstance(results[0], NotADraft)
    held = {item["id"]: item["hash"] for item in results[1].content["section"][0]["items"]}
    assert held["a-fee-to-leave"] == desk.find().content_hash


def test_of_two_who_publish_a_form_at_once_one_does(desk: Desk) -> None:
    desk.copy()
    give_scores(desk)
    copied(desk)
    change(desk, situations=SITUATIONS)
    results = at_once(3, lambda _: publish(desk))
    assert sum(isinstance(result, FormVersion) for result in results) == 1
    assert all(isinstance(result, FormVersion | Refusal) for result in results)


def test_another_organisation_sees_no_form_of_it(desk: Desk, now: datetime) -> None:
    copied(desk)
    other = set_desk(desk.database, now, "elsewhere")
    with pytest.raises(NotFound), other.database.write() as session:
        copy_form(session, bank=SHIPPED, source="north_desk", code="mine", title="Mine", actor=other.author, now=now)
    with pytest.raises(NotFound):
        publish(other)


def answer_of(unit: Any) -> Any:
    """A complete answer; the own item's is its author's second best option."""
    options = unit.unit.options
    if unit.code == "a-fee-to-leave":
        return "c"
    return {
        "pick_best": options[0] if options else None,
        "best_worst": {"best": options[0], "worst": options[-1]} if options else None,
        "rate": {option: 1 + place % 5 for place, option in enumerate(options)},
        "rank": list(options),
        "likert": 4,
    }[unit.unit.format]


def test_an_applicant_answers_an_own_item_and_it_is_scored_by_its_key(desk: Desk) -> None:
    desk.approved()
    give_scores(desk)
    copied(desk)
    change(desk, situations=SITUATIONS)
    form_id = publish(desk).id
    now, recruiter = desk.now, Actor(desk.organisation_id, "recruiter", "Rosa", "recruiter")
    with desk.database.write() as session:
        known = {"actor": recruiter, "now": now}
        vacancy = open_vacancy(session, code="north", title="Adviser", form_version_id=form_id, **known)  # type: ignore[arg-type]
        report = invite_applicants(session, vacancy_id=vacancy.id, people=[Invitee("Ana Ruiz", "ana@example.org")], **known)  # type: ignore[arg-type]
        invitation = open_invitation(session, report.invited[0].link_token, now)
        give_consent(session, invitation_id=invitation.id, now=now)
        sitting = start_sitting(session, invitation_id=invitation.id, now=now)
        begin_questionnaire(session, sitting_id=sitting.id, now=now)
        plan = plan_form(published_form(session, form_id), sitting.option_seed)
    answers, seen = AnswerDesk(desk.database), []
    for page in plan.pages:
        with desk.database.write() as session:
            move_to(session, sitting_id=sitting.id, place=page.place, now=now)
            seen += sitting_page(session, invitation_id=invitation.id, place=page.place).items
        for number, unit in enumerate(page.units):
            key = f"answer-{page.place}-{number}"
            answers.record_response(sitting.id, unit.code, answer_of(unit), 2000, 0, key, now)
    answers.close()
    own = next(item for item in seen if item["id"] == "a-fee-to-leave")
    assert "Zenon" in own["scenario"]["setting"], "the applicant gets the organisation's words"
    assert "moves" not in str(own)
    with desk.database.write() as session:
        submit_sitting(session, sitting_id=sitting.id, now=now + timedelta(minutes=12))
        score_sitting(session, sitting_id=sitting.id, now=now + timedelta(minutes=13))
        score = session.scalars(select(Score)).one()
    assert score.items["a-fee-to-leave"]["score"] == pytest.approx((3.5 - 1.4) / (4.4 - 1.4))
    assert score.n_answered == score.n_units

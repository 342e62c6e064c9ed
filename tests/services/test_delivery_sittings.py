"""The life of a sitting, on both databases: one start, one end, one order of pages."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from assessment.errors import BadInput, NotFound
from assessment.records.applicant import Consent
from assessment.records.database import Database
from assessment.records.sitting import Response, ResponseNote, Sitting
from assessment.records.work import WorkOrder
from assessment.services.audit import recent_events, verify_chain
from assessment.services.authoring import publish_form
from assessment.services.delivery import (
    AnswerDesk,
    ConsentMissing,
    InvitationExpired,
    PageNotReached,
    SittingAlreadySubmitted,
    SittingOverdue,
    SittingWithdrawn,
    begin_questionnaire,
    close_overdue_sittings,
    find_standing,
    give_consent,
    move_to,
    notice_for,
    open_invitation,
    practice_page,
    review_sitting,
    sitting_page,
    start_sitting,
    submit_sitting,
    withdraw_consent,
)
from assessment.services.inviting import (
    Invitee,
    VacancyClosed,
    close_vacancy,
    find_vacancy,
    funnel,
    invite_applicants,
    open_vacancy,
)
from assessment.services.sitting.answering import GRACE
from assessment.services.sitting.paging import plan_form, published_form
from tests.services.stage import Stage, at_once, begun, set_stage

PAGES = 9
GOLDEN_PAGES = ["story", "story", "story", "three-rate", "one-pick", "four-rank", "two-pair", "s-1", "s-4"]
GOLDEN_OPTIONS = ["abcd", "caedb", "bacde", "cdba"]


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    return set_stage(database, now)


def agreed(stage: Stage, now: datetime) -> int:
    (token,) = stage.invite(now)
    with stage.database.write() as session:
        invitation = open_invitation(session, token, now)
        give_consent(session, invitation_id=invitation.id, now=now)
        return invitation.id


def states(stage: Stage) -> Counter[str]:
    with stage.database.read() as session:
        return Counter(session.scalars(select(Sitting.state)))


def test_fifty_starts_at_once_give_one_active_sitting(stage: Stage, now: datetime) -> None:
    invitation = agreed(stage, now)

    def start(_: int) -> int:
        with stage.database.write() as session:
            return start_sitting(session, invitation_id=invitation, now=now).id

    assert len(set(at_once(50, start))) == 1
    assert states(stage) == {"active": 1}
    with stage.database.read() as session:
        assert [e.action for e in recent_events(session, stage.actor.organisation_id)].count("sitting started") == 1
        assert verify_chain(session).holds


def test_the_database_itself_refuses_a_second_active_sitting(stage: Stage, now: datetime) -> None:
    _, sitting = begun(stage, now)
    again = text(
        "INSERT INTO sitting (organisation_id, vacancy_id, applicant_id, form_version_id, state, option_seed, sequence, place, "
        "reached) SELECT organisation_id, vacancy_id, applicant_id, form_version_id, 'active', 1, 0, 0, 0 FROM sitting "
        "WHERE id = :id ON CONFLICT (vacancy_id, applicant_id) WHERE state = 'active' DO NOTHING"
    )
    with stage.database.write() as session:
        session.execute(again, {"id": sitting})
    assert states(stage) == {"active": 1}


def test_nothing_starts_without_consent(stage: Stage, now: datetime) -> None:
    (token,) = stage.invite(now)
    with stage.database.write() as session:
        invitation = open_invitation(session, token, now)
        with pytest.raises(ConsentMissing):
            start_sitting(session, invitation_id=invitation.id, now=now)
    assert states(stage) == {}


def test_consent_names_the_exact_words_and_is_refused_when_they_changed(stage: Stage, now: datetime) -> None:
    (token,) = stage.invite(now)
    with stage.database.write() as session:
        invitation = open_invitation(session, token, now)
        with pytest.raises(BadInput, match="has changed"):
            give_consent(session, invitation_id=invitation.id, now=now, notice_hash="sha256:older")
        standing = find_standing(session, invitation_id=invitation.id)
        assert "Acme" in standing.notice.sections[0][1][0]
        given = give_consent(session, invitation_id=invitation.id, now=now, notice_hash=standing.notice.hash)
        again = give_consent(session, invitation_id=invitation.id, now=now + timedelta(hours=1))
        assert (again.id, again.given_at, again.notice_hash) == (given.id, now, standing.notice.hash)
        standing.organisation.name = "Acme Water"
        assert notice_for(standing.organisation).hash != given.notice_hash


@pytest.mark.parametrize("finished", [False, True])
def test_withdrawing_sets_the_sitting_aside_at_any_time(stage: Stage, now: datetime, finished: bool) -> None:
    invitation, sitting = begun(stage, now)
    later = now + timedelta(minutes=9)
    with stage.database.write() as session:
        if finished:
            submit_sitting(session, sitting_id=sitting, now=now)
        for _ in range(2):
            withdraw_consent(session, invitation_id=invitation, now=later)
        assert session.scalars(select(Consent)).one().withdrawn_at == later
        assert start_sitting(session, invitation_id=invitation, now=later).state == "withdrawn"
        with pytest.raises(SittingWithdrawn):
            move_to(session, sitting_id=sitting, place=2, now=later)
        with pytest.raises(SittingWithdrawn):
            submit_sitting(session, sitting_id=sitting, now=later)
        assert [e.action for e in recent_events(session, stage.actor.organisation_id)].count("consent withdrawn") == 1
    assert states(stage) == {"withdrawn": 1}


def test_an_unknown_link_opens_nothing(stage: Stage, now: datetime) -> None:
    with stage.database.write() as session:
        for token in ("x" * 32, "", "é" * 400):
            with pytest.raises(NotFound):
                open_invitation(session, token, now)


def test_an_expired_link_opens_nothing_before_a_start_and_still_leads_back_after_one(stage: Stage, now: datetime) -> None:
    end = now + timedelta(days=3)
    with stage.database.write() as session:
        people = [Invitee(None, f"p{i}@example.org") for i in range(2)]
        report = invite_applicants(session, vacancy_id=stage.vacancy_id, people=people, actor=stage.actor, now=now, expires_at=end)
        started, unstarted = (invited.link_token for invited in report.invited)
        invitation = open_invitation(session, started, now)
        give_consent(session, invitation_id=invitation.id, now=now)
        start_sitting(session, invitation_id=invitation.id, now=now)
        assert open_invitation(session, started, end).id == invitation.id
        assert invitation.opened_at == now
        with pytest.raises(InvitationExpired):
            open_invitation(session, unstarted, end)


def test_a_closed_vacancy_lets_people_finish_and_nobody_start(stage: Stage, now: datetime) -> None:
    first, second = stage.invite(now, 2)
    with stage.database.write() as session:
        invitation = open_invitation(session, first, now)
        late = open_invitation(session, second, now)
        for found in (invitation, late):
            give_consent(session, invitation_id=found.id, now=now)
        sitting = start_sitting(session, invitation_id=invitation.id, now=now)
        close_vacancy(session, vacancy_id=stage.vacancy_id, actor=stage.actor, now=now)
        with pytest.raises(VacancyClosed):
            start_sitting(session, invitation_id=late.id, now=now)
        with pytest.raises(VacancyClosed):
            open_invitation(session, second, now)
        begin_questionnaire(session, sitting_id=sitting.id, now=now)
        assert submit_sitting(session, sitting_id=sitting.id, now=now).state == "submitted"


def test_pages_are_reached_one_by_one_and_the_place_is_kept(stage: Stage, now: datetime) -> None:
    invitation, sitting = begun(stage, now)
    with stage.database.write() as session:
        with pytest.raises(PageNotReached):
            move_to(session, sitting_id=sitting, place=3, now=now)
        with pytest.raises(PageNotReached):
            sitting_page(session, invitation_id=invitation, place=2)
        for place in (2, 3, 1):
            move_to(session, sitting_id=sitting, place=place, now=now)
        row = session.get_one(Sitting, sitting)
        assert (row.place, row.reached) == (1, 3)
        for place in (0, PAGES + 1, -1):
            with pytest.raises(NotFound):
                move_to(session, sitting_id=sitting, place=place, now=now)


def test_leaving_the_practice_twice_does_not_move_the_start_or_the_deadline(stage: Stage, now: datetime) -> None:
    with stage.database.write() as session:
        form = stage.publish(session, now, minutes_limit=30.0)
        vacancy = open_vacancy(session, code="timed", title="Timed", form_version_id=form.id, actor=stage.actor, now=now)
    invitation, sitting = begun(stage, now, vacancy_id=vacancy.id)
    with stage.database.write() as session:
        begin_questionnaire(session, sitting_id=sitting, now=now + timedelta(minutes=20))
        row = session.get_one(Sitting, sitting)
        assert (row.started_at, row.deadline_at) == (now, now + timedelta(minutes=30))
        end = now + timedelta(minutes=30) + GRACE + timedelta(seconds=1)
        with pytest.raises(SittingOverdue):
            move_to(session, sitting_id=sitting, place=2, now=end)
        assert find_standing(session, invitation_id=invitation).minutes_limit == 30.0


def test_a_form_without_a_limit_has_no_deadline(stage: Stage, now: datetime) -> None:
    _, sitting = begun(stage, now)
    with stage.database.write() as session:
        assert session.get_one(Sitting, sitting).deadline_at is None
        assert close_overdue_sittings(session, now + timedelta(days=400)) == 0


def test_finishing_marks_what_was_left_out_and_orders_the_scoring(stage: Stage, now: datetime) -> None:
    _, sitting = begun(stage, now, reached=2)
    desk = AnswerDesk(stage.database)
    with stage.database.read() as session:
        plan = plan_form(published_form(session, stage.form_id), session.get_one(Sitting, sitting).option_seed)
    end = now + timedelta(minutes=11)
    with stage.database.write() as session:
        assert submit_sitting(session, sitting_id=sitting, now=end).finished_at == end
    desk.close()
    with stage.database.read() as session:
        found = {r.unit: r.state for r in session.scalars(select(Response))}
        assert found == {u.code: "omitted" if u.place <= 2 else "not_reached" for u in plan.units.values()}
        assert Counter(found.values()) == {"omitted": 2, "not_reached": 12}
        order = session.scalars(select(WorkOrder)).one()
        assert (order.kind, order.subject_id) == ("score_sitting", sitting)
        assert session.scalars(select(ResponseNote)).all() == []
        vacancy = find_vacancy(session, stage.actor.organisation_id, stage.vacancy_id)
        counted = funnel(session, vacancy)
        assert (counted.invited, counted.started, counted.finished, counted.decided) == (1, 1, 1, 0)


def test_a_sitting_is_finished_once_and_never_restarted(stage: Stage, now: datetime) -> None:
    invitation, sitting = begun(stage, now)

    def finish(_: int) -> int:
        with stage.database.write() as session:
            return submit_sitting(session, sitting_id=sitting, now=now).id

    results = at_once(20, finish)
    assert Counter(type(r) for r in results) == {int: 1, SittingAlreadySubmitted: 19}
    with stage.database.write() as session:
        assert start_sitting(session, invitation_id=invitation, now=now).id == sitting
        assert session.scalar(select(func.count()).select_from(WorkOrder)) == 1
    assert states(stage) == {"submitted": 1}


def test_impossible_speed_is_noted_and_not_refused(stage: Stage, now: datetime) -> None:
    _, sitting = begun(stage, now)
    with stage.database.write() as session:
        assert submit_sitting(session, sitting_id=sitting, now=now + timedelta(seconds=5)).state == "submitted"
        note = session.scalars(select(ResponseNote)).one()
        assert (note.kind, note.detail) == ("finished_early", {"seconds": 5, "planned_minutes": 12.0})


def test_an_overdue_sitting_is_closed_exactly_once_while_a_late_submission_races(stage: Stage, now: datetime) -> None:
    with stage.database.write() as session:
        form = stage.publish(session, now, minutes_limit=30.0)
        vacancy = open_vacancy(session, code="timed", title="Timed", form_version_id=form.id, actor=stage.actor, now=now)
    _, sitting = begun(stage, now, vacancy_id=vacancy.id)
    end = now + timedelta(minutes=30) + GRACE
    with stage.database.write() as session:
        assert close_overdue_sittings(session, end) == 0, "the grace is not over"

    def close(i: int) -> int | str:
        with stage.database.write() as session:
            late = end + timedelta(seconds=1)
            if i % 2:
                return submit_sitting(session, sitting_id=sitting, now=late).state
            return close_overdue_sittings(session, late)

    results = at_once(12, close)
    assert results.count(1) + results.count("overdue") == 1
    assert all(r in (0, 1, "overdue") or isinstance(r, SittingAlreadySubmitted) for r in results)
    assert states(stage) == {"overdue": 1}
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WorkOrder)) == 1
        assert [e.action for e in recent_events(session, stage.actor.organisation_id)].count("sitting overdue") == 1
        assert session.scalar(select(func.count()).select_from(Response)) == 14


def test_a_submission_in_the_grace_counts_as_submitted(stage: Stage, now: datetime) -> None:
    with stage.database.write() as session:
        form = stage.publish(session, now, minutes_limit=30.0)
        vacancy = open_vacancy(session, code="timed", title="Timed", form_version_id=form.id, actor=stage.actor, now=now)
    _, sitting = begun(stage, now, vacancy_id=vacancy.id)
    with stage.database.write() as session:
        assert submit_sitting(session, sitting_id=sitting, now=now + timedelta(minutes=30) + GRACE).state == "submitted"


def test_the_review_lists_what_is_missing_and_what_cannot_be_changed(stage: Stage, now: datetime) -> None:
    invitation, sitting = begun(stage, now, reached=PAGES)
    desk = AnswerDesk(stage.database)
    with stage.database.read() as session:
        plan, missing = review_sitting(session, sitting_id=sitting)
    assert [m.page.place for m in missing] == list(range(1, PAGES + 1))
    assert [m.locked for m in missing] == [m.page.step in (0, 1) for m in missing]
    asks = dict(ask for m in missing for ask in m.asks)
    assert set(asks) == set(plan.units)
    assert (asks["story.do"], asks["s-3"]) == ("What about do?", "Keep my head in s-3.")
    desk.record_response(sitting, "one-pick", "a", None, 0, "answered-1", now)
    desk.record_response(sitting, "two-pair", {"best": "a"}, None, 0, "partial-1", now)
    desk.close()
    with stage.database.read() as session:
        _, left = review_sitting(session, sitting_id=sitting)
        done = plan.units["one-pick"].place
        assert {m.page.place for m in left} == set(range(1, PAGES + 1)) - {done}
        locked = sitting_page(session, invitation_id=invitation, place=plan.units["story.feels"].place)
        assert locked.answers[0].locked


def test_pages_hold_every_unit_once_and_seeds_change_the_order(stage: Stage) -> None:
    with stage.database.read() as session:
        form = published_form(session, stage.form_id)
    plans = [plan_form(form, seed) for seed in range(40)]
    everything = {unit.code for unit in form.units}
    for plan in plans:
        assert {u.code for page in plan.pages for u in page.units} == everything
        assert [page.place for page in plan.pages] == list(range(1, PAGES + 1))
        story = [page.place for page in plan.pages if page.step is not None]
        assert story == list(range(story[0], story[0] + 3)), "the steps of a storyline stay together and in order"
        assert plan.units["s-1"].place == 8 and plan.units["s-7"].place == 9
        assert plan.units["s-1"].options == ()
        assert [page.opens_section for page in plan.pages] == [True, *[False] * 6, True, False]
        assert [(p.number, p.count) for p in plan.pages if p.kind == "situation" and p.step in (None, 0)] == [
            (i, 5) for i in range(1, 6)
        ]
        assert all(page.minutes > 0 for page in plan.pages)
    first = Counter(plan.units["one-pick"].options[0] for plan in plans)
    assert len(first) == 4 and max(first.values()) < 25
    assert len({tuple(page.items[0].id for page in plan.pages) for plan in plans}) > 10


def test_the_order_of_a_seed_is_the_same_for_ever(sqlite_database: Database, now: datetime) -> None:
    stage = set_stage(sqlite_database, now)
    with sqlite_database.read() as session:
        plan = plan_form(published_form(session, stage.form_id), 20261123)
    assert [page.items[0].id for page in plan.pages] == GOLDEN_PAGES
    assert ["".join(plan.units[name].options) for name in ("one-pick", "two-pair", "three-rate", "four-rank")] == GOLDEN_OPTIONS


def test_the_practice_is_shown_and_never_stored(stage: Stage, now: datetime) -> None:
    invitation = agreed(stage, now)
    with stage.database.write() as session:
        start_sitting(session, invitation_id=invitation, now=now)
        standing, shown, unit = practice_page(session, invitation_id=invitation)
        assert (shown["id"], unit.place, sorted(unit.options)) == ("practice", 0, ["a", "b", "c", "d"])
        assert (standing.n_situations, standing.n_statements) == (5, 7)


def test_nothing_of_the_key_is_on_a_page(stage: Stage, now: datetime) -> None:
    invitation, _ = begun(stage, now, reached=PAGES)
    with stage.database.read() as session:
        for place in range(1, PAGES + 1):
            shown = str(sitting_page(session, invitation_id=invitation, place=place).items)
            for word in ("facet", "rater", "moves", "trouble", "role", "weight", "listening", "composure", "discretion"):
                assert word not in shown


def test_two_organisations_never_meet(stage: Stage, now: datetime) -> None:
    other = set_stage(stage.database, now, slug="other")
    mine, my_sitting = begun(stage, now)
    theirs, their_sitting = begun(other, now)
    with stage.database.read() as session:
        assert sitting_page(session, invitation_id=mine, place=1).sitting.id == my_sitting
        assert sitting_page(session, invitation_id=theirs, place=1).sitting.id == their_sitting
        assert find_standing(session, invitation_id=theirs).organisation.name == "Other"


def test_a_form_of_the_bank_can_be_taken_from_end_to_end(sqlite_database: Database, now: datetime) -> None:
    from pathlib import Path

    from assessment.bank import read_bank

    bank = read_bank(Path(__file__).parents[2] / "questions")
    stage = set_stage(sqlite_database, now)
    for form_id in bank.forms:
        with sqlite_database.write() as session:
            form = publish_form(session, bank=bank, form_id=form_id, actor=stage.actor, now=now)
            vacancy = open_vacancy(session, code=form_id, title=form.title, form_version_id=form.id, actor=stage.actor, now=now)
            content = published_form(session, form.id)
        plan = plan_form(content, 1)
        invitation, _ = begun(stage, now, reached=len(plan.pages), vacancy_id=vacancy.id)
        assert sum(page.minutes for page in plan.pages) == pytest.approx(content.minutes, rel=0.4)
        with sqlite_database.read() as session:
            for page in plan.pages:
                assert sitting_page(session, invitation_id=invitation, place=page.place).items

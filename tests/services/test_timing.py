"""Typical times are learnt from enough people who finished, and from nobody whose time says nothing about others."""

from __future__ import annotations

import math
from datetime import datetime
from statistics import median

import pytest
from sqlalchemy import select

from assessment.bank import read_snapshot, snapshot
from assessment.records.database import Database
from assessment.records.timing import FormTiming
from assessment.records.vacancy import Vacancy
from assessment.services.delivery import AnswerDesk, sitting_page
from assessment.services.sitting.paging import plan_form, published_form
from assessment.services.sitting.timing import learn_times, learnt_minutes, typical_minutes
from tests.services.stage import Stage, at_once, begun
from tests.services.timed_stage import SITUATIONS, STATEMENTS, another_vacancy, finish, set_timed_stage, usual
from tests.services.two_languages import shipped_bank


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    return set_timed_stage(database, now)


def learn(stage: Stage, now: datetime) -> int | None:
    with stage.database.write() as session:
        learn_times(session, form_version_id=stage.form_id, now=now)
    with stage.database.read() as session:
        return learnt_minutes(session, form_version_id=stage.form_id)


def test_the_plan_stands_until_thirty_people_have_finished(stage: Stage, now: datetime) -> None:
    invitation, _ = begun(stage, now)
    with stage.database.read() as session:
        planned = sitting_page(session, invitation_id=invitation, place=1).minutes_left
        plan = plan_form(published_form(session, stage.form_id), 0)
    assert planned == math.ceil(sum(page.minutes for page in plan.pages))
    finish(stage, now, 29, usual)
    assert learn(stage, now) is None
    finish(stage, now, 1, usual)
    minutes = learn(stage, now)
    totals = [sum(usual(i, unit) for unit in SITUATIONS + STATEMENTS) / 60 for i in [*range(29), 0]]
    assert minutes == math.ceil(median(totals))
    assert sum(total <= minutes for total in totals) >= 15, "half of those who finished took so long or less"
    with stage.database.read() as session:
        assert sitting_page(session, invitation_id=invitation, place=1).minutes_left != planned


def test_pages_take_what_they_took_half_of_the_people(stage: Stage, now: datetime) -> None:
    finish(stage, now, 41, lambda i, unit: 3600.0 if i < 5 else usual(i, unit))
    learn(stage, now)
    with stage.database.read() as session:
        plan = plan_form(published_form(session, stage.form_id), 99)
        typical = typical_minutes(session, plan, form_version_id=stage.form_id)
    of_all = [3600.0 if i < 5 else usual(i, "one-pick") for i in range(41)]
    assert typical[0] == pytest.approx(median(of_all) / 60)
    assert max(typical) < 3, "five who left the page open over lunch do not move it"
    statements = [minutes / len(page.units) for page, minutes in zip(plan.pages, typical, strict=True) if page.kind == "statements"]
    assert len(statements) == 2 and statements[0] == pytest.approx(statements[1]), "a page of statements by their number"


@pytest.mark.parametrize("differently", [{"own_pace": True}, {"state": "overdue"}, {"state": "withdrawn"}])
def test_sittings_that_say_nothing_about_others_are_left_out(stage: Stage, now: datetime, differently: dict[str, object]) -> None:
    finish(stage, now, 60, usual, **differently)
    assert learn(stage, now) is None


def test_sittings_without_every_time_are_left_out(stage: Stage, now: datetime) -> None:
    finish(stage, now, 60, lambda i, unit: None if unit == "s-3" else usual(i, unit))
    assert learn(stage, now) is None


def test_invented_people_are_left_out(stage: Stage, now: datetime) -> None:
    finish(stage, now, 60, usual)
    with stage.database.write() as session:
        session.scalars(select(Vacancy).where(Vacancy.code == "finished")).one().simulated = True
    assert learn(stage, now) is None


def test_times_are_learnt_again_when_a_tenth_more_have_finished(stage: Stage, now: datetime) -> None:
    finish(stage, now, 30, usual)
    first = learn(stage, now)
    assert learn(stage, now) == first
    finish(stage, now, 2, lambda i, unit: 600.0)
    with stage.database.read() as session:
        assert session.get_one(FormTiming, stage.form_id).n_sittings == 30
    learn(stage, now)
    with stage.database.read() as session:
        assert session.get_one(FormTiming, stage.form_id).n_sittings == 30, "two more are no tenth of thirty"
    finish(stage, now, 1, lambda i, unit: 600.0)
    learn(stage, now)
    with stage.database.read() as session:
        assert session.get_one(FormTiming, stage.form_id).n_sittings == 33


def test_two_workers_at_once_learn_once(stage: Stage, now: datetime) -> None:
    finish(stage, now, 30, usual)
    minutes = at_once(6, lambda _: learn(stage, now))
    assert len(set(minutes)) == 1 and isinstance(minutes[0], int)


def test_what_is_left_follows_the_person_and_not_their_lunch(stage: Stage, now: datetime) -> None:
    def left_after(milliseconds: int) -> tuple[int, int]:
        """Minutes shown on the first page, and on the second when the first took so long."""
        invitation, sitting = begun(stage, now, reached=2, vacancy_id=another_vacancy(stage, now, f"v{milliseconds}"))
        desk = AnswerDesk(stage.database)
        with stage.database.read() as session:
            before = sitting_page(session, invitation_id=invitation, place=1).minutes_left
        desk.record_response(sitting, "one-pick", "a", milliseconds, 0, f"key-{sitting}-0001", now)
        desk.close()
        with stage.database.read() as session:
            return before, sitting_page(session, invitation_id=invitation, place=2).minutes_left

    finish(stage, now, 31, lambda i, unit: 120.0 if unit in SITUATIONS else 10.0)
    learn(stage, now)
    with stage.database.read() as session:
        plan = plan_form(published_form(session, stage.form_id), 0)
    assert plan.pages[0].units[0].code == "one-pick"
    assert left_after(120_000) == (16, 14)
    quick, slow, lunch = left_after(40_000)[1], left_after(240_000)[1], left_after(3_600_000)[1]
    assert quick < 14 < slow == lunch <= 16


def test_going_back_to_an_answered_page_brings_no_minutes_back(stage: Stage, now: datetime) -> None:
    invitation, sitting = begun(stage, now, reached=3)
    desk = AnswerDesk(stage.database)
    for place, unit in enumerate(("one-pick", "two-pair")):
        value: object = "a" if unit == "one-pick" else {"best": "a", "worst": "b"}
        desk.record_response(sitting, unit, value, 60_000, 0, f"key-number-{place}", now)
    desk.close()
    with stage.database.read() as session:
        shown = [sitting_page(session, invitation_id=invitation, place=place).minutes_left for place in (1, 2, 3)]
    assert len(set(shown)) == 1


@pytest.mark.parametrize("code", sorted(shipped_bank().forms))
def test_planned_pages_add_up_to_no_more_than_the_invitation_promises(code: str, database: Database) -> None:
    form = read_snapshot(snapshot(shipped_bank(), shipped_bank().forms[code]))
    with database.read() as session:
        typical = typical_minutes(session, plan_form(form, 1), form_version_id=1)
    assert 0.85 * form.minutes < sum(typical) <= form.minutes + 1e-9

"""A sitting under anything people, devices and clocks do to it, in any order, held against a model without a database.

Two people, three clients each on two processes' answer desks. After each step the whole of what is stored must be what the
model says: nothing lost, nothing doubled, nothing changed after the end. `make soak` runs it at full length.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select, update

from assessment.errors import BadInput
from assessment.records.database import Database
from assessment.records.sitting import AnswerReceipt, Response, Sitting
from assessment.records.work import WorkOrder
from assessment.services.delivery import (
    AnswerDesk,
    KeyInFlight,
    KeyReused,
    PageClosed,
    PageNotReached,
    Receipt,
    SittingAlreadySubmitted,
    SittingClosed,
    SittingOverdue,
    SittingWithdrawn,
    StalePage,
    begin_questionnaire,
    close_overdue_sittings,
    give_consent,
    move_to,
    open_invitation,
    sitting_page,
    start_sitting,
    submit_sitting,
    withdraw_consent,
)
from assessment.services.sitting.paging import plan_form, published_form
from tests.services.sitting_model import Request, Saved, SittingModel
from tests.services.sitting_world import LIMIT, PAGES, VALUES, Device, Someone, Told, World
from tests.services.stage import at_once, set_stage

SOAK = os.environ.get("ATTUNE_SOAK") == "1"
EXAMPLES = {"sqlite": 400 if SOAK else 80, "postgresql": 150 if SOAK else 8}
STEPS = 60 if SOAK else 40
OUTCOMES: tuple[object, ...] = (
    *(Receipt, StalePage, KeyReused, BadInput, PageNotReached, PageClosed),
    *(SittingOverdue, SittingAlreadySubmitted, SittingWithdrawn),
    *("submitted", "overdue", "closed by the job"),
)
PEOPLE, CLIENTS = st.integers(0, 1), st.integers(0, 2)
UNITS = st.sampled_from([*VALUES, "one-pick", "story.feels"])
SPENT = st.none() | st.integers(0, 5000)


class SittingMachine(RuleBasedStateMachine):
    """Steps on real services beside the same steps on the model."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.database, self.now = world, world.stage.database, world.now
        self.desks = [AnswerDesk(self.database), AnswerDesk(self.database)]
        self.people: list[Someone] = []
        self.keys = 0
        self.told = Told()
        logging.getLogger("assessment.answers").addHandler(self.told)

    def teardown(self) -> None:
        for desk in self.desks:
            desk.close()
        logging.getLogger("assessment.answers").removeHandler(self.told)
        with self.database.write() as session:  # the database serves the next run, whose clock begins again
            for someone in self.people:
                if someone.model.state != "withdrawn":
                    give_consent(session, invitation_id=someone.invitation_id, now=self.now)
                withdraw_consent(session, invitation_id=someone.invitation_id, now=self.now)

    @initialize(timed=st.booleans(), far=st.sampled_from([0, 2, 3, 5, 9, 9, 9]), seed=st.integers(0, 2**31 - 2))
    def invite(self, timed: bool, far: int, seed: int) -> None:
        """Two people; the first has gone as far as is drawn: invited, agreed, started, or to a page."""
        for token in self.world.invite(timed):
            with self.database.write() as session:
                invitation = open_invitation(session, token, self.now).id
            self.people.append(Someone(SittingModel(LIMIT if timed else None), invitation))
        for person, share in ((0, far), (1, far - 1)):
            for step in range(share):
                if step == 0:
                    self.consent(person)
                elif step == 1:
                    self.start(person, seed + person)
                elif step == 2:
                    self.begin(person)
                else:
                    self.move(person, step - 1)

    @rule(person=PEOPLE)
    def consent(self, person: int) -> None:
        someone = self.people[person]
        expected = someone.model.agree()
        with self.database.write() as session:
            if expected is not None:
                with pytest.raises(expected):
                    give_consent(session, invitation_id=someone.invitation_id, now=self.now)
                return
            give_consent(session, invitation_id=someone.invitation_id, now=self.now)

    @rule(person=PEOPLE, seed=st.integers(0, 2**31 - 1))
    def start(self, person: int, seed: int) -> None:
        someone = self.people[person]
        first = someone.sitting_id is None
        expected = someone.model.start()
        with self.database.write() as session:
            if expected is not None:
                with pytest.raises(expected):
                    start_sitting(session, invitation_id=someone.invitation_id, now=self.now)
                return
            found = start_sitting(session, invitation_id=someone.invitation_id, now=self.now)
            if first:  # the seed is drawn, so that a run which fails can be repeated
                someone.sitting_id = found.id
                session.execute(update(Sitting).where(Sitting.id == found.id).values(option_seed=seed))
                someone.model.plan = plan_form(published_form(session, found.form_version_id), seed)
            assert found.id == someone.sitting_id

    @rule(person=PEOPLE)
    def begin(self, person: int) -> None:
        someone = self.people[person]
        if someone.sitting_id is not None:
            with self.database.write() as session:
                begin_questionnaire(session, sitting_id=someone.sitting_id, now=self.now)
            someone.model.begin(self.now)

    @rule(person=PEOPLE, onward=st.integers(1, 3))
    def go_on(self, person: int, onward: int) -> None:
        """The next pages one by one, as most people go."""
        for _ in range(onward):
            self.move(person, self.people[person].model.reached + 1)

    @rule(person=PEOPLE, place=st.integers(0, PAGES + 1))
    def go_to(self, person: int, place: int) -> None:
        self.move(person, place)

    @rule(person=PEOPLE, client=CLIENTS, place=st.integers(1, PAGES))
    def load(self, person: int, client: int, place: int) -> None:
        """A page is shown: what is saved is on it, and its items and options stand where they stood the first time."""
        someone = self.people[person]
        model = someone.model
        if someone.sitting_id is None:
            return
        with self.database.read() as session:
            if place > model.reached:
                with pytest.raises(PageNotReached):
                    sitting_page(session, invitation_id=someone.invitation_id, place=place)
                return
            shown = sitting_page(session, invitation_id=someone.invitation_id, place=place)
        order = (shown.items, [answer.planned for answer in shown.answers])
        assert order == someone.orders.setdefault(place, order)
        for answer in shown.answers:
            unit = answer.planned.code
            saved = model.responses.get(unit, Saved(None, "omitted", None, 0, self.now))
            assert (answer.value, answer.sequence, answer.complete) == (saved.value, saved.sequence, saved.state == "answered")
            assert answer.locked == model.is_locked(unit)
            someone.devices[client].seen[unit] = answer.sequence

    @rule(person=PEOPLE, client=CLIENTS, unit=UNITS, which=st.integers(0, 1), spent=SPENT)
    def answer(self, person: int, client: int, unit: str, which: int, spent: int | None) -> None:
        """A choice on a page as old as this client's, so a stale one when another client answered since."""
        device = self.people[person].devices[client]
        value, complete = VALUES[unit][which]
        self.send(person, client, Request(unit, value, complete, spent, device.seen.get(unit, 0), self.new_key()))

    @rule(person=PEOPLE, client=CLIENTS, which=st.integers(0, 1))
    def answer_here(self, person: int, client: int, which: int) -> None:
        """Load the page where the person is and answer all of it."""
        someone = self.people[person]
        if someone.sitting_id is not None and someone.model.place:
            self.load(person, client, someone.model.place)
            for planned in someone.model.pages.page(someone.model.place).units:
                if planned.code in VALUES:
                    self.answer(person, client, planned.code, which, 10)

    @rule(person=PEOPLE, first=CLIENTS, unit=UNITS)
    def disagree(self, person: int, first: int, unit: str) -> None:
        """Two clients that have seen the same page answer it differently, one after the other."""
        devices = self.people[person].devices
        second = (first + 1) % 3
        devices[second].seen[unit] = devices[first].seen.get(unit, 0)
        self.answer(person, first, unit, 0, None)
        self.answer(person, second, unit, 1, None)

    @rule(person=PEOPLE, client=CLIENTS, unit=UNITS, ahead=st.integers(1, 3))
    def forge(self, person: int, client: int, unit: str, ahead: int) -> None:
        """A sequence that no page showed yet."""
        value, complete = VALUES[unit][0]
        number = self.people[person].model.sequence + ahead
        self.send(person, client, Request(unit, value, complete, None, number, self.new_key()))

    @rule(person=PEOPLE, client=CLIENTS, back=st.integers(0, 5), times=st.integers(1, 4))
    def repeat(self, person: int, client: int, back: int, times: int) -> None:
        """An earlier request again, from whatever process, one or several at once."""
        someone = self.people[person]
        sent = someone.devices[client].sent
        if not sent:
            return
        request = sent[-1 - back % len(sent)]
        self.send(person, client, request)
        accepted, receipt = someone.model.receipts.get(request.key, (None, None))
        if times > 1 and accepted == request:
            results = at_once(times, lambda i: self.post(someone, i, request))
            assert all(isinstance(result, KeyInFlight) or result == receipt for result in results)

    @rule(person=PEOPLE, client=CLIENTS, back=st.integers(0, 5), unit=UNITS)
    def reuse_key(self, person: int, client: int, back: int, unit: str) -> None:
        """The key of an answer that was saved, with something else."""
        keys = list(self.people[person].model.receipts)
        if keys:
            value, complete = VALUES[unit][0]
            self.send(person, client, Request(unit, value, complete, 7, 0, keys[-1 - back % len(keys)]))

    @rule(person=PEOPLE, client=CLIENTS)
    def return_elsewhere(self, person: int, client: int) -> None:
        """Another device takes this client's place: it has seen nothing yet."""
        self.people[person].devices[client] = Device()

    @rule(which=st.integers(0, 1))
    def restart(self, which: int) -> None:
        """A process ends and another begins."""
        self.desks[which].close()
        self.desks[which] = AnswerDesk(self.database)

    @rule(seconds=st.sampled_from([0.5, 3.0, 60.0, 599.0]))
    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: any(someone.model.deadline_at for someone in self.people))
    @rule(person=PEOPLE, seconds=st.sampled_from([-1, 0, 4, 5, 6]))
    def wait_for_the_end(self, person: int, seconds: int) -> None:
        """To a moment around a deadline, if that is still to come."""
        deadline = self.people[person].model.deadline_at
        if deadline is not None:
            self.now = max(self.now, deadline + timedelta(seconds=seconds))

    @rule()
    def close_overdue(self) -> None:
        late = [someone.model for someone in self.people if someone.model.state == "active" and someone.model.is_late(self.now)]
        with self.database.write() as session:
            assert close_overdue_sittings(session, self.now) == len(late)
        for model in late:
            self.world.outcomes["closed by the job"] += 1
            model.close("overdue", self.now)

    @precondition(lambda self: any(someone.model.deadline_at for someone in self.people))
    @rule(person=PEOPLE, closed_by_job=st.booleans())
    def run_out_of_time(self, person: int, closed_by_job: bool) -> None:
        self.wait_for_the_end(person, 6)
        if closed_by_job:
            self.close_overdue()
        self.submit(person)

    @rule(person=PEOPLE)
    def submit(self, person: int) -> None:
        someone = self.people[person]
        if someone.sitting_id is None:
            return
        expected = someone.model.submit(self.now)
        self.world.outcomes[expected] += 1
        with self.database.write() as session:
            if isinstance(expected, type):
                with pytest.raises(expected):
                    submit_sitting(session, sitting_id=someone.sitting_id, now=self.now)
            else:
                assert submit_sitting(session, sitting_id=someone.sitting_id, now=self.now).state == expected

    @precondition(lambda self: self.keys > 8)
    @rule(person=PEOPLE)
    def withdraw(self, person: int) -> None:
        someone = self.people[person]
        with self.database.write() as session:
            withdraw_consent(session, invitation_id=someone.invitation_id, now=self.now)
        someone.model.withdraw(self.now)

    @invariant()
    def what_is_stored_is_what_was_acknowledged(self) -> None:
        with self.database.read() as session:
            for someone in self.people:
                if someone.sitting_id is None:
                    continue
                model = someone.model
                row = session.get_one(Sitting, someone.sitting_id)
                assert (row.state, row.sequence, row.place, row.reached) == (
                    model.state,
                    model.sequence,
                    model.place,
                    model.reached,
                )
                assert (row.started_at, row.deadline_at, row.finished_at) == (
                    model.started_at,
                    model.deadline_at,
                    model.finished_at,
                )
                assert row.sequence >= someone.sequence
                someone.sequence = row.sequence
                mine = (Sitting.applicant_id == row.applicant_id, Sitting.vacancy_id == row.vacancy_id)
                assert session.scalar(select(func.count()).select_from(Sitting).where(*mine)) == 1
                responses = session.scalars(select(Response).where(Response.sitting_id == row.id))
                stored = {
                    r.unit: Saved(json.loads(r.value) if r.value else None, r.state, r.milliseconds, r.sequence, r.saved_at)
                    for r in responses
                }
                assert stored == model.responses
                receipts = session.scalars(select(AnswerReceipt).where(AnswerReceipt.sitting_id == row.id))
                kept = {r.idempotency_key: (r.sequence, r.saved_at) for r in receipts}
                assert kept == {key: (told.sequence, told.saved_at) for key, (_, told) in model.receipts.items()}
                ordered = select(func.count()).select_from(WorkOrder).where(WorkOrder.subject_id == row.id)
                assert session.scalar(ordered.where(WorkOrder.kind == "score_sitting")) == model.ends <= 1

    def move(self, person: int, place: int) -> None:
        someone = self.people[person]
        if someone.sitting_id is None:
            return
        expected = someone.model.move(place, self.now)
        with self.database.write() as session:
            if expected is None:
                move_to(session, sitting_id=someone.sitting_id, place=place, now=self.now)
            else:
                with pytest.raises(expected):
                    move_to(session, sitting_id=someone.sitting_id, place=place, now=self.now)

    def send(self, person: int, client: int, request: Request) -> None:
        someone = self.people[person]
        if someone.sitting_id is None:
            return
        device = someone.devices[client]
        device.sent.append(request)
        expected = someone.model.answer(request, self.now)
        self.world.outcomes[expected if isinstance(expected, type) else Receipt] += 1
        if not isinstance(expected, type):
            assert self.post(someone, client, request) == expected
            device.seen[request.unit] = expected.sequence
            return
        told = len(self.told.lines)
        with pytest.raises(expected) as refused:
            self.post(someone, client, request)
        if isinstance(refused.value, StalePage):
            stands = someone.model.responses[request.unit]
            assert (refused.value.saved, refused.value.sequence) == (stands.value, stands.sequence)
        logged = self.told.lines[told:]
        assert [f"sitting {someone.sitting_id}" in line for line in logged] == [True] * issubclass(expected, SittingClosed)

    def post(self, someone: Someone, process: int, request: Request) -> Any:
        assert someone.sitting_id is not None
        return self.desks[process % 2].record_response(
            someone.sitting_id, request.unit, request.value, request.milliseconds, request.sequence, request.key, self.now
        )

    def new_key(self) -> str:
        self.keys += 1
        return f"machine-key-{self.keys}"


@pytest.fixture
def world(database: Database, now: datetime) -> Iterator[World]:
    stage = set_stage(database, now)
    with database.write() as session:
        timed = stage.publish(session, now, minutes_limit=LIMIT.total_seconds() / 60).id
    yield World(stage, now, {False: stage.form_id, True: timed})


@pytest.mark.soak
def test_a_sitting_keeps_its_promises_in_any_order_of_events(world: World) -> None:
    kind = "sqlite" if world.stage.database.is_sqlite else "postgresql"
    make: Callable[[], SittingMachine] = lambda: SittingMachine(world)  # noqa: E731
    run_state_machine_as_test(
        make,
        settings=settings(
            max_examples=EXAMPLES[kind],
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not SOAK,
            database=None,
            phases=(Phase.generate, Phase.shrink) if SOAK else (Phase.generate,),  # to shrink a run can take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
    if kind == "sqlite":
        missing = {*OUTCOMES} - {*world.outcomes}
        assert not missing, f"never happened in {world.outcomes.total()} outcomes: {missing}"

"""Real requests to two real processes at the same moment: one start, one end, and no acknowledged answer lost between them."""

from __future__ import annotations

import http.client
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from assessment.records.database import Database
from assessment.records.sitting import Response, Sitting
from assessment.records.work import WorkOrder
from assessment.services.audit import recent_events, verify_chain
from assessment.services.delivery import (
    begin_questionnaire,
    close_overdue_sittings,
    give_consent,
    move_to,
    open_invitation,
    start_sitting,
)
from assessment.services.inviting import open_vacancy
from assessment.services.sitting.answering import GRACE
from tests.faults.serving import Acknowledged, Answerer, Server
from tests.services.stage import Stage, at_once, set_stage

ROUNDS = 10 if os.environ.get("ATTUNE_SOAK") == "1" else 1
PAGES = 9
PEOPLE = 6
LIMIT = timedelta(minutes=30)


@pytest.fixture
def server(database: Database, tmp_path: Path) -> Iterator[Server]:
    made = Server(database, tmp_path)
    made.start()
    yield made
    made.close()


def press(device: Answerer, address: str, **fields: str) -> int:
    """Send a form; the status of the reply."""
    cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in device.jar)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    with closing(http.client.HTTPConnection(device.address.removeprefix("http://"), timeout=30)) as connection:
        connection.request("POST", address, urlencode(fields | {"csrf_token": device.csrf}), headers)
        return connection.getresponse().status


@pytest.mark.soak
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_start_pressed_fifty_times_on_five_devices_starts_once(database: Database, server: Server, round_: int) -> None:
    stage = set_stage(database, datetime.now(UTC))
    (token,) = stage.invite(datetime.now(UTC))
    devices = [Answerer(server.address, token, 0) for _ in range(5)]
    for device in devices:
        device.arrive()
    with closing(http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=30)) as connection:
        cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in devices[0].jar)
        connection.request("GET", "/take/welcome", headers={"Cookie": cookie})
        found = re.search(r'name="notice" value="([^"]+)"', connection.getresponse().read().decode())
    assert found is not None
    notice = found[1]
    statuses = at_once(50, lambda i: press(devices[i % 5], "/take/consent", consent="yes", notice=notice))
    assert Counter(statuses) == {303: 50}
    with database.read() as session:
        assert session.scalars(select(Sitting.state)).all() == ["active"]
        actions = Counter(event.action for event in recent_events(session, stage.actor.organisation_id))
        assert (actions["consent given"], actions["sitting started"]) == (1, 1)
        assert verify_chain(session).holds


def about_to_end(stage: Stage, server: Server, seconds: float) -> list[Answerer]:
    """People on the last page, whose time and grace are over in so many seconds."""
    now = datetime.now(UTC)
    began = now - LIMIT - GRACE + timedelta(seconds=seconds)
    with stage.database.write() as session:
        form = stage.publish(session, now, minutes_limit=LIMIT.total_seconds() / 60, shuffle_items=False)
        vacancy = open_vacancy(session, code="timed", title="Timed", form_version_id=form.id, actor=stage.actor, now=began)
    found = []
    for token in stage.invite(began, PEOPLE, vacancy.id):
        with stage.database.write() as session:
            invitation = open_invitation(session, token, began)
            give_consent(session, invitation_id=invitation.id, now=began)
            sitting = start_sitting(session, invitation_id=invitation.id, now=began)
            begin_questionnaire(session, sitting_id=sitting.id, now=began)
            for place in range(2, PAGES + 1):
                move_to(session, sitting_id=sitting.id, place=place, now=began)
            found.append(Answerer(server.address, token, sitting.id))
    return found


@pytest.mark.soak
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_submitting_while_answers_are_saved_and_time_runs_out_ends_once(database: Database, server: Server, round_: int) -> None:
    """Everybody saves on and on; half press Submit around the moment when time is over; two jobs look for the late."""
    stage = set_stage(database, datetime.now(UTC))
    people = about_to_end(stage, server, 3.0)
    for person in people:
        person.arrive()
    end = time.monotonic() + 3.0
    closed: list[int] = []
    refusals: list[str] = []

    def save_on(person: Answerer) -> None:
        number = 0
        while time.monotonic() < end + 1.5:
            try:
                person.send(f"s-{number % 7 + 1}", number // 7 % 5 + 1)
            except AssertionError as refusal:
                refusals.append(str(refusal))
                return
            number += 1
        raise AssertionError("saved after the end")

    def look_for_the_late() -> None:
        while time.monotonic() < end + 1.5:
            with database.write() as session:
                closed.append(close_overdue_sittings(session, datetime.now(UTC)))
            time.sleep(0.05)

    def act(i: int) -> int | None:
        if i < PEOPLE:
            return save_on(people[i])
        if i < PEOPLE + 2:
            return look_for_the_late()
        time.sleep(max(0.0, end - time.monotonic() - 0.2 + 0.2 * (i % 3)))
        return press(people[(i - PEOPLE - 2) // 2], "/take/submit")

    results = at_once(PEOPLE + 2 + PEOPLE, act)  # three people press twice
    assert results == [None] * (PEOPLE + 2) + [303] * PEOPLE
    assert len(refusals) == PEOPLE
    assert all("SittingOverdue" in refusal or "SittingAlreadySubmitted" in refusal for refusal in refusals)
    sittings = {person.sitting_id for person in people}
    with database.read() as session:
        states = Counter(session.scalars(select(Sitting.state)))
        assert states["submitted"] + states["overdue"] == PEOPLE == states.total()
        assert sum(closed) <= states["overdue"]
        orders = session.scalars(select(WorkOrder.subject_id).where(WorkOrder.kind == "score_sitting"))
        assert Counter(orders) == Counter(sittings)
        ends = [e.action for e in recent_events(session, stage.actor.organisation_id, limit=1000)]
        assert ends.count("sitting submitted") + ends.count("sitting overdue") == PEOPLE
        assert verify_chain(session).holds
        counted = session.execute(select(Response.sitting_id, func.count()).group_by(Response.sitting_id)).all()
        assert dict(counted) == dict.fromkeys(sittings, 14)
        rows = {(r.sitting_id, r.unit): (r.value, r.sequence) for r in session.scalars(select(Response))}
    last: dict[tuple[int, str], Acknowledged] = {(a.sitting_id, a.unit): a for person in people for a in person.acknowledged}
    assert len(last) == 7 * PEOPLE
    for place, answer in last.items():
        assert rows[place] == (str(answer.value), answer.sequence), "the last acknowledged answer stands"

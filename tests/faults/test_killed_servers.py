"""kill -9 at any moment: every answer that was acknowledged is in the database afterwards.

Three kills in the ordinary run, twenty with `ATTUNE_SOAK=1` (`make soak`).
"""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from assessment.records.database import Database
from assessment.records.sitting import AnswerReceipt, Response
from assessment.services.delivery import begin_questionnaire, give_consent, move_to, open_invitation, start_sitting
from tests.faults.serving import Acknowledged, Answerer, Server
from tests.services.stage import Stage, set_stage

KILLS = 20 if os.environ.get("ATTUNE_SOAK") == "1" else 3
PEOPLE = 6
PAGES = 9


@pytest.fixture
def server(database: Database, tmp_path: Path) -> Iterator[Server]:
    made = Server(database, tmp_path)
    yield made
    made.close()


def everyone(stage: Stage, server: Server) -> list[Answerer]:
    found = []
    now = datetime.now(UTC)
    for token in stage.invite(now, PEOPLE):
        with stage.database.write() as session:
            invitation = open_invitation(session, token, now)
            give_consent(session, invitation_id=invitation.id, now=now)
            sitting = start_sitting(session, invitation_id=invitation.id, now=now)
            begin_questionnaire(session, sitting_id=sitting.id, now=now)
            for place in range(2, PAGES + 1):
                move_to(session, sitting_id=sitting.id, place=place, now=now)
            found.append(Answerer(server.address, token, sitting.id))
    return found


def check(database: Database, acknowledged: list[Acknowledged]) -> None:
    with database.read() as session:
        if database.is_sqlite:
            assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        keys = set(session.scalars(select(AnswerReceipt.idempotency_key)))
        responses = {(r.sitting_id, r.unit): r for r in session.scalars(select(Response))}
        sequences = session.execute(
            select(Response.sitting_id, func.count(), func.count(Response.sequence.distinct())).group_by(Response.sitting_id)
        )
        assert all(n == distinct for _, n, distinct in sequences)
    for answer in acknowledged:
        assert answer.key in keys, "an acknowledged answer is lost"
        row = responses[answer.sitting_id, answer.unit]
        assert row.sequence >= answer.sequence
        if row.sequence == answer.sequence:
            assert json.loads(row.value or "null") == answer.value


@pytest.mark.soak
def test_no_acknowledged_answer_is_lost_when_the_server_is_killed(database: Database, server: Server) -> None:
    chance = random.Random(20261123)
    stage = set_stage(database, datetime.now(UTC), shuffle_items=False)
    people = everyone(stage, server)
    server.start()
    for person in people:
        person.arrive()
    stop = threading.Event()
    failures: list[BaseException] = []

    def answer(person: Answerer) -> None:
        try:
            number = 0
            while not stop.is_set():
                person.send(f"s-{number % 7 + 1}", number // 7 % 5 + 1)
                number += 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=answer, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for kill in range(KILLS):
        stop.wait(chance.uniform(0.3, 1.5))
        if kill % 2:
            server.kill_one_worker()
        else:
            server.kill_everything()
            check(database, [a for person in people for a in list(person.acknowledged)])
            server.start()
    stop.wait(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    acknowledged = [a for person in people for a in person.acknowledged]
    check(database, acknowledged)
    assert len(acknowledged) > 20 * KILLS
    assert sum(person.unanswered for person in people) > 0, "no kill hit a request"
    with database.read() as session:
        stored = session.scalar(select(func.count()).select_from(AnswerReceipt))
    assert stored == len(acknowledged), "everybody kept asking until they were told, so nothing is stored untold"

"""Connections that break: before the request arrives, after it was carried out, in the middle of the reply."""

from __future__ import annotations

import random
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from assessment.records.applicant import Invitation
from assessment.records.database import Database
from assessment.records.sitting import AnswerReceipt, Response
from assessment.services.inviting import invitation_link_token
from tests.faults.serving import Answerer
from tests.services.stage import begun, set_stage
from tests.web.serving import local_server
from tests.web.taking import application

CUTS = ("before", "after", "within")


class BadLine:
    """A TCP proxy that breaks connections: a share of them, in one of three ways, until `mend`."""

    def __init__(self, port: int, *, share: float, seed: int) -> None:
        self._upstream, self._share, self._chance = port, share, random.Random(seed)
        self.broken: Counter[str] = Counter()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def mend(self) -> None:
        self._share = 0.0

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            cut = self._chance.choice(CUTS) if self._chance.random() < self._share else ""
            threading.Thread(target=self._carry, args=(client, cut), daemon=True).start()

    def _carry(self, client: socket.socket, cut: str) -> None:
        with client:
            request = _whole_request(client)
            if cut:
                self.broken[cut] += 1
            if cut == "before" or not request:
                return
            with socket.create_connection(("127.0.0.1", self._upstream)) as server:
                server.sendall(request)
                reply = b""
                while part := server.recv(65536):
                    reply += part
            if cut != "after":
                client.sendall(reply[: len(reply) // 2] if cut == "within" else reply)


def _whole_request(client: socket.socket) -> bytes:
    """One request; the test's client closes after each, so there is no other behind it."""
    found = b""
    while b"\r\n\r\n" not in found:
        part = client.recv(65536)
        if not part:
            return b""
        found += part
    head, _, body = found.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[Flask]:
    made = application(database, tmp_path)
    yield made
    made.extensions["answers"].close()
    made.extensions["database"].dispose()


def test_answers_survive_a_lost_connection(app: Flask, database: Database) -> None:
    now = datetime.now(UTC)
    stage = set_stage(database, now, shuffle_items=False)
    _, sitting = begun(stage, now, reached=9)
    with database.read() as session:
        token = invitation_link_token(session, session.scalars(select(Invitation)).one())
    server = local_server(app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    line = BadLine(server.server_port, share=0.5, seed=7)
    person = Answerer(f"http://127.0.0.1:{server.server_port}", token, sitting)
    person.arrive()
    person.address = f"http://127.0.0.1:{line.port}"
    for number in range(70):
        person.send(f"s-{number % 7 + 1}", number // 7 % 5 + 1)
    line.close()
    server.shutdown()
    server.server_close()
    assert set(line.broken) == set(CUTS)
    assert person.unanswered == sum(line.broken.values())
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AnswerReceipt)) == 70
        rows = {r.unit: (r.value, r.milliseconds) for r in session.scalars(select(Response))}
    assert rows == {f"s-{i}": ("5", 100) for i in range(1, 8)}, "ten answers each of ten milliseconds, none doubled"

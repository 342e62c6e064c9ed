"""How fast and how evenly answers are saved: the answer path against the ORM with a commit a request.

    python -m benchmarks.answer_path [--answers 4000] [--threads 16] [--rounds 3]

Both save the same answers on a fresh SQLite file with `synchronous=FULL`, from as many threads as connections would be
open, in turns within one run, so that the ratio holds on a busy machine too. Figures leave out HTTP: they are what the
service costs. Prints JSON: answers a second and latency in milliseconds of each, medians over the rounds, and ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config

from assessment.records.database import Database
from assessment.records.sitting import AnswerReceipt, Response, Sitting
from assessment.records.vault import Vault
from assessment.services.delivery import begin_questionnaire, give_consent, move_to, open_invitation, start_sitting
from assessment.services.sitting.answering import AnswerDesk
from tests.services.stage import set_stage

ROOT = Path(__file__).parents[1]
UNITS = [f"s-{i}" for i in range(1, 8)]
Save = Callable[[int, str, int, int, str], int]


def fresh_database(folder: Path) -> Database:
    """A migrated SQLite file."""
    database = Database(
        f"sqlite:///{folder / 'attune.sqlite3'}", Vault(b"a secret for the benchmark alone, 32 bytes"), pool_size=32
    )
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["database"] = database
    command.upgrade(config, "head")
    return database


def open_sittings(database: Database, n: int) -> list[int]:
    now = datetime.now(UTC)
    stage = set_stage(database, now, shuffle_items=False)
    sittings = []
    for token in stage.invite(now, n):
        with database.write() as session:
            invitation = open_invitation(session, token, now)
            give_consent(session, invitation_id=invitation.id, now=now)
            sitting = start_sitting(session, invitation_id=invitation.id, now=now)
            begin_questionnaire(session, sitting_id=sitting.id, now=now)
            for place in range(2, 10):
                move_to(session, sitting_id=sitting.id, place=place, now=now)
            sittings.append(sitting.id)
    return sittings


def save_with_orm(database: Database) -> Save:
    """What one would write first: load, check, change, commit."""

    def save(sitting_id: int, unit: str, value: int, seen: int, key: str) -> int:
        now = datetime.now(UTC)
        with database.write() as session:
            sitting = session.get_one(Sitting, sitting_id)
            if sitting.state != "active" or sitting.reached < 1:
                raise RuntimeError("closed")
            if session.get(AnswerReceipt, (sitting_id, key)) is not None:
                return sitting.sequence
            response = session.get(Response, (sitting_id, unit))
            if response is None:
                response = Response(sitting_id=sitting_id, unit=unit, sequence=0)
                session.add(response)
            if response.sequence > seen:
                raise RuntimeError("stale")
            sitting.sequence += 1
            response.value, response.state, response.milliseconds = json.dumps(value), "answered", 10
            response.sequence, response.saved_at = sitting.sequence, now
            session.add(
                AnswerReceipt(sitting_id=sitting_id, idempotency_key=key, request_hash="", sequence=sitting.sequence, saved_at=now)
            )
            return sitting.sequence

    return save


def save_at_desk(desk: AnswerDesk) -> Save:
    def save(sitting_id: int, unit: str, value: int, seen: int, key: str) -> int:
        return desk.record_response(sitting_id, unit, value, 10, seen, key, datetime.now(UTC)).sequence

    return save


def measure(save: Save, sittings: list[int], answers: int, label: str) -> tuple[float, list[float]]:
    """Answers a second, and every answer's milliseconds, with one thread a sitting."""
    spent: list[list[float]] = [[] for _ in sittings]
    gate = threading.Barrier(len(sittings) + 1)

    def work(place: int) -> None:
        sequences: dict[str, int] = {}
        gate.wait()
        for number in range(answers // len(sittings)):
            unit = UNITS[number % len(UNITS)]
            begun = time.perf_counter()
            sequences[unit] = save(sittings[place], unit, number % 5 + 1, sequences.get(unit, 0), f"{label}-{place}-{number}")
            spent[place].append(1000 * (time.perf_counter() - begun))

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(sittings))]
    for thread in threads:
        thread.start()
    gate.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    flat = [milliseconds for each in spent for milliseconds in each]
    return len(flat) / (time.perf_counter() - begun), flat


def run(answers: int, threads: int, rounds: int) -> dict[str, object]:
    """The figures of both ways, and the ratios of their medians."""
    rates: dict[str, list[float]] = {"orm": [], "answer_path": []}
    spent: dict[str, list[float]] = {"orm": [], "answer_path": []}
    for number in range(rounds):
        for name in rates:
            with tempfile.TemporaryDirectory() as folder:
                database = fresh_database(Path(folder))
                sittings = open_sittings(database, threads)
                desk = AnswerDesk(database)
                save = save_with_orm(database) if name == "orm" else save_at_desk(desk)
                rate, each = measure(save, sittings, answers if name != "orm" else max(threads, answers // 4), f"round-{number}")
                desk.close()
                database.dispose()
            rates[name].append(rate)
            spent[name] += each
    figures = {
        name: {
            "answers_per_second": round(statistics.median(rates[name])),
            "p50_ms": round(statistics.median(spent[name]), 1),
            "p99_ms": round(statistics.quantiles(spent[name], n=100)[98], 1),
            "n": len(spent[name]),
        }
        for name in rates
    }
    rate_ratio = statistics.median(fast / slow for fast, slow in zip(rates["answer_path"], rates["orm"], strict=True))
    tail_ratio = figures["answer_path"]["p99_ms"] / figures["orm"]["p99_ms"]
    return {"threads": threads, "rounds": rounds, **figures, "rate_ratio": round(rate_ratio, 2), "p99_ratio": round(tail_ratio, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Answers a second: the answer path against the ORM with a commit a request.")
    parser.add_argument("--answers", type=int, default=4000)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(run(options.answers, options.threads, options.rounds), indent=2))


if __name__ == "__main__":
    main()

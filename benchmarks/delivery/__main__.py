"""Answers saved a second through the very endpoint that the page uses, beside the same save in Django and a bare Flask page.

    make bench-delivery        (or: python -m benchmarks.delivery [--rounds 5] [--seconds 4] [--quick])

All are served as in production (gunicorn, two gthread workers of eight threads), on SQLite with `synchronous=FULL` and on
PostgreSQL, with CSRF validation and a session of their own for each of 16 keep-alive clients, in turns within each round so that
ratios hold on a busy machine. Afterwards every acknowledged answer is looked for in the database. Writes `benchmarks/DELIVERY.md`;
`--quick` tries the harness and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from assessment.records.database import Database
from benchmarks.delivery.client import Answering, Conversation, Greeting, arrive, converse
from benchmarks.delivery.servers import ROOT, SECRET, count_lost, fresh_database, open_sittings, postgres_server, serving

RESULTS = Path(__file__).parents[1] / "DELIVERY.md"
CLIENTS = 16
MOST_REQUESTS = 20_000
WARM_UP_SECONDS = 1.0
KINDS = {"sqlite": "SQLite, synchronous=FULL", "postgresql": "PostgreSQL"}
HELLO_GOAL, TAIL_GOAL = 0.30, 100.0
DJANGO_GOAL = {"sqlite": 2.0, "postgresql": 1.5}


@dataclass
class Contender:
    """One server with its clients, and what was measured of it: a rate a round, and all milliseconds of each round."""

    port: int
    conversations: list[Conversation]
    database: Database | None = None
    rates: list[float] = field(default_factory=list)
    spent: list[list[float]] = field(default_factory=list)

    def measure(self, seconds: float) -> None:
        converse(self.port, self.conversations, seconds=WARM_UP_SECONDS, at_most=MOST_REQUESTS)
        rate, spent = converse(self.port, self.conversations, seconds=seconds, at_most=MOST_REQUESTS)
        self.rates.append(rate)
        self.spent.append(spent)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    def percentile(self, percent: int) -> float:
        """The median over the rounds."""
        return statistics.median(statistics.quantiles(spent, n=100)[percent - 1] for spent in self.spent)

    def times(self, other: Contender) -> float:
        """The median of the ratios within a round."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.rates, other.rates, strict=True))


def attune(stack: ExitStack, kind: str, folder: Path, postgres: str) -> Contender:
    database = fresh_database(kind, "attune", folder, postgres)
    var = folder / f"var-{kind}"
    var.mkdir()
    url = database.url.render_as_string(hide_password=False)
    port = stack.enter_context(serving("wsgi:app", {"DATABASE_URL": url, "ATTUNE_SECRET": SECRET, "ATTUNE_VAR": str(var)}))
    clients = [arrive(port, f"/take/{token}", sitting, "/take/answer") for token, sitting in open_sittings(database, CLIENTS)]
    return Contender(port, [*clients], database)


def django(stack: ExitStack, kind: str, folder: Path, postgres: str) -> Contender:
    database = fresh_database(kind, "django", folder, postgres)
    url = database.url.set(drivername=kind).render_as_string(hide_password=False)
    environment = {"DATABASE_URL": url}
    site = "benchmarks.delivery.django_site"
    subprocess.run([sys.executable, "-m", site], cwd=ROOT, env=os.environ | environment, check=True)
    port = stack.enter_context(serving(f"{site}:app", environment))
    clients = [arrive(port, f"/begin/{sitting}", sitting, "/answer") for _, sitting in open_sittings(database, CLIENTS)]
    return Contender(port, [*clients], database)


def run(rounds: int, seconds: float) -> tuple[dict[str, dict[str, Contender]], dict[str, tuple[int, int]], str]:
    """Every contender by database, what each acknowledged and lost, and how PostgreSQL commits."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(postgres_server())
        port = stack.enter_context(serving("benchmarks.delivery.hello:app", {}))
        found: dict[str, dict[str, Contender]] = {}
        for kind in KINDS:
            hello = Contender(port, [Greeting(port) for _ in range(CLIENTS)])
            found[kind] = {
                "hello": hello,
                "attune": attune(stack, kind, folder, postgres),
                "django": django(stack, kind, folder, postgres),
            }
        for number in range(rounds):
            for kind, contenders in found.items():
                for name, contender in contenders.items():
                    contender.measure(seconds)
                    print(f"round {number + 1}, {kind}, {name}: {contender.rates[-1]:.0f}/s", file=sys.stderr)
        kept = {}
        for kind, contenders in found.items():
            for name, contender in contenders.items():
                if contender.database is not None:
                    answering = [c for c in contender.conversations if isinstance(c, Answering)]
                    kept[f"{kind} {name}"] = count_lost(contender.database, answering)
                    contender.database.dispose()
        return found, kept, _durability(postgres)


def write_up(
    found: dict[str, dict[str, Contender]],
    kept: dict[str, tuple[int, int]],
    durability: str,
    seconds: float,
    load: tuple[float, float],
) -> str:
    rounds = len(found["sqlite"]["attune"].rates)
    lines = [
        "# Answers saved a second",
        "",
        f"`make bench-delivery`, {datetime.now(UTC):%d %B %Y}: {_processor()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}; load {load[0]:.1f} before and {load[1]:.1f} after. The servers and the "
        "client share its cores with whatever else runs.",
        "",
        f"{CLIENTS} keep-alive clients in a closed loop, {rounds} rounds of {seconds:.0f} s after {WARM_UP_SECONDS:.0f} s of "
        "warm-up, servers in turns; gunicorn, two gthread workers of eight threads, for all. A save is the POST that the page's "
        "script sends: session cookie, CSRF token validated, idempotency key, sequence, commit, receipt. Django does the same with "
        "its session and CSRF middleware and its ORM, one transaction a request, on the same tables. The ratio to hello is what a "
        f"save costs beside the least that Flask can do. {durability} Figures are medians over rounds; in brackets the smallest "
        "and the largest.",
        "",
        "| database | server | a second | × hello | × Django | p50 ms | p99 ms | acknowledged | lost |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    judged = []
    for kind, contenders in found.items():
        hello, other = contenders["hello"], contenders["django"]
        for name, contender in contenders.items():
            acknowledged, lost = kept.get(f"{kind} {name}", (None, None))
            lines.append(
                f"| {KINDS[kind]} | {name} | {contender.rate:.0f} ({min(contender.rates):.0f}–{max(contender.rates):.0f}) "
                f"| {contender.times(hello):.2f} | {'–' if name == 'hello' else f'{contender.times(other):.2f}'} "
                f"| {contender.percentile(50):.1f} | {contender.percentile(99):.0f} "
                f"| {'–' if acknowledged is None else acknowledged} | {'–' if lost is None else lost} |"
            )
        ours = contenders["attune"]
        judged += [
            _judged(f"{KINDS[kind]}: share of hello", ours.times(hello), f"≥ {HELLO_GOAL:.2f}", ours.times(hello) >= HELLO_GOAL),
            _judged(
                f"{KINDS[kind]}: times Django",
                ours.times(other),
                f"≥ {DJANGO_GOAL[kind]:.1f}",
                ours.times(other) >= DJANGO_GOAL[kind],
            ),
            _judged(f"{KINDS[kind]}: p99 in ms", ours.percentile(99), f"≤ {TAIL_GOAL:.0f}", ours.percentile(99) <= TAIL_GOAL),
            _judged(f"{KINDS[kind]}: acknowledged answers lost", kept[f"{kind} attune"][1], "0", kept[f"{kind} attune"][1] == 0),
        ]
    short = [row.split("|")[1].strip() for row in judged if "**no**" in row]
    verdict = f"Falls short: {'; '.join(short)}." if short else "Every goal is reached."
    return "\n".join([*lines, "", verdict, "", "| goal | wanted | found | reached |", "|---|---|---|---|", *judged, ""])


def _judged(what: str, value: float, wanted: str, reached: bool) -> str:
    written = str(value) if isinstance(value, int) else f"{value:.2f}" if value < 10 else f"{value:.0f}"
    return f"| {what} | {wanted} | {written} | {'yes' if reached else '**no**'} |"


def _durability(postgres: str) -> str:
    import psycopg

    with psycopg.connect(postgres) as connection:
        values = [connection.execute(f"SHOW {name}".encode()).fetchone() for name in ("fsync", "synchronous_commit")]
    fsync, commit = (value[0] for value in values if value is not None)
    return f"PostgreSQL runs with fsync={fsync}, synchronous_commit={commit}."


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description="Answers saved a second, beside Django and a bare Flask page.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--quick", action="store_true", help="one short round; writes nothing")
    options = parser.parse_args()
    rounds, seconds = (1, 1.0) if options.quick else (options.rounds, options.seconds)
    before = os.getloadavg()[0]
    found, kept, durability = run(rounds, seconds)
    text = write_up(found, kept, durability, seconds, (before, os.getloadavg()[0]))
    print(text)
    if not options.quick:
        RESULTS.write_text(text)
    if any(lost for _, lost in kept.values()):
        raise SystemExit("an acknowledged answer is lost")


if __name__ == "__main__":
    main()

"""A real worker in a process of its own, to be stopped and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assessment.records.database import Database
from tests.conftest import ROOT, SECRET

PATIENCE = 90.0


class WorkerProcess:
    """`flask worker` on a database. `log` holds what it wrote to standard error."""

    def __init__(self, database: Database, folder: Path, name: str) -> None:
        self.log = folder / f"{name}.log"
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql"),
            "ATTUNE_SECRET": SECRET.decode(),
            "ATTUNE_VAR": str(folder),
            "ATTUNE_WORKER": name,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).parent / "flask"), "--app", "wsgi", "worker"], cwd=ROOT, env=environment, stderr=log
            )

    def kill(self) -> None:
        """As the machine would: nothing can be finished or said."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=PATIENCE)

    def stop(self) -> int:
        """As a supervisor would: SIGTERM. The exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)

    def alive(self) -> bool:
        return self.process.poll() is None


@contextmanager
def worker(database: Database, folder: Path, name: str = "worker-1") -> Iterator[WorkerProcess]:
    """A worker that is killed at the end, whatever happens."""
    running = WorkerProcess(database, folder, name)
    try:
        yield running
    finally:
        if running.alive():
            running.kill()


def wait_until(found: Callable[[], bool], running: WorkerProcess, what: str) -> None:
    """Look every twentieth of a second until `found`; the worker's log is told when it takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert running.alive(), f"the worker ended before {what}:\n{running.log.read_text()}"
        assert time.monotonic() < deadline, f"{what} took too long:\n{running.log.read_text()}"
        time.sleep(0.05)

"""`flask worker`: run the worker in this process until it is told to stop."""

from __future__ import annotations

import logging
import signal
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext

from assessment.config import Settings
from assessment.records.database import Database


@click.command("worker")
@with_appcontext
def worker_command() -> None:
    """Carry out what pages and commands ordered: scores, studies, new scores for a new key.

    Stops at SIGTERM or Ctrl-C after the step it is in. What was under way goes on when a worker of the same name
    (ATTUNE_WORKER) starts again; two workers at once need two names.
    """
    from assessment.jobs.worker import Worker  # here, because the engine takes longer to load than most commands to run

    settings, database = current_app.extensions["settings"], current_app.extensions["database"]
    assert isinstance(settings, Settings)
    assert isinstance(database, Database)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    worker = Worker(settings, database)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker.run(ready=lambda: click.echo(f"Worker {settings.worker_name} is ready.", err=True))
    click.echo(f"Worker {settings.worker_name} has stopped.", err=True)

"""The application on a test's SQLite database, and a server of it for browsers. A module that needs both databases has its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from assessment.records.database import Database
from tests.services.stage import Stage
from tests.web.serving import local_server
from tests.web.taking import Person, application, today


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Iterator[Flask]:
    made = application(sqlite_database, tmp_path)
    yield made
    if "answers" in made.extensions:
        made.extensions["answers"].close()
    made.extensions["database"].dispose()


@pytest.fixture
def person(app: Flask, stage: Stage) -> Person:
    """Somebody on the first page of the questionnaire that the module's `stage` gives."""
    (token,) = stage.invite(today())
    person = Person(app, token)
    person.begin()
    return person


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = local_server(app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()

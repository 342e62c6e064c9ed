"""One browser and one served questionnaire for each module that asks for them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from assessment.records.database import Database
from assessment.records.vault import Vault
from tests.browser.browsing import launch
from tests.browser.sitting import Served, served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


@pytest.fixture(scope="module")
def questionnaire(migrated_sqlite_file: Path, vault: Vault, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("sitting")
    shutil.copy(migrated_sqlite_file, folder / "attune.sqlite3")
    database = Database(f"sqlite:///{folder / 'attune.sqlite3'}", vault)
    with served(database, folder) as found:
        yield found
    database.dispose()

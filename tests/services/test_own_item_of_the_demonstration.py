"""The demonstration's own item has nothing to mend, so that whoever looks at it can read it at once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from assessment.config import Settings
from assessment.demo.items import CODE, load_own_item
from assessment.records.database import Database
from assessment.services.items.item_checks import check_version
from assessment.services.items.item_readings import may_read
from assessment.services.items.own_keys import thin_scores
from tests.services.own_item_stage import QUESTIONS, SHIPPED, set_desk


def test_the_item_is_in_review_with_nothing_to_mend(sqlite_database: Database, tmp_path: Path, now: datetime) -> None:
    desk = set_desk(sqlite_database, now)
    settings = Settings(str(sqlite_database.url), b"x" * 32, tmp_path, False, (), 0, QUESTIONS, "test")
    load_own_item(sqlite_database, settings, desk.author, now)
    with sqlite_database.read() as session:
        version = desk.find(CODE)
        assert check_version(session, version, bank=SHIPPED, root=QUESTIONS).findings == ()
        assert thin_scores(session, version, tuple(SHIPPED.facets)) == []
        assert may_read(version, desk.approver)
        assert not may_read(version, desk.author)

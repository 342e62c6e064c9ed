"""`flask bank own export`: what was written in the application is a bank's file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from assessment.app import create_app
from assessment.bank.drafts import read_item_file
from assessment.config import Settings
from assessment.records.database import Database
from assessment.services.items.own_items import write_item
from tests.services.own_item_stage import QUESTIONS, SHIPPED, set_desk


def test_own_items_are_written_where_a_bank_has_them(sqlite_database: Database, tmp_path: Path, now: datetime) -> None:
    desk = set_desk(sqlite_database, now)
    desk.approved()
    with sqlite_database.write() as session:
        write_item(session, bank=SHIPPED, code="half-done", format="rate", actor=desk.author, now=now)
    app = create_app(
        Settings(
            database_url=str(sqlite_database.url),
            secret=b"a secret for tests alone, 32 bytes or more",
            var=tmp_path,
            https=False,
            trusted_hosts=(),
            proxy_hops=0,
            questions=QUESTIONS,
            worker_name="test",
        )
    )
    done = app.test_cli_runner().invoke(args=["bank", "own", "export", str(tmp_path / "out"), "--organisation", "acme"])
    assert (done.exit_code, done.output) == (0, f"Wrote 2 items to {tmp_path / 'out'}.\n")
    approved = read_item_file((tmp_path / "out/items/discretion/a-fee-to-leave.toml").read_bytes())
    assert approved["item"]["status"] == "approved"
    assert [reader["role"] for reader in approved["review"]["readers"]] == ["agent", "supervisor"]
    assert (tmp_path / "out/items/drafts/half-done.toml").exists()
    assert app.test_cli_runner().invoke(args=["bank", "own", "export", str(tmp_path), "--organisation", "none"]).exit_code == 1
    app.extensions["database"].dispose()

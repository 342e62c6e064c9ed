"""Adding rows that may be there already: what a step that runs twice needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from assessment.records.base import Table

ROWS_AT_ONCE = 500


def insert_new(session: Session, model: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of one table; a row whose unique key is taken is left as it stands."""
    session.flush()
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model).on_conflict_do_nothing()
    for start in range(0, len(rows), ROWS_AT_ONCE):
        session.execute(statement, list(rows[start : start + ROWS_AT_ONCE]))

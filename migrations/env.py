"""Alembic's entry: migrate the database that `DATABASE_URL` names, with the same connection rules as the application."""

import sqlalchemy as sa
from alembic import context

from assessment.config import read_settings
from assessment.records.base import UtcTime
from assessment.records.database import Database
from assessment.records.schema import metadata
from assessment.records.vault import Vault


def plain_types(kind: str, item: object, _context: object) -> str | bool:
    """Write column types into migrations as SQLAlchemy's own, so that an old migration never depends on newer code."""
    if kind == "type" and isinstance(item, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def migrate() -> None:
    database = context.config.attributes.get("database")
    if database is None:
        settings = read_settings()
        database = Database(settings.database_url, Vault(settings.secret))
    with database.write_engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=database.is_sqlite,
            compare_type=True,
            render_item=plain_types,
            compare_server_default=True,
            transaction_per_migration=True,
            include_object=lambda _object, name, kind, _reflected, _compared: not (kind == "table" and name.startswith("dbos")),
        )
        with context.begin_transaction():
            context.run_migrations()


migrate()

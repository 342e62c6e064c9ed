"""`flask database …`: the tables."""

from __future__ import annotations

import logging

import click
from alembic import command
from alembic.config import Config
from flask import current_app
from flask.cli import AppGroup

from assessment.cli.context import database

database_commands = AppGroup("database", help="Create and migrate the tables of the database that DATABASE_URL names.")


def _configuration() -> Config:
    root = current_app.extensions["settings"].root
    configuration = Config(str(root / "alembic.ini"))
    configuration.set_main_option("script_location", str(root / "migrations"))
    configuration.attributes["database"] = database()
    return configuration


@database_commands.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the tables up to REVISION (the newest by default). Does nothing when they are there already."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    command.upgrade(_configuration(), revision)


@database_commands.command()
@click.argument("revision")
@click.confirmation_option(prompt="Going down drops tables and what is in them. Go on?")
def downgrade(revision: str) -> None:
    """Take the tables down to REVISION (`base` removes everything)."""
    command.downgrade(_configuration(), revision)

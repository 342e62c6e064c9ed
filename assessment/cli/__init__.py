"""The operations manual: `flask --app wsgi …`. One module a group of commands."""

from __future__ import annotations

from flask import Flask

from assessment.cli.audit import audit_commands
from assessment.cli.database import database_commands
from assessment.cli.organisation import organisation_commands, staff_commands


def register_commands(app: Flask) -> None:
    """Add every group of commands to `flask`."""
    for group in (database_commands, organisation_commands, staff_commands, audit_commands):
        app.cli.add_command(group)

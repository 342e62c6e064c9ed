"""The operations manual: `flask --app wsgi …`. One module a group of commands."""

from __future__ import annotations

from flask import Flask


def register_commands(app: Flask) -> None:
    """Add every group of commands to `flask`."""
    from assessment.cli.audit import audit_commands

    for group in (audit_commands,):
        app.cli.add_command(group)

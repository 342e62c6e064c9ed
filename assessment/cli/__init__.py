"""The operations manual: `flask --app wsgi …`. One module a group of commands."""

from __future__ import annotations

from flask import Flask

from assessment.cli.audit import audit_commands
from assessment.cli.bank import bank_commands
from assessment.cli.data import data_commands
from assessment.cli.database import database_commands
from assessment.cli.feedback import feedback_commands
from assessment.cli.imports import criterion_commands, hires_commands, qa_commands, responses_commands
from assessment.cli.organisation import organisation_commands, staff_commands
from assessment.cli.psychometrics import psychometrics_commands
from assessment.cli.study import study_commands


def register_commands(app: Flask) -> None:
    """Add every group of commands to `flask`."""
    imports = (responses_commands, hires_commands, qa_commands, criterion_commands)
    for group in (
        bank_commands,
        database_commands,
        organisation_commands,
        staff_commands,
        audit_commands,
        data_commands,
        study_commands,
        feedback_commands,
        psychometrics_commands,
        *imports,
    ):
        app.cli.add_command(group)

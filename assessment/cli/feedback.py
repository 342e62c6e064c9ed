"""`flask feedback …`: the reports that applicants read."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from assessment.cli.context import database, now, operator, organisation_option, refusals_told
from assessment.services.feedback import write_feedback_of_form
from assessment.services.keyring import key_in_force
from assessment.services.reports.feedback_words import feedback_words

feedback_commands = AppGroup("feedback", help="The reports that applicants read after the questionnaire.")


@feedback_commands.command("write")
@click.argument("form")
@organisation_option
def write(form: str, organisation: str | None) -> None:
    """Write the missing reports on the questionnaires of FORM that are scored under the key in force.

    The worker writes each report after the score. This is for scores that are older than the reports; run twice, it does nothing.
    """
    with refusals_told():
        organisation_id = operator(organisation).organisation_id
        with database().read() as session:
            key_version_id = key_in_force(session, organisation_id, form).id
        n = write_feedback_of_form(
            database(),
            organisation_id=organisation_id,
            form_code=form,
            key_version_id=key_version_id,
            words=feedback_words(current_app.extensions["settings"].questions),
            now=now(),
        )
    click.echo(f"{n} reports were written." if n != 1 else "One report was written.")

"""`flask data …`: what is kept about one person, taken out or erased, and erasures done again after a restore."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TextIO

import click
from flask.cli import AppGroup

from assessment.cli.context import database, now, operator, organisation_option, refusals_told
from assessment.errors import BadInput, Fault
from assessment.services.people.actors import Actor
from assessment.services.requests.erasing import ErasedPerson, erase_person, list_erasures, reapply_erasures
from assessment.services.requests.staff_record import applicant_of, export_record

data_commands = AppGroup("data", help="What is kept about one person: exported, erased, erased again after a restore.")
applicant_option = click.option("--applicant", "reference", required=True, metavar="REF", help="The applicant's reference.")


@data_commands.command()
@applicant_option
@organisation_option
def export(reference: str, organisation: str | None) -> None:
    """Print everything that is kept about a person, as JSON."""
    with refusals_told():
        actor = operator(organisation)
        with database().write() as session:  # the export is noted in the audit log
            applicant_id = applicant_of(session, reference=reference, actor=actor)
            record = export_record(session, applicant_id=applicant_id, actor=actor, now=now())
    click.echo(json.dumps(record, ensure_ascii=False, indent=2))


@data_commands.command()
@applicant_option
@organisation_option
@click.confirmation_option(prompt="Erasing cannot be undone. Go on?")
def erase(reference: str, organisation: str | None) -> None:
    """Erase a person."""
    with refusals_told():
        actor = operator(organisation)
        with database().write() as session:
            applicant_id = applicant_of(session, reference=reference, actor=actor)
            erase_person(session, applicant_id=applicant_id, confirmation=reference, actor=actor, now=now())
    _drop_traces()
    click.echo("Erased. Keep the list of erasures beside your backups: flask --app wsgi data erasures")


@data_commands.command()
def erasures() -> None:
    """Print who was erased, one JSON object a line, to be kept beside backups. There is a pseudonym in it and no name."""
    with database().read() as session:
        for erased in list_erasures(session):
            told = {"subject": erased.subject, "organisation": erased.organisation, "by": erased.erased_by}
            click.echo(json.dumps(told | {"at": erased.erased_at.isoformat()}))


@data_commands.command("reapply-erasures")
@click.argument("file", type=click.File("r", encoding="utf-8"), required=False)
def reapply(file: TextIO | None) -> None:
    """Erase again everybody on the list in FILE (from `data erasures`) and in the database, after a backup was restored."""
    with refusals_told():
        listed = list(_read(file)) if file is not None else []
        with database().write() as session:
            actor = Actor(0, "operator", "operator (command line)", "administrator")
            done = reapply_erasures(session, listed=[*listed, *list_erasures(session)], actor=actor, now=now())
    if done:
        _drop_traces()
    click.echo(f"Erased again: {done}. The others on the list are not here.")


def _read(file: TextIO) -> Iterator[ErasedPerson]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            yield ErasedPerson(
                str(told["subject"]), str(told["organisation"]), str(told["by"]), datetime.fromisoformat(told["at"]).astimezone()
            )
        except (ValueError, KeyError, TypeError) as error:
            fault = Fault(f"line {number}", "is not a line of the list that `data erasures` prints")
            raise BadInput("Nothing was erased.", [fault]) from error


def _drop_traces() -> None:
    if not database().drop_traces():
        click.echo("A reader keeps the database's log from being emptied just now; it is emptied later.", err=True)

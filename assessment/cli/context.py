"""What commands share: the database, who is acting, and how a refusal is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from flask import current_app

from assessment.errors import BadInput, Refusal
from assessment.records.database import Database
from assessment.services.people.accounts import find_organisation
from assessment.services.people.actors import Actor

REFUSED = 1


def database() -> Database:
    found = current_app.extensions["database"]
    assert isinstance(found, Database)
    return found


def now() -> datetime:
    return datetime.now(UTC)


def operator(organisation: str | None) -> Actor:
    """The person at the command line, acting for one organisation (its slug; the only one when there is one)."""
    with database().read() as session:
        found = find_organisation(session, organisation)
        return Actor(found.id, "operator", "operator (command line)", "administrator")


@contextmanager
def refusals_told() -> Iterator[None]:
    """Turn a refusal into words on standard error and exit status 1."""
    try:
        yield
    except BadInput as error:
        click.echo(str(error), err=True)
        for fault in error.faults:
            click.echo(f"  {fault}", err=True)
        sys.exit(REFUSED)
    except Refusal as error:
        click.echo(str(error), err=True)
        sys.exit(REFUSED)


organisation_option = click.option("--organisation", metavar="SLUG", help="Which organisation; needed when there are several.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output; messages go to standard error.")

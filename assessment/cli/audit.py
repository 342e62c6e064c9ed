"""`flask audit …`: the log that cannot be edited unseen."""

from __future__ import annotations

import json
import sys

import click
from flask.cli import AppGroup

from assessment.cli.context import REFUSED, database, json_option
from assessment.services.audit import verify_chain

audit_commands = AppGroup("audit", help="The append-only, hash-chained audit log.")


@audit_commands.command()
@json_option
def verify(as_json: bool) -> None:
    """Recompute every hash of the log. Exit status 1 if an event was edited, removed or moved."""
    with database().read() as session:
        result = verify_chain(session)
    if as_json:
        click.echo(
            json.dumps({"events": result.n_events, "holds": result.holds, "first_broken": result.first_broken, "head": result.head})
        )
    elif result.holds:
        click.echo(f"{result.n_events} events, the chain holds. Head: {result.head}")
    else:
        click.echo(f"The chain is broken at event {result.first_broken} of {result.n_events}.", err=True)
    if not result.holds:
        sys.exit(REFUSED)

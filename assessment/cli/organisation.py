"""`flask organisation …` and `flask staff …`: who works with Attune."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from assessment.cli.context import database, now, operator, organisation_option, refusals_told
from assessment.services.people.accounts import add_organisation, add_staff_member, disable_by_email

organisation_commands = AppGroup("organisation", help="Organisations: each sees only its own.")
staff_commands = AppGroup("staff", help="People with a sign-in, and their roles.")


@organisation_commands.command("add")
@click.argument("slug")
@click.argument("name")
def add_one(slug: str, name: str) -> None:
    """Add an organisation. SLUG is the short name that commands use."""
    with refusals_told(), database().write() as session:
        add_organisation(session, slug=slug, name=name, now=now())
    click.echo(f"Added {name}.")


@staff_commands.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice(["recruiter", "analyst", "approver", "administrator"]))
@click.password_option(help="At least 12 characters; asked for when not given.")
@organisation_option
def add_staff(email: str, name: str, role: str, password: str, organisation: str | None) -> None:
    """Give a person a sign-in."""
    with refusals_told():
        actor = operator(organisation)
        with database().write() as session:
            add_staff_member(
                session,
                organisation_id=actor.organisation_id,
                name=name,
                email=email,
                role=role,
                password=password,
                added_by=actor.subject,
                now=now(),
            )
    click.echo(f"{name} can sign in as {role}.")


@staff_commands.command("disable")
@click.argument("email")
@organisation_option
def disable_staff(email: str, organisation: str | None) -> None:
    """Take a person's sign-in away and end their sessions at once."""
    with refusals_told():
        actor = operator(organisation)
        with database().write() as session:
            disable_by_email(session, email, actor=actor, now=now())
    click.echo("The account is disabled; its sessions have ended.")

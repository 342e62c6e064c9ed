"""`flask demo …`: fill an empty database with the demonstration, and say where to sign in."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from assessment.demo import organisation as demo
from assessment.demo.items import CODE, load_own_item
from assessment.demo.requests import load_requests
from assessment.records.database import Database
from assessment.services.feedback import write_feedback_of_form
from assessment.services.keyring import key_in_force
from assessment.services.people.actors import Actor
from assessment.services.publishing import approve_proposal, propose_key, propose_norms, publish_key
from assessment.services.reports.feedback_words import feedback_words
from assessment.services.scoring import score_form
from assessment.services.studying import declare_study, run_study
from assessment.services.vacancies import find_vacancy_by_code

demo_commands = AppGroup("demo", help="The demonstration: simulated applicants, labelled so, and a real retail cohort.")

RETAIL = "examples/retail_selection_2021"
RETAIL_VACANCY = "RETAIL-2021"


@demo_commands.command()
@click.option(
    "--stage",
    type=click.Choice(["applicants", "complete"]),
    default="complete",
    show_default=True,
    help="How far along the loop: scored applicants alone, or hires, QA, the retail cohort and a proposal too.",
)
def load(stage: str) -> None:
    """Load the demonstration into an EMPTY database. A database that holds anything is left exactly as it is."""
    database: Database = current_app.extensions["database"]
    with database.read() as session:
        found = demo.state(session)
    if found == "loaded":
        click.echo("The demonstration is there already; nothing was changed.")
        return
    if found == "other":
        click.echo("The database holds an organisation of its own; the demonstration was not loaded.")
        return
    if found == "broken off":
        click.echo(
            "The demonstration was broken off while loading. Remove the database (by default the folder var) and start again.",
            err=True,
        )
        sys.exit(1)
    now = datetime.now(UTC)
    settings = current_app.extensions["settings"]
    actors = demo.load_people_and_form(database, settings, now, click.echo)
    files = demo.load_simulated_applicants(database, settings, actors, now)
    folder = settings.var / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hires.csv").write_text(files.hires)
    (folder / "qa_evaluations.csv").write_text(files.evaluations)
    _score(database, actors["analyst"], now)
    click.echo(f"{demo.APPLICANTS} simulated applicants finished, and were scored with the provisional key.")
    _publish_norms(database, actors, now)
    load_own_item(database, settings, actors["analyst"], now)
    click.echo(f"The analyst has written an item, {CODE}; it is in review and waits for the approver to read it.")
    n = load_requests(database, actors["analyst"].organisation_id, now)
    click.echo(f"{n} of them ask for a review, a correction, an erasure or against the result; one reply is overdue.")
    if stage == "complete":
        _rest_of_the_loop(database, actors, folder, now)
    with database.write() as session:
        demo.mark_loaded(session)
    click.echo(
        "The demonstration is complete." if stage == "complete" else "Scored applicants are there; the rest of the loop is yours."
    )


@demo_commands.command("sign-ins")
@click.option("--port", default=8000, show_default=True)
def sign_ins(port: int) -> None:
    """Print the links and sign-ins of the demonstration."""
    database: Database = current_app.extensions["database"]
    with database.read() as session:
        link = demo.visitor_link(session)
    if link is None:
        click.echo(f"Attune is at http://127.0.0.1:{port}")
        return
    address = f"http://127.0.0.1:{port}"
    click.echo(f"\nAttune is at {address}\n")
    click.echo(f"  applicant       {address}{link}")
    for role, _name, email in demo.STAFF:
        shown = "second approver" if role == "approver" else role
        click.echo(f"  {shown:<15} {address}/sign-in   {email}")
    click.echo(f"\n  password of all four: {demo.PASSWORD}")
    click.echo("  Stop with Ctrl-C; what was entered is kept in var/.\n")


def _score(database: Database, actor: Actor, now: datetime) -> None:
    with database.read() as session:
        key_id = key_in_force(session, actor.organisation_id, demo.FORM).id
    words = feedback_words(current_app.extensions["settings"].questions)
    organisation_id = actor.organisation_id
    score_form(database, organisation_id=organisation_id, form_code=demo.FORM, key_version_id=key_id, now=now)
    write_feedback_of_form(
        database, organisation_id=organisation_id, form_code=demo.FORM, key_version_id=key_id, words=words, now=now
    )


def _publish_norms(database: Database, actors: dict[str, Actor], now: datetime) -> None:
    with database.write() as session:
        proposal = propose_norms(
            session,
            form_code=demo.FORM,
            rationale="More than 200 people have finished; scores can be compared now.",
            actor=actors["analyst"],
            now=now,
        )
        approve_proposal(
            session,
            proposal_id=proposal.id,
            rationale="The group is the job's own applicants, and the options and weights are unchanged.",
            actor=actors["approver"],
            now=now,
        )
        publish_key(session, proposal_id=proposal.id, actor=actors["analyst"], now=now)
    _score(database, actors["analyst"], now)
    click.echo(
        "A norm group was proposed, approved by a second person and published; everyone has a second score beside the first."
    )


def _rest_of_the_loop(database: Database, actors: dict[str, Actor], folder: Path, now: datetime) -> None:
    _command("responses", "import", f"{RETAIL}/cohort_a.csv", "--codebook", f"{RETAIL}/codebook.toml", "--vacancy", RETAIL_VACANCY)
    _command("hires", "import", f"{RETAIL}/hires.csv")
    _command("criterion", "import", f"{RETAIL}/criterion.csv")
    _command("hires", "import", str(folder / "hires.csv"))
    _command("qa", "import", str(folder / "qa_evaluations.csv"), "--source", "csv")
    _studies(database, actors, now)


def _studies(database: Database, actors: dict[str, Actor], now: datetime) -> None:
    analyst = actors["analyst"]
    with database.write() as session:
        simulated = find_vacancy_by_code(session, analyst.organisation_id, demo.VACANCY)
        retail = find_vacancy_by_code(session, analyst.organisation_id, RETAIL_VACANCY)
        assert simulated is not None
        assert retail is not None
        own = [
            declare_study(
                session,
                kind=kind,
                vacancy_id=simulated.id,
                criterion="qa:empathy",
                window_from=None,
                window_to=None,
                actor=analyst,
                now=now,
            ).id
            for kind in ("validity", "recalibration")
        ]
        for kind in ("validity", "recalibration"):
            declare_study(
                session,
                kind=kind,
                vacancy_id=retail.id,
                criterion="Customer_Service",
                window_from=None,
                window_to=None,
                actor=analyst,
                now=now,
            )
    for study_id in own:
        run_study(database, study_id, now)
    with database.write() as session:
        propose_key(
            session,
            study_id=own[1],
            rationale="The facets that carry the relation with QA empathy should count more; the gain holds on people left out.",
            actor=analyst,
            now=now,
        )
    click.echo("The worker will run the studies of the retail cohort.")
    click.echo("A study and a comparison of weights were run for the simulated vacancy; a proposal waits for the second approver.")


def _command(*words: str) -> None:
    click.echo(f"$ flask --app wsgi {shlex.join(words)}")
    status = current_app.cli.main(list(words), prog_name="flask", standalone_mode=False)
    if isinstance(status, int) and status:
        raise click.ClickException(f"the command ended with status {status}")

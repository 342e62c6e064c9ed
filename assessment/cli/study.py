"""`flask study …`: does the score foretell what happened on the job?"""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from flask.cli import AppGroup

from assessment.cli.context import REFUSED, database, json_option, now, operator, organisation_option, refusals_told
from assessment.errors import Refusal
from assessment.services.studying import declare_study, find_study, list_studies, run_study
from assessment.services.vacancies import find_vacancy_by_code

study_commands = AppGroup("study", help="Validity studies of a vacancy's score against a criterion.")
STRATEGY = ("name", "label", "r", "interval", "r_in_sample", "n_weights")


@study_commands.command("run")
@click.option("--vacancy", required=True, metavar="CODE", help="The job whose hires are studied.")
@click.option("--criterion", required=True, metavar="NAME", help="An imported criterion by its column, or qa:empathy.")
@click.option("--folds", type=click.IntRange(2, 20), help="Folds of cross-validation; 5 unless given.")
@click.option("--repeats", type=click.IntRange(1, 100), help="Repeats of cross-validation; 5 unless given.")
@organisation_option
@json_option
def run(vacancy: str, criterion: str, folds: int | None, repeats: int | None, organisation: str | None, as_json: bool) -> None:
    """Declare a validity study and carry it out at once, in this process.

    Exit status 1 when the data do not allow a coefficient: the counts are printed all the same.
    """
    with refusals_told():
        actor = operator(organisation)
        with database().write() as session:
            found = find_vacancy_by_code(session, actor.organisation_id, vacancy)
            if found is None:
                raise Refusal(f"There is no job with the code {vacancy}. Nothing was declared.")
            study = declare_study(
                session,
                kind="validity",
                vacancy_id=found.id,
                criterion=criterion,
                actor=actor,
                now=now(),
                folds=folds,
                repeats=repeats,
                order=False,
            )
        click.echo(f"Study {study.id} is declared: {study.steps_planned} steps.", err=True)
        run_study(database(), study.id, now())
        with database().read() as session:
            result = find_study(session, actor.organisation_id, study.id).result or {}
    click.echo(json.dumps(_report(study.id, result), indent=2, ensure_ascii=False) if as_json else _text(result))
    if result["refused"]:
        sys.exit(REFUSED)


@study_commands.command("list")
@organisation_option
@json_option
def list_all(organisation: str | None, as_json: bool) -> None:
    """The studies of an organisation, newest first."""
    with refusals_told():
        actor = operator(organisation)
        with database().read() as session:
            studies = list_studies(session, actor.organisation_id)
    rows = [
        {
            "study": study.id,
            "kind": study.kind,
            "vacancy": study.declaration["vacancy"],
            "criterion": study.declaration["criterion"],
            "state": study.state,
            "steps": [study.steps_done, study.steps_planned],
            "declared_at": study.declared_at.isoformat(),
        }
        for study in studies
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        done, planned = row["steps"]
        click.echo(
            f"{row['study']:>5}  {row['kind']:<13} {row['vacancy']:<24} {row['criterion']:<20} {row['state']:<9} {done}/{planned}"
        )


def _report(study_id: int, result: dict[str, Any]) -> dict[str, Any]:
    """The parts of the document that a program asks for first; the whole of it is on the study's page as JSON."""
    composite = result.get("composite")
    return {
        "study": study_id,
        "n": result["n"],
        "n_hired": result["n_hired"],
        "n_excluded": result["n_excluded"],
        "criterion": result["criterion"]["name"],
        "key": result["key"],
        "tier": result["tier"],
        "refused": result["refused"],
        "composite": composite,
        "folds": result["folds"],
        "repeats": result["repeats"],
        "strategies": [{name: row[name] for name in STRATEGY} for row in result["strategies"]],
        "corrections": result.get("corrections"),
        "caveats": result["caveats"],
    }


def _text(result: dict[str, Any]) -> str:
    lines = [
        f"{result['n']:,} of {result['n_hired']:,} hires, criterion {result['criterion']['label']}, key v{result['key']['version']}"
    ]
    if result["refused"]:
        refused = result["refused"]
        lines.append(f"{refused['reason']} {refused['n']} usable, {refused['n_needed']} needed.")
    else:
        lines.append(_line("Composite", result["composite"]))
        for row in result["strategies"]:
            lines.append(f"{_line(row['label'], row)}  in sample {row['r_in_sample']:.3f}, {row['n_weights']} weights")
    return "\n".join([*lines, "", *(f"- {caveat}" for caveat in result["caveats"])])


def _line(name: str, row: dict[str, Any]) -> str:
    low, high = row["interval"]
    return f"{name[:58]:<58} r = {row['r']:6.3f}  95 % {low:6.3f} to {high:6.3f}"

"""`flask responses|hires|qa|criterion import …`: what happened elsewhere, brought in from files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from assessment.cli.context import database, json_option, now, operator, organisation_option, refusals_told
from assessment.integrations.imports import criterion_file, evaluations_file, hires_file, responses_file
from assessment.records.observation import ImportBatch
from assessment.services.criterion import DeclaredReliability, import_criterion
from assessment.services.hiring import import_hires
from assessment.services.history import import_responses
from assessment.services.importing import FATES, Fate, ImportPlan, LineFate, find_import, lines_of
from assessment.services.qa_import import import_evaluations, preview_evaluations

responses_commands = AppGroup("responses", help="Answers to a form that was given elsewhere.")
hires_commands = AppGroup("hires", help="Which applicants became agents.")
qa_commands = AppGroup("qa", help="QA evaluations of agents, question by question.")
criterion_commands = AppGroup("criterion", help="Criteria that come one value a person.")

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
SHOWN_LINES = 20
LISTED_LINES = 1_000
TOLD: dict[Fate, str] = {"unmatched": "unmatched", "duplicate": "known already", "rejected": "rejected"}


@responses_commands.command("import")
@file_argument
@click.option("--codebook", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="TOML file.")
@click.option("--vacancy", required=True, metavar="CODE", help="The job they applied for; opened if it is not there.")
@click.option("--title", help="What the job is called, if it has to be opened.")
@click.option("--simulated", is_flag=True, help="The people are invented: everything that shows them says so.")
@organisation_option
@json_option
def responses_import(
    file: Path, codebook: Path, vacancy: str, title: str | None, simulated: bool, organisation: str | None, as_json: bool
) -> None:
    """Import the responses in FILE, one row a person, as the codebook describes them, and score them.

    A person who is there already with the same answers is left alone; with other answers the line is rejected.
    """
    with refusals_told():
        actor = operator(organisation)
        form, people = responses_file(file.read_bytes(), codebook.read_bytes(), name=file.name)
        with database().write() as session:
            batch = import_responses(
                session,
                form=form,
                people=people,
                vacancy_code=vacancy,
                actor=actor,
                now=now(),
                title=title,
                simulated=simulated,
            )
        _tell(batch, as_json, "people")


@hires_commands.command("import")
@file_argument
@organisation_option
@json_option
def hires_import(file: Path, organisation: str | None, as_json: bool) -> None:
    """Import FILE: applicant_id,employee_id,hired_on,left_on,left_reason. The last three may be empty."""
    with refusals_told():
        actor = operator(organisation)
        hires = hires_file(file.read_bytes(), name=file.name, now=now())
        with database().write() as session:
            batch = import_hires(session, file=hires, actor=actor, now=now())
        _tell(batch, as_json)


@qa_commands.command("import")
@file_argument
@click.option("--source", type=click.Choice(["csv"]), default="csv", show_default=True, help="The kind of file.")
@click.option("--preview", is_flag=True, help="Say what would happen, and change nothing.")
@organisation_option
@json_option
def qa_import(file: Path, source: str, preview: bool, organisation: str | None, as_json: bool) -> None:
    """Import the evaluations in FILE, one line a question. An evaluation is taken whole or not at all."""
    with refusals_told():
        actor = operator(organisation)
        evaluations = evaluations_file(file.read_bytes(), name=file.name, now=now())
        if preview:
            with database().read() as session:
                plan = preview_evaluations(session, file=evaluations, organisation_id=actor.organisation_id)
            _tell_plan(plan, as_json)
            return
        with database().write() as session:
            batch = import_evaluations(session, file=evaluations, actor=actor, now=now())
        _tell(batch, as_json)


@criterion_commands.command("import")
@file_argument
@click.option("--reliability", type=float, metavar="R", help="How reliable the values are, above 0 and at most 1.")
@click.option("--reliability-source", metavar="TEXT", help="Where that figure comes from; needed with --reliability.")
@organisation_option
@json_option
def criterion_import(
    file: Path, reliability: float | None, reliability_source: str | None, organisation: str | None, as_json: bool
) -> None:
    """Import FILE: employee_id and one numeric column a criterion.

    Without a declared reliability nothing is ever corrected for it, and every report says so.
    """
    if (reliability is None) != (reliability_source is None):
        raise click.UsageError("--reliability and --reliability-source go together.")
    with refusals_told():
        actor = operator(organisation)
        told = None if reliability is None else DeclaredReliability(reliability, reliability_source or "")
        values = criterion_file(file.read_bytes(), name=file.name)
        with database().write() as session:
            batch = import_criterion(session, file=values, reliability=told, actor=actor, now=now())
        _tell(batch, as_json)


def _tell(batch: ImportBatch, as_json: bool, noun: str = "lines") -> None:
    """The report of an import that was done."""
    with database().read() as session:
        kept = find_import(session, batch.organisation_id, batch.id)
        odd = [line for fate in TOLD for line in lines_of(session, kept, fate, limit=LISTED_LINES)]
    counts: dict[Fate, int] = {fate: getattr(batch, fate) for fate in FATES}
    if as_json:
        _print_json(batch.id, batch.kind, batch.file_name, batch.file_hash, counts, batch.notes["remarks"], odd)
    click.echo(f"{batch.file_name}: {_counted(counts, noun, 'imported')}. This is import {batch.id}.", err=as_json)
    _tell_lines(batch.notes["remarks"], odd, counts["unmatched"] + counts["rejected"], as_json)
    if batch.rejected and batch.matched:
        click.echo("The rejected lines were left out and the rest was imported. Mend them and import the file again.", err=as_json)


def _tell_plan(plan: ImportPlan, as_json: bool) -> None:
    """The report of an import that was only tried."""
    counts = {fate: plan.count(fate) for fate in FATES}
    odd = [line for fate in TOLD for line in plan.first(fate, LISTED_LINES)]
    if as_json:
        _print_json(None, plan.kind, plan.file_name, plan.file_hash, counts, plan.remarks, odd)
    click.echo(f"{plan.file_name}: {_counted(counts, 'lines', 'would be imported')}. Nothing was changed.", err=as_json)
    _tell_lines(plan.remarks, odd, counts["unmatched"] + counts["rejected"], as_json)


def _counted(counts: dict[Fate, int], noun: str, done: str) -> str:
    return ", ".join([f"{counts['matched']} {noun} {done}", *(f"{counts[fate]} {word}" for fate, word in TOLD.items())])


def _tell_lines(remarks: Any, odd: list[LineFate], n_odd: int, as_json: bool) -> None:
    """Remarks, and the first lines that were left out; `n_odd` says how many there are of these."""
    for remark in remarks:
        click.echo(f"  Note: {remark}", err=as_json)
    left_out = sorted((line for line in odd if line.fate != "duplicate"), key=lambda line: line.line)
    for line in left_out[:SHOWN_LINES]:
        click.echo(f"  line {line.line}, {TOLD[line.fate]}: {line.reason}", err=True)
    if n_odd > SHOWN_LINES:
        click.echo(f"  and {n_odd - SHOWN_LINES} more lines; the page of the import has them all.", err=True)


def _print_json(
    import_id: int | None, kind: str, name: str, file_hash: str, counts: dict[Fate, int], remarks: Any, odd: list[LineFate]
) -> None:
    report = {
        "import": import_id,
        "kind": kind,
        "file": name,
        "file_hash": file_hash,
        **{str(fate): n for fate, n in counts.items()},
        "remarks": list(remarks),
        "lines": list(_as_json(odd)),
    }
    click.echo(json.dumps(report, ensure_ascii=False))


def _as_json(lines: list[LineFate]) -> Iterator[dict[str, Any]]:
    for line in sorted(lines, key=lambda line: line.line):
        yield {"line": line.line, "fate": line.fate, "reason": line.reason}

"""`flask psychometrics …`: the measurement engine on a plain CSV, without a database.

Each command prints its report; exit status 0 done, 1 refused (the data do not allow it), 2 wrong use.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click
from flask.cli import AppGroup

from assessment.cli.context import json_option, now, refusals_told
from assessment.cli.tables import (
    GlobCommand,
    answers_to,
    chosen_columns,
    columns_option,
    file_argument,
    id_option,
    key_in,
    met_again,
    missing_option,
    read_file,
    report_out,
    tell,
)
from assessment.integrations.exports import write_csv
from assessment.integrations.writing import write_whole
from assessment.keys import key_to_json
from assessment.psychometrics.irt import MODELS, Model
from assessment.services.tabulated import asking, calibrating, describing, groups, rating, scoring, weighing
from assessment.services.tabulated.familiar import share_met_again
from assessment.services.tabulated.layout import Answers

psychometrics_commands = AppGroup("psychometrics", help="Keys and figures from a plain CSV; no database is opened.")
key_path = click.Path(exists=True, dir_okay=False, path_type=Path)
out_path = click.Path(dir_okay=False, path_type=Path)


@psychometrics_commands.command("weigh", cls=GlobCommand)
@file_argument
@click.option("--criterion", required=True, metavar="COLUMN", help="What the key is to foretell.")
@click.option("--predictors", multiple=True, metavar="GLOB", help="Columns that are numbers.")
@click.option("--nominal", multiple=True, metavar="GLOB", help="Columns of options without an order: one weight an option.")
@click.option("--group", metavar="COLUMN", help="For impact figures alone; never a predictor.")
@click.option("--prior", type=key_path, metavar="KEY.json", help="A key to compare with and to lean on.")
@click.option("--out", type=out_path, metavar="KEY.json", help="Write the recommended key, fitted to everybody.")
@click.option("--folds", type=click.IntRange(2, 50), default=asking.FOLDS, show_default=True, help="Of cross-validation.")
@click.option("--repeats", type=click.IntRange(1, 100), default=asking.REPEATS, show_default=True, help="Of cross-validation.")
@id_option
@missing_option
@json_option
def weigh(
    file: Path,
    criterion: str,
    predictors: tuple[str, ...],
    nominal: tuple[str, ...],
    group: str | None,
    prior: Path | None,
    out: Path | None,
    folds: int,
    repeats: int,
    id_given: str | None,
    missing: tuple[str, ...],
    as_json: bool,
) -> None:
    """Learn a key from FILE, one row a person, and say what it is worth to people it never saw.

    Strategies stand side by side under nested cross-validation; the recommended one is the simplest within one standard error
    of the best. A column that both --predictors and --nominal match is nominal.
    """
    if not predictors and not nominal:
        raise click.UsageError("Name the predictors: --predictors GLOB for numbers, --nominal GLOB for options.")
    with refusals_told():
        table = read_file(file, missing)
        target = table.named(criterion)
        audited = None if group is None else table.named(group)
        taken = {target, *([audited] if audited else [])}
        id_column, kept = chosen_columns(table, (*predictors, *nominal), id_given, taken)
        as_options = set(table.matching(nominal))
        options = [name for name in kept if name in as_options]
        numbers = [name for name in kept if name not in as_options]
        read = table.numbers([target, *numbers])
        earlier = None if prior is None else key_in(prior)
        weighed = weighing.weigh(
            asking.Question(
                criterion_name=target,
                criterion=read[target],
                answers=Answers({name: read[name] for name in numbers}, table.options(options)),
                person=table.identifiers(id_column),
                groups=None if audited is None else table.labels(audited),
                prior=earlier,
                met_again=None if earlier is None else met_again(table, earlier),
                folds=folds,
                repeats=repeats,
            ),
            source=file.name,
            on=now().date(),
            progress=tell,
        )
        if out is not None:
            write_whole(out, [key_to_json(weighed.key)])
            tell(f"Key {scoring.name_of(weighed.key)} was written to {out}.")
        report_out(weighed.report, as_json)


@psychometrics_commands.command("score", cls=GlobCommand)
@file_argument
@click.option("--key", "key_file", required=True, type=key_path, metavar="KEY.json", help="The key to score with.")
@click.option("--out", required=True, type=out_path, metavar="SCORES.csv", help="Where the scores go.")
@id_option
@missing_option
@json_option
def score(file: Path, key_file: Path, out: Path, id_given: str | None, missing: tuple[str, ...], as_json: bool) -> None:
    """Score the people in FILE with a key: id, composite, standard_error, n_answered, key, in the order of FILE.

    Columns that the key does not need are passed over. Missing answers count as the key says; who answered nothing has no
    composite.
    """
    with refusals_told():
        key = key_in(key_file)
        table = read_file(file, missing)
        spelt = table.spelt([name for names in scoring.needed_columns(key) for name in names])
        scoring.require_columns(key, spelt)
        id_column = table.named(id_given) if id_given else None if table.columns[0] in spelt.values() else table.columns[0]
        people = table.identifiers(id_column)
        answers = answers_to(table, key)
        found = scoring.score(key, answers)
        write_whole(out, write_csv(scoring.COLUMNS, scoring.rows(people, found)))
        for note in scoring.notes(key, people, found, share_met_again(key, answers)):
            tell(note)
        if as_json:
            report_out(scoring.summary(found) | {"out": str(out)}, as_json)


@psychometrics_commands.command("calibrate", cls=GlobCommand)
@file_argument
@click.option("--model", required=True, type=click.Choice(MODELS), help="Which item response model.")
@columns_option
@click.option("--standard-errors", is_flag=True, help="Also estimate standard errors.")
@click.option(
    "--starts", type=click.IntRange(1, 1000), default=1, show_default=True, help="How often to start (nrm has several optima)."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the starts after the first.")
@click.option("--max-iterations", type=click.IntRange(1), default=2000, show_default=True, help="Iterations at most.")
@id_option
@missing_option
@json_option
def calibrate(
    file: Path,
    model: str,
    columns: tuple[str, ...],
    standard_errors: bool,
    starts: int,
    seed: int,
    max_iterations: int,
    id_given: str | None,
    missing: tuple[str, ...],
    as_json: bool,
) -> None:
    """Fit an item response model to the items in FILE by marginal maximum likelihood.

    The distinct values of a column are its categories, in their order, counted from 0.
    """
    with refusals_told():
        table = read_file(file, missing)
        _, names = chosen_columns(table, columns, id_given)
        found = calibrating.coded(table.numbers(names))
        for note in calibrating.recoding_notes(found):
            tell(note)
        report = calibrating.calibration(
            found,
            cast(Model, model),
            standard_errors=standard_errors,
            starts=starts,
            seed=seed,
            max_iterations=max_iterations,
            progress=tell,
        )
        if not report["converged"]:
            tell("It did not converge: the parameters are not those of the maximum.")
        report_out(report, as_json)


@psychometrics_commands.command("items", cls=GlobCommand)
@file_argument
@columns_option
@click.option("--reverse", multiple=True, metavar="GLOB", help="Items worded against the others: x counts as low + high - x.")
@id_option
@missing_option
@json_option
def items(
    file: Path, columns: tuple[str, ...], reverse: tuple[str, ...], id_given: str | None, missing: tuple[str, ...], as_json: bool
) -> None:
    """Classical analysis of the items in FILE: each item against the others, and the reliability of their sum."""
    with refusals_told():
        table = read_file(file, missing)
        _, names = chosen_columns(table, columns, id_given)
        report_out(describing.items(table.numbers(names), table.matching(reverse)), as_json)


@psychometrics_commands.command("validity")
@file_argument
@click.option("--score", "score_given", required=True, metavar="COLUMN", help="What is to foretell.")
@click.option("--criterion", required=True, metavar="COLUMN", help="What is to be foretold.")
@click.option(
    "--case", type=click.Choice(describing.CASES), help="How the range was restricted; without it, it is not corrected for."
)
@click.option("--u", type=float, help="SD of the score here over its SD among all applicants.")
@click.option("--u-y", type=float, help="The same of the criterion.")
@click.option("--u-z", type=float, help="The same of a third variable that people were chosen by.")
@click.option("--r-xz", type=float, help="Correlation of the score with that variable, here.")
@click.option("--r-yz", type=float, help="Correlation of the criterion with it, here.")
@click.option("--ryy", type=float, help="Reliability of the criterion.")
@click.option("--rxx", type=float, help="Reliability of the score.")
@click.option("--resamples", type=click.IntRange(99, 1_000_000), help="Also a bootstrap interval from so many resamples.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the bootstrap.")
@missing_option
@json_option
def validity(
    file: Path,
    score_given: str,
    criterion: str,
    case: str | None,
    resamples: int | None,
    seed: int,
    missing: tuple[str, ...],
    as_json: bool,
    **given: float | None,
) -> None:
    """Correlation of a score with a criterion in FILE. It is corrected only for what is given."""
    with refusals_told():
        table = read_file(file, missing)
        x, y = table.named(score_given), table.named(criterion)
        read = table.numbers([x, y])
        known = {name: value for name, value in given.items() if value is not None}
        found = describing.validity(
            read[x], read[y], case=cast(describing.Case | None, case), given=known, resamples=resamples or 0, seed=seed
        )
        report_out({"score": x, "criterion": y} | found, as_json)


@psychometrics_commands.command("impact")
@file_argument
@click.option("--group", required=True, metavar="COLUMN", help="The groups.")
@click.option("--selected", metavar="COLUMN", help="Who was selected: 0 or 1.")
@click.option("--score", "score_given", metavar="COLUMN", help="A score to cut.")
@click.option(
    "--top", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="The share to take; above the median without it."
)
@missing_option
@json_option
def impact(
    file: Path,
    group: str,
    selected: str | None,
    score_given: str | None,
    top: float | None,
    missing: tuple[str, ...],
    as_json: bool,
) -> None:
    """Adverse impact on groups in FILE, of a selection that was made (--selected) or of a cut on a score (--score)."""
    if (selected is None) == (score_given is None) or (top is not None and score_given is None):
        raise click.UsageError("Give --selected COLUMN, or --score COLUMN and perhaps --top SHARE.")
    with refusals_told():
        table = read_file(file, missing)
        labelled, column = table.named(group), table.named(selected or score_given or "")
        labels, values = table.labels(labelled), table.numbers([column])[column]
        found = groups.impact_of_selection(values, labels) if selected else groups.impact_of_score(values, labels, top)
        report_out({"group": labelled, "column": column} | found, as_json)


@psychometrics_commands.command("agreement", cls=GlobCommand)
@file_argument
@columns_option
@click.option("--nominal", is_flag=True, help="Ratings are categories without an order, perhaps words.")
@click.option("--points", type=click.IntRange(2, 1000), help="Points of the rating scale from 1, for within-group agreement.")
@click.option("--resamples", type=click.IntRange(99, 100_000), help="Interval of Krippendorff's alpha from so many resamples.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the resamples.")
@id_option
@missing_option
@json_option
def agreement(
    file: Path,
    columns: tuple[str, ...],
    nominal: bool,
    points: int | None,
    resamples: int | None,
    seed: int,
    id_given: str | None,
    missing: tuple[str, ...],
    as_json: bool,
) -> None:
    """Agreement of the raters in FILE: rows are targets, columns raters."""
    with refusals_told():
        table = read_file(file, missing)
        _, names = chosen_columns(table, columns, id_given)
        ratings = rating.coded(table.options(names)) if nominal else table.numbers(names)
        report_out(rating.agreement_of(ratings, nominal=nominal, points=points, resamples=resamples or 0, seed=seed), as_json)

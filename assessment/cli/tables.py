"""What the commands on plain tables share: globs after an option, the file read, a report told as JSON or as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from assessment.integrations.plain_csv import PlainTable, read_plain_table
from assessment.keys import ScoringKey, key_from_json, read_key
from assessment.services.tabulated.familiar import share_met_again
from assessment.services.tabulated.layout import Answers
from assessment.services.tabulated.scoring import needed_columns

_WIDEST = 60


class GlobCommand(click.Command):
    """A command whose repeatable options take several values at once: `--predictors A* B* --nominal C*`.

    Values run up to the next option. Before FILE has been given an option takes one value, so that FILE is not taken for one.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        repeatable = {name for p in self.params if isinstance(p, click.Option) and p.multiple for name in p.opts}
        taking = {name for p in self.params if isinstance(p, click.Option) and not p.is_flag for name in p.opts}
        out: list[str] = []
        option, values, file_given = "", 0, False
        for word in args:
            if word.startswith("-") and len(word) > 1:
                option, values = (word, 0) if word in taking else ("", 0)
            elif option in repeatable and values and file_given:
                out.append(option)
            elif option and not values:
                values += 1
            else:
                option, file_given = "", True
            out.append(word)
        return super().parse_args(ctx, out)


file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
id_option = click.option("--id", "id_given", metavar="COLUMN", help="The column of ids; the first one unless given.")
missing_option = click.option("--missing", multiple=True, metavar="CODE", help="A code for missing beside the empty cell, NA, N/A.")
columns_option = click.option("--columns", multiple=True, metavar="GLOB", help="Which columns; all but the id unless given.")


def read_file(file: Path, missing: Sequence[str]) -> PlainTable:
    """The table in a file; what is to be known of how it was read goes to standard error."""
    table = read_plain_table(file.read_bytes(), missing=missing)
    for note in table.notes:
        tell(note)
    return table


def chosen_columns(
    table: PlainTable, globs: Sequence[str], id_given: str | None, taken: Iterable[str] = ()
) -> tuple[str | None, list[str]]:
    """The column of ids, and those that the globs choose (all, without any) less it and what is `taken` for something else."""
    apart = set(taken)
    id_column = table.id_column(id_given, globs, apart)
    if id_column is not None:
        tell(f"{id_column} is taken for the id.")
    chosen = table.matching(globs) if globs else table.columns
    return id_column, [name for name in chosen if name != id_column and name not in apart]


def key_in(path: Path) -> ScoringKey:
    """The key in an exchange file, or in an authored one (.toml)."""
    return read_key(path) if path.suffix == ".toml" else key_from_json(path.read_bytes())


def answers_to(table: PlainTable, key: ScoringKey) -> Answers:
    """What people answered in the columns that a linear key needs, under the key's names. The table must have them."""
    numbers, options = needed_columns(key)
    spelt = table.spelt([*numbers, *options])
    given, chosen = table.numbers([spelt[name] for name in numbers]), table.options([spelt[name] for name in options])
    return Answers({name: given[spelt[name]] for name in numbers}, {name: chosen[spelt[name]] for name in options})


def met_again(table: PlainTable, key: ScoringKey) -> float | None:
    """The share of the people the key was learnt from who are in the table; None where it cannot be told."""
    needed = [name for names in needed_columns(key) for name in names]
    return share_met_again(key, answers_to(table, key)) if len(table.spelt(needed)) == len(needed) else None


def tell(message: str) -> None:
    """A message for whoever watches: standard error."""
    click.echo(message, err=True)


def report_out(report: Mapping[str, Any], as_json: bool) -> None:
    """The report on standard output."""
    click.echo(json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) if as_json else "\n".join(_text(report)))


def _text(report: Mapping[str, Any], indent: str = "") -> Iterable[str]:
    for name, value in report.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{name}"
            yield from _text(value, indent + "  ")
        elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
            yield f"{indent}{name}"
            yield from (f"{indent}  {line}" for line in _rows(value))
        elif isinstance(value, list) and value and all(isinstance(entry, str) for entry in value):
            yield f"{indent}{name}"
            yield from (f"{indent}  - {entry}" for entry in value)
        elif value not in ([], {}):
            yield f"{indent}{name:<24} {_cell(value)}"


def _rows(rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    names = [name for name in rows[0] if not isinstance(rows[0][name], Mapping)]
    cells = [names, *([_cell(row[name])[:_WIDEST] for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    for line in cells:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) >= 1000 else f"{value:.4f}"
    if isinstance(value, list):
        return " to ".join(map(_cell, value)) if len(value) == 2 else ", ".join(map(_cell, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)

"""A criterion made elsewhere: `employee_id,<criterion>…`, one line an agent, one numeric column a criterion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from assessment.errors import BadInput, Fault
from assessment.integrations.delimited import Limits, RefusedLine, Table, read_table
from assessment.integrations.repeats import repeated_lines
from assessment.integrations.values import BadValue, DecimalSign, cell, damage_notes, identifier

MISSING = frozenset({"", "NA", "N/A", "na", "n/a"})
_LONGEST_NAME = 100
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One agent's values by criterion; a missing value has no entry."""

    line: int
    employee_id: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CriterionFile:
    """`criteria` are the names of the columns read, `agents` the lines in the file's order."""

    criteria: tuple[str, ...]
    agents: tuple[CriterionLine, ...]
    duplicates: tuple[RefusedLine, ...]
    refused: tuple[RefusedLine, ...]
    notes: tuple[str, ...]
    columns: tuple[str, ...]


def _wordy_columns(table: Table, columns: Sequence[str]) -> dict[str, str]:
    """The columns that are no criteria, each with a remark why: none of their first 200 filled cells is a number."""
    undecided = dict.fromkeys(columns, "it is empty")
    looked = dict.fromkeys(columns, 0)
    decimals = DecimalSign(table.separator)
    for line, cells in table.rows:
        open_columns = [column for column in undecided if looked[column] < _LOOKED_AT]
        for column in open_columns:
            if cells[column] in MISSING:
                continue
            looked[column] += 1
            try:
                decimals.number(cells[column])
                del undecided[column]
            except BadValue as error:
                if looked[column] == 1:
                    undecided[column] = f"line {line}: {error}"
        if not open_columns:
            break
    return undecided


def _criteria(table: Table, offered: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the criteria among the columns `offered`, and a note for each column that is none."""
    too_long = [f"{name[:40]}…" for name in offered if len(name) > _LONGEST_NAME]
    if too_long:
        faults = [Fault(f"column {name}", f"has a name longer than {_LONGEST_NAME} characters") for name in too_long]
        raise BadInput(f"A criterion's name is longer than {_LONGEST_NAME} characters. Nothing was read from the file.", faults)
    wordy = _wordy_columns(table, offered)
    criteria = tuple(name for name in offered if name not in wordy)
    if not criteria:
        faults = [Fault(f"column {name}", f"holds no number ({why})") for name, why in wordy.items()]
        faults = faults or [Fault("header", "names no column beside employee_id")]
        raise BadInput(f"The file has no criterion: {faults[0]}. Nothing was read from it.", faults)
    return criteria, tuple(f"Column {name!r} holds no number and is not a criterion ({why})." for name, why in wordy.items())


def _agent(line: int, cells: Mapping[str, str], criteria: Sequence[str], decimals: DecimalSign) -> CriterionLine:
    employee = cell(cells, "employee_id", identifier)
    return CriterionLine(
        line, employee, {name: cell(cells, name, decimals.number) for name in criteria if cells[name] not in MISSING}
    )


def _notes(criteria: Sequence[str], agents: Sequence[CriterionLine]) -> Iterator[str]:
    for name in criteria:
        values = [agent.values[name] for agent in agents if name in agent.values]
        if len(values) > 1 and len(set(values)) == 1:
            yield f"{name} is {values[0]:g} for everybody; nothing can be correlated with it."
        elif len(values) < 3:
            yield f"{name} has {len(values)} value{'' if len(values) == 1 else 's'}; nothing can be correlated with it."
        if len(values) < len(agents):
            yield f"{name} is missing for {len(agents) - len(values)} of {len(agents)} agents."
    yield from damage_notes({agent.employee_id: agent.line for agent in agents})


def read_criterion(data: bytes | BinaryIO, *, criteria: Sequence[str] | None = None, limits: Limits = Limits()) -> CriterionFile:
    """Read a wide file of criterion values. Raises BadInput when the file as a whole cannot be used.

    Every column beside `employee_id` is a criterion if one of its first 200 filled cells is a number, unless `criteria`
    names those to read. Empty, NA and N/A are missing. A line is refused for an unreadable id and for a cell that is
    neither missing nor a finite number. An agent on two lines that differ loses both; a line repeated word for word is a
    duplicate.
    """
    table = read_table(data, required=("employee_id", *(criteria or ())), known=None, limits=limits)
    offered = criteria or [name for name in table.columns if name != "employee_id"]
    names, notes = _criteria(table, offered)
    decimals = DecimalSign(table.separator)
    reasons: dict[int, str] = {}
    found: list[CriterionLine] = []
    for line, cells in table.rows:
        try:
            found.append(_agent(line, cells, names, decimals))
        except BadValue as error:
            reasons[line] = str(error)
    duplicates, conflicts = repeated_lines(
        found,
        lambda agent: agent.line,
        {"employee_id": lambda agent: agent.employee_id},
        lambda agent: (agent.employee_id, *agent.values.items()),
    )
    reasons |= conflicts
    agents = tuple(agent for agent in found if agent.line not in reasons and agent.line not in duplicates)
    return CriterionFile(
        names,
        agents,
        table.with_reasons(duplicates),
        table.refusals(reasons),
        (*table.notes, *notes, *_notes(names, agents)),
        table.columns,
    )

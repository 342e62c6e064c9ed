"""A18 and `blueprint.toml`: how many items of each kind the bank and its forms are to have, and what is missing.

A cell (a facet in a channel, a facet with a trouble) may be one off; the totals of rows and columns are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from assessment.bank.catalogue import Bank, form_items
from assessment.bank.faults import BankErrors
from assessment.bank.files import Shelf
from assessment.bank.frozen import Frozen, FrozenMap
from assessment.bank.items import Item
from assessment.bank.review.findings import WHOLE_BANK, Finding, listed
from assessment.bank.vocabulary import Channel, ChoiceFormat, Construct, Count, Name, Trouble

FILE = "blueprint.toml"
CELL_APART = 1
Targets = Mapping[Any, int]
"""How many of each channel, trouble or format; each map is closed over its own names by its model."""


class Row(Frozen):
    """Targets of one facet: single scenarios by channel and by trouble, and steps of storylines."""

    single: Count
    steps: Count
    channel: FrozenMap[Channel, Count]
    trouble: FrozenMap[Trouble, Count]


class Storylines(Frozen):
    """Targets of storylines, by channel and by trouble."""

    all: Count
    channel: FrozenMap[Channel, Count]
    trouble: FrozenMap[Trouble, Count]


class Statements(Frozen):
    """Targets of statements: of facets, which score, and of attitudes, which do not."""

    facet: Count
    attitude: Count


class FormPlan(Frozen):
    """What one form holds: single scenarios by format, storylines, statements of facets and of attitudes."""

    single: FrozenMap[ChoiceFormat, Count]
    storylines: Count
    statements: Statements


class Blueprint(Frozen):
    """The file as a whole."""

    facet: FrozenMap[Construct, Row]
    storylines: Storylines
    statements: Statements
    single_formats: FrozenMap[ChoiceFormat, Count]
    step_formats: FrozenMap[ChoiceFormat, Count]
    form: Annotated[FrozenMap[Name, FormPlan], Field(default_factory=dict, validate_default=True)]


def read_blueprint(root: Path) -> Blueprint | None:
    """The blueprint of a bank, if it has one. Raises BankErrors for a file that cannot be read."""
    path = root / FILE
    if not path.exists() and not path.is_symlink():
        return None
    shelf = Shelf(root)
    entry = shelf.read(path, Blueprint)
    if entry is None:
        raise BankErrors(shelf.faults)
    return entry.content


def blueprint_findings(bank: Bank, blueprint: Blueprint) -> Iterator[Finding]:
    """A18: what the bank has too much of; once a row is full, where it is uneven; and, in one finding, what is still missing."""
    apart = bank.practice | _of_siblings_alone(bank)
    live = [item for item in bank.items.values() if item.id not in apart and item.status != "retired"]
    table = _Table(blueprint, live)
    yield from table.uneven()
    if missing := table.missing():
        message = f"the bank is not complete: {listed(missing)}"
        yield _finding(WHOLE_BANK, FILE, "missing", message, "Write what is missing, or change the blueprint.")
    for name, plan in blueprint.form.items():
        if name in bank.forms:
            yield from _form(name, plan, form_items(bank, bank.forms[name]))


def _of_siblings_alone(bank: Bank) -> frozenset[str]:
    """Situations that stand in sibling forms and in no other form: those are held to the cells of the other form instead."""
    inside: dict[bool, set[str]] = {True: set(), False: set()}
    for form in bank.forms.values():
        situations = {item.id for item in form_items(bank, form) if item.format != "likert"}
        inside[form.head.sibling_of is not None] |= situations
    return frozenset(inside[True] - inside[False])


class _Table:
    """What the bank has, counted in the cells of the blueprint."""

    def __init__(self, blueprint: Blueprint, items: Sequence[Item]) -> None:
        self.plan = blueprint
        self.singles = [item for item in items if item.format not in ("likert", "storyline")]
        self.storylines = [item for item in items if item.format == "storyline"]
        self.steps = [step for item in self.storylines for step in item.steps]
        likert = [item for item in items if item.format == "likert"]
        self.statements = {
            "facet": sum(item.facet is not None for item in likert),
            "attitude": sum(item.attitude is not None for item in likert),
        }

    def missing(self) -> list[str]:
        """Row by row, what is below its target."""
        short = []
        for facet, row in self.plan.facet.items():
            written = [item for item in self.singles if item.facet == facet]
            short += _short(f"{facet} single scenarios", len(written), row.single)
            short += _short(f"{facet} steps", sum(step.facet == facet for step in self.steps), row.steps)
        short += _short("storylines", len(self.storylines), self.plan.storylines.all)
        for kind, target in (("facet", self.plan.statements.facet), ("attitude", self.plan.statements.attitude)):
            short += _short(f"{kind} statements", self.statements[kind], target)
        return short

    def uneven(self) -> Iterator[Finding]:
        """Rows above their total, full rows with a cell that is off, columns above theirs or off when all rows are full."""
        for facet, row in self.plan.facet.items():
            written = [item for item in self.singles if item.facet == facet]
            steps = sum(step.facet == facet for step in self.steps)
            yield from _total(f"{facet} single scenarios", len(written), row.single, full=False)
            yield from _total(f"{facet} steps", steps, row.steps, full=False)
            for kind, targets in (("channel", row.channel), ("trouble", row.trouble)):
                yield from _cells(f"{facet} by {kind}", _count(written, kind), targets, full=len(written) >= row.single)
        wanted = sum(row.single for row in self.plan.facet.values())
        full = len(self.singles) >= wanted
        for kind in ("channel", "trouble"):
            rows = [getattr(row, kind) for row in self.plan.facet.values()]
            columns = sum((Counter(dict(targets)) for targets in rows), Counter[str]())
            yield from _columns("single scenarios", _count(self.singles, kind), columns, full=full)
        yield from _columns("single scenarios", Counter(item.format for item in self.singles), self.plan.single_formats, full=full)
        yield from self._storylines()

    def _storylines(self) -> Iterator[Finding]:
        plan = self.plan.storylines
        full = len(self.storylines) >= plan.all
        yield from _total("storylines", len(self.storylines), plan.all, full=False)
        yield from _columns("storylines", _count(self.storylines, "channel"), plan.channel, full=full)
        yield from _columns("storylines", _count(self.storylines, "trouble"), plan.trouble, full=full)
        yield from _columns("steps", Counter(step.format for step in self.steps), self.plan.step_formats, full=full)


def _count(items: Sequence[Item], kind: str) -> Counter[str]:
    return Counter(str(getattr(item.head, kind)) for item in items)


def _short(what: str, count: int, target: int) -> list[str]:
    return [f"{count} of {target} {what}"] if count < target else []


def _total(what: str, count: int, target: int, *, full: bool) -> Iterator[Finding]:
    if count > target or (full and count < target):
        message = f"there are {count} {what}; the blueprint has {target}"
        yield _finding(WHOLE_BANK, FILE, what, message, "Move an item to where one is missing, or change the blueprint.")


def _cells(what: str, counts: Counter[str], targets: Targets, *, full: bool) -> Iterator[Finding]:
    for name in sorted({*counts, *targets}):
        count, target = counts[name], targets.get(name, 0)
        if count > target + CELL_APART or (full and count < target - CELL_APART):
            message = f"{what}: {count} of {name}; the blueprint has {target}, and a cell may be {CELL_APART} off"
            yield _finding(WHOLE_BANK, FILE, f"{what}: {name}", message, "Move an item, or change the blueprint.")


def _columns(what: str, counts: Counter[str], targets: Targets, *, full: bool) -> Iterator[Finding]:
    for name in sorted({*counts, *targets}):
        yield from _total(f"{name} {what}", counts[name], targets.get(name, 0), full=full)


def _form(name: str, plan: FormPlan, items: Sequence[Item]) -> Iterator[Finding]:
    statements = [item for item in items if item.format == "likert"]
    has = {
        **{format: sum(item.format == format for item in items) for format in ("rate", "pick_best", "best_worst", "rank")},
        "storyline": sum(item.format == "storyline" for item in items),
        "facet statement": sum(item.facet is not None for item in statements),
        "attitude statement": sum(item.attitude is not None for item in statements),
    }
    wants = {
        **{format: plan.single.get(format, 0) for format in ("rate", "pick_best", "best_worst", "rank")},
        "storyline": plan.storylines,
        "facet statement": plan.statements.facet,
        "attitude statement": plan.statements.attitude,
    }
    off = [f"{has[kind]} of kind {kind} instead of {wants[kind]}" for kind in has if has[kind] != wants[kind]]
    if off:
        message = f"is not made as the blueprint says: {listed(off)}"
        yield _finding(name, f"forms/{name}.toml", "[[section]]", message, "Change the items of the form, or the blueprint.")


def _finding(item: str, file: str, place: str, message: str, remedy: str) -> Finding:
    return Finding("A18", "warning", item, file, place, message, remedy)

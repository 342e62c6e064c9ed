"""A18: can a sibling form stand for the form that it is a sibling of? Cell by cell, and with nothing that a person has seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product, zip_longest

from assessment.bank.catalogue import Bank, form_items
from assessment.bank.forms import Form
from assessment.bank.items import Item
from assessment.bank.review.findings import Finding, listed
from assessment.bank.vocabulary import Identifier


@dataclass(frozen=True, slots=True)
class Cell:
    """What siblings share of one item: `row` says which items can stand for each other, `aspects` what has to be equal."""

    item: Identifier
    row: str
    aspects: Mapping[str, str | None]

    def differences(self, other: Cell) -> list[str]:
        """Where the other one is not as this one, in words."""
        names = [*self.aspects, *(name for name in other.aspects if name not in self.aspects)]
        pairs = [(name, self.aspects.get(name), other.aspects.get(name)) for name in names]
        return [f"{name}: {there or 'none'} for {here or 'none'}" for name, here, there in pairs if here != there]


def cell(item: Item) -> Cell:
    """The cell of an item: facet, channel, trouble and format; of a storyline also the facet and format of each step."""
    if item.format == "likert":
        return Cell(item.id, f"{item.facet or item.attitude} statements", {})
    place: dict[str, str | None] = {"channel": item.head.channel, "trouble": item.head.trouble}
    if item.format == "storyline":
        steps: dict[str, str | None] = {f"step {step.role}": f"{step.facet} by {step.format}" for step in item.steps}
        return Cell(item.id, "storylines", place | steps)
    return Cell(item.id, f"{item.facet} situations", place | {"format": item.format})


def sibling_findings(bank: Bank) -> Iterator[Finding]:
    """A18 for every form that says whose sibling it is: unlike cells, items in both forms, items that are enemies across them."""
    for form in bank.forms.values():
        elder = bank.forms.get(form.head.sibling_of or "")
        if elder is not None:
            own, others = form_items(bank, form), form_items(bank, elder)
            yield from _unlike(form, elder, own, others)
            yield from _seen_before(form, elder, own, others)


def _unlike(form: Form, elder: Form, own: Sequence[Item], others: Sequence[Item]) -> Iterator[Finding]:
    mine, theirs = _rows(own), _rows(others)
    for row in dict.fromkeys([*theirs, *mine]):
        for original, stand_in in _paired(theirs.get(row, []), mine.get(row, [])):
            if complaint := _complaint(original, stand_in):
                remedy = "Write an item for this cell, or take one that has it."
                yield _finding(form, "[form] sibling_of", f"is not equal to {elder.id}: {complaint}", remedy)


def _rows(items: Sequence[Item]) -> dict[str, list[Cell]]:
    rows: dict[str, list[Cell]] = {}
    for item in items:
        found = cell(item)
        rows.setdefault(found.row, []).append(found)
    return rows


def _paired(originals: list[Cell], stand_ins: list[Cell]) -> Iterator[tuple[Cell | None, Cell | None]]:
    """Cells of one row in pairs, the most alike first; what is left over has no partner."""
    left, right = list(originals), list(stand_ins)
    while left and right:
        pair = min(product(left, right), key=lambda two: len(two[0].differences(two[1])))
        left.remove(pair[0])
        right.remove(pair[1])
        yield pair
    yield from zip_longest(left, right)


def _complaint(original: Cell | None, stand_in: Cell | None) -> str | None:
    if stand_in is None:
        return f"nothing stands for {original.item}" if original else None
    if original is None:
        return f"{stand_in.item} stands for nothing"
    differences = original.differences(stand_in)
    return f"{stand_in.item} stands for {original.item} with {listed(differences)}" if differences else None


def _seen_before(form: Form, elder: Form, own: Sequence[Item], others: Sequence[Item]) -> Iterator[Finding]:
    """Attitudes may stand in both: they are never scored."""
    here = {item.id: item for item in own if item.attitude is None}
    there = {item.id: item for item in others if item.attitude is None}
    for name in here:
        if name in there:
            yield _finding(form, "[[section]] items", f"{name} stands in {elder.id} too", "Take another item.")
    enemies = {(name, other) for name, item in here.items() for other in item.head.enemies if other in there}
    enemies |= {(name, other) for other, item in there.items() for name in item.head.enemies if name in here}
    for name, other in sorted(enemies):
        message = f"{name} is an enemy of {other}, which stands in {elder.id}; one person takes both forms"
        yield _finding(form, "[[section]] items", message, "Take another item.")


def _finding(form: Form, place: str, message: str, remedy: str) -> Finding:
    return Finding("A18", "warning", form.id, f"forms/{form.id}.toml", place, message, remedy)

"""The whole bank in one object, and the items of a form in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from assessment.bank.construct import Attitude, ConstructMap, Facet
from assessment.bank.feedback import FeedbackWords
from assessment.bank.forms import Draw, Form, Pool, Section
from assessment.bank.items import Item
from assessment.bank.scorecards import Scorecard
from assessment.bank.translations import FormTranslation, Translation
from assessment.bank.units import Unit, units
from assessment.errors import BadInput, Fault


@dataclass(frozen=True)
class Bank:
    """Everything under `questions/` but the keys. `practice` names the items that are never scored.

    `translations` maps item id to locale to translation, `form_translations` the same for forms, `feedback` a locale to the
    words of the report that applicants read. All mappings are read-only and in order of id; facets and attitudes keep the
    order of the construct map. `root` is the folder that it was read from, where its media lie.
    """

    construct: ConstructMap
    items: Mapping[str, Item]
    practice: frozenset[str]
    translations: Mapping[str, Mapping[str, Translation]]
    forms: Mapping[str, Form]
    form_translations: Mapping[str, Mapping[str, FormTranslation]]
    scorecards: Mapping[str, Scorecard]
    feedback: Mapping[str, FeedbackWords]
    facets: Mapping[str, Facet]
    attitudes: Mapping[str, Attitude]
    root: Path | None = None

    @property
    def units(self) -> tuple[Unit, ...]:
        """The scored units of every item that is neither for practice nor retired."""
        scored = (item for item in self.items.values() if item.id not in self.practice and item.status != "retired")
        return tuple(unit for item in scored for unit in units(item))


class DrawTooLarge(BadInput):
    """A section wants more items than its pool holds."""

    def __init__(self, form: Form, section: Section, wanted: int, found: int) -> None:
        self.section = section
        self.complaint = f"asks for {wanted} items; {found} fit"
        fault = Fault(f"forms/{form.id}.toml: [[section.draw]] {section.id}.count", self.complaint)
        super().__init__(f"Section {section.id} of form {form.id} {self.complaint}.", [fault])


def form_items(bank: Bank, form: Form) -> tuple[Item, ...]:
    """The scored items of a form in authored order, draws settled. Raises BadInput as `section_items` does."""
    return tuple(item for _, items in section_items(bank, form) for item in items)


def section_items(bank: Bank, form: Form) -> tuple[tuple[Section, tuple[Item, ...]], ...]:
    """Each section of a form with its items.

    A draw is settled here and always in the same way: the pool is dealt round the facets and attitudes in the order of
    the construct map, within each by item id, so that the draw is as even as the pool allows. Items that stand in
    another section, that are for practice or retired, that are made for other families of jobs or are enemies of an item
    of the form are left out. Raises BadInput for an item that the bank does not have, DrawTooLarge for a short pool.
    """
    chosen: dict[str, Item] = {}
    for section in form.sections:
        for name in section.items:
            if name not in bank.items:
                raise BadInput(f"Form {form.id} names {name}, which the bank does not have.")
            chosen[name] = bank.items[name]
    sections: list[tuple[Section, tuple[Item, ...]]] = []
    for section in form.sections:
        if section.draw is None:
            sections.append((section, tuple(bank.items[name] for name in section.items)))
            continue
        sections.append((section, tuple(_draw(bank, form, section, section.draw, chosen))))
    return tuple(sections)


def _draw(bank: Bank, form: Form, section: Section, draw: Draw, chosen: dict[str, Item]) -> list[Item]:
    """Take the section's items out of the pool and add them to `chosen`."""
    drawn: list[Item] = []
    for item in _dealt(bank, [item for item in bank.items.values() if _fits(bank, form, section, draw.pool, item)]):
        if len(drawn) < draw.count and item.id not in chosen and not _has_enemy(item, chosen):
            drawn.append(item)
            chosen[item.id] = item
    if len(drawn) < draw.count:
        raise DrawTooLarge(form, section, draw.count, len(drawn))
    return drawn


def _dealt(bank: Bank, pool: list[Item]) -> list[Item]:
    order = [*bank.facets, *bank.attitudes]
    columns: dict[tuple[str, ...], list[Item]] = {}
    for item in pool:
        columns.setdefault(item.constructs, []).append(item)
    ranked = sorted(columns, key=lambda names: [order.index(name) for name in names if name in order])
    rounds = zip_longest(*(columns[names] for names in ranked))
    return [item for row in rounds for item in row if item is not None]


def _fits(bank: Bank, form: Form, section: Section, pool: Pool, item: Item) -> bool:
    return (
        item.id not in bank.practice
        and item.id != form.head.practice
        and item.status != "retired"
        and form.head.family in item.head.families
        and item.instruction == section.instruction
        and (pool.facet is None or pool.facet in item.constructs)
        and (pool.format is None or pool.format == item.format)
        and (pool.channel is None or pool.channel == item.head.channel)
        and (pool.trouble is None or pool.trouble == item.head.trouble)
        and (pool.attitude is None or pool.attitude == (item.attitude is not None))
    )


def _has_enemy(item: Item, chosen: Mapping[str, Item]) -> bool:
    return any(other in chosen for other in item.head.enemies) or any(item.id in other.head.enemies for other in chosen.values())

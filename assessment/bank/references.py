"""What only the whole bank can tell: names that lead nowhere, items in the wrong folder, forms that do not add up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from assessment.bank.catalogue import Bank, DrawTooLarge, section_items
from assessment.bank.faults import Broken
from assessment.bank.forms import Form, Section
from assessment.bank.items import Item


def expected_folder(item: Item) -> str:
    """The folder of `items/` in which an item lives, unless it is for practice."""
    if item.format == "storyline":
        return "storylines"
    return "attitudes" if item.attitude is not None else item.facet or ""


def item_references(item: Item, bank: Bank, unread: Collection[str]) -> Iterator[Broken]:
    """Facets, attitudes and enemies that the bank does not have. `unread` names items whose own file is at fault."""
    if item.facet is not None and item.facet not in bank.facets:
        yield ("item", "facet"), f"{item.facet} is not a facet of questions/facets.toml"
    if item.attitude is not None and item.attitude not in bank.attitudes:
        yield ("item", "attitude"), f"{item.attitude} is not an attitude of questions/facets.toml"
    for index, step in enumerate(item.steps):
        if step.facet not in bank.facets:
            yield ("step", index, "facet"), f"{step.facet} is not a facet of questions/facets.toml"
    for enemy in item.head.enemies:
        if enemy not in bank.items and enemy not in unread:
            yield ("item", "enemies"), f"{enemy} is not an item of the bank"


def form_references(form: Form, bank: Bank, unread: Collection[str]) -> Iterator[Broken]:
    """Items that the bank does not have or that may not stand here, enemies together, draws that cannot be filled.

    `unread` names items whose own file is at fault: their absence here is no fault of the form.
    """
    practice = form.head.practice
    if practice not in bank.items:
        if practice not in unread:
            yield ("form", "practice"), f"{practice} is not an item of the bank"
    elif practice not in bank.practice:
        yield ("form", "practice"), f"{practice} does not live in items/practice/"
    elder = form.head.sibling_of
    if elder is not None and (elder == form.id or elder not in bank.forms):
        yield ("form", "sibling_of"), f"{elder} is not another form of the bank"
    known: dict[str, Item] = {}
    for index, section in enumerate(form.sections):
        yield from _section_references(index, section, bank, unread)
        known |= {name: bank.items[name] for name in section.items if name in bank.items}
    for name, enemy in _enemies_together(known):
        yield ("section",), f"{name} and {enemy} are enemies and stand in one form"
    if not unread and all(name in bank.items for section in form.sections for name in section.items):
        try:
            section_items(bank, form)
        except DrawTooLarge as error:
            yield ("section", form.sections.index(error.section), "draw", "count"), error.complaint


def _section_references(index: int, section: Section, bank: Bank, unread: Collection[str]) -> Iterator[Broken]:
    for name in section.items:
        place = ("section", index, "items")
        item = bank.items.get(name)
        if item is None:
            if name not in unread:
                yield place, f"{name} is not an item of the bank"
        elif name in bank.practice:
            yield place, f"{name} is a practice item, which is never scored"
        elif item.status == "retired":
            yield place, f"{name} is retired"
        elif item.instruction != section.instruction:
            yield place, f"{name} asks {item.instruction}; a section never mixes instructions"


def _enemies_together(items: Mapping[str, Item]) -> list[tuple[str, str]]:
    pairs = {(min(item.id, enemy), max(item.id, enemy)) for item in items.values() for enemy in item.head.enemies if enemy in items}
    return sorted(pairs)

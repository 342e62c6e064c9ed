"""What only the whole bank can tell: names that lead nowhere, items in the wrong folder, forms that do not add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assessment.bank.catalogue import Bank, DrawTooLarge, section_items
from assessment.bank.faults import Broken
from assessment.bank.forms import Form, Section
from assessment.bank.items import Item


def expected_folder(item: Item) -> str:
    """The folder of `items/` in which an item lives, unless it is for practice."""
    if item.format == "storyline":
        return "storylines"
    return "attitudes" if item.attitude is not None else item.facet or ""


def item_references(item: Item, bank: Bank) -> Iterator[Broken]:
    """Facets, attitudes and enemies that the bank does not have."""
    if item.facet is not None and item.facet not in bank.facets:
        yield ("item", "facet"), f"{item.facet} is not a facet of questions/facets.toml"
    if item.attitude is not None and item.attitude not in bank.attitudes:
        yield ("item", "attitude"), f"{item.attitude} is not an attitude of questions/facets.toml"
    for index, step in enumerate(item.steps):
        if step.facet not in bank.facets:
            yield ("step", index, "facet"), f"{step.facet} is not a facet of questions/facets.toml"
    for enemy in item.head.enemies:
        if enemy not in bank.items:
            yield ("item", "enemies"), f"{enemy} is not an item of the bank"


def form_references(form: Form, bank: Bank) -> Iterator[Broken]:
    """Items that the bank does not have or that may not stand here, enemies together, draws that cannot be filled."""
    practice = form.head.practice
    if practice not in bank.items:
        yield ("form", "practice"), f"{practice} is not an item of the bank"
    elif practice not in bank.practice:
        yield ("form", "practice"), f"{practice} does not live in items/practice/"
    known: dict[str, Item] = {}
    for index, section in enumerate(form.sections):
        yield from _section_references(index, section, bank)
        known |= {name: bank.items[name] for name in section.items if name in bank.items}
    for name, enemy in _enemies_together(known):
        yield ("section",), f"{name} and {enemy} are enemies and stand in one form"
    if all(name in bank.items for section in form.sections for name in section.items):
        try:
            section_items(bank, form)
        except DrawTooLarge as error:
            yield ("section", form.sections.index(error.section), "draw", "count"), error.complaint


def _section_references(index: int, section: Section, bank: Bank) -> Iterator[Broken]:
    for name in section.items:
        place = ("section", index, "items")
        item = bank.items.get(name)
        if item is None:
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

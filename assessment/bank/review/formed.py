"""A18: does a form take the minutes and hold the items that it says, and can it be scored on every facet?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assessment.bank.catalogue import Bank, form_items, section_items
from assessment.bank.forms import Form
from assessment.bank.items import Item
from assessment.bank.review.findings import Finding
from assessment.bank.review.measures import words
from assessment.bank.review.texts import source_texts

WORDS_A_MINUTE = 140
"""Careful reading of work texts by adults, second-language readers among them; fluent silent reading is faster."""
SECONDS_TO_DECIDE = {"rate": 4, "pick_best": 8, "best_worst": 15, "rank": 20, "likert": 6}
"""Seconds for one rating, one choice, one pair, one order, one statement."""
MINUTES_TO_BEGIN = 1.5
"""The introduction and the practice question."""
MINUTES_APART = 0.15
FEWEST_RATINGS = 15
"""Ratings are standardised within a person; the mean and SD of fewer are a matter of chance."""


def form_findings(bank: Bank) -> Iterator[Finding]:
    """A18 for every form. (The reader refuses two instructions in a section, and enemies together.)"""
    for form in bank.forms.values():
        items = form_items(bank, form)
        yield from _minutes(bank, form, items)
        yield from _counts(bank, form)
        ratings = sum(len(options) for format, options in _asked(items) if format == "rate")
        if 0 < ratings < FEWEST_RATINGS:
            message = f"has {ratings} ratings; standardising within a person needs {FEWEST_RATINGS}"
            remedy = "Add an item to rate, or score these with the method `shape`."
            yield _finding(form, "[[section]]", message, remedy)
        covered = {name for item in items for name in item.constructs}
        for facet in bank.facets:
            if facet not in covered:
                yield _finding(form, "[[section]]", f"has no item on {facet}", "Add one, or say elsewhere that it is not measured.")


def modelled_minutes(bank: Bank, items: tuple[Item, ...]) -> float:
    """Minutes to read and decide: words / 140 + seconds to decide + 1.5 for the introduction and the practice question."""
    read = sum(len(words(passage.words)) for item in items for passage in source_texts(bank, item).all)
    seconds = sum(SECONDS_TO_DECIDE[format] * (len(options) if format == "rate" else 1) for format, options in _asked(items))
    return read / WORDS_A_MINUTE + seconds / 60 + MINUTES_TO_BEGIN


SCENARIOS_ALIKE, STATEMENTS_ALIKE, KINDS_ALIKE = 0.09, 0.20, 0.24
"""Planned correlations: between scenario items, between statements of facets, and between the scores of the two kinds."""
SHARE_OF_A_STEP = 0.5
SHARE_OF_STATEMENTS = 0.15


def planned_reliability(items: Sequence[Item]) -> float:
    """What the composite's reliability is planned to be until sittings tell: Spearman–Brown for each kind, then their composite.

    Steps of a storyline count half, because they share a situation. Statements of facets make up 15 % of the composite;
    those about attitudes are no part of it. 0 without a scored item.
    """
    singles = sum(item.format not in ("likert", "storyline") for item in items)
    scenarios = _spearman_brown(singles + SHARE_OF_A_STEP * sum(len(item.steps) for item in items), SCENARIOS_ALIKE)
    statements = _spearman_brown(sum(item.format == "likert" and item.facet is not None for item in items), STATEMENTS_ALIKE)
    if not scenarios or not statements:
        return scenarios or statements
    shares = (1 - SHARE_OF_STATEMENTS, SHARE_OF_STATEMENTS)
    shared = 2 * shares[0] * shares[1] * KINDS_ALIKE
    true = shares[0] ** 2 * scenarios + shares[1] ** 2 * statements + shared
    return true / (shares[0] ** 2 + shares[1] ** 2 + shared)


def _spearman_brown(length: float, alike: float) -> float:
    return length * alike / (1 + (length - 1) * alike) if length else 0.0


def _asked(items: tuple[Item, ...]) -> Iterator[tuple[str, tuple[object, ...]]]:
    for item in items:
        if item.task is not None:
            yield item.format, item.task.options
        for step in item.steps:
            yield step.format, step.options


def _minutes(bank: Bank, form: Form, items: tuple[Item, ...]) -> Iterator[Finding]:
    model, said = modelled_minutes(bank, items), form.head.minutes
    if abs(said - model) > MINUTES_APART * model:
        message = f"says {said:g} minutes; reading and deciding take {model:.1f} by the model"
        yield _finding(form, "[form] minutes", message, f"Say {model:.0f}, or change the items.")


def _counts(bank: Bank, form: Form) -> Iterator[Finding]:
    """What is said before a section names the number of its items first, if it names one."""
    translated = bank.form_translations.get(form.id, {}).values()
    for section, items in section_items(bank, form):
        for intro in (section.intro, *(each.text.intro.get(section.id, "") for each in translated)):
            said = re.search(r"\d+", intro)
            if said is not None and int(said[0]) != len(items):
                message = f"says {said[0]} to applicants; the section has {len(items)} items"
                yield _finding(form, f"[[section]] {section.id}.intro", message, f"Say {len(items)}, or leave the number out.")


def _finding(form: Form, place: str, message: str, remedy: str) -> Finding:
    return Finding("A18", "warning", form.id, f"forms/{form.id}.toml", place, message, remedy)

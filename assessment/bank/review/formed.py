"""A18: does a form take the minutes that it says, and can it be scored on every facet?"""

from __future__ import annotations

from collections.abc import Iterator

from assessment.bank.catalogue import Bank, form_items
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


def _finding(form: Form, place: str, message: str, remedy: str) -> Finding:
    return Finding("A18", "warning", form.id, f"forms/{form.id}.toml", place, message, remedy)

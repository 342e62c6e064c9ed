"""Which fields of an item go together: the rules of the schema that no single field can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assessment.bank.authorship import Authorship
from assessment.bank.faults import Broken, Location
from assessment.bank.item_parts import ItemHead, Option, Scenario, Step, Task
from assessment.bank.media import Media

SCENARIO_FIELDS = ("channel", "trouble")
RATE_SCALES = ("effectiveness5", "agreement5", "likelihood5")
FEWEST_OPTIONS = {"pick_best": 2, "best_worst": 3, "rate": 2, "rank": 3}
KEY_WORDS = frozenset({"option", "facets", "attitudes"})
"""Names that a key uses inside the table of a unit, so that no step can be called so."""


def broken_item_rules(
    head: ItemHead,
    scenario: Scenario | None,
    task: Task | None,
    steps: Sequence[Step],
    media: Sequence[Media],
    review: Authorship,
) -> Iterator[Broken]:
    """Every rule that the parts of one item break together, with the place in its file."""
    yield from _head(head)
    if head.format == "likert":
        yield from _absent(head, scenario=scenario is not None, step=bool(steps))
        yield from _statement(task)
    else:
        if scenario is None:
            yield ("scenario",), "is missing"
        if head.format == "storyline":
            yield from _absent(head, task=task is not None)
            yield from _storyline(steps)
        else:
            yield from _absent(head, step=bool(steps))
            yield from _single_scenario(task, head.format)
    yield from _media(media, {head.id, *(step.id for step in steps)})
    yield from _review(review, head.status)


def _head(head: ItemHead) -> Iterator[Broken]:
    yield from _construct(head)
    likert = head.format == "likert"
    for name in SCENARIO_FIELDS:
        if likert and getattr(head, name) is not None:
            yield ("item", name), "belongs to scenarios, not to statements"
        if not likert and getattr(head, name) is None:
            yield ("item", name), "is missing for a scenario"
    if likert and head.instruction != "would_do":
        yield ("item", "instruction"), 'must be "would_do" for statements'
    for field, values in (("families", head.families), ("enemies", head.enemies)):
        if len(set(values)) != len(values):
            yield ("item", field), "names one thing twice"
    if head.id in head.enemies:
        yield ("item", "enemies"), "an item is not its own enemy"


def _construct(head: ItemHead) -> Iterator[Broken]:
    if head.format == "storyline":
        for name in ("facet", "attitude", "rater"):
            if getattr(head, name) is not None:
                yield ("item", name), "does not belong to a storyline: each step has its own"
    elif (head.facet is None) == (head.attitude is None):
        yield ("item", "facet"), "an item has a facet or an attitude, one of them"
    elif head.attitude is not None:
        if head.format != "likert":
            yield ("item", "attitude"), "only statements (likert) are about an attitude"
        if head.rater is not None:
            yield ("item", "rater"), "does not belong to an attitude"


def _absent(head: ItemHead, **given: bool) -> Iterator[Broken]:
    for table, present in given.items():
        if present:
            yield (table,), f"does not belong to an item of format {head.format}"


def _statement(task: Task | None) -> Iterator[Broken]:
    if task is None:
        yield ("task",), "is missing"
        return
    if task.text is None:
        yield ("task", "text"), "is missing for a statement"
    if task.ask is not None:
        yield ("task", "ask"), "does not belong to a statement"
    if task.scale != "accuracy5":
        yield ("task", "scale"), 'must be "accuracy5" for a statement'
    if task.options:
        yield ("task", "option"), "a statement has no options"


def _single_scenario(task: Task | None, format: str) -> Iterator[Broken]:
    if task is None:
        yield ("task",), "is missing"
        return
    if task.ask is None:
        yield ("task", "ask"), "is missing"
    if task.text is not None:
        yield ("task", "text"), "belongs to statements; a scenario asks with `ask`"
    yield from _choice(task, format, ("task",), moves_required=True)


def _storyline(steps: Sequence[Step]) -> Iterator[Broken]:
    if not 2 <= len(steps) <= 6:
        yield ("step",), f"a storyline has two to six steps; this one has {len(steps)}"
    seen: set[str] = set()
    for index, step in enumerate(steps):
        if step.id in seen:
            yield ("step", index, "id"), f"{step.id} is given twice"
        if step.id in KEY_WORDS:
            yield ("step", index, "id"), f"{step.id} is a word that scoring keys use; choose another"
        seen.add(step.id)
        yield from _choice(step, step.format, ("step", index), moves_required=step.role == "action")


def _choice(task: Task | Step, format: str, table: Location, *, moves_required: bool) -> Iterator[Broken]:
    if format == "rate" and task.scale not in RATE_SCALES:
        yield (*table, "scale"), f"must be one of {', '.join(RATE_SCALES)} for format rate"
    if format != "rate" and task.scale is not None:
        yield (*table, "scale"), "belongs to format rate"
    yield from _options(task.options, format, table, moves_required=moves_required)


def _options(options: Sequence[Option], format: str, table: Location, *, moves_required: bool) -> Iterator[Broken]:
    if len(options) < FEWEST_OPTIONS[format]:
        yield (*table, "option"), f"format {format} has at least {FEWEST_OPTIONS[format]} options, not {len(options)}"
    seen: set[str] = set()
    for index, option in enumerate(options):
        if option.id in seen:
            yield (*table, "option", index, "id"), f"{option.id} is given twice"
        seen.add(option.id)
        if moves_required and not option.moves:
            yield (*table, "option", index, "moves"), "is missing: say what the option does"
        if len(set(option.moves)) != len(option.moves):
            yield (*table, "option", index, "moves"), "names one move twice"


def _media(media: Sequence[Media], places: set[str]) -> Iterator[Broken]:
    seen: set[str] = set()
    for index, medium in enumerate(media):
        if medium.id in seen:
            yield ("media", index, "id"), f"{medium.id} is given twice"
        seen.add(medium.id)
        if medium.at not in places:
            yield ("media", index, "at"), f"{medium.at} is neither this item nor one of its steps"


def _review(review: Authorship, status: str) -> Iterator[Broken]:
    retired = status == "retired"
    if retired and review.drop_reason is None:
        yield ("review", "drop_reason"), "is missing for a retired item"
    if not retired and review.drop_reason is not None:
        yield ("review", "drop_reason"), "belongs to retired items"
    if status == "approved" and len(review.counted_roles) < 2:
        yield ("review", "readers"), "an approved item has two readers of different roles; a desk reading is none"

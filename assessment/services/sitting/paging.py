"""The pages of a sitting: a form's items in the order that the sitting's stored seed gives, one situation a page.

The order is a function of the seed and the names alone, so that every device, every restart and every later version of
the program shows the same pages: names are sorted by SHA-256 of the seed and the name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.bank import PublishedForm, PublishedItem, PublishedSection, Unit, read_snapshot
from assessment.bank.item_parts import Scenario, Step, Task
from assessment.errors import NotFound, Words
from assessment.records.form import FormVersion

STATEMENTS_A_PAGE = 5
WORDS_A_MINUTE = 140
SECONDS = {"pick_best": 8, "best_worst": 15, "rank": 20, "likert": 6}
SECONDS_A_RATING = 4


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """One answer to give: its options in the order shown, the page it stands on, and the page whose opening closes it."""

    unit: Unit
    options: tuple[str, ...]
    place: int
    closed_by: int | None

    @property
    def code(self) -> str:
        return self.unit.code


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `items` is one situation (`step` counts within a storyline), or a few statements.

    `number` of `count` is the situation's number, or the statement page's, among its kind. `minutes` is the planned
    time for the page. `opens_section` is true on the first page of a section; `closes_before` when the next page
    closes this one and those of the same storyline before it.
    """

    place: int
    kind: Literal["situation", "statements"]
    section: PublishedSection
    items: tuple[PublishedItem, ...]
    step: int | None
    number: int
    count: int
    units: tuple[PlannedUnit, ...]
    minutes: float
    opens_section: bool
    closes_before: bool


@dataclass(frozen=True, slots=True)
class FormPlan:
    """All pages of a sitting. Places count from 1; place 0 is the practice, which is never scored."""

    form: PublishedForm
    pages: tuple[Page, ...]
    units: Mapping[str, PlannedUnit]

    def page(self, place: int) -> Page:
        """The page at a place, or `NotFound`."""
        if not 1 <= place <= len(self.pages):
            raise NotFound(Words("There is no such page in this questionnaire."))
        return self.pages[place - 1]

    @property
    def n_situations(self) -> int:
        return sum(item.format != "likert" for item in self.form.items)

    @property
    def n_statements(self) -> int:
        return sum(item.format == "likert" for item in self.form.items)


def plan_form(form: PublishedForm, seed: int) -> FormPlan:
    """The pages of a form for one sitting."""
    pages: list[Page] = []
    statement_pages = sum(-(-len(_statements(s.items)) // STATEMENTS_A_PAGE) for s in form.sections)
    situations = sum(item.format != "likert" for item in form.items)
    seen = {"situation": 0, "statements": 0}
    for section in form.sections:
        items = _shuffled(section.items, seed, section.id) if section.shuffle_items else section.items
        first_place = len(pages) + 1
        for group in _groups(items):
            kind: Literal["situation", "statements"] = "statements" if group[0].format == "likert" else "situation"
            seen[kind] += 1
            of = statement_pages if kind == "statements" else situations
            pages.extend(_pages_of(group, section, seed, len(pages) + 1, kind, seen[kind], of, first_place))
    return FormPlan(form, tuple(pages), {unit.code: unit for page in pages for unit in page.units})


def practice_unit(form: PublishedForm, seed: int) -> PlannedUnit:
    """The practice item's unit, on place 0."""
    return _planned(form.practice.units[0], seed, shuffle=True, place=0, closed_by=None)


def published_form(session: Session, form_version_id: int) -> PublishedForm:
    """A delivered form as an object. Contents never change, so one that was read is kept by its hash."""
    content_hash = session.scalar(select(FormVersion.content_hash).where(FormVersion.id == form_version_id))
    if content_hash is None:
        raise NotFound()
    return _kept_form(_Content(content_hash, session, form_version_id))


class _Content:
    """Equal when the hash is equal; reads the content only when it is not known yet."""

    def __init__(self, content_hash: str, session: Session, form_version_id: int) -> None:
        self.content_hash = content_hash
        self._source: tuple[Session, int] | None = (session, form_version_id)

    def __hash__(self) -> int:
        return hash(self.content_hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and other.content_hash == self.content_hash

    def read(self) -> PublishedForm:
        assert self._source is not None
        (session, form_version_id), self._source = self._source, None  # the key outlives the session
        content = session.scalar(select(FormVersion.content).where(FormVersion.id == form_version_id))
        assert content is not None
        return read_snapshot(content)


@lru_cache(maxsize=64)
def _kept_form(content: _Content) -> PublishedForm:
    return content.read()


def _groups(items: Sequence[PublishedItem]) -> Iterator[tuple[PublishedItem, ...]]:
    waiting: list[PublishedItem] = []
    for item in items:
        if item.format != "likert":
            yield from _full(waiting)
            waiting = []
            yield (item,)
        else:
            waiting.append(item)
    yield from _full(waiting)


def _full(statements: Sequence[PublishedItem]) -> Iterator[tuple[PublishedItem, ...]]:
    """Statements in pages of nearly equal length, none longer than the limit."""
    n_pages = -(-len(statements) // STATEMENTS_A_PAGE)
    for page in range(n_pages):
        yield tuple(statements[page * len(statements) // n_pages : (page + 1) * len(statements) // n_pages])


def _statements(items: Sequence[PublishedItem]) -> list[PublishedItem]:
    return [item for item in items if item.format == "likert"]


def _pages_of(
    group: tuple[PublishedItem, ...],
    section: PublishedSection,
    seed: int,
    place: int,
    kind: Literal["situation", "statements"],
    number: int,
    count: int,
    first_place: int,
) -> Iterator[Page]:
    item = group[0]
    steps = item.steps if item.format == "storyline" else ()
    if not steps:
        units = tuple(_planned(u, seed, section.shuffle_options, place, None) for i in group for u in i.units)
        minutes = sum(_minutes(i.scenario, i.task, (), u) for i, u in zip(group, units, strict=True))
        yield Page(place, kind, section, group, None, number, count, units, minutes, place == first_place, False)
        return
    for index, (step, unit) in enumerate(zip(steps, item.units, strict=True)):
        closing = next((place + j for j in range(index + 1, len(steps)) if steps[j].reveals), None)
        planned = _planned(unit, seed, section.shuffle_options, place + index, closing)
        minutes = _minutes(item.scenario if index == 0 else None, step, step.reveals, planned)
        closes = index + 1 < len(steps) and bool(steps[index + 1].reveals)
        opens = place + index == first_place
        yield Page(place + index, kind, section, group, index, number, count, (planned,), minutes, opens, closes)


def _planned(unit: Unit, seed: int, shuffle: bool, place: int, closed_by: int | None) -> PlannedUnit:
    options = tuple(sorted(unit.options, key=lambda o: _rank(seed, unit.code, o))) if shuffle else unit.options
    return PlannedUnit(unit, options, place, closed_by)


def _shuffled(items: Sequence[PublishedItem], seed: int, section: str) -> tuple[PublishedItem, ...]:
    return tuple(sorted(items, key=lambda item: _rank(seed, section, item.id)))


def _rank(seed: int, where: str, name: str) -> bytes:
    return hashlib.sha256(f"{seed}|{where}|{name}".encode()).digest()


def _minutes(scenario: Scenario | None, task: Task | Step | None, reveals: Sequence[object], unit: PlannedUnit) -> float:
    """Planned minutes: words at reading speed, and seconds to decide by format (items.md, minutes of a form)."""
    texts: list[str] = [str(getattr(line, "text", "")) for line in reveals]
    if scenario is not None:
        texts += [scenario.setting, *(line.text for line in scenario.transcript), *scenario.limits]
        texts += [contact.note for contact in scenario.contacts]
    if task is not None:
        texts += [task.ask or "", getattr(task, "text", None) or "", *(option.text for option in task.options)]
    kind = unit.unit.format
    seconds = SECONDS_A_RATING * len(unit.options) if kind == "rate" else SECONDS[kind]
    return sum(len(text.split()) for text in texts) / WORDS_A_MINUTE + seconds / 60

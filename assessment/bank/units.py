"""Scored units: what a key has an entry for. A single item is one, a storyline has one a step, named `item.step`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assessment.bank.item_parts import Step, Task
from assessment.bank.vocabulary import Format


@dataclass(frozen=True, slots=True)
class Unit:
    """One response that is scored: its code, what it is about, and the ids of its options in authored order."""

    code: str
    item_id: str
    item_version: int
    step: str | None
    format: Format
    facet: str | None
    attitude: str | None
    rater: str | None
    options: tuple[str, ...]
    scale: str | None


class HasUnits(Protocol):
    """An item of the bank or of a published form."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def format(self) -> Format: ...
    @property
    def facet(self) -> str | None: ...
    @property
    def attitude(self) -> str | None: ...
    @property
    def rater(self) -> str | None: ...
    @property
    def task(self) -> Task | None: ...
    @property
    def steps(self) -> Sequence[Step]: ...


def units(item: HasUnits) -> tuple[Unit, ...]:
    """The scored units of an item, in the order in which they are shown."""
    if item.task is not None:
        single = Unit(
            code=item.id,
            item_id=item.id,
            item_version=item.version,
            step=None,
            format=item.format,
            facet=item.facet,
            attitude=item.attitude,
            rater=item.rater,
            options=tuple(option.id for option in item.task.options),
            scale=item.task.scale,
        )
        return (single,)
    return tuple(
        Unit(
            code=f"{item.id}.{step.id}",
            item_id=item.id,
            item_version=item.version,
            step=step.id,
            format=step.format,
            facet=step.facet,
            attitude=None,
            rater=step.rater,
            options=tuple(option.id for option in step.options),
            scale=step.scale,
        )
        for step in item.steps
    )

"""Items as frozen objects: one situation, statement or storyline. They carry no weights; scoring keys carry no text."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from assessment.bank.authorship import Authorship
from assessment.bank.faults import keep_rules
from assessment.bank.frozen import Frozen
from assessment.bank.item_parts import ItemHead, Scenario, Step, Task
from assessment.bank.item_rules import broken_item_rules
from assessment.bank.media import Media
from assessment.bank.vocabulary import Format, Instruction, Rater, Status


class Item(Frozen):
    """One file of `questions/items/`. Whatever its fields say together has been checked when the object exists."""

    head: ItemHead = Field(alias="item")
    scenario: Scenario | None = None
    task: Task | None = None
    steps: Annotated[tuple[Step, ...], Field(alias="step", max_length=6)] = ()
    media: Annotated[tuple[Media, ...], Field(max_length=10)] = ()
    review: Authorship

    @model_validator(mode="after")
    def _fields_go_together(self) -> Item:
        keep_rules(broken_item_rules(self.head, self.scenario, self.task, self.steps, self.media, self.review))
        return self

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def version(self) -> int:
        return self.head.version

    @property
    def status(self) -> Status:
        return self.head.status

    @property
    def format(self) -> Format:
        return self.head.format

    @property
    def instruction(self) -> Instruction:
        return self.head.instruction

    @property
    def facet(self) -> str | None:
        return self.head.facet

    @property
    def attitude(self) -> str | None:
        return self.head.attitude

    @property
    def rater(self) -> Rater | None:
        return self.head.rater

    @property
    def constructs(self) -> tuple[str, ...]:
        """Every facet or attitude that the item or one of its steps is about, in order, each once."""
        named = (self.facet, self.attitude, *(step.facet for step in self.steps))
        return tuple(dict.fromkeys(name for name in named if name is not None))

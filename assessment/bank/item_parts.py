"""The tables of an item file: head, scenario, task, steps, options."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from assessment.bank.frozen import Frozen
from assessment.bank.vocabulary import (
    Channel,
    ChoiceFormat,
    Construct,
    ContactChannel,
    Family,
    Format,
    Identifier,
    Instruction,
    Label,
    Move,
    OptionId,
    Passage,
    Rater,
    Scale,
    SchemaOne,
    Sentence,
    Status,
    StepRole,
    Trouble,
    Version,
)


class ItemHead(Frozen):
    """The `[item]` table: identity, format and the tags that a form is drawn by."""

    schema_version: SchemaOne = Field(alias="schema")
    id: Identifier
    version: Version
    status: Status
    format: Format
    instruction: Instruction
    facet: Construct | None = None
    attitude: Construct | None = None
    rater: Rater | None = None
    channel: Channel | None = None
    trouble: Trouble | None = None
    families: Annotated[tuple[Family, ...], Field(min_length=1, max_length=3)]
    enemies: Annotated[tuple[Identifier, ...], Field(max_length=50)] = ()


class Card(Frozen):
    """What a record says about the customer: a name, how long a customer, at most two facts."""

    name: Label
    since: Label | None = None
    facts: Annotated[tuple[Label, ...], Field(max_length=2)] = ()


class Contact(Frozen):
    """An earlier contact, in a colleague's dry words. `ago` is relative, never a date."""

    ago: Label
    channel: ContactChannel
    note: Sentence


class Line(Frozen):
    """One turn of a transcript."""

    who: Literal["customer", "agent", "narrator", "other"]
    text: Sentence


class Scenario(Frozen):
    """What the agent sees before deciding; contacts stand oldest first."""

    setting: Passage
    card: Card | None = None
    contacts: Annotated[tuple[Contact, ...], Field(max_length=6)] = ()
    transcript: Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]
    limits: Annotated[tuple[Sentence, ...], Field(max_length=8)] = ()


class Option(Frozen):
    """One course of action. `moves` say what it does, for balancing the bank; an applicant never sees them."""

    id: OptionId
    text: Sentence
    moves: Annotated[tuple[Move, ...], Field(max_length=4)] = ()


Options = Annotated[tuple[Option, ...], Field(alias="option", max_length=6)]


class Task(Frozen):
    """What is asked of a single item: `ask` and options, or the `text` of a statement."""

    ask: Sentence | None = None
    text: Sentence | None = None
    scale: Scale | None = None
    options: Options = ()


class Step(Frozen):
    """One scored step of a storyline. `reveals` tells new facts and closes the steps before it."""

    id: Identifier
    role: StepRole
    format: ChoiceFormat
    facet: Construct
    rater: Rater | None = None
    ask: Sentence
    scale: Scale | None = None
    reveals: Annotated[tuple[Line, ...], Field(max_length=10)] = ()
    options: Options

"""QA scorecards: what evaluators score in a contact, question by question, each with a construct tag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, Strict, model_validator

from assessment.bank.faults import Broken, keep_rules
from assessment.bank.frozen import Frozen
from assessment.bank.vocabulary import Flag, Label, Name, Passage, QaTag, Rater, SchemaOne, Sentence, Version

Score = Annotated[float, Strict(), Field(ge=0, le=1000)]


class Anchor(Frozen):
    """What a score looks like, in words of its own."""

    score: Score
    text: Sentence


class Question(Frozen):
    """One question, scored from 0 to `max_score`. `not_applicable`, `critical` and `auto_fail` say what it may be."""

    id: Name
    text: Sentence
    construct_tag: QaTag = Field(alias="construct")
    rater: Rater | None = None
    max_score: Annotated[float, Strict(), Field(gt=0, le=1000)]
    weight: Annotated[float, Strict(), Field(ge=0, le=1000)]
    not_applicable: Flag = False
    critical: Flag = False
    auto_fail: Flag = False
    anchors: Annotated[tuple[Anchor, ...], Field(max_length=20)] = ()


class ScorecardSection(Frozen):
    """Questions that stand together on the card."""

    id: Name
    title: Label
    questions: Annotated[tuple[Question, ...], Field(alias="question", min_length=1, max_length=60)]


class ScorecardHead(Frozen):
    """The `[scorecard]` table."""

    schema_version: SchemaOne = Field(alias="schema")
    id: Name
    version: Version
    title: Label
    note: Passage | None = None


class Scorecard(Frozen):
    """One file of `questions/scorecards/`. Question ids are unique over the whole card; some weight is above 0."""

    head: ScorecardHead = Field(alias="scorecard")
    sections: Annotated[tuple[ScorecardSection, ...], Field(alias="section", min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _fields_go_together(self) -> Scorecard:
        keep_rules(self._broken())
        return self

    def _broken(self) -> Iterator[Broken]:
        sections: set[str] = set()
        questions: set[str] = set()
        for index, section in enumerate(self.sections):
            if section.id in sections:
                yield ("section", index, "id"), f"{section.id} is given twice"
            sections.add(section.id)
            for number, question in enumerate(section.questions):
                place = ("section", index, "question", number)
                if question.id in questions:
                    yield (*place, "id"), f"{question.id} is given twice"
                questions.add(question.id)
                scores = [anchor.score for anchor in question.anchors]
                if len(set(scores)) != len(scores):
                    yield (*place, "anchors"), "describes one score twice"
                if any(score > question.max_score for score in scores):
                    yield (*place, "anchors"), "describes a score above max_score"
        if not any(question.weight > 0 for question in self.questions):
            yield ("scorecard", "id"), "no question of this card has a weight above 0"

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def version(self) -> int:
        return self.head.version

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions in the order of the card."""
        return tuple(question for section in self.sections for question in section.questions)

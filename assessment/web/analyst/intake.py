"""The three kinds of file that the Observe pages take: what each holds, how it is read, tried and carried out."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, NamedTuple

from assessment.errors import BadInput, Fault
from assessment.integrations.imports import criterion_file, evaluations_file, hires_file
from assessment.records.observation import ImportBatch
from assessment.services.criterion import DeclaredReliability, import_criterion, preview_criterion
from assessment.services.hiring import import_hires, preview_hires
from assessment.services.importing import ImportPlan, Kind
from assessment.services.people.actors import Actor
from assessment.services.qa_import import CONSTRUCTS, KINDS, import_evaluations, preview_evaluations

Planner = Callable[..., ImportPlan]
Importer = Callable[..., ImportBatch]


class Column(NamedTuple):
    """A column that a file may have."""

    name: str
    meaning: str
    is_needed: bool = True


class Intake(ABC):
    """One kind of file. `word` stands in addresses; `extra` says what becomes of a column without a meaning."""

    word: ClassVar[str]
    kind: ClassVar[Kind]
    title: ClassVar[str]
    noun: ClassVar[str]
    lead: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    extra: ClassVar[str]

    def options(self, form: Mapping[str, str]) -> dict[str, Any]:
        """What else the form says. Raises BadInput whose faults name fields."""
        return {}

    @abstractmethod
    def planner(self, data: bytes, name: str, options: Mapping[str, Any], actor: Actor, now: datetime) -> Planner:
        """Read the file; the result says, given a session, what the import would do. Raises BadInput for the file as a whole."""

    @abstractmethod
    def importer(self, data: bytes, name: str, options: Mapping[str, Any], actor: Actor, now: datetime) -> Importer:
        """Read the file; the result does the import, given a session that may write."""

    def knows(self, column: str) -> bool:
        """Whether a column of a file has a meaning of its own."""
        return any(known.name == column for known in self.columns)

    def meaning_of(self, column: str) -> str:
        """What a column of a file is taken for."""
        if not column:
            return "not read: it has no name"
        return next((known.meaning for known in self.columns if known.name == column), self.extra)


class Hires(Intake):
    word, kind, title, noun = "hires", "hires", "Hires", "hires"
    lead = "Which applicants became agents. This is the link between what was answered before and what is observed later."
    columns = (
        Column("applicant_id", "the applicant’s reference"),
        Column("employee_id", "what the employee is called in QA and HR files"),
        Column("hired_on", "first day, as 2026-03-14; needed to study QA evaluations", False),
        Column("left_on", "last day, empty while they stay", False),
        Column("left_reason", "in a few words", False),
    )
    extra = "not read"

    def planner(self, data: bytes, name: str, options: Mapping[str, Any], actor: Actor, now: datetime) -> Planner:
        return partial(preview_hires, file=hires_file(data, name=name, now=now), organisation_id=actor.organisation_id)

    def importer(self, data: bytes, name: str, options: Mapping[str, Any], actor: Actor, now: datetime) -> Importer:
        return partial(import_hires, file=hires_file(data, name=name, now=now), actor=actor, now=now)


class Evaluations(Intake):
    word, kind, title, noun = "qa", "qa", "QA evaluations", "evaluations"
    lead = "How agents’ interactions were judged, one line a question. An evaluation is taken whole or not at all."
    columns = (
        Column("employee_id", "the agent, as in the file of hires"),
        Column("evaluation_id", "what the QA system calls the evaluation"),
        Column("evaluator_id", "who judged"),
        Column("evaluated_at", "when, as 2026-03-14T15:30:00+01:00"),
        Column("form", "the scorecard"),
        Column("form_version", "its version"),
        Column("question", "the question"),
        Column("construct", f"what it speaks to: {', '.join(CONSTRUCTS)}"),
        Column("score", "0 to max_score; empty only where the question did not apply"),
        Column("max_score", "the highest score possible"),
        Column("source", "the QA system’s name"),
        Column("kind", f"{', '.join(KINDS)}"),
        Column("interaction_id", "the call, chat or mail", False),
        Column("channel", "phone, chat, email, …", False),
        Column("contact_type", "what it was about", False),
        Column("section", "part of the scorecard", False),
        Column("weight", "weight of the question, 1 if empty", False),
        Column("not_applicable", "1 where the question did not apply", False),
        Column("critical", "1 for a critical question", False),
        Column("auto_fail", "1 where the evaluation failed automatically", False),
    )
    extra = "kept as a note of the answer"

    def planner(self, data: bytes, name: str, options: Mapping[str, Any], actor: Actor, now: datetime) -> Planner:
        file = evaluations_file(data, name=name, now=now)
        return partial(preview_evaluations, file=file, organisation_id=actor.organisation_id)

    def importer(self, data: bytes, name: str, options: Mapping[str, Any], actor: Actor, now: datetime) -> Importer:
        return partial(import_evaluations, file=evaluations_file(data, name=name, now=now), actor=actor, now=now)


class Criteria(Intake):
    word, kind, title, noun = "criteria", "criterion", "Criteria", "agents"
    lead = "Values made elsewhere, one a person: a supervisor’s rating, an index from a QA system, sales."
    columns = (
        Column("employee_id", "the agent, as in the file of hires"),
        Column("any other name", "a criterion, if the column holds numbers"),
    )
    extra = "a criterion, if it holds numbers"

    def options(self, form: Mapping[str, str]) -> dict[str, Any]:
        value, source = form.get("reliability", "").strip(), form.get("reliability_source", "").strip()
        if not value and not source:
            return {}
        try:
            given = float(value) if value.isascii() and "_" not in value else math.nan
        except ValueError:
            given = math.nan
        if not 0 < given <= 1:
            fault = Fault("reliability", "Give a number above 0 and at most 1, such as 0.62, or leave both fields empty")
            raise BadInput("Nothing was imported.", [fault])
        if not source:
            raise BadInput("Nothing was imported.", [Fault("reliability_source", "Say where the reliability comes from")])
        return {"reliability": given, "reliability_source": source[:500]}

    def planner(self, data: bytes, name: str, options: Mapping[str, Any], actor: Actor, now: datetime) -> Planner:
        told, file = _declared(options), criterion_file(data, name=name)
        return partial(preview_criterion, file=file, reliability=told, organisation_id=actor.organisation_id)

    def importer(self, data: bytes, name: str, options: Mapping[str, Any], actor: Actor, now: datetime) -> Importer:
        told, file = _declared(options), criterion_file(data, name=name)
        return partial(import_criterion, file=file, reliability=told, actor=actor, now=now)


INTAKES: dict[str, Intake] = {intake.word: intake for intake in (Hires(), Evaluations(), Criteria())}
WORDS: dict[str, str] = {intake.kind: intake.word for intake in INTAKES.values()}


def _declared(options: Mapping[str, Any]) -> DeclaredReliability | None:
    return DeclaredReliability(options["reliability"], options["reliability_source"]) if options else None

"""QA evaluations: how interactions of hired agents were judged later, question by question.

An evaluation is taken whole or not at all: with a line missing, its score would mean something else. Evaluations are
told apart by source system, evaluation id and form version. The construct of a question comes with the file; an automatic
fail is kept beside the answers and never turns them into zeros.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.records.observation import ImportBatch, QaAnswer, QaEvaluation
from assessment.services.hiring import employees
from assessment.services.importing import (
    Fate,
    ImportPlan,
    LineFate,
    ReadFile,
    begin_batch,
    chunks,
    insert_rows,
    insert_rows_with_ids,
    plan_of,
    take_turns,
    written_line,
)
from assessment.services.people.actors import Actor

CONSTRUCTS = ("empathy-attentive", "empathy-cognitive", "empathy-affective", "process", "resolution", "other")
KINDS = ("human", "automatic", "calibration")
HEAD = (
    "employee_id",
    "evaluation_id",
    "evaluator_id",
    "interaction_id",
    "evaluated_at",
    "channel",
    "contact_type",
    "form",
    "form_version",
    "source",
    "kind",
)
ANSWER = ("section", "question", "construct", "score", "max_score", "weight", "not_applicable", "critical")
COLUMNS = (*HEAD, *ANSWER, "auto_fail")
SHOWN_QUESTIONS = 3

Identity = tuple[str, str, str]


class Answer(Protocol):
    """One question of an evaluation, as a line of a file. `score` is None where the question did not apply."""

    @property
    def line(self) -> int: ...
    @property
    def section(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def construct(self) -> str: ...
    @property
    def score(self) -> float | None: ...
    @property
    def max_score(self) -> float: ...
    @property
    def weight(self) -> float: ...
    @property
    def not_applicable(self) -> bool: ...
    @property
    def critical(self) -> bool: ...
    @property
    def notes(self) -> Mapping[str, str]: ...


class Evaluation(Protocol):
    """A whole evaluation, each question once. `kind` is human, automatic or calibration."""

    @property
    def employee_id(self) -> str: ...
    @property
    def evaluation_id(self) -> str: ...
    @property
    def evaluator_id(self) -> str: ...
    @property
    def interaction_id(self) -> str: ...
    @property
    def evaluated_at(self) -> datetime: ...
    @property
    def channel(self) -> str: ...
    @property
    def contact_type(self) -> str: ...
    @property
    def form(self) -> str: ...
    @property
    def form_version(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def auto_fail(self) -> bool: ...
    @property
    def answers(self) -> Sequence[Answer]: ...


def preview_evaluations(session: Session, *, file: ReadFile[Evaluation], organisation_id: int) -> ImportPlan:
    """What `import_evaluations` would do. Writes nothing."""
    return _plan(session, file, organisation_id)[0]


def import_evaluations(session: Session, *, file: ReadFile[Evaluation], actor: Actor, now: datetime) -> ImportBatch:
    """Store the evaluations of agents whom the organisation hired through an applicant it knows.

    Evaluations of anybody else are unmatched and not stored. One that is there already with the same content is a
    duplicate; with other content it is rejected, and what is there stays.
    """
    take_turns(session, actor.organisation_id)
    plan, new = _plan(session, file, actor.organisation_id)
    batch = begin_batch(session, plan, actor=actor, now=now)
    ids = insert_rows_with_ids(session, QaEvaluation, [_head_row(evaluation, told, batch) for evaluation, told in new])
    insert_rows(
        session,
        QaAnswer,
        (_answer_row(key, answer) for key, (evaluation, _) in zip(ids, new, strict=True) for answer in evaluation.answers),
    )
    return batch


def content_hash(evaluation: Evaluation) -> str:
    """The same for the same content in any order of lines. Notes do not count: exports differ in them every time."""
    head = [getattr(evaluation, name) for name in HEAD if name != "evaluated_at"]
    answers = sorted([answer.question, *(getattr(answer, name) for name in ANSWER)] for answer in evaluation.answers)
    body = [head, evaluation.evaluated_at.astimezone(UTC).isoformat(), evaluation.auto_fail, answers]
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _plan(session: Session, file: ReadFile[Evaluation], organisation_id: int) -> tuple[ImportPlan, list[tuple[Evaluation, str]]]:
    agents = employees(session, organisation_id).keys()
    stored = _stored(session, organisation_id, {evaluation.evaluation_id for evaluation in file.lines})
    columns = file.columns or COLUMNS
    fates: list[LineFate] = []
    new: list[tuple[Evaluation, str]] = []
    for evaluation in file.lines:
        told = content_hash(evaluation)
        fate, reason = _judge(evaluation, told, agents, stored)
        if fate == "matched":
            new.append((evaluation, told))
            stored[_identity(evaluation)] = told
        head = {**{name: getattr(evaluation, name) for name in HEAD}, "evaluated_at": evaluation.evaluated_at.isoformat()}
        head["auto_fail"] = int(evaluation.auto_fail)
        fates += (LineFate(answer.line, fate, reason, _text(columns, head, answer)) for answer in evaluation.answers)
    return plan_of(file, "qa", fates, columns=columns, remarks=_remarks([evaluation for evaluation, _ in new])), new


def _judge(evaluation: Evaluation, told: str, agents: Collection[str], stored: Mapping[Identity, str]) -> tuple[Fate, str]:
    if evaluation.employee_id not in agents:
        return "unmatched", f"no hire has the employee id {evaluation.employee_id}"
    known = stored.get(_identity(evaluation))
    if known is None:
        return "matched", ""
    if known == told:
        return "duplicate", "stored already with the same content"
    return "rejected", f"evaluation {evaluation.evaluation_id} is stored already with other content; what is stored was kept"


def _stored(session: Session, organisation_id: int, evaluation_ids: set[str]) -> dict[Identity, str]:
    columns = (QaEvaluation.source, QaEvaluation.evaluation_id, QaEvaluation.form_version, QaEvaluation.content_hash)
    found: dict[Identity, str] = {}
    for chunk in chunks(sorted(evaluation_ids)):
        query = select(*columns).where(QaEvaluation.organisation_id == organisation_id, QaEvaluation.evaluation_id.in_(chunk))
        found.update(((row[0], row[1], row[2]), row[3]) for row in session.execute(query))
    return found


def _identity(evaluation: Evaluation) -> Identity:
    return evaluation.source, evaluation.evaluation_id, evaluation.form_version


def _text(columns: Sequence[str], head: Mapping[str, object], answer: Answer) -> str:
    cells = {name: getattr(answer, name) for name in ANSWER}
    flags = {"not_applicable": int(answer.not_applicable), "critical": int(answer.critical)}
    return written_line(columns, {**answer.notes, **head, **cells, **flags})


def _remarks(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    kinds = Counter(evaluation.kind for evaluation in evaluations)
    if kinds["calibration"]:
        yield f"{kinds['calibration']} calibration evaluations: stored, and left out of every criterion."
    if kinds["automatic"]:
        yield f"{kinds['automatic']} automatic evaluations: stored, and kept apart from the human ones."
    failed = [evaluation for evaluation in evaluations if evaluation.auto_fail]
    if failed:
        yield f"{len(failed)} evaluations failed automatically: the fail is kept beside the answers and does not change them."
    zeroed = sum(not any(answer.score for answer in evaluation.answers) for evaluation in failed)
    if zeroed:
        yield f"{zeroed} of these have 0 on every question. If the system wrote the zeros, they say nothing about empathy."
    if kinds["human"] > 1 and len({evaluation.evaluator_id for evaluation in evaluations if evaluation.kind == "human"}) == 1:
        yield "All human evaluations are by one rater, whose severity cannot be told from the agents' performance."
    flat = _constant_questions(evaluations)
    if flat:
        more = f" and {len(flat) - SHOWN_QUESTIONS} more" if len(flat) > SHOWN_QUESTIONS else ""
        yield f"The same score every time, so that nobody is told apart: {', '.join(flat[:SHOWN_QUESTIONS])}{more}."


def _constant_questions(evaluations: Sequence[Evaluation]) -> list[str]:
    scores: dict[str, list[float]] = defaultdict(list)
    for evaluation in evaluations:
        for answer in evaluation.answers:
            if answer.score is not None:
                scores[answer.question].append(answer.score)
    return sorted(question for question, given in scores.items() if len(given) > 1 and len(set(given)) == 1)


def _head_row(evaluation: Evaluation, told: str, batch: ImportBatch) -> dict[str, Any]:
    return {
        **{name: getattr(evaluation, name) for name in HEAD},
        "organisation_id": batch.organisation_id,
        "auto_fail": evaluation.auto_fail,
        "content_hash": told,
        "import_id": batch.id,
    }


def _answer_row(evaluation_pk: int, answer: Answer) -> dict[str, Any]:
    return {
        **{name: getattr(answer, name) for name in ANSWER},
        "evaluation_pk": evaluation_pk,
        "notes": dict(answer.notes),
    }

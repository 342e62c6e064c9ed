"""QA evaluations: how interactions of hired agents were judged later, question by question.

An evaluation is taken whole or not at all: with a line missing, its score would mean something else. Evaluations are
told apart by source system, evaluation id and form version. The construct of a question comes with the file; an automatic
fail is kept beside the answers and never turns them into zeros.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

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
)
from assessment.services.people import Actor

CONSTRUCTS = ("empathy-attentive", "empathy-cognitive", "empathy-affective", "process", "resolution", "other")
KINDS = ("human", "automatic", "calibration")
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CLOCKS_APART = timedelta(days=1)

Identity = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class EvaluationLine:
    """One question of one evaluation, as a line of a file. `score` is None where the question did not apply."""

    line: int
    text: str
    employee_id: str
    source: str
    evaluation_id: str
    form: str
    form_version: str
    evaluator_id: str
    interaction_id: str
    evaluated_at: datetime
    channel: str
    contact_type: str
    kind: str
    section: str
    question: str
    construct: str
    score: float | None
    max_score: float
    weight: float = 1.0
    not_applicable: bool = False
    critical: bool = False
    auto_fail: bool = False
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        """Source system, evaluation id, form version: what makes it the same evaluation."""
        return self.source, self.evaluation_id, self.form_version

    @property
    def head(self) -> dict[str, Any]:
        """What every line of an evaluation must say alike."""
        return {
            "employee_id": self.employee_id,
            "form": self.form,
            "evaluator_id": self.evaluator_id,
            "interaction_id": self.interaction_id,
            "evaluated_at": self.evaluated_at.astimezone(UTC).isoformat(),
            "channel": self.channel,
            "contact_type": self.contact_type,
            "kind": self.kind,
        }

    @property
    def answer(self) -> tuple[Any, ...]:
        """What the line says about its question."""
        applies = not self.not_applicable
        score = self.score if applies else None
        return self.section, self.construct, score, self.max_score, self.weight, applies, self.critical, self.auto_fail


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The lines of one evaluation, each question once."""

    lines: tuple[EvaluationLine, ...]

    @property
    def auto_fail(self) -> bool:
        """A question, whichever, failed the evaluation as a whole."""
        return any(line.auto_fail for line in self.lines)

    @property
    def content_hash(self) -> str:
        """The same for the same content in any order of lines. Notes do not count: exports differ in them every time."""
        first = self.lines[0]
        body = [first.identity, first.head, sorted([line.question, *line.answer] for line in self.lines)]
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, allow_nan=False)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def preview_evaluations(session: Session, *, file: ReadFile[EvaluationLine], organisation_id: int, now: datetime) -> ImportPlan:
    """What `import_evaluations` would do. Writes nothing."""
    return _QaPlan(session, organisation_id, now).plan(file)


def import_evaluations(session: Session, *, file: ReadFile[EvaluationLine], actor: Actor, now: datetime) -> ImportBatch:
    """Store the evaluations of agents whom the organisation hired through an applicant it knows.

    Evaluations of anybody else are unmatched and not stored. One that is there already with the same content is a
    duplicate; with other content it is rejected, and what is there stays.
    """
    take_turns(session, actor.organisation_id)
    evaluations = _QaPlan(session, actor.organisation_id, now)
    plan = evaluations.plan(file)
    batch = begin_batch(session, plan, actor=actor, now=now)
    heads = [_head_row(evaluation, batch) for evaluation in evaluations.new]
    ids = insert_rows_with_ids(session, QaEvaluation, heads)
    insert_rows(
        session,
        QaAnswer,
        (_answer_row(key, line) for key, evaluation in zip(ids, evaluations.new, strict=True) for line in evaluation.lines),
    )
    return batch


class _QaPlan:
    """Puts the lines of each evaluation together and decides about the evaluation."""

    def __init__(self, session: Session, organisation_id: int, now: datetime) -> None:
        self._session = session
        self._organisation_id = organisation_id
        self._latest = now + CLOCKS_APART
        self.new: list[Evaluation] = []

    def plan(self, file: ReadFile[EvaluationLine]) -> ImportPlan:
        together: dict[Identity, list[EvaluationLine]] = defaultdict(list)
        for line in file.lines:
            together[line.identity].append(line)
        broken = {refused.evaluation: refused.line for refused in reversed(file.refused) if refused.evaluation is not None}
        agents = employees(self._session, self._organisation_id)
        stored = self._stored({identity[1] for identity in together})
        fates: list[LineFate] = []
        for identity, lines in together.items():
            once, again = _each_question_once(lines)
            fate, reason = self._judge(identity, lines, once, broken.get(identity), agents.keys(), stored)
            if fate == "matched":
                self.new.append(Evaluation(once))
            fates += (LineFate(line.line, fate, reason, line.text) for line in once)
            same = "duplicate" if fate == "matched" else fate
            fates += (
                LineFate(line.line, same, f"the same as line {first}" if fate == "matched" else reason, line.text)
                for line, first in again
            )
        return plan_of(file, "qa", fates, _remarks(self.new))

    def _judge(
        self,
        identity: Identity,
        lines: Sequence[EvaluationLine],
        once: Sequence[EvaluationLine],
        broken_line: int | None,
        agents: Any,
        stored: dict[Identity, str],
    ) -> tuple[Fate, str]:
        first = lines[0]
        whole = f"an evaluation is taken whole: {identity[1]}"
        if broken_line is not None:
            return "rejected", f"{whole} has line {broken_line}, which cannot be used"
        odd = next((line for line in lines if line.head != first.head), None)
        if odd is not None:
            what = next(key for key, value in odd.head.items() if value != first.head[key])
            return "rejected", f"{whole} has two values of {what}, in lines {first.line} and {odd.line}"
        if len({line.question for line in once}) < len(once):
            question = Counter(line.question for line in once).most_common(1)[0][0]
            return "rejected", f"{whole} answers the question {question} twice, differently"
        if not EARLIEST <= first.evaluated_at <= self._latest:
            return "rejected", f"evaluated_at {first.evaluated_at:%Y-%m-%d} lies before {EARLIEST.year} or in the future"
        if first.employee_id not in agents:
            return "unmatched", f"no hire has the employee id {first.employee_id}"
        if identity not in stored:
            return "matched", ""
        if stored[identity] == Evaluation(tuple(once)).content_hash:
            return "duplicate", "stored already with the same content"
        return "rejected", f"evaluation {identity[1]} is stored already with other content; what is stored was kept"

    def _stored(self, evaluation_ids: set[str]) -> dict[Identity, str]:
        found: dict[Identity, str] = {}
        for chunk in chunks(sorted(evaluation_ids)):
            query = select(
                QaEvaluation.source, QaEvaluation.evaluation_id, QaEvaluation.form_version, QaEvaluation.content_hash
            ).where(QaEvaluation.organisation_id == self._organisation_id, QaEvaluation.evaluation_id.in_(chunk))
            found.update(((row[0], row[1], row[2]), row[3]) for row in self._session.execute(query))
        return found


def _each_question_once(lines: Sequence[EvaluationLine]) -> tuple[tuple[EvaluationLine, ...], list[tuple[EvaluationLine, int]]]:
    """The lines without word-for-word repetitions, and the repetitions with the line each repeats."""
    seen: dict[tuple[Any, ...], int] = {}
    once, again = [], []
    for line in lines:
        said = (line.question, *line.answer)
        if said in seen:
            again.append((line, seen[said]))
        else:
            seen[said] = line.line
            once.append(line)
    return tuple(once), again


def _remarks(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    if not evaluations:
        return
    kinds = Counter(evaluation.lines[0].kind for evaluation in evaluations)
    if kinds["calibration"]:
        yield f"{kinds['calibration']} are calibration evaluations: stored, and left out of every criterion."
    if kinds["automatic"]:
        yield f"{kinds['automatic']} are automatic evaluations: stored, and kept apart from the human ones."
    failed = [evaluation for evaluation in evaluations if evaluation.auto_fail]
    if failed:
        yield f"{len(failed)} failed automatically: the fail is kept beside the answers and does not change them."
    zeroed = sum(all(line.score in (0, None) for line in evaluation.lines) for evaluation in failed)
    if zeroed:
        yield f"{zeroed} of these have 0 on every question. If the system wrote the zeros, they say nothing about empathy."
    raters = {evaluation.lines[0].evaluator_id for evaluation in evaluations if evaluation.lines[0].kind == "human"}
    if len(raters) == 1 and len(evaluations) > 1:
        yield "All are by one rater, whose severity cannot be told from the agents' performance. Two or more are needed."
    flat = sorted(_constant_questions(evaluations))
    if flat:
        named = ", ".join(flat[:3]) + (f" and {len(flat) - 3} more" if len(flat) > 3 else "")
        yield f"Questions with the same score every time tell nobody apart: {named}."


def _constant_questions(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    scores: dict[str, list[float]] = defaultdict(list)
    for evaluation in evaluations:
        for line in evaluation.lines:
            if line.score is not None and not line.not_applicable:
                scores[line.question].append(line.score)
    return (question for question, given in scores.items() if len(given) > 1 and len(set(given)) == 1)


def _head_row(evaluation: Evaluation, batch: ImportBatch) -> dict[str, Any]:
    line = evaluation.lines[0]
    return {
        "organisation_id": batch.organisation_id,
        "employee_id": line.employee_id,
        "source": line.source,
        "evaluation_id": line.evaluation_id,
        "form": line.form,
        "form_version": line.form_version,
        "evaluator_id": line.evaluator_id,
        "interaction_id": line.interaction_id,
        "evaluated_at": line.evaluated_at,
        "channel": line.channel,
        "contact_type": line.contact_type,
        "kind": line.kind,
        "auto_fail": evaluation.auto_fail,
        "content_hash": evaluation.content_hash,
        "import_id": batch.id,
    }


def _answer_row(evaluation_pk: int, line: EvaluationLine) -> dict[str, Any]:
    return {
        "evaluation_pk": evaluation_pk,
        "question": line.question,
        "section": line.section,
        "construct": line.construct,
        "score": None if line.not_applicable else line.score,
        "max_score": line.max_score,
        "weight": line.weight,
        "not_applicable": line.not_applicable,
        "critical": line.critical,
        "notes": line.notes,
    }

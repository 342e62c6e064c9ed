"""QA evaluations in long form: one line for each question of each evaluation.

What is decided here:

- An evaluation is what shares `source`, `evaluation_id` and `form_version`. It is read whole or not at all: a line that
  cannot be used takes its evaluation with it. Where such a line does not tell to which evaluation it belongs, those of
  the lines before and after it go.
- A line that repeats another word for word is a duplicate and changes nothing. The same question twice with different
  values, and lines that disagree about agent, evaluator, moment or form, conflict: the evaluation is refused.
- Not applicable wins over a score: exports write 0 or the full mark beside it, and neither was given (measurement 4.1).
- `auto_fail` on any line marks the evaluation and never changes a score.
- An automatic evaluation without an evaluator has its source as evaluator.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import BinaryIO

from assessment.integrations.delimited import Limits, RefusedLine, Table, read_table
from assessment.integrations.evaluations import HEAD, Evaluation, Head, LineReader, QaAnswer
from assessment.integrations.values import BadValue, damage_notes, shown

REQUIRED = (
    "employee_id",
    "evaluation_id",
    "evaluator_id",
    "evaluated_at",
    "form",
    "form_version",
    "question",
    "construct",
    "score",
    "max_score",
    "source",
    "kind",
)
OPTIONAL = ("interaction_id", "channel", "contact_type", "section", "weight", "not_applicable", "critical", "auto_fail")
KNOWN = (*REQUIRED, *OPTIONAL)


@dataclass(frozen=True, slots=True)
class EvaluationFile:
    """The evaluations of a file, ordered by their first lines; lines said before; lines refused; notes for a person."""

    evaluations: tuple[Evaluation, ...]
    duplicates: tuple[RefusedLine, ...]
    refused: tuple[RefusedLine, ...]
    notes: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(slots=True)
class _Group:
    """The lines of one evaluation while the file is read. `why` says what refuses it, once something does."""

    head: Head
    lines: list[int] = field(default_factory=list)
    answers: dict[str, tuple[QaAnswer, bool]] = field(default_factory=dict)
    why: str | None = None


class _Gathering:
    """All lines of one file, sorted into evaluations."""

    def __init__(self, table: Table, now: datetime) -> None:
        self.table = table
        self.groups: dict[tuple[str, str, str], _Group] = {}
        self.reasons: dict[int, str] = {}
        self.duplicates: dict[int, str] = {}
        self.ignored_scores = 0
        self._strays: dict[int, tuple[str, ...]] = {}
        self._reader = LineReader(table.separator, now, table.unknown)
        self._heads: dict[tuple[str, ...], Head] = {}

    @property
    def moments(self) -> list[str]:
        """`evaluated_at` as it is written, once for each evaluation."""
        return [raw[HEAD.index("evaluated_at")] for raw in self._heads]

    def gather(self) -> None:
        absent = {name: "" for name in HEAD if name not in self.table.columns}
        head_of = itemgetter(*HEAD)
        for line, cells in self.table.rows:
            raw: tuple[str, ...] = head_of(absent | cells if absent else cells)
            try:
                head = self._heads.get(raw)
                if head is None:
                    head = self._heads[raw] = self._reader.head(raw)
            except BadValue as error:
                self.reasons[line] = str(error)
                self._strays[line] = (raw[HEAD.index("evaluation_id")],)
                continue
            group = self.groups.get(head.key)
            if group is None:
                group = self.groups[head.key] = _Group(head)
            group.lines.append(line)
            self._add(group, head, line, cells)
        self._attribute_strays()
        self._refuse_broken()

    def _add(self, group: _Group, head: Head, line: int, cells: Mapping[str, str]) -> None:
        try:
            if head is not group.head and head != group.head:
                raise BadValue(_disagreement(group, head))
            answer, fails = self._reader.answer(line, cells), self._reader.auto_fail(cells)
        except BadValue as error:
            self.reasons[line] = str(error)
            group.why = group.why or f"line {line} cannot be used"
            return
        before = group.answers.setdefault(answer.question, (answer, fails))
        if before[0] is answer:
            self.ignored_scores += answer.not_applicable and bool(cells["score"])
        elif before[0].content == answer.content and before[1] == fails:
            self.duplicates[line] = f"says the same as line {before[0].line}"
        else:
            self.reasons[line] = f"question {shown(answer.question)} is on line {before[0].line} with other values"
            group.why = group.why or f"lines {before[0].line} and {line} conflict"

    def _attribute_strays(self) -> None:
        """Refuse every evaluation that a line which cannot be read belongs to, or may belong to."""
        place = self.table.place("evaluation_id")
        strays = dict(self._strays)
        for refusal in self.table.refused:
            cells = next(csv.reader([refusal.raw.replace("\n", " ").replace("\r", " ")]), [])
            strays[refusal.line] = tuple(cells[place : place + 2])
        if not strays:
            return
        by_id: dict[str, list[_Group]] = {}
        for group in self.groups.values():
            by_id.setdefault(group.head.evaluation_id, []).append(group)
        by_line = sorted(((line, group) for group in self.groups.values() for line in group.lines), key=lambda pair: pair[0])
        lines = [line for line, _ in by_line]
        for line, ids in strays.items():
            touched = [group for name in ids for group in by_id.get(name, ())]
            if not touched:
                after = bisect_left(lines, line)
                touched = [group for _, group in by_line[max(after - 1, 0) : after + 1]]
            for group in touched:
                group.why = group.why or f"line {line} cannot be used and may belong to it"

    def _refuse_broken(self) -> None:
        for group in self.groups.values():
            if group.why is None:
                continue
            name = shown(group.head.evaluation_id)
            for line in group.lines:
                self.duplicates.pop(line, None)
                self.reasons.setdefault(line, f"was left out with the rest of evaluation {name}: {group.why}")


def _disagreement(group: _Group, head: Head) -> str:
    for name, ours, theirs in zip(HEAD, head, group.head, strict=True):
        if ours != theirs:
            return f"{name} {shown(str(ours))} differs from {shown(str(theirs))} on line {group.lines[0]} of the same evaluation"
    raise AssertionError("two heads differ in no field")


def _evaluation(group: _Group) -> Evaluation:
    return Evaluation(
        *group.head,
        auto_fail=any(fails for _, fails in group.answers.values()),
        answers=tuple(answer for answer, _ in group.answers.values()),
    )


def _notes(table: Table, groups: Iterable[_Group], raw_moments: Iterable[str], ignored_scores: int) -> Iterator[str]:
    yield from table.notes
    absent = [name for name in OPTIONAL if name not in table.columns]
    if absent:
        yield f"Columns that are not there: {', '.join(absent)}. A weight is then 1, a flag no, a text empty."
    days, local = 0, 0
    for text in raw_moments:
        days += len(text) == 10
        local += len(text) > 10 and text[-1] not in "Zz" and not set(text[16:]) & set("+-")
    if local:
        yield f"{local} evaluations have a time without an offset; it was taken to be UTC."
    if days:
        yield f"{days} evaluations have a day without a time; it was taken to be midnight UTC."
    if ignored_scores:
        yield f"{ignored_scores} answers have a score and are not applicable; the score was left out."
    yield from damage_notes({group.head.evaluation_id: group.lines[0] for group in groups})
    yield from damage_notes({group.head.employee_id: group.lines[0] for group in groups})


def read_evaluations(data: bytes | BinaryIO, *, now: datetime, limits: Limits = Limits()) -> EvaluationFile:
    """Read a file of QA evaluations. Raises BadInput when the file as a whole cannot be used.

    `now` is the moment of reading: an evaluation more than a day after it is refused. Columns beside those of the contract
    become the notes of their answers.
    """
    table = read_table(data, required=REQUIRED, known=KNOWN, limits=limits)
    gathering = _Gathering(table, now)
    gathering.gather()
    whole = [group for group in gathering.groups.values() if group.why is None]
    notes = _notes(table, whole, gathering.moments, gathering.ignored_scores)
    return EvaluationFile(
        tuple(_evaluation(group) for group in whole),
        table.with_reasons(gathering.duplicates),
        table.refusals(gathering.reasons),
        tuple(notes),
        table.columns,
    )

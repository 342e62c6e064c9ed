"""QA evaluations as values, and the cells of one line of a file as a part of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

from assessment.integrations.values import BadValue, DecimalSign, flag, identifier, iso_datetime, plain_words, shown

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
LONGEST_NOTE = 2_000

T = TypeVar("T")


class Head(NamedTuple):
    """What all lines of an evaluation say alike. `interaction_id`, `channel` and `contact_type` may be empty."""

    employee_id: str
    evaluation_id: str
    evaluator_id: str
    interaction_id: str
    evaluated_at: datetime
    channel: str
    contact_type: str
    form: str
    form_version: str
    source: str
    kind: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two lines lines of one evaluation."""
        return self.source, self.evaluation_id, self.form_version


class QaAnswer(NamedTuple):
    """One question of an evaluation: 0 <= score <= max_score, None when it did not apply; weight 0 or more.

    `notes` are the cells of columns without a meaning here, cut at 2 000 characters.
    """

    line: int
    section: str
    question: str
    construct: str
    score: float | None
    max_score: float
    weight: float
    not_applicable: bool
    critical: bool
    notes: Mapping[str, str]

    @property
    def content(self) -> tuple[object, ...]:
        """What makes two lines say the same: everything but the line's number and the notes."""
        return self[1:-1]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation of one interaction by one evaluator, whole. `auto_fail` stands beside the scores and never in them."""

    employee_id: str
    evaluation_id: str
    evaluator_id: str
    interaction_id: str
    evaluated_at: datetime
    channel: str
    contact_type: str
    form: str
    form_version: str
    source: str
    kind: str
    auto_fail: bool
    answers: tuple[QaAnswer, ...]


class _Column(dict[str, T]):
    """A column's cells that were read before, because most are repeated thousands of times."""

    def __init__(self, name: str, read: Callable[[str], T]) -> None:
        super().__init__()
        self._name = name
        self._read = read

    def __missing__(self, text: str) -> T:
        try:
            value = self[text] = self._read(text)
        except BadValue as error:
            raise BadValue(f"{self._name} {error}") from None
        return value


def _words(name: str, longest: int) -> _Column[str]:
    return _Column(name, lambda text: plain_words(text, longest))


def _needed(name: str, longest: int = 200) -> _Column[str]:
    return _Column(name, lambda text: identifier(text, longest))


def _one_of(name: str, words: Sequence[str]) -> _Column[str]:
    def read(text: str) -> str:
        if text.casefold() not in words:
            raise BadValue(f"{shown(text)} is none of {', '.join(words)}" if text else f"is empty; it is one of {', '.join(words)}")
        return text.casefold()

    return _Column(name, read)


def _flag(name: str) -> _Column[bool]:
    return _Column(name, lambda text: flag(text) if text else False)


class LineReader:
    """Reads the cells of lines of one file, in any order."""

    def __init__(self, separator: str, now: datetime, extra: Sequence[str]) -> None:
        decimals = DecimalSign(separator)
        self._extra = tuple(extra)
        self._ids = (_needed("employee_id"), _needed("evaluation_id"))
        self._evaluator, self._interaction = _words("evaluator_id", 200), _words("interaction_id", 200)
        self._moment = _Column("evaluated_at", lambda text: iso_datetime(text, now=now))
        self._contact = (_words("channel", 40), _words("contact_type", 100))
        self._form = (_needed("form"), _needed("form_version", 60))
        self._source, self._kind = _needed("source", 60), _one_of("kind", KINDS)
        self._section, self._question = _words("section", 200), _needed("question")
        self._construct = _one_of("construct", CONSTRUCTS)
        self._score, self._max_score = _Column("score", decimals.number), _Column("max_score", decimals.number)
        self._weight = _Column("weight", lambda text: decimals.number(text) if text else 1.0)
        self._not_applicable, self._critical = _flag("not_applicable"), _flag("critical")
        self._auto_fail = _flag("auto_fail")

    def head(self, cells: Sequence[str]) -> Head:
        """The evaluation that a line belongs to; `cells` in the order of HEAD, "" where the file has no such column."""
        employee, evaluation, evaluator, interaction, moment, channel, contact_type, form, version, source, kind = cells
        read_kind, read_source = self._kind[kind], self._source[source]
        if not evaluator and read_kind != "automatic":
            raise BadValue(f"evaluator_id is empty; a {read_kind} evaluation needs one")
        return Head(
            self._ids[0][employee],
            self._ids[1][evaluation],
            self._evaluator[evaluator] or read_source,
            self._interaction[interaction],
            self._moment[moment],
            self._contact[0][channel],
            self._contact[1][contact_type],
            self._form[0][form],
            self._form[1][version],
            read_source,
            read_kind,
        )

    def answer(self, line: int, cells: Mapping[str, str]) -> QaAnswer:
        """The question that a line is about."""
        cell = cells.get
        not_applicable = self._not_applicable[cell("not_applicable", "")]
        most = self._max_score[cells["max_score"]]
        if most <= 0:
            raise BadValue(f"max_score {shown(cells['max_score'])} is not above 0")
        score = None if not_applicable else self._points(cells["score"], most)
        weight = self._weight[cell("weight", "")]
        if weight < 0:
            raise BadValue(f"weight {shown(cells['weight'])} is below 0")
        notes = {name: cells[name][:LONGEST_NOTE] for name in self._extra if cells[name]} if self._extra else _NO_NOTES
        return QaAnswer(
            line,
            self._section[cell("section", "")],
            self._question[cells["question"]],
            self._construct[cells["construct"]],
            score,
            most,
            weight,
            not_applicable,
            self._critical[cell("critical", "")],
            notes,
        )

    def auto_fail(self, cells: Mapping[str, str]) -> bool:
        """Whether a line marks its evaluation as failed outright."""
        return self._auto_fail[cells.get("auto_fail", "")]

    def _points(self, text: str, most: float) -> float:
        if not text:
            raise BadValue("score is empty; if the question did not apply, not_applicable must be 1")
        score = self._score[text]
        if not 0 <= score <= most:
            raise BadValue(f"score {shown(text)} is not from 0 to max_score {most:g}")
        return score


_NO_NOTES: Mapping[str, str] = {}

"""The criterion: what a study asks the score to predict.

It comes in two forms. An agent-level criterion is made elsewhere and imported, one value a person; its reliability is
unknown unless somebody declared it with a source. The modelled criterion ("qa:empathy") is estimated from the human QA
evaluations stored here, in `qa_scores`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotFound
from assessment.records.observation import CriterionValue, ImportBatch, QaAnswer, QaEvaluation
from assessment.services.hiring import employees
from assessment.services.importing import (
    Fate,
    ImportPlan,
    LineFate,
    ReadFile,
    begin_batch,
    chunks,
    insert_rows,
    plan_of,
    take_turns,
    written_line,
)
from assessment.services.people.actors import Actor
from assessment.services.studies.qa_judgements import EVERYTHING, Window, hires_of
from assessment.services.studies.qa_scores import MODELLED, AgentScore, AgentScores, qa_agent_scores

__all__ = [
    "EVERYTHING",
    "MODELLED",
    "AgentScore",
    "AgentScores",
    "CriterionLine",
    "CriterionSummary",
    "DeclaredReliability",
    "Window",
    "agent_scores",
    "import_criterion",
    "list_criteria",
    "preview_criterion",
]

LONGEST_CRITERION = 100
LONGEST_SOURCE = 500
NO_VALUE = "no value of this criterion"


class CriterionLine(Protocol):
    """One agent's values by criterion. A missing cell has no entry in `values`."""

    @property
    def line(self) -> int: ...
    @property
    def employee_id(self) -> str: ...
    @property
    def values(self) -> Mapping[str, float]: ...


@dataclass(frozen=True, slots=True)
class DeclaredReliability:
    """How reliable somebody says the imported values are, and where that figure comes from."""

    value: float
    source: str

    def __post_init__(self) -> None:
        faults = []
        if not 0 < self.value <= 1:
            faults.append(Fault("reliability", "must be above 0 and at most 1"))
        if not self.source.strip() or len(self.source) > LONGEST_SOURCE:
            faults.append(Fault("reliability source", "say in at most 500 characters where the figure comes from"))
        if faults:
            raise BadInput("A reliability is declared together with its source, or not at all. Nothing was imported.", faults)


@dataclass(frozen=True, slots=True)
class CriterionSummary:
    """A criterion that a vacancy's agents have. `n_agents` have a value (agent-level) or any human evaluation (modelled)."""

    name: str
    label: str
    kind: str
    n_agents: int
    n_evaluations: int | None
    reliability: float | None
    reliability_source: str | None


def preview_criterion(
    session: Session,
    *,
    file: ReadFile[CriterionLine],
    reliability: DeclaredReliability | None = None,
    organisation_id: int,
) -> ImportPlan:
    """What `import_criterion` would do. Writes nothing."""
    return _CriterionPlan(session, organisation_id).plan(file, reliability)


def import_criterion(
    session: Session,
    *,
    file: ReadFile[CriterionLine],
    reliability: DeclaredReliability | None = None,
    actor: Actor,
    now: datetime,
) -> ImportBatch:
    """Store agents' values of one or more criteria.

    A value that is there already is a duplicate; another value for the same agent and criterion is rejected with its
    whole line. The newest declaration of reliability counts for the criteria of its file.
    """
    take_turns(session, actor.organisation_id)
    values = _CriterionPlan(session, actor.organisation_id)
    plan = values.plan(file, reliability)
    batch = begin_batch(session, plan, actor=actor, now=now)
    insert_rows(
        session,
        CriterionValue,
        (
            {
                "organisation_id": actor.organisation_id,
                "employee_id": employee_id,
                "criterion": criterion,
                "value": value,
                "import_id": batch.id,
            }
            for (employee_id, criterion), value in values.new.items()
        ),
    )
    return batch


def list_criteria(session: Session, organisation_id: int, vacancy_id: int) -> list[CriterionSummary]:
    """What the agents of a vacancy could be studied against: imported criteria by name, then those modelled from QA."""
    agents = hires_of(session, organisation_id, vacancy_id)
    ids = [agent.employee_id for agent in agents]
    found: Counter[str] = Counter()
    evaluations: Counter[str] = Counter()
    evaluated: Counter[str] = Counter()
    for chunk in chunks(ids):
        mine = (CriterionValue.organisation_id == organisation_id, CriterionValue.employee_id.in_(chunk))
        counts = select(CriterionValue.criterion, func.count()).where(*mine).group_by(CriterionValue.criterion)
        found.update({row[0]: row[1] for row in session.execute(counts)})
        for name, modelled in MODELLED.items():
            speaking = select(QaAnswer.evaluation_pk).where(
                QaAnswer.evaluation_pk == QaEvaluation.id, QaAnswer.construct.in_(modelled.constructs)
            )
            human = select(func.count(), func.count(func.distinct(QaEvaluation.employee_id))).where(
                QaEvaluation.organisation_id == organisation_id,
                QaEvaluation.employee_id.in_(chunk),
                QaEvaluation.kind == "human",
                speaking.exists(),
            )
            n, n_agents = session.execute(human).one()
            evaluations[name] += n
            evaluated[name] += n_agents
    declared = _declared(session, organisation_id)
    summaries = []
    for name in sorted(found):
        told = declared.get(name)
        value, source = (told.value, told.source) if told else (None, None)
        summaries.append(CriterionSummary(name, name.replace("_", " "), "agent_level", found[name], None, value, source))
    for name, modelled in MODELLED.items():
        if evaluations[name]:
            summaries.append(CriterionSummary(name, modelled.label, "modelled", evaluated[name], evaluations[name], None, None))
    return summaries


def agent_scores(
    session: Session, *, organisation_id: int, vacancy_id: int, criterion: str, window: Window | None, now: datetime
) -> AgentScores:
    """The criterion of each agent of a vacancy who may enter a study, and how many may not, by reason.

    For a modelled criterion `window` says which evaluations count (None: all), and the inclusion floor applies.
    An imported criterion has no dates: the window is not used, and the note says so. Raises `NotFound` for a criterion
    that the vacancy's agents do not have.
    """
    if criterion in MODELLED:
        return qa_agent_scores(
            session,
            organisation_id=organisation_id,
            vacancy_id=vacancy_id,
            criterion=criterion,
            window=window or EVERYTHING,
            now=now,
        )
    agents = hires_of(session, organisation_id, vacancy_id)
    values: dict[str, float] = {}
    for chunk in chunks([agent.employee_id for agent in agents]):
        query = select(CriterionValue.employee_id, CriterionValue.value).where(
            CriterionValue.organisation_id == organisation_id,
            CriterionValue.criterion == criterion,
            CriterionValue.employee_id.in_(chunk),
        )
        values.update((row.employee_id, row.value) for row in session.execute(query))
    if not values:
        raise NotFound(f"No agent of this vacancy has a value of {criterion}.")
    told = _declared(session, organisation_id).get(criterion)
    with_value = [agent for agent in agents if agent.employee_id in values]
    n_without = len(agents) - len(with_value)
    return AgentScores(
        criterion=criterion,
        kind="agent_level",
        label=criterion.replace("_", " "),
        agents=tuple(
            AgentScore(agent.applicant_id, agent.employee_id, values[agent.employee_id], told.value if told else None, None, None)
            for agent in with_value
        ),
        n_hired=len(agents),
        excluded={NO_VALUE: n_without} if n_without else {},
        reliability=told.value if told else None,
        reliability_source=told.source if told else None,
        notes=tuple(_agent_level_notes(told, window)),
    )


class _CriterionPlan:
    """Goes through the lines once, in order, keeping what is known as it grows."""

    def __init__(self, session: Session, organisation_id: int) -> None:
        self._session = session
        self._organisation_id = organisation_id
        self._known: dict[tuple[str, str], float] = {}
        self.new: dict[tuple[str, str], float] = {}

    def plan(self, file: ReadFile[CriterionLine], reliability: DeclaredReliability | None) -> ImportPlan:
        spelling = self._spellings({name for line in file.lines for name in line.values})
        names = sorted(set(spelling.values()))
        _check_names(names)
        agents = employees(self._session, self._organisation_id)
        columns = file.columns or ("employee_id", *names)
        self._load([line.employee_id for line in file.lines])
        fates = []
        for line in file.lines:
            told = {(line.employee_id, spelling[name]): value for name, value in line.values.items()}
            fate, reason = self._judge(line, told, line.employee_id in agents)
            text = written_line(columns, {"employee_id": line.employee_id, **line.values})
            fates.append(LineFate(line.line, fate, reason, text))
        notes: dict[str, Any] = {"criteria": names}
        if reliability is not None:
            notes |= {"reliability": reliability.value, "reliability_source": reliability.source}
        return plan_of(file, "criterion", fates, columns=columns, remarks=[_remark(names, reliability)], notes=notes)

    def _load(self, employee_ids: Sequence[str]) -> None:
        for chunk in chunks(sorted(set(employee_ids))):
            query = select(CriterionValue).where(
                CriterionValue.organisation_id == self._organisation_id, CriterionValue.employee_id.in_(chunk)
            )
            self._known.update(((row.employee_id, row.criterion), row.value) for row in self._session.scalars(query))

    def _spellings(self, names: set[str]) -> dict[str, str]:
        """Each column's criterion, as it is spelt where the organisation has it already: CARE is Care."""
        mine = select(CriterionValue.criterion).where(CriterionValue.organisation_id == self._organisation_id).distinct()
        known = {name.casefold(): name for name in self._session.scalars(mine)}
        return {name: known.get(name.casefold(), name) for name in names}

    def _judge(self, line: CriterionLine, told: Mapping[tuple[str, str], float], is_agent: bool) -> tuple[Fate, str]:
        if not is_agent:
            return "unmatched", f"no hire has the employee id {line.employee_id}"
        if not told:
            return "rejected", "has no value"
        for key, value in told.items():
            if key in self._known and self._known[key] != value:
                return "rejected", f"{key[1]} is {self._known[key]:g} already, not {value:g}; what is stored was kept"
        fresh = {key: value for key, value in told.items() if key not in self._known}
        if not fresh:
            return "duplicate", "every value is stored already"
        self._known |= fresh
        self.new |= fresh
        known = len(told) - len(fresh)
        return "matched", f"{len(fresh)} new, {known} stored already" if known else ""


def _remark(names: Sequence[str], reliability: DeclaredReliability | None) -> str:
    if reliability is None:
        return "No reliability is declared: correlations with these criteria stay uncorrected, and every report says so."
    return f"Reliability {reliability.value:g} is declared for {', '.join(names)}. Source: {reliability.source}"


def _check_names(names: Sequence[str]) -> None:
    faults = [
        Fault(f"column {name[:40]}", "begins with qa:, which is kept for criteria modelled from evaluations")
        for name in names
        if name.casefold().startswith("qa:")
    ]
    faults += [
        Fault(f"column {name[:40]}…", f"has a name of more than {LONGEST_CRITERION} characters")
        for name in names
        if len(name) > LONGEST_CRITERION
    ]
    if faults:
        raise BadInput("Nothing was imported. Rename these columns and send the file again.", faults)


def _declared(session: Session, organisation_id: int) -> dict[str, DeclaredReliability]:
    """The newest declaration for each criterion."""
    query = select(ImportBatch.notes).where(ImportBatch.organisation_id == organisation_id, ImportBatch.kind == "criterion")
    declared: dict[str, DeclaredReliability] = {}
    for notes in session.scalars(query.order_by(ImportBatch.id)):
        if "reliability" in notes:
            told = DeclaredReliability(notes["reliability"], notes["reliability_source"])
            declared.update((name, told) for name in notes["criteria"])
    return declared


def _agent_level_notes(told: DeclaredReliability | None, window: Window | None) -> Iterator[str]:
    if told is None:
        yield "The reliability of this criterion is unknown: none was declared, so nothing is corrected for it."
    if window not in (None, EVERYTHING):
        yield "The values carry no dates: the window could not be applied to them."

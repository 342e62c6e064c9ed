"""Hiring: which applicants became agents, and under which employee id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.records.applicant import Applicant
from assessment.records.observation import Hire, ImportBatch
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

COLUMNS = ("applicant_id", "employee_id", "hired_on", "left_on", "left_reason")
NEVER_HIRED = "a person cannot leave before the day they were hired"


class HireLine(Protocol):
    """One line of a file of hires. Dates are unknown (None) for a historical cohort; `left_on` also for who is still there."""

    @property
    def line(self) -> int: ...
    @property
    def applicant_id(self) -> str: ...
    @property
    def employee_id(self) -> str: ...
    @property
    def hired_on(self) -> date | None: ...
    @property
    def left_on(self) -> date | None: ...
    @property
    def left_reason(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class KnownHire:
    """A hire as it stands. `id` is None for one that an earlier line of the same file brings."""

    id: int | None
    line: int | None
    reference: str
    employee_id: str
    hired_on: date | None
    left_on: date | None
    left_reason: str | None

    def agrees_with(self, line: HireLine) -> bool:
        """Nothing in the line contradicts what is known; an empty cell contradicts nothing."""
        pairs = ((self.hired_on, line.hired_on), (self.left_on, line.left_on), (self.left_reason, line.left_reason))
        return all(known is None or told is None or known == told for known, told in pairs)

    def together_with(self, line: HireLine) -> KnownHire:
        """This hire with what the line tells about what was unknown."""
        return replace(
            self,
            hired_on=self.hired_on or line.hired_on,
            left_on=self.left_on or line.left_on,
            left_reason=self.left_reason or line.left_reason,
        )


def preview_hires(session: Session, *, file: ReadFile[HireLine], organisation_id: int) -> ImportPlan:
    """What `import_hires` would do. Writes nothing."""
    return _HirePlan(session, organisation_id).plan(file)


def import_hires(session: Session, *, file: ReadFile[HireLine], actor: Actor, now: datetime) -> ImportBatch:
    """Record which applicants were hired.

    A line whose applicant the organisation does not know is unmatched; a hire that is there already is a duplicate. A
    later file may add a date or a reason that was empty; it cannot change one, nor move an employee id to somebody else.
    """
    take_turns(session, actor.organisation_id)
    hires = _HirePlan(session, actor.organisation_id)
    plan = hires.plan(file)
    batch = begin_batch(session, plan, actor=actor, now=now)
    new = [
        {
            "organisation_id": actor.organisation_id,
            "applicant_id": hires.applicants[hire.reference],
            "employee_id": hire.employee_id,
            "hired_on": hire.hired_on,
            "left_on": hire.left_on,
            "left_reason": hire.left_reason,
            "import_id": batch.id,
        }
        for hire in hires.by_employee.values()
        if hire.id is None
    ]
    insert_rows(session, Hire, new)
    for hire_id, known in hires.learned.items():
        hire = session.get_one(Hire, hire_id)
        hire.hired_on, hire.left_on, hire.left_reason = known.hired_on, known.left_on, known.left_reason
    session.flush()
    return batch


def employees(session: Session, organisation_id: int) -> Mapping[str, date | None]:
    """The employee ids of the organisation's hires, with the day each was hired where it is known."""
    rows = session.execute(select(Hire.employee_id, Hire.hired_on).where(Hire.organisation_id == organisation_id))
    return {row.employee_id: row.hired_on for row in rows}


class _HirePlan:
    """Goes through the lines once, in order, keeping what is known as it grows."""

    def __init__(self, session: Session, organisation_id: int) -> None:
        self._session = session
        self._organisation_id = organisation_id
        self.applicants: dict[str, int] = {}
        self.by_employee: dict[str, KnownHire] = {}
        self._by_reference: dict[str, KnownHire] = {}
        self.learned: dict[int, KnownHire] = {}

    def plan(self, file: ReadFile[HireLine]) -> ImportPlan:
        self._load(file)
        columns = file.columns or COLUMNS
        fates = []
        for line in file.lines:
            fate, reason = self._judge(line)
            text = written_line(columns, {name: getattr(line, name) for name in COLUMNS})
            fates.append(LineFate(line.line, fate, reason, text))
        return plan_of(file, "hires", fates, columns=columns, remarks=_remarks(file))

    def _load(self, file: ReadFile[HireLine]) -> None:
        references = {line.applicant_id for line in file.lines}
        for chunk in chunks(sorted(references)):
            query = select(Applicant.reference, Applicant.id).where(
                Applicant.organisation_id == self._organisation_id, Applicant.reference.in_(chunk)
            )
            self.applicants.update((row.reference, row.id) for row in self._session.execute(query))
        stored = (
            select(Hire, Applicant.reference)
            .join(Applicant, Applicant.id == Hire.applicant_id)
            .where(Hire.organisation_id == self._organisation_id)
        )
        for hire, reference in self._session.execute(stored):
            self._keep(KnownHire(hire.id, None, reference, hire.employee_id, hire.hired_on, hire.left_on, hire.left_reason))

    def _keep(self, hire: KnownHire) -> None:
        self.by_employee[hire.employee_id] = hire
        self._by_reference[hire.reference] = hire

    def _judge(self, line: HireLine) -> tuple[Fate, str]:
        if line.applicant_id not in self.applicants:
            return "unmatched", f"no applicant has the reference {line.applicant_id}"
        known = self._by_reference.get(line.applicant_id)
        if known is not None and known.employee_id != line.employee_id:
            return "rejected", f"this applicant was hired as employee {known.employee_id}{_where(known)}"
        owner = self.by_employee.get(line.employee_id)
        if owner is not None and owner.reference != line.applicant_id:
            return "rejected", f"employee {line.employee_id} is another applicant{_where(owner)}"
        found = known or KnownHire(None, line.line, line.applicant_id, line.employee_id, None, None, None)
        if not found.agrees_with(line):
            return "rejected", f"a date or reason differs from the one known{_where(found)}; nothing was changed"
        told = found.together_with(line)
        if told == known:
            return "duplicate", f"known already{_where(told)}"
        if told.hired_on and told.left_on and told.left_on < told.hired_on:
            return "rejected", NEVER_HIRED
        self._keep(told)
        if told.id is not None:
            self.learned[told.id] = told
        return "matched", "adds what was unknown to a hire that is there already" if known else ""


def _remarks(file: ReadFile[HireLine]) -> Iterator[str]:
    if any(line.hired_on is None for line in file.lines):
        yield (
            "Criteria that come one value a person can be studied without hiring dates; QA evaluations cannot, "
            "because time on the job is then unknown."
        )


def _where(hire: KnownHire) -> str:
    return f" in line {hire.line}" if hire.line is not None else ""

"""Hiring: which applicants became agents, and under which employee id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

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
)
from assessment.services.people import Actor

EARLIEST = date(1950, 1, 1)
NEVER_HIRED = "a person cannot leave before the day they were hired"


@dataclass(frozen=True, slots=True)
class HireLine:
    """One line of a file of hires. Dates are unknown (None) for a historical cohort; `left_on` also for who is still there."""

    line: int
    text: str
    applicant_id: str
    employee_id: str
    hired_on: date | None = None
    left_on: date | None = None
    left_reason: str | None = None


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

    def learns_from(self, line: HireLine) -> bool:
        """The line tells a date or a reason that was unknown."""
        pairs = ((self.hired_on, line.hired_on), (self.left_on, line.left_on), (self.left_reason, line.left_reason))
        return any(known is None and told is not None for known, told in pairs)


def preview_hires(session: Session, *, file: ReadFile[HireLine], organisation_id: int, now: datetime) -> ImportPlan:
    """What `import_hires` would do. Writes nothing."""
    return _HirePlan(session, organisation_id, now).plan(file)


def import_hires(session: Session, *, file: ReadFile[HireLine], actor: Actor, now: datetime) -> ImportBatch:
    """Record which applicants were hired.

    A line whose applicant the organisation does not know is unmatched; a hire that is there already is a duplicate. A
    later file may add a date or a reason that was empty; it cannot change one, nor move an employee id to somebody else.
    """
    take_turns(session, actor.organisation_id)
    hires = _HirePlan(session, actor.organisation_id, now)
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
    for hire_id, line in hires.learned.items():
        hire = session.get_one(Hire, hire_id)
        hire.hired_on = hire.hired_on or line.hired_on
        hire.left_on = hire.left_on or line.left_on
        hire.left_reason = hire.left_reason or line.left_reason
    session.flush()
    return batch


def employees(session: Session, organisation_id: int) -> Mapping[str, date | None]:
    """The employee ids of the organisation's hires, with the day each was hired where it is known."""
    rows = session.execute(select(Hire.employee_id, Hire.hired_on).where(Hire.organisation_id == organisation_id))
    return {row.employee_id: row.hired_on for row in rows}


class _HirePlan:
    """Goes through the lines once, in order, keeping what is known as it grows."""

    def __init__(self, session: Session, organisation_id: int, now: datetime) -> None:
        self._session = session
        self._organisation_id = organisation_id
        self._latest = now.date() + timedelta(days=366)
        self.applicants: dict[str, int] = {}
        self.by_employee: dict[str, KnownHire] = {}
        self._by_reference: dict[str, KnownHire] = {}
        self.learned: dict[int, HireLine] = {}

    def plan(self, file: ReadFile[HireLine]) -> ImportPlan:
        self._load(file)
        fates = [self._fate(line) for line in file.lines]
        return plan_of(file, "hires", fates, self._remarks(file))

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

    def _fate(self, line: HireLine) -> LineFate:
        fate, reason = self._judge(line)
        return LineFate(line.line, fate, reason, line.text)

    def _judge(self, line: HireLine) -> tuple[Fate, str]:
        if line.applicant_id not in self.applicants:
            return "unmatched", f"no applicant has the reference {line.applicant_id}"
        if line.hired_on and line.left_on and line.left_on < line.hired_on:
            return "rejected", NEVER_HIRED
        if not all(EARLIEST <= day <= self._latest for day in (line.hired_on, line.left_on) if day):
            return "rejected", f"a date lies before {EARLIEST.year} or more than a year ahead"
        known = self._by_reference.get(line.applicant_id)
        if known is not None and known.employee_id != line.employee_id:
            return "rejected", f"this applicant was hired as employee {known.employee_id}{_where(known)}"
        owner = self.by_employee.get(line.employee_id)
        if owner is not None and owner.reference != line.applicant_id:
            return "rejected", f"employee {line.employee_id} is another applicant{_where(owner)}"
        if known is None:
            self._keep(
                KnownHire(None, line.line, line.applicant_id, line.employee_id, line.hired_on, line.left_on, line.left_reason)
            )
            return "matched", ""
        return self._judge_again(known, line)

    def _judge_again(self, known: KnownHire, line: HireLine) -> tuple[Fate, str]:
        if not known.agrees_with(line):
            return "rejected", f"a date or reason differs from the one known{_where(known)}; nothing was changed"
        if not known.learns_from(line):
            return "duplicate", f"known already{_where(known)}"
        merged = KnownHire(
            known.id,
            known.line,
            known.reference,
            known.employee_id,
            known.hired_on or line.hired_on,
            known.left_on or line.left_on,
            known.left_reason or line.left_reason,
        )
        if merged.hired_on and merged.left_on and merged.left_on < merged.hired_on:
            return "rejected", NEVER_HIRED
        self._keep(merged)
        if known.id is not None:
            before = self.learned.get(known.id)
            self.learned[known.id] = line if before is None else _together(before, line)
        return "matched", "adds what was unknown to a hire that is there already"

    def _remarks(self, file: ReadFile[HireLine]) -> Iterator[str]:
        undated = sum(line.hired_on is None for line in file.lines)
        if undated:
            yield (
                f"{undated} of {len(file.lines)} lines have no hiring date. Criteria that come one value a person can be "
                "studied without dates; QA evaluations cannot, because time on the job is unknown."
            )


def _together(first: HireLine, second: HireLine) -> HireLine:
    return HireLine(
        first.line,
        first.text,
        first.applicant_id,
        first.employee_id,
        first.hired_on or second.hired_on,
        first.left_on or second.left_on,
        first.left_reason or second.left_reason,
    )


def _where(hire: KnownHire) -> str:
    return f" in line {hire.line}" if hire.line is not None else ""

"""What a sitting should be, in plain Python: the rules of delivery without a database, to hold the real one against."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from assessment.errors import BadInput, NotFound
from assessment.services.delivery import (
    ConsentMissing,
    KeyReused,
    PageClosed,
    PageNotReached,
    Receipt,
    SittingAlreadySubmitted,
    SittingOverdue,
    SittingWithdrawn,
    StalePage,
)
from assessment.services.sitting.answering import GRACE
from assessment.services.sitting.paging import FormPlan

Refused = type[Exception]


class Request(NamedTuple):
    """One answer as a client sends it. `complete` is whether the value leaves nothing out."""

    unit: str
    value: Any
    complete: bool
    milliseconds: int | None
    sequence: int
    key: str


class Saved(NamedTuple):
    """A row of a response."""

    value: Any
    state: str
    milliseconds: int | None
    sequence: int
    saved_at: datetime


@dataclass
class SittingModel:
    """One person's sitting. Each method changes the model and returns what the service should return, or raise."""

    limit: timedelta | None
    consent: bool = False
    exists: bool = False
    state: str = "active"
    sequence: int = 0
    place: int = 0
    reached: int = 0
    started_at: datetime | None = None
    deadline_at: datetime | None = None
    finished_at: datetime | None = None
    ends: int = 0
    plan: FormPlan | None = None
    responses: dict[str, Saved] = field(default_factory=dict)
    receipts: dict[str, tuple[Request, Receipt]] = field(default_factory=dict)

    @property
    def pages(self) -> FormPlan:
        assert self.plan is not None
        return self.plan

    def is_late(self, now: datetime) -> bool:
        return self.deadline_at is not None and self.deadline_at < now - GRACE

    def is_locked(self, unit: str) -> bool:
        closed_by = self.pages.units[unit].closed_by
        return closed_by is not None and self.reached >= closed_by

    def closed(self, now: datetime) -> Refused | None:
        if self.state == "active":
            return SittingOverdue if self.is_late(now) else None
        return {"withdrawn": SittingWithdrawn, "overdue": SittingOverdue, "submitted": SittingAlreadySubmitted}[self.state]

    def agree(self) -> Refused | None:
        if self.state == "withdrawn":
            return SittingWithdrawn
        self.consent = True
        return None

    def start(self) -> Refused | None:
        if not self.exists and not self.consent:
            return ConsentMissing
        self.exists = True
        return None

    def begin(self, now: datetime) -> None:
        if self.state == "active" and self.started_at is None:
            self.started_at, self.place, self.reached = now, 1, 1
            self.deadline_at = None if self.limit is None else now + self.limit

    def move(self, place: int, now: datetime) -> Refused | None:
        if not 1 <= place <= len(self.pages.pages):
            return NotFound
        refused = self.closed(now)
        if refused is not None:
            return refused
        if self.started_at is None or place > self.reached + 1:
            return PageNotReached
        self.place, self.reached = place, max(place, self.reached)
        return None

    def answer(self, request: Request, now: datetime) -> Refused | Receipt:
        known = self.receipts.get(request.key)
        if known is not None:
            return known[1] if known[0] == request else KeyReused
        refused = self._refusal(request, now)
        if refused is not None:
            return refused
        before = self.responses.get(request.unit)
        if before is not None and before.sequence > request.sequence:
            if before.value != request.value:
                return StalePage
            receipt = Receipt(request.unit, before.sequence, before.saved_at, request.complete)
        else:
            self.sequence += 1
            spent = None if before is None else before.milliseconds
            if request.milliseconds is not None:
                spent = (spent or 0) + request.milliseconds
            state = "answered" if request.complete else "omitted"
            self.responses[request.unit] = Saved(request.value, state, spent, self.sequence, now)
            receipt = Receipt(request.unit, self.sequence, now, request.complete)
        self.receipts[request.key] = (request, receipt)
        return receipt

    def submit(self, now: datetime) -> Refused | str:
        if self.state != "active":
            return SittingWithdrawn if self.state == "withdrawn" else SittingAlreadySubmitted
        if self.is_late(now):
            self.close("overdue", now)
        elif self.started_at is None:
            return NotFound
        else:
            self.close("submitted", now)
        return self.state

    def close(self, state: str, now: datetime) -> None:
        self.state, self.finished_at = state, now
        self.ends += 1
        for unit, planned in self.pages.units.items():
            left = "omitted" if planned.place <= self.reached else "not_reached"
            self.responses.setdefault(unit, Saved(None, left, None, self.sequence, now))

    def withdraw(self, now: datetime) -> None:
        if self.consent and self.exists:
            self.finished_at = self.finished_at or now
            self.state = "withdrawn"
        self.consent = False

    def _refusal(self, request: Request, now: datetime) -> Refused | None:
        refused = self.closed(now)
        if refused is not None:
            return refused
        if self.reached < self.pages.units[request.unit].place:
            return PageNotReached
        if self.is_locked(request.unit):
            return PageClosed
        return BadInput if request.sequence > self.sequence else None

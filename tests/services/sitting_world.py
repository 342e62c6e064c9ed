"""The people, devices and vacancies of the sitting's state machine."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from assessment.services.inviting import open_vacancy
from tests.services.sitting_model import Request, SittingModel
from tests.services.stage import Stage

LIMIT = timedelta(minutes=30)
PAGES = 9
VALUES: dict[str, list[tuple[Any, bool]]] = {
    "one-pick": [("a", True), ("b", True), (None, False)],
    "two-pair": [({"best": "a", "worst": "b"}, True), ({"best": "c"}, False)],
    "three-rate": [({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}, True), ({"b": 2}, False)],
    "four-rank": [(["d", "a", "b", "c"], True), (["d", None, None, "a"], False)],
    "story.feels": [("a", True), ("d", True)],
    "story.wrong": [({"a": 2, "b": 2, "c": 2, "d": 2}, True), ({"d": 1}, False)],
    "story.do": [({"best": "a", "worst": "d"}, True), ({"worst": "a"}, False)],
    "s-1": [(1, True), (5, True)],
    "s-7": [(2, True), (3, True)],
}


class Told(logging.Handler):
    """What the answer path wrote to the log."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@dataclass
class Device:
    """A client: the sequences that its loaded pages showed, and what it sent."""

    seen: dict[str, int] = field(default_factory=dict)
    sent: list[Request] = field(default_factory=list)


@dataclass
class Someone:
    model: SittingModel
    invitation_id: int
    sitting_id: int | None = None
    devices: list[Device] = field(default_factory=lambda: [Device(), Device(), Device()])
    orders: dict[int, Any] = field(default_factory=dict)
    sequence: int = 0


@dataclass
class World:
    """One database for all runs of a machine; each run has a vacancy of its own."""

    stage: Stage
    now: datetime
    forms: dict[bool, int]
    runs: int = 0
    outcomes: Counter[object] = field(default_factory=Counter)

    def invite(self, timed: bool) -> list[str]:
        self.runs += 1
        with self.stage.database.write() as session:
            vacancy = open_vacancy(
                session,
                code=f"run-{self.runs}",
                title="Customer adviser",
                form_version_id=self.forms[timed],
                actor=self.stage.actor,
                now=self.now,
            )
        return self.stage.invite(self.now, 2, vacancy.id)

"""The durable workflow that carries out an order, one recorded step after the other.

The engine records the outcome of every step. A worker that is killed finds the workflow again when it starts under the
same name, skips the steps that are recorded and runs the interrupted one again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Literal

from dbos import DBOS, StepOptions, WorkflowSerializationFormat

from assessment.errors import Refusal
from assessment.jobs.orders import Workshop, find_order, job_of
from assessment.records.database import DatabaseDown
from assessment.services.ordering import mark_order

RELEASE = "1"
"""Version of the workflow below. Under a new one, unfinished work of the old one would be left lying: change it with care."""

QUEUES = {"short": 4, "long": 1}
"""How many orders of each queue a worker carries out at once."""

QUEUE_OF = {"score_sitting": "short", "close_overdue": "short", "rescore_form": "long", "run_study": "long"}
"""Which queue takes which kind, so that a study of minutes never keeps an applicant's score waiting."""

RETRIES: StepOptions = {
    "retries_allowed": True,
    "max_attempts": 4,
    "interval_seconds": 0.5,
    "backoff_rate": 3.0,
    "should_retry": lambda fault: isinstance(fault, DatabaseDown),
}
"""A database that does not answer may do so in a moment; any other fault would only happen again."""

UNFORESEEN = "An unforeseen fault stopped this work. Nothing was half done; the server's log has the details."

log = logging.getLogger("assessment.jobs")


class WorkerStops(BaseException):
    """Leaves a workflow without ending it: it is not an error, and the next start of the worker goes on from here."""


class OrderRunner:
    """Carries out orders. `stopping`, once set, leaves a workflow before its next step."""

    def __init__(self, workshop: Workshop, clock: Callable[[], datetime], stopping: threading.Event) -> None:
        self._workshop = workshop
        self._clock = clock
        self._stopping = stopping

    def carry_out(self, order_id: int) -> None:
        """The body of the workflow. A refusal ends the order in words; any other fault gives it up and is raised again."""
        try:
            steps = self._step("plan", partial(self._plan, order_id))
            words = steps if isinstance(steps, str) else ""
            for name in steps if isinstance(steps, list) else []:
                outcome = self._step(name, partial(self._one, order_id, name))
                if isinstance(outcome, str):
                    words = outcome
                    break
            state: Literal["done", "failed"] = "failed" if words else "done"
            self._step(state, partial(self._mark, order_id, state, words))
        except Exception as fault:
            if self._stopping.is_set():
                raise WorkerStops from fault
            log.exception("order %s stopped", order_id)
            self._step("give up", partial(self._give_up, order_id))
            raise

    def _step(self, name: str, work: Callable[[], list[str] | str | None]) -> list[str] | str | None:
        """Run `work` as a recorded step. A refusal is its outcome, in words, and not a fault to be tried again."""
        if self._stopping.is_set():
            raise WorkerStops
        return DBOS.run_step({"name": name, **RETRIES}, partial(_told, work))

    def _plan(self, order_id: int) -> list[str]:
        order = find_order(self._workshop.database, order_id)
        return list(job_of(order.kind).steps(self._workshop, order))

    def _one(self, order_id: int, name: str) -> None:
        order = find_order(self._workshop.database, order_id)
        job_of(order.kind).carry_out(self._workshop, order, name, self._clock())

    def _give_up(self, order_id: int) -> None:
        order = find_order(self._workshop.database, order_id)
        job_of(order.kind).give_up(self._workshop, order, self._clock())
        self._mark(order_id, "failed", UNFORESEEN)

    def _mark(self, order_id: int, state: Literal["done", "failed"], words: str) -> None:
        with self._workshop.database.write() as session:
            mark_order(session, order_id, state, now=self._clock(), message=words)


def define_workflow(runner: OrderRunner) -> Callable[[int], None]:
    """Register the workflow with the engine, under a name and in a form of storage that do not depend on this code."""

    @DBOS.workflow(name="carry_out_order", serialization_type=WorkflowSerializationFormat.PORTABLE)
    def carry_out_order(order_id: int) -> None:
        runner.carry_out(order_id)

    return carry_out_order


def _told(work: Callable[[], list[str] | str | None]) -> list[str] | str | None:
    try:
        return work()
    except Refusal as refusal:
        return str(refusal)

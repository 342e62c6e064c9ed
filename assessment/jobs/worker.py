"""The worker: finds orders, hands each to the engine under its own id, closes sittings and drops files whose time is up."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from dbos import DBOS, DBOSConfig, SetWorkflowID

from assessment.config import Settings
from assessment.jobs.orders import Workshop
from assessment.jobs.workflows import QUEUE_OF, QUEUES, RELEASE, UNFORESEEN, OrderRunner, define_workflow
from assessment.records.database import Database, DatabaseDown
from assessment.services.delivery import close_overdue_sittings
from assessment.services.ordering import mark_order, orders_begun, orders_to_start
from assessment.services.uploading import drop_expired_uploads

LOOKS_EVERY = 0.5
CLOSES_EVERY = 60.0
WAITS_FOR_STEPS = 20

GIVEN_UP = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED")

log = logging.getLogger("assessment.jobs")


class Worker:
    """Carries out the orders of a database until it is told to stop.

    The engine keeps its own state at `settings.jobs_url`. Its executor id is `settings.worker_name`: started again under
    that name, a worker resumes what it left unfinished. Two workers that run at once need two names.
    """

    def __init__(self, settings: Settings, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._stopping = threading.Event()
        self._closes_at = time.monotonic()

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Work until `stop`. `ready` is called once the worker takes orders."""
        DBOS(config=self._engine_settings())
        carry_out_order = define_workflow(
            OrderRunner(Workshop(self._database, self._settings.questions), self._clock, self._stopping)
        )
        DBOS.launch()
        try:
            for name, at_once in QUEUES.items():
                DBOS.register_queue(name, worker_concurrency=at_once, polling_interval_sec=LOOKS_EVERY)
            self._mend(carry_out_order)
            ready()
            while not self._stopping.is_set():
                self._look(carry_out_order)
                self._stopping.wait(LOOKS_EVERY)
        finally:
            self._stopping.set()
            DBOS.destroy(workflow_completion_timeout_sec=WAITS_FOR_STEPS)

    def stop(self) -> None:
        """Begin to stop: no new orders, and running work ends after the step it is in. It goes on at the next start."""
        self._stopping.set()

    def _engine_settings(self) -> DBOSConfig:
        return DBOSConfig(
            name="attune",
            system_database_url=self._settings.jobs_url,
            executor_id=self._settings.worker_name,
            application_version=RELEASE,
            use_listen_notify=False,
            log_level="ERROR",
            scheduler_polling_interval_sec=3600.0,
        )

    def _look(self, carry_out_order: Callable[[int], None]) -> None:
        try:
            with self._database.read() as session:
                waiting = [(order.id, order.kind) for order in orders_to_start(session)]
            for order_id, kind in waiting:
                self._hand_over(carry_out_order, order_id, kind)
                with self._database.write() as session:
                    mark_order(session, order_id, "started", now=self._clock())
            if time.monotonic() >= self._closes_at:
                self._closes_at = time.monotonic() + CLOSES_EVERY
                with self._database.write() as session:
                    close_overdue_sittings(session, self._clock())
                    drop_expired_uploads(session, now=self._clock())
        except DatabaseDown as fault:
            log.warning("the database does not answer, trying again: %s", type(fault.orig).__name__)

    def _hand_over(self, carry_out_order: Callable[[int], None], order_id: int, kind: str) -> None:
        """Give an order to the engine. Its id is the workflow's: given twice, it is carried out once."""
        with SetWorkflowID(f"order-{order_id}"):
            DBOS.enqueue_workflow(QUEUE_OF.get(kind, "long"), carry_out_order, order_id)

    def _mend(self, carry_out_order: Callable[[int], None]) -> None:
        """Orders that were begun and of which the engine knows nothing (its state was lost), or which it gave up."""
        with self._database.read() as session:
            begun = [(order.id, order.kind) for order in orders_begun(session)]
        for order_id, kind in begun:
            status = DBOS.get_workflow_status(f"order-{order_id}")
            if status is None:
                self._hand_over(carry_out_order, order_id, kind)
            elif status.status in GIVEN_UP:
                with self._database.write() as session:
                    mark_order(session, order_id, "failed", now=self._clock(), message=UNFORESEEN)

"""Ordering long work. A page or command writes the order in its own transaction; a worker finds it and carries it out.

Nothing is handed over in memory: an order survives any crash between the page and the worker, and its id is the
workflow's id, so that finding it twice starts it once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from assessment.records.work import WorkOrder

Kind = Literal["score_sitting", "rescore_form", "run_study", "close_overdue"]


def order_work(session: Session, *, organisation_id: int, kind: Kind, subject_id: int, ordered_by: str, now: datetime) -> WorkOrder:
    """Order a piece of work about the record `subject_id`. The same work that still waits is not ordered twice."""
    waiting = session.scalar(
        select(WorkOrder).where(WorkOrder.kind == kind, WorkOrder.subject_id == subject_id, WorkOrder.state == "ordered")
    )
    if waiting is not None:
        return waiting
    order = WorkOrder(
        organisation_id=organisation_id, kind=kind, subject_id=subject_id, state="ordered", ordered_by=ordered_by, ordered_at=now
    )
    session.add(order)
    session.flush()
    return order


def orders_to_start(session: Session, limit: int = 50) -> list[WorkOrder]:
    """Orders that no worker has begun, oldest first."""
    return list(session.scalars(select(WorkOrder).where(WorkOrder.state == "ordered").order_by(WorkOrder.id).limit(limit)))


def orders_begun(session: Session) -> list[WorkOrder]:
    """Orders that a worker has begun and not finished, oldest first."""
    return list(session.scalars(select(WorkOrder).where(WorkOrder.state == "started").order_by(WorkOrder.id)))


def mark_order(
    session: Session, order_id: int, state: Literal["started", "done", "failed"], *, now: datetime, message: str = ""
) -> None:
    """Record how far an order has come. One that is done or failed is not begun again by a worker that looks late."""
    values: dict[str, object] = {"state": state, "message": message}
    if state in ("done", "failed"):
        values["finished_at"] = now
    change = update(WorkOrder).where(WorkOrder.id == order_id)
    if state == "started":
        change = change.where(WorkOrder.state == "ordered")
    session.execute(change.values(**values))

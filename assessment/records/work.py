"""Work ordered by a page or command, carried out by a worker. The row is written with the change that orders it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class WorkOrder(Table):
    """One piece of long work. Its id is the workflow's id, so that handing it over twice starts it once."""

    __tablename__ = "work_order"
    __table_args__ = (
        CheckConstraint("state in ('ordered', 'started', 'done', 'failed')", name="known_state"),
        Index("ix_work_order_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="ordered")
    message: Mapped[str] = mapped_column(default="")
    ordered_by: Mapped[str] = mapped_column(String(200))
    ordered_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

"""What recruiters decided about candidates."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class Decision(Table):
    """What a recruiter decided about a candidate, why, and which score stood before them. The newest row counts."""

    __tablename__ = "decision"
    __table_args__ = (CheckConstraint("outcome in ('interview', 'hold', 'decline', 'hire')", name="known_outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    vacancy_id: Mapped[int] = mapped_column(ForeignKey("vacancy.id"), index=True)
    applicant_id: Mapped[int] = mapped_column(ForeignKey("applicant.id"), index=True)
    score_id: Mapped[int | None] = mapped_column(ForeignKey("score.id"))
    outcome: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(40))
    note: Mapped[str]
    decided_by: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime]

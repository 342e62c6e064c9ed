"""The demographic store: group membership, kept apart from everything that scores or ranks, sealed, for audit alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class Demographic(Table):
    __tablename__ = "demographic"

    applicant_id: Mapped[int] = mapped_column(ForeignKey("applicant.id", ondelete="CASCADE"), primary_key=True)
    group_name: Mapped[str] = mapped_column(String(100), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    value_sealed: Mapped[str]
    source: Mapped[str] = mapped_column(String(60))
    recorded_at: Mapped[datetime]

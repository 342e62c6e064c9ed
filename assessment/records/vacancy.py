"""Vacancies: the jobs that applicants are invited for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class Vacancy(Table):
    """One job. `simulated` marks a vacancy whose people are invented: every page and export that shows them says so."""

    __tablename__ = "vacancy"
    __table_args__ = (
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("state in ('open', 'closed')", name="known_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    code: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id"))
    state: Mapped[str] = mapped_column(String(10), default="open")
    simulated: Mapped[bool] = mapped_column(default=False)
    closes_at: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]

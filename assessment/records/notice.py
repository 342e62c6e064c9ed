"""The words of notices that somebody agreed to, by their hash, so that they can be shown again as they were."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class NoticeText(Table):
    """One notice as one organisation's applicants read it. Written with the first consent to it; it never changes."""

    __tablename__ = "notice_text"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(80), primary_key=True)
    jurisdiction: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(10))
    version: Mapped[str] = mapped_column(String(60))
    issued_on: Mapped[date]
    sections: Mapped[list[Any]]
    kept_at: Mapped[datetime]

"""What applicants are told of their result: finished documents in words, and which of them stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class FeedbackReport(Table):
    """The report on one sitting under one key version, never changed. A new key makes a new report beside the old one.

    `documents` maps a locale to the finished document in that language; `words_hash` is of the words that they were made of.
    """

    __tablename__ = "feedback_report"
    __table_args__ = (UniqueConstraint("sitting_id", "key_version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"))
    key_version_id: Mapped[int] = mapped_column(ForeignKey("key_version.id"), index=True)
    documents: Mapped[dict[str, Any]]
    words_hash: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime]


class StandingReport(Table):
    """Which report of a sitting stands: that of the key in force. The others are earlier ones."""

    __tablename__ = "standing_report"

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    feedback_report_id: Mapped[int] = mapped_column(ForeignKey("feedback_report.id", ondelete="CASCADE"), index=True)

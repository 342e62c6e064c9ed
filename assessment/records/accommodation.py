"""What applicants asked to have otherwise, and what was decided. What was asked, granted and said is sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class Accommodation(Table):
    """One request of an applicant, by invitation, and the decision on it. At most one of an invitation is open.

    `request_sealed` and `decision_sealed` are JSON, sealed for the applicant: even the kind of a request says something
    about a person's health. What a grant does to the sitting stands on the sitting itself.
    """

    __tablename__ = "accommodation"
    __table_args__ = (
        CheckConstraint("state in ('open', 'granted', 'declined')", name="known_state"),
        CheckConstraint(
            "(state = 'open') = (decided_at is null) and (decided_at is null) = (decided_by is null)"
            " and (decided_at is null) = (decision_sealed is null)",
            name="decided_by_somebody",
        ),
        Index(
            "uq_accommodation_one_open",
            "invitation_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_accommodation_queue", "organisation_id", "state", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id"), index=True)
    state: Mapped[str] = mapped_column(String(12))
    request_sealed: Mapped[str]
    asked_at: Mapped[datetime]
    decision_sealed: Mapped[str | None]
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None]

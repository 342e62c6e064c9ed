"""What applicants asked about their data and their result, and what was answered. Words and replies are sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class SubjectRequest(Table):
    """One request of an applicant, by invitation. At most one of a kind is open for an invitation.

    `words_sealed` is a JSON list of all that was said, oldest first; `changed_at` is when something was said last. `due_at`
    is the deadline for the reply that held when it was asked. `by_first_decider` is true where the person who answered had
    decided about the candidate before the request was made.
    """

    __tablename__ = "subject_request"
    __table_args__ = (
        CheckConstraint("kind in ('correct', 'erase', 'contest', 'review')", name="known_kind"),
        CheckConstraint("state in ('open', 'answered', 'taken_back')", name="known_state"),
        CheckConstraint("outcome in ('done', 'noted', 'changed', 'upheld', 'declined')", name="known_outcome"),
        CheckConstraint("(state = 'open') = (ended_at is null)", name="ended_when_closed"),
        CheckConstraint(
            "(state = 'answered') = (answered_by is not null) and (answered_by is null) = (reply_sealed is null)"
            " and (answered_by is null) = (outcome is null)",
            name="answered_by_somebody",
        ),
        Index(
            "uq_subject_request_one_open",
            "invitation_id",
            "kind",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_subject_request_queue", "organisation_id", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12))
    words_sealed: Mapped[str]
    asked_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(10))
    reply_sealed: Mapped[str | None]
    answered_by: Mapped[str | None] = mapped_column(String(200))
    by_first_decider: Mapped[bool | None]
    ended_at: Mapped[datetime | None]

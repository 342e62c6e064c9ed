"""Studies of validity, comparisons of weights, and proposals to change a key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class Study(Table):
    """A question put to the data: declared first, then run as a job, then read. `kind` is `validity` or `recalibration`.

    `declaration` holds what was fixed before the data were joined (criterion, window, inclusion, folds, margins) and
    `declaration_hash` pins it. `result` is the finished document.
    """

    __tablename__ = "study"
    __table_args__ = (
        CheckConstraint("kind in ('validity', 'recalibration')", name="known_kind"),
        CheckConstraint("state in ('declared', 'running', 'finished', 'refused', 'failed')", name="known_state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    vacancy_id: Mapped[int] = mapped_column(ForeignKey("vacancy.id"), index=True)
    key_version_id: Mapped[int] = mapped_column(ForeignKey("key_version.id"))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12))
    declaration: Mapped[dict[str, Any]]
    declaration_hash: Mapped[str] = mapped_column(String(80))
    declared_by: Mapped[str] = mapped_column(String(200))
    declared_at: Mapped[datetime]
    steps_done: Mapped[int] = mapped_column(default=0)
    steps_planned: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    result: Mapped[dict[str, Any] | None]
    finished_at: Mapped[datetime | None]


class StudyPart(Table):
    """The result of one step of a study. Written once: a step that runs again after a crash finds it and leaves it."""

    __tablename__ = "study_part"

    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(String(80), primary_key=True)
    content: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class Proposal(Table):
    """A new key version put forward, with its evidence, for a different person to approve or refuse."""

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("state in ('proposed', 'approved', 'refused', 'published', 'withdrawn')", name="known_state"),
        CheckConstraint("kind in ('weights', 'norms')", name="known_kind"),
        CheckConstraint("decided_by_id is null or decided_by_id <> proposed_by_id", name="two_people"),
        Index(
            "uq_proposal_one_open",
            "organisation_id",
            "form_code",
            unique=True,
            sqlite_where=text("state in ('proposed', 'approved')"),
            postgresql_where=text("state in ('proposed', 'approved')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    form_code: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))
    study_id: Mapped[int | None] = mapped_column(ForeignKey("study.id"))
    base_key_version_id: Mapped[int] = mapped_column(ForeignKey("key_version.id"))
    key_version_id: Mapped[int] = mapped_column(ForeignKey("key_version.id"))
    strategy: Mapped[str] = mapped_column(String(80))
    evidence: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12))
    rationale: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    decision_rationale: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

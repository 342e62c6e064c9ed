"""Sittings and the responses made in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class Sitting(Table):
    """One applicant working through one form. At most one is active for an applicant and vacancy, by the database's own rule.

    `sequence` grows by one with every accepted change of an answer; a page that carries an older number is stale.
    `place` is the page the person is on (0 is the practice), `reached` the farthest page that was ever opened. With
    `own_pace` the time taken says nothing and is not judged. `language` is fixed when the questionnaire begins, because a
    translation is another instrument; None before, and where nobody knows it (imported answers).
    """

    __tablename__ = "sitting"
    __table_args__ = (
        CheckConstraint("state in ('active', 'submitted', 'overdue', 'withdrawn', 'imported')", name="known_state"),
        CheckConstraint(
            "(state in ('submitted', 'overdue', 'withdrawn')) = (finished_at is not null) or state = 'imported'",
            name="finished_when_closed",
        ),
        Index(
            "uq_sitting_one_active",
            "vacancy_id",
            "applicant_id",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_sitting_vacancy_state", "vacancy_id", "state"),
        Index("ix_sitting_overdue", "state", "deadline_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    vacancy_id: Mapped[int] = mapped_column(ForeignKey("vacancy.id"))
    applicant_id: Mapped[int] = mapped_column(ForeignKey("applicant.id"), index=True)
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id"))
    state: Mapped[str] = mapped_column(String(12))
    option_seed: Mapped[int]
    sequence: Mapped[int] = mapped_column(default=0)
    place: Mapped[int] = mapped_column(default=0)
    reached: Mapped[int] = mapped_column(default=0)
    practised_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    own_pace: Mapped[bool] = mapped_column(default=False, server_default=false())
    language: Mapped[str | None] = mapped_column(String(12))


class Response(Table):
    """What was chosen or rated for one scored unit: `value` as JSON (an option id, best and worst, ratings, an order, a number).

    `state` tells a missing answer apart: answered, omitted (seen, left empty), not_reached, not_administered. A partial
    answer (best without worst, three ratings of five) keeps its `value` but is `omitted` until it is complete: only
    `answered` rows count.
    """

    __tablename__ = "response"
    __table_args__ = (CheckConstraint("state in ('answered', 'omitted', 'not_reached', 'not_administered')", name="known_state"),)

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(16))
    milliseconds: Mapped[int | None]
    sequence: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime]


class AnswerReceipt(Table):
    """An answer that was accepted, by the key its sender gave it: asked again, it gets the same reply and changes nothing."""

    __tablename__ = "answer_receipt"

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int]
    saved_at: Mapped[datetime]


class ResponseNote(Table):
    """Something about a sitting that a person should look at. It never changes a score."""

    __tablename__ = "response_note"

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    detail: Mapped[dict[str, Any]]
    noted_at: Mapped[datetime]

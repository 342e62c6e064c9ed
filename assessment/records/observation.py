"""What happened on the job: hires, QA evaluations, and criteria that arrive one value a person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class Hire(Table):
    """An applicant who became an agent under an employee id. Dates may be unknown for a historical cohort."""

    __tablename__ = "hire"
    __table_args__ = (
        UniqueConstraint("organisation_id", "employee_id"),
        UniqueConstraint("organisation_id", "applicant_id"),
        CheckConstraint("left_on is null or hired_on is null or left_on >= hired_on", name="left_after_hired"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    applicant_id: Mapped[int] = mapped_column(ForeignKey("applicant.id"))
    employee_id: Mapped[str] = mapped_column(String(200))
    hired_on: Mapped[date | None]
    left_on: Mapped[date | None]
    left_reason: Mapped[str | None] = mapped_column(String(200))
    import_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))


class QaEvaluation(Table):
    """One evaluation of one interaction by one evaluator. `auto_fail` stands apart: it never turns a section score into 0."""

    __tablename__ = "qa_evaluation"
    __table_args__ = (
        UniqueConstraint("organisation_id", "source", "evaluation_id", "form_version", name="uq_qa_evaluation_identity"),
        CheckConstraint("kind in ('human', 'automatic', 'calibration')", name="known_kind"),
        Index("ix_qa_evaluation_employee", "organisation_id", "employee_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    employee_id: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(60))
    evaluation_id: Mapped[str] = mapped_column(String(200))
    form: Mapped[str] = mapped_column(String(200))
    form_version: Mapped[str] = mapped_column(String(60))
    evaluator_id: Mapped[str] = mapped_column(String(200))
    interaction_id: Mapped[str] = mapped_column(String(200))
    evaluated_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(40))
    contact_type: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(12))
    auto_fail: Mapped[bool]
    content_hash: Mapped[str] = mapped_column(String(80))
    import_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))


class QaAnswer(Table):
    """One question of an evaluation, with the construct it speaks to."""

    __tablename__ = "qa_answer"

    evaluation_pk: Mapped[int] = mapped_column(ForeignKey("qa_evaluation.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(String(200), primary_key=True)
    section: Mapped[str] = mapped_column(String(200))
    construct: Mapped[str] = mapped_column(String(30))
    score: Mapped[float | None]
    max_score: Mapped[float]
    weight: Mapped[float]
    not_applicable: Mapped[bool]
    critical: Mapped[bool]
    notes: Mapped[dict[str, Any]] = mapped_column(default=dict)


class CriterionValue(Table):
    """One value of a named criterion for one agent, made elsewhere. Its reliability is unknown unless declared with a source."""

    __tablename__ = "criterion_value"
    __table_args__ = (UniqueConstraint("organisation_id", "criterion", "employee_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    employee_id: Mapped[str] = mapped_column(String(200))
    criterion: Mapped[str] = mapped_column(String(100))
    value: Mapped[float]
    import_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))


class ImportBatch(Table):
    """One file that was read: what it was, and how many of its lines went where."""

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    file_name: Mapped[str] = mapped_column(String(200))
    file_hash: Mapped[str] = mapped_column(String(80))
    matched: Mapped[int]
    unmatched: Mapped[int]
    duplicate: Mapped[int]
    rejected: Mapped[int]
    notes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    imported_by: Mapped[str] = mapped_column(String(200))
    imported_at: Mapped[datetime]


class ImportLine(Table):
    """A line of an import and its fate, so that each kind can be downloaded and mended."""

    __tablename__ = "import_line"
    __table_args__ = (CheckConstraint("fate in ('matched', 'unmatched', 'duplicate', 'rejected')", name="known_fate"),)

    import_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    fate: Mapped[str] = mapped_column(String(10), index=True)
    reason: Mapped[str]
    content: Mapped[str]


class Upload(Table):
    """A file between its preview and its confirmation, kept here so that every web server sees the same bytes.

    `id` is random and is the whole address; the name the browser gave is only ever shown. Confirmed, the bytes are dropped
    and `import_id` says what became of them, so that a second press of the button finds the first one's report.
    """

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"))
    expires_at: Mapped[datetime] = mapped_column(index=True)

"""Applicants, their invitations and what they agreed to. Names and addresses are sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class Applicant(Table):
    """A person known to one organisation. `subject` is the pseudonym used in the audit log; `reference` is what files use."""

    __tablename__ = "applicant"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        UniqueConstraint("organisation_id", "email_token"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    subject: Mapped[str] = mapped_column(String(32), unique=True)
    reference: Mapped[str] = mapped_column(String(200))
    name_sealed: Mapped[str | None]
    email_sealed: Mapped[str | None]
    email_token: Mapped[str | None] = mapped_column(String(64))
    simulated: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class ApplicantNameToken(Table):
    """Keyed hashes of the beginnings of a name's words, so that a sealed name can be searched."""

    __tablename__ = "applicant_name_token"

    applicant_id: Mapped[int] = mapped_column(ForeignKey("applicant.id", ondelete="CASCADE"), primary_key=True)
    token: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)


class Invitation(Table):
    """An applicant asked to take a vacancy's form. The link's token is stored only as a hash.

    `language` is the one chosen for its pages; None while the browser's own preference stands.
    """

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("vacancy_id", "applicant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    vacancy_id: Mapped[int] = mapped_column(ForeignKey("vacancy.id"), index=True)
    applicant_id: Mapped[int] = mapped_column(ForeignKey("applicant.id"), index=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    token_sealed: Mapped[str | None]
    invited_by: Mapped[str] = mapped_column(String(200))
    invited_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    language: Mapped[str | None] = mapped_column(String(12))


class Consent(Table):
    """What an applicant agreed to: which notice, in which words, when; and when it was withdrawn.

    `substance` is what the notice means: an agreement holds while the notice of today means the same. The words stand in
    `NoticeText` under `notice_hash`.
    """

    __tablename__ = "consent"
    __table_args__ = (CheckConstraint("withdrawn_at is null or withdrawn_at >= given_at", name="withdrawn_after_given"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id"), index=True)
    notice: Mapped[str] = mapped_column(String(60))
    notice_hash: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(10), default="en", server_default="en")
    substance: Mapped[str | None] = mapped_column(String(80))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

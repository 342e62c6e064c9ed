"""Organisations, and the people who work for them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class Role(StrEnum):
    """What a staff member may do. One role a person: who proposes a key cannot also be the one who approves it."""

    RECRUITER = "recruiter"
    ANALYST = "analyst"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"


class Organisation(Table):
    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    simulated: Mapped[bool] = mapped_column(default=False)
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class StaffMember(Table):
    """A person with a sign-in. `email_token` is a keyed hash: the address itself is sealed."""

    __tablename__ = "staff_member"
    __table_args__ = (
        CheckConstraint("role in ('recruiter', 'analyst', 'approver', 'administrator')", name="known_role"),
        UniqueConstraint("email_token"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    subject: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email_token: Mapped[str] = mapped_column(String(64))
    email_sealed: Mapped[str]
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class WebSession(Table):
    """A signed-in browser. The cookie holds a random token; only its hash is stored, and ending it here ends it."""

    __tablename__ = "web_session"
    __table_args__ = (CheckConstraint("(staff_member_id is null) or (invitation_id is null)", name="one_kind_of_person"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_member_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), index=True)
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInAttempt(Table):
    """Failed sign-ins in a window, by account and by address, shared by every worker."""

    __tablename__ = "sign_in_attempt"

    bucket: Mapped[str] = mapped_column(String(80), primary_key=True)
    failures: Mapped[int]
    window_ends_at: Mapped[datetime] = mapped_column(index=True)

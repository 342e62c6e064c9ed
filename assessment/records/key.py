"""Scoring keys: immutable versions, and which of them is in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class KeyVersion(Table):
    """A scoring key that never changes. `content` is the whole key; the hashes show which component a version changed."""

    __tablename__ = "key_version"
    __table_args__ = (
        CheckConstraint("grade in ('provisional', 'panel', 'data', 'validated')", name="known_grade"),
        UniqueConstraint("organisation_id", "form_code", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    form_code: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    grade: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(80))
    component_hashes: Mapped[dict[str, Any]]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("key_version.id"))
    author: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class KeyRelease(Table):
    """Which key version scores a form, from when. The newest row of an organisation and form is in force."""

    __tablename__ = "key_release"
    __table_args__ = (CheckConstraint("reason in ('adopted', 'published', 'rolled_back')", name="known_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    form_code: Mapped[str] = mapped_column(String(80), index=True)
    key_version_id: Mapped[int] = mapped_column(ForeignKey("key_version.id"))
    reason: Mapped[str] = mapped_column(String(20))
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"))
    released_by: Mapped[str] = mapped_column(String(200))
    released_at: Mapped[datetime]

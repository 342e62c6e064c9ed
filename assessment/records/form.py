"""Forms as they were when published: the items pinned, word for word."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class FormVersion(Table):
    """An immutable form. `delivered` here from the bank, or `imported`: delivered elsewhere and described by a codebook."""

    __tablename__ = "form_version"
    __table_args__ = (
        CheckConstraint("origin in ('delivered', 'imported')", name="known_origin"),
        UniqueConstraint("organisation_id", "code", "content_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    code: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    origin: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(80))
    published_at: Mapped[datetime]

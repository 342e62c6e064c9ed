"""Items that an organisation writes itself: their versions, who read them, and the warnings that stand for a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from assessment.records.base import Table


class OwnItem(Table):
    """An item of one organisation. `code` is the id in its file, used once in the organisation and by no shipped item."""

    __tablename__ = "own_item"
    __table_args__ = (
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("(retired_at is null) = (retired_by is null)", name="retired_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    retired_by: Mapped[str | None] = mapped_column(String(200))
    retired_at: Mapped[datetime | None]


class OwnItemVersion(Table):
    """What an item says at one version, in the shape of its file. Approved, retired or pinned, the words never change.

    `sequence` counts the times a draft was saved, so that two tabs do not overwrite each other. `writers` are all who have had a
    hand in the words: none of them is a reader. `note` is what was said when
    the version was last sent back, or why it was retired. `translations` holds the item's other languages by locale.
    """

    __tablename__ = "own_item_version"
    __table_args__ = (
        UniqueConstraint("own_item_id", "number"),
        CheckConstraint("status in ('draft', 'in_review', 'approved', 'retired')", name="known_status"),
        CheckConstraint("status <> 'approved' or approved_at is not null", name="approved_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    own_item_id: Mapped[int] = mapped_column(ForeignKey("own_item.id"), index=True)
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    translations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    content_hash: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(12), default="draft")
    sequence: Mapped[int] = mapped_column(default=1)
    author: Mapped[str] = mapped_column(String(200))
    writers: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(String(200))
    approved_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(String(600))
    item: Mapped[OwnItem] = relationship(lazy="joined", innerjoin=True)


class ItemReading(Table):
    """One person's reading of one wording: answered first, then judged. A verdict that was given never changes."""

    __tablename__ = "item_reading"
    __table_args__ = (
        UniqueConstraint("own_item_version_id", "reader", "content_hash"),
        CheckConstraint("role in ('agent', 'supervisor', 'psychologist', 'accessibility', 'language', 'desk')", name="known_role"),
        CheckConstraint("verdict in ('keep', 'change', 'drop')", name="known_verdict"),
        CheckConstraint("(verdict is null) = (read_at is null) and (verdict is null) = (role is null)", name="judged_or_not"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    own_item_version_id: Mapped[int] = mapped_column(ForeignKey("own_item_version.id"))
    content_hash: Mapped[str] = mapped_column(String(80))
    reader: Mapped[str] = mapped_column(String(200))
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    begun_at: Mapped[datetime]
    role: Mapped[str | None] = mapped_column(String(20))
    verdict: Mapped[str | None] = mapped_column(String(10))
    note: Mapped[str | None] = mapped_column(String(400))
    independent: Mapped[bool] = mapped_column(default=False)
    read_at: Mapped[datetime | None]


class OwnItemKey(Table):
    """The scores that the author gives the options of a version, unit by unit, kept apart from its words as keys are."""

    __tablename__ = "own_item_key"
    __table_args__ = (UniqueConstraint("own_item_version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    own_item_version_id: Mapped[int] = mapped_column(ForeignKey("own_item_version.id"))
    entries: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(String(200))
    saved_at: Mapped[datetime]


class OwnForm(Table):
    """A form that an organisation puts together, in the shape of a form's file. What is published of it is a `form_version`."""

    __tablename__ = "own_form"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    code: Mapped[str] = mapped_column(String(60))
    content: Mapped[dict[str, Any]]
    sequence: Mapped[int] = mapped_column(default=1)
    author: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]


class AcceptedWarning(Table):
    """A warning about a version that stands, and why."""

    __tablename__ = "accepted_warning"
    __table_args__ = (UniqueConstraint("own_item_version_id", "check_code", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    own_item_version_id: Mapped[int] = mapped_column(ForeignKey("own_item_version.id"))
    check_code: Mapped[str] = mapped_column(String(4))
    place: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(600))
    accepted_by: Mapped[str] = mapped_column(String(200))
    accepted_at: Mapped[datetime]

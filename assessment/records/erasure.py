"""Whose data were erased. What is left of a person is a pseudonym that nothing else in the database explains."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class Erasure(Table):
    """An erasure: the pseudonym, when, and by whom. The database refuses to change or delete a row.

    While the row and the person stand together, inside the transaction that erases, the person's scores may be deleted.
    """

    __tablename__ = "erasure"

    subject: Mapped[str] = mapped_column(String(32), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    erased_by: Mapped[str] = mapped_column(String(200))
    erased_at: Mapped[datetime]

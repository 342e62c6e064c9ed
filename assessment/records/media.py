"""Pictures, sound and video as they were when a form was published."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class MediaFile(Table):
    """The bytes of one file, under their own SHA-256 (`sha256:…`). They never change, and forms name them by it.

    The same file is kept once, whichever organisation published it; whoever may see a file is found through the form.
    """

    __tablename__ = "media_file"

    sha256: Mapped[str] = mapped_column(String(71), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime]

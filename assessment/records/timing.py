"""How long the pages of a form take those who finish it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class FormTiming(Table):
    """Typical times of a form version, learnt from `n_sittings` finished sittings up to the sitting `last_sitting_id`.

    `pages` has median seconds: under `situations` of each situation's page by the code of its unit, under `statements` of one
    statement by its section. `minutes` is the median of all pages of a sitting together. No person can be told from it.
    """

    __tablename__ = "form_timing"

    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id"), primary_key=True)
    n_sittings: Mapped[int]
    last_sitting_id: Mapped[int]
    minutes: Mapped[float]
    pages: Mapped[dict[str, Any]]
    learnt_at: Mapped[datetime]

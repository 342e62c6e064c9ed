"""Scores. A row names the key version that made it and is never changed; a new key makes new rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assessment.records.base import Table


class Score(Table):
    """One sitting scored by one key version.

    `composite` and `standard_error` are on the reported scale, which `scale` names: `t` (norm group mean 50, SD 10) or
    `percent` (percent of the possible maximum). `raw` is the composite before scaling. `facets` and `items` hold
    {code: {"score", …}} on 0–1 (null for a facet of which nothing was answered; points of linear keys as they are);
    `responses_hash` is what was scored. `n_basis` is the number of finished sittings that the standard error and the
    facets' figures rest on, 0 where they are planning values.
    """

    __tablename__ = "score"
    __table_args__ = (
        UniqueConstraint("sitting_id", "key_version_id", "responses_hash"),
        CheckConstraint("scale in ('t', 'percent')", name="known_scale"),
        Index("ix_score_ranking", "vacancy_id", "key_version_id", "composite", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    vacancy_id: Mapped[int] = mapped_column(ForeignKey("vacancy.id"))
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    applicant_id: Mapped[int] = mapped_column(ForeignKey("applicant.id"), index=True)
    key_version_id: Mapped[int] = mapped_column(ForeignKey("key_version.id"), index=True)
    scale: Mapped[str] = mapped_column(String(10))
    raw: Mapped[float]
    composite: Mapped[float]
    standard_error: Mapped[float]
    reliability: Mapped[float]
    reliability_basis: Mapped[str] = mapped_column(String(120))
    n_basis: Mapped[int]
    n_answered: Mapped[int]
    n_units: Mapped[int]
    facets: Mapped[dict[str, Any]]
    items: Mapped[dict[str, Any]]
    responses_hash: Mapped[str] = mapped_column(String(80))
    scoring_version: Mapped[int]
    scored_at: Mapped[datetime]

"""About which groups a person said something, without what they said: whoever has their link could read it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.records.applicant import Applicant
from assessment.records.demographic import Demographic


def described_groups(session: Session, applicant: Applicant) -> list[dict[str, Any]]:
    """The groups of which the demographic store holds something for a person, by name, with the source and the time."""
    columns = (Demographic.group_name, Demographic.source, Demographic.recorded_at)
    rows = session.execute(select(*columns).where(Demographic.applicant_id == applicant.id).order_by(Demographic.group_name))
    return [{"group": row.group_name, "source": row.source, "recorded_at": row.recorded_at.isoformat()} for row in rows]

"""What a person said about the groups they belong to, for an administrator who gives it to that person.

Import rules keep this, like the store behind it, out of reach of everything that scores, ranks or recruits, and of every
page that a personal link opens.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.records.applicant import Applicant
from assessment.records.database import vault_of
from assessment.records.demographic import Demographic


def self_description(session: Session, applicant: Applicant) -> list[dict[str, Any]]:
    """What the demographic store holds of a person, by group name."""
    vault = vault_of(session)
    rows = session.scalars(select(Demographic).where(Demographic.applicant_id == applicant.id).order_by(Demographic.group_name))
    return [
        {
            "group": row.group_name,
            "value": vault.open(f"demographic.{row.group_name}", applicant.subject, row.value_sealed).rstrip(),
            "source": row.source,
            "recorded_at": row.recorded_at.isoformat(),
        }
        for row in rows
    ]

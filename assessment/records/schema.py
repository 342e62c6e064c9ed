"""Every table, for migrations and for making an empty database in tests. Nothing that scores or ranks may import this."""

from assessment.records import (
    accommodation,
    applicant,
    audit,
    decision,
    demographic,
    form,
    key,
    observation,
    organisation,
    own_item,
    score,
    sitting,
    study,
    vacancy,
    work,
)
from assessment.records.base import Table

metadata = Table.metadata

__all__ = [
    "accommodation",
    "applicant",
    "audit",
    "decision",
    "demographic",
    "form",
    "key",
    "metadata",
    "observation",
    "organisation",
    "own_item",
    "score",
    "sitting",
    "study",
    "vacancy",
    "work",
]

"""Every table, for migrations and for making an empty database in tests. Nothing that scores or ranks may import this."""

from assessment.records import (
    accommodation,
    applicant,
    audit,
    decision,
    demographic,
    erasure,
    form,
    key,
    notice,
    observation,
    organisation,
    score,
    sitting,
    study,
    subject_request,
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
    "erasure",
    "form",
    "key",
    "metadata",
    "notice",
    "observation",
    "organisation",
    "score",
    "sitting",
    "study",
    "subject_request",
    "vacancy",
    "work",
]

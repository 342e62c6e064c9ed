"""Every table, for migrations and for making an empty database in tests. Nothing that scores or ranks may import this."""

from assessment.records import (
    accommodation,
    applicant,
    audit,
    decision,
    demographic,
    erasure,
    feedback,
    form,
    key,
    media,
    notice,
    observation,
    organisation,
    own_item,
    score,
    sitting,
    study,
    subject_request,
    timing,
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
    "feedback",
    "form",
    "key",
    "media",
    "metadata",
    "notice",
    "observation",
    "organisation",
    "own_item",
    "score",
    "sitting",
    "study",
    "subject_request",
    "timing",
    "vacancy",
    "work",
]

"""Reading the report that was written for an applicant. It knows finished documents alone: no key, no weight, no score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.bank.vocabulary import SOURCE_LOCALE
from assessment.records.feedback import FeedbackReport, StandingReport
from assessment.records.organisation import Organisation
from assessment.records.sitting import Sitting

FINISHED_HERE = ("submitted", "overdue")


@dataclass(frozen=True, slots=True)
class Feedback:
    """What an applicant is told. `shared` is the organisation's policy; `documents` by locale are empty until one is written.

    `others` are the moments at which reports under other keys were written on the same sitting, newest first.
    """

    shared: bool
    documents: Mapping[str, Mapping[str, Any]]
    written_at: datetime | None
    others: tuple[datetime, ...]

    def document(self, locale: str) -> Mapping[str, Any] | None:
        """The document in a language, else in English, else in any there is; None while there is none."""
        return next((self.documents[name] for name in (locale, SOURCE_LOCALE, *self.documents) if name in self.documents), None)


def feedback_on(session: Session, sitting: Sitting | None, *, organisation: Organisation) -> Feedback | None:
    """What the person who took a sitting is told now. None before it is finished and once it is withdrawn."""
    if sitting is None or sitting.organisation_id != organisation.id or sitting.state not in FINISHED_HERE:
        return None
    query = (
        select(FeedbackReport, StandingReport.sitting_id)
        .outerjoin(StandingReport, StandingReport.feedback_report_id == FeedbackReport.id)
        .where(FeedbackReport.sitting_id == sitting.id)
        .order_by(FeedbackReport.id.desc())
    )
    reports = session.execute(query).all()
    standing: FeedbackReport | None = next((report for report, stands in reports if stands is not None), None)
    if standing is None:
        return Feedback(shares_feedback(organisation), {}, None, ())
    others = tuple(report.written_at for report, stands in reports if stands is None)
    return Feedback(shares_feedback(organisation), standing.documents, standing.written_at, others)


def shares_feedback(organisation: Organisation) -> bool:
    """The organisation's policy `share_feedback`: yes unless it says no."""
    return bool(organisation.policy.get("share_feedback", True))

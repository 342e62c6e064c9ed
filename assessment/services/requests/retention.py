"""How long records of hiring must be kept, whatever a person asks. No legal advice: counsel confirms the profile.

The profile of the organisation says for how many months: in the United States four years, the longest time that a state
asks for, counted from the last act in a selection. Where it names no time, nothing holds back an erasure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.errors import Refusal
from assessment.records.applicant import Applicant, Invitation
from assessment.records.decision import Decision
from assessment.records.organisation import Organisation
from assessment.records.sitting import Sitting
from assessment.services.people.policies import policy_of


@dataclass(frozen=True, slots=True)
class Hold:
    """Records of a person must be kept for `months` after `since`, the last act in their selection: until `until`."""

    since: datetime
    months: int
    until: datetime


class RecordsMustBeKept(Refusal):
    """The law of the organisation's profile demands the records for longer."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(
            f"These are records of hiring, which must be kept for {hold.months} months after the last act in them, until "
            f"{hold.until.day} {hold.until:%B %Y}. Nothing was erased. Decline the request with this reason; the applicant can "
            "ask again after that day."
        )


def find_hold(session: Session, applicant: Applicant, *, now: datetime) -> Hold | None:
    """What keeps the records of a person from being erased now; None if nothing does."""
    months = months_to_keep(session.get_one(Organisation, applicant.organisation_id))
    if months == 0 or applicant.simulated:
        return None
    since = last_act(session, applicant)
    hold = Hold(since, months, _later(since, months))
    return hold if now < hold.until else None


def months_to_keep(organisation: Organisation) -> int:
    """For how many months the organisation must keep records of hiring; 0 where its profile demands nothing."""
    policy = policy_of(organisation)
    least = policy.profile.least_months
    return max(least, policy.keep_months or 0) if least else 0


def last_act(session: Session, applicant: Applicant) -> datetime:
    """When something was last done in a person's selection: invited, started, finished, decided."""
    acts = (
        select(func.max(Invitation.invited_at)).where(Invitation.applicant_id == applicant.id),
        select(func.max(Sitting.started_at)).where(Sitting.applicant_id == applicant.id),
        select(func.max(Sitting.finished_at)).where(Sitting.applicant_id == applicant.id),
        select(func.max(Decision.decided_at)).where(Decision.applicant_id == applicant.id),
    )
    return max(moment for moment in (applicant.created_at, *(session.scalar(act) for act in acts)) if moment is not None)


def _later(moment: datetime, months: int) -> datetime:
    """The same day and hour some months later, or the last day of that month if it has no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=moment.year + years, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")

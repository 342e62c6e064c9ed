"""Where an applicant stands: invited, agreed, in the middle of it, finished."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.errors import NotFound
from assessment.records.applicant import Consent, Invitation
from assessment.records.organisation import Organisation
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.people.policies import Policy, policy_of
from assessment.services.sitting.consent import find_consent, still_holds
from assessment.services.sitting.notice import Notice, notice_for
from assessment.services.sitting.paging import plan_form, published_form


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an applicant stands, and what their first and last page say. `sitting` is None before the start.

    `consent` is the newest that was not withdrawn; `agreed` is False if there is none or the notice means something else now.
    """

    invitation: Invitation
    vacancy: Vacancy
    organisation: Organisation
    notice: Notice
    consent: Consent | None
    agreed: bool
    policy: Policy
    sitting: Sitting | None
    minutes: float
    minutes_limit: float | None
    n_situations: int
    n_statements: int
    closes_at: datetime | None
    simulated: bool


def find_standing(session: Session, *, invitation_id: int) -> Standing:
    """Where the applicant of an invitation stands."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFound()
    vacancy = session.get_one(Vacancy, invitation.vacancy_id)
    organisation = session.get_one(Organisation, invitation.organisation_id)
    sitting = find_sitting(session, invitation)
    form = published_form(session, sitting.form_version_id if sitting else vacancy.form_version_id)
    plan = plan_form(form, 0)
    ends = [moment for moment in (invitation.expires_at, vacancy.closes_at) if moment is not None]
    notice, consent = notice_for(organisation), find_consent(session, invitation_id)
    return Standing(
        invitation=invitation,
        vacancy=vacancy,
        organisation=organisation,
        notice=notice,
        consent=consent,
        agreed=still_holds(consent, notice),
        policy=policy_of(organisation),
        sitting=sitting,
        minutes=form.minutes,
        minutes_limit=form.minutes_limit,
        n_situations=plan.n_situations,
        n_statements=plan.n_statements,
        closes_at=min(ends) if ends else None,
        simulated=vacancy.simulated or organisation.simulated,
    )


def find_sitting(session: Session, invitation: Invitation) -> Sitting | None:
    """The sitting that belongs to an invitation: the same organisation, vacancy and applicant, delivered here."""
    query = select(Sitting).where(
        Sitting.organisation_id == invitation.organisation_id,
        Sitting.vacancy_id == invitation.vacancy_id,
        Sitting.applicant_id == invitation.applicant_id,
        Sitting.state != "imported",
    )
    return session.scalars(query.order_by(Sitting.id.desc())).first()


def delivered_sitting(session: Session, sitting_id: int) -> Sitting:
    """A sitting that was delivered here, as it is now, or `NotFound`."""
    sitting = session.get(Sitting, sitting_id, populate_existing=True)
    if sitting is None or sitting.state == "imported":
        raise NotFound()
    return sitting

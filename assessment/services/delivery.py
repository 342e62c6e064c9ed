"""Delivery: an applicant's way from the link to the last page. Nothing here knows how an answer is scored."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from assessment.errors import NotFound, Refusal
from assessment.records.applicant import Applicant, Consent, Invitation
from assessment.records.organisation import Organisation
from assessment.records.sitting import Response, Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.accounts import hash_token
from assessment.services.answering import (
    GRACE,
    AnswerDesk,
    KeyInFlight,
    KeyReused,
    PageClosed,
    PageNotReached,
    Receipt,
    SittingAlreadySubmitted,
    SittingClosed,
    SittingOverdue,
    SittingWithdrawn,
    StalePage,
    refuse_closed,
)
from assessment.services.audit import record_event
from assessment.services.closing import close_overdue_sittings, submit_sitting
from assessment.services.notice import (
    ConsentMissing,
    Notice,
    find_consent,
    give_consent,
    notice_for,
    withdraw_consent,
)
from assessment.services.paging import FormPlan, Page, PlannedUnit, plan_form, practice_unit, published_form
from assessment.services.response_values import stored_value
from assessment.services.vacancies import VacancyClosed, takes_applicants

__all__ = [
    "GRACE",
    "AnswerDesk",
    "ConsentMissing",
    "InvitationExpired",
    "KeyInFlight",
    "KeyReused",
    "Missing",
    "PageClosed",
    "PageNotReached",
    "Receipt",
    "Shown",
    "SittingAlreadySubmitted",
    "SittingClosed",
    "SittingOverdue",
    "SittingPage",
    "SittingWithdrawn",
    "StalePage",
    "Standing",
    "begin_questionnaire",
    "close_overdue_sittings",
    "find_sitting_id",
    "find_standing",
    "give_consent",
    "move_to",
    "notice_for",
    "open_invitation",
    "practice_page",
    "review_sitting",
    "sitting_page",
    "start_sitting",
    "submit_sitting",
    "withdraw_consent",
]

_SITTING_OF = text(
    "SELECT sitting.id FROM invitation JOIN sitting ON sitting.vacancy_id = invitation.vacancy_id "
    "AND sitting.applicant_id = invitation.applicant_id AND sitting.organisation_id = invitation.organisation_id "
    "WHERE invitation.id = :invitation AND sitting.state <> 'imported' ORDER BY sitting.id DESC LIMIT 1"
)


class InvitationExpired(Refusal):
    """The link was good for a time that is over."""

    def __init__(self) -> None:
        super().__init__("This invitation has ended. Answer the message that brought you the link if you still want to take part.")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an applicant stands, and what their first and last page say. `sitting` is None before the start."""

    invitation: Invitation
    vacancy: Vacancy
    organisation: Organisation
    notice: Notice
    consent: Consent | None
    sitting: Sitting | None
    minutes: float
    minutes_limit: float | None
    n_situations: int
    n_statements: int
    closes_at: datetime | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One unit as it stands on a page. `sequence` is that of the saved answer, 0 if none; `locked` units cannot change."""

    planned: PlannedUnit
    value: Any
    sequence: int
    complete: bool
    locked: bool


@dataclass(frozen=True, slots=True)
class SittingPage:
    """What one page shows. `items` are the pinned items in the form that applicants may see, options in stored order."""

    sitting: Sitting
    plan: FormPlan
    page: Page
    items: tuple[dict[str, Any], ...]
    answers: tuple[Shown, ...]
    minutes_left: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """A page with unanswered units; `locked` when it was closed by what came after."""

    page: Page
    n_missing: int
    locked: bool


def open_invitation(session: Session, token: str, now: datetime) -> Invitation:
    """The invitation of a link. Raises `NotFound`, and before a start `InvitationExpired` or `VacancyClosed`."""
    invitation = session.scalar(select(Invitation).where(Invitation.token_hash == hash_token(token)))
    if invitation is None:
        raise NotFound("This link opens nothing. Check that all of it was copied, or answer the message that brought it.")
    if _find_sitting(session, invitation) is None:
        _refuse_late(session.get_one(Vacancy, invitation.vacancy_id), invitation, now)
    if invitation.opened_at is None:
        invitation.opened_at = now
    return invitation


def find_standing(session: Session, *, invitation_id: int) -> Standing:
    """Where the applicant of an invitation stands."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFound()
    vacancy = session.get_one(Vacancy, invitation.vacancy_id)
    organisation = session.get_one(Organisation, invitation.organisation_id)
    sitting = _find_sitting(session, invitation)
    form = published_form(session, sitting.form_version_id if sitting else vacancy.form_version_id)
    plan = plan_form(form, 0)
    ends = [moment for moment in (invitation.expires_at, vacancy.closes_at) if moment is not None]
    return Standing(
        invitation=invitation,
        vacancy=vacancy,
        organisation=organisation,
        notice=notice_for(organisation),
        consent=find_consent(session, invitation_id),
        sitting=sitting,
        minutes=form.minutes,
        minutes_limit=form.minutes_limit,
        n_situations=plan.n_situations,
        n_statements=plan.n_statements,
        closes_at=min(ends) if ends else None,
        simulated=vacancy.simulated or organisation.simulated,
    )


def find_sitting_id(session: Session, *, invitation_id: int) -> int:
    """The sitting of an invitation, found as fast as can be: every answer asks. Raises `NotFound` before a start."""
    found = session.execute(_SITTING_OF, {"invitation": invitation_id}).first()
    if found is None:
        raise NotFound("There is no questionnaire to answer yet.")
    return int(found[0])


def start_sitting(session: Session, *, invitation_id: int, now: datetime) -> Sitting:
    """Start the sitting of an invitation, or return the one that exists: pressed fifty times at once, it starts once.

    A finished sitting is returned as it is and never restarted. Raises `NotFound`, `ConsentMissing`,
    `InvitationExpired`, `VacancyClosed`.
    """
    invitation = session.scalar(select(Invitation).where(Invitation.id == invitation_id).with_for_update())
    if invitation is None:
        raise NotFound()
    existing = _find_sitting(session, invitation)
    if existing is not None:
        return existing
    if find_consent(session, invitation_id) is None:
        raise ConsentMissing()
    vacancy = session.get_one(Vacancy, invitation.vacancy_id)
    _refuse_late(vacancy, invitation, now)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(Sitting)
        .values(
            organisation_id=invitation.organisation_id,
            vacancy_id=vacancy.id,
            applicant_id=invitation.applicant_id,
            form_version_id=vacancy.form_version_id,
            state="active",
            option_seed=secrets.randbelow(2**31),
            sequence=0,
            place=0,
            reached=0,
        )
        .on_conflict_do_nothing(index_elements=["vacancy_id", "applicant_id"], index_where=Sitting.state == "active")
    )
    started = _find_sitting(session, invitation)
    assert started is not None
    applicant = session.get_one(Applicant, invitation.applicant_id)
    record_event(
        session,
        organisation_id=invitation.organisation_id,
        actor=f"applicant {applicant.subject}",
        action="sitting started",
        subject=f"applicant {applicant.subject}",
        detail={"sitting": started.id, "vacancy": vacancy.id},
        now=now,
    )
    return started


def begin_questionnaire(session: Session, *, sitting_id: int, now: datetime) -> None:
    """Leave the practice: the first page opens, and where the form has a time limit the deadline is set, once."""
    sitting = _sitting(session, sitting_id)
    limit = published_form(session, sitting.form_version_id).minutes_limit
    session.execute(
        update(Sitting)
        .where(Sitting.id == sitting_id, Sitting.state == "active", Sitting.started_at.is_(None))
        .values(
            practised_at=now,
            started_at=now,
            deadline_at=None if limit is None else now + timedelta(minutes=limit),
            place=1,
            reached=1,
        ),
        execution_options={"synchronize_session": False},
    )
    session.refresh(sitting)


def move_to(session: Session, *, sitting_id: int, place: int, now: datetime) -> None:
    """Go to a page: any that was reached, or the next one. Raises `PageNotReached`, and what a closed sitting raises."""
    sitting = _sitting(session, sitting_id)
    plan_form(published_form(session, sitting.form_version_id), sitting.option_seed).page(place)
    in_time = (Sitting.deadline_at.is_(None)) | (Sitting.deadline_at >= now - GRACE)
    may_move = (Sitting.id == sitting_id, Sitting.state == "active", Sitting.started_at.is_not(None), in_time)
    without_sync = {"synchronize_session": False}
    back = update(Sitting).where(*may_move, Sitting.reached >= place).values(place=place).returning(Sitting.id)
    if session.execute(back, execution_options=without_sync).first() is None:
        onward = update(Sitting).where(*may_move, Sitting.reached == place - 1).values(place=place, reached=place)
        if session.execute(onward.returning(Sitting.id), execution_options=without_sync).first() is None:
            session.refresh(sitting)
            refuse_closed(sitting, now - GRACE)
            raise PageNotReached()
    session.refresh(sitting)


def sitting_page(session: Session, *, invitation_id: int, place: int) -> SittingPage:
    """One page of the applicant's sitting with what was saved on it. Raises `NotFound`, `PageNotReached`."""
    standing = find_standing(session, invitation_id=invitation_id)
    sitting = standing.sitting
    if sitting is None:
        raise NotFound()
    plan = plan_form(published_form(session, sitting.form_version_id), sitting.option_seed)
    page = plan.page(place)
    if place > sitting.reached:
        raise PageNotReached()
    codes = [planned.code for planned in page.units]
    rows = session.scalars(select(Response).where(Response.sitting_id == sitting.id, Response.unit.in_(codes)))
    saved = {row.unit: row for row in rows}
    return SittingPage(
        sitting=sitting,
        plan=plan,
        page=page,
        items=tuple(item.shown() for item in page.items),
        answers=tuple(_shown(planned, saved.get(planned.code), sitting) for planned in page.units),
        minutes_left=plan.minutes_left(place),
        simulated=standing.simulated,
    )


def practice_page(session: Session, *, invitation_id: int) -> tuple[Standing, dict[str, Any], PlannedUnit]:
    """The practice item of the applicant's form, and its unit. Nothing done on it is stored."""
    standing = find_standing(session, invitation_id=invitation_id)
    if standing.sitting is None:
        raise NotFound()
    form = published_form(session, standing.sitting.form_version_id)
    return standing, form.practice.shown(), practice_unit(form, standing.sitting.option_seed)


def review_sitting(session: Session, *, sitting_id: int) -> tuple[FormPlan, list[Missing]]:
    """The pages on which something is not answered, in order."""
    sitting = _sitting(session, sitting_id)
    plan = plan_form(published_form(session, sitting.form_version_id), sitting.option_seed)
    done = set(session.scalars(select(Response.unit).where(Response.sitting_id == sitting_id, Response.state == "answered")))
    found = []
    for page in plan.pages:
        n_missing = sum(planned.code not in done for planned in page.units)
        if n_missing:
            found.append(Missing(page, n_missing, all(_is_locked(planned, sitting) for planned in page.units)))
    return plan, found


def _shown(planned: PlannedUnit, row: Response | None, sitting: Sitting) -> Shown:
    value = stored_value(row.value) if row else None
    complete = row is not None and row.state == "answered"
    return Shown(planned, value, row.sequence if row else 0, complete, _is_locked(planned, sitting))


def _is_locked(planned: PlannedUnit, sitting: Sitting) -> bool:
    return planned.closed_by is not None and sitting.reached >= planned.closed_by


def _sitting(session: Session, sitting_id: int) -> Sitting:
    sitting = session.get(Sitting, sitting_id, populate_existing=True)
    if sitting is None or sitting.state == "imported":
        raise NotFound()
    return sitting


def _find_sitting(session: Session, invitation: Invitation) -> Sitting | None:
    """The sitting that belongs to an invitation: the same organisation, vacancy and applicant, delivered here."""
    query = select(Sitting).where(
        Sitting.organisation_id == invitation.organisation_id,
        Sitting.vacancy_id == invitation.vacancy_id,
        Sitting.applicant_id == invitation.applicant_id,
        Sitting.state != "imported",
    )
    return session.scalars(query.order_by(Sitting.id.desc())).first()


def _refuse_late(vacancy: Vacancy, invitation: Invitation, now: datetime) -> None:
    if invitation.expires_at is not None and invitation.expires_at <= now:
        raise InvitationExpired()
    if not takes_applicants(vacancy, now):
        raise VacancyClosed()

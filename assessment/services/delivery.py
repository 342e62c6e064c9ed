"""Delivery: an applicant's way from the link to the last page. Nothing here knows how an answer is scored."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from assessment.errors import NotFound, Refusal, Words
from assessment.records.applicant import Applicant, Invitation
from assessment.records.organisation import Organisation
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.accommodations import Grant, granted_to, hold_invitation_of
from assessment.services.audit import record_event
from assessment.services.people.accounts import hash_token
from assessment.services.sitting.answering import (
    GRACE,
    AnswerDesk,
    KeyInFlight,
    KeyReused,
    PageClosed,
    PageNotReached,
    Receipt,
    SessionEnded,
    SittingAlreadySubmitted,
    SittingClosed,
    SittingOverdue,
    SittingWithdrawn,
    StalePage,
    refuse_closed,
)
from assessment.services.sitting.closing import close_overdue_sittings, submit_sitting
from assessment.services.sitting.consent import (
    ConsentMissing,
    agreed_text,
    find_consent,
    give_consent,
    still_holds,
    withdraw_consent,
)
from assessment.services.sitting.languages import (
    LanguageFixed,
    LanguageNotOffered,
    Languages,
    choose_language,
    language_to_begin,
    languages_of,
)
from assessment.services.sitting.notice import Notice, notice_for
from assessment.services.sitting.opening import AuditDue, NotOpenYet, refuse_unopened
from assessment.services.sitting.paging import plan_form, published_form
from assessment.services.sitting.showing import Missing, Shown, SittingPage, practice_page, review_sitting, sitting_page
from assessment.services.sitting.standing import Standing, delivered_sitting, find_sitting, find_standing
from assessment.services.vacancies import VacancyClosed, takes_applicants

__all__ = [
    "GRACE",
    "AnswerDesk",
    "AuditDue",
    "ConsentMissing",
    "InvitationExpired",
    "KeyInFlight",
    "KeyReused",
    "LanguageFixed",
    "LanguageNotOffered",
    "Languages",
    "Missing",
    "NotOpenYet",
    "Notice",
    "PageClosed",
    "PageNotReached",
    "Receipt",
    "SessionEnded",
    "Shown",
    "SittingAlreadySubmitted",
    "SittingClosed",
    "SittingOverdue",
    "SittingPage",
    "SittingWithdrawn",
    "StalePage",
    "Standing",
    "agreed_text",
    "begin_questionnaire",
    "choose_language",
    "close_overdue_sittings",
    "find_standing",
    "give_consent",
    "languages_of",
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


class InvitationExpired(Refusal):
    """The link was good for a time that is over."""

    def __init__(self) -> None:
        super().__init__(
            Words("This invitation has ended. Answer the message that brought you the link if you still want to take part.")
        )


def open_invitation(session: Session, token: str, now: datetime) -> Invitation:
    """The invitation of a link. Raises `NotFound`, and before a start `InvitationExpired` or `VacancyClosed`."""
    invitation = session.scalar(select(Invitation).where(Invitation.token_hash == hash_token(token)))
    if invitation is None:
        raise NotFound(Words("This link opens nothing. Check that all of it was copied, or answer the message that brought it."))
    if find_sitting(session, invitation) is None:
        _refuse_late(session.get_one(Vacancy, invitation.vacancy_id), invitation, now)
    if invitation.opened_at is None:
        invitation.opened_at = now
    return invitation


def start_sitting(session: Session, *, invitation_id: int, now: datetime) -> Sitting:
    """Start the sitting of an invitation, or return the one that exists: pressed fifty times at once, it starts once.

    A finished sitting is returned as it is and never restarted. Raises `NotFound`, `ConsentMissing`, `NotOpenYet`,
    `AuditDue`, `InvitationExpired`, `VacancyClosed`.
    """
    invitation = session.scalar(select(Invitation).where(Invitation.id == invitation_id).with_for_update())
    if invitation is None:
        raise NotFound()
    existing = find_sitting(session, invitation)
    if existing is not None:
        return existing
    organisation = session.get_one(Organisation, invitation.organisation_id)
    if not still_holds(find_consent(session, invitation_id), notice_for(organisation)):
        raise ConsentMissing()
    refuse_unopened(organisation, now.date())
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
        .on_conflict_do_nothing(index_elements=["vacancy_id", "applicant_id"], index_where=text("state = 'active'"))
    )
    started = find_sitting(session, invitation)
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


def begin_questionnaire(session: Session, *, sitting_id: int, now: datetime, language: str | None = None) -> None:
    """Leave the practice: the first page opens, and where the form has a time limit the deadline is set, once.

    The language is fixed now: the one chosen for the invitation, else `language` if the form is there in it.

    What was granted before is in the deadline. A grant at the same moment waits for this, and then moves the deadline.
    """
    sitting = delivered_sitting(session, sitting_id)
    if sitting.started_at is not None:
        return
    invitation = hold_invitation_of(session, sitting)
    grant = granted_to(session, invitation_id=invitation.id) if invitation else Grant()
    form = published_form(session, sitting.form_version_id)
    limit = grant.minutes_of(form.minutes_limit)
    session.execute(
        update(Sitting)
        .where(Sitting.id == sitting_id, Sitting.state == "active", Sitting.started_at.is_(None))
        .values(
            practised_at=now,
            started_at=now,
            deadline_at=None if limit is None else now + timedelta(minutes=limit),
            place=1,
            reached=1,
            own_pace=grant.own_pace,
            language=language_to_begin(form, invitation, language),
        ),
        execution_options={"synchronize_session": False},
    )
    session.refresh(sitting)


def move_to(session: Session, *, sitting_id: int, place: int, now: datetime) -> None:
    """Go to a page: any that was reached, or the next one. Raises `PageNotReached`, and what a closed sitting raises."""
    sitting = delivered_sitting(session, sitting_id)
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


def _refuse_late(vacancy: Vacancy, invitation: Invitation, now: datetime) -> None:
    if invitation.expires_at is not None and invitation.expires_at <= now:
        raise InvitationExpired()
    if not takes_applicants(vacancy, now):
        raise VacancyClosed()

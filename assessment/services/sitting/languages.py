"""The language of a questionnaire: chosen until it begins and fixed from then on, because a translation is another instrument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.bank import PublishedForm
from assessment.bank.vocabulary import SOURCE_LOCALE
from assessment.errors import NotFound, Refusal, Words
from assessment.records.applicant import Applicant, Invitation
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.audit import record_event
from assessment.services.sitting.paging import published_form
from assessment.services.sitting.standing import find_sitting


class LanguageFixed(Refusal):
    """The questionnaire has begun."""

    def __init__(self) -> None:
        super().__init__(
            Words("Your questionnaire has begun and stays in its language, so that every question is understood in one way.")
        )


class LanguageNotOffered(Refusal):
    status = 422

    def __init__(self) -> None:
        super().__init__(Words("This questionnaire is not there in that language. Nothing was changed."))


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages in which all of a form is there; the one chosen for this invitation, if any; `fixed` once begun."""

    offered: tuple[str, ...]
    chosen: str | None
    fixed: bool


def languages_of(session: Session, *, invitation_id: int) -> Languages:
    """The languages of an applicant's questionnaire. Raises `NotFound`."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFound()
    sitting = find_sitting(session, invitation)
    offered = _offered(_form(session, invitation, sitting))
    if sitting is not None and sitting.started_at is not None:
        return Languages(offered, sitting.language, True)
    return Languages(offered, invitation.language if invitation.language in offered else None, False)


def choose_language(session: Session, *, invitation_id: int, language: str, now: datetime) -> None:
    """Have the questionnaire of an invitation in a language, on every device. Raises `LanguageNotOffered`, `LanguageFixed`."""
    invitation = session.scalar(select(Invitation).where(Invitation.id == invitation_id).with_for_update())
    if invitation is None:
        raise NotFound()
    sitting = find_sitting(session, invitation)
    if language not in _offered(_form(session, invitation, sitting)):
        raise LanguageNotOffered()
    if sitting is not None and sitting.started_at is not None:
        raise LanguageFixed()
    if invitation.language == language:
        return
    invitation.language = language
    applicant = session.get_one(Applicant, invitation.applicant_id)
    record_event(
        session,
        organisation_id=invitation.organisation_id,
        actor=f"applicant {applicant.subject}",
        action="language chosen",
        subject=f"applicant {applicant.subject}",
        detail={"language": language, "vacancy": invitation.vacancy_id},
        now=now,
    )


def language_to_begin(form: PublishedForm, invitation: Invitation | None, wanted: str | None) -> str:
    """The language in which a questionnaire begins: chosen, else as wanted, else the form's first."""
    offered = _offered(form)
    chosen = invitation.language if invitation is not None else None
    return next((language for language in (chosen, wanted) if language in offered), offered[0])


def _form(session: Session, invitation: Invitation, sitting: Sitting | None) -> PublishedForm:
    vacancy = session.get_one(Vacancy, invitation.vacancy_id)
    return published_form(session, sitting.form_version_id if sitting else vacancy.form_version_id)


def _offered(form: PublishedForm) -> tuple[str, ...]:
    return form.languages or (SOURCE_LOCALE,)

"""An applicant's agreement to exactly the words of a notice, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotFound, Refusal, Words
from assessment.notices import LANGUAGES
from assessment.records.applicant import Applicant, Consent, Invitation
from assessment.records.notice import NoticeText
from assessment.records.organisation import Organisation
from assessment.records.sitting import Sitting
from assessment.services.audit import record_event
from assessment.services.sitting.answering import SittingWithdrawn
from assessment.services.sitting.notice import Notice, notice_for


class ConsentMissing(Refusal):
    """Nothing starts before the applicant has agreed."""

    def __init__(self) -> None:
        super().__init__(Words("Read how your answers are used and agree to it first. Nothing was started."))


def find_consent(session: Session, invitation_id: int) -> Consent | None:
    """The newest agreement that was not withdrawn, if there is one. It may be to an older notice (`still_holds`)."""
    query = select(Consent).where(Consent.invitation_id == invitation_id, Consent.withdrawn_at.is_(None))
    return session.scalars(query.order_by(Consent.id.desc())).first()


def still_holds(consent: Consent | None, notice: Notice) -> bool:
    """True if somebody agreed to what the notice of today means, in whichever words and language."""
    return consent is not None and consent.substance == notice.substance


def agreed_text(session: Session, *, consent: Consent) -> Notice | None:
    """The words that were agreed to, as they were; None for an agreement made before words were kept."""
    organisation = session.get_one(Invitation, consent.invitation_id).organisation_id
    kept = session.get(NoticeText, (organisation, consent.notice_hash))
    if kept is None:
        return None
    sections = tuple((head, tuple(texts)) for head, texts in kept.sections)
    return Notice(kept.jurisdiction, kept.language, kept.version, kept.issued_on, sections, consent.substance or "")


def give_consent(
    session: Session, *, invitation_id: int, now: datetime, notice_hash: str | None = None, language: str = "en"
) -> Consent:
    """Record that the applicant agreed to the notice. Agreeing twice changes nothing; to a new substance, one agrees anew.

    `notice_hash`, when given, is the hash of the words that were on the page, in whichever language: if they have changed
    since, `BadInput`. Who withdrew from a sitting cannot agree again: `SittingWithdrawn`.
    """
    invitation, applicant = _people(session, invitation_id)
    if session.scalar(select(Sitting.id).where(*_sittings_of(invitation), Sitting.state == "withdrawn").limit(1)) is not None:
        raise SittingWithdrawn()
    organisation = session.get_one(Organisation, invitation.organisation_id)
    notice = _notice_read(organisation, notice_hash) if notice_hash is not None else notice_for(organisation, language)
    held = find_consent(session, invitation_id)
    if held is not None and still_holds(held, notice):
        return held
    _keep_words(session, organisation.id, notice, now)
    consent = Consent(
        invitation_id=invitation_id,
        notice=notice.version,
        notice_hash=notice.hash,
        language=notice.language,
        substance=notice.substance,
        given_at=now,
    )
    session.add(consent)
    session.flush()
    told_of = {"notice": notice.version, "notice_hash": notice.hash, "language": notice.language}
    _record(session, "consent given", invitation, applicant, now, told_of)
    return consent


def withdraw_consent(session: Session, *, invitation_id: int, now: datetime) -> None:
    """Withdraw: the agreement ends, and the sitting, finished or not, is set aside for good. Withdrawing twice changes nothing.

    Who withdrew before there was a sitting has lost nothing, and may agree again.
    """
    invitation, applicant = _people(session, invitation_id)
    if find_consent(session, invitation_id) is None:
        return
    session.execute(
        update(Consent).where(Consent.invitation_id == invitation_id, Consent.withdrawn_at.is_(None)).values(withdrawn_at=now),
        execution_options={"synchronize_session": False},
    )
    mine = _sittings_of(invitation)
    session.execute(
        update(Sitting).where(*mine, Sitting.state == "active").values(state="withdrawn", finished_at=now),
        execution_options={"synchronize_session": False},
    )
    session.execute(  # second, so that it finds a sitting which was finished while the first waited for it
        update(Sitting).where(*mine, Sitting.state.in_(("submitted", "overdue"))).values(state="withdrawn"),
        execution_options={"synchronize_session": False},
    )
    session.expire_all()
    _record(session, "consent withdrawn", invitation, applicant, now, {"vacancy": invitation.vacancy_id})


def _notice_read(organisation: Organisation, notice_hash: str) -> Notice:
    for language in LANGUAGES:
        notice = notice_for(organisation, language)
        if notice.hash == notice_hash:
            return notice
    raise BadInput(
        Words("The notice has changed since you opened this page."), [Fault("consent", Words("Read it again, then agree."))]
    )


def _keep_words(session: Session, organisation_id: int, notice: Notice, now: datetime) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    kept = insert(NoticeText).values(
        organisation_id=organisation_id,
        hash=notice.hash,
        jurisdiction=notice.jurisdiction,
        language=notice.language,
        version=notice.version,
        issued_on=notice.issued_on,
        sections=[[head, list(texts)] for head, texts in notice.sections],
        kept_at=now,
    )
    session.execute(kept.on_conflict_do_nothing(index_elements=["organisation_id", "hash"]))


def _sittings_of(invitation: Invitation) -> tuple[ColumnElement[bool], ...]:
    return (
        Sitting.organisation_id == invitation.organisation_id,
        Sitting.vacancy_id == invitation.vacancy_id,
        Sitting.applicant_id == invitation.applicant_id,
    )


def _people(session: Session, invitation_id: int) -> tuple[Invitation, Applicant]:
    invitation = session.scalar(select(Invitation).where(Invitation.id == invitation_id).with_for_update())
    if invitation is None:
        raise NotFound()
    return invitation, session.get_one(Applicant, invitation.applicant_id)


def _record(
    session: Session, action: str, invitation: Invitation, applicant: Applicant, now: datetime, detail: Mapping[str, object]
) -> None:
    record_event(
        session,
        organisation_id=invitation.organisation_id,
        actor=f"applicant {applicant.subject}",
        action=action,
        subject=f"applicant {applicant.subject}",
        detail=detail,
        now=now,
    )

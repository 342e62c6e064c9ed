"""What an applicant is told about the use of their answers, and their agreement to exactly those words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotFound, Refusal
from assessment.records.applicant import Applicant, Consent, Invitation
from assessment.records.organisation import Organisation
from assessment.records.sitting import Sitting
from assessment.services.audit import record_event

NOTICE_VERSION = "1"
NOTICE_DATE = "November 2026"

_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Who asks, and why",
        (
            "{organisation} asks everyone who applies for this job the same questions. Your answers are used to decide whom to "
            "talk to, and later, together with the work results of those who were hired, to check that the questions are fair "
            "and of use.",
            "The questions are about how you judge what a customer feels and needs, and what you would do about it. They are "
            "not a test of health, of personality or of strong feelings.",
        ),
    ),
    (
        "What is kept",
        (
            "Your name and e-mail address, stored encrypted. What you answer to each question and when, and how long a "
            "page was open, which never changes a result. Nothing about your device, your place or your other visits to the web is "
            "kept.",
            "If you ask for an adjustment, such as more time: what you asked and what was decided, stored encrypted. Only "
            "administrators at {organisation} read it, and it never changes a result.",
            "A cookie keeps your place. It holds a random number and nothing else. If your connection breaks, answers wait on "
            "your device until they can be sent; then they are removed from it.",
        ),
    ),
    (
        "Who reads it",
        (
            "People at {organisation} who hire read the result. The people who check the quality of the questions see answers "
            "without names. Nobody outside {organisation} sees them.",
            "No computer turns you down. A person reads the result, with how uncertain it is, and decides.",
        ),
    ),
    (
        "What you can do",
        (
            "Taking part is your choice. You can leave and return, and you can withdraw at any time, also after you have "
            "finished. Your answers are then set aside and are no longer shown or used.",
            "You can ask {organisation} what is kept about you, have it corrected, ask for it to be erased, and ask for a person "
            "to look again. Answer the message that brought you your link{contact}.",
        ),
    ),
)


class ConsentMissing(Refusal):
    """Nothing starts before the applicant has agreed."""

    def __init__(self) -> None:
        super().__init__("Read how your answers are used and agree to it first. Nothing was started.")


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of the notice in the words of one organisation: headed paragraphs, and the hash of all of it."""

    version: str
    date: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def hash(self) -> str:
        text = "\n".join([self.version, self.date, *(part for head, texts in self.sections for part in (head, *texts))])
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def notice_for(organisation: Organisation) -> Notice:
    """The notice that applicants of this organisation read. Its policy may name a `contact` for questions."""
    contact = organisation.policy.get("contact")
    words = {"organisation": organisation.name, "contact": f", or write to {contact}" if contact else ""}
    sections = tuple((head, tuple(text.format(**words) for text in texts)) for head, texts in _SECTIONS)
    return Notice(NOTICE_VERSION, NOTICE_DATE, sections)


def find_consent(session: Session, invitation_id: int) -> Consent | None:
    """The agreement that holds now, if there is one."""
    query = select(Consent).where(Consent.invitation_id == invitation_id, Consent.withdrawn_at.is_(None))
    return session.scalars(query.order_by(Consent.id.desc())).first()


def give_consent(session: Session, *, invitation_id: int, now: datetime, notice_hash: str | None = None) -> Consent:
    """Record that the applicant agreed to the notice. Agreeing twice changes nothing.

    `notice_hash`, when given, is the hash of the words that were on the page: if they have changed since, `BadInput`.
    """
    invitation, applicant = _people(session, invitation_id)
    notice = notice_for(session.get_one(Organisation, invitation.organisation_id))
    if notice_hash is not None and notice_hash != notice.hash:
        raise BadInput("The notice has changed since you opened this page.", [Fault("consent", "Read it again, then agree.")])
    held = find_consent(session, invitation_id)
    if held is not None:
        return held
    consent = Consent(invitation_id=invitation_id, notice=notice.version, notice_hash=notice.hash, given_at=now)
    session.add(consent)
    session.flush()
    _record(session, "consent given", invitation, applicant, now, {"notice": notice.version, "notice_hash": notice.hash})
    return consent


def withdraw_consent(session: Session, *, invitation_id: int, now: datetime) -> None:
    """Withdraw: the agreement ends, and the sitting, finished or not, is set aside. Withdrawing twice changes nothing."""
    invitation, applicant = _people(session, invitation_id)
    consent = find_consent(session, invitation_id)
    if consent is None:
        return
    consent.withdrawn_at = now
    session.flush()
    mine = (
        Sitting.organisation_id == invitation.organisation_id,
        Sitting.vacancy_id == invitation.vacancy_id,
        Sitting.applicant_id == invitation.applicant_id,
    )
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


def _people(session: Session, invitation_id: int) -> tuple[Invitation, Applicant]:
    invitation = session.scalar(select(Invitation).where(Invitation.id == invitation_id).with_for_update())
    if invitation is None:
        raise NotFound()
    return invitation, session.get_one(Applicant, invitation.applicant_id)


def _record(
    session: Session, action: str, invitation: Invitation, applicant: Applicant, now: datetime, detail: dict[str, object]
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

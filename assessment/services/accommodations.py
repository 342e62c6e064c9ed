"""Accommodations: an applicant asks for more time or another way, an administrator decides, the sitting follows.

Whoever asks, decides or starts holds the invitation's row first, so that a grant is either in the deadline that a start
sets, or moves the deadline after it. Answering and ending hold the sitting's row alone: a grant finds the sitting as they
left it, and never opens it again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotAllowed, NotFound, Refusal, Words
from assessment.records.accommodation import Accommodation
from assessment.records.applicant import Applicant, Invitation
from assessment.records.database import vault_of
from assessment.records.organisation import StaffMember
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import applicant_name
from assessment.services.requests.request_words import text_faults
from assessment.services.sitting.answering import GRACE, refuse_closed
from assessment.services.sitting.paging import published_form
from assessment.services.sitting.standing import find_sitting

TIMES = ("1.25", "1.5", "2", "none")
"""How many times the limit; `none` is no limit."""
LONGEST_WORDS = 1000
LATEST_DECIDED = 100

Progress = Literal["not started", "under way", "ended"]


class AlreadyDecided(Refusal):
    """Somebody else was first, and decided otherwise."""

    def __init__(self) -> None:
        super().__init__("This request was decided otherwise in the meantime. That decision stands; nothing was changed.")


class RequestChanged(Refusal):
    """The applicant has written something else since the page was loaded."""

    def __init__(self) -> None:
        super().__init__("The applicant has changed this request since you opened it. Nothing was decided. Read it again.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `time` is one of `TIMES` or None; `words` may be empty."""

    time: str | None = None
    assistive_technology: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """What holds for an applicant. `time` is one of `TIMES` or None."""

    time: str | None = None
    assistive_technology: bool = False

    @property
    def own_pace(self) -> bool:
        """True if the time taken says nothing any more."""
        return self.time is not None or self.assistive_technology

    def minutes_of(self, limit: float | None) -> float | None:
        """The minutes that a form's limit becomes; None for no limit."""
        if limit is None or self.time == "none":
            return None
        return limit * float(self.time or 1)


@dataclass(frozen=True, slots=True)
class Decision:
    """What an administrator decides. `message` is read by the applicant; who declines must say why."""

    granted: bool
    time: str | None = None
    assistive_technology: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and what came of it. `decision`, `decided_by` (a name) and `decided_at` are None while it is open."""

    id: int
    wish: Wish
    asked_at: datetime
    decision: Decision | None
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """A request as an administrator reads it: whose it is, for which job, and how far they have come."""

    asked: Asked
    name: str
    reference: str
    vacancy_title: str
    minutes_limit: float | None
    progress: Progress
    deadline_at: datetime | None
    simulated: bool


def request_accommodation(session: Session, *, invitation_id: int, wish: Wish, now: datetime) -> None:
    """Ask. While nobody has decided, asking again replaces what was asked.

    Raises `BadInput` for an empty or unusable wish, and what a sitting that has ended raises.
    """
    wish = _checked_wish(wish)
    invitation = session.scalar(select(Invitation).where(Invitation.id == invitation_id).with_for_update())
    if invitation is None:
        raise NotFound()
    sitting = find_sitting(session, invitation)
    if sitting is not None:
        refuse_closed(sitting, now - GRACE)
    applicant = session.get_one(Applicant, invitation.applicant_id)
    sealed = vault_of(session).seal("accommodation.request", applicant.subject, json.dumps(asdict(wish)))
    of_this = select(Accommodation).where(Accommodation.invitation_id == invitation_id, Accommodation.state == "open")
    row = session.scalar(of_this)
    if row is None:
        row = Accommodation(
            organisation_id=invitation.organisation_id,
            invitation_id=invitation_id,
            state="open",
            request_sealed=sealed,
            asked_at=now,
        )
        session.add(row)
    elif _opened(session, row, applicant).wish == wish:
        return
    row.request_sealed, row.asked_at = sealed, now
    session.flush()
    _record(session, "accommodation asked", f"applicant {applicant.subject}", row, applicant, {}, now)


def decide_accommodation(
    session: Session, *, accommodation_id: int, asked_at: datetime, decision: Decision, actor: Actor, now: datetime
) -> Case:
    """Grant or decline, once. The same decision again changes nothing; `asked_at` is that of the request which was read.

    A grant before the start is in the deadline when it is set; during the sitting it moves the deadline, counted from the
    start, and never to an earlier one. A sitting that has ended stays as it is.

    Raises
    ------
    NotAllowed, NotFound
        The actor is no administrator; there is no such request in the organisation.
    BadInput
        Nothing is granted or said, or a refusal gives no reason.
    AlreadyDecided, RequestChanged
        It was decided otherwise; it is not what was read. Nothing was changed.
    """
    decision = _checked_decision(decision)
    row = _row(session, accommodation_id, actor)
    invitation = session.scalar(select(Invitation).where(Invitation.id == row.invitation_id).with_for_update())
    if invitation is None:
        raise NotFound()  # the person was erased meanwhile
    session.refresh(row)
    applicant = session.get_one(Applicant, invitation.applicant_id)
    if row.state != "open":
        if _opened(session, row, applicant).decision != decision:
            raise AlreadyDecided()
        return find_accommodation(session, accommodation_id=accommodation_id, actor=actor, now=now)
    if row.asked_at != asked_at:
        raise RequestChanged()
    row.state = "granted" if decision.granted else "declined"
    row.decision_sealed = vault_of(session).seal("accommodation.decision", applicant.subject, json.dumps(asdict(decision)))
    row.decided_by, row.decided_at = actor.subject, now
    session.flush()
    if decision.granted:
        _apply(session, invitation, now)
    _record(session, "accommodation decided", actor.subject, row, applicant, {"outcome": row.state}, now)
    return find_accommodation(session, accommodation_id=accommodation_id, actor=actor, now=now)


def granted_to(session: Session, *, invitation_id: int) -> Grant:
    """What holds for an applicant: the most time of all grants, and assistive technology if any of them notes it."""
    granted = [asked.decision for asked in list_own(session, invitation_id=invitation_id) if asked.decision is not None]
    granted = [decision for decision in granted if decision.granted]
    times = [decision.time for decision in granted if decision.time is not None]
    return Grant(max(times, key=TIMES.index) if times else None, any(decision.assistive_technology for decision in granted))


def list_own(session: Session, *, invitation_id: int) -> list[Asked]:
    """What an applicant asked and what was decided, newest first."""
    query = (
        select(Accommodation, Applicant)
        .join(Invitation, Invitation.id == Accommodation.invitation_id)
        .join(Applicant, Applicant.id == Invitation.applicant_id)
        .where(Accommodation.invitation_id == invitation_id)
        .order_by(Accommodation.id.desc())
    )
    return [_opened(session, row, applicant) for row, applicant in session.execute(query)]


def count_undecided(session: Session, *, actor: Actor) -> int:
    """How many requests of the organisation nobody has decided. For administrators alone."""
    _only_administrators(actor)
    query = select(func.count()).where(Accommodation.organisation_id == actor.organisation_id, Accommodation.state == "open")
    return session.scalar(query) or 0


def list_accommodations(session: Session, *, actor: Actor, now: datetime) -> tuple[list[Case], list[Case]]:
    """The organisation's open requests and the decisions made last. For administrators alone.

    Of the open ones those of sittings under way come first, then the oldest.
    """
    _only_administrators(actor)
    mine = _cases().where(Accommodation.organisation_id == actor.organisation_id)
    waiting = mine.where(Accommodation.state == "open").order_by(Accommodation.asked_at, Accommodation.id)
    decided = mine.where(Accommodation.state != "open").order_by(Accommodation.decided_at.desc(), Accommodation.id.desc())
    found = [session.execute(query).all() for query in (waiting, decided.limit(LATEST_DECIDED))]
    first, second = ([_case(session, row, now) for row in rows] for rows in found)
    return sorted(first, key=lambda case: case.progress != "under way"), second


def find_accommodation(session: Session, *, accommodation_id: int, actor: Actor, now: datetime) -> Case:
    """One request of the organisation. For administrators alone. Raises `NotFound`, `NotAllowed`."""
    row = _row(session, accommodation_id, actor)
    return _case(session, session.execute(_cases().where(Accommodation.id == row.id)).one(), now)


def hold_invitation_of(session: Session, sitting: Sitting) -> Invitation | None:
    """The invitation that a sitting belongs to, held until the transaction ends, so that no grant comes in between."""
    query = select(Invitation).where(
        Invitation.organisation_id == sitting.organisation_id,
        Invitation.vacancy_id == sitting.vacancy_id,
        Invitation.applicant_id == sitting.applicant_id,
    )
    return session.scalar(query.with_for_update())


def _apply(session: Session, invitation: Invitation, now: datetime) -> None:
    sitting = find_sitting(session, invitation)
    grant = granted_to(session, invitation_id=invitation.id)
    if sitting is None or not grant.own_pace:
        return
    without_sync = {"synchronize_session": False}
    session.execute(update(Sitting).where(Sitting.id == sitting.id).values(own_pace=True), execution_options=without_sync)
    if sitting.started_at is not None and grant.time is not None:
        minutes = grant.minutes_of(published_form(session, sitting.form_version_id).minutes_limit)
        deadline = None if minutes is None else sitting.started_at + timedelta(minutes=minutes)
        goes_on = (Sitting.id == sitting.id, Sitting.state == "active", Sitting.deadline_at >= now - GRACE)
        later = update(Sitting).where(*goes_on, *([] if deadline is None else [Sitting.deadline_at < deadline]))
        session.execute(later.values(deadline_at=deadline), execution_options=without_sync)
    session.refresh(sitting)


def _cases() -> Select[Accommodation, Invitation, Applicant, Vacancy]:
    return (
        select(Accommodation, Invitation, Applicant, Vacancy)
        .join(Invitation, Invitation.id == Accommodation.invitation_id)
        .join(Applicant, Applicant.id == Invitation.applicant_id)
        .join(Vacancy, Vacancy.id == Invitation.vacancy_id)
    )


def _case(session: Session, found: Any, now: datetime) -> Case:
    row, invitation, applicant, vacancy = found
    sitting = find_sitting(session, invitation)
    form = published_form(session, sitting.form_version_id if sitting else vacancy.form_version_id)
    return Case(
        asked=_opened(session, row, applicant),
        name=applicant_name(session, applicant),
        reference=applicant.reference,
        vacancy_title=vacancy.title,
        minutes_limit=form.minutes_limit,
        progress=_progress(sitting, now),
        deadline_at=sitting.deadline_at if sitting else None,
        simulated=applicant.simulated or vacancy.simulated,
    )


def _progress(sitting: Sitting | None, now: datetime) -> Progress:
    if sitting is None:
        return "not started"
    if sitting.state != "active" or (sitting.deadline_at is not None and sitting.deadline_at < now - GRACE):
        return "ended"
    return "not started" if sitting.started_at is None else "under way"


def _row(session: Session, accommodation_id: int, actor: Actor) -> Accommodation:
    _only_administrators(actor)
    row = session.get(Accommodation, accommodation_id)
    if row is None or row.organisation_id != actor.organisation_id:
        raise NotFound()
    return row


def _only_administrators(actor: Actor) -> None:
    if actor.role != "administrator":
        raise NotAllowed("Only administrators read what applicants asked for.")


def _opened(session: Session, row: Accommodation, applicant: Applicant) -> Asked:
    vault = vault_of(session)
    wish = Wish(**json.loads(vault.open("accommodation.request", applicant.subject, row.request_sealed)))
    if row.decision_sealed is None:
        return Asked(row.id, wish, row.asked_at, None, None, None)
    decision = Decision(**json.loads(vault.open("accommodation.decision", applicant.subject, row.decision_sealed)))
    name = session.scalar(select(StaffMember.name).where(StaffMember.subject == row.decided_by))
    return Asked(row.id, wish, row.asked_at, decision, name or row.decided_by, row.decided_at)


def _checked_wish(wish: Wish) -> Wish:
    words, faults = _words("words", wish.words)
    if wish.time is not None and wish.time not in TIMES:
        faults.append(Fault("time", Words("Choose one of the times.")))
    if not faults and wish.time is None and not wish.assistive_technology and not words:
        faults.append(Fault("time", Words("Choose what you need, or say it in your own words.")))
    if faults:
        raise BadInput(Words("Nothing was sent yet."), faults)
    return Wish(wish.time, wish.assistive_technology, words)


def _checked_decision(decision: Decision) -> Decision:
    message, faults = _words("message", decision.message)
    if not decision.granted:
        if not message:
            faults.append(Fault("message", "Say why. The applicant reads it."))
        decision = Decision(granted=False)
    elif decision.time is not None and decision.time not in TIMES:
        faults.append(Fault("time", Words("Choose one of the times.")))
    elif decision.time is None and not decision.assistive_technology and not message:
        faults.append(Fault("time", "Choose what is granted, or say it to the applicant in words."))
    if faults:
        raise BadInput("Nothing was decided yet.", faults)
    return Decision(decision.granted, decision.time, decision.assistive_technology, message)


def _words(where: str, text: str) -> tuple[str, list[Fault]]:
    """The text with one kind of line end, and what is wrong with it."""
    plain = text.replace("\r\n", "\n").strip()
    return plain, text_faults(where, plain, LONGEST_WORDS)


def _record(
    session: Session, action: str, actor: str, row: Accommodation, applicant: Applicant, detail: dict[str, str], now: datetime
) -> None:
    record_event(
        session,
        organisation_id=row.organisation_id,
        actor=actor,
        action=action,
        subject=f"applicant {applicant.subject}",
        detail={"accommodation": row.id, **detail},
        now=now,
    )

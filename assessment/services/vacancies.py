"""Vacancies: opened for one published form, closed when the hiring is done."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotFound, Refusal, Words
from assessment.records.form import FormVersion
from assessment.records.vacancy import Vacancy
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


class VacancyClosed(Refusal):
    """The vacancy takes no more applicants."""

    def __init__(self) -> None:
        super().__init__(Words("This job is closed. Nobody can be invited or start any more; everything recorded is kept."))


def open_vacancy(
    session: Session,
    *,
    code: str,
    title: str,
    form_version_id: int,
    actor: Actor,
    now: datetime,
    closes_at: datetime | None = None,
    simulated: bool = False,
) -> Vacancy:
    """Open a job whose applicants answer one published form.

    `code` names it in files and addresses: letters, digits, dot, hyphen and underscore, 60 at most, unique in the
    organisation. `simulated` marks a job whose people are invented. Raises `BadInput`.
    """
    faults = []
    if not CODE.fullmatch(code):
        faults.append(Fault("code", "must be letters, digits, dots, hyphens or underscores, 60 at most, without spaces"))
    elif find_vacancy_by_code(session, actor.organisation_id, code) is not None:
        faults.append(Fault("code", "belongs to another job already; choose a different one"))
    if not title.strip() or len(title) > 200:
        faults.append(Fault("title", "give the job a title of at most 200 characters"))
    form = session.get(FormVersion, form_version_id)
    if form is None or form.organisation_id != actor.organisation_id:
        faults.append(Fault("form", "choose one of the published questionnaires"))
    if closes_at is not None and closes_at <= now:
        faults.append(Fault("closes_at", "must lie in the future"))
    if faults:
        raise BadInput("The job was not opened.", faults)
    vacancy = Vacancy(
        organisation_id=actor.organisation_id,
        code=code,
        title=title.strip(),
        form_version_id=form_version_id,
        state="open",
        simulated=simulated,
        closes_at=closes_at,
        created_by=actor.subject,
        created_at=now,
    )
    session.add(vacancy)
    session.flush()
    _record(session, "vacancy opened", vacancy, actor, now)
    return vacancy


def close_vacancy(session: Session, *, vacancy_id: int, actor: Actor, now: datetime) -> Vacancy:
    """Close a job: no new invitations, no new starts. People who have begun may finish. Closing twice changes nothing."""
    vacancy = find_vacancy(session, actor.organisation_id, vacancy_id)
    if vacancy.state == "open":
        vacancy.state = "closed"
        _record(session, "vacancy closed", vacancy, actor, now)
    return vacancy


def list_vacancies(session: Session, organisation_id: int) -> list[Vacancy]:
    """The organisation's jobs, open ones first, newest first."""
    query = select(Vacancy).where(Vacancy.organisation_id == organisation_id)
    return list(session.scalars(query.order_by(Vacancy.state.desc(), Vacancy.id.desc())))


def find_vacancy(session: Session, organisation_id: int, vacancy_id: int) -> Vacancy:
    """One job of the organisation, or `NotFound`."""
    vacancy = session.get(Vacancy, vacancy_id)
    if vacancy is None or vacancy.organisation_id != organisation_id:
        raise NotFound()
    return vacancy


def find_vacancy_by_code(session: Session, organisation_id: int, code: str) -> Vacancy | None:
    """The organisation's job with this code, None if there is none."""
    return session.scalar(select(Vacancy).where(Vacancy.organisation_id == organisation_id, Vacancy.code == code))


def takes_applicants(vacancy: Vacancy, now: datetime) -> bool:
    """True while people may be invited and may start."""
    return vacancy.state == "open" and (vacancy.closes_at is None or now < vacancy.closes_at)


def _record(session: Session, action: str, vacancy: Vacancy, actor: Actor, now: datetime) -> None:
    record_event(
        session,
        organisation_id=vacancy.organisation_id,
        actor=actor.subject,
        action=action,
        subject=f"vacancy {vacancy.id}",
        detail={"code": vacancy.code, "form_version": vacancy.form_version_id},
        now=now,
    )

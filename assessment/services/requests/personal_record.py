"""Everything kept about one person in one organisation, as a document that the person can take away.

Not in it: scoring keys, weights and option scores, which are not about the person; the score itself and the notes on how
questions were answered, which a person explains when asked; and free notes written with a decision, which can speak of others.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.errors import NotFound, Words
from assessment.records.applicant import Applicant, Consent, Invitation
from assessment.records.decision import Decision
from assessment.records.form import FormVersion
from assessment.records.observation import CriterionValue, Hire, QaEvaluation
from assessment.records.organisation import Organisation
from assessment.records.sitting import Response, Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.accommodations import list_own
from assessment.services.people.applicants import applicant_email, applicant_name
from assessment.services.reports.feedback_reading import feedback_on
from assessment.services.requests.answer_words import answers_in_words
from assessment.services.requests.decision_words import OUTCOMES, REASONS
from assessment.services.requests.described_groups import described_groups
from assessment.services.requests.requesting import Asked, list_requests_of
from assessment.services.sitting.consent import agreed_text
from assessment.services.sitting.form_titles import form_title

SCHEMA = "attune.personal-record/1"
LEFT_OUT = (
    Words("The result of the questionnaire, and notes on how it was answered. Ask a person to look again, and they explain them."),
    Words("Notes that staff wrote with a decision, because they can speak of other people. Ask, and a person answers."),
    Words("What you said about the groups you belong to: whoever has your link could read it. Ask, and an administrator gives it."),
    Words("How answers are valued. That belongs to the questionnaire and says nothing about you."),
    Words("The log of what was done with your data. You appear in it under a pseudonym, and it cannot be changed."),
)

ADJUSTMENTS_LEFT_OUT = Words(
    "Adjustments you asked for elsewhere: whoever has your link could read of them. They stand in the browser that asked."
)


def own_record(session: Session, *, invitation_id: int, with_adjustments: bool, now: datetime) -> dict[str, Any]:
    """The record of the person whose invitation this is.

    Without adjustments it tells nothing of those asked for: whoever sent an invitation can open its link.
    """
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFound()
    record = personal_record(session, session.get_one(Applicant, invitation.applicant_id), now=now)
    if not with_adjustments:
        for job in record["jobs"]:
            job["adjustments"] = []
        record["left_out"].append(ADJUSTMENTS_LEFT_OUT)
    return record


def personal_record(session: Session, applicant: Applicant, *, now: datetime) -> dict[str, Any]:
    """The record of a person. Of what they said about themselves it tells the groups alone."""
    return {
        "schema": SCHEMA,
        "made_at": now.isoformat(),
        "organisation": session.get_one(Organisation, applicant.organisation_id).name,
        "person": _person(session, applicant),
        "jobs": [_job(session, applicant, vacancy) for vacancy in _vacancies(session, applicant)],
        "requests": [_request(asked) for asked in reversed(list_requests_of(session, applicant_id=applicant.id))],
        "self_description": described_groups(session, applicant),
        "work": _work(session, applicant),
        "left_out": list(LEFT_OUT),
    }


def _person(session: Session, applicant: Applicant) -> dict[str, Any]:
    return {
        "name": applicant_name(session, applicant) if applicant.name_sealed else None,
        "email": applicant_email(session, applicant),
        "reference": applicant.reference,
        "known_since": applicant.created_at.isoformat(),
        "simulated": applicant.simulated,
    }


def _vacancies(session: Session, applicant: Applicant) -> list[Vacancy]:
    invited = select(Invitation.vacancy_id).where(Invitation.applicant_id == applicant.id)
    answered = select(Sitting.vacancy_id).where(Sitting.applicant_id == applicant.id)
    return list(session.scalars(select(Vacancy).where(Vacancy.id.in_(invited.union(answered))).order_by(Vacancy.id)))


def _job(session: Session, applicant: Applicant, vacancy: Vacancy) -> dict[str, Any]:
    here = (Invitation.applicant_id == applicant.id, Invitation.vacancy_id == vacancy.id)
    invitation = session.scalar(select(Invitation).where(*here))
    sittings = select(Sitting).where(Sitting.applicant_id == applicant.id, Sitting.vacancy_id == vacancy.id).order_by(Sitting.id)
    decisions = select(Decision).where(Decision.applicant_id == applicant.id, Decision.vacancy_id == vacancy.id)
    return {
        "job": vacancy.title,
        "invitation": _invitation(invitation),
        "consents": _consents(session, invitation),
        "questionnaires": [_sitting(session, sitting) for sitting in session.scalars(sittings)],
        "adjustments": _adjustments(session, invitation),
        "decisions": [_decision(decision) for decision in session.scalars(decisions.order_by(Decision.id))],
    }


def _invitation(invitation: Invitation | None) -> dict[str, Any] | None:
    if invitation is None:
        return None
    return {
        "invited_at": invitation.invited_at.isoformat(),
        "opened_at": _iso(invitation.opened_at),
        "expires_at": _iso(invitation.expires_at),
    }


def _consents(session: Session, invitation: Invitation | None) -> list[dict[str, Any]]:
    if invitation is None:
        return []
    query = select(Consent).where(Consent.invitation_id == invitation.id).order_by(Consent.id)
    return [
        {
            "notice": consent.notice,
            "notice_hash": consent.notice_hash,
            "language": consent.language,
            "words": _words_of(session, consent),
            "given_at": consent.given_at.isoformat(),
            "withdrawn_at": _iso(consent.withdrawn_at),
        }
        for consent in session.scalars(query)
    ]


def _words_of(session: Session, consent: Consent) -> list[dict[str, Any]] | None:
    """What was agreed to, as it was; None for an agreement made before words were kept."""
    kept = agreed_text(session, consent=consent)
    return None if kept is None else [{"heading": heading, "paragraphs": list(texts)} for heading, texts in kept.sections]


def _sitting(session: Session, sitting: Sitting) -> dict[str, Any]:
    form = session.get_one(FormVersion, sitting.form_version_id)
    return {
        "title": form_title(form, sitting.language),
        "language": sitting.language,
        "state": sitting.state,
        "started_at": _iso(sitting.started_at),
        "finished_at": _iso(sitting.finished_at),
        "deadline_at": _iso(sitting.deadline_at),
        "at_own_pace": sitting.own_pace,
        "left_empty": session.scalar(
            select(func.count()).select_from(Response).where(Response.sitting_id == sitting.id, Response.value.is_(None))
        ),
        "answers": answers_in_words(session, sitting),
        "report": _report(session, sitting),
    }


def _report(session: Session, sitting: Sitting) -> dict[str, Any] | None:
    """The report in words that the person can read, in each of its languages."""
    feedback = feedback_on(session, sitting, organisation=session.get_one(Organisation, sitting.organisation_id))
    if feedback is None or not feedback.shared or not feedback.documents:
        return None
    return {"written_at": _iso(feedback.written_at), "documents": dict(feedback.documents)}


def _adjustments(session: Session, invitation: Invitation | None) -> list[dict[str, Any]]:
    if invitation is None:
        return []
    return [
        {
            "asked_at": asked.asked_at.isoformat(),
            "time": asked.wish.time,
            "assistive_technology": asked.wish.assistive_technology,
            "words": asked.wish.words,
            "decided_at": _iso(asked.decided_at),
            "granted": None if asked.decision is None else asked.decision.granted,
            "granted_time": None if asked.decision is None else asked.decision.time,
            "message": None if asked.decision is None else asked.decision.message,
        }
        for asked in reversed(list_own(session, invitation_id=invitation.id))
    ]


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "decided_at": decision.decided_at.isoformat(),
        "outcome": OUTCOMES[decision.outcome],
        "reason": REASONS.get(decision.reason, decision.reason).removesuffix(" (say which)"),
    }


def _request(asked: Asked) -> dict[str, Any]:
    said = [
        {"at": s.at.isoformat()} | {name: text for name in s.said.__slots__ if (text := getattr(s.said, name))}
        for s in asked.statements
    ]
    return {
        "kind": asked.kind,
        "job": asked.job,
        "state": asked.state,
        "said": said,
        "asked_at": asked.asked_at.isoformat(),
        "due_at": asked.due_at.isoformat(),
        "outcome": asked.outcome,
        "reply": asked.reply,
        "answered_by_first_decider": asked.by_first_decider,
        "ended_at": _iso(asked.ended_at),
    }


def _work(session: Session, applicant: Applicant) -> dict[str, Any] | None:
    hire = session.scalar(select(Hire).where(Hire.applicant_id == applicant.id))
    if hire is None:
        return None
    mine = (QaEvaluation.organisation_id == hire.organisation_id, QaEvaluation.employee_id == hire.employee_id)
    values = select(CriterionValue).where(
        CriterionValue.organisation_id == hire.organisation_id, CriterionValue.employee_id == hire.employee_id
    )
    return {
        "employee_id": hire.employee_id,
        "hired_on": _iso(hire.hired_on),
        "left_on": _iso(hire.left_on),
        "left_reason": hire.left_reason,
        "quality_evaluations": session.scalar(select(func.count()).select_from(QaEvaluation).where(*mine)),
        "work_results": {v.criterion: v.value for v in session.scalars(values.order_by(CriterionValue.criterion))},
    }


def _iso(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())

"""Deciding: what a recruiter decided about a candidate, for which reason, and which score stood before them."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotFound
from assessment.records.decision import Decision
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor
from assessment.services.requests.decision_words import OUTCOMES, REASONS
from assessment.services.scores.current_scores import current_score, find_candidate, language_of, latest_sitting, score_set

__all__ = ["OUTCOMES", "REASONS", "record_decision"]

NEEDS_NOTE = ("band_with_other", "other")
LONGEST_NOTE = 2000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def record_decision(
    session: Session,
    *,
    vacancy_id: int,
    applicant_id: int,
    outcome: str,
    reason: str,
    note: str,
    actor: Actor,
    now: datetime,
    reference: str | None = None,
) -> Decision:
    """Record a decision; the newest one counts and all are kept. It remembers the score in force at this moment, if any.

    `reference` is the one that stood on the page: once somebody is erased, their number may become another person's.

    Raises `BadInput` with the faults of each field, `NotFound` for a person who is not a candidate of the vacancy.
    """
    sitting = latest_sitting(session, vacancy_id, applicant_id)
    scores = score_set(session, actor.organisation_id, vacancy_id, language_of(sitting))
    applicant = find_candidate(session, actor.organisation_id, vacancy_id, applicant_id)
    if reference is not None and applicant.reference != reference:
        raise NotFound()
    note = note.strip().replace("\r\n", "\n")
    faults = []
    if outcome not in OUTCOMES:
        faults.append(Fault("outcome", "choose what happens next"))
    if reason not in REASONS:
        faults.append(Fault("reason", "choose a reason; a score alone is not one"))
    if len(note) > LONGEST_NOTE:
        faults.append(Fault("note", f"is longer than {LONGEST_NOTE} characters; shorten it"))
    elif CONTROL.search(note):
        faults.append(Fault("note", "holds characters that cannot be shown; type it again without them"))
    elif reason in NEEDS_NOTE and not note:
        faults.append(Fault("note", "say what else the decision rests on"))
    if faults:
        raise BadInput("The decision was not recorded.", faults)
    score = current_score(session, scores, applicant_id)
    decision = Decision(
        organisation_id=actor.organisation_id,
        vacancy_id=vacancy_id,
        applicant_id=applicant_id,
        score_id=score.id if score else None,
        outcome=outcome,
        reason=reason,
        note=note,
        decided_by=actor.subject,
        decided_at=now,
    )
    session.add(decision)
    session.flush()
    record_event(
        session,
        organisation_id=actor.organisation_id,
        actor=actor.subject,
        action="decision recorded",
        subject=f"applicant {applicant.subject}",
        detail={"vacancy": vacancy_id, "outcome": outcome, "reason": reason, "score": decision.score_id},
        now=now,
    )
    return decision

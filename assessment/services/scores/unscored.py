"""The people of a vacancy who have no score, and why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, case, exists, func, select, union
from sqlalchemy.orm import Session

from assessment.records.applicant import Applicant, Invitation
from assessment.records.sitting import ResponseNote, Sitting
from assessment.services.people.applicants import applicant_name
from assessment.services.scores.current_scores import ScoreSet, latest_decisions
from assessment.services.scores.response_notes import TOO_LITTLE

Stage = Literal["invited", "started", "waiting", "too_little", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Unscored:
    """A person without a score. `stage`: invited, started, waiting (finished, not scored yet), too little answered to be
    scored, withdrawn. `outcome` is the last decision, if there is one."""

    applicant_id: int
    name: str
    reference: str
    stage: Stage
    outcome: str | None


def list_unscored(
    session: Session,
    scores: ScoreSet,
    *,
    matching: Callable[[Any], ColumnElement[bool]] | None,
    status: str | None,
    limit: int | None,
) -> tuple[tuple[Unscored, ...], int]:
    """Those who were invited or have sat and have no score, nearest to a score first; at most `limit`, and how many in all.

    `status` is a stage, a decision's outcome, `new` (no decision) or None for everybody.
    """
    query = _people(scores)
    if matching is not None:
        query = query.where(matching(Applicant.id))
    rows = query.subquery()
    chosen = select(rows)
    if status == "new":
        chosen = chosen.where(rows.c.outcome.is_(None))
    elif status is not None:
        chosen = chosen.where((rows.c.stage == status) | (rows.c.outcome == status))
    n = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    order = case({"too_little": 0, "waiting": 1, "started": 2, "invited": 3}, value=rows.c.stage, else_=4)
    found = session.execute(chosen.order_by(order, rows.c.id).limit(limit)).all()
    applicants = {a.id: a for a in session.scalars(select(Applicant).where(Applicant.id.in_([row.id for row in found])))}
    people = [
        Unscored(row.id, applicant_name(session, applicants[row.id]), applicants[row.id].reference, row.stage, row.outcome)
        for row in found
    ]
    return tuple(people), n


def stage_of(session: Session, scores: ScoreSet, applicant_id: int) -> Stage:
    """How far a person without a score has come."""
    stage: Stage = session.execute(_people(scores).where(Applicant.id == applicant_id)).one().stage
    return stage


def _people(scores: ScoreSet) -> Select[Any]:
    """Columns id, stage and outcome of everybody in the vacancy who has no score."""
    vacancy = scores.vacancy
    invited = select(Invitation.applicant_id).where(Invitation.vacancy_id == vacancy.id)
    sat = select(Sitting.applicant_id).where(Sitting.vacancy_id == vacancy.id)
    newest = select(func.max(Sitting.id)).where(Sitting.vacancy_id == vacancy.id).group_by(Sitting.applicant_id)
    sitting = select(Sitting.id, Sitting.applicant_id, Sitting.state).where(Sitting.id.in_(newest)).subquery("newest_sitting")
    too_little = exists().where(ResponseNote.sitting_id == sitting.c.id, ResponseNote.kind == TOO_LITTLE)
    stage = case(
        (sitting.c.id.is_(None), "invited"),
        (sitting.c.state == "active", "started"),
        (sitting.c.state == "withdrawn", "withdrawn"),
        (too_little, "too_little"),
        else_="waiting",
    ).label("stage")
    decided = latest_decisions(scores)
    return (
        select(Applicant.id, stage, decided.c.outcome)
        .outerjoin(sitting, sitting.c.applicant_id == Applicant.id)
        .outerjoin(decided, decided.c.applicant_id == Applicant.id)
        .where(
            Applicant.organisation_id == vacancy.organisation_id,
            Applicant.id.in_(union(invited, sat)),
            Applicant.id.not_in(scores.scored_applicants()),
        )
    )

"""One candidate: the score in its interval and among the others, what to ask, how it was answered, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from assessment.keys import Norms
from assessment.psychometrics.classical import normal_percentile
from assessment.records.applicant import Applicant, Invitation
from assessment.records.decision import Decision
from assessment.records.form import FormVersion
from assessment.records.key import KeyRelease, KeyVersion
from assessment.records.organisation import Organisation, StaffMember
from assessment.records.score import Score
from assessment.records.sitting import ResponseNote, Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import applicant_name
from assessment.services.scores.current_scores import (
    BandRange,
    ScoreSet,
    band_of,
    bands_of,
    count_scores,
    current_score,
    find_candidate,
    language_of,
    latest_sitting,
    score_set,
)
from assessment.services.scores.response_notes import FINISHED_EARLY, SIGNS, TIMED, must_be_read
from assessment.services.scores.score_figures import FacetFigure, facet_figure, interval, whole_number
from assessment.services.scores.unscored import Stage, stage_of


@dataclass(frozen=True, slots=True)
class Percentile:
    """People in 100 of the norm group who score lower: for the score, and for the ends of its 68 % interval."""

    at: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class CurrentScore:
    """The score in force, whole numbers. `counts` are all finished applicants of the vacancy by whole score.

    `percentile` only with a norm group. `standard_error` is the list's now, `standard_error_then` the one of the row.
    """

    score: int
    low: int
    high: int
    scale: str
    standard_error: float
    standard_error_then: float
    reliability: float
    reliability_basis: str
    provisional: bool
    band: BandRange
    counts: Mapping[int, int]
    n: int
    average: float
    percentile: Percentile | None
    norms: Norms | None
    n_answered: int
    n_units: int
    scored_at: datetime


@dataclass(frozen=True, slots=True)
class KeyedScore:
    """The candidate's score under one key version. `since` is when that version was last put in force, None if never."""

    version: int
    grade: str
    score: int
    scale: str
    scored_at: datetime
    in_force: bool
    since: datetime | None


@dataclass(frozen=True, slots=True)
class FacetRow:
    """A facet of the form: its figure if it is measured well enough, else None."""

    code: str
    figure: FacetFigure | None


@dataclass(frozen=True, slots=True)
class AnswerQuality:
    """How the sitting was answered. `notes` are shown only where two signs agree (`read`).

    `minutes` is None on a form with a time limit, for everybody: more of them than the limit would tell of a grant.
    """

    n_answered: int | None
    n_units: int | None
    minutes: int | None
    read: bool
    notes: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, newest first: `what` is invited, started, finished, imported, withdrawn, scored, decided."""

    at: datetime
    what: str
    who: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CandidateReport:
    """What a recruiter reads before an interview. `current` is None for a person without a score, `stage` says why.

    `language` is the one that the questionnaire was answered in, of a form that is there in more than one.
    """

    vacancy: Vacancy
    form: FormVersion
    version: KeyVersion | None
    in_force_since: datetime | None
    applicant_id: int
    name: str
    reference: str
    current: CurrentScore | None
    stage: Stage | None
    scores: tuple[KeyedScore, ...]
    facets: tuple[FacetRow, ...]
    quality: AnswerQuality
    outcome: str | None
    history: tuple[Event, ...]
    finished_at: datetime | None
    before_id: int | None
    after_id: int | None
    order_hidden: bool
    language: str | None


def candidate(session: Session, *, vacancy_id: int, applicant_id: int, actor: Actor) -> CandidateReport:
    """The report on one candidate. Raises `NotFound` for a person who is not a candidate of this vacancy."""
    applicant = find_candidate(session, actor.organisation_id, vacancy_id, applicant_id)
    latest = latest_sitting(session, vacancy_id, applicant_id)
    scores = score_set(session, actor.organisation_id, vacancy_id, language_of(latest))
    row = current_score(session, scores, applicant_id) if scores.version else None
    sitting = session.get_one(Sitting, row.sitting_id) if row else latest
    answered = None if sitting is not None and sitting.state == "withdrawn" else sitting  # what was set aside is not told of
    decisions = _decisions(session, vacancy_id, applicant_id)
    hidden = bool(session.get_one(Organisation, actor.organisation_id).policy.get("hide_order_in_band"))
    return CandidateReport(
        vacancy=scores.vacancy,
        form=scores.form,
        version=scores.version,
        in_force_since=scores.in_force_since(session),
        applicant_id=applicant_id,
        name=applicant_name(session, applicant),
        reference=applicant.reference,
        current=_current(session, scores, row) if row else None,
        stage=None if row else stage_of(session, scores, applicant_id),
        scores=tuple(_scores(session, scores, answered)) if answered else (),
        facets=_facets(scores, row),
        quality=_quality(session, answered, row),
        outcome=decisions[0].outcome if decisions else None,
        history=tuple(_history(session, scores, applicant, sitting, decisions)),
        finished_at=answered.finished_at if answered else None,
        before_id=_neighbour(session, scores, row, -1) if row and not hidden else None,
        after_id=_neighbour(session, scores, row, 1) if row and not hidden else None,
        order_hidden=hidden,
        language=language_of(sitting) if scores.several and sitting else None,
    )


def _decisions(session: Session, vacancy_id: int, applicant_id: int) -> list[Decision]:
    query = select(Decision).where(Decision.vacancy_id == vacancy_id, Decision.applicant_id == applicant_id)
    return list(session.scalars(query.order_by(Decision.id.desc())))


def _current(session: Session, scores: ScoreSet, row: Score) -> CurrentScore:
    assert scores.newest is not None and scores.key is not None
    error = scores.newest.standard_error
    counts = count_scores(session, scores)
    score = whole_number(row.composite)
    low, high = interval(row.composite, error, row.scale)
    n = sum(counts.values())
    return CurrentScore(
        score=score,
        low=low,
        high=high,
        scale=row.scale,
        standard_error=error,
        standard_error_then=row.standard_error,
        reliability=scores.newest.reliability,
        reliability_basis=scores.newest.reliability_basis,
        provisional="provisional" in scores.newest.reliability_basis,
        band=band_of(bands_of(counts, error), score),
        counts=counts,
        n=n,
        average=50.0 if row.scale == "t" else sum(value * held for value, held in counts.items()) / n,
        percentile=_percentile(row.composite, error) if scores.key.norms else None,
        norms=scores.key.norms,
        n_answered=row.n_answered,
        n_units=row.n_units,
        scored_at=row.scored_at,
    )


def _percentile(composite: float, error: float) -> Percentile:
    """From the T score: the norm group's distribution taken as normal."""
    at, low, high = (float(normal_percentile((t - 50.0) / 10.0)) for t in (composite, composite - error, composite + error))
    return Percentile(*(min(max(whole_number(p), 1), 99) for p in (at, low, high)))


def _scores(session: Session, scores: ScoreSet, sitting: Sitting) -> list[KeyedScore]:
    """One entry a key version, newest version first."""
    released = select(KeyRelease).where(
        KeyRelease.organisation_id == scores.vacancy.organisation_id, KeyRelease.form_code == scores.form.code
    )
    since = {release.key_version_id: release.released_at for release in session.scalars(released.order_by(KeyRelease.id))}
    query = select(Score, KeyVersion).join(KeyVersion, KeyVersion.id == Score.key_version_id).where(Score.sitting_id == sitting.id)
    latest = {version.id: (row, version) for row, version in session.execute(query.order_by(Score.id))}
    entries = [
        KeyedScore(
            version=version.version,
            grade=version.grade,
            score=whole_number(row.composite),
            scale=row.scale,
            scored_at=row.scored_at,
            in_force=scores.version is not None and version.id == scores.version.id,
            since=since.get(version.id),
        )
        for row, version in latest.values()
    ]
    return sorted(entries, key=lambda entry: -entry.version)


def _facets(scores: ScoreSet, row: Score | None) -> tuple[FacetRow, ...]:
    if scores.key is None or scores.form.origin == "imported":
        return ()
    newest = scores.newest
    in_form = newest.facets if newest is not None else scores.key.facets
    return tuple(
        FacetRow(code, facet_figure(newest, row, code) if newest is not None and row is not None else None)
        for code in scores.key.facets
        if code in in_form
    )


def _quality(session: Session, sitting: Sitting | None, row: Score | None) -> AnswerQuality:
    if sitting is None:
        return AnswerQuality(None, None, None, False, {})
    notes = {
        note.kind: note.detail
        for note in session.scalars(select(ResponseNote).where(ResponseNote.sitting_id == sitting.id))
        if note.kind in (*SIGNS, FINISHED_EARLY) and not (sitting.own_pace and note.kind in TIMED)
    }
    minutes = None
    limited = session.get_one(FormVersion, sitting.form_version_id).content.get("minutes_limit") is not None
    if not limited and sitting.started_at is not None and sitting.finished_at is not None:
        minutes = max(1, round((sitting.finished_at - sitting.started_at).total_seconds() / 60))
    read = must_be_read(list(notes))
    n_answered, n_units = (row.n_answered, row.n_units) if row else (None, None)
    return AnswerQuality(n_answered, n_units, minutes, read, notes if read else {})


def _history(
    session: Session, scores: ScoreSet, applicant: Applicant, sitting: Sitting | None, decisions: list[Decision]
) -> list[Event]:
    staff = _staff(session, scores.vacancy.organisation_id)
    events = [
        Event(d.decided_at, "decided", staff.get(d.decided_by, ""), {"outcome": d.outcome, "reason": d.reason, "note": d.note})
        for d in decisions
    ]
    invitation = session.scalar(
        select(Invitation).where(Invitation.vacancy_id == scores.vacancy.id, Invitation.applicant_id == applicant.id)
    )
    if invitation is not None:
        events.append(Event(invitation.invited_at, "invited", staff.get(invitation.invited_by, ""), {}))
    if sitting is not None:
        if sitting.started_at is not None:
            events.append(Event(sitting.started_at, "started", "", {}))
        if sitting.finished_at is not None:
            events.append(Event(sitting.finished_at, "withdrawn" if sitting.state == "withdrawn" else "finished", "", {}))
        for entry in _scores(session, scores, sitting):
            events.append(Event(entry.scored_at, "scored", "", {"version": entry.version, "grade": entry.grade}))
    if sitting is not None and sitting.state == "imported":
        events.append(Event(applicant.created_at, "imported", "", {}))
    return sorted(events, key=lambda event: event.at, reverse=True)


def _staff(session: Session, organisation_id: int) -> dict[str, str]:
    query = select(StaffMember.subject, StaffMember.name).where(StaffMember.organisation_id == organisation_id)
    return {row.subject: row.name for row in session.execute(query)}


def _neighbour(session: Session, scores: ScoreSet, row: Score, step: int) -> int | None:
    """The next candidate up (−1) or down (1) in the ranked list."""
    query = select(Score.applicant_id).join(Sitting, Sitting.id == Score.sitting_id).where(scores.counted)
    beyond: ColumnElement[bool]
    if step < 0:
        beyond = or_(Score.composite > row.composite, and_(Score.composite == row.composite, Score.id < row.id))
        query = query.where(beyond).order_by(Score.composite, Score.id.desc())
    else:
        beyond = or_(Score.composite < row.composite, and_(Score.composite == row.composite, Score.id > row.id))
        query = query.where(beyond).order_by(Score.composite.desc(), Score.id)
    return session.scalar(query.limit(1))

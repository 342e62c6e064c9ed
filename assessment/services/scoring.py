"""Scoring: finished sittings become scores that name the key version which made them, and are never changed.

Arithmetic is float64 on one thread and deterministic: the same responses and key give the same score to 1e-9. A new key
makes new rows beside the old ones. Everything here can run twice: what is scored already is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.bank.vocabulary import SOURCE_LOCALE
from assessment.errors import NotFound
from assessment.keys import ScoringKey
from assessment.psychometrics.arrays import FloatArray
from assessment.records.database import Database
from assessment.records.form import FormVersion
from assessment.records.key import KeyVersion
from assessment.records.score import Score
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.inserting import insert_new
from assessment.services.keyring import find_key_version, key_in_force, scoring_key
from assessment.services.scores.composing import KeyDoesNotFit, ScoreTable, score_sheet
from assessment.services.scores.responding import (
    FINISHED,
    ResponseSheet,
    answered_in,
    finished_sittings,
    load_responses,
    responses_hash,
)
from assessment.services.scores.response_notes import note_too_little, write_notes
from assessment.services.scores.scored_form import form_of
from assessment.services.scores.standard_errors import (
    FEWEST_FOR_RELIABILITY,
    FEWEST_FOR_SD,
    FacetFigures,
    Precision,
    estimated_precision,
    planned_precision,
)

__all__ = ["SCORING_VERSION", "KeyDoesNotFit", "ScoreTable", "score_finished", "score_form", "score_sheet", "score_sitting"]

SCORING_VERSION = 1
"""Grows with any change that moves a score. Golden vectors of every released version are kept as tests."""

CHUNK = 500
LARGEST_BASIS = 20_000
"""Sittings enough for a reliability: more would not move it."""
GROWTH = 10
"""Figures are estimated again when the finished sittings have grown by a tenth: by one for every ten."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One chunk of a form's finished sittings: new score rows, and the sitting to go on after (None at the end)."""

    n_new: int
    last_sitting_id: int | None


def score_sitting(session: Session, *, sitting_id: int, now: datetime) -> Score | None:
    """Score a finished sitting with the key in force and note how it was answered.

    Gives the row that is there if the same responses were scored with that key before; None if too little was answered
    (a note says so) or the sitting is not finished. Raises `NoKeyInForce`, `NotFound`.
    """
    sitting = session.get(Sitting, sitting_id)
    if sitting is None:
        raise NotFound()
    if sitting.state not in FINISHED:
        return None
    form = session.get_one(FormVersion, sitting.form_version_id)
    version = key_in_force(session, sitting.organisation_id, form.code)
    sheet = load_responses(session, organisation_id=sitting.organisation_id, sitting_ids=[sitting_id])
    write_notes(session, sheet, form, now)
    _score_sheet_rows(session, sheet, form, version, now)
    return session.scalar(
        select(Score).where(
            Score.sitting_id == sitting_id,
            Score.key_version_id == version.id,
            Score.responses_hash == responses_hash(sheet)[0],
        )
    )


def score_form(
    database: Database, *, organisation_id: int, form_code: str, key_version_id: int, now: datetime, chunk: int = CHUNK
) -> int:
    """Score every finished sitting of a form with a key version, a chunk a transaction. Returns how many rows are new.

    Rows of other key versions stay beside the new ones. After a crash it goes on where it was: what is scored is passed.
    """
    n_new, after = 0, 0
    while True:
        with database.write() as session:
            done = score_finished(
                session,
                organisation_id=organisation_id,
                form_code=form_code,
                key_version_id=key_version_id,
                now=now,
                after=after,
                limit=chunk,
            )
        n_new += done.n_new
        if done.last_sitting_id is None:
            return n_new
        after = done.last_sitting_id


def score_finished(
    session: Session,
    *,
    organisation_id: int,
    form_code: str,
    key_version_id: int,
    now: datetime,
    after: int = 0,
    limit: int | None = None,
) -> Scored:
    """Score the finished sittings of a form with ids above `after`, at most `limit` of them, in the caller's transaction.

    Without a limit all of them are scored at once, in chunks (an import does so).
    """
    version = find_key_version(session, organisation_id, key_version_id)
    if version.form_code != form_code:
        raise NotFound()
    forms = _form_versions(session, organisation_id, form_code)
    n_new = 0
    while True:
        query = finished_sittings(organisation_id, form_version_ids=list(forms)).where(Sitting.id > after)
        ids = list(session.scalars(query.limit(limit or CHUNK)))
        if not ids:
            return Scored(n_new, None)
        sheet = load_responses(session, organisation_id=organisation_id, sitting_ids=ids)
        for form_version_id in sorted(set(sheet.form_version_ids)):
            rows = [i for i, f in enumerate(sheet.form_version_ids) if f == form_version_id]
            part, form = sheet.rows(rows), forms[form_version_id]
            write_notes(session, part, form, now)
            n_new += _score_sheet_rows(session, part, form, version, now)
        after = ids[-1]
        if limit is not None:
            return Scored(n_new, after)


def _form_versions(session: Session, organisation_id: int, form_code: str) -> dict[int, FormVersion]:
    query = select(FormVersion).where(FormVersion.organisation_id == organisation_id, FormVersion.code == form_code)
    return {form.id: form for form in session.scalars(query)}


def _score_sheet_rows(session: Session, sheet: ResponseSheet, form: FormVersion, version: KeyVersion, now: datetime) -> int:
    """Write what is missing of the scores of a sheet, all of one form version. Returns how many rows are new."""
    hashes = responses_hash(sheet)
    written = select(Score.sitting_id, Score.responses_hash).where(
        Score.key_version_id == version.id, Score.sitting_id.in_(sheet.sitting_ids)
    )
    there = {(row.sitting_id, row.responses_hash) for row in session.execute(written)}
    missing = [i for i, pair in enumerate(zip(sheet.sitting_ids, hashes, strict=True)) if pair not in there]
    if not missing:
        return 0
    n_new = 0
    for (invented, language), chosen in _alike(session, sheet, missing).items():
        key = scoring_key(version).in_language(language)
        table = score_sheet(sheet.rows(chosen), form_of(form), key)
        scored = [i for i in range(len(chosen)) if not np.isnan(table.raw[i])]
        note_too_little(session, table.sheet, table.share_answered, [i for i in range(len(chosen)) if i not in set(scored)], now)
        if scored:
            precision = _precision(session, form, version, key, invented, language)
            shared = {"organisation_id": form.organisation_id, "key_version_id": version.id, "scored_at": now}
            rows = [_row(table, i, precision) | shared | {"responses_hash": hashes[chosen[i]]} for i in scored]
            insert_new(session, Score, rows)
            n_new += len(rows)
    return n_new


def _alike(session: Session, sheet: ResponseSheet, rows: Sequence[int]) -> dict[tuple[bool, str], list[int]]:
    """Rows of a sheet by what may stand in one group: invented people or real ones, answers in one language."""
    query = (
        select(Sitting.id, Vacancy.simulated, func.coalesce(Sitting.language, SOURCE_LOCALE))
        .join(Vacancy, Vacancy.id == Sitting.vacancy_id)
        .where(Sitting.id.in_(sheet.sitting_ids))
    )
    kinds = {sitting_id: (invented, language) for sitting_id, invented, language in session.execute(query)}
    groups: dict[tuple[bool, str], list[int]] = {}
    for row in rows:
        groups.setdefault(kinds[sheet.sitting_ids[row]], []).append(row)
    return dict(sorted(groups.items()))


def _row(table: ScoreTable, i: int, precision: Precision) -> dict[str, Any]:
    return {
        "vacancy_id": table.sheet.vacancy_ids[i],
        "sitting_id": table.sheet.sitting_ids[i],
        "applicant_id": table.sheet.applicant_ids[i],
        "scale": table.scale,
        "raw": float(table.raw[i]),
        "composite": float(table.composite[i]),
        "standard_error": precision.standard_error,
        "reliability": precision.reliability,
        "reliability_basis": precision.basis,
        "n_basis": precision.n,
        "n_answered": int(table.n_answered[i]),
        "n_units": table.n_units,
        "facets": {
            name: {"score": None if np.isnan(values[i]) else float(values[i])} | _figures(precision.facets.get(name))
            for name, values in table.facets.items()
        },
        "items": _items(table.units, table.item_scores[i]),
        "scoring_version": SCORING_VERSION,
    }


def _items(units: tuple[str, ...], scores: FloatArray) -> dict[str, Any]:
    return {unit: {"score": score} for unit, score in zip(units, scores.tolist(), strict=True) if score == score}


def _figures(figures: FacetFigures | None) -> dict[str, Any]:
    if figures is None:
        return {"shown": False}
    return {"shown": figures.shown, "reliability": figures.reliability, "mean": figures.mean, "sd": figures.sd}


def _precision(
    session: Session, form: FormVersion, version: KeyVersion, key: ScoringKey, simulated: bool, language: str
) -> Precision:
    """What the standard error rests on now: the newest row's figures while they are fresh, else an estimate from scratch.

    Invented people and real ones, and answers in two languages, never stand in one estimate.
    """
    sittings = (
        finished_sittings(form.organisation_id, form_version_ids=[form.id])
        .join(Vacancy, Vacancy.id == Sitting.vacancy_id)
        .where(Vacancy.simulated.is_(simulated), answered_in(language))
    )
    n = session.scalar(select(func.count()).select_from(sittings.order_by(None).subquery())) or 0
    if n < FEWEST_FOR_SD:
        return planned_precision(form_of(form), key)
    newest = session.scalar(
        select(Score)
        .join(Sitting, Sitting.id == Score.sitting_id)
        .join(Vacancy, Vacancy.id == Sitting.vacancy_id)
        .where(Score.key_version_id == version.id, Sitting.form_version_id == form.id)
        .where(Vacancy.simulated.is_(simulated), answered_in(language))
        .order_by(Score.id.desc())
        .limit(1)
    )
    if newest is not None and _is_fresh(newest.n_basis, n):
        return _precision_of(newest)
    ids = list(session.scalars(sittings.limit(LARGEST_BASIS)))
    sheet = load_responses(session, organisation_id=form.organisation_id, sitting_ids=ids)
    return estimated_precision(score_sheet(sheet, form_of(form), key), form_of(form), key)


def _is_fresh(n_then: int, n_now: int) -> bool:
    if any(n_then < threshold <= n_now for threshold in (FEWEST_FOR_SD, FEWEST_FOR_RELIABILITY)):
        return False
    return n_then >= LARGEST_BASIS or n_now * GROWTH < n_then * (GROWTH + 1)


def _precision_of(row: Score) -> Precision:
    facets: Mapping[str, Any] = row.facets
    figures = {
        name: FacetFigures(entry["reliability"], entry["mean"], entry["sd"], entry["shown"])
        for name, entry in facets.items()
        if "reliability" in entry
    }
    return Precision(row.standard_error, row.reliability, row.reliability_basis, row.n_basis, figures)

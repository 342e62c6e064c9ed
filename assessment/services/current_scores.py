"""The scores that count in a vacancy now: one a person, their latest, by the key version in force.

Scores are read as whole numbers, rounded half up, because that is how people see them: bands, order and counts rest on
the number shown, so that two people with the same number can never stand in different bands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from sqlalchemy import ColumnElement, Integer, Select, Subquery, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from assessment.errors import NotFound
from assessment.keys import ScoringKey
from assessment.psychometrics.bands import assign_bands
from assessment.records.applicant import Applicant, Invitation
from assessment.records.decision import Decision
from assessment.records.form import FormVersion
from assessment.records.key import KeyRelease, KeyVersion
from assessment.records.score import Score
from assessment.records.sitting import ResponseNote, Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.keyring import NoKeyInForce, key_in_force, scoring_key
from assessment.services.responding import FINISHED
from assessment.services.response_notes import SIGNS, SIGNS_THAT_MUST_AGREE, TIMED
from assessment.services.score_figures import SHIFT
from assessment.services.vacancies import find_vacancy


@dataclass(frozen=True, slots=True)
class BandRange:
    """A band of whole scores: its letter, the highest and lowest score in it, and how many people it holds."""

    letter: str
    high: int
    low: int
    n: int


@dataclass(frozen=True)
class ScoreSet:
    """A vacancy with the key that scores it. `newest` is its latest score row; None while nobody is scored."""

    vacancy: Vacancy
    form: FormVersion
    version: KeyVersion | None
    newest: Score | None
    is_sqlite: bool

    @cached_property
    def key(self) -> ScoringKey | None:
        return scoring_key(self.version) if self.version else None

    @property
    def whole(self) -> ColumnElement[int]:
        """The score rounded half up, as an SQL expression that means the same on both databases."""
        shifted = Score.composite + 0.5 + SHIFT
        return cast(shifted if self.is_sqlite else func.floor(shifted), Integer) - SHIFT

    @property
    def counted(self) -> ColumnElement[bool]:
        """True of the score rows that count; for queries that join `Sitting` to `Score`."""
        later = aliased(Sitting)
        return and_(
            Score.vacancy_id == self.vacancy.id,
            Score.organisation_id == self.vacancy.organisation_id,
            Score.key_version_id == (self.version.id if self.version else None),
            Sitting.state.in_(FINISHED),
            ~exists().where(
                later.applicant_id == Sitting.applicant_id, later.vacancy_id == Sitting.vacancy_id, later.id > Sitting.id
            ),
        )

    def in_force_since(self, session: Session) -> datetime | None:
        """When the key in force was released."""
        if self.version is None:
            return None
        releases = select(KeyRelease.released_at).where(
            KeyRelease.organisation_id == self.vacancy.organisation_id, KeyRelease.form_code == self.form.code
        )
        return session.scalar(releases.order_by(KeyRelease.id.desc()).limit(1))

    def scored_applicants(self) -> Select[int]:
        """The ids of the people who have a score that counts."""
        return select(Score.applicant_id).join(Sitting, Sitting.id == Score.sitting_id).where(self.counted)


def score_set(session: Session, organisation_id: int, vacancy_id: int) -> ScoreSet:
    """A vacancy of the organisation with its form and the key in force. Raises `NotFound`."""
    vacancy = find_vacancy(session, organisation_id, vacancy_id)
    form = session.get_one(FormVersion, vacancy.form_version_id)
    try:
        version = key_in_force(session, organisation_id, form.code)
    except NoKeyInForce:
        version = None
    newest = None
    if version is not None:
        rows = select(Score).where(Score.vacancy_id == vacancy.id, Score.key_version_id == version.id)
        newest = session.scalar(rows.order_by(Score.id.desc()).limit(1))
    return ScoreSet(vacancy, form, version, newest, session.get_bind().dialect.name == "sqlite")


def current_score(session: Session, scores: ScoreSet, applicant_id: int) -> Score | None:
    """The score of one person that counts now, if there is one."""
    query = select(Score).join(Sitting, Sitting.id == Score.sitting_id).where(scores.counted, Score.applicant_id == applicant_id)
    return session.scalar(query)


def find_candidate(session: Session, organisation_id: int, vacancy_id: int, applicant_id: int) -> Applicant:
    """A person who was invited to the vacancy or sat its form, or `NotFound`."""
    applicant = session.get(Applicant, applicant_id)
    if applicant is None or applicant.organisation_id != organisation_id:
        raise NotFound()
    for table in (Invitation, Sitting):
        here = select(table.id).where(
            table.organisation_id == organisation_id, table.vacancy_id == vacancy_id, table.applicant_id == applicant_id
        )
        if session.scalar(here.limit(1)) is not None:
            return applicant
    raise NotFound()


def count_scores(session: Session, scores: ScoreSet, *conditions: ColumnElement[bool]) -> dict[int, int]:
    """How many people have each whole score; only those who meet the conditions (on Score, Sitting or their ids)."""
    query = (
        select(scores.whole.label("whole"), func.count().label("n"))
        .join(Sitting, Sitting.id == Score.sitting_id)
        .where(scores.counted, *conditions)
        .group_by("whole")
    )
    return {row.whole: row.n for row in session.execute(query)}


def bands_of(counts: dict[int, int], standard_error: float) -> list[BandRange]:
    """Fixed bands from the top score downwards, C = 1.65: the differences inside one are within measurement error."""
    values = sorted(counts)
    if not values:
        return []
    bands = assign_bands([float(value) for value in values], standard_error)
    members: list[list[int]] = [[] for _ in bands.bands]
    for value, index in zip(values, np.asarray(bands.index).tolist(), strict=True):
        members[index].append(value)
    return [BandRange(letter(i), max(held), min(held), sum(counts[v] for v in held)) for i, held in enumerate(members)]


def band_of(bands: Sequence[BandRange], score: int) -> BandRange:
    """The band that holds a whole score which somebody has."""
    return next(band for band in bands if band.low <= score <= band.high)


def letter(index: int) -> str:
    """A, B, … Z, AA, AB, …"""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def latest_decisions(scores: ScoreSet) -> Subquery:
    """The newest decision about each person of the vacancy: columns applicant_id and outcome."""
    newest = select(func.max(Decision.id)).where(Decision.vacancy_id == scores.vacancy.id).group_by(Decision.applicant_id)
    return select(Decision.applicant_id, Decision.outcome).where(Decision.id.in_(newest)).subquery("latest_decision")


def flagged_sittings(scores: ScoreSet) -> Select[int]:
    """The sittings of the vacancy in which two signs agree that a person should read the response notes."""
    return (
        select(ResponseNote.sitting_id)
        .join(Sitting, Sitting.id == ResponseNote.sitting_id)
        .where(Sitting.vacancy_id == scores.vacancy.id, ResponseNote.kind.in_(SIGNS))
        .where(or_(~Sitting.own_pace, ResponseNote.kind.not_in(TIMED)))
        .group_by(ResponseNote.sitting_id)
        .having(func.count() >= SIGNS_THAT_MUST_AGREE)
    )

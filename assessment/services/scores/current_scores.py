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
from sqlalchemy import ColumnElement, Integer, Select, Subquery, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from assessment.bank.vocabulary import SOURCE_LOCALE
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
from assessment.services.scores.responding import FINISHED, answered_in
from assessment.services.scores.response_notes import FAMILIES_THAT_MUST_AGREE, FAMILY, SIGNS, TIMED
from assessment.services.scores.score_figures import SHIFT
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
    """A vacancy with the key that scores it, for the people who answered in `language`: a translation is another instrument,
    whose scores stand in a list of their own.

    `newest` is their latest score row; None while nobody is scored. `several` is whether the form is there in more than one.
    """

    vacancy: Vacancy
    form: FormVersion
    version: KeyVersion | None
    newest: Score | None
    is_sqlite: bool
    language: str
    several: bool

    @cached_property
    def key(self) -> ScoringKey | None:
        return scoring_key(self.version).in_language(self.language) if self.version else None

    @property
    def whole(self) -> ColumnElement[int]:
        """The score rounded half up, as an SQL expression that means the same on both databases."""
        shifted = Score.composite + 0.5 + SHIFT
        return cast(shifted if self.is_sqlite else func.floor(shifted), Integer) - SHIFT

    @property
    def counted(self) -> ColumnElement[bool]:
        """True of the score rows that count in the language; for queries that join `Sitting` to `Score`."""
        counted = _counted(self.vacancy, self.version)
        return and_(counted, answered_in(self.language)) if self.several else counted

    def in_force_since(self, session: Session) -> datetime | None:
        """When the key in force was released."""
        if self.version is None:
            return None
        releases = select(KeyRelease.released_at).where(
            KeyRelease.organisation_id == self.vacancy.organisation_id, KeyRelease.form_code == self.form.code
        )
        return session.scalar(releases.order_by(KeyRelease.id.desc()).limit(1))

    def scored_applicants(self) -> Select[int]:
        """The ids of the people who have a score that counts, in whichever language."""
        counted = _counted(self.vacancy, self.version)
        return select(Score.applicant_id).join(Sitting, Sitting.id == Score.sitting_id).where(counted)


def score_set(session: Session, organisation_id: int, vacancy_id: int, language: str) -> ScoreSet:
    """A vacancy of the organisation with its form, the key in force and a language. Raises `NotFound`."""
    vacancy = find_vacancy(session, organisation_id, vacancy_id)
    form = session.get_one(FormVersion, vacancy.form_version_id)
    version = _key_version(session, form)
    several = len(form.content.get("locales", ())) > 1
    newest = None
    if version is not None:
        rows = select(Score).where(Score.vacancy_id == vacancy.id, Score.key_version_id == version.id)
        if several:
            rows = rows.join(Sitting, Sitting.id == Score.sitting_id).where(answered_in(language))
        newest = session.scalar(rows.order_by(Score.id.desc()).limit(1))
    return ScoreSet(vacancy, form, version, newest, session.get_bind().dialect.name == "sqlite", language, several)


def count_languages(session: Session, organisation_id: int, vacancy_id: int) -> dict[str, int]:
    """How many people of a vacancy have a score in each language, in the form's order; empty for a form in one language."""
    vacancy = find_vacancy(session, organisation_id, vacancy_id)
    form = session.get_one(FormVersion, vacancy.form_version_id)
    offered = form.content.get("locales", ())
    if len(offered) < 2:
        return {}
    spoken = func.coalesce(Sitting.language, SOURCE_LOCALE)
    query = select(spoken, func.count()).select_from(Score).join(Sitting, Sitting.id == Score.sitting_id)
    rows = session.execute(query.where(_counted(vacancy, _key_version(session, form))).group_by(spoken))
    counts = {row[0]: row[1] for row in rows}
    return {locale: counts.get(locale, 0) for locale in offered}


def _key_version(session: Session, form: FormVersion) -> KeyVersion | None:
    try:
        return key_in_force(session, form.organisation_id, form.code)
    except NoKeyInForce:
        return None


def _counted(vacancy: Vacancy, version: KeyVersion | None) -> ColumnElement[bool]:
    later = aliased(Sitting)
    return and_(
        Score.vacancy_id == vacancy.id,
        Score.organisation_id == vacancy.organisation_id,
        Score.key_version_id == (version.id if version else None),
        Sitting.state.in_(FINISHED),
        ~exists().where(later.applicant_id == Sitting.applicant_id, later.vacancy_id == Sitting.vacancy_id, later.id > Sitting.id),
    )


def latest_sitting(session: Session, vacancy_id: int, applicant_id: int) -> Sitting | None:
    """The latest sitting of a person in a vacancy, whatever its state."""
    query = select(Sitting).where(Sitting.vacancy_id == vacancy_id, Sitting.applicant_id == applicant_id)
    return session.scalar(query.order_by(Sitting.id.desc()).limit(1))


def language_of(sitting: Sitting | None) -> str:
    """The language of a sitting; that of the source where nobody knows it."""
    return (sitting.language if sitting is not None else None) or SOURCE_LOCALE


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
    """The sittings of the vacancy in which signs of two families agree that a person should read the response notes."""
    family = case(FAMILY, value=ResponseNote.kind)
    return (
        select(ResponseNote.sitting_id)
        .join(Sitting, Sitting.id == ResponseNote.sitting_id)
        .where(Sitting.vacancy_id == scores.vacancy.id, ResponseNote.kind.in_(SIGNS))
        .where(or_(~Sitting.own_pace, ResponseNote.kind.not_in(TIMED)))
        .group_by(ResponseNote.sitting_id)
        .having(func.count(family.distinct()) >= FAMILIES_THAT_MUST_AGREE)
    )

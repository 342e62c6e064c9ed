"""Feedback: after scoring, a finished document in words for every applicant, one a sitting and key version, never changed.

A new key makes a new report beside the old one; the report of the key in force is the one that stands. Everything here can
run twice: what is written already is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from assessment.bank import FeedbackWords, Unit
from assessment.bank.hashing import digest
from assessment.bank.vocabulary import SOURCE_LOCALE
from assessment.errors import NotFound
from assessment.keys import ScoringKey, effective_weights, facet_weights
from assessment.records.database import Database
from assessment.records.feedback import FeedbackReport, StandingReport
from assessment.records.form import FormVersion
from assessment.records.key import KeyVersion
from assessment.records.score import Score
from assessment.records.sitting import ResponseNote, Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.audit import record_event
from assessment.services.inserting import insert_new
from assessment.services.keyring import NoKeyInForce, find_key_version, key_in_force, scoring_key, take_turns
from assessment.services.reports.feedback_document import FacetSeen, ReportFacts, feedback_document
from assessment.services.reports.feedback_levels import facet_level
from assessment.services.scores.responding import finished_sittings
from assessment.services.scores.response_notes import TOO_LITTLE
from assessment.services.scores.scored_form import form_of
from assessment.services.sitting.form_titles import form_title

DELIVERED = ("submitted", "overdue")
"""States of a sitting that was taken here and is finished: only these people can come back and read."""
CHUNK = 500

Words = Mapping[str, FeedbackWords]


@dataclass(frozen=True, slots=True)
class Taken:
    """A finished sitting with the form that was taken and whether the person is invented."""

    sitting: Sitting
    form: FormVersion
    simulated: bool


def write_feedback(session: Session, *, sitting_id: int, words: Words, now: datetime) -> FeedbackReport | None:
    """Write the report on a finished sitting under the key in force, and let it stand. Gives the report that stands then.

    None while there is nothing to say: the sitting is not finished, not scored yet, or was not taken here. Raises `NotFound`.
    """
    sitting = session.get(Sitting, sitting_id)
    if sitting is None:
        raise NotFound()
    form = session.get_one(FormVersion, sitting.form_version_id)
    take_turns(session, sitting.organisation_id)
    try:
        version = key_in_force(session, sitting.organisation_id, form.code)
    except NoKeyInForce:
        return None
    _write_chunk(session, version, [sitting_id], words, f"sitting {sitting_id}", now)
    standing = session.get(StandingReport, sitting_id, populate_existing=True)
    return session.get_one(FeedbackReport, standing.feedback_report_id) if standing else None


def write_feedback_of_form(
    database: Database,
    *,
    organisation_id: int,
    form_code: str,
    key_version_id: int,
    words: Words,
    now: datetime,
    chunk: int = CHUNK,
) -> int:
    """Write the report on every scored sitting of a form under one key version, a chunk a transaction. Returns how many are new."""
    n_new, after = 0, 0
    while True:
        with database.write() as session:
            take_turns(session, organisation_id)
            version = find_key_version(session, organisation_id, key_version_id)
            if version.form_code != form_code:
                raise NotFound()
            ids = _sittings_after(session, version, after, chunk)
            n_new += _write_chunk(session, version, ids, words, f"form {form_code}", now)
        if len(ids) < chunk:
            return n_new
        after = ids[-1]


def _sittings_after(session: Session, version: KeyVersion, after: int, limit: int) -> list[int]:
    forms = select(FormVersion.id).where(
        FormVersion.organisation_id == version.organisation_id, FormVersion.code == version.form_code
    )
    query = finished_sittings(version.organisation_id, form_version_ids=list(session.scalars(forms)), states=DELIVERED)
    return list(session.scalars(query.where(Sitting.id > after).limit(limit)))


def _write_chunk(
    session: Session, version: KeyVersion, sitting_ids: Sequence[int], words: Words, subject: str, now: datetime
) -> int:
    """Write what is missing of the reports on some sittings, and let those of the key in force stand."""
    query = select(FeedbackReport.sitting_id).where(
        FeedbackReport.key_version_id == version.id, FeedbackReport.sitting_id.in_(sitting_ids)
    )
    there = set(session.scalars(query))
    rows = _rows(session, version, [i for i in sitting_ids if i not in there], words, now)
    insert_new(session, FeedbackReport, rows)
    if key_in_force(session, version.organisation_id, version.form_code).id == version.id:
        _let_stand(session, version, sitting_ids)
    if rows:
        record_event(
            session,
            organisation_id=version.organisation_id,
            actor="system",
            action="feedback written",
            subject=subject,
            detail={"form": version.form_code, "key": version.id, "reports": len(rows)},
            now=now,
        )
    return len(rows)


def _rows(session: Session, version: KeyVersion, sitting_ids: Sequence[int], words: Words, now: datetime) -> list[dict[str, Any]]:
    key = scoring_key(version)
    if not sitting_ids or key.model.kind == "linear":
        return []
    scored = select(Score).where(Score.key_version_id == version.id, Score.sitting_id.in_(sitting_ids)).order_by(Score.id)
    scores = {score.sitting_id: score for score in session.scalars(scored)}
    noted = select(ResponseNote.sitting_id).where(ResponseNote.kind == TOO_LITTLE, ResponseNote.sitting_id.in_(sitting_ids))
    too_little = set(session.scalars(noted))
    writer = Writer(version, key, words, now)
    return [
        writer.row(taken, scores.get(taken.sitting.id))
        for taken in _taken(session, version, sitting_ids)
        if writer.languages(taken.form) and (taken.sitting.id in scores or taken.sitting.id in too_little)
    ]


def _taken(session: Session, version: KeyVersion, sitting_ids: Sequence[int]) -> list[Taken]:
    """Those of the sittings that were taken here and are finished. A form is read once, for its content is large."""
    query = (
        select(Sitting, Vacancy.simulated)
        .join(Vacancy, Vacancy.id == Sitting.vacancy_id)
        .where(Sitting.id.in_(sitting_ids), Sitting.state.in_(DELIVERED), Sitting.organisation_id == version.organisation_id)
        .order_by(Sitting.id)
    )
    found = session.execute(query).all()
    wanted = {sitting.form_version_id for sitting, _ in found}
    forms = {form.id: form for form in session.scalars(select(FormVersion).where(FormVersion.id.in_(wanted)))}
    return [Taken(sitting, forms[sitting.form_version_id], simulated) for sitting, simulated in found]


@dataclass
class Writer:
    """Writes the reports of one key version; what sittings of one form share is worked out once."""

    version: KeyVersion
    key: ScoringKey
    words: Words
    now: datetime
    hashes: dict[tuple[str, ...], str] = field(default_factory=dict)
    facet_units: dict[int, Mapping[str, Sequence[Unit]]] = field(default_factory=dict)

    def row(self, taken: Taken, score: Score | None) -> dict[str, Any]:
        """The columns of a report; `score` is None where too little was answered."""
        locales = self.languages(taken.form)
        facts = ReportFacts(
            finished_at=taken.sitting.finished_at,
            form_title=taken.form.title,
            key_version=self.version.version,
            grade=self.key.grade,
            simulated=taken.simulated,
            facets=None if score is None else self._facets(taken.form, score),
        )
        return {
            "organisation_id": self.version.organisation_id,
            "sitting_id": taken.sitting.id,
            "key_version_id": self.version.id,
            "documents": {
                locale: feedback_document(self.words[locale], replace(facts, form_title=form_title(taken.form, locale)))
                for locale in locales
            },
            "words_hash": self._hash(locales),
            "written_at": self.now,
        }

    def languages(self, form: FormVersion) -> tuple[str, ...]:
        """The languages of the form that have words; English where none of them has."""
        wanted = [locale for locale in form.content.get("locales", ()) if locale in self.words]
        return tuple(wanted or [locale for locale in (SOURCE_LOCALE,) if locale in self.words])

    def _facets(self, form: FormVersion, score: Score) -> dict[str, FacetSeen]:
        found = {}
        for facet, units in self._units(form).items():
            if facet in score.facets:
                answered = [unit for unit in units if unit.code in score.items]
                found[facet] = FacetSeen(
                    level=facet_level(score.facets[facet], complete=len(answered) == len(units)),
                    situations=len({unit.item_id for unit in answered if unit.format != "likert"}),
                    statements=sum(unit.format == "likert" for unit in answered),
                )
        return found

    def _units(self, form: FormVersion) -> Mapping[str, Sequence[Unit]]:
        """The units that count in each facet."""
        if form.id not in self.facet_units:
            units = form_of(form).units
            counted, by_code = effective_weights(self.key, units), {unit.code: unit for unit in units}
            self.facet_units[form.id] = {
                facet: [by_code[code] for code in column if counted[code] > 0]
                for facet, column in facet_weights(self.key, units).items()
            }
        return self.facet_units[form.id]

    def _hash(self, locales: tuple[str, ...]) -> str:
        if locales not in self.hashes:
            self.hashes[locales] = digest({locale: self.words[locale].model_dump(mode="json") for locale in locales})
        return self.hashes[locales]


def _let_stand(session: Session, version: KeyVersion, sitting_ids: Sequence[int]) -> None:
    """Let the reports of a key version stand for these sittings."""
    query = select(FeedbackReport.sitting_id, FeedbackReport.id).where(
        FeedbackReport.key_version_id == version.id, FeedbackReport.sitting_id.in_(sitting_ids)
    )
    rows = [{"sitting_id": sitting_id, "feedback_report_id": report_id} for sitting_id, report_id in session.execute(query)]
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        statement = dialect.insert(StandingReport)
        newest = {"feedback_report_id": statement.excluded.feedback_report_id}
        session.execute(statement.on_conflict_do_update(index_elements=["sitting_id"], set_=newest), rows)

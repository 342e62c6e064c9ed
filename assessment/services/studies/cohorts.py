"""Who enters a study: the hires of a vacancy with their answers and their criterion.

The cohort is drawn once, as the first step of a study, and written down; every later step reads it back. What is imported
while a study runs does not move it, and a step that runs again after a crash finds the same people.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.bank.vocabulary import LANGUAGE_NAMES, SOURCE_LOCALE
from assessment.keys import ScoringKey
from assessment.psychometrics.arrays import BoolArray, FloatArray
from assessment.psychometrics.classical import alpha
from assessment.records.applicant import Applicant
from assessment.records.form import FormVersion
from assessment.records.key import KeyVersion
from assessment.records.sitting import Sitting
from assessment.records.study import Proposal, Study, StudyPart
from assessment.records.vacancy import Vacancy
from assessment.services.criterion import AgentScores, agent_scores, list_criteria
from assessment.services.keyring import scoring_key
from assessment.services.scores.composing import ScoreTable, score_sheet
from assessment.services.scores.responding import FINISHED, ResponseSheet, answered_in, load_responses
from assessment.services.scores.scored_form import ScoredForm, form_of
from assessment.services.studies.qa_judgements import Window, hires_of

COHORT = "cohort"
"""The first step of every study, under which its people are written down."""

HELD_OUT_SHARE = 0.20
SMALLEST_HOLD_OUT, LARGEST_HOLD_OUT = 0.10, 0.40
ROWS_BY_ID = 10_000
NOT_FINISHED = "the questionnaire was not finished"
TOO_LITTLE = "too little was answered for a score"
LEARNT_FROM = "the weights of the key in use were fitted to them"


@dataclass(frozen=True)
class Cohort:
    """The people of a study, in the order of `sittings`, as its first step wrote them down.

    `criterion` (n,) is complete. `held_out` (n,) marks those that no weight may be fitted to; `groups` are whole numbers
    that keep a month of hiring together in cross-validation, None where people are divided one by one.
    """

    sittings: tuple[int, ...]
    criterion: FloatArray
    held_out: BoolArray
    groups: np.ndarray | None
    facts: Mapping[str, Any]

    @property
    def n(self) -> int:
        return len(self.sittings)


@dataclass(frozen=True, eq=False)
class Answers:
    """The form, the key that the study is about, and what the people in `table.sheet` answered, scored with that key.

    Compared by identity, so that what is laid out from the same answers can be kept for the next step.
    """

    form: ScoredForm
    key: ScoringKey
    table: ScoreTable

    @property
    def sheet(self) -> ResponseSheet:
        return self.table.sheet


@dataclass(frozen=True)
class Everybody:
    """All who finished the form here, hired or not, invented people apart from real ones; one sitting a person, the latest.

    `here` (n,) marks those of the study's vacancy, `in_source` (n,) those who answered in the language of the source;
    `references` are what files call them. `first` and `last` are the days of the first and the last of them.
    """

    answers: Answers
    here: BoolArray
    in_source: BoolArray
    references: tuple[str, ...]
    first: date
    last: date
    title: str
    simulated: bool


def draw_cohort(session: Session, study: Study, now: datetime) -> dict[str, Any]:
    """The people who may enter the study, with the counts of those who may not. JSON-able: it is stored as it is."""
    vacancy = session.get_one(Vacancy, study.vacancy_id)
    scores = agent_scores(
        session,
        organisation_id=study.organisation_id,
        vacancy_id=vacancy.id,
        criterion=study.declaration["criterion"],
        window=window_of(study.declaration),
        now=now,
    )
    finished = _finished(session, vacancy)
    agents = [agent for agent in scores.agents if agent.applicant_id in finished]
    excluded = Counter(scores.excluded)
    excluded[NOT_FINISHED] += len(scores.agents) - len(agents)
    # How well a key does for the people it was made from is no evidence, and what shrinks toward it has seen them as well.
    learnt_from, generation = _learnt_from(session, study)
    fresh = [agent for agent in agents if finished[agent.applicant_id][0] not in learnt_from]
    excluded[LEARNT_FROM] += len(agents) - len(fresh)
    agents = fresh
    answers = read_answers(session, study, [finished[agent.applicant_id][0] for agent in agents])
    scored = {sitting for sitting, raw in zip(answers.sheet.sitting_ids, answers.table.raw, strict=True) if not np.isnan(raw)}
    kept = sorted((finished[a.applicant_id][0], a) for a in agents if finished[a.applicant_id][0] in scored)
    excluded[TOO_LITTLE] += len(agents) - len(kept)
    days = {hire.applicant_id: hire.hired_on for hire in hires_of(session, study.organisation_id, vacancy.id)}
    hired_on = [days[agent.applicant_id] for _, agent in kept]
    references = [finished[agent.applicant_id][1] for _, agent in kept]
    held_out, split = divide(hired_on, references, generation)
    return {
        "sittings": [sitting for sitting, _ in kept],
        "criterion": [agent.value for _, agent in kept],
        "held_out": held_out,
        "split": split,
        "groups": _months(hired_on, study.declaration["folds"]),
        "n_hired": scores.n_hired,
        "n_assessed": len(finished),
        "n_excluded": {reason: n for reason, n in excluded.items() if n},
        "reliability": scores.reliability,
        "reliability_source": scores.reliability_source,
        "label": scores.label,
        "kind": scores.kind,
        "notes": [*scores.notes, *_notes_on_languages(session, [sitting for sitting, _ in kept])],
        "halo": _halo(session, study, scores, now),
    }


def _notes_on_languages(session: Session, sittings: Sequence[int]) -> Iterator[str]:
    """One sentence where people answered in more than one language."""
    spoken = func.coalesce(Sitting.language, SOURCE_LOCALE)
    query = select(spoken, func.count()).where(Sitting.id.in_(sittings)).group_by(spoken).order_by(spoken)
    counts = {row[0]: row[1] for row in session.execute(query)}
    if len(counts) > 1:
        each = " and ".join(f"{n} in {LANGUAGE_NAMES.get(language, language)}" for language, n in counts.items())
        yield (
            f"Of these people {each} answered. A translation is another instrument until its items have been shown to work alike: "
            "what holds for all of them need not hold in each language."
        )


def read_cohort(content: Mapping[str, Any]) -> Cohort:
    """The cohort from what `draw_cohort` wrote."""
    groups = content["groups"]
    return Cohort(
        tuple(content["sittings"]),
        np.array(content["criterion"], dtype=np.float64),
        np.array(content["held_out"], dtype=bool),
        None if groups is None else np.array(groups, dtype=np.int64),
        content,
    )


def read_answers(session: Session, study: Study, sittings: Sequence[int] | None) -> Answers:
    """The answers of the given sittings of the study's vacancy (None: of everybody who finished), scored with its key."""
    vacancy = session.get_one(Vacancy, study.vacancy_id)
    key = scoring_key(session.get_one(KeyVersion, study.key_version_id))
    form = form_of(session.get_one(FormVersion, vacancy.form_version_id))
    by_id = sittings is not None and len(sittings) <= ROWS_BY_ID
    sheet = load_responses(
        session,
        organisation_id=study.organisation_id,
        vacancy_id=vacancy.id,
        form_version_ids=[vacancy.form_version_id],
        sitting_ids=sittings if by_id else None,
    )
    if sittings is not None and not by_id:
        place = {sitting: row for row, sitting in enumerate(sheet.sitting_ids)}
        sheet = sheet.rows([place[sitting] for sitting in sorted(sittings)])
    return Answers(form, key, score_sheet(sheet, form, key))


def read_everybody(session: Session, study: Study) -> Everybody:
    """Everybody who finished the form of the study's vacancy, as far as they are now."""
    vacancy = session.get_one(Vacancy, study.vacancy_id)
    form = session.get_one(FormVersion, vacancy.form_version_id)
    latest = (
        select(func.max(Sitting.id))
        .join(Vacancy, Vacancy.id == Sitting.vacancy_id)
        .where(
            Sitting.organisation_id == study.organisation_id,
            Sitting.form_version_id == form.id,
            Sitting.state.in_(FINISHED),
            Vacancy.simulated.is_(vacancy.simulated),
        )
        .group_by(Sitting.applicant_id)
    )
    query = (
        select(Sitting.id, Applicant.reference, func.coalesce(Sitting.finished_at, Vacancy.created_at), answered_in(SOURCE_LOCALE))
        .join(Applicant, Applicant.id == Sitting.applicant_id)
        .join(Vacancy, Vacancy.id == Sitting.vacancy_id)
        .where(Sitting.id.in_(latest))
        .order_by(Sitting.id)
    )
    people = session.execute(query).all()
    chosen = {row[0] for row in people}
    sheet = load_responses(session, organisation_id=study.organisation_id, form_version_ids=[form.id])
    sheet = sheet.rows([row for row, sitting in enumerate(sheet.sitting_ids) if sitting in chosen])
    key = scoring_key(session.get_one(KeyVersion, study.key_version_id))
    days = [row[2].date() for row in people]
    return Everybody(
        Answers(form_of(form), key, score_sheet(sheet, form_of(form), key)),
        np.array([v == vacancy.id for v in sheet.vacancy_ids], dtype=bool),
        np.array([row[3] for row in people], dtype=bool),
        tuple(row[1] for row in people),
        min(days),
        max(days),
        form.title,
        vacancy.simulated,
    )


def window_of(declaration: Mapping[str, Any]) -> Window:
    """The declared window as the criterion takes it."""
    window = declaration["window"]
    return Window(
        window["first_day"],
        window["last_day"],
        *(date.fromisoformat(day) if day else None for day in (window["from"], window["to"])),
    )


def divide(hired_on: Sequence[date | None], references: Sequence[str], generation: int = 0) -> tuple[list[bool], dict[str, str]]:
    """Whom to hold out of all fitting, and how that was decided.

    The latest hires, whole days of hiring together, about a fifth of all. Where dates are missing, or one day brought too
    many, a fifth by a hash of the person's reference: the same every time and on every machine, and another fifth for each
    `generation` of keys learnt from the rest.
    """
    known = sorted({day for day in hired_on if day is not None})
    if known and all(day is not None for day in hired_on):
        shares = {day: sum(d >= day for d in hired_on if d is not None) / len(hired_on) for day in known}
        first = min(known, key=lambda day: abs(shares[day] - HELD_OUT_SHARE))
        if SMALLEST_HOLD_OUT <= shares[first] <= LARGEST_HOLD_OUT:
            return [d is not None and d >= first for d in hired_on], {
                "kind": "last_hires",
                "words": f"the people hired from {first.isoformat()} on",
            }
        why = "too many were hired on one day"
    else:
        why = "hiring dates are missing"
    return [_share_of_hash(f"{generation} {reference}") < HELD_OUT_SHARE for reference in references], {
        "kind": "hash",
        "words": f"a fixed fifth of the people by a hash of their reference, because {why}",
    }


def _learnt_from(session: Session, study: Study) -> tuple[set[int], int]:
    """The sittings that the weights of the study's key, or of a key it descends from, were fitted to, and in how many studies."""
    sittings: set[int] = set()
    generation = 0
    version: KeyVersion | None = session.get_one(KeyVersion, study.key_version_id)
    while version is not None:
        query = (
            select(StudyPart.content)
            .join(Proposal, Proposal.study_id == StudyPart.study_id)
            .where(Proposal.key_version_id == version.id, StudyPart.part == COHORT)
        )
        for content in session.scalars(query):
            generation += 1
            pairs = zip(content["sittings"], content["held_out"], strict=True)
            sittings.update(sitting for sitting, held_out in pairs if not held_out)
        version = None if version.parent_id is None else session.get(KeyVersion, version.parent_id)
    return sittings, generation


def _share_of_hash(text: str) -> float:
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16) / 16**12


def _months(hired_on: Sequence[date | None], n_folds: int) -> list[int] | None:
    months = [day.year * 12 + day.month for day in hired_on if day is not None]
    return months if len(months) == len(hired_on) and len(set(months)) >= 2 * n_folds else None


def _finished(session: Session, vacancy: Vacancy) -> dict[int, tuple[int, str]]:
    """The latest finished sitting and the reference of each applicant of a vacancy, by the applicant's id."""
    latest = (
        select(func.max(Sitting.id))
        .where(
            Sitting.organisation_id == vacancy.organisation_id,
            Sitting.vacancy_id == vacancy.id,
            Sitting.form_version_id == vacancy.form_version_id,
            Sitting.state.in_(FINISHED),
        )
        .group_by(Sitting.applicant_id)
    )
    query = (
        select(Sitting.applicant_id, Sitting.id, Applicant.reference)
        .join(Applicant, Applicant.id == Sitting.applicant_id)
        .where(Sitting.id.in_(latest))
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}


def _halo(session: Session, study: Study, scores: AgentScores, now: datetime) -> dict[str, Any] | None:
    """How far the imported criteria of these people agree with one another: alpha and mean correlation."""
    if scores.kind != "agent_level":
        return None
    organisation_id, window = study.organisation_id, window_of(study.declaration)
    people = [agent.applicant_id for agent in scores.agents]
    columns = []
    for summary in list_criteria(session, organisation_id, study.vacancy_id):
        if summary.kind != "agent_level":
            continue
        other = agent_scores(
            session, organisation_id=organisation_id, vacancy_id=study.vacancy_id, criterion=summary.name, window=window, now=now
        )
        values = {agent.applicant_id: agent.value for agent in other.agents}
        columns.append([values.get(person, np.nan) for person in people])
    table = np.array(columns).T
    if len(columns) < 2:
        return None
    complete = table[~np.isnan(table).any(axis=1)]
    if complete.shape[0] < 60 or (complete.std(axis=0) == 0).any():
        return None
    r = np.corrcoef(complete.T)
    standardised = (complete - complete.mean(axis=0)) / complete.std(axis=0)
    if standardised.sum(axis=1).std() < 1e-5:  # opposites, which cancel out and have no alpha
        return None
    pairs = r[np.triu_indices_from(r, 1)]
    return {"n": len(columns), "alpha": float(alpha(standardised).estimate), "mean_r": float(pairs.mean())}

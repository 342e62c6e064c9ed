"""Studies: declared first, carried out in steps whose results are kept, then put together.

The declaration (criterion, window, folds, seed, margins, and the steps themselves) is fixed and hashed before the data
are joined. Each step writes one part, once: a step that runs again after a crash finds its part and leaves it, so that an
interrupted study ends with the same document as an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from assessment.bank.hashing import digest
from assessment.errors import BadInput, Fault, NotFound, Refusal
from assessment.records.database import Database
from assessment.records.form import FormVersion
from assessment.records.key import KeyVersion
from assessment.records.study import Study, StudyPart
from assessment.services.audit import record_event
from assessment.services.criterion import list_criteria
from assessment.services.impact import Groups, groups_of
from assessment.services.inserting import insert_new
from assessment.services.keyring import key_in_force
from assessment.services.ordering import order_work
from assessment.services.people.actors import Actor
from assessment.services.recalibration import Evidence, margins, recalibration_result, recalibration_step, recalibration_steps
from assessment.services.scores.scored_form import form_of
from assessment.services.studies.cohorts import COHORT, Answers, Everybody, draw_cohort, read_answers, read_cohort, read_everybody
from assessment.services.studies.qa_judgements import EVERYTHING, Window
from assessment.services.vacancies import find_vacancy
from assessment.services.validation import validity_result, validity_step, validity_steps

Kind = Literal["validity", "recalibration"]
SEED = 20261123
FOLDS: dict[str, tuple[int, int]] = {"validity": (5, 5), "recalibration": (10, 5)}
"""Outer folds and repeats of cross-validation, by kind of study."""
ENDED = ("finished", "refused", "failed")
BROKEN_OFF = "An unforeseen fault stopped it; the server's log has the details."


class StudyIncomplete(Refusal):
    """A study cannot be put together before all of its steps are done."""


def declare_study(
    session: Session,
    *,
    kind: Kind,
    vacancy_id: int,
    criterion: str,
    actor: Actor,
    now: datetime,
    window_from: date | None = None,
    window_to: date | None = None,
    folds: int | None = None,
    repeats: int | None = None,
    order: bool = True,
) -> Study:
    """Fix what will be asked of the data, before they are joined, and order the work.

    `window_from` and `window_to` limit the days on which evaluations were made; a modelled criterion counts months 3 to 9 on
    the job in any case. `order=False` is for whoever runs the study at once. Raises `BadInput`, `NoKeyInForce`, `NotFound`.
    """
    vacancy = find_vacancy(session, actor.organisation_id, vacancy_id)
    known = {found.name: found for found in list_criteria(session, actor.organisation_id, vacancy.id)}
    faults = []
    if kind not in FOLDS:
        faults.append(Fault("kind", "must be validity or recalibration"))
    if criterion not in known:
        have = f"It has {', '.join(known)}." if known else "It has none yet: import hires, then a criterion or QA evaluations."
        faults.append(Fault("criterion", f"{criterion} is not a criterion of this job. {have}"))
    if window_from and window_to and window_to < window_from:
        faults.append(Fault("to", "lies before the day it begins"))
    if (folds is not None and not 2 <= folds <= 20) or (repeats is not None and not 1 <= repeats <= 100):
        faults.append(Fault("folds", "2 to 20 folds and 1 to 100 repeats"))
    if faults:
        raise BadInput("The study was not declared.", faults)
    form = session.get_one(FormVersion, vacancy.form_version_id)
    version = key_in_force(session, actor.organisation_id, form.code)
    days = Window() if known[criterion].kind == "modelled" else EVERYTHING
    n_folds, n_repeats = (given or usual for given, usual in zip((folds, repeats), FOLDS[kind], strict=True))
    declaration: dict[str, Any] = {
        "kind": kind,
        "vacancy": vacancy.code,
        "form": {"code": form.code, "content_hash": form.content_hash},
        "key": {"version": version.version, "content_hash": version.content_hash},
        "criterion": criterion,
        "criterion_kind": known[criterion].kind,
        "window": {
            "first_day": days.first_day,
            "last_day": days.last_day,
            "from": window_from.isoformat() if window_from else None,
            "to": window_to.isoformat() if window_to else None,
        },
        "inclusion": "hires with a finished questionnaire and a usable criterion",
        "folds": n_folds,
        "repeats": n_repeats,
        "seed": SEED,
    }
    blind = form_of(form).imported
    if kind == "validity":
        declaration |= {"steps": [COHORT, *validity_steps(blind, n_repeats)]}
    else:
        declaration |= {"margins": margins(), "steps": [COHORT, *recalibration_steps(n_repeats)]}
    study = Study(
        organisation_id=actor.organisation_id,
        vacancy_id=vacancy.id,
        key_version_id=version.id,
        kind=kind,
        state="declared",
        declaration=declaration,
        declaration_hash=digest(declaration),
        declared_by=actor.name,
        declared_at=now,
        steps_done=0,
        steps_planned=len(declaration["steps"]),
        message="",
    )
    session.add(study)
    session.flush()
    _record(session, study, "study declared", actor.subject, {"hash": study.declaration_hash, "criterion": criterion}, now)
    if order:
        order_work(
            session, organisation_id=study.organisation_id, kind="run_study", subject_id=study.id, ordered_by=actor.subject, now=now
        )
    return study


def list_studies(session: Session, organisation_id: int, kind: Kind | None = None) -> list[Study]:
    """The organisation's studies, newest first."""
    query = select(Study).where(Study.organisation_id == organisation_id)
    if kind is not None:
        query = query.where(Study.kind == kind)
    return list(session.scalars(query.order_by(Study.id.desc())))


def find_study(session: Session, organisation_id: int, study_id: int) -> Study:
    """One study of the organisation, or `NotFound`."""
    study = session.get(Study, study_id)
    if study is None or study.organisation_id != organisation_id:
        raise NotFound()
    return study


def study_steps(session: Session, study_id: int) -> list[str]:
    """The steps of a study in order, as they were declared."""
    return list(_study(session, study_id).declaration["steps"])


def run_step(database: Database, study_id: int, step: str, now: datetime) -> None:
    """Carry out one step and keep its result. A step that is done already is left as it is."""
    with database.read() as session:
        study = _study(session, study_id)
        if study.state in ENDED or session.get(StudyPart, (study_id, step)) is not None:
            return
        if step not in study.declaration["steps"]:
            raise ValueError(f"study {study_id} has no step {step!r}")
        content = draw_cohort(session, study, now) if step == COHORT else None
    if content is None:
        content = _carry_out(database, study, step)
    with database.write() as session:
        insert_new(session, StudyPart, [{"study_id": study_id, "part": step, "content": content, "made_at": now}])
        done = session.scalar(select(func.count()).select_from(StudyPart).where(StudyPart.study_id == study_id))
        session.execute(
            update(Study).where(Study.id == study_id, Study.state.not_in(ENDED)).values(steps_done=done, state="running")
        )


def finish_study(database: Database, study_id: int, now: datetime) -> None:
    """Put the results of the steps together. Raises `StudyIncomplete`; a study that has ended is left as it is."""
    with database.read() as session:
        study = _study(session, study_id)
        if study.state in ENDED:
            return
        parts = _parts(session, study_id)
        version = session.get_one(KeyVersion, study.key_version_id)
    missing = [step for step in study.declaration["steps"] if step not in parts]
    if missing:
        raise StudyIncomplete(f"{len(missing)} of {study.steps_planned} steps are not done yet.")
    parts = {step: parts[step] for step in study.declaration["steps"]}  # in one order on every database: sums depend on it
    put_together = validity_result if study.kind == "validity" else recalibration_result
    result = put_together(study, version, read_cohort(parts[COHORT]), parts)
    state = "refused" if result["refused"] else "finished"
    with database.write() as session:
        ended = session.scalar(
            update(Study)
            .where(Study.id == study_id, Study.state.not_in(ENDED))
            .values(state=state, result=result, finished_at=now, message=(result["refused"] or {}).get("reason", ""))
            .returning(Study.id)
        )
        if ended is not None:
            _record(session, study, f"study {state}", "worker", {"n": result["n"]}, now)


def give_up_study(session: Session, study_id: int, now: datetime) -> None:
    """Record that an unforeseen fault stopped a study. Its parts are kept."""
    study = _study(session, study_id)
    if study.state not in ENDED:
        study.state, study.message, study.finished_at = "failed", BROKEN_OFF, now
        _record(session, study, "study failed", "worker", {}, now)


def run_study(database: Database, study_id: int, now: datetime) -> None:
    """Carry out all steps of a study, one after the other, in this process."""
    with database.read() as session:
        steps = study_steps(session, study_id)
    for step in steps:
        run_step(database, study_id, step, now)
    finish_study(database, study_id, now)


def _carry_out(database: Database, study: Study, step: str) -> dict[str, Any]:
    with database.read() as session:
        cohort = read_cohort(_part(session, study.id, COHORT))
        version = session.get_one(KeyVersion, study.key_version_id)
    asked = _Asked(database, study, cohort.sittings)
    answers = _answers_once(asked)
    if study.kind == "validity":
        return validity_step(step, study.declaration, cohort, answers)

    def part(name: str) -> Mapping[str, Any]:
        with database.read() as session:
            return _part(session, study.id, name)

    def everybody() -> Everybody:
        with database.read() as session:
            return read_everybody(session, study)

    def groups(applicant_ids: tuple[int, ...]) -> Groups:
        with database.read() as session:
            return groups_of(session, organisation_id=study.organisation_id, applicant_ids=applicant_ids)

    return recalibration_step(step, Evidence(study, version, cohort, answers, part, everybody, groups))


@dataclass(frozen=True, eq=False)
class _Asked:
    """A study whose people's answers are wanted. The same study of the same database gives the same, for ever."""

    database: Database
    study: Study
    sittings: tuple[int, ...]

    def __hash__(self) -> int:
        return hash((self.database, self.study.id))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and (self.database, self.study.id) == (other.database, other.study.id)


@lru_cache(maxsize=1)
def _answers_once(asked: _Asked) -> Answers:
    """The answers of a study's people, kept for its next step: reading thousands of sittings takes longer than a step."""
    with asked.database.read() as session:
        return read_answers(session, asked.study, asked.sittings)


def _study(session: Session, study_id: int) -> Study:
    study = session.get(Study, study_id)
    if study is None:
        raise NotFound()
    return study


def _parts(session: Session, study_id: int) -> dict[str, Mapping[str, Any]]:
    query = select(StudyPart.part, StudyPart.content).where(StudyPart.study_id == study_id)
    return {row.part: row.content for row in session.execute(query)}


def _part(session: Session, study_id: int, name: str) -> Mapping[str, Any]:
    part = session.get(StudyPart, (study_id, name))
    if part is None:
        raise StudyIncomplete(f"The step {name} comes first.")
    return part.content


def _record(session: Session, study: Study, action: str, actor: str, detail: dict[str, Any], now: datetime) -> None:
    record_event(
        session,
        organisation_id=study.organisation_id,
        actor=actor,
        action=action,
        subject=f"study {study.id}",
        detail={"kind": study.kind} | detail,
        now=now,
    )

"""A small world for the tests of scoring and ranking: delivery's trial form, a key for it, and people who answered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from assessment.bank import Unit
from assessment.keys import ScoringKey, key_from_json
from assessment.records.applicant import Applicant
from assessment.records.database import Database
from assessment.records.form import FormVersion
from assessment.records.key import KeyVersion
from assessment.records.sitting import Response, Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.authoring import publish_imported_form
from assessment.services.keyring import adopt_key, provisional_linear_key
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import add_applicant
from assessment.services.scores.responding import load_responses
from assessment.services.scores.scored_form import read_form
from assessment.services.vacancies import open_vacancy
from tests.services.stage import Stage, form_content, set_stage

UNITS: tuple[Unit, ...] = read_form(form_content()).units
METHODS = {"pick_best": "option_value", "best_worst": "best_worst", "rate": "standardised_distance", "rank": "rank_distance"}
SCORES = (4.5, 3.5, 2.5, 1.5, 1.0)


def key_content(**changes: Any) -> dict[str, Any]:
    """The trial form's key as a dict: option a is best, b next, and so on; facets listening, discretion, composure."""
    items: dict[str, Any] = {}
    for unit in UNITS:
        entry: dict[str, Any] = {"item_version": 1, "weight": 0.5 if unit.step else 1.0}
        if unit.format == "likert":
            about = {"attitudes": {unit.attitude: 1.0}} if unit.attitude else {"facets": {unit.facet: 1.0}}
            entry |= {"method": "likert", "direction": "plus", "weight": 0.0 if unit.attitude else 0.25} | about
        else:
            options = {option: {"score": score} for option, score in zip(unit.options, SCORES, strict=False)}
            entry |= {"method": METHODS[unit.format], "facets": {unit.facet: 1.0}, "option": options}
        items[unit.code] = entry
    content: dict[str, Any] = {
        "key": {"schema": 1, "id": "trial", "version": 1, "grade": "provisional"},
        "provenance": {"method": "rational", "by": "The tests", "on": "2026-11-02", "n": 1},
        "facets": {"listening": 1.0, "discretion": 1.0, "composure": 1.0},
        "statements": {"max_share": 0.15},
        "model": {"kind": "weighted_sum"},
        "item": items,
    }
    return content | changes


def trial_key(**changes: Any) -> ScoringKey:
    return key_from_json(key_content(**changes))


NORMS = {"name": "300 applicants, A trial form", "n": 300, "mean": 0.6, "sd": 0.1, "from": "2026-01-01", "to": "2026-05-31"}


def best_answers() -> dict[str, Any]:
    """What the key scores 1 throughout."""
    answers: dict[str, Any] = {}
    for unit in UNITS:
        scores = dict(zip(unit.options, SCORES, strict=False))
        match unit.format:
            case "pick_best":
                answers[unit.code] = "a"
            case "best_worst":
                answers[unit.code] = {"best": "a", "worst": unit.options[-1]}
            case "rate":
                answers[unit.code] = scores
            case "rank":
                answers[unit.code] = list(unit.options)
            case _:
                answers[unit.code] = 5
    return answers


def random_answers(rng: np.random.Generator, skill: float) -> dict[str, Any]:
    """A person who orders the options by the key's scores plus noise; `skill` 0 is blind, 3 nearly always right."""
    answers: dict[str, Any] = {}
    for unit in UNITS:
        if unit.format == "likert":
            answers[unit.code] = int(np.clip(round(3 + 0.5 * skill + rng.normal()), 1, 5))
            continue
        seen = np.array(SCORES[: len(unit.options)]) * skill / 2 + rng.normal(size=len(unit.options))
        order = [unit.options[i] for i in np.argsort(-seen)]
        match unit.format:
            case "pick_best":
                answers[unit.code] = order[0]
            case "best_worst":
                answers[unit.code] = {"best": order[0], "worst": order[-1]}
            case "rank":
                answers[unit.code] = order
            case _:
                answers[unit.code] = {option: max(1, 5 - order.index(option)) for option in unit.options}
    return answers


def add_sitting(
    session: Session,
    vacancy_id: int,
    answers: Mapping[str, Any],
    now: datetime,
    *,
    reference: str,
    name: str | None = None,
    state: str = "submitted",
    units: Sequence[str] | None = None,
    milliseconds: int | None = 30_000,
) -> tuple[int, int]:
    """A person who sat the vacancy's form. Units without an answer are omitted. Returns applicant and sitting."""
    vacancy = session.get_one(Vacancy, vacancy_id)
    applicant: Applicant = add_applicant(
        session,
        organisation_id=vacancy.organisation_id,
        reference=reference,
        name=name,
        email=f"{reference.lower()}@people.example",
        simulated=vacancy.simulated,
        now=now,
    )
    closed = state in ("submitted", "overdue", "withdrawn")
    sitting = Sitting(
        organisation_id=vacancy.organisation_id,
        vacancy_id=vacancy.id,
        applicant_id=applicant.id,
        form_version_id=vacancy.form_version_id,
        state=state,
        option_seed=applicant.id,
        started_at=now,
        finished_at=now + timedelta(minutes=24) if closed else None,
    )
    session.add(sitting)
    session.flush()
    rows = []
    for code in units or [unit.code for unit in UNITS]:
        value = answers.get(code)
        rows.append(
            {
                "sitting_id": sitting.id,
                "unit": code,
                "value": None if value is None else json.dumps(value),
                "state": "omitted" if value is None else "answered",
                "milliseconds": milliseconds,
                "sequence": 1,
                "saved_at": now,
            }
        )
    session.execute(insert(Response), rows)
    return applicant.id, sitting.id


@dataclass(frozen=True)
class ScoredStage:
    """An organisation with the trial form, its key in force, and a vacancy."""

    database: Database
    actor: Actor
    form_id: int
    vacancy_id: int
    key_version_id: int

    @property
    def organisation_id(self) -> int:
        return self.actor.organisation_id

    def add_people(self, n: int, now: datetime, *, seed: int = 1, vacancy_id: int | None = None, prefix: str = "P") -> list[int]:
        """`n` people of mixed skill who finished, not scored yet. Returns their applicant ids."""
        rng = np.random.default_rng(seed)
        with self.database.write() as session:
            return [
                add_sitting(
                    session,
                    vacancy_id or self.vacancy_id,
                    random_answers(rng, float(rng.uniform(0, 3))),
                    now + timedelta(minutes=i),
                    reference=f"{prefix}-{i:04d}",
                    name=f"Person Number{i}",
                )[0]
                for i in range(n)
            ]


def set_scored_stage(database: Database, now: datetime, *, slug: str = "acme", key: ScoringKey | None = None) -> ScoredStage:
    stage: Stage = set_stage(database, now, slug=slug)
    with database.write() as session:
        version: KeyVersion = adopt_key(session, key=key or trial_key(), form_code="trial", actor=stage.actor, now=now)
        return ScoredStage(database, stage.actor, stage.form_id, stage.vacancy_id, version.id)


IMPORTED = {
    "kind": "imported",
    "items": [
        {"code": "SJ_1", "format": "best_worst", "options": ["1", "2", "3", "4"]},
        {"code": "Bio_1", "format": "nominal", "options": ["1", "2", "3"]},
        {"code": "Count_1", "format": "count", "options": ["0", "1", "2"]},
        *(
            {"code": f"{scale}_{i}", "format": "likert", "options": ["1", "2", "3", "4"]}
            for scale in ("P1", "P2")
            for i in range(3)
        ),
    ],
    "scales": [
        {"code": "P1", "items": ["P1_0", "P1_1", "P1_2"], "reversed": ["P1_1"], "low": 1, "high": 4},
        {"code": "P2", "items": ["P2_0", "P2_1", "P2_2"], "reversed": [], "low": 1, "high": 4},
    ],
    "instruction": "unknown",
}
IMPORTED_UNITS = [item["code"] for item in IMPORTED["items"]]  # type: ignore[attr-defined]  # a literal of mixed values


def imported_answers(rng: np.random.Generator) -> dict[str, Any]:
    level = {"P1": rng.normal(), "P2": rng.normal()}
    best, worst = rng.permutation(4)[:2] + 1
    answers: dict[str, Any] = {"SJ_1": {"best": str(best), "worst": str(worst)}, "Bio_1": str(rng.integers(1, 4)), "Count_1": 1}
    for scale, value in level.items():
        for i in range(3):
            sign = -1 if (scale, i) == ("P1", 1) else 1
            answers[f"{scale}_{i}"] = int(np.clip(round(2.5 + sign * value + 0.5 * rng.normal()), 1, 4))
    return answers


def set_imported_stage(database: Database, now: datetime, *, n: int = 40, slug: str = "shop") -> ScoredStage:
    """A cohort of `n` imported people with the provisional linear key in force, not scored yet."""
    stage = set_stage(database, now, slug=slug)
    rng = np.random.default_rng(7)
    with database.write() as session:
        form: FormVersion = publish_imported_form(
            session, code="cohort", title="Cohort form", content=IMPORTED, actor=stage.actor, now=now
        )
        vacancy = open_vacancy(session, code="cohort", title="Shop floor", form_version_id=form.id, actor=stage.actor, now=now)
        for i in range(n):
            add_sitting(
                session,
                vacancy.id,
                imported_answers(rng),
                now,
                reference=f"24{i:04d}",
                state="imported",
                units=IMPORTED_UNITS,
            )
        sheet = load_responses(session, organisation_id=stage.actor.organisation_id, vacancy_id=vacancy.id)
        key = provisional_linear_key(content=IMPORTED, form_code="cohort", sheet=sheet, now=now)
        version = adopt_key(session, key=key, form_code="cohort", actor=stage.actor, now=now)
        return ScoredStage(database, stage.actor, form.id, vacancy.id, version.id)

"""Small worlds for the tests of studies and publishing: a keyed and a blind cohort that were hired and rated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select

from assessment.integrations.imports import criterion_file, hires_file, responses_file
from assessment.keys import key_to_dict
from assessment.records.applicant import Applicant
from assessment.records.database import Database
from assessment.records.form import FormVersion
from assessment.records.key import KeyVersion
from assessment.records.study import Study
from assessment.services.criterion import DeclaredReliability, import_criterion
from assessment.services.hiring import import_hires
from assessment.services.history import import_responses
from assessment.services.keyring import key_in_force, scoring_key
from assessment.services.people.accounts import add_organisation, add_staff_member
from assessment.services.people.actors import Actor
from assessment.services.scores.composing import score_sheet
from assessment.services.scores.responding import load_responses
from assessment.services.scores.scored_form import form_of
from assessment.services.scoring import score_form
from assessment.services.studies.proposed_keys import with_norms
from assessment.services.studying import declare_study, find_study, run_study
from assessment.services.vacancies import find_vacancy, find_vacancy_by_code
from tests.services.scored_stage import set_scored_stage

REASON = "The facets that carry the criterion should count for more."
SHOP_CODEBOOK = b"""
[form]
code = "shop"
title = "Shop floor"
[[item]]
code = "SJ_*"
columns = ["Most_*", "Least_*"]
format = "best_worst"
options = "1..4"
[[item]]
columns = "Bio_*"
format = "nominal"
options = "1..3"
[[item]]
columns = "Calls"
format = "count"
options = "0..9"
[[item]]
columns = "P*_*"
format = "likert"
options = "1..4"
scale = "S*"
[[group]]
column = "Sex"
"""


def member(database: Database, organisation_id: int, role: str, now: datetime, name: str = "") -> Actor:
    """A staff member with a sign-in, as an actor."""
    with database.write() as session:
        email = f"{role}{name}{organisation_id}@example.org"
        words = {"name": f"A {role} {name}".strip(), "email": email, "role": role, "password": "a password of the tests"}
        found = add_staff_member(session, organisation_id=organisation_id, added_by="tests", now=now, **words)
        return Actor(organisation_id, found.subject, found.name, role, found.id)


@dataclass(frozen=True)
class StudyStage:
    """An organisation with a vacancy whose people were hired and rated; `criterion` is the rating's name."""

    database: Database
    analyst: Actor
    vacancy_id: int
    form_code: str
    criterion: str = "rating"

    @property
    def organisation_id(self) -> int:
        return self.analyst.organisation_id

    def study(self, kind: str, now: datetime, **changes: Any) -> Study:
        """Declare a study and carry it out."""
        asked = {"criterion": self.criterion, "vacancy_id": self.vacancy_id, "order": False} | changes
        with self.database.write() as session:
            study_id = declare_study(session, kind=kind, actor=self.analyst, now=now, **asked).id  # type: ignore[arg-type]  # a test may ask for anything
        run_study(self.database, study_id, now)
        with self.database.read() as session:
            return find_study(session, self.organisation_id, study_id)

    def key(self) -> KeyVersion:
        with self.database.read() as session:
            return key_in_force(session, self.organisation_id, self.form_code)

    def score(self, now: datetime) -> None:
        """Score everybody with the key in force."""
        score_form(
            self.database, organisation_id=self.organisation_id, form_code=self.form_code, key_version_id=self.key().id, now=now
        )


def rate(
    stage: StudyStage,
    now: datetime,
    rating: Callable[[dict[str, np.ndarray], np.random.Generator], np.ndarray],
    *,
    hired: int | None = None,
    hired_on: date | None = None,
    reliability: float | None = None,
    seed: int = 5,
    extra: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] | None = None,
) -> None:
    """Hire the first `hired` people (all, unless given) and rate them by a function of their facet scores.

    With `hired_on` one person more is hired each day from then on; without it no dates are known.
    """
    rng = np.random.default_rng(seed)
    with stage.database.read() as session:
        vacancy = find_vacancy(session, stage.organisation_id, stage.vacancy_id)
        sheet = load_responses(session, organisation_id=stage.organisation_id, vacancy_id=stage.vacancy_id)
        form = form_of(session.get_one(FormVersion, vacancy.form_version_id))
        table = score_sheet(sheet, form, scoring_key(key_in_force(session, stage.organisation_id, stage.form_code)))
        rows = session.execute(select(Applicant.id, Applicant.reference).where(Applicant.organisation_id == stage.organisation_id))
        references = {row[0]: row[1] for row in rows}
    values = rating({name: np.nan_to_num(v, nan=float(np.nanmean(v))) for name, v in table.facets.items()}, rng)
    n = hired or sheet.n
    people = [references[a] for a in sheet.applicant_ids[:n]]
    columns = {stage.criterion: values} | {name: make(values, rng) for name, make in (extra or {}).items()}
    days = [(hired_on + timedelta(days=i)).isoformat() if hired_on else "" for i in range(n)]
    hires = "".join(f"{p},E{p},{day}\n" for p, day in zip(people, days, strict=True))
    ratings = "".join(f"E{p}," + ",".join(f"{column[i]:.4f}" for column in columns.values()) + "\n" for i, p in enumerate(people))
    header = f"employee_id,{','.join(columns)}\n"
    told = None if reliability is None else DeclaredReliability(reliability, "a study of two raters")
    with stage.database.write() as session:
        file = hires_file(f"applicant_id,employee_id,hired_on\n{hires}".encode(), name="hires.csv", now=now)
        import_hires(session, file=file, actor=stage.analyst, now=now)
        import_criterion(
            session, file=criterion_file((header + ratings).encode(), name="r.csv"), reliability=told, actor=stage.analyst, now=now
        )


def set_keyed_stage(database: Database, now: datetime, n: int, *, slug: str = "acme", seed: int = 1) -> StudyStage:
    """`n` people who finished the trial form (facets listening, discretion, composure). Nobody is hired yet."""
    stage = set_scored_stage(database, now, slug=slug)
    stage.add_people(n, now, seed=seed)
    return StudyStage(database, member(database, stage.organisation_id, "analyst", now), stage.vacancy_id, "trial")


def set_blind_stage(database: Database, now: datetime, n: int, *, slug: str = "shop", seed: int = 1) -> StudyStage:
    """`n` imported people of a form with blind options: two situations, two questions, a count, two scales of three."""
    with database.write() as session:
        organisation_id = add_organisation(session, slug=slug, name=slug.title(), now=now).id
    analyst = member(database, organisation_id, "analyst", now)
    rng = np.random.default_rng(seed)
    names = ["Most_1", "Least_1", "Most_2", "Least_2", "Bio_1", "Bio_2", "Calls"]
    names += [f"P{s}_{i}" for s in (1, 2) for i in (1, 2, 3)]
    lines = ["id," + ",".join(names) + ",Sex"]
    for person in range(n):
        pairs = [rng.permutation(4)[:2] + 1 for _ in range(2)]
        levels = rng.normal(size=2)
        cells = [str(v) for pair in pairs for v in pair] + [
            str(rng.integers(1, 4)),
            str(rng.integers(1, 4)),
            str(rng.integers(0, 10)),
        ]
        cells += [str(int(np.clip(round(2.5 + levels[s] + 0.6 * rng.normal()), 1, 4))) for s in (0, 1) for _ in range(3)]
        lines.append(f"A{person:04d}," + ",".join(cells) + f",{'f' if rng.random() < 0.5 else 'm'}")
    form, people = responses_file("\n".join(lines).encode(), SHOP_CODEBOOK, name="cohort.csv")
    with database.write() as session:
        import_responses(session, form=form, people=people, vacancy_code="SHOP-1", actor=analyst, now=now)
        vacancy = find_vacancy_by_code(session, organisation_id, "SHOP-1")
        assert vacancy is not None
        return StudyStage(database, analyst, vacancy.id, "shop")


def finished_comparison(stage: StudyStage, now: datetime, *, passed: bool = True, **changes: Any) -> Study:
    """A comparison of weights that has ended, written down without working it out: listening counts 1.25 times as much."""
    with stage.database.write() as session:
        study = declare_study(
            session,
            kind="recalibration",
            vacancy_id=stage.vacancy_id,
            criterion=stage.criterion,
            actor=stage.analyst,
            now=now,
            order=False,
        )
        key = scoring_key(key_in_force(session, stage.organisation_id, stage.form_code))
        content = key_to_dict(with_norms(key, None, version=key.version + 1, grade="data"))
        content["facets"] = content["facets"] | {"listening": 1.25}
        check = {"name": "gain", "statement": "It predicts better", "required": "+.020", "found": "+.037"}
        result = {
            "n": 200,
            "refused": None,
            "strategies": [
                {"name": "ridge_toward_key", "label": "Ridge toward the current key", "r": 0.25, "interval": [0.12, 0.37]}
            ],
            "recommended": "ridge_toward_key",
            "gate": {"passed": passed, "checks": [check | {"state": "passed" if passed else "failed"}]},
            "proposed_key": content,
        }
        study.state, study.result, study.finished_at = "finished", result | changes, now
        return study

"""Load the demonstration: one organisation, its people, a vacancy with simulated applicants, and the real retail cohort.

Everything goes through the services that pages and commands use, in the order of the loop. Simulated people are marked so
in their records; the retail cohort is real and is not.
"""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from assessment.bank import Bank, read_bank, read_snapshot
from assessment.config import Settings
from assessment.demo.simulation import Question, SimulatedPeople, simulate_answers, simulate_evaluations, simulate_people
from assessment.keys import ScoringKey, read_key
from assessment.records.applicant import Applicant, Invitation
from assessment.records.database import Database
from assessment.records.form import FormVersion
from assessment.records.organisation import Organisation
from assessment.records.sitting import Response, Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.authoring import publish_form
from assessment.services.inviting import Invitee, add_applicant, invitation_link_token, invite_applicants, open_vacancy
from assessment.services.keyring import adopt_key
from assessment.services.people.accounts import add_organisation, add_staff_member
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import find_applicant_by_email
from assessment.services.people.policies import Policy, policy_of, set_policy

PASSWORD = "attune demo 2026"  # noqa: S105 (printed at every start; the demonstration listens on this machine alone)
SEED = 20261123
APPLICANTS = 420
HIRED = 340
HIRED_ON = "2026-02-02"
VACANCY = "CCA-07"
FORM = "customer_support"
ORGANISATION = "northmere"
STAFF = (
    ("recruiter", "R. Tamsin", "recruiter@demo.example"),
    ("analyst", "L. Verrin", "analyst@demo.example"),
    ("approver", "M. Okonjo", "approver@demo.example"),
    ("administrator", "S. Brandt", "admin@demo.example"),
)
POLICY = Policy(jurisdiction="us", contact="jobs@demo.example", keep_months=48, self_identification=True)
VISITOR = Invitee("Sam Visitor", "sam.visitor@demo.example", None)


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """The simulated agents' files, as an HR system and a QA system would export them."""

    hires: str
    evaluations: str


def state(session: Session) -> Literal["empty", "loaded", "broken off", "other"]:
    """What the database holds: nothing, the whole demonstration, a part of it, or somebody's own data."""
    if session.scalar(select(Organisation.id).limit(1)) is None:
        return "empty"
    demo = session.scalar(select(Organisation).where(Organisation.slug == ORGANISATION))
    if demo is None:
        return "other"
    return "loaded" if demo.policy.get("demonstration") == "loaded" else "broken off"


def mark_loaded(session: Session) -> None:
    """Note that the demonstration is complete."""
    demo = session.scalars(select(Organisation).where(Organisation.slug == ORGANISATION)).one()
    demo.policy = {**demo.policy, "demonstration": "loaded"}


def load_people_and_form(database: Database, settings: Settings, now: datetime, tell: Callable[[str], None]) -> dict[str, Actor]:
    """The organisation, its staff, the published form, its provisional key and an open vacancy. Returns actors by role."""
    bank = read_bank(settings.questions)
    key = read_key(settings.questions / "keys" / "provisional.toml")
    with database.write() as session:
        organisation = add_organisation(session, slug=ORGANISATION, name="Northmere Water", now=now)
        actors = {}
        for role, name, email in STAFF:
            member = add_staff_member(
                session,
                organisation_id=organisation.id,
                name=name,
                email=email,
                role=role,
                password=PASSWORD,
                added_by="system",
                now=now,
            )
            actors[role] = Actor(organisation.id, member.subject, name, role, member.id)
        set_policy(session, policy=POLICY, seen=policy_of(organisation).digest, actor=actors["administrator"], now=now)
        form = publish_form(session, bank=bank, form_id=FORM, actor=actors["analyst"], now=now)
        adopt_key(session, key=key, form_code=FORM, actor=actors["analyst"], now=now)
        open_vacancy(
            session,
            code=VACANCY,
            title="Customer adviser, billing",
            form_version_id=form.id,
            actor=actors["recruiter"],
            now=now,
            simulated=True,
        )
    tell(f"Northmere Water: {len(STAFF)} people with a sign-in, form {FORM}, its provisional key, vacancy {VACANCY}.")
    return actors


def load_simulated_applicants(
    database: Database, settings: Settings, actors: dict[str, Actor], now: datetime, *, n: int = APPLICANTS
) -> DemoFiles:
    """`n` simulated people who finished the form, a few who did not, and one fresh invitation. Returns the agents' files."""
    rng = np.random.default_rng(SEED)
    bank = read_bank(settings.questions)
    key = read_key(settings.questions / "keys" / "provisional.toml")
    people = simulate_people(n, list(bank.facets), rng)
    with database.write() as session:
        vacancy = session.scalars(select(Vacancy).where(Vacancy.code == VACANCY)).one()
        form = read_snapshot(_form_content(session, vacancy))
        answers = simulate_answers(people, questions_of(form, key), rng)
        references = [f"SIM-{i + 1:04d}" for i in range(n)]
        _add_finished_sittings(session, vacancy, people, references, answers, now, rng)
        invite_applicants(
            session,
            vacancy_id=vacancy.id,
            people=[VISITOR, Invitee("Ora Lindqvist", "ora@demo.example", None), Invitee("Pim Aster", "pim@demo.example", None)],
            actor=actors["recruiter"],
            now=now,
        )
    hired = sorted(int(p) for p in rng.permutation(n)[: min(HIRED, n)])
    employees = [f"N{1000 + p}" for p in hired]
    return DemoFiles(
        _csv(
            [{"applicant_id": references[p], "employee_id": e, "hired_on": HIRED_ON} for p, e in zip(hired, employees, strict=True)]
        ),
        _csv(simulate_evaluations(people, hired, employees, _scorecard(bank), rng)),
    )


def visitor_link(session: Session) -> str | None:
    """The path of the demonstration applicant's invitation."""
    organisation_id = session.scalar(select(Organisation.id).where(Organisation.slug == ORGANISATION))
    if organisation_id is None:
        return None
    applicant = find_applicant_by_email(session, organisation_id, VISITOR.email)
    invitation = session.scalar(select(Invitation).where(Invitation.applicant_id == applicant.id)) if applicant else None
    return f"/take/{invitation_link_token(session, invitation)}" if invitation else None


def _form_content(session: Session, vacancy: Vacancy) -> dict[str, Any]:
    return session.get_one(FormVersion, vacancy.form_version_id).content


def questions_of(form: Any, key: ScoringKey) -> list[Question]:
    """What the simulation needs to know of the units of a published form under a key."""
    questions = []
    for unit in form.units:
        entry = key.items[unit.code]
        scores = tuple(float(entry.options[o].score) for o in unit.options) if unit.format != "likert" else ()
        direction = -1 if entry.direction == "minus" else 1
        questions.append(Question(unit.code, unit.format, unit.facet or unit.attitude, unit.options, scores, direction))
    return questions


def _add_finished_sittings(
    session: Session,
    vacancy: Vacancy,
    people: SimulatedPeople,
    references: list[str],
    answers: list[dict[str, Any]],
    now: datetime,
    rng: np.random.Generator,
) -> None:
    responses: list[dict[str, Any]] = []
    for person, (name, reference) in enumerate(zip(people.names, references, strict=True)):
        begun = now - timedelta(days=float(rng.uniform(240, 300)))
        ended = begun + timedelta(minutes=float(rng.normal(31, 5)))
        applicant = add_applicant(
            session,
            organisation_id=vacancy.organisation_id,
            reference=reference,
            name=name,
            email=f"{reference.lower()}@people.example",
            simulated=True,
            now=begun,
        )
        sitting = Sitting(
            language="en",
            organisation_id=vacancy.organisation_id,
            vacancy_id=vacancy.id,
            applicant_id=applicant.id,
            form_version_id=vacancy.form_version_id,
            state="submitted",
            option_seed=int(rng.integers(2**31)),
            started_at=begun,
            practised_at=begun,
            finished_at=ended,
        )
        session.add(sitting)
        session.add(_invitation(vacancy, applicant, begun))
        session.flush()
        for unit, value in answers[person].items():
            responses.append(
                {
                    "sitting_id": sitting.id,
                    "unit": unit,
                    "value": json.dumps(value, separators=(",", ":")),
                    "state": "answered",
                    "milliseconds": int(rng.lognormal(3.6, 0.4) * 1000),
                    "sequence": 1,
                    "saved_at": ended,
                }
            )
    session.execute(insert(Response), responses)


def _invitation(vacancy: Vacancy, applicant: Applicant, when: datetime) -> Invitation:
    return Invitation(
        organisation_id=vacancy.organisation_id,
        vacancy_id=vacancy.id,
        applicant_id=applicant.id,
        token_hash=secrets.token_hex(32),  # the hash of no token: a simulated person opens no link
        invited_by="demo",
        invited_at=when - timedelta(days=1),
        opened_at=when,
    )


def _scorecard(bank: Bank) -> list[dict[str, Any]]:
    card = bank.scorecards["empathy_call"]
    return [
        {
            "form": card.id,
            "form_version": str(card.version),
            "section": section.id,
            "question": question.id,
            "construct": question.construct_tag,
            "max_score": question.max_score,
            "weight": question.weight,
            "critical": question.critical,
        }
        for section in card.sections
        for question in section.questions
    ]


def _csv(rows: list[dict[str, Any]]) -> str:
    columns = list(rows[0]) if rows else []
    if "applicant_id" in columns:
        columns += ["left_on", "left_reason"]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()

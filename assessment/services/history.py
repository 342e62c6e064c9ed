"""History: answers to a form that was given elsewhere, brought in with the people who gave them.

A codebook describes the form. The import makes the form version, the vacancy (if it is not there), an applicant for each
reference, a sitting in the state `imported` with its responses, a first scoring key that says what it is, and the scores.
Group membership goes sealed into the demographic store and nowhere else; this is the only import that writes there.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault
from assessment.records.applicant import Applicant
from assessment.records.database import vault_of
from assessment.records.demographic import Demographic
from assessment.records.form import FormVersion
from assessment.records.observation import ImportBatch
from assessment.records.organisation import Organisation
from assessment.records.sitting import Response, Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.authoring import publish_imported_form
from assessment.services.importing import (
    Fate,
    LineFate,
    ReadFile,
    begin_batch,
    chunks,
    insert_rows,
    insert_rows_with_ids,
    plan_of,
    take_turns,
)
from assessment.services.people import Actor
from assessment.services.responding import load_responses
from assessment.services.vacancies import find_vacancy_by_code, open_vacancy

SOURCE = "imported with responses"


class Codebook(Protocol):
    """What describes a form given elsewhere: `content` is what the form version will hold."""

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def content(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person's answers: unit → value as it will be stored, None where missing. `groups` are for impact audits alone."""

    line: int
    reference: str
    values: Mapping[str, Any]
    milliseconds: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


def import_responses(
    session: Session,
    *,
    codebook: Codebook,
    people: ReadFile[PersonLine],
    vacancy_code: str,
    actor: Actor,
    now: datetime,
    title: str | None = None,
) -> ImportBatch:
    """Bring in a cohort. Again with the same file it changes nothing; with more people it adds those.

    A person whose stored answers differ from the file's is rejected and what is stored stays. Raises `BadInput` if the
    vacancy belongs to another form, or the form of this code has other content.
    """
    take_turns(session, actor.organisation_id)
    form = publish_imported_form(session, code=codebook.code, title=codebook.title, content=codebook.content, actor=actor, now=now)
    vacancy = _vacancy(session, vacancy_code, title or codebook.title, form, actor, now)
    stored = _stored_answers(session, vacancy)
    applicants = _applicants(session, actor.organisation_id, people)
    fates, new = [], []
    seen: dict[str, PersonLine] = {}
    for person in people.lines:
        fate, reason = _judge(person, seen, stored)
        if fate == "matched":
            new.append(person)
            seen[person.reference] = person
        fates.append(LineFate(person.line, fate, reason, person.reference))
    # The lines themselves hold group membership: only the person's reference may be kept with the report.
    fates += [LineFate(line.line, "duplicate", line.reason, "") for line in people.duplicates]
    fates += [LineFate(line.line, "rejected", line.reason, "") for line in people.refused]
    told = ReadFile(people.name, people.hash, people.lines, remarks=people.remarks)
    plan = plan_of(told, "responses", fates, columns=("person",), remarks=_remarks(people, new))
    batch = begin_batch(session, plan, actor=actor, now=now)
    known = _add_applicants(session, new, applicants, vacancy, now)
    _add_sittings(session, new, known, vacancy, now)
    _add_groups(session, people, known, actor.organisation_id, now)
    return batch


def _vacancy(session: Session, code: str, title: str, form: FormVersion, actor: Actor, now: datetime) -> Vacancy:
    vacancy = find_vacancy_by_code(session, actor.organisation_id, code)
    if vacancy is None:
        simulated = session.get_one(Organisation, actor.organisation_id).simulated
        return open_vacancy(session, code=code, title=title, form_version_id=form.id, actor=actor, now=now, simulated=simulated)
    if vacancy.form_version_id != form.id:
        raise BadInput(
            "Nothing was imported.",
            [Fault("vacancy", f"{code} belongs to another form, or to another version of {form.code}; choose a new code")],
        )
    return vacancy


def _stored_answers(session: Session, vacancy: Vacancy) -> dict[str, dict[str, Any] | None]:
    """Each sitter's answers by reference: the answered units of an imported sitting, None for one that sat it here."""
    query = (
        select(Sitting.id, Sitting.state, Applicant.reference)
        .join(Applicant, Applicant.id == Sitting.applicant_id)
        .where(Sitting.vacancy_id == vacancy.id)
    )
    sitters = {row.id: (row.state, row.reference) for row in session.execute(query)}
    if not sitters:
        return {}
    sheet = load_responses(session, organisation_id=vacancy.organisation_id, vacancy_id=vacancy.id, states=("imported",))
    answers: dict[int, dict[str, Any]] = {sitting_id: {} for sitting_id in sheet.sitting_ids}
    for unit, column in sheet.values.items():
        for sitting_id, value in zip(sheet.sitting_ids, column, strict=True):
            if value is not None:
                answers[sitting_id][unit] = value
    return {reference: answers.get(key) for key, (_, reference) in sitters.items()}


def _applicants(session: Session, organisation_id: int, people: ReadFile[PersonLine]) -> dict[str, tuple[int, str]]:
    """Id and pseudonym of the applicants who are known already, by reference."""
    found: dict[str, tuple[int, str]] = {}
    for chunk in chunks(sorted({person.reference for person in people.lines})):
        query = select(Applicant.reference, Applicant.id, Applicant.subject).where(
            Applicant.organisation_id == organisation_id, Applicant.reference.in_(chunk)
        )
        found.update((row.reference, (row.id, row.subject)) for row in session.execute(query))
    return found


def _judge(person: PersonLine, seen: Mapping[str, PersonLine], stored: Mapping[str, dict[str, Any] | None]) -> tuple[Fate, str]:
    answered = {unit: value for unit, value in person.values.items() if value is not None}
    if not answered:
        return "rejected", "has no answer at all"
    if person.reference in seen:
        before = seen[person.reference]
        same = answered == {unit: value for unit, value in before.values.items() if value is not None}
        return ("duplicate", f"the same as line {before.line}") if same else ("rejected", f"differs from line {before.line}")
    if person.reference not in stored:
        return "matched", ""
    if stored[person.reference] is None:
        return "rejected", "this applicant answered the form here; those answers were kept"
    if stored[person.reference] == answered:
        return "duplicate", "stored already with the same answers"
    return "rejected", "stored already with other answers; what is stored was kept"


def _remarks(people: ReadFile[PersonLine], new: list[PersonLine]) -> Iterator[str]:
    groups = sorted({name for person in people.lines for name in person.groups})
    if groups:
        yield f"{', '.join(groups)}: sealed and stored apart, for impact audits alone. No score and no ranking can read it."
    n_missing = sum(value is None for person in new for value in person.values.values())
    if new and n_missing:
        yield f"{n_missing} answers are missing, {100 * n_missing / sum(len(p.values) for p in new):.1f} % of the cells imported."


def _add_applicants(
    session: Session, new: list[PersonLine], known: dict[str, tuple[int, str]], vacancy: Vacancy, now: datetime
) -> dict[str, tuple[int, str]]:
    unknown = [person.reference for person in new if person.reference not in known]
    subjects = [secrets.token_hex(16) for _ in unknown]
    rows = [
        {
            "organisation_id": vacancy.organisation_id,
            "subject": subject,
            "reference": reference,
            "simulated": vacancy.simulated,
            "created_at": now,
        }
        for reference, subject in zip(unknown, subjects, strict=True)
    ]
    ids = insert_rows_with_ids(session, Applicant, rows)
    return known | dict(zip(unknown, zip(ids, subjects, strict=True), strict=True))


def _add_sittings(
    session: Session, new: list[PersonLine], known: Mapping[str, tuple[int, str]], vacancy: Vacancy, now: datetime
) -> None:
    rows = [
        {
            "organisation_id": vacancy.organisation_id,
            "vacancy_id": vacancy.id,
            "applicant_id": known[person.reference][0],
            "form_version_id": vacancy.form_version_id,
            "state": "imported",
            "option_seed": 0,
            "sequence": 0,
            "place": 0,
        }
        for person in new
    ]
    ids = insert_rows_with_ids(session, Sitting, rows)
    insert_rows(session, Response, (row for key, person in zip(ids, new, strict=True) for row in _responses(key, person, now)))


def _responses(sitting_id: int, person: PersonLine, now: datetime) -> Iterator[dict[str, Any]]:
    for unit, value in person.values.items():
        yield {
            "sitting_id": sitting_id,
            "unit": unit,
            "value": None if value is None else json.dumps(value, ensure_ascii=False),
            "state": "omitted" if value is None else "answered",
            "milliseconds": person.milliseconds.get(unit),
            "sequence": 0,
            "saved_at": now,
        }


def _add_groups(
    session: Session,
    people: ReadFile[PersonLine],
    known: Mapping[str, tuple[int, str]],
    organisation_id: int,
    now: datetime,
) -> None:
    """Seal the groups of everybody who is here now and had none recorded under that name."""
    vault = vault_of(session)
    query = select(Demographic.applicant_id, Demographic.group_name).where(Demographic.organisation_id == organisation_id)
    there = {(row.applicant_id, row.group_name) for row in session.execute(query)}
    rows = []
    for person in people.lines:
        applicant_id, subject = known.get(person.reference, (None, ""))
        for name, value in person.groups.items():
            if applicant_id is not None and (applicant_id, name) not in there:
                there.add((applicant_id, name))
                rows.append(
                    {
                        "applicant_id": applicant_id,
                        "group_name": name,
                        "organisation_id": organisation_id,
                        "value_sealed": vault.seal(f"demographic.{name}", subject, value),
                        "source": SOURCE,
                        "recorded_at": now,
                    }
                )
    insert_rows(session, Demographic, rows)

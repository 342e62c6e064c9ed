"""History: answers to a form that was given elsewhere, brought in with the people who gave them.

A codebook describes the form. The import makes the form version, the vacancy (if it is not there), an applicant for each
reference, a sitting in the state `imported` with its responses, a first scoring key that says what it is, and the scores.
Group membership goes sealed into the demographic store and nowhere else; this is the only import that writes there.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from assessment.services.keyring import NoKeyInForce, adopt_key, key_in_force, provisional_linear_key
from assessment.services.people.actors import Actor
from assessment.services.scores.responding import ResponseSheet, load_responses
from assessment.services.scoring import score_finished
from assessment.services.vacancies import find_vacancy_by_code, open_vacancy

SOURCE = "imported with responses"


@dataclass(frozen=True, slots=True)
class ImportedForm:
    """A form given elsewhere, as its codebook describes it: `content` is what the form version will hold."""

    code: str
    title: str
    content: dict[str, Any]

    @property
    def units(self) -> tuple[str, ...]:
        """The codes of its items, in order."""
        return tuple(item["code"] for item in self.content["items"])


class PersonLine(Protocol):
    """One person's answers by item code, as they will be stored; a missing answer has no entry. Times are milliseconds.

    `groups` are for impact audits alone.
    """

    @property
    def line(self) -> int: ...
    @property
    def person_id(self) -> str: ...
    @property
    def responses(self) -> Mapping[str, Any]: ...
    @property
    def times(self) -> Mapping[str, int]: ...
    @property
    def groups(self) -> Mapping[str, str]: ...


def import_responses(
    session: Session,
    *,
    form: ImportedForm,
    people: ReadFile[PersonLine],
    vacancy_code: str,
    actor: Actor,
    now: datetime,
    title: str | None = None,
    simulated: bool = False,
) -> ImportBatch:
    """Bring in a cohort. Again with the same file it changes nothing; with more people it adds those.

    `title` names the vacancy if it has to be opened (the form's title otherwise); `simulated` says its people are invented.

    A person whose stored answers differ from the file's is rejected and what is stored stays. Raises `BadInput` if the
    vacancy belongs to another form, or the form of this code has other content.
    """
    take_turns(session, actor.organisation_id)
    version = publish_imported_form(session, code=form.code, title=form.title, content=form.content, actor=actor, now=now)
    vacancy = find_vacancy_by_code(session, actor.organisation_id, vacancy_code)
    if vacancy is None:
        words = title or form.title
        vacancy = open_vacancy(
            session, code=vacancy_code, title=words, form_version_id=version.id, actor=actor, now=now, simulated=simulated
        )
    elif vacancy.form_version_id != version.id:
        what = f"{vacancy_code} belongs to another form, or to another version of {form.code}; choose a new code"
        raise BadInput("Nothing was imported.", [Fault("vacancy", what)])
    stored = _stored_answers(session, vacancy)
    applicants = _applicants(session, actor.organisation_id, people)
    fates, new = [], []
    seen: dict[str, PersonLine] = {}
    for person in people.lines:
        fate, reason = _judge(person, seen, stored)
        if fate == "matched":
            new.append(person)
            seen[person.person_id] = person
        fates.append(LineFate(person.line, fate, reason, person.person_id))
    # The lines themselves hold group membership: only the person's reference may be kept with the report.
    fates += [LineFate(line.line, "duplicate", line.reason, "") for line in people.duplicates]
    fates += [LineFate(line.line, "rejected", line.reason, "") for line in people.refused]
    told = ReadFile(people.name, people.hash, people.lines, remarks=people.remarks)
    plan = plan_of(told, "responses", fates, columns=("person",), remarks=_remarks(people, new, form.units))
    batch = begin_batch(session, plan, actor=actor, now=now)
    known = _add_applicants(session, new, applicants, vacancy, now)
    sheet = _add_sittings(session, new, form.units, known, vacancy, now)
    _add_groups(session, people, known, actor.organisation_id, now)
    if new:
        _score(session, version, sheet, batch, actor, now)
    return batch


def _score(session: Session, form: FormVersion, sheet: ResponseSheet, batch: ImportBatch, actor: Actor, now: datetime) -> None:
    """Score the cohort with the key in force; a form without one gets a provisional key that starts from ignorance."""
    try:
        key = key_in_force(session, actor.organisation_id, form.code)
    except NoKeyInForce:
        try:
            first = provisional_linear_key(content=form.content, form_code=form.code, sheet=sheet, now=now)
        except BadInput as refusal:
            batch.notes = {**batch.notes, "remarks": [*batch.notes["remarks"], f"Not scored. {refusal}"]}
            return
        key = adopt_key(session, key=first, form_code=form.code, actor=actor, now=now)
    score_finished(session, organisation_id=actor.organisation_id, form_code=form.code, key_version_id=key.id, now=now)


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
    for chunk in chunks(sorted({person.person_id for person in people.lines})):
        query = select(Applicant.reference, Applicant.id, Applicant.subject).where(
            Applicant.organisation_id == organisation_id, Applicant.reference.in_(chunk)
        )
        found.update((row.reference, (row.id, row.subject)) for row in session.execute(query))
    return found


def _judge(person: PersonLine, seen: Mapping[str, PersonLine], stored: Mapping[str, dict[str, Any] | None]) -> tuple[Fate, str]:
    if not person.responses:
        return "rejected", "has no answer at all"
    if person.person_id in seen:
        return "rejected", f"line {seen[person.person_id].line} is the same person"
    if person.person_id not in stored:
        return "matched", ""
    if stored[person.person_id] is None:
        return "rejected", "this applicant answered the form here; those answers were kept"
    if stored[person.person_id] == person.responses:
        return "duplicate", "stored already with the same answers"
    return "rejected", "stored already with other answers; what is stored was kept"


def _remarks(people: ReadFile[PersonLine], new: Sequence[PersonLine], units: Sequence[str]) -> Iterator[str]:
    groups = sorted({name for person in people.lines for name in person.groups})
    if groups:
        yield f"{', '.join(groups)}: sealed and stored apart, for impact audits alone. No score and no ranking can read it."
    n_missing = sum(len(units) - len(person.responses) for person in new)
    if n_missing:
        yield f"{n_missing} answers are missing, {100 * n_missing / (len(units) * len(new)):.1f} % of the cells imported."


def _add_applicants(
    session: Session, new: Sequence[PersonLine], known: dict[str, tuple[int, str]], vacancy: Vacancy, now: datetime
) -> dict[str, tuple[int, str]]:
    unknown = [person.person_id for person in new if person.person_id not in known]
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
    session: Session,
    new: Sequence[PersonLine],
    units: Sequence[str],
    known: Mapping[str, tuple[int, str]],
    vacancy: Vacancy,
    now: datetime,
) -> ResponseSheet:
    """Store the sittings and their responses, and return them as they would be read again."""
    rows = [
        {
            "organisation_id": vacancy.organisation_id,
            "vacancy_id": vacancy.id,
            "applicant_id": known[person.person_id][0],
            "form_version_id": vacancy.form_version_id,
            "state": "imported",
            "option_seed": 0,
            "sequence": 0,
            "place": 0,
        }
        for person in new
    ]
    ids = insert_rows_with_ids(session, Sitting, rows)
    insert_rows(session, Response, _responses(ids, new, units, now))
    return ResponseSheet(
        sitting_ids=tuple(ids),
        applicant_ids=tuple(known[person.person_id][0] for person in new),
        vacancy_ids=(vacancy.id,) * len(ids),
        form_version_ids=(vacancy.form_version_id,) * len(ids),
        values={unit: [person.responses.get(unit) for person in new] for unit in units},
        milliseconds={},
        states={},
    )


def _responses(
    sitting_ids: Sequence[int], people: Sequence[PersonLine], units: Sequence[str], now: datetime
) -> Iterator[dict[str, Any]]:
    written: dict[str, str] = {}
    for sitting_id, person in zip(sitting_ids, people, strict=True):
        for unit in units:
            value = person.responses.get(unit)
            text = None if value is None else written.get(repr(value))
            if value is not None and text is None:  # few values are distinct; each is written as JSON once
                text = written[repr(value)] = json.dumps(value, ensure_ascii=False)
            yield {
                "sitting_id": sitting_id,
                "unit": unit,
                "value": text,
                "state": "omitted" if text is None else "answered",
                "milliseconds": person.times.get(unit),
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
        applicant_id, subject = known.get(person.person_id, (None, ""))
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

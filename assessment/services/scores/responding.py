"""What people answered, as one sheet: the only door from stored responses to scoring, studies and analysis."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from assessment.bank.vocabulary import SOURCE_LOCALE
from assessment.records.sitting import Response, Sitting

FINISHED = ("submitted", "overdue", "imported")
"""States of a sitting whose responses are final and may be scored."""

ANSWERED, OMITTED, NOT_REACHED, NOT_ADMINISTERED = "answered", "omitted", "not_reached", "not_administered"


@dataclass(frozen=True)
class ResponseSheet:
    """Responses of n sittings, one row a sitting in the order of `sitting_ids`.

    `values[unit]` and `milliseconds[unit]` are lists of length n; a value is what the stored JSON says (an option id, a
    dict, a list, a number) or None where the unit was not answered, whatever the reason. `states[unit]` says the reason.
    Units are those that anybody has a row for; a unit of the form that is not in `values` was answered by nobody.
    """

    sitting_ids: tuple[int, ...]
    applicant_ids: tuple[int, ...]
    vacancy_ids: tuple[int, ...]
    form_version_ids: tuple[int, ...]
    values: Mapping[str, Sequence[Any]]
    milliseconds: Mapping[str, Sequence[int | None]]
    states: Mapping[str, Sequence[str]]

    @property
    def n(self) -> int:
        return len(self.sitting_ids)

    def column(self, unit: str) -> Sequence[Any]:
        """The values of one unit; all None when nobody has it."""
        return self.values.get(unit) or [None] * self.n

    def rows(self, places: Sequence[int]) -> ResponseSheet:
        """The sheet of some of its rows, in the order of `places`."""
        return ResponseSheet(
            sitting_ids=tuple(self.sitting_ids[i] for i in places),
            applicant_ids=tuple(self.applicant_ids[i] for i in places),
            vacancy_ids=tuple(self.vacancy_ids[i] for i in places),
            form_version_ids=tuple(self.form_version_ids[i] for i in places),
            values={unit: [column[i] for i in places] for unit, column in self.values.items()},
            milliseconds={unit: [column[i] for i in places] for unit, column in self.milliseconds.items()},
            states={unit: [column[i] for i in places] for unit, column in self.states.items()},
        )


def answered_in(language: str | None) -> ColumnElement[bool]:
    """True of the sittings that were answered in a language. Where nobody knows, it was that of the source."""
    return func.coalesce(Sitting.language, SOURCE_LOCALE) == (language or SOURCE_LOCALE)


def finished_sittings(
    organisation_id: int,
    *,
    vacancy_id: int | None = None,
    form_version_ids: Sequence[int] | None = None,
    sitting_ids: Sequence[int] | None = None,
    states: Sequence[str] = FINISHED,
) -> Select[int]:
    """The query for the ids of an organisation's sittings in the given states, narrowed by what is given, oldest first."""
    query = select(Sitting.id).where(Sitting.organisation_id == organisation_id, Sitting.state.in_(states))
    if vacancy_id is not None:
        query = query.where(Sitting.vacancy_id == vacancy_id)
    if form_version_ids is not None:
        query = query.where(Sitting.form_version_id.in_(form_version_ids))
    if sitting_ids is not None:
        query = query.where(Sitting.id.in_(sitting_ids))
    return query.order_by(Sitting.id)


def load_responses(
    session: Session,
    *,
    organisation_id: int,
    vacancy_id: int | None = None,
    form_version_ids: Sequence[int] | None = None,
    sitting_ids: Sequence[int] | None = None,
    states: Sequence[str] = FINISHED,
) -> ResponseSheet:
    """The responses of an organisation's finished sittings: of one vacancy, of some form versions, or of given sittings.

    What is given narrows the choice; sittings of other organisations are never in the sheet, even when named.
    """
    chosen = finished_sittings(
        organisation_id, vacancy_id=vacancy_id, form_version_ids=form_version_ids, sitting_ids=sitting_ids, states=states
    )
    columns = (Sitting.id, Sitting.applicant_id, Sitting.vacancy_id, Sitting.form_version_id)
    sittings = session.execute(chosen.with_only_columns(*columns)).all()
    n = len(sittings)
    row_of = {sitting.id: row for row, sitting in enumerate(sittings)}
    values: dict[str, list[Any]] = {}
    milliseconds: dict[str, list[int | None]] = {}
    states_of: dict[str, list[str]] = {}
    read: dict[str, Any] = {}
    for sitting_id, unit, text, spent, state in _responses(session, chosen):
        if unit not in values:
            values[unit], milliseconds[unit], states_of[unit] = [None] * n, [None] * n, [NOT_ADMINISTERED] * n
        row = row_of[sitting_id]
        if state == ANSWERED and text is not None:
            if text not in read:  # few texts are distinct; each is parsed once
                read[text] = json.loads(text)
            values[unit][row] = read[text]
        milliseconds[unit][row] = spent
        states_of[unit][row] = state
    ids, applicants, vacancies, forms = zip(*sittings, strict=True) if sittings else ((), (), (), ())
    return ResponseSheet(ids, applicants, vacancies, forms, values, milliseconds, states_of)


def responses_hash(sheet: ResponseSheet) -> list[str]:
    """`sha256:…` of each sitting's answered units and values: equal answers have equal hashes, however they were stored."""
    units = sorted(sheet.values)
    columns = [sheet.values[unit] for unit in units]
    hashes = []
    for row in range(sheet.n):
        answered = {unit: column[row] for unit, column in zip(units, columns, strict=True) if column[row] is not None}
        text = json.dumps(answered, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        hashes.append("sha256:" + hashlib.sha256(text.encode()).hexdigest())
    return hashes


def _responses(session: Session, chosen: Select[int]) -> Iterator[tuple[int, str, str | None, int | None, str]]:
    query = (
        select(Response.sitting_id, Response.unit, Response.value, Response.milliseconds, Response.state)
        .where(Response.sitting_id.in_(chosen.order_by(None)))
        .order_by(Response.sitting_id, Response.unit)
        .execution_options(yield_per=5000)
    )
    yield from session.connection().execute(query)  # plain rows: a cohort is half a million of them

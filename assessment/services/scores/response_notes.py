"""Notes on how a sitting was answered, for a person to read. They never change a score and never reject anybody.

One sign alone means little: long runs, flat ratings and speed all happen to attentive people. Only where signs of two
families agree, the pattern of the answers and their speed, is anybody asked to look (measurement 5.5). A sitting at the
person's own pace has no signs of speed, and so is never one to look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.response_quality import fast_answers, longstring, within_scenario_variability
from assessment.records.form import FormVersion
from assessment.records.sitting import ResponseNote, Sitting
from assessment.services.inserting import insert_new
from assessment.services.scores.responding import ResponseSheet
from assessment.services.scores.scored_form import ScoredForm, form_of
from assessment.services.sitting.paging import plan_form, published_form

REPEATED, FLAT, FAST = "repeated", "flat", "fast"
FAMILY = {REPEATED: "pattern", FLAT: "pattern", FAST: "speed"}
"""What a sign is a sign of. Two of one family are mostly the same thing seen twice, so they count once."""
SIGNS = tuple(FAMILY)
FINISHED_EARLY = "finished_early"  # written when a sitting is sent in; shown, and not counted as a sign
TIMED = (FAST, FINISHED_EARLY)
"""Notes that rest on time. A sitting at the person's own pace gets none."""
TOO_LITTLE = "too_little_answered"
FAMILIES_THAT_MUST_AGREE = 2

SHORTEST_RUN = 10
RUN_SHARE = 1 / 3
FLATTEST = 0.4
"""SD of the ratings of one situation's options, 1 to 5. Keys have an SD of 1 or more; telling options apart gives about that."""
FAST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Note:
    """A note on the sitting in `row` of a sheet."""

    row: int
    kind: str
    detail: Mapping[str, Any]


def must_be_read(kinds: Sequence[str]) -> bool:
    """True if notes of two families agree, so that a person is asked to look."""
    return len({FAMILY[kind] for kind in kinds if kind in FAMILY}) >= FAMILIES_THAT_MUST_AGREE


def write_notes(session: Session, sheet: ResponseSheet, version: FormVersion, now: datetime) -> None:
    """Note what there is to note about the sittings of a sheet, all of one form version. A note that is there stays."""
    form = form_of(version)
    notes = [*_repeated(session, sheet, version, form), *_flat(sheet, form), *_fast(session, sheet, form)]
    insert_new(session, ResponseNote, [_row(sheet, note, now) for note in notes])


def note_too_little(session: Session, sheet: ResponseSheet, share_answered: FloatArray, rows: Sequence[int], now: datetime) -> None:
    """Note the sittings in which too little was answered to make a score."""
    notes = [Note(row, TOO_LITTLE, {"share_answered": round(float(share_answered[row]), 4)}) for row in rows]
    insert_new(session, ResponseNote, [_row(sheet, note, now) for note in notes])


def _row(sheet: ResponseSheet, note: Note, now: datetime) -> dict[str, Any]:
    return {"sitting_id": sheet.sitting_ids[note.row], "kind": note.kind, "detail": dict(note.detail), "noted_at": now}


def _repeated(session: Session, sheet: ResponseSheet, version: FormVersion, form: ScoredForm) -> Iterator[Note]:
    """The same answer to many statements in a row, in the order in which each person saw them."""
    codes = [unit.code for unit in form.units if unit.format == "likert"]
    if len(codes) < SHORTEST_RUN:
        return
    answers = _matrix([sheet.column(code) for code in codes])
    runs = longstring(answers if form.imported else np.take_along_axis(answers, _orders(session, sheet, version, codes), axis=1))
    needed = max(SHORTEST_RUN, int(np.ceil(RUN_SHARE * len(codes))))
    for row in np.flatnonzero(runs >= needed):
        yield Note(int(row), REPEATED, {"run": int(runs[row]), "of": len(codes)})


def _orders(session: Session, sheet: ResponseSheet, version: FormVersion, codes: Sequence[str]) -> np.ndarray:
    """Places of the statements in `codes` in the order shown to each person: (n, k)."""
    published = published_form(session, version.id)
    query = select(Sitting.id, Sitting.option_seed).where(Sitting.id.in_(sheet.sitting_ids))
    seeds = {row.id: row.option_seed for row in session.execute(query)}
    place = {code: i for i, code in enumerate(codes)}
    return np.array([[place[code] for code in plan_form(published, seeds[i]).units if code in place] for i in sheet.sitting_ids])


def _flat(sheet: ResponseSheet, form: ScoredForm) -> Iterator[Note]:
    """All options of each situation rated nearly alike."""
    rated = [unit for unit in form.units if unit.format == "rate"]
    if not rated:
        return
    columns, belongs = [], []
    for number, unit in enumerate(rated):
        column = sheet.column(unit.code)
        for option in unit.options:
            columns.append([value.get(option) if isinstance(value, Mapping) else None for value in column])
            belongs.append(number)
    spread = within_scenario_variability(_matrix(columns), belongs)
    for row in np.flatnonzero(spread < FLATTEST):
        yield Note(int(row), FLAT, {"sd": round(float(spread[row]), 3), "situations": len(rated)})


def _fast(session: Session, sheet: ResponseSheet, form: ScoredForm) -> Iterator[Note]:
    """Half of the answers or more in less time than their words take to read."""
    timed = [unit for unit in form.units if any(spent is not None for spent in sheet.milliseconds.get(unit.code, ()))]
    if not timed:
        return
    to_read = [1 if unit.format == "likert" else max(1, len(unit.options) // (2 if form.imported else 1)) for unit in timed]
    seconds = _matrix([sheet.milliseconds[unit.code] for unit in timed]) / 1000.0
    share = fast_answers(np.maximum(seconds, 0.0), to_read)
    rows = np.flatnonzero(share >= FAST_SHARE)
    ids = [sheet.sitting_ids[row] for row in rows]
    untimed = set(session.scalars(select(Sitting.id).where(Sitting.id.in_(ids), Sitting.own_pace)))
    for row in rows:
        if sheet.sitting_ids[row] not in untimed:
            yield Note(int(row), FAST, {"share": round(float(share[row]), 3), "of": len(timed)})


def _matrix(columns: Sequence[Sequence[Any]]) -> FloatArray:
    """(n, k) of numbers from k columns of n values; NaN for None and for anything that is no number."""
    return np.array(
        [[float(v) if isinstance(v, int | float) and not isinstance(v, bool) else np.nan for v in column] for column in columns]
    ).T

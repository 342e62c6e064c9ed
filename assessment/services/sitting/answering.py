"""The answer path: an answer that the applicant was told is saved is saved, once, and by nobody else overwritten unseen."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from assessment.errors import BadInput, Fault, NotFound, Refusal, Unavailable, Words
from assessment.records.database import Database
from assessment.records.organisation import WebSession
from assessment.records.sitting import AnswerReceipt, Response, Sitting
from assessment.services.sitting.answer_statements import Change, answer_statements
from assessment.services.sitting.answer_writers import GroupWriter
from assessment.services.sitting.paging import PlannedUnit, plan_form, published_form
from assessment.services.sitting.response_values import read_answer, stored_value

GRACE = timedelta(seconds=5)
KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
LONGEST_SPENT = 3_600_000  # one hour; a page left open longer says nothing about the answer
PLANS_KEPT = 20_000

_SITTING_OF = (
    "SELECT sitting.id FROM invitation JOIN sitting ON sitting.vacancy_id = invitation.vacancy_id "
    "AND sitting.applicant_id = invitation.applicant_id AND sitting.organisation_id = invitation.organisation_id "
    "WHERE invitation.id = :invitation_id AND sitting.state <> 'imported' ORDER BY sitting.id DESC LIMIT 1"
)

log = logging.getLogger("assessment.answers")

Kept = TypeVar("Kept")
Known = tuple[int, str]
"""A number and the web session for which it is known."""


class SittingClosed(Refusal):
    """The sitting takes no more answers."""


class SittingAlreadySubmitted(SittingClosed):
    def __init__(self) -> None:
        super().__init__(Words("You have finished this questionnaire. What you answered is kept as it was when you finished."))


class SittingOverdue(SittingClosed):
    def __init__(self) -> None:
        super().__init__(Words("The time for this questionnaire is over. The answers that were saved in time are kept and count."))


class SittingWithdrawn(SittingClosed):
    def __init__(self) -> None:
        super().__init__(Words("You have withdrawn from this questionnaire, so no more answers are taken."))


class PageNotReached(Refusal):
    def __init__(self) -> None:
        super().__init__(Words("This page comes later. Continue page by page; nothing was changed."))


class PageClosed(Refusal):
    def __init__(self) -> None:
        super().__init__(Words("This part was closed when the next one told you more. The answer you gave before is kept."))


class StalePage(Refusal):
    """The answer was changed elsewhere after the page was loaded. `saved` is what stands, `sequence` its number."""

    def __init__(self, unit: str, saved: Any, sequence: int) -> None:
        super().__init__(
            Words(
                "This answer was changed in another tab or on another device after you opened this page. "
                "That answer is kept. To replace it with the one you chose here, choose it again."
            )
        )
        self.unit, self.saved, self.sequence = unit, saved, sequence


class SessionEnded(Refusal):
    """The browser's session was ended after the page was loaded: left on this device, or gone with its person's data."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            Words("This answer was not saved, because the questionnaire was left on this device. Open your link again.")
        )


class KeyInFlight(Refusal):
    def __init__(self) -> None:
        super().__init__(Words("This answer is being saved just now. Ask again in a moment."))


class KeyReused(Refusal):
    status = 422

    def __init__(self) -> None:
        super().__init__(Words("This answer was not saved: its key belongs to a different answer. Load the page again."))


@dataclass(frozen=True, slots=True)
class Receipt:
    """An answer that is in the database. `complete` is false while best or worst, a rating or a place is missing."""

    unit: str
    sequence: int
    saved_at: datetime
    complete: bool


class AnswerDesk:
    """Takes answers for one process. Safe to call from many threads; close it when the process ends.

    What it remembers of a sitting belongs to a web session: a session's token is never given twice, but the numbers of an
    erased person's rows are, and whoever comes next must not meet what was remembered of somebody else.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer = GroupWriter(answer_statements(database))
        self._guard = threading.Lock()
        self._in_flight: set[tuple[int, str]] = set()
        self._units: OrderedDict[Known, dict[str, PlannedUnit]] = OrderedDict()
        self._sittings: OrderedDict[Known, int] = OrderedDict()

    def sitting_of(self, invitation_id: int, session: str | None = None) -> int:
        """The sitting of an invitation, which never gets another one. Raises `NotFound` before a start.

        `session` is the token hash of the web session that asks; without it nothing is remembered.
        """
        known = session and (invitation_id, session)
        sitting_id = self._sittings.get(known) if known else None
        if sitting_id is None:
            found = self._database.look_up(_SITTING_OF, invitation_id=invitation_id)
            if found is None:
                raise NotFound(Words("There is no questionnaire to answer yet."))
            sitting_id = int(found[0])
            if known:
                self._keep(self._sittings, known, sitting_id)
        return sitting_id

    def record_response(
        self,
        sitting_id: int,
        unit: str,
        value: object,
        milliseconds: int | None,
        sequence: int,
        idempotency_key: str,
        now: datetime,
        session: str | None = None,
    ) -> Receipt:
        """Save one answer and return once it is committed.

        Parameters
        ----------
        value
            As `response_values` describes; None or a partial answer is kept as an omission.
        milliseconds
            Time spent since the answer before, added to what this unit took so far. None if not known.
        sequence
            The sequence of the answer that the page showed for this unit, 0 if it showed none.
        idempotency_key
            8 to 64 letters, digits, `-` or `_`, new for each answer and the same when one is sent again.
        session
            The token hash of the web session that sends it, if it comes from one; without it nothing is remembered.

        Raises
        ------
        NotFound, BadInput
            The unit is not in this sitting's form; the value is none that can be given.
        PageNotReached, PageClosed, StalePage, SittingAlreadySubmitted, SittingOverdue, SittingWithdrawn
            Decided inside the statement that would have saved it; nothing was changed.
        SessionEnded
            The web session is there no more; nothing was changed.
        KeyInFlight, KeyReused
            The same key is being saved now; it was used for something else.
        Unavailable, DatabaseDown
            Not confirmed. Send it again with the same key.
        """
        planned = self._planned(sitting_id, unit, session)
        answer = read_answer(planned, value)
        _check(milliseconds, sequence, idempotency_key)
        change = Change(
            sitting_id=sitting_id,
            unit=unit,
            text=answer.text,
            state=answer.state,
            milliseconds=None if milliseconds is None else min(milliseconds, LONGEST_SPENT),
            seen=sequence,
            place=planned.place,
            closed_by=planned.closed_by,
            earliest_deadline=now - GRACE,
            idempotency_key=idempotency_key,
            request_hash=hashlib.sha256(json.dumps([unit, answer.text, milliseconds, sequence]).encode()).hexdigest(),
            saved_at=now,
            session=session,
        )
        with self._alone(sitting_id, idempotency_key):
            for _ in range(2):  # a refusal whose reason has gone by the time it is looked for is tried once more
                saved = self._writer.write(change)
                if saved is not None:
                    return Receipt(unit, saved, now, answer.complete)
                receipt = self._explain(change, answer.complete)
                if receipt is not None:
                    return receipt
        raise Unavailable(Words("The answer could not be saved just now. Send it again in a moment."))

    def close(self) -> None:
        """Give back what is held between answers. Called when no answer is being saved."""
        self._writer.close()

    def _planned(self, sitting_id: int, unit: str, session: str | None) -> PlannedUnit:
        known = session and (sitting_id, session)
        units = self._units.get(known) if known else None
        if units is None:
            with self._database.read() as store:
                sitting = store.get(Sitting, sitting_id)
                if sitting is None or sitting.state == "imported":
                    raise NotFound()
                units = dict(plan_form(published_form(store, sitting.form_version_id), sitting.option_seed).units)
            if known:
                self._keep(self._units, known, units)
        if unit not in units:
            raise NotFound(Words("This question is not part of your questionnaire. Nothing was changed."))
        return units[unit]

    def _keep(self, kept: OrderedDict[Known, Kept], known: Known, found: Kept) -> None:
        with self._guard:
            kept[known] = found
            while len(kept) > PLANS_KEPT:
                kept.popitem(last=False)

    @contextmanager
    def _alone(self, sitting_id: int, key: str) -> Iterator[None]:
        mark = (sitting_id, key)
        with self._guard:
            if mark in self._in_flight:
                raise KeyInFlight()
            self._in_flight.add(mark)
        try:
            yield
        finally:
            with self._guard:
                self._in_flight.discard(mark)

    def _explain(self, change: Change, complete: bool) -> Receipt | None:
        """Why the statements refused: raises the reason, or returns the receipt of an answer that is saved already."""
        with self._database.read() as session:
            if change.session is not None and session.get(WebSession, change.session) is None:
                raise SessionEnded()
            receipt = session.get(AnswerReceipt, (change.sitting_id, change.idempotency_key))
            if receipt is not None:
                if receipt.request_hash != change.request_hash:
                    raise KeyReused()
                return Receipt(change.unit, receipt.sequence, receipt.saved_at, complete)
            sitting = session.get(Sitting, change.sitting_id)
            if sitting is None:
                raise NotFound(Words("There is no questionnaire to answer here any more. Nothing was saved."))
            try:
                refuse_closed(sitting, change.earliest_deadline)
            except SittingClosed as refusal:
                log.warning("an answer was refused: sitting %d, unit %s, %s", sitting.id, change.unit, type(refusal).__name__)
                raise
            if sitting.reached < change.place:
                raise PageNotReached()
            if change.closed_by is not None and sitting.reached >= change.closed_by:
                raise PageClosed()
            if change.seen > sitting.sequence:
                raise BadInput(Words("This answer was not saved: the page sent a number that does not exist. Load it again."))
            response = session.get(Response, (change.sitting_id, change.unit))
            if response is None or response.sequence <= change.seen:
                return None
            if response.value != change.text:
                raise StalePage(change.unit, stored_value(response.value), response.sequence)
        return self._confirm(change, complete)

    def _confirm(self, change: Change, complete: bool) -> Receipt | None:
        """The receipt of an answer that stands already with the same value, kept under this key too. None if it has gone."""
        try:
            with self._database.write() as session:
                query = select(Sitting).where(Sitting.id == change.sitting_id, Sitting.state == "active")
                sitting = session.scalars(query.with_for_update()).first()
                response = session.get(Response, (change.sitting_id, change.unit))
                if sitting is None or response is None or response.value != change.text:
                    return None
                session.add(
                    AnswerReceipt(
                        sitting_id=change.sitting_id,
                        idempotency_key=change.idempotency_key,
                        request_hash=change.request_hash,
                        sequence=response.sequence,
                        saved_at=response.saved_at,
                    )
                )
                return Receipt(change.unit, response.sequence, response.saved_at, complete)
        except IntegrityError:
            return None  # the same key arrived twice at once; the other one has it


def refuse_closed(sitting: Sitting, earliest_deadline: datetime) -> None:
    """Raise the reason why a sitting takes no more answers, if there is one."""
    if sitting.state == "withdrawn":
        raise SittingWithdrawn()
    if sitting.state == "overdue":
        raise SittingOverdue()
    if sitting.state != "active":
        raise SittingAlreadySubmitted()
    if sitting.deadline_at is not None and sitting.deadline_at < earliest_deadline:
        raise SittingOverdue()


def _check(milliseconds: int | None, sequence: int, key: str) -> None:
    faults = []
    if isinstance(milliseconds, bool) or not (milliseconds is None or (isinstance(milliseconds, int) and milliseconds >= 0)):
        faults.append(Fault("milliseconds", "must be a whole number, 0 or more"))
    if isinstance(sequence, bool) or not isinstance(sequence, int) or not 0 <= sequence < 2**31:
        faults.append(Fault("sequence", "must be a whole number, 0 or more"))
    if not isinstance(key, str) or not KEY.fullmatch(key):
        faults.append(Fault("key", "must be 8 to 64 letters, digits, hyphens or underscores"))
    if faults:
        raise BadInput(Words("This answer was not saved: the page sent something that cannot be used. Load it again."), faults)

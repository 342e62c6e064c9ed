"""Group commit: one thread at a time writes what all threads of its process wait for, in one transaction.

A change is confirmed only after COMMIT. A group holds at most one change of a sitting. What a group did not decide, because a row
of it could not be stored or because somebody else is changing the sitting, its own thread tries alone, so that one bad row fails
alone and for its own reason. If the database could not be reached, all who wait are told.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping

from assessment.errors import Unavailable, Words
from assessment.records.database import DatabaseDown
from assessment.services.sitting.answer_statements import AnswerStatements, Change

LARGEST_GROUP = 64
LONGEST_QUEUE = 2_000
LONGEST_WAIT_SECONDS = 15.0

log = logging.getLogger("assessment.answers")


class _Waiting:
    """A change that waits to be written. `signal` is released once it was tried, or once its thread is to write."""

    __slots__ = ("change", "decided", "error", "leads", "sequence", "signal", "tried")

    def __init__(self, change: Change) -> None:
        self.change = change
        self.signal = threading.Lock()
        self.signal.acquire()
        self.leads = self.tried = self.decided = False
        self.sequence: int | None = None
        self.error: Exception | None = None


class GroupWriter:
    """The first thread to come writes for all that wait, then hands over to one that came meanwhile."""

    def __init__(self, statements: AnswerStatements) -> None:
        self._statements = statements
        self._guard = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._led = False

    def write(self, change: Change) -> int | None:
        """The sequence of the change once it is committed, or None if it is refused.

        Raises `Unavailable` if it could not be tried in time, and what the database raises.
        """
        entry = _Waiting(change)
        with self._guard:
            if len(self._queue) >= LONGEST_QUEUE:
                raise Unavailable(Words("Too many answers arrive at once. This one was not saved; send it again in a moment."))
            self._queue.append(entry)
            entry.leads, self._led = not self._led, True
        if not entry.leads:
            self._wait(entry)
        if not entry.tried:
            self._write_for_all()
        if entry.error is not None:
            raise entry.error
        return entry.sequence if entry.decided else self._statements.save_alone(change)

    def close(self) -> None:
        """Give back what is held between changes. Called when nobody writes."""
        self._statements.close()

    def _wait(self, entry: _Waiting) -> None:
        if entry.signal.acquire(timeout=LONGEST_WAIT_SECONDS):
            return
        with self._guard:
            if entry.leads or entry.tried:
                return
            if entry in self._queue:
                self._queue.remove(entry)
        raise Unavailable(Words("The answer could not be confirmed in time. Send it again; it will not be counted twice."))

    def _write_for_all(self) -> None:
        """Write the group that has gathered by the time the turn comes. Called by the thread whose change is first."""
        group: list[_Waiting] = []
        saved: Mapping[int, int | None] = {}
        down: Exception | None = None
        try:
            with self._statements.turn():
                group = self._gather()
                saved = self._statements.save([entry.change for entry in group])
        except DatabaseDown as error:
            down = error
        except Exception as error:
            log.warning("a group of %d answers was not saved as one: %s", len(group), type(error).__name__)
        finally:
            for entry in group or self._gather():
                sitting = entry.change.sitting_id
                entry.sequence, entry.decided = saved.get(sitting), sitting in saved
                entry.error, entry.tried = down, True
                if not entry.leads:
                    entry.signal.release()
            self._hand_over()

    def _gather(self) -> list[_Waiting]:
        with self._guard:
            group: dict[int, _Waiting] = {}
            later = []
            while self._queue and len(group) < LARGEST_GROUP:
                entry = self._queue.popleft()
                if group.setdefault(entry.change.sitting_id, entry) is not entry:
                    later.append(entry)
            self._queue.extendleft(reversed(later))
            return [*group.values()]

    def _hand_over(self) -> None:
        with self._guard:
            self._led = bool(self._queue)
            if self._led:
                self._queue[0].leads = True
                self._queue[0].signal.release()

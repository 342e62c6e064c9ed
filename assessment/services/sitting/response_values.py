"""What may be answered to a unit, and how it is stored: JSON text, and whether the answer is complete.

pick_best "b"; best_worst {"best": "b", "worst": "d"}; rate {"a": 3, ...}; rank ["d", "a", "b", "c"], best first, null for a
place not given; likert 4. A partial answer is kept as it is and counts only when it is complete.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from assessment.errors import BadInput, Fault, Words
from assessment.services.sitting.paging import PlannedUnit

POINTS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is the canonical JSON to store, None when nothing is chosen."""

    text: str | None
    complete: bool

    @property
    def state(self) -> str:
        return "answered" if self.complete else "omitted"


NOTHING = Answer(None, False)


def read_answer(unit: PlannedUnit, value: object) -> Answer:
    """Check a value that was sent for a unit. Raises `BadInput` in words for the person who answers."""
    if value is None:
        return NOTHING
    return {"pick_best": _pick, "best_worst": _pair, "rate": _ratings, "rank": _order, "likert": _point}[unit.unit.format](
        unit, value
    )


def stored_value(text: str | None) -> Any:
    """A stored answer as a value again."""
    return None if text is None else json.loads(text)


def _pick(unit: PlannedUnit, value: object) -> Answer:
    if not isinstance(value, str) or value not in unit.options:
        raise _refused(unit, Words("Choose one of the answers shown."))
    return Answer(_text(value), True)


def _pair(unit: PlannedUnit, value: object) -> Answer:
    if not isinstance(value, dict) or not set(value) <= {"best", "worst"}:
        raise _refused(unit, Words("Choose one best and one worst answer."))
    chosen = {word: option for word, option in value.items() if option is not None}
    if any(not isinstance(option, str) or option not in unit.options for option in chosen.values()):
        raise _refused(unit, Words("Choose one of the answers shown."))
    if len(set(chosen.values())) < len(chosen):
        raise _refused(unit, Words("Best and worst must be two different answers."))
    return Answer(_text(chosen), len(chosen) == 2) if chosen else NOTHING


def _ratings(unit: PlannedUnit, value: object) -> Answer:
    if not isinstance(value, dict) or not set(value) <= set(unit.options):
        raise _refused(unit, Words("Rate the answers shown."))
    rated = {option: point for option, point in value.items() if point is not None}
    if not all(_is_point(point) for point in rated.values()):
        raise _refused(unit, Words("A rating is a whole number from 1 to %(points)s.", points=POINTS))
    return Answer(_text(rated), len(rated) == len(unit.options)) if rated else NOTHING


def _order(unit: PlannedUnit, value: object) -> Answer:
    if not isinstance(value, list) or len(value) != len(unit.options):
        raise _refused(unit, Words("Give every answer a place."))
    placed = [option for option in value if option is not None]
    if any(not isinstance(option, str) or option not in unit.options for option in placed) or len(set(placed)) < len(placed):
        raise _refused(unit, Words("Give every answer its own place."))
    return Answer(_text(value), len(placed) == len(unit.options)) if placed else NOTHING


def _point(unit: PlannedUnit, value: object) -> Answer:
    if not _is_point(value):
        raise _refused(unit, Words("Choose one of the %(points)s answers.", points=POINTS))
    return Answer(_text(value), True)


def _is_point(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= POINTS


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _refused(unit: PlannedUnit, message: str) -> BadInput:
    return BadInput(Words("This answer was not saved. %(reason)s", reason=message), [Fault(unit.code, message)])

"""Where an entry's scores fall short of what its format asks for (items.md A15): warnings, for a key may still be used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import pstdev

from assessment.bank.faults import Broken
from assessment.bank.units import Unit
from assessment.keys.parts import UnitKey

LEAST_GAP = 0.5
LEAST_SD = 1.0
LEAST_RANGE = 2.5
OPTION_COUNTS = {"pick_best": (4, 4), "best_worst": (4, 5), "rank": (4, 4), "rate": (5, 6)}
_ROUNDING = 1e-9


def format_warnings(unit: Unit, entry: UnitKey) -> Iterator[Broken]:
    """What is short: number of options, distances between scores (SD: of all options, over n), rationales."""
    if unit.format == "likert":
        if entry.why is None:
            yield ("why",), "there is no rationale"
        return
    fewest, most = OPTION_COUNTS.get(unit.format, (2, 6))
    if not fewest <= len(unit.options) <= most:
        wanted = f"{fewest}" if fewest == most else f"{fewest} or {most}"
        yield ("option",), f"format {unit.format} should have {wanted} options, not {len(unit.options)}"
    yield from _gaps(unit.format, sorted((option.score for option in entry.options.values()), reverse=True))
    for code, option in entry.options.items():
        if option.why is None:
            yield ("option", code, "why"), "there is no rationale"


def _gaps(format: str, scores: Sequence[float]) -> Iterator[Broken]:
    if len(scores) < 2:
        return
    gaps = [high - low for high, low in pairwise(scores)]
    if format in ("pick_best", "best_worst") and _short(gaps[0], LEAST_GAP):
        yield ("option",), f"the best option is only {gaps[0]:.2g} ahead; it should be {LEAST_GAP}"
    if format == "best_worst" and _short(gaps[-1], LEAST_GAP):
        yield ("option",), f"the worst option is only {gaps[-1]:.2g} behind; it should be {LEAST_GAP}"
    if format == "rank" and _short(min(gaps), LEAST_GAP):
        yield ("option",), f"two neighbours are only {min(gaps):.2g} apart; they should be {LEAST_GAP}"
    if format == "rate":
        if _short(pstdev(scores), LEAST_SD):
            yield ("option",), f"the SD of the scores is {pstdev(scores):.2f}; it should be {LEAST_SD}"
        if _short(scores[0] - scores[-1], LEAST_RANGE):
            yield ("option",), f"the range of the scores is {scores[0] - scores[-1]:.2g}; it should be {LEAST_RANGE}"
        if min(gaps) <= 0:
            yield ("option",), "two options have one score"


def _short(value: float, least: float) -> bool:
    return value < least - _ROUNDING

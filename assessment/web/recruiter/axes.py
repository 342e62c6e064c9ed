"""The axis that the scores of one page are drawn on, and the curve of their distribution as SVG geometry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SHORTEST = 40
KERNEL = (1, 2, 3, 2, 1)
WIDTH, HEIGHT, BASE = 600, 112, 100


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, with a tick every ten."""

    low: int
    high: int

    @property
    def ticks(self) -> list[int]:
        return list(range(self.low, self.high + 1, 10))


def score_axis(scale: str | None, values: Iterable[float]) -> Axis:
    """20 to 80 on the T scale, 3 SD to each side (who lies outside stands at the edge); on percent the tens around
    everybody, at least 40."""
    if scale == "t":
        return Axis(20, 80)
    known = list(values)
    low, high = max(min(known, default=0), 0), min(max(known, default=100), 100)
    start, end = int(low // 10) * 10, int(-(-high // 10)) * 10
    while end - start < SHORTEST:
        start, end = (start - 10, end) if end >= 100 or (start > 0 and end - 50 > 50 - start) else (start, end + 10)
    return Axis(start, end)


def distribution_path(counts: Mapping[int, int], axis: Axis) -> str:
    """The path of a filled curve in a 600 by 112 box: how many people have each whole score, smoothed over five."""
    reach = len(KERNEL) // 2
    heights = {
        x: sum(weight * counts.get(x + offset - reach, 0) for offset, weight in enumerate(KERNEL))
        for x in range(axis.low, axis.high + 1)
    }
    tallest = max(heights.values(), default=0) or 1
    span = axis.high - axis.low
    points = [f"L{WIDTH * (x - axis.low) / span:.1f} {BASE - (BASE - 8) * y / tallest:.1f}" for x, y in heights.items()]
    return f"M0 {BASE}{''.join(points)}L{WIDTH} {BASE}Z"

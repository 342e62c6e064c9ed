"""Geometry of the analyst's charts: values in, percent and pixels out. Templates draw what is computed here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEFT, RIGHT = 7.0, 98.0  # percent of the width that the plot area spans
TOP, BOTTOM = 12.0, 208.0  # pixels


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in the plot: `x` in percent of the width, `y` in pixels."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Scatter:
    points: tuple[Mark, ...]
    line: tuple[Mark, Mark]
    band: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One fifth of an expectancy chart: its bar, its interval and what the model expects, all in pixels from the top."""

    label: str
    centre: float
    top: float
    low: float
    high: float
    model: float
    share: str


def scatter(result: Mapping[str, Any]) -> Scatter:
    """The scatter of criterion on score with its fitted line and band, from a study's `scatter` document."""
    points: Sequence[Sequence[float]] = result["points"]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    x_low, x_high = _stretch(min(xs), max(xs))
    y_low, y_high = _stretch(min(ys), max(ys))

    def place(x: float, y: float) -> Mark:
        y = min(max(y, y_low), y_high)
        return Mark(
            round(LEFT + (RIGHT - LEFT) * (x - x_low) / (x_high - x_low), 2),
            round(BOTTOM - (BOTTOM - TOP) * (y - y_low) / (y_high - y_low), 1),
        )

    slope, intercept = result["line"]["slope"], result["line"]["intercept"]
    ends = (place(min(xs), intercept + slope * min(xs)), place(max(xs), intercept + slope * max(xs)))
    lower = [place(x, low) for x, low, _ in result["band"]]
    upper = [place(x, high) for x, _, high in result["band"]]
    outline = upper + lower[::-1]
    band = "M" + "L".join(f"{m.x * 10:.1f} {m.y:.1f}" for m in outline) + "Z" if outline else ""
    return Scatter(
        tuple(place(x, y) for x, y in points),
        ends,
        band,
        tuple(Tick(place(t, y_low).x, _number(t)) for t in _ticks(x_low, x_high, 6)),
        tuple(Tick(place(x_low, t).y, _number(t)) for t in _ticks(y_low, y_high, 4)),
    )


def expectancy(rows: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
    """Bars of the share that met the standard, by fifth of the score; 0 stands at 208 px and 100 % at 8 px."""

    def height(share: float) -> float:
        return round(208 - 200 * share, 1)

    labels = ("Lowest", "2nd", "3rd", "4th", "Highest")
    return tuple(
        Bar(
            labels[i],
            16 + 18.5 * i,
            height(row["share"]),
            height(row["interval"][0]),
            height(row["interval"][1]),
            height(row["model"]),
            f"{100 * row['share']:.0f} %",
        )
        for i, row in enumerate(rows)
    )


def span(intervals: Sequence[Sequence[float]]) -> tuple[float, float, tuple[float, ...]]:
    """One axis for many coefficients: low end, high end and ticks a tenth or two tenths apart."""
    low = min(0.0, *(i[0] for i in intervals)) if intervals else 0.0
    high = max(0.1, *(i[1] for i in intervals)) if intervals else 0.3
    step = 0.1 if high - low <= 0.7 else 0.2
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    count = round((high - low) / step)
    return round(low, 2), round(high, 2), tuple(round(low + step * i, 2) for i in range(count + 1))


def _stretch(low: float, high: float) -> tuple[float, float]:
    margin = (high - low) * 0.04 or 1.0
    return low - margin, high + margin


def _ticks(low: float, high: float, about: int) -> list[float]:
    rough = (high - low) / about
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    first = math.ceil(low / step)
    return [round(step * i, 10) for i in range(first, math.floor(high / step) + 1)]


def _number(value: float) -> str:
    text = f"{value:g}"
    return text.replace("-", "−")

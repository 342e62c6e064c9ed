"""Responses to numbers: what was chosen, rated or ordered becomes one score a unit, by the method that the key names.

The arithmetic is `psychometrics.keying`; here stored values become its arrays. A value that does not fit its unit (an
option that there is none of, a rating off the scale) counts as not answered: a score never rests on a guess.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from assessment.bank import Unit
from assessment.keys import ScaleKey, ScoringKey, UnitKey
from assessment.psychometrics import keying
from assessment.psychometrics.arrays import FloatArray
from assessment.services.scores.responding import ResponseSheet
from assessment.services.scores.scored_form import BEST, WORST, point_codes

N_POINTS = 5
FEWEST_RATINGS = 15
"""Ratings a form must ask for before a person's own mean and SD are good enough to standardise by (items.md, blueprint)."""


def unit_scores(sheet: ResponseSheet, units: Sequence[Unit], key: ScoringKey) -> FloatArray:
    """Item scores of a keyed (not linear) form: (n, k) on 0–1 in the order of `units`, NaN where not answered.

    `standardised_distance` z-scores each person's ratings over every rated option of the form; in a form that asks for
    fewer than 15 ratings it gives way to `shape`.
    """
    rated = {unit.code: _ratings(sheet.column(unit.code), unit) for unit in units if unit.format == "rate"}
    style = _rating_style(rated, units, key)
    columns = [_unit_score(sheet.column(unit.code), unit, key.items[unit.code], rated.get(unit.code), style) for unit in units]
    return np.column_stack(columns) if columns else np.empty((sheet.n, 0))


def option_points(sheet: ResponseSheet, code: str, entry: UnitKey) -> FloatArray:
    """Points of a linear key for one unit: (n,)."""
    return np.array([points_of(entry, point_codes(value)) for value in sheet.column(code)], dtype=np.float64)


def points_of(entry: UnitKey, codes: Sequence[str]) -> float:
    """The points of an answer given as option codes; `entry.missing` where none of them has points."""
    found = [entry.options[code].score for code in codes if code in entry.options]
    return math.fsum(found) if found else entry.missing


def scale_means(sheet: ResponseSheet, scale: ScaleKey) -> FloatArray:
    """Mean of each person's answered items of a scale, reversed ones turned round: (n,) from `low` to `high`, NaN for none."""
    return keying.scale_scores(
        np.column_stack([_numbers(sheet.column(code), scale.low, scale.high) for code in scale.items]),
        [code in scale.reversed for code in scale.items],
        scale.low,
        scale.high,
    )


def scale_items(sheet: ResponseSheet, scale: ScaleKey) -> FloatArray:
    """The items of a scale keyed in its direction and brought to 0–1: (n, k), NaN where not answered."""
    given = np.column_stack([_numbers(sheet.column(code), scale.low, scale.high) for code in scale.items])
    share = (given - scale.low) / (scale.high - scale.low)
    return np.asarray(np.where([code in scale.reversed for code in scale.items], 1.0 - share, share))


def number_values(sheet: ResponseSheet, code: str) -> FloatArray:
    """The numbers given for one unit: (n,), NaN where nothing was answered or what was is no number."""
    return _numbers(sheet.column(code), -math.inf, math.inf)


def _unit_score(
    column: Sequence[Any], unit: Unit, entry: UnitKey, rated: FloatArray | None, style: keying.RatingStyle | None
) -> FloatArray:
    if entry.method == "likert":
        assert entry.direction is not None  # a rule of the key
        return keying.likert(_numbers(column, 1, N_POINTS), entry.direction, N_POINTS)
    scores = [entry.options[option].score for option in unit.options]
    match entry.method:
        case "option_value":
            return keying.option_value(_indices(column, unit), scores)
        case "best_worst":
            return keying.best_worst(*_best_and_worst(column, unit), scores)
        case "rank_distance":
            return keying.rank_distance(_places(column, unit), scores)
        case "standardised_distance" if style is not None:
            assert rated is not None  # check_key lets this method score rated units alone
            return keying.standardised_distance(rated, scores, *style)
        case "standardised_distance" | "shape":
            assert rated is not None
            return keying.shape(rated, scores)
        case _:
            raise ValueError(f"method {entry.method} gives no item score")


def _rating_style(rated: Mapping[str, FloatArray], units: Sequence[Unit], key: ScoringKey) -> keying.RatingStyle | None:
    scores = [key.items[unit.code].options[option].score for unit in units if unit.code in rated for option in unit.options]
    if len(scores) < FEWEST_RATINGS:
        return None
    return keying.rating_style(np.column_stack(list(rated.values())), scores)


def _indices(column: Sequence[Any], unit: Unit) -> FloatArray:
    place = {option: float(i) for i, option in enumerate(unit.options)}
    return np.array([place.get(value, np.nan) if isinstance(value, str) else np.nan for value in column])


def _best_and_worst(column: Sequence[Any], unit: Unit) -> tuple[FloatArray, FloatArray]:
    place = {option: float(i) for i, option in enumerate(unit.options)}
    both = np.full((len(column), 2), np.nan)
    for row, value in enumerate(column):
        if isinstance(value, Mapping):
            best, worst = str(value.get(BEST)), str(value.get(WORST))
            if best in place and worst in place and best != worst:
                both[row] = place[best], place[worst]
    return both[:, 0], both[:, 1]


def _ratings(column: Sequence[Any], unit: Unit) -> FloatArray:
    out = np.full((len(column), len(unit.options)), np.nan)
    for row, value in enumerate(column):
        if isinstance(value, Mapping):
            out[row] = [_number(value.get(option), 1, N_POINTS) for option in unit.options]
    return out


def _places(column: Sequence[Any], unit: Unit) -> FloatArray:
    wanted = sorted(unit.options)
    out = np.full((len(column), len(unit.options)), np.nan)
    for row, value in enumerate(column):
        if isinstance(value, list) and all(isinstance(v, str) for v in value) and sorted(value) == wanted:
            out[row] = [value.index(option) + 1 for option in unit.options]
    return out


def _numbers(column: Sequence[Any], low: float, high: float) -> FloatArray:
    return np.array([_number(value, low, high) for value in column], dtype=np.float64)


def _number(value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        return np.nan
    return float(value)

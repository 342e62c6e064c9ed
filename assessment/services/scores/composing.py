"""Item scores to facet scores and a composite, on the scale that is reported. Pure: a sheet in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from assessment.bank import Unit
from assessment.errors import BadInput
from assessment.keys import NumberKey, ScaleKey, ScoringKey, UnitKey, check_key, effective_weights, facet_weights
from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.keying import composite
from assessment.services.scores.item_scoring import (
    number_values,
    option_points,
    points_of,
    scale_items,
    scale_means,
    unit_scores,
)
from assessment.services.scores.numbers import number_contributions
from assessment.services.scores.responding import ResponseSheet
from assessment.services.scores.scored_form import BEST, WORST, ScoredForm, read_form

LEAST_SHARE = 0.5 - 1e-9
"""Of the scenario weight (of the units, for a linear key): with less answered there is no composite. Half, with room for the
rounding of weights that sum to one."""

Scale = Literal["t", "percent"]


class KeyDoesNotFit(BadInput):
    """The key cannot score this form; `faults` say which entries are missing or wrong."""


@dataclass(frozen=True)
class ScoreTable:
    """Scores of n people under one key, one row a person in the order of the sheet.

    `item_scores` is (n, k) in the order of `units`: 0 to 1 (points of a linear key as they are), NaN not answered.
    `part_of[unit]` names what a unit's score goes into beside the composite: its item, so that the steps of a storyline
    are one part; the scale of a statement of a linear key; `""` for points and numbers. `weights` (k,) are what the units
    count in the composite of a weighted sum. `facets` are (n,) each on 0–1 (the scales, for a linear key). `raw` is the
    composite before scaling and `composite` on the reported `scale`, both NaN where too little was answered;
    `share_answered` says how much was. `contributions` (linear keys) are the (n,) terms that `raw` is the sum of.
    """

    sheet: ResponseSheet
    units: tuple[str, ...]
    part_of: Mapping[str, str]
    weights: FloatArray
    item_scores: FloatArray
    facets: Mapping[str, FloatArray]
    facet_units: Mapping[str, Mapping[str, float]]
    contributions: Mapping[str, FloatArray]
    raw: FloatArray
    composite: FloatArray
    scale: Scale
    share_answered: FloatArray
    n_answered: IntArray

    @property
    def n_units(self) -> int:
        return len(self.units)


def score_sheet(sheet: ResponseSheet, form: ScoredForm | Mapping[str, Any], key: ScoringKey) -> ScoreTable:
    """Score every row of a sheet with a key, writing nothing. `form` is a form version's content, or what was read of it.

    Raises `KeyDoesNotFit` for a key that lacks a unit of the form, and for IRT keys, which are calibrated but not scored.
    """
    shape = form if isinstance(form, ScoredForm) else read_form(form)
    require_fit(key, shape)
    return _linear(sheet, shape.units, key) if key.model.kind == "linear" else _weighted(sheet, shape.units, key)


def require_fit(key: ScoringKey, form: ScoredForm) -> None:
    """Raise `KeyDoesNotFit` unless the key can score the form."""
    if key.model.kind not in ("linear", "weighted_sum"):
        raise KeyDoesNotFit(f"Key {key.id} is a {key.model.kind} key. Scores are made with weighted sums and linear keys.")
    if form.imported != (key.model.kind == "linear"):
        raise KeyDoesNotFit(
            f"Key {key.id} is a {key.model.kind} key. A form imported without texts takes a linear key, any other a weighted sum."
        )
    errors = check_key(key, form.units).errors
    if errors:
        raise KeyDoesNotFit(f"Key {key.id} does not fit this form: {errors[0]}", errors)


def _weighted(sheet: ResponseSheet, units: tuple[Unit, ...], key: ScoringKey) -> ScoreTable:
    effective, of_facets = effective_weights(key, units), facet_weights(key, units)
    counted = tuple(unit for unit in units if effective[unit.code] > 0)
    weights = np.array([effective[unit.code] for unit in counted])
    scores = unit_scores(sheet, counted, key)
    answered = ~np.isnan(scores)
    # Self-report alone never makes a composite: what must be answered is half of the scenarios, where there are any.
    scenario = np.array([unit.format != "likert" for unit in counted])
    needed = np.where(scenario, weights, 0.0) if scenario.any() else weights
    share = (answered * needed).sum(axis=1) / needed.sum()
    raw = np.where(share >= LEAST_SHARE, composite(scores, weights), np.nan)
    place = {unit.code: i for i, unit in enumerate(counted)}
    in_facets = {facet: {code: w for code, w in column.items() if code in place} for facet, column in of_facets.items()}
    facets = {
        facet: composite(scores[:, [place[code] for code in column]], list(column.values()))
        for facet, column in in_facets.items()
        if column
    }
    return ScoreTable(
        sheet=sheet,
        units=tuple(unit.code for unit in counted),
        part_of={unit.code: unit.item_id for unit in counted},
        weights=weights,
        item_scores=scores,
        facets=facets,
        facet_units={facet: in_facets[facet] for facet in facets},
        contributions={},
        raw=raw,
        composite=_reported(raw, key),
        scale="t" if key.norms else "percent",
        share_answered=share,
        n_answered=answered.sum(axis=1).astype(np.int64),
    )


def _linear(sheet: ResponseSheet, units: tuple[Unit, ...], key: ScoringKey) -> ScoreTable:
    points = {code: option_points(sheet, code, entry) for code, entry in key.items.items()}
    means = {code: scale_means(sheet, scale) for code, scale in key.scales.items()}
    contributions = dict(points) | {code: _contribution(means[code], scale) for code, scale in key.scales.items()}
    numbers = {code: number_contributions(number_values(sheet, code), number) for code, number in key.numbers.items()}
    contributions |= {code: np.nan_to_num(values) for code, values in numbers.items()}
    columns: dict[str, FloatArray] = {code: _blank_unanswered(sheet, code, values) for code, values in points.items()}
    columns |= numbers
    part_of = dict.fromkeys(columns, "")
    for code, scale in key.scales.items():
        keyed = scale_items(sheet, scale)
        columns |= {unit: keyed[:, i] for i, unit in enumerate(scale.items)}
        part_of |= dict.fromkeys(scale.items, code)
    scores = np.column_stack(list(columns.values()))
    answered = ~np.isnan(scores)
    share = answered.mean(axis=1)
    raw = np.where(share >= LEAST_SHARE, np.column_stack(list(contributions.values())).sum(axis=1), np.nan)
    return ScoreTable(
        sheet=sheet,
        units=tuple(columns),
        part_of=part_of,
        weights=np.ones(len(columns)),
        item_scores=scores,
        facets={code: (means[code] - scale.low) / (scale.high - scale.low) for code, scale in key.scales.items()},
        facet_units={code: dict.fromkeys(scale.items, 1.0 / len(scale.items)) for code, scale in key.scales.items()},
        contributions=contributions,
        raw=raw,
        composite=_reported(raw, key, *_linear_range(key, units)),
        scale="t" if key.norms else "percent",
        share_answered=share,
        n_answered=answered.sum(axis=1).astype(np.int64),
    )


def _contribution(means: FloatArray, scale: ScaleKey) -> FloatArray:
    """weight · (mean − sample mean) / sample SD; 0, the average person's, where nothing was answered."""
    return np.asarray(np.where(np.isnan(means), 0.0, scale.weight * (means - scale.mean) / scale.sd))


def _blank_unanswered(sheet: ResponseSheet, code: str, values: FloatArray) -> FloatArray:
    return np.where([value is None for value in sheet.column(code)], np.nan, values)


def _linear_range(key: ScoringKey, units: Sequence[Unit]) -> tuple[float, float]:
    """The lowest and highest raw composite that any answers could give."""
    options = {unit.code: unit.options for unit in units}
    low = high = 0.0
    for code, entry in key.items.items():
        possible = _possible_points(entry, options[code])
        low, high = low + min(possible), high + max(possible)
    for scale in key.scales.values():
        ends = [scale.weight * (end - scale.mean) / scale.sd for end in (scale.low, scale.high)]
        low, high = low + min(ends), high + max(ends)
    for number in key.numbers.values():
        ends = _possible_contributions(number)
        low, high = low + min(ends), high + max(ends)
    if not high > low:
        raise KeyDoesNotFit(f"Key {key.id} gives everybody the same score.")
    return low, high


def _possible_points(entry: UnitKey, options: Sequence[str]) -> list[float]:
    """Points that one answer can get: no answer, one option, or a best and another worst."""
    best = [option for option in options if option.startswith(f"{BEST}:")]
    worst = [option for option in options if option.startswith(f"{WORST}:")]
    pairs = [(b, w) for b in best for w in worst if b.partition(":")[2] != w.partition(":")[2]]
    answers: Sequence[tuple[str, ...]] = pairs or [(option,) for option in options or entry.options]
    return [entry.missing, *(points_of(entry, answer) for answer in answers)]


def _possible_contributions(number: NumberKey) -> list[float]:
    """What a number can add: none, the ends of its straight line, the values that have points."""
    ends = [number.weight * (end - number.mean) / number.sd for end in (number.low, number.high)]
    return [0.0, *ends, *number_contributions(np.array([*map(float, number.points)]), number).tolist()]


def _reported(raw: FloatArray, key: ScoringKey, low: float = 0.0, high: float = 1.0) -> FloatArray:
    if key.norms is not None:
        return np.asarray(50.0 + 10.0 * (raw - key.norms.mean) / key.norms.sd)
    return np.asarray(100.0 * (raw - low) / (high - low))


def reported_spread(sd: float, key: ScoringKey, form: ScoredForm) -> float:
    """An SD of raw composites on the reported scale."""
    if key.norms is not None:
        return 10.0 * sd / key.norms.sd
    low, high = _linear_range(key, form.units) if key.model.kind == "linear" else (0.0, 1.0)
    return 100.0 * sd / (high - low)

"""How sure a score is: the standard error that stands beside it, and what it rests on.

Until 100 sittings of a form are finished the form's own planned reliability is used and labelled provisional; from then
on coefficient alpha of the weighted composite, or its stratified form over the scales of a linear key. Alpha understates
the reliability of situational judgment (Catano, Brochu & Lamerson, 2012), so that intervals are wide rather than narrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assessment.keys import ScoringKey
from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.classical import (
    alpha,
    composite_reliability,
    standard_error_of_measurement,
    subscore_added_value,
)
from assessment.psychometrics.keying import composite
from assessment.services.scores.composing import ScoreTable, reported_spread
from assessment.services.scores.scored_form import ScoredForm

FEWEST_FOR_SD = 30
FEWEST_FOR_RELIABILITY = 100
PLANNED_SD = 0.09
"""Of a composite on 0–1: item SD .22, mean correlation .09, 16 items: .22 √((1 + 15 × .09) / 16) = .084, rounded up."""
PLANNED_RELIABILITY = 0.50
"""Where no form says what was planned: an imported form with fewer than 100 people."""


@dataclass(frozen=True, slots=True)
class FacetFigures:
    """Of a facet's scores on 0–1 in the group. `shown`: reliability ≥ .70, or PRMSE above that of the composite."""

    reliability: float
    mean: float
    sd: float
    shown: bool


@dataclass(frozen=True, slots=True)
class Precision:
    """`standard_error` on the reported scale, `reliability` and in words what both rest on; facets with enough people.

    `n` is the number of finished sittings that were looked at, 0 for planning values alone; `basis` says how many of them
    had a score.
    """

    standard_error: float
    reliability: float
    basis: str
    n: int
    facets: Mapping[str, FacetFigures]


def planned_precision(form: ScoredForm, key: ScoringKey) -> Precision:
    """Before 30 sittings are finished: everything is a planning value, unless the key has norms."""
    reliability, words = _planned(form)
    if key.norms is not None:
        sd, words = 10.0, f"{words}; SD of the norm group"
    else:
        sd, words = 100.0 * PLANNED_SD, f"{words}; SD a planning value"
    return Precision(_standard_error(sd, reliability), reliability, words, 0, {})


def estimated_precision(table: ScoreTable, form: ScoredForm, key: ScoringKey) -> Precision:
    """From the finished sittings in `table`; what too few of them cannot give stays as planned."""
    scored = ~np.isnan(table.raw)
    n = int(scored.sum())
    if n < FEWEST_FOR_SD:
        return replace(planned_precision(form, key), n=table.sheet.n)
    sd = 10.0 if key.norms is not None else reported_spread(float(table.raw[scored].std(ddof=1)), key, form)
    estimate = _estimated_reliability(table, scored) if n >= FEWEST_FOR_RELIABILITY else None
    if estimate is None:
        reliability, words = _planned(form)
        words = f"{words}; SD of {'the norm group' if key.norms else f'{n} sittings'}"
        return Precision(_standard_error(sd, reliability), reliability, words, table.sheet.n, {})
    reliability, words = estimate
    facets = _facet_figures(table, scored)
    return Precision(_standard_error(sd, reliability), reliability, f"{words}, n = {n}", table.sheet.n, facets)


def _planned(form: ScoredForm) -> tuple[float, str]:
    if form.planned_reliability is None:
        return PLANNED_RELIABILITY, "a planning value, provisional"
    return form.planned_reliability, "planned for this form, provisional"


def _standard_error(sd: float, reliability: float) -> float:
    return float(standard_error_of_measurement(sd, reliability))


def _estimated_reliability(table: ScoreTable, scored: np.ndarray) -> tuple[float, str] | None:
    if table.contributions:
        stratified = _stratified_alpha(table, scored)
        return None if stratified is None else (stratified, "stratified alpha of the composite")
    estimate = _alpha(_parts(table, table.units, table.weights)[scored])
    return None if estimate is None else (estimate, "alpha of the weighted composite")


def _stratified_alpha(table: ScoreTable, scored: np.ndarray) -> float | None:
    """1 − Σ s² (1 − alpha) / S² over the scales and the points as one more stratum (Rajaratnam, Cronbach & Gleser, 1965)."""
    strata: dict[str, list[str]] = {}
    for unit in table.units:
        strata.setdefault(table.part_of[unit], []).append(unit)
    totals, alphas = [], []
    for name, units in strata.items():
        total, columns = _stratum(table, name, units)
        if np.ptp(total[scored]) > 0:
            totals.append(total[scored])
            alphas.append(_alpha(columns[scored]) or 0.0)
    if not totals:
        return None
    covariance = np.atleast_2d(np.cov(np.vstack(totals)))
    return min(max(composite_reliability(np.ones(len(totals)), covariance, alphas), 0.0), 1.0)


def _stratum(table: ScoreTable, name: str, units: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """What a scale (or, without a name, all points together) adds to the composite, (n,), and its items, (n, k)."""
    if name:
        place = {unit: i for i, unit in enumerate(table.units)}
        return table.contributions[name], table.item_scores[:, [place[unit] for unit in units]]
    points = np.column_stack([table.contributions[unit] for unit in units])
    return points.sum(axis=1), points


def _parts(table: ScoreTable, units: Sequence[str], weights: FloatArray) -> FloatArray:
    """Weighted scores of the parts of a sum: (n, parts), NaN for a part of which nothing was answered."""
    place = {unit: i for i, unit in enumerate(table.units)}
    parts: dict[str, list[int]] = {}
    for at, unit in enumerate(units):
        parts.setdefault(unit if table.contributions else table.part_of[unit], []).append(at)
    columns = [
        composite(table.item_scores[:, [place[units[at]] for at in members]], weights[members]) * weights[members].sum()
        for members in parts.values()
    ]
    return np.column_stack(columns)


def _alpha(parts: FloatArray) -> float | None:
    """Alpha on 0–1 of (n, k) parts, those that do not vary left out; None with fewer than two, or too sparse answers."""
    answered = ~np.isnan(parts)
    varies = np.array([_varies(column) for column in parts.T], dtype=bool)
    kept, here = parts[:, varies], answered[:, varies].astype(np.float64)
    if kept.shape[1] < 2 or (here.T @ here).min() < 3:
        return None
    estimate = alpha(kept).estimate
    return None if np.isnan(estimate) else float(min(max(estimate, 0.0), 1.0))


def _facet_figures(table: ScoreTable, scored: np.ndarray) -> dict[str, FacetFigures]:
    names = [name for name, values in table.facets.items() if _varies(values[scored])]
    if not names:
        return {}
    reliabilities = []
    for name in names:
        column = table.facet_units[name]
        reliabilities.append(_alpha(_parts(table, tuple(column), np.array(list(column.values())))[scored]) or 0.0)
    values = np.column_stack([table.facets[name][scored] for name in names])
    shown = _shown(table, names, values, reliabilities)
    return {
        name: FacetFigures(reliabilities[i], float(np.nanmean(values[:, i])), float(np.nanstd(values[:, i], ddof=1)), shown[i])
        for i, name in enumerate(names)
    }


def _shown(table: ScoreTable, names: Sequence[str], values: FloatArray, reliabilities: Sequence[float]) -> list[bool]:
    together = (~np.isnan(values)).astype(np.float64)
    if len(names) < 2 or (together.T @ together).min() < 3:
        return [r >= 0.70 for r in reliabilities]
    place = {unit: i for i, unit in enumerate(table.units)}
    weights = [float(sum(table.weights[place[unit]] for unit in table.facet_units[name])) for name in names]
    return [bool(flag) for flag in subscore_added_value(values, reliabilities, weights).reportable]


def _varies(values: FloatArray) -> bool:
    known = values[~np.isnan(values)]
    return known.size > 1 and bool(np.ptp(known) > 0)

"""From fitted weights to a scoring key that could be published: the cap, the key itself, its norms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from assessment.bank.vocabulary import SOURCE_LOCALE
from assessment.keys import (
    Grade,
    KeyHead,
    Model,
    Norms,
    OptionScore,
    Provenance,
    ScaleKey,
    ScoringKey,
    UnitKey,
    key_from_json,
    key_to_dict,
    with_facet_weights,
)
from assessment.psychometrics.arrays import BoolArray, FloatArray
from assessment.psychometrics.weighting import Design, LinearComposite, TrainingSample
from assessment.psychometrics.weighting.strategies import Strategy
from assessment.services.studies.cohorts import Answers

LARGEST_MOVEMENT = 0.25
FEWEST_FOR_NORMS = 200
PLACES = 6
_TRACE = 1e-6


@dataclass(frozen=True)
class Held:
    """Weights after the cap, (p,), with the sum of the current ones; `capped` where the cap held one back."""

    weights: FloatArray
    capped: BoolArray


def hold_within_cap(current: FloatArray, proposed: FloatArray) -> Held:
    """No share of the composite moves by more than 25 % of itself; what the cap takes from one, the free ones share.

    The result is clip(c · proposed) between 75 % and 125 % of the current weights, with the c that keeps their sum. A weight
    below 0 counts as 0, and a proposal of nothing but zeros leaves everything as it is.
    """
    wanted = np.where(current > 0, np.maximum(proposed, 0.0), 0.0)
    if not wanted.any():
        return Held(current, np.zeros(current.size, dtype=bool))
    # A trace of the current weights, so that where too few are wanted to make up the sum the others give way evenly.
    wanted = wanted / wanted.sum() + _TRACE * current / current.sum()
    low, high = (1 - LARGEST_MOVEMENT) * current, (1 + LARGEST_MOVEMENT) * current
    small, large = 0.0, 2.0 * current.sum() / _TRACE
    for _ in range(200):
        middle = (small + large) / 2.0
        if np.clip(middle * wanted, low, high).sum() < current.sum():
            small = middle
        else:
            large = middle
    held = np.clip(large * wanted, low, high)
    at_limit = np.isclose(held, low, rtol=1e-9) | np.isclose(held, high, rtol=1e-9)
    return Held(held, at_limit & (current > 0))


@dataclass(frozen=True)
class WithinCap:
    """A strategy as one release could publish it: its weights, held within the cap of the current ones."""

    inner: Strategy
    current: FloatArray
    name: str
    complexity: int

    def fit(self, sample: TrainingSample) -> LinearComposite:
        fitted = self.inner.fit(sample)
        held = hold_within_cap(self.current, fitted.weights)
        return sample.composite(sample.prior(held.weights), fitted.effective_df, fitted.penalty)


def reweighted_key(
    key: ScoringKey, facets: Sequence[str], weights: FloatArray, *, version: int, provenance: Provenance, grade: Grade
) -> ScoringKey:
    """A weighted-sum key with these facets' weights anew; facets without units in the form keep theirs."""
    new = dict(key.facets) | {name: round(float(weight), PLACES) for name, weight in zip(facets, weights, strict=True)}
    return with_facet_weights(key, new, version=version, provenance=provenance, grade=grade)


def linear_key(answers: Answers, design: Design, fitted: LinearComposite, *, head: KeyHead, provenance: Provenance) -> ScoringKey:
    """A linear key that gives the composites of `fitted`: points for options and counts, signed weights for scales.

    Points of a question are centred on its mean in the sample, so that a person who did not answer it gets 0, the average
    person's points. The composite's SD is 1 in the sample that the weights were fitted to.
    """
    spread = fitted.spread or 1.0
    weights = dict(zip(fitted.names, fitted.weights / spread, strict=True))
    means = dict(zip(fitted.names, fitted.mean, strict=True))
    return ScoringKey(
        key=head,
        provenance=provenance,
        model=Model(kind="linear", sign="free"),
        item=_points(answers, design, weights, means),
        scale=_scales(answers, design, weights, means),
    )


def norms_of(raw: FloatArray, *, title: str, first: date, last: date, simulated: bool) -> Norms | None:
    """The norm group of a key from the raw composites of everybody who finished; None below 200 people."""
    known = raw[~np.isnan(raw)]
    if known.size < FEWEST_FOR_NORMS or np.ptp(known) == 0:
        return None
    return Norms.model_validate(
        {
            "name": f"{known.size} applicants, {title}, {_months(first, last)}"[:120],
            "n": int(known.size),
            "mean": float(known.mean()),
            "sd": float(known.std(ddof=1)),
            "from": first,
            "to": last,
            "simulated": simulated,
        }
    )


def with_norms(
    key: ScoringKey,
    norms: Norms | None,
    *,
    language: str = SOURCE_LOCALE,
    version: int | None = None,
    grade: Grade | None = None,
) -> ScoringKey:
    """The same key with a norm group of a language (None: without one), and with another version or grade where given."""
    content = key_to_dict(key)
    groups = {SOURCE_LOCALE: content.pop("norms", None)} | content.pop("norms_in", {})
    groups[language] = None if norms is None else norms.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    content["key"] = content["key"] | ({"version": version} if version else {}) | ({"grade": grade} if grade else {})
    if source := groups.pop(SOURCE_LOCALE):
        content["norms"] = source
    if translated := {locale: group for locale, group in groups.items() if group}:
        content["norms_in"] = translated
    return key_from_json(content)


def _months(first: date, last: date) -> str:
    return f"{last:%B %Y}" if (first.year, first.month) == (last.year, last.month) else f"{first:%B %Y} to {last:%B %Y}"


def _points(answers: Answers, design: Design, weights: dict[str, float], means: dict[str, float]) -> dict[str, UnitKey]:
    points: dict[str, dict[str, float]] = {}
    blocks: dict[str, list[str]] = {}
    for name, block, nominal in zip(design.names, design.blocks, design.nominal, strict=True):
        if nominal:
            blocks.setdefault(block, []).append(name)
    for names in blocks.values():
        level = sum(weights[name] * means[name] for name in names)
        for name in names:
            code, _, option = name.partition("=")
            points.setdefault(code, {})[option] = weights[name] - level
    in_scales = {code for scale in answers.form.scales for code in scale.items}
    for unit in answers.form.units:
        if unit.code in weights and unit.code not in in_scales:
            values = {str(v) for v in unit.options} | {f"{v:g}" for v in answers.sheet.column(unit.code) if _is_number(v)}
            points[unit.code] = {v: weights[unit.code] * (float(v) - means[unit.code]) for v in sorted(values, key=float)}
    kept = {code: {o: round(p, PLACES) for o, p in scores.items()} for code, scores in points.items()}
    return {code: _entry(scores) for code, scores in kept.items() if any(scores.values())}


def _entry(scores: dict[str, float]) -> UnitKey:
    return UnitKey(method="points", option={code: OptionScore(score=points) for code, points in scores.items()}, missing=0.0)


def _scales(answers: Answers, design: Design, weights: dict[str, float], means: dict[str, float]) -> dict[str, ScaleKey]:
    scales = {}
    for scale in answers.form.scales:
        if not weights.get(scale.code):
            continue
        sd = float(np.nanstd(design.values[:, design.names.index(scale.code)]))
        scales[scale.code] = ScaleKey(
            items=scale.items,
            reversed=scale.reversed,
            low=scale.low,
            high=scale.high,
            mean=round(means[scale.code], PLACES),
            sd=round(sd, PLACES),
            weight=round(weights[scale.code] * sd, PLACES),
        )
    return scales


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""Predictors of a criterion, laid out from answers: facet scores of a keyed form, scales and options of a blind one.

Columns of options are named by unit and option code (`SJ_1=best:2`), the codes under which a linear key keeps points, so
that a key can be read as weights for these columns and fitted weights can be written back into a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any, Literal

import numpy as np

from assessment.bank import Unit
from assessment.keys import ScaleKey, ScoringKey
from assessment.psychometrics.arrays import BoolArray, FloatArray
from assessment.psychometrics.weighting import Design, join, numeric_columns
from assessment.services.scores.item_scoring import scale_means
from assessment.services.scores.responding import ResponseSheet
from assessment.services.scores.scored_form import BEST, WORST, FormScale, ScoredForm, point_codes
from assessment.services.studies.cohorts import Answers

Kind = Literal["situations", "scales", "statements", "questions", "counts"]
KINDS: dict[Kind, tuple[str, str]] = {
    "situations": ("situation", ", best and worst option"),
    "scales": ("scale", ""),
    "statements": ("statement", " of the scales, option by option"),
    "questions": ("question", ", option by option"),
    "counts": ("count", ""),
}
"""What each kind of predictor is called, in the singular, and what is done with it."""


@dataclass(frozen=True)
class BlindDesign:
    """All predictors of an imported form. `kinds` says what each column comes from, `units` which unit or scale it is of."""

    design: Design
    kinds: tuple[Kind, ...]
    units: tuple[str, ...]


@dataclass(frozen=True)
class PredictorSet:
    """A choice of columns under a name; `design` holds those alone."""

    name: str
    label: str
    design: Design


def facet_design(answers: Answers) -> Design:
    """One column a facet of a keyed form, on 0–1, in the order of the key's facets that have units in the form."""
    facets = answers.table.facets
    return numeric_columns(np.column_stack([facets[name] for name in facets]), list(facets), "facets")


def facet_weights_of(key: ScoringKey, design: Design) -> FloatArray:
    """The facet weights of a keyed key for the columns of `facet_design`."""
    return np.array([key.facets[name] for name in design.names], dtype=np.float64)


@lru_cache(maxsize=2)
def blind_design(answers: Answers, *, statements: bool = False) -> BlindDesign:
    """A column a scale, a column a count, and a 0/1 column an option of everything else.

    With `statements`, the statements of the scales come in option by option as well.
    """
    parts = list(_parts(answers.form, answers.sheet, statements))
    return BlindDesign(
        join([design for _, _, design in parts]),
        tuple(kind for kind, _, design in parts for _ in design.names),
        tuple(unit or name for _, unit, design in parts for name in design.names),
    )


def blind_weights_of(key: ScoringKey, design: Design) -> FloatArray:
    """What a linear key gives to the columns of a blind design: points of options and counts, weight / SD of scales, numbers."""
    weights = np.zeros(design.n_columns)
    for i, name in enumerate(design.names):
        unit, _, option = name.partition("=")
        if name in key.scales:
            weights[i] = key.scales[name].weight / key.scales[name].sd
        elif name in key.numbers:
            weights[i] = key.numbers[name].weight / key.numbers[name].sd
        elif unit in key.items:
            points = {code: entry.score for code, entry in key.items[unit].options.items()}
            weights[i] = points.get(option, 0.0) if option else _slope(points)
    return weights


@lru_cache(maxsize=1)
def predictor_sets(answers: Answers) -> tuple[PredictorSet, ...]:
    """The sets that a study of a blind form compares: each kind of question, the scales, and everything together."""
    blind = blind_design(answers, statements=True)
    sets = []
    for kind, (noun, how) in KINDS.items():
        chosen = np.array([k == kind for k in blind.kinds])
        if chosen.any():
            n = len({unit for unit, here in zip(blind.units, chosen, strict=True) if here})
            sets.append(
                PredictorSet(kind, _named(blind, chosen, f"{n} {noun}{'s' if n > 1 else ''}{how}"), columns(blind.design, chosen))
            )
    if len(sets) > 1:
        sets.append(PredictorSet("everything", "Everything together", blind.design))
    return tuple(sets)


def columns(design: Design, chosen: BoolArray) -> Design:
    """The columns where `chosen` (p,) is true."""
    kept = [i for i, here in enumerate(chosen) if here]
    return Design(
        design.values[:, kept], tuple(design.names[i] for i in kept), tuple(design.blocks[i] for i in kept), design.nominal[kept]
    )


def _parts(form: ScoredForm, sheet: ResponseSheet, statements: bool) -> Iterator[tuple[Kind, str, Design]]:
    in_scales = {code for scale in form.scales for code in scale.items}
    if form.scales:
        means = np.column_stack([_means(sheet, scale) for scale in form.scales])
        yield "scales", "", numeric_columns(means, [scale.code for scale in form.scales], "scales")
    for unit in form.units:
        shape: str = unit.format  # imported forms know formats that the bank does not
        if unit.code in in_scales:
            if statements:
                yield from (("statements", unit.code, part) for part in _options_of(sheet, unit))
        elif shape == "count":
            yield "counts", unit.code, numeric_columns(_numbers(sheet, unit.code)[:, None], [unit.code], unit.code)
        else:
            kind: Kind = "situations" if unit.format == "best_worst" else "questions"
            yield from ((kind, unit.code, part) for part in _options_of(sheet, unit))


def _options_of(sheet: ResponseSheet, unit: Unit) -> Iterator[Design]:
    """The indicators of one question. Best and worst are two questions, for a choice of one says little about the other."""
    codes = [point_codes(value) if value is not None else () for value in sheet.column(unit.code)]
    options = unit.options or tuple(sorted({code for found in codes for code in found}))
    for prefix in (f"{BEST}:", f"{WORST}:") if unit.format == "best_worst" else ("",):
        part = [option for option in options if option.startswith(prefix)]
        if len(part) > 1:
            yield _indicators(codes, unit.code, part, f"{unit.code}{' ' if prefix else ''}{prefix.rstrip(':')}")


def _indicators(codes: Sequence[tuple[str, ...]], unit: str, options: Sequence[str], block: str) -> Design:
    place = {option: i for i, option in enumerate(options)}
    values = np.full((len(codes), len(options)), np.nan)
    for row, found in enumerate(codes):
        here = [place[code] for code in found if code in place]
        if here:
            values[row] = 0.0
            values[row, here] = 1.0
    names = tuple(f"{unit}={option}" for option in options)
    return Design(values, names, (block,) * len(options), np.ones(len(options), dtype=bool))


def _means(sheet: ResponseSheet, scale: FormScale) -> FloatArray:
    plain = ScaleKey(items=scale.items, reversed=scale.reversed, low=scale.low, high=scale.high, mean=0.0, sd=1.0, weight=1.0)
    return scale_means(sheet, plain)


def _numbers(sheet: ResponseSheet, unit: str) -> FloatArray:
    return np.array([_number(value) for value in sheet.column(unit)], dtype=np.float64)


def _number(value: Any) -> float:
    """A count as stored, NaN for anything that is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return np.nan
    return float(value)


def _slope(points: dict[str, float]) -> float:
    """Points per unit of a count, from the points of its lowest and highest value."""
    values = sorted((float(code), score) for code, score in points.items())
    (low, first), (high, last) = values[0], values[-1]
    return (last - first) / (high - low) if high > low else 0.0


def _named(blind: BlindDesign, chosen: BoolArray, label: str) -> str:
    """The label, with the beginning that the units' codes share, for whoever knows them by their codes."""
    units = sorted({unit for unit, here in zip(blind.units, chosen, strict=True) if here})
    same = takewhile(lambda pair: pair[0] == pair[1], zip(units[0], units[-1], strict=False))
    shared = "".join(letter for letter, _ in same).rstrip("0123456789_-. ")
    return f"{shared}: {label}" if shared else label

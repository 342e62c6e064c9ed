"""Columns of a plain table laid out as predictors, and the way between weights for them and a scoring key.

A key names the columns of the table: a nominal column is an item with points for each option, a numeric one a number with
its weight. What is missing counts as the average person's answer among those whom the weights were learnt from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assessment.errors import Refusal
from assessment.keys import NumberKey, OptionScore, ScoringKey, UnitKey
from assessment.psychometrics.arrays import BoolArray, FloatArray
from assessment.psychometrics.weighting import Design, LinearComposite, join, numeric_columns, with_curves
from assessment.psychometrics.weighting.curves import value_name


@dataclass(frozen=True)
class Answers:
    """What n people answered, by column: `numbers` (n,) with NaN, `options` n texts with None, both for missing."""

    numbers: Mapping[str, FloatArray]
    options: Mapping[str, Sequence[str | None]]

    def people(self, chosen: BoolArray) -> Answers:
        """The same columns for the people where `chosen` (n,) is true."""
        return Answers(
            {name: values[chosen] for name, values in self.numbers.items()},
            {name: [v for v, here in zip(values, chosen, strict=True) if here] for name, values in self.options.items()},
        )


class Layout:
    """The predictors of a table. `plain` has a column a number and a column an option, `curved` also one a value of numbers.

    Columns in which nobody differs are left out, and listed in `useless`.
    """

    def __init__(self, answers: Answers) -> None:
        numbers = {name: values for name, values in answers.numbers.items() if np.unique(values[~np.isnan(values)]).size > 1}
        options = {name: values for name, values in answers.options.items() if len(set(values) - {None}) > 1}
        self.useless = tuple(name for name in (*answers.numbers, *answers.options) if name not in numbers and name not in options)
        self.answers = Answers(numbers, options)
        parts = [_indicators(name, values) for name, values in options.items()]
        if numbers:
            parts.insert(0, numeric_columns(np.column_stack(list(numbers.values())), list(numbers), "numbers"))
        if not parts:
            raise Refusal("No predictor varies: there is nothing to weigh.")
        try:
            self.plain = join(parts)
        except ValueError as error:
            raise Refusal(f"The columns cannot be told apart by their names and options ({error}).") from error

    @cached_property
    def curved(self) -> Design:
        try:
            return with_curves(self.plain)
        except ValueError as error:
            raise Refusal(f"The columns cannot be told apart by their names and values ({error}).") from error

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the table that can predict."""
        return frozenset((*self.answers.numbers, *self.answers.options))

    def entries(self, fitted: LinearComposite) -> tuple[dict[str, UnitKey], dict[str, NumberKey]]:
        """The items and numbers of a key that gives the composites of `fitted`, whose SD is 1 where it was fitted.

        Points of a column are centred on its mean, so that a missing answer adds 0. Columns without weight are left out.
        """
        weight = dict(zip(fitted.names, fitted.weights / (fitted.spread or 1.0), strict=True))
        mean = dict(zip(fitted.names, fitted.mean, strict=True))
        bends: dict[str, dict[str, str]] = {}
        for name in fitted.names[self.plain.n_columns :]:
            column, _, value = name.rpartition("=")
            bends.setdefault(column, {})[value] = name
        items, numbers = {}, {}
        for column, values in self.answers.options.items():
            points = _centred({option: f"{column}={option}" for option in options_of(values)}, weight, mean)
            if any(points.values()):
                items[column] = UnitKey(method="points", option={code: OptionScore(score=score) for code, score in points.items()})
        for column, given in self.answers.numbers.items():
            points = _centred(bends.get(column, {}), weight, mean)
            if weight[column] or any(points.values()):
                known = given[~np.isnan(given)]
                sd = float(known.std())
                numbers[column] = NumberKey(
                    low=float(known.min()),
                    high=float(known.max()),
                    mean=_short(mean[column]),
                    sd=_short(sd),
                    weight=_short(weight[column] * sd),
                    points=points if any(points.values()) else {},
                )
        return items, numbers

    def weights_of(self, key: ScoringKey, design: Design) -> FloatArray:
        """What a linear key gives to the columns of `design` (plain or curved): (p,), 0 for what it does not know."""
        found = np.zeros(design.n_columns)
        place = {name: i for i, name in enumerate(design.names)}
        for column, entry in key.items.items():
            points = points_by_option(entry)
            for option in options_of(self.answers.options.get(column, ())):
                found[place[f"{column}={option}"]] = points.get(option, entry.missing)
        for column, number in key.numbers.items():
            if column in self.answers.numbers:
                found[place[column]] += number.weight / number.sd
                for code, bend in number.points.items():
                    if (name := value_name(column, float(code))) in place:
                        found[place[name]] += bend
        for scale in key.scales.values():
            for column in scale.items:
                if column in self.answers.numbers:
                    sign = -1.0 if column in scale.reversed else 1.0
                    found[place[column]] += sign * scale.weight / (scale.sd * len(scale.items))
        return found


def options_of(values: Sequence[str | None]) -> list[str]:
    """The different answers to a nominal question, numbers first and in their order."""
    return sorted({value for value in values if value is not None}, key=lambda option: (_number_of(option), option))


def points_by_option(entry: UnitKey) -> dict[str, float]:
    """The points of an item of a linear key, by option as files write it."""
    return {folded(code): option.score for code, option in entry.options.items()}


def folded(option: str) -> str:
    """An option without regard to letter case and spaces."""
    return " ".join(option.casefold().split())


def _number_of(option: str) -> float:
    try:
        return float(option)
    except ValueError:
        return math.inf


def _indicators(column: str, values: Sequence[str | None]) -> Design:
    options = options_of(values)
    place = {option: float(i) for i, option in enumerate(options)}
    chosen = np.array([np.nan if value is None else place[value] for value in values])
    indicators = np.where(np.isnan(chosen)[:, None], np.nan, chosen[:, None] == np.arange(len(options)))
    names = tuple(f"{column}={option}" for option in options)
    return Design(indicators, names, (column,) * len(options), np.ones(len(options), dtype=bool))


def _centred(names: Mapping[str, str], weight: Mapping[str, float], mean: Mapping[str, float]) -> dict[str, float]:
    """Code to points, the average person's being 0, from code to the design's column."""
    level = sum(weight[name] * mean[name] for name in names.values())
    return {code: _short(weight[name] - level) for code, name in names.items()}


def _short(value: float) -> float:
    return float(f"{value:.12g}")

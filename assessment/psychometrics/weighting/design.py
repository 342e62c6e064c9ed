"""Predictors of a criterion, laid out as columns with names, and their scaling inside a training sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, count, matrix, varies, vector
from assessment.psychometrics.keying import MINIMUM_CHOOSERS, indicator_coding

INDICATOR_DIVISOR = 0.5
"""SD of an evenly split 0/1 column. Indicators are divided by this, not by their own SD, so that a penalty shrinks the
weights of rare options, which are known least, the most."""


@dataclass(frozen=True)
class Design:
    """Predictor columns for the same people.

    Attributes
    ----------
    values : (n, p), NaN for not answered.
    names : p distinct column names.
    blocks : p block labels; the columns of one question or one set of scales share a label.
    nominal : (p,) true where the column is the 0/1 indicator of a nominal option.
    """

    values: FloatArray
    names: tuple[str, ...]
    blocks: tuple[str, ...]
    nominal: BoolArray

    def __post_init__(self) -> None:
        n_columns = matrix("values", self.values).shape[1]
        if not len(self.names) == len(self.blocks) == self.nominal.size == n_columns:
            raise ValueError(f"names, blocks and nominal must have one entry for each of the {n_columns} columns")
        if len(set(self.names)) < n_columns:
            raise ValueError("names must be distinct")

    @property
    def n_people(self) -> int:
        return int(self.values.shape[0])

    @property
    def n_columns(self) -> int:
        return int(self.values.shape[1])

    def people(self, chosen: BoolArray) -> Design:
        """The same columns for the people where `chosen` (n,) is true."""
        return Design(self.values[chosen], self.names, self.blocks, self.nominal)


def numeric_columns(values: ArrayLike, names: Sequence[str], block: str) -> Design:
    """Item scores, scale means or other numbers as predictors: `values` (n, p) with a name a column."""
    x = matrix("values", values, columns=len(names))
    return Design(x, tuple(names), (block,) * len(names), np.zeros(len(names), dtype=bool))


def nominal_columns(chosen: ArrayLike, n_options: int, name: str) -> Design:
    """One nominal question as indicators `name=0` … `name=k-1`: `chosen` (n,) option indices from 0, NaN not answered."""
    x = indicator_coding(chosen, n_options)
    return Design(x, tuple(f"{name}={option}" for option in range(n_options)), (name,) * n_options, np.ones(n_options, dtype=bool))


def join(designs: Sequence[Design]) -> Design:
    """Designs of the same people side by side."""
    if not designs:
        raise ValueError("designs must hold at least one design")
    if len({design.n_people for design in designs}) > 1:
        raise ValueError("designs must describe the same number of people")
    return Design(
        np.hstack([design.values for design in designs]),
        tuple(name for design in designs for name in design.names),
        tuple(block for design in designs for block in design.blocks),
        np.concatenate([design.nominal for design in designs]),
    )


def as_design(predictors: Design | ArrayLike) -> Design:
    """A design as it is, or (n, p) numbers with the columns named `x1` … `xp`."""
    if isinstance(predictors, Design):
        return predictors
    x = matrix("predictors", predictors)
    return numeric_columns(x, [f"x{j + 1}" for j in range(x.shape[1])], "x")


@dataclass(frozen=True)
class Scaling:
    """Centre and divisor of each column in one training sample, (p,) each; `usable` columns can carry a weight."""

    mean: FloatArray
    divisor: FloatArray
    usable: BoolArray

    def apply(self, values: FloatArray) -> FloatArray:
        """(n, p) centred and scaled; not answered becomes the training mean (0), as does every unusable column."""
        scaled = (values - self.mean) / self.divisor
        return np.where(np.isnan(scaled) | ~self.usable, 0.0, scaled)


def fit_scaling(design: Design, minimum_choosers: int = MINIMUM_CHOOSERS) -> Scaling:
    """Mean of the answered values; SD (n) for numbers, ½ for indicators.

    A column is unusable when nobody varies on it, or when it is an indicator that fewer than `minimum_choosers` chose.
    """
    count("minimum_choosers", minimum_choosers, at_least=1)
    answered = ~np.isnan(design.values)
    n_answered = np.maximum(answered.sum(axis=0), 1)
    filled = np.where(answered, design.values, 0.0)
    mean = filled.sum(axis=0) / n_answered
    sd = np.sqrt((np.where(answered, design.values - mean, 0.0) ** 2).sum(axis=0) / n_answered)
    varied = sd > 1e-12 * np.abs(filled).max(axis=0, initial=0.0)
    usable = varied & (~design.nominal | (filled.sum(axis=0) >= minimum_choosers))
    return Scaling(mean, np.where(design.nominal, INDICATOR_DIVISOR, np.where(varied, sd, 1.0)), usable)


@dataclass(frozen=True)
class LinearComposite:
    """Σ w (x − mean), scaled to SD 1 in the sample that made it; not answered counts as the mean.

    Attributes
    ----------
    names : p column names.
    weights : (p,) in units of the design's own columns.
    mean : (p,) of the columns in the training sample.
    spread : SD of Σ w (x − mean) in the training sample; 0 if the composite does not vary.
    effective_df : how many free weights the estimation amounts to, between 0 and p (+ 1 for a fitted prior slope).
    penalty : λ / n that was chosen, or None where there is none.
    """

    names: tuple[str, ...]
    weights: FloatArray
    mean: FloatArray
    spread: float
    effective_df: float
    penalty: float | None = None

    @property
    def n_weights(self) -> int:
        """Weights that are not 0."""
        return int(np.count_nonzero(self.weights))

    def scores(self, design: Design) -> FloatArray:
        """(n,) composites on the z scale of the training sample."""
        if design.names != self.names:
            raise ValueError("design must have the columns that the composite was made from, in the same order")
        if self.spread == 0:
            return np.zeros(design.n_people)
        apart = np.where(np.isnan(design.values), 0.0, design.values - self.mean)
        return np.asarray(apart @ self.weights / self.spread)


def complete_cases(design: Design, criterion: ArrayLike) -> tuple[Design, FloatArray]:
    """The people whose criterion is known; refuses fewer than 10 and a criterion that never varies."""
    y = vector("criterion", criterion, length=design.n_people)
    known = ~np.isnan(y)
    if known.sum() < 10:
        raise ValueError(f"criterion must be known for at least 10 people; it is for {int(known.sum())}")
    y = y[known]
    if not varies(y):
        raise ValueError(f"criterion must vary; everybody has {y[0]:g}")
    return (design, y) if known.all() else (design.people(known), y)

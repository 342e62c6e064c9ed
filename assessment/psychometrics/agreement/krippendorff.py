"""Krippendorff's alpha: agreement of any number of raters at any level of measurement, ratings missing or not."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.agreement.ratings import rated_more_than_once
from assessment.psychometrics.arrays import FloatArray, count, share
from assessment.psychometrics.intervals import Interval

Level = Literal["nominal", "ordinal", "interval", "ratio"]
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True)
class KrippendorffAlpha:
    """Krippendorff's alpha, 1 − observed / expected disagreement: 1 perfect, 0 chance, below 0 systematic disagreement.

    `n_targets` with at least two ratings are used, `n_ratings` in all; `n_raters` rated any of them. The disagreements are
    mean squared differences in the metric of `level`.
    """

    estimate: float
    level: Level
    n_targets: int
    n_raters: int
    n_ratings: int
    observed_disagreement: float
    expected_disagreement: float
    _units: _Units = field(repr=False, compare=False)

    def confidence_interval(
        self, level: float = 0.95, *, rng: np.random.Generator | None = None, n_resamples: int = 2_000
    ) -> Interval:
        """Percentile bootstrap over targets (Zapf, Castell, Morawietz & Karch, 2016).

        Targets are drawn with replacement, with all their ratings, and both disagreements are computed anew; Krippendorff's
        own bootstrap holds the expected one fixed. Draws in which nothing varies are left out. `rng` decides the draws: the
        same generator state gives the same interval; without one it is a generator seeded with 0, so that asking twice
        gives one answer. With fewer than about 20 targets the interval is too narrow.

        Raises `ValueError` for a level outside (0, 1), fewer than 99 resamples, or a single target.
        """
        share("level", level)
        count("n_resamples", n_resamples, at_least=99)
        n = self.n_targets
        if n < 2:
            raise ValueError("ratings must hold at least two targets with two ratings for an interval")
        rng = np.random.default_rng(0) if rng is None else rng
        drawn = (np.bincount(rng.integers(0, n, size=n), minlength=n) for _ in range(n_resamples))
        draws = np.array([_alpha(*self._units.disagreements(times.astype(np.float64))) for times in drawn])
        draws = draws[~np.isnan(draws)]
        low, high = np.quantile(draws, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
        return Interval(float(low), float(high))


def krippendorff_alpha(ratings: ArrayLike, level: Level) -> KrippendorffAlpha:
    """Krippendorff's (1970; 2019, chapter 12) alpha = 1 − D_o / D_e.

    Pairs of ratings of the same target are compared with pairs of any two ratings, each pair by the squared difference δ² of
    its level: nominal 0 or 1; ordinal the ratings that lie between, half of those at the ends counted; interval the
    difference; ratio the difference divided by the sum. A target with m ratings gives each of its pairs the weight
    1 / (m − 1), so that missing ratings need no filling in.

    Parameters
    ----------
    ratings : (n_targets, n_raters), NaN for not rated; targets with fewer than two ratings are left out. Codes of categories
        if nominal, at least 0 if ratio.
    level : `nominal`, `ordinal`, `interval` or `ratio`.

    Raises
    ------
    ValueError
        Fewer than two raters, no target with two ratings, ratings that are all the same, or negative ones at ratio level.
    """
    if level not in get_args(Level):
        raise ValueError(f"level must be one of {', '.join(get_args(Level))}; it is {level!r}")
    table = rated_more_than_once(ratings)
    known = ~np.isnan(table)
    if level == "ratio" and (table[known] < 0).any():
        raise ValueError("ratings must be at least 0 at ratio level")
    units = _Units(level, table)
    if units.values.size == 1:
        raise ValueError(f"ratings must vary; every rating is {units.values[0]:g}")
    observed, expected = units.disagreements(np.ones(table.shape[0]))
    return KrippendorffAlpha(
        _alpha(observed, expected),
        level,
        table.shape[0],
        int(known.any(axis=0).sum()),
        int(known.sum()),
        observed,
        expected,
        units,
    )


class _Units:
    """The ratings, with what a resample of targets leaves unchanged worked out once."""

    def __init__(self, level: Level, table: FloatArray) -> None:
        known = ~np.isnan(table)
        self.level = level
        self.values, self.place = np.unique(table[known], return_inverse=True)
        self.target = np.nonzero(known)[0]
        self.n_ratings = known.sum(axis=1).astype(np.float64)
        if level == "nominal":
            self.within = self._unlike_pairs() / (self.n_ratings - 1.0)
        elif level == "ratio":
            self.within = _ratio_pairs(table) / (self.n_ratings - 1.0)
        elif level == "interval":
            self.within = self._squared_pairs(self.values) / (self.n_ratings - 1.0)

    def disagreements(self, times: FloatArray) -> tuple[float, float]:
        """Observed and expected disagreement with each target taken `times` times; both 0 where nothing varies."""
        used = np.bincount(self.place, weights=times[self.target], minlength=self.values.size).astype(np.float64)
        total = float(times @ self.n_ratings)
        if np.count_nonzero(used) < 2:
            return 0.0, 0.0
        # Ordinal differences are those of mid-ranks, which depend on which targets were drawn.
        scores = np.cumsum(used) - used / 2.0 if self.level == "ordinal" else self.values
        within = self._squared_pairs(scores) / (self.n_ratings - 1.0) if self.level == "ordinal" else self.within
        if self.level == "nominal":
            expected = total**2 - float((used**2).sum())
        elif self.level == "ratio":
            expected = _ratio_expected(self.values, used)
        else:
            expected = 2.0 * total * float(used @ (scores - used @ scores / total) ** 2)
        return float(times @ within) / total, expected / (total * (total - 1.0))

    def _squared_pairs(self, scores: FloatArray) -> FloatArray:
        """Squared differences summed over the ordered pairs of each target's ratings: 2 m Σ (s − s̄)²."""
        given = scores[self.place]
        means = np.bincount(self.target, weights=given) / self.n_ratings
        return np.asarray(2.0 * self.n_ratings * np.bincount(self.target, weights=(given - means[self.target]) ** 2))

    def _unlike_pairs(self) -> FloatArray:
        cells, times = np.unique(self.target * self.values.size + self.place, return_counts=True)
        alike = np.bincount(cells // self.values.size, weights=times.astype(np.float64) ** 2)
        return np.asarray(self.n_ratings**2 - alike)


def _ratio_difference(first: FloatArray, second: FloatArray) -> FloatArray:
    total = first + second
    return np.divide(first - second, total, out=np.zeros_like(total), where=total > 0) ** 2


def _ratio_pairs(table: FloatArray) -> FloatArray:
    pairs = np.zeros(table.shape[0])
    for g, h in combinations(range(table.shape[1]), 2):
        both = ~np.isnan(table[:, g] + table[:, h])
        pairs[both] += 2.0 * _ratio_difference(table[both, g], table[both, h])
    return pairs


def _ratio_expected(values: FloatArray, used: FloatArray) -> float:
    expected = 0.0
    for start in range(0, values.size, _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        expected += float(used[rows] @ _ratio_difference(values[rows, None], values[None, :]) @ used)
    return expected


def _alpha(observed: float, expected: float) -> float:
    return 1.0 - observed / expected if expected > 0 else math.nan

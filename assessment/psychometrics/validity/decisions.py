"""What a validity coefficient means for decisions: expectancy by score group, and the fitted line behind a scatter."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, count, number, numbers, pairs, share
from assessment.psychometrics.distributions import t_quantile
from assessment.psychometrics.intervals import Interval, wilson_interval
from assessment.psychometrics.validity.coefficient import correlation, mid_ranks
from assessment.psychometrics.validity.selection import taylor_russell


@dataclass(frozen=True)
class ExpectancyGroup:
    """One score group, from the lowest scores up. `observed` is the share above the cut, `expected` the model's."""

    low: float
    high: float
    n: int
    n_above: int
    observed: float
    expected: float

    @property
    def estimate(self) -> float:
        """The observed share."""
        return self.observed

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Wilson's interval of the observed share."""
        return wilson_interval(self.n_above, self.n, level)


@dataclass(frozen=True)
class Expectancy:
    """Share of people above `cut` on the criterion, by score group. `r` and `n` are what the model's shares rest on."""

    groups: tuple[ExpectancyGroup, ...]
    cut: float
    base_rate: float
    r: float
    n: int

    @property
    def estimate(self) -> FloatArray:
        """The observed shares, a group each from the lowest scores up; their intervals are the groups' own."""
        return np.array([group.observed for group in self.groups])


def expectancy(scores: ArrayLike, criterion: ArrayLike, n_groups: int = 5, cut: float | None = None) -> Expectancy:
    """Expectancy chart: how many in each score group later did well, as seen and as the correlation foretells.

    Parameters
    ----------
    scores, criterion : (n,), NaN where unknown; people with both count.
    n_groups : groups of as equal size as ties allow; people with equal scores share a group, so that groups can be fewer.
    cut : doing well is a criterion above `cut`, by default the median of the criterion.

    Returns
    -------
    Expectancy, a group at a time: the share above the cut with Wilson's interval, and the one to expect under a bivariate normal.

    Raises
    ------
    ValueError
        Fewer than 5 people a group, a side that does not vary, or a cut that nobody or everybody is above.
    """
    count("n_groups", n_groups, at_least=2)
    x, y = pairs("scores", scores, "criterion", criterion, at_least=5 * n_groups)
    at = float(np.median(y)) if cut is None else number("cut", cut)
    above = y > at
    base_rate = float(above.mean())
    if base_rate in (0.0, 1.0):
        raise ValueError(f"cut must divide the criterion; {'nobody' if base_rate == 0 else 'everybody'} is above {at:g}")
    r = correlation(x, y)
    place = np.minimum(((mid_ranks(x) - 0.5) / x.size * n_groups).astype(np.int64), n_groups - 1)
    groups, ends = [], 0.0
    for group in np.unique(place):
        here = place == group
        starts, ends = ends, ends + float(here.mean())
        expected = _share_above(r, starts, min(ends, 1.0), base_rate)
        n, n_above = int(here.sum()), int(above[here].sum())
        groups.append(ExpectancyGroup(float(x[here].min()), float(x[here].max()), n, n_above, n_above / n, expected))
    return Expectancy(tuple(groups), at, base_rate, r, int(x.size))


def expected_shares(r: float, n_groups: int = 5, base_rate: float = 0.5) -> FloatArray:
    """Share above the cut in each of several equal score groups under a bivariate normal, by Taylor & Russell's (1939) integral.

    Parameters
    ----------
    r : correlation of score and criterion, strictly between -1 and 1.
    n_groups : at least 1.
    base_rate : share of everybody above the cut, strictly between 0 and 1.

    Returns
    -------
    (n_groups,) shares, lowest scores first.

    Raises
    ------
    ValueError
        A value out of range.
    """
    if not -1.0 < number("r", r) < 1.0:
        raise ValueError(f"r must lie strictly between -1 and 1; it is {r!r}")
    share("base_rate", base_rate)
    count("n_groups", n_groups, at_least=1)
    edges = np.linspace(0.0, 1.0, n_groups + 1)
    return np.array([_share_above(r, a, b, base_rate) for a, b in itertools.pairwise(edges)])


def _share_above(r: float, start: float, end: float, base_rate: float) -> float:
    """P(Y > y_c | X between two quantiles): what the people above `start` have beyond those above `end`."""

    def good(hired: float) -> float:
        return hired * float(taylor_russell(r, base_rate, hired)) if hired > 0 else 0.0

    return (good(1.0 - start) - good(1.0 - end)) / (end - start)


class LineBand(NamedTuple):
    """A fitted line and its confidence band at some scores, arrays of one shape."""

    fitted: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class LinearFit:
    """Least-squares line criterion = intercept + slope · score; `residual_sd` has n − 2 degrees of freedom."""

    slope: float
    intercept: float
    residual_sd: float
    n: int
    mean_score: float
    score_squares: float

    def band(self, at: ArrayLike, level: float = 0.95) -> LineBand:
        """The line at scores `at`, of any shape, with the pointwise confidence band of the mean (not of a person):
        ± t s √(1/n + (x − x̄)² / Σ(x − x̄)²), n − 2 degrees of freedom."""
        x = numbers("at", at)
        fitted = self.intercept + self.slope * x
        leverage = 1.0 / self.n + (x - self.mean_score) ** 2 / self.score_squares
        half = t_quantile(0.5 + share("level", level) / 2.0, self.n - 2) * self.residual_sd * np.sqrt(leverage)
        return LineBand(np.asarray(fitted), np.asarray(fitted - half), np.asarray(fitted + half))


def linear_fit(scores: ArrayLike, criterion: ArrayLike) -> LinearFit:
    """Regression of criterion on score by least squares.

    Parameters
    ----------
    scores, criterion : (n,), NaN where unknown; people with both count.

    Returns
    -------
    LinearFit, in units of criterion and score.

    Raises
    ------
    ValueError
        Fewer than 4 people who have both, or a side that does not vary.
    """
    x, y = pairs("scores", scores, "criterion", criterion, at_least=4)
    centred = x - x.mean()
    squares = float(centred @ centred)
    slope = float(centred @ (y - y.mean())) / squares
    intercept = float(y.mean() - slope * x.mean())
    residual = y - intercept - slope * x
    return LinearFit(slope, intercept, math.sqrt(float(residual @ residual) / (x.size - 2)), int(x.size), float(x.mean()), squares)

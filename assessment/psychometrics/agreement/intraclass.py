"""Intraclass correlations: how far raters give the same targets the same scores, or the same order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.agreement.ratings import rated_by_all, rating_table
from assessment.psychometrics.arrays import FloatArray, share
from assessment.psychometrics.distributions import f_quantile
from assessment.psychometrics.intervals import Interval

Kind = Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]

# A sum of squares this far below the total is the rounding of float64.
_ROUNDING = 1e-24


@dataclass(frozen=True)
class IntraclassCorrelation:
    """An intraclass correlation with the analysis of variance that it rests on.

    Attributes
    ----------
    estimate : negative where targets differ less than raters do by chance.
    kind : as asked for.
    n_targets, n_raters : what the estimate rests on.
    ratings_per_target : n_raters, or for an unbalanced one-way design (N − Σ nᵢ² / N) / (n_targets − 1).
    ms_targets, ms_within, ms_raters, ms_error : mean squares between targets, within targets, between raters, and of what is
        left (BMS, WMS, JMS and EMS of Shrout & Fleiss). The last two are NaN for an unbalanced one-way design.
    f, df1, df2, p_value : test that the correlation is 0: targets against `ms_within` for kind 1, against `ms_error` for 2, 3.
        `f` is infinite where that is 0.
    """

    estimate: float
    kind: Kind
    n_targets: int
    n_raters: int
    ratings_per_target: float
    ms_targets: float
    ms_within: float
    ms_raters: float
    ms_error: float
    f: float
    df1: int
    df2: int
    p_value: float

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Two-sided F interval (Shrout & Fleiss, 1979; McGraw & Wong, 1996, table 7).

        Exact for kinds 1 and 3 under normality, Satterthwaite's approximation for kind 2; approximate for an unbalanced
        design. That of an average is the Spearman–Brown transform of that of a single rating, which for kind 2 keeps both at
        the same degrees of freedom; its lower end is −∞ where MSJ lies so far below MSE that at that end the mean of
        k ratings would have no variance.

        Raises `ValueError` for a `level` outside (0, 1).
        """
        tail = 1.0 - (1.0 - share("level", level)) / 2.0
        k, between = self.ratings_per_target, self.ms_targets
        if self.kind[0] == "2":
            low, high = self._absolute_agreement(tail)
        else:
            noise = self.ms_within if self.kind[0] == "1" else self.ms_error
            wide, narrow = f_quantile(tail, self.df1, self.df2), 1.0 / f_quantile(tail, self.df2, self.df1)
            low, high = (_single(between, f * noise, k) for f in (wide, narrow))
        if self.kind[2] == "k":
            low, high = (_average_of(end, k) for end in (low, high))
        return Interval(low, high)

    def _absolute_agreement(self, tail: float) -> tuple[float, float]:
        n, k = self.n_targets, self.n_raters
        between, raters, error = self.ms_targets, self.ms_raters, self.ms_error
        single = _absolute(between, raters, error, n, k)
        if between == 0.0 or single == 1.0:
            return single, single
        of_raters, of_error = k * single * raters, (n * (1.0 - single) + k * single * (n - 1.0)) * error
        df = (of_raters + of_error) ** 2 / (of_raters**2 / (k - 1.0) + of_error**2 / ((n - 1.0) * (k - 1.0)))
        # Fewer than of its parts come out only for a negative estimate, and would put the estimate outside its interval.
        df = max(df, k - 1.0)
        wide, narrow = f_quantile(tail, self.df1, df), f_quantile(tail, df, self.df1)
        rest = k * raters + (k * n - k - n) * error
        low = n * (between - wide * error) / (wide * rest + n * between)
        high = n * (narrow * between - error) / (rest + n * narrow * between)
        return low, high


def intraclass_correlation(ratings: ArrayLike, kind: Kind = "2,1") -> IntraclassCorrelation:
    """Intraclass correlation of ratings (Shrout & Fleiss, 1979; in McGraw & Wong's, 1996, names in brackets).

    With MSB between targets, MSW within targets, MSJ between raters, MSE left, n targets and k raters:

    - `1,1` [ICC(1)]: each target has its own raters. (MSB − MSW) / (MSB + (k − 1) MSW)
    - `2,1` [ICC(A,1)]: the same raters, a sample of many, agree absolutely.
      (MSB − MSE) / (MSB + (k − 1) MSE + k (MSJ − MSE) / n)
    - `3,1` [ICC(C,1)]: these raters alone, up to a constant each. (MSB − MSE) / (MSB + (k − 1) MSE)
    - `1,k`, `2,k`, `3,k` [ICC(k), ICC(A,k), ICC(C,k)]: the mean of k ratings. (MSB − MSW) / MSB,
      (MSB − MSE) / (MSB + (MSJ − MSE) / n), (MSB − MSE) / MSB; the last is coefficient alpha.

    Parameters
    ----------
    ratings : (n_targets, n_raters), at least two of each, NaN for not rated. For kinds 2 and 3 targets that some rater left
        out are dropped. Kind 1 does not ask who rated and keeps every rating; with unequal numbers of ratings the one-way
        analysis has k = (N − Σ nᵢ² / N) / (n − 1), N ratings in all (Donner, 1986). The plain mean number of ratings, which
        some software takes instead, would make the component of variance between targets biased.
    kind : as above.

    Raises
    ------
    ValueError
        Fewer than two targets or raters, no target rated twice, raters who each give all targets the same, or targets
        whose means differ so little that the variance of what is asked for comes out at 0 or less.
    """
    if kind not in get_args(Kind):
        raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}; it is {kind!r}")
    table = _rated(ratings) if kind[0] == "1" else rated_by_all(ratings, at_least=2)
    if np.nanmax(table) == np.nanmin(table):
        raise ValueError(f"ratings must vary; every rating is {np.nanmax(table):g}")
    n, n_raters = table.shape
    k, between, within, raters, error = _one_way(table) if np.isnan(table).any() else _two_way(table)
    noise = within if kind[0] == "1" else error
    if kind[0] != "1" and between == 0.0 and error == 0.0:
        raise ValueError("ratings must vary between targets; every rater gives all targets the same")
    df2 = int((~np.isnan(table)).sum()) - n if kind[0] == "1" else (n - 1) * (n_raters - 1)
    single = _absolute(between, raters, error, n, k) if kind[0] == "2" else _single(between, noise, k)
    estimate = _average_of(single, k) if kind[2] == "k" else single
    if math.isinf(estimate):
        raise ValueError(f"ratings must be of targets whose means differ, for kind {kind!r}; they hardly do, and it is not defined")
    f = between / noise if noise > 0 else math.inf
    return IntraclassCorrelation(
        estimate, kind, n, n_raters, k, between, within, raters, error, f, n - 1, df2, _f_tail(f, n - 1, df2)
    )


def _rated(ratings: ArrayLike) -> FloatArray:
    table = rating_table(ratings)
    times = (~np.isnan(table)).sum(axis=1)
    rated: FloatArray = table[times > 0]
    if rated.shape[0] < 2:
        raise ValueError(f"ratings must hold at least 2 targets with a rating; it holds {rated.shape[0]}")
    if times.max() < 2:
        raise ValueError("ratings must hold at least one target with two ratings")
    return rated


def _two_way(table: FloatArray) -> tuple[float, float, float, float, float]:
    """Ratings a target, and the mean squares between targets, within them, between raters, and of what is left."""
    n, k = table.shape
    centred = table - table.mean()
    targets, raters = centred.mean(axis=1), centred.mean(axis=0)
    left = centred - targets[:, None] - raters
    sums = np.array([k * (targets**2).sum(), n * (raters**2).sum(), (left**2).sum()])
    sums[sums < _ROUNDING * (centred**2).sum()] = 0.0
    between, of_raters, error = sums.tolist()
    within = (of_raters + error) / (n * (k - 1))
    return float(k), between / (n - 1), within, of_raters / (k - 1), error / ((n - 1) * (k - 1))


def _one_way(table: FloatArray) -> tuple[float, float, float, float, float]:
    times = (~np.isnan(table)).sum(axis=1)
    n, total = times.size, float(times.sum())
    centred = table - np.nanmean(table)
    means = np.nanmean(centred, axis=1)
    sums = np.array([(times * means**2).sum(), np.nansum((centred - means[:, None]) ** 2)])
    sums[sums < _ROUNDING * np.nansum(centred**2)] = 0.0
    between, within = sums.tolist()
    k = (total - float((times**2).sum()) / total) / (n - 1)
    return k, between / (n - 1), within / (total - n), math.nan, math.nan


def _single(between: float, noise: float, k: float) -> float:
    return (between - noise) / (between + (k - 1.0) * noise)


def _absolute(between: float, raters: float, error: float, n: int, k: float) -> float:
    # Two raters who put two targets in opposite orders leave no variance at all.
    variance = between + (k - 1.0) * error + k * (raters - error) / n
    return (between - error) / variance if variance > 0 else -math.inf


def _average_of(single: float, k: float) -> float:
    """Spearman–Brown; minus infinity at −1 / (k − 1) and below, where the mean of k ratings would have no variance."""
    left = 1.0 + (k - 1.0) * single
    return k * single / left if left > 1e-12 else -math.inf


def _f_tail(f: float, df1: int, df2: int) -> float:
    from scipy.special import fdtrc

    return 0.0 if math.isinf(f) else float(fdtrc(df1, df2, f))

"""Empirical keys: option weights learnt from how the people who chose each option later did.

Every such key fits chance as well as truth. Its validity on the people it was made from says nothing: judge it on others
(`weighting.nested_cross_validation`; Devlin, Abrahams & Edwards, 1992, compare the methods). The weight of an option that
few people chose is mostly chance, so that options with fewer than `minimum_choosers` give theirs up for the expert's
value, or for the value that says nothing either way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, between, count, number, pairs, vector
from assessment.psychometrics.keying.choices import indicator_coding

MINIMUM_CHOOSERS = 15
"""An option that fewer people chose gets no weight of its own."""

KELLEY_SHARE = 0.27
"""Share of people in each extreme group that tells normal groups apart best (Kelley, 1939)."""


@dataclass(frozen=True)
class EmpiricalKey:
    """Option weights learnt from a criterion; arrays are (k,), one entry an option.

    Attributes
    ----------
    estimate : the weights, with the rule of minimum choosers applied.
    raw : the weights as the formula gives them; NaN where it gives none (nobody, or everybody, chose the option).
    n_choosers : how many of the people counted chose the option.
    suppressed : where `estimate` is not `raw`: too few choosers, or no weight.
    neutral : the weight that says nothing: 0, the share of the high group, or the mean criterion, by method.
    n : people counted: they answered, and their criterion is known.
    """

    estimate: FloatArray
    raw: FloatArray
    n_choosers: IntArray
    suppressed: BoolArray
    neutral: float
    n: int


def criterion_groups(criterion: ArrayLike, fraction: float = KELLEY_SHARE) -> FloatArray:
    """The high and the low end of a criterion: (n,) 1 for high, 0 for low, NaN for the middle and for an unknown criterion.

    Ends of 27 % tell normal groups apart best (Kelley, 1939).

    People with equal criteria stay together: a person is high if the middle of the ranks that they share lies above the
    share 1 − `fraction` of the people, low if below `fraction`.

    Parameters
    ----------
    criterion : (n,) values, NaN for unknown.
    fraction : share of the people in each group, above 0 and at most ½ (a median split, without those on the median).

    Raises
    ------
    ValueError
        One of the groups is empty, as when nearly everybody has the same criterion.
    """
    if not 0.0 < number("fraction", fraction) <= 0.5:
        raise ValueError(f"fraction must be above 0 and at most 0.5; it is {fraction!r}")
    y = vector("criterion", criterion)
    known = ~np.isnan(y)
    _, place, times = np.unique(y[known], return_inverse=True, return_counts=True)
    below = (np.cumsum(times) - times / 2.0)[place]
    size = int(known.sum())
    # A rounding error must not decide on somebody who stands right at the edge: the edge belongs to the middle.
    edge = fraction * size - 1e-9 * size
    group = np.where(size - below < edge, 1.0, np.where(below < edge, 0.0, np.nan))
    if not ((group == 1.0).any() and (group == 0.0).any()):
        raise ValueError("criterion must vary enough for a high and a low group; too many people share one value")
    out = np.full(y.size, np.nan)
    out[known] = group
    return out


def vertical_percent(
    chosen: ArrayLike,
    high: ArrayLike,
    n_options: int,
    *,
    minimum_choosers: int = MINIMUM_CHOOSERS,
    expert: ArrayLike | None = None,
) -> EmpiricalKey:
    """100 (p_high − p_low), p the share of each criterion group that chose the option (England, 1971).

    Parameters
    ----------
    chosen : (n,) option indices from 0, NaN for not answered.
    high : (n,) 1 for the high criterion group, 0 for the low one, NaN for neither, as from `criterion_groups`.
    n_options : options of the item, at least 2.
    minimum_choosers : options with fewer choosers in the two groups are suppressed.
    expert : (k,) what the weight of a suppressed option becomes, in percentage points; by default 0.

    Raises
    ------
    ValueError
        A group without anybody who answered, or a group that is neither 1, 0 nor NaN.
    """
    of_high, of_low = _group_counts(chosen, high, n_options)
    raw = 100.0 * (of_high / of_high.sum() - of_low / of_low.sum())
    return _settled(raw, of_high + of_low, 0.0, minimum_choosers, expert)


def horizontal_percent(
    chosen: ArrayLike,
    high: ArrayLike,
    n_options: int,
    *,
    minimum_choosers: int = MINIMUM_CHOOSERS,
    expert: ArrayLike | None = None,
) -> EmpiricalKey:
    """n_high / (n_high + n_low) of those who chose the option (Stead & Shartle, 1940): in [0, 1].

    Arguments and `ValueError` as in `vertical_percent`. The counts are taken as they are, so that groups of unequal size shift
    all weights alike. A suppressed option without an expert value gets the share of the high group in everybody counted:
    0 would call it worse than any other.
    """
    of_high, of_low = _group_counts(chosen, high, n_options)
    both = of_high + of_low
    raw = np.divide(of_high, both, out=np.full(both.size, np.nan), where=both > 0)
    return _settled(raw, both, float(of_high.sum() / both.sum()), minimum_choosers, expert)


def correlational_key(
    chosen: ArrayLike,
    criterion: ArrayLike,
    n_options: int,
    *,
    minimum_choosers: int = MINIMUM_CHOOSERS,
    expert: ArrayLike | None = None,
) -> EmpiricalKey:
    """Point-biserial correlation of choosing the option with the criterion: (M_o − M) / SD · √(p / (1 − p)).

    M_o is the mean criterion of those who chose it, M and SD (n) those of everybody, p the share who chose it (Devlin,
    Abrahams & Edwards, 1992).

    Parameters
    ----------
    chosen : (n,) option indices from 0, NaN for not answered.
    criterion : (n,) values, NaN for unknown.
    n_options, minimum_choosers : as in `vertical_percent`.
    expert : (k,) what the weight of a suppressed option becomes, as a correlation; by default 0.

    Raises
    ------
    ValueError
        Fewer than 3 people have both an answer and a criterion, or either does not vary among them.
    """
    n_choosers, sums, y = _criterion_of_choosers(chosen, criterion, n_options)
    between = n_choosers * (y.size - n_choosers)
    apart = sums - n_choosers * y.mean()
    raw = np.divide(
        apart * np.sqrt(y.size), np.sqrt(between) * np.sqrt(((y - y.mean()) ** 2).sum()),
        out=np.full(n_options, np.nan), where=between > 0,
    )  # fmt: skip
    return _settled(np.clip(raw, -1.0, 1.0), n_choosers, 0.0, minimum_choosers, expert)


def mean_criterion_key(
    chosen: ArrayLike,
    criterion: ArrayLike,
    n_options: int,
    *,
    minimum_choosers: int = MINIMUM_CHOOSERS,
    expert: ArrayLike | None = None,
) -> EmpiricalKey:
    """Mean criterion of those who chose the option, in the units of the criterion (Devlin, Abrahams & Edwards, 1992).

    `chosen` (n,), other arguments and `ValueError` as in `correlational_key`, `expert` being in units of the criterion. A
    suppressed option without an expert value gets the mean of everybody counted: 0 lies anywhere on the scale of a criterion.
    """
    n_choosers, sums, y = _criterion_of_choosers(chosen, criterion, n_options)
    raw = np.divide(sums, n_choosers, out=np.full(n_options, np.nan), where=n_choosers > 0)
    return _settled(raw, n_choosers, float(y.mean()), minimum_choosers, expert)


def hybrid_key(expert: ArrayLike, empirical: ArrayLike, alpha: float) -> FloatArray:
    """α · expert + (1 − α) · empirical, option by option: (k,) (hybrid keys: Bergman et al., 2006).

    `expert` and `empirical` are (k,) on one scale: bring them there first, for instance by z-scoring each over the options
    of the form. `alpha` lies in [0, 1]; 1 keeps the expert key. Raises `ValueError` for keys of different lengths or an `alpha`
    out of range.
    """
    share = between("alpha", alpha, 0.0, 1.0)
    judged, learnt = _two_keys(expert, empirical)
    return np.asarray(share * judged + (1.0 - share) * learnt)


def agreeing_key(
    expert: ArrayLike, empirical: ArrayLike, *, expert_neutral: float | None = None, neutral: float = 0.0, factor: float = 0.0
) -> FloatArray:
    """The expert key where the empirical sign agrees; elsewhere drawn to the value that says nothing.

    e where (e − e₀)(w − w₀) > 0, else e₀ + factor · (e − e₀).

    Parameters
    ----------
    expert : (k,) scores e.
    empirical : (k,) weights w, such as `EmpiricalKey.estimate`.
    expert_neutral : e₀, by default the mean of the expert scores.
    neutral : w₀, such as `EmpiricalKey.neutral`.
    factor : how much of the expert's judgement is left where data and expert disagree, in [0, 1]; 0 keeps agreeing options
        alone.

    Raises `ValueError` for keys of different lengths or a `factor` out of range.
    """
    left = between("factor", factor, 0.0, 1.0)
    judged, learnt = _two_keys(expert, empirical)
    middle = float(judged.mean()) if expert_neutral is None else number("expert_neutral", expert_neutral)
    apart = judged - middle
    return np.where(apart * (learnt - number("neutral", neutral)) > 0, judged, middle + left * apart)


def _two_keys(expert: ArrayLike, empirical: ArrayLike) -> tuple[FloatArray, FloatArray]:
    judged = vector("expert", expert, complete=True)
    if judged.size == 0:
        raise ValueError("expert must hold at least one option")
    return judged, vector("empirical", empirical, length=judged.size, complete=True)


def _group_counts(chosen: ArrayLike, high: ArrayLike, n_options: int) -> tuple[FloatArray, FloatArray]:
    """How many of the high and of the low group chose each option."""
    indicators = indicator_coding(chosen, n_options)
    group = vector("high", high, length=indicators.shape[0])
    if not np.isin(group[~np.isnan(group)], (0.0, 1.0)).all():
        raise ValueError("high must hold 1 for the high group, 0 for the low group, or NaN")
    of_high, of_low = (np.nansum(indicators[group == side], axis=0) for side in (1.0, 0.0))
    if not (of_high.any() and of_low.any()):
        raise ValueError("high must hold people of both groups who answered")
    return of_high, of_low


def _criterion_of_choosers(chosen: ArrayLike, criterion: ArrayLike, n_options: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Choosers of each option, the sum of their criteria, and everybody's criterion."""
    indicators = indicator_coding(chosen, n_options)
    index, y = pairs("chosen", chosen, "criterion", criterion, at_least=3)
    known = ~np.isnan(indicators[:, 0]) & ~np.isnan(vector("criterion", criterion))
    return np.bincount(index.astype(np.int64), minlength=n_options).astype(np.float64), indicators[known].T @ y, y


def _settled(
    raw: FloatArray, n_choosers: FloatArray, neutral: float, minimum_choosers: int, expert: ArrayLike | None
) -> EmpiricalKey:
    count("minimum_choosers", minimum_choosers, at_least=1)
    instead = np.full(raw.size, neutral) if expert is None else vector("expert", expert, length=raw.size, complete=True)
    suppressed = (n_choosers < minimum_choosers) | np.isnan(raw)
    estimate = np.where(suppressed, instead, raw)
    return EmpiricalKey(estimate, raw, n_choosers.astype(np.int64), suppressed, neutral, int(n_choosers.sum()))

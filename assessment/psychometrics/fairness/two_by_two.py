"""Two groups, selected or not: exact and asymptotic comparisons of two selection rates."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assessment.psychometrics.arrays import FloatArray, share
from assessment.psychometrics.distributions import normal_probability
from assessment.psychometrics.intervals import Interval, two_sided_z

# Tables as likely as the one seen may differ from it by rounding: R's fisher.test leaves the same room.
_AS_LIKELY = 1.0 + 1e-7


@dataclass(frozen=True)
class TwoByTwo:
    """`selected` of `assessed` people in one group beside `other_selected` of `other_assessed` in another.

    Signs: negative statistics and a ratio below 1 mean that the first group fares worse. Raises `ValueError` for counts
    that are not whole numbers, an empty group, or more selected than assessed.
    """

    selected: int
    assessed: int
    other_selected: int
    other_assessed: int

    def __post_init__(self) -> None:
        own = checked_counts(self.selected, self.assessed)
        other = checked_counts(self.other_selected, self.other_assessed, "the other group: ")
        for name, value in zip(("selected", "assessed", "other_selected", "other_assessed"), own + other, strict=True):
            object.__setattr__(self, name, value)

    @property
    def rate(self) -> float:
        return self.selected / self.assessed

    @property
    def other_rate(self) -> float:
        return self.other_selected / self.other_assessed

    @property
    def ratio(self) -> float:
        """Rate over the other group's rate; 1 where nobody was selected at all, infinite where only the first group was."""
        if self.other_selected == 0:
            return 1.0 if self.selected == 0 else math.inf
        return self.rate / self.other_rate

    def ratio_interval(self, level: float = 0.95) -> Interval:
        """Interval of the ratio on the log scale (Katz, Baptista, Azen & Pike, 1978); from 0 to infinity where a group has
        nobody selected, since the log of the ratio does not exist there."""
        z = two_sided_z(level)
        if self.selected == 0 or self.other_selected == 0:
            return Interval(0.0, math.inf)
        half = z * self._log_ratio_standard_error
        return Interval(self.ratio * math.exp(-half), self.ratio * math.exp(half))

    @property
    def ratio_z(self) -> float:
        """Log of the ratio in its standard errors; NaN where it does not exist."""
        if self.selected == 0 or self.other_selected == 0:
            return math.nan
        log_ratio = math.log(self.ratio)
        return 0.0 if log_ratio == 0 else log_ratio / self._log_ratio_standard_error

    @property
    def _log_ratio_standard_error(self) -> float:
        variance = 1 / self.selected - 1 / self.assessed + 1 / self.other_selected - 1 / self.other_assessed
        return math.sqrt(max(variance, 0.0))

    @property
    def z(self) -> float:
        """Difference of the rates in pooled standard errors (the "two standard deviations" test); 0 without any variance."""
        pooled = self._chosen / self._everybody
        variance = pooled * (1.0 - pooled) * (1.0 / self.assessed + 1.0 / self.other_assessed)
        return 0.0 if variance == 0 else (self.rate - self.other_rate) / math.sqrt(variance)

    @property
    def unpooled_z(self) -> float:
        """Difference of the rates in standard errors of their own; NaN where both rates are 0 or 1 and differ."""
        difference = self.rate - self.other_rate
        variance = self.rate * (1 - self.rate) / self.assessed + self.other_rate * (1 - self.other_rate) / self.other_assessed
        if variance == 0:
            return 0.0 if difference == 0 else math.nan
        return difference / math.sqrt(variance)

    @property
    def hypergeometric_z(self) -> float:
        """Selected minus expected in hypergeometric standard deviations (the number of standard deviations of *Hazelwood*)."""
        n, chosen = self._everybody, self._chosen
        variance = self.assessed * self.other_assessed * chosen * (n - chosen) / (n * n * (n - 1))
        return 0.0 if variance == 0 else -self.shortfall / math.sqrt(variance)

    def chi_square(self, *, continuity: bool = False) -> float:
        """Pearson's chi-square with 1 degree of freedom, with Yates' continuity if asked; 0 without any variance."""
        n, chosen = self._everybody, self._chosen
        margins = self.assessed * self.other_assessed * chosen * (n - chosen)
        if margins == 0:
            return 0.0
        apart = abs(self.selected * self.other_assessed - self.other_selected * self.assessed)
        held = max(apart - n / 2.0, 0.0) if continuity else float(apart)
        return held * held * n / margins

    @property
    def fisher_p(self) -> float:
        """Two-sided exact p: the probability of all tables no likelier than the one seen (Fisher, 1934)."""
        k, p = self._hypergeometric()
        return float(p[p <= p[k == self.selected] * _AS_LIKELY].sum())

    @property
    def fisher_p_fewer(self) -> float:
        """One-sided exact p: the probability that this few or fewer of the first group would be selected."""
        k, p = self._hypergeometric()
        return float(p[k <= self.selected].sum())

    @property
    def mid_p(self) -> float:
        """Two-sided exact p that counts half of the tables exactly as likely as the one seen (Lancaster, 1961)."""
        k, p = self._hypergeometric()
        seen = p[k == self.selected]
        return float(p[p <= seen * _AS_LIKELY].sum() - 0.5 * p[np.abs(p - seen) <= seen * (_AS_LIKELY - 1.0)].sum())

    @property
    def phi(self) -> float:
        """Correlation of group and selection."""
        return self.z / math.sqrt(self._everybody)

    @property
    def cohen_h(self) -> float:
        """Difference of the two rates on the arcsine scale, 2 asin √rate (Cohen, 1988, page 181)."""
        return 2.0 * (math.asin(math.sqrt(self.rate)) - math.asin(math.sqrt(self.other_rate)))

    @property
    def shortfall(self) -> float:
        """People of the first group missing among the selected, had selection been blind to groups; negative if too many."""
        return self.assessed * self._chosen / self._everybody - self.selected

    @property
    def odds_ratio(self) -> float:
        """Conditional maximum-likelihood odds ratio: at it, the count seen is the expected one (Fisher's noncentral
        hypergeometric distribution). 0 or infinity at the ends; NaN where every table has the same margins and cells."""
        k, _ = self._hypergeometric()
        if k.size == 1:
            return math.nan
        if self.selected in (k[0], k[-1]):
            return 0.0 if self.selected == k[0] else math.inf
        return self._solve(lambda k, p: float(k @ p), float(self.selected))

    def odds_ratio_interval(self, level: float = 0.95) -> Interval:
        """Exact interval of the conditional odds ratio, by inverting the two one-sided tests (Cornfield, 1956)."""
        tail = (1.0 - share("level", level)) / 2.0
        k, _ = self._hypergeometric()
        at = self.selected
        low = 0.0 if at == k[0] else self._solve(lambda k, p: float(p[k >= at].sum()), tail)
        high = math.inf if at == k[-1] else self._solve(lambda k, p: -float(p[k <= at].sum()), -tail)
        return Interval(low, high)

    @property
    def _chosen(self) -> int:
        return self.selected + self.other_selected

    @property
    def _everybody(self) -> int:
        return self.assessed + self.other_assessed

    def _hypergeometric(self, log_odds: float = 0.0) -> tuple[FloatArray, FloatArray]:
        """Possible counts of the first group among the selected, margins held, and their probabilities."""
        from scipy.special import gammaln

        low, high = max(0, self._chosen - self.other_assessed), min(self.assessed, self._chosen)
        k = np.arange(low, high + 1, dtype=np.float64)
        rest = self._chosen - k
        log_p = log_odds * k - gammaln(k + 1) - gammaln(self.assessed - k + 1)
        log_p = log_p - gammaln(rest + 1) - gammaln(self.other_assessed - rest + 1)
        p = np.exp(log_p - log_p.max())
        return k, np.asarray(p / p.sum())

    def _solve(self, rising: Callable[[FloatArray, FloatArray], float], wanted: float) -> float:
        """Odds ratio at which `rising` of the noncentral distribution, which grows with it, is `wanted`; by bisection."""
        low, high = -700.0, 700.0
        for _ in range(100):
            middle = (low + high) / 2.0
            if rising(*self._hypergeometric(middle)) < wanted:
                low = middle
            else:
                high = middle
        return math.exp((low + high) / 2.0)


def fisher_exact_p(selected: int, assessed: int, other_selected: int, other_assessed: int) -> float:
    """Two-sided exact p of a 2 × 2 table, `TwoByTwo.fisher_p` (Fisher, 1934).

    Parameters
    ----------
    selected, assessed : counts of one group.
    other_selected, other_assessed : those of the other.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Counts that are not whole, an empty group, or more selected than assessed.
    """
    return TwoByTwo(selected, assessed, other_selected, other_assessed).fisher_p


def two_sided_p(z: float) -> float:
    """Two-sided p of a normal deviate."""
    return 2.0 * float(normal_probability(-abs(z)))


def checked_counts(selected: int, assessed: int, who: str = "") -> tuple[int, int]:
    """Counts of one group, named by `who`, as Python's integers, which hold any product of them.

    Refuses counts that are not whole, an empty group, and more selected than assessed.
    """
    try:
        s, n = int(selected), int(assessed)
        whole = s == selected and n == assessed
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise ValueError(f"{who}selected and assessed must be whole numbers; they are {selected!r} and {assessed!r}")
    if n < 1:
        raise ValueError(f"{who}assessed must be at least 1; it is {n}")
    if not 0 <= s <= n:
        raise ValueError(f"{who}selected must lie between 0 and assessed; it is {s} of {n}")
    return s, n

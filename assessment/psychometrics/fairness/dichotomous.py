"""Differential item functioning of a right-or-wrong item: the Mantel–Haenszel procedure."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.fairness.groups import Labels
from assessment.psychometrics.fairness.matching import Sides, chi_square_p, match, overlapping, ratio
from assessment.psychometrics.intervals import Interval, two_sided_z

EtsClass = Literal["A", "B", "C"]

DELTA_PER_LOG_ODDS = -2.35
"""ETS deltas in a unit of log odds (Holland & Thayer, 1988): 4 / 1.7, turned so that negative is harder."""

ONE_SIDED_95 = 1.645


@dataclass(frozen=True)
class MantelHaenszel:
    """Odds of a right answer in the reference group over those in the focal group, at equal matching scores.

    Attributes
    ----------
    alpha : common odds ratio, above 1 when the item is harder for the focal group. 0 or infinite where one kind of pair
        never occurs; its standard error is then infinite.
    log_odds_ratio, standard_error : ln alpha, with the standard error of Robins, Breslow & Greenland (1986).
    delta, delta_standard_error : MH D-DIF = −2.35 ln alpha; negative is harder for the focal group.
    chi_square, p_value : Mantel & Haenszel's (1959) statistic with its continuity, (|ΣA − ΣE(A)| − ½)² / Σ Var(A), as
        published: where the difference is itself below ½ it is not held at 0.
    chi_square_uncorrected, p_value_uncorrected : without the continuity.
    ets_class : "A" if |delta| < 1 or `p_value` is not below .05; "C" if |delta| ≥ 1.5 and significantly above 1,
        |delta| − 1.645 SE > 1; else "B", as where delta and its error are infinite.
    reference, focal : the groups; `focal` None is everybody else. A wrong reference turns every sign.
    n_reference, n_focal, n, n_strata : people in the strata that hold both groups, and how many strata those are.
    """

    alpha: float
    log_odds_ratio: float
    standard_error: float
    delta: float
    delta_standard_error: float
    chi_square: float
    p_value: float
    chi_square_uncorrected: float
    p_value_uncorrected: float
    ets_class: EtsClass
    reference: Hashable
    focal: Hashable | None
    n_reference: int
    n_focal: int
    n: int
    n_strata: int

    @property
    def estimate(self) -> float:
        """The common odds ratio, `alpha`."""
        return self.alpha

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Interval of `alpha`, symmetric on the log scale; from 0 to infinity where alpha is 0 or infinite."""
        half = two_sided_z(level) * self.standard_error
        if math.isinf(half):
            return Interval(0.0, math.inf)
        return Interval(self.alpha * math.exp(-half), self.alpha * math.exp(half))

    def delta_interval(self, level: float = 0.95) -> Interval:
        """Interval of `delta`."""
        half = two_sided_z(level) * self.delta_standard_error
        if math.isinf(half):
            return Interval(-math.inf, math.inf)
        return Interval(self.delta - half, self.delta + half)


def mantel_haenszel(
    item: ArrayLike, group: Labels, matching: ArrayLike, *, reference: Hashable, focal: Hashable | None = None
) -> MantelHaenszel:
    """Mantel–Haenszel DIF of one item scored 0 or 1, with the full ETS rule.

    alpha = Σ(A D / N) / Σ(B C / N) over matching scores, with A right and B wrong answers in the reference group, C and D in
    the focal group, N = A + B + C + D (Mantel & Haenszel, 1959; Holland & Thayer, 1988).

    Parameters
    ----------
    item : (n,) 0 or 1, NaN for not answered.
    group : n labels; None, an empty string or NaN is an unknown group. Unknown people are left out.
    matching : (n,) score on which people are matched, each distinct value a stratum: the total score including this item.
        NaN leaves a person out. Strata that hold one group alone say nothing and are left out of `n`.
    reference : label of the group that the focal group is compared with.
    focal : label of the focal group; None for everybody of another known group.

    Returns
    -------
    MantelHaenszel

    Raises
    ------
    ValueError
        The item is not scored 0 or 1 or does not vary; a group is empty; or no stratum that holds both groups has both
        right and wrong answers.
    """
    table = match(item, group, matching, reference, focal)
    if not np.array_equal(table.values, [0.0, 1.0]):
        raise ValueError("item must be scored 0 or 1; use mantel for more categories")
    return mantel_haenszel_of_tables(table.counts[None], table.sides)[0]


def mantel_haenszel_of_tables(counts: FloatArray, sides: Sides) -> list[MantelHaenszel]:
    """One result for each item of `counts` (n_items, n_strata, 2, 2), categories wrong and right."""
    used = overlapping(counts)
    b, a = used[..., 0, 0], used[..., 0, 1]
    d, c = used[..., 1, 0], used[..., 1, 1]
    n = a + b + c + d
    r, s = ratio(a * d, n, 0.0), ratio(b * c, n, 0.0)
    p, q = ratio(a + d, n, 0.0), ratio(b + c, n, 0.0)
    sum_r, sum_s = r.sum(axis=1), s.sum(axis=1)
    expected = ratio((a + b) * (a + c), n, 0.0)
    variance = ratio((a + b) * (c + d) * (a + c) * (b + d), n * n * (n - 1.0), 0.0).sum(axis=1)
    if (variance == 0).any():
        raise ValueError("matching must leave a stratum that holds both groups and both right and wrong answers")
    with np.errstate(divide="ignore"):
        log_alpha = np.log(sum_r) - np.log(sum_s)
    # Robins, Breslow & Greenland (1986), equation 5.
    log_variance = (
        ratio((p * r).sum(axis=1), 2 * sum_r**2, np.inf)
        + ratio((p * s + q * r).sum(axis=1), 2 * sum_r * sum_s, np.inf)
        + ratio((q * s).sum(axis=1), 2 * sum_s**2, np.inf)
    )
    apart = np.abs((a - expected).sum(axis=1))
    corrected, plain = (apart - 0.5) ** 2 / variance, apart**2 / variance
    p_value, p_plain = chi_square_p(corrected, 1), chi_square_p(plain, 1)
    error = np.sqrt(log_variance)
    delta = DELTA_PER_LOG_ODDS * log_alpha
    delta_error = abs(DELTA_PER_LOG_ODDS) * error
    people, strata = n.sum(axis=1), (n > 0).sum(axis=1)
    return [
        MantelHaenszel(
            alpha=math.exp(log_alpha[i]),
            log_odds_ratio=float(log_alpha[i]),
            standard_error=float(error[i]),
            delta=float(delta[i]),
            delta_standard_error=float(delta_error[i]),
            chi_square=float(corrected[i]),
            p_value=float(p_value[i]),
            chi_square_uncorrected=float(plain[i]),
            p_value_uncorrected=float(p_plain[i]),
            ets_class=ets_class(float(delta[i]), float(delta_error[i]), float(p_value[i])),
            reference=sides.reference,
            focal=sides.focal,
            n_reference=int((a + b)[i].sum()),
            n_focal=int((c + d)[i].sum()),
            n=int(people[i]),
            n_strata=int(strata[i]),
        )
        for i in range(len(counts))
    ]


def ets_class(delta: float, standard_error: float, p_value: float) -> EtsClass:
    """The full ETS rule (Zieky, 1993): size and significance together.

    Parameters
    ----------
    delta, standard_error : MH D-DIF and its standard error.
    p_value : of the Mantel–Haenszel chi-square.

    Size alone calls large what may be chance in a small sample.
    """
    if abs(delta) < 1.0 or not p_value < 0.05:
        return "A"
    large = abs(delta) >= 1.5 and abs(delta) - ONE_SIDED_95 * standard_error > 1.0
    return "C" if large else "B"

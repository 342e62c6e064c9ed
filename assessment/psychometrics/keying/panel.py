"""From the ratings of a panel of subject-matter experts to the key of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, count, matrix, within

_ROUNDING = 1e-9


class DiscardRule(NamedTuple):
    """When an option, or the whole scenario, is not good enough to be scored; stored with the key that it made.

    Attributes
    ----------
    largest_sd : on a 5-point scale; on A points it is taken times (A − 1) / 4.
    smallest_agreement : rwg below which the panel does not agree.
    fewest_options : a scenario with fewer kept options is discarded.
    smallest_gap : pick-best only: how far the two best options' means must lie apart for one of them to be the best.
    """

    largest_sd: float = 1.0
    smallest_agreement: float = 0.5
    fewest_options: int = 3
    smallest_gap: float = 0.5


class Verdict(NamedTuple):
    """Whether an option is kept, what the rule holds against it, and why it was kept all the same."""

    keep: bool
    reasons: tuple[str, ...]
    rationale: str | None


@dataclass(frozen=True)
class PanelKey:
    """The key of one scenario; arrays are (k,), one entry an option.

    Attributes
    ----------
    estimate : mean rating, the option scores of the key.
    median, sd : median and SD (n − 1) of the ratings.
    within_group_agreement : rwg = 1 − SD² / ((A² − 1) / 12), raw: below 0 the panel disagrees more than chance would.
    average_deviation : mean |x − mean|.
    n_raters : experts who rated the option.
    verdicts : k verdicts.
    scenario_reasons : what the rule holds against the scenario; empty for a scenario that is kept.
    n : experts.
    """

    estimate: FloatArray
    median: FloatArray
    sd: FloatArray
    within_group_agreement: FloatArray
    average_deviation: FloatArray
    n_raters: IntArray
    verdicts: tuple[Verdict, ...]
    scenario_reasons: tuple[str, ...]
    n: int

    @property
    def keep(self) -> BoolArray:
        """(k,) true for an option that is kept."""
        return np.array([verdict.keep for verdict in self.verdicts])

    @property
    def keep_scenario(self) -> bool:
        """True if nothing is held against the scenario as a whole."""
        return not self.scenario_reasons


def panel_key(
    ratings: ArrayLike,
    n_points: int = 5,
    *,
    rationales: Mapping[int, str] | None = None,
    pick_best: bool = False,
    rule: DiscardRule | None = None,
) -> PanelKey:
    """Mean, spread and agreement of each option, and what the discard rule makes of them.

    An option is discarded if its SD is above `largest_sd` or its rwg below `smallest_agreement` and no rationale says why
    it stays. The scenario is discarded if fewer than `fewest_options` remain or, in pick-best, if the means of its two best
    remaining options differ by less than `smallest_gap`. rwg is that of James, Demaree & Wolf (1984) for one item, against
    uniform responding. For agreement over several options and the reliability of the panel see `agreement`.

    Parameters
    ----------
    ratings : (raters, k) effectiveness from 1 to `n_points`, NaN where an expert did not rate the option.
    n_points : points of the rating scale, A.
    rationales : option (from 0) to the reason for keeping it against the rule.
    pick_best : whether people choose one option, so that the best must stand out.
    rule : thresholds; by default those of `DiscardRule`.

    Raises
    ------
    ValueError
        An option with fewer than two ratings, a rating off the scale, or a rationale without words or without an option.
    """
    thresholds = DiscardRule() if rule is None else rule
    count("n_points", n_points, at_least=2)
    given = within("ratings", matrix("ratings", ratings), 1, n_points)
    n, k = given.shape
    rated = ~np.isnan(given)
    n_raters = rated.sum(axis=0).astype(np.int64)
    if k < 2 or (n_raters < 2).any():
        raise ValueError("ratings must hold at least two options with at least two ratings each")
    despite = {} if rationales is None else rationales
    if not isinstance(despite, Mapping) or not all(
        option in range(k) and isinstance(text, str) and text.strip() for option, text in despite.items()
    ):
        raise ValueError(f"rationales must give words for options from 0 to {k - 1}")
    mean = np.where(rated, given, 0.0).sum(axis=0) / n_raters
    apart = np.where(rated, given - mean, 0.0)
    sd = np.sqrt((apart**2).sum(axis=0) / (n_raters - 1))
    agreement = 1.0 - sd**2 / ((n_points**2 - 1) / 12.0)
    largest_sd = thresholds.largest_sd * (n_points - 1) / 4.0
    verdicts = []
    for option in range(k):
        reasons = []
        if sd[option] > largest_sd + _ROUNDING:
            reasons.append(f"SD {sd[option]:.2f} above {largest_sd:.2f}")
        if agreement[option] < thresholds.smallest_agreement - _ROUNDING:
            reasons.append(f"rwg {agreement[option]:.2f} below {thresholds.smallest_agreement:.2f}")
        rationale = despite.get(option)
        verdicts.append(Verdict(not reasons or rationale is not None, tuple(reasons), rationale if reasons else None))
    return PanelKey(
        estimate=mean,
        median=np.nanmedian(given, axis=0),
        sd=sd,
        within_group_agreement=agreement,
        average_deviation=np.abs(apart).sum(axis=0) / n_raters,
        n_raters=n_raters,
        verdicts=tuple(verdicts),
        scenario_reasons=_against_scenario(mean[[verdict.keep for verdict in verdicts]], thresholds, pick_best),
        n=n,
    )


def _against_scenario(kept_means: FloatArray, rule: DiscardRule, pick_best: bool) -> tuple[str, ...]:
    reasons = []
    if kept_means.size < rule.fewest_options:
        reasons.append(f"{kept_means.size} options kept, fewer than {rule.fewest_options}")
    if pick_best and kept_means.size >= 2:
        second, first = np.sort(kept_means)[-2:]
        if first - second < rule.smallest_gap - _ROUNDING:
            reasons.append(f"best options {first - second:.2f} apart, less than {rule.smallest_gap:.2f}")
    return tuple(reasons)

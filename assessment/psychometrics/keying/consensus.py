"""Consensus keys: what a panel, or a norm sample, agreed on.

A key made from the people who are scored by it is circular: it calls right what is common. From anybody but experts it
serves as a cross-check (Bergman, Drasgow, Donovan, Henning & Juraska, 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, matrix
from assessment.psychometrics.keying.choices import indicator_coding


@dataclass(frozen=True)
class ConsensusKey:
    """Option scores from what a sample chose or rated.

    Attributes
    ----------
    estimate : (k,) score of each option.
    counts : (k,) how many chose the option, or how many rated it.
    n : people in the sample who answered.
    """

    estimate: FloatArray
    counts: IntArray
    n: int


def mode_key(chosen: ArrayLike, n_options: int) -> ConsensusKey:
    """1 for the option that most of the panel chose, 0 for the others; options that tie for it all get 1.

    `chosen` is (n,) option indices from 0, NaN for who did not answer. Score people with `option_credit` (Bergman et al.,
    2006). Raises `ValueError` where nobody answered, or for an index that is no option's.
    """
    counts = _choosers(chosen, n_options)
    return ConsensusKey((counts == counts.max()).astype(np.float64), counts, int(counts.sum()))


def proportion_key(chosen: ArrayLike, n_options: int) -> ConsensusKey:
    """Each option's share of the choices of a norm sample: the more people chose it, the more credit it gives.

    `chosen` (n,), `n_options` and `ValueError` as in `mode_key`. Score people with `option_credit` (Bergman et al., 2006).
    """
    counts = _choosers(chosen, n_options)
    return ConsensusKey(counts / counts.sum(), counts, int(counts.sum()))


def mean_key(ratings: ArrayLike) -> ConsensusKey:
    """Mean rating of each option over those who rated it: `ratings` (n, k), NaN for not rated.

    Raises `ValueError` where nobody rated an option. `panel_key` adds agreement and the rule for discarding options.
    """
    given = matrix("ratings", ratings)
    rated = ~np.isnan(given)
    counts = rated.sum(axis=0).astype(np.int64)
    if given.shape[1] == 0 or not counts.all():
        raise ValueError("ratings must hold at least one rating of each option")
    return ConsensusKey(np.where(rated, given, 0.0).sum(axis=0) / counts, counts, int(rated.any(axis=1).sum()))


def _choosers(chosen: ArrayLike, n_options: int) -> IntArray:
    indicators = indicator_coding(chosen, n_options)
    counts: IntArray = np.nansum(indicators, axis=0).astype(np.int64)
    if not counts.any():
        raise ValueError("chosen must hold at least one answer")
    return counts

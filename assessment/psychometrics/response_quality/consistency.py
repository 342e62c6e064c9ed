"""Whether a person answers alike what is alike: even and odd halves of scales, and statements that mean the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, matrix, number, share, vector

CRITICAL_R = 0.60
"""Correlation over people above which two statements count as synonyms (Meade & Craig, 2012)."""

_FEWEST_POINTS = 3
"""Two points always lie on a line: a within-person correlation needs three."""


def even_odd_consistency(responses: ArrayLike, scale: ArrayLike) -> FloatArray:
    """Correlation over scales of a person's even with their odd half-scale means, stepped up: 2r / (1 + r).

    1 for a person whose halves agree. Values below −1, which stepping up gives where r < −1/3, are set to −1 (Jackson,
    1976; Meade & Craig, 2012).

    Parameters
    ----------
    responses : (n, k) in the order of the statements within each scale, reversed ones turned round; NaN for not answered.
    scale : (k,) whole number of the scale that each column belongs to; its first statement is odd, its second even. Scales
        of one statement have no halves and are passed over.

    Returns
    -------
    (n,) in [−1, 1]; NaN for a person with fewer than three scales answered in both halves, or whose halves do not vary.

    Raises
    ------
    ValueError
        Fewer than three scales of at least two statements.
    """
    given = matrix("responses", responses)
    belongs = vector("scale", scale, length=given.shape[1], complete=True)
    halved = [np.flatnonzero(belongs == one) for one in np.unique(belongs)]
    halved = [columns for columns in halved if columns.size >= 2]
    if len(halved) < _FEWEST_POINTS:
        raise ValueError(f"scale must name at least {_FEWEST_POINTS} scales of two statements or more; it names {len(halved)}")
    odd = np.column_stack([_row_means(given[:, columns[0::2]]) for columns in halved])
    even = np.column_stack([_row_means(given[:, columns[1::2]]) for columns in halved])
    r = _within_person_correlation(odd, even)
    return np.where(r <= -1.0 / 3.0, -1.0, 2.0 * r / np.where(r <= -1.0 / 3.0, 1.0, 1.0 + r))


@dataclass(frozen=True)
class PairConsistency:
    """Within-person correlation over pairs of statements.

    Attributes
    ----------
    estimate : (n,); NaN for a person who answered fewer than three pairs, or whose answers do not vary.
    pairs : (p, 2) columns of each pair, the lower first.
    n_pairs : (n,) pairs that the person answered.
    """

    estimate: FloatArray
    pairs: IntArray
    n_pairs: IntArray


def psychometric_synonyms(responses: ArrayLike, critical: float = CRITICAL_R) -> PairConsistency:
    """Correlation over synonymous pairs of a person's answers to the first with those to the second (Meade & Craig, 2012).

    Pairs are the columns whose correlation over people, of those who answered both, is above `critical`. An attentive
    person answers synonyms alike and comes near 1, a random one near 0.

    Parameters
    ----------
    responses : (n, k), NaN for not answered.
    critical : strictly between 0 and 1.

    Raises
    ------
    ValueError
        Fewer than three such pairs among these people.
    """
    share("critical", critical)
    given = matrix("responses", responses)
    return _over_pairs(given, _item_correlations(given) > critical, f"above {critical:g}")


def psychometric_antonyms(responses: ArrayLike, critical: float = -CRITICAL_R) -> PairConsistency:
    """As `psychometric_synonyms`, over pairs with a correlation below `critical`; an attentive person comes near −1.

    `responses` (n, k) are as they were given, nothing turned round (Johnson, 2005). `critical` lies strictly between −1 and 0.
    Raises `ValueError` as `psychometric_synonyms`.
    """
    if not -1.0 < number("critical", critical) < 0.0:
        raise ValueError(f"critical must lie strictly between -1 and 0; it is {critical!r}")
    given = matrix("responses", responses)
    return _over_pairs(given, _item_correlations(given) < critical, f"below {critical:g}")


def _over_pairs(given: FloatArray, is_pair: BoolArray, wanted: str) -> PairConsistency:
    pairs = np.argwhere(np.triu(is_pair, 1))
    if len(pairs) < _FEWEST_POINTS:
        raise ValueError(f"responses must have at least {_FEWEST_POINTS} pairs of columns correlated {wanted}; {len(pairs)} are")
    first, second = given[:, pairs[:, 0]], given[:, pairs[:, 1]]
    n_pairs = (~np.isnan(first) & ~np.isnan(second)).sum(axis=1)
    return PairConsistency(_within_person_correlation(first, second), pairs.astype(np.int64), n_pairs.astype(np.int64))


def _item_correlations(given: FloatArray) -> FloatArray:
    """(k, k) of those who answered both; NaN where fewer than three did, or a column does not vary among them."""
    answered = (~np.isnan(given)).astype(np.float64)
    centre = np.where(answered.any(axis=0), np.nansum(given, axis=0) / np.maximum(answered.sum(axis=0), 1.0), 0.0)
    x = np.where(answered > 0, given - centre, 0.0)
    n = answered.T @ answered
    sums = x.T @ answered
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = x.T @ x - sums * sums.T / n
        squares = (x * x).T @ answered - sums * sums / n
        scale = squares * squares.T
        rounding = 1e-24 * np.outer(np.diag(squares), np.diag(squares))
        return np.where((n >= _FEWEST_POINTS) & (scale > rounding), covariance / np.sqrt(scale), np.nan)


def _row_means(part: FloatArray) -> FloatArray:
    answered = ~np.isnan(part)
    n_answered = answered.sum(axis=1)
    total = np.where(answered, part, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, n_answered, out=np.full(part.shape[0], np.nan), where=n_answered > 0))


def _within_person_correlation(first: FloatArray, second: FloatArray) -> FloatArray:
    """Pearson's r of each row of `first` with that of `second` over the columns that have both."""
    both = ~(np.isnan(first) | np.isnan(second))
    n_both = both.sum(axis=1, keepdims=True)

    def centred(side: FloatArray) -> tuple[FloatArray, FloatArray]:
        mean = np.where(both, side, 0.0).sum(axis=1, keepdims=True) / np.maximum(n_both, 1)
        apart = np.where(both, side - mean, 0.0)
        squares = (apart * apart).sum(axis=1)
        size = np.where(both, np.abs(side), 0.0).max(axis=1, initial=0.0)
        # Equal values can miss their mean by a rounding error; a square as small as that is no variation.
        return apart, np.where(squares > 1e-20 * size * size, squares, 0.0)

    (a, aa), (b, bb) = centred(first), centred(second)
    scale = np.sqrt(aa * bb)
    usable = (scale > 0) & (n_both[:, 0] >= _FEWEST_POINTS)
    r = np.divide((a * b).sum(axis=1), scale, out=np.full(scale.shape, np.nan), where=usable)
    return np.asarray(np.clip(r, -1.0, 1.0))

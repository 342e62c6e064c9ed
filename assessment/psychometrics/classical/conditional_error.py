"""Conditional standard errors of measurement: how sure a score is at that score."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, as_given, between, count, labels, matrix, number, numbers, within

Binomial = Literal["lord", "lord-keats"]


def conditional_standard_error(
    number_right: ArrayLike,
    n_items: int,
    *,
    method: Binomial = "lord",
    mean: float | None = None,
    sd: float | None = None,
    reliability: float | None = None,
) -> float | FloatArray:
    """Standard error of a number-right score x of k items scored 0/1, from the score alone.

    - `lord`: √(x (k − x) / (k − 1)), items being a sample of many (Lord, 1955). It is that of an absolute score: differences in
      difficulty between forms are error.
    - `lord-keats`: the same times √((1 − reliability) / (1 − KR-21)), which brings the group's average error down to
      SD √(1 − reliability), differences in difficulty left out (Keats, 1957). KR-21 = k/(k − 1) · (1 − M (k − M) / (k s²)).

    For items with more than two scores see `smoothed_standard_error`.

    Parameters
    ----------
    number_right : float or array, each in [0, k].
    n_items : k, at least 2.
    mean, sd, reliability : M, s and the reliability of number-right scores in the group; for `lord-keats`, all three, and for
        it alone.

    Returns
    -------
    In points, of the shape of `number_right`; 0 at 0 and k.

    Raises
    ------
    ValueError
        A score outside 0 to k, fewer than two items, an unknown method, group figures for `lord` or not all for `lord-keats`,
        or a group that is spread out more than 0/1 items allow.
    """
    k = count("n_items", n_items, at_least=2)
    right = within("number_right", number_right, 0.0, float(k))
    given = [value for value in (mean, sd, reliability) if value is not None]
    if method == "lord":
        if given:
            raise ValueError("mean, sd and reliability are for method 'lord-keats' alone")
        scale = 1.0
    elif method == "lord-keats":
        if mean is None or sd is None or reliability is None:
            raise ValueError("mean, sd and reliability must all be given for method 'lord-keats'")
        between("mean", mean, 0.0, float(k))
        between("reliability", reliability, 0.0, 1.0)
        if not number("sd", sd) > 0:
            raise ValueError(f"sd must be above 0; it is {sd!r}")
        unexplained = (mean * (k - mean) / sd**2 - 1.0) / (k - 1.0)
        if unexplained <= 0:
            raise ValueError("sd must be below that of scores which are all 0 or n_items")
        scale = math.sqrt((1.0 - reliability) / unexplained)
    else:
        raise ValueError(f"method must be 'lord' or 'lord-keats'; it is {method!r}")
    return as_given(np.asarray(scale * np.sqrt(right * (k - right) / (k - 1.0))))


@dataclass(frozen=True)
class SmoothedError:
    """Error variance as a polynomial of the sum score.

    Attributes
    ----------
    overall : standard error of the group, SD √(1 − alpha of the parts).
    degree, n_parts, n_people : what it rests on.
    lowest, highest : sum scores that occurred; outside, the error at the nearer end is taken.
    """

    overall: float
    degree: int
    n_parts: int
    n_people: int
    lowest: float
    highest: float
    _polynomial: np.polynomial.Polynomial

    def at(self, score: ArrayLike) -> float | FloatArray:
        """Standard error at sum scores; where the polynomial falls below 0 it is 0."""
        inside = np.clip(numbers("score", score), self.lowest, self.highest)
        return as_given(np.sqrt(np.maximum(np.asarray(self._polynomial(inside)), 0.0)))


def smoothed_standard_error(item_scores: ArrayLike, *, parts: Sequence[Hashable] | None = None, degree: int = 3) -> SmoothedError:
    """Conditional standard error of the sum of items of any kind, by polynomial regression (Feldt & Qualls, 1996).

    Each person's error variance is estimated from their scatter over m essentially tau-equivalent parts,
    m/(m − 1) · Σ ((x_pi − x̄_i) − (x̄_p − x̄))², and regressed on powers of the sum score. Two halves make it the method of
    Mollenkopf (1949), (difference of the halves − mean difference)²; every item a part makes the mean of the variances that of
    coefficient alpha.

    Parameters
    ----------
    item_scores : (n, k); people with an item not answered (NaN) are left out.
    parts : k labels, the part each item belongs to, at least two parts; every item its own part unless given.
    degree : of the polynomial, at least 1; the form needs more distinct sum scores than `degree` + 1.

    Raises
    ------
    ValueError
        Fewer than two parts, another number of labels than of items, or too few distinct sums of people with complete answers.
    """
    power = count("degree", degree, at_least=1)
    scores = matrix("item_scores", item_scores)
    scores = scores[~np.isnan(scores).any(axis=1)]
    names, place = labels("parts", list(range(scores.shape[1])) if parts is None else parts, scores.shape[1])
    m, n = len(names), scores.shape[0]
    if m < 2:
        raise ValueError(f"parts must be at least two; there are {m}")
    of_part = scores @ np.eye(m)[place]
    total = of_part.sum(axis=1)
    if np.unique(total).size <= power + 1:
        raise ValueError(f"item_scores must have more than {power + 1} distinct sums of people with complete answers")
    left = of_part - of_part.mean(axis=0)
    left -= left.mean(axis=1, keepdims=True)
    variance = m / (m - 1.0) * (left**2).sum(axis=1)
    polynomial = np.polynomial.Polynomial.fit(total, variance, power)
    overall = math.sqrt(float(variance.sum()) / (n - 1.0))
    return SmoothedError(overall, power, m, n, float(total.min()), float(total.max()), polynomial)

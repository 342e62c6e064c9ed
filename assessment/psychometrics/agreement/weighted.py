"""Cohen's kappa of two raters, plain or weighted by how far apart their categories are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.agreement.ratings import rated_by_all
from assessment.psychometrics.arrays import FloatArray, matrix, vector
from assessment.psychometrics.distributions import normal_probability
from assessment.psychometrics.intervals import Interval, two_sided_z

Weights = Literal["unweighted", "linear", "quadratic"]


@dataclass(frozen=True)
class WeightedKappa:
    """Kappa of two raters.

    Attributes
    ----------
    estimate : (observed − expected) / (1 − expected), both weighted.
    n_targets : rated by both.
    categories, weights : (k,) codes, and (k, k) credit for the first rater's category (row) meeting the second's (column).
    standard_error : large-sample, for an interval (Fleiss, Cohen & Everitt, 1969).
    null_standard_error, z, p_value : of the test that there is no agreement beyond chance (same source; two-sided).
    """

    estimate: float
    observed: float
    expected: float
    n_targets: int
    categories: FloatArray
    weights: FloatArray
    standard_error: float
    null_standard_error: float
    z: float
    p_value: float

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Estimate ± z · `standard_error`, the ends kept within −1 and 1."""
        half = two_sided_z(level) * self.standard_error
        return Interval(max(self.estimate - half, -1.0), min(self.estimate + half, 1.0))


def weighted_kappa(
    ratings: ArrayLike, weights: Weights | ArrayLike = "quadratic", *, categories: ArrayLike | None = None
) -> WeightedKappa:
    """Cohen's (1960, 1968) kappa of two raters who use the same categories.

    Parameters
    ----------
    ratings : (n_targets, 2) codes, NaN for not rated; targets that one rater left out are dropped.
    weights : `unweighted` (Cohen's kappa: credit for the same category alone), `linear` 1 − d / d_max, `quadratic`
        1 − (d / d_max)², d being the distance of the codes: a category in between that nobody used makes no difference, and
        with equally spaced codes quadratic kappa is close to ICC(2,1) (Fleiss & Cohen, 1973). Or a (k, k) array of credit from
        0 to 1 with 1 in the diagonal, k categories.
    categories : the k codes in the order of a weight array; else those that occur, rising.

    Raises
    ------
    ValueError
        Not two raters, no target with both, one category alone in use, a code outside `categories`, or impossible weights.
    """
    table = rated_by_all(ratings, at_least=1, raters=2)
    codes = np.unique(table) if categories is None else vector("categories", categories, complete=True)
    if np.unique(codes).size < codes.size:
        raise ValueError("categories must differ")
    if not np.isin(table, codes).all():
        raise ValueError("ratings must hold categories only")
    if np.ptp(table) == 0:
        raise ValueError(f"ratings must vary; every rating is {table[0, 0]:g}")
    credit = _credit(weights, codes)
    n, k = table.shape[0], codes.size
    order = np.argsort(codes)
    place = order[np.searchsorted(codes, table, sorter=order)]
    joint = np.bincount(place[:, 0] * k + place[:, 1], minlength=k * k).reshape(k, k) / n
    rows, columns = joint.sum(axis=1), joint.sum(axis=0)
    chance = np.outer(rows, columns)
    observed, expected = float((credit * joint).sum()), float((credit * chance).sum())
    if expected > 1.0 - 1e-12:
        raise ValueError("weights must not give full credit to every pair of categories that occurs")
    kappa = (observed - expected) / (1.0 - expected)
    alone = (credit @ columns)[:, None] + (rows @ credit)[None, :]
    spread = (joint * (credit * (1.0 - expected) - alone * (1.0 - observed)) ** 2).sum()
    spread -= (observed * expected - 2.0 * expected + observed) ** 2
    error = math.sqrt(max(float(spread), 0.0) / n) / (1.0 - expected) ** 2
    null_spread = (chance * (credit - alone) ** 2).sum() - expected**2
    null_error = math.sqrt(max(float(null_spread), 0.0) / n) / (1.0 - expected)
    # One rater who never varies agrees by chance alone, and without error.
    z = kappa / null_error if null_error > 1e-12 else 0.0
    p_value = 2.0 * float(normal_probability(-abs(z)))
    return WeightedKappa(kappa, observed, expected, n, codes, credit, error, null_error, z, p_value)


def _credit(weights: Weights | ArrayLike, codes: FloatArray) -> FloatArray:
    if isinstance(weights, str):
        apart = np.abs(codes[:, None] - codes) / np.ptp(codes)
        if weights == "unweighted":
            return np.eye(codes.size)
        if weights == "linear":
            return 1.0 - apart
        if weights == "quadratic":
            return 1.0 - apart**2
        raise ValueError(f"weights must be 'unweighted', 'linear', 'quadratic' or an array; it is {weights!r}")
    credit = matrix("weights", weights, rows=codes.size, columns=codes.size, complete=True)
    if (credit < 0).any() or (credit > 1).any() or (np.diag(credit) != 1).any():
        raise ValueError("weights must be credit from 0 to 1, with 1 in the diagonal")
    return credit

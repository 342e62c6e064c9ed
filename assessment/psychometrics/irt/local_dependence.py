"""What pairs of items share beyond θ: Q₃ and the local dependence X²."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.compiled import single_threaded_algebra
from assessment.psychometrics.distributions import chi_squared_tail
from assessment.psychometrics.irt.calibrated_items import CalibratedItems
from assessment.psychometrics.irt.scores import categories_of, scores

_PEOPLE_AT_ONCE = 512
_FEWEST_PEOPLE = 3


@dataclass(frozen=True, eq=False)
class LocalDependence:
    """Dependence of each pair of items given θ: symmetric (k, k) matrices.

    Attributes
    ----------
    q3 : correlation of the residuals (Yen, 1984), 1 on the diagonal; NaN for a pair that too few people answered or whose
        residuals do not vary. Without dependence it is near −1 / (k − 1), not 0, because θ comes from the same answers.
    x2, x2_df, x2_p_value : Pearson's chi-squared of the pair's observed against implied table (Chen & Thissen, 1997), NaN on
        the diagonal. Its df suppose that the parameters were estimated from these responses: under parameters from elsewhere
        it rejects too often.
    cramer_v : √(x2 / (n (fewer categories − 1))), negative where the pair goes together less than the model implies.
    n_people : people who answered both items of each pair.
    """

    q3: FloatArray
    x2: FloatArray
    x2_df: IntArray
    x2_p_value: FloatArray
    cramer_v: FloatArray
    n_people: IntArray

    @property
    def adjusted_q3(self) -> FloatArray:
        """Q₃ less its mean over the pairs (Marais, 2013; Christensen, Makransky & Horton, 2017): (k, k), NaN on the diagonal.

        A pair at .2 or above is called dependent.
        """
        pairs = np.where(np.eye(self.q3.shape[0], dtype=np.bool_), np.nan, self.q3)
        known = ~np.isnan(pairs)
        return np.asarray(pairs - pairs[known].mean()) if known.any() else pairs


def local_dependence(calibration: CalibratedItems, responses: ArrayLike) -> LocalDependence:
    """Q₃ and the local dependence X² of each pair of items.

    Q₃ is the correlation of x − E(X | θ̂) with θ̂ the EAP estimate. X² compares the table of two items with
    n ∫ P(X_i = u | θ) P(X_j = v | θ) φ; its sign is that of the difference between the observed and the implied gamma
    (Goodman & Kruskal, 1954), which for two dichotomous items is that of Chen & Thissen (1997).

    `responses` are (n, k) categories from 0, NaN for not answered: each pair is judged by the people who answered both. For
    nrm labels are taken as scores, in Q₃ and in the sign. Raises `ValueError` for responses that do not belong to the items.
    """
    codes = categories_of(calibration, responses)
    theta = scores(calibration, responses).theta
    k, m = codes.shape[1], int(calibration.n_categories.max())
    moments, seen = np.zeros((4, k, k)), np.zeros((k * m, k * m))
    with single_threaded_algebra():
        for start in range(0, codes.shape[0], _PEOPLE_AT_ONCE):
            some = codes[start : start + _PEOPLE_AT_ONCE]
            answered = (some >= 0).astype(np.float64)
            residual = answered * (some - calibration.expected_scores(theta[start : start + _PEOPLE_AT_ONCE]))
            moments += answered.T @ answered, residual.T @ answered, (residual**2).T @ answered, residual.T @ residual
            chosen = (some[:, :, None] == np.arange(m, dtype=np.int8)).reshape(-1, k * m).astype(np.float64)
            seen += chosen.T @ chosen
    observed = seen.reshape(k, m, k, m).transpose(0, 2, 1, 3)
    p = calibration.probabilities(calibration.nodes).reshape(-1, k * m)
    implied = ((p * calibration.node_weights[:, None]).T @ p).reshape(k, m, k, m).transpose(0, 2, 1, 3)
    n = moments[0]
    expected = n[:, :, None, None] * implied
    x2 = np.divide((observed - expected) ** 2, expected, out=np.zeros(expected.shape), where=expected > 0).sum(axis=(2, 3))
    x2 = _symmetric(np.where(np.eye(k, dtype=np.bool_) | (n == 0), np.nan, x2))
    sizes = calibration.n_categories - 1
    df = np.outer(sizes, sizes)
    v = np.sqrt(x2 / (np.maximum(n, 1.0) * np.minimum.outer(sizes, sizes)))
    less = _gamma(observed) < _gamma(implied)
    return LocalDependence(
        _residual_correlations(*moments), x2, df, chi_squared_tail(x2, df), np.where(less, -v, v), n.astype(np.int64)
    )


def _residual_correlations(n: FloatArray, total: FloatArray, squares: FloatArray, products: FloatArray) -> FloatArray:
    """Pairwise complete correlations from sums: `total[i, j]` and `squares[i, j]` of i over those who answered j as well."""
    at_least = np.maximum(n, 1.0)
    covariance = products - total * total.T / at_least
    # Of residuals that are all but constant, rounding alone would be left.
    spread = squares - total**2 / at_least
    spread = np.where(spread > 1e-12 * squares, spread, 0.0)
    scale = np.sqrt(spread * spread.T)
    usable = (n >= _FEWEST_PEOPLE) & (scale > 0)
    r = _symmetric(np.divide(covariance, scale, out=np.full(n.shape, np.nan), where=usable))
    return np.asarray(np.where(np.eye(n.shape[0], dtype=np.bool_) & usable, 1.0, np.clip(r, -1.0, 1.0)))


def _symmetric(pairs: FloatArray) -> FloatArray:
    """`pairs` without the last digits in which the two orders of a pair differ."""
    return np.asarray((pairs + pairs.T) / 2.0)


def _gamma(tables: FloatArray) -> FloatArray:
    """Goodman and Kruskal's gamma of tables (…, u, v); 0 where no two people differ in both."""
    above = tables[..., ::-1, :].cumsum(axis=-2)[..., ::-1, :] - tables
    to_the_right = above[..., ::-1].cumsum(axis=-1)[..., ::-1] - above
    to_the_left = above.cumsum(axis=-1) - above
    agree, differ = (tables * to_the_right).sum(axis=(-2, -1)), (tables * to_the_left).sum(axis=(-2, -1))
    return np.asarray(np.divide(agree - differ, agree + differ, out=np.zeros(agree.shape), where=agree + differ > 0))

"""A training sample and the penalty path inside it: the numerical core that the strategies share.

One eigendecomposition of X′X gives the ridge weights at every penalty. The penalty is chosen by cross-validation inside
the sample, so that whoever holds people out of the sample holds them out of that choice too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.weighting.design import Design, LinearComposite, Scaling, fit_scaling
from assessment.psychometrics.weighting.splits import folds

PENALTIES = np.logspace(-3.0, 4.0, 29)
"""λ / n, from next to no shrinkage to next to nothing but the prior."""


@dataclass(frozen=True)
class _Moments:
    """Centred cross products of one sample, with their eigendecomposition."""

    n: int
    mean_x: FloatArray
    mean_y: float
    gram: FloatArray
    xty: FloatArray
    values: FloatArray
    vectors: FloatArray

    @classmethod
    def of(cls, n: int, sum_x: FloatArray, sum_y: float, gram: FloatArray, xty: FloatArray) -> _Moments:
        mean_x, mean_y = sum_x / n, sum_y / n
        centred = gram - n * np.outer(mean_x, mean_x)
        values, vectors = np.linalg.eigh(centred)
        return cls(n, mean_x, mean_y, centred, xty - n * mean_x * mean_y, np.maximum(values, 0.0), vectors)

    def prior_slope(self, prior: FloatArray) -> float:
        """Slope of the criterion on the prior's composite; never negative: a key is not turned round by a sample."""
        variance = float(prior @ self.gram @ prior)
        return max(0.0, float(prior @ self.xty) / variance) if variance > 0 else 0.0

    def weights(self, penalties: FloatArray, prior: FloatArray | None) -> FloatArray:
        """(p, number of penalties): ridge weights at each λ / n, shrunk toward the scaled prior."""
        toward = np.zeros(self.xty.size) if prior is None else self.prior_slope(prior) * prior
        residual = self.vectors.T @ (self.xty - self.gram @ toward)
        # A direction in which nobody differs (indicators of one question sum to 1) has no information: it stays put.
        informed = self.values > 1e-10 * max(float(self.values[-1]), 1.0)
        inverse = np.where(informed[:, None], 1.0 / (self.values[:, None] + self.n * penalties), 0.0)
        return np.asarray(toward[:, None] + self.vectors @ (residual[:, None] * inverse))


class TrainingSample:
    """People whose predictors and criterion are both known, standardised within themselves.

    Several strategies can fit the same sample: what they share is computed once. `n_inner_folds` is for the choice of a
    penalty; `groups` as in `folds`.
    """

    def __init__(
        self,
        design: Design,
        criterion: FloatArray,
        *,
        groups: IntArray | None = None,
        n_inner_folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.design = design
        self.criterion = criterion
        self.scaling: Scaling = fit_scaling(design)
        if not self.scaling.usable.any():
            raise ValueError("predictors must hold at least one column that varies and that enough people answered")
        self.x = self.scaling.apply(design.values)
        self._groups = groups
        self._n_inner_folds = n_inner_folds
        self._seed = seed

    @property
    def n(self) -> int:
        return int(self.criterion.size)

    @cached_property
    def _parts(self) -> list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]]:
        """For each inner fold: its x and y, X′X and X′y about the origin. Together they make up the sample."""
        groups = self._groups
        if groups is not None and np.unique(groups).size < self._n_inner_folds:
            groups = None
        fold = folds(self.n, self._n_inner_folds, 0, self._seed, groups)
        parts = []
        for k in range(self._n_inner_folds):
            x, y = self.x[fold == k], self.criterion[fold == k]
            parts.append((x, y, x.T @ x, x.T @ y))
        return parts

    @cached_property
    def moments(self) -> _Moments:
        """Cross products of the whole sample."""
        return self._moments_without(None)

    @cached_property
    def _inner_moments(self) -> list[_Moments]:
        return [self._moments_without(k) for k in range(self._n_inner_folds)]

    def _moments_without(self, left_out: int | None) -> _Moments:
        kept = [part for k, part in enumerate(self._parts) if k != left_out]
        n = sum(part[1].size for part in kept)
        return _Moments.of(
            n,
            np.sum([part[0].sum(axis=0) for part in kept], axis=0),
            float(sum(part[1].sum() for part in kept)),
            np.sum([part[2] for part in kept], axis=0),
            np.sum([part[3] for part in kept], axis=0),
        )

    def best_penalty(self, prior: FloatArray | None) -> float:
        """λ / n with the smallest squared error over the inner folds; the larger one where two do equally well."""
        error = np.zeros(PENALTIES.size)
        for (x, y, _, _), moments in zip(self._parts, self._inner_moments, strict=True):
            weights = moments.weights(PENALTIES, prior)
            predicted = moments.mean_y + (x - moments.mean_x) @ weights
            error += ((y[:, None] - predicted) ** 2).sum(axis=0)
        return float(PENALTIES[::-1][np.argmin(error[::-1])])

    def prior(self, weights: FloatArray) -> FloatArray:
        """Weights given for the design's own columns, in units of the standardised ones; 0 where a column is unusable."""
        return np.where(self.scaling.usable, weights * self.scaling.divisor, 0.0)

    def composite(self, standardised_weights: FloatArray, effective_df: float, penalty: float | None = None) -> LinearComposite:
        """The composite of weights for the standardised columns, expressed in the design's own columns."""
        weights = np.where(self.scaling.usable, standardised_weights / self.scaling.divisor, 0.0)
        spread = float((self.x @ standardised_weights).std())
        return LinearComposite(self.design.names, weights, self.scaling.mean, spread, effective_df, penalty)

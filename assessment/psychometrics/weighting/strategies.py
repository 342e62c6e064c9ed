"""Strategies for weighting predictors: small frozen objects that turn a training sample into a composite.

`complexity` ranks them for the choice of the simplest that does well: keeping the key changes nothing, unit weights
estimate nothing, and so on up. Everything a strategy learns (means, SDs, signs, prior slope, penalty) it learns from the
training sample alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from assessment.psychometrics.arrays import BoolArray, FloatArray, vector
from assessment.psychometrics.weighting.design import Design, LinearComposite
from assessment.psychometrics.weighting.formulas import empirical_bayes
from assessment.psychometrics.weighting.training import TrainingSample


class Strategy(Protocol):
    """What cross-validation needs of a way to weight."""

    @property
    def name(self) -> str: ...
    @property
    def complexity(self) -> int: ...
    def fit(self, sample: TrainingSample) -> LinearComposite: ...


@dataclass(frozen=True)
class CurrentKey:
    """The weights in force, (p,) for the design's own columns."""

    weights: FloatArray
    name: str = "current key"
    complexity: int = 0

    def fit(self, sample: TrainingSample) -> LinearComposite:
        return sample.composite(_given(self.weights, sample), 0.0)


@dataclass(frozen=True)
class Unit:
    """Equal weights on standardised predictors.

    With `signs="training"`, for blind predictors of unknown polarity, each weight takes the sign of its column's
    correlation with the criterion in the training sample.
    """

    signs: Literal["plus", "training"] = "plus"
    name: str = "unit"
    complexity: int = 1

    def fit(self, sample: TrainingSample) -> LinearComposite:
        if self.signs == "plus":
            return sample.composite(sample.scaling.usable.astype(np.float64), 0.0)
        y = sample.criterion - sample.criterion.mean()
        signs = np.sign(sample.x.T @ y)
        return sample.composite(signs, float(np.count_nonzero(signs)))


@dataclass(frozen=True)
class EmpiricalBayesTowardKey:
    """Least-squares weights, each pulled toward the scaled current key by its own error."""

    weights: FloatArray
    name: str = "empirical Bayes toward the current key"
    complexity: int = 2

    def fit(self, sample: TrainingSample) -> LinearComposite:
        key = _given(self.weights, sample)
        prior = sample.moments.prior_slope(key) * key
        estimate, error, _ = _least_squares(sample)
        used = sample.scaling.usable & (error > 0)
        if not used.any():
            # Nothing is left over in the sample: the estimates have no error to be pulled by.
            return sample.composite(estimate if estimate.any() else key, 1.0 + float(np.count_nonzero(estimate)))
        pulled = np.zeros(prior.size)
        result = empirical_bayes(prior[used], estimate[used], error[used])
        pulled[used] = result.estimate
        # A key that does not work in the sample, and no better weights in sight: the key stays as it is.
        return sample.composite(pulled if pulled.any() else key, 1.0 + float(result.shrinkage.sum()))


@dataclass(frozen=True)
class RidgeTowardKey:
    """Ridge regression shrunk toward the current key, its penalty chosen inside the training sample.

    `weights` (p,) are the key's, for the design's own columns; they are scaled by the slope of the criterion on the key's
    composite before anything shrinks toward them. `non_negative` (p,) marks keyed columns whose weight may not fall below
    0; where it is None every sign is free. The penalty is chosen for free signs, which is all the same the training
    sample's own business.
    """

    weights: FloatArray
    non_negative: BoolArray | None = None
    name: str = "ridge toward the current key"
    complexity: int = 3

    def fit(self, sample: TrainingSample) -> LinearComposite:
        prior = _given(self.weights, sample)
        return _ridge(sample, prior, self.non_negative)


@dataclass(frozen=True)
class Ridge:
    """Ordinary ridge regression, shrunk toward no weight at all; the penalty as in `RidgeTowardKey`."""

    name: str = "ridge"
    complexity: int = 4

    def fit(self, sample: TrainingSample) -> LinearComposite:
        return _ridge(sample, None, None)


@dataclass(frozen=True)
class RidgeTowardUnit:
    """Ridge regression shrunk toward equal weights on standardised predictors, scaled by their slope; as `RidgeTowardKey`."""

    name: str = "ridge toward unit"
    complexity: int = 3

    def fit(self, sample: TrainingSample) -> LinearComposite:
        return _ridge(sample, sample.scaling.usable.astype(np.float64), None)


@dataclass(frozen=True)
class ItemValidities:
    """Each standardised predictor weighted by its own correlation with the criterion, overlap among them left out of account."""

    name: str = "item validities"
    complexity: int = 4

    def fit(self, sample: TrainingSample) -> LinearComposite:
        weights = sample.moments.xty / sample.n
        return sample.composite(weights, float(np.count_nonzero(weights)))


@dataclass(frozen=True)
class LeastSquares:
    """Ordinary multiple regression: the optimum of the sample that it was fitted to, and of no other."""

    name: str = "least squares"
    complexity: int = 5

    def fit(self, sample: TrainingSample) -> LinearComposite:
        weights, _, df = _least_squares(sample)
        return sample.composite(weights, float(sample.n - 1 - df))


def default_strategies(design: Design) -> tuple[Strategy, ...]:
    """What is worth comparing without a key: unit weights, ridge toward them, and ridge.

    The options of nominal questions have no direction to begin with: equal weights then take their signs from the training
    sample, and there is nothing to shrink toward.
    """
    if design.nominal.any():
        return (Unit(signs="training"), Ridge())
    return (Unit(), RidgeTowardUnit(), Ridge())


def _ridge(sample: TrainingSample, prior: FloatArray | None, non_negative: BoolArray | None) -> LinearComposite:
    penalty = sample.best_penalty(prior)
    moments = sample.moments
    weights = moments.weights(np.array([penalty]), prior)[:, 0]
    if non_negative is not None and (weights[non_negative] < 0).any():
        toward = 0.0 if prior is None else moments.prior_slope(prior) * prior
        weight_of_prior = moments.n * penalty
        hessian = moments.gram + weight_of_prior * np.eye(weights.size)
        weights = _bounded_minimum(hessian, moments.xty + weight_of_prior * toward, non_negative)
    if prior is not None and not weights.any():
        weights = prior
    df = float((moments.values / (moments.values + moments.n * penalty)).sum()) + (prior is not None)
    return sample.composite(weights, df, penalty)


def _least_squares(sample: TrainingSample) -> tuple[FloatArray, FloatArray, int]:
    """Weights, their standard errors, and the degrees of freedom of the residual; the shortest solution where many fit."""
    moments = sample.moments
    informed = moments.values > 1e-10 * max(float(moments.values[-1]), 1.0)
    df = sample.n - int(informed.sum()) - 1
    if df < 2:
        raise ValueError(f"least squares needs more people than weights: {sample.n} people, {int(informed.sum())} weights")
    inverse = np.where(informed, 1.0 / np.where(informed, moments.values, 1.0), 0.0)
    estimate = moments.vectors @ (inverse * (moments.vectors.T @ moments.xty))
    residual = sample.criterion - moments.mean_y - (sample.x - moments.mean_x) @ estimate
    return estimate, np.sqrt((moments.vectors**2 @ inverse) * float(residual @ residual) / df), df


def _bounded_minimum(hessian: FloatArray, linear: FloatArray, bounded: BoolArray) -> FloatArray:
    """argmin ½ w′Hw − q′w with w ≥ 0 where bounded: free weights eliminated, the rest by Lawson & Hanson's (1974) NNLS."""
    from scipy.optimize import nnls

    free = ~bounded
    solved = np.linalg.solve(hessian[np.ix_(free, free)], np.column_stack([hessian[np.ix_(free, bounded)], linear[free]]))
    reduced = hessian[np.ix_(bounded, bounded)] - hessian[np.ix_(bounded, free)] @ solved[:, :-1]
    lower = np.linalg.cholesky(reduced)
    target = np.linalg.solve(lower, linear[bounded] - hessian[np.ix_(bounded, free)] @ solved[:, -1])
    weights = np.empty(linear.size)
    weights[bounded] = nnls(lower.T, target)[0]
    weights[free] = solved[:, -1] - solved[:, :-1] @ weights[bounded]
    return weights


def _given(weights: FloatArray, sample: TrainingSample) -> FloatArray:
    prior = sample.prior(vector("weights", weights, length=sample.design.n_columns, complete=True))
    if not prior.any():
        raise ValueError("weights must give weight to at least one column that varies")
    return prior

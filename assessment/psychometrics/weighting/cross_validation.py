"""Nested cross-validation of weighting strategies, one outer repeat at a time.

A long run can be cut into repeats: `folds` divides people the same way every time, `out_of_fold_predictions` scores each
person by weights that never saw them, and `compare_strategies` puts the repeats together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, count, matrix, vector
from assessment.psychometrics.intervals import Interval, fisher_interval
from assessment.psychometrics.weighting.design import Design, as_design, complete_cases
from assessment.psychometrics.weighting.strategies import Strategy
from assessment.psychometrics.weighting.training import TrainingSample, folds


def out_of_fold_predictions(
    predictors: Design | ArrayLike,
    criterion: ArrayLike,
    strategies: Sequence[Strategy],
    fold_of_person: IntArray,
    *,
    groups: IntArray | None = None,
    seed: int = 0,
) -> dict[str, FloatArray]:
    """Each person's composite by weights fitted without their fold, for each strategy: name to (n,).

    Parameters
    ----------
    predictors : a Design or (n, p) numbers, NaN for not answered.
    criterion : (n,) complete.
    strategies : with distinct names. They share the work on each training sample.
    fold_of_person : (n,) from `folds`.
    groups : (n,) kept together in the inner folds too.
    seed : for the inner folds.

    Returns
    -------
    Composites on the z scale of the training sample, so that folds can be pooled.
    """
    design = as_design(predictors)
    y = vector("criterion", criterion, length=design.n_people, complete=True)
    fold = np.asarray(fold_of_person)
    if fold.shape != y.shape:
        raise ValueError(f"fold_of_person must hold {y.size} values, one a person; its shape is {fold.shape}")
    if len({strategy.name for strategy in strategies}) < len(strategies):
        raise ValueError("strategies must have distinct names")
    predicted = {strategy.name: np.empty(y.size) for strategy in strategies}
    for k in np.unique(fold):
        held_out = fold == k
        sample = TrainingSample(
            design.people(~held_out), y[~held_out], groups=None if groups is None else groups[~held_out], seed=seed
        )
        unseen = design.people(held_out)
        for strategy in strategies:
            predicted[strategy.name][held_out] = strategy.fit(sample).scores(unseen)
    return predicted


@dataclass(frozen=True)
class InSample:
    """A strategy fitted to everybody: its optimistic figure, never to be shown alone, and its size."""

    name: str
    complexity: int
    r_in_sample: float
    n_weights: int
    effective_df: float


def fit_in_sample(
    predictors: Design | ArrayLike,
    criterion: ArrayLike,
    strategies: Sequence[Strategy],
    *,
    groups: IntArray | None = None,
    seed: int = 0,
) -> dict[str, InSample]:
    """Fit each strategy to everybody; arguments as in `out_of_fold_predictions`."""
    design = as_design(predictors)
    y = vector("criterion", criterion, length=design.n_people, complete=True)
    sample = TrainingSample(design, y, groups=groups, seed=seed)
    out = {}
    for strategy in strategies:
        composite = strategy.fit(sample)
        r = _correlations(composite.scores(design)[None, :], y)[0]
        out[strategy.name] = InSample(strategy.name, strategy.complexity, float(r), composite.n_weights, composite.effective_df)
    return out


@dataclass(frozen=True)
class StrategyResult:
    """A strategy's cross-validated correlation with the criterion, the mean over repeats.

    `standard_error_of_difference` is that of the paired difference to the best strategy (0 for the best itself).
    """

    name: str
    complexity: int
    estimate: float
    n: int
    n_repeats: int
    r_in_sample: float
    n_weights: int
    effective_df: float
    behind_best: float
    standard_error_of_difference: float

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Fisher's interval at the number of people; repeats do not narrow it."""
        return fisher_interval(self.estimate, self.n, level)


@dataclass(frozen=True)
class Comparison:
    """Results in the order the strategies were given, the name of the best and of the recommended one."""

    results: tuple[StrategyResult, ...]
    best: str
    recommended: str

    def result(self, name: str) -> StrategyResult:
        """The result of the strategy of that name."""
        return next(result for result in self.results if result.name == name)


def compare_strategies(criterion: ArrayLike, predictions: Mapping[str, ArrayLike], fitted: Mapping[str, InSample]) -> Comparison:
    """Put the repeats of nested cross-validation together.

    The standard error of the paired difference between two strategies is that of the infinitesimal jackknife over people:
    SD of their difference in influence on r, averaged over repeats, over √n, the influence of person i on r being
    z_x z_y − r (z_x² + z_y²) / 2 (Efron & Tibshirani, 1993, ch. 21). It takes account of people, not of the chance in the
    training samples.

    Parameters
    ----------
    criterion : (n,) complete.
    predictions : name to (repeats, n), the rows from `out_of_fold_predictions`.
    fitted : name to the in-sample figures, from `fit_in_sample`.
    """
    y = vector("criterion", criterion, complete=True)
    if not predictions or set(predictions) != set(fitted):
        raise ValueError("predictions and fitted must name the same strategies, at least one")
    estimates, influences, repeats = {}, {}, {}
    for name, rows in predictions.items():
        scores = matrix(f"predictions[{name!r}]", rows, columns=y.size, complete=True)
        estimates[name] = float(_correlations(scores, y).mean())
        influences[name] = _influences(scores, y)
        repeats[name] = scores.shape[0]
    best = max(estimates, key=lambda name: (estimates[name], -fitted[name].complexity))
    results = tuple(
        StrategyResult(
            name,
            fitted[name].complexity,
            estimates[name],
            int(y.size),
            repeats[name],
            fitted[name].r_in_sample,
            fitted[name].n_weights,
            fitted[name].effective_df,
            estimates[best] - estimates[name],
            float((influences[best] - influences[name]).std() / math.sqrt(y.size)),
        )
        for name in predictions
    )
    return Comparison(results, best, recommend(results))


def recommend(results: Sequence[StrategyResult]) -> str:
    """Name of the simplest strategy within one standard error (of the paired difference) of the best."""
    near = [result for result in results if result.behind_best <= result.standard_error_of_difference]
    return min(near, key=lambda result: (result.complexity, result.behind_best)).name


def nested_cross_validation(
    predictors: Design | ArrayLike,
    criterion: ArrayLike,
    strategies: Sequence[Strategy],
    *,
    n_folds: int = 5,
    n_repeats: int = 10,
    seed: int = 0,
    groups: IntArray | None = None,
) -> Comparison:
    """Compare strategies in one go: `n_repeats` times `n_folds` outer folds, the penalty chosen inside each.

    People without a criterion are left out. Parameters as in `out_of_fold_predictions` and `folds`.
    """
    count("n_repeats", n_repeats, at_least=1)
    everybody = as_design(predictors)
    design, y = complete_cases(everybody, criterion)
    if groups is not None:
        groups = groups[~np.isnan(vector("criterion", criterion))]
    rows: dict[str, list[FloatArray]] = {strategy.name: [] for strategy in strategies}
    for repeat in range(n_repeats):
        fold = folds(y.size, n_folds, repeat, seed, groups)
        predicted = out_of_fold_predictions(design, y, strategies, fold, groups=groups, seed=seed)
        for name, row in predicted.items():
            rows[name].append(row)
    fitted = fit_in_sample(design, y, strategies, groups=groups, seed=seed)
    return compare_strategies(y, {name: np.stack(kept) for name, kept in rows.items()}, fitted)


def mean_correlation(scores: ArrayLike, criterion: ArrayLike) -> float:
    """Mean over the (repeats, n) rows of `scores` of their correlation with the (n,) criterion.

    A row that never varies tells nobody apart: its correlation counts as 0.
    """
    y = vector("criterion", criterion, complete=True)
    return float(_correlations(matrix("scores", scores, columns=y.size, complete=True), y).mean())


def _standardised(x: FloatArray) -> FloatArray:
    """Rows with mean 0 and SD 1; a row that never varies becomes zeros, correlating 0 with everything."""
    apart = x - x.mean(axis=-1, keepdims=True)
    sd = apart.std(axis=-1, keepdims=True)
    return np.asarray(np.divide(apart, sd, out=np.zeros_like(apart), where=sd > 1e-12))


def _correlations(scores: FloatArray, y: FloatArray) -> FloatArray:
    return np.asarray((_standardised(scores) * _standardised(y)).mean(axis=1))


def _influences(scores: FloatArray, y: FloatArray) -> FloatArray:
    """Influence of each person on the mean correlation over the rows: (n,)."""
    zx, zy = _standardised(scores), _standardised(y)
    r = (zx * zy).mean(axis=1, keepdims=True)
    return np.asarray((zx * zy - r * (zx**2 + zy**2) / 2.0).mean(axis=0))

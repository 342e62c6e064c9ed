"""How strategies did on people they did not learn from: estimates, the error of their differences, the recommendation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, matrix, numbers, varies, vector
from assessment.psychometrics.intervals import Interval, fisher_interval


@dataclass(frozen=True)
class InSample:
    """A strategy fitted to everybody: its optimistic figure, never to be shown alone, and its size."""

    name: str
    complexity: int
    r_in_sample: float
    n_weights: int
    effective_df: float


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
    """Results in the order the strategies were given, the name of the best and of the recommended one.

    `estimate` and its interval are the recommended strategy's. It was chosen among strategies that were judged by the same
    people, so the figure is optimistic, the more so the fewer the people and the more strategies were compared.
    """

    results: tuple[StrategyResult, ...]
    best: str
    recommended: str

    @property
    def estimate(self) -> float:
        return self.result(self.recommended).estimate

    @property
    def n(self) -> int:
        return self.results[0].n

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """That of the recommended strategy."""
        return self.result(self.recommended).confidence_interval(level)

    def result(self, name: str) -> StrategyResult:
        """The result of the strategy of that name."""
        found = [result for result in self.results if result.name == name]
        if not found:
            raise ValueError(f"name must be one of {', '.join(result.name for result in self.results)}; it is {name!r}")
        return found[0]


def compare_strategies(
    criterion: ArrayLike, predictions: Mapping[str, ArrayLike], fitted: Mapping[str, InSample] | None = None
) -> Comparison:
    """Compare strategies by what each predicted for people it did not learn from.

    `nested_cross_validation` goes all the way from predictors to this comparison; here the predictions are at hand, because
    a long run was cut into repeats or because they come from elsewhere.

    The standard error of the paired difference between two strategies is that of the infinitesimal jackknife over people:
    SD of their difference in influence on r, averaged over repeats, over √n, the influence of person i on r being
    z_x z_y − r (z_x² + z_y²) / 2 (Efron & Tibshirani, 1993, ch. 21). It takes account of people, not of the chance in the
    training samples.

    Parameters
    ----------
    criterion : (n,) complete, n at least 4.
    predictions : name to (n,) or (repeats, n) composites, the rows from `out_of_fold_predictions`.
    fitted : name to the in-sample figures, from `fit_in_sample`. Left out, strategies count as listed simplest first, and
        what is not known of them is NaN (or 0 weights).

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        No predictions, predictions for other people than the criterion, or other names in `fitted`; fewer than 4 people, or a
        criterion that does not vary.
    """
    y = judged_criterion(criterion)
    if not isinstance(predictions, Mapping):
        raise ValueError(
            "predictions must be a mapping from the name of a strategy to its out-of-fold composites; "
            "nested_cross_validation(predictors, criterion) makes them"
        )
    if fitted is None:
        fitted = {name: InSample(name, place, math.nan, 0, math.nan) for place, name in enumerate(predictions)}
    if not predictions or set(predictions) != set(fitted):
        raise ValueError("predictions and fitted must name the same strategies, at least one")
    estimates, influences, repeats = {}, {}, {}
    for name, rows in predictions.items():
        scores = repeated(f"predictions[{name!r}]", rows, y.size)
        estimates[name] = float(correlations(scores, y).mean())
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
    """Name of the simplest strategy within one standard error (of the paired difference) of the best (Breiman et al., 1984)."""
    near = [result for result in results if result.behind_best <= result.standard_error_of_difference]
    return min(near, key=lambda result: (result.complexity, result.behind_best)).name


def mean_correlation(scores: ArrayLike, criterion: ArrayLike) -> float:
    """Mean correlation of one or more rows of composites with a criterion.

    Parameters
    ----------
    scores : (repeats, n) or (n,) complete. A row that never varies tells nobody apart: its correlation counts as 0.
    criterion : (n,) complete.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        NaN, nobody, or rows of another length than the criterion.
    """
    y = vector("criterion", criterion, complete=True)
    return float(correlations(repeated("scores", scores, y.size), y).mean())


def judged_criterion(criterion: ArrayLike) -> FloatArray:
    """A complete (n,) criterion by which strategies can be judged: of at least 4 people, who differ."""
    y = vector("criterion", criterion, complete=True)
    if y.size < 4:
        raise ValueError(f"criterion must hold at least 4 people; it holds {y.size}")
    if not varies(y):
        raise ValueError(f"criterion must vary; everybody has {y[0]:g}")
    return y


def repeated(name: str, values: ArrayLike, n: int) -> FloatArray:
    """One or more complete rows over the same `n` people: (repeats, n)."""
    rows = matrix(name, np.atleast_2d(numbers(name, values)), columns=n, complete=True)
    if rows.size == 0:
        raise ValueError(f"{name} must hold at least one row and one person")
    return rows


def correlations(scores: FloatArray, y: FloatArray) -> FloatArray:
    """Correlation of each row of (repeats, n) with (n,); 0 for a row that never varies."""
    return np.asarray(np.clip((_standardised(scores) * _standardised(y)).mean(axis=1), -1.0, 1.0))


def _standardised(x: FloatArray) -> FloatArray:
    """Rows with mean 0 and SD 1; a row that never varies becomes zeros, correlating 0 with everything."""
    apart = x - x.mean(axis=-1, keepdims=True)
    sd = apart.std(axis=-1, keepdims=True)
    varies = sd > 1e-12 * np.abs(x).max(axis=-1, keepdims=True)
    return np.asarray(np.divide(apart, sd, out=np.zeros_like(apart), where=varies))


def _influences(scores: FloatArray, y: FloatArray) -> FloatArray:
    """Influence of each person on the mean correlation over the rows: (n,)."""
    zx, zy = _standardised(scores), _standardised(y)
    r = (zx * zy).mean(axis=1, keepdims=True)
    return np.asarray((zx * zy - r * (zx**2 + zy**2) / 2.0).mean(axis=0))

"""Maximum likelihood of the proportional-odds model on tables of counts, many items at once.

P(score ≥ c) = 1 / (1 + exp(−(threshold_c + x · slopes))) for the categories c = 1 … C − 1 (McCullagh, 1980); with two
categories it is logistic regression. The log-likelihood splits: since σ(a) − σ(b) = σ(a) σ(−b) (1 − exp(b − a)), a person
in category c adds ln σ(η_c) + ln σ(−η_{c+1}) + ln(1 − exp(threshold_{c+1} − threshold_c)). The first two terms are those of
a logistic regression for each cut, the last knows thresholds only. All three are concave, and Newton's steps cost one
pass over the table each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assessment.psychometrics.arrays import BoolArray, FloatArray

MOST_STEPS = 60
MOST_HALVINGS = 40
ENOUGH = 1e-11
"""Twice the gain in log-likelihood that the next step promises; the step after it would promise the square."""
STILL = 1e-2
"""Largest change of a slope in the last step. Where nothing is left to gain and slopes still move, they run away."""


class CumulativeLogit(NamedTuple):
    """Fits of m items: `thresholds` (m, C − 1), `slopes` (m, p), `covariance` (m, p, p) of the slopes, `log_likelihood` (m,).

    `converged` (m,) is False where slopes run away: the score can be told from the predictors without error.
    """

    thresholds: FloatArray
    slopes: FloatArray
    covariance: FloatArray
    log_likelihood: FloatArray
    converged: BoolArray


def null_log_likelihood(counts: FloatArray) -> FloatArray:
    """Log-likelihood (m,) of the model without predictors, for `counts` (m, n_rows, C)."""
    totals = counts.sum(axis=1)
    return np.asarray((totals * np.log(totals / totals.sum(axis=1, keepdims=True))).sum(axis=1))


def fit(counts: FloatArray, predictors: FloatArray, start: CumulativeLogit | None = None) -> CumulativeLogit:
    """Fit every item by Newton's method with step halving.

    Parameters
    ----------
    counts : (m, n_rows, C) people in each row of the table and category; every category holds somebody.
    predictors : (n_rows, p), on scales of the order of 1.
    start : a fit of the first predictors alone to begin from; the others begin at 0.
    """
    likelihood = _Likelihood(counts, predictors)
    m, cuts = len(counts), counts.shape[2] - 1
    theta = np.zeros((m, cuts + predictors.shape[1]))
    if start is None:
        totals = counts.sum(axis=1)
        at_least = np.cumsum(totals[:, ::-1], axis=1)[:, -2::-1] / totals.sum(axis=1, keepdims=True)
        theta[:, :cuts] = np.log(at_least) - np.log1p(-at_least)
    else:
        theta[:, :cuts] = start.thresholds
        theta[:, cuts : cuts + start.slopes.shape[1]] = start.slopes
    now = likelihood.value(theta)
    moving, settled = np.ones(m, dtype=np.bool_), np.zeros(m, dtype=np.bool_)
    for _ in range(MOST_STEPS):
        gradient, information = likelihood.derivatives(theta)
        step = np.linalg.solve(information, gradient[..., None])[..., 0]
        length = moving.astype(np.float64)
        for _ in range(MOST_HALVINGS):
            tried = theta + length[:, None] * step
            then = likelihood.value(tried)
            worse = ~(then >= now - 1e-10 * np.abs(now))
            if not worse.any():
                break
            length[worse] /= 2.0
        theta, now = tried, then
        ended = moving & ((step * gradient).sum(axis=1) <= ENOUGH)
        settled |= ended & (np.abs(step[:, cuts:]).max(axis=1) <= STILL)
        moving &= ~ended
        if not moving.any():
            break
    covariance = np.linalg.inv(likelihood.derivatives(theta)[1])[:, cuts:, cuts:]
    return CumulativeLogit(theta[:, :cuts], theta[:, cuts:], np.asarray(covariance, dtype=np.float64), now, settled)


class _Likelihood:
    """The log-likelihood as a function of theta (m, C − 1 + p): thresholds, then slopes."""

    def __init__(self, counts: FloatArray, predictors: FloatArray) -> None:
        self.above, self.below = counts[..., 1:], counts[..., :-1]
        self.inner = counts.sum(axis=1)[:, 1:-1]
        self.predictors = predictors
        self.products = (predictors[:, :, None] * predictors[:, None, :]).reshape(len(predictors), -1)
        self.cuts = counts.shape[2] - 1

    def logits(self, theta: FloatArray) -> FloatArray:
        slopes = theta[:, self.cuts :]
        return np.asarray(theta[:, None, : self.cuts] + (slopes @ self.predictors.T)[:, :, None])

    def value(self, theta: FloatArray) -> FloatArray:
        """(m,), minus infinity where thresholds do not descend."""
        eta = self.logits(theta)
        softplus = np.log1p(np.exp(-np.abs(eta)))
        of_cuts = self.above * (np.minimum(eta, 0.0) - softplus) + self.below * (np.minimum(-eta, 0.0) - softplus)
        gaps = -np.diff(theta[:, : self.cuts], axis=1)
        descends = (gaps > 0).all(axis=1)
        of_gaps = self.inner * np.log(-np.expm1(-np.where(gaps > 0, gaps, 1.0)))
        return np.where(descends, of_cuts.sum(axis=(1, 2)) + of_gaps.sum(axis=1), -np.inf)

    def derivatives(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gradient (m, C − 1 + p) and information (m, C − 1 + p, C − 1 + p), minus the second derivatives."""
        cuts, (m, n) = self.cuts, theta.shape
        eta = np.clip(self.logits(theta), -700.0, 700.0)
        higher, lower = 1.0 / (1.0 + np.exp(-eta)), 1.0 / (1.0 + np.exp(eta))
        residual = self.above * lower - self.below * higher
        weight = (self.above + self.below) * higher * lower
        gradient = np.concatenate([residual.sum(axis=1), residual.sum(axis=2) @ self.predictors], axis=1)
        information = np.zeros((m, n, n))
        place = np.arange(cuts)
        information[:, place, place] = weight.sum(axis=1)
        information[:, :cuts, cuts:] = weight.transpose(0, 2, 1) @ self.predictors
        information[:, cuts:, :cuts] = information[:, :cuts, cuts:].transpose(0, 2, 1)
        information[:, cuts:, cuts:] = (weight.sum(axis=2) @ self.products).reshape(m, n - cuts, n - cuts)
        # 1 / (exp(gap) − 1) of neighbouring thresholds, without overflow where they are far apart.
        shrink = np.exp(np.diff(theta[:, :cuts], axis=1))
        odds = shrink / (1.0 - shrink)
        pull, curve = self.inner * odds, self.inner * odds * (1.0 + odds)
        gradient[:, : cuts - 1] += pull
        gradient[:, 1:cuts] -= pull
        first, second = place[:-1], place[1:]
        for row, column, sign in ((first, first, 1), (second, second, 1), (first, second, -1), (second, first, -1)):
            information[:, row, column] += sign * curve
        # Where slopes run away the information vanishes; a trace of ridge keeps the step finite.
        ridge = 1e-13 * np.trace(information, axis1=1, axis2=2)[:, None, None] * np.eye(n)
        return gradient, information + ridge

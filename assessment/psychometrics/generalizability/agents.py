"""Agent scores from QA evaluations: a mixed model with agents and raters as random effects.

score = mean + covariates + agent + rater + residual. Variances are estimated by restricted maximum likelihood (REML;
Patterson & Thompson, 1971), which agrees with the analysis of variance on balanced data and uses unbalanced data fully.
An agent's score is the best linear unbiased prediction (BLUP; Henderson, 1975): their mean, freed of rater severity and
covariates, pulled toward everybody's mean the more, the less is known of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, count, matrix, vector
from assessment.psychometrics.generalizability.raters import connected_parts, known_evaluations

RELIABILITY_FLOOR = 0.60
EVALUATIONS_FLOOR = 10
RATERS_FLOOR = 2


class ShrunkenMean(NamedTuple):
    """The predicted true score and its reliability."""

    estimate: float
    reliability: float


def blup(mean: float, n: int, overall_mean: float, variance_between: float, variance_within: float) -> ShrunkenMean:
    """μ + ρ (mean − μ), ρ = σ²_b / (σ²_b + σ²_w / n): one agent's score with everything else known."""
    count("n", n, at_least=1)
    if not (variance_between >= 0 and variance_within >= 0 and variance_between + variance_within > 0):
        raise ValueError("variance_between and variance_within must be at least 0 and not both 0")
    reliability = variance_between / (variance_between + variance_within / n)
    return ShrunkenMean(overall_mean + reliability * (mean - overall_mean), reliability)


@dataclass(frozen=True)
class AgentScores:
    """Model-based agent scores; arrays have one entry an agent, in the order of `agents` (sorted).

    Attributes
    ----------
    estimate : BLUP on the scale of the scores.
    adjusted_mean : the agent's mean without rater and covariate effects, not pulled anywhere.
    reliability : 1 − prediction error variance / agent variance, in [0, 1]: σ²_a / (σ²_a + σ²_e / n) in a one-way model, and
        less where the severity of the agent's raters is uncertain. Their mean serves as the criterion's reliability.
    n_evaluations, n_raters : what the score rests on; n_raters is 0 where raters were not given.
    part : connected part of the rating design, from 0; all 0 in a connected design.
    variance_agent, variance_rater, variance_residual : REML estimates; a variance of 0 means no sign of differences.
    raters, rater_effects : each rater and their predicted severity, + for lenient.
    mean : of everybody, at average covariates.
    covariate_effects : slope of each covariate.
    """

    agents: tuple[object, ...]
    estimate: FloatArray
    adjusted_mean: FloatArray
    reliability: FloatArray
    n_evaluations: IntArray
    n_raters: IntArray
    part: IntArray
    variance_agent: float
    variance_rater: float
    variance_residual: float
    raters: tuple[object, ...]
    rater_effects: FloatArray
    mean: float
    covariate_effects: FloatArray

    @property
    def connected(self) -> bool:
        """False where raters of different parts share no agent, so that their severity is a matter of assumption."""
        return int(self.part.max()) == 0

    @property
    def single_evaluation_reliability(self) -> float:
        """Share of one evaluation's variance that is the agent's, raters counted as error."""
        total = self.variance_agent + self.variance_rater + self.variance_residual
        return self.variance_agent / total

    def meets_floor(
        self,
        reliability: float = RELIABILITY_FLOOR,
        n_evaluations: int = EVALUATIONS_FLOOR,
        n_raters: int = RATERS_FLOOR,
    ) -> BoolArray:
        """Which agents are known well enough for a validity study: all three must hold."""
        return np.asarray((self.reliability >= reliability) & (self.n_evaluations >= n_evaluations) & (self.n_raters >= n_raters))


def agent_scores(
    scores: ArrayLike,
    agents: Sequence[Hashable],
    raters: Sequence[Hashable] | None = None,
    covariates: ArrayLike | None = None,
) -> AgentScores:
    """Fit the model and score every agent.

    Parameters
    ----------
    scores : (n,) one value an evaluation; NaN rows are left out.
    agents : n labels of one kind.
    raters : n labels of one kind, or None for a one-way model.
    covariates : (n, c) complete numbers, such as channel indicators or months on the job; None for none.

    Raises
    ------
    ValueError
        Fewer than two agents, no agent with two evaluations, scores that do not vary, scores that agents and raters explain
        exactly, or covariates that are linearly dependent.
    """
    given = vector("scores", scores)
    listed = ["all"] * given.size if raters is None else raters
    y, agent_names, agent, rater_names, rater = known_evaluations(given, agents, listed)
    if len(agent_names) < 2:
        raise ValueError("agents must name at least two agents with scores")
    if y.size <= len(agent_names):
        raise ValueError("scores must hold at least one agent with two evaluations, or agents and chance are one")
    if np.ptp(y) == 0:
        raise ValueError(f"scores must vary; every evaluation has {y[0]:g}")
    fixed = _fixed_columns(covariates, given)
    one_way = raters is None or len(rater_names) < 2
    model = _MixedModel(y, fixed, agent, len(agent_names), None if one_way else rater, len(rater_names))
    fit = model.fit()
    n_evaluations = np.bincount(agent, minlength=len(agent_names)).astype(np.int64)
    n_raters = np.zeros(len(agent_names), dtype=np.int64)
    if raters is not None:
        n_raters = np.bincount(np.unique(np.stack([agent, rater]), axis=1)[0], minlength=len(agent_names))
    return AgentScores(
        agents=tuple(agent_names),
        estimate=fit.mean + fit.agent_effects,
        adjusted_mean=fit.mean + fit.agent_residual_means,
        reliability=fit.reliability,
        n_evaluations=n_evaluations,
        n_raters=n_raters.astype(np.int64),
        part=connected_parts(agent, rater),
        variance_agent=fit.residual * fit.agent_ratio,
        variance_rater=fit.residual * fit.rater_ratio,
        variance_residual=fit.residual,
        raters=() if raters is None else tuple(rater_names),
        rater_effects=np.zeros(0 if raters is None else len(rater_names)) if one_way else fit.rater_effects,
        mean=fit.mean,
        covariate_effects=fit.covariate_effects,
    )


def _fixed_columns(covariates: ArrayLike | None, scores: FloatArray) -> FloatArray:
    known = ~np.isnan(scores)
    ones = np.ones((int(known.sum()), 1))
    if covariates is None:
        return ones
    columns = matrix("covariates", covariates, rows=scores.size, complete=True)[known]
    fixed = np.hstack([ones, columns - columns.mean(axis=0)])
    if np.linalg.matrix_rank(fixed) < fixed.shape[1]:
        raise ValueError("covariates must vary and must not be linearly dependent")
    return fixed


class _Fit(NamedTuple):
    agent_ratio: float
    rater_ratio: float
    residual: float
    mean: float
    covariate_effects: FloatArray
    rater_effects: FloatArray
    agent_effects: FloatArray
    agent_residual_means: FloatArray
    reliability: FloatArray


class _MixedModel:
    """Cross products of the model, with agents absorbed, so that one likelihood costs (raters + covariates)³.

    With γ the variance ratios to the residual, V = I + γ_a Z_a Z_a′ + γ_r Z_r Z_r′; V_a⁻¹ = I − Z_a diag(γ_a / (1 + γ_a n)) Z_a′
    and M = W′V_a⁻¹W + diag(0, I), W = [X, √γ_r Z_r], give −2 log REML = log|V_a| + log|M| + (N − p) log y′Py.
    """

    def __init__(
        self,
        y: FloatArray,
        fixed: FloatArray,
        agent: IntArray,
        n_agents: int,
        rater: IntArray | None,
        n_raters: int,
    ) -> None:
        self.n = y.size
        self.n_fixed = fixed.shape[1]
        self.shift = float(y.mean())
        columns = fixed
        if rater is not None:
            columns = np.hstack([fixed, np.eye(n_raters)[rater]])
        self.per_agent = np.bincount(agent, minlength=n_agents).astype(np.float64)
        joined = np.column_stack([columns, y - self.shift])
        self.cross = joined.T @ joined
        self.by_agent = np.stack([np.bincount(agent, weights=column, minlength=n_agents) for column in joined.T], axis=1)
        self.has_raters = rater is not None

    def fit(self) -> _Fit:
        from scipy.optimize import minimize

        def objective(roots: FloatArray) -> float:
            # Roots of the ratios: the likelihood is even in them, so that a variance of 0 is no edge of the search.
            return self._minus_two_log_likelihood(*(roots * roots).tolist())

        found = minimize(
            objective,
            np.array([1.0, 0.5] if self.has_raters else [1.0]),
            method="Nelder-Mead",
            options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 2_000},
        )
        ratios = [float(root**2) for root in found.x]
        if ratios[0] < 1e-9:
            ratios[0] = 0.0
        return self._solve(ratios[0], ratios[1] if self.has_raters else 0.0)

    def _absorbed(self, agent_ratio: float, rater_ratio: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """W′V_a⁻¹W + diag(0, I) with y as the last row and column; the shrink factor of each agent; the scale of W."""
        factor = agent_ratio / (1.0 + agent_ratio * self.per_agent)
        scale = np.ones(self.cross.shape[0])
        scale[self.n_fixed : -1] = np.sqrt(rater_ratio)
        whole = (self.cross - (self.by_agent * factor[:, None]).T @ self.by_agent) * np.outer(scale, scale)
        middle = np.arange(self.n_fixed, whole.shape[0] - 1)
        whole[middle, middle] += 1.0
        return whole, factor, scale

    def _minus_two_log_likelihood(self, agent_ratio: float, rater_ratio: float = 0.0) -> float:
        whole, _, _ = self._absorbed(agent_ratio, rater_ratio)
        m, right = whole[:-1, :-1], whole[:-1, -1]
        lower = np.linalg.cholesky(m)
        half = np.linalg.solve(lower, right)
        # Scores without any chance in them would make the likelihood infinite.
        squares = max(float(whole[-1, -1] - half @ half), 1e-12 * float(self.cross[-1, -1]))
        log_v = float(np.log1p(agent_ratio * self.per_agent).sum())
        log_squares = float(np.log(squares))
        return float(log_v + 2.0 * np.log(np.diag(lower)).sum() + (self.n - self.n_fixed) * log_squares)

    def _solve(self, agent_ratio: float, rater_ratio: float) -> _Fit:
        whole, factor, scale = self._absorbed(agent_ratio, rater_ratio)
        solution = np.linalg.solve(whole[:-1, :-1], whole[:-1, -1])
        residual = float(whole[-1, -1] - whole[:-1, -1] @ solution) / (self.n - self.n_fixed)
        if residual <= 1e-9 * float(self.cross[-1, -1]) / self.n:
            raise ValueError("scores must leave something to chance; agents and raters explain every evaluation exactly")
        effects = solution * scale[:-1]
        left = self.by_agent[:, -1] - self.by_agent[:, :-1] @ effects
        # Prediction error variance over the agent variance. An error in the common mean moves all agents alike, so it does
        # not count; an error in a rater's severity moves those agents whom they rated, so it does.
        rated = slice(self.n_fixed, -1)
        seen = self.by_agent[:, rated] * scale[rated]
        error = 1.0 / (1.0 + agent_ratio * self.per_agent)
        error += agent_ratio * error**2 * np.einsum("ij,ji->i", seen, np.linalg.solve(whole[rated, rated], seen.T))
        reliability = np.zeros(error.size) if agent_ratio == 0 else np.clip(1.0 - error, 0.0, 1.0)
        return _Fit(
            agent_ratio,
            rater_ratio,
            residual,
            self.shift + float(effects[0]),
            effects[1 : self.n_fixed],
            effects[self.n_fixed :],
            factor * left,
            left / self.per_agent,
            reliability,
        )

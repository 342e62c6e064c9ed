"""Agent scores from QA evaluations: a mixed model with agents and raters as random effects.

score = mean + covariates + agent + rater (+ agent with rater) + residual. Variances are estimated by restricted maximum
likelihood (REML; Patterson & Thompson, 1971), which agrees with the analysis of variance on balanced data and uses
unbalanced data fully. An agent's score is the best linear unbiased prediction (BLUP; Henderson, 1975): their mean, freed of
rater severity and covariates, pulled toward everybody's mean the more, the less is known of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, count, matrix, vector
from assessment.psychometrics.generalizability.mixed_model import MixedModel
from assessment.psychometrics.generalizability.raters import connected_parts, known_evaluations

RELIABILITY_FLOOR = 0.60
EVALUATIONS_FLOOR = 10
RATERS_FLOOR = 2

AGENT, RATER, BOTH = "agent", "rater", "agent x rater"


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
    variance_agent, variance_rater, variance_interaction, variance_residual : REML estimates; a variance of 0 means no sign
        of differences, or that the model has no such term.
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
    variance_interaction: float
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
        total = self.variance_agent + self.variance_rater + self.variance_interaction + self.variance_residual
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
    *,
    interaction: bool = False,
) -> AgentScores:
    """Fit the model and score every agent.

    Parameters
    ----------
    scores : (n,) one value an evaluation; NaN rows are left out.
    agents : n labels of one kind.
    raters : n labels of one kind, or None for a one-way model.
    covariates : (n, c) complete numbers, such as channel indicators or months on the job; None for none.
    interaction : whether raters may favour agents: a random effect of each agent with each rater, which counts as error. It
        takes agents whom one rater evaluated more than once.

    Raises
    ------
    ValueError
        Fewer than two agents, no agent with two evaluations, scores that do not vary, scores that agents and raters explain
        exactly, covariates that are linearly dependent, or an interaction that the evaluations cannot tell from chance.
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
    factors = {AGENT: agent} if one_way else {AGENT: agent, RATER: rater}
    pairs, pair = np.unique(agent * len(rater_names) + rater, return_inverse=True)
    if interaction:
        if one_way or pairs.size == y.size:
            raise ValueError("interaction takes two raters or more, and agents whom one rater evaluated more than once")
        factors[BOTH] = pair.astype(np.int64)
    fit = MixedModel(y, fixed, factors).fit()
    rater_effects = np.zeros(0 if raters is None else len(rater_names)) if one_way else fit.effects[RATER]
    left = y - fixed @ fit.fixed_effects - (0.0 if one_way else rater_effects[rater])
    n_evaluations = np.bincount(agent).astype(np.int64)
    mean = float(fit.fixed_effects[0])
    return AgentScores(
        agents=tuple(agent_names),
        estimate=mean + fit.effects[AGENT],
        adjusted_mean=mean + np.bincount(agent, weights=left) / n_evaluations,
        reliability=fit.known[AGENT],
        n_evaluations=n_evaluations,
        n_raters=np.bincount(pairs // len(rater_names)).astype(np.int64) * (raters is not None),
        part=connected_parts(agent, rater),
        variance_agent=fit.variances[AGENT],
        variance_rater=fit.variances.get(RATER, 0.0),
        variance_interaction=fit.variances.get(BOTH, 0.0),
        variance_residual=fit.residual,
        raters=() if raters is None else tuple(rater_names),
        rater_effects=rater_effects,
        mean=mean,
        covariate_effects=fit.fixed_effects[1:],
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

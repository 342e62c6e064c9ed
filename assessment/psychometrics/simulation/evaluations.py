"""QA evaluations of agents by raters of unequal severity."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assessment.psychometrics.arrays import FloatArray, IntArray, count


class SimulatedEvaluations(NamedTuple):
    """One entry an evaluation: `score`, `agent` and `rater` (places from 0). `agent_effect` and `rater_effect` are the truth."""

    score: FloatArray
    agent: IntArray
    rater: IntArray
    agent_effect: FloatArray
    rater_effect: FloatArray


def simulate_evaluations(
    n_agents: int,
    n_raters: int,
    evaluations_per_agent: int,
    rng: np.random.Generator,
    *,
    mean: float = 80.0,
    agent_sd: float = 5.0,
    rater_sd: float = 3.0,
    interaction_sd: float = 0.0,
    residual_sd: float = 10.0,
) -> SimulatedEvaluations:
    """Evaluations score = mean + agent + rater + agent × rater + residual, all normal, raters assigned at random.

    The reliability of the mean of n evaluations by different raters, raters' severity known, is
    agent_sd² / (agent_sd² + (interaction_sd² + residual_sd²) / n). Scores are not kept within a scale.

    Raises
    ------
    ValueError
        No agents, raters or evaluations; a negative standard deviation.
    """
    n_agents, n_raters = count("n_agents", n_agents, at_least=1), count("n_raters", n_raters, at_least=1)
    evaluations_per_agent = count("evaluations_per_agent", evaluations_per_agent, at_least=1)
    spreads = {"agent_sd": agent_sd, "rater_sd": rater_sd, "interaction_sd": interaction_sd, "residual_sd": residual_sd}
    for name, sd in spreads.items():
        if sd < 0:
            raise ValueError(f"{name} must not be negative; it is {sd!r}")
    agent_effect, rater_effect = rng.normal(0.0, agent_sd, n_agents), rng.normal(0.0, rater_sd, n_raters)
    together = rng.normal(0.0, interaction_sd, (n_agents, n_raters))
    agent = np.repeat(np.arange(n_agents), evaluations_per_agent)
    rater = rng.integers(0, n_raters, agent.size)
    residual = rng.normal(0.0, residual_sd, agent.size)
    score = mean + agent_effect[agent] + rater_effect[rater] + together[agent, rater] + residual
    return SimulatedEvaluations(score, agent, rater, agent_effect, rater_effect)

"""Who rated whom: connectedness of the rating design, and rater severity by least squares."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, labels, vector

Labels = Sequence[Hashable]


def connected_parts(agents: IntArray, raters: IntArray) -> IntArray:
    """Part of the rating design that each agent belongs to, from 0: (number of agents,).

    `agents` and `raters` are places from 0, one an evaluation. Two agents are in one part if a chain of shared raters
    joins them; between parts severe raters cannot be told from weak agents.
    """
    n_agents = int(agents.max()) + 1
    pairs = np.unique(np.stack([agents, raters + n_agents]), axis=1)
    parent = list(range(n_agents + int(raters.max()) + 1))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for agent, rater in pairs.T.tolist():
        parent[root(rater)] = root(agent)
    roots = [root(agent) for agent in range(n_agents)]
    place = {part: i for i, part in enumerate(dict.fromkeys(roots))}
    return np.array([place[part] for part in roots], dtype=np.int64)


@dataclass(frozen=True)
class RaterSeverity:
    """Least-squares effects of agents and raters.

    Attributes
    ----------
    raters, effects : each rater, and by how much they rate above (+) or below (−) the others; the effects sum to 0.
    agents, adjusted, raw : each agent, their mean with the rater effects taken out, and their plain mean.
    n_parts : unconnected parts of the design. Above 1 the effects sum to 0 within each part, and agents of different parts
        cannot be compared.
    """

    raters: tuple[object, ...]
    effects: FloatArray
    agents: tuple[object, ...]
    adjusted: FloatArray
    raw: FloatArray
    n_parts: int


def rater_severity(scores: ArrayLike, agents: Labels, raters: Labels) -> RaterSeverity:
    """score = agent + rater, both fixed, by least squares with the rater effects summing to 0.

    Parameters
    ----------
    scores : (n,) one value an evaluation; NaN rows are left out.
    agents, raters : n labels.
    """
    given, agent_names, agent, rater_names, rater = known_evaluations(scores, agents, raters)
    n_agents, n_raters = len(agent_names), len(rater_names)
    per_agent = np.bincount(agent, minlength=n_agents)
    together = np.zeros((n_agents, n_raters))
    np.add.at(together, (agent, rater), 1.0)
    agent_sum = np.bincount(agent, weights=given, minlength=n_agents)
    shares = together / per_agent[:, None]
    # Agents absorbed; the smallest solution of what is left sums to 0 within every connected part.
    normal = np.diag(together.sum(axis=0)) - together.T @ shares
    right = np.bincount(rater, weights=given, minlength=n_raters) - shares.T @ agent_sum
    effects = np.linalg.pinv(normal, rcond=1e-10, hermitian=True) @ right
    raw = agent_sum / per_agent
    n_parts = int(connected_parts(agent, rater).max()) + 1
    return RaterSeverity(tuple(rater_names), effects, tuple(agent_names), raw - shares @ effects, raw, n_parts)


def known_evaluations(
    scores: ArrayLike, agents: Labels, raters: Labels
) -> tuple[FloatArray, list[object], IntArray, list[object], IntArray]:
    """Scores that are not NaN, with the distinct agents and raters among them and the place of each evaluation's."""
    given = vector("scores", scores)
    for name, listed in (("agents", agents), ("raters", raters)):
        if len(listed) != given.size:
            raise ValueError(f"{name} must hold {given.size} labels, one an evaluation; it holds {len(listed)}")
    at: list[int] = np.flatnonzero(~np.isnan(given)).tolist()
    if not at:
        raise ValueError("scores must hold at least one score")
    agent_names, agent = labels("agents", [agents[i] for i in at], len(at))
    rater_names, rater = labels("raters", [raters[i] for i in at], len(at))
    return given[at], agent_names, agent, rater_names, rater

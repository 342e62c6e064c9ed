"""Where a calibration starts.

One dimension is found in the correlations of the answers (for unordered options, in which options go together), and each
person placed on it. Item by item, the curves are then fitted to how people at each place answered.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.distributions import normal_quantile
from assessment.psychometrics.irt.parameters import Layout
from assessment.psychometrics.irt.responses import CodedResponses

_LOGISTIC = 1.702
"""Slope of the logistic curve that lies closest to the normal ogive (Haley, 1952)."""

_ENOUGH = 4_000
"""People who are looked at."""

_CURVE_STEPS = 6


class Placement(NamedTuple):
    """People on one dimension: `score` (n,) with mean 0 and SD 1, how reliable it is, and the slope of each category's
    (or, with one entry an item, each item's) relation to it."""

    score: FloatArray
    reliability: float
    slope: FloatArray


def starting_values(responses: CodedResponses, layout: Layout, nodes: FloatArray) -> FloatArray:
    """The vector of all parameters to begin with; `nodes` (q,) for θ."""
    some = responses.some(_ENOUGH)
    chosen = np.zeros((some.n_people, layout.n_all_categories))
    for j, first in enumerate(layout.first_category):
        answered = np.flatnonzero(some.codes[:, j] >= 0)
        chosen[answered, first + some.codes[answered, j]] = 1.0
    if layout.model == "nrm":
        placed = _by_options(chosen, some.weights, layout)
        items = _nominal_starts(responses, layout, placed)
    else:
        placed = _by_scores(some)
        items = _ordered_starts(responses, layout, placed)
    start = np.concatenate([*items, np.zeros(2 * layout.n_groups)])
    return _fitted_curves(start, layout, nodes, _at_nodes(chosen * some.weights[:, None], placed, nodes))


def _ordered_starts(responses: CodedResponses, layout: Layout, placed: Placement) -> list[FloatArray]:
    slopes = placed.slope
    if layout.model in ("1pl", "pcm"):
        slopes = np.full(slopes.size, np.abs(slopes).mean())
    out = []
    for j, size in enumerate(layout.n_categories):
        share = responses.counts[j, :size] / responses.counts[j, :size].sum()
        if layout.model in ("gpcm", "pcm"):
            # A step of one category counts for less on the wider scale of several.
            slope = slopes[j] / max(1.0, (size - 1) / 1.5)
            out.append(np.concatenate([[slope], np.log(share[1:] / share[0])]))
            continue
        at_least = np.cumsum(share[::-1])[::-1][1:]
        d = _LOGISTIC * normal_quantile(at_least) * np.sqrt(1.0 + (slopes[j] / _LOGISTIC) ** 2)
        out.append(np.concatenate([slopes[j : j + 1], d]))
    return out


def _nominal_starts(responses: CodedResponses, layout: Layout, placed: Placement) -> list[FloatArray]:
    out = []
    for j, (first, size) in enumerate(zip(layout.first_category, layout.n_categories, strict=True)):
        slopes = placed.slope[first : first + size]
        constants = np.log(responses.counts[j, :size])
        out += [slopes[1:] - slopes[0], constants[1:] - constants[0]]
    return out


def _by_options(chosen: FloatArray, weights: FloatArray, layout: Layout) -> Placement:
    """The first axis of multiple correspondence analysis (Guttman, 1941), which orders options by who chose them."""
    mass = np.sqrt(np.maximum(chosen.T @ weights, 1e-300))
    together = (chosen * weights[:, None]).T @ chosen / np.outer(mass, mass)
    # What marginal frequencies alone would give is the first, trivial axis: it is taken out.
    k = layout.n_categories.size
    values, vectors = np.linalg.eigh(together - np.outer(mass, mass) * (k / float(mass @ mass)))
    score = _standardised((chosen @ (vectors[:, -1] / mass)) / chosen.sum(axis=1), weights)
    slope = (chosen * weights[:, None]).T @ score / mass**2
    consistency = k / (k - 1.0) * (1.0 - 1.0 / max(float(values[-1]), 1.01)) if k > 1 else 0.5
    return Placement(score, float(np.clip(consistency, 0.2, 0.95)), slope)


def _by_scores(responses: CodedResponses) -> Placement:
    """Scores on one common factor, found by principal axes of the correlations of what was answered."""
    scores = responses.codes.astype(np.float64)
    answered = responses.codes >= 0
    w = responses.weights[:, None]
    mean = np.where(answered, scores, 0.0) * w
    mean = mean.sum(axis=0) / np.maximum((answered * w).sum(axis=0), 1e-300)
    centred = np.where(answered, scores - mean, 0.0)
    cross = (centred * w).T @ centred
    sd = np.sqrt(np.maximum(np.diag(cross), 1e-300))
    loading = _loadings(cross / np.outer(sd, sd))
    unique = 1.0 - loading**2
    determined = float((loading**2 / unique).sum())
    score = _standardised((centred / sd) @ (loading / unique), responses.weights)
    slope = np.clip(_LOGISTIC * loading / np.sqrt(unique), -3.0, 3.0)
    return Placement(score, float(np.clip(determined / (1.0 + determined), 0.2, 0.95)), slope)


def _loadings(r: FloatArray) -> FloatArray:
    k = r.shape[0]
    communality = np.minimum(np.abs(r - np.eye(k)).max(axis=1), 0.9) if k > 1 else np.full(1, 0.3)
    loading = np.zeros(k)
    for _ in range(5):
        reduced = r.copy()
        reduced[np.diag_indices(k)] = communality
        values, vectors = np.linalg.eigh(reduced)
        loading = vectors[:, -1] * np.sqrt(max(float(values[-1]), 1e-6))
        communality = np.minimum(loading**2, 0.9)
    loading = loading if loading.sum() >= 0 else -loading
    return np.clip(np.where(np.abs(loading) < 0.1, np.copysign(0.1, loading), loading), -0.95, 0.95)


def _standardised(score: FloatArray, weights: FloatArray) -> FloatArray:
    apart = score - np.average(score, weights=weights)
    spread = np.sqrt(np.average(apart**2, weights=weights))
    return np.asarray(apart / spread if spread > 0 else apart)


def _at_nodes(chosen: FloatArray, placed: Placement, nodes: FloatArray) -> FloatArray:
    """Expected choosers of each category at each node, were θ normal about the person's shrunken score: (categories, q)."""
    step = nodes[1] - nodes[0]
    nearest = np.clip(np.rint((placed.score - nodes[0]) / step), 0, nodes.size - 1).astype(np.int64)
    at_score = np.zeros((nodes.size, chosen.shape[1]))
    np.add.at(at_score, nearest, chosen)
    z = (nodes - np.sqrt(placed.reliability) * nodes[:, None]) / np.sqrt(1.0 - placed.reliability)
    spread = np.exp(-0.5 * z * z)
    return np.asarray(at_score.T @ (spread / spread.sum(axis=1, keepdims=True)))


def _fitted_curves(start: FloatArray, layout: Layout, nodes: FloatArray, by_category: FloatArray) -> FloatArray:
    """The parameters after a few Newton steps toward the curves that fit the counts at the nodes."""
    from assessment.psychometrics.irt import kernels

    p = int(layout.n_parameters.max())
    probability = np.zeros((layout.n_all_categories, nodes.size))
    derivative = np.zeros((layout.n_all_categories, p, nodes.size))
    blocks = np.empty((layout.n_categories.size, p, p))
    whole = start.copy()
    for _ in range(_CURVE_STEPS):
        kernels.item_curves(
            layout.kind, whole, layout.first_parameter, layout.n_categories, layout.first_category, nodes, probability, derivative
        )
        gradient = np.zeros(layout.owner.size)
        kernels.item_gradients(
            by_category, probability, derivative, layout.first_parameter, layout.n_parameters, layout.n_categories,
            layout.first_category, gradient, blocks,
        )  # fmt: skip
        information = layout.assembled(blocks)
        information[np.diag_indices_from(information)] += 1.0
        step = np.clip(np.linalg.solve(information, layout.summed(gradient)), -1.0, 1.0)
        whole = whole + layout.in_order(whole, layout.spread(step, np.zeros_like(whole)))
    return whole

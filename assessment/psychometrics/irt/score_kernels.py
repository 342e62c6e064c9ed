"""The loops over people that turn responses into θ at known item parameters, compiled."""

from __future__ import annotations

import math

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.compiled import Integers, kernel

NO_CATEGORY = -1


@kernel
def posterior_moments(
    responses: FloatArray, n_categories: Integers, first_category: Integers, probability: FloatArray, weights: FloatArray,
    nodes: FloatArray, mean: FloatArray, sd: FloatArray,
) -> int:  # fmt: skip
    """Fill mean and SD of each person's posterior over the nodes; 0, or NO_CATEGORY when a response is none of its item's.

    responses : (n, k), NaN for not answered. probability : (categories, q). weights, nodes : (q,), of the same width.
    """
    n_nodes = nodes.size
    posterior = np.empty(n_nodes)
    for i in range(responses.shape[0]):
        for q in range(n_nodes):
            posterior[q] = weights[q]
        for j in range(n_categories.size):
            value = responses[i, j]
            if not math.isnan(value):
                if not (0.0 <= value < n_categories[j]) or value != math.floor(value):
                    return -1
                row = first_category[j] + int(value)
                for q in range(n_nodes):
                    posterior[q] *= probability[row, q]
                if j % 16 == 15:
                    largest = 0.0
                    for q in range(n_nodes):
                        largest = max(largest, posterior[q])
                    for q in range(n_nodes):
                        posterior[q] /= largest
        total = 0.0
        first = 0.0
        for q in range(n_nodes):
            total += posterior[q]
            first += posterior[q] * nodes[q]
        centre = first / total
        second = 0.0
        for q in range(n_nodes):
            second += posterior[q] * (nodes[q] - centre) * (nodes[q] - centre)
        mean[i] = centre
        sd[i] = math.sqrt(second / total)
    return 0


@kernel
def clustered_moments(
    rows: Integers, table: FloatArray, nodes: FloatArray, mean: FloatArray, sd: FloatArray, first: int, last: int
) -> None:
    """Fill mean and SD of each person's posterior from the likelihood tables of clusters of items."""
    n_clusters, n_nodes = rows.shape[1], table.shape[1]
    posterior = np.empty(n_nodes)
    for i in range(first, last):
        r = rows[i, 0]
        for q in range(n_nodes):
            posterior[q] = table[r, q]
        for c in range(1, n_clusters):
            r = rows[i, c]
            for q in range(n_nodes):
                posterior[q] *= table[r, q]
        total = 0.0
        weighted = 0.0
        for q in range(n_nodes):
            total += posterior[q]
            weighted += posterior[q] * nodes[q]
        centre = weighted / total
        second = 0.0
        for q in range(n_nodes):
            second += posterior[q] * (nodes[q] - centre) * (nodes[q] - centre)
        mean[i] = centre
        sd[i] = math.sqrt(second / total)


@kernel
def _curve(
    kind: int, theta: float, parameters: FloatArray, a: int, m: int, p: FloatArray, first: FloatArray, second: FloatArray
) -> None:
    """Fill the category probabilities of one item at θ with their first and second derivatives, each (m,)."""
    if kind == 0:
        slope = parameters[a]
        above, above_rise, above_bend = 1.0, 0.0, 0.0
        for v in range(m):
            below, rise, bend, gap = 0.0, 0.0, 0.0, 1.0
            unlikely = 1.0
            if v < m - 1:
                z = slope * theta + parameters[a + v + 1]
                below = 1.0 / (1.0 + math.exp(-z))
                unlikely = 1.0 / (1.0 + math.exp(z))
                rise = slope * below * unlikely
                bend = slope * rise * (unlikely - below)
                if v > 0:
                    gap = -math.expm1(parameters[a + v + 1] - parameters[a + v])
            p[v] = above * unlikely * gap
            first[v] = above_rise - rise
            second[v] = above_bend - bend
            above, above_rise, above_bend = below, rise, bend
        return
    highest = 0.0
    first[0] = 0.0
    p[0] = 0.0
    for v in range(1, m):
        if kind == 1:
            first[v] = v * parameters[a]
            p[v] = first[v] * theta + parameters[a + v]
        else:
            first[v] = parameters[a + v - 1]
            p[v] = first[v] * theta + parameters[a + m - 2 + v]
        highest = max(highest, p[v])
    total, mean = 0.0, 0.0
    for v in range(m):
        p[v] = math.exp(p[v] - highest)
        total += p[v]
        mean += p[v] * first[v]
    mean /= total
    variance = 0.0
    for v in range(m):
        p[v] /= total
        first[v] -= mean
        variance += p[v] * first[v] * first[v]
    for v in range(m):
        second[v] = p[v] * (first[v] * first[v] - variance)
        first[v] *= p[v]


@kernel
def _score_equation(
    theta: float, codes: Integers, i: int, kind: int, parameters: FloatArray, first_parameter: Integers,
    n_categories: Integers, precision: float, centre: float, weighted: bool, p: FloatArray, first: FloatArray,
    second: FloatArray, out: FloatArray,
) -> None:  # fmt: skip
    """Fill `out` with the slope of the person's (penalised) log-likelihood at θ and its curvature turned round. With
    `weighted`, the slope has Warm's correction J / 2I, and the curvature is that without it."""
    slope = -(theta - centre) * precision
    curvature, information, third = precision, 0.0, 0.0
    for j in range(n_categories.size):
        x = codes[i, j]
        if x >= 0:
            m = n_categories[j]
            _curve(kind, theta, parameters, first_parameter[j], m, p, first, second)
            at = max(p[x], 1e-300)
            slope += first[x] / at
            curvature += (first[x] / at) ** 2 - second[x] / at
            for v in range(m):
                here = max(p[v], 1e-300)
                information += first[v] * first[v] / here
                third += first[v] * second[v] / here
    if weighted and information > 0.0:
        slope += third / (2.0 * information)
    out[0], out[1] = slope, curvature


@kernel
def point_estimates(
    codes: Integers, kind: int, parameters: FloatArray, first_parameter: Integers, n_categories: Integers,
    precision: float, centre: float, weighted: bool, bound: float, theta: FloatArray, curvature: FloatArray,
    first_person: int, last_person: int,
) -> None:  # fmt: skip
    """Fill the root of each person's score equation, and how steeply the equation falls there.

    A root that lies beyond ± `bound` of `centre` is given as infinity of its sign; nothing answered and no prior is NaN.
    The root is held between two values and approached by Newton's steps, by halving where they would leave it.
    """
    m = n_categories.max()
    p, first, second, out = np.empty(m), np.empty(m), np.empty(m), np.empty(2)
    for i in range(first_person, last_person):
        low, high = centre - bound, centre + bound
        _score_equation(
            low, codes, i, kind, parameters, first_parameter, n_categories, precision, centre, weighted, p, first, second, out
        )
        at_low = out[0]
        _score_equation(
            high, codes, i, kind, parameters, first_parameter, n_categories, precision, centre, weighted, p, first, second, out
        )
        at_high = out[0]
        curvature[i] = math.nan
        if at_low == 0.0 and at_high == 0.0:
            theta[i] = math.nan
        elif at_low <= 0.0:
            theta[i] = -math.inf
        elif at_high >= 0.0:
            theta[i] = math.inf
        else:
            here = centre
            for _ in range(200):
                _score_equation(
                    here, codes, i, kind, parameters, first_parameter, n_categories, precision, centre, weighted, p, first,
                    second, out,
                )  # fmt: skip
                if out[0] > 0.0:
                    low = here
                else:
                    high = here
                step = out[0] / out[1] if out[1] > 0.0 else math.inf
                following = here + step
                if not low < following < high:
                    following = 0.5 * (low + high)
                if abs(following - here) <= 1e-11 * (1.0 + abs(here)):
                    break
                here = following
            theta[i], curvature[i] = here, out[1]
            if weighted:
                # The correction has no simple derivative: that of the whole equation is taken by differences.
                for side in (-1.0, 1.0):
                    _score_equation(
                        here + side * 1e-4, codes, i, kind, parameters, first_parameter, n_categories, precision, centre,
                        weighted, p, first, second, out,
                    )  # fmt: skip
                    if side < 0.0:
                        curvature[i] = out[0]
                    else:
                        curvature[i] = (curvature[i] - out[0]) / 2e-4

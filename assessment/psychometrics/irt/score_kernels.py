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
    kind: int, theta: float, parameters: FloatArray, a: int, m: int, p: FloatArray, once: FloatArray, twice: FloatArray
) -> None:
    """Fill the category probabilities of one item at θ, and the derivatives of their logarithms: (m,) each.

    Exponents end at ±300, beyond which nothing but the sign of a derivative matters, so that squares of the smallest
    probabilities are still above 0.
    """
    if kind == 0:
        slope = parameters[a]
        # P_v = P(X ≥ v) P(X ≤ v) times a constant: the derivatives of the logarithm are sums that lose no digits.
        above, short = 1.0, 0.0
        for v in range(m):
            reach, falls, gap = 0.0, 1.0, 1.0
            if v < m - 1:
                z = max(-300.0, min(300.0, slope * theta + parameters[a + v + 1]))
                tail = math.exp(-z)
                reach = 1.0 / (1.0 + tail)
                falls = tail * reach
                if v > 0:
                    gap = -math.expm1(parameters[a + v + 1] - parameters[a + v])
            p[v] = above * falls * gap
            once[v] = slope * (short - reach)
            twice[v] = -slope * slope * (above * short + reach * falls)
            above, short = reach, falls
        return
    highest = 0.0
    once[0] = 0.0
    p[0] = 0.0
    for v in range(1, m):
        if kind == 1:
            once[v] = v * parameters[a]
            p[v] = once[v] * theta + parameters[a + v]
        else:
            once[v] = parameters[a + v - 1]
            p[v] = once[v] * theta + parameters[a + m - 2 + v]
        highest = max(highest, p[v])
    total, mean = 0.0, 0.0
    for v in range(m):
        p[v] = math.exp(max(-300.0, p[v] - highest))
        total += p[v]
        mean += p[v] * once[v]
    mean /= total
    variance = 0.0
    for v in range(m):
        p[v] /= total
        once[v] -= mean
        variance += p[v] * once[v] * once[v]
    for v in range(m):
        twice[v] = -variance


@kernel
def _graded_answer(theta: float, parameters: FloatArray, a: int, m: int, x: int) -> tuple[float, float]:
    """The derivatives of ln P_x of a graded item, as `_curve` gives them for all categories."""
    slope, above, short, reach, falls = parameters[a], 1.0, 0.0, 0.0, 1.0
    if x > 0:
        tail = math.exp(-max(-300.0, min(300.0, slope * theta + parameters[a + x])))
        above = 1.0 / (1.0 + tail)
        short = tail * above
    if x < m - 1:
        tail = math.exp(-max(-300.0, min(300.0, slope * theta + parameters[a + x + 1])))
        reach = 1.0 / (1.0 + tail)
        falls = tail * reach
    return slope * (short - reach), -slope * slope * (above * short + reach * falls)


@kernel
def _score_equation(
    theta: float, codes: Integers, i: int, kind: int, parameters: FloatArray, first_parameter: Integers,
    n_categories: Integers, precision: float, centre: float, weighted: bool, p: FloatArray, once: FloatArray,
    twice: FloatArray, out: FloatArray,
) -> None:  # fmt: skip
    """Fill `out` with the slope of the person's (penalised) log-likelihood at θ and its curvature turned round. With
    `weighted`, the slope has Warm's correction J / 2I, and the curvature is that without it."""
    slope = -(theta - centre) * precision
    curvature, information, third = precision, 0.0, 0.0
    for j in range(n_categories.size):
        x = codes[i, j]
        if x >= 0:
            m = n_categories[j]
            if kind == 0 and not weighted:
                rise, bend = _graded_answer(theta, parameters, first_parameter[j], m, x)
            else:
                _curve(kind, theta, parameters, first_parameter[j], m, p, once, twice)
                rise, bend = once[x], twice[x]
            slope += rise
            curvature -= bend
            if weighted:
                for v in range(m):
                    square = p[v] * once[v] * once[v]
                    information += square
                    # P′P″/P with P″ / P = (ln P)″ + (ln P)′².
                    third += square * once[v] + p[v] * once[v] * twice[v]
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
    p, once, twice, out = np.empty(m), np.empty(m), np.empty(m), np.empty(2)
    for i in range(first_person, last_person):
        low, high = centre - bound, centre + bound
        _score_equation(
            low, codes, i, kind, parameters, first_parameter, n_categories, precision, centre, weighted, p, once, twice, out
        )
        at_low = out[0]
        _score_equation(
            high, codes, i, kind, parameters, first_parameter, n_categories, precision, centre, weighted, p, once, twice, out
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
                    here, codes, i, kind, parameters, first_parameter, n_categories, precision, centre, weighted, p, once,
                    twice, out,
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
                        weighted, p, once, twice, out,
                    )  # fmt: skip
                    if side < 0.0:
                        curvature[i] = out[0]
                    else:
                        curvature[i] = (curvature[i] - out[0]) / 2e-4


@kernel
def fit_sums(
    codes: Integers, theta: FloatArray, kind: int, parameters: FloatArray, first_parameter: Integers, n_categories: Integers,
    smallest_variance: float, sums: FloatArray, first_person: int, last_person: int,
) -> None:  # fmt: skip
    """Fill `sums` (n, 11) with what the fit of a person is made of, over the items that they answered; a person whose θ is not
    finite is left out.

    Of l = ln P: 0 l − E l, 1 Var l, 2 c = Cov(l, l′) / Var l′, 3 Var(l − c l′), 4 Σ P′P″/P, 5 Σ P′²/P. Of the residuals x − E of
    variance V (`smallest_variance` at least) and fourth moment F: 6 Σ (x − E)² / V, 7 Σ (x − E)², 8 Σ V, 9 Σ (F / V² − 1),
    10 Σ (F − V²).
    """
    k, m = n_categories.size, n_categories.max()
    p, once, twice, log_p = np.empty((k, m)), np.empty((k, m)), np.empty(m), np.empty((k, m))
    for i in range(first_person, last_person):
        if not math.isfinite(theta[i]):
            continue
        for s in range(sums.shape[1]):
            sums[i, s] = 0.0
        crossed = 0.0
        for j in range(k):
            x = codes[i, j]
            if x < 0:
                continue
            size = n_categories[j]
            _curve(kind, theta[i], parameters, first_parameter[j], size, p[j], once[j], twice)
            entropy, expected = 0.0, 0.0
            for v in range(size):
                log_p[j, v] = math.log(max(p[j, v], 1e-300))
                entropy += p[j, v] * log_p[j, v]
                expected += p[j, v] * v
            sums[i, 0] += log_p[j, x] - entropy
            variance, fourth = 0.0, 0.0
            for v in range(size):
                log_p[j, v] -= entropy
                sums[i, 1] += p[j, v] * log_p[j, v] * log_p[j, v]
                crossed += p[j, v] * log_p[j, v] * once[j, v]
                square = p[j, v] * once[j, v] * once[j, v]
                sums[i, 4] += square * once[j, v] + p[j, v] * once[j, v] * twice[v]
                sums[i, 5] += square
                apart = (v - expected) * (v - expected)
                variance += p[j, v] * apart
                fourth += p[j, v] * apart * apart
            residual = (x - expected) * (x - expected)
            variance = max(variance, smallest_variance)
            sums[i, 6] += residual / variance
            sums[i, 7] += residual
            sums[i, 8] += variance
            sums[i, 9] += fourth / (variance * variance) - 1.0
            sums[i, 10] += fourth - variance * variance
        c = crossed / sums[i, 5] if sums[i, 5] > 0.0 else 0.0
        sums[i, 2] = c
        # In a second pass: as a difference the variance would lose its digits where it is all but 0.
        for j in range(k):
            if codes[i, j] >= 0:
                for v in range(n_categories[j]):
                    weight = log_p[j, v] - c * once[j, v]
                    sums[i, 3] += p[j, v] * weight * weight

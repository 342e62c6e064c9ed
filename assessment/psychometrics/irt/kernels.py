"""The loops over people of marginal maximum likelihood, compiled.

Items are taken together in *clusters* of a few: every combination of their categories has one row in a table of
likelihoods over the nodes, so that a person costs one product a cluster instead of one an item. Expected counts are
collected in a table of the same shape and shared out to the items once an iteration.

Rows over nodes are as wide as the vector units want them; nodes beyond the given ones have no weight. A cluster's row is
scaled to a largest entry of 1, the logarithm of the scale kept apart, so that long forms do not underflow.

The product over a person's clusters stands written out in each loop that needs it: called as a kernel of its own it cost a
calibration about a tenth of its time.
"""

from __future__ import annotations

import math

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.compiled import Integers, kernel

CUMULATIVE, PARTIAL_CREDIT, NOMINAL = 0, 1, 2

NOT_WHOLE, TOO_HIGH = -1, -2


@kernel
def encode(responses: FloatArray, codes: Integers, highest: Integers, first: int, last: int) -> int:
    """Fill `codes` (n, k) with categories, −1 for NaN; raise `highest` (k,) to the largest seen.

    Returns 0, or NOT_WHOLE or TOO_HIGH when some response is no category.
    """
    fault = 0
    for i in range(first, last):
        for j in range(responses.shape[1]):
            value = responses[i, j]
            if math.isnan(value):
                codes[i, j] = -1
            elif value > 126.0:
                fault = TOO_HIGH
            else:
                category = int(value)
                if category != value or category < 0:
                    fault = NOT_WHOLE
                else:
                    codes[i, j] = category
                    if category > highest[j]:
                        highest[j] = category
    return fault


@kernel
def count_categories(codes: Integers, weights: FloatArray, counts: FloatArray) -> None:
    """Add each person's weight to `counts` (k, m + 1), column m for not answered."""
    m = counts.shape[1] - 1
    for i in range(codes.shape[0]):
        for j in range(codes.shape[1]):
            category = codes[i, j]
            counts[j, category if category >= 0 else m] += weights[i]


@kernel
def place_in_clusters(
    codes: Integers, cluster: Integers, stride: Integers, missing_code: Integers, first_row: Integers, rows: Integers
) -> None:
    """Fill `rows` (n, c): the table row of each person's combination of categories, for each cluster.

    cluster, stride, missing_code : (k,) of each item: its cluster, what its category counts in the row, and the category
    that stands for not answered. first_row : (c,).
    """
    for i in range(codes.shape[0]):
        for c in range(first_row.size):
            rows[i, c] += first_row[c]
        for j in range(codes.shape[1]):
            category = codes[i, j]
            if category < 0:
                category = missing_code[j]
            rows[i, cluster[j]] += category * stride[j]


@kernel
def item_curves(
    kind: int, parameters: FloatArray, first_parameter: Integers, n_categories: Integers, first_category: Integers,
    nodes: FloatArray, probability: FloatArray, derivative: FloatArray,
) -> None:  # fmt: skip
    """Category probabilities at the nodes and the derivatives of their logarithms by the item's parameters.

    parameters : the items' parameters one after the other: slope and intercepts; for NOMINAL the slopes, then the
        intercepts, of the categories above the first. first_parameter : (k,) where each item's begin.
    probability : (categories, q) filled; derivative : (categories, p, q) filled.
    """
    n_nodes = nodes.size
    longest = n_categories.max()
    z, up, down, gap = np.empty(longest), np.ones(longest + 1), np.ones(longest + 1), np.ones(longest)
    for j in range(n_categories.size):
        m, a, row = n_categories[j], first_parameter[j], first_category[j]
        if kind == 0:
            down[m] = 1.0
            gap[0], gap[m - 1] = 1.0, 1.0
            for v in range(1, m - 1):
                gap[v] = -math.expm1(parameters[a + v + 1] - parameters[a + v])
            for v in range(m):
                for u in range(m):
                    for q in range(n_nodes):
                        derivative[row + v, u, q] = 0.0
        for q in range(n_nodes):
            theta = nodes[q]
            if kind == 0:
                slope = parameters[a]
                for v in range(1, m):
                    # Beyond ±600 the exponential would leave the range of doubles; nothing depends on where exactly.
                    tail = math.exp(-max(-600.0, min(600.0, slope * theta + parameters[a + v])))
                    up[v] = 1.0 / (1.0 + tail)
                    down[v] = tail * up[v]
                for v in range(m):
                    # σ(x) − σ(y) = σ(x) σ(−y) (1 − exp(y − x)) keeps its digits where the plain difference loses them.
                    probability[row + v, q] = up[v] * down[v + 1] * gap[v]
                    by_slope = 0.0
                    if v > 0:
                        step = down[v] / (down[v + 1] * gap[v])
                        derivative[row + v, v, q] = step
                        by_slope += step
                    if v < m - 1:
                        step = -up[v + 1] / (up[v] * gap[v])
                        derivative[row + v, v + 1, q] = step
                        by_slope += step
                    derivative[row + v, 0, q] = by_slope * theta
            else:
                z[0] = 0.0
                highest = 0.0
                for v in range(1, m):
                    if kind == 1:
                        z[v] = v * parameters[a] * theta + parameters[a + v]
                    else:
                        z[v] = parameters[a + v - 1] * theta + parameters[a + m - 2 + v]
                    highest = max(highest, z[v])
                total = 0.0
                for v in range(m):
                    z[v] = math.exp(z[v] - highest)
                    total += z[v]
                mean = 0.0
                for v in range(m):
                    z[v] /= total
                    mean += v * z[v]
                for v in range(m):
                    probability[row + v, q] = z[v]
                    if kind == 1:
                        derivative[row + v, 0, q] = theta * (v - mean)
                    for u in range(1, m):
                        step = (1.0 if u == v else 0.0) - z[u]
                        if kind == 1:
                            derivative[row + v, u, q] = step
                        else:
                            derivative[row + v, u - 1, q] = theta * step
                            derivative[row + v, m - 2 + u, q] = step


@kernel
def cluster_tables(
    probability: FloatArray, table_row: Integers, n_codes: Integers, first_item: Integers, last_item: Integers,
    first_row: Integers, table: FloatArray, log_scale: FloatArray,
) -> None:  # fmt: skip
    """Fill `table` (rows, q) with the product of the probabilities of the categories that the row stands for.

    Items of a cluster count as the digits of the row number, the last fastest. table_row : (items, codes) row of
    `probability` for each code, −1 where the factor is 1 (not answered).
    """
    n_nodes = table.shape[1]
    for c in range(first_item.size):
        start = first_row[c]
        for q in range(n_nodes):
            table[start, q] = 1.0
        size = 1
        for j in range(first_item[c], last_item[c]):
            codes = n_codes[j]
            # From the last row down, so that the rows of the shorter combination are read before they are overwritten.
            for r in range(size - 1, -1, -1):
                for v in range(codes - 1, -1, -1):
                    source = table_row[j, v]
                    here = start + r * codes + v
                    if source >= 0:
                        for q in range(n_nodes):
                            table[here, q] = table[start + r, q] * probability[source, q]
                    else:
                        for q in range(n_nodes):
                            table[here, q] = table[start + r, q]
            size *= codes
        for r in range(start, start + size):
            largest = 0.0
            for q in range(n_nodes):
                largest = max(largest, table[r, q])
            if largest > 0.0:
                for q in range(n_nodes):
                    table[r, q] /= largest
                log_scale[r] = math.log(largest)
            else:
                log_scale[r] = -math.inf


@kernel
def expected_counts(
    rows: Integers, weights: FloatArray, table: FloatArray, log_scale: FloatArray, counts: FloatArray, first: int, last: int
) -> float:
    """Add each person's posterior to the rows of `counts` (rows, q) and return their log-likelihood (Bock & Aitkin, 1981)."""
    n_clusters, n_nodes = rows.shape[1], table.shape[1]
    posterior = np.empty(n_nodes)
    log_likelihood = 0.0
    for i in range(first, last):
        r = rows[i, 0]
        scale = log_scale[r]
        for q in range(n_nodes):
            posterior[q] = table[r, q]
        for c in range(1, n_clusters):
            r = rows[i, c]
            scale += log_scale[r]
            for q in range(n_nodes):
                posterior[q] *= table[r, q]
        total = 0.0
        for q in range(n_nodes):
            total += posterior[q]
        weight = weights[i]
        log_likelihood += weight * (math.log(total) + scale)
        share = weight / total
        for q in range(n_nodes):
            posterior[q] *= share
        for c in range(n_clusters):
            r = rows[i, c]
            for q in range(n_nodes):
                counts[r, q] += posterior[q]
    return log_likelihood


@kernel
def log_likelihoods(rows: Integers, table: FloatArray, log_scale: FloatArray, out: FloatArray, first: int, last: int) -> None:
    """Fill each person's marginal log-likelihood."""
    n_clusters, n_nodes = rows.shape[1], table.shape[1]
    product = np.empty(n_nodes)
    for i in range(first, last):
        r = rows[i, 0]
        scale = log_scale[r]
        for q in range(n_nodes):
            product[q] = table[r, q]
        for c in range(1, n_clusters):
            r = rows[i, c]
            scale += log_scale[r]
            for q in range(n_nodes):
                product[q] *= table[r, q]
        total = 0.0
        for q in range(n_nodes):
            total += product[q]
        out[i] = math.log(total) + scale


@kernel
def share_out(
    counts: FloatArray, table_row: Integers, n_codes: Integers, first_item: Integers, last_item: Integers,
    first_row: Integers, by_category: FloatArray,
) -> None:  # fmt: skip
    """Add the clusters' `counts` to the categories they are made of: `by_category` (categories, q).

    The last item of a cluster is summed out first, so that each further one meets fewer rows. `counts` is used up.
    """
    n_nodes = counts.shape[1]
    for c in range(first_item.size):
        start = first_row[c]
        size = 1
        for j in range(first_item[c], last_item[c]):
            size *= n_codes[j]
        for j in range(last_item[c] - 1, first_item[c] - 1, -1):
            codes = n_codes[j]
            size //= codes
            for r in range(size):
                for v in range(codes):
                    source = start + r * codes + v
                    target = table_row[j, v]
                    if target >= 0:
                        for q in range(n_nodes):
                            by_category[target, q] += counts[source, q]
                    if v == 0:
                        for q in range(n_nodes):
                            counts[start + r, q] = counts[source, q]
                    else:
                        for q in range(n_nodes):
                            counts[start + r, q] += counts[source, q]


@kernel
def item_gradients(
    by_category: FloatArray, probability: FloatArray, derivative: FloatArray, first_parameter: Integers,
    n_parameters: Integers, n_categories: Integers, first_category: Integers, gradient: FloatArray, information: FloatArray,
) -> None:  # fmt: skip
    """Gradient of the marginal log-likelihood by each item's parameters, and the complete-data information of each item.

    gradient : (parameters,) filled. information : (k, p, p) filled, the expected information of the item given the expected
    number of people at each node (Bock & Aitkin, 1981).
    """
    n_nodes = by_category.shape[1]
    for j in range(n_categories.size):
        row, m, size, a = first_category[j], n_categories[j], n_parameters[j], first_parameter[j]
        for s in range(size):
            total = 0.0
            for v in range(row, row + m):
                for q in range(n_nodes):
                    total += by_category[v, q] * derivative[v, s, q]
            gradient[a + s] = total
        for s in range(size):
            for t in range(s + 1):
                total = 0.0
                for q in range(n_nodes):
                    here = 0.0
                    squares = 0.0
                    for v in range(row, row + m):
                        here += by_category[v, q]
                        squares += probability[v, q] * derivative[v, s, q] * derivative[v, t, q]
                    total += here * squares
                information[j, s, t] = total
                information[j, t, s] = total


@kernel
def person_gradients(
    kind: int, codes: Integers, group: Integers, rows: Integers, root_weights: FloatArray, table: FloatArray,
    derivative: FloatArray, latent: FloatArray, owner: Integers, first_parameter: Integers, n_parameters: Integers,
    first_category: Integers, every: int, gradients: FloatArray, first: int, last: int,
) -> None:  # fmt: skip
    """Fill `gradients` (people, free parameters) with the gradient of each `every`-th person times the root of their weight.

    latent : (g, 2, q) derivatives of the logarithm of a group's node weights by its mean and log SD. owner : place of each
    item parameter, then of each group's mean and log SD, among the free ones, −1 where it is fixed.
    """
    n_clusters, n_nodes = rows.shape[1], table.shape[1]
    n_item_parameters = owner.size - 2 * latent.shape[0]
    posterior = np.empty(n_nodes)
    for k in range(first, last):
        i = k * every
        for q in range(n_nodes):
            posterior[q] = table[rows[i, 0], q]
        for c in range(1, n_clusters):
            r = rows[i, c]
            for q in range(n_nodes):
                posterior[q] *= table[r, q]
        total = 0.0
        for q in range(n_nodes):
            total += posterior[q]
        share = root_weights[i] / total
        for q in range(n_nodes):
            posterior[q] *= share
        for j in range(codes.shape[1]):
            category = codes[i, j]
            if category >= 0:
                v = first_category[j] + category
                for s in range(n_parameters[j]):
                    place = owner[first_parameter[j] + s]
                    # A category of the graded model knows its slope and the two intercepts beside it.
                    if place >= 0 and (kind != 0 or s == 0 or s == category or s == category + 1):
                        total = 0.0
                        for q in range(n_nodes):
                            total += posterior[q] * derivative[v, s, q]
                        gradients[k, place] += total
        g = group[i]
        for s in range(2):
            place = owner[n_item_parameters + 2 * g + s]
            if place >= 0:
                total = 0.0
                for q in range(n_nodes):
                    total += posterior[q] * latent[g, s, q]
                gradients[k, place] += total

"""Henderson's equations of a mixed model as cross products, sorted so that they can be solved block by block.

One term and everything nested in it fall into blocks that share no entry: the effects of one agent touch those of no other.
The remaining terms and the fixed effects are the edge that all blocks share.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from assessment.psychometrics.arrays import FloatArray, IntArray

Pairs = dict[tuple[int, int], tuple[IntArray, IntArray, FloatArray]]


class Blocks(NamedTuple):
    """Blocks of one size: the global places of their levels, the term of each, Z′Z, and Z′[X, outer Z, y]."""

    levels: IntArray
    terms: IntArray
    among: FloatArray
    across: FloatArray


class CrossProducts(NamedTuple):
    """What a likelihood needs of the data.

    Levels of all random terms are numbered through, term after term in `order`, those within blocks first.

    Attributes
    ----------
    order : place of each term in the list given, in the order used here.
    term : (levels,) term of each level, as a place in `order`.
    slices : levels of each term.
    n_within : levels within blocks; the others stand in the edge.
    edge : cross products of the fixed effects, the levels in the edge, and y.
    blocks : the levels within blocks, blocks of one size together.
    """

    order: list[int]
    term: IntArray
    slices: list[slice]
    n_within: int
    edge: FloatArray
    blocks: list[Blocks]


def cross_products(y: FloatArray, fixed: FloatArray, codes: list[IntArray]) -> CrossProducts:
    """`y` (N,), `fixed` (N, p), and for each random term the level of each observation from 0: (N,)."""
    sizes = [int(code.max()) + 1 for code in codes]
    n_fixed = fixed.shape[1]
    cluster, within = _cheapest_cluster(codes, sizes, n_fixed)
    order = [*within, *(term for term in range(len(codes)) if term not in within)]
    sorted_codes = [codes[term] for term in order]
    starts = np.concatenate([[0], np.cumsum([sizes[term] for term in order])])
    slices = [slice(a, b) for a, b in itertools.pairwise(starts.tolist())]
    n_within = int(starts[len(within)])
    n_edge = n_fixed + int(starts[-1]) - n_within + 1

    plain = np.column_stack([fixed, y])
    sums = np.vstack([np.stack([np.bincount(code, weights=column) for column in plain.T], axis=1) for code in sorted_codes])
    # Columns of the edge: fixed effects, levels outside blocks, y.
    ends, middle = np.r_[0:n_fixed, n_edge - 1], np.arange(n_fixed, n_edge - 1)
    edge, across = np.zeros((n_edge, n_edge)), np.zeros((n_within, n_edge))
    edge[np.ix_(ends, ends)] = plain.T @ plain
    edge[np.ix_(middle, ends)] = sums[n_within:]
    edge[np.ix_(ends, middle)] = sums[n_within:].T
    across[:, ends] = sums[:n_within]
    together: Pairs = {}
    for one, other in itertools.combinations_with_replacement(range(len(order)), 2):
        a, b, times = _pair_counts(sorted_codes[one], sorted_codes[other])
        left, right = a + starts[one], b + starts[other]
        if other < len(within):
            together[one, other] = left, right, times
        elif one < len(within):
            across[left, right - n_within + n_fixed] = times
        else:
            rows, columns = left - n_within + n_fixed, right - n_within + n_fixed
            edge[rows, columns] = edge[columns, rows] = times
    belongs = np.empty(n_within, dtype=np.int64)
    for place in range(len(within)):
        belongs[slices[place]][sorted_codes[place]] = codes[cluster]
    term: IntArray = np.repeat(np.arange(len(order)), np.diff(starts)).astype(np.int64)
    return CrossProducts(order, term, slices, n_within, edge, _cut(belongs, term, together, across))


def _cut(belongs: IntArray, term: IntArray, together: Pairs, across: FloatArray) -> list[Blocks]:
    """Blocks from the block that each level belongs to, and the levels that occur together."""
    by_block = np.argsort(belongs, kind="stable")
    size = np.bincount(belongs)
    first = np.cumsum(size) - size
    local = np.empty(belongs.size, dtype=np.int64)
    local[by_block] = np.arange(belongs.size) - first[belongs[by_block]]
    out = []
    for width in np.unique(size).tolist():
        chosen = np.flatnonzero(size == width)
        row = np.full(size.size, -1)
        row[chosen] = np.arange(chosen.size)
        among = np.zeros((chosen.size, width, width))
        for left, right, times in together.values():
            block = row[belongs[left]]
            here = block >= 0
            at, one, other = block[here], local[left[here]], local[right[here]]
            among[at, one, other] = among[at, other, one] = times[here]
        levels = by_block[first[chosen][:, None] + np.arange(width)]
        out.append(Blocks(levels, term[levels], among, across[levels]))
    return out


def _cheapest_cluster(codes: list[IntArray], sizes: list[int], n_fixed: int) -> tuple[int, list[int]]:
    """The term whose levels cut the equations into blocks at the least cost, and the terms nested in it, itself included."""
    best: tuple[float, int, list[int]] | None = None
    for cluster, code in enumerate(codes):
        within = []
        per_block = np.zeros(sizes[cluster])
        for term, other in enumerate(codes):
            pairs = np.unique(other * sizes[cluster] + code)
            if pairs.size == sizes[term]:
                within.append(term)
                per_block += np.bincount(pairs % sizes[cluster], minlength=sizes[cluster])
        edge = n_fixed + sum(sizes) - sum(sizes[term] for term in within)
        cost = float(edge) ** 3 + float((per_block**3 + per_block * edge**2).sum())
        if best is None or cost < best[0]:
            best = cost, cluster, within
    assert best is not None  # a model has at least one random term
    return best[1], best[2]


def _pair_counts(first: IntArray, second: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Levels that occur together, and how often."""
    n_second = int(second.max()) + 1
    pairs, times = np.unique(first * n_second + second, return_counts=True)
    return pairs // n_second, pairs % n_second, times.astype(np.float64)

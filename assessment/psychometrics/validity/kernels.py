"""Compiled loops behind the bootstrap: who is drawn how often, and rank correlations of people who count so many times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.compiled import kernel


@kernel
def draw(seeds: NDArray[np.uint64], times: FloatArray) -> None:
    """Fills each row of `times` (b, n) with how often each of n people is drawn in n draws; row i depends on seed i alone.

    Random bits are those of SplitMix64 (Steele, Lea & Flood, 2014), 32 of them a draw; a person's chance differs from 1/n
    by less than one part in 2³²/n.
    """
    n = times.shape[1]
    people = np.uint64(n)
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    for b in range(times.shape[0]):
        row = times[b]
        row[:] = 0.0
        state = seeds[b]
        for i in range(0, n, 2):
            state += np.uint64(0x9E3779B97F4A7C15)
            z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
            row[((z >> half) * people) >> half] += 1.0
            if i + 1 < n:
                row[((z & low) * people) >> half] += 1.0


@kernel
def sums(times: FloatArray, values: FloatArray, out: FloatArray) -> None:
    """Sum of each row of `values` (m, n) with person i counted `times[b, i]` times, into `out` (b, m).

    A matrix product; the library's own would start threads of its own inside each of ours.
    """
    for b in range(times.shape[0]):
        for row in range(values.shape[0]):
            total = 0.0
            for i in range(values.shape[1]):
                total += times[b, i] * values[row, i]
            out[b, row] = total


@kernel
def rank_correlations(times: FloatArray, x: IntArray, y: IntArray, out: FloatArray) -> None:
    """Correlation of mid-ranks with person i counted `times[b, i]` times, into `out[b]`; NaN where a side does not vary.

    `x` and `y` (n,) are the places of each person's value among the distinct ones, from 0.
    """
    x_rank, y_rank = np.empty(x.max() + 1), np.empty(y.max() + 1)
    for b in range(times.shape[0]):
        x_rank[:] = 0.0
        y_rank[:] = 0.0
        total = 0.0
        for i in range(x.size):
            x_rank[x[i]] += times[b, i]
            y_rank[y[i]] += times[b, i]
            total += times[b, i]
        x_squares = _centred_ranks(x_rank, total)
        y_squares = _centred_ranks(y_rank, total)
        products = 0.0
        for i in range(x.size):
            products += times[b, i] * x_rank[x[i]] * y_rank[y[i]]
        varies = x_squares > 0.0 and y_squares > 0.0
        out[b] = products / np.sqrt(x_squares * y_squares) if varies else np.nan


@kernel
def _centred_ranks(held: FloatArray, total: float) -> float:
    """Turns how many people hold each value into that value's mid-rank less the mean rank; returns the sum of squares."""
    below, squares = 0.0, 0.0
    for value in range(held.size):
        here = held[value]
        held[value] = below + (here - total) / 2.0
        squares += here * held[value] ** 2
        below += here
    return squares


@kernel
def joint_standing(order: IntArray, x: IntArray, y: IntArray, out: FloatArray) -> None:
    """For each person the number of others above on both sides, a tie on one side counting half and on both a quarter.

    `order` (n,) lists people from the highest `x` down. One pass over it with a tree of sums over `y` (Fenwick, 1994), so
    that the cost is n log n.
    """
    tree = np.zeros(y.max() + 2)
    start = 0
    while start < order.size:
        end = start
        while end < order.size and x[order[end]] == x[order[start]]:
            _add(tree, y[order[end]], 0.5)
            end += 1
        for i in order[start:end]:
            out[i] = (_above(tree, y[i] - 1) + _above(tree, y[i])) / 2.0 - 0.25
        for i in order[start:end]:
            _add(tree, y[i], 0.5)
        start = end


@kernel
def _add(tree: FloatArray, value: int, weight: float) -> None:
    place = tree.size - 1 - value
    while place < tree.size:
        tree[place] += weight
        place += place & -place


@kernel
def _above(tree: FloatArray, value: int) -> float:
    place, total = tree.size - 2 - value, 0.0
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total

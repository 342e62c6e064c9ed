"""Variance components by equating sums of squares with their expectations.

On balanced data this is the analysis of variance with expected mean squares (Cornfield & Tukey, 1956; Brennan, 2001). On
unbalanced data it is Henderson's (1953) Method 1, the analogous analysis of variance: unbiased, quick at any size, and less
exact than REML. Both let an estimate be negative.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.generalizability.designs import Effect


class Cells(NamedTuple):
    """An effect with its level at each observation, from 0: (N,), and how many observations each level has."""

    effect: Effect
    code: IntArray
    n: FloatArray


class Anova(NamedTuple):
    """Balanced data, in the order of the effects.

    `standard_errors` are Brennan's (2001, equation 6.1); `satterthwaite_df` are the degrees of freedom of a chi-square with
    the component's mean and variance.
    """

    components: FloatArray
    mean_squares: FloatArray
    df: IntArray
    standard_errors: FloatArray
    satterthwaite_df: FloatArray


def cells_of(effects: tuple[Effect, ...], levels: dict[str, IntArray]) -> list[Cells]:
    """Each effect with the combinations of facet levels that it has, numbered from 0."""
    out = []
    for effect in effects:
        code = np.zeros(next(iter(levels.values())).size, dtype=np.int64)
        for facet in sorted(effect.facets):
            code = np.unique(code * (int(levels[facet].max()) + 1) + levels[facet], return_inverse=True)[1].ravel()
        out.append(Cells(effect, code, np.bincount(code).astype(np.float64)))
    return out


def is_balanced(cells: list[Cells]) -> bool:
    """True if every combination of levels that the design allows was observed equally often."""
    if any(np.ptp(each.n) > 0 for each in cells):
        return False
    counts = {each.effect.facets: each.n.size for each in cells}
    per_nest = {}
    for each in cells:
        if len(each.effect.main) == 1:
            around = each.effect.facets - each.effect.main
            per_nest[next(iter(each.effect.main))] = each.n.size / (counts[around] if around else 1)
    return all(each.n.size == np.prod([per_nest[facet] for facet in each.effect.facets]) for each in cells)


def method_one(y: FloatArray, codes: list[IntArray]) -> FloatArray:
    """Henderson's Method 1: Σ_β (k_αβ − k_0β) σ²_β = T_α − T_0, T_α = Σ n ȳ² over the levels of effect α.

    The coefficient of σ²_β in the expectation of T_α is k_αβ = Σ_a Σ_b n_ab² / n_a over the levels a of α and b of β.
    `codes` give each observation's level of each effect, (N,) from 0; the last is the residual, of which every observation
    is a level. Raises `ValueError` where the data cannot tell two effects apart.
    """
    apart = y - y.mean()
    n = [np.bincount(code).astype(np.float64) for code in codes]
    t = np.array([(np.bincount(code, weights=apart) ** 2 / each).sum() for code, each in zip(codes, n, strict=True)])
    k = np.array([[_coefficient(codes[one], n[one], codes[other], n[other]) for other in range(len(n))] for one in range(len(n))])
    k -= [(each**2).sum() / y.size for each in n]
    if np.linalg.matrix_rank(k) < len(n):
        raise ValueError("facets must be combined so that the effects of the design can be told apart; some are confounded")
    return np.asarray(np.linalg.solve(k, t))


def _coefficient(one: IntArray, n_one: FloatArray, other: IntArray, n_other: FloatArray) -> float:
    if n_other.size == one.size:
        return float(n_one.size)
    if n_one.size == one.size:
        return float(one.size)
    pairs, n_both = np.unique(one * n_other.size + other, return_counts=True)
    return float((n_both.astype(np.float64) ** 2 / n_one[pairs // n_other.size]).sum())


def analysis_of_variance(y: FloatArray, cells: list[Cells]) -> Anova:
    """Mean squares of balanced data and the components whose expected mean squares they are.

    E MS_α = Σ_β π_β σ²_β over the effects β that depend on all facets of α, π_β the observations in a level of β.
    """
    apart = y - y.mean()
    place = {each.effect.facets: i for i, each in enumerate(cells)}
    t = np.array([(np.bincount(each.code, weights=apart) ** 2 / each.n).sum() for each in cells])
    mean_squares, df = np.zeros(len(cells)), np.zeros(len(cells), dtype=np.int64)
    for row, each in enumerate(cells):
        for facets, sign in _signed_subsets(each.effect.main, each.effect.facets - each.effect.main):
            if facets:
                mean_squares[row] += sign * t[place[facets]]
            df[row] += sign * (cells[place[facets]].n.size if facets else 1)
    mean_squares /= df
    expected = np.array([[other.n[0] * (one.effect.facets <= other.effect.facets) for other in cells] for one in cells])
    of_mean_squares = np.linalg.inv(expected)
    components = of_mean_squares @ mean_squares
    squares = 2.0 * (of_mean_squares * mean_squares) ** 2
    variance = (squares / df).sum(axis=1)
    satterthwaite = np.divide(2.0 * components**2, variance, out=np.full(df.size, np.nan), where=variance > 0)
    return Anova(components, mean_squares, df, np.sqrt((squares / (df + 2)).sum(axis=1)), satterthwaite)


def _signed_subsets(main: frozenset[str], around: frozenset[str]) -> list[tuple[frozenset[str], int]]:
    """Facets of the means that make up an effect, with their signs: (−1)^(facets of the effect that are left out)."""
    subsets: list[tuple[frozenset[str], int]] = [(around, (-1) ** len(main))]
    for facet in main:
        subsets += [(facets | {facet}, -sign) for facets, sign in subsets]
    return subsets

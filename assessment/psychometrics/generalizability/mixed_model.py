"""Random effects by restricted maximum likelihood (REML; Patterson & Thompson, 1971), crossed and nested, any balance.

y = X β + Σ Z_j u_j + e, u_j normal with variance σ²_j, e with σ²_e. With θ_j = √(σ²_j / σ²_e), effects scaled to b_j = u_j / θ_j
and W = [X, θ_1 Z_1, …], Henderson's (1975) equations have the matrix M = W′W + diag(0, I), and the profile likelihood is

    −2 log REML = log|M| + (N − p) log(y′y − y′W M⁻¹ W′y) + constant.

Blocks of effects that do not touch each other (`cross_products`) are eliminated, all blocks of a size at once, which leaves
the fixed effects and the few terms in the edge: the work grows with the number of agents, not with its cube, and not at all
with the evaluations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.generalizability.analysis_of_variance import method_one
from assessment.psychometrics.generalizability.cross_products import cross_products

_NO_VARIANCE = 1e-9
_NO_CHANCE = 1e-7
"""Residual variance, as a share of the whole, below which rounding errors would decide on the other variances."""
_MAX_NEWTON_STEPS = 10


class MixedFit(NamedTuple):
    """REML estimates; mappings go from the name of a random term.

    Attributes
    ----------
    variances : σ²_j, 0 where the data show none.
    residual : σ²_e.
    standard_errors : of the variances and of the residual (under `residual`), from the observed information; NaN for a
        variance of 0.
    fixed_effects : (p,) generalised least squares.
    effects : BLUP of each level of the term.
    known : 1 − prediction error variance / σ²_j of each level, the fixed effects taken as known.
    """

    variances: dict[str, float]
    residual: float
    standard_errors: dict[str, float]
    fixed_effects: FloatArray
    effects: dict[str, FloatArray]
    known: dict[str, FloatArray]


class _Solved(NamedTuple):
    """One solution of Henderson's equations: −2 log REML, y′Py, what its slopes need, and what elimination left and took."""

    deviance: float
    squares: float
    solution: FloatArray
    traces: FloatArray
    effect_squares: FloatArray
    scaled_effects: FloatArray
    left: FloatArray
    eliminated: list[tuple[FloatArray, FloatArray]]


class MixedModel:
    """Cross products of the model; a likelihood costs no pass over the data."""

    def __init__(self, y: FloatArray, fixed: FloatArray, factors: Mapping[str, IntArray]) -> None:
        """`y` (N,), `fixed` (N, p) of full rank, and for each random term the level of each observation from 0: (N,)."""
        self._names = list(factors)
        self._n, self._n_fixed = fixed.shape
        codes = list(factors.values())
        self._shift = float(y.mean())
        self._order, self._term, self._slices, self._n_within, self._edge, self._blocks = cross_products(
            y - self._shift, fixed, codes
        )
        self._start = _moment_start(y, fixed, [codes[term] for term in self._order])

    def fit(self) -> MixedFit:
        """Estimate variances and predict effects.

        Raises `ValueError` if the effects explain all but a ten-millionth of the variance.
        """
        from scipy.optimize import minimize

        def objective(relative: FloatArray) -> tuple[float, FloatArray]:
            theta = relative * self._start
            solved = self._solve(theta)
            return solved.deviance / self._n, self._slopes(theta, solved) * self._start / self._n

        # In units of the start all terms are of one size. The likelihood is even in θ: a variance of 0 is no edge.
        found = minimize(objective, np.ones(len(self._order)), jac=True, method="BFGS", options={"gtol": 1e-8, "maxiter": 500})
        theta = self._polished(np.abs(np.asarray(found.x, dtype=np.float64) * self._start))
        solved = self._solve(theta)
        residual = solved.squares / (self._n - self._n_fixed)
        if residual <= _NO_CHANCE * float(self._edge[-1, -1]) / self._n:
            raise ValueError("scores must leave something to chance; the effects explain nearly every score exactly")
        fixed_effects = solved.solution[: self._n_fixed].copy()
        fixed_effects[0] += self._shift
        effects = solved.scaled_effects * theta[self._term]
        without_fixed = np.asarray(np.linalg.inv(solved.left[self._n_fixed :, self._n_fixed :]), dtype=np.float64)
        known = np.clip(1.0 - self._inverse_diagonal(without_fixed, 0, solved.eliminated), 0.0, 1.0)
        errors = self._standard_errors(theta, residual)
        place = {self._names[term]: i for i, term in enumerate(self._order)}
        return MixedFit(
            variances={name: residual * float(theta[place[name]]) ** 2 for name in self._names},
            residual=residual,
            standard_errors={name: float(errors[place[name]]) for name in self._names} | {"residual": float(errors[-1])},
            fixed_effects=fixed_effects,
            effects={name: effects[self._slices[place[name]]] for name in self._names},
            known={name: known[self._slices[place[name]]] for name in self._names},
        )

    def _solve(self, theta: FloatArray) -> _Solved:
        per_level = theta[self._term]
        scale = np.ones(self._edge.shape[0])
        scale[self._n_fixed : -1] = per_level[self._n_within :]
        left = self._edge * np.outer(scale, scale)
        middle = np.arange(self._n_fixed, left.shape[0] - 1)
        left[middle, middle] += 1.0
        log_determinant = 0.0
        eliminated: list[tuple[FloatArray, FloatArray]] = []
        for block in self._blocks:
            own = theta[block.terms]
            matrix = own[:, :, None] * block.among * own[:, None, :]
            diagonal = np.arange(own.shape[1])
            matrix[:, diagonal, diagonal] += 1.0
            inverse = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
            log_determinant += 2.0 * float(np.log(np.diagonal(np.linalg.cholesky(matrix), axis1=1, axis2=2)).sum())
            edge = own[:, :, None] * block.across * scale
            solved = inverse @ edge
            left -= edge.reshape(-1, left.shape[0]).T @ solved.reshape(-1, left.shape[0])
            eliminated.append((inverse, solved))
        m, right = left[:-1, :-1], left[:-1, -1]
        log_determinant += 2.0 * float(np.log(np.diag(np.linalg.cholesky(m))).sum())
        inverse_m = np.asarray(np.linalg.inv(m), dtype=np.float64)
        solution = inverse_m @ right
        scaled = np.empty(self._term.size)
        scaled[self._n_within :] = solution[self._n_fixed :]
        against = np.append(-solution, 1.0)
        for block, (_, solved) in zip(self._blocks, eliminated, strict=True):
            scaled[block.levels] = solved @ against
        squares = self._squares(solution * scale[:-1], scaled, scaled * per_level)
        unknown = self._inverse_diagonal(inverse_m, self._n_fixed, eliminated)
        return _Solved(
            log_determinant + (self._n - self._n_fixed) * float(np.log(squares)),
            squares,
            solution,
            np.bincount(self._term, weights=1.0 - unknown).astype(np.float64),
            np.bincount(self._term, weights=scaled**2).astype(np.float64),
            scaled,
            m,
            eliminated,
        )

    def _squares(self, edge_effects: FloatArray, scaled: FloatArray, effects: FloatArray) -> float:
        """y′Py as Σ(y − fitted)² + Σ b²: an error in the solution enters it squared, where y′y − y′W M⁻¹ W′y takes it in full."""
        against = np.append(edge_effects, -1.0)
        left = float(against @ self._edge @ against)
        for block in self._blocks:
            own = effects[block.levels]
            left += float((own * ((block.among @ own[:, :, None])[:, :, 0] + 2.0 * (block.across @ against))).sum())
        # Scores without any chance in them would make the likelihood infinite.
        return max(left + float((scaled**2).sum()), 1e-14 * float(self._edge[-1, -1]))

    def _inverse_diagonal(self, inverse_m: FloatArray, n_fixed: int, eliminated: list[tuple[FloatArray, FloatArray]]) -> FloatArray:
        """Diagonal of M⁻¹ at every level of every term, from the inverse of what elimination left.

        `inverse_m` has `n_fixed` fixed effects before the outer levels: all of them, or none where they are taken as known.
        """
        out = np.empty(self._term.size)
        out[self._n_within :] = np.diag(inverse_m)[n_fixed:]
        # Filled up with 0 to the width of the eliminated blocks, so that the products below need no copies of slices.
        full = np.zeros((self._edge.shape[0], self._edge.shape[0]))
        kept = np.arange(self._n_fixed - n_fixed, full.shape[0] - 1)
        full[np.ix_(kept, kept)] = inverse_m
        for block, (inverse, solved) in zip(self._blocks, eliminated, strict=True):
            rows = solved.reshape(-1, full.shape[0])
            through = ((rows @ full) * rows).sum(axis=1).reshape(block.levels.shape)
            out[block.levels] = np.diagonal(inverse, axis1=1, axis2=2) + through
        return out

    def _slopes(self, theta: FloatArray, solved: _Solved) -> FloatArray:
        """d(−2 log REML)/dθ_j = 2 [Σ(1 − M⁻¹_ii) − (N − p) Σ b² / y′Py] / θ_j over the levels of term j; 0 at θ_j = 0."""
        apart = solved.traces - (self._n - self._n_fixed) * solved.effect_squares / solved.squares
        tiny = np.abs(theta) < 1e-7
        return np.where(tiny, 0.0, 2.0 * apart / np.where(tiny, 1.0, theta))

    def _polished(self, theta: FloatArray) -> FloatArray:
        """Newton's method from differences of the slopes, as long as it helps; terms without variance set to 0."""
        theta = np.where(theta**2 < _NO_VARIANCE * max(1.0, float((theta**2).max())), 0.0, theta)
        free = np.flatnonzero(theta > 0)

        def slopes(values: FloatArray) -> FloatArray:
            moved = theta.copy()
            moved[free] = values
            return self._slopes(moved, self._solve(moved))[free]

        for _ in range(_MAX_NEWTON_STEPS if free.size else 0):
            curvature = _differences(slopes, theta[free], 1e-4 * theta[free])
            if np.linalg.eigvalsh(curvature)[0] <= 0:
                break
            downhill = slopes(theta[free])
            step = np.linalg.solve(curvature, downhill)
            moved = theta.copy()
            moved[free] -= step
            if (moved[free] <= 0).any() or self._solve(moved).deviance > self._solve(theta).deviance + 1e-8:
                break
            theta = moved
            # Each step squares the error, so that one after such a small gain would change nothing.
            if float(downhill @ step) < 1e-8:
                break
        return theta

    def _standard_errors(self, theta: FloatArray, residual: float) -> FloatArray:
        """Square roots of twice the diagonal of the inverse of −2 log REML's second derivatives in the variances."""
        errors = np.full(theta.size + 1, np.nan)
        free = np.flatnonzero(np.append(theta**2, 1.0) > 0)

        def slopes(values: FloatArray) -> FloatArray:
            variances = np.zeros(theta.size + 1)
            variances[free] = values
            chance = variances[-1]
            ratio = variances[:-1] / chance
            solved = self._solve(np.sqrt(ratio))
            safe = np.where(ratio > 0, ratio, 1.0)
            by_term = (solved.traces - solved.effect_squares / chance) / (safe * chance)
            left = self._n - self._n_fixed - solved.traces.sum()
            by_chance = (left - (solved.squares - solved.effect_squares.sum()) / chance) / chance
            return np.append(by_term, by_chance)[free]

        at = np.append(theta**2 * residual, residual)[free]
        curvature = _differences(slopes, at, 1e-4 * at)
        if np.linalg.eigvalsh(curvature)[0] > 0:
            errors[free] = np.sqrt(2.0 * np.diag(np.linalg.inv(curvature)))
        return errors


def _moment_start(y: FloatArray, fixed: FloatArray, codes: list[IntArray]) -> FloatArray:
    """θ of each term by Henderson's Method 1 on what the fixed effects leave; a small one where that is not above 0."""
    left = y - fixed @ np.linalg.lstsq(fixed, y, rcond=None)[0]
    try:
        found = method_one(left, [*codes, np.arange(y.size)])
    except ValueError:
        return np.full(len(codes), 0.7)
    floor = 1e-6 * float(left.var())
    ratios = found[:-1] / max(float(found[-1]), floor)
    return np.sqrt(np.where(found[:-1] > floor, ratios, 0.1))


def _differences(slopes: Callable[[FloatArray], FloatArray], at: FloatArray, step: FloatArray) -> FloatArray:
    """Second derivatives as central differences of first ones, made symmetric."""
    columns = [(slopes(at + unit) - slopes(at - unit)) / (2.0 * unit.sum()) for unit in np.diag(step)]
    curvature = np.stack(columns, axis=1)
    return np.asarray((curvature + curvature.T) / 2.0)

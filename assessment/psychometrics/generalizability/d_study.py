"""Decision studies: how dependable a score is that rests on so many items, raters or calls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, as_given, share, vector
from assessment.psychometrics.generalizability.components import RESIDUAL, VarianceComponents
from assessment.psychometrics.generalizability.designs import Design, Effect, parse_design

Coefficient = Literal["generalizability", "dependability"]
Number = float | FloatArray
_ROUNDING = 1e-9

CALLS = (5, 10, 20, 30, 50)
"""Numbers of evaluations that the table of `evaluations_table` shows by default."""


@dataclass(frozen=True)
class DStudy:
    """Variances and coefficients of the mean score over the conditions asked for; floats or arrays as `n` was given.

    Attributes
    ----------
    universe_score : σ²(τ), variance of what is measured.
    relative_error : σ²(δ), error in comparing people with each other.
    absolute_error : σ²(Δ), error against a standard: σ²(δ) and how hard the conditions were.
    generalizability : Eρ² = σ²(τ) / (σ²(τ) + σ²(δ)).
    dependability : Φ = σ²(τ) / (σ²(τ) + σ²(Δ)).
    contributions : each effect's component over the number of conditions that it is averaged over.
    """

    universe_score: Number
    relative_error: Number
    absolute_error: Number
    generalizability: Number
    dependability: Number
    contributions: dict[str, Number]


def d_study(
    components: VarianceComponents | Mapping[str, float],
    n: Mapping[str, ArrayLike],
    *,
    design: str | None = None,
    measured: str | None = None,
    fixed: tuple[str, ...] = (),
) -> DStudy:
    """Error variances and coefficients for any numbers of conditions (Brennan, 2001, chapters 4 and 5).

    An effect counts as its component over the number of its conditions, nested ones counted over all of their nests. Effects
    of the object of measurement with random facets make the relative error; effects without it are added for the absolute
    one. A fixed facet is the same in every repetition: what persons do in it belongs to the universe score.

    Parameters
    ----------
    components : from `variance_components`, negative ones taken as 0; or component by effect name, with `design`.
    n : conditions of every facet but the object of measurement, within each level of what it is nested in (4 raters for
        each task); numbers or arrays that broadcast, each at least 1. Infinity leaves the facet without error.
    design : of the D study, if not that of the components: facets crossed there may be nested here, not the reverse.
    measured : object of measurement; by default the first facet that is nested in none.
    fixed : facets whose conditions are all that matter.

    Raises
    ------
    ValueError
        Facets that are missing or unknown, numbers below 1, an object of measurement that is nested or fixed, or components
        that do not belong to the design.
    """
    found, studied, effects = _as_components(components, design)
    target = _measured(studied, measured)
    if target in fixed or not set(fixed) <= set(studied.facets):
        raise ValueError("fixed must name facets of the design, without the object of measurement")
    conditions = _conditions(n, studied, target)
    tau, relative, absolute = np.zeros(()), np.zeros(()), np.zeros(())
    contributions: dict[str, Number] = {}
    for effect in effects:
        facets = studied.closure(effect.facets & set(studied.facets)) - {target}
        part = np.asarray(found[effect.name] / math.prod((conditions[facet] for facet in facets), start=np.ones(())))
        contributions[effect.name] = as_given(part)
        if RESIDUAL not in effect.facets and facets <= set(fixed):
            tau = tau + (part if target in effect.facets else 0.0)
        else:
            relative = relative + (part if target in effect.facets else 0.0)
            absolute = absolute + part
    return DStudy(
        universe_score=as_given(tau),
        relative_error=as_given(relative),
        absolute_error=as_given(absolute),
        generalizability=as_given(_coefficient(tau, relative)),
        dependability=as_given(_coefficient(tau, absolute)),
        contributions=contributions,
    )


def conditions_needed(
    components: VarianceComponents | Mapping[str, float],
    facet: str,
    target: float,
    n: Mapping[str, float] | None = None,
    *,
    coefficient: Coefficient = "generalizability",
    design: str | None = None,
    measured: str | None = None,
) -> int:
    """Fewest conditions of `facet` for a coefficient of at least `target`, the other facets as in `n`.

    Error is a + b / k in the number k of conditions, so that k = b / (σ²(τ) (1 − target) / target − a), rounded up.

    Raises
    ------
    ValueError
        No number is enough: what the other facets bring keeps the coefficient below `target`.
    """
    share("target", target)
    if coefficient not in ("generalizability", "dependability"):
        raise ValueError(f"coefficient must be 'generalizability' or 'dependability'; it is {coefficient!r}")
    ends = d_study(components, dict(n or {}) | {facet: np.array([1.0, np.inf])}, design=design, measured=measured)
    error = ends.relative_error if coefficient == "generalizability" else ends.absolute_error
    with_one, at_best = (float(value) for value in np.broadcast_to(np.asarray(error), (2,)))
    room = float(np.max(ends.universe_score)) * (1.0 - target) / target - at_best
    if room <= 0 or not math.isfinite(room):
        raise ValueError(f"target must be within reach: no number of {facet} brings the coefficient to {target:g}")
    return max(1, math.ceil((with_one - at_best) / room - _ROUNDING))


class EvaluationsTable(NamedTuple):
    """Reliability of the mean of so many evaluations, (m, c), and the fewest evaluations for the target, (m,)."""

    reliability: FloatArray
    needed: IntArray


def evaluations_table(single: ArrayLike, counts: ArrayLike = CALLS, target: float = 0.70) -> EvaluationsTable:
    """How many calls? ρ_k = k ρ₁ / (1 + (k − 1) ρ₁), and k = ρ* (1 − ρ₁) / (ρ₁ (1 − ρ*)), rounded up (Spearman, 1910; Brown, 1910).

    Parameters
    ----------
    single : (m,) reliability of one evaluation, strictly between 0 and 1, such as
        `AgentScores.single_evaluation_reliability`.
    counts : (c,) numbers of evaluations, at least 1.
    target : reliability wanted, strictly between 0 and 1.
    """
    one = vector("single", single, complete=True)
    if ((one <= 0) | (one >= 1)).any():
        raise ValueError("single must lie strictly between 0 and 1")
    k = vector("counts", counts, complete=True)
    if (k < 1).any():
        raise ValueError("counts must be at least 1")
    share("target", target)
    reliability = k * one[:, None] / (1.0 + (k - 1.0) * one[:, None])
    needed = np.ceil(target * (1.0 - one) / (one * (1.0 - target)) - _ROUNDING)
    return EvaluationsTable(reliability, np.maximum(needed, 1.0).astype(np.int64))


def _as_components(
    components: VarianceComponents | Mapping[str, float], design: str | None
) -> tuple[dict[str, float], Design, list[Effect]]:
    """Components at least 0, the design of the D study, and the effects that the components are of."""
    if isinstance(components, VarianceComponents):
        estimated, values = parse_design(components.design), components.estimate
    elif design is None:
        raise ValueError("design must be given with components by name")
    else:
        estimated, values = parse_design(design), dict(components)
    effects = list(estimated.effects())
    if RESIDUAL in values:
        effects.append(Effect(RESIDUAL, frozenset({RESIDUAL}), frozenset(estimated.facets) | {RESIDUAL}))
    if {effect.name for effect in effects} != set(values):
        raise ValueError(f"components must be of the effects {', '.join(effect.name for effect in effects)}")
    if not all(math.isfinite(value) for value in values.values()):
        raise ValueError("components must be finite")
    studied = estimated if design is None else parse_design(design)
    if set(studied.facets) != set(estimated.facets):
        raise ValueError(f"design must name the facets {', '.join(estimated.facets)}")
    if any(not estimated.nested_in[facet] <= studied.nested_in[facet] for facet in studied.facets):
        raise ValueError("design must keep nested what was nested when the components were estimated")
    return {name: max(0.0, value) for name, value in values.items()}, studied, effects


def _measured(design: Design, measured: str | None) -> str:
    free = [facet for facet in design.facets if not design.nested_in[facet]]
    chosen = free[0] if measured is None else measured
    if chosen not in free:
        raise ValueError(f"measured must be one of {', '.join(free)}; it is {measured!r}")
    return chosen


def _conditions(n: Mapping[str, ArrayLike], design: Design, measured: str) -> dict[str, FloatArray]:
    wanted = [facet for facet in design.facets if facet != measured]
    if set(n) != set(wanted):
        raise ValueError(f"n must give a number for each of {', '.join(wanted)}")
    out = {}
    for facet, value in n.items():
        given = np.asarray(value, dtype=np.float64)
        if not (given >= 1).all():
            raise ValueError(f"n must be at least 1 for {facet}")
        out[facet] = given
    return out


def _coefficient(tau: FloatArray, error: FloatArray) -> FloatArray:
    whole = np.asarray(tau + error)
    return np.asarray(np.divide(tau, whole, out=np.full(whole.shape, np.nan), where=whole > 0))

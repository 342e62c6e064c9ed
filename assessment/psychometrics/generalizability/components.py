"""Variance components of a measurement design: how much of a score's variance each facet brings."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, labels, numbers, share, vector
from assessment.psychometrics.generalizability.analysis_of_variance import (
    Cells,
    analysis_of_variance,
    cells_of,
    is_balanced,
    method_one,
)
from assessment.psychometrics.generalizability.designs import Design, Effect, parse_design
from assessment.psychometrics.generalizability.mixed_model import MixedModel
from assessment.psychometrics.intervals import Interval

Method = Literal["anova", "reml"]
RESIDUAL = "residual"


@dataclass(frozen=True)
class VarianceComponents:
    """Variance components; mappings go from the name of an effect, such as `p`, `r:t` or `p x r:t`.

    Attributes
    ----------
    estimate : components with negative estimates set to 0, in squared units of the scores.
    raw : as estimated; REML is never negative.
    standard_error : Brennan's (2001) for the analysis of variance of balanced data; from the observed information for REML,
        NaN for a component of 0; empty for unbalanced data by the analysis of variance.
    mean_squares, df : of balanced data by the analysis of variance, else empty.
    satterthwaite_df : degrees of freedom of the chi-square that `confidence_interval` uses.
    n_levels : distinct levels of each facet, counted within what it is nested in.
    n : scores.
    design, method : as they were used.
    """

    estimate: dict[str, float]
    raw: dict[str, float]
    standard_error: dict[str, float]
    mean_squares: dict[str, float]
    df: dict[str, int]
    satterthwaite_df: dict[str, float]
    n_levels: dict[str, int]
    n: int
    design: str
    method: Method

    @property
    def shares(self) -> dict[str, float]:
        """Each component's share of their sum, the variance of one score; NaN if there is none."""
        total = sum(self.estimate.values())
        return {name: value / total if total > 0 else float("nan") for name, value in self.estimate.items()}

    def confidence_interval(self, level: float = 0.95) -> dict[str, Interval]:
        """Satterthwaite's (1946) interval ν σ̂² / χ²_ν of each component, ν = 2 (σ̂² / standard error)².

        The ends are NaN for a component that is estimated at 0 or below, or whose precision is not known.
        """
        from scipy.special import chdtri

        tail = (1.0 - share("level", level)) / 2.0
        out = {}
        for name, value in self.raw.items():
            df = self.satterthwaite_df.get(name, float("nan"))
            if value > 0 and df > 0:
                out[name] = Interval(float(df * value / chdtri(df, tail)), float(df * value / chdtri(df, 1.0 - tail)))
            else:
                out[name] = Interval(float("nan"), float("nan"))
        return out


def variance_components(
    scores: ArrayLike,
    design: str,
    facets: Mapping[str, Sequence[Hashable]] | None = None,
    method: Method | None = None,
) -> VarianceComponents:
    """Estimate the variance components of a random design with any number of crossed and nested facets.

    Parameters
    ----------
    scores : an array with one axis a facet, in the order in which the design names them (`p x (r:t)`: persons, raters within
        task, tasks), NaN for scores that are missing; or, with `facets`, (N,) one score an observation.
    design : facets joined by `x` (crossed) and `:` (nested in), such as `p x i`, `i:p`, `p x i x o` or `p x (r:t)`.
    facets : for each facet of the design N labels of one kind. Labels of a nested facet need to be distinct only within
        what it is nested in.
    method : `anova` or `reml`; by default `anova` where every combination that the design allows was observed equally often,
        and `reml` elsewhere. On balanced data without a negative estimate they agree. The analysis of variance of
        unbalanced data is Henderson's Method 1.

    Returns
    -------
    VarianceComponents. The effect that takes all facets is the residual of one score for each combination; where some have
    several, `residual` is what those differ by.

    Raises
    ------
    ValueError
        A design that cannot be read, facets that do not fit it or do not have two levels, too few scores for the effects, or
        scores that never vary.
    """
    layout = parse_design(design)
    if method not in (None, "anova", "reml"):
        raise ValueError(f"method must be 'anova', 'reml' or None; it is {method!r}")
    y, levels = _from_array(scores, layout) if facets is None else _from_labels(scores, facets, layout)
    if np.ptp(y) == 0:
        raise ValueError(f"scores must vary; each is {y[0]:g}")
    cells = cells_of(layout.effects(), levels)
    balanced = is_balanced(cells)
    n_levels = {facet: each.n.size for each in cells if len(each.effect.main) == 1 for facet in each.effect.main}
    if cells[-1].n.max() > 1:
        replicate = Effect(RESIDUAL, frozenset({RESIDUAL}), frozenset(layout.facets) | {RESIDUAL})
        cells.append(Cells(replicate, np.arange(y.size), np.ones(y.size)))
    _refuse_confounded(cells)
    if method == "reml" or (method is None and not balanced):
        return _by_reml(y, cells, n_levels, design)
    return _by_anova(y, cells, balanced, n_levels, design)


def _by_anova(y: FloatArray, cells: list[Cells], balanced: bool, n_levels: dict[str, int], design: str) -> VarianceComponents:
    names = [each.effect.name for each in cells]

    def named(values: FloatArray) -> dict[str, float]:
        return dict(zip(names, values.tolist(), strict=True))

    table = analysis_of_variance(y, cells) if balanced else None
    components = method_one(y, [each.code for each in cells]) if table is None else table.components
    return VarianceComponents(
        estimate=named(np.maximum(components, 0.0)),
        raw=named(components),
        standard_error={} if table is None else named(table.standard_errors),
        mean_squares={} if table is None else named(table.mean_squares),
        df={} if table is None else dict(zip(names, table.df.tolist(), strict=True)),
        satterthwaite_df={} if table is None else named(table.satterthwaite_df),
        n_levels=n_levels,
        n=y.size,
        design=design,
        method="anova",
    )


def _by_reml(y: FloatArray, cells: list[Cells], n_levels: dict[str, int], design: str) -> VarianceComponents:
    *random, last = cells
    fit = MixedModel(y, np.ones((y.size, 1)), {each.effect.name: each.code for each in random}).fit()
    raw = fit.variances | {last.effect.name: fit.residual}
    errors = {name: fit.standard_errors[name] for name in fit.variances} | {last.effect.name: fit.standard_errors["residual"]}
    return VarianceComponents(
        estimate=dict(raw),
        raw=raw,
        standard_error=errors,
        mean_squares={},
        df={},
        satterthwaite_df={name: 2.0 * (raw[name] / errors[name]) ** 2 for name in raw if errors[name] > 0},
        n_levels=n_levels,
        n=y.size,
        design=design,
        method="reml",
    )


def _from_array(scores: ArrayLike, layout: Design) -> tuple[FloatArray, dict[str, IntArray]]:
    given = numbers("scores", scores)
    if given.ndim != len(layout.facets):
        raise ValueError(
            f"scores must have one axis for each of the facets {', '.join(layout.facets)}; their shape is {given.shape}"
        )
    known = ~np.isnan(given)
    places = np.nonzero(known)
    return given[known], _not_empty(dict(zip(layout.facets, (place.astype(np.int64) for place in places), strict=True)))


def _from_labels(
    scores: ArrayLike, facets: Mapping[str, Sequence[Hashable]], layout: Design
) -> tuple[FloatArray, dict[str, IntArray]]:
    given = vector("scores", scores)
    if set(facets) != set(layout.facets):
        raise ValueError(f"facets must be those of the design, {', '.join(layout.facets)}; they are {', '.join(facets)}")
    for name, listed in facets.items():
        if len(listed) != given.size:
            raise ValueError(f"facet {name} must hold {given.size} labels, one a score; it holds {len(listed)}")
    at: list[int] = np.flatnonzero(~np.isnan(given)).tolist()
    return given[at], _not_empty({name: labels(name, [facets[name][i] for i in at], len(at))[1] for name in layout.facets})


def _not_empty(levels: dict[str, IntArray]) -> dict[str, IntArray]:
    if not next(iter(levels.values())).size:
        raise ValueError("scores must hold at least one score")
    return levels


def _refuse_confounded(cells: list[Cells]) -> None:
    if len(cells) < 2:
        raise ValueError("design must have at least two effects, or several scores for each level of its one")
    for each in cells:
        if each.n.size < 2:
            raise ValueError(f"facet {each.effect.name} must have at least two levels")
    for one, other in itertools.combinations(cells, 2):
        if one.n.size == other.n.size == np.unique(one.code * other.n.size + other.code).size:
            raise ValueError(f"facets must tell {one.effect.name} from {other.effect.name}; in these scores they are confounded")

"""Agreement of raters in a plain table: rows are targets, columns raters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, get_args

import numpy as np

from assessment.errors import Refusal
from assessment.psychometrics import agreement
from assessment.psychometrics.agreement.intraclass import Kind
from assessment.psychometrics.agreement.krippendorff import Level
from assessment.psychometrics.agreement.weighted import Weights
from assessment.psychometrics.arrays import FloatArray
from assessment.services.tabulated.figures import finite, with_interval

T = TypeVar("T")


class _Indices:
    """Indices that the ratings allow; those they do not allow are None, and `why` says so."""

    def __init__(self) -> None:
        self.why: dict[str, str] = {}

    def of(self, name: str, make: Callable[[], T], show: Callable[[T], Any]) -> Any:
        try:
            return show(make())
        except ValueError as error:
            self.why[name] = str(error)
            return None


def coded(ratings: Mapping[str, Sequence[str | None]]) -> dict[str, FloatArray]:
    """Categories as numbers, the same number for the same word whoever gave it; NaN for None."""
    words = sorted({word for column in ratings.values() for word in column if word is not None})
    place: dict[str | None, float] = {word: float(i) for i, word in enumerate(words)}
    return {name: np.array([place.get(word, np.nan) for word in column]) for name, column in ratings.items()}


def agreement_of(
    ratings: Mapping[str, FloatArray], *, nominal: bool = False, points: int | None = None, resamples: int = 0, seed: int = 0
) -> dict[str, Any]:
    """Every index of agreement that the ratings allow.

    `nominal` ratings are codes without an order, of which only percentages, kappas and nominal alpha are told. `points` of
    the rating scale, counted from 1, give within-group agreement; `resamples` an interval of Krippendorff's alpha. Raises
    Refusal for fewer than two raters or nothing rated twice.
    """
    table = np.column_stack(list(ratings.values())) if ratings else np.empty((0, 0))
    if table.shape[1] < 2 or not ((~np.isnan(table)).sum(axis=1) > 1).any():
        raise Refusal("Agreement needs two raters at least, one a column, and a target that two of them rated.")
    found = _Indices()
    report: dict[str, Any] = {"n_targets": int(table.shape[0]), "n_raters": int(table.shape[1]), "raters": list(ratings)}
    report["percent_agreement"] = found.of("percent_agreement", lambda: agreement.percent_agreement(table), with_interval)
    report["fleiss_kappa"] = found.of(
        "fleiss_kappa", lambda: agreement.fleiss_kappa(agreement.category_counts(table)), with_interval
    )
    report["conger_kappa"] = found.of("conger_kappa", lambda: agreement.conger_kappa(table), with_interval)
    levels: tuple[Level, ...] = ("nominal",) if nominal else get_args(Level)
    alpha = partial(_krippendorff, resamples=resamples, seed=seed)
    report["krippendorff_alpha"] = {
        level: found.of(f"krippendorff_alpha {level}", partial(agreement.krippendorff_alpha, table, level), alpha)
        for level in levels
    }
    if not nominal:
        report |= _ordered(table, points, found)
    return report | {"why": found.why}


def _ordered(table: FloatArray, points: int | None, found: _Indices) -> dict[str, Any]:
    kinds: tuple[Kind, ...] = get_args(Kind)
    credits: tuple[Weights, ...] = get_args(Weights)
    within = None
    if points is not None:
        within = found.of("within_group_agreement", lambda: agreement.within_group_agreement(table, points), _within_group)
    return {
        "intraclass_correlation": {
            kind: found.of(f"intraclass_correlation {kind}", partial(agreement.intraclass_correlation, table, kind), with_interval)
            for kind in kinds
        },
        "weighted_kappa": {
            weights: found.of(f"weighted_kappa {weights}", partial(agreement.weighted_kappa, table, weights), with_interval)
            for weights in (credits if table.shape[1] == 2 else ())
        },
        "kendall_w": found.of(
            "kendall_w",
            lambda: agreement.kendall_w(table),
            lambda w: {"estimate": finite(w.estimate), "p_value": finite(w.p_value)},
        ),
        "within_group_agreement": within,
    }


def _krippendorff(found: agreement.KrippendorffAlpha, *, resamples: int, seed: int) -> dict[str, Any]:
    interval = None
    if resamples:
        ends = found.confidence_interval(rng=np.random.default_rng(seed), n_resamples=resamples)
        interval = [finite(end) for end in ends]
    return {"estimate": finite(found.estimate), "interval": interval}


def _within_group(found: agreement.WithinGroupAgreement) -> dict[str, Any]:
    fields = ("rwg_j", "rwg_star_j", "awg_j", "ad_mean_j", "ad_median_j")
    return {field: finite(getattr(found, field)) for field in fields} | {"rwg": [finite(value) for value in found.rwg]}

"""Figures of a plain table: the items of a form, the validity of a score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np

from assessment.errors import Refusal
from assessment.psychometrics import classical
from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.validity import correct_range_restriction, disattenuate, validity_coefficient
from assessment.services.tabulated.figures import finite, refusing, value_or_none, with_interval

Case = Literal["I", "II", "III", "IV", "V"]
CASES: tuple[Case, ...] = get_args(Case)
LOW_ITEM_REST = 0.2
"""An item that correlates less with the rest of its form is worth a look."""


def items(columns: Mapping[str, FloatArray], reversed_items: Sequence[str] = ()) -> dict[str, Any]:
    """Classical item analysis of items that are columns: each item, alpha with its interval, other coefficients of the sum.

    A reversed item x counts as low + high − x, the ends being those of all items together. Raises Refusal where there are too
    few people or items, or an item on which nobody differs.
    """
    if len(columns) < 3:
        raise Refusal(f"An item analysis needs three items at least; there are {len(columns)}.")
    _refuse_flat_items(columns)
    names = list(columns)
    scores = np.column_stack(list(columns.values()))
    turned = np.array([name in reversed_items for name in names])
    scores = np.where(turned, np.nanmin(scores) + np.nanmax(scores) - scores, scores)
    with refusing():
        found = classical.item_analysis(scores)
        alpha = with_interval(found.alpha)
    fields = ("n", "mean", "sd", "item_rest_correlation", "alpha_if_deleted")
    return {
        "n_people": found.alpha.n_people,
        "n_items": len(names),
        "alpha": alpha,
        "standardized_alpha": value_or_none(lambda: classical.standardized_alpha(scores).estimate),
        "omega_total": value_or_none(lambda: classical.omega_total(scores, standardized=False).estimate),
        "lambda_6": value_or_none(lambda: classical.lambda_6(scores).estimate),
        "items": [
            {"item": name, "reversed": name in reversed_items} | {field: finite(getattr(found, field)[i]) for field in fields}
            for i, name in enumerate(names)
        ],
        "hints": list(_hints(names, found)),
    }


def validity(
    score: FloatArray,
    criterion: FloatArray,
    *,
    case: Case | None = None,
    given: Mapping[str, float],
    resamples: int = 0,
    seed: int = 0,
) -> dict[str, Any]:
    """Correlation of a score with a criterion, and a corrected one where what it needs is `given`.

    `given` holds arguments of `correct_range_restriction` by name; `ryy` and `rxx` without a case correct for unreliability
    alone. With `resamples` the bootstrap's interval stands beside Fisher's. Raises Refusal for fewer than 4 people who have
    both, a side that does not vary, and figures that are impossible or do not belong to the case.
    """
    report: dict[str, Any] = {}
    kinds: tuple[Literal["pearson", "spearman"], ...] = ("pearson", "spearman")
    for kind in kinds:
        with refusing():
            found = validity_coefficient(score, criterion, kind)
            figures = with_interval(found) | {"p_value": found.p_value}
            if resamples:
                interval = found.bootstrap_interval(np.random.default_rng(seed), n_resamples=resamples)
                figures["bootstrap_interval"] = list(interval)
        report |= {"n": found.n, kind: figures}
    plain = report["pearson"]
    with refusing():
        ends = [_corrected(r, case, given) for r in (plain["estimate"], *plain["interval"])] if given or case else None
    return report | {"corrected": ends and {"estimate": ends[0], "interval": ends[1:], "case": case} | dict(given)}


def _corrected(r: float, case: Case | None, given: Mapping[str, float]) -> float:
    if case is not None:
        return float(correct_range_restriction(r, case=case, **given))
    beside = set(given) - {"ryy", "rxx"}
    if beside:
        raise ValueError(f"{' and '.join(sorted(beside))} correct for range restriction, which needs its case (I to V)")
    return float(disattenuate(r, given.get("ryy", 1.0), given.get("rxx", 1.0)))


def _refuse_flat_items(columns: Mapping[str, FloatArray]) -> None:
    for name, values in columns.items():
        known = values[~np.isnan(values)]
        if known.size < 2 or np.ptp(known) == 0:
            why = "nobody answered it" if not known.size else f"everybody who answered has {known[0]:g}"
            raise Refusal(f"Item {name} cannot be analysed: {why}. Leave it out with --columns.")


def _hints(names: Sequence[str], found: classical.ItemAnalysis) -> Iterator[str]:
    for name, rest in zip(names, found.item_rest_correlation, strict=True):
        if rest < 0:
            yield f"{name} goes against the others ({rest:.2f}): is it worded the other way? See --reverse."
        elif rest < LOW_ITEM_REST:
            yield f"{name} has little to do with the others ({rest:.2f})."

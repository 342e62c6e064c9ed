"""Item response models of a plain table: columns are items, their values ordered categories (options, for nrm)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from assessment.errors import Refusal
from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.irt import Calibration, Model, calibrate
from assessment.services.tabulated.figures import finite, refusing

MOST_CATEGORIES = 50

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Coded:
    """Responses counted from 0, (n, k), with the `values` of each column that the counts stand for, rising."""

    responses: FloatArray
    values: Mapping[str, tuple[float, ...]]


def coded(columns: Mapping[str, FloatArray]) -> Coded:
    """The distinct values of each column as 0, 1, 2 … in their order. Raises Refusal for a column of too many or one alone."""
    if not columns:
        raise Refusal("There is no item to calibrate.")
    values: dict[str, tuple[float, ...]] = {}
    out = np.empty((len(next(iter(columns.values()))), len(columns)))
    for j, (name, answers) in enumerate(columns.items()):
        known = ~np.isnan(answers)
        distinct, place = np.unique(answers[known], return_inverse=True)
        if not 2 <= distinct.size <= MOST_CATEGORIES:
            why = "nobody answered it" if not distinct.size else f"it has {distinct.size} different value{'s'[: distinct.size > 1]}"
            raise Refusal(f"Item {name} cannot be calibrated: {why}. An item has 2 to {MOST_CATEGORIES} categories.")
        out[:, j] = np.nan
        out[known, j] = place
        values[name] = tuple(map(float, distinct))
    return Coded(out, values)


def recoding_notes(found: Coded) -> list[str]:
    """What the counts stand for, columns of the same values together: `1, 2, 3 are counted as 0, 1, 2 in A1, A2`."""
    columns: dict[tuple[float, ...], list[str]] = {}
    for name, values in found.values.items():
        columns.setdefault(values, []).append(name)
    notes = []
    for values, names in columns.items():
        if values != tuple(range(len(values))):
            shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
            counts = ", ".join(map(str, range(len(values))))
            notes.append(f"{', '.join(f'{value:g}' for value in values)} are counted as {counts} in {shown}.")
    return notes


def calibration(
    found: Coded, model: Model, *, standard_errors: bool, starts: int, seed: int, max_iterations: int, progress: Progress
) -> dict[str, Any]:
    """Calibrate and report `{"model", "n_people", "log_likelihood", …, "items": [{"item", "slope", "intercepts", …}]}`.

    Raises Refusal where the data do not allow the model.
    """

    def told(iteration: int, log_likelihood: float, step: float) -> None:
        progress(f"Iteration {iteration}: log-likelihood {log_likelihood:.3f}, largest step {step:.2g}.")

    with refusing():
        result = calibrate(
            found.responses,
            model,
            standard_errors=standard_errors,
            starts=starts,
            seed=seed,
            max_iterations=max_iterations,
            progress=told,
        )
        reliability = result.marginal_reliability()
    return {
        "model": result.model,
        "n_people": result.n_people,
        "n_items": result.n_items,
        "n_parameters": result.n_parameters,
        "log_likelihood": finite(result.log_likelihood),
        "aic": finite(result.aic),
        "bic": finite(result.bic),
        "converged": result.converged,
        "n_iterations": result.n_iterations,
        "latent_sd": finite(result.latent_sd),
        "marginal_reliability": finite(reliability),
        "items": [_item(result, name, values, i) for i, (name, values) in enumerate(found.values.items())],
    }


def _item(result: Calibration, name: str, values: tuple[float, ...], i: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"item": name, "categories": list(values)}
    entry |= _parameters(result.slopes[i], result.intercepts[i], result.difficulties[i], len(values), result.model)
    errors = result.standard_errors
    if errors is not None:
        found = _parameters(errors.slopes[i], errors.intercepts[i], errors.difficulties[i], len(values), result.model)
        entry["standard_errors"] = found
    return entry


def _parameters(slope: Any, intercepts: Any, difficulties: Any, n_categories: int, model: Model) -> dict[str, Any]:
    """Of one item, without the places beyond its categories; nrm has a slope and an intercept for each category."""
    nominal = model == "nrm"
    return {
        "slope": _listed(slope, n_categories) if nominal else finite(slope),
        "intercepts": _listed(intercepts, n_categories if nominal else n_categories - 1),
        "difficulties": _listed(difficulties, n_categories - 1),
    }


def _listed(values: Any, n: int) -> list[float | None]:
    return [finite(value) for value in np.atleast_1d(values)[:n]]

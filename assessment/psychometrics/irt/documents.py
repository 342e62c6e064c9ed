"""A calibration as a document of plain numbers, strings and lists, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import numpy as np

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray
from assessment.psychometrics.irt.calibrated_items import CalibratedItems, Group
from assessment.psychometrics.irt.curves import MODELS, Model

Items = TypeVar("Items", bound=CalibratedItems)


def to_document(calibration: CalibratedItems) -> dict[str, Any]:
    """See `Calibration.to_dict`."""
    return {
        "model": calibration.model,
        "slopes": _listed(calibration.slopes),
        "intercepts": _listed(calibration.intercepts),
        "n_categories": calibration.n_categories.tolist(),
        "log_likelihood": calibration.log_likelihood,
        "n_parameters": calibration.n_parameters,
        "n_people": calibration.n_people,
        "n_iterations": calibration.n_iterations,
        "converged": calibration.converged,
        "n_nodes": calibration.n_nodes,
        "theta_range": list(calibration.theta_range),
        "latent_mean": calibration.latent_mean,
        "latent_sd": calibration.latent_sd,
        "fixed_items": list(calibration.fixed_items),
        "total_weight": calibration.total_weight,
        "groups": [
            {
                "label": group.label.item() if isinstance(group.label, np.generic) else group.label,
                "n_people": group.n_people,
                "mean": group.mean,
                "sd": group.sd,
            }
            for group in calibration.groups
        ],
    }


def from_document(kind: type[Items], document: Mapping[str, Any]) -> Items:
    """See `Calibration.from_dict`; `kind` is what is made of the document."""
    try:
        found = _read(kind, document)
    except KeyError as error:
        raise ValueError(f"document must be what to_dict wrote; it has no {error.args[0]!r}") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"document must be what to_dict wrote; {error}") from error
    _check(found)
    return found


def _read(kind: type[Items], document: Mapping[str, Any]) -> Items:
    model = document["model"]
    n_categories = np.array(document["n_categories"], dtype=np.int64)
    slopes, intercepts = _array(document["slopes"]), _array(document["intercepts"])
    low, high = (float(end) for end in document["theta_range"])
    log_likelihood = float(document["log_likelihood"])
    return kind(
        cast(Model, model),
        slopes,
        intercepts,
        n_categories,
        log_likelihood,
        int(document["n_parameters"]),
        int(document["n_people"]),
        int(document["n_iterations"]),
        bool(document["converged"]),
        np.array([log_likelihood]),
        int(document["n_nodes"]),
        (low, high),
        float(document["latent_mean"]),
        float(document["latent_sd"]),
        groups=tuple(
            Group(group["label"], int(group["n_people"]), float(group["mean"]), float(group["sd"])) for group in document["groups"]
        ),
        fixed_items=tuple(int(item) for item in document["fixed_items"]),
        total_weight=None if document["total_weight"] is None else float(document["total_weight"]),
    )


def _check(found: CalibratedItems) -> None:
    """Refuses parts that do not fit together."""
    model, sizes = found.model, found.n_categories
    if model not in MODELS:
        raise ValueError(f"document must name a model, one of {', '.join(MODELS)}; it has {model!r}")
    dichotomous = model in ("1pl", "2pl")
    if sizes.ndim != 1 or sizes.size == 0 or (sizes < 2).any() or (dichotomous and (sizes > 2).any()):
        raise ValueError(f"document must have n_categories of at least 2, for 1pl and 2pl of 2; it has {sizes.tolist()}")
    k, m = sizes.size, int(sizes.max())
    wanted = ((k, m), (k, m)) if model == "nrm" else ((k,), (k,) if dichotomous else (k, m - 1))
    if (found.slopes.shape, found.intercepts.shape) != wanted:
        raise ValueError(f"document must have slopes and intercepts of shapes {wanted[0]} and {wanted[1]}")
    for name, values in (("slopes", found.slopes), ("intercepts", found.intercepts)):
        if not (np.isfinite(values) == _exists(values, sizes, m)).all():
            raise ValueError(f"document must have {name} for each category of each item and none beyond")
    if model == "grm" and (np.diff(found.intercepts, axis=1) >= 0).any():
        raise ValueError("document must have intercepts of grm that fall from one category to the next")
    low, high = found.theta_range
    if not (np.isfinite([low, high]).all() and low < high and found.n_nodes >= 2):
        raise ValueError(f"document must have at least two nodes on a theta_range that rises; it has {found.theta_range}")
    spreads = [found.latent_sd, *(group.sd for group in found.groups)]
    means = [found.latent_mean, *(group.mean for group in found.groups)]
    if not (np.isfinite(means).all() and np.isfinite(spreads).all() and min(spreads) > 0):
        raise ValueError("document must have means of θ that are finite and SDs above 0")
    if not set(found.fixed_items) <= set(range(k)):
        raise ValueError(f"document must have fixed_items that are places of items, from 0 to {k - 1}")


def _exists(values: FloatArray, sizes: IntArray, m: int) -> BoolArray:
    """Where an item has such a parameter, in the shape of `values`."""
    if values.ndim == 1:
        return np.ones(values.shape, dtype=np.bool_)
    missing_below = m - values.shape[1]
    return np.asarray(np.arange(missing_below, m) < sizes[:, None])


def _listed(values: FloatArray) -> list[Any]:
    plain = values.astype(object)
    plain[np.isnan(values)] = None
    return cast(list[Any], plain.tolist())


def _array(values: Any) -> FloatArray:
    return np.array(values, dtype=np.float64)

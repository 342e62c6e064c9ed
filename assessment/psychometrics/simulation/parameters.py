"""Made-up item parameters of the size that calibrated forms have."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, count, vector
from assessment.psychometrics.irt.curves import MODELS, Model

SLOPE_SPREAD = 0.3
"""SD of the logarithm of a slope around a median of 1: nine slopes in ten lie between .6 and 1.6."""
THRESHOLD_SPAN = 3.0
THRESHOLD_JITTER = 0.15
OPTION_SLOPE_SD = 0.8


class ItemParameters(NamedTuple):
    """Parameters in the shapes of a `Calibration` of `model`: NaN beyond an item's own categories."""

    model: Model
    slopes: FloatArray
    intercepts: FloatArray
    n_categories: IntArray


def simulate_item_parameters(
    model: Model, n_items: int, rng: np.random.Generator, *, n_categories: ArrayLike | None = None
) -> ItemParameters:
    """Item parameters that look like those of a real form.

    Slopes are lognormal around 1 (one drawn slope for all items of 1pl; 1 for pcm), item locations standard normal. The
    thresholds of an ordered item lie evenly over 3 units of θ around its location, each shaken a little, so that those of
    gpcm and pcm may change places now and then as estimated ones do; those of grm never do. The options of a nrm item have
    normal slopes and intercepts, both centred.

    Parameters
    ----------
    n_items : at least 1.
    n_categories : of every item, or (n_items,) of each, at least 2; 2 for 1pl and 2pl, 4 for the others if not given.

    Raises
    ------
    ValueError
        An unknown model; categories that the model or an item cannot have.
    """
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}; it is {model!r}")
    k = count("n_items", n_items, at_least=1)
    dichotomous = model in ("1pl", "2pl")
    asked = (2 if dichotomous else 4) if n_categories is None else n_categories
    categories = vector("n_categories", np.broadcast_to(asked, (k,)) if np.ndim(asked) == 0 else asked, length=k, complete=True)
    if (categories != np.floor(categories)).any() or (categories < 2).any() or (dichotomous and (categories > 2).any()):
        rule = "2 for 1pl and 2pl" if dichotomous else "whole numbers of at least 2"
        raise ValueError(f"n_categories must be {rule}")
    m = int(categories.max())
    exists = np.arange(m) < categories[:, None]
    if model == "nrm":
        slopes, intercepts = (np.where(exists, rng.normal(0.0, sd, (k, m)), np.nan) for sd in (OPTION_SLOPE_SD, 1.0))
        slopes, intercepts = (drawn - np.nanmean(drawn, axis=1, keepdims=True) for drawn in (slopes, intercepts))
        return ItemParameters(model, slopes, intercepts, categories.astype(np.int64))
    slopes = np.ones(k) if model == "pcm" else rng.lognormal(0.0, SLOPE_SPREAD, 1 if model == "1pl" else k) * np.ones(k)
    location = rng.standard_normal(k)
    if dichotomous:
        return ItemParameters(model, slopes, -slopes * location, categories.astype(np.int64))
    step = np.arange(1.0, m)
    # The middle of each of as many equal stretches as there are thresholds.
    offset = THRESHOLD_SPAN * ((step - 0.5) / (categories[:, None] - 1.0) - 0.5)
    threshold = location[:, None] + offset + rng.normal(0.0, THRESHOLD_JITTER, (k, m - 1))
    threshold = np.where(exists[:, 1:], threshold, np.nan)
    if model == "grm":
        # NaN sorts last, so that each item keeps its own thresholds in front.
        return ItemParameters(model, slopes, -slopes[:, None] * np.sort(threshold, axis=1), categories.astype(np.int64))
    return ItemParameters(model, slopes, -slopes[:, None] * np.cumsum(threshold, axis=1), categories.astype(np.int64))

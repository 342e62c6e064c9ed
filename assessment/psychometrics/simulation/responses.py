"""Responses that follow an item response model."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, matrix, vector
from assessment.psychometrics.irt.curves import MODELS, Model, category_probabilities

PEOPLE_AT_A_TIME = 8_192


def simulate_responses(
    model: Model,
    slopes: ArrayLike,
    intercepts: ArrayLike,
    theta: ArrayLike,
    rng: np.random.Generator,
    *,
    n_categories: ArrayLike | None = None,
    omitted: float = 0.0,
) -> FloatArray:
    """Responses drawn from the category probabilities of `model` at each person's θ.

    Parameters
    ----------
    slopes : (k,), for nrm (k, m).
    intercepts : (k,) for 1pl and 2pl, (k, m − 1) for grm, gpcm and pcm, (k, m) for nrm; NaN beyond an item's categories.
    theta : (n,) on the scale of the parameters.
    n_categories : (k,); as many as the intercepts say where not given.
    omitted : share of answers left out at random, whoever answers and whatever the answer would be, in [0, 1).

    Returns
    -------
    (n, k) categories from 0, NaN for left out.

    Raises
    ------
    ValueError
        An unknown model, shapes that do not belong together, intercepts of grm that do not fall.
    """
    a, d, categories = _parameters(model, slopes, intercepts, n_categories)
    people = vector("theta", theta, complete=True)
    if not 0.0 <= omitted < 1.0:
        raise ValueError(f"omitted must be at least 0 and below 1; it is {omitted!r}")
    drawn = np.empty((people.size, categories.size))
    for begin in range(0, people.size, PEOPLE_AT_A_TIME):
        part = slice(begin, begin + PEOPLE_AT_A_TIME)
        up_to = category_probabilities(model, a, d, categories, people[part]).cumsum(axis=2)
        passed = rng.random(drawn[part].shape)[:, :, None] >= up_to
        # The last category takes what rounding leaves of 1.
        drawn[part] = np.minimum(passed.sum(axis=2), categories - 1)
    if omitted:
        drawn[rng.random(drawn.shape) < omitted] = np.nan
    return drawn


def _parameters(
    model: Model, slopes: ArrayLike, intercepts: ArrayLike, n_categories: ArrayLike | None
) -> tuple[FloatArray, FloatArray, IntArray]:
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}; it is {model!r}")
    if model in ("1pl", "2pl"):
        d = vector("intercepts", intercepts, complete=True)
        own = np.full(d.size, 2, dtype=np.int64)
    else:
        d = matrix("intercepts", intercepts)
        own = (~np.isnan(d)).sum(axis=1) + (0 if model == "nrm" else 1)
    categories = own
    if n_categories is not None:
        categories = vector("n_categories", n_categories, length=own.size, complete=True).astype(np.int64)
        if (categories != own).any():
            raise ValueError("n_categories must be as many as each item has intercepts for")
    if (categories < 2).any():
        raise ValueError("n_categories must be at least 2 for every item")
    if model == "grm" and (np.diff(d, axis=1) > 0).any():
        raise ValueError("intercepts of grm must fall from one category to the next")
    if model == "nrm":
        a = matrix("slopes", slopes, rows=d.shape[0], columns=d.shape[1])
        if (np.isnan(a) != np.isnan(d)).any():
            raise ValueError("slopes must hold NaN where the intercepts do and nowhere else")
    else:
        a = vector("slopes", slopes, length=categories.size, complete=True)
    return a, d, categories

"""Has the distribution of scores moved?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, vector


def population_stability_index(expected: ArrayLike, actual: ArrayLike) -> float:
    """Σ (actual − expected) · ln(actual / expected) over score classes, 0 for no change.

    By convention .10 and above is watched, .25 and above acted on. It is Jeffreys' (1946) divergence, twice the
    mean of the two of Kullback and Leibler.

    Parameters
    ----------
    expected, actual : (b,) people, or shares, of the reference and the present group in the same classes.

    Raises
    ------
    ValueError
        Values below 0, or a class that only one group has people in: the index is infinite, and classes need merging. A class
        that nobody is in counts nothing.
    """
    before = _shares("expected", expected)
    now = _shares("actual", actual, length=before.size)
    one_sided = (before == 0) != (now == 0)
    if one_sided.any():
        raise ValueError(
            f"expected and actual must both have people in class {int(np.argmax(one_sided))}, or be merged with the next"
        )
    before, now = before[before > 0], now[now > 0]
    return float(((now - before) * np.log(now / before)).sum())


def _shares(name: str, values: ArrayLike, length: int | None = None) -> FloatArray:
    given = vector(name, values, length=length, complete=True)
    total = float(given.sum())
    if (given < 0).any() or total <= 0:
        raise ValueError(f"{name} must be at least 0 and not all 0")
    return given / total

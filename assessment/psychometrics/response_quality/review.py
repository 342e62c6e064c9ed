"""When signs of careless answering ask for a person to look."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray

FAMILIES_THAT_MUST_AGREE = 2


def needs_review(pattern: ArrayLike, speed: ArrayLike, fit: ArrayLike, untimed: ArrayLike = False) -> BoolArray:
    """True for a person flagged by at least two of the three families of signs.

    Two signs of one family are mostly the same sign seen twice, so that they count once. The outcome is "review", with the
    offer of a retake; it never changes a score and rejects nobody.

    Parameters
    ----------
    pattern, speed, fit : (n,) whether the person was flagged by any sign of the family: runs and variability; time taken;
        consistency, distance from everybody, errors of order and likelihood under a model.
    untimed : (n,) or one value; true where extra time or assistive technology was granted: then time is no sign.

    Raises
    ------
    ValueError
        Flags that are not true or false, or of different lengths.
    """
    flags = {"pattern": pattern, "speed": speed, "fit": fit, "untimed": untimed}
    given = {name: np.asarray(values) for name, values in flags.items()}
    for name, values in given.items():
        if values.dtype != np.bool_:
            raise ValueError(f"{name} must hold true or false for each person")
        if values.ndim != 1 and not (name == "untimed" and values.ndim == 0):
            raise ValueError(f"{name} must be one-dimensional; its shape is {values.shape}")
        if values.ndim == 1 and values.size != given["pattern"].size:
            raise ValueError(f"{name} must hold {given['pattern'].size} values; it holds {values.size}")
    timed = given["speed"] & ~given["untimed"]
    flagged = given["pattern"].astype(np.int64) + timed + given["fit"]
    return np.asarray(flagged >= FAMILIES_THAT_MUST_AGREE)

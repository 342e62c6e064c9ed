"""When signs of careless answering ask for a person to look."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, flags

FAMILIES_THAT_MUST_AGREE = 2


def needs_review(pattern: ArrayLike, speed: ArrayLike, fit: ArrayLike, untimed: ArrayLike = False) -> BoolArray:
    """True for a person flagged by at least two of the three families of signs.

    Two signs of one family are mostly the same sign seen twice, so that they count once (on combining signs: Curran, 2016).
    The outcome is "review", with the offer of a retake; it never changes a score and rejects nobody.

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
    of_pattern = flags("pattern", pattern)
    n = of_pattern.size
    of_speed, of_fit = flags("speed", speed, length=n), flags("fit", fit, length=n)
    more_time = flags("untimed", np.repeat(untimed, n) if np.ndim(untimed) == 0 else untimed, length=n)
    flagged = of_pattern.astype(np.int64) + (of_speed & ~more_time) + of_fit
    return np.asarray(flagged >= FAMILIES_THAT_MUST_AGREE)

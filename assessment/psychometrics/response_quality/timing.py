"""How long answers took."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, matrix, number, positive, vector

SECONDS_PER_STATEMENT = 2.0
"""Time below which a statement can hardly have been read (Huang, Curran, Keeney, Poposki & DeShon, 2012)."""


def fast_answers(seconds: ArrayLike, n_statements: ArrayLike, seconds_per_statement: float = SECONDS_PER_STATEMENT) -> FloatArray:
    """Share of a person's pages that took less than `seconds_per_statement` for each statement or option on them.

    The rule of Huang, Curran, Keeney, Poposki & DeShon (2012).

    Parameters
    ----------
    seconds : (n, pages), NaN where no time is known.
    n_statements : (pages,) statements or options to read on each page, above 0.
    seconds_per_statement : above 0.

    Returns
    -------
    (n,) in [0, 1]; NaN for a person without times.

    Raises
    ------
    ValueError
        Times below 0, or statements or seconds a statement that are not above 0.
    """
    if not number("seconds_per_statement", seconds_per_statement) > 0:
        raise ValueError(f"seconds_per_statement must be above 0; it is {seconds_per_statement!r}")
    taken = matrix("seconds", seconds)
    if (taken < 0).any():
        raise ValueError("seconds must not be negative")
    to_read = positive("n_statements", vector("n_statements", n_statements, length=taken.shape[1], complete=True))
    known = ~np.isnan(taken)
    fast = (known & (taken < seconds_per_statement * to_read)).sum(axis=1)
    n_known = known.sum(axis=1)
    return np.asarray(np.divide(fast, n_known, out=np.full(taken.shape[0], np.nan), where=n_known > 0))

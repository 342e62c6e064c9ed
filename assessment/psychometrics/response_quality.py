"""How a sitting was answered. These figures never change a score: they ask a person to look, or to offer a retake.

Two independent signs have to agree before anything is shown, and signs from timing are left out where extra time or
assistive technology was granted; both are the caller's rule to keep.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, matrix, positive, vector

SECONDS_PER_STATEMENT = 2.0
"""Time below which a statement can hardly have been read (Huang, Curran, Keeney, Poposki & DeShon, 2012)."""


def longstring(responses: ArrayLike) -> IntArray:
    """Longest run of identical answers in a row, for each person (Johnson, 2005).

    `responses` are (n, k) in the order in which they were shown; what was not answered neither counts nor breaks a run.
    0 for a person who answered nothing.
    """
    given = matrix("responses", responses)
    longest = np.zeros(given.shape[0], dtype=np.int64)
    run = np.zeros(given.shape[0], dtype=np.int64)
    last = np.full(given.shape[0], np.nan)
    for column in given.T:
        answered = ~np.isnan(column)
        run = np.where(answered, np.where(column == last, run + 1, 1), run)
        last = np.where(answered, column, last)
        longest = np.maximum(longest, run)
    return longest


def within_scenario_variability(ratings: ArrayLike, scenario: ArrayLike) -> FloatArray:
    """Mean over scenarios of the SD (k − 1) of a person's ratings of one scenario's options (Dunn et al., 2018, within).

    Near 0 for somebody who rates every option alike; an attentive applicant tells options apart.

    Parameters
    ----------
    ratings : (n, m), NaN for not rated.
    scenario : (m,) whole number of the scenario that each column belongs to.

    Returns
    -------
    (n,); NaN for a person without a scenario in which at least two options are rated.
    """
    given = matrix("ratings", ratings)
    belongs = vector("scenario", scenario, length=given.shape[1], complete=True)
    total = np.zeros(given.shape[0])
    n_scenarios = np.zeros(given.shape[0])
    for one in np.unique(belongs):
        part = given[:, belongs == one]
        rated = ~np.isnan(part)
        n_rated = rated.sum(axis=1)
        usable = n_rated >= 2
        mean = np.where(rated, part, 0.0).sum(axis=1) / np.maximum(n_rated, 1)
        squares = (np.where(rated, part - mean[:, None], 0.0) ** 2).sum(axis=1)
        total += np.where(usable, np.sqrt(squares / np.maximum(n_rated - 1, 1)), 0.0)
        n_scenarios += usable
    return np.asarray(np.divide(total, n_scenarios, out=np.full(total.size, np.nan), where=n_scenarios > 0))


def fast_answers(seconds: ArrayLike, n_statements: ArrayLike, seconds_per_statement: float = SECONDS_PER_STATEMENT) -> FloatArray:
    """Share of a person's pages that took less than `seconds_per_statement` for each statement or option on them.

    Parameters
    ----------
    seconds : (n, pages), NaN where no time is known.
    n_statements : (pages,) statements or options to read on each page, above 0.

    Returns
    -------
    (n,) in [0, 1]; NaN for a person without times.
    """
    taken = matrix("seconds", seconds)
    if (taken < 0).any():
        raise ValueError("seconds must not be negative")
    to_read = positive("n_statements", vector("n_statements", n_statements, length=taken.shape[1], complete=True))
    known = ~np.isnan(taken)
    fast = (known & (taken < seconds_per_statement * to_read)).sum(axis=1)
    n_known = known.sum(axis=1)
    return np.asarray(np.divide(fast, n_known, out=np.full(taken.shape[0], np.nan), where=n_known > 0))

"""Patterns in a row of answers: long runs of one answer, and how much a person's answers vary."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, matrix, vector


def longstring(responses: ArrayLike) -> IntArray:
    """Longest run of identical answers in a row, for each person (Johnson, 2005).

    `responses` are (n, k) in the order in which they were shown, else `ValueError`; what was not answered neither counts nor
    breaks a run. Returns (n,); 0 for a person who answered nothing.
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


def intra_individual_variability(responses: ArrayLike) -> FloatArray:
    """SD (k − 1) of each person's answers, IRV (Dunn, Heggestad, Shanock & Theilgard, 2018).

    Near 0 for one answer to everything; high for answers all over the scale. Reversed statements stay as they were shown.
    `responses` are (n, k), NaN for not answered, else `ValueError`. Returns (n,) in the units of the answers; NaN for a person
    with fewer than two.
    """
    return _row_sd(matrix("responses", responses))


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

    Raises `ValueError` for another number of scenarios than of columns.
    """
    given = matrix("ratings", ratings)
    belongs = vector("scenario", scenario, length=given.shape[1], complete=True)
    total = np.zeros(given.shape[0])
    n_scenarios = np.zeros(given.shape[0])
    for one in np.unique(belongs):
        sd = _row_sd(given[:, belongs == one])
        usable = ~np.isnan(sd)
        total += np.where(usable, sd, 0.0)
        n_scenarios += usable
    return np.asarray(np.divide(total, n_scenarios, out=np.full(total.size, np.nan), where=n_scenarios > 0))


def _row_sd(given: FloatArray) -> FloatArray:
    answered = ~np.isnan(given)
    n_answered = answered.sum(axis=1)
    mean = np.where(answered, given, 0.0).sum(axis=1) / np.maximum(n_answered, 1)
    squares = (np.where(answered, given - mean[:, None], 0.0) ** 2).sum(axis=1)
    return np.where(n_answered >= 2, np.sqrt(squares / np.maximum(n_answered - 1, 1)), np.nan)

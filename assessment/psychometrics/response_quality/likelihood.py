"""How likely a person's answers are under a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, matrix, numbers


def standardised_log_likelihood(responses: ArrayLike, probabilities: ArrayLike) -> FloatArray:
    """l_z = (l − E l) / √Var l, l the log-likelihood of a person's answers (Drasgow, Levine & Williams, 1985).

    l = Σ ln P(x), E l = ΣΣ P ln P and Var l = Σ [Σ P (ln P)² − (Σ P ln P)²], sums over the items answered and their
    categories. Low values are answers that the model calls unlikely. With the true theta it is near standard normal over
    long forms; with an estimated one its spread is too small, and l_z* or simulated references are the better measure.

    Parameters
    ----------
    responses : (n, k) categories from 0, NaN for not answered.
    probabilities : (n, k, m) probability of each category of each item at each person's theta; 0 or NaN beyond an item's
        own categories.

    Returns
    -------
    (n,); NaN for a person whose answers could only have one likelihood (nothing answered, or all categories alike).

    Raises
    ------
    ValueError
        Probabilities that do not sum to 1, an answer that is no category, or an answer of probability 0.
    """
    given = matrix("responses", responses)
    p = np.nan_to_num(numbers("probabilities", probabilities), nan=0.0)
    if p.ndim != 3 or p.shape[:2] != given.shape:
        raise ValueError(f"probabilities must have the shape people, items, categories {(*given.shape, 'm')}; it is {p.shape}")
    answered = ~np.isnan(given)
    if (p < 0).any() or (np.abs(p.sum(axis=2) - 1.0)[answered] > 1e-6).any():
        raise ValueError("probabilities must be at least 0 and sum to 1 over the categories")
    category = np.where(answered, given, 0.0)
    if (category != np.floor(category)).any() or (category < 0).any() or (category >= p.shape[2]).any():
        raise ValueError(f"responses must hold categories from 0 to {p.shape[2] - 1}, or NaN")
    chosen = np.take_along_axis(p, category.astype(np.int64)[:, :, None], axis=2)[:, :, 0]
    if (chosen[answered] <= 0).any():
        raise ValueError("probabilities must be above 0 for every answer that was given")
    log_p = np.log(np.where(p > 0, p, 1.0))
    log_chosen = np.log(np.where(answered, chosen, 1.0)).sum(axis=1)
    expected = (p * log_p).sum(axis=2)
    # Σ P (ln P − E)² is the same variance without the difference of two large numbers.
    variance = np.where(answered, (p * (log_p - expected[:, :, None]) ** 2).sum(axis=2), 0.0).sum(axis=1)
    apart = log_chosen - np.where(answered, expected, 0.0).sum(axis=1)
    usable = variance > 1e-20
    return np.asarray(np.divide(apart, np.sqrt(variance), out=np.full(apart.shape, np.nan), where=usable))

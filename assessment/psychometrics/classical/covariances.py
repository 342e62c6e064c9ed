"""Covariances of item scores, with missing answers taken in pairs or left out by person."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, matrix

Missing = Literal["pairwise", "listwise"]


class Covariances(NamedTuple):
    """Covariance matrix (k, k) of the columns, how many people it rests on, and their scores (n, k)."""

    matrix: FloatArray
    n_people: int
    scores: FloatArray

    @property
    def correlations(self) -> FloatArray:
        """The same as correlations, with exactly 1 in the diagonal."""
        sd = np.sqrt(np.diag(self.matrix))
        scaled: FloatArray = self.matrix / np.outer(sd, sd)
        np.fill_diagonal(scaled, 1.0)
        return scaled

    def of(self, standardized: bool) -> FloatArray:
        """Of standardised items (correlations) or of items as they are (covariances)."""
        return self.correlations if standardized else self.matrix


def covariances(
    item_scores: ArrayLike, missing: Missing = "pairwise", *, name: str = "item_scores", at_least: int = 2
) -> Covariances:
    """Covariances of the columns of (n, k) scores.

    `pairwise` takes each from the people who answered both; everybody who answered anything counts as a person. `listwise`
    keeps only people who answered everything. Raises `ValueError` with fewer than `at_least` columns, fewer than three
    people, a column that never varies, or two columns that fewer than two people answered both of.
    """
    scores = matrix(name, item_scores)
    if scores.shape[1] < at_least:
        words = {2: "two", 3: "three"}
        raise ValueError(f"{name} must hold at least {words.get(at_least, at_least)} columns; it holds {scores.shape[1]}")
    answered = ~np.isnan(scores)
    if missing == "listwise":
        keep = answered.all(axis=1)
    elif missing == "pairwise":
        keep = answered.any(axis=1)
    else:
        raise ValueError(f"missing must be 'pairwise' or 'listwise'; it is {missing!r}")
    scores, answered = scores[keep], answered[keep]
    if scores.shape[0] < 3:
        raise ValueError(f"{name} must hold at least three people with answers; it holds {scores.shape[0]}")
    here = answered.astype(np.float64)
    together = here.T @ here
    if (together < 2).any():
        raise ValueError(f"{name} must have every two columns answered together by at least two people")
    centred = np.where(answered, scores - np.nanmean(scores, axis=0), 0.0)
    # Each pair is centred on the people who answered both: `sums[i, j]` is column i summed over those who answered j.
    sums = centred.T @ here
    covariance = (centred.T @ centred - sums * sums.T / together) / (together - 1.0)
    # A column that never varies leaves a rounding error here, not a variance.
    flat = (np.nanmax(scores, axis=0) == np.nanmin(scores, axis=0)) | (np.diag(covariance) <= 0)
    if flat.any():
        raise ValueError(f"{name} must vary in every column; column {int(np.argmax(flat))} does not")
    return Covariances(covariance, int(scores.shape[0]), scores)


def sum_variance(covariance: FloatArray, name: str = "item_scores") -> float:
    """Variance of the sum of the columns; refuses a sum that does not vary beyond rounding."""
    total = float(covariance.sum())
    if total <= 1e-12 * float(np.trace(covariance)):
        raise ValueError(f"{name} must have a sum that varies")
    return total


def squared_multiple_correlations(correlations: FloatArray) -> FloatArray | None:
    """Share of each standardised item that the others foretell, 1 − 1 / (R⁻¹)ᵢᵢ: (k,). None if R has no inverse."""
    if np.linalg.eigvalsh(correlations)[0] < 1e-10:
        return None
    return np.asarray(1.0 - 1.0 / np.diag(np.linalg.inv(correlations)))

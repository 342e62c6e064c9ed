"""Applicants who pick one option an item."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assessment.psychometrics.arrays import FloatArray, count, vector


class SimulatedApplicants(NamedTuple):
    """`theta` (n,) true empathy, standard normal; `chosen` (n, items) option indices from 0, NaN for not answered."""

    theta: FloatArray
    chosen: FloatArray


def simulate_applicants(
    n: int,
    option_scores: list[FloatArray],
    rng: np.random.Generator,
    discrimination: float = 0.6,
    omitted: float = 0.0,
) -> SimulatedApplicants:
    """Applicants who pick one option an item, better ones the likelier the more empathic they are.

    P(option | θ) ∝ exp((c + discrimination · θ) · z), z the option's score standardised within the item and c = 0.8 so that
    the average applicant prefers good options too.

    Parameters
    ----------
    option_scores : for each item, the (k,) scores of its options, not all equal.
    omitted : share of answers left out at random, in [0, 1).
    """
    n = count("n", n, at_least=1)
    if not 0.0 <= omitted < 1.0:
        raise ValueError(f"omitted must be at least 0 and below 1; it is {omitted!r}")
    theta = rng.standard_normal(n)
    chosen = np.empty((n, len(option_scores)))
    for j, scores in enumerate(option_scores):
        given = vector("option_scores", scores, complete=True)
        if given.size < 2 or np.ptp(given) == 0:
            raise ValueError("option_scores must differ within each item")
        z = (given - given.mean()) / given.std()
        pull = (0.8 + discrimination * theta)[:, None] * z
        # The largest of independent Gumbel-shifted utilities is a draw from the multinomial logit.
        chosen[:, j] = np.argmax(pull + rng.gumbel(size=pull.shape), axis=1)
    chosen[rng.random(chosen.shape) < omitted] = np.nan
    return SimulatedApplicants(theta, chosen)

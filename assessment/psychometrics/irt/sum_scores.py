"""What a plain sum of item scores says about θ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, numbers
from assessment.psychometrics.irt.calibrated_items import CalibratedItems


@dataclass(frozen=True, eq=False)
class SumScoreTable:
    """One row for each sum from 0 to the highest possible.

    Attributes
    ----------
    theta, standard_error : mean and SD of θ given the sum, (s,).
    probability : share of people whose sum it is, (s,), summing to 1.
    """

    theta: FloatArray
    standard_error: FloatArray
    probability: FloatArray


def sum_score_likelihoods(probabilities: ArrayLike, n_categories: ArrayLike | None = None) -> FloatArray:
    """P(sum | θ) of independent items (Lord & Wingersky, 1984; more than two categories: Thissen, Pommerich, Billeaud &
    Williams, 1995).

    f_r(s) = Σ_v f_{r−1}(s − v) P_r(v): items are taken in one after the other.

    Parameters
    ----------
    probabilities : (t, k, m), P(X_j = v | θ) at t values of θ, or (k, m) at one; 0 beyond an item's own categories.
    n_categories : (k,) of each item; m for all of them where not given.

    Returns
    -------
    (t, s), or (s,) for one θ, over the sums 0 … s − 1 = Σ (categories − 1).

    Raises
    ------
    ValueError
        Probabilities that are negative or do not sum to 1; numbers of categories that are not one an item or outside 1 to m.
    """
    p = numbers("probabilities", probabilities)
    if p.ndim not in (2, 3) or p.shape[-2] == 0:
        raise ValueError(f"probabilities must have the shape θ, items, categories or items, categories; it is {p.shape}")
    if not (p >= 0).all() or not np.allclose(p.sum(axis=-1), 1.0, atol=1e-6):
        raise ValueError("probabilities must be at least 0 and sum to 1 over the categories")
    k, m = p.shape[-2:]
    sizes = np.full(k, m) if n_categories is None else np.asarray(n_categories)
    if sizes.shape != (k,) or not np.isin(sizes, np.arange(1, m + 1)).all():
        raise ValueError(f"n_categories must hold {k} whole numbers from 1 to {m}")
    by_theta = p.reshape(-1, k, m)
    likelihood = np.ones((by_theta.shape[0], 1))
    for j in range(k):
        likelihood = with_item(likelihood, by_theta[:, j, : int(sizes[j])])
    return likelihood.reshape(*p.shape[:-2], -1)


def sum_score_table(calibration: CalibratedItems) -> SumScoreTable:
    """Expected a posteriori θ for sums of item scores: E(θ | sum) and SD(θ | sum) over the calibration's nodes (Thissen,
    Pommerich, Billeaud & Williams, 1995).

    Items are taken as scored 0, 1, 2…, which says nothing for nrm. A sum gives away a little of what the answers say, except
    under 1pl and pcm, where it holds all of it.
    """
    likelihood = sum_score_likelihoods(calibration.probabilities(calibration.nodes), calibration.n_categories)
    joint = likelihood * calibration.node_weights[:, None]
    probability = joint.sum(axis=0)
    theta = calibration.nodes @ joint / probability
    spread = ((calibration.nodes[:, None] - theta) ** 2 * joint).sum(axis=0) / probability
    return SumScoreTable(theta, np.sqrt(spread), probability)


def with_item(likelihood: FloatArray, p: FloatArray) -> FloatArray:
    """Likelihoods (q, s) of the sums with one more item, of category probabilities (q, m): (q, s + m − 1)."""
    n_sums, size = likelihood.shape[1], p.shape[1]
    out = np.zeros((likelihood.shape[0], n_sums + size - 1))
    for v in range(size):
        out[:, v : v + n_sums] += likelihood * p[:, v : v + 1]
    return out


def rest_score_likelihoods(p: FloatArray, n_categories: IntArray) -> list[FloatArray]:
    """P(sum of all other items | θ) for each item, in the order of the items: k arrays (q, sums of the others).

    Halves of the form are taken in by turns, which needs k log k steps instead of k²; nothing is divided out again, so that
    no digits are lost.
    """
    found: list[FloatArray] = [np.empty(0)] * n_categories.size

    def descend(first: int, last: int, others: FloatArray) -> None:
        if last - first == 1:
            found[first] = others
            return
        middle = (first + last) // 2
        for inside, outside in (((first, middle), (middle, last)), ((middle, last), (first, middle))):
            wider = others
            for j in range(*outside):
                wider = with_item(wider, p[:, j, : n_categories[j]])
            descend(*inside, wider)

    descend(0, n_categories.size, np.ones((p.shape[0], 1)))
    return found

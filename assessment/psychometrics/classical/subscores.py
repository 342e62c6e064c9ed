"""When a sub-score may be shown beside the total."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, vector, within
from assessment.psychometrics.classical.covariances import covariances

SUBSCORE_FLOOR = 0.70


@dataclass(frozen=True)
class SubscoreValue:
    """Haberman's comparison for each sub-score, (k,) each.

    `prmse_subscore` and `prmse_total` are the shares of the sub-score's true variance that the observed sub-score and the
    observed total foretell. `reportable`: the sub-score's reliability is at least .70, or it foretells its own true score
    better than the total does.
    """

    prmse_subscore: FloatArray
    prmse_total: FloatArray
    reportable: BoolArray


def subscore_added_value(subscores: ArrayLike, reliabilities: ArrayLike, weights: ArrayLike) -> SubscoreValue:
    """Does a sub-score say something that the total does not? (Haberman, 2008)

    PRMSE of the sub-score is its reliability; of the total, cov(τ_s, X)² / (var τ_s · var X), where
    cov(τ_s, X) = cov(S, X) − w_s var(S) (1 − ρ_s) because the error of S is part of X = Σ w S.

    Parameters
    ----------
    subscores : (n, k) sub-scores, NaN where there is none (pairwise covariances).
    reliabilities : (k,) in [0, 1]. At 0 there is no true variance to foretell: the PRMSE of the total is then 0.
    weights : (k,) of the sub-scores in the total, at least 0.

    Raises
    ------
    ValueError
        Fewer than two sub-scores or three people, a sub-score that does not vary, lengths that differ, reliabilities out of
        range, or weights below 0 or all 0.
    """
    covariance = covariances(subscores, name="subscores").matrix
    k = covariance.shape[0]
    rel = within("reliabilities", vector("reliabilities", reliabilities, length=k, complete=True), 0.0, 1.0)
    w = vector("weights", weights, length=k, complete=True)
    if (w < 0).any() or not w.any():
        raise ValueError("weights must be at least 0 and not all 0")
    variance = np.diag(covariance)
    with_total = covariance @ w - w * variance * (1.0 - rel)
    true_variance = variance * rel
    prmse_total = np.divide(with_total**2, true_variance * float(w @ covariance @ w), out=np.zeros(k), where=true_variance > 0)
    prmse_total = np.minimum(prmse_total, 1.0)
    return SubscoreValue(rel, prmse_total, np.asarray((rel >= SUBSCORE_FLOOR) | (rel > prmse_total)))

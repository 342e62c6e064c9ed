"""Ridge regression whose penalty is chosen by leaving out one person at a time: exact, and from one decomposition.

Choosing by inner folds takes a decomposition for each of them. For ridge the error on a person left out follows from the
fit to everybody, so that wide tables of options cost a fifth of the time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from assessment.psychometrics.arrays import FloatArray, vector
from assessment.psychometrics.weighting.design import LinearComposite
from assessment.psychometrics.weighting.training import PENALTIES, TrainingSample

LEEWAY = 0.5
"""Standard errors by which a larger penalty may fall behind the best and still be taken."""


@dataclass(frozen=True)
class LeaveOneOutRidge:
    """Ridge regression toward no weight at all or, where `weights` (p,) are given, toward those of a key.

    A key's weights, for the design's own columns, are first scaled by the slope of the criterion on the key's composite in
    the training sample; every sign is free.

    The penalty is the largest whose squared error, each person being left out in turn, is within half a standard error
    (of the paired difference) of the smallest. The error of person i left out is e_i / (1 − h_i), h the diagonal of
    1/n + X (X′X + λI)⁻¹ X′ (Allen, 1974, PRESS). The smallest error itself asks for too little shrinkage where the criterion
    is only to be ranked: a correlation does not mind predictions that are drawn together, and larger penalties vary less
    from sample to sample.
    """

    name: str = "ridge"
    complexity: int = 4
    weights: FloatArray | None = None

    def fit(self, sample: TrainingSample) -> LinearComposite:
        x = sample.x - sample.x.mean(axis=0)
        y = sample.criterion - sample.criterion.mean()
        key = None if self.weights is None else vector("weights", self.weights, length=x.shape[1], complete=True)
        toward = np.zeros(x.shape[1]) if key is None else sample.prior(key)
        scaled = _slope(x @ toward, y) * toward
        y = y - x @ scaled
        values, vectors, rotated = _decomposed(x)
        inverse = 1.0 / (values[:, None] + sample.n * PENALTIES)
        loadings = (rotated.T @ y)[:, None] * inverse
        hat = 1.0 / sample.n + rotated**2 @ inverse
        errors = ((y[:, None] - rotated @ loadings) / np.maximum(1.0 - hat, 1e-9)) ** 2
        best = _largest_near_best(errors)
        df = float((values * inverse[:, best]).sum()) + (self.weights is not None)
        found = scaled + vectors @ loadings[:, best]
        return sample.composite(found if found.any() else toward, df, float(PENALTIES[best]))


def _slope(composite: FloatArray, y: FloatArray) -> float:
    """Slope of y on the composite; never negative: a key is not turned round by a sample."""
    variance = float(composite @ composite)
    return max(0.0, float(composite @ y) / variance) if variance > 0 else 0.0


def _decomposed(x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Squared singular values above nought (q,), right vectors (p, q) and x in their coordinates (n, q)."""
    n, p = x.shape
    values, vectors = np.linalg.eigh(x.T @ x if p <= n else x @ x.T)
    informed = values > 1e-10 * max(float(values[-1]), 1.0)
    values, vectors = values[informed], vectors[:, informed]
    if p <= n:
        return values, vectors, x @ vectors
    root = np.sqrt(values)
    return values, x.T @ (vectors / root), vectors * root


def _largest_near_best(errors: FloatArray) -> int:
    """Place of the largest penalty within `LEEWAY` standard errors of the best, from squared errors (n, penalties)."""
    total = errors.sum(axis=0)
    best = int(total.size - 1 - np.argmin(total[::-1]))
    behind = errors - errors[:, [best]]
    allowed = LEEWAY * behind.std(axis=0) * math.sqrt(errors.shape[0])
    return int(np.flatnonzero(behind.sum(axis=0) <= allowed + 1e-12 * total[best])[-1])

"""Standard errors of calibrated parameters from the observed information."""

from __future__ import annotations

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.irt.calibrated_items import StandardErrors
from assessment.psychometrics.irt.curves import difficulties
from assessment.psychometrics.irt.maximising import Ascent

_ROUNDING = 1e-12


def standard_errors_of(climb: Ascent, sign: float) -> StandardErrors:
    """Standard errors at the maximum that `climb` reached.

    The observed information is exact (Louis, 1982: see `irt.observed_information`); reported parameters follow by the delta
    method. Where the information is not positive definite, as at a point that is no maximum, there are no standard errors: NaN.
    """
    layout = climb.likelihood.layout

    def reported(free: FloatArray) -> FloatArray:
        report = layout.report(layout.spread(free, climb.whole), sign)
        places = difficulties(layout.model, report.slopes, report.intercepts)
        return np.concatenate(
            [report.slopes.ravel(), report.intercepts.ravel(), places.ravel(), report.group_means, report.group_sds]
        )

    information = climb.likelihood.observed_information(climb.free, climb.whole)
    root = _root_of_inverse(information)
    at = reported(climb.free)
    jacobian = np.empty((at.size, climb.free.size))
    for i in range(climb.free.size):
        step = np.zeros(climb.free.size)
        step[i] = 1e-6 * max(1.0, abs(float(climb.free[i])))
        jacobian[:, i] = (reported(climb.free + step) - reported(climb.free - step)) / (2.0 * step[i])
    exists = ~np.isnan(at)
    error = np.full(at.size, np.nan)
    error[exists] = np.linalg.norm(jacobian[exists] @ root, axis=1)
    report = layout.report(layout.spread(climb.free, climb.whole), sign)
    places = difficulties(layout.model, report.slopes, report.intercepts)
    shaped: list[FloatArray] = []
    for part in (report.slopes, report.intercepts, places, report.group_means, report.group_sds):
        first = sum(earlier.size for earlier in shaped)
        shaped.append(error[first : first + part.size].reshape(part.shape))
    slopes, intercepts, locations, means, sds = shaped
    return StandardErrors(slopes, intercepts, locations, means, sds, root @ root.T)


def _root_of_inverse(information: FloatArray) -> FloatArray:
    """R with R R′ = information⁻¹; NaN where that is not positive definite beyond rounding."""
    diagonal = np.diag(information)
    if not np.isfinite(information).all() or (diagonal <= 0).any():
        return np.full(information.shape, np.nan)
    scale = np.sqrt(diagonal)
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if values[0] <= _ROUNDING * values[-1]:
        return np.full(information.shape, np.nan)
    return np.asarray(vectors / np.sqrt(values) / scale[:, None])

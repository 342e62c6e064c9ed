"""Standard errors of calibrated parameters from the observed information."""

from __future__ import annotations

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.irt.calibration import StandardErrors
from assessment.psychometrics.irt.curves import difficulties
from assessment.psychometrics.irt.maximising import Ascent

_STEP = 1e-4


def standard_errors_of(climb: Ascent, sign: float) -> StandardErrors:
    """Standard errors at the maximum that `climb` reached.

    The observed information is the derivative of the gradient of the marginal log-likelihood, taken by central differences
    (the gradient itself is exact, as in Oakes, 1999); reported parameters follow by the delta method. Where the information is
    not positive definite, as at a point that is no maximum, there are no standard errors: NaN.
    """
    layout = climb.likelihood.layout

    def reported(free: FloatArray) -> FloatArray:
        report = layout.report(layout.spread(free, climb.whole), sign)
        places = difficulties(layout.model, report.slopes, report.intercepts)
        return np.concatenate(
            [report.slopes.ravel(), report.intercepts.ravel(), places.ravel(), report.group_means, report.group_sds]
        )

    information = observed_information(climb)
    covariance = np.full(information.shape, np.nan)
    if (np.linalg.eigvalsh(information) > 0).all():
        covariance = np.linalg.inv(information)
    at = reported(climb.free)
    jacobian = np.empty((at.size, climb.free.size))
    for i in range(climb.free.size):
        step = np.zeros(climb.free.size)
        step[i] = 1e-6 * max(1.0, abs(float(climb.free[i])))
        jacobian[:, i] = (reported(climb.free + step) - reported(climb.free - step)) / (2.0 * step[i])
    exists = ~np.isnan(at)
    error = np.full(at.size, np.nan)
    error[exists] = np.sqrt(np.einsum("ij,jk,ik->i", jacobian[exists], covariance, jacobian[exists]))
    report = layout.report(layout.spread(climb.free, climb.whole), sign)
    places = difficulties(layout.model, report.slopes, report.intercepts)
    shaped: list[FloatArray] = []
    for part in (report.slopes, report.intercepts, places, report.group_means, report.group_sds):
        first = sum(earlier.size for earlier in shaped)
        shaped.append(error[first : first + part.size].reshape(part.shape))
    slopes, intercepts, locations, means, sds = shaped
    return StandardErrors(slopes, intercepts, locations, means, sds, covariance)


def observed_information(climb: Ascent) -> FloatArray:
    """Minus the second derivatives of the marginal log-likelihood by the free parameters: (free, free)."""
    likelihood, layout = climb.likelihood, climb.likelihood.layout
    out = np.empty((climb.free.size, climb.free.size))
    room = layout.room(layout.spread(climb.free, climb.whole))
    for i in range(climb.free.size):
        step = np.zeros(climb.free.size)
        step[i] = min(_STEP * max(1.0, abs(float(climb.free[i]))), 0.1 * float(room[i]))
        above = likelihood.evaluate(climb.free + step, climb.whole).gradient
        below = likelihood.evaluate(climb.free - step, climb.whole).gradient
        out[i] = (below - above) / (2.0 * step[i])
    return np.asarray((out + out.T) / 2.0)

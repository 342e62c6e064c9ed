"""Errors of measurement in the units of the score: of any score in the group, of one score, of a change."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, as_given, fitting, numbers, within
from assessment.psychometrics.intervals import two_sided_z


def standard_error_of_measurement(sd: ArrayLike, reliability: ArrayLike) -> float | FloatArray:
    """SEM = SD √(1 − reliability), in the units of `sd` (Lord & Novick, 1968).

    `sd` at least 0 and `reliability` in [0, 1] are floats or arrays of one shape, else `ValueError`.
    """
    spread, rel = _spread_and_reliability(sd, reliability)
    return as_given(np.asarray(spread * np.sqrt(1.0 - rel)))


def standard_error_of_difference(sd: ArrayLike, reliability: ArrayLike) -> float | FloatArray:
    """Standard error of the difference of two scores on one form: SEM √2 (Gulliksen, 1950).

    Arguments and `ValueError` as in `standard_error_of_measurement`: floats or arrays.
    """
    return as_given(np.asarray(np.sqrt(2.0) * standard_error_of_measurement(sd, reliability)))


def standard_error_of_estimation(sd: ArrayLike, reliability: ArrayLike) -> float | FloatArray:
    """Standard error of the true score given the observed one: SD √(r (1 − r)) (Dudek, 1979).

    Arguments and `ValueError` as in `standard_error_of_measurement`: floats or arrays.
    """
    spread, rel = _spread_and_reliability(sd, reliability)
    return as_given(np.asarray(spread * np.sqrt(rel * (1.0 - rel))))


def standard_error_of_prediction(sd: ArrayLike, reliability: ArrayLike) -> float | FloatArray:
    """Standard error of a second score on a parallel form given the first: SD √(1 − r²) (Dudek, 1979).

    Arguments and `ValueError` as in `standard_error_of_measurement`: floats or arrays.
    """
    spread, rel = _spread_and_reliability(sd, reliability)
    return as_given(np.asarray(spread * np.sqrt(1.0 - rel * rel)))


class TrueScore(NamedTuple):
    """Estimated true score and its interval; floats or arrays as the scores were given."""

    estimate: float | FloatArray
    low: float | FloatArray
    high: float | FloatArray


def true_score_interval(score: ArrayLike, mean: ArrayLike, sd: ArrayLike, reliability: ArrayLike, level: float = 0.95) -> TrueScore:
    """Estimated true score r (X − M) + M with the interval ± z · SD √(r (1 − r)) around it (Dudek, 1979).

    Parameters
    ----------
    score : float or array, in the units of the norm group.
    mean, sd : of the norm group, `sd` at least 0.
    reliability : in [0, 1]; at 0 everybody's estimate is the mean.
    level : confidence level, strictly between 0 and 1.

    Raises `ValueError` for values out of range and shapes that do not fit.
    """
    spread, rel = _spread_and_reliability(sd, reliability)
    middle, at = numbers("mean", mean), numbers("score", score)
    fitting(score=at, mean=middle, sd=spread, reliability=rel)
    estimate = middle + rel * (at - middle)
    half = two_sided_z(level) * spread * np.sqrt(rel * (1.0 - rel))
    return TrueScore(*(as_given(np.asarray(end)) for end in (estimate, estimate - half, estimate + half)))


def reliable_change(before: ArrayLike, after: ArrayLike, sd: ArrayLike, reliability: ArrayLike) -> float | FloatArray:
    """Reliable change index (after − before) / (SEM √2) (Jacobson & Truax, 1991): beyond ±1.96 a change is not mere error.

    `before` and `after` are floats or arrays of one shape, `sd` and `reliability` those of the norm group, `reliability` below 1
    and `sd` above 0, else `ValueError`. What practice alone adds at a second sitting is not taken off.
    """
    error = np.asarray(standard_error_of_difference(sd, reliability))
    if (error <= 0).any():
        raise ValueError("sd must be above 0 and reliability below 1: without error every change is reliable")
    first, second = numbers("before", before), numbers("after", after)
    fitting(before=first, after=second, sd=error)
    return as_given(np.asarray((second - first) / error))


def _spread_and_reliability(sd: ArrayLike, reliability: ArrayLike) -> tuple[FloatArray, FloatArray]:
    spread = numbers("sd", sd)
    if (spread < 0).any():
        raise ValueError("sd must not be negative")
    rel = within("reliability", reliability, 0.0, 1.0)
    fitting(sd=spread, reliability=rel)
    return spread, rel

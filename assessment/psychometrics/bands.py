"""Score bands: applicants whose scores lie within measurement error of each other.

Fixed bands from the top score downwards (Cascio, Outtz, Zedeck & Goldstein, 1991): a band holds everyone whose score is
at most C · SED below its highest score, SED = SEM √2; the next band starts at the highest score left. Membership depends
on scores alone: nothing about a person moves them within or between bands.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, vector

CONFIDENCE_MULTIPLIER = 1.65
"""C of the 90 % two-sided (95 % one-sided) band; 1.96 and 1.28 are the other customary values."""

NO_BAND = -1
"""Band index of a person without a score."""

# Scores that differ by exactly the width belong together; this is room for the rounding of float64, not for people.
_ROUNDING = 1e-9


def band_width(standard_error: float, confidence: float = CONFIDENCE_MULTIPLIER) -> float:
    """C · SEM · √2: the largest difference between two scores that measurement error readily explains."""
    if not (math.isfinite(standard_error) and standard_error >= 0):
        raise ValueError(f"standard_error must be at least 0; it is {standard_error!r}")
    if not (math.isfinite(confidence) and confidence > 0):
        raise ValueError(f"confidence must be a multiplier above 0, such as 1.65; it is {confidence!r}")
    return confidence * standard_error * math.sqrt(2.0)


@dataclass(frozen=True)
class Band:
    """One band: the highest score in it, the lowest score it would admit, the lowest score in it, how many people."""

    high: float
    limit: float
    low: float
    n_people: int


@dataclass(frozen=True)
class Bands:
    """`index` (n,): each person's band from 0 at the top, -1 without a score. `bands`: from the top downwards."""

    index: IntArray
    bands: tuple[Band, ...]
    width: float


def band_edges(scores: ArrayLike, width: float) -> FloatArray:
    """The highest score of each band from the top downwards, for (n,) scores (NaN ignored): (b,) falling."""
    given = vector("scores", scores)
    left = np.unique(given[~np.isnan(given)])
    room = width + _ROUNDING * max(1.0, abs(width))
    tops: list[float] = []
    while left.size:
        tops.append(float(left[-1]))
        left = left[: np.searchsorted(left, left[-1] - room, side="left")]
    return np.array(tops, dtype=np.float64)


def assign_bands(scores: ArrayLike, standard_error: float, confidence: float = CONFIDENCE_MULTIPLIER) -> Bands:
    """Put each person in a band.

    Parameters
    ----------
    scores : (n,) composites on any one scale, NaN for none.
    standard_error : standard error of measurement of the form on that scale.
    confidence : C, the normal deviate of the band's confidence: 1.28, 1.65 or 1.96.

    Returns
    -------
    Bands; every band holds at least one person. Equal scores always share a band, and a higher score is never in a lower
    band.
    """
    width = band_width(standard_error, confidence)
    given = vector("scores", scores)
    tops = band_edges(given, width)
    known = ~np.isnan(given)
    index = np.full(given.size, NO_BAND, dtype=np.int64)
    index[known] = tops.size - np.searchsorted(tops[::-1], given[known], side="left") - 1
    bands = []
    for place, top in enumerate(tops):
        inside = given[index == place]
        bands.append(Band(float(top), float(top) - width, float(inside.min()), int(inside.size)))
    return Bands(index, tuple(bands), width)

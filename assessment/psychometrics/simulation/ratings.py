"""People who rate how effective each option of a situational judgment test is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, count, vector

ELEVATION_SD = 0.5
SCATTER_SPREAD = 0.3


class SimulatedRatings(NamedTuple):
    """`theta` (n,) true empathy; `ratings` (n, k) whole numbers from 1; `elevation` and `scatter` (n,) response styles."""

    theta: FloatArray
    ratings: FloatArray
    elevation: FloatArray
    scatter: FloatArray


def simulate_ratings(
    n: int,
    key: ArrayLike,
    rng: np.random.Generator,
    *,
    n_points: int = 5,
    clarity: float = 0.4,
    noise_sd: float = 0.8,
) -> SimulatedRatings:
    """Ratings of `key.size` options by `n` people who see the key the more clearly the more empathic they are.

    A rating is M + elevation + scatter · [(1 + clarity · θ)₊ (key − M) + noise], M the mean of the key, rounded to the scale
    and kept on it. Elevation (how high somebody rates everything) and scatter (how much of the scale they use) are styles that
    have nothing to do with θ: shape keys should find θ in spite of them.

    Parameters
    ----------
    key : (k,) experts' mean rating of each option, on the scale from 1 to `n_points`, not all equal.
    clarity : how much one unit of θ adds to the pull of the key.
    noise_sd : of each rating, in scale points, above 0.
    """
    n, n_points = count("n", n, at_least=1), count("n_points", n_points, at_least=2)
    experts = vector("key", key, complete=True)
    if experts.size < 2 or np.ptp(experts) == 0:
        raise ValueError("key must differ between options")
    if (experts < 1).any() or (experts > n_points).any():
        raise ValueError(f"key must lie between 1 and n_points = {n_points}")
    if noise_sd <= 0:
        raise ValueError(f"noise_sd must be above 0; it is {noise_sd!r}")
    theta = rng.standard_normal(n)
    elevation = rng.normal(0.0, ELEVATION_SD, n)
    scatter = rng.lognormal(0.0, SCATTER_SPREAD, n)
    seen = np.maximum(1.0 + clarity * theta, 0.0)[:, None] * (experts - experts.mean())
    meant = experts.mean() + elevation[:, None] + scatter[:, None] * (seen + rng.normal(0.0, noise_sd, seen.shape))
    return SimulatedRatings(theta, np.clip(np.rint(meant), 1, n_points), elevation, scatter)

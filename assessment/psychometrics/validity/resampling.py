"""Bootstrap over people (Efron, 1987): one way to draw them for every statistic of this package."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from assessment.psychometrics.arrays import FloatArray, count, share
from assessment.psychometrics.distributions import normal_probability, normal_quantile
from assessment.psychometrics.intervals import Interval

_CELLS_AT_ONCE = 50_000
_TASKS = 8


def resampled(n: int, of_counts: Callable[[FloatArray], FloatArray], rng: np.random.Generator, n_resamples: int) -> FloatArray:
    """A statistic in `n_resamples` draws of n people with replacement: (n_resamples,).

    `of_counts` takes how often each person was drawn, (b, n), and returns (b,). `rng` gives each resample its own seed, so
    that the result depends on neither the number of threads nor how the work was divided.
    """
    from assessment.psychometrics.compiled import side_by_side
    from assessment.psychometrics.validity.kernels import draw

    count("n_resamples", n_resamples, at_least=99)
    seeds = rng.integers(0, 2**64, size=n_resamples, dtype=np.uint64)
    rows = max(1, _CELLS_AT_ONCE // n)

    def part(seeds: NDArray[np.uint64]) -> list[FloatArray]:
        times, found = np.empty((min(rows, seeds.size), n)), []
        for start in range(0, seeds.size, rows):
            here = times[: seeds.size - start]
            draw(seeds[start : start + rows], here)
            found.append(of_counts(here))
        return found

    parts = side_by_side([partial(part, mine) for mine in np.array_split(seeds, _TASKS)])
    return np.concatenate([statistics for found in parts for statistics in found])


def bca_interval(estimate: float, replicates: FloatArray, left_one_out: FloatArray, level: float) -> Interval:
    """Bias-corrected and accelerated interval (Efron, 1987).

    Parameters
    ----------
    estimate : the statistic of everybody.
    replicates : the statistic of each resample, NaN where it had none.
    left_one_out : (n,) the statistic without each person in turn.
    level : confidence level.
    """
    share("level", level)
    replicates = np.sort(replicates[~np.isnan(replicates)])
    below = (np.searchsorted(replicates, estimate, "left") + np.searchsorted(replicates, estimate, "right")) / 2
    # With no replicate on one side the bias correction would be infinite: half a replicate stands for none.
    z0 = float(normal_quantile(np.clip(below, 0.5, replicates.size - 0.5) / replicates.size))
    apart = np.nanmean(left_one_out) - left_one_out[~np.isnan(left_one_out)]
    scale = float((apart**2).sum()) ** 1.5
    acceleration = float((apart**3).sum()) / (6.0 * scale) if scale > 0 else 0.0
    z = z0 + normal_quantile(np.array([(1.0 - level) / 2.0, (1.0 + level) / 2.0]))
    ends = np.quantile(replicates, normal_probability(z0 + z / (1.0 - acceleration * z)))
    return Interval(float(ends[0]), float(ends[1]))

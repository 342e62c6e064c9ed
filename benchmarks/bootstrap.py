"""How long an interval of a validity coefficient takes by bootstrap, beside `scipy.stats.bootstrap`.

    python -m benchmarks.bootstrap [--people 687] [--resamples 10000] [--rounds 9]

Both make the BCa interval of Pearson's r of the same people. scipy is given two vectorised statistics: its own `pearsonr`,
and a bare formula that is as fast as numpy lets it be. The three take turns within one run, so that the ratios hold on a
busy machine too; compilation (first call on a machine) and loading (first call in a process) come before the rounds and
are told apart. Prints JSON: wall-clock seconds, medians over the rounds, how many times ours is faster, and the intervals.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from assessment.psychometrics.validity import validity_coefficient

Sample = NDArray[np.float64]


def pearsonr(x: Sample, y: Sample, axis: int) -> Sample:
    return stats.pearsonr(x, y, axis=axis).statistic


def bare_formula(x: Sample, y: Sample, axis: int) -> Sample:
    a = x - x.mean(axis=axis, keepdims=True)
    b = y - y.mean(axis=axis, keepdims=True)
    return (a * b).sum(axis=axis) / np.sqrt((a * a).sum(axis=axis) * (b * b).sum(axis=axis))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=687)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    x, e = np.random.default_rng(1).standard_normal((2, asked.people))
    y = 0.5 * x + e

    def ours() -> tuple[float, float]:
        return validity_coefficient(x, y).bootstrap_interval(np.random.default_rng(2), n_resamples=asked.resamples)

    def theirs(statistic: Callable[[Sample, Sample, int], Sample]) -> tuple[float, float]:
        done = stats.bootstrap(
            (x, y), statistic, paired=True, vectorized=True, n_resamples=asked.resamples, rng=np.random.default_rng(2)
        )
        return done.confidence_interval.low, done.confidence_interval.high

    contestants = {"ours": ours, "scipy_pearsonr": lambda: theirs(pearsonr), "scipy_bare_formula": lambda: theirs(bare_formula)}
    begin = time.perf_counter()
    ours()
    first_call = time.perf_counter() - begin
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    intervals = {}
    for _ in range(asked.rounds):
        for name, work in contestants.items():
            begin = time.perf_counter()
            intervals[name] = work()
            taken[name].append(time.perf_counter() - begin)
    seconds = {name: statistics.median(times) for name, times in taken.items()}
    figures = {
        "people": asked.people,
        "resamples": asked.resamples,
        "first_call_seconds": first_call,
        "seconds": seconds,
        "times_faster": {name: seconds[name] / seconds["ours"] for name in contestants if name != "ours"},
        "interval": {name: [round(float(end), 4) for end in interval] for name, interval in intervals.items()},
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

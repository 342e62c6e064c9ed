"""How fast a whole form is screened for DIF, beside a plain logistic regression of one item in the same run.

    python -m benchmarks.dif [--people 100000] [--items 40] [--rounds 5]

Screening is `dif_analysis`: every item by Mantel–Haenszel (Mantel for more than two scores), logistic (proportional-odds)
regression and SIBTEST, with purification of the matching score, on items of two and of five scores, two of which carry DIF.
The baseline fits the three nested logistic models of one item by Newton's method over people, in plain numpy; the ratio is
what a form of such regressions alone would cost over what screening costs. Growth screens ten times fewer and a hundred
times fewer people. Prints JSON: seconds (medians over the rounds) and ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import numpy as np

from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.fairness import dif_analysis

WITH_DIF = (3, 7)


def form(people: int, items: int, scores: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Graded-response items; the focal group is lower by .3 and finds two items harder by .6."""
    group = (rng.random(people) < 0.4).astype(np.int64)
    theta = rng.normal(size=people) - 0.3 * group
    responses = np.empty((people, items))
    for j in range(items):
        slope, cuts = rng.uniform(0.8, 1.8), np.sort(rng.normal(size=scores - 1))
        harder = 0.6 * group if j in WITH_DIF else 0.0
        pull = slope * (theta - harder) + rng.logistic(size=people)
        responses[:, j] = (pull[:, None] > slope * cuts).sum(axis=1)
    return responses, group


def logistic_of_people(item: FloatArray, group: IntArray, total: FloatArray) -> FloatArray:
    """Log-likelihoods of the three nested models of one item, over people."""
    z = (total - total.mean()) / total.std()
    predictors = np.stack([np.ones_like(z), z, group, z * group], axis=1)
    likelihoods = []
    for p in (2, 3, 4):
        x, beta = predictors[:, :p], np.zeros(p)
        for _ in range(25):
            share = 1.0 / (1.0 + np.exp(-(x @ beta)))
            weight = share * (1.0 - share)
            step = np.linalg.solve((x * weight[:, None]).T @ x, x.T @ (item - share))
            beta += step
            if np.abs(step).max() < 1e-8:
                break
        eta = x @ beta
        likelihoods.append(float((item * eta - np.logaddexp(0.0, eta)).sum()))
    return np.array(likelihoods)


def seconds(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def screening(responses: FloatArray, group: IntArray, rounds: int) -> tuple[float, dict[str, object]]:
    found = dif_analysis(responses, group, reference=0)
    taken = seconds(lambda: dif_analysis(responses, group, reference=0), rounds)
    return taken, {
        "seconds": taken,
        "rounds_of_purification": found.purification.rounds,
        "ended": found.purification.ended,
        "flagged": found.flagged,
    }


def beside_baseline(people: int, items: int, scores: int, rounds: int) -> dict[str, object]:
    responses, group = form(people, items, scores, np.random.default_rng(4))
    right, total = (responses[:, 0] > 0).astype(np.float64), responses.sum(axis=1)
    taken, whole = screening(responses, group, rounds)
    one_item = seconds(lambda: logistic_of_people(right, group, total), rounds)
    return {
        **whole,
        "one_item_by_plain_logistic_regression_seconds": one_item,
        "ratio": one_item * items / taken,
        "growth": {str(n): screening(responses[:n], group[:n], rounds)[1] for n in (people // 100, people // 10)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    figures: dict[str, object] = {"people": asked.people, "items": asked.items}
    for scores in (2, 5):
        figures[f"items_of_{scores}_scores"] = beside_baseline(asked.people, asked.items, scores, asked.rounds)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

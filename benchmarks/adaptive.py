"""How fast an adaptive form chooses its next item, and how fast whole sittings are simulated.

    python -m benchmarks.adaptive [--items 200] [--people 1000] [--length 20] [--rounds 5]

Choosing is `next_item` with half of the sitting behind it, on a table made once for the pool; its baseline evaluates the
information of every item with numpy, sorts the pool and takes the first item not yet given, which is what libraries of
adaptive testing do. Simulating is `simulate_adaptive` for people who all answer a form of fixed length; its baseline serves
one person after another with the same evaluation and updates a posterior on the same nodes, for a tenth of the people. Both
choose the same items. The pool is made up, two-parameter or graded with four categories. Prints JSON: medians and ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable

import numpy as np

from assessment.psychometrics.adaptive import AdaptiveRules, InformationTable, next_item, simulate_adaptive
from assessment.psychometrics.irt import Calibration
from assessment.psychometrics.simulation import simulate_item_parameters

MODELS = ("2pl", "grm")
SELECTIONS_A_ROUND = 400


def pool_of(model: str, n_items: int) -> Calibration:
    parameters = simulate_item_parameters(model, n_items, np.random.default_rng(1))
    return Calibration(
        *parameters, log_likelihood=0.0, n_parameters=0, n_people=0, n_iterations=0, converged=True, trace=np.empty(0)
    )


def plain_choice(pool: Calibration, theta: float, answered: list[int]) -> int:
    order = np.argsort(-pool.item_information([theta])[0])
    return next(int(item) for item in order if item not in answered)


def plain_sittings(pool: Calibration, people: np.ndarray, length: int, rng: np.random.Generator) -> list[float]:
    probabilities = pool.probabilities(pool.nodes)
    found = []
    for true in people:
        posterior, theta, answered = pool.node_weights.copy(), 0.0, []
        own = pool.probabilities([true])[0]
        for _ in range(length):
            item = plain_choice(pool, theta, answered)
            answered.append(item)
            response = rng.choice(probabilities.shape[2], p=own[item])
            posterior *= probabilities[:, item, response]
            posterior /= posterior.sum()
            theta = float(posterior @ pool.nodes)
        found.append(theta)
    return found


def microseconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(SELECTIONS_A_ROUND):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return 1e6 * statistics.median(taken)


def milliseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - begin)


def figures(model: str, n_items: int, n_people: int, length: int, rounds: int) -> dict[str, dict[str, float]]:
    pool = pool_of(model, n_items)
    rules = AdaptiveRules(max_items=length, standard_error=None)
    table = InformationTable.of(pool)
    answered = [next_item(table, 0.3, [], rules).item]
    while len(answered) < length // 2:
        answered.append(next_item(table, 0.3, answered, rules).item)
    assert next_item(table, 0.3, answered, rules).item == plain_choice(pool, 0.3, answered)
    people = np.random.default_rng(2).standard_normal(n_people)
    taken: dict[str, list[float]] = {name: [] for name in ("choice", "plain choice", "table", "sittings", "plain sittings")}
    few = people[: max(n_people // 10, 1)]
    rng = np.random.default_rng(3)
    for _ in range(rounds):
        taken["choice"].append(microseconds(lambda: next_item(table, 0.3, answered, rules)))
        taken["plain choice"].append(microseconds(lambda: plain_choice(pool, 0.3, answered)))
        taken["table"].append(milliseconds(lambda: InformationTable.of(pool)))
        taken["sittings"].append(milliseconds(lambda: simulate_adaptive(pool, people, rules, rng, table=table)))
        taken["plain sittings"].append(milliseconds(lambda: plain_sittings(pool, few, length, rng)) * n_people / few.size)
    median = {name: statistics.median(values) for name, values in taken.items()}
    sat = simulate_adaptive(pool, people, rules, rng, table=table)
    return {
        "next_item": {
            "microseconds": median["choice"],
            "plain_microseconds": median["plain choice"],
            "ratio": median["plain choice"] / median["choice"],
            "table_milliseconds_once": median["table"],
        },
        "sittings": {
            "milliseconds": median["sittings"],
            "plain_milliseconds": median["plain sittings"],
            "ratio": median["plain sittings"] / median["sittings"],
            "rmse": sat.rmse,
            "bias": sat.bias,
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    shape = {"items": asked.items, "people": asked.people, "length": asked.length, "cores": os.cpu_count()}
    found = {model: figures(model, asked.items, asked.people, asked.length, asked.rounds) for model in MODELS}
    print(json.dumps(shape | found, indent=1))


if __name__ == "__main__":
    main()

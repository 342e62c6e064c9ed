"""How fast items are calibrated and people scored, beside girth 0.8.0 on the same data in the same run.

    python -m benchmarks.calibration [--people 100000] [--rounds 3] [--largest 1000000]

girth (Python, MIT licence) is the peer that calibrates by marginal maximum likelihood with a normal θ. The two take turns. Its
log-likelihood is evaluated at its parameters on our nodes, so that the two can be compared: ours has to be no lower. girth has no
nominal model: ours has to reach the best of several starts, above the likelihood of the parameters that made the data. Growth
calibrates the graded model from a thousand people up, each size in a process of its own, whose peak of memory counts everything,
the responses included. Data are made up: 20 items, five categories where the model allows, a tenth of the people for the models
of partial credit and nominal options. The first call of a process, which loads the compiler and the machine code it kept, comes
before the rounds and is told apart. Prints JSON: wall-clock seconds (medians) and ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from assessment.psychometrics import irt
from assessment.psychometrics.simulation import simulate_item_parameters, simulate_responses

N_ITEMS = 20
PEOPLE_AT_ONCE = 10_000


def form(model: irt.Model) -> irt.Calibration:
    """A made-up form."""
    n_categories = np.full(N_ITEMS, 2 if model == "2pl" else 5)
    parameters = simulate_item_parameters(model, N_ITEMS, np.random.default_rng(1), n_categories=n_categories)
    return irt.Calibration(
        *parameters, log_likelihood=0.0, n_parameters=0, n_people=0, n_iterations=0, converged=True, trace=np.empty(0)
    )


def answers(truth: irt.Calibration, people: int) -> np.ndarray:
    """People who answer by the form's parameters, drawn a part at a time to spare memory."""
    out = np.empty((people, N_ITEMS))
    for first in range(0, people, PEOPLE_AT_ONCE):
        rng = np.random.default_rng([2, first])
        part = out[first : first + PEOPLE_AT_ONCE]
        theta = rng.standard_normal(len(part))
        part[:] = simulate_responses(truth.model, truth.slopes, truth.intercepts, theta, rng, n_categories=truth.n_categories)
    return out


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def girth_parameters(model: irt.Model, found: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """girth's discriminations and difficulties as slopes and intercepts."""
    slopes, places = np.asarray(found["Discrimination"]), np.asarray(found["Difficulty"])
    if model == "2pl":
        return slopes, -slopes * places
    by_slope = -slopes[:, None] * places
    return slopes, by_slope if model == "grm" else np.cumsum(by_slope, axis=1)


def beside_girth(model: irt.Model, people: int, rounds: int) -> dict[str, Any]:
    import girth

    peer = {"2pl": girth.twopl_mml, "grm": girth.grm_mml, "gpcm": girth.pcm_mml}[model]
    truth = form(model)
    responses = answers(truth, people)
    # girth wants items in rows and counts ordered categories from 1.
    turned = responses.T.astype(int) + (0 if model == "2pl" else 1)
    first_call, _ = seconds(lambda: irt.calibrate(responses, model))
    ours, theirs, ratios = [], [], []
    for _ in range(rounds):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            their_time, found = seconds(lambda: peer(turned))
        times = []
        for _ in range(3):
            our_time, calibration = seconds(lambda: irt.calibrate(responses, model))
            times.append(our_time)
        ours.append(statistics.median(times))
        theirs.append(their_time)
        ratios.append(their_time / ours[-1])
    slopes, intercepts = girth_parameters(model, found)
    at_theirs = irt.Calibration(model, slopes, intercepts, truth.n_categories, 0.0, 0, 0, 0, True, np.empty(0)).log_likelihoods(
        responses
    )
    return {
        "people": people,
        "seconds": statistics.median(ours),
        "girth_seconds": statistics.median(theirs),
        "times_girth": statistics.median(ratios),
        "log_likelihood": calibration.log_likelihood,
        "above_girth": calibration.log_likelihood - float(at_theirs.sum()),
        "iterations": calibration.n_iterations,
        "converged": calibration.converged,
        "first_call_seconds": first_call,
    }


def nominal(people: int, rounds: int) -> dict[str, Any]:
    truth = form("nrm")
    responses = answers(truth, people)
    irt.calibrate(responses, "nrm")
    times = []
    for _ in range(max(rounds, 5)):
        taken, calibration = seconds(lambda: irt.calibrate(responses, "nrm"))
        times.append(taken)
    best = irt.calibrate(responses, "nrm", starts=6, seed=1, tolerance=1e-6)
    return {
        "people": people,
        "seconds": statistics.median(times),
        "log_likelihood": calibration.log_likelihood,
        "above_the_truth": calibration.log_likelihood - float(truth.log_likelihoods(responses).sum()),
        "below_the_best_of_six_starts": best.log_likelihood - calibration.log_likelihood,
        "iterations": calibration.n_iterations,
    }


def scoring(people: int, rounds: int) -> dict[str, Any]:
    truth = form("grm")
    responses = answers(truth, people)
    truth.scores(responses)
    one = responses[:1].copy()
    truth.scores(one)
    many = [seconds(lambda: truth.scores(responses))[0] for _ in range(max(rounds, 7))]
    calls = 2_000
    single = []
    for _ in range(max(rounds, 7)):
        begin = time.perf_counter()
        for _ in range(calls):
            truth.scores(one)
        single.append((time.perf_counter() - begin) / calls)
    p = truth.probabilities(truth.nodes)

    def plain() -> np.ndarray:
        """The posterior mean in numpy, one item after the other: the baseline."""
        posterior = np.tile(truth.node_weights, (people, 1))
        for j in range(N_ITEMS):
            posterior *= p[:, j, responses[:, j].astype(int)].T
        return posterior @ truth.nodes / posterior.sum(axis=1)

    baseline = [seconds(plain)[0] for _ in range(3)]
    return {
        "people": people,
        "eap_and_sd_seconds": statistics.median(many),
        "numpy_seconds": statistics.median(baseline),
        "times_numpy": statistics.median(baseline) / statistics.median(many),
        "one_person_microseconds": 1e6 * statistics.median(single),
    }


def growth(largest: int, rounds: int) -> list[dict[str, Any]]:
    out = []
    people = 1_000
    while people <= largest:
        command = [sys.executable, "-m", "benchmarks.calibration", "--alone", str(people), "--rounds", str(max(rounds, 3))]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        out.append(json.loads(done.stdout))
        people *= 10
    return out


def alone(people: int, rounds: int) -> dict[str, Any]:
    """The graded model in this process, with its peak of memory."""
    responses = answers(form("grm"), people)
    irt.calibrate(responses[: max(1_000, people // 10)], "grm")
    before = peak_megabytes()
    times = []
    for _ in range(rounds):
        taken, calibration = seconds(lambda: irt.calibrate(responses, "grm"))
        times.append(taken)
    return {
        "people": people,
        "seconds": statistics.median(times),
        "iterations": calibration.n_iterations,
        "log_likelihood": calibration.log_likelihood,
        "peak_megabytes": peak_megabytes(),
        "peak_megabytes_before": before,
        "responses_megabytes": responses.nbytes / 2**20,
    }


def peak_megabytes() -> float:
    """The most memory that this process held so far. (The accounting of a child begins with what its parent held.)"""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def loading(rounds: int) -> dict[str, Any]:
    """How long a new interpreter takes to import the whole engine, beside numpy alone."""
    modules = "pkgutil.iter_modules(p.__path__, p.__name__ + '.')"
    engine = f"import pkgutil, importlib, assessment.psychometrics as p; [importlib.import_module(m.name) for m in {modules}]"

    def median(code: str) -> float:
        timed = f"import time; begin = time.perf_counter(); {code}; print(time.perf_counter() - begin)"
        command = [sys.executable, "-c", timed]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(max(rounds, 5))]
        return statistics.median(float(run.stdout) for run in runs)

    kernels = subprocess.run(
        [sys.executable, "-c", f"{engine}; import sys; print('numba' in sys.modules)"], capture_output=True, text=True, check=True
    )
    return {
        "package_seconds": median("import assessment.psychometrics"),
        "every_module_seconds": median(engine),
        "numpy_alone_seconds": median("import numpy"),
        "loads_the_compiler": kernels.stdout.strip() == "True",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--largest", type=int, default=1_000_000)
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        print(json.dumps(alone(asked.alone, asked.rounds)))
        return
    figures = {
        "2pl": beside_girth("2pl", asked.people, asked.rounds),
        "grm": beside_girth("grm", asked.people, asked.rounds),
        "gpcm": beside_girth("gpcm", asked.people // 10, asked.rounds),
        "nrm": nominal(asked.people // 10, asked.rounds),
        "scores": scoring(asked.people, asked.rounds),
        "growth": growth(asked.largest, asked.rounds),
        "loading": loading(asked.rounds),
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

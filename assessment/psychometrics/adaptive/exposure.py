"""Sympson–Hetter control of how often items are seen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.adaptive.information import InformationTable
from assessment.psychometrics.adaptive.rules import AdaptiveRules
from assessment.psychometrics.adaptive.simulated import simulate_adaptive
from assessment.psychometrics.arrays import FloatArray, as_given, count, share, within
from assessment.psychometrics.irt.calibration import Calibration


def exposure_parameters(selection_rates: ArrayLike, largest: float) -> float | FloatArray:
    """k = min(1, r_max / P(S)): how often an item that was selected may be given (Sympson & Hetter, 1985).

    `selection_rates` P(S) in [0, 1], of any shape; `largest` is r_max, between 0 and 1.
    """
    rates = within("selection_rates", selection_rates, 0.0, 1.0)
    r_max = share("largest", largest)
    return as_given(np.asarray(np.minimum(1.0, r_max / np.maximum(rates, r_max))))


@dataclass(frozen=True, eq=False)
class SympsonHetter:
    """`parameters` (k,) for `AdaptiveRules.exposure`, with the rates (k,) of the simulation that tried them.

    `trace` holds the largest exposure rate of each iteration; `converged` says that the one of `parameters` is at most the
    limit asked for.
    """

    parameters: FloatArray
    selection_rates: FloatArray
    exposure_rates: FloatArray
    converged: bool
    trace: FloatArray = field(repr=False)

    @property
    def n_iterations(self) -> int:
        return int(self.trace.size)


def sympson_hetter(
    calibration: Calibration,
    rules: AdaptiveRules,
    largest: float,
    rng: np.random.Generator,
    *,
    n_people: int = 2_000,
    max_iterations: int = 50,
    table: InformationTable | None = None,
) -> SympsonHetter:
    """Exposure parameters under which no item is given to more than a share `largest` of people (Sympson & Hetter, 1985).

    Simulated people, drawn anew from the calibration's distribution in every iteration, sit the form under the parameters so
    far; the shares for whom each item was selected give the next parameters; until the largest exposure rate is at most
    `largest`. The `rules.max_items` least controlled items are always given, so that no sitting runs dry. Exposure rates are
    estimated from `n_people`, and the largest of many estimates lies above the truth: the parameters aim two standard errors
    of a rate below the limit, so that the limit holds outside the simulation too.

    Parameters
    ----------
    rules : of the form; exposure parameters in them are where the iterations begin.
    largest : r_max, between 0 and 1; .20 to .25 is usual.
    n_people : at least 100.

    Raises
    ------
    ValueError
        A limit so low that the pool has too few items for it.
    """
    n_people, max_iterations = count("n_people", n_people, at_least=100), count("max_iterations", max_iterations, at_least=1)
    limit = share("largest", largest)
    pool = InformationTable.of(calibration) if table is None else table
    aim = limit - 2.0 * math.sqrt(limit * (1.0 - limit) / n_people)
    if aim * pool.n_items <= rules.max_items:
        raise ValueError(
            f"largest must leave room for {rules.max_items} items a sitting from a pool of {pool.n_items} and be far above the "
            f"error of {n_people} people; it is {largest!r}"
        )
    parameters = np.ones(pool.n_items) if rules.exposure is None else rules.exposure
    trace: list[float] = []
    best: SympsonHetter | None = None
    while best is None or (len(trace) < max_iterations and not best.converged):
        theta = rng.normal(calibration.latent_mean, calibration.latent_sd, n_people)
        tried = simulate_adaptive(calibration, theta, replace(rules, exposure=parameters), rng, table=pool)
        trace.append(float(tried.exposure_rates.max()))
        if trace[-1] == min(trace):
            best = SympsonHetter(parameters, tried.selection_rates, tried.exposure_rates, trace[-1] <= limit, np.empty(0))
        parameters = np.asarray(exposure_parameters(tried.selection_rates, aim))
        parameters[np.argsort(-parameters, kind="stable")[: rules.max_items]] = 1.0
    return replace(best, trace=np.array(trace))

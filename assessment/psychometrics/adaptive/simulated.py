"""Whole adaptive sittings of made-up people, to see what the rules do before anybody sits them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.adaptive.information import InformationTable
from assessment.psychometrics.adaptive.rules import AdaptiveRules
from assessment.psychometrics.adaptive.selection import choose
from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, vector
from assessment.psychometrics.irt import curves
from assessment.psychometrics.irt.calibration import Calibration


@dataclass(frozen=True, eq=False)
class AdaptiveSimulation:
    """What happened to n people in sittings of at most L items.

    `theta` (n,) is the truth, `estimate` and `standard_error` (n,) the final EAP with its posterior SD. `items` (n, L) are places
    in the order given, −1 after the end, `responses` (n, L) the categories, NaN after the end. `selection_rates` and
    `exposure_rates` (k,) are the shares of people for whom an item was selected, and to whom it was given; they differ under
    Sympson–Hetter control alone.
    """

    theta: FloatArray
    estimate: FloatArray
    standard_error: FloatArray
    items: IntArray = field(repr=False)
    responses: FloatArray = field(repr=False)
    selection_rates: FloatArray = field(repr=False)
    exposure_rates: FloatArray = field(repr=False)

    @property
    def n_items(self) -> IntArray:
        """Length of each sitting: (n,)."""
        return np.asarray((self.items >= 0).sum(axis=1))

    @property
    def mean_length(self) -> float:
        return float(self.n_items.mean())

    @property
    def bias(self) -> float:
        """Mean of estimate − θ."""
        return float((self.estimate - self.theta).mean())

    @property
    def rmse(self) -> float:
        """Root mean square of estimate − θ."""
        return float(np.sqrt(((self.estimate - self.theta) ** 2).mean()))

    @property
    def overlap(self) -> float:
        """Share of a sitting's items that another person was given too, mean over pairs (Chen, Ankenmann & Spray, 2003).

        n Σ e_j² / ((n − 1) L̄) − 1 / (n − 1) for exposure rates e and mean length L̄; NaN for one person.
        """
        n = self.theta.size
        if n < 2:
            return float("nan")
        return float((n * (self.exposure_rates**2).sum() / self.mean_length - 1.0) / (n - 1.0))


def simulate_adaptive(
    calibration: Calibration,
    theta: ArrayLike,
    rules: AdaptiveRules,
    rng: np.random.Generator,
    *,
    table: InformationTable | None = None,
) -> AdaptiveSimulation:
    """Let made-up people with known θ sit the adaptive form, all at once.

    Each answers as the calibration says, and is scored by EAP over the calibration's own distribution after every answer;
    selection and stopping are those of `next_item` and `stop_reason`.

    Parameters
    ----------
    theta : (n,) true θ, at least one.
    table : of the calibration; made here where not given, which costs more than the sittings of a few hundred people.

    Raises
    ------
    ValueError
        No people, or rules for another pool.
    """
    people = vector("theta", theta, complete=True)
    if people.size == 0:
        raise ValueError("theta must hold at least one person")
    pool = InformationTable.of(calibration) if table is None else table
    n, k = people.size, pool.n_items
    rules.suits(k)
    likelihood = np.ascontiguousarray(calibration.probabilities(calibration.nodes).transpose(1, 2, 0))
    moments = np.stack([np.ones_like(calibration.nodes), calibration.nodes, calibration.nodes**2], axis=1)
    # Axis 0 of everything below is people still sitting; `place` says who they are.
    place = np.arange(n)
    posterior = np.tile(calibration.node_weights, (n, 1))
    free = np.ones((n, k), dtype=np.bool_)
    counts = None if rules.content is None else np.zeros((n, rules.content.shares.size), dtype=np.int64)
    estimate, standard_error = _scored(posterior, moments)[:2]
    items = np.full((n, rules.max_items), -1, dtype=np.int64)
    responses = np.full((n, rules.max_items), np.nan)
    selected = np.zeros(k)
    for step in range(rules.max_items):
        information = pool.at(estimate[place])
        goes_on = _goes_on(step, rules, standard_error[place], information, free)
        if not goes_on.all():
            place, posterior, free, information = place[goes_on], posterior[goes_on], free[goes_on], information[goes_on]
            counts = None if counts is None else counts[goes_on]
        if not place.size:
            break
        item, passed_over = choose(pool, estimate[place], information, free, step, counts, rules, rng)
        row = np.arange(place.size)
        free[row, item] = False
        np.add.at(selected, item, 1.0)
        if passed_over is not None:
            free &= ~passed_over
            selected += passed_over.sum(axis=0)
        if counts is not None and rules.content is not None:
            counts[row, rules.content.area_of_item[item]] += 1
        response = _answers(calibration, item, people[place], rng)
        items[place, step], responses[place, step] = item, response
        posterior *= likelihood[item, response]
        estimate[place], standard_error[place], posterior = _scored(posterior, moments)
    given = np.bincount(items[items >= 0], minlength=k)
    return AdaptiveSimulation(people, estimate, standard_error, items, responses, selected / n, given / n)


def _goes_on(step: int, rules: AdaptiveRules, standard_error: FloatArray, information: FloatArray, free: BoolArray) -> BoolArray:
    goes_on = free.any(axis=1)
    if step >= rules.min_items:
        if rules.standard_error is not None:
            goes_on &= standard_error > rules.standard_error
        if rules.least_information is not None:
            goes_on &= np.where(free, information, -np.inf).max(axis=1) >= rules.least_information
    return np.asarray(goes_on)


def _answers(calibration: Calibration, item: IntArray, theta: FloatArray, rng: np.random.Generator) -> IntArray:
    """One response of each person to an item of their own."""
    c = calibration
    # A person and an item make one item of their own, with slopes a θ, asked at θ = 1.
    at = theta if c.slopes.ndim == 1 else theta[:, None]
    p = curves.category_probabilities(c.model, c.slopes[item] * at, c.intercepts[item], c.n_categories[item], [1.0])[0]
    passed = rng.random(item.size)[:, None] >= p.cumsum(axis=1)
    return np.asarray(np.minimum(passed.sum(axis=1), c.n_categories[item] - 1))


def _scored(posterior: FloatArray, moments: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean and SD of each person's posterior, and the posterior made to sum to 1 so that long products never vanish."""
    total, first, second = (posterior @ moments).T
    mean = first / total
    return mean, np.sqrt(np.maximum(second / total - mean**2, 0.0)), posterior / total[:, None]

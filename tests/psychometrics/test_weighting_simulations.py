"""Do the strategies and the gate keep their promises on data whose truth is known?

The figures come from a study with 250 samples a cell (weights) and 120 (gate) on the same generator, without the movement
cap and the tiers of cases. The short run takes a few cells with fewer samples; the soak takes all cells with 400.
"""

import math
import os

import numpy as np
import pytest

from assessment.psychometrics import simulation, weighting

PATTERNS = {
    "equal": simulation.EQUAL_PATTERN,
    "mild": simulation.MILD_PATTERN,
    "sparse": simulation.SPARSE_PATTERN,
}
KEY = np.ones(12)
R = simulation.item_correlations(12)

# Population validity of the weights: unit, ridge, ridge toward unit.
VALIDITY = {
    ("equal", 30): (0.255, 0.148, 0.186),
    ("equal", 60): (0.255, 0.194, 0.230),
    ("equal", 200): (0.255, 0.223, 0.249),
    ("equal", 1000): (0.255, 0.246, 0.254),
    ("mild", 30): (0.255, 0.191, 0.208),
    ("mild", 60): (0.255, 0.231, 0.246),
    ("mild", 100): (0.255, 0.254, 0.261),
    ("mild", 200): (0.255, 0.272, 0.271),
    ("mild", 400): (0.255, 0.290, 0.287),
    ("mild", 1000): (0.255, 0.304, 0.303),
    ("sparse", 30): (0.199, 0.216, 0.196),
    ("sparse", 60): (0.199, 0.266, 0.244),
    ("sparse", 200): (0.199, 0.335, 0.331),
    ("sparse", 400): (0.199, 0.364, 0.363),
}
# Share of samples in which the gate adopts the proposal.
ADOPTED = {
    ("equal", 60): 0.01,
    ("equal", 200): 0.01,
    ("equal", 800): 0.00,
    ("mild", 60): 0.02,
    ("mild", 100): 0.04,
    ("mild", 200): 0.12,
    ("mild", 400): 0.37,
    ("mild", 800): 0.72,
    ("sparse", 60): 0.10,
    ("sparse", 100): 0.25,
    ("sparse", 200): 0.77,
    ("sparse", 400): 0.98,
}
SOAKING = bool(os.environ.get("ATTUNE_SOAK"))


def check_validity(pattern, n, n_samples):
    v = PATTERNS[pattern]
    rng = np.random.default_rng(20261123)
    strategies = (weighting.Unit(), weighting.Ridge(), weighting.RidgeTowardKey(KEY))
    found = []
    for _ in range(n_samples):
        sample = weighting.TrainingSample(*as_sample(n, v, rng))
        found.append([weighting.composite_validity(strategy.fit(sample).weights, R, v) for strategy in strategies])
    unit, ridge, toward_unit = np.mean(found, axis=0)
    expected = VALIDITY[pattern, n]
    # Each figure carries the error of its own samples besides the tolerance; the reference had 250.
    error = 3 * np.std(found, axis=0) * math.sqrt(1 / n_samples + 1 / 250)
    assert unit == pytest.approx(expected[0], abs=0.02 + error[0])
    assert ridge == pytest.approx(expected[1], abs=0.02 + error[1])
    # Better than the reference at small n, since a key that fails in a small sample is not turned round.
    assert toward_unit >= expected[2] - 0.02 - error[2]
    assert toward_unit <= expected[2] + 0.02 + error[2] or n == 30


def check_gate(pattern, n, n_samples):
    v = PATTERNS[pattern]
    rng = np.random.default_rng(7)
    strategies = [weighting.CurrentKey(KEY), weighting.RidgeTowardKey(KEY)]
    unit_validity = weighting.composite_validity(KEY, R, v)
    adopted = harmful = 0
    for repeat in range(n_samples):
        design, y = as_sample(n, v, rng)
        fold = weighting.folds(n, 10, repeat, 0)
        now, new = weighting.out_of_fold_predictions(design, y, strategies, fold).values()
        waived = ["cases", "impact", "reliability"]
        if weighting.gate(y, now[None, :], new[None, :], n_weights=12, waive=waived).passed:
            adopted += 1
            weights = strategies[1].fit(weighting.TrainingSample(design, y)).weights
            harmful += weighting.composite_validity(weights, R, v) < unit_validity
    rate = ADOPTED[pattern, n]
    slack = 3 * math.sqrt(max(rate * (1 - rate), 0.01) * (1 / n_samples + 1 / 120))
    assert adopted / n_samples == pytest.approx(rate, abs=slack)
    assert harmful / n_samples <= 0.05


def as_sample(n, validities, rng):
    items, criterion = simulation.simulate_items(n, validities, rng)
    return weighting.as_design(items), criterion


@pytest.mark.soak
@pytest.mark.parametrize(
    ("pattern", "n"), list(VALIDITY) if SOAKING else [("equal", 60), ("mild", 200), ("sparse", 60), ("sparse", 400)]
)
def test_strategies_reach_the_validity_of_the_table(pattern, n):
    check_validity(pattern, n, 400 if SOAKING else 100)


@pytest.mark.soak
@pytest.mark.parametrize(("pattern", "n"), list(ADOPTED) if SOAKING else [("equal", 60), ("mild", 60), ("sparse", 200)])
def test_the_gate_rarely_lets_harm_through(pattern, n):
    check_gate(pattern, n, 400 if SOAKING else 120)

"""Do the strategies and the gate keep their promises on data whose truth is known?

The short run takes a few cells of the published tables; the soak takes all of them, with 400 samples each.
"""

import math
import os

import numpy as np
import pytest

from assessment.psychometrics import simulation, weighting
from benchmarks import weighting_tables as tables

SOAKING = bool(os.environ.get("ATTUNE_SOAK"))


@pytest.mark.soak
@pytest.mark.parametrize(
    ("pattern", "n"),
    list(tables.PUBLISHED_VALIDITY) if SOAKING else [("equal", 60), ("mild", 200), ("sparse", 60)],
)
def test_strategies_reach_the_validity_of_the_table(pattern, n):
    row = tables.validity_row(pattern, n, 400)
    failed = {name: figure for name, figure in row.figures.items() if not figure.passed}
    assert not failed


@pytest.mark.soak
@pytest.mark.parametrize(
    ("pattern", "n"), list(tables.PUBLISHED_RULES) if SOAKING else [("equal", 60), ("mild", 60), ("sparse", 200)]
)
def test_the_gate_rarely_lets_harm_through(pattern, n):
    for row in tables.rules_rows(pattern, n, 400 if SOAKING else 60):
        failed = {name: figure for name, figure in row.figures.items() if not figure.passed}
        assert not failed
        assert row.harm <= tables.MOST_HARM


def test_a_gain_in_the_sample_is_always_there_and_says_nothing():
    product, _ = tables.rules_rows("equal", 60, 10)
    assert product.figures["in-sample r rises: adopts"].found == 1
    assert product.figures["in-sample r rises: harms"].found == 1


def test_a_key_is_turned_round_as_published_and_never_by_the_product():
    items, criterion = simulation.simulate_items(150, simulation.EQUAL_PATTERN, np.random.default_rng(4))
    design = weighting.as_design(items)
    plain, turned = (weighting.TrainingSample(design, sign * criterion) for sign in (1, -1))
    as_published = tables.AsPublished()
    np.testing.assert_allclose(as_published.fit(plain).weights, tables.PRODUCT.fit(plain).weights)
    np.testing.assert_allclose(as_published.fit(turned).weights, -as_published.fit(plain).weights)
    assert weighting.composite_agreement(tables.PRODUCT.fit(turned).weights, -np.ones(12), tables.R) < 0.99


@pytest.mark.parametrize(("pattern", "validity"), [("equal", 0.253), ("mild", 0.268), ("sparse", 0.224)])
def test_the_noisy_expert_is_as_good_as_published(pattern, validity):
    rng = np.random.default_rng(1)
    found = np.mean([tables.truth(tables.noisy_expert(pattern, rng), pattern) for _ in range(2_000)])
    assert found == pytest.approx(validity, abs=0.001)


def test_a_rate_may_differ_by_chance_only():
    """Two studies of 120 and 400 whose common rate is .2: three standard errors are .125."""
    assert tables.three_errors(0.2, 0.2, 400) == pytest.approx(3 * math.sqrt(0.2 * 0.8 * (1 / 120 + 1 / 400)) + 0.005, abs=0.001)
    assert tables.three_errors(0.0, 0.0, 400) > 0


def test_the_table_marks_what_fails():
    figures = {"unit": tables.Figure(0.31, 0.25, 0.02), "ridge": tables.Figure(math.nan, -0.129, 0.02)}
    head, _, line = tables.markdown([tables.Row("equal", 60, figures)])
    assert head == "| truth | n | unit | ridge | |"
    assert line == "| equal | 60 | **.310 (.250)** | – (-.129) | **fail** |"
    assert not tables.Row("equal", 60, {}, harm=0.051).passed

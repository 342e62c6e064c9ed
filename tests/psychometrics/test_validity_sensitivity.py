"""Leavers and unrecorded reasons for hiring: known populations, and agreement with what assumes less."""

import numpy as np
import pytest

from assessment.psychometrics.validity import attrition_weighted, factored_likelihood, selection_sensitivity


def hires(n=400, seed=2):
    """Score, criterion (NaN for leavers, whose leaving depends on score and z), z, and everybody's criterion."""
    x, z, e, d = np.random.default_rng(seed).standard_normal((4, n))
    y = 0.5 * x + 0.4 * z + 0.7 * e
    return x, np.where(0.4 - 0.6 * x - 0.5 * z + d > 0, y, np.nan), z, y


def test_weights_bring_back_the_correlation_among_all_hires():
    x, y, z, everybody = hires(40_000)
    found = attrition_weighted(x, y, z)
    assert found.standard_error < 0.012
    assert found.estimate == pytest.approx(np.corrcoef(x, everybody)[0, 1], abs=3 * found.standard_error)
    assert found.observed < found.estimate - 4 * found.standard_error
    assert found.attrition_correlation == pytest.approx(np.corrcoef(x, np.isnan(y))[0, 1])
    assert found.effective_n < found.n_stayed < found.n_hired == 40_000
    assert 0 < found.smallest_probability < 0.1


def test_equal_chances_leave_the_plain_correlation():
    """A symmetric design in which leaving has nothing to do with the score."""
    x = np.tile(np.arange(8.0), 4)
    y = np.where(np.repeat([0, 0, 0, 1], 8) == 1, np.nan, x + np.sin(5 * np.arange(32)))
    found = attrition_weighted(x, y)
    assert found.estimate == pytest.approx(found.observed)
    assert found.effective_n == pytest.approx(found.n_stayed) == 24
    assert found.attrition_correlation == pytest.approx(0, abs=1e-12)


def test_the_weighted_correlation_is_that_of_people_counted_so_often():
    """Two scores; a quarter of the low and three quarters of the high left: weights 4/3 and 4."""
    x = np.repeat([0.0, 1.0], [40, 40])
    left = np.concatenate([np.arange(40) % 4 == 0, np.arange(40) % 4 != 0])
    y = np.where(left, np.nan, x + np.cos(np.arange(80.0)))
    times = np.concatenate([np.full(30, 4), np.full(10, 12)])
    stayed = ~left
    counted = np.corrcoef(np.repeat(x[stayed], times), np.repeat(y[stayed], times))[0, 1]
    found = attrition_weighted(x, y)
    assert found.estimate == pytest.approx(counted)
    assert found.smallest_probability == pytest.approx(0.25)


def test_the_interval_covers_the_true_validity_as_often_as_it_says():
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(300):
        x, e, d = rng.standard_normal((3, 150))
        y = np.where(0.6 - 0.4 * x + d > 0, 0.5 * x + np.sqrt(0.75) * e, np.nan)
        low, high = attrition_weighted(x, y).confidence_interval(0.90)
        held += low <= 0.5 <= high
    assert held / 300 == pytest.approx(0.90, abs=0.05)


def test_without_an_unrecorded_reason_the_curve_passes_through_the_factored_likelihood():
    x, y, z, _ = hires()
    curve = selection_sensitivity(x, y, z)
    assert curve.estimates[curve.correlations == 0] == pytest.approx(factored_likelihood(x, y, z).estimate, abs=1e-12)
    assert (curve.n_applicants, curve.n_hired) == (400, (~np.isnan(y)).sum())
    assert curve.correlations == pytest.approx(np.linspace(-0.5, 0.5, 11))
    alone = selection_sensitivity(x, y, correlations=[0.0])
    assert alone.estimates[0] == pytest.approx(factored_likelihood(x, y).estimate, abs=1e-12)


def test_the_true_correlation_of_errors_gives_the_true_validity():
    """Hiring by score plus a liking that has r .4 with what the score does not tell of the criterion."""
    x, liking, e = np.random.default_rng(5).standard_normal((3, 100_000))
    y = 0.5 * x + 0.4 * liking + np.sqrt(1 - 0.16) * e
    seen = np.where(0.8 * x - 0.5 + liking > 0, y, np.nan)
    curve = selection_sensitivity(x, seen, correlations=[0.0, 0.4])
    assert curve.estimates[1] == pytest.approx(0.5 / np.sqrt(1.25), abs=0.01)
    assert curve.estimates[0] < curve.estimates[1] - 0.05


def test_the_curve_rises_where_hiring_and_score_go_together():
    x, y, _, _ = hires(2000)
    assert (np.diff(selection_sensitivity(-x, -y).estimates) > 0).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: attrition_weighted(np.arange(9.0), np.arange(9.0)), "criterion must be NaN for the people who have none"),
        (lambda: attrition_weighted(np.arange(9.0), [1, 2, 3] + [np.nan] * 6), "for at least 4 people"),
        (
            lambda: selection_sensitivity(np.arange(20.0), np.where(np.arange(20) < 8, np.nan, np.arange(20.0) ** 2)),
            "must leave hiring open for some",
        ),
        (lambda: selection_sensitivity(*hires()[:2], correlations=[1.0]), "correlations must lie strictly between -1 and 1"),
        (lambda: attrition_weighted(np.ones(9), [1, 2, 3, 4, 5] + [np.nan] * 4), "must hold predictors that vary"),
        (lambda: attrition_weighted(*hires()[:2], hires()[0] * 2 + 1), "none of which follows from the others"),
        (lambda: selection_sensitivity(*hires()[:2], np.ones(hires()[0].size)), "must hold predictors that vary"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

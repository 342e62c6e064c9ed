"""Lawley's correction and the factored likelihood: known populations, and their agreement with Thorndike's cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.validity import correct_range_restriction, factored_likelihood, lawley, truncation_ratio

HIRED = np.array([[1, 0.25, 0.4], [0.25, 1, 0.3], [0.4, 0.3, 1.0]])


def applicants(n=300, hired=90, seed=4):
    """Score, another test z, and a criterion known for those who did best on both."""
    rng = np.random.default_rng(seed)
    z, e, d = rng.standard_normal((3, n))
    x = 0.4 * z + np.sqrt(0.84) * e
    y = 0.3 * x + 0.4 * z + d
    y[np.argsort(-(x + z))[hired:]] = np.nan
    return x, y, z


def test_one_selection_variable_gives_case_two_and_case_three():
    """R 4.2.2, psych 2.2.9: rangeCorrection(.25, 1, .6); Thorndike's case III .379583117744268 for the pair apart from z."""
    by_x = lawley(HIRED, [[1 / 0.6**2]], correlations=True)
    assert by_x[0, 1] == pytest.approx(correct_range_restriction(0.25, case="II", u=0.6), abs=1e-12)
    by_z = lawley(HIRED, [[1 / 0.6**2]], [2], correlations=True)
    assert by_z[0, 1] == pytest.approx(0.379583117744268, abs=1e-12)


@pytest.mark.parametrize("selected", [[0, 1], [3, 1], [2]])
def test_what_selection_did_to_a_covariance_matrix_is_undone(selected):
    """Selection changes V_pp and carries over to the rest through the regressions on p: Pearson's formulae, forward."""
    rng = np.random.default_rng(1)
    loadings = rng.standard_normal((4, 4))
    before = loadings @ loadings.T
    left = 0.5 * np.diag(np.diag(before)[selected]) @ np.eye(len(selected))
    after = lawley(before, left, selected)
    np.testing.assert_allclose(after[np.ix_(selected, selected)], left)
    np.testing.assert_allclose(lawley(after, before[np.ix_(selected, selected)], selected), before, atol=1e-10)


def test_the_restricted_matrix_is_the_one_to_be_corrected():
    """A criterion's correlation grows when the selection variables get their variance back, and not when they lose it."""
    wider, narrower = lawley(HIRED, [[4.0]], correlations=True), lawley(HIRED, [[0.25]], correlations=True)
    assert narrower[0, 1] < 0.25 < wider[0, 1]


def test_lawley_finds_the_validity_before_hiring_by_two_tests():
    rng = np.random.default_rng(2)
    n = 200_000
    x, z, e = rng.standard_normal((3, n))
    y = 0.4 * x + 0.3 * z + e
    taken = (x > 0.3) & (z > -0.2)
    everybody = np.cov(np.stack([x, z, y]))
    corrected = lawley(np.cov(np.stack([x, z, y])[:, taken]), everybody[:2, :2], correlations=True)
    assert corrected[0, 2] == pytest.approx(0.4 / np.sqrt(1.25), abs=0.01)


def test_the_factored_likelihood_of_the_worked_example():
    """S_x 10, s_x 6, s_y 4, r .25 among the hired: slope .16667, criterion SD 4.2164, correlation .39528."""
    hired_x = 6 * np.array([-1.0, -1, 1, 1, -1, 1, 0.5, -0.5]) / np.sqrt(0.8125)
    noise = np.array([1.0, -1, 1, -1, 0, 0, 0, 0])
    y = 0.25 * hired_x / 6 + np.sqrt(1 - 0.0625) * noise / noise.std()
    rest = np.sqrt((16 * 100 - (hired_x**2).sum()) / 8) * np.tile([1.0, -1], 4)
    found = factored_likelihood(np.concatenate([hired_x, rest]), np.concatenate([4 * y, np.full(8, np.nan)]))
    assert found.observed == pytest.approx(0.25)
    assert found.estimate == pytest.approx(correct_range_restriction(0.25, case="II", u=0.6), abs=1e-12)
    assert (found.estimate, found.criterion_sd) == pytest.approx((0.39528, 4.2164), abs=5e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 0.9))
def test_with_the_score_alone_it_is_case_two(seed, share):
    rng = np.random.default_rng(seed)
    x, e = rng.standard_normal((2, 60))
    y = np.where(np.argsort(np.argsort(-x)) < max(5, int(60 * share)), 0.4 * x + e, np.nan)
    hired = ~np.isnan(y)
    found = factored_likelihood(x, y)
    assert found.estimate == pytest.approx(
        correct_range_restriction(found.observed, case="II", u=x[hired].std() / x.std()), abs=1e-12
    )
    assert (found.n_applicants, found.n_hired) == (60, hired.sum())


def test_with_a_covariate_it_is_lawleys_correction():
    """The route through covariances: those of the hired over n, brought to the applicants' by Lawley's formulae."""
    x, y, z = applicants()
    hired = ~np.isnan(y)
    among = np.cov(np.stack([x, z, y])[:, hired], bias=True)
    corrected = lawley(among, np.cov(np.stack([x, z]), bias=True), correlations=True)
    found = factored_likelihood(x, y, z)
    assert found.estimate == pytest.approx(corrected[0, 2], abs=1e-12)
    r = corrected[:2, 2]
    assert found.multiple_r**2 == pytest.approx(r @ np.linalg.solve(corrected[:2, :2], r))
    assert factored_likelihood(-x, y).multiple_r == pytest.approx(factored_likelihood(x, y).estimate)
    reordered = factored_likelihood(x, y, np.column_stack([np.ones(300) * x + z, z]) @ np.array([[1.0], [0.5]]))
    assert reordered.estimate == pytest.approx(found.estimate, abs=1e-10)


def test_with_everybody_hired_it_is_the_plain_correlation():
    x, e = np.random.default_rng(3).standard_normal((2, 400))
    found = factored_likelihood(x, 0.5 * x + e)
    r = np.corrcoef(x, 0.5 * x + e)[0, 1]
    assert found.estimate == pytest.approx(r)
    assert found.standard_error == pytest.approx((1 - r * r) / np.sqrt(400), rel=0.01)
    assert found.criterion_mean == pytest.approx((0.5 * x + e).mean())


def test_people_without_a_recorded_value_are_left_out():
    x, y, z = applicants()
    x[:10], z[5:20] = np.nan, np.nan
    found = factored_likelihood(x, y, z)
    again = factored_likelihood(x[20:], y[20:], z[20:])
    assert found == again
    assert found.n_applicants == 280


def test_the_interval_covers_the_true_validity_as_often_as_it_says():
    """400 samples of 150 applicants of whom the top 30 % are hired; true r .40."""
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(400):
        x, e = rng.standard_normal((2, 150))
        y = 0.4 * x + np.sqrt(0.84) * e
        y[x < np.quantile(x, 0.7)] = np.nan
        low, high = factored_likelihood(x, y).confidence_interval(0.90)
        held += low <= 0.4 <= high
    assert held / 400 == pytest.approx(0.90, abs=0.04)


def test_the_interval_narrows_when_more_applicants_are_recorded_and_more_are_hired():
    def width(n, share):
        rng = np.random.default_rng(5)
        x, e = rng.standard_normal((2, n))
        y = np.where(x > np.quantile(x, 1 - share), 0.3 * x + e, np.nan)
        low, high = factored_likelihood(x, y).confidence_interval()
        return high - low

    assert width(2000, 0.5) < width(500, 0.5) < width(500, 0.1)


def test_mean_criterion_of_applicants_is_below_that_of_those_who_were_hired():
    x, y, z = applicants(5000, 1000)
    found = factored_likelihood(x, y, z)
    assert found.criterion_mean == pytest.approx(0.0, abs=0.1)
    assert np.nanmean(y) > 0.5
    u = truncation_ratio(0.2)
    assert 0.3 < u < found.criterion_sd


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: lawley(HIRED, [[1.0]], [3]), "selected must name 1 different places from 0 to 2"),
        (lambda: lawley(HIRED, np.eye(2), [1, 1]), "selected must name 2 different places"),
        (lambda: lawley(np.full((2, 2), 1.0) + np.diag([0, -2.0]), [[1.0]]), "restricted must be a covariance matrix"),
        (lambda: lawley(HIRED, [[-1.0]]), "unrestricted must be a covariance matrix"),
        (lambda: lawley(np.ones((3, 3)), np.eye(2)), "linearly dependent selection variables"),
        (lambda: lawley([[1, 0.2], [0.3, 1]], [[1.0]]), "restricted must be symmetric"),
        (lambda: factored_likelihood([1, 2, 3, 4], [1, 2, 3, np.nan]), "for at least 4 people.*it is for 3"),
        (lambda: factored_likelihood(np.arange(8.0), np.ones(8)), "criterion must vary; everybody has 1"),
        (lambda: factored_likelihood(np.ones(8), np.arange(8.0)), "scores and covariates must hold predictors that vary"),
        (
            lambda: factored_likelihood(np.arange(8.0), np.arange(8.0) ** 2, np.arange(8.0) * 2),
            "none of which follows from the others",
        ),
        (lambda: factored_likelihood(np.arange(8.0), np.arange(8.0), np.ones(7)), "covariates must have 8 rows"),
        (lambda: factored_likelihood(np.arange(8.0), np.arange(8.0) ** 2).confidence_interval(2), "level must lie strictly"),
        (lambda: factored_likelihood(np.arange(8.0), np.arange(8.0)).confidence_interval(0), "level must lie strictly"),
        (lambda: lawley(HIRED, [[1.0]], ["a"]), "selected must name 1 different places from 0 to 2"),
        (lambda: lawley(HIRED, [[1.0]], [0.5]), "selected must name 1 different places from 0 to 2"),
        (lambda: lawley(HIRED, [[1.0]], 0), "selected must name 1 different places from 0 to 2"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

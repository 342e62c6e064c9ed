"""Closed formulas of weighting against worked examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.psychometrics import weighting

X = np.array([[1, 2], [2, 1], [3, 4], [4, 3], [5, 5]], dtype=float)
Y = np.array([1, 2, 2, 3, 4], dtype=float)


@pytest.mark.parametrize(
    ("prior", "penalty", "weights"),
    [
        ((0, 0), 0, (0.833333, -0.166667)),
        ((0, 0), 1, (0.649123, -0.017544)),
        ((0, 0), 10, (0.297619, 0.130952)),
        ((0.3, 0.3), 1, (0.664912, -0.001754)),
        ((0.3, 0.3), 10, (0.404762, 0.238095)),
        ((0.3, 0.3), 1e6, (0.300002, 0.300000)),
    ],
)
def test_ridge_toward_a_prior_of_the_worked_example(prior, penalty, weights):
    np.testing.assert_allclose(weighting.ridge_toward_prior(X, Y, prior, penalty), weights, atol=5e-7)


@given(st.floats(0.01, 100), st.floats(-5, 5), st.floats(-5, 5))
def test_ridge_ignores_where_the_scales_start(penalty, shift_x, shift_y):
    moved = weighting.ridge_toward_prior(X + shift_x, Y + shift_y, [0.3, 0.1], penalty)
    np.testing.assert_allclose(moved, weighting.ridge_toward_prior(X, Y, [0.3, 0.1], penalty), atol=1e-9)


def test_empirical_bayes_of_the_worked_example():
    prior, estimate = (0.30, 0.25, 0.20, 0.15, 0.10), (0.10, 0.40, 0.05, 0.35, 0.10)
    se = (0.15, 0.15, 0.12, 0.20, 0.10)
    given_tau = weighting.empirical_bayes(prior, estimate, se, tau_squared=0.01)
    np.testing.assert_allclose(given_tau.shrinkage, [0.3077, 0.3077, 0.4098, 0.2, 0.5], atol=5e-5)
    np.testing.assert_allclose(given_tau.estimate, [0.2385, 0.2962, 0.1385, 0.19, 0.1], atol=5e-5)
    share = given_tau.estimate / given_tau.estimate.sum()
    np.testing.assert_allclose(share, [0.2476, 0.3075, 0.1438, 0.1973, 0.1038], atol=5e-5)
    moment = weighting.empirical_bayes(prior, estimate, se)
    assert moment.tau_squared == pytest.approx(0.00312, abs=5e-6)
    np.testing.assert_allclose(moment.estimate, [0.2756, 0.2683, 0.1733, 0.1645, 0.1], atol=5e-5)


def test_without_true_differences_empirical_bayes_stays_with_the_prior():
    assert weighting.empirical_bayes([0.5, 0.5], [0.6, 0.4], [0.3, 0.3]).estimate.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("r2", "n", "p", "ezekiel", "olkin_pratt", "browne", "burket"),
    [
        (0.5032, 62, 4, 0.4683, 0.4768, 0.4408, 0.6611),
        (0.25, 50, 5, 0.1648, 0.1709, 0.1043, 0.3333),
        (0.16, 80, 6, 0.0910, 0.0932, 0.0466, 0.2297),
        (0.30, 100, 10, 0.2213, 0.2250, 0.1602, 0.4057),
        (0.09, 60, 8, -0.0527, -0.0545, 0.0, -0.1667),
    ],
)
def test_shrunken_r_squared_of_the_table(r2, n, p, ezekiel, olkin_pratt, browne, burket):
    for method, value in {"ezekiel": ezekiel, "olkin-pratt": olkin_pratt, "browne": browne, "burket": burket}.items():
        assert weighting.shrunken_r_squared(r2, n, p, method) == pytest.approx(value, abs=6e-5), method


def test_burket_in_the_table_is_the_cross_validity_itself_and_the_others_are_squares():
    """(62 × .5032 − 4) / (√.5032 × 58), worked by hand."""
    assert weighting.shrunken_r_squared(0.5032, 62, 4, "burket") == pytest.approx((31.1984 - 4) / (0.7093659 * 58), abs=1e-6)


@pytest.mark.parametrize(("rho2", "n", "p"), [(0.25, 30, 4), (0.05, 60, 8), (0.6, 20, 3)])
def test_olkin_pratt_is_unbiased(rho2, n, p):
    """Mean over the exact sampling distribution of R² when predictors are random: a Poisson-like mixture of betas.

    R² is beta(p/2 + k, (n − p − 1)/2), k negative binomial with (n − 1)/2 and ρ² (Fisher, 1928; Muirhead, 1982, 5.2.6).
    """
    from scipy.special import gammaln

    k = np.arange(400)
    half = (n - 1) / 2
    share = np.exp(gammaln(half + k) - gammaln(half) - gammaln(k + 1) + k * np.log(rho2) + half * np.log1p(-rho2))
    r2 = (np.arange(200_000) + 0.5) / 200_000
    density = np.zeros(r2.size)
    for weight, first in zip(share[share > 1e-14], p / 2 + k[share > 1e-14], strict=True):
        second = (n - p - 1) / 2
        constant = gammaln(first + second) - gammaln(first) - gammaln(second)
        density += weight * np.exp(constant + (first - 1) * np.log(r2) + (second - 1) * np.log1p(-r2))
    mean = (density * weighting.shrunken_r_squared(r2, n, p, "olkin-pratt")).mean()
    assert mean == pytest.approx(rho2, abs=2e-4)
    assert (density * weighting.shrunken_r_squared(r2, n, p, "ezekiel")).mean() < rho2


def test_nothing_in_the_sample_is_worse_than_nothing_outside():
    assert weighting.shrunken_r_squared(0.0, 50, 5, "ezekiel") < 0
    assert weighting.shrunken_r_squared(0.0, 50, 5, "burket") == -np.inf
    assert weighting.shrunken_r_squared(0.0, 50, 5, "browne") == 0
    np.testing.assert_allclose(weighting.shrunken_r_squared([0.25, 0.3], 50, 5, "ezekiel")[0], 0.1648, atol=5e-5)
    for method in ("ezekiel", "olkin-pratt", "browne", "burket"):
        assert weighting.shrunken_r_squared(1.0, 50, 5, method) == pytest.approx(1)


@given(st.floats(0.01, 0.99), st.integers(1, 10), st.sampled_from(["ezekiel", "browne"]))
def test_shrinkage_never_promises_more_than_the_sample(r2, p, method):
    assert weighting.shrunken_r_squared(r2, 100, p, method) <= r2 + 1e-9


def test_relative_weights_sum_to_r_squared_and_are_squared_validities_when_predictors_are_apart():
    r = np.array([[1, 0.3, 0.2], [0.3, 1, 0.5], [0.2, 0.5, 1]])
    v = np.array([0.3, 0.4, 0.2])
    weights = weighting.relative_weights(r, v)
    assert weights.sum() == pytest.approx(v @ np.linalg.solve(r, v))
    assert (weights > 0).all()
    np.testing.assert_allclose(weighting.relative_weights(np.eye(3), v), v**2)


def test_relative_weights_are_those_of_the_nearest_orthogonal_predictors():
    """Johnson's own construction on raw data: Z = PQ′ from the singular value decomposition X = PΔQ′, then regression on Z."""
    rng = np.random.default_rng(2)
    x = rng.standard_normal((500, 4)) @ rng.standard_normal((4, 4))
    y = x @ [0.5, 0.1, -0.3, 0.2] + 2 * rng.standard_normal(500)
    x, y = (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std()
    p, _, q = np.linalg.svd(x / np.sqrt(500), full_matrices=False)
    z = p @ q * np.sqrt(500)
    expected = (z.T @ x / 500).T ** 2 @ (z.T @ y / 500) ** 2
    found = weighting.relative_weights(np.corrcoef(x.T), x.T @ y / 500)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    assert found.sum() == pytest.approx(1 - residual.var())


@given(st.permutations(range(4)))
def test_the_order_of_predictors_does_not_change_their_relative_weights(order):
    r = np.array([[1, 0.24, 0, 0.19], [0.24, 1, 0.12, 0.16], [0, 0.12, 1, 0.51], [0.19, 0.16, 0.51, 1]])
    v = np.array([0.30, 0.30, 0.18, 0.28])
    order = list(order)
    np.testing.assert_allclose(
        weighting.relative_weights(r[np.ix_(order, order)], v[order]), weighting.relative_weights(r, v)[order], atol=1e-12
    )


def test_effective_weights_are_weight_times_sd_times_correlation_with_the_composite():
    rng = np.random.default_rng(3)
    parts = rng.standard_normal((300, 3)) @ rng.standard_normal((3, 3)) * [1, 5, 0.2]
    weights = np.array([1.0, 0.5, 2.0])
    total = parts @ weights
    expected = [w * part.std(ddof=1) * np.corrcoef(part, total)[0, 1] for w, part in zip(weights, parts.T, strict=True)]
    found = weighting.effective_weights(weights, np.cov(parts.T))
    np.testing.assert_allclose(found, expected)
    assert found.sum() == pytest.approx(total.std(ddof=1))


def test_equal_nominal_weights_give_a_part_that_varies_more_the_greater_say():
    share = weighting.effective_weights([1, 1], [[4, 0], [0, 1]])
    np.testing.assert_allclose(share / share.sum(), [0.8, 0.2])


def test_quite_different_weights_still_agree_on_correlated_items():
    r = np.full((10, 10), 0.2) + 0.8 * np.eye(10)
    alternating = np.tile([1.5, 0.5], 5)
    assert weighting.composite_agreement(alternating, np.ones(10), r) == pytest.approx(0.9661, abs=5e-5)


def test_composite_validity_of_unit_and_regression_weights():
    """De Corte, Lievens & Sackett (2007): four predictors, unit .4177, regression .4343."""
    r = np.array([[1, 0.24, 0, 0.19], [0.24, 1, 0.12, 0.16], [0, 0.12, 1, 0.51], [0.19, 0.16, 0.51, 1]])
    v = np.array([0.30, 0.30, 0.18, 0.28])
    assert weighting.composite_validity(weighting.unit(np.zeros((3, 4))), r, v) == pytest.approx(0.4177, abs=5e-5)
    beta = np.linalg.solve(r, v)
    np.testing.assert_allclose(beta, [0.2166, 0.2126, 0.0676, 0.1703], atol=5e-5)
    assert weighting.composite_validity(beta, r, v) == pytest.approx(0.4343, abs=5e-5)
    assert weighting.composite_validity(beta, r, v) ** 2 == pytest.approx(v @ beta)
    both = weighting.composite_validity(np.stack([np.ones(4), 3 * beta]), r, v)
    np.testing.assert_allclose(both, [0.4177, 0.4343], atol=5e-5)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: weighting.ridge_toward_prior(X, Y, [0, 0], -1), "penalty must be at least 0"),
        (lambda: weighting.ridge_toward_prior(np.ones((5, 2)), Y, [0, 0], 0), "penalty must be above 0"),
        (lambda: weighting.ridge_toward_prior(X, Y, [0, 0], np.inf), "penalty must be one finite number"),
        (lambda: weighting.ridge_toward_prior(X, Y, [0, 0], "a"), "penalty must be one finite number"),
        (lambda: weighting.ridge_toward_prior(np.column_stack([X, X[:, 0]]), Y, [0, 0, 0], 1e-300), "penalty must be above 0"),
        (lambda: weighting.ridge_toward_prior(np.empty((0, 2)), [], [0, 0], 1), "predictors must hold at least one person"),
        (lambda: weighting.empirical_bayes([], [], []), "prior must hold at least one weight"),
        (lambda: weighting.empirical_bayes([0], [0], [1], np.inf), "tau_squared must be one finite number"),
        (lambda: weighting.relative_weights(np.empty((0, 0)), []), "predictor_correlations must be square"),
        (lambda: weighting.shrunken_r_squared(0.3, 50, 2, ["browne"]), "method must be one of"),
        (lambda: weighting.shrunken_r_squared(0.3, np.nan, 2, "browne"), r"n must be a whole number of at least p \+ 4"),
        (lambda: weighting.shrunken_r_squared(0.3, [50, 60.5], 2, "browne"), r"n must be a whole number of at least p \+ 4"),
        (lambda: weighting.shrunken_r_squared(0.3, 50, [2, 0], "browne"), "p must be a whole number of at least 1"),
        (lambda: weighting.shrunken_r_squared([0.3, 0.2], [50, 60, 70], 2, "browne"), r"their shapes are r2 \(2,\), n \(3,\)"),
        (lambda: weighting.ridge_toward_prior(X, Y, [0], 1), "prior must hold 2 values"),
        (lambda: weighting.ridge_toward_prior(X, Y[:4], [0, 0], 1), "criterion must hold 5 values"),
        (lambda: weighting.empirical_bayes([0], [0], [1], -1), "tau_squared must be at least 0"),
        (lambda: weighting.relative_weights([[2, 0], [0, 1]], [0.1, 0.1]), "ones on the diagonal"),
        (lambda: weighting.relative_weights(np.eye(2), [0.9, 0.9]), "validities must be possible"),
        (lambda: weighting.composite_validity([1, -1], np.ones((2, 2)), [0.1, 0.1]), "weights must give a sum that varies"),
        (lambda: weighting.composite_validity([1, 1, 1], np.eye(2), [0.1, 0.1]), "weights must hold 2 values"),
        (lambda: weighting.effective_weights([0, 0], np.eye(2)), "weights must give a sum that varies"),
        (lambda: weighting.empirical_bayes([0], [0], [0]), "standard_error must be above 0"),
        (
            lambda: weighting.shrunken_r_squared(0.3, 10, 8, "browne"),
            r"n must be a whole number of at least p \+ 4; it is 10 where p is 8",
        ),
        (lambda: weighting.shrunken_r_squared(0.3, 50, 2, "wherry"), "method must be one of"),
        (lambda: weighting.relative_weights(np.ones((2, 2)), [0.1, 0.1]), "positive definite"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_predictors_in_very_different_units_are_not_taken_for_dependent_ones():
    units = np.array([1.0, 1e9])
    plain = weighting.ridge_toward_prior(X, Y, [0, 0], 0)
    assert weighting.ridge_toward_prior(X * units, Y, [0, 0], 0) * units == pytest.approx(plain, rel=1e-9)
    with pytest.raises(ValueError, match="penalty must be above 0"):
        weighting.ridge_toward_prior(np.column_stack([X, X[:, 0] * 1e9]), Y, [0, 0, 0], 0)


@pytest.mark.parametrize("method", ["ezekiel", "olkin-pratt", "browne", "burket"])
def test_shrinkage_over_a_grid_of_samples(method):
    r2, n, p = np.array([[0.1], [0.5]]), np.array([30, 80, 200]), 4
    grid = weighting.shrunken_r_squared(r2, n, p, method)
    assert grid.shape == (2, 3)
    assert grid[1, 2] == weighting.shrunken_r_squared(0.5, 200, 4, method)
    assert (np.diff(grid) > 0).all()

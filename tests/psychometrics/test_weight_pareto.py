"""The frontier of validity against adverse impact: the published example, and no composite anywhere that beats it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import fairness, weighting

# De Corte, Lievens & Sackett (2007): a quarter of the applicants are of the minority, one in ten is selected.
R = np.array([[1, 0.24, 0, 0.19], [0.24, 1, 0.12, 0.16], [0, 0.12, 1, 0.51], [0.19, 0.16, 0.51, 1]])
V = np.array([0.30, 0.30, 0.18, 0.28])
D = np.array([1.00, 0.23, 0.09, 0.33])


def published(n_points=21):
    return weighting.pareto_frontier(R, V, D, selection_ratio=0.10, minority_share=0.25, n_points=n_points)


def value(weights, r=R, v=V, d=D):
    """Validity and difference of composites, (k, p) weights."""
    sd = np.sqrt(((weights @ r) * weights).sum(axis=-1))
    return weights @ v / sd, weights @ d / sd


def test_the_frontier_runs_from_regression_weights_to_the_predictor_with_the_smallest_difference():
    frontier = published()
    beta = np.linalg.solve(R, V)
    np.testing.assert_allclose(frontier.weights[0], beta / beta.sum(), atol=1e-8)
    np.testing.assert_allclose(frontier.weights[-1], [0, 0, 1, 0], atol=1e-12)
    assert frontier.validity[[0, -1]] == pytest.approx([0.4343, 0.18], abs=5e-5)
    assert frontier.composite_d[[0, -1]] == pytest.approx([0.755, 0.09], abs=5e-4)
    assert frontier.impact_ratio[[0, -1]] == pytest.approx([0.2263, 0.8524], abs=5e-5)


def test_published_composites_lie_on_or_inside_the_frontier():
    """Unit .4177 and .2846; without the first predictor .3551 and .5740."""
    frontier = published(201)
    for validity, ratio in ((0.4177, 0.2846), (0.3551, 0.5740)):
        best = np.interp(ratio, frontier.impact_ratio, frontier.validity)
        assert best > validity


@pytest.mark.parametrize(
    ("d", "selection_ratio", "minority_share", "ratio"),
    [(0.15, 0.25, 0.30, 0.8234), (0.40, 0.10, 0.15, 0.4708), (0.650, 0.10, 0.25, 0.2846), (0.304, 0.10, 0.25, 0.5740)],
)
def test_the_impact_ratio_of_a_difference_is_the_published_one(d, selection_ratio, minority_share, ratio):
    frontier = weighting.pareto_frontier([[1.0]], [0.3], [d], selection_ratio, minority_share)
    assert frontier.impact_ratio == pytest.approx([ratio], abs=6e-4 if d in (0.650, 0.304) else 5e-5)


def test_points_are_where_normals_at_even_steps_cut_the_frontier():
    frontier = published()
    assert frontier.validity.size == 21
    across = (frontier.impact_ratio - frontier.impact_ratio[0]) / np.ptp(frontier.impact_ratio)
    down = (frontier.validity[0] - frontier.validity) / np.ptp(frontier.validity)
    np.testing.assert_allclose((across + down) / 2, np.linspace(0, 1, 21), atol=1e-9)


def test_each_point_is_the_optimum_of_a_general_solver():
    """The most valid composite whose difference is no larger, found from several starts by sequential quadratic programming."""
    from scipy.optimize import minimize

    frontier = published(6)
    for validity, most in zip(frontier.validity[1:-1], frontier.composite_d[1:-1], strict=True):
        found = [
            -minimize(
                lambda w: -value(w)[0],
                start,
                bounds=[(0, 1)] * 4,
                constraints=[
                    {"type": "ineq", "fun": lambda w, most=most: most - value(w)[1]},
                    {"type": "eq", "fun": lambda w: w.sum() - 1},
                ],
                options={"ftol": 1e-13, "maxiter": 300},
            ).fun
            for start in (np.full(4, 0.25), np.array([0.05, 0.3, 0.6, 0.05]))
        ]
        assert validity == pytest.approx(max(found), abs=1e-6)


problems = st.integers(0, 10_000)


def problem(seed):
    """Predictors at random: some without validity, sometimes one that favours the minority or differs in nothing."""
    rng = np.random.default_rng(seed)
    p = int(rng.integers(1, 6))
    loadings = rng.standard_normal((p, p + 2))
    r = loadings @ loadings.T
    r = 0.6 * r / np.sqrt(np.outer(np.diag(r), np.diag(r))) + 0.4 * np.eye(p)
    v = rng.uniform(-0.1, 0.4, p)
    v[0] = abs(v[0]) + 0.01
    d = rng.uniform(-0.2 if seed % 3 == 0 else 0.02, 1.0, p)
    if seed % 5 == 0:
        d[-1] = 0
    return r, v, d, rng


@given(problems)
@settings(max_examples=25, deadline=None)
def test_no_composite_beats_a_point_of_the_frontier_in_both(seed):
    r, v, d, rng = problem(seed)
    frontier = weighting.pareto_frontier(r, v, d, 0.2, 0.3)
    assert (frontier.weights >= 0).all()
    np.testing.assert_allclose(frontier.weights.sum(axis=1), 1)
    np.testing.assert_allclose(value(frontier.weights, r, v, d), [frontier.validity, frontier.composite_d], atol=1e-12)
    assert (np.diff(frontier.validity) < 0).all() and (np.diff(frontier.impact_ratio) > 0).all()
    anything = rng.dirichlet(np.full(v.size, 0.5), 3_000) * (rng.random((3_000, v.size)) < 0.7)
    anything = np.vstack([anything[anything.sum(axis=1) > 0], np.eye(v.size)])
    validity, difference = value(anything, r, v, d)
    for point_validity, point_d in zip(frontier.validity, frontier.composite_d, strict=True):
        assert not ((validity > point_validity + 1e-9) & (difference < point_d + 1e-12)).any()
    assert difference.min() > frontier.composite_d[-1] - 1e-9
    assert validity.max() < frontier.validity[0] + 1e-9


@given(problems, st.floats(0.05, 0.6), st.floats(0.05, 0.6))
@settings(max_examples=20, deadline=None)
def test_differences_and_ratios_are_those_that_the_impact_of_a_composite_has_elsewhere(seed, selection_ratio, minority_share):
    r, v, d, _ = problem(seed)
    frontier = weighting.pareto_frontier(r, v, d, selection_ratio, minority_share, n_points=3)
    expected = [fairness.composite_d(d, r, weights) for weights in frontier.weights]
    np.testing.assert_allclose(frontier.composite_d, expected, atol=1e-12)
    ratios = fairness.impact_ratio_from_d(expected, selection_ratio, focal_share=minority_share)
    np.testing.assert_allclose(frontier.impact_ratio, ratios, rtol=1e-9)


def test_the_frontier_goes_on_to_a_small_difference_that_is_dear():
    """The third predictor hardly differs and hardly predicts: only pairs lead down to it, and over a gap."""
    r = np.full((3, 3), 0.3) + 0.7 * np.eye(3)
    v, d = np.array([0.4, 0.3, 0.02]), np.array([0.8, 0.2, 0.1])
    frontier = weighting.pareto_frontier(r, v, d, 0.2, 0.3)
    assert frontier.validity.size >= 21
    np.testing.assert_allclose(frontier.weights[-1], [0, 0, 1])
    below = frontier.composite_d < 0.2 - 1e-9
    assert below.sum() > 1
    assert (frontier.weights[below, 0] == 0).all() and (frontier.weights[below, 2] > 0).all()


def test_predictors_without_a_difference_end_the_frontier_at_parity():
    r = np.full((3, 3), 0.2) + 0.8 * np.eye(3)
    frontier = weighting.pareto_frontier(r, [0.3, 0.2, 0.1], [0.7, 0.0, 0.0], 0.3, 0.4)
    assert frontier.impact_ratio[-1] == pytest.approx(1)
    assert frontier.weights[-1, 0] == 0 and (frontier.weights[-1, 1:] > 0).all()


def test_one_composite_that_is_best_in_both_is_the_whole_frontier():
    frontier = weighting.pareto_frontier(np.eye(2), [0.3, 0.0], [0.1, 0.5], 0.2, 0.3)
    np.testing.assert_allclose(frontier.weights, [[1, 0]])


def test_weights_learnt_from_few_people_keep_less_validity_and_less_diversity_than_they_promise():
    rng = np.random.default_rng(1)
    few = weighting.diversity_shrinkage(R, V, D, 0.10, 0.25, 100, rng, n_points=5, n_samples=40)
    many = weighting.diversity_shrinkage(R, V, D, 0.10, 0.25, 4_000, rng, n_points=5, n_samples=10)
    assert few.apparent_validity[0] > few.validity[0]
    assert few.apparent_impact_ratio[-1] > few.impact_ratio[-1]
    assert few.validity[0] < many.validity[0] <= published(5).validity[0]
    np.testing.assert_allclose(many.validity[0], many.apparent_validity[0], atol=0.02)
    again = weighting.diversity_shrinkage(R, V, D, 0.10, 0.25, 100, np.random.default_rng(1), n_points=5, n_samples=40)
    np.testing.assert_array_equal(again.validity, few.validity)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: weighting.pareto_frontier(np.ones((2, 2)), [0.1, 0.1], [0, 0], 0.2, 0.3), "positive definite"),
        (lambda: weighting.pareto_frontier(4 * np.eye(2), [0.1, 0.1], [0, 0], 0.2, 0.3), "ones on the diagonal"),
        (lambda: weighting.pareto_frontier(R, V[:3], D, 0.2, 0.3), "validities must hold 4 values"),
        (lambda: weighting.pareto_frontier(R, V, D[:3], 0.2, 0.3), "group_differences must hold 4 values"),
        (lambda: weighting.pareto_frontier(R, -V, D, 0.2, 0.3), "validities must hold at least one above 0"),
        (lambda: weighting.pareto_frontier(R, V, D, 1.0, 0.3), "selection_ratio must lie strictly between"),
        (lambda: weighting.pareto_frontier(R, V, D, 0.2, 0.0), "minority_share must lie strictly between"),
        (lambda: weighting.pareto_frontier(R, V, D, 0.2, 0.3, n_points=1), "n_points must be a whole number"),
        (lambda: weighting.diversity_shrinkage(R, V, D, 0.2, 0.3, 6, np.random.default_rng(0)), "n must be a whole number"),
        (lambda: weighting.diversity_shrinkage(R, V, D, 0.2, 0.01, 60, np.random.default_rng(0)), "n must be so large"),
        (lambda: weighting.pareto_frontier(np.eye(2), [0.9, 0.9], [0, 0], 0.2, 0.3), "validities must be possible"),
        (lambda: weighting.pareto_frontier(np.empty((0, 0)), [], [], 0.2, 0.3), "predictor_correlations must be square"),
        (lambda: weighting.diversity_shrinkage(np.eye(2), [0.9, 0.9], [0, 0], 0.2, 0.3, 60, np.random.default_rng(0)), "possible"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_the_frontier_crosses_to_a_difference_below_zero_that_is_dear():
    """One predictor favours the minority and foretells the wrong way round: every mixture of the two is a point of its own."""
    r, v, d = np.array([[1, 0.3], [0.3, 1]]), np.array([0.3, -0.4]), np.array([1.0, -0.2])
    frontier = weighting.pareto_frontier(r, v, d, 0.2, 0.3, n_points=101)
    assert frontier.validity.size == 101
    np.testing.assert_allclose(frontier.weights[[0, -1]], [[1, 0], [0, 1]], atol=1e-9)
    mixtures = np.column_stack([np.linspace(0, 1, 30), np.linspace(1, 0, 30)])
    validity, difference = value(mixtures, r, v, d)
    np.testing.assert_allclose(np.interp(difference, frontier.composite_d[::-1], frontier.validity[::-1]), validity, atol=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_every_composite_is_matched_by_a_point_of_the_frontier(seed):
    """Also where the only predictors that favour the minority foretell the wrong way round."""
    rng = np.random.default_rng(seed)
    p = 2 + seed % 3
    r = np.full((p, p), 0.3) + 0.7 * np.eye(p)
    v, d = rng.uniform(0.1, 0.3, p), rng.uniform(0.1, 1.0, p)
    v[0], d[0] = -rng.uniform(0.2, 0.4), -rng.uniform(0.02, 0.3)
    frontier = weighting.pareto_frontier(r, v, d, 0.2, 0.3, n_points=61)
    validity, difference = value(rng.dirichlet(np.full(p, 0.4), 2_000), r, v, d)
    short = np.maximum(validity[:, None] - frontier.validity, frontier.composite_d - difference[:, None]).min(axis=1)
    assert short.max() < 0.02

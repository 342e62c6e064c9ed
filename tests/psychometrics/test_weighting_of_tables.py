"""Ridge by leaving one out, curves, and the precision of a composite: what weighing a plain table rests on."""

from __future__ import annotations

import numpy as np
import pytest

from assessment.psychometrics import classical, weighting
from assessment.psychometrics.weighting import (
    LeaveOneOutRidge,
    TrainingSample,
    composite_precision,
    composite_standard_error,
    with_curves,
)
from assessment.psychometrics.weighting.curves import value_name
from assessment.psychometrics.weighting.design import fit_scaling
from assessment.psychometrics.weighting.leave_one_out import LEEWAY
from assessment.psychometrics.weighting.training import PENALTIES


def made_up(n, p, seed=0, signal=0.5):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) @ rng.normal(size=(p, p)) / np.sqrt(p)
    y = signal * x[:, :2].sum(axis=1) + rng.normal(size=n)
    x[rng.random(x.shape) < 0.03] = np.nan
    return weighting.numeric_columns(x, [f"x{j}" for j in range(p)], "x"), y


def left_out_errors(x, y, penalty):
    """Squared errors by fitting anew without each person, at λ = n · penalty of the whole sample."""
    n, p = x.shape
    errors = np.empty(n)
    for i in range(n):
        rest = np.delete(np.arange(n), i)
        centre, level = x[rest].mean(axis=0), y[rest].mean()
        apart = x[rest] - centre
        weights = np.linalg.solve(apart.T @ apart + n * penalty * np.eye(p), apart.T @ (y[rest] - level))
        errors[i] = (y[i] - level - (x[i] - centre) @ weights) ** 2
    return errors


@pytest.mark.parametrize(("n", "p"), [(40, 4), (15, 30)], ids=["more people", "more columns"])
def test_the_penalty_is_the_largest_within_half_a_standard_error_by_fitting_anew_without_each_person(n, p):
    design, y = made_up(n, p)
    scaling = fit_scaling(design)
    x = scaling.apply(design.values)
    errors = np.stack([left_out_errors(x, y, penalty) for penalty in PENALTIES], axis=1)
    best = np.argmin(errors.sum(axis=0))
    behind = errors - errors[:, [best]]
    near = behind.sum(axis=0) <= LEEWAY * behind.std(axis=0) * np.sqrt(n)
    found = LeaveOneOutRidge().fit(TrainingSample(design, y))
    assert found.penalty == PENALTIES[near].max()


@pytest.mark.parametrize(("n", "p"), [(60, 5), (20, 40)], ids=["more people", "more columns"])
def test_its_weights_are_those_of_ridge_at_that_penalty(n, p):
    design, y = made_up(n, p)
    composite = LeaveOneOutRidge().fit(TrainingSample(design, y))
    scaling = fit_scaling(design)
    x = scaling.apply(design.values)
    plain = weighting.ridge_toward_prior(x, y, np.zeros(p), n * composite.penalty)
    assert composite.weights * scaling.divisor == pytest.approx(plain, abs=1e-9)
    apart = x - x.mean(axis=0)
    hat = apart @ np.linalg.solve(apart.T @ apart + n * composite.penalty * np.eye(p), apart.T)
    assert composite.effective_df == pytest.approx(np.trace(hat))


@pytest.mark.parametrize("scale", [1.0, 7.0, -1.0])
def test_a_key_is_scaled_by_its_own_slope_before_anything_leans_on_it(scale):
    design, y = made_up(60, 5)
    scaling = fit_scaling(design)
    x = scaling.apply(design.values)
    key = np.array([1.0, 1.0, 0.0, 0.5, 0.0]) * scale
    composite = LeaveOneOutRidge(weights=key / scaling.divisor).fit(TrainingSample(design, y))
    slope = np.cov(x @ key, y)[0, 1] / np.var(x @ key, ddof=1)
    toward = max(slope, 0.0) * key
    expected = weighting.ridge_toward_prior(x, y, toward, 60 * composite.penalty)
    assert composite.weights * scaling.divisor == pytest.approx(expected, abs=1e-9)


def test_a_criterion_that_nothing_foretells_gets_the_largest_penalty():
    design, y = made_up(300, 20, signal=0.0)
    assert LeaveOneOutRidge().fit(TrainingSample(design, y)).penalty == PENALTIES[-1]


def of_chance(n, n_strategies, seed):
    rng = np.random.default_rng(seed)
    predictions = {f"s{i}": rng.normal(size=(1, n)) for i in range(n_strategies)}
    return rng.normal(size=n), predictions, {name: weighting.InSample(name, 1, 0.0, 1, 1.0) for name in predictions}


def test_choosing_the_best_of_many_that_are_nothing_is_worth_next_to_nothing():
    """The best of ten strategies of pure chance looks good among the people who chose it; others see much less of it."""
    claimed, left = [], []
    for seed in range(12):
        y, predictions, fitted = of_chance(150, 10, seed)
        best = weighting.compare_strategies(y, predictions, fitted)
        claimed.append(best.result(best.recommended).estimate)
        left.append(weighting.estimate_after_choice(y, predictions, fitted, np.random.default_rng(0), 30))
    assert np.mean(claimed) > 0.09
    assert np.mean(left) < 0.04


def test_where_there_is_nothing_to_choose_the_estimate_stays():
    y, predictions, fitted = of_chance(400, 2, 1)
    predictions["s0"] = y + predictions["s0"]
    whole = weighting.compare_strategies(y, predictions, fitted).result("s0").estimate
    for names in (["s0"], ["s0", "s1"]):
        some = {name: predictions[name] for name in names}, {name: fitted[name] for name in names}
        left = weighting.estimate_after_choice(y, *some, np.random.default_rng(2), 300)
        assert left == pytest.approx(whole, abs=0.005)


def test_a_criterion_with_nobody_to_leave_out_has_no_estimate_after_the_choice():
    y, predictions, fitted = of_chance(4, 2, 1)
    with pytest.raises(ValueError, match="some can be drawn and some left out"):
        weighting.estimate_after_choice(y, predictions, fitted, np.random.default_rng(0), 5)


def test_curves_add_a_column_for_each_value_of_columns_with_few_values():
    x = np.array([[1, 0, 0.1], [2, 1, 0.2], [4, 0, 0.3], [np.nan, 1, 0.4], [2, 1, 0.5]] * 3) + np.arange(15)[:, None] * [0, 0, 1]
    design = with_curves(weighting.numeric_columns(x, ["steps", "flag", "score"], "x"))
    assert design.names == ("steps", "flag", "score", "steps=1", "steps=2", "steps=4")
    assert design.nominal.tolist() == [False] * 3 + [True] * 3
    assert np.array_equal(design.values[:4, 3:], [[1, 0, 0], [0, 1, 0], [0, 0, 1], [np.nan] * 3], equal_nan=True)
    assert value_name("x", 2.5) == "x=2.5"


def test_a_bend_that_no_line_shows_is_found_by_curves():
    rng = np.random.default_rng(5)
    x = rng.integers(1, 6, (600, 3)).astype(float)
    y = -np.abs(x[:, 0] - 3) + rng.normal(size=600)
    line = weighting.numeric_columns(x, ["a", "b", "c"], "x")
    found = [
        weighting.nested_cross_validation(design, y, [LeaveOneOutRidge()], n_folds=5, n_repeats=1).result("ridge").estimate
        for design in (line, with_curves(line))
    ]
    assert found[0] < 0.1 < 0.5 < found[1]


def test_lambda_2_is_between_alpha_and_the_reliability_of_unequal_parts():
    rng = np.random.default_rng(2)
    loading = np.array([0.2, 0.5, 0.9, 1.3])
    parts = rng.normal(size=(20_000, 1)) * loading + rng.normal(size=(20_000, 4))
    found = composite_precision(parts)
    reliability = loading.sum() ** 2 / (loading.sum() ** 2 + 4)
    assert classical.alpha(parts).estimate < found.estimate < reliability + 0.01
    covariance = np.cov(parts.T)
    off = covariance[~np.eye(4, dtype=bool)]
    assert found.estimate == pytest.approx((off.sum() + np.sqrt(4 / 3 * (off**2).sum())) / covariance.sum())
    assert found.estimate == pytest.approx(classical.guttman_lambdas(parts, standardized=False).lambda_2)
    assert found.sd == pytest.approx(parts.sum(axis=1).std(ddof=1))
    assert found.part_sd == pytest.approx(parts.std(axis=0, ddof=1))


def test_lambda_2_of_equal_parallel_parts_is_alpha():
    """k parts with one covariance c and variance v: both are k²c / (kv + k(k − 1)c)."""
    basis = np.linalg.qr(np.random.default_rng(1).normal(size=(50, 6)))[0]
    basis = np.linalg.qr(basis - basis.mean(axis=0))[0]
    parts = (basis[:, [0]] + basis[:, 1:5]) * 7
    assert composite_precision(parts).estimate == pytest.approx(classical.alpha(parts).estimate)
    assert composite_precision(parts).estimate == pytest.approx(16 / (4 * 2 + 12))


def test_parts_that_have_nothing_in_common_are_not_reliable():
    parts = np.random.default_rng(3).normal(size=(50_000, 5))
    assert composite_precision(parts).estimate == pytest.approx(0, abs=0.02)


def test_the_standard_error_is_that_of_measurement_and_grows_with_what_is_missing():
    answered = np.array([[1, 1, 1], [1, 0, 1], [0, 0, 0]])
    found = composite_standard_error(2.0, 0.75, [0.5, 1.0, 1.5], answered)
    assert found == pytest.approx([1.0, np.sqrt(1 + 1), np.sqrt(1 + 0.25 + 1 + 2.25)])


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (np.ones((5, 1)), "at least three people and two parts"),
        (np.ones((2, 3)), "at least three people and two parts"),
        (np.ones((9, 3)), "a composite that varies"),
        ([[1, np.nan]] * 5, "must not hold NaN"),
        (np.column_stack([np.arange(9.0), -np.arange(9.0)]), "a composite that varies"),
    ],
)
def test_too_little_for_a_reliability_is_an_error(parts, words):
    with pytest.raises(ValueError, match=words):
        composite_precision(parts)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0.0, 0.5, [1.0], [[1]]), "sd must be above 0"),
        ((1.0, 1.5, [1.0], [[1]]), "reliability must lie"),
        ((1.0, 0.5, [-1.0], [[1]]), "part_sd must not be negative"),
        ((1.0, 0.5, [1.0, 1.0], [[1]]), "answered must have 2 columns"),
        ((1.0, 0.5, [1.0], [[2]]), "answered must lie between"),
    ],
)
def test_impossible_figures_of_precision_are_errors(arguments, words):
    with pytest.raises(ValueError, match=words):
        composite_standard_error(*arguments)

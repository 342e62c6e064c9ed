"""Cleary's analysis and d_Mod: worked examples, numerical integration, and what is not shown where people are few."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.validity import d_mod, differential_prediction

hundredths = st.integers(-100, 100).map(lambda whole: whole / 100)


def with_moments(n, mean_x, mean_y, sd_x, sd_y, r, seed):
    """n people whose sample moments are exactly those given."""
    z, e = np.random.default_rng(seed).standard_normal((2, n))
    z = (z - z.mean()) / z.std(ddof=1)
    e = e - e.mean() - (e @ z) / (z @ z) * z
    e = e / e.std(ddof=1)
    return mean_x + sd_x * z, mean_y + sd_y * (r * z + np.sqrt(1 - r * r) * e)


def two_groups(n_reference=100, n_focal=60, focal=(46, 3.0, 10, 0.8, 0.30)):
    first = with_moments(n_reference, 50, 3.2, 10, 0.8, 0.30, 1)
    second = with_moments(n_focal, *focal, 2)
    x, y = (np.concatenate([a, b]) for a, b in zip(first, second, strict=True))
    return x, y, ["ref"] * n_reference + ["focal"] * n_focal


def test_the_worked_example():
    found = differential_prediction(*two_groups(), reference="ref")
    assert (found.reference.n, found.focal.n, found.focal.group) == (100, 60, "focal")
    assert (found.reference.slope, found.focal.slope) == pytest.approx((0.024, 0.024))
    assert (found.reference.intercept, found.focal.intercept) == pytest.approx((2.000, 1.896))
    assert found.intercept_gap == pytest.approx(0.104)
    assert found.gap_at(46) == pytest.approx(0.104)
    assert found.slope_ratio == pytest.approx(1.0)
    assert (found.d_mod.signed, found.d_mod.unsigned, found.d_mod.share_over) == pytest.approx((0.130, 0.130, 1.0))
    assert found.inferential


def test_each_step_is_a_comparison_of_two_regressions():
    """The same figures from the normal equations of each model, written out."""
    x, y, group = two_groups(focal=(45, 3.1, 9, 0.9, 0.10))
    g = np.array([label == "focal" for label in group], dtype=float)
    designs = [np.ones((160, 1)), np.column_stack([np.ones(160), x])]
    designs += [np.column_stack([np.ones(160), x, g]), np.column_stack([np.ones(160), x, g, x * g])]
    left = [y @ y - y @ d @ np.linalg.solve(d.T @ d, d.T @ y) for d in designs]
    steps = differential_prediction(x, y, group, reference="ref").steps
    assert [step.added for step in steps] == ["score", "group", "score × group"]
    for i, step in enumerate(steps):
        assert step.delta_r_squared == pytest.approx((left[i] - left[i + 1]) / left[0], abs=1e-9)
        assert step.r_squared == pytest.approx(1 - left[i + 1] / left[0])
        assert (step.df1, step.df2) == (1, 158 - i)
        assert step.f == pytest.approx((left[i] - left[i + 1]) / (left[i + 1] / (158 - i)), rel=1e-6)
        assert 0 <= step.p_value <= 1


def test_the_last_f_is_the_squared_t_of_two_slopes():
    x, y, group = two_groups(focal=(45, 3.1, 9, 0.9, 0.10))
    found = differential_prediction(x, y, group, reference="ref")
    lines = (found.reference, found.focal)
    left = sum((line.n - 1) * line.sd_criterion**2 * (1 - line.r**2) for line in lines)
    spread = left / 156 * sum(1 / ((line.n - 1) * line.sd_score**2) for line in lines)
    t = (lines[0].slope - lines[1].slope) / np.sqrt(spread)
    assert found.steps[-1].f == pytest.approx(t**2)


def test_below_fifty_in_a_group_counts_and_lines_are_shown_and_tests_are_not():
    found = differential_prediction(*two_groups(100, 49), reference="ref")
    assert (found.inferential, found.focal.n) == (False, 49)
    assert {(step.f, step.p_value) for step in found.steps} == {(None, None)}
    assert found.intercept_gap == pytest.approx(0.104)
    assert differential_prediction(*two_groups(50, 50), reference="ref").steps[0].f is not None


def test_changing_sides_turns_the_gap():
    x, y, group = two_groups()
    forth = differential_prediction(x, y, group, reference="ref")
    back = differential_prediction(x, y, group, reference="focal")
    assert back.gap_at(46) == pytest.approx(-forth.gap_at(46))
    assert [step.f for step in back.steps] == pytest.approx([step.f for step in forth.steps])


def test_d_mod_of_people_splits_over_and_under_prediction():
    found = differential_prediction(*two_groups(focal=(50, 3.2, 10, 0.8, 0.60)), reference="ref")
    effect = found.d_mod
    assert effect.over > 0 > effect.under
    assert effect.over + effect.under == pytest.approx(effect.signed)
    assert effect.over - effect.under == pytest.approx(effect.unsigned)
    assert effect.share_over + effect.share_under == pytest.approx(1)
    assert abs(effect.smallest) < effect.unsigned < abs(effect.largest)
    assert effect.signed == pytest.approx(found.intercept_gap / found.reference.sd_criterion)


@settings(max_examples=40, deadline=None)
@given(hundredths, hundredths, hundredths, hundredths, st.floats(0.2, 3))
def test_normal_d_mod_is_the_integral_of_nye_and_sackett(intercept, slope, focal_slope, mean, sd):
    found = d_mod(intercept, slope, 0.1, focal_slope, mean, sd, 1.5)
    x = np.linspace(mean - 9 * sd, mean + 9 * sd, 20_001)
    density = np.exp(-(((x - mean) / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi)) * (x[1] - x[0])
    apart = (intercept - 0.1 + (slope - focal_slope) * x) / 1.5
    assert found.signed == pytest.approx(density @ apart, abs=1e-9)
    assert found.unsigned == pytest.approx(density @ np.abs(apart), abs=1e-6)
    assert found.over == pytest.approx(density @ np.maximum(apart, 0), abs=1e-6)
    assert found.under == pytest.approx(density @ np.minimum(apart, 0), abs=1e-6)
    assert found.share_over == pytest.approx(density @ (apart > 1e-12), abs=2e-3)
    three_sds = (intercept - 0.1 + (slope - focal_slope) * np.linspace(mean - 3 * sd, mean + 3 * sd, 20_001)) / 1.5
    assert abs(found.largest) == pytest.approx(np.abs(three_sds).max())
    assert abs(found.smallest) == pytest.approx(np.abs(three_sds).min(), abs=2e-3)


def test_lines_that_all_but_agree_in_slope_count_as_parallel():
    nearly = d_mod(2.0, 0.0, 1.0, 1e-250, 0, 1, 1)
    assert (nearly.signed, nearly.unsigned, nearly.share_over) == (1, 1, 1)


def test_d_mod_of_parallel_and_of_equal_lines():
    parallel = d_mod(2.0, 0.024, 1.896, 0.024, 46, 10, 0.8)
    assert (parallel.signed, parallel.unsigned, parallel.smallest, parallel.largest) == pytest.approx((0.13,) * 4)
    assert (parallel.share_over, parallel.share_under) == (1, 0)
    assert d_mod(2.0, 0.5, 2.0, 0.5, 0, 1, 1) == (d_mod(1.0, 0.5, 1.0, 0.5, 0, 1, 1))
    assert d_mod(2.0, 0.5, 2.0, 0.5, 0, 1, 1).share_over == 0


def test_people_with_one_value_and_their_label_are_left_out():
    x, y, group = two_groups()
    x, y = np.append(x, [50, np.nan]), np.append(y, [np.nan, 3.0])
    found = differential_prediction(x, y, [*group, "third", "ref"], reference="ref")
    assert (found.reference.n, found.focal.n) == (100, 60)


@pytest.mark.parametrize(
    ("group", "reference", "says"),
    [
        (["a"] * 10, "a", "group must hold reference = 'a' and one other label"),
        (["a"] * 5 + ["b"] * 5, "c", "group must hold reference = 'c'"),
        (["a"] * 4 + ["b"] * 3 + ["c"] * 3, "a", "one other label"),
        (["a"] * 7 + ["b"] * 3, "a", "group 'b' must hold at least 4 people"),
        (["a"] * 9, "a", "group must hold 10 labels, one a person; it holds 9"),
    ],
)
def test_groups_that_do_not_fit_are_refused(group, reference, says):
    x = np.arange(10.0)
    with pytest.raises(ValueError, match=says):
        differential_prediction(x, x**2, group, reference=reference)


def test_a_group_without_variation_is_refused():
    x, group = np.repeat([1.0, 2.0], [5, 5]), ["a"] * 5 + ["b"] * 5
    with pytest.raises(ValueError, match="scores must vary within group 'a'"):
        differential_prediction(x, np.arange(10.0), group, reference="a")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((0, 1, 0, 1, 0, 0, 1), "focal_sd must be above 0"),
        ((0, 1, 0, 1, 0, 1, -1), "reference_sd_criterion must be above 0"),
        ((0, 1, 0, math.nan, 0, 1, 1), "focal_slope must be one finite number"),
        (([0, 1], 1, 0, 1, 0, 1, 1), "reference_intercept must be one finite number"),
    ],
)
def test_lines_that_are_none_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        d_mod(*arguments)


@pytest.mark.parametrize("unknown", [None, "", math.nan, np.float32("nan")])
def test_people_of_an_unknown_group_are_left_out(unknown):
    rng = np.random.default_rng(4)
    x, y, group = rng.normal(size=40), rng.normal(size=40), ["a", "b"] * 20
    group[5] = unknown
    kept = np.delete(np.arange(40), 5)
    found = differential_prediction(x, y, group, reference="a")
    assert found == differential_prediction(x[kept], y[kept], [group[i] for i in kept], reference="a")
    assert found.estimate == found.d_mod.signed


@pytest.mark.parametrize(("group", "reference"), [(np.array(["a", "b"] * 5).reshape(10, 1), "a"), ([["a"], ["b"]] * 5, ["a"])])
def test_labels_that_are_lists_are_refused(group, reference):
    with pytest.raises(ValueError, match="group must hold one label a person"):
        differential_prediction(np.arange(10.0), np.arange(10.0) ** 2, group, reference=reference)

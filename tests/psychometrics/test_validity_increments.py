"""What a score adds to others: hierarchical regression against R's lm, and its interval against its test."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.validity import incremental_validity

# Henderson & Velleman (1981), as in R's mtcars.
MPG = [21, 21, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4]
MPG += [14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4]
WT = [2.62, 2.875, 2.32, 3.215, 3.44, 3.46, 3.57, 3.19, 3.15, 3.44, 3.44, 4.07, 3.73, 3.78, 5.25, 5.424]
WT += [5.345, 2.2, 1.615, 1.835, 2.465, 3.52, 3.435, 3.84, 3.845, 1.935, 2.14, 1.513, 3.17, 2.77, 3.57, 2.78]
HP = [110, 110, 93, 110, 175, 105, 245, 62, 95, 123, 123, 180, 180, 180, 205, 215]
HP += [230, 66, 52, 65, 97, 150, 150, 245, 175, 66, 91, 113, 264, 175, 335, 109]


def made_up(n=200, p=2, q=2, gain=0.2, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, p + q)) + 0.4 * rng.standard_normal((n, 1))
    y = 0.4 * x[:, :p].sum(axis=1) + gain * x[:, p:].sum(axis=1) + rng.standard_normal(n)
    return x[:, :p], x[:, p:], y


def test_it_is_the_comparison_of_two_linear_models():
    """R: anova(lm(mpg ~ wt), lm(mpg ~ wt + hp)) and their summaries, as printed."""
    found = incremental_validity(WT, HP, MPG)
    assert (found.r_squared_base, found.r_squared_full) == pytest.approx((0.7528, 0.8268), abs=5e-5)
    assert (found.adjusted_base, found.adjusted_full) == pytest.approx((0.7446, 0.8148), abs=5e-5)
    assert (found.f, found.df1, found.df2, found.n) == (pytest.approx(12.381, abs=5e-4), 1, 29, 32)
    assert found.p_value == pytest.approx(0.001451, abs=5e-7)
    np.testing.assert_allclose(found.coefficients, [37.22727, -3.87783, -0.03177], atol=5e-6)
    assert found.estimate == pytest.approx(found.r_squared_full - found.r_squared_base)
    assert found.delta_r == pytest.approx(np.sqrt(found.r_squared_full) - np.sqrt(found.r_squared_base))
    assert found.f_squared == pytest.approx(found.estimate / (1 - found.r_squared_full))


def test_with_standardised_predictors_it_follows_from_correlations():
    """R² = v′R⁻¹v by the correlation matrix: another route than regression on the people."""
    base, added, y = made_up()
    r = np.corrcoef(np.column_stack([base, added, y]).T)

    def r_squared(k):
        return r[:k, -1] @ np.linalg.solve(r[:k, :k], r[:k, -1])

    found = incremental_validity(base, added, y)
    assert (found.r_squared_base, found.r_squared_full) == pytest.approx((r_squared(2), r_squared(4)))


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 100), st.floats(-50, 50), st.integers(0, 1000))
def test_scale_origin_and_order_of_people_do_not_matter(stretch, shift, seed):
    base, added, y = made_up(60)
    order = np.random.default_rng(seed).permutation(60)
    there = incremental_validity((stretch * base + shift)[order], added[order], (y - shift)[order])
    here = incremental_validity(base, added, y)
    assert (there.estimate, there.f) == pytest.approx((here.estimate, here.f), rel=1e-6)


def test_the_interval_has_an_end_at_zero_exactly_where_the_test_does_not_reject():
    """p = .025 stands for the lower end of a 95 % interval."""
    for gain in (0.0, 0.05, 0.1, 0.2, 0.3):
        found = incremental_validity(*made_up(150, gain=gain, seed=int(100 * gain)))
        low, high = found.confidence_interval()
        assert 0 <= low <= found.estimate <= high < 1
        assert (low > 0) == (found.p_value < 0.025)


def test_the_interval_inverts_the_noncentral_f():
    """At each end of f² = λ/n the observed F has a tail of 2.5 %."""
    from scipy.special import ncfdtr

    found = incremental_validity(*made_up(300))
    for end, tail in zip(found.confidence_interval(), (0.975, 0.025), strict=True):
        share = end / (1 - found.r_squared_base)
        assert ncfdtr(found.df1, found.df2, found.n * share / (1 - share), found.f) == pytest.approx(tail, abs=1e-9)


def test_the_interval_covers_the_true_increment_as_often_as_it_says():
    """500 samples of 120 people; true ΔR² .05 of one predictor beside one of .3."""
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(500):
        x, z, e = rng.standard_normal((3, 120))
        y = 0.3 * x + np.sqrt(0.05) * z + np.sqrt(1 - 0.09 - 0.05) * e
        low, high = incremental_validity(x, z, y).confidence_interval(0.90)
        held += low <= 0.05 <= high
    assert held / 500 == pytest.approx(0.90, abs=0.03)


def test_a_perfect_fit_has_no_width():
    x, z = np.random.default_rng(2).standard_normal((2, 30))
    found = incremental_validity(x, z, 2 * x + z)
    assert (found.r_squared_full, found.f, found.p_value) == (1, np.inf, 0)
    assert found.confidence_interval() == (found.estimate, found.estimate)
    nothing_left = incremental_validity(x, z, 2 * x)
    assert (nothing_left.estimate, nothing_left.f, nothing_left.p_value) == (0, 0, 1)


def test_people_without_a_value_are_left_out_of_both_models():
    base, added, y = made_up(80)
    base[3, 1], added[5, 0], y[7] = np.nan, np.nan, np.nan
    kept = np.delete(np.arange(80), [3, 5, 7])
    there, here = incremental_validity(base, added, y), incremental_validity(base[kept], added[kept], y[kept])
    assert (there.n, there.estimate, there.f) == (77, here.estimate, here.f)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: incremental_validity([1, 2, 3.0], [1, 4, 9.0], [1, 2, 4.0]), "for at least 4 people; they are for 3"),
        (lambda: incremental_validity(WT, WT, MPG), "added must hold predictors that vary, none of which follows"),
        (lambda: incremental_validity(np.ones(32), HP, MPG), "base must hold predictors that vary"),
        (lambda: incremental_validity(WT, HP, np.ones(32)), "criterion must vary; everybody has 1"),
        (lambda: incremental_validity(WT, HP[:-1], MPG), "added must have 32 rows; it has 31"),
        (lambda: incremental_validity(WT, HP, MPG[:-1]), "criterion must hold 32 values"),
        (lambda: incremental_validity(WT, HP, MPG).confidence_interval(0), "level must lie strictly between 0 and 1"),
        (lambda: incremental_validity(WT, np.empty((32, 0)), MPG), "added must hold at least one predictor"),
        (lambda: incremental_validity(["a"] * 32, HP, MPG), "base must hold numbers only"),
        (
            lambda: incremental_validity(np.where(np.arange(32) == 3, 0.1 + 0.2, 0.3), HP, MPG),
            "base must hold predictors that vary",
        ),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

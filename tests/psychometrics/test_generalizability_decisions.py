"""Decision studies: error and coefficients for other numbers of conditions, and how many are enough."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.generalizability import conditions_needed, d_study, evaluations_table, variance_components

# Brennan (2001, table 3.2), persons by raters nested in tasks.
COMPONENTS = {"p": 0.47315, "t": 0.32515, "r:t": 0.64753, "p x t": 0.55957, "p x r:t": 2.38025}
DESIGN = "p x (r:t)"
CROSSED = {"p": 4.0, "i": 1.0, "o": 0.5, "p x i": 2.0, "p x o": 0.8, "i x o": 0.3, "p x i x o": 6.0}
component_values = st.lists(st.floats(0.01, 10), min_size=7, max_size=7)


def test_coefficients_of_brennans_data():
    """R: gtheory::dstudy on Brennan's data gives generalizability .551 and dependability .464."""
    found = d_study(COMPONENTS, {"t": 3, "r": 4}, design=DESIGN)
    assert found.relative_error == pytest.approx(0.55957 / 3 + 2.38025 / 12)
    assert found.absolute_error == pytest.approx(0.55957 / 3 + 2.38025 / 12 + 0.32515 / 3 + 0.64753 / 12)
    assert (found.generalizability, found.dependability) == pytest.approx((0.5514, 0.4637), abs=5e-5)
    assert found.contributions["p x r:t"] == pytest.approx(2.38025 / 12)


def test_estimated_components_bring_their_design_along():
    scores = np.random.default_rng(0).normal(size=(30, 6)) + 2 * np.random.default_rng(1).normal(size=(30, 1))
    components = variance_components(scores, "p x i")
    found = d_study(components, {"i": 6})
    ms = components.mean_squares
    alpha = (ms["p"] - ms["p x i"]) / ms["p"]
    assert found.generalizability == pytest.approx(alpha)


def test_a_residual_is_averaged_over_every_condition():
    found = d_study({"p": 2.0, "i": 1.0, "p x i": 3.0, "residual": 4.0}, {"i": 2}, design="p x i")
    assert found.relative_error == pytest.approx((3 + 4) / 2) and found.absolute_error == pytest.approx((1 + 3 + 4) / 2)


def test_calls_nested_in_agents_make_all_error_relative():
    found = d_study({"p": 1.0, "i:p": 4.0}, {"i": [1, 4, 16]}, design="i:p")
    np.testing.assert_allclose(found.generalizability, [0.2, 0.5, 0.8])
    np.testing.assert_allclose(found.dependability, found.generalizability)


def test_numbers_of_conditions_may_be_tables():
    found = d_study(COMPONENTS, {"t": [[1], [2], [5]], "r": [1, 3]}, design=DESIGN)
    assert np.shape(found.dependability) == (3, 2)
    one = d_study(COMPONENTS, {"t": 5, "r": 3}, design=DESIGN)
    assert found.dependability[2, 1] == pytest.approx(one.dependability)
    assert isinstance(one.dependability, float)


def test_a_fixed_facet_belongs_to_what_is_measured():
    """Brennan (2001, chapter 5): σ²(τ) = σ²_p + σ²_pt / n_t, and neither σ²_t nor σ²_pt is error."""
    found = d_study(COMPONENTS, {"t": 3, "r": 4}, design=DESIGN, fixed=("t",))
    assert found.universe_score == pytest.approx(0.47315 + 0.55957 / 3)
    assert found.relative_error == pytest.approx(2.38025 / 12)
    assert found.absolute_error == pytest.approx(2.38025 / 12 + 0.64753 / 12)


def test_nesting_in_the_study_what_was_crossed_draws_new_conditions_each_time():
    """Items nested in occasions: σ²(I:O) = σ²_i + σ²_io, each over n_i n_o."""
    crossed = d_study(CROSSED, {"i": 4, "o": 2}, design="p x i x o")
    components = variance_components(np.random.default_rng(2).normal(size=(20, 5, 4)), "p x i x o")
    nested = d_study(components, {"i": 4, "o": 2}, design="p x (i:o)")
    c = components.estimate
    expected = c["p x o"] / 2 + (c["p x i"] + c["p x i x o"]) / 8
    assert nested.relative_error == pytest.approx(expected)
    assert crossed.relative_error == pytest.approx(2 / 4 + 0.8 / 2 + 6 / 8)


def test_another_object_of_measurement():
    found = d_study(COMPONENTS, {"p": 10, "r": 4}, design=DESIGN, measured="t")
    assert found.universe_score == pytest.approx(0.32515)
    assert found.relative_error == pytest.approx(0.64753 / 4 + 0.55957 / 10 + 2.38025 / 40)


def test_endless_conditions_leave_the_error_of_the_others():
    found = d_study(CROSSED, {"i": np.inf, "o": 2}, design="p x i x o")
    assert found.absolute_error == pytest.approx(0.5 / 2 + 0.8 / 2)


def test_without_any_variance_there_is_no_coefficient():
    assert np.isnan(d_study({"p": 0.0, "p x i": 0.0, "i": 1.0}, {"i": 2}, design="p x i").generalizability)
    assert d_study({"p": 0.0, "p x i": 0.0, "i": 1.0}, {"i": 2}, design="p x i").dependability == 0


def test_negative_components_count_as_none():
    found = d_study({"p": 1.0, "p x i": 1.0, "i": -0.2}, {"i": 2}, design="p x i")
    assert found.absolute_error == found.relative_error == 0.5


@settings(max_examples=30)
@given(component_values, st.integers(1, 20), st.integers(1, 20))
def test_absolute_error_is_the_larger_and_more_conditions_never_hurt(values, n_i, n_o):
    components = dict(zip(CROSSED, values, strict=True))
    few = d_study(components, {"i": n_i, "o": n_o}, design="p x i x o")
    many = d_study(components, {"i": n_i + 1, "o": n_o + 1}, design="p x i x o")
    assert few.absolute_error >= few.relative_error and few.generalizability >= few.dependability
    assert many.generalizability > few.generalizability and many.dependability > few.dependability


@settings(max_examples=30)
@given(component_values, st.floats(0.3, 0.9), st.sampled_from(["generalizability", "dependability"]))
def test_as_many_conditions_as_needed_reach_the_target_and_one_fewer_does_not(values, target, coefficient):
    components = dict(zip(CROSSED, values, strict=True))
    try:
        needed = conditions_needed(components, "i", target, {"o": 3}, coefficient=coefficient, design="p x i x o")
    except ValueError:
        at_best = d_study(components, {"i": np.inf, "o": 3}, design="p x i x o")
        assert getattr(at_best, coefficient) <= target
        return

    def reached(n):
        return getattr(d_study(components, {"i": n, "o": 3}, design="p x i x o"), coefficient)

    assert reached(needed) >= target - 1e-9
    assert needed == 1 or reached(needed - 1) < target


def test_how_many_calls_make_a_criterion():
    """The table of single-call reliabilities .10 to .25 against 5, 10, 20, 30 and 50 calls, and the calls for .70."""
    table = evaluations_table([0.10, 0.15, 0.20, 0.25])
    expected = [
        [0.357, 0.526, 0.690, 0.769, 0.847],
        [0.469, 0.638, 0.779, 0.841, 0.898],
        [0.556, 0.714, 0.833, 0.882, 0.926],
        [0.625, 0.769, 0.870, 0.909, 0.943],
    ]
    np.testing.assert_allclose(table.reliability, expected, atol=5e-4)
    assert table.needed.tolist() == [21, 14, 10, 7]


def test_the_table_is_the_d_study_of_calls_nested_in_agents():
    table = evaluations_table([0.2], [3, 8], 0.6)
    study = d_study({"p": 0.2, "i:p": 0.8}, {"i": [3, 8]}, design="i:p")
    np.testing.assert_allclose(table.reliability[0], study.generalizability)
    assert table.needed[0] == conditions_needed({"p": 0.2, "i:p": 0.8}, "i", 0.6, design="i:p") == 6


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: d_study(COMPONENTS, {"t": 3, "r": 4}), "design must be given"),
        (lambda: d_study(COMPONENTS, {"t": 3}, design=DESIGN), "n must give a number for each of r, t"),
        (lambda: d_study(COMPONENTS, {"t": 3, "r": 0}, design=DESIGN), "n must be at least 1 for r"),
        (lambda: d_study(COMPONENTS, {"t": 3, "r": np.nan}, design=DESIGN), "n must be at least 1 for r"),
        (lambda: d_study(COMPONENTS, {"t": 3, "r": 4}, design="p x r x t"), "components must be of the effects"),
        (lambda: d_study(COMPONENTS | {"p": np.nan}, {"t": 3, "r": 4}, design=DESIGN), "components must be finite"),
        (lambda: d_study(COMPONENTS, {"p": 3, "t": 4}, design=DESIGN, measured="r"), "measured must be one of p, t"),
        (lambda: d_study(COMPONENTS, {"t": 3, "r": 4}, design=DESIGN, fixed=("p",)), "fixed must name facets"),
        (lambda: conditions_needed(COMPONENTS, "r", 0.9, {"t": 2}, design=DESIGN), "no number of r brings"),
        (lambda: conditions_needed(COMPONENTS, "r", 0.9, {"t": 2}, design=DESIGN, coefficient="alpha"), "coefficient must be"),
        (lambda: conditions_needed(COMPONENTS, "r", 1.0, {"t": 2}, design=DESIGN), "target must lie strictly"),
        (lambda: evaluations_table([1.0]), "single must lie strictly between 0 and 1"),
        (lambda: evaluations_table([0.5], [0]), "counts must be at least 1"),
        (lambda: evaluations_table([0.5], target=1.2), "target must lie strictly"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_what_is_nested_stays_nested():
    scores = np.random.default_rng(3).normal(size=(10, 3, 4))
    components = variance_components(scores, "p x (r:t)")
    with pytest.raises(ValueError, match="design must keep nested"):
        d_study(components, {"t": 3, "r": 4}, design="p x r x t")
    with pytest.raises(ValueError, match="design must name the facets"):
        d_study(components, {"t": 3, "r": 4}, design="p x r x q")

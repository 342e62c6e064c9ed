"""What every function of the engine refuses, and how it says so."""

import datetime
from decimal import Decimal

import numpy as np
import pytest

from assessment.psychometrics import arrays, classical


@pytest.mark.parametrize(
    "values",
    [
        ["1", "2"],
        [1, "2"],
        np.array([1.0, "2", None], dtype=object),
        "1",
        b"1",
        [1j],
        np.array([1 + 1j]),
        np.array(["2026-01-01"], dtype="datetime64[D]"),
        [datetime.timedelta(1)],
        [[1, 2], [3]],
        {},
        [10**400],
        np.ma.masked_array([1.0, 2.0], [True, False]),
    ],
    ids=str,
)
def test_only_numbers_are_numbers(values):
    with pytest.raises(ValueError, match="x must hold numbers only"):
        arrays.numbers("x", values)


@pytest.mark.parametrize("values", [[1, None, True], (1, np.nan, 1), np.array([1, np.nan, 1], dtype=object), [Decimal(1), None, 1]])
def test_none_is_not_answered_and_whatever_counts_is_a_number(values):
    assert np.array_equal(arrays.numbers("x", values), [1.0, np.nan, 1.0], equal_nan=True)


def test_sizes_that_arithmetic_cannot_hold_are_refused():
    assert arrays.numbers("x", [[-1e50, np.nan, 1e50]]).shape == (1, 3)
    for size in (-2e50, 2e50):
        with pytest.raises(ValueError, match="x must lie within ±1e\\+50"):
            arrays.numbers("x", [np.nan, size])
    for size in (-np.inf, np.inf):
        with pytest.raises(ValueError, match="x must be finite"):
            arrays.numbers("x", [np.nan, size])


@pytest.mark.parametrize("value", ["a", "1", None, np.nan, np.inf, [1.0], np.ones(2), 1j, frozenset(), {}], ids=str)
def test_one_number_is_asked_for_by_name(value):
    for check in (
        lambda: arrays.number("x", value),
        lambda: arrays.share("x", value),
        lambda: arrays.between("x", value, 0, 1),
        lambda: arrays.count("x", value, at_least=1),
    ):
        with pytest.raises(ValueError, match="x must be one finite number"):
            check()


@pytest.mark.parametrize("value", [0, 1, 1.5, -0.1])
def test_a_share_lies_strictly_between_0_and_1(value):
    with pytest.raises(ValueError, match="x must lie strictly between 0 and 1"):
        arrays.share("x", value)


def test_a_count_is_whole_and_large_enough():
    assert [arrays.count("x", value, at_least=1) for value in (1, 3.0, np.int8(2), np.array(4))] == [1, 3, 2, 4]
    for value in (0, -1, 1.5):
        with pytest.raises(ValueError, match="x must be a whole number of at least 1"):
            arrays.count("x", value, at_least=1)


@pytest.mark.parametrize("values", [3, [["a"], ["b"]], None])
def test_labels_are_a_list(values):
    with pytest.raises(ValueError, match="x must be a list of numbers or texts"):
        arrays.labels("x", values, 2)


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"r and factor must be numbers or arrays of one shape; .* r \(2,\), factor \(3,\)"):
        classical.spearman_brown([0.5, 0.6], [1, 2, 3])

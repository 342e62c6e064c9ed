"""Input validation: every public function of the engine passes its arguments through here.

Each function returns a float64 array that is safe to compute with, or raises `ValueError` naming the argument and the
rule it broke. NaN (not answered) is let through unless said otherwise; infinities never are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def numbers(name: str, values: ArrayLike) -> FloatArray:
    """`values` as float64 of any shape; refuses text, objects and infinities."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers only, with NaN for not answered") from error
    if np.isinf(array).any():
        raise ValueError(f"{name} must be finite; it holds an infinity")
    return array


def vector(name: str, values: ArrayLike, *, length: int | None = None, complete: bool = False) -> FloatArray:
    """One value a person (or an item): shape (n,). `complete` refuses NaN."""
    array = numbers(name, values)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional; its shape is {array.shape}")
    if length is not None and array.size != length:
        raise ValueError(f"{name} must hold {length} values; it holds {array.size}")
    if complete and np.isnan(array).any():
        raise ValueError(f"{name} must not hold NaN")
    return array


def matrix(
    name: str, values: ArrayLike, *, columns: int | None = None, rows: int | None = None, complete: bool = False
) -> FloatArray:
    """People by columns: shape (n, k). `complete` refuses NaN."""
    array = numbers(name, values)
    if array.ndim != 2:
        raise ValueError(f"{name} must be two-dimensional, people by columns; its shape is {array.shape}")
    if columns is not None and array.shape[1] != columns:
        raise ValueError(f"{name} must have {columns} columns; it has {array.shape[1]}")
    if rows is not None and array.shape[0] != rows:
        raise ValueError(f"{name} must have {rows} rows; it has {array.shape[0]}")
    if complete and np.isnan(array).any():
        raise ValueError(f"{name} must not hold NaN")
    return array


def square(name: str, values: ArrayLike, *, size: int | None = None) -> FloatArray:
    """A symmetric matrix without NaN, such as a correlation or covariance matrix: shape (k, k)."""
    array = matrix(name, values, complete=True)
    if array.shape[0] != array.shape[1] or (size is not None and array.shape[0] != size):
        wanted = "square" if size is None else f"{size} by {size}"
        raise ValueError(f"{name} must be {wanted}; its shape is {array.shape}")
    if not np.allclose(array, array.T, atol=1e-8):
        raise ValueError(f"{name} must be symmetric")
    return array


def within(name: str, values: ArrayLike, low: float, high: float) -> FloatArray:
    """`values` of any shape, each in [low, high] or NaN."""
    array = numbers(name, values)
    if ((array < low) | (array > high)).any():
        raise ValueError(f"{name} must lie between {low:g} and {high:g}")
    return array


def positive(name: str, values: ArrayLike) -> FloatArray:
    """`values` of any shape, each above 0 or NaN."""
    array = numbers(name, values)
    if (array <= 0).any():
        raise ValueError(f"{name} must be above 0")
    return array


def share(name: str, value: float) -> float:
    """A probability strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1; it is {value!r}")
    return float(value)


def count(name: str, value: int, *, at_least: int) -> int:
    """A whole number that is at least `at_least`."""
    if int(value) != value or value < at_least:
        raise ValueError(f"{name} must be a whole number of at least {at_least}; it is {value!r}")
    return int(value)


def pairs(first: str, x: ArrayLike, second: str, y: ArrayLike, *, at_least: int) -> tuple[FloatArray, FloatArray]:
    """The people who have both values; refuses fewer than `at_least` of them and a side that never varies."""
    left = vector(first, x)
    right = vector(second, y, length=left.size)
    both = ~(np.isnan(left) | np.isnan(right))
    left, right = left[both], right[both]
    if left.size < at_least:
        raise ValueError(f"{first} and {second} must both be known for at least {at_least} people; {left.size} have both")
    for name, side in ((first, left), (second, right)):
        if np.ptp(side) == 0:
            raise ValueError(f"{name} must vary; everybody has {side[0]:g}")
    return left, right


def labels(name: str, values: Sequence[object] | NDArray[np.generic], length: int) -> tuple[list[object], IntArray]:
    """Distinct labels in sorted order, and the place of each value among them: shape (length,)."""
    listed: list[object] = list(values)
    if len(listed) != length:
        raise ValueError(f"{name} must hold {length} labels; it holds {len(listed)}")
    distinct = sorted(set(listed), key=lambda label: (str(type(label)), label))
    place = {label: i for i, label in enumerate(distinct)}
    return distinct, np.fromiter((place[label] for label in listed), dtype=np.int64, count=length)


def as_given(result: FloatArray) -> float | FloatArray:
    """A float where the arguments were all scalars, else the array."""
    return float(result) if result.ndim == 0 else result

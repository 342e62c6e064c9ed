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

LARGEST = 1e50
"""Beyond it the fourth powers that some statistics add up come near the end of float64."""


def numbers(name: str, values: ArrayLike) -> FloatArray:
    """`values` as float64 of any shape; refuses text, dates, complex numbers, infinities and sizes beyond `LARGEST`."""
    try:
        given = np.asarray(values)
        # numpy would read digits in text, count the days of a date, and drop what is imaginary or masked.
        if given.dtype.kind not in "biufO" or isinstance(values, np.ma.MaskedArray) or _holds_text(given):
            raise TypeError("not numbers")
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} must hold numbers only, in rows of one length, with NaN for not answered") from error
    # Reductions, where a comparison would need room for another array.
    size = max(np.fmax.reduce(array, axis=None, initial=0.0), -np.fmin.reduce(array, axis=None, initial=0.0))
    if size == np.inf:
        raise ValueError(f"{name} must be finite; it holds an infinity")
    if size > LARGEST:
        raise ValueError(f"{name} must lie within ±{LARGEST:g}")
    return array


def number(name: str, value: float) -> float:
    """One finite number."""
    try:
        array = numbers(name, value)
    except ValueError as error:
        raise ValueError(f"{name} must be one finite number; it is {value!r}") from error
    if array.ndim or np.isnan(array):
        raise ValueError(f"{name} must be one finite number; it is {value!r}")
    return float(array)


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
    if array.size == 0 or array.shape[0] != array.shape[1] or (size is not None and array.shape[0] != size):
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
    if not 0.0 < number(name, value) < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1; it is {value!r}")
    return float(value)


def between(name: str, value: float, low: float, high: float) -> float:
    """One number in [low, high]."""
    if not low <= number(name, value) <= high:
        raise ValueError(f"{name} must lie between {low:g} and {high:g}; it is {value!r}")
    return float(value)


def count(name: str, value: int, *, at_least: int) -> int:
    """A whole number that is at least `at_least`."""
    given = number(name, value)
    if given != np.floor(given) or given < at_least:
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
        if not varies(side):
            raise ValueError(f"{name} must vary; everybody has {side[0]:g}")
    return left, right


def varies(values: FloatArray) -> bool:
    """Whether complete values differ by more than the rounding of sums and means that should be equal."""
    return bool(np.ptp(values) > 1e-14 * np.abs(values).max())


def labels(name: str, values: Sequence[object] | NDArray[np.generic], length: int) -> tuple[list[object], IntArray]:
    """Distinct labels in sorted order, and the place of each value among them: shape (length,)."""
    try:
        listed: list[object] = list(values)
        distinct = sorted(set(listed), key=lambda label: (str(type(label)), label))
    except TypeError as error:
        raise ValueError(f"{name} must be a list of numbers or texts, one label each") from error
    if len(listed) != length:
        raise ValueError(f"{name} must hold {length} labels; it holds {len(listed)}")
    place = {label: i for i, label in enumerate(distinct)}
    return distinct, np.fromiter((place[label] for label in listed), dtype=np.int64, count=length)


def flags(name: str, values: ArrayLike, *, length: int | None = None) -> BoolArray:
    """True or false for each: shape (n,); takes 0 and 1 too."""
    given = vector(name, values, length=length, complete=True)
    if not ((given == 0) | (given == 1)).all():
        raise ValueError(f"{name} must hold true or false for each")
    return np.asarray(given == 1)


def fitting(**values: FloatArray) -> None:
    """Refuses arrays that do not broadcast, by the names of the arguments."""
    try:
        np.broadcast_shapes(*(array.shape for array in values.values()))
    except ValueError as error:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in values.items())
        raise ValueError(f"{' and '.join(values)} must be numbers or arrays of one shape; their shapes are {shapes}") from error


def as_given(result: FloatArray) -> float | FloatArray:
    """A float where the arguments were all scalars, else the array."""
    return float(result) if result.ndim == 0 else result


def _holds_text(given: NDArray[np.generic]) -> bool:
    return given.dtype.kind == "O" and any(isinstance(value, (str, bytes)) for value in given.flat)

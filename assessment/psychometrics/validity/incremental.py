"""What a score adds to predictors that are there already, and least squares as this package needs it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, matrix, numbers, share, varies, vector
from assessment.psychometrics.intervals import Interval


@dataclass(frozen=True)
class IncrementalValidity:
    """What the added predictors explain beyond the base ones: `estimate` is ΔR², over the `n` people who have everything.

    `delta_r` is the rise of the multiple R. `f` has `df1` and `df2` degrees of freedom; `f_squared` is Cohen's (1988)
    ΔR² / (1 − R²). `coefficients` (1 + p) are those of the full model, intercept first. The adjusted figures are Ezekiel's.
    """

    estimate: float
    delta_r: float
    r_squared_base: float
    r_squared_full: float
    adjusted_base: float
    adjusted_full: float
    f: float
    df1: int
    df2: int
    p_value: float
    f_squared: float
    coefficients: FloatArray
    n: int

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Interval of ΔR² by the noncentral F (Steiger, 2004): both ends λ of F give f² = λ/n and (1 − R²_base) f² / (1 + f²).

        It agrees with the test: the low end is above 0 where p is below (1 − level) / 2. R² of the base is taken as it is,
        which makes it a little narrow where ΔR² is large.
        """
        share("level", level)
        if math.isinf(self.f):
            return Interval(self.estimate, self.estimate)
        ends = [_noncentrality(self.f, self.df1, self.df2, p) / self.n for p in (0.5 + level / 2.0, 0.5 - level / 2.0)]
        low, high = ((1.0 - self.r_squared_base) * end / (1.0 + end) for end in ends)
        return Interval(low, high)


def incremental_validity(base: ArrayLike, added: ArrayLike, criterion: ArrayLike) -> IncrementalValidity:
    """Hierarchical regression: R² of the criterion on `base`, and on `base` and `added`.

    F = (ΔR² / q) / ((1 − R²_full) / (n − p − q − 1)).

    Parameters
    ----------
    base, added : (n, p) and (n, q), or (n,); what is there already, and what is to be added.
    criterion : (n,). People with NaN anywhere are left out of both models.

    Returns
    -------
    IncrementalValidity

    Raises
    ------
    ValueError
        Nothing added, fewer than p + q + 2 people who have everything, a criterion that does not vary, or a predictor that does
        not vary or follows from the others.
    """
    first, second = _columns("base", base), _columns("added", added)
    y = vector("criterion", criterion, length=first.shape[0])
    if second.shape[0] != y.size:
        raise ValueError(f"added must have {y.size} rows; it has {second.shape[0]}")
    if second.shape[1] == 0:
        raise ValueError("added must hold at least one predictor")
    known = ~(np.isnan(first).any(axis=1) | np.isnan(second).any(axis=1) | np.isnan(y))
    first, second, y = first[known], second[known], y[known]
    n, df1 = y.size, second.shape[1]
    df2 = n - first.shape[1] - df1 - 1
    if df2 < 1:
        raise ValueError(f"base, added and criterion must all be known for at least {n - df2 + 1} people; they are for {n}")
    if not varies(y):
        raise ValueError(f"criterion must vary; everybody has {y[0]:g}")
    total = float(((y - y.mean()) ** 2).sum())
    _, left = least_squares("base", first, y)
    coefficients, left_full = least_squares("added", np.column_stack([first, second]), y)
    r2, r2_full = 1.0 - left / total, 1.0 - left_full / total
    test = f_test(left, left_full, df1, df2)
    return IncrementalValidity(
        estimate=max(0.0, r2_full - r2),
        delta_r=math.sqrt(max(0.0, r2_full)) - math.sqrt(max(0.0, r2)),
        r_squared_base=r2,
        r_squared_full=r2_full,
        adjusted_base=1.0 - (1.0 - r2) * (n - 1) / (df2 + df1),
        adjusted_full=1.0 - (1.0 - r2_full) * (n - 1) / df2,
        f=test[0],
        df1=df1,
        df2=df2,
        p_value=test[1],
        f_squared=max(0.0, left - left_full) / left_full if left_full > 0 else math.inf,
        coefficients=coefficients,
        n=n,
    )


def least_squares(name: str, predictors: FloatArray, y: FloatArray) -> tuple[FloatArray, float]:
    """Coefficients of y on an intercept and complete (n, p) predictors, (1 + p,), and the residual sum of squares.

    Raises `ValueError` naming `name` where a predictor does not vary or follows from the others.
    """
    z, mean, sd = standardised(name, predictors)
    centred = y - y.mean()
    slopes = np.linalg.lstsq(z, centred, rcond=None)[0]
    residual = centred - z @ slopes
    left, rounding = float(residual @ residual), 1e-24 * float(centred @ centred)
    coefficients = slopes / sd
    return np.concatenate([[y.mean() - mean @ coefficients], coefficients]), left if left > rounding else 0.0


def standardised(name: str, predictors: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Complete (n, p) predictors with mean 0 and SD 1, and their means and SDs, (p,) each.

    Raises `ValueError` naming `name` where a predictor does not vary or follows from the others.
    """
    mean, sd = predictors.mean(axis=0), predictors.std(axis=0)
    constant = np.array([not varies(column) for column in predictors.T], dtype=np.bool_)
    z = (predictors - mean) / np.where(constant | (sd == 0), 1.0, sd)
    if constant.any() or np.linalg.matrix_rank(z, tol=1e-10 * math.sqrt(z.size)) < z.shape[1]:
        raise ValueError(f"{name} must hold predictors that vary, none of which follows from the others")
    return z, mean, sd


def f_test(left: float, left_full: float, df1: int, df2: int) -> tuple[float, float]:
    """F and its p-value, from the residual sums of squares of a model and of one with `df1` more coefficients."""
    from scipy.special import fdtrc

    gained = max(0.0, left - left_full)
    if left_full <= 0:
        return (math.inf, 0.0) if gained > 0 else (0.0, 1.0)
    f = gained / df1 / (left_full / df2)
    return f, float(fdtrc(df1, df2, f))


def _noncentrality(f: float, df1: int, df2: int, p: float) -> float:
    """λ at which a share p of the noncentral F lies below f; 0 where even λ = 0 leaves less below it."""
    from scipy.special import ncfdtr

    return _falling_to(lambda centre: float(ncfdtr(df1, df2, centre, f)), p)


def _falling_to(function: Callable[[float], float], wanted: float) -> float:
    """Where a function that falls from 0 on reaches `wanted`, by bisection; 0 where it starts below it."""
    if function(0.0) <= wanted:
        return 0.0
    low, high = 0.0, 1.0
    while function(high) > wanted:
        low, high = high, 2.0 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2.0
        low, high = (middle, high) if function(middle) > wanted else (low, middle)
    return (low + high) / 2.0


def _columns(name: str, values: ArrayLike) -> FloatArray:
    array = numbers(name, values)
    return matrix(name, array[:, None] if array.ndim == 1 else array)

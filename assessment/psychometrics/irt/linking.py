"""Linking of two calibrations that share items, for groups that differ (the common-item nonequivalent groups design).

θ has no natural origin or unit, so two calibrations of the same items differ by a straight line: θ_onto = A θ_new + B, and
with it a / A, A b + B and d − a B / A (Kolen & Brennan, 2014, ch. 6). The common items find A and B.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, as_given, numbers
from assessment.psychometrics.irt import curves
from assessment.psychometrics.irt.calibration import Calibration
from assessment.psychometrics.irt.curves import Model
from assessment.psychometrics.irt.locations import item_locations, item_slopes

Method = Literal["mean_sigma", "mean_mean", "haebara", "stocking_lord"]
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True)
class Linking:
    """θ_onto = slope · θ_new + intercept.

    `criterion` is what the method made least (see `link`), NaN for the two that make nothing least. `item_distances` (c,)
    says how far the curves of each common item still lie apart after linking: the root of the mean squared difference of
    its category probabilities over the people of `onto`. A common item far above the others has changed (it was leaked,
    reworded, or moved in the form) and should not anchor a scale.
    """

    slope: float
    intercept: float
    criterion: float
    method: Method
    items: IntArray = field(repr=False)
    item_distances: FloatArray = field(repr=False)

    def theta(self, theta: ArrayLike) -> float | FloatArray:
        """People's θ of the new calibration on the scale of the other."""
        return as_given(np.asarray(self.slope * numbers("theta", theta) + self.intercept))

    def rescaled(self, calibration: Calibration) -> Calibration:
        """`calibration`, which is on the new scale, on the scale of the other."""
        return rescaled(calibration, self.slope, self.intercept)


def rescaled(calibration: Calibration, slope: float, intercept: float) -> Calibration:
    """The same calibration with θ* = A θ + B: slopes a / A, intercepts d − a B / A (for nrm, each category's).

    Probabilities at θ* are those of `calibration` at θ; nodes, the distribution of θ and those of groups move along, so that
    likelihoods stay as they are and scores move along too. Standard errors are left out: on another scale they would have to
    hold the error of the line as well.

    Parameters
    ----------
    slope : A, above 0.
    intercept : B.
    """
    a, b = _line(slope, intercept)
    new_slopes = calibration.slopes / a
    shift = _per_intercept(calibration.model, new_slopes, calibration.intercepts) * b
    low, high = calibration.theta_range
    return replace(
        calibration,
        slopes=new_slopes,
        intercepts=calibration.intercepts - shift,
        theta_range=(a * low + b, a * high + b),
        latent_mean=a * calibration.latent_mean + b,
        latent_sd=a * calibration.latent_sd,
        groups=tuple(replace(group, mean=a * group.mean + b, sd=a * group.sd) for group in calibration.groups),
        standard_errors=None,
    )


def link(
    new: Calibration,
    onto: Calibration,
    items: ArrayLike,
    method: Method = "haebara",
    *,
    symmetric: bool = False,
) -> Linking:
    """The line that puts `new` on the scale of `onto`, found from the items that both have.

    - `mean_sigma` (Marco, 1977): A = SD(b_onto) / SD(b_new), B = mean(b_onto) − A mean(b_new).
    - `mean_mean` (Loyd & Hoover, 1980): A = mean(a_new) / mean(a_onto), B as above.
    - `haebara` (1980): least Σ_q w_q Σ_j Σ_v [P_jv,onto(θ_q) − P_jv,new((θ_q − B) / A)]².
    - `stocking_lord` (1983): least Σ_q w_q [T_onto(θ_q) − T_new((θ_q − B) / A)]², T the expected sum score.

    θ_q and w_q are the nodes and weights of `onto`. All thresholds of an ordered item count among the b (Cohen & Kim, 1998).
    An item of nrm, whose category crossings can run off to infinity, has one location −Σ a_v c_v / Σ a_v² and one slope
    √Σ a_v², which follow the line exactly as b and a do and are those of the two-parameter item where there are two categories;
    its expected score takes the category numbers as scores, so that haebara is the method of choice there (Baker, 1993).

    Parameters
    ----------
    new, onto : calibrations with one model.
    items : the common items: (c,) places where both calibrations hold them at the same place, or (c, 2) pairs of the place in
        `new` and the place in `onto`. c is at least 2 (1 would do for mean_mean alone, and anchors nothing).
    symmetric : for the last two, add the same sum over the people of `new` on the scale of `new`, so that linking the other
        way round gives the inverse line.

    Raises
    ------
    ValueError
        Different models, items that one calibration lacks or that are named twice, common items with different numbers of
        categories, common items whose locations do not vary (mean_sigma), or slopes that run against each other.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; it is {method!r}")
    common = _common_items(new, onto, items)
    left, right = _items(new, common[:, 0]), _items(onto, common[:, 1])
    mean_mean = _moments(left, right, "mean_mean")
    if method in ("mean_sigma", "mean_mean"):
        line, criterion = _moments(left, right, method), float("nan")
    else:
        start = [mean_mean]
        if np.ptp(_locations(left)) > 0 and np.ptp(_locations(right)) > 0:
            start.append(_moments(left, right, "mean_sigma"))
        line, criterion = _least_squares(_differences(left, right, method, symmetric=symmetric), start)
    between = _differences(left, right, "haebara", symmetric=False)(*line)[0].reshape(onto.nodes.size, len(common), -1)
    distances = np.sqrt((between**2).sum(axis=(0, 2)) / left.n_categories)
    return Linking(line[0], line[1], criterion, method, common, distances)


def _line(slope: float, intercept: float) -> tuple[float, float]:
    a, b = (float(numbers(name, value)) for name, value in (("slope", slope), ("intercept", intercept)))
    if not a > 0 or np.isnan(b):
        raise ValueError(f"slope must be above 0 and intercept a number; they are {slope!r} and {intercept!r}")
    return a, b


def _per_intercept(model: Model, slopes: FloatArray, intercepts: FloatArray) -> FloatArray:
    """What each intercept moves by when θ moves by 1: the slope of its own line in θ."""
    if model == "nrm" or intercepts.ndim == 1:
        return slopes
    steps = np.ones(intercepts.shape[1]) if model in curves.CUMULATIVE else np.arange(1.0, intercepts.shape[1] + 1)
    return np.asarray(slopes[:, None] * steps)


def _common_items(new: Calibration, onto: Calibration, items: ArrayLike) -> IntArray:
    if new.model != onto.model:
        raise ValueError(f"new and onto must have one model; they have {new.model} and {onto.model}")
    given = numbers("items", items)
    pairs = np.stack([given, given], axis=1) if given.ndim == 1 else given
    if pairs.ndim != 2 or pairs.shape[1] != 2 or len(pairs) < 2:
        raise ValueError(f"items must be at least two places, (c,) or (c, 2); the shape is {given.shape}")
    for side, calibration, name in ((pairs[:, 0], new, "new"), (pairs[:, 1], onto, "onto")):
        k = calibration.n_categories.size
        if not np.isin(side, np.arange(k)).all():
            raise ValueError(f"items must be places from 0 to {k - 1} of {name}")
        if np.unique(side).size < side.size:
            raise ValueError(f"items must name each item of {name} once")
    common = pairs.astype(np.int64)
    if (new.n_categories[common[:, 0]] != onto.n_categories[common[:, 1]]).any():
        raise ValueError("items must have as many categories in new as in onto")
    return common


@dataclass(frozen=True)
class _Items:
    """The common items of one calibration, with the distribution of its people."""

    model: Model
    slopes: FloatArray
    intercepts: FloatArray
    n_categories: IntArray
    nodes: FloatArray
    weights: FloatArray

    def derivatives(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        p, rise, _ = curves.theta_derivatives(self.model, self.slopes, self.intercepts, self.n_categories, theta)
        return p, rise


def _items(calibration: Calibration, places: IntArray) -> _Items:
    n_categories = calibration.n_categories[places]
    slopes, intercepts = calibration.slopes[places], calibration.intercepts[places]
    longest = int(n_categories.max())
    if calibration.model == "nrm":
        slopes, intercepts = slopes[:, :longest], intercepts[:, :longest]
    elif intercepts.ndim == 2:
        intercepts = intercepts[:, : longest - 1]
    return _Items(calibration.model, slopes, intercepts, n_categories, calibration.nodes, calibration.node_weights)


def _locations(items: _Items) -> FloatArray:
    if items.model == "nrm":
        return item_locations(items.model, items.slopes, items.intercepts)
    b = curves.difficulties(items.model, items.slopes, items.intercepts).ravel()
    return np.asarray(b[~np.isnan(b)])


def _moments(new: _Items, onto: _Items, method: Literal["mean_sigma", "mean_mean"]) -> tuple[float, float]:
    for name, items in (("new", new), ("onto", onto)):
        flat = (np.nan_to_num(items.slopes.reshape(items.n_categories.size, -1)) == 0).all(axis=1)
        if flat.any():
            raise ValueError(f"items must have slopes other than 0; common item {int(np.argmax(flat))} of {name} has not")
    if np.nansum(new.slopes * onto.slopes) <= 0:
        raise ValueError("the common items' slopes must run the same way in new and onto; they run against each other")
    b_new, b_onto = _locations(new), _locations(onto)
    if method == "mean_sigma":
        if np.ptp(b_new) == 0 or np.ptp(b_onto) == 0:
            raise ValueError("the common items' locations must vary for mean_sigma")
        a = float(b_onto.std() / b_new.std())
    else:
        a = float(item_slopes(new.model, new.slopes).mean() / item_slopes(onto.model, onto.slopes).mean())
        if a <= 0:
            raise ValueError("the common items' mean slope must have one sign in new and onto")
    return a, float(b_onto.mean() - a * b_new.mean())


Differences = Callable[[float, float], tuple[FloatArray, FloatArray]]


def _differences(new: _Items, onto: _Items, method: Method, *, symmetric: bool) -> Differences:
    """Weighted differences between the two calibrations' curves as a function of A and B, with their derivatives by log A and B.

    The curves of `new` at (θ − B) / A are those that rescaling gives it at θ, so that no parameter has to be rescaled.
    """

    def compared(p: FloatArray, weights: FloatArray) -> FloatArray:
        if method == "stocking_lord":
            p = (p * np.arange(p.shape[2])).sum(axis=(1, 2))
        return np.asarray((np.sqrt(weights).reshape(-1, *[1] * (p.ndim - 1)) * p).ravel())

    known, _ = onto.derivatives(onto.nodes)

    def differences(a: float, b: float) -> tuple[FloatArray, FloatArray]:
        at = (onto.nodes - b) / a
        p, rise = new.derivatives(at)
        parts = [compared(known - p, onto.weights)]
        # at falls by at · d log A + dB / A.
        slopes = [[compared(rise * by[:, None, None], onto.weights) for by in (at, np.full(at.size, 1.0 / a))]]
        if symmetric:
            own, _ = new.derivatives(new.nodes)
            p, rise = onto.derivatives(a * new.nodes + b)
            parts.append(compared(p - own, new.weights))
            slopes.append([compared(rise * by[:, None, None], new.weights) for by in (a * new.nodes, np.ones(new.nodes.size))])
        return np.concatenate(parts), np.concatenate([np.stack(pair, axis=1) for pair in slopes])

    return differences


def _least_squares(differences: Differences, starts: list[tuple[float, float]]) -> tuple[tuple[float, float], float]:
    """Least sum of squares from the best of several starts."""
    from scipy.optimize import least_squares

    def values(x: FloatArray) -> FloatArray:
        return differences(float(np.exp(x[0])), float(x[1]))[0]

    def derivatives(x: FloatArray) -> FloatArray:
        return differences(float(np.exp(x[0])), float(x[1]))[1]

    found = [
        least_squares(values, np.array([np.log(a), b]), jac=derivatives, xtol=1e-12, ftol=1e-14, gtol=1e-12) for a, b in starts
    ]
    best = min(found, key=lambda result: float(result.cost))
    return (float(np.exp(best.x[0])), float(best.x[1])), 2.0 * float(best.cost)

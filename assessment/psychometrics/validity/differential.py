"""Differential prediction: does one regression line foretell the criterion of both groups (Cleary, 1968)?"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, number, varies, vector
from assessment.psychometrics.distributions import normal_density, normal_probability
from assessment.psychometrics.fairness.groups import Labels, known_labels
from assessment.psychometrics.validity.coefficient import correlation
from assessment.psychometrics.validity.incremental import f_test, least_squares

FEWEST_FOR_INFERENCE = 50
_FAR_OUT = 40.0


@dataclass(frozen=True)
class GroupLine:
    """One group's regression of criterion on score, and the moments it rests on; SDs have n − 1 degrees of freedom."""

    group: object
    n: int
    intercept: float
    slope: float
    r: float
    mean_score: float
    sd_score: float
    mean_criterion: float
    sd_criterion: float


@dataclass(frozen=True)
class RegressionStep:
    """One step of the hierarchical regression. F and p are None where a group is too small for inference."""

    added: str
    r_squared: float
    delta_r_squared: float
    df1: int
    df2: int
    f: float | None
    p_value: float | None


@dataclass(frozen=True)
class DMod:
    """Nye & Sackett's (2017) d_Mod: the reference line less the focal one, in SDs of the reference group's criterion.

    `signed` is the mean difference over focal scores and `unsigned` the mean size; positive means that the reference line
    foretells more than the focal people reach (over-prediction). `over` and `under` are the parts of `signed` above and
    below 0, `share_over` and `share_under` the shares of focal people there. `smallest` and `largest` are the differences
    of least and greatest size, with their signs.
    """

    signed: float
    unsigned: float
    over: float
    under: float
    share_over: float
    share_under: float
    smallest: float
    largest: float


@dataclass(frozen=True)
class DifferentialPrediction:
    """Regressions of criterion on score in a reference and a focal group, and how far apart they are.

    `steps` add score, group and score × group in turn. `intercept_gap` is the reference line less the focal line at the
    focal mean score, in criterion units: above 0 the reference line over-predicts the focal group, below 0 it
    under-predicts. `slope_ratio` is focal over reference. `inferential` tells whether both groups have at least 50 people;
    if not, no test is shown and the rest is description of these people.
    """

    reference: GroupLine
    focal: GroupLine
    steps: tuple[RegressionStep, ...]
    intercept_gap: float
    slope_ratio: float
    d_mod: DMod
    inferential: bool

    @property
    def estimate(self) -> float:
        """d_Mod, signed."""
        return self.d_mod.signed

    def gap_at(self, score: float) -> float:
        """The reference line less the focal line at `score`, in criterion units: what to look at where a cut is."""
        return self.reference.intercept - self.focal.intercept + (self.reference.slope - self.focal.slope) * score


def differential_prediction(
    scores: ArrayLike, criterion: ArrayLike, group: Labels, *, reference: Hashable
) -> DifferentialPrediction:
    """Cleary's (1968) analysis: y on x; + group (intercepts); + x × group (slopes), with ΔR² and F at each step.

    Parameters
    ----------
    scores, criterion : (n,), NaN where unknown; people with both count.
    group : (n,) labels of two groups; None, an empty string or NaN is an unknown group, left out.
    reference : the label of the reference group; the other is the focal one.

    Returns
    -------
    DifferentialPrediction, with d_Mod over the focal people's own scores. Power is poor even above 50 a group: a test that
    finds nothing is no proof of equal prediction.

    Raises
    ------
    ValueError
        Not two groups, a `reference` that is not one of them, or a group of fewer than 4 people or without variation.
    """
    x = vector("scores", scores)
    y = vector("criterion", criterion, length=x.size)
    labels = known_labels(group, x.size)
    known = ~(np.isnan(x) | np.isnan(y)) & np.array([label is not None for label in labels], dtype=np.bool_)
    distinct = {label for label, counts in zip(labels, known, strict=True) if counts}
    if len(distinct) != 2 or not any(label == reference for label in distinct):
        raise ValueError(f"group must hold reference = {reference!r} and one other label among people with both values")
    is_reference = np.array([label == reference for label in labels], dtype=np.bool_)[known]
    x, y = x[known], y[known]
    (focal_label,) = distinct - {reference}
    first = _line(reference, x[is_reference], y[is_reference])
    second = _line(focal_label, x[~is_reference], y[~is_reference])
    inferential = min(first.n, second.n) >= FEWEST_FOR_INFERENCE
    return DifferentialPrediction(
        reference=first,
        focal=second,
        steps=_steps(x, y, ~is_reference, inferential),
        intercept_gap=first.intercept - second.intercept + (first.slope - second.slope) * second.mean_score,
        slope_ratio=second.slope / first.slope if first.slope != 0 else math.nan,
        d_mod=_d_mod_of_people(first, second, x[~is_reference]),
        inferential=inferential,
    )


def d_mod(
    reference_intercept: float,
    reference_slope: float,
    focal_intercept: float,
    focal_slope: float,
    focal_mean: float,
    focal_sd: float,
    reference_sd_criterion: float,
) -> DMod:
    """d_Mod from published lines and moments, the focal scores taken as normal (Nye & Sackett, 2017, equations 3 to 7).

    With D the difference of the lines, normal with mean μ and SD σ over focal scores: signed μ, above 0 μ Φ(μ/σ) +
    σ φ(μ/σ). `smallest` and `largest` are over three SDs to both sides of the focal mean.

    Parameters
    ----------
    reference_intercept, reference_slope, focal_intercept, focal_slope : the two lines, criterion on score; a slope is r s_y / s_x.
    focal_mean, focal_sd : of the focal group's scores, the SD above 0.
    reference_sd_criterion : SD of the reference group's criterion, above 0: the unit of the result.

    Returns
    -------
    DMod

    Raises
    ------
    ValueError
        An SD that is not above 0, or an argument that is not one number.
    """
    for name, sd in (("focal_sd", focal_sd), ("reference_sd_criterion", reference_sd_criterion)):
        if not number(name, sd) > 0:
            raise ValueError(f"{name} must be above 0; it is {sd!r}")
    intercept = number("reference_intercept", reference_intercept) - number("focal_intercept", focal_intercept)
    slope = number("reference_slope", reference_slope) - number("focal_slope", focal_slope)
    intercept, slope = intercept / reference_sd_criterion, slope / reference_sd_criterion
    mean, sd = intercept + slope * number("focal_mean", focal_mean), abs(slope) * focal_sd
    if sd > 0:
        standing = max(-_FAR_OUT, min(_FAR_OUT, mean / sd))
        share_over = float(normal_probability(standing))
        over = mean * share_over + sd * float(normal_density(standing))
    else:
        share_over, over = float(mean > 0), max(mean, 0.0)
    share_under = 1.0 - share_over if sd > 0 else float(mean < 0)
    ends = np.array([mean - 3.0 * sd, mean + 3.0 * sd])
    smallest = 0.0 if ends[0] <= 0 <= ends[1] else float(ends[np.abs(ends).argmin()])
    largest = float(ends[np.abs(ends).argmax()])
    return DMod(mean, 2.0 * over - mean, over, mean - over, share_over, share_under, smallest, largest)


def _d_mod_of_people(reference: GroupLine, focal: GroupLine, scores: FloatArray) -> DMod:
    apart = reference.intercept - focal.intercept + (reference.slope - focal.slope) * scores
    apart = apart / reference.sd_criterion
    size = np.abs(apart)
    return DMod(
        signed=float(apart.mean()),
        unsigned=float(size.mean()),
        over=float(np.maximum(apart, 0.0).mean()),
        under=float(np.minimum(apart, 0.0).mean()),
        share_over=float((apart > 0).mean()),
        share_under=float((apart < 0).mean()),
        smallest=float(apart[size.argmin()]),
        largest=float(apart[size.argmax()]),
    )


def _line(group: object, x: FloatArray, y: FloatArray) -> GroupLine:
    if x.size < 4:
        raise ValueError(f"group {group!r} must hold at least 4 people with both values; it holds {x.size}")
    for name, side in (("scores", x), ("criterion", y)):
        if not varies(side):
            raise ValueError(f"{name} must vary within group {group!r}; everybody has {side[0]:g}")
    r = correlation(x, y)
    sd_x, sd_y = float(x.std(ddof=1)), float(y.std(ddof=1))
    slope = r * sd_y / sd_x
    intercept = float(y.mean()) - slope * float(x.mean())
    return GroupLine(group, int(x.size), intercept, slope, r, float(x.mean()), sd_x, float(y.mean()), sd_y)


def _steps(x: FloatArray, y: FloatArray, is_focal: BoolArray, inferential: bool) -> tuple[RegressionStep, ...]:
    focal = is_focal.astype(np.float64)
    centred = x - x.mean()
    columns = {"score": centred, "group": focal, "score × group": centred * focal}
    total = left = float(((y - y.mean()) ** 2).sum())
    steps, used = [], []
    for added, column in columns.items():
        used.append(column)
        df2 = y.size - len(used) - 1
        _, left_full = least_squares("scores", np.column_stack(used), y)
        f, p = f_test(left, left_full, 1, df2) if inferential else (None, None)
        steps.append(RegressionStep(added, 1.0 - left_full / total, max(0.0, left - left_full) / total, 1, df2, f, p))
        left = left_full
    return tuple(steps)

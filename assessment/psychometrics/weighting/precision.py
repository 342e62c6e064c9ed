"""How exactly a composite measures, from the parts that it is the sum of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, matrix, positive, vector, within
from assessment.psychometrics.classical import standard_error_of_measurement


@dataclass(frozen=True)
class CompositePrecision:
    """Reliability of a sum of parts.

    `estimate` is Guttman's lambda-2, from 0 to 1; `sd` that of the composite, `part_sd` (k,) those of its parts, both over
    the `n` people.
    """

    estimate: float
    n: int
    sd: float
    part_sd: FloatArray


def composite_precision(parts: ArrayLike) -> CompositePrecision:
    """Guttman's (1945) λ₂ of the sum of `parts`: (Σ c_ij + √(k/(k − 1) · Σ c_ij²)) / S², the sums over i ≠ j.

    λ₂ is a lower bound of reliability that is never below coefficient alpha and does not ask the parts to measure one
    thing, which the answers of a form that follows a criterion do not. Errors of the parts are taken to be independent.

    Parameters
    ----------
    parts : (n, k) complete, n at least 3 and k at least 2: what each question adds to each person's composite, 0 where it
        was not answered.

    Returns
    -------
    CompositePrecision, its estimate held within 0 and 1.

    Raises
    ------
    ValueError
        Too few people or parts, or a sum that does not vary.
    """
    x = matrix("parts", parts, complete=True)
    n, k = x.shape
    if n < 3 or k < 2:
        raise ValueError(f"parts must hold at least three people and two parts; it holds {n} and {k}")
    covariance = np.cov(x, rowvar=False)
    total = float(covariance.sum())
    if total <= 1e-12 * max(float(np.trace(covariance)), 1e-300):
        raise ValueError("parts must add up to a composite that varies")
    apart = covariance - np.diag(np.diag(covariance))
    lambda_2 = (float(apart.sum()) + np.sqrt(k / (k - 1.0) * float((apart**2).sum()))) / total
    return CompositePrecision(
        min(max(float(lambda_2), 0.0), 1.0), n, float(np.sqrt(total)), np.sqrt(np.maximum(np.diag(covariance), 0.0))
    )


def composite_standard_error(sd: float, reliability: float, part_sd: ArrayLike, answered: ArrayLike) -> FloatArray:
    """Standard error of each person's composite, wider where answers are missing: √(SD² (1 − ρ) + Σ s_j²).

    The first term is the squared standard error of measurement of the whole form (Lord & Novick, 1968, section 3.8). The
    sum runs over the parts that a person did not answer, each of which counts as the average person's and could have added
    anything with SD s_j: the variance of a sum of parts taken to be unrelated, for what else a person answered is not used to
    guess them.

    Parameters
    ----------
    sd : of the composite, above 0.
    reliability : of the composite, from 0 to 1.
    part_sd : (k,) SD of what each part adds, at least 0.
    answered : (n, k) 1 where the person answered the part, 0 where not.

    Returns
    -------
    (n,) in the units of `sd`.
    """
    spread = vector("part_sd", part_sd, complete=True)
    if (spread < 0).any():
        raise ValueError("part_sd must not be negative")
    here = within("answered", matrix("answered", answered, columns=spread.size, complete=True), 0.0, 1.0)
    whole = standard_error_of_measurement(float(positive("sd", sd)), reliability)
    return np.asarray(np.sqrt(np.square(whole) + (1.0 - here) @ spread**2))

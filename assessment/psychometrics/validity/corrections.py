"""Corrections of a validity coefficient, each to be used only where its mechanism is known.

u is always restricted SD / unrestricted SD, below 1 where hiring narrowed the range. The default of the product is not to
correct: a correction by the wrong mechanism misleads more than none (Sackett, Zhang, Berry & Lievens, 2023).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, as_given, fitting, numbers, positive, within

Case = Literal["I", "II", "III", "IV", "V", "BVDRR"]

_NEEDS: dict[str, tuple[str, ...]] = {
    "I": ("u_y",),
    "II": ("u",),
    "III": ("r_xz", "r_yz", "u_z"),
    "IV": ("u", "rxx"),
    "V": ("u", "u_y"),
    "BVDRR": ("u", "u_y"),
}
_MAY_HAVE: dict[str, tuple[str, ...]] = {
    "I": (),
    "II": ("rxx", "ryy"),
    "III": (),
    "IV": ("ryy",),
    "V": ("rxx", "ryy", "r_xz", "r_yz"),
    "BVDRR": ("rxx", "ryy"),
}


def disattenuate(r: ArrayLike, ryy: ArrayLike, rxx: ArrayLike = 1.0) -> float | FloatArray:
    """r / √(ryy · rxx): the correlation were the criterion (and, if `rxx` is given, the score) free of error (Spearman, 1904).

    Operational validity never uses `rxx`: hiring goes by the score as it is.

    Parameters
    ----------
    r : correlation of score and criterion, in [-1, 1].
    ryy, rxx : reliabilities of criterion and score, above 0 and at most 1.
        Floats or arrays that broadcast.

    Returns
    -------
    float if every argument is a float, else an array. May pass 1 in small samples; it is not cut.

    Raises
    ------
    ValueError
        A value out of range, or shapes that do not broadcast.
    """
    value, of_y, of_x = within("r", r, -1.0, 1.0), _reliability("ryy", ryy), _reliability("rxx", rxx)
    fitting(r=value, ryy=of_y, rxx=of_x)
    return as_given(np.asarray(value / np.sqrt(of_y * of_x)))


def unrestricted_reliability(reliability: ArrayLike, u: ArrayLike) -> float | FloatArray:
    """Reliability in the unrestricted group, 1 − u² (1 − reliability): error variance does not change with the range.

    Parameters
    ----------
    reliability : among the hired, above 0 and at most 1.
    u : restricted / unrestricted SD, above 0.
        Floats or arrays that broadcast.

    Returns
    -------
    float if both arguments are floats, else an array.

    Raises
    ------
    ValueError
        A value out of range, shapes that do not broadcast, or error among the hired that would be more than all of the variance
        in the unrestricted group.
    """
    ratio, hired = positive("u", u), _reliability("reliability", reliability)
    fitting(reliability=hired, u=ratio)
    everybody = 1.0 - ratio**2 * (1.0 - hired)
    if (everybody <= 0).any():
        raise ValueError("u is too large for the reliability: no true variance would be left in the unrestricted group")
    return as_given(np.asarray(everybody))


def correct_range_restriction(
    r: ArrayLike,
    *,
    case: Case,
    u: ArrayLike | None = None,
    u_y: ArrayLike | None = None,
    rxx: ArrayLike | None = None,
    ryy: ArrayLike | None = None,
    r_xz: ArrayLike | None = None,
    r_yz: ArrayLike | None = None,
    u_z: ArrayLike | None = None,
) -> float | FloatArray:
    """Correlation in the unrestricted group, from the one among the hired.

    Parameters
    ----------
    r : restricted correlation of score (x) and criterion (y); a float or an array, like the rest.
    case :
        `"I"` restriction seen on the criterion's SD only (needs `u_y`): √(1 − u_y² (1 − r²)), with the sign of r.
        `"II"` direct on the score (needs `u`; Thorndike, 1949): rU / √(1 − r² + r²U²), U = 1/u. `ryy` and `rxx` are those
        among the hired. Given, `ryy` is corrected for first (Stauffer & Mendoza, 2001) and `rxx` last, carried over to
        the unrestricted group.
        `"III"` indirect through a known z (needs `r_xz`, `r_yz`, all among the hired, and `u_z`; Thorndike, 1949).
        `"IV"` indirect through an unknown z that acts on the true score (needs `u` and `rxx`; Hunter, Schmidt & Le, 2006).
        Returns the operational validity: corrected for the criterion's unreliability if `ryy` is given, never for the
        score's. Without `ryy` the criterion stays as observed; psychmeta's `rxya` puts the observed r in the true score's
        place there and comes out too low.
        `"V"` indirect, both SDs known (needs `u` and `u_y`; Le, Oh, Schmidt & Wooldridge, 2016; Dahlke & Wiernik, 2020):
        r u u_y + λ √(|1 − u²| |1 − u_y²|), then divided by the root of each reliability given (carried over to the
        unrestricted group). `r_xz` and `r_yz` matter by their sign only; left out, x and y relate to selection in the same
        direction.
        `"BVDRR"` direct on both score and criterion (needs `u` and `u_y`; Alexander, Carson, Alliger & Carr, 1987):
        r / (a + √(a² + r²)), a = u u_y (1 − r²) / 2, then divided by the root of each reliability given, as in case V.
    u, u_y, u_z : restricted / unrestricted SD of x, y, z, above 0.
    rxx, ryy : reliabilities among the hired, in (0, 1].
    r_xz, r_yz : correlations with z among the hired.

    Returns
    -------
    float if every argument is a float, else an array. Not cut where it passes 1, as impossible inputs and small
        samples make it. For an interval, put the ends of an interval of r through the same call as an array.

    Raises
    ------
    ValueError
        An argument that the case needs is missing, or one is given that it does not use; a value out of range; a `u` too
        large for the reliability, or for an r that the reliabilities alone take past 1; shapes that do not broadcast.
    """
    given = {"u": u, "u_y": u_y, "rxx": rxx, "ryy": ryy, "r_xz": r_xz, "r_yz": r_yz, "u_z": u_z}
    if not isinstance(case, str) or case not in _NEEDS:
        raise ValueError(f"case must be 'I', 'II', 'III', 'IV', 'V' or 'BVDRR'; it is {case!r}")
    missing = [name for name in _NEEDS[case] if given[name] is None]
    if missing:
        raise ValueError(f"case {case} needs {' and '.join(missing)}")
    unused = [name for name, value in given.items() if value is not None and name not in _NEEDS[case] + _MAY_HAVE[case]]
    if unused:
        raise ValueError(f"case {case} does not use {' or '.join(unused)}")
    value = within("r", r, -1.0, 1.0)
    known: dict[str, FloatArray] = {}
    for name, argument in given.items():
        if argument is not None:
            check = positive if name.startswith("u") else _reliability if name in ("rxx", "ryy") else _correlation
            known[name] = check(name, argument)
    fitting(r=value, **known)
    return as_given(np.asarray(_CASES[case](value, known)))


def _case_one(r: FloatArray, known: dict[str, FloatArray]) -> FloatArray:
    square = 1.0 - known["u_y"] ** 2 * (1.0 - r * r)
    if (square < 0).any():
        raise ValueError("u_y is too large for r: case I would take the root of a negative number")
    return np.asarray(np.copysign(np.sqrt(square), r))


def _case_two(r: FloatArray, known: dict[str, FloatArray]) -> FloatArray:
    u = known["u"]
    corrected = _unrestricted(r / np.sqrt(known["ryy"]) if "ryy" in known else r, u)
    return corrected / np.sqrt(unrestricted_reliability(known["rxx"], u)) if "rxx" in known else corrected


def _case_three(r: FloatArray, known: dict[str, FloatArray]) -> FloatArray:
    xz, yz, u = known["r_xz"], known["r_yz"], known["u_z"]
    # Times u_z² above and below: each square keeps its digits where a correlation with z is near 1.
    x_square, y_square = (u * u * (1.0 - z * z) + z * z for z in (xz, yz))
    return np.asarray((u * u * (r - xz * yz) + xz * yz) / np.sqrt(x_square * y_square))


def _case_four(r: FloatArray, known: dict[str, FloatArray]) -> FloatArray:
    u, rxx = known["u"], known["rxx"]
    rxx_all = np.asarray(unrestricted_reliability(rxx, u))
    # u_T² = (u² − (1 − ρ_xxa)) / ρ_xxa, whose numerator is u² ρ_xxi.
    u_true = u * np.sqrt(rxx / rxx_all)
    true_r = r / np.sqrt(rxx * known.get("ryy", np.asarray(1.0)))
    return np.asarray(_unrestricted(true_r, u_true) * np.sqrt(rxx_all))


def _case_five(r: FloatArray, known: dict[str, FloatArray]) -> FloatArray:
    u, u_y = known["u"], known["u_y"]
    direction = np.sign(known.get("r_xz", np.asarray(1.0)) * known.get("r_yz", np.asarray(1.0)))
    sx, sy = np.sign(1.0 - u), np.sign(1.0 - u_y)
    small_x, small_y = np.minimum(u, 1.0 / u), np.minimum(u_y, 1.0 / u_y)
    strength = sx * sy * direction * (sx * small_x + sy * small_y) / (small_x + small_y)
    corrected = r * u * u_y + strength * np.sqrt(np.abs(1.0 - u * u) * np.abs(1.0 - u_y * u_y))
    return _without_error_on_both_sides(corrected, known)


def _direct_on_both(r: FloatArray, known: dict[str, FloatArray]) -> FloatArray:
    half = known["u"] * known["u_y"] * (1.0 - r * r) / 2.0
    return _without_error_on_both_sides(np.asarray(r / (half + np.sqrt(half * half + r * r))), known)


def _unrestricted(r: FloatArray, u: FloatArray) -> FloatArray:
    """Case II without checks; an r past 1, as a correction for unreliability can leave, has an answer only while u is small."""
    square = u * u * (1.0 - r * r) + r * r
    if (square <= 0).any():
        raise ValueError("u is too large for r: corrected for unreliability it passes 1, and then so wide a range has no answer")
    return np.asarray(r / np.sqrt(square))


def _without_error_on_both_sides(corrected: FloatArray, known: dict[str, FloatArray]) -> FloatArray:
    for name, ratio in (("rxx", known["u"]), ("ryy", known["u_y"])):
        if name in known:
            corrected = corrected / np.sqrt(unrestricted_reliability(known[name], ratio))
    return np.asarray(corrected)


_CASES = {
    "I": _case_one,
    "II": _case_two,
    "III": _case_three,
    "IV": _case_four,
    "V": _case_five,
    "BVDRR": _direct_on_both,
}


def _reliability(name: str, values: ArrayLike) -> FloatArray:
    array = numbers(name, values)
    if ((array <= 0) | (array > 1)).any():
        raise ValueError(f"{name} must lie above 0 and be at most 1")
    return array


def _correlation(name: str, values: ArrayLike) -> FloatArray:
    return within(name, values, -1.0, 1.0)

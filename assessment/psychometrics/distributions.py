"""Normal, t, F and chi-squared probabilities, with scipy loaded at the first call.

`scipy.special` costs a fifth of a second to import; a page that scores one sitting does not need it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray


def normal_quantile(p: ArrayLike) -> FloatArray:
    """z below which a share p of the standard normal lies."""
    from scipy.special import ndtri

    return np.asarray(ndtri(np.asarray(p, dtype=np.float64)))


def normal_probability(z: ArrayLike) -> FloatArray:
    """Share of the standard normal below z."""
    from scipy.special import ndtr

    return np.asarray(ndtr(np.asarray(z, dtype=np.float64)))


def normal_density(z: ArrayLike) -> FloatArray:
    """Height of the standard normal at z."""
    return np.asarray(np.exp(-0.5 * np.square(np.asarray(z, dtype=np.float64))) / np.sqrt(2.0 * np.pi))


def t_probability(t: float, df: float) -> float:
    """Share of Student's t with `df` degrees of freedom below t."""
    from scipy.special import stdtr

    return float(stdtr(df, t))


def t_quantile(p: float, df: float) -> float:
    """t below which a share p of Student's t with `df` degrees of freedom lies."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))


def f_quantile(p: float, df1: float, df2: float) -> float:
    """F below which a share p of the F distribution lies."""
    from scipy.special import fdtri

    return float(fdtri(df1, df2, p))


def chi_squared_tail(value: ArrayLike, df: ArrayLike) -> FloatArray:
    """Share of the chi-squared distribution with `df` degrees of freedom above `value`."""
    from scipy.special import chdtrc

    return np.asarray(chdtrc(np.asarray(df, dtype=np.float64), np.asarray(value, dtype=np.float64)))


def chi_squared_noncentrality(value: float, df: float, below: float) -> float:
    """Noncentrality at which a share `below` of the chi-squared distribution lies under `value`; 0 where even the central
    distribution has less there."""
    from scipy.special import chdtr, chndtrinc

    return 0.0 if chdtr(df, value) <= below else float(chndtrinc(value, df, below))

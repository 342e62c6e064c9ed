"""Content validity by a panel: how many experts call an item essential, and how many have to."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, as_given, count, fitting, numbers, share

LARGEST_PANEL = 10_000


def content_validity_ratio(n_essential: ArrayLike, n_panel: ArrayLike) -> float | FloatArray:
    """Lawshe's (1975) ratio, (nₑ − N/2) / (N/2): −1 nobody calls the item essential, 0 half of the panel, 1 everybody.

    Parameters
    ----------
    n_essential : how many of the panel call the item essential, 0 to `n_panel`.
    n_panel : size of the panel, at least 1.

    Raises `ValueError` for counts that are not whole or out of range.
    """
    essential, panel = numbers("n_essential", n_essential), numbers("n_panel", n_panel)
    fitting(n_essential=essential, n_panel=panel)
    essential, panel = np.broadcast_arrays(essential, panel)
    for name, counts in (("n_essential", essential), ("n_panel", panel)):
        if not (np.isnan(counts) | (counts == np.floor(counts))).all():
            raise ValueError(f"{name} must be whole numbers")
    if (panel < 1).any():
        raise ValueError("n_panel must be at least 1")
    if ((essential < 0) | (essential > panel)).any():
        raise ValueError("n_essential must lie between 0 and n_panel")
    return as_given(np.asarray((essential - panel / 2.0) / (panel / 2.0)))


def critical_count(n_panel: int, alpha: float = 0.05) -> int:
    """The fewest experts who must call an item essential for it not to be chance.

    The smallest c with P(X ≥ c) ≤ `alpha` for X binomial with `n_panel` trials of one half: the exact one-sided test (Ayre &
    Scally, 2014), not the rounded minima of Lawshe's table.

    Raises
    ------
    ValueError
        Even a panel that agrees entirely would not be beyond chance: (1/2)^n_panel exceeds `alpha`. A panel above 10 000,
        for which whole numbers take too long.
    """
    n = count("n_panel", n_panel, at_least=1)
    if n > LARGEST_PANEL:
        raise ValueError(f"n_panel must be at most {LARGEST_PANEL}; it is {n_panel!r}")
    # Whole numbers throughout: a tail that equals alpha exactly must count.
    numerator, denominator = share("alpha", alpha).as_integer_ratio()
    left_out, ways, tail = 0, 1, 1
    while tail * denominator <= numerator * 2**n:
        ways = ways * (n - left_out) // (left_out + 1)
        left_out += 1
        tail += ways
    if left_out == 0:
        raise ValueError(f"n_panel must be larger: all {n} experts agree by chance with probability {0.5**n:g}")
    return n - left_out + 1

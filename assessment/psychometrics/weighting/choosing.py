"""What choosing among strategies by the people who judge them adds to the figure of the one that is chosen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import count, vector
from assessment.psychometrics.weighting.comparison import InSample, compare_strategies, mean_correlation, repeated


def estimate_after_choice(
    criterion: ArrayLike,
    predictions: Mapping[str, ArrayLike],
    fitted: Mapping[str, InSample],
    rng: np.random.Generator,
    n_resamples: int = 200,
) -> float:
    """Cross-validated r of whatever strategy is recommended, among people who had no part in recommending it.

    People are drawn with replacement, a strategy is recommended anew from those drawn, and its r is taken among the people not
    drawn; the mean over draws (bootstrap bias corrected cross-validation: Tsamardinos, Greasidou & Borboudakis, 2018). Nothing
    is fitted again. A little low where strategies are far apart, since people not drawn are few.

    Parameters
    ----------
    criterion, predictions, fitted : as in `compare_strategies`.
    rng : decides the draws: the same generator state gives the same estimate.

    Raises
    ------
    ValueError
        As `compare_strategies`; too few people, or a criterion that varies too little, to draw from.
    """
    y = vector("criterion", criterion, complete=True)
    count("n_resamples", n_resamples, at_least=1)
    rows = {name: repeated(f"predictions[{name!r}]", values, y.size) for name, values in predictions.items()}
    found = []
    for _ in range(n_resamples):
        drawn = rng.integers(0, y.size, y.size)
        left_out = np.ones(y.size, dtype=bool)
        left_out[drawn] = False
        if np.ptp(y[drawn]) == 0 or left_out.sum() < 4 or np.ptp(y[left_out]) == 0:
            continue
        comparison = compare_strategies(y[drawn], {name: values[:, drawn] for name, values in rows.items()}, fitted)
        found.append(mean_correlation(rows[comparison.recommended][:, left_out], y[left_out]))
    if not found:
        raise ValueError("criterion must be known for enough people, and differ enough, that some can be drawn and some left out")
    return float(np.mean(found))

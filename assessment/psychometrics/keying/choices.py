"""Scores of what was chosen: one option, the best and the worst, or a set."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, count, matrix, vector
from assessment.psychometrics.keying.answers import checked_option_scores, picked


def option_value(chosen: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """(e − min) / (max − min), e the score of the chosen option.

    Parameters
    ----------
    chosen : (n,) index of the chosen option from 0, NaN for not answered.
    option_scores : (k,) the key's score of each option.

    Returns
    -------
    (n,) item scores in [0, 1], NaN where not answered.

    Raises
    ------
    ValueError
        An index is no option's, or the option scores are all equal (the item could not tell people apart).
    """
    scores = checked_option_scores(option_scores)
    return picked("chosen", chosen, (scores - scores.min()) / np.ptp(scores))


def option_credit(chosen: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """e, the key's score of the chosen option as it stands: credit of a consensus key, weight of an empirical key.

    `chosen` is (n,) option indices from 0 with NaN for not answered, `option_scores` (k,). Returns (n,) in the units of the
    key; NaN where not answered. Unlike `option_value` it keeps the unit, so that items keyed by one method add up, and it
    takes scores that are all equal: an empirical key may have found nothing. An index that is no option's raises `ValueError`.
    """
    return picked("chosen", chosen, vector("option_scores", option_scores, complete=True))


def best_worst(best: ArrayLike, worst: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """½ + ½ (e_best − e_worst) / (max − min).

    `best_worst_points` with credit for the options between, and in [0, 1]. `best` and `worst` are (n,) option indices from 0;
    NaN in either leaves the item not answered. One option named both best and worst, an index that is no option's, or option
    scores that are all equal raise `ValueError`.
    """
    scores = checked_option_scores(option_scores)
    first, last = _best_and_worst(best, worst)
    unit = scores / np.ptp(scores)
    return np.asarray(0.5 + 0.5 * (picked("best", first, unit) - picked("worst", last, unit)))


def best_worst_points(best: ArrayLike, worst: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """Points from −2 to +2 (Motowidlo, Dunnette & Carter, 1990).

    +1 for naming the key's best option best and +1 for naming its worst option worst; −1 for naming its best worst and −1
    for naming its worst best; 0 for every option between. Options that the key ties at an end all stand at that end.
    Arguments and `ValueError` as in `best_worst`; returns (n,).
    """
    scores = checked_option_scores(option_scores)
    first, last = _best_and_worst(best, worst)
    end = (scores == scores.max()).astype(np.float64) - (scores == scores.min())
    return np.asarray(picked("best", first, end) - picked("worst", last, end))


def choose_n(chosen: ArrayLike, option_scores: ArrayLike, n_choices: int) -> FloatArray:
    """Sum of the scores of the options chosen, in "choose n of m" (as the UK foundation programme's three best of eight).

    Parameters
    ----------
    chosen : (n, m) 1 where the person chose the option, 0 where not; NaN in a row leaves the item not answered.
    option_scores : (m,) credit of each option, such as 4 for each of the three best of eight and 0 for the others.
    n_choices : how many the person was asked to choose, from 1 to m − 1. Who chose fewer gets the credit of those.

    Returns
    -------
    (n,) points in the units of the key.

    Raises
    ------
    ValueError
        Somebody chose more than `n_choices`, which would buy credit by choosing everything.
    """
    scores = checked_option_scores(option_scores)
    if count("n_choices", n_choices, at_least=1) >= scores.size:
        raise ValueError(f"n_choices must be below the number of options, {scores.size}; it is {n_choices}")
    given = matrix("chosen", chosen, columns=scores.size)
    answered = ~np.isnan(given).any(axis=1)
    if not np.isin(given[answered], (0.0, 1.0)).all():
        raise ValueError("chosen must hold 1 for chosen, 0 for not chosen, or NaN")
    if (given[answered].sum(axis=1) > n_choices).any():
        raise ValueError(f"chosen must name at most {n_choices} options for each person")
    return np.asarray(given @ scores)


def indicator_coding(chosen: ArrayLike, n_options: int) -> FloatArray:
    """One 0/1 column an option for nominal answers: (n,) indices from 0 to (n, n_options); NaN rows where not answered.

    Raises `ValueError` for fewer than two options or an index that is no option's.
    """
    count("n_options", n_options, at_least=2)
    return picked("chosen", chosen, np.eye(n_options))


def _best_and_worst(best: ArrayLike, worst: ArrayLike) -> tuple[FloatArray, FloatArray]:
    first, last = vector("best", best), vector("worst", worst)
    if first.size != last.size:
        raise ValueError(f"worst must hold {first.size} values, one for each in best; it holds {last.size}")
    if (first == last).any():
        raise ValueError("best and worst must name different options")
    return first, last

"""Answers to item scores: the arithmetic of a scoring key, vectorised over people.

Every scoring method returns one value a person between 0 and 1, or NaN where the item was not answered in full. Option
scores are the key's judgement of each option, in the order of the options. The formulas are those of the item format
(`method` in a key); standardising within the person follows McDaniel, Psotka, Legree, Yost & Weekley (2011), the split
into elevation, scatter and shape Cronbach & Gleser (1953).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, count, matrix, numbers, vector


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
    scores = _option_scores(option_scores)
    return _picked("chosen", chosen, (scores - scores.min()) / np.ptp(scores))


def best_worst(best: ArrayLike, worst: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """½ + ½ (e_best − e_worst) / (max − min).

    `best` and `worst` are (n,) option indices from 0; NaN in either leaves the item not answered. One option named both
    best and worst is an error of the caller: the page does not let it happen.
    """
    scores = _option_scores(option_scores)
    first, last = vector("best", best), vector("worst", worst)
    if first.size != last.size:
        raise ValueError(f"worst must hold {first.size} values, one for each in best; it holds {last.size}")
    if (first == last).any():
        raise ValueError("best and worst must name different options")
    unit = scores / np.ptp(scores)
    return np.asarray(0.5 + 0.5 * (_picked("best", first, unit) - _picked("worst", last, unit)))


def rank_distance(places: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """1 − Σ|place − key place| / its maximum (8 for four options).

    Options that the key scores alike share the places they would take together, and any of those places is right.

    Parameters
    ----------
    places : (n, k) the place given to each option, a permutation of 1 (most effective) to k; NaN for not answered.
    option_scores : (k,) the key's score of each option; the highest takes place 1.
    """
    scores = _option_scores(option_scores)
    k = scores.size
    given = matrix("places", places, columns=k)
    answered = ~np.isnan(given).any(axis=1)
    if not (np.sort(given[answered], axis=1) == np.arange(1.0, k + 1)).all():
        raise ValueError(f"places must be a permutation of 1 to {k} for each person who ranked")
    first = 1.0 + (scores[None, :] > scores[:, None]).sum(axis=1)
    last = k - (scores[None, :] < scores[:, None]).sum(axis=1)
    # The distance is convex in the place, so the order opposite to the key is the farthest from it.
    farthest = _outside(k + 1.0 - _distinct_places(scores), first, last).sum()
    return np.asarray(1.0 - _outside(given, first, last).sum(axis=1) / farthest)


class RatingStyle(NamedTuple):
    """How each person used the rating scale, and how the key uses it on the same options: four (n,) arrays."""

    person_mean: FloatArray
    person_sd: FloatArray
    key_mean: FloatArray
    key_sd: FloatArray


def rating_style(ratings: ArrayLike, option_scores: ArrayLike) -> RatingStyle:
    """Mean and population SD of everything a person rated in the form, and of the key over those same options.

    Parameters
    ----------
    ratings : (n, m) all ratings of the form side by side, every option of every rated item; NaN for not rated.
    option_scores : (m,) the key's score of each of those options.

    Returns
    -------
    RatingStyle of (n,) arrays; NaN for a person who rated nothing. The key's figures differ between people only where
    they left different options unrated.
    """
    given = matrix("ratings", ratings)
    key = vector("option_scores", option_scores, length=given.shape[1], complete=True)
    rated = ~np.isnan(given)
    n_rated = rated.sum(axis=1)
    keyed = np.where(rated, key[None, :], 0.0)

    def mean_and_sd(values: FloatArray) -> tuple[FloatArray, FloatArray]:
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = values.sum(axis=1) / n_rated
            spread = np.where(rated, values - mean[:, None], 0.0)
            # The mean of equal values can miss them by a rounding error, which z-scoring would blow up.
            flat = np.where(rated, values, -np.inf).max(axis=1) == np.where(rated, values, np.inf).min(axis=1)
            return mean, np.where(flat, 0.0, np.sqrt((spread * spread).sum(axis=1) / n_rated))

    return RatingStyle(*mean_and_sd(np.where(rated, given, 0.0)), *mean_and_sd(keyed))


def standardised_distance(
    ratings: ArrayLike,
    option_scores: ArrayLike,
    person_mean: ArrayLike,
    person_sd: ArrayLike,
    key_mean: ArrayLike,
    key_sd: ArrayLike,
) -> FloatArray:
    """max(0, 1 − mean|r′ − e| / 2), r′ = key mean + key SD · (rating − person mean) / person SD.

    The person's ratings are z-scored over all of their ratings in the form and rescaled to the mean and SD of the key over
    the same options, so that elevation and spread of the person's ratings count for nothing and a person who rates every
    option as the key does gets 1. Who never varied has r′ = key mean.

    Parameters
    ----------
    ratings : (n, k) the ratings of this item's options, NaN for not rated.
    option_scores : (k,) the key's score of each option of this item.
    person_mean, person_sd, key_mean, key_sd : (n,) or float, from `rating_style` over the whole form. The key's mean and
        SD belong to the form, not to this item.

    Returns
    -------
    (n,) item scores in [0, 1], NaN unless every option of the item was rated.
    """
    given, scores = _ratings(ratings, option_scores)
    n = given.shape[0]
    means, sds, key_means, key_sds = (
        np.broadcast_to(numbers(name, values), (n,))
        for name, values in (
            ("person_mean", person_mean), ("person_sd", person_sd), ("key_mean", key_mean), ("key_sd", key_sd),
        )
    )  # fmt: skip
    if (sds < 0).any() or (key_sds < 0).any():
        raise ValueError("person_sd and key_sd must not be negative")
    varied = sds > 0
    z = np.where(varied[:, None], (given - means[:, None]) / np.where(varied, sds, 1.0)[:, None], 0.0 * given)
    rescaled = key_means[:, None] + key_sds[:, None] * z
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(rescaled - scores[None, :]).mean(axis=1) / 2.0))


def shape(ratings: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """(1 + r) / 2, r the correlation of a person's ratings with the key over the options of the item.

    `ratings` are (n, k), `option_scores` (k,). Ratings that do not vary have no shape: ½. NaN unless all are rated.
    """
    given, scores = _ratings(ratings, option_scores)
    return np.asarray((1.0 + _shape_correlation(given, scores)) / 2.0)


def likert(ratings: ArrayLike, direction: Literal["plus", "minus"], n_points: int = 5) -> FloatArray:
    """(r − 1) / (n_points − 1) for `plus`, (n_points − r) / (n_points − 1) for `minus`; `ratings` (n,) from 1."""
    count("n_points", n_points, at_least=2)
    if direction not in ("plus", "minus"):
        raise ValueError(f"direction must be 'plus' or 'minus'; it is {direction!r}")
    given = vector("ratings", ratings)
    if ((given < 1) | (given > n_points)).any():
        raise ValueError(f"ratings must lie between 1 and {n_points}")
    above = (given - 1.0) / (n_points - 1.0)
    return np.asarray(above if direction == "plus" else 1.0 - above)


def composite(item_scores: ArrayLike, weights: ArrayLike) -> FloatArray:
    """Weighted mean of what was answered: Σ w x / Σ w over the answered items.

    Parameters
    ----------
    item_scores : (n, k), NaN for not answered.
    weights : (k,) at least 0, not all 0.

    Returns
    -------
    (n,) in the range of the item scores; NaN for a person who answered nothing of positive weight.
    """
    scores = matrix("item_scores", item_scores)
    w = vector("weights", weights, length=scores.shape[1], complete=True)
    if (w < 0).any() or not w.any():
        raise ValueError("weights must be at least 0 and not all 0; a reversed item is reversed when it is scored")
    answered = ~np.isnan(scores)
    weight = (answered * w).sum(axis=1)
    total = (np.where(answered, scores, 0.0) * w).sum(axis=1)
    return np.asarray(np.divide(total, weight, out=np.full(scores.shape[0], np.nan), where=weight > 0))


def indicator_coding(chosen: ArrayLike, n_options: int) -> FloatArray:
    """One 0/1 column an option for nominal answers: (n,) indices from 0 to (n, n_options); NaN rows where not answered."""
    count("n_options", n_options, at_least=2)
    return _picked("chosen", chosen, np.eye(n_options))


def scale_scores(responses: ArrayLike, reversed: ArrayLike, low: float, high: float) -> FloatArray:
    """Mean of the answered statements of one scale, reversed ones turned round (low + high − x).

    Parameters
    ----------
    responses : (n, k) answers from `low` to `high`, NaN for not answered.
    reversed : (k,) true where the statement is worded against the scale.

    Returns
    -------
    (n,) in [low, high]; NaN for a person who answered none.
    """
    given = matrix("responses", responses)
    turned: BoolArray = np.asarray(reversed, dtype=bool)
    if turned.shape != (given.shape[1],):
        raise ValueError(f"reversed must hold {given.shape[1]} values, one a statement; its shape is {turned.shape}")
    if not low < high:
        raise ValueError("low must be below high")
    if ((given < low) | (given > high)).any():
        raise ValueError(f"responses must lie between {low:g} and {high:g}")
    return composite(np.where(turned[None, :], low + high - given, given), np.ones(given.shape[1]))


class ProfileDecomposition(NamedTuple):
    """Mean squared distance from the key and its three parts, which add up to it; (n,) arrays. See
    `profile_decomposition`."""

    distance: FloatArray
    elevation: FloatArray
    scatter: FloatArray
    shape: FloatArray
    correlation: FloatArray


def profile_decomposition(ratings: ArrayLike, option_scores: ArrayLike) -> ProfileDecomposition:
    """D²/k = (mean_r − mean_e)² + (sd_r − sd_e)² + 2 sd_r sd_e (1 − ρ), population SDs (Cronbach & Gleser, 1953).

    `ratings` are (n, k) and `option_scores` (k,). Ratings that do not vary have no correlation (NaN) and no shape part (0).
    """
    given, scores = _ratings(ratings, option_scores)
    sd = given.std(axis=1)
    elevation = (given.mean(axis=1) - scores.mean()) ** 2
    scatter = (sd - scores.std()) ** 2
    correlation = np.where(sd > 0, _shape_correlation(given, scores), np.nan)
    shape_part = 2.0 * sd * scores.std() * (1.0 - _shape_correlation(given, scores))
    distance = ((given - scores) ** 2).mean(axis=1)
    return ProfileDecomposition(distance, elevation, scatter, shape_part, correlation)


def _option_scores(option_scores: ArrayLike) -> FloatArray:
    scores = vector("option_scores", option_scores, complete=True)
    if scores.size < 2:
        raise ValueError("option_scores must hold at least two options")
    if np.ptp(scores) == 0:
        raise ValueError("option_scores must differ; with equal scores the item tells nobody apart")
    return scores


def _ratings(ratings: ArrayLike, option_scores: ArrayLike) -> tuple[FloatArray, FloatArray]:
    scores = _option_scores(option_scores)
    return matrix("ratings", ratings, columns=scores.size), scores


def _picked(name: str, chosen: ArrayLike, of_each: FloatArray) -> FloatArray:
    """`of_each[option]` for each person's option, NaN where there is none."""
    index = vector(name, chosen)
    answered = ~np.isnan(index)
    at = index[answered]
    if (at != np.floor(at)).any() or (at < 0).any() or (at >= len(of_each)).any():
        raise ValueError(f"{name} must hold option indices from 0 to {len(of_each) - 1}, or NaN")
    out = np.full((index.size, *of_each.shape[1:]), np.nan)
    out[answered] = of_each[at.astype(np.int64)]
    return out


def _distinct_places(scores: FloatArray) -> FloatArray:
    """Places 1 to k by falling score; ties in the order given."""
    places = np.empty(scores.size)
    places[np.argsort(-scores, kind="stable")] = np.arange(1.0, scores.size + 1)
    return places


def _outside(places: FloatArray, first: FloatArray, last: FloatArray) -> FloatArray:
    """How far each place lies outside the places that are right."""
    return np.asarray(np.maximum(first - places, 0.0) + np.maximum(places - last, 0.0))


def _shape_correlation(given: FloatArray, scores: FloatArray) -> FloatArray:
    """Correlation over options of each person with the key: 0 without variation, NaN if not all are rated."""
    centred = given - given.mean(axis=1, keepdims=True)
    # Three equal ratings such as 0.1 have a mean a rounding error away from them: compare the range, not the SD.
    varied = (np.ptp(given, axis=1) > 0) | np.isnan(given).any(axis=1)
    size = np.where(varied, np.sqrt((centred * centred).sum(axis=1)), 1.0)
    key = scores - scores.mean()
    r = (centred * key).sum(axis=1) / (size * np.sqrt((key * key).sum()))
    return np.where(varied, np.clip(r, -1.0, 1.0), 0.0)

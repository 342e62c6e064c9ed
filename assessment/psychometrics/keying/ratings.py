"""Scores of ratings: every option of an item rated for its effectiveness, compared with the key's score of each option.

Raw distances punish a person for using low or extreme ratings as much as for telling options apart wrongly; `shape`, and
distances after standardising within the person (McDaniel, Psotka, Legree, Yost & Weekley, 2011), count the second alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, count, matrix, numbers, vector
from assessment.psychometrics.keying.answers import checked_ratings


def absolute_distance(ratings: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """−Σ|r − e| over the options of the item: 0 for rating as the key does, and less the farther from it.

    The raw distance that McDaniel et al. (2011) compare with standardised ones.

    Parameters
    ----------
    ratings : (n, k) rating of each option, on the scale of the key; NaN for not rated.
    option_scores : (k,) the key's score of each option, such as the mean of an expert panel.

    Returns
    -------
    (n,) scores of at most 0, in scale points; NaN unless every option was rated.

    Raises
    ------
    ValueError
        Numbers of columns and of option scores that differ, no option, or an option without a score.
    """
    given, scores = _ratings_and_key(ratings, option_scores)
    return np.asarray(-np.abs(given - scores).sum(axis=1))


def squared_distance(ratings: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """−Σ(r − e)² over the options of the item, the D² of Cronbach & Gleser (1953); `profile_decomposition` splits its mean.

    Arguments, missing answers and `ValueError` as in `absolute_distance`; the (n,) scores are in squared scale points.
    """
    given, scores = _ratings_and_key(ratings, option_scores)
    return np.asarray(-((given - scores) ** 2).sum(axis=1))


def dichotomised(ratings: ArrayLike, option_scores: ArrayLike, n_points: int = 5) -> FloatArray:
    """Share of the options that the person and the key put on the same side of the middle of the scale.

    The middle is (`n_points` + 1) / 2. An option that the key puts right there takes no side and does not count; a rating
    right there earns nothing. Loses information, and with it the response style (McDaniel et al., 2011).

    Parameters
    ----------
    ratings : (n, k) from 1 to `n_points`, NaN for not rated.
    option_scores : (k,) on the same scale.

    Returns
    -------
    (n,) in [0, 1]; NaN unless every option was rated.

    Raises
    ------
    ValueError
        A rating or an option score lies off the scale, or the key takes no side on any option.
    """
    middle = (count("n_points", n_points, at_least=2) + 1) / 2.0
    given, scores = _ratings_and_key(ratings, option_scores)
    for name, values in (("ratings", given), ("option_scores", scores)):
        if ((values < 1) | (values > n_points)).any():
            raise ValueError(f"{name} must lie between 1 and {n_points}")
    side = np.sign(scores - middle)
    if not side.any():
        raise ValueError("option_scores must not all lie on the middle of the scale")
    same = (np.sign(given - middle) == side) & (side != 0)
    return np.where(np.isnan(given).any(axis=1), np.nan, same.sum(axis=1) / np.count_nonzero(side))


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

    Raises `ValueError` for numbers of columns and of option scores that differ, or an option without a score.
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
            highest = np.where(rated, values, -np.inf).max(axis=1, initial=-np.inf)
            flat = highest == np.where(rated, values, np.inf).min(axis=1, initial=np.inf)
            return mean, np.where(flat, 0.0, np.sqrt((spread * spread).sum(axis=1) / n_rated))

    return RatingStyle(*mean_and_sd(np.where(rated, given, 0.0)), *mean_and_sd(keyed))


def within_person_z(ratings: ArrayLike) -> FloatArray:
    """(r − mean) / SD, each person's own mean and population SD over everything they rated.

    `ratings` are (n, m), NaN for not rated and so returned, else `ValueError`. Who never varies gets 0 everywhere. Adding a
    constant to a person's ratings, or stretching them about their mean, changes nothing (McDaniel et al., 2011).
    """
    given = matrix("ratings", ratings)
    style = rating_style(given, np.zeros(given.shape[1]))
    return _z(given, style.person_mean, style.person_sd)


def within_person_standardised(ratings: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """r′ = key mean + key SD · z, z from `within_person_z`: the ratings as if the person used the scale as the key does.

    Distances of r′ from the key are the standardised scores of McDaniel, Psotka, Legree, Yost & Weekley (2011); over m
    complete ratings Σ(r′ − e)² = key SD² · 2m(1 − r), r the correlation with the key.

    Parameters
    ----------
    ratings : (n, m) all ratings of the form side by side, NaN for not rated.
    option_scores : (m,) the key's score of each of those options.

    Returns
    -------
    (n, m) on the scale of the key; NaN where not rated. The key's mean and SD are over what the person rated.

    Raises `ValueError` as `rating_style`.
    """
    given = matrix("ratings", ratings)
    style = rating_style(given, option_scores)
    z = _z(given, style.person_mean, style.person_sd)
    return np.asarray(style.key_mean[:, None] + style.key_sd[:, None] * z)


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
    the same options (McDaniel et al., 2011), so that elevation and spread of the person's ratings count for nothing and a
    person who rates every option as the key does gets 1. Who never varied has r′ = key mean.

    Parameters
    ----------
    ratings : (n, k) the ratings of this item's options, NaN for not rated.
    option_scores : (k,) the key's score of each option of this item.
    person_mean, person_sd, key_mean, key_sd : (n,) or float, from `rating_style` over the whole form. The key's mean and
        SD belong to the form, not to this item.

    Returns
    -------
    (n,) item scores in [0, 1], NaN unless every option of the item was rated and all four figures are known.

    Raises
    ------
    ValueError
        Shapes that differ, an SD below 0, or option scores that are all equal.
    """
    given, scores = checked_ratings(ratings, option_scores)
    n = given.shape[0]

    def of_each(name: str, values: ArrayLike) -> FloatArray:
        figure = numbers(name, values)
        if figure.shape not in ((), (n,)):
            raise ValueError(f"{name} must be a number or hold one for each of {n} people; its shape is {figure.shape}")
        return np.broadcast_to(figure, (n,))

    means, sds = of_each("person_mean", person_mean), of_each("person_sd", person_sd)
    key_means, key_sds = of_each("key_mean", key_mean), of_each("key_sd", key_sd)
    if (sds < 0).any() or (key_sds < 0).any():
        raise ValueError("person_sd and key_sd must not be negative")
    rescaled = key_means[:, None] + key_sds[:, None] * _z(given, means, sds)
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(rescaled - scores[None, :]).mean(axis=1) / 2.0))


def shape(ratings: ArrayLike, option_scores: ArrayLike) -> FloatArray:
    """(1 + r) / 2, r the correlation of a person's ratings with the key over the options of the item (Legree et al., 2010).

    `ratings` are (n, k), `option_scores` (k,). Ratings that do not vary have no shape: ½. Returns (n,) in [0, 1], NaN unless
    all are rated. Raises `ValueError` for numbers of options that differ, or option scores that are all equal.
    """
    given, scores = checked_ratings(ratings, option_scores)
    return np.asarray((1.0 + _shape_correlation(given, scores)) / 2.0)


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

    `ratings` are (n, k) and `option_scores` (k,). Ratings that do not vary have no correlation (NaN) and no shape part (0);
    all is NaN unless every option was rated. Raises `ValueError` as `shape`.
    """
    given, scores = checked_ratings(ratings, option_scores)
    sd = given.std(axis=1)
    elevation = (given.mean(axis=1) - scores.mean()) ** 2
    scatter = (sd - scores.std()) ** 2
    correlation = np.where(sd > 0, _shape_correlation(given, scores), np.nan)
    shape_part = 2.0 * sd * scores.std() * (1.0 - _shape_correlation(given, scores))
    distance = ((given - scores) ** 2).mean(axis=1)
    return ProfileDecomposition(distance, elevation, scatter, shape_part, correlation)


def _ratings_and_key(ratings: ArrayLike, option_scores: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Ratings with a key whose scores may all be equal: a distance from it still tells people apart."""
    scores = vector("option_scores", option_scores, complete=True)
    if scores.size == 0:
        raise ValueError("option_scores must hold at least one option")
    return matrix("ratings", ratings, columns=scores.size), scores


def _z(given: FloatArray, means: FloatArray, sds: FloatArray) -> FloatArray:
    """Each row's distance from its mean in its SDs; 0 in a row without variation, NaN where not rated or the SD is not known."""
    varied = sds != 0
    return np.where(varied[:, None], (given - means[:, None]) / np.where(varied, sds, 1.0)[:, None], 0.0 * given)


def _shape_correlation(given: FloatArray, scores: FloatArray) -> FloatArray:
    """Correlation over options of each person with the key: 0 without variation, NaN if not all are rated."""
    centred = given - given.mean(axis=1, keepdims=True)
    # Three equal ratings such as 0.1 have a mean a rounding error away from them: compare the range, not the SD.
    varied = (np.ptp(given, axis=1) > 0) | np.isnan(given).any(axis=1)
    size = np.where(varied, np.sqrt((centred * centred).sum(axis=1)), 1.0)
    key = scores - scores.mean()
    r = (centred * key).sum(axis=1) / (size * np.sqrt((key * key).sum()))
    return np.where(varied, np.clip(r, -1.0, 1.0), 0.0)

"""Could somebody score well without reading? Positions, lengths, moves and blind rules, against a key (A13 and A14)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from statistics import fmean, median, pstdev

from assessment.keys.parts import Method


@dataclass(frozen=True, slots=True)
class KeyedOption:
    """An option as a blind rule sees it, with its score."""

    id: str
    length: int
    moves: frozenset[str]
    score: float


@dataclass(frozen=True, slots=True)
class KeyedUnit:
    """A unit with options and how a key scores it."""

    code: str
    method: Method
    options: tuple[KeyedOption, ...]

    @property
    def scores(self) -> tuple[float, ...]:
        return tuple(option.score for option in self.options)


Preference = Callable[[int, KeyedOption], float]
"""What a rule likes about an option, given its position: the more the better."""

BLIND_RULES: dict[str, Preference] = {
    "the longest": lambda position, option: option.length,
    "the shortest": lambda position, option: -option.length,
    "the first": lambda position, option: -position,
    "the one with most moves": lambda position, option: len(option.moves),
    "the one that apologises": lambda position, option: "apologise" in option.moves,
    "the one that escalates": lambda position, option: "escalate" in option.moves,
    "the one that concedes": lambda position, option: "concede" in option.moves,
    "the one that refuses": lambda position, option: "refuse" in option.moves,
    "the one that asks": lambda position, option: "ask" in option.moves,
}


def positions(units: Sequence[KeyedUnit], *, worst: bool = False) -> tuple[list[float], list[float]]:
    """How often the best (or worst) option stands at each position, and how often it would by chance.

    By chance each of the k options of a unit is the best in 1 of k. Options that share the place share the count.
    """
    most = max((len(unit.options) for unit in units), default=0)
    observed, expected = [0.0] * most, [0.0] * most
    for unit in units:
        extreme = (min if worst else max)(unit.scores)
        holders = [position for position, score in enumerate(unit.scores) if score == extreme]
        for position in holders:
            observed[position] += 1 / len(holders)
        for position in range(len(unit.options)):
            expected[position] += 1 / len(unit.options)
    return observed, expected


def length_score_correlation(units: Sequence[KeyedUnit]) -> float:
    """Pearson's r of the length of an option over the median length of its unit with its score; NaN without variation."""
    pairs = [
        (option.length / median(option.length for option in unit.options), option.score)
        for unit in units
        for option in unit.options
    ]
    if len(pairs) < 3:
        return math.nan
    lengths, scores = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    spread = pstdev(lengths) * pstdev(scores)
    mean_length, mean_score = fmean(lengths), fmean(scores)
    return fmean((length - mean_length) * (score - mean_score) for length, score in pairs) / spread if spread > 0 else math.nan


def move_means(units: Sequence[KeyedUnit]) -> dict[str, tuple[float, int]]:
    """Mean score of the options that have a move, and how many they are."""
    scores: dict[str, list[float]] = {}
    for unit in units:
        for option in unit.options:
            for move in option.moves:
                scores.setdefault(move, []).append(option.score)
    return {move: (fmean(found), len(found)) for move, found in sorted(scores.items())}


def rule_gain(units: Sequence[KeyedUnit], rule: Preference) -> tuple[float, int]:
    """How far, on 0 to 1, a person who goes by a rule scores above chance, on average, and over how many units.

    Units in which the rule likes all options alike are left out: nobody can go by it there. Where it likes some alike, the mean
    over their orders counts.
    """
    gains = []
    for unit in units:
        liking = [float(rule(position, option)) for position, option in enumerate(unit.options)]
        if max(liking) > min(liking) and max(unit.scores) > min(unit.scores):
            gains.append(_gain(unit.method, unit.scores, liking))
    return (fmean(gains), len(gains)) if gains else (math.nan, 0)


def _gain(method: Method, scores: Sequence[float], liking: Sequence[float]) -> float:
    """Score of one unit by a rule less the mean score over all ways to give the same response to other options."""
    if method == "rank_distance":
        return _rank_gain(scores, liking)
    if method in ("standardised_distance", "shape"):
        return _rating_gain(method, scores, liking)
    low, high = min(scores), max(scores)
    values = [(score - low) / (high - low) for score in scores]
    best = fmean(value for value, liked in zip(values, liking, strict=True) if liked == max(liking))
    if method == "best_worst":
        worst = fmean(value for value, liked in zip(values, liking, strict=True) if liked == min(liking))
        return (best - worst) / 2
    return best - fmean(values)


def _rank_gain(scores: Sequence[float], liking: Sequence[float]) -> float:
    """`rank_distance`: 1 - sum |place - key place| / its maximum."""
    size = len(scores)
    by_score = sorted(range(size), key=lambda index: -scores[index])
    key_place = {index: place for place, index in enumerate(by_score)}
    by_liking = sorted(range(size), key=lambda index: -liking[index])
    distance, start = 0.0, 0
    for _, tied in groupby(by_liking, key=lambda index: liking[index]):
        block = list(tied)
        places = range(start, start + len(block))
        distance += sum(fmean(abs(place - key_place[index]) for place in places) for index in block)
        start += len(block)
    by_chance = sum(fmean(abs(place - key_place[index]) for place in range(size)) for index in range(size))
    return (by_chance - distance) / (size * size // 2)


def _rating_gain(method: Method, scores: Sequence[float], liking: Sequence[float]) -> float:
    """Ratings as the rule likes, on the key's mean and SD, against the same ratings dealt out at random."""
    standard = _standardised(liking)
    if method == "shape":
        return fmean(a * b for a, b in zip(standard, _standardised(scores), strict=True)) / 2
    mean, sd = fmean(scores), pstdev(scores)
    ratings = [mean + sd * value for value in standard]
    distance = fmean(abs(rating - score) for rating, score in zip(ratings, scores, strict=True))
    by_chance = fmean(abs(rating - score) for rating in ratings for score in scores)
    return max(0.0, 1 - distance / 2) - max(0.0, 1 - by_chance / 2)


def _standardised(values: Sequence[float]) -> list[float]:
    mean, sd = fmean(values), pstdev(values)
    return [(value - mean) / sd for value in values]


RATINGS = (1, 2, 3, 4, 5)


def all_fives_gain(units: Sequence[KeyedUnit]) -> tuple[float, int]:
    """How far a person who rates everything 5 scores above one who rates at random, and over how many units.

    Without variation a standardised rating is the key's mean, and a shape ½; ratings at random are uniform over 1 to 5. Evenly
    spread scores give a person without variation about 0.14 of their SD more than chance: a hedge pays. Scores near both ends
    give less, and `shape` gives nothing.
    """
    gains = [_flat_gain(unit) for unit in units if unit.method in ("standardised_distance", "shape")]
    return (fmean(gains), len(gains)) if gains else (math.nan, 0)


def _flat_gain(unit: KeyedUnit) -> float:
    if unit.method == "shape":
        return 0.0
    mean, sd, size = fmean(unit.scores), pstdev(unit.scores), len(unit.scores)
    flat = fmean(abs(mean - score) for score in unit.scores)
    ratings = [mean + sd * value for value in _standardised(RATINGS)]
    distances = ([abs(rating - score) for rating in ratings] for score in unit.scores)
    by_chance = fmean(max(0.0, 1 - sum(at_random) / size / 2) for at_random in product(*distances))
    return max(0.0, 1 - flat / 2) - by_chance

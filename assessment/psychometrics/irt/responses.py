"""Responses made ready for calibration: checked, coded as small integers, people without any answer set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assessment.psychometrics.arrays import FloatArray, IntArray, numbers, vector
from assessment.psychometrics.compiled import side_by_side

_PEOPLE_AT_ONCE = 16_384
_SEED = 1


@dataclass(frozen=True)
class CodedResponses:
    """What people chose, one row a person who answered anything.

    Attributes
    ----------
    codes : (n, k) int8 categories from 0, −1 for not answered.
    n_categories : (k,) of each item. any_missing : (k,) true where somebody left the item out.
    weights : (n,) above 0. group : (n,) place of each person's group from 0.
    counts : (k, m + 1) weight of the people in each category; the last column is for not answered.
    """

    codes: NDArray[np.int8]
    n_categories: IntArray
    any_missing: NDArray[np.bool_]
    weights: FloatArray
    group: NDArray[np.int8]
    counts: FloatArray

    @property
    def n_people(self) -> int:
        return int(self.codes.shape[0])

    def merged(self) -> CodedResponses:
        """The same, with people of one group who answered alike as one row that has their weights together.

        Only where the form is so short that many must have answered alike; else as it is.
        """
        codes_of_item = self.n_categories + self.any_missing
        if n_patterns(codes_of_item) * (int(self.group.max()) + 1) > self.n_people:
            return self
        pattern = self.group.astype(np.int64)
        for j, size in enumerate(codes_of_item):
            pattern = pattern * size + np.where(self.codes[:, j] < 0, size - 1, self.codes[:, j])
        weights = np.asarray(np.bincount(pattern, self.weights), dtype=np.float64)
        seen = np.flatnonzero(weights)
        someone = np.zeros(weights.size, dtype=np.int64)
        someone[pattern] = np.arange(self.n_people)
        first = someone[seen]
        return CodedResponses(self.codes[first], self.n_categories, self.any_missing, weights[seen], self.group[first], self.counts)

    def some(self, n: int) -> CodedResponses:
        """`n` people, in the order given; always the same for one number of people.

        Drawn rather than taken at equal steps, which would meet one group alone where groups take turns.
        """
        if n >= self.n_people:
            return self
        drawn = np.sort(np.random.default_rng(_SEED).choice(self.n_people, n, replace=False, shuffle=False))
        codes, weights = self.codes[drawn], self.weights[drawn]
        return CodedResponses(
            codes,
            self.n_categories,
            self.any_missing,
            weights,
            self.group[drawn],
            _counts(codes, weights, self.counts.shape[1] - 1),
        )


def as_categories(responses: ArrayLike) -> tuple[NDArray[np.int8], IntArray]:
    """Categories (n, k) as int8 with −1 for NaN, and the highest seen of each item (−1 where nobody answered).

    Raises `ValueError` unless `responses` are two-dimensional, people by items, of whole numbers from 0 to 126 or NaN.
    """
    from assessment.psychometrics.irt import kernels

    try:
        given = np.asarray(responses)
        if given.dtype.kind == "O":
            given = given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError("responses must hold numbers only, with NaN for not answered") from error
    # numpy would drop the mask.
    if given.dtype.kind not in "fiub" or isinstance(responses, np.ma.MaskedArray):
        raise ValueError("responses must hold numbers only, with NaN for not answered")
    if given.ndim != 2 or given.shape[1] == 0:
        raise ValueError(f"responses must be two-dimensional, people by items; their shape is {given.shape}")
    n, k = given.shape
    codes = np.empty((n, k), dtype=np.int8)
    starts = range(0, n, _PEOPLE_AT_ONCE)
    highest = np.full((max(len(starts), 1), k), -1, dtype=np.int64)

    def encode(part: int, start: int) -> int:
        stop = min(start + _PEOPLE_AT_ONCE, n)
        # A copy of a part at a time, for other types than float64, so that a million people never stand in memory twice.
        some = np.ascontiguousarray(given[start:stop], dtype=np.float64)
        return kernels.encode(some, codes[start:stop], highest[part], 0, stop - start)

    faults = side_by_side([partial(encode, part, start) for part, start in enumerate(starts)])
    if kernels.TOO_HIGH in faults:
        raise ValueError("responses must hold categories from 0 to 126; a larger number is no category")
    if kernels.NOT_WHOLE in faults:
        raise ValueError("responses must hold whole categories from 0, or NaN for not answered")
    return codes, highest.max(axis=0)


def coded_responses(
    responses: ArrayLike,
    *,
    n_categories: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    group: NDArray[np.int8] | None = None,
    fixed: Mapping[int, int] | None = None,
) -> CodedResponses:
    """Check and code `responses` (n, k).

    `fixed` maps the columns of items whose parameters are known to their number of categories: it does not matter which of
    them were used.

    Raises
    ------
    ValueError
        Responses that are no categories; an item that nobody answered or that has a category which nobody chose (its
        parameters could not be told); `n_categories` below what was seen; negative weights; nobody who answered.
    """
    codes, highest = as_categories(responses)
    n, k = codes.shape
    size = highest + 1
    known = {} if fixed is None else fixed
    if n_categories is not None:
        size = _sizes(n_categories, k)
        if (size <= highest).any():
            j = int(np.argmax(size <= highest))
            raise ValueError(f"n_categories must cover what was seen; item {j} has {size[j]} but category {highest[j]} was chosen")
    for j, wanted in known.items():
        if highest[j] >= wanted:
            raise ValueError(f"responses must be categories of their item; item {j} has {wanted}, from 0")
        size[j] = wanted
    given = np.ones(n) if weights is None else vector("weights", weights, length=n, complete=True)
    if (given < 0).any():
        raise ValueError("weights must not be negative")
    kept = (codes >= 0).any(axis=1) & (given > 0)
    if not kept.any():
        raise ValueError("responses must hold at least one person who answered")
    if not kept.all():
        codes, given = codes[kept], given[kept]
        group = None if group is None else group[kept]
    m = max(int(size.max()), 1)
    counts = _counts(codes, given, m)
    for j in set(range(k)) - set(known):
        if size[j] < 2:
            raise ValueError(f"responses must vary in every item; item {j} has {'no answers' if size[j] == 0 else 'one category'}")
        if (counts[j, : size[j]] == 0).any():
            empty = int(np.argmin(counts[j, : size[j]]))
            raise ValueError(
                f"responses must use every category of an item; nobody has category {empty} of item {j} "
                f"(0 to {size[j] - 1}): {'count from 0, or ' if empty == 0 else ''}join it with a neighbour"
            )
    return CodedResponses(
        codes,
        size,
        np.asarray(counts[:, m] > 0),
        given,
        np.zeros(codes.shape[0], dtype=np.int8) if group is None else group,
        counts,
    )


def n_patterns(sizes: IntArray) -> float:
    """Patterns of answers to items of so many categories; infinite where float64 cannot count them."""
    with np.errstate(over="ignore"):
        return float(np.prod(sizes.astype(np.float64)))


def _sizes(n_categories: ArrayLike, k: int) -> IntArray:
    given = numbers("n_categories", n_categories)
    if given.shape not in ((), (k,)) or not (given == np.floor(given)).all():
        raise ValueError(f"n_categories must be one whole number or {k}, one an item; they are {n_categories!r}")
    return np.broadcast_to(given.astype(np.int64), (k,)).copy()


def _counts(codes: NDArray[np.int8], weights: FloatArray, m: int) -> FloatArray:
    from assessment.psychometrics.irt import kernels

    counts = np.zeros((codes.shape[1], m + 1))
    kernels.count_categories(codes, weights, counts)
    return counts

"""Who trains and who is judged: folds, folds of whole groups, and stretches of time.

Random folds answer how weights do on more people of the same kind. Where people come in groups (sites, raters) and new
groups will come, whole groups are held out; where the weights of today are for the hires of tomorrow, the later are held
out from weights learnt on the earlier.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, IntArray, count

FEWEST_EARLIEST = 10
"""The earliest stretch of time has to teach something on its own."""

TimeSplit = Literal["forward", "last"]


def folds(n: int, n_folds: int, repeat: int, seed: int, groups: ArrayLike | None = None) -> IntArray:
    """Fold of each person, 0 to n_folds − 1: the same for the same arguments, on every machine.

    Parameters
    ----------
    n : people. Folds differ in size by one at most, or by a group.
    repeat : which of the repeated divisions, from 0.
    groups : (n,) labels; people of one group (cohort, site, rater) stay in one fold. At least n_folds groups.

    Returns
    -------
    (n,) whole numbers.

    Raises
    ------
    ValueError
        Fewer people or groups than folds, or fewer than 2 folds.
    """
    count("n", n, at_least=0)
    if count("n_folds", n_folds, at_least=0) < 2 or n < n_folds:
        raise ValueError(f"n_folds must be at least 2 and at most the number of people; it is {n_folds} for {n}")
    rng = np.random.default_rng([count("seed", seed, at_least=0), count("repeat", repeat, at_least=0)])
    if groups is None:
        return np.asarray(rng.permutation(np.arange(n) % n_folds), dtype=np.int64)
    member = ranks("groups", groups, n)
    size = np.bincount(member)
    if size.size < n_folds:
        raise ValueError(f"groups must be at least as many as folds; there are {size.size} for {n_folds} folds")
    fold_of_group = np.empty(size.size, dtype=np.int64)
    filled = np.zeros(n_folds, dtype=np.int64)
    shuffled = rng.permutation(size.size)
    for group in shuffled[np.argsort(-size[shuffled], kind="stable")]:
        fold_of_group[group] = np.argmin(filled)
        filled[fold_of_group[group]] += size[group]
    return np.asarray(fold_of_group[member], dtype=np.int64)


def time_blocks(times: ArrayLike, n_blocks: int, split: TimeSplit = "forward") -> IntArray:
    """Stretch of time of each person, from 0 for the earliest: (n,).

    Parameters
    ----------
    times : (n,) when each person came: dates, or the number of the cohort. People of one time stay together.
    n_blocks : stretches wanted, at least 2, as even as the times allow; fewer where there are fewer distinct times.
    split : `forward` for stretches that are judged one after the other, each by what came before it; `last` for two, the
        last distinct time (the last hiring cohort) and everything before it, whatever `n_blocks`.

    Returns
    -------
    (n,) whole numbers.

    Raises
    ------
    ValueError
        Everybody came at the same time, or the earliest stretch holds fewer than 10 people.
    """
    if split not in ("forward", "last"):
        raise ValueError(f"split must be 'forward' or 'last'; it is {split!r}")
    count("n_blocks", n_blocks, at_least=2)
    place = ranks("times", times)
    size = np.bincount(place)
    if size.size < 2:
        raise ValueError("times must differ; everybody came at the same one")
    if split == "last":
        block_of_time = np.asarray(np.arange(size.size) == size.size - 1, dtype=np.int64)
    else:
        middle = np.cumsum(size) - size / 2.0
        wanted = np.floor(middle / place.size * n_blocks)
        block_of_time = np.unique(wanted, return_inverse=True)[1]
    block = np.asarray(block_of_time[place], dtype=np.int64)
    earliest = int((block == 0).sum())
    if earliest < FEWEST_EARLIEST:
        raise ValueError(f"times must put at least {FEWEST_EARLIEST} people into the earliest stretch; they put {earliest}")
    return block


def training_and_judged(fold_of_person: IntArray | None, block_of_person: IntArray | None) -> Iterator[tuple[BoolArray, BoolArray]]:
    """Who trains and who is judged, split by split: two (n,) of booleans, never true of the same person.

    By folds, each fold is judged once. By blocks, each but the first is judged by the earlier ones. By both, a block is
    judged fold by fold, by the people of earlier blocks in other folds.
    """
    one = block_of_person if fold_of_person is None else fold_of_person
    if one is None:
        raise ValueError("fold_of_person or block_of_person must be given")
    everybody = np.ones(one.size, dtype=bool)
    blocks = [(everybody, everybody)]
    if block_of_person is not None:
        blocks = [(block_of_person < k, block_of_person == k) for k in np.unique(block_of_person)[1:]]
    for earlier, now in blocks:
        if fold_of_person is None:
            yield earlier, now
            continue
        for k in np.unique(fold_of_person[now]):
            yield earlier & (fold_of_person != k), now & (fold_of_person == k)


def ranks(name: str, values: ArrayLike, n: int | None = None) -> IntArray:
    """Rank of each of (n,) labels or times among the distinct ones, from 0; refuses what is missing."""
    given = np.asarray(values)
    if given.ndim != 1 or (n is not None and given.size != n):
        wanted = "be one-dimensional" if n is None else f"hold {n} values, one a person"
        raise ValueError(f"{name} must {wanted}; its shape is {given.shape}")
    if given.dtype.kind in "fmM" and np.isnan(given).any():
        raise ValueError(f"{name} must be known for everybody")
    try:
        return np.asarray(np.unique(given, return_inverse=True)[1], dtype=np.int64)
    except TypeError as error:
        raise ValueError(f"{name} must be of one kind that can be put in order, and known for everybody") from error

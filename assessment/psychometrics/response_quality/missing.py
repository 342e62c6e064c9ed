"""People who left the same answers out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assessment.psychometrics.arrays import BoolArray, IntArray


def by_answered(answered: BoolArray) -> Iterator[tuple[BoolArray, IntArray]]:
    """Each pattern of (k,) answered columns in (n, k) `answered`, with the places of the people who have it."""
    if answered.all():
        yield np.ones(answered.shape[1], dtype=bool), np.arange(answered.shape[0])
        return
    packed = np.ascontiguousarray(np.packbits(answered, axis=1))
    _, first, of_person = np.unique(
        packed.view(np.dtype((np.void, packed.shape[1]))).ravel(), return_index=True, return_inverse=True
    )
    order = np.argsort(of_person, kind="stable")
    for people in np.split(order, np.flatnonzero(np.diff(of_person[order])) + 1):
        yield answered[first[of_person[people[0]]]], people

"""Who belongs to which group: unknown labels, intersections, counts, and reference against focal."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assessment.psychometrics.arrays import vector

Labels = Sequence[Hashable | None] | NDArray[np.generic]
"""One label a person. None, an empty string or NaN is an unknown group."""

REFERENCE, FOCAL, NEITHER = 0, 1, -1


def known_label(label: Hashable | None) -> Hashable | None:
    """`label`, or None if it says that the group is not known."""
    unknown = label is None or label == "" or (isinstance(label, (float, np.floating)) and math.isnan(label))
    return None if unknown else label


def known_labels(group: Labels, n: int) -> list[Hashable | None]:
    """The labels of `n` people as plain Python values, None for an unknown group.

    Raises `ValueError` for another number of labels, and for labels that are lists or arrays themselves.
    """
    listed = group.tolist() if isinstance(group, np.ndarray) else list(group)
    if len(listed) != n:
        raise ValueError(f"group must hold {n} labels, one a person; it holds {len(listed)}")
    try:
        set(listed)
    except TypeError as error:
        raise ValueError("group must hold one label a person: a text, a number or a tuple of them") from error
    return [known_label(label) for label in listed]


def intersections(*attributes: Labels) -> list[Hashable | None]:
    """Label of each person in the groups formed by several attributes at once, such as sex by ethnicity.

    Parameters
    ----------
    attributes : at least one sequence of n labels each.

    Returns
    -------
    n tuples in the order of the attributes; None where any of them is not known. They are groups like any other: give them
    to `selection_counts`, `scoring_rates` or a DIF function.

    Raises
    ------
    ValueError
        No attribute, or attributes of different lengths.
    """
    if not attributes:
        raise ValueError("attributes must hold at least one sequence of labels")
    sizes = {len(attribute) for attribute in attributes}
    if len(sizes) > 1:
        raise ValueError(f"attributes must all hold one label a person; they hold {sorted(sizes)} labels")
    columns = [known_labels(attribute, len(attribute)) for attribute in attributes]
    return [None if any(label is None for label in row) else row for row in zip(*columns, strict=True)]


@dataclass(frozen=True)
class SelectionCounts:
    """Counts by group, as `adverse_impact` takes them. `unknown_selected` of `unknown` people have no known group."""

    selected: Mapping[Hashable, int]
    assessed: Mapping[Hashable, int]
    unknown: int
    unknown_selected: int


def selection_counts(selected: ArrayLike, group: Labels) -> SelectionCounts:
    """How many of each group were assessed and selected.

    Parameters
    ----------
    selected : (n,) 1 for selected, 0 for not, NaN for not assessed (left out altogether).
    group : n labels; None, an empty string or NaN is an unknown group.

    Returns
    -------
    SelectionCounts

    Raises
    ------
    ValueError
        Anything but 0, 1 and NaN in `selected`, or another number of labels.
    """
    given = vector("selected", selected)
    labels = known_labels(group, given.size)
    if not np.isin(given[~np.isnan(given)], (0.0, 1.0)).all():
        raise ValueError("selected must be 0, 1 or NaN")
    taken: dict[Hashable | None, int] = {None: 0}
    seen: dict[Hashable | None, int] = {None: 0}
    for value, label in zip(given, labels, strict=True):
        if not math.isnan(value):
            seen[label] = seen.get(label, 0) + 1
            taken[label] = taken.get(label, 0) + int(value)
    unknown, unknown_selected = seen.pop(None), taken.pop(None)
    return SelectionCounts(
        {label: n for label, n in taken.items() if label is not None},
        {label: n for label, n in seen.items() if label is not None},
        unknown,
        unknown_selected,
    )


def two_groups(group: Labels, n: int, reference: Hashable, focal: Hashable | None) -> NDArray[np.int8]:
    """REFERENCE, FOCAL or NEITHER for each of `n` people: shape (n,).

    `focal` None means everybody of a known group other than the reference. Raises `ValueError` when `group` has another
    length, when nobody is in either group, or when both are the same.
    """
    if len(group) != n:
        raise ValueError(f"group must hold {n} labels, one a person; it holds {len(group)}")
    if focal is not None and focal == reference:
        raise ValueError(f"focal must be another group than reference; both are {reference!r}")
    codes = np.full(n, NEITHER, dtype=np.int8)
    if isinstance(group, np.ndarray) and group.ndim == 1 and group.dtype.kind in "biufU":
        known = group == group if group.dtype.kind != "U" else group != ""
        in_focal = known & (group != reference) if focal is None else group == focal
        in_reference = group == reference
    else:
        labels = known_labels(group, n)
        in_reference = np.fromiter((label == reference for label in labels), dtype=np.bool_, count=n)
        others = (label is not None and label != reference if focal is None else label == focal for label in labels)
        in_focal = np.fromiter(others, dtype=np.bool_, count=n)
    codes[in_focal] = FOCAL
    codes[in_reference] = REFERENCE
    if not in_reference.any():
        raise ValueError(f"reference must be one of the groups; nobody is in {reference!r}")
    if not in_focal.any():
        whom = "another known group" if focal is None else repr(focal)
        raise ValueError(f"focal must be one of the groups; nobody is in {whom}")
    return codes

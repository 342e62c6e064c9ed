"""How the parameters of a model lie in one vector, and which of them are free.

The vector holds the parameters of each item one after the other, then mean and log SD of each group's θ. Ordered items have
a slope and their intercepts; items of the nominal model the slopes, then the intercepts, of the categories above the first,
which is held at 0 until the results are reported. Free parameters are a shorter vector: a slope that all items share is
one of them, a fixed parameter none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.irt.curves import CUMULATIVE, Model

SHARED_SLOPE = frozenset({"1pl", "pcm"})
_ROOM = 0.8


@dataclass(frozen=True)
class Layout:
    """Places of item and latent parameters.

    Attributes
    ----------
    model, n_categories : of the items, (k,).
    n_groups : groups with a distribution of θ of their own.
    owner : (parameters,) place of each parameter among the free ones, −1 where it is fixed.
    """

    model: Model
    n_categories: IntArray
    n_groups: int
    owner: IntArray

    @cached_property
    def n_parameters(self) -> IntArray:
        """Parameters of each item: (k,)."""
        return np.asarray(2 * (self.n_categories - 1) if self.model == "nrm" else self.n_categories)

    @cached_property
    def first_parameter(self) -> IntArray:
        return _starts(self.n_parameters)

    @cached_property
    def first_category(self) -> IntArray:
        return _starts(self.n_categories)

    @property
    def n_item_parameters(self) -> int:
        return int(self.n_parameters.sum())

    @property
    def n_all_categories(self) -> int:
        return int(self.n_categories.sum())

    @cached_property
    def n_free(self) -> int:
        return int(self.owner.max()) + 1

    @cached_property
    def latent_is_free(self) -> bool:
        """Is any mean or SD of θ to be found?"""
        return bool((self.owner[self.n_item_parameters :] >= 0).any())

    @property
    def kind(self) -> int:
        from assessment.psychometrics.irt import kernels

        if self.model in CUMULATIVE:
            return kernels.CUMULATIVE
        return kernels.NOMINAL if self.model == "nrm" else kernels.PARTIAL_CREDIT

    @cached_property
    def _owned(self) -> IntArray:
        return np.flatnonzero(self.owner >= 0)

    def spread(self, free: FloatArray, whole: FloatArray) -> FloatArray:
        """`whole` with its free entries taken from `free`."""
        out = whole.copy()
        out[self._owned] = free[self.owner[self._owned]]
        return out

    def free_of(self, whole: FloatArray) -> FloatArray:
        """The free parameters in `whole`; a shared one is the mean of its places."""
        places = self.owner[self._owned]
        return np.asarray(np.bincount(places, whole[self._owned], self.n_free) / np.bincount(places, minlength=self.n_free))

    def summed(self, gradient: FloatArray) -> FloatArray:
        """Gradient by the free parameters from that by all: (free,)."""
        return np.asarray(np.bincount(self.owner[self._owned], gradient[self._owned], self.n_free), dtype=np.float64)

    @cached_property
    def _block_places(self) -> tuple[IntArray, IntArray, IntArray]:
        """For each entry of the items' information blocks that counts: its place in the flat blocks, row and column."""
        p = int(self.n_parameters.max())
        k = self.n_categories.size
        within = np.arange(p)
        parameter = np.where(within < self.n_parameters[:, None], self.first_parameter[:, None] + within, -1)
        owner = np.where(parameter >= 0, self.owner[parameter], -1)
        row = np.broadcast_to(owner[:, :, None], (k, p, p)).ravel()
        column = np.broadcast_to(owner[:, None, :], (k, p, p)).ravel()
        counts = np.flatnonzero((row >= 0) & (column >= 0))
        return counts, row[counts], column[counts]

    def assembled(self, blocks: FloatArray) -> FloatArray:
        """The items' information (k, p, p) as one matrix over the free parameters: (free, free)."""
        counts, row, column = self._block_places
        flat = np.bincount(row * self.n_free + column, blocks.ravel()[counts], self.n_free**2)
        return np.asarray(flat, dtype=np.float64).reshape(self.n_free, self.n_free)

    def reduced(self, matrix: FloatArray) -> FloatArray:
        """Second derivatives by the free parameters (free, free), from those by all."""
        places = self.owner[self._owned]
        out = np.zeros((self.n_free, self.n_free))
        np.add.at(out, np.ix_(places, places), matrix[np.ix_(self._owned, self._owned)])
        return out

    @cached_property
    def _gaps(self) -> IntArray:
        """Places of intercepts that have to stay above the next one."""
        if self.model not in CUMULATIVE:
            return np.zeros(0, dtype=np.int64)
        return np.concatenate([a + np.arange(1, m - 1) for a, m in zip(self.first_parameter, self.n_categories, strict=True)])

    @cached_property
    def _item_of_gap(self) -> IntArray:
        return np.repeat(np.arange(self.n_categories.size), np.maximum(self.n_categories - 2, 0))

    def in_order(self, whole: FloatArray, step: FloatArray) -> FloatArray:
        """`step`, shortened for those items whose intercepts it would bring out of falling order."""
        gaps = self._gaps
        if gaps.size == 0:
            return step
        gap, change = whole[gaps] - whole[gaps + 1], step[gaps] - step[gaps + 1]
        too_far = np.flatnonzero(change < -_ROOM * gap)
        if too_far.size == 0:
            return step
        shortened = step.copy()
        share = np.ones(self.n_categories.size)
        np.minimum.at(share, self._item_of_gap[too_far], _ROOM * gap[too_far] / -change[too_far])
        shortened[: self.n_item_parameters] *= np.repeat(share, self.n_parameters)
        return shortened

    def order_kept(self, whole: FloatArray) -> bool:
        """Do the intercepts of every item fall?"""
        return bool((whole[self._gaps] > whole[self._gaps + 1]).all())

    def orientation(self, whole: FloatArray) -> float:
        """1, or −1 where θ has to be turned round for slopes to be positive in sum."""
        total = 0.0
        for a, size in zip(self.first_parameter, self.n_categories, strict=True):
            if self.model == "nrm":
                slopes = np.concatenate([[0.0], whole[a : a + size - 1]])
                total += float((slopes - slopes.mean()) @ np.arange(size))
            else:
                total += float(whole[a])
        return -1.0 if total < 0 else 1.0

    def report(self, whole: FloatArray, sign: float = 1.0) -> Report:
        """Parameters as they are reported, θ turned round where `sign` is −1."""
        k, m = self.n_categories.size, int(self.n_categories.max())
        latent = whole[self.n_item_parameters :].reshape(-1, 2)
        means, sds = sign * latent[:, 0], np.exp(latent[:, 1])
        intercepts = np.full((k, m if self.model == "nrm" else m - 1), np.nan)
        if self.model == "nrm":
            slopes = np.full((k, m), np.nan)
            for j, (a, size) in enumerate(zip(self.first_parameter, self.n_categories, strict=True)):
                for target, start in ((slopes, a), (intercepts, a + size - 1)):
                    values = np.concatenate([[0.0], whole[start : start + size - 1]])
                    target[j, :size] = values - values.mean()
            return Report(sign * slopes, intercepts, means, sds, 1.0)
        slopes = sign * whole[self.first_parameter]
        for j, (a, size) in enumerate(zip(self.first_parameter, self.n_categories, strict=True)):
            intercepts[j, : size - 1] = whole[a + 1 : a + size]
        if self.model in ("1pl", "2pl"):
            intercepts = intercepts[:, 0]
        if self.model == "pcm" and self.owner[self.first_parameter[0]] >= 0:
            # The shared slope is the SD of a θ on which the slopes are 1.
            scale = float(slopes[0])
            return Report(np.ones(k), intercepts, scale * means, scale * sds, scale)
        return Report(slopes, intercepts, means, sds, 1.0)

    def of_item(self, slope: FloatArray, intercept: FloatArray, size: int) -> FloatArray:
        """The parameters of one item in the vector, from its reported ones."""
        if self.model == "nrm":
            return np.concatenate([slope[1:size] - slope[0], intercept[1:size] - intercept[0]])
        return np.concatenate([np.atleast_1d(slope), np.atleast_1d(intercept)[: size - 1]])

    def whole_from(self, slopes: FloatArray, intercepts: FloatArray, latent: FloatArray) -> FloatArray:
        """The vector of all parameters, from reported slopes and intercepts and (groups, 2) means and log SDs."""
        items = [self.of_item(slopes[j], intercepts[j], int(size)) for j, size in enumerate(self.n_categories)]
        return np.concatenate([*items, latent.ravel()])


class Report(NamedTuple):
    """Parameters in the shapes of `curves`, with mean and SD of θ in each group: (g,) each.

    `slope_taken_out` is what θ was multiplied by for a model whose slopes are 1.
    """

    slopes: FloatArray
    intercepts: FloatArray
    group_means: FloatArray
    group_sds: FloatArray
    slope_taken_out: float


def layout_for(
    model: Model, n_categories: IntArray, n_groups: int = 1, fixed_items: IntArray | None = None, free_reference: bool = False
) -> Layout:
    """The layout of a calibration.

    Every item's parameters are free, but those of `fixed_items`; a slope that the model shares is one free parameter, or that
    of the fixed items. The first group's θ is standard normal unless `free_reference`, as it is where fixed items hold the
    scale.
    """
    bare = Layout(model, n_categories, n_groups, np.zeros(1, dtype=np.int64))
    owner = np.full(bare.n_item_parameters + 2 * n_groups, -1, dtype=np.int64)
    next_free = 0
    fixed = set() if fixed_items is None else set(fixed_items.tolist())
    shares = model in SHARED_SLOPE
    shared = -1
    for j, (a, size) in enumerate(zip(bare.first_parameter, bare.n_parameters, strict=True)):
        if j in fixed:
            continue
        for s in range(size):
            if s == 0 and shares and (fixed or shared >= 0):
                owner[a] = shared
                continue
            owner[a + s] = next_free
            if s == 0 and shares:
                shared = next_free
            next_free += 1
    for g in range(0 if free_reference else 1, n_groups):
        owner[bare.n_item_parameters + 2 * g : bare.n_item_parameters + 2 * g + 2] = next_free, next_free + 1
        next_free += 2
    return Layout(model, n_categories, n_groups, owner)


def _starts(sizes: IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)

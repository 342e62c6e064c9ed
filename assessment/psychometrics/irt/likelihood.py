"""The marginal likelihood of coded responses at given parameters: its value, gradient and information."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise

import numpy as np

from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.compiled import side_by_side
from assessment.psychometrics.irt.curves import CUMULATIVE
from assessment.psychometrics.irt.observed_information import Units, between_units, of_divided_items, of_graded_items, of_groups
from assessment.psychometrics.irt.parameters import Layout
from assessment.psychometrics.irt.responses import CodedResponses

_LANES = 8
"""Nodes are padded to a multiple of this many, the doubles of the widest vector unit."""

_LONGEST_CLUSTER = 640
_PEOPLE_A_ROW = 8
_PEOPLE_A_PART = 2_500
_MOST_PARTS = 4
_GRADIENTS_AT_ONCE = 2**22


@dataclass(frozen=True)
class Evaluation:
    """The log-likelihood at some parameters, with its gradient (free,) and the information that complete data would hold
    (free, free)."""

    log_likelihood: float
    gradient: FloatArray
    complete_information: FloatArray


@dataclass(frozen=True)
class Clusters:
    """Units (the group as if it were an item, then the items) taken together a few at a time.

    Attributes
    ----------
    table_row : (units, codes) row of the category probabilities for each code, −1 for not answered, which has none.
    n_codes : (units,). first_unit, last_unit, first_row : (clusters,). n_rows : of all clusters.
    cluster, stride : (units,) where each unit counts and for how much.
    """

    table_row: IntArray
    n_codes: IntArray
    first_unit: IntArray
    last_unit: IntArray
    first_row: IntArray
    n_rows: int
    cluster: IntArray
    stride: IntArray


def clusters_of(responses: CodedResponses, layout: Layout, longest: int) -> Clusters:
    """Take neighbouring units together as long as their combinations number at most `longest`."""
    n_codes = np.concatenate([[layout.n_groups], responses.n_categories + responses.any_missing]).astype(np.int64)
    n_units = n_codes.size
    table_row = np.full((n_units, int(n_codes.max())), -1, dtype=np.int64)
    table_row[0, : layout.n_groups] = layout.n_all_categories + np.arange(layout.n_groups)
    for j, size in enumerate(responses.n_categories):
        table_row[j + 1, :size] = layout.first_category[j] + np.arange(size)
    first, sizes = [0], [1]
    for unit, codes in enumerate(n_codes.tolist()):
        if sizes[-1] * codes > longest and unit > first[-1]:
            first.append(unit)
            sizes.append(1)
        sizes[-1] *= codes
    last = [*first[1:], n_units]
    stride = np.ones(n_units, dtype=np.int64)
    cluster = np.zeros(n_units, dtype=np.int64)
    for c, (start, stop) in enumerate(zip(first, last, strict=True)):
        cluster[start:stop] = c
        stride[start : stop - 1] = np.cumprod(n_codes[start + 1 : stop][::-1])[::-1]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return Clusters(
        table_row,
        n_codes,
        np.array(first, dtype=np.int64),
        np.array(last, dtype=np.int64),
        starts.astype(np.int64),
        int(sum(sizes)),
        cluster,
        stride,
    )


def padded(over_nodes: FloatArray) -> FloatArray:
    """`over_nodes` (q,) with zeros behind it, as wide as rows over nodes are."""
    out = np.zeros(-(-over_nodes.size // _LANES) * _LANES)
    out[: over_nodes.size] = over_nodes
    return out


class MarginalLikelihood:
    """Likelihood of `responses` under the model of `layout`, integrated over θ at `nodes` (Bock & Aitkin, 1981).

    Work is divided among a number of parts that depends on the number of people alone, so that results are the same on
    any number of processors.
    """

    def __init__(self, responses: CodedResponses, layout: Layout, nodes: FloatArray) -> None:
        from assessment.psychometrics.irt import kernels

        self.responses = responses
        self.layout = layout
        n = responses.n_people
        self._nodes = padded(nodes)
        width = self._nodes.size
        self._is_node = np.arange(width) < nodes.size
        self._clusters = c = clusters_of(responses, layout, min(_LONGEST_CLUSTER, max(n // _PEOPLE_A_ROW, 16)))
        self._rows = np.zeros((n, c.first_row.size), dtype=np.uint16 if c.n_rows < 2**16 else np.int32)
        self._rows[:, 0] = responses.group.astype(np.int64) * c.stride[0]
        missing_code = c.n_codes[1:] - 1
        self._divide(
            lambda first, last: kernels.place_in_clusters(
                responses.codes[first:last], c.cluster[1:], c.stride[1:], missing_code, c.first_row, self._rows[first:last]
            )
        )
        p = int(layout.n_parameters.max())
        self._probability = np.zeros((layout.n_all_categories + layout.n_groups, width))
        self._derivative = np.zeros((layout.n_all_categories, p, width))
        self._table = np.empty((c.n_rows, width))
        self._log_scale = np.empty(c.n_rows)

    @cached_property
    def _counts(self) -> FloatArray:
        return np.empty((len(self._parts), *self._table.shape))

    @cached_property
    def _parts(self) -> list[tuple[int, int]]:
        """First and last person of each part of the work."""
        n = self.responses.n_people
        edges = np.linspace(0, n, min(_MOST_PARTS, max(1, n // _PEOPLE_A_PART)) + 1).astype(np.int64).tolist()
        return list(pairwise(edges))

    def _divide(self, work: Callable[[int, int], None]) -> None:
        side_by_side([partial(work, first, last) for first, last in self._parts])

    def _tabulate(self, whole: FloatArray) -> None:
        from assessment.psychometrics.irt import kernels

        layout, c = self.layout, self._clusters
        kernels.item_curves(
            layout.kind, whole, layout.first_parameter, layout.n_categories, layout.first_category, self._nodes,
            self._probability, self._derivative,
        )  # fmt: skip
        self._probability[layout.n_all_categories :] = self._node_weights(whole)
        kernels.cluster_tables(
            self._probability, c.table_row, c.n_codes, c.first_unit, c.last_unit, c.first_row, self._table, self._log_scale
        )

    def _latent(self, whole: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and SD of each group's θ, (groups, 1) each."""
        latent = whole[self.layout.n_item_parameters :].reshape(-1, 2)
        return latent[:, :1], np.exp(latent[:, 1:])

    def _node_weights(self, whole: FloatArray) -> FloatArray:
        """(groups, width), summing to 1 over the nodes."""
        mean, sd = self._latent(whole)
        z = (self._nodes - mean) / sd
        # From the nearest node on, so that some height is left where a group's mean lies beyond them all.
        square = np.where(self._is_node, z * z, np.inf)
        height = np.exp(-0.5 * (square - square.min(axis=1, keepdims=True)))
        return np.asarray(height / height.sum(axis=1, keepdims=True))

    def _latent_derivatives(self, whole: FloatArray) -> FloatArray:
        """Derivatives of the logarithm of the node weights by mean and log SD: (groups, 2, width)."""
        mean, sd = self._latent(whole)
        z = (self._nodes - mean) / sd
        weights = self._node_weights(whole)
        by = np.stack([z / sd, z * z], axis=1)
        return np.asarray(by - (by * weights[:, None]).sum(axis=2, keepdims=True))

    def evaluate(self, free: FloatArray, whole: FloatArray) -> Evaluation:
        """Value, gradient and complete-data information at `free`, the rest of the parameters as in `whole`."""
        layout = self.layout
        at = layout.spread(free, whole)
        value, by_category = self._expected_counts(at)
        gradient = np.zeros(layout.owner.size)
        blocks = self._item_gradients(by_category, gradient)
        information = layout.assembled(blocks)
        people = by_category[layout.n_all_categories :]
        if layout.latent_is_free:
            gradient[layout.n_item_parameters :] = (people[:, None] * self._latent_derivatives(at)).sum(axis=2).ravel()
            _, sd = self._latent(at)
            n_people = people.sum(axis=1)
            for g in range(layout.n_groups):
                for s, amount in enumerate((n_people[g] / float(sd[g, 0]) ** 2, 2.0 * n_people[g])):
                    place = layout.owner[layout.n_item_parameters + 2 * g + s]
                    if place >= 0:
                        information[place, place] += amount
        return Evaluation(value, layout.summed(gradient), information)

    def _expected_counts(self, at: FloatArray) -> tuple[float, FloatArray]:
        """Log-likelihood at the parameters `at`, and how many people are expected at each node in each category, of the items
        and then of the groups: (categories, width)."""
        from assessment.psychometrics.irt import kernels

        c = self._clusters
        self._tabulate(at)
        self._counts[:] = 0.0
        values = side_by_side(
            [
                partial(kernels.expected_counts, self._rows, self.responses.weights, self._table, self._log_scale, counts, *part)
                for counts, part in zip(self._counts, self._parts, strict=True)
            ]
        )
        counts = self._counts[0]
        for other in self._counts[1:]:
            counts += other
        by_category = np.zeros_like(self._probability)
        kernels.share_out(counts, c.table_row, c.n_codes, c.first_unit, c.last_unit, c.first_row, by_category)
        return float(sum(values)), by_category

    def _item_gradients(self, by_category: FloatArray, gradient: FloatArray) -> FloatArray:
        """Fill `gradient` by the items' parameters; the complete-data information of each item: (k, p, p), 0 beyond its own
        parameters."""
        from assessment.psychometrics.irt import kernels

        layout, p = self.layout, self._derivative.shape[1]
        blocks = np.zeros((layout.n_categories.size, p, p))
        kernels.item_gradients(
            by_category, self._probability, self._derivative, layout.first_parameter, layout.n_parameters,
            layout.n_categories, layout.first_category, gradient, blocks,
        )  # fmt: skip
        return blocks

    def posterior_moments(self, whole: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and SD of each person's posterior of θ at the parameters `whole`: two arrays (n,)."""
        from assessment.psychometrics.irt import score_kernels

        self._tabulate(whole)
        n = self.responses.n_people
        mean, sd = np.empty(n), np.empty(n)
        self._divide(
            lambda first, last: score_kernels.clustered_moments(self._rows, self._table, self._nodes, mean, sd, first, last)
        )
        return mean, sd

    def log_likelihoods(self, whole: FloatArray) -> FloatArray:
        """Each person's marginal log-likelihood at the parameters `whole`: (n,)."""
        from assessment.psychometrics.irt import kernels

        self._tabulate(whole)
        out = np.empty(self.responses.n_people)
        self._divide(lambda first, last: kernels.log_likelihoods(self._rows, self._table, self._log_scale, out, first, last))
        return out

    def person_information(self, free: FloatArray, whole: FloatArray, every: int = 1) -> FloatArray:
        """Σ of the outer products of people's gradients (free, free), which estimates the information at the maximum
        (Berndt, Hall, Hall & Hausman, 1974); from each `every`-th person, scaled up to all."""
        from assessment.psychometrics.irt import kernels

        layout, responses = self.layout, self.responses
        at = layout.spread(free, whole)
        self._tabulate(at)
        latent = self._latent_derivatives(at)
        roots = np.sqrt(responses.weights)
        n, at_once = -(-responses.n_people // every), max(_GRADIENTS_AT_ONCE // layout.n_free, 1)
        found = np.zeros((layout.n_free, layout.n_free))
        for start in range(0, n, at_once):
            gradients = np.zeros((min(at_once, n - start), layout.n_free))
            behind = slice(start * every, None)
            edges = np.linspace(0, gradients.shape[0], len(self._parts) + 1).astype(np.int64).tolist()
            side_by_side(
                [
                    partial(
                        kernels.person_gradients, layout.kind, responses.codes[behind], responses.group[behind], self._rows[behind],
                        roots[behind], self._table, self._derivative, latent, layout.owner, layout.first_parameter,
                        layout.n_parameters, layout.first_category, every, gradients, first, last,
                    )
                    for first, last in pairwise(edges)
                ]
            )  # fmt: skip
            found += gradients.T @ gradients
        return np.asarray(float(responses.weights.sum() / responses.weights[::every].sum()) * found)

    def observed_information(self, free: FloatArray, whole: FloatArray) -> FloatArray:
        """Minus the second derivatives of the log-likelihood (free, free): see `irt.observed_information`."""
        layout = self.layout
        at = layout.spread(free, whole)
        _, by_category = self._expected_counts(at)
        items, groups = by_category[: layout.n_all_categories], by_category[layout.n_all_categories :]
        latent = self._latent_derivatives(at)
        units = Units.of(layout, self._derivative, latent)
        together = between_units(units, layout.owner.size, partial(self._pair_counts, units))
        if layout.model in CUMULATIVE:
            own = of_graded_items(
                items, self._probability[: layout.n_all_categories], at, layout.first_parameter, layout.n_categories, self._nodes
            )
        else:
            complete = self._item_gradients(by_category, np.zeros(layout.owner.size))
            own = of_divided_items(items, self._derivative, complete, layout.first_category)
        mean, sd = self._latent(at)
        z = (self._nodes - mean) / sd
        for g, block in enumerate(of_groups(groups, self._node_weights(at), latent, z, sd)):
            place = layout.n_item_parameters + 2 * g
            together[place : place + 2, place : place + 2] += block
        return self.person_information(free, whole) - layout.reduced(together) - layout.assembled(own)

    def _pair_counts(self, units: Units, left: tuple[int, int], right: tuple[int, int]) -> FloatArray:
        """How many people are expected at each node in each pair of categories of two runs of units, each pair of units once."""
        from assessment.psychometrics.irt import information_kernels

        responses, first = self.responses, units.first_category
        shape = (first[left[1]] - first[left[0]], first[right[1]] - first[right[0]], self._nodes.size)
        counts = np.zeros((len(self._parts), *shape))
        side_by_side(
            [
                partial(
                    information_kernels.pair_counts, responses.codes, responses.group, self._rows, responses.weights, self._table,
                    first, *left, *right, own, *part,
                )
                for own, part in zip(counts, self._parts, strict=True)
            ]
        )  # fmt: skip
        return np.asarray(counts.sum(axis=0))

"""Items with their parameters and the distribution of θ that they belong to, and what follows from the curves alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, as_given, numbers
from assessment.psychometrics.irt import curves
from assessment.psychometrics.irt.curves import Model
from assessment.psychometrics.irt.score_tables import ScoreTables


@dataclass(frozen=True, eq=False)
class StandardErrors:
    """Standard errors of a calibration's parameters, in the shapes of the parameters; 0 where one was held fixed.

    From the observed information: its inverse is `covariance` (free parameters, square). Difficulties and what the model
    ties together come from it by the delta method.
    """

    slopes: FloatArray
    intercepts: FloatArray
    difficulties: FloatArray
    group_means: FloatArray
    group_sds: FloatArray
    covariance: FloatArray = field(repr=False)


@dataclass(frozen=True)
class Group:
    """One of several groups that were calibrated together: its label, people, and the mean and SD of its θ."""

    label: object
    n_people: int
    mean: float
    sd: float


@dataclass(frozen=True, eq=False)
class CalibratedItems:
    """Item parameters with the distribution of θ that they belong to.

    Attributes
    ----------
    model : `1pl`, `2pl`, `grm`, `gpcm`, `pcm` or `nrm`; the formulas are in `irt.curves`.
    slopes : (k,) of the k items; for nrm (k, m), summing to 0 over an item's categories.
    intercepts : (k,) for 1pl and 2pl; (k, m − 1) for grm (falling), gpcm and pcm; (k, m) for nrm, summing to 0. NaN beyond
        the categories of an item with fewer than m.
    n_categories : (k,).
    log_likelihood, n_parameters, n_people : of the calibration. People who answered nothing are not counted.
    n_iterations : passes over everybody's responses that moved the parameters.
    converged : whether the next step would have changed no parameter by more than the tolerance. False is to be taken
        seriously: the parameters are then not those of the maximum.
    trace : (n_iterations + 1,) log-likelihood from the start to the end.
    standard_errors : where they were asked for.
    fixed_items : places of items whose parameters were taken from another calibration.
    groups : where several were calibrated together; the first is the reference that `latent_mean` and `latent_sd` describe.
    n_nodes, theta_range : equally spaced quadrature nodes and their ends on θ.
    total_weight : of the people, where they were weighted.
    latent_mean, latent_sd : of θ. Standard normal, but for pcm, whose SD is estimated since its slopes are 1, and for items
        calibrated onto the scale of others.
    """

    model: Model
    slopes: FloatArray
    intercepts: FloatArray
    n_categories: IntArray
    log_likelihood: float
    n_parameters: int
    n_people: int
    n_iterations: int
    converged: bool
    trace: FloatArray = field(repr=False)
    n_nodes: int = 61
    theta_range: tuple[float, float] = (-6.0, 6.0)
    latent_mean: float = 0.0
    latent_sd: float = 1.0
    standard_errors: StandardErrors | None = field(default=None, repr=False)
    groups: tuple[Group, ...] = ()
    fixed_items: tuple[int, ...] = ()
    total_weight: float | None = None

    @property
    def n_items(self) -> int:
        return int(self.n_categories.size)

    @property
    def difficulties(self) -> FloatArray:
        """Locations on θ, (k,) for 1pl and 2pl, else (k, m − 1): see `irt.curves.difficulties`."""
        return curves.difficulties(self.model, self.slopes, self.intercepts)

    @cached_property
    def nodes(self) -> FloatArray:
        """Quadrature nodes on θ: (n_nodes,)."""
        return np.linspace(*self.theta_range, self.n_nodes)

    @cached_property
    def node_weights(self) -> FloatArray:
        """Normal weights of the nodes, summing to 1: (n_nodes,)."""
        z = (self.nodes - self.latent_mean) / self.latent_sd
        height = np.exp(-0.5 * z * z)
        return np.asarray(height / height.sum())

    @cached_property
    def score_tables(self) -> ScoreTables:
        """What scoring needs, worked out at the first use."""
        return ScoreTables(
            self.model,
            self.slopes,
            self.intercepts,
            self.n_categories,
            self.nodes,
            self.node_weights,
            self.latent_mean,
            self.latent_sd,
        )

    def probabilities(self, theta: ArrayLike) -> FloatArray:
        """P(X = v | θ): (t, k, m) for `theta` (t,), (k, m) for one θ; 0 beyond an item's own categories."""
        return _for_each(
            theta, lambda at: curves.category_probabilities(self.model, self.slopes, self.intercepts, self.n_categories, at)
        )

    def expected_scores(self, theta: ArrayLike) -> FloatArray:
        """Expected category of each item, Σ v P(X = v | θ): (t, k) for `theta` (t,), (k,) for one θ.

        Their sum over items is the test's characteristic curve.
        """
        p = self.probabilities(theta)
        return np.asarray(p @ np.arange(p.shape[-1], dtype=np.float64))

    def item_information(self, theta: ArrayLike) -> FloatArray:
        """Expected (Fisher) information of each item on θ, Σ P′² / P over its categories (Samejima, 1969): (t, k) for `theta`
        (t,), (k,) for one θ."""

        def information(at: FloatArray) -> FloatArray:
            p, rise, _ = curves.theta_derivatives(self.model, self.slopes, self.intercepts, self.n_categories, at)
            return np.asarray(np.divide(rise**2, p, out=np.zeros_like(p), where=p > 0).sum(axis=2))

        return _for_each(theta, information)

    def information(self, theta: ArrayLike) -> float | FloatArray:
        """Information of the whole form, the sum over its items: (t,) for `theta` (t,), a float for one θ.

        Its reciprocal root is the standard error of θ.
        """
        return as_given(np.asarray(self.item_information(theta).sum(axis=-1)))

    def marginal_reliability(self) -> float:
        """Reliability of θ over its distribution, ∫ I / (I + 1/σ²) φ (Green, Bock, Humphreys, Linn & Reckase, 1984).

        A property of the items and the distribution alone; `empirical_reliability` is of the people who answered.
        """
        information = self.item_information(self.nodes).sum(axis=1)
        return float((information / (information + 1.0 / self.latent_sd**2)) @ self.node_weights)


def _for_each(theta: ArrayLike, curve: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """The values of `curve` at each θ; without the axis of θ where one was given."""
    at = numbers("theta", theta)
    values = curve(np.atleast_1d(at))
    return values[0] if at.ndim == 0 else values

"""A calibrated set of items: parameters, how they were found, and everything that follows from the curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, IntArray, as_given, numbers
from assessment.psychometrics.irt import curves
from assessment.psychometrics.irt.curves import Model
from assessment.psychometrics.irt.scores import Method, Scores, ScoreTables, log_likelihoods, scores

if TYPE_CHECKING:
    from assessment.psychometrics.irt.item_fit import ItemFit
    from assessment.psychometrics.irt.local_dependence import LocalDependence
    from assessment.psychometrics.irt.model_fit import ModelFit
    from assessment.psychometrics.irt.person_fit import PersonFit


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
class Calibration:
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

    @property
    def aic(self) -> float:
        """2 · parameters − 2 · log-likelihood (Akaike, 1974)."""
        return 2.0 * self.n_parameters - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """ln(people) · parameters − 2 · log-likelihood (Schwarz, 1978); a weight counts as that many people."""
        n = self.n_people if self.total_weight is None else self.total_weight
        return math.log(n) * self.n_parameters - 2.0 * self.log_likelihood

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
        return ScoreTables(self)

    def for_group(self, label: object) -> Calibration:
        """The same items with the distribution of θ of another group, for scoring its members with their own prior.

        Never for ranking applicants: scores that use the group of a person as a prior differ between people who answered
        alike.
        """
        for group in self.groups:
            if group.label == label:
                return replace(self, latent_mean=group.mean, latent_sd=group.sd)
        raise ValueError(f"label must be one of the groups that were calibrated; {label!r} is none of them")

    def scores(self, responses: ArrayLike, method: Method = "eap") -> Scores:
        """θ of people from their responses to these items, the item parameters taken as known.

        Parameters
        ----------
        responses : (n, k) categories from 0, NaN for not answered.
        method :
            `"eap"` mean and SD of the posterior over the nodes (Bock & Mislevy, 1982); who answered nothing gets the mean and
            SD of the prior.
            `"map"` mode of the posterior; standard error from its curvature.
            `"ml"` maximum likelihood; infinite, with no standard error, for a person whose answers all lie at the end of
            their items that θ makes certain, NaN for one who answered nothing.
            `"wle"` Warm's (1989) weighted likelihood, finite for everybody who answered; standard error from the
            curvature of the weighted likelihood.

        Returns
        -------
        Scores with `theta` (n,) and `standard_error` (n,).

        Raises
        ------
        ValueError
            Another number of items, or a response that is no category of its item.
        """
        return scores(self, responses, method)

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

    def empirical_reliability(self, responses: ArrayLike) -> float:
        """var θ̂ / (var θ̂ + mean SE²) of the EAP scores of these people (Bechger, Maris, Verstralen & Béguin, 2003).

        Raises `ValueError` as `scores`, and for fewer than two people.
        """
        return self.scores(responses).empirical_reliability

    def log_likelihoods(self, responses: ArrayLike) -> FloatArray:
        """Marginal log-likelihood of each person's responses at these parameters: (n,), 0 for who answered nothing.

        Their sum over people who were not calibrated says how well the parameters foretell new answers. Raises as `scores`.
        """
        return log_likelihoods(self, responses)

    def item_fit(self, responses: ArrayLike, smallest_expected: float = 1.0) -> ItemFit:
        """S-X² of each item (Orlando & Thissen, 2000): see `irt.item_fit`."""
        from assessment.psychometrics.irt.item_fit import item_fit

        return item_fit(self, responses, smallest_expected)

    def model_fit(self, responses: ArrayLike, statistic: Literal["auto", "m2", "c2"] = "auto") -> ModelFit:
        """M₂ or C₂ with RMSEA and SRMSR (Maydeu-Olivares & Joe, 2006; Cai & Monroe, 2014): see `irt.model_fit`."""
        from assessment.psychometrics.irt.model_fit import model_fit

        return model_fit(self, responses, statistic)

    def local_dependence(self, responses: ArrayLike) -> LocalDependence:
        """Q₃ of each pair of items (Yen, 1984): see `irt.local_dependence`."""
        from assessment.psychometrics.irt.local_dependence import local_dependence

        return local_dependence(self, responses)

    def person_fit(self, responses: ArrayLike, method: Method = "eap") -> PersonFit:
        """l_z and l_z* of each person (Drasgow, Levine & Williams, 1985; Snijders, 2001): see `irt.person_fit`."""
        from assessment.psychometrics.irt.person_fit import person_fit

        return person_fit(self, responses, method)

    def to_dict(self) -> dict[str, Any]:
        """A document of plain numbers, strings and lists that `from_dict` reads back, exact to the last digit.

        NaN is written as None. Standard errors and the trace are left out: they say how the parameters were found.
        """
        from assessment.psychometrics.irt.documents import to_document

        return to_document(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Calibration:
        """The calibration in a document that `to_dict` wrote.

        Raises `ValueError` for a document that lacks something, has an unknown model, or whose parts do not fit together.
        """
        from assessment.psychometrics.irt.documents import from_document

        return from_document(document)


def _for_each(theta: ArrayLike, curve: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """The values of `curve` at each θ; without the axis of θ where one was given."""
    at = numbers("theta", theta)
    values = curve(np.atleast_1d(at))
    return values[0] if at.ndim == 0 else values

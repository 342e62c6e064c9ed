"""A calibration: items with parameters that were found, how they were found, and what they say about people and fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.irt.calibrated_items import CalibratedItems
from assessment.psychometrics.irt.documents import from_document, to_document
from assessment.psychometrics.irt.item_fit import ItemFit, item_fit
from assessment.psychometrics.irt.local_dependence import LocalDependence, local_dependence
from assessment.psychometrics.irt.model_fit import ModelFit, model_fit
from assessment.psychometrics.irt.person_fit import PersonFit, person_fit
from assessment.psychometrics.irt.scores import Method, Scores, log_likelihoods, scores


@dataclass(frozen=True, eq=False)
class Calibration(CalibratedItems):
    """`CalibratedItems` with what is asked of them: comparison of models, scores, fit, and a document to keep them in."""

    @property
    def aic(self) -> float:
        """2 · parameters − 2 · log-likelihood (Akaike, 1974)."""
        return 2.0 * self.n_parameters - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """ln(people) · parameters − 2 · log-likelihood (Schwarz, 1978); a weight counts as that many people."""
        n = self.n_people if self.total_weight is None else self.total_weight
        return math.log(n) * self.n_parameters - 2.0 * self.log_likelihood

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
        return item_fit(self, responses, smallest_expected)

    def model_fit(self, responses: ArrayLike, statistic: Literal["auto", "m2", "c2"] = "auto") -> ModelFit:
        """M₂ or C₂ with RMSEA and SRMSR (Maydeu-Olivares & Joe, 2006; Cai & Monroe, 2014): see `irt.model_fit`."""
        return model_fit(self, responses, statistic)

    def local_dependence(self, responses: ArrayLike) -> LocalDependence:
        """Q₃ of each pair of items (Yen, 1984): see `irt.local_dependence`."""
        return local_dependence(self, responses)

    def person_fit(self, responses: ArrayLike, method: Method = "eap") -> PersonFit:
        """l_z and l_z* of each person (Drasgow, Levine & Williams, 1985; Snijders, 2001): see `irt.person_fit`."""
        return person_fit(self, responses, method)

    def to_dict(self) -> dict[str, Any]:
        """A document of plain numbers, strings and lists that `from_dict` reads back, exact to the last digit.

        NaN is written as None. Standard errors and the trace are left out: they say how the parameters were found.
        """
        return to_document(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Calibration:
        """The calibration in a document that `to_dict` wrote.

        Raises `ValueError` for a document that lacks something, has an unknown model, or whose parts do not fit together.
        """
        return from_document(cls, document)

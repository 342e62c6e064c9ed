"""θ of people at known item parameters, with its standard error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.compiled import side_by_side
from assessment.psychometrics.irt.calibrated_items import CalibratedItems
from assessment.psychometrics.irt.likelihood import MarginalLikelihood
from assessment.psychometrics.irt.responses import CodedResponses, as_categories
from assessment.psychometrics.irt.score_tables import ScoreTables

Method = Literal["eap", "map", "ml", "wle"]
METHODS: tuple[Method, ...] = get_args(Method)

_FEW = 400
_PEOPLE_A_PART = 4_096
_FARTHEST = 40.0
"""θ beyond this many latent SDs is as good as infinite."""


@dataclass(frozen=True, eq=False)
class Scores:
    """`theta` (n,) and its `standard_error` (n,)."""

    theta: FloatArray
    standard_error: FloatArray

    @property
    def empirical_reliability(self) -> float:
        """var θ̂ / (var θ̂ + mean SE²), of EAP scores."""
        if self.theta.size < 2:
            raise ValueError(f"responses must hold at least two people; they hold {self.theta.size}")
        spread = float(self.theta.var(ddof=1))
        return spread / (spread + float(np.mean(self.standard_error**2)))


def scores(calibration: CalibratedItems, responses: ArrayLike, method: Method = "eap") -> Scores:
    """See `Calibration.scores`."""
    from assessment.psychometrics.irt import score_kernels

    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; it is {method!r}")
    tables = calibration.score_tables
    layout = tables.layout
    few = _few(responses, layout.n_categories.size) if method == "eap" else None
    if few is not None:
        theta, error = np.empty(len(few)), np.empty(len(few))
        fault = score_kernels.posterior_moments(
            few, layout.n_categories, layout.first_category, tables.probability, tables.weights, tables.nodes, theta, error
        )
        if fault:
            categories_of(calibration, responses)
        return Scores(theta, error)
    codes = categories_of(calibration, responses)
    if method == "eap":
        return _eap(tables, codes)
    return _point_estimates(tables, codes, method)


def _few(responses: ArrayLike, k: int) -> FloatArray | None:
    """The responses of few people to k items, for whom no tables need to be made; None of many, or of what has to be checked."""
    if type(responses) is not np.ndarray or responses.ndim != 2 or responses.dtype.kind not in "fiub":
        return None
    if not 0 < len(responses) <= _FEW or responses.shape[1] != k:
        return None
    return np.ascontiguousarray(responses, dtype=np.float64)


def categories_of(calibration: CalibratedItems, responses: ArrayLike) -> NDArray[np.int8]:
    """Checked categories (n, k) of the calibration's items, −1 for not answered.

    Raises `ValueError` for another number of items, or a category that an item does not have.
    """
    codes, highest = as_categories(responses)
    k = calibration.n_categories.size
    if codes.shape[1] != k:
        raise ValueError(f"responses must have {k} columns, one an item; they have {codes.shape[1]}")
    beyond = highest >= calibration.n_categories
    if beyond.any():
        j = int(np.argmax(beyond))
        raise ValueError(f"responses must be categories of their item; item {j} has {calibration.n_categories[j]}, from 0")
    return codes


def log_likelihoods(calibration: CalibratedItems, responses: ArrayLike) -> FloatArray:
    """See `Calibration.log_likelihoods`."""
    tables = calibration.score_tables
    return _likelihood(tables, categories_of(calibration, responses)).log_likelihoods(tables.parameters)


def _eap(tables: ScoreTables, codes: NDArray[np.int8]) -> Scores:
    """Posterior mean and SD over the nodes, items taken together in clusters."""
    return Scores(*_likelihood(tables, codes).posterior_moments(tables.parameters))


def _likelihood(tables: ScoreTables, codes: NDArray[np.int8]) -> MarginalLikelihood:
    n = codes.shape[0]
    coded = CodedResponses(
        codes,
        tables.layout.n_categories,
        np.asarray((codes < 0).any(axis=0)),
        np.ones(n),
        np.zeros(n, dtype=np.int8),
        np.zeros((codes.shape[1], 0)),
    )
    return MarginalLikelihood(coded, tables.layout, tables.given_nodes)


def _point_estimates(tables: ScoreTables, codes: NDArray[np.int8], method: Method) -> Scores:
    from assessment.psychometrics.irt import score_kernels

    layout = tables.layout
    n = codes.shape[0]
    theta, curvature = np.empty(n), np.empty(n)
    precision = 1.0 / tables.spread**2 if method == "map" else 0.0
    starts = range(0, n, _PEOPLE_A_PART)
    side_by_side(
        [
            partial(
                score_kernels.point_estimates, codes, layout.kind, tables.parameters, layout.first_parameter,
                layout.n_categories, precision, tables.centre, method == "wle", _FARTHEST * tables.spread, theta, curvature,
                start, min(start + _PEOPLE_A_PART, n),
            )
            for start in starts
        ]
    )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        return Scores(theta, 1.0 / np.sqrt(curvature))

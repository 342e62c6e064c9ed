"""Fit of the whole model, from the moments of items and pairs of items: M₂ and C₂.

The full table of answer patterns has far more cells than people; limited-information statistics compare only means and
pairwise products, which hold enough people each (Maydeu-Olivares & Joe, 2006; Cai & Monroe, 2014).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, share
from assessment.psychometrics.compiled import single_threaded_algebra
from assessment.psychometrics.distributions import chi_squared_noncentrality, chi_squared_tail
from assessment.psychometrics.intervals import Interval
from assessment.psychometrics.irt.calibrated_items import CalibratedItems
from assessment.psychometrics.irt.curves import parameter_derivatives
from assessment.psychometrics.irt.parameters import SHARED_SLOPE
from assessment.psychometrics.irt.scores import categories_of

Kind = Literal["m2", "c2"]
_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True)
class ModelFit:
    """A limited-information test of fit with what is derived from it.

    Attributes
    ----------
    kind : `"m2"` or `"c2"`.
    statistic, df, p_value : chi-squared with `df` degrees of freedom where the model holds; a small p is misfit.
    n_people : complete cases that it was computed from.
    rmsea : √(max(statistic − df, 0) / (df (n − 1))), misfit for each degree of freedom. At most .05 over the number of
        categories less one is called close fit (Maydeu-Olivares & Joe, 2014).
    srmsr : root mean square difference of the pairwise correlations observed and implied; NaN for nrm, whose labels are
        names and have no correlation.
    cfi, tli : against the model of independent items (Cai, Chung & Lee, 2023).
    """

    kind: Kind
    statistic: float
    df: int
    p_value: float
    n_people: int
    rmsea: float
    srmsr: float
    cfi: float
    tli: float

    def rmsea_interval(self, level: float = 0.90) -> Interval:
        """Interval of RMSEA from the noncentral chi-squared distributions in which `statistic` stands at the ends of `level`
        (Browne & Cudeck, 1993)."""
        tail = (1.0 - share("level", level)) / 2.0
        per_df = 1.0 / (self.df * (self.n_people - 1))
        low = chi_squared_noncentrality(self.statistic, self.df, 1.0 - tail)
        high = chi_squared_noncentrality(self.statistic, self.df, tail)
        return Interval(math.sqrt(low * per_df), math.sqrt(high * per_df))


def model_fit(calibration: CalibratedItems, responses: ArrayLike, statistic: Literal["auto", "m2", "c2"] = "auto") -> ModelFit:
    """Fit of a calibration to the responses that it was made from.

    N e′ [Ξ⁻¹ − Ξ⁻¹Δ (Δ′Ξ⁻¹Δ)⁻¹ Δ′Ξ⁻¹] e, where e are the differences of observed and implied moments, Ξ is N times the
    covariance matrix of the observed ones under the model and Δ holds the derivatives of the implied ones by the free
    parameters (Maydeu-Olivares & Joe, 2006, equation 9). The moments are those of the pairs, E(X_i X_j), and of the items:

    - `m2`: E(X_i). M₂ of dichotomous items; of items with more categories the reduced statistic M₂* (Cai & Hansen, 2013),
      which short forms have too few moments for.
    - `c2`: P(X_i = v) of each category (Cai & Monroe, 2014). The same as M₂ for dichotomous items.

    Parameters
    ----------
    calibration : every item parameter is taken as estimated from `responses`; a slope that the model shares counts once. Of
        a calibration of several groups, `for_group(label)` with the responses of that group.
    responses : (n, k) categories from 0, NaN for not answered. People who left an item out are set aside, since moments of
        different people have no common Ξ.
    statistic : `"auto"` is m2 for dichotomous items and c2 otherwise.

    Raises
    ------
    ValueError
        An unknown statistic; items that were fixed rather than estimated; fewer moments than free parameters, so that
        nothing is left to test; fewer than 2 complete cases; an item that all of them answered alike; responses that do not
        belong to the items.

    Notes
    -----
    The items are assumed to be scored 0, 1, 2…; for nrm the statistic is a valid test, but which misfit it sees depends on
    the order of the labels. Memory grows with the square of the number of pairs: 0.2 GB at 100 items.
    """
    if statistic not in ("auto", *get_args(Kind)):
        raise ValueError(f"statistic must be one of auto, m2, c2; it is {statistic!r}")
    automatic: Kind = "m2" if int(calibration.n_categories.max()) == 2 else "c2"
    kind = automatic if statistic == "auto" else statistic
    if calibration.fixed_items:
        raise ValueError("calibration must have estimated every item from these responses; some of its items were fixed")
    codes = categories_of(calibration, responses)
    scored = codes[(codes >= 0).all(axis=1)].astype(np.float64)
    if scored.shape[0] < 2:
        raise ValueError(f"responses must hold at least 2 people who answered every item; {scored.shape[0]} did")
    alike = np.ptp(scored, axis=0) == 0
    if alike.any():
        raise ValueError(
            f"responses must vary in every item; of people who answered all, everybody has one category in item {alike.argmax()}"
        )
    with single_threaded_algebra():
        return _fit(calibration, scored, kind)


def _fit(calibration: CalibratedItems, scored: FloatArray, kind: Kind) -> ModelFit:
    n, k = scored.shape
    moments = _Moments(calibration, kind)
    derivatives = moments.derivatives()
    df = moments.size - derivatives.shape[1]
    if df < 1:
        raise ValueError(
            f"responses must have more moments than parameters for {kind}; {k} items have {moments.size} "
            f"moments, and the model has {derivatives.shape[1]} parameters"
        )
    value = n * _unexplained(moments.observed(scored) - moments.expected, moments.covariance(), derivatives)
    r = np.asarray(np.corrcoef(scored, rowvar=False))[np.triu_indices(k, 1)]
    independent, its_df = n * float(r @ r), r.size
    excess, its_excess = max(value - df, 0.0), max(independent - its_df, 0.0)
    return ModelFit(
        kind,
        value,
        df,
        float(chi_squared_tail(value, df)),
        n,
        math.sqrt(excess / (df * (n - 1))),
        math.nan if calibration.model == "nrm" else float(np.sqrt(np.mean((r - moments.correlations()) ** 2))),
        1.0 - excess / max(excess, its_excess) if excess > 0 else 1.0,
        (independent / its_df - value / df) / (independent / its_df - 1.0),
    )


class _Moments:
    """Means and pairwise products of the item scores under a calibration, first order first.

    Given θ the items are independent: X_i X_j = E_i E_j + E_j e_i + E_i e_j + e_i e_j with uncorrelated residuals e, from which
    every covariance follows without joint probabilities of three or four items.
    """

    def __init__(self, calibration: CalibratedItems, kind: Kind) -> None:
        self.calibration = calibration
        self.weights = calibration.node_weights
        p = calibration.probabilities(calibration.nodes)
        k, m = p.shape[1:]
        v = np.arange(m, dtype=np.float64)
        self.p = p
        self.mean = p @ v
        self.variance = p @ v**2 - self.mean**2
        # Each first-order moment is the mean of some function of one item's category.
        if kind == "m2":
            self.item, self.function = np.arange(k), np.tile(v, (k, 1))
        else:
            item, category = np.nonzero(np.arange(m) < calibration.n_categories[:, None])
            self.item = item[category > 0]
            self.function = np.eye(m)[category[category > 0]]
        self.first, self.second = np.triu_indices(k, 1)
        self.size = self.item.size + self.first.size

    @cached_property
    def _by_node(self) -> FloatArray:
        """Moments at each node: (q, moments)."""
        firsts = np.einsum("qfv,fv->qf", self.p[:, self.item], self.function)
        return np.concatenate([firsts, self.mean[:, self.first] * self.mean[:, self.second]], axis=1)

    @cached_property
    def expected(self) -> FloatArray:
        return np.asarray(self.weights @ self._by_node)

    def observed(self, scored: FloatArray) -> FloatArray:
        codes = scored.astype(np.int64)
        firsts = [float(f[codes[:, i]].mean()) for i, f in zip(self.item, self.function, strict=True)]
        products = scored.T @ scored / scored.shape[0]
        return np.concatenate([np.array(firsts), products[self.first, self.second]])

    def correlations(self) -> FloatArray:
        """Implied correlation of each pair of items."""
        w = self.weights
        between = self.mean - w @ self.mean
        covariance = (between * w[:, None]).T @ between
        sd = np.sqrt(np.diag(covariance) + w @ self.variance)
        return np.asarray((covariance / np.outer(sd, sd))[self.first, self.second])

    def derivatives(self) -> FloatArray:
        """By the free parameters of the model: (moments, parameters)."""
        # mirt 1.45.1 gives the same C2 for 2pl and grm and a smaller one for gpcm and nominal items (16.34, where this is 19.04,
        # on its Science data). Differences of the implied moments agree with these derivatives for all models, and with them
        # C2 has the mean of its degrees of freedom over samples from the model.
        c = self.calibration
        by = parameter_derivatives(c.model, c.slopes, c.intercepts, c.n_categories, c.nodes) * self.weights[:, None, None, None]
        k, m, n_own = by.shape[1:]
        own = np.arange(n_own) % (m - 1 if c.model == "nrm" else n_own)
        exists = own < (c.n_categories - 1 if c.model == "nrm" else c.n_categories)[:, None]
        out = np.zeros((self.size, k, n_own))
        n_first = self.item.size
        out[np.arange(n_first), self.item] = np.einsum("qfvp,fv->fp", by[:, self.item], self.function)
        of_mean = np.einsum("qivp,v->qip", by, np.arange(m, dtype=np.float64))
        product = np.einsum("qip,qj->ijp", of_mean, self.mean)
        pair = n_first + np.arange(self.first.size)
        out[pair, self.first] = product[self.first, self.second]
        out[pair, self.second] = product[self.second, self.first]
        if c.model in SHARED_SLOPE:
            # A free SD of θ (pcm) moves the moments as a slope common to all items does, up to shifts that intercepts absorb.
            return np.concatenate([out[:, :, 0].sum(axis=1)[:, None], out[:, :, 1:][:, exists[:, 1:]]], axis=1)
        return out[:, exists]

    def covariance(self) -> FloatArray:
        """Ξ, the covariance of one person's moments under the model: (moments, moments)."""
        w = self.weights
        around = self._by_node - self.expected
        out = (around * w[:, None]).T @ around
        n_first = self.item.size
        centred = self.function[None] - np.einsum("qfv,fv->qf", self.p[:, self.item], self.function)[:, :, None]
        self._add_first_order(out, centred)
        # Residual of a first-order moment with that of its item's score, then with the products the item is in.
        scores = np.arange(self.p.shape[2]) - self.mean[:, :, None]
        together = np.einsum("qfv,qfv,qfv->qf", self.p[:, self.item], centred, scores[:, self.item])
        with_others = (together * w[:, None]).T @ self.mean
        second_order = np.empty((self.mean.shape[1],) * 2, dtype=np.int64)
        second_order[self.first, self.second] = second_order[self.second, self.first] = n_first + np.arange(self.first.size)
        for i in range(self.mean.shape[1]):
            others = np.delete(np.arange(self.mean.shape[1]), i)
            pairs = second_order[i, others]
            mine = np.flatnonzero(self.item == i)
            out[np.ix_(mine, pairs)] += with_others[np.ix_(mine, others)]
            out[np.ix_(pairs, mine)] += with_others[np.ix_(mine, others)].T
            theirs = self.mean[:, others]
            out[np.ix_(pairs, pairs)] += (theirs * (w * self.variance[:, i])[:, None]).T @ theirs
        pair = n_first + np.arange(self.first.size)
        out[pair, pair] += w @ (self.variance[:, self.first] * self.variance[:, self.second])
        return np.asarray(out)

    def _add_first_order(self, out: FloatArray, centred: FloatArray) -> None:
        for i in np.unique(self.item):
            mine = np.flatnonzero(self.item == i)
            weighted = self.p[:, i] * self.weights[:, None]
            out[np.ix_(mine, mine)] += np.einsum("qv,qfv,qgv->fg", weighted, centred[:, mine], centred[:, mine])


def _unexplained(apart: FloatArray, covariance: FloatArray, derivatives: FloatArray) -> float:
    """e′ [Ξ⁻¹ − Ξ⁻¹Δ (Δ′Ξ⁻¹Δ)⁻¹ Δ′Ξ⁻¹] e: what is left of e when Δ is regressed out, both made white by Ξ."""
    from scipy.linalg import solve_triangular

    sd = np.sqrt(np.diag(covariance))
    try:
        root = np.linalg.cholesky(covariance / np.outer(sd, sd))
    except np.linalg.LinAlgError as error:
        raise ValueError("calibration must leave the moments of its items free to vary; some depend on others") from error
    white = solve_triangular(root, np.column_stack([apart, derivatives]) / sd[:, None], lower=True)
    basis, triangle = np.linalg.qr(white[:, 1:])
    size = np.abs(np.diag(triangle))
    if size.min() < _RANK_TOLERANCE * size.max():
        raise ValueError("calibration must have parameters that its moments can tell apart; some of them cannot be")
    rest = white[:, 0] - basis @ (basis.T @ white[:, 0])
    return float(rest @ rest)

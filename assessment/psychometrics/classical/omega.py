"""Omega: reliability by common factors. The name alone is ambiguous, so every choice is an argument and is in the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import FloatArray, count
from assessment.psychometrics.classical.covariances import Missing, covariances, sum_variance
from assessment.psychometrics.classical.factoring import Method, factors, oblimin

Denominator = Literal["observed", "implied"]


@dataclass(frozen=True)
class OmegaTotal:
    """Omega total with all that it depends on.

    `loadings` (k, n_factors), unrotated, and `uniquenesses` (k,) are in the units of the sum: of standardised items if
    `standardized`, else of items as they are. A standardised uniqueness at its floor of .005 tells of a Heywood case.
    """

    estimate: float
    n_people: int
    n_items: int
    n_factors: int
    method: Method
    standardized: bool
    denominator: Denominator
    loadings: FloatArray
    uniquenesses: FloatArray


def omega_total(
    item_scores: ArrayLike,
    *,
    n_factors: int = 1,
    method: Method = "minres",
    standardized: bool = True,
    denominator: Denominator = "observed",
    missing: Missing = "pairwise",
) -> OmegaTotal:
    """Omega total, 1 − Σ uniquenesses / variance of the sum (McDonald, 1999): the share of all common factors in the sum.

    Three omegas of one scale in print differ in the third decimal. By their usual names:

    - the defaults, and `n_factors` as there: "omega total" of R `psych::omega`
    - `method="ml", denominator="implied"`: (Σ λ)² / ((Σ λ)² + Σ ψ) of a one-factor analysis of correlations (`factanal`)
    - `method="ml", standardized=False, denominator="implied"`: the same of a confirmatory one-factor model of the covariances,
      as lavaan fits it; also called composite reliability or Raykov's rho. The one that belongs to a sum of raw items.

    Parameters
    ----------
    item_scores : (n, k), k at least 3, all keyed in one direction; NaN for not answered; `missing` as in `alpha`.
    n_factors : common factors; with one, omega total is that of a congeneric form.
    method : `minres` or `ml`. Either is fitted to the correlations; for maximum likelihood that is the fit to the covariances.
    standardized : reliability of the sum of standardised items, or (False) of items as they are.
    denominator : variance of the sum as `observed`, or as `implied` by the factors, Σ of ΛΛ′ + Ψ.

    Raises
    ------
    ValueError
        As `alpha`; fewer items than the factors need; for `ml` correlations that are not positive definite.
    """
    if denominator not in ("observed", "implied"):
        raise ValueError(f"denominator must be 'observed' or 'implied'; it is {denominator!r}")
    found = covariances(item_scores, missing, at_least=3)
    solution = factors(found.correlations, count("n_factors", n_factors, at_least=1), method)
    scale = np.ones(found.matrix.shape[0]) if standardized else np.sqrt(np.diag(found.matrix))
    loadings, uniquenesses = solution.loadings * scale[:, None], solution.uniquenesses * scale**2
    own = float(uniquenesses.sum())
    implied = float((loadings.sum(axis=0) ** 2).sum()) + own
    total = sum_variance(found.of(standardized)) if denominator == "observed" else implied
    return OmegaTotal(
        1.0 - own / total,
        found.n_people,
        found.matrix.shape[0],
        n_factors,
        method,
        standardized,
        denominator,
        loadings,
        uniquenesses,
    )


@dataclass(frozen=True)
class OmegaHierarchical:
    """Omega hierarchical; `general_loadings` (k,) of the items on the general factor, `total` omega total of the same fit.

    `limit` = estimate / total is what omega hierarchical would be for infinitely many items of this kind.
    """

    estimate: float
    total: float
    n_people: int
    n_items: int
    n_factors: int
    standardized: bool
    general_loadings: FloatArray

    @property
    def limit(self) -> float:
        return self.estimate / self.total


def omega_hierarchical(
    item_scores: ArrayLike, *, n_factors: int = 3, standardized: bool = True, missing: Missing = "pairwise"
) -> OmegaHierarchical:
    """Share of one general factor in the variance of the sum, (Σ g)² / variance (McDonald, 1999; Zinbarg et al., 2005).

    Minimum-residual factors are rotated by oblimin, the general factor is the one factor of their correlations, and its
    loadings are carried down to the items (Schmid & Leiman, 1957): R `psych::omega`'s "omega hierarchical".

    Parameters
    ----------
    item_scores, standardized, missing : as in `omega_total`.
    n_factors : group factors under the general one, at least 3 (two do not identify it); or 1 for no group factors, where
        g are the loadings of the one factor.

    Raises `ValueError` as `omega_total`, and for `n_factors` 2.
    """
    if count("n_factors", n_factors, at_least=1) == 2:
        raise ValueError("n_factors must be 1 or at least 3; two group factors do not identify a general one")
    found = covariances(item_scores, missing, at_least=3)
    solution = factors(found.correlations, n_factors)
    if n_factors == 1:
        general = solution.loadings[:, 0]
    else:
        groups, between = oblimin(solution.loadings)
        general = groups @ factors(between, 1).loadings[:, 0]
    scale = np.ones(general.size) if standardized else np.sqrt(np.diag(found.matrix))
    variance = sum_variance(found.of(standardized))
    return OmegaHierarchical(
        float((general * scale).sum()) ** 2 / variance,
        1.0 - float((solution.uniquenesses * scale**2).sum()) / variance,
        found.n_people,
        general.size,
        n_factors,
        standardized,
        general * scale,
    )

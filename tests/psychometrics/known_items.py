"""Calibrations whose parameters are known rather than estimated."""

import numpy as np

from assessment.psychometrics.irt import Calibration
from assessment.psychometrics.simulation import simulate_item_parameters


def known(model, slopes, intercepts, n_categories, **latent):
    return Calibration(
        model=model,
        slopes=np.asarray(slopes, dtype=float),
        intercepts=np.asarray(intercepts, dtype=float),
        n_categories=np.asarray(n_categories),
        log_likelihood=-1.0,
        n_parameters=1,
        n_people=500,
        n_iterations=1,
        converged=True,
        trace=np.array([-1.0]),
        **latent,
    )


def made_up(model, k=8, seed=1, n_categories=None):
    return known(*simulate_item_parameters(model, k, np.random.default_rng(seed), n_categories=n_categories))


LSAT6 = known(
    "2pl",
    [0.825658371, 0.722744322, 0.890874223, 0.688368236, 0.656856379],
    [2.773233532, 0.990201209, 0.249147514, 1.284757004, 2.053270652],
    [2] * 5,
)
"""R 4.2.2, mirt 1.45.1: 2PL of LSAT6 (Bock & Lieberman, 1970), TOL 1e-7, 61 nodes on [-6, 6]."""

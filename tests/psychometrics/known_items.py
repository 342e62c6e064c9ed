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

SCIENCE_GRM = known(
    "grm",
    [1.040642492215, 1.225832833728, 2.300588408715, 1.093800486955],
    [
        [4.862722754518, 2.639164825337, -1.465457103890],
        [2.924000375487, 0.901130613982, -2.266429828336],
        [5.245165330886, 2.218638446915, -1.967492792902],
        [3.346885369253, 0.991419790671, -1.687531540066],
    ],
    [4] * 4,
)
"""R 4.2.2, mirt 1.45.1: graded model of four attitudes to science, TOL 1e-7, 61 nodes on [-6, 6]."""

SCIENCE_GPCM = known(
    "gpcm",
    [0.861146401420, 0.839973738064, 2.237321809343, 0.720378196744],
    [
        [2.822367711535, 5.313194659605, 3.988934633065],
        [1.709922974867, 2.577697359655, 0.848252143705],
        [4.660646414528, 6.841591613819, 4.981388685119],
        [2.094823494133, 2.893914162918, 1.718620687201],
    ],
    [4] * 4,
)
"""The same, generalised partial credit."""


def _centred(rows):
    return np.asarray(rows) - np.mean(rows, axis=1, keepdims=True)


SCIENCE_NRM = known(
    "nrm",
    _centred(
        [
            [0, 1.003916716961 * 1.541248503288, 1.003916716961 * 2.000808775525, 1.003916716961 * 3],
            [0, 0.841375462354 * 0.697376713629, 0.841375462354 * 1.506191610538, 0.841375462354 * 3],
            [0, 2.092593167248 * 0.778648822798, 2.092593167248 * 1.881361735566, 2.092593167248 * 3],
            [0, 0.774076031931 * 1.038479051525, 0.774076031931 * 1.740578255920, 0.774076031931 * 3],
        ]
    ),
    _centred(
        [
            [0, 3.627737208436, 5.893745036362, 4.524102398344],
            [0, 1.469365724144, 2.331202693607, 0.334033059053],
            [0, 3.789883173002, 6.029367890214, 4.100330185778],
            [0, 2.139003682003, 2.904109776517, 1.618095171617],
        ]
    ),
    [4] * 4,
)
"""The same, nominal."""

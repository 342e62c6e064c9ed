"""The observed information against differences of the gradient, and standard errors against what repeated samples show."""

import numpy as np
import pytest

from assessment.psychometrics import irt
from assessment.psychometrics.irt.likelihood import MarginalLikelihood
from assessment.psychometrics.irt.parameters import layout_for
from assessment.psychometrics.irt.responses import coded_responses
from assessment.psychometrics.simulation import simulate_item_parameters, simulate_responses


def drawn(model, n_categories, n=600, seed=1):
    """Responses with gaps to a form of items of unequal length."""
    rng = np.random.default_rng(seed)
    sizes = None if model in ("1pl", "2pl") else n_categories
    form = simulate_item_parameters(model, len(n_categories), rng, n_categories=sizes)
    return simulate_responses(model, form.slopes, form.intercepts, rng.standard_normal(n), rng, omitted=0.15)


def by_differences(likelihood, free, whole, step=1e-5):
    """Minus the second derivatives, by central differences of the gradient."""
    rows = []
    for unit in np.eye(free.size):
        above, below = (likelihood.evaluate(free + side * step * unit, whole).gradient for side in (1.0, -1.0))
        rows.append((below - above) / (2 * step))
    return np.array(rows)


@pytest.mark.parametrize("model", irt.MODELS)
@pytest.mark.parametrize("nodes", [np.linspace(-5, 5, 41), np.linspace(-5, 5, 1_001)], ids=["all pairs at once", "in runs"])
def test_the_observed_information_is_the_slope_of_the_gradient(model, nodes):
    """Two groups, weights, gaps, a fixed item and free reference: everywhere, not at the maximum alone."""
    rng = np.random.default_rng(2)
    x = drawn(model, [2, 4, 3, 5, 3, 2, 4, 6, 5])
    group = rng.integers(0, 2, len(x)).astype(np.int8)
    coded = coded_responses(x, weights=rng.uniform(0, 2, len(x)), group=group)
    layout = layout_for(model, coded.n_categories, 2, fixed_items=np.array([1]), free_reference=True)
    likelihood = MarginalLikelihood(coded, layout, nodes)
    form = simulate_item_parameters(model, 9, rng, n_categories=coded.n_categories)
    whole = layout.whole_from(form.slopes, form.intercepts, np.array([[0.2, -0.1], [-0.3, 0.2]]))
    found = likelihood.observed_information(layout.free_of(whole), whole)
    wanted = by_differences(likelihood, layout.free_of(whole), whole)
    sd = np.sqrt(np.abs(np.diag(wanted)))
    np.testing.assert_allclose(found / np.outer(sd, sd), wanted / np.outer(sd, sd), atol=2e-6)
    np.testing.assert_allclose(found, found.T, atol=1e-9 * np.abs(found).max())


@pytest.mark.parametrize("model", ["nrm", "pcm"])
def test_standard_errors_are_the_spread_of_estimates_over_samples(model):
    rng = np.random.default_rng(5)
    form = simulate_item_parameters(model, 5, rng, n_categories=3)
    estimates, errors = [], []
    for _ in range(100):
        x = simulate_responses(model, form.slopes, form.intercepts, rng.standard_normal(1_000), rng)
        found = irt.calibrate(x, model, standard_errors=True)
        estimates.append(np.append(found.intercepts.ravel(), found.latent_sd))
        errors.append(np.append(found.standard_errors.intercepts.ravel(), found.standard_errors.group_sds))
    spread, claimed = np.std(estimates, axis=0), np.sqrt(np.mean(np.square(errors), axis=0))
    free = claimed > 0
    np.testing.assert_allclose(claimed[free] / spread[free], 1.0, atol=0.35)
    assert np.mean(claimed[free] / spread[free]) == pytest.approx(1.0, abs=0.1)

"""Data that have no maximum, or hardly any: calibration ends, soon and honestly, and everything that follows has numbers."""

import numpy as np
import pytest

from assessment.psychometrics import irt
from assessment.psychometrics.irt.responses import n_patterns
from tests.psychometrics.test_irt_calibration import draw

GUTTMAN = np.tril(np.ones((11, 10)), -1)
THREE_PEOPLE = np.array([[0.0, 1, 0], [1, 0, 1], [1, 1, 0]])


def twins():
    x = draw("2pl", 300, k=6, seed=30)[2]
    return np.column_stack([x, x[:, 0]])


@pytest.mark.parametrize("model", ["2pl", "gpcm", "nrm"])
@pytest.mark.parametrize(
    "responses",
    [GUTTMAN, np.repeat(GUTTMAN, 20, axis=0), THREE_PEOPLE, twins()],
    ids=["guttman", "many of guttman", "three people", "twins"],
)
def test_slopes_that_run_away_are_stopped_and_said_to_have_no_maximum(model, responses):
    found = irt.calibrate(responses, model, standard_errors=True)
    assert not found.converged
    assert found.n_iterations < 500
    assert np.isfinite(found.slopes).all()
    assert np.isfinite(found.intercepts).all()
    for method in irt.METHODS:
        assert not np.isnan(found.scores(responses, method).theta).any()
    assert np.isfinite(found.person_fit(responses).outfit).all()
    found.item_fit(responses)
    found.local_dependence(responses)


def test_slow_steps_near_the_maximum_are_not_taken_for_a_flight():
    """With as many parameters as people the last digits take steps that the likelihood hardly shows any more."""
    x = draw("nrm", 250, k=30, m=4, seed=4)[2]
    found, nearer = (irt.calibrate(x, "nrm", tolerance=tolerance) for tolerance in (1e-7, 1e-10))
    assert nearer.converged
    np.testing.assert_allclose(found.slopes, nearer.slopes, atol=1e-6)


def test_the_likelihood_never_falls():
    for seed in range(4):
        x = draw("nrm", 150, k=12, m=5, seed=seed)[2]
        found = irt.calibrate(x, "nrm")
        assert np.diff(found.trace).min() > -1e-8


@pytest.mark.parametrize(("model", "total"), [("1pl", 5), ("2pl", 0)])
def test_a_group_whose_members_answer_alike_has_no_distribution(model, total):
    """Its mean runs to infinity or its SD to 0, where the nodes show no difference any more."""
    x = draw("2pl", 400, k=5, seed=31)[2]
    told = irt.calibrate(x, model, groups=x.sum(axis=1) == total, standard_errors=True)
    assert not told.converged
    assert np.isfinite([g.mean for g in told.groups]).all()


def test_a_calibration_of_one_group_names_it():
    x = draw("2pl", 300, k=5, seed=32)[2]
    one = irt.calibrate(x, "2pl", groups=["hired"] * 300)
    assert [(g.label, g.n_people, g.mean, g.sd) for g in one.groups] == [("hired", 300, 0.0, 1.0)]
    assert one.log_likelihood == irt.calibrate(x, "2pl").log_likelihood


def test_weights_of_any_size_lead_to_one_maximum():
    x = draw("grm", 500, k=5, m=4, seed=33)[2]
    plain = irt.calibrate(x, "grm", tolerance=1e-7)
    for size in (1 / 500, 1e-9, 1e6):
        weighed = irt.calibrate(x, "grm", weights=np.full(500, size), tolerance=1e-7)
        assert weighed.converged
        assert weighed.log_likelihood / size == pytest.approx(plain.log_likelihood, rel=1e-9)
        np.testing.assert_allclose(weighed.slopes, plain.slopes, atol=1e-5)


@pytest.mark.parametrize("structure", ["testlet", "bifactor"])
@pytest.mark.parametrize("responses", [GUTTMAN[:, :9], THREE_PEOPLE[:, [0, 1, 2] * 3]], ids=["guttman", "three people"])
def test_testlets_that_separate_people_perfectly_end_as_honestly(responses, structure):
    found = irt.calibrate_bifactor(responses, np.repeat([0, 1, 2], 3), "2pl", structure=structure)
    assert not found.converged
    assert np.isfinite(found.slopes).all()
    assert np.isfinite(found.scores(responses).theta).all()


def test_forms_may_have_more_patterns_than_there_are_numbers():
    assert n_patterns(np.full(2_000, 2)) == np.inf
    assert n_patterns(np.array([2, 3, 4])) == 24


@pytest.mark.parametrize("model", ["2pl", "nrm"])
def test_standard_errors_are_numbers_above_0_or_none_at_all(model):
    """Halves of a form that nobody answered both of: the information is singular, or all but singular."""
    for seed in range(6):
        x = draw("2pl", 200, k=6, seed=seed)[2]
        x[:100, 3:], x[100:, :3] = np.nan, np.nan
        errors = irt.calibrate(x, model, standard_errors=True).standard_errors
        assert np.isnan(errors.slopes).all() or (errors.slopes > 0).all()

"""Calibration against R and published values, on known truths, and against everything that must not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import irt
from assessment.psychometrics.irt import curves
from tests.psychometrics.published import LSAT6, SCIENCE


def answers(model, slopes, intercepts, theta, rng):
    """Categories drawn from the model's own probabilities, by a plain cumulative sum."""
    slopes, intercepts = np.asarray(slopes, float), np.asarray(intercepts, float)
    m = intercepts.shape[1] + (0 if model == "nrm" else 1) if intercepts.ndim == 2 else 2
    p = curves.category_probabilities(model, slopes, intercepts, np.full(len(slopes), m), theta)
    return (rng.random((*p.shape[:2], 1)) > p.cumsum(axis=2)[:, :, :-1]).sum(axis=2).astype(float)


def plain_log_likelihood(calibration, responses):
    """The marginal log-likelihood written out in logarithms, item by item, without tables."""
    p = calibration.probabilities(calibration.nodes)
    total = np.log(calibration.node_weights)[None, :] + np.zeros((len(responses), 1))
    for j in range(responses.shape[1]):
        there = ~np.isnan(responses[:, j])
        total[there] += np.log(p[:, j, responses[there, j].astype(int)]).T
    highest = total.max(axis=1, keepdims=True)
    return float((np.log(np.exp(total - highest).sum(axis=1)) + highest[:, 0]).sum())


def draw(model, n, k=8, m=4, seed=1):
    """A form with ordinary parameters and people who answer by it: slopes, intercepts, responses."""
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal(n)
    if model == "nrm":
        slopes, intercepts = rng.normal(0, 0.9, (k, m)), rng.normal(0, 0.6, (k, m))
        slopes, intercepts = slopes - slopes.mean(1, keepdims=True), intercepts - intercepts.mean(1, keepdims=True)
        slopes *= np.sign((slopes * (np.arange(m) - (m - 1) / 2)).sum())
    else:
        slopes = {"1pl": np.full(k, 1.2), "pcm": np.ones(k)}.get(model, rng.uniform(0.7, 1.8, k))
        if model in ("1pl", "2pl"):
            intercepts = rng.normal(0, 1, k)
        elif model == "grm":
            intercepts = np.sort(rng.normal(0, 1.3, (k, m - 1)))[:, ::-1] + np.array([0.4, 0.0, -0.4])[: m - 1]
        else:
            intercepts = np.cumsum(-slopes[:, None] * np.sort(rng.normal(0, 1, (k, m - 1))), axis=1)
    return slopes, intercepts, answers(model, slopes, intercepts, theta, rng)


# R 4.2.2, mirt 1.45.1, TOL 1e-7, 61 nodes on [-6, 6]: log-likelihoods, and standard errors by Oakes' method.
LSAT6_SLOPES = [0.825658371, 0.722744322, 0.890874223, 0.688368236, 0.656856379]
LSAT6_INTERCEPTS = [2.773233532, 0.990201209, 0.249147514, 1.284757004, 2.053270652]


def test_2pl_of_lsat6_is_the_published_one():
    found = irt.calibrate(LSAT6, "2pl", standard_errors=True)
    assert found.converged
    assert found.log_likelihood == pytest.approx(-2466.653377513, abs=1e-5)
    np.testing.assert_allclose(found.slopes, LSAT6_SLOPES, atol=2e-4)
    np.testing.assert_allclose(found.intercepts, LSAT6_INTERCEPTS, atol=2e-4)
    np.testing.assert_allclose(found.difficulties, [-3.3588, -1.3701, -0.2797, -1.8664, -3.1259], atol=0.002)
    assert found.aic == pytest.approx(4953.306755, abs=1e-4)
    assert found.bic == pytest.approx(5002.384308, abs=1e-4)
    assert (found.n_parameters, found.n_people) == (10, 1000)
    assert found.standard_errors.slopes[:2] == pytest.approx([0.258114707, 0.186674], rel=2e-3)
    assert found.standard_errors.intercepts[0] == pytest.approx(0.205743469, rel=1e-3)
    assert found.standard_errors.difficulties[0] == pytest.approx(0.866473905, rel=1e-3)


def test_1pl_of_lsat6_is_the_published_one_and_the_same_model_as_pcm():
    one = irt.calibrate(LSAT6, "1pl", standard_errors=True)
    assert one.log_likelihood == pytest.approx(-2466.938, abs=5e-4)
    np.testing.assert_allclose(one.slopes, 0.7551, atol=1e-4)
    np.testing.assert_allclose(one.difficulties, [-3.6153, -1.3224, -0.3176, -1.7301, -2.7802], atol=2e-4)
    rasch = irt.calibrate(LSAT6, "pcm", standard_errors=True)
    assert rasch.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-8)
    np.testing.assert_allclose(rasch.intercepts[:, 0], [2.730, 0.999, 0.240, 1.306, 2.099], atol=1e-3)
    assert rasch.latent_sd**2 == pytest.approx(0.57, abs=0.002)
    assert (rasch.slopes == 1).all()
    assert (rasch.standard_errors.slopes == 0).all()
    assert rasch.standard_errors.group_sds[0] == pytest.approx(one.standard_errors.slopes[0])
    assert one.n_parameters == rasch.n_parameters == 6
    np.testing.assert_allclose(rasch.scores(LSAT6[::90]).theta / rasch.latent_sd, one.scores(LSAT6[::90]).theta, atol=1e-6)


def test_graded_response_model_of_the_science_data_is_the_published_one():
    found = irt.calibrate(SCIENCE, "grm", standard_errors=True)
    assert found.log_likelihood == pytest.approx(-1608.869413124, abs=1e-4)
    np.testing.assert_allclose(found.slopes, [1.040642, 1.225833, 2.300588, 1.093800], atol=5e-4)
    wanted = [
        [4.862723, 2.639165, -1.465457],
        [2.924000, 0.901131, -2.266430],
        [5.245165, 2.218638, -1.967493],
        [3.346885, 0.991420, -1.687532],
    ]
    np.testing.assert_allclose(found.intercepts, wanted, atol=5e-4)
    assert found.standard_errors.slopes[0] == pytest.approx(0.188194261, rel=1e-3)
    np.testing.assert_allclose(found.standard_errors.intercepts[0], [0.490460378, 0.222465894, 0.158551263], rtol=1e-3)
    np.testing.assert_allclose(found.standard_errors.difficulties[0], [0.814164180, 0.392009382, 0.231006161], rtol=1e-3)
    assert found.marginal_reliability() == pytest.approx(0.669215626, abs=1e-4)
    assert found.empirical_reliability(SCIENCE) == pytest.approx(0.667037232, abs=1e-4)


def test_generalized_partial_credit_model_of_the_science_data_is_the_published_one():
    found = irt.calibrate(SCIENCE, "gpcm", standard_errors=True)
    assert found.log_likelihood == pytest.approx(-1612.681599555, abs=1e-4)
    np.testing.assert_allclose(found.slopes, [0.861146, 0.839974, 2.237322, 0.720378], atol=5e-4)
    np.testing.assert_allclose(found.difficulties[0], [-3.27745, -2.89245, 1.53779], atol=0.002)
    assert found.standard_errors.slopes[0] == pytest.approx(0.174055316, rel=1e-3)
    np.testing.assert_allclose(found.standard_errors.difficulties[0, 1:], [0.498413024, 0.274225261], rtol=1e-3)


def test_standard_error_of_the_first_step_is_what_repeated_samples_show():
    """mirt prints 1.111 for the first step of the first item. Its delta method errs there: samples drawn from the model
    scatter about half as much, as the covariance of slope and intercept says."""
    found = irt.calibrate(SCIENCE, "gpcm", standard_errors=True)
    assert found.standard_errors.difficulties[0, 0] == pytest.approx(0.6510, rel=0.01)
    rng = np.random.default_rng(3)
    n = 4_000
    steps = []
    for _ in range(60):
        drawn = answers("gpcm", found.slopes, found.intercepts, rng.standard_normal(n), rng)
        steps.append(irt.calibrate(drawn, "gpcm").difficulties[0, 0])
    assert np.std(steps) * np.sqrt(n / len(SCIENCE)) == pytest.approx(0.65, abs=0.18)


def test_nominal_model_of_the_science_data_is_the_published_one():
    found = irt.calibrate(SCIENCE, "nrm")
    assert found.log_likelihood == pytest.approx(-1608.452002311, abs=1e-4)
    np.testing.assert_allclose(found.slopes[2], [-2.96102, -1.33163, 0.97590, 3.31675], atol=2e-3)
    np.testing.assert_allclose(found.intercepts[2], [-3.47990, 0.30999, 2.54947, 0.62043], atol=2e-3)
    np.testing.assert_allclose(found.slopes.sum(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(found.intercepts.sum(axis=1), 0.0, atol=1e-12)


def test_unordered_options_are_fitted_above_the_likelihood_of_the_truth():
    slopes, intercepts, x = draw("nrm", 6_000, k=12, m=4, seed=2)
    found = irt.calibrate(x, "nrm")
    truth = irt.Calibration("nrm", slopes, intercepts, np.full(12, 4), 0.0, 1, 1, 1, True, np.zeros(1))
    assert found.log_likelihood > plain_log_likelihood(truth, x)
    assert irt.calibrate(x, "nrm", starts=4, seed=5).log_likelihood == pytest.approx(found.log_likelihood, abs=0.01)
    assert abs(found.slopes - slopes).max() < 0.35


@pytest.mark.parametrize("model", curves.MODELS)
def test_parameters_are_recovered(model):
    slopes, intercepts, x = draw(model, 20_000, k=8, m=4, seed=4)
    found = irt.calibrate(x, model, standard_errors=True)
    assert found.converged
    for estimate, error, truth in (
        (found.slopes, found.standard_errors.slopes, slopes),
        (found.intercepts, found.standard_errors.intercepts, intercepts),
    ):
        some = error > 0
        if not some.any():
            assert (estimate == truth).all()
            continue
        z = (estimate - truth)[some] / error[some]
        assert np.sqrt(np.mean(z**2)) < 1.5
        assert abs(z).max() < 4.5


@pytest.mark.parametrize("model", ["2pl", "grm", "gpcm", "nrm"])
def test_the_log_likelihood_is_that_of_the_plain_formula(model):
    _, _, x = draw(model, 700, k=7, m=3, seed=6)
    x[np.random.default_rng(1).random(x.shape) < 0.2] = np.nan
    found = irt.calibrate(x, model)
    assert found.log_likelihood == pytest.approx(plain_log_likelihood(found, x), abs=1e-7)
    np.testing.assert_allclose(found.log_likelihoods(x).sum(), found.log_likelihood, rtol=1e-12)
    assert found.trace[-1] == found.log_likelihood
    assert (np.diff(found.trace) > -1e-6).all()


@pytest.mark.parametrize("model", ["2pl", "grm", "gpcm", "nrm"])
def test_no_step_from_the_maximum_raises_the_likelihood(model):
    _, _, x = draw(model, 500, k=5, m=3, seed=8)
    found = irt.calibrate(x, model, tolerance=1e-6)
    rng = np.random.default_rng(0)
    for _ in range(12):
        slopes = found.slopes + rng.normal(0, 0.01, found.slopes.shape)
        intercepts = found.intercepts + rng.normal(0, 0.01, found.intercepts.shape)
        elsewhere = irt.Calibration(model, slopes, intercepts, found.n_categories, 0.0, 1, 1, 1, True, np.zeros(1))
        assert plain_log_likelihood(elsewhere, x) < found.log_likelihood


def test_many_people_reach_the_maximum_that_few_steps_would_miss():
    """With a sample first and a finish on everybody the end is that of a far stricter calibration."""
    _, _, x = draw("grm", 30_000, k=8, m=4, seed=9)
    loose, strict = irt.calibrate(x, "grm"), irt.calibrate(x, "grm", tolerance=1e-7)
    assert loose.log_likelihood == pytest.approx(strict.log_likelihood, abs=0.01)
    assert abs(loose.slopes - strict.slopes).max() < 2e-4
    assert abs(loose.intercepts - strict.intercepts).max() < 2e-4


def test_a_category_that_few_of_many_used_does_not_lead_astray():
    _, _, x = draw("grm", 30_000, k=8, m=4, seed=10)
    x[:, 0] = np.where(x[:, 0] == 2, 1, x[:, 0])
    x[:3, 0] = 2
    found = irt.calibrate(x, "grm")
    assert found.converged
    others = irt.calibrate(x[:, 1:], "grm")
    np.testing.assert_allclose(found.slopes[1:], others.slopes, atol=0.02)
    assert found.log_likelihood == pytest.approx(plain_log_likelihood(found, x), abs=1e-5)
    assert found.intercepts[0, 1] > found.intercepts[0, 2]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), model=st.sampled_from(["2pl", "grm", "gpcm", "nrm"]))
def test_the_order_of_people_and_of_items_does_not_matter(seed, model):
    _, _, x = draw(model, 300, k=5, m=3, seed=11)
    rng = np.random.default_rng(seed)
    people, items = rng.permutation(300), rng.permutation(5)
    found = irt.calibrate(x, model, tolerance=1e-6)
    shuffled = irt.calibrate(x[people][:, items], model, tolerance=1e-6)
    assert shuffled.log_likelihood == pytest.approx(found.log_likelihood, abs=1e-6)
    np.testing.assert_allclose(shuffled.slopes, found.slopes[items], atol=1e-3)
    np.testing.assert_allclose(shuffled.intercepts, found.intercepts[items], atol=1e-3)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_a_weight_counts_as_that_many_people(seed):
    _, _, x = draw("grm", 250, k=5, m=3, seed=12)
    weights = np.random.default_rng(seed).integers(1, 4, 250)
    by_weight = irt.calibrate(x, "grm", weights=weights)
    by_people = irt.calibrate(np.repeat(x, weights, axis=0), "grm")
    assert by_weight.log_likelihood == pytest.approx(by_people.log_likelihood, abs=1e-5)
    np.testing.assert_allclose(by_weight.slopes, by_people.slopes, atol=1e-4)
    assert by_weight.bic == pytest.approx(by_people.bic, abs=1e-4)


def test_an_item_keyed_against_the_others_gets_a_negative_slope():
    slopes, _, x = draw("grm", 3_000, k=8, m=4, seed=13)
    x[:, 3] = 3 - x[:, 3]
    turned = irt.calibrate(x, "grm")
    assert turned.slopes[3] == pytest.approx(-slopes[3], abs=0.25)
    assert (np.delete(turned.slopes, 3) > 0).all()


def test_two_categories_are_the_same_under_every_model_with_a_slope():
    _, _, x = draw("2pl", 800, k=6, seed=14)
    two, graded, credit, nominal = (irt.calibrate(x, model, tolerance=1e-6) for model in ("2pl", "grm", "gpcm", "nrm"))
    for other in (graded, credit, nominal):
        assert other.log_likelihood == pytest.approx(two.log_likelihood, abs=1e-6)
    np.testing.assert_allclose(graded.intercepts[:, 0], two.intercepts, atol=1e-4)
    np.testing.assert_allclose(nominal.slopes[:, 1] - nominal.slopes[:, 0], two.slopes, atol=1e-4)


def test_items_may_differ_in_their_number_of_categories():
    _, _, x = draw("grm", 2_000, k=6, m=4, seed=15)
    x[:, 0] = x[:, 0] > 1
    x[:, 1] = np.minimum(x[:, 1], 2)
    found = irt.calibrate(x, "grm", standard_errors=True)
    assert found.n_categories.tolist() == [2, 3, 4, 4, 4, 4]
    assert np.isnan(found.intercepts[0]).tolist() == [False, True, True]
    assert np.isnan(found.standard_errors.intercepts[0]).tolist() == [False, True, True]
    assert found.probabilities([0.0])[0, 0, 2:].tolist() == [0.0, 0.0]
    assert found.n_parameters == 6 + 1 + 2 + 4 * 3
    np.testing.assert_allclose(found.probabilities([-1.0, 2.0]).sum(axis=2), 1.0)


def test_any_number_type_will_do_and_nothing_is_written_to():
    _, _, x = draw("grm", 400, k=5, m=3, seed=16)
    found = irt.calibrate(x, "grm")
    for kind in (np.int8, np.int64, np.float32):
        assert irt.calibrate(x.astype(kind), "grm").log_likelihood == found.log_likelihood
    assert irt.calibrate(x.tolist(), "grm").log_likelihood == found.log_likelihood
    untouched = np.asfortranarray(x)
    untouched.setflags(write=False)
    assert irt.calibrate(untouched, "grm").log_likelihood == found.log_likelihood


def test_progress_tells_each_iteration():
    told = []
    _, _, x = draw("2pl", 500, k=5, seed=17)
    found = irt.calibrate(x, "2pl", progress=lambda i, value, change: told.append((i, value, change)))
    assert [i for i, _, _ in told] == list(range(1, found.n_iterations + 1))
    assert [value for _, value, _ in told] == found.trace[1:].tolist()
    assert told[-1][1] == found.log_likelihood
    assert told[-1][2] <= 1e-4
    assert len(found.trace) == found.n_iterations + 1


def test_too_few_iterations_are_said_to_be_too_few():
    _, _, x = draw("gpcm", 500, k=5, m=4, seed=18)
    found = irt.calibrate(x, "gpcm", max_iterations=2)
    assert not found.converged
    assert found.n_iterations <= 3


def test_the_same_call_gives_the_same_digits():
    _, _, x = draw("grm", 25_000, k=6, m=4, seed=19)
    one, two = irt.calibrate(x, "grm"), irt.calibrate(x, "grm")
    assert (one.slopes == two.slopes).all()
    assert one.log_likelihood == two.log_likelihood


X = draw("grm", 60, k=4, m=3, seed=20)[2]


@pytest.mark.parametrize(
    ("responses", "options", "reason"),
    [
        ([1, 2, 3], {}, "two-dimensional"),
        ([["a", "b"]], {}, "numbers only"),
        (X + 0.5, {}, "whole categories"),
        (X - 1, {}, "whole categories"),
        (X + 1, {}, "nobody has category 0 of item 0 .*: count from 0"),
        (X + 1000, {}, "0 to 126"),
        (np.full((5, 3), np.inf), {}, "0 to 126"),
        (np.full((5, 3), np.nan), {}, "at least one person"),
        (np.column_stack([X, np.zeros(60)]), {}, "item 4 has one category"),
        (np.column_stack([X, np.full(60, np.nan)]), {}, "item 4 has no answers"),
        (np.column_stack([X, np.arange(60) % 2 * 2]), {}, "nobody has category 1 of item 4"),
        (X, {"n_categories": 2}, "n_categories must cover"),
        (X, {"model": "2pl"}, "for two categories"),
        (X, {"model": "3pl"}, "model must be one of"),
        (X[:, :1], {}, "more items"),
        (np.minimum(X[:, :2], 1), {"model": "2pl"}, "more items"),
        (X, {"weights": -np.ones(60)}, "weights must not be negative"),
        (X, {"weights": np.ones(5)}, "weights must hold 60"),
        (X, {"n_nodes": 2}, "n_nodes"),
        (X, {"n_nodes": 60.5}, "n_nodes"),
        (X, {"n_categories": [3, 3]}, "n_categories must be one whole number or 4"),
        (X, {"n_categories": 3.5}, "n_categories must be one whole number or 4"),
        (X, {"n_categories": "three"}, "n_categories must hold numbers"),
        (X, {"seed": -1}, "seed"),
        (np.ma.masked_equal(X, 1), {}, "responses must hold numbers only"),
        (X, {"theta_range": (1.0, 2.0)}, "theta_range"),
        (X, {"tolerance": 0.0}, "tolerance"),
        (X, {"tolerance": "small"}, "tolerance"),
        (X, {"max_iterations": 0}, "max_iterations"),
        (X, {"starts": 0}, "starts"),
        (X, {"groups": ["a"] * 5}, "groups must hold 60"),
        (X, {"groups": np.where(np.arange(60) % 2, 1.0, np.nan)}, "groups must not hold NaN"),
        (X, {"reference": "a"}, "groups are not given"),
        (X, {"groups": ["a", "b"] * 30, "reference": "c"}, "reference must be one of the groups"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_with_the_reason(responses, options, reason):
    with pytest.raises(ValueError, match=reason):
        irt.calibrate(responses, **options)

"""Several groups at once, and new items on the scale of known ones."""

import numpy as np
import pytest

from assessment.psychometrics import irt
from tests.psychometrics.test_irt_calibration import answers, plain_log_likelihood


def two_groups(model="2pl", n=6_000, seed=1):
    rng = np.random.default_rng(seed)
    group = np.array(["incumbents", "applicants"])[rng.integers(0, 2, n)]
    theta = np.where(group == "incumbents", 0.6 + 1.3 * rng.standard_normal(n), rng.standard_normal(n))
    slopes = rng.uniform(0.8, 1.6, 12)
    places = rng.normal(0, 1, 12)
    intercepts = places if model == "2pl" else places[:, None] + np.array([1.2, 0.0, -1.2])
    return slopes, intercepts, answers(model, slopes, intercepts, theta, rng), group


@pytest.mark.parametrize("model", ["2pl", "grm"])
def test_the_distribution_of_each_group_is_found(model):
    slopes, _, x, group = two_groups(model)
    found = irt.calibrate(x, model, groups=group, standard_errors=True)
    applicants, incumbents = found.groups
    assert (applicants.label, applicants.mean, applicants.sd) == ("applicants", 0.0, 1.0)
    assert applicants.n_people + incumbents.n_people == found.n_people
    errors = found.standard_errors
    assert incumbents.mean == pytest.approx(0.6, abs=4 * errors.group_means[1])
    assert incumbents.sd == pytest.approx(1.3, abs=4 * errors.group_sds[1])
    assert abs((found.slopes - slopes) / errors.slopes).max() < 4
    assert found.n_parameters == slopes.size * (2 if model == "2pl" else 4) + 2


def test_the_reference_group_only_sets_the_scale():
    _, _, x, group = two_groups()
    one = irt.calibrate(x, "2pl", groups=group, tolerance=1e-6)
    other = irt.calibrate(x, "2pl", groups=group, reference="incumbents", tolerance=1e-6)
    assert other.groups[0].label == "incumbents"
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=0.05)
    spread, shift = one.groups[1].sd, one.groups[1].mean
    np.testing.assert_allclose(other.slopes, spread * one.slopes, rtol=2e-3)
    assert other.groups[1].mean == pytest.approx(-shift / spread, abs=2e-3)


def test_the_likelihood_is_the_sum_over_the_groups():
    _, _, x, group = two_groups(n=900)
    found = irt.calibrate(x, "2pl", groups=group)
    parts = [plain_log_likelihood(found.for_group(label), x[group == label]) for label in ("applicants", "incumbents")]
    assert sum(parts) == pytest.approx(found.log_likelihood, abs=1e-6)


def test_groups_that_do_not_differ_change_nothing_but_two_parameters():
    _, _, x, _ = two_groups(n=1_000)
    alone = irt.calibrate(x, "2pl")
    split = irt.calibrate(x, "2pl", groups=np.arange(1_000) % 2)
    assert split.log_likelihood >= alone.log_likelihood - 1e-6
    assert split.log_likelihood - alone.log_likelihood < 8
    assert split.n_parameters == alone.n_parameters + 2


def test_a_group_without_answers_is_refused():
    _, _, x, group = two_groups(n=200)
    x[group == "incumbents"] = np.nan
    with pytest.raises(ValueError, match="'incumbents' holds nobody"):
        irt.calibrate(x, "2pl", groups=group)


@pytest.mark.parametrize("model", ["1pl", "2pl", "grm", "gpcm", "pcm", "nrm"])
def test_new_items_land_on_the_scale_of_the_known_ones(model):
    rng = np.random.default_rng(5)
    k, m = 12, 3
    slopes = {"1pl": np.full(k, 1.1), "pcm": np.ones(k)}.get(model, rng.uniform(0.8, 1.6, k))
    if model in ("1pl", "2pl"):
        intercepts = rng.normal(0, 1, k)
    elif model == "nrm":
        slopes = slopes[:, None] * np.array([-1.0, 0.2, 0.8]) + rng.normal(0, 0.1, (k, m))
        slopes -= slopes.mean(axis=1, keepdims=True)
        intercepts = rng.normal(0, 0.5, (k, m))
        intercepts -= intercepts.mean(axis=1, keepdims=True)
    else:
        intercepts = rng.normal(0, 0.7, (k, 1)) + np.array([0.8, -0.8])
    known = irt.Calibration(
        model, slopes[:8], intercepts[:8], np.full(8, 2 if model in ("1pl", "2pl") else m), 0.0, 1, 1, 1, True, np.zeros(1)
    )
    theta = 0.5 + 0.8 * rng.standard_normal(12_000)
    x = answers(model, slopes, intercepts, theta, rng)
    columns = np.array([9, 2, 0, 11, 5, 10, 7, 8])
    found = irt.calibrate_new_items(known, x[:, columns], [-1, 2, 0, -1, 5, -1, 7, -1], standard_errors=True)
    assert found.converged
    assert found.latent_mean == pytest.approx(0.5, abs=0.06)
    assert found.latent_sd == pytest.approx(0.8, abs=0.06)
    is_new = columns >= 8
    np.testing.assert_allclose(found.slopes[~is_new], slopes[columns][~is_new], rtol=1e-13)
    np.testing.assert_allclose(found.intercepts[~is_new], intercepts[columns][~is_new], rtol=1e-13)
    assert (found.standard_errors.intercepts[~is_new] == 0).all()
    z = (found.intercepts - intercepts[columns])[is_new] / found.standard_errors.intercepts[is_new]
    assert abs(z).max() < 4
    assert found.scores(x[:, columns]).theta.mean() == pytest.approx(0.5, abs=0.05)


def test_known_items_have_to_be_named_rightly():
    _, _, x, _ = two_groups(n=300)
    known = irt.calibrate(x[:, :4], "2pl")
    for places, reason in (
        ([-1, -1, -1, -1], "at least one"),
        ([0, 0, 1, -1], "once"),
        ([0, 4, -1, -1], "from 0 to 3"),
        ([0, 1, -1], "one value a column"),
        ([0.5, 1, -1, -1], "once"),
        ([0, 1, -2, -1], "−1 for a new item"),
    ):
        with pytest.raises(ValueError, match=reason):
            irt.calibrate_new_items(known, x[:, :4], places)


def test_fit_knows_that_fixed_items_cost_no_parameters():
    _, _, x, _ = two_groups(n=1_500)
    known = irt.calibrate(x[:, :8], "2pl")
    found = irt.calibrate_new_items(known, x, [*range(8), -1, -1, -1, -1])
    free = irt.calibrate(x, "2pl")
    assert found.fixed_items == tuple(range(8))
    extra = found.item_fit(x).df - free.item_fit(x).df
    assert (extra[:8] >= 1).all()
    with pytest.raises(ValueError, match="some of its items were fixed"):
        found.model_fit(x)
    assert irt.Calibration.from_dict(found.to_dict()).fixed_items == found.fixed_items


def test_groups_may_take_turns():
    """A sample at equal steps would hold one of the three alone."""
    x = two_groups(n=12_000, seed=4)[2]
    turns = np.arange(12_000) % 3
    in_turn = irt.calibrate(np.column_stack([x, x[::-1, :6]]), "2pl", groups=turns, tolerance=1e-6)
    sorted_out = np.argsort(turns, kind="stable")
    in_blocks = irt.calibrate(np.column_stack([x, x[::-1, :6]])[sorted_out], "2pl", groups=turns[sorted_out], tolerance=1e-6)
    assert in_turn.converged
    assert in_turn.log_likelihood == pytest.approx(in_blocks.log_likelihood, abs=1e-5)
    np.testing.assert_allclose([g.sd for g in in_turn.groups], [g.sd for g in in_blocks.groups], atol=1e-5)

"""M₂ and C₂ against R, against all patterns enumerated, and over samples from true and false models."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import null_space
from scipy.special import chndtr

from assessment.psychometrics import irt
from assessment.psychometrics.irt.model_fit import model_fit
from assessment.psychometrics.simulation import simulate_responses
from tests.psychometrics import published
from tests.psychometrics.known_items import LSAT6, SCIENCE_GPCM, SCIENCE_GRM, SCIENCE_NRM, made_up


def test_m2_of_lsat6_is_that_of_mirt():
    """R 4.2.2, mirt 1.45.1: M2(mod)."""
    fit = model_fit(LSAT6, published.LSAT6)
    assert (fit.kind, fit.df, fit.n_people) == ("m2", 5, 1000)
    assert fit.statistic == pytest.approx(4.73838378009604, abs=1e-6)
    assert fit.p_value == pytest.approx(0.448634949807239, abs=1e-6)
    assert fit.srmsr == pytest.approx(0.0213221860769102, abs=1e-6)
    assert (fit.tli, fit.cfi, fit.rmsea) == (pytest.approx(1.00921015767176, abs=1e-6), 1.0, 0.0)
    assert fit.rmsea_interval() == pytest.approx((0.0, 0.0427724462080516), abs=1e-4)
    assert model_fit(LSAT6, published.LSAT6, "c2").statistic == pytest.approx(fit.statistic)


def test_c2_of_science_is_that_of_mirt():
    """R 4.2.2, mirt 1.45.1: M2(mod, type = 'C2'), graded model; the interval by its looser root finding."""
    fit = model_fit(SCIENCE_GRM, published.SCIENCE)
    assert (fit.kind, fit.df) == ("c2", 2)
    assert fit.statistic == pytest.approx(19.1769241958715, abs=1e-5)
    assert fit.p_value == pytest.approx(6.85147095401684e-05, rel=1e-5)
    assert fit.rmsea == pytest.approx(0.148207207009492, abs=1e-6)
    assert fit.rmsea_interval() == pytest.approx((0.0923319379199631, 0.2116269512559), abs=5e-4)
    assert fit.srmsr == pytest.approx(0.0725905578907231, abs=1e-6)
    assert (fit.tli, fit.cfi) == pytest.approx((0.73013237204717, 0.910044124015723), abs=1e-6)


def patterns_of(calibration):
    return np.array(list(itertools.product(*map(range, calibration.n_categories))))


def pattern_probabilities(calibration, patterns):
    p = calibration.probabilities(calibration.nodes)
    return calibration.node_weights @ p[:, np.arange(patterns.shape[1]), patterns].prod(axis=2)


def neighbours(calibration, step):
    """The calibration with each free parameter a step up and a step down, one after the other."""
    k = calibration.n_categories.size

    def moved(name, place):
        pair = []
        for by in (step, -step):
            values = getattr(calibration, name).copy()
            values[place] += by
            pair.append(replace(calibration, **{name: values}))
        return pair

    if calibration.model == "pcm":
        yield [replace(calibration, latent_sd=calibration.latent_sd + by) for by in (step, -step)]
    elif calibration.model == "1pl":
        yield moved("slopes", slice(None))
    for j, size in enumerate(calibration.n_categories):
        if calibration.model == "nrm":
            yield from (moved(name, (j, v)) for name in ("slopes", "intercepts") for v in range(1, size))
            continue
        if calibration.model not in ("1pl", "pcm"):
            yield moved("slopes", j)
        places = [j] if calibration.intercepts.shape == (k,) else [(j, v) for v in range(size - 1)]
        yield from (moved("intercepts", place) for place in places)


def enumerated(calibration, responses, kind):
    """N e′ C (C′ Ξ C)⁻¹ C′ e with C orthogonal to Δ, from every answer pattern and from differences of probabilities."""
    patterns = patterns_of(calibration)
    k = patterns.shape[1]
    if kind == "m2":
        firsts = [patterns[:, i] for i in range(k)]
    else:
        firsts = [patterns[:, i] == v for i in range(k) for v in range(1, calibration.n_categories[i])]
    seconds = [patterns[:, i] * patterns[:, j] for i, j in itertools.combinations(range(k), 2)]
    table = np.array(firsts + seconds, dtype=float)
    implied = pattern_probabilities(calibration, patterns)
    xi = (table * implied) @ table.T - np.outer(table @ implied, table @ implied)
    step = 1e-5
    delta = np.array(
        [
            table @ (pattern_probabilities(up, patterns) - pattern_probabilities(down, patterns)) / (2 * step)
            for up, down in neighbours(calibration, step)
        ]
    ).T
    places = {tuple(pattern): i for i, pattern in enumerate(patterns)}
    counts = np.bincount([places[tuple(row)] for row in responses.astype(int)], minlength=len(patterns))
    left = null_space(delta.T).T @ table @ (counts / counts.sum() - implied)
    around = null_space(delta.T)
    return counts.sum() * left @ np.linalg.solve(around.T @ xi @ around, left), around.shape[1]


@pytest.mark.parametrize(
    ("model", "sizes", "kind"),
    [
        ("1pl", [2] * 4, "m2"),
        ("2pl", [2] * 5, "m2"),
        ("grm", [2, 3, 4, 3], "c2"),
        ("grm", [3] * 6, "m2"),
        ("gpcm", [3, 2, 4, 3], "c2"),
        ("pcm", [3, 2, 4, 3], "c2"),
        ("nrm", [3, 2, 3, 3, 3, 3], "c2"),
    ],
)
def test_the_statistic_is_that_of_all_patterns_enumerated(model, sizes, kind):
    calibration = made_up(model, len(sizes), seed=6, n_categories=sizes)
    if model == "pcm":
        calibration = replace(calibration, latent_sd=1.3, theta_range=(-7.8, 7.8))
    rng = np.random.default_rng(9)
    drawn = simulate_responses(model, calibration.slopes, calibration.intercepts, rng.standard_normal(600), rng)
    fit = model_fit(calibration, drawn, kind)
    assert (fit.statistic, fit.df) == pytest.approx(enumerated(calibration, drawn, kind), rel=1e-5)


def test_c2_of_gpcm_is_that_of_all_patterns_enumerated_on_science():
    fit = model_fit(SCIENCE_GPCM, published.SCIENCE)
    assert fit.statistic == pytest.approx(enumerated(SCIENCE_GPCM, published.SCIENCE, "c2")[0], rel=1e-5)
    assert fit.srmsr == pytest.approx(0.0713371862666958, abs=1e-6)


@pytest.mark.parametrize(("model", "sizes"), [("2pl", 2), ("gpcm", 3), ("pcm", 3), ("nrm", 3)])
def test_under_a_true_model_the_statistic_has_the_mean_of_its_degrees_of_freedom(model, sizes):
    truth = made_up(model, 6, seed=4, n_categories=sizes)
    rng = np.random.default_rng(20)
    found = []
    for _ in range(30):
        drawn = simulate_responses(model, truth.slopes, truth.intercepts, rng.standard_normal(1500), rng)
        found.append(model_fit(irt.calibrate(drawn, model), drawn))
    df = found[0].df
    assert np.mean([fit.statistic for fit in found]) == pytest.approx(df, abs=3.5 * np.sqrt(2 * df / 30))
    assert np.mean([fit.p_value < 0.05 for fit in found]) <= 0.2


def test_a_second_dimension_is_seen():
    rng = np.random.default_rng(8)
    truth = made_up("grm", 8, seed=4, n_categories=4)
    theta = rng.standard_normal((1000, 2)) @ np.linalg.cholesky([[1, 0.2], [0.2, 1]]).T
    halves = [
        simulate_responses("grm", truth.slopes[half], truth.intercepts[half], theta[:, side], rng)
        for side, half in enumerate((slice(0, 4), slice(4, 8)))
    ]
    drawn = np.hstack(halves)
    fit = model_fit(irt.calibrate(drawn, "grm"), drawn)
    assert fit.p_value < 1e-6
    assert fit.rmsea_interval().low > 0.04
    assert fit.srmsr > 0.05
    assert fit.cfi < 0.9


def test_neither_the_order_of_items_nor_that_of_people_matters():
    order = np.array([3, 0, 2, 1])
    there = replace(SCIENCE_GRM, slopes=SCIENCE_GRM.slopes[order], intercepts=SCIENCE_GRM.intercepts[order])
    people = np.random.default_rng(3).permutation(392)
    fit, moved = model_fit(SCIENCE_GRM, published.SCIENCE), model_fit(there, published.SCIENCE[people][:, order])
    assert moved.statistic == pytest.approx(fit.statistic)
    assert (moved.srmsr, moved.cfi, moved.tli) == pytest.approx((fit.srmsr, fit.cfi, fit.tli))


def test_the_ends_of_the_interval_are_where_the_statistic_is_improbable():
    fit = model_fit(SCIENCE_GRM, published.SCIENCE)
    for level in (0.5, 0.9, 0.99):
        low, high = (x**2 * fit.df * (fit.n_people - 1) for x in fit.rmsea_interval(level))
        assert chndtr(fit.statistic, fit.df, low) == pytest.approx(0.5 + level / 2)
        assert chndtr(fit.statistic, fit.df, high) == pytest.approx(0.5 - level / 2)


def test_who_left_an_item_out_is_set_aside():
    holed = published.LSAT6.copy()
    holed[::7, 2] = np.nan
    assert model_fit(LSAT6, holed) == model_fit(LSAT6, holed[~np.isnan(holed).any(axis=1)])


def test_labels_have_no_correlation():
    calibration = made_up("nrm", 6, seed=1, n_categories=3)
    rng = np.random.default_rng(1)
    drawn = simulate_responses("nrm", calibration.slopes, calibration.intercepts, rng.standard_normal(300), rng)
    assert np.isnan(model_fit(calibration, drawn).srmsr)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: model_fit(LSAT6, published.LSAT6, "m3"), "statistic must be one of auto, m2, c2"),
        (lambda: model_fit(SCIENCE_GRM, published.SCIENCE, "m2"), "10 moments, and the model has 16 parameters"),
        (lambda: model_fit(SCIENCE_NRM, published.SCIENCE), "18 moments, and the model has 24 parameters"),
        (lambda: model_fit(LSAT6, [[0, 1, 1, 0, np.nan], [0, 1, 1, 0, 1]]), "at least 2 people who answered every item; 1 did"),
        (lambda: model_fit(LSAT6, np.eye(5)[:3]), "must vary in every item; .* item 3"),
        (lambda: model_fit(LSAT6, published.SCIENCE), "responses must have 5 columns"),
        (lambda: model_fit(LSAT6, published.LSAT6).rmsea_interval(1.0), "level must lie strictly between 0 and 1"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

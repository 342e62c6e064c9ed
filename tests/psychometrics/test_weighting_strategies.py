"""What each strategy learns from a training sample, and what it must not."""

import numpy as np
import pytest

from assessment.psychometrics import keying, simulation, weighting

KEY = np.ones(12)


def sample(n=300, seed=1, pattern=simulation.MILD_PATTERN):
    items, criterion = simulation.simulate_items(n, pattern, np.random.default_rng(seed))
    return weighting.TrainingSample(weighting.as_design(items), criterion)


def strategies():
    return [
        weighting.CurrentKey(KEY),
        weighting.Unit(),
        weighting.EmpiricalBayesTowardKey(KEY),
        weighting.RidgeTowardKey(KEY),
        weighting.RidgeTowardKey(KEY, np.ones(12, dtype=bool), name="ridge toward the key, no weight below 0"),
        weighting.RidgeTowardUnit(),
        weighting.Ridge(),
        weighting.ItemValidities(),
        weighting.LeastSquares(),
    ]


@pytest.mark.parametrize("strategy", strategies(), ids=lambda strategy: strategy.name)
def test_a_composite_has_mean_zero_and_sd_one_where_it_was_made(strategy):
    training = sample()
    scores = strategy.fit(training).scores(training.design)
    assert scores.mean() == pytest.approx(0, abs=1e-9)
    assert scores.std() == pytest.approx(1)


@pytest.mark.parametrize("strategy", strategies()[1:], ids=lambda strategy: strategy.name)
def test_the_units_of_a_predictor_make_no_difference(strategy):
    items, criterion = simulation.simulate_items(200, simulation.MILD_PATTERN, np.random.default_rng(2))
    units = np.linspace(0.1, 9, 12)
    if hasattr(strategy, "weights"):
        keyed = type(strategy)(KEY / units, *([strategy.non_negative] if hasattr(strategy, "non_negative") else []))
    else:
        keyed = strategy
    plain = strategy.fit(weighting.TrainingSample(weighting.as_design(items), criterion))
    scaled_design = weighting.as_design(items * units + 3)
    scaled = keyed.fit(weighting.TrainingSample(scaled_design, criterion))
    np.testing.assert_allclose(scaled.scores(scaled_design), plain.scores(weighting.as_design(items)), atol=1e-7)


def test_ridge_weights_are_those_of_the_plain_formula_at_the_chosen_penalty():
    training = sample()
    composite = weighting.Ridge().fit(training)
    by_formula = weighting.ridge_toward_prior(training.x, training.criterion, np.zeros(12), composite.penalty * training.n)
    np.testing.assert_allclose(composite.weights * training.scaling.divisor, by_formula, atol=1e-10)
    assert 0 < composite.effective_df < 12


def test_ridge_toward_the_key_scales_the_key_by_its_slope_first():
    training = sample()
    composite = weighting.RidgeTowardKey(KEY).fit(training)
    prior = KEY * training.scaling.divisor
    key_composite = training.x @ prior
    slope = np.polyfit(key_composite, training.criterion, 1)[0]
    by_formula = weighting.ridge_toward_prior(training.x, training.criterion, slope * prior, composite.penalty * training.n)
    np.testing.assert_allclose(composite.weights * training.scaling.divisor, by_formula, atol=1e-10)


def test_ridge_toward_unit_is_ridge_toward_a_key_of_equal_standardised_weights():
    training = sample()
    keyed = weighting.RidgeTowardKey(1 / training.scaling.divisor).fit(training)
    np.testing.assert_allclose(weighting.RidgeTowardUnit().fit(training).weights, keyed.weights, atol=1e-12)


def test_least_squares_is_multiple_regression():
    training = sample()
    design = np.column_stack([np.ones(300), training.design.values])
    expected = np.linalg.lstsq(design, training.criterion, rcond=None)[0][1:]
    composite = weighting.LeastSquares().fit(training)
    np.testing.assert_allclose(composite.weights, expected, atol=1e-10)
    assert composite.effective_df == 12


def test_item_validities_are_correlations_with_the_criterion():
    training = sample()
    weights = weighting.ItemValidities().fit(training).weights * training.scaling.divisor
    r = [np.corrcoef(item, training.criterion)[0, 1] for item in training.design.values.T]
    np.testing.assert_allclose(weights / training.criterion.std(), r)


def test_the_scale_of_the_key_makes_no_difference():
    training = sample()
    one, other = weighting.RidgeTowardKey(KEY).fit(training), weighting.RidgeTowardKey(40 * KEY).fit(training)
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-12)


def test_keyed_weights_stay_at_or_above_zero_and_are_the_constrained_optimum():
    from scipy.optimize import minimize

    training = sample(n=60, seed=3, pattern=simulation.SPARSE_PATTERN)
    free = weighting.RidgeTowardKey(KEY).fit(training)
    bounded = np.arange(12) < 9
    held = weighting.RidgeTowardKey(KEY, bounded).fit(training)
    assert (free.weights[bounded] < 0).any()
    assert (held.weights[bounded] >= 0).all()
    assert held.penalty == free.penalty
    prior = KEY * training.scaling.divisor
    target = training.moments.prior_slope(prior) * prior
    y = training.criterion - training.criterion.mean()

    def loss(w):
        return ((y - training.x @ w) ** 2).sum() + held.penalty * training.n * ((w - target) ** 2).sum()

    limits = [(0, None) if b else (None, None) for b in bounded]
    best = minimize(loss, np.full(12, 0.1), bounds=limits, options={"ftol": 1e-14, "gtol": 1e-10})
    np.testing.assert_allclose(held.weights * training.scaling.divisor, best.x, atol=1e-4)


def test_a_key_that_fails_in_the_sample_is_not_turned_round():
    items, criterion = simulation.simulate_items(150, simulation.EQUAL_PATTERN, np.random.default_rng(4))
    training = weighting.TrainingSample(weighting.as_design(items), -criterion)
    held = weighting.RidgeTowardKey(KEY, np.ones(12, dtype=bool)).fit(training)
    assert (held.weights >= 0).all() and held.weights.any()
    assert (weighting.EmpiricalBayesTowardKey(KEY).fit(training).weights @ KEY) != 0


def test_unit_weights_take_unknown_signs_from_the_training_sample():
    items, criterion = simulation.simulate_items(2_000, simulation.EQUAL_PATTERN, np.random.default_rng(5))
    turned = items * np.where(np.arange(12) % 2, -1, 1)
    composite = weighting.Unit(signs="training").fit(weighting.TrainingSample(weighting.as_design(turned), criterion))
    assert np.sign(composite.weights).tolist() == np.where(np.arange(12) % 2, -1, 1).tolist()


def test_an_option_that_few_chose_gets_no_weight():
    rng = np.random.default_rng(6)
    chosen = rng.integers(0, 3, 400).astype(float)
    chosen[:14] = 3
    criterion = rng.standard_normal(400) + (chosen == 1)
    training = weighting.TrainingSample(weighting.nominal_columns(chosen, 4, "q"), criterion)
    composite = weighting.Ridge().fit(training)
    assert composite.weights[3] == 0
    assert composite.weights[1] > 0
    assert composite.n_weights == 3


def test_what_was_not_answered_counts_as_the_training_mean():
    training = sample()
    composite = weighting.Ridge().fit(training)
    values = training.design.values[:5].copy()
    values[:, 3] = np.nan
    expected = values.copy()
    expected[:, 3] = composite.mean[3]
    np.testing.assert_allclose(composite.scores(weighting.as_design(values)), composite.scores(weighting.as_design(expected)))


def test_answers_missing_in_the_training_sample_are_imputed_there():
    items, criterion = simulation.simulate_items(400, simulation.EQUAL_PATTERN, np.random.default_rng(7))
    items[::3, 2] = np.nan
    training = weighting.TrainingSample(weighting.as_design(items), criterion)
    assert training.scaling.mean[2] == pytest.approx(np.nanmean(items[:, 2]))
    assert (training.x[::3, 2] == 0).all()


def test_designs_are_joined_by_column_and_refuse_what_does_not_fit():
    first = weighting.numeric_columns(np.zeros((3, 2)), ["a", "b"], "scales")
    second = weighting.nominal_columns([0, 1, np.nan], 2, "q")
    both = weighting.join([first, second])
    assert both.names == ("a", "b", "q=0", "q=1")
    assert both.blocks == ("scales", "scales", "q", "q")
    assert both.nominal.tolist() == [False, False, True, True]
    np.testing.assert_array_equal(both.values[:, 2:], keying.indicator_coding([0, 1, np.nan], 2))
    with pytest.raises(ValueError, match="names must be distinct"):
        weighting.join([first, first])
    with pytest.raises(ValueError, match="same number of people"):
        weighting.join([first, weighting.nominal_columns([0, 1], 2, "q")])
    with pytest.raises(ValueError, match="same order"):
        weighting.Unit().fit(sample()).scores(first)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: weighting.CurrentKey(np.ones(3)).fit(sample()), "weights must hold 12 values"),
        (lambda: weighting.LeaveOneOutRidge(weights=np.ones(3)).fit(sample()), "weights must hold 12 values"),
        (lambda: weighting.RidgeTowardKey(np.full(12, np.nan)).fit(sample()), "weights must not hold NaN"),
        (lambda: weighting.CurrentKey(np.zeros(12)).fit(sample()), "weights must give weight"),
        (lambda: weighting.EmpiricalBayesTowardKey(KEY).fit(sample(13)), "more people than weights"),
        (lambda: weighting.LeastSquares().fit(sample(13)), "more people than weights"),
        (lambda: weighting.TrainingSample(weighting.as_design(np.ones((30, 2))), np.arange(30.0)), "at least one column"),
    ],
)
def test_too_little_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


@pytest.mark.parametrize("unit", [1e-40, 1e-13, 1e13])
def test_very_small_and_very_large_units_make_no_difference(unit):
    """Neither of the predictors, which still vary, nor of the criterion, whose squared errors tell one penalty from another."""
    items, criterion = simulation.simulate_items(120, simulation.SPARSE_PATTERN, np.random.default_rng(5))
    for strategy in (weighting.Unit(), weighting.Ridge(), weighting.LeastSquares(), weighting.LeaveOneOutRidge()):
        plain = strategy.fit(weighting.TrainingSample(weighting.as_design(items), criterion))
        small = strategy.fit(weighting.TrainingSample(weighting.as_design(items * unit), criterion))
        of_small = strategy.fit(weighting.TrainingSample(weighting.as_design(items), criterion * unit))
        assert small.weights * unit == pytest.approx(plain.weights, rel=1e-7)
        assert (small.penalty, of_small.penalty) == (plain.penalty, plain.penalty)


def test_a_key_may_be_a_plain_list():
    training = sample()
    listed, array = weighting.CurrentKey([1.0] * 12).fit(training), weighting.CurrentKey(KEY).fit(training)
    np.testing.assert_array_equal(listed.weights, array.weights)


def test_estimates_without_error_are_not_pulled():
    x = np.tile([-1.0, 1.0], 10)
    composite = weighting.EmpiricalBayesTowardKey(np.array([3.0])).fit(weighting.TrainingSample(weighting.as_design(x[:, None]), x))
    assert composite.weights == pytest.approx([1.0])

"""Fixed bands from the top score downwards."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.psychometrics import bands

scores_strategy = st.lists(st.integers(0, 1000).map(lambda i: i / 10), min_size=1, max_size=60)


def test_a_band_is_c_times_the_standard_error_of_difference_wide():
    assert bands.band_width(3, 1.65) == pytest.approx(1.65 * 3 * math.sqrt(2))


def test_bands_start_at_the_highest_score_left():
    result = bands.assign_bands([90, 89, 80, np.nan, 70, 60, 78.3], 5, 1.65)
    assert result.width == pytest.approx(11.667, abs=5e-4)
    assert result.index.tolist() == [0, 0, 0, bands.NO_BAND, 1, 2, 1]
    assert [(band.high, band.low, band.n_people) for band in result.bands] == [(90, 80, 3), (78.3, 70, 2), (60, 60, 1)]


def test_a_difference_of_exactly_the_width_stays_in_the_band():
    width = bands.band_width(1 / 3, 1.65)
    assert bands.assign_bands([0.1 + width, 0.1], 1 / 3, 1.65).index.tolist() == [0, 0]


def test_perfect_measurement_gives_a_band_to_every_score():
    assert bands.assign_bands([3, 1, 2, 3], 0).index.tolist() == [0, 2, 1, 0]


def test_nobody_with_a_score_makes_no_band():
    result = bands.assign_bands([np.nan, np.nan], 1)
    assert result.bands == () and result.index.tolist() == [-1, -1]


@given(scores_strategy, st.floats(0.01, 20), st.sampled_from([1.28, 1.65, 1.96]))
def test_higher_scores_are_never_in_lower_bands_and_no_band_is_wider_than_it_may_be(scores, error, confidence):
    result = bands.assign_bands(scores, error, confidence)
    order = np.argsort(scores)
    assert (np.diff(result.index[order]) <= 0).all()
    assert set(result.index) == set(range(len(result.bands)))
    for place, band in enumerate(result.bands):
        inside = np.array(scores)[result.index == place]
        assert inside.max() == band.high and inside.min() == band.low
        assert band.high - band.low <= result.width + 1e-6
    for above, below in zip(result.bands, result.bands[1:], strict=False):
        assert below.high < above.limit


@given(scores_strategy, st.randoms(use_true_random=False))
def test_the_order_in_which_people_come_makes_no_difference(scores, random):
    order = list(range(len(scores)))
    random.shuffle(order)
    there = bands.assign_bands(scores, 2).index[order]
    assert bands.assign_bands([scores[i] for i in order], 2).index.tolist() == there.tolist()


@pytest.mark.parametrize(("error", "confidence", "says"), [(-1, 1.65, "standard_error"), (1, 0, "confidence")])
def test_impossible_input_is_named(error, confidence, says):
    with pytest.raises(ValueError, match=says):
        bands.assign_bands([1, 2], error, confidence)

"""Signs of careless answering: counted right, and never part of a score."""

import numpy as np
import pytest

from assessment.psychometrics import response_quality

nan = np.nan


def test_the_longest_run_of_equal_answers_passes_over_gaps():
    responses = [[1, 1, 1, 2, 2], [1, 2, 3, 4, 5], [3, nan, 3, 3, 1], [nan] * 5]
    assert response_quality.longstring(responses).tolist() == [3, 1, 3, 0]


def test_a_person_who_rates_every_option_alike_has_no_variability_within_scenarios():
    ratings = [[3, 3, 3, 5, 5, 5], [1, 5, 3, 1, 5, 3], [1, 5, 3, nan, nan, 3], [nan] * 6]
    found = response_quality.within_scenario_variability(ratings, [0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(found, [0, 2, 2, nan])


def test_pages_read_faster_than_two_seconds_a_statement_are_counted():
    seconds = [[3.9, 20, 2], [4.0, 19.9, nan], [nan] * 3]
    np.testing.assert_allclose(response_quality.fast_answers(seconds, [2, 10, 1]), [1 / 3, 0.5, nan])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: response_quality.fast_answers([[-1.0]], [1]), "seconds must not be negative"),
        (lambda: response_quality.fast_answers([[1.0]], [0]), "n_statements must be above 0"),
        (lambda: response_quality.fast_answers([[1.0]], [1], 0.0), "seconds_per_statement must be above 0"),
        (lambda: response_quality.fast_answers([[1.0]], [1], np.nan), "seconds_per_statement must be one finite number"),
        (lambda: response_quality.within_scenario_variability([[1, 2]], [0]), "scenario must hold 2 values"),
        (lambda: response_quality.longstring([1, 2]), "responses must be two-dimensional"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

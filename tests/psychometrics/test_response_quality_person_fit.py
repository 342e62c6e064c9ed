"""Guttman errors and the standardised log-likelihood, against published data, R and the definitions written out."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assessment.psychometrics import response_quality

nan = np.nan
# Bock & Lieberman (1970): share of 1 000 people right on each item of section 6 of the LSAT.
LSAT6_EASINESS = np.array([[0.924], [0.709], [0.553], [0.763], [0.870]])
# R 4.2.2, mirt 1.45.1: mirt(LSAT6, 1, "2PL", TOL = 1e-7) on 61 nodes.
SLOPES = np.array([0.825658371097029, 0.722744321606352, 0.890874223338307, 0.688368235653491, 0.656856378944973])
INTERCEPTS = np.array([2.77323353223799, 0.990201209284704, 0.249147513839689, 1.28475700427025, 2.05327065193789])


def two_parameter(theta, slopes=SLOPES, intercepts=INTERCEPTS):
    right = 1 / (1 + np.exp(-(np.outer(np.atleast_1d(theta), slopes) + intercepts)))
    return np.stack([1 - right, right], axis=2)


def patterns(*codes):
    return np.array([[float(digit) for digit in code] for code in codes])


def written_out(scores, n_categories):
    """Every pair of steps of different items looked at, one after the other."""
    steps = [(item, step) for item, n in enumerate(n_categories) for step in range(1, n)]
    popularity = {
        (item, step): np.nanmean(np.where(np.isnan(scores[:, item]), nan, scores[:, item] >= step)) for item, step in steps
    }
    out = []
    for row in scores:
        errors = 0.0
        for taken, missed in itertools.product(steps, steps):
            if taken[0] != missed[0] and row[taken[0]] >= taken[1] and row[missed[0]] < missed[1]:
                errors += 1.0 if popularity[missed] > popularity[taken] else 0.5 if popularity[missed] == popularity[taken] else 0.0
        out.append(errors)
    return np.array(out)


def test_log_likelihood_of_the_worked_example():
    """LSAT6 at theta 0, from slopes and difficulties rounded to four places."""
    a = np.array([0.8257, 0.7227, 0.8909, 0.6884, 0.6569])
    b = np.array([-3.3588, -1.3701, -0.2797, -1.8664, -3.1259])
    p = np.repeat(two_parameter(0.0, a, -a * b), 2, axis=0)
    found = response_quality.standardised_log_likelihood(patterns("11011", "00111"), p)
    np.testing.assert_allclose(found, [0.694, -2.342], atol=1e-3)


def test_log_likelihood_is_the_one_of_mirt():
    """R 4.2.2, mirt 1.45.1: personfit() on LSAT6 at the EAP estimates of theta, column Zh."""
    theta = [-1.89676982940316, -1.47481330858014, -1.32397778918161, -0.440880704746301, -0.553435946667687]
    zh = [-1.20595509005168, -0.951206033223898, -3.53281466511256, -2.08034802148334, -1.22123425181177]
    answers = patterns("00000", "00001", "00100", "00111", "01011")
    np.testing.assert_allclose(response_quality.standardised_log_likelihood(answers, two_parameter(theta)), zh, rtol=1e-11)


def test_log_likelihood_averages_zero_and_varies_one_over_all_that_can_be_answered():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 1, 1], size=4)
    every = np.array(list(itertools.product(range(3), repeat=4)), dtype=float)
    found = response_quality.standardised_log_likelihood(every, np.broadcast_to(p, (81, 4, 3)))
    chance = np.prod([p[item, every[:, item].astype(int)] for item in range(4)], axis=0)
    assert chance @ found == pytest.approx(0, abs=1e-12)
    assert chance @ found**2 == pytest.approx(1)


def test_items_not_answered_and_categories_not_there_leave_no_trace():
    p = two_parameter([0.3])
    padded = np.concatenate([p, np.full((1, 5, 1), nan)], axis=2)
    padded[:, 2] = nan
    four = response_quality.standardised_log_likelihood(patterns("1001"), np.delete(p, 2, axis=1))
    assert response_quality.standardised_log_likelihood([[1, 0, nan, 0, 1]], padded)[0] == pytest.approx(four[0])


def test_answers_that_can_only_have_one_likelihood_have_no_fit():
    p = np.full((2, 2, 3), 1 / 3)
    assert np.isnan(response_quality.standardised_log_likelihood([[0, 2], [nan, nan]], p)).all()


def test_guttman_errors_of_lsat6_patterns_by_hand():
    """From easy to hard: items 1, 5, 4, 2, 3. Of r right and 5 − r wrong at most r (5 − r) pairs are errors."""
    answers = patterns("11011", "00111", "00100", "10001", "11111", "00000")
    found = response_quality.guttman_errors(answers, popularity=LSAT6_EASINESS)
    np.testing.assert_allclose(found.estimate, [0, 4, 4, 0, 0, 0])
    np.testing.assert_allclose(found.normed, [0, 4 / 6, 1, 0, nan, nan])


def test_polytomous_errors_by_hand():
    """Two items, three categories; steps by popularity: A1 (1), B1 (.75), A2 (.5), B2 (.25).

    Row 0 took A1, A2 and not B1: one error. Row 1 took all. Row 2 took A1, B1. Row 3 took A1, B1: none.
    """
    scores = np.array([[2, 0], [2, 2], [1, 1], [1, 1.0]])
    found = response_quality.guttman_errors(scores)
    np.testing.assert_allclose(found.popularity, [[1, 0.5], [0.75, 0.25]])
    np.testing.assert_allclose(found.estimate, [1, 0, 0, 0])
    # The other totals of 2: (0, 2) took B1 and B2 and not A1 (twice) nor A2 (once), three errors.
    np.testing.assert_allclose(found.normed, [1 / 3, nan, 0, 0])


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(np.float64, (7, 3), elements=st.integers(0, 3).map(float)))
def test_polytomous_errors_are_those_of_all_pairs_of_steps(scores):
    found = response_quality.guttman_errors(scores, 4)
    np.testing.assert_allclose(found.estimate, written_out(scores, [4, 4, 4]), atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(np.float64, (6, 4), elements=st.sampled_from([0.0, 1.0, 1.0, nan])))
def test_with_missing_answers_only_the_answered_items_count(scores):
    if np.isnan(scores).all(axis=0).any():
        return
    found = response_quality.guttman_errors(scores)
    answered = ~np.isnan(scores).all(axis=1)
    np.testing.assert_allclose(found.estimate[answered], written_out(scores, [2] * 4)[answered], atol=1e-9)
    assert np.isnan(found.estimate[~answered]).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(4)))
def test_errors_follow_people_and_do_not_depend_on_the_order_of_items(seed, order):
    scores = np.random.default_rng(seed).integers(0, 3, (12, 4)).astype(float)
    plain, moved = response_quality.guttman_errors(scores), response_quality.guttman_errors(scores[::-1, order])
    np.testing.assert_allclose(moved.estimate[::-1], plain.estimate, atol=1e-9)
    assert (np.nan_to_num(plain.normed) >= 0).all() and (np.nan_to_num(plain.normed) <= 1 + 1e-12).all()


def test_the_norm_is_the_most_errors_that_any_answers_with_the_total_make():
    popularity = np.array([[0.9, 0.5, 0.2], [0.8, 0.35, nan], [0.7, 0.6, 0.1]])
    every = np.array(list(itertools.product(range(4), range(3), range(4))), dtype=float)
    found = response_quality.guttman_errors(every, popularity=popularity)
    for total in range(9):
        rows = every.sum(axis=1) == total
        most = found.estimate[rows].max()
        expected = found.estimate[rows] / most if most else np.full(rows.sum(), nan)
        np.testing.assert_allclose(found.normed[rows], expected)


def test_dichotomous_errors_are_normed_by_right_times_wrong_even_among_ties():
    scores = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1.0]])
    found = response_quality.guttman_errors(scores)
    np.testing.assert_allclose(found.estimate, [2, 2, 2, 2])
    np.testing.assert_allclose(found.normed, [0.5, 0.5, 0.5, 0.5])


def test_new_people_are_judged_by_the_order_of_a_norm_sample():
    rng = np.random.default_rng(5)
    scores = (rng.random((200, 6)) < np.linspace(0.9, 0.2, 6)).astype(float)
    norm = response_quality.guttman_errors(scores)
    one = response_quality.guttman_errors(scores[[7]], popularity=norm.popularity)
    assert one.estimate[0] == norm.estimate[7]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: response_quality.guttman_errors([[0.5, 1]]), "responses must hold whole numbers from 0"),
        (lambda: response_quality.guttman_errors([[-1, 1]]), "responses must hold whole numbers from 0"),
        (lambda: response_quality.guttman_errors([[1e9, 1]]), "responses must be categories below 1000"),
        (lambda: response_quality.guttman_errors([[2, 1]], 2), "responses must lie below the number of categories"),
        (lambda: response_quality.guttman_errors([[2, 1]], [3, 1]), "n_categories must be a whole number of at least 2"),
        (lambda: response_quality.guttman_errors([[2, 1]], [3, 3, 3]), "n_categories must be"),
        (lambda: response_quality.guttman_errors([[nan, 1]]), "at least one answer to each item"),
        (lambda: response_quality.guttman_errors(np.empty((0, 2))), "at least one person and one item"),
        (lambda: response_quality.guttman_errors([[1, 1]], popularity=[[0.5, 0.6], [0.5, 0.4]]), "popularity must give the steps"),
        (lambda: response_quality.guttman_errors([[1, 1]], popularity=[[0.5]]), "popularity must have 2 rows"),
        (lambda: response_quality.guttman_errors([[1, 1]], popularity=[[5], [0.5]]), "popularity must lie between 0 and 1"),
        (lambda: response_quality.standardised_log_likelihood([[0]], [[[0.5, 0.4]]]), "sum to 1"),
        (lambda: response_quality.standardised_log_likelihood([[2]], [[[0.5, 0.5]]]), "categories from 0 to 1"),
        (lambda: response_quality.standardised_log_likelihood([[1]], [[[1.0, 0.0]]]), "above 0 for every answer"),
        (lambda: response_quality.standardised_log_likelihood([[1]], [[0.5, 0.5]]), "probabilities must have the shape"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

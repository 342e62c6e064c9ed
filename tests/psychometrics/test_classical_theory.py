"""Reliability, errors of measurement and norm scales against published and R figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.psychometrics import classical

FIVE_BY_FOUR = np.array([[1, 2, 1, 2], [2, 3, 2, 3], [3, 3, 4, 3], [4, 5, 4, 5], [5, 4, 5, 5]], dtype=float)
# Bock & Lieberman (1970), LSAT section 6: response pattern and how many gave it.
LSAT6 = (
    "00000:3 00001:6 00010:2 00011:11 00100:1 00101:1 00110:3 00111:4 01000:1 01001:8 01011:16 01101:3 01110:2 01111:15 "
    "10000:10 10001:29 10010:14 10011:81 10100:3 10101:28 10110:15 10111:80 11000:16 11001:56 11010:21 11011:173 "
    "11100:11 11101:61 11110:28 11111:298"
)
# The same source, LSAT section 7.
LSAT7 = (
    "00000:12 00001:19 00010:1 00011:7 00100:3 00101:19 00110:3 00111:17 01000:10 01001:5 01010:3 01011:7 01100:7 01101:23 "
    "01110:8 01111:28 10000:7 10001:39 10010:11 10011:34 10100:14 10101:51 10110:15 10111:90 11000:6 11001:25 11010:7 11011:35 "
    "11100:18 11101:136 11110:32 11111:308"
)


def answers(patterns):
    rows = [(pattern, int(times)) for pattern, times in (entry.split(":") for entry in patterns.split())]
    return np.array([[float(c) for c in pattern] for pattern, times in rows for _ in range(times)])


def lsat6():
    return answers(LSAT6)


def test_alpha_of_a_small_table():
    assert np.var(FIVE_BY_FOUR, axis=0, ddof=1).tolist() == pytest.approx([2.5, 1.3, 2.7, 1.8])
    assert classical.alpha(FIVE_BY_FOUR).estimate == pytest.approx(0.9607, abs=5e-5)


def test_alpha_of_lsat6_and_lsat7_is_the_published_one():
    """R: psych::alpha(LSAT6)$total$raw_alpha; ltm's and mirt's LSAT data."""
    assert classical.alpha(lsat6()).estimate == pytest.approx(0.2950, abs=5e-5)
    assert classical.alpha(answers(LSAT7)).estimate == pytest.approx(0.4534, abs=5e-5)


@pytest.mark.parametrize(
    ("estimate", "n", "k", "low", "high"),
    [
        (0.703755894374836, 2709, 5, 0.685744635049661, 0.721035962795739),
        (0.729277203170442, 2707, 5, 0.712811398858658, 0.745074314438724),
        (0.760488595824792, 301, 9, 0.717716865952482, 0.799078832561648),
    ],
)
def test_feldt_interval_is_that_of_psych(estimate, n, k, low, high):
    """R: psych::alpha(x)$feldt on bfi agreeableness, bfi conscientiousness and nine Holzinger–Swineford tests."""
    interval = classical.Alpha(estimate, n, k, np.nan).confidence_interval()
    assert interval == pytest.approx((low, high), abs=1e-10)


def test_item_analysis_agrees_with_direct_correlations_and_with_alpha_of_the_rest():
    x = lsat6()
    result = classical.item_analysis(x)
    for j in range(5):
        rest = np.delete(x, j, axis=1)
        assert result.item_rest_correlation[j] == pytest.approx(np.corrcoef(x[:, j], rest.sum(axis=1))[0, 1])
        assert result.alpha_if_deleted[j] == pytest.approx(classical.alpha(rest).estimate)
    np.testing.assert_allclose(result.mean, x.mean(axis=0))
    assert result.n.tolist() == [1000] * 5


def test_listwise_drops_people_and_pairwise_keeps_their_other_answers():
    x = lsat6()
    holes = x.copy()
    holes[::7, 0] = np.nan
    listwise = classical.item_analysis(holes, missing="listwise")
    complete = classical.item_analysis(x[~np.isnan(holes).any(axis=1)])
    assert listwise.alpha == complete.alpha
    np.testing.assert_allclose(listwise.item_rest_correlation, complete.item_rest_correlation)
    pairwise = classical.item_analysis(holes)
    assert pairwise.alpha.n_people == 1000
    assert pairwise.n.tolist() == [857, 1000, 1000, 1000, 1000]
    both = ~np.isnan(holes[:, 0])
    covariance = np.cov(holes[both, 0], holes[both, 1])[0, 1]
    sds = np.array([holes[both, 0].std(ddof=1), *x[:, 1:].std(axis=0, ddof=1)])
    np.testing.assert_allclose(pairwise.sd, sds)
    assert classical.item_analysis(holes[both]).alpha.estimate != pytest.approx(pairwise.alpha.estimate, abs=1e-6)
    assert covariance == pytest.approx(np.cov(holes[both].T)[0, 1])


@given(st.permutations(range(5)), st.permutations(range(4)))
def test_alpha_ignores_the_order_of_people_and_items(people, items):
    shuffled = FIVE_BY_FOUR[np.ix_(people, items)]
    assert classical.alpha(shuffled).estimate == pytest.approx(classical.alpha(FIVE_BY_FOUR).estimate)


def test_spearman_brown_of_the_textbook():
    assert classical.spearman_brown_factor(0.70, 0.90) == pytest.approx(3.857, abs=5e-4)
    assert classical.spearman_brown(0.70, 0.5) == pytest.approx(0.5385, abs=5e-5)
    assert classical.spearman_brown(0.70, 3.857142857142857) == pytest.approx(0.90)
    table = classical.spearman_brown(np.array([0.10, 0.15, 0.20, 0.25])[:, None], np.array([5, 10, 20, 30, 50]))
    np.testing.assert_allclose(table[0], [0.357, 0.526, 0.690, 0.769, 0.847], atol=5e-4)
    np.testing.assert_allclose(table[3], [0.625, 0.769, 0.870, 0.909, 0.943], atol=5e-4)
    np.testing.assert_allclose(np.ceil(classical.spearman_brown_factor([0.15, 0.20, 0.25], 0.70)), [14, 10, 7])
    assert classical.spearman_brown_factor(0.10, 0.70) == pytest.approx(21)


def test_errors_of_measurement_of_dudek():
    """Dudek (1979): M 500, SD 100, r .90, score 700."""
    assert classical.standard_error_of_measurement(100, 0.9) == pytest.approx(31.62, abs=0.005)
    assert classical.standard_error_of_estimation(100, 0.9) == pytest.approx(30.0)
    assert classical.standard_error_of_prediction(100, 0.9) == pytest.approx(43.59, abs=0.005)
    true = classical.true_score_interval(700, 500, 100, 0.9)
    assert true == pytest.approx((680, 621.2, 738.8), abs=0.05)


def test_an_unreliable_score_is_estimated_at_the_mean():
    assert classical.true_score_interval(700, 500, 100, 0.0) == pytest.approx((500, 500, 500))


def test_mosier_reliability_of_a_sum_of_equal_parts_is_spearman_brown():
    r = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    assert classical.composite_reliability(np.ones(4), r, np.full(4, 0.5)) == pytest.approx(classical.spearman_brown(0.5, 4))
    assert classical.composite_reliability([1, 0, 0, 0], r, [0.62, 0.1, 0.1, 0.1]) == pytest.approx(0.62)


def test_a_parallel_subscore_adds_nothing_and_a_distinct_one_does():
    rng = np.random.default_rng(11)
    n = 40_000
    common, own = rng.standard_normal((2, n))
    noise = rng.standard_normal((3, n))
    same = classical.subscore_added_value(np.stack([common + noise[0], common + noise[1]], axis=1), [0.5, 0.5], [1, 1])
    # With two parallel halves of reliability .5 the whole foretells each half's true score at its own reliability, .667.
    np.testing.assert_allclose(same.prmse_total, [2 / 3, 2 / 3], atol=0.02)
    assert same.reportable.tolist() == [False, False]
    apart = classical.subscore_added_value(np.stack([common + noise[0], own + noise[2]], axis=1), [0.5, 0.5], [1, 1])
    np.testing.assert_allclose(apart.prmse_total, [0.25, 0.25], atol=0.02)
    assert apart.reportable.tolist() == [True, True]


def test_norm_scales_of_the_worked_example():
    z = classical.z_score(27, 20, 5)
    assert z == pytest.approx(1.4)
    assert classical.t_score(27, 20, 5) == pytest.approx(64)
    assert classical.normal_percentile(z) == pytest.approx(91.9, abs=0.05)
    assert 5.5 + 2 * z == pytest.approx(8.3)
    assert classical.sten(z) == 8
    assert classical.stanine(z) == 8
    np.testing.assert_allclose(classical.sten([-4, 0, 4]), [1, 6, 10])
    np.testing.assert_allclose(classical.stanine([-4, 0, 4]), [1, 5, 9])


def test_percentile_rank_counts_half_of_the_ties_unless_told_otherwise():
    norm = [3, 5, 5, 6, 7, 7, 7, 9, 10, 12]
    assert classical.percentile_rank(7, norm) == 55
    assert classical.percentile_rank(7, norm, ties="weak") == 70
    assert classical.percentile_rank(7, norm, ties="strict") == 40
    np.testing.assert_allclose(classical.percentile_rank([2, 13, np.nan], [3, 5, np.nan]), [0, 100, np.nan])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_score_never_has_a_lower_percentile(norm, a, b):
    low, high = sorted((a, b))
    assert classical.percentile_rank(low, norm) <= classical.percentile_rank(high, norm)


OPPOSITE = np.column_stack([np.arange(5.0), -np.arange(5.0)])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: classical.alpha([[1.0], [2.0]]), "item_scores must hold at least two columns"),
        (lambda: classical.alpha([[1.0, 2.0], [2.0, 3.0]]), "at least three people"),
        (lambda: classical.alpha([[1, 2], [2, 2], [3, 2]]), "must vary in every column; column 1 does not"),
        (lambda: classical.alpha([1, 2]), "item_scores must be two-dimensional"),
        (lambda: classical.alpha([["1", "2"], ["2", "3"], ["3", "4"]]), "item_scores must hold numbers only"),
        (lambda: classical.alpha(FIVE_BY_FOUR * 1e80), "item_scores must lie within"),
        (lambda: classical.alpha(FIVE_BY_FOUR * 1e-200), "item_scores must vary in every column"),
        (lambda: classical.alpha(OPPOSITE), "item_scores must have a sum that varies"),
        (lambda: classical.standardized_alpha(OPPOSITE), "item_scores must have a sum that varies"),
        (lambda: classical.item_analysis(np.column_stack([OPPOSITE, OPPOSITE])), "item_scores must have a sum that varies"),
        (lambda: classical.alpha(FIVE_BY_FOUR).confidence_interval("high"), "level must be one finite number"),
        (lambda: classical.true_score_interval(1, 0, 1, 0.5, level=0), "level must lie strictly between 0 and 1"),
        (lambda: classical.true_score_interval([1, 2], 0, [1, 2, 3], 0.5), "score and mean and sd and reliability must be"),
        (lambda: classical.standard_error_of_measurement([1, 2], [0.1, 0.2, 0.3]), "sd and reliability must be numbers or arrays"),
        (lambda: classical.z_score([1, 2], [1, 2, 3], 1), "score and mean and sd must be numbers or arrays"),
        (lambda: classical.spearman_brown(-0.5, 3), "r must be above −1 / \\(factor − 1\\)"),
        (lambda: classical.spearman_brown(-1, 2), "r must be above −1 / \\(factor − 1\\)"),
        (lambda: classical.spearman_brown_factor([0.5, 0.6], [0.7, 0.8, 0.9]), "r and target must be numbers or arrays"),
        (lambda: classical.composite_reliability([1, -1], np.ones((2, 2)), [1, 1]), "must make a sum that varies"),
        (lambda: classical.alpha(FIVE_BY_FOUR, missing="drop"), "missing must be 'pairwise' or 'listwise'"),
        (lambda: classical.alpha(FIVE_BY_FOUR).confidence_interval(1.0), "level must lie strictly between 0 and 1"),
        (lambda: classical.percentile_rank(1, [1, 2], ties="all"), "ties must be 'mid', 'weak' or 'strict'"),
        (lambda: classical.alpha([[1, np.nan], [2, np.nan], [np.nan, 1], [np.nan, 2]]), "answered together"),
        (lambda: classical.item_analysis(FIVE_BY_FOUR[:, :2]), "at least three items"),
        (lambda: classical.standard_error_of_measurement(10, 1.2), "reliability must lie between 0 and 1"),
        (lambda: classical.standard_error_of_measurement(-1, 0.5), "sd must not be negative"),
        (lambda: classical.t_score(1, 0, 0), "sd must be above 0"),
        (lambda: classical.percentile_rank(1, [np.nan]), "norm_scores must hold at least one score"),
        (lambda: classical.composite_reliability([1, 1], np.eye(3), [1, 1, 1]), "weights must hold 3 values"),
        (lambda: classical.spearman_brown_factor(0, 0.5), "r must lie strictly between 0 and 1"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

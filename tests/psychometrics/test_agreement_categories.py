"""Kappas, Krippendorff's alpha, content validity."""

from fractions import Fraction
from itertools import permutations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import agreement

# Fleiss (1971): 30 patients by six psychiatrists: depression, personality disorder, schizophrenia, neurosis, other.
DIAGNOSES = """
00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 00501 30012 51000 02040 10203 00006 01050
02013 20040 10041 05010 40002 02040 10500 00006
"""
# The first two of them, a diagnosis each.
FIRST_TWO = "33 11 12 44 11 00 22 00 00 44 03 01 11 03 11 22 00 00 11 02 44 13 11 00 03 11 00 11 02 44"
FOURTEEN_RATERS = """
0 0 0 0 14 | 0 2 6 4 2 | 0 0 3 5 6 | 0 3 9 2 0 | 2 2 8 1 1 | 7 7 0 0 0 | 3 2 6 3 0 | 2 5 3 2 2 | 6 5 2 1 0 | 0 2 2 3 7
"""
# Krippendorff (2011): twelve units by four observers.
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, np.nan, np.nan, np.nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, np.nan, np.nan],
        [np.nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 3],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, np.nan],
    ]
).T
LEVELS = ("nominal", "ordinal", "interval", "ratio")


def diagnoses():
    return np.array([[int(c) for c in row] for row in DIAGNOSES.split()])


def first_two():
    return np.array([[int(c) for c in pair] for pair in FIRST_TWO.split()], dtype=float)


def test_fleiss_kappa_of_the_worked_example():
    counts = [[int(v) for v in row.split()] for row in FOURTEEN_RATERS.split("|")]
    found = agreement.fleiss_kappa(counts)
    assert (found.observed, found.expected, found.estimate) == pytest.approx((0.3780, 0.2128, 0.2099), abs=5e-5)
    assert (found.n_subjects, found.n_raters) == (10, 14)


def test_fleiss_kappa_of_psychiatric_diagnoses_is_that_of_irr():
    """R 4.2.2, irr 0.84.1: kappam.fleiss(diagnoses, detail = TRUE); categories to the three digits that it prints."""
    found = agreement.fleiss_kappa(diagnoses())
    assert (found.estimate, found.z) == pytest.approx((0.430244520060141, 17.6518305829914), abs=1e-10)
    assert (found.observed, found.expected) == pytest.approx((0.5556, 0.2199), abs=5e-5)
    np.testing.assert_allclose(found.categories.share, [0.1444, 0.1444, 0.1667, 0.3056, 0.2389], atol=5e-5)
    np.testing.assert_allclose(found.categories.estimate, [0.245, 0.245, 0.520, 0.471, 0.566], atol=5e-4)
    np.testing.assert_allclose(found.categories.z, [5.192, 5.192, 11.031, 9.994, 12.009], atol=5e-4)


def test_kappa_of_one_category_is_the_kappa_of_it_against_the_rest():
    counts = diagnoses()
    found = agreement.fleiss_kappa(counts)
    for j in range(5):
        against = agreement.fleiss_kappa(np.column_stack([counts[:, j], 6 - counts[:, j]]))
        assert found.categories.estimate[j] == pytest.approx(against.estimate)
        assert found.categories.standard_error == pytest.approx(against.standard_error)
    weights = found.categories.share * (1 - found.categories.share)
    assert found.estimate == pytest.approx((weights * found.categories.estimate).sum() / weights.sum())


def test_the_variance_without_agreement_is_that_of_ratings_at_random():
    rng = np.random.default_rng(4)
    share = [0.6, 0.3, 0.1]
    drawn = [agreement.fleiss_kappa(rng.multinomial(4, share, size=50)) for _ in range(1000)]
    spread = np.std([found.estimate for found in drawn])
    assert spread == pytest.approx(np.mean([found.standard_error for found in drawn]), rel=0.08)


def test_intervals_of_many_rater_kappas_are_near_the_jackknife():
    counts, ratings = diagnoses(), np.array([np.repeat(np.arange(5.0), row) for row in diagnoses()])
    for whole, without in (
        (agreement.fleiss_kappa(counts), lambda i: agreement.fleiss_kappa(np.delete(counts, i, axis=0))),
        (agreement.conger_kappa(ratings), lambda i: agreement.conger_kappa(np.delete(ratings, i, axis=0))),
    ):
        left = np.array([without(i).estimate for i in range(30)])
        jackknife = np.sqrt(29 / 30 * ((left - left.mean()) ** 2).sum())
        low, high = whole.confidence_interval()
        assert (high - low) / 2 / 1.959964 == pytest.approx(jackknife, rel=0.08)
        assert (low + high) / 2 == pytest.approx(whole.estimate)


def test_cohens_kappa_of_two_psychiatrists_is_that_of_irr_and_psych():
    """R 4.2.2: irr 0.84.1 kappa2(); psych 2.2.9 cohen.kappa()."""
    found = agreement.weighted_kappa(first_two(), "unweighted")
    assert (found.estimate, found.z) == pytest.approx((0.651162790697674, 6.99647076978209), abs=1e-10)
    assert found.standard_error**2 == pytest.approx(0.00993663193251085, abs=1e-12)
    assert found.confidence_interval() == pytest.approx((0.455788374805688, 0.84653720658966), abs=1e-9)
    assert agreement.conger_kappa(first_two()).estimate == pytest.approx(found.estimate)


def test_quadratic_kappa_of_two_psychiatrists_is_that_of_psych_and_its_error_that_of_the_delta_method():
    """R 4.2.2, psych 2.2.9: cohen.kappa()$weighted.kappa.

    psych gives .0034 for the variance; the delta method, the jackknife (.0220) and the bootstrap (.0216) agree that it is
    about .019.
    """
    found = agreement.weighted_kappa(first_two(), "quadratic")
    assert found.estimate == pytest.approx(0.655462184873949, abs=1e-12)
    assert found.standard_error**2 == pytest.approx(0.0189884, abs=1e-6)


def kappa_of(joint, credit):
    expected = (np.outer(joint.sum(axis=1), joint.sum(axis=0)) * credit).sum()
    return ((joint * credit).sum() - expected) / (1 - expected)


@given(st.integers(2, 4), st.integers(5, 60), st.integers(0, 1000), st.sampled_from(["unweighted", "linear", "quadratic"]))
@settings(max_examples=40, deadline=None)
def test_standard_errors_of_kappa_are_those_of_the_delta_method(k, n, seed, weights):
    """Both by numerical differentiation: at the table seen, and at the table of its margins."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, k, (n, 2)).astype(float)
    x[: n // 2, 1] = x[: n // 2, 0]
    if np.unique(x).size < k:
        return
    found = agreement.weighted_kappa(x, weights)
    joint = np.histogram2d(x[:, 0], x[:, 1], bins=k, range=[[0, k - 1]] * 2)[0] / n
    for table, error in (
        (joint, found.standard_error),
        (np.outer(joint.sum(axis=1), joint.sum(axis=0)), found.null_standard_error),
    ):
        slope = np.zeros((k, k))
        for cell in np.ndindex(k, k):
            step = np.zeros((k, k))
            step[cell] = 1e-6
            slope[cell] = (kappa_of(table + step, found.weights) - kappa_of(table - step, found.weights)) / 2e-6
        # A table's shares sum to 1; kappa's slope is taken along them.
        variance = (table * slope**2).sum() - (table * slope).sum() ** 2
        assert error == pytest.approx(np.sqrt(max(variance, 0) / n), abs=1e-6)


def test_weighted_kappa_of_cohen_1968():
    """Cohen (1968): κ = .492, weighted κ = .348 with disagreement 1, 3 and 6."""
    counts = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    x = np.array([cell for cell in np.ndindex(3, 3) for _ in range(counts[cell])], dtype=float)
    assert agreement.weighted_kappa(x, "unweighted").estimate == pytest.approx(0.492, abs=5e-4)
    credit = 1 - np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]]) / 6
    assert agreement.weighted_kappa(x, credit).estimate == pytest.approx(0.348, abs=5e-4)


def test_a_category_that_nobody_used_makes_no_difference_and_weights_follow_categories():
    x = np.array([[1, 1], [2, 2], [4, 5], [5, 4], [1, 2], [5, 5]], dtype=float)
    for weights in ("unweighted", "linear", "quadratic"):
        seen = agreement.weighted_kappa(x, weights)
        told = agreement.weighted_kappa(x, weights, categories=[1, 2, 3, 4, 5])
        assert (told.estimate, told.standard_error) == pytest.approx((seen.estimate, seen.standard_error))
    credit = 1 - (np.arange(5)[:, None] - np.arange(5)) ** 2 / 16
    order = [4, 2, 0, 1, 3]
    shuffled = agreement.weighted_kappa(x, credit[np.ix_(order, order)], categories=np.arange(1, 6)[order])
    assert shuffled.estimate == pytest.approx(agreement.weighted_kappa(x).estimate)


def test_quadratic_kappa_comes_near_the_intraclass_correlation():
    """Fleiss & Cohen (1973): equal but for terms in 1/n."""
    rng = np.random.default_rng(2)
    x = np.clip(np.round(3 + rng.standard_normal((2000, 1)) + rng.standard_normal((2000, 2)) + [0, 0.5]), 1, 5)
    assert agreement.weighted_kappa(x).estimate == pytest.approx(agreement.intraclass_correlation(x).estimate, abs=1e-3)


def test_perfect_agreement_and_a_rater_who_never_varies():
    perfect = agreement.weighted_kappa([[1, 1], [2, 2], [3, 3]])
    assert perfect.estimate == 1
    assert perfect.confidence_interval() == (1, 1)
    stubborn = agreement.weighted_kappa([[1, 1], [1, 2], [1, 2]])
    assert (stubborn.estimate, stubborn.z, stubborn.p_value) == (0, 0, 1)
    assert agreement.fleiss_kappa([[3, 0], [0, 3]]).estimate == 1


def test_conger_kappa_is_the_mean_over_pairs_of_raters():
    x = np.array([np.random.default_rng(i).permutation(np.repeat(np.arange(5.0), row)) for i, row in enumerate(diagnoses())])
    observed, expected = [], []
    for g, h in permutations(range(6), 2):
        observed.append(np.mean(x[:, g] == x[:, h]))
        expected.append(sum(np.mean(x[:, g] == c) * np.mean(x[:, h] == c) for c in range(5)))
    found = agreement.conger_kappa(x)
    assert (found.observed, found.expected) == pytest.approx((np.mean(observed), np.mean(expected)))


def test_counts_of_ratings():
    counts = agreement.category_counts([[1, 1, 3], [3, np.nan, 3]])
    assert counts.tolist() == [[2, 1], [0, 2]]
    assert agreement.category_counts([[1, 1, 3]], categories=[3, 2, 1]).tolist() == [[1, 0, 2]]


@pytest.mark.parametrize(
    ("level", "alpha"),
    [
        ("nominal", 0.743421052631579),
        ("ordinal", 0.815387503754881),
        ("interval", 0.849107142857143),
        ("ratio", 0.797402774711612),
    ],
)
def test_krippendorff_alpha_is_the_published_one(level, alpha):
    """Krippendorff (2011); R 4.2.2, irr 0.84.1: kripp.alpha()."""
    found = agreement.krippendorff_alpha(KRIPPENDORFF, level)
    assert found.estimate == pytest.approx(alpha, abs=1e-12)
    # The unit with a single rating is left out.
    assert (found.n_targets, found.n_raters, found.n_ratings) == (11, 4, 40)


def by_definition(x, level):
    """Every pair of ratings, one by one."""
    units = [row[~np.isnan(row)] for row in x if (~np.isnan(row)).sum() > 1]
    everything = np.concatenate(units)

    def squared(a, b):
        if level == "nominal":
            return float(a != b)
        if level == "ordinal":
            low, high = min(a, b), max(a, b)
            between = ((everything >= low) & (everything <= high)).sum()
            return 0.0 if a == b else (between - ((everything == a).sum() + (everything == b).sum()) / 2) ** 2
        return (a - b) ** 2 if level == "interval" else 0.0 if a == b == 0 else ((a - b) / (a + b)) ** 2

    observed = sum(squared(a, b) / (len(u) - 1) for u in units for i, a in enumerate(u) for j, b in enumerate(u) if i != j)
    expected = sum(squared(a, b) for a in everything for b in everything) / (len(everything) - 1)
    return 1 - observed / expected


@given(st.integers(2, 7), st.integers(2, 4), st.integers(0, 1000), st.sampled_from(LEVELS))
@settings(max_examples=60, deadline=None)
def test_krippendorff_alpha_agrees_with_its_definition(n, m, seed, level):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 5, (n, m)).astype(float)
    x[rng.random((n, m)) < 0.2] = np.nan
    kept = x[(~np.isnan(x)).sum(axis=1) > 1]
    if np.unique(kept[~np.isnan(kept)]).size < 2:
        return
    assert agreement.krippendorff_alpha(x, level).estimate == pytest.approx(by_definition(x, level))


def test_ordinal_alpha_asks_for_order_alone_and_interval_alpha_for_differences():
    ordinal = agreement.krippendorff_alpha(KRIPPENDORFF, "ordinal").estimate
    assert agreement.krippendorff_alpha(np.exp(KRIPPENDORFF), "ordinal").estimate == pytest.approx(ordinal)
    interval = agreement.krippendorff_alpha(KRIPPENDORFF, "interval").estimate
    assert agreement.krippendorff_alpha(7 - 3 * KRIPPENDORFF, "interval").estimate == pytest.approx(interval)
    ratio = agreement.krippendorff_alpha(KRIPPENDORFF, "ratio").estimate
    assert agreement.krippendorff_alpha(2.5 * KRIPPENDORFF, "ratio").estimate == pytest.approx(ratio)


@pytest.mark.parametrize("level", LEVELS)
def test_the_bootstrap_draws_targets_and_its_generator_decides(level):
    found = agreement.krippendorff_alpha(KRIPPENDORFF, level)
    one, again = (found.confidence_interval(rng=np.random.default_rng(9), n_resamples=300) for _ in range(2))
    assert one == again
    assert one.low < found.estimate < one.high <= 1
    kept = KRIPPENDORFF[:11]
    rng = np.random.default_rng(9)
    drawn = [agreement.krippendorff_alpha(kept[rng.integers(0, 11, size=11)], level).estimate for _ in range(300)]
    assert one == pytest.approx(np.quantile(drawn, [0.025, 0.975]))


def test_without_a_generator_the_bootstrap_gives_one_answer():
    found = agreement.krippendorff_alpha(KRIPPENDORFF, "nominal")
    assert found.confidence_interval(0.9) == found.confidence_interval(0.9, rng=np.random.default_rng(0))


def test_the_bootstrap_interval_covers_what_raters_agree_on():
    """Raters who copy the truth with probability .8 and else answer at random: nominal alpha .64."""
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(60):
        truth = rng.integers(0, 3, (60, 1))
        x = np.where(rng.random((60, 3)) < 0.8, truth, rng.integers(0, 3, (60, 3))).astype(float)
        low, high = agreement.krippendorff_alpha(x, "nominal").confidence_interval(0.9, rng=rng, n_resamples=199)
        covered += low <= 0.64 <= high
    assert covered >= 46


def test_content_validity_of_the_worked_example():
    assert agreement.content_validity_ratio(3, 5) == pytest.approx(0.20)
    np.testing.assert_allclose(agreement.content_validity_ratio([0, 5, 10], 10), [-1, 0, 1])


def test_critical_counts_are_the_exact_ones():
    """Ayre & Scally (2014), table of exact critical values, one-sided .05."""
    published = {5: 5, 6: 6, 7: 7, 8: 7, 9: 8, 10: 9, 11: 9, 12: 10, 13: 10, 14: 11, 15: 12, 16: 12, 20: 15, 40: 26}
    assert {n: agreement.critical_count(n) for n in published} == published


@given(st.integers(5, 300), st.sampled_from([0.01, 0.05, 0.0625, 0.1, 0.5]))
@settings(max_examples=40, deadline=None)
def test_a_critical_count_is_the_first_whose_tail_is_small_enough(n, alpha):
    if Fraction(1, 2**n) > Fraction(alpha):
        return

    def tail(c):
        return Fraction(sum(comb(n, i) for i in range(c, n + 1)), 2**n)

    found = agreement.critical_count(n, alpha)
    assert tail(found) <= Fraction(alpha) < tail(found - 1)


def test_a_tail_of_exactly_alpha_counts():
    assert agreement.critical_count(4, 0.0625) == 4
    assert agreement.critical_count(1, 0.5) == 1


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: agreement.fleiss_kappa([[1.5, 0.5]]), "counts must be whole numbers of raters"),
        (lambda: agreement.fleiss_kappa([[2, 1], [2, 0]]), "counts must sum to the same number of raters in every row"),
        (lambda: agreement.fleiss_kappa([[1, 0], [0, 1]]), "at least two"),
        (lambda: agreement.fleiss_kappa([[2, 0], [2, 0]]), "counts must use at least two categories"),
        (lambda: agreement.fleiss_kappa(np.zeros((0, 3))), "at least one subject"),
        (lambda: agreement.fleiss_kappa([[1, 1]]).confidence_interval(), "counts or ratings must hold at least two subjects"),
        (lambda: agreement.fleiss_kappa([[1, 1], [2, 0]]).confidence_interval("wide"), "level must be one finite number"),
        (lambda: agreement.category_counts([[1, 2]], categories=[1, 3]), "ratings must hold categories only"),
        (lambda: agreement.category_counts([[np.nan, np.nan]]), "ratings must hold at least one rating"),
        (lambda: agreement.conger_kappa([[1, 1], [1, 1]]), "ratings must vary; every rating is 1"),
        (lambda: agreement.weighted_kappa(np.zeros((3, 3))), "ratings must be those of 2 raters"),
        (lambda: agreement.weighted_kappa([[1, 1], [1, 1]]), "ratings must vary; every rating is 1"),
        (lambda: agreement.weighted_kappa([[1, 2]], "cubic"), "weights must be 'unweighted', 'linear', 'quadratic'"),
        (lambda: agreement.weighted_kappa([[1, 2]], [[1, 2], [0, 1]]), "credit from 0 to 1, with 1 in the diagonal"),
        (lambda: agreement.weighted_kappa([[1, 2]], np.ones((2, 2))), "full credit to every pair"),
        (lambda: agreement.weighted_kappa([[1, 2]], np.eye(3)), "weights must have 2 columns"),
        (lambda: agreement.weighted_kappa([[1, 2]], categories=[1, 1]), "categories must differ"),
        (lambda: agreement.weighted_kappa([[1, 2]], categories=[1, 3]), "ratings must hold categories only"),
        (lambda: agreement.weighted_kappa([[1, np.nan]]), "at least one target that every rater rated"),
        (lambda: agreement.krippendorff_alpha(KRIPPENDORFF, "rank"), "level must be one of nominal, ordinal"),
        (lambda: agreement.krippendorff_alpha([[1, 1], [1, 1]], "nominal"), "ratings must vary; every rating is 1"),
        (lambda: agreement.krippendorff_alpha([[1, np.nan]], "nominal"), "at least one target with two ratings"),
        (lambda: agreement.krippendorff_alpha([[1, -1]], "ratio"), "ratings must be at least 0 at ratio level"),
        (
            lambda: agreement.krippendorff_alpha([[1, 2]], "nominal").confidence_interval(rng=np.random.default_rng(1)),
            "at least two targets",
        ),
        (lambda: agreement.content_validity_ratio(6, 5), "n_essential must lie between 0 and n_panel"),
        (lambda: agreement.content_validity_ratio(2.5, 5), "n_essential must be whole numbers"),
        (lambda: agreement.content_validity_ratio(0, 0), "n_panel must be at least 1"),
        (lambda: agreement.critical_count(4), "n_panel must be larger: all 4 experts agree by chance with probability 0.0625"),
        (lambda: agreement.content_validity_ratio([1, 2], [3, 4, 5]), "n_essential and n_panel must be numbers or arrays of one"),
        (lambda: agreement.critical_count(10, 1.0), "alpha must lie strictly between 0 and 1"),
        (lambda: agreement.critical_count(np.inf), "n_panel must be one finite number"),
        (lambda: agreement.critical_count("ten"), "n_panel must be one finite number"),
        (lambda: agreement.critical_count(10**9), "n_panel must be at most 10000"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()

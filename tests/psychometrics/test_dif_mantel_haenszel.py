"""Mantel–Haenszel, Mantel, SMD and cumulative odds against published tables, R, and the definitions written out."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.fairness import ets_class, ets_polytomous_class, mantel, mantel_haenszel

BERKELEY = [  # men admitted, men rejected, women admitted, women rejected in six departments (R's UCBAdmissions)
    (512, 313, 89, 19), (353, 207, 17, 8), (120, 205, 202, 391), (138, 279, 131, 244), (53, 138, 94, 299), (22, 351, 24, 317),
]  # fmt: skip
CENTRES = [  # drug cured, drug not, control cured, control not in eight centres (Agresti, 2002, table 6.9)
    (11, 25, 10, 27), (16, 4, 22, 10), (14, 5, 7, 12), (2, 14, 1, 16), (6, 11, 0, 12), (1, 10, 0, 10), (1, 4, 1, 8), (4, 2, 6, 1),
]  # fmt: skip


def people_of(tables):
    """Item, group and stratum of everybody in 2 × 2 tables [reference right, wrong, focal right, wrong]."""
    rows = [
        (right, group, stratum)
        for stratum, counts in enumerate(tables)
        for n, (right, group) in zip(counts, [(1, "ref"), (0, "ref"), (1, "foc"), (0, "foc")], strict=True)
        for _ in range(n)
    ]
    item, group, stratum = zip(*rows, strict=True)
    return np.array(item, dtype=float), list(group), np.array(stratum, dtype=float)


def test_berkeley_admissions_are_those_of_r():
    """R 4.2.2: mantelhaen.test(UCBAdmissions), with and without correct = TRUE."""
    found = mantel_haenszel(*people_of(BERKELEY), reference="ref")
    assert found.alpha == pytest.approx(0.904696828258623, rel=1e-12)
    assert found.estimate == found.alpha
    assert found.confidence_interval() == pytest.approx((0.77190736175935, 1.06032976443666), rel=1e-9)
    assert found.chi_square == pytest.approx(1.42694622858669, rel=1e-12)
    assert found.p_value == pytest.approx(0.2323, abs=5e-5)
    assert found.chi_square_uncorrected == pytest.approx(1.52460666044344, rel=1e-12)
    assert found.p_value_uncorrected == pytest.approx(0.216923697055518, rel=1e-10)
    assert (found.log_odds_ratio, found.standard_error) == pytest.approx((-0.1002, 0.0810), abs=5e-5)
    assert (found.delta, found.delta_standard_error) == pytest.approx((0.2354, 0.1903), abs=5e-5)
    assert found.delta_interval() == pytest.approx((found.delta - 0.373, found.delta + 0.373), abs=5e-4)
    assert (found.n, found.n_reference, found.n_focal, found.n_strata) == (4526, 2691, 1835, 6)
    assert (found.ets_class, found.reference, found.focal) == ("A", "ref", None)


def test_eight_centres_are_the_published_ones():
    """Agresti (2002), pages 231 to 235: CMH 6.38, common odds ratio 2.13, standard error of its log .303, 1.18 to 3.87."""
    found = mantel_haenszel(*people_of(CENTRES), reference="ref")
    assert found.chi_square_uncorrected == pytest.approx(6.384, abs=5e-4)
    assert found.alpha == pytest.approx(2.135, abs=5e-4)
    assert found.standard_error == pytest.approx(0.303, abs=5e-4)
    assert found.confidence_interval() == pytest.approx((1.18, 3.87), abs=6e-3)


def test_one_stratum_has_the_odds_ratio_and_the_variance_of_woolf():
    """With a single table alpha is ad / bc, and Robins, Breslow & Greenland's variance is 1/a + 1/b + 1/c + 1/d."""
    found = mantel_haenszel(*people_of([(30, 20, 15, 40)]), reference="ref")
    assert found.alpha == pytest.approx(30 * 40 / (20 * 15))
    assert found.standard_error**2 == pytest.approx(1 / 30 + 1 / 20 + 1 / 15 + 1 / 40)


def test_harder_for_the_focal_group_is_a_negative_delta():
    found = mantel_haenszel(*people_of([(80, 20, 60, 40), (90, 10, 70, 30)]), reference="ref")
    assert found.delta < 0 < found.log_odds_ratio
    assert found.delta == pytest.approx(-2.35 * math.log(found.alpha))


tables = st.lists(st.tuples(*[st.integers(1, 30)] * 4), min_size=1, max_size=5)


@settings(max_examples=40)
@given(tables)
def test_a_wrong_reference_turns_every_sign(counts):
    item, group, stratum = people_of(counts)
    there, back = (mantel_haenszel(item, group, stratum, reference=label) for label in ("ref", "foc"))
    assert back.log_odds_ratio == pytest.approx(-there.log_odds_ratio, abs=1e-12)
    assert back.delta == pytest.approx(-there.delta, abs=1e-12)
    assert back.chi_square == pytest.approx(there.chi_square)
    assert back.standard_error == pytest.approx(there.standard_error)
    first, second = (mantel(item, group, stratum, reference=label) for label in ("ref", "foc"))
    assert second.log_odds_ratio == pytest.approx(-first.log_odds_ratio, abs=1e-12)
    assert second.chi_square == pytest.approx(first.chi_square)


@settings(max_examples=40)
@given(tables, st.integers(0, 2**32 - 1))
def test_the_order_of_people_and_the_scale_of_the_matching_score_do_not_matter(counts, seed):
    item, group, stratum = people_of(counts)
    order = np.random.default_rng(seed).permutation(item.size)
    there = mantel_haenszel(item, group, stratum, reference="ref")
    shuffled = mantel_haenszel(item[order], np.array(group)[order], 3.5 * stratum[order] - 7, reference="ref")
    assert shuffled == there


@settings(max_examples=40)
@given(tables)
def test_two_scores_make_mantel_the_mantel_haenszel_test(counts):
    item, group, stratum = people_of(counts)
    binary, ordered = mantel_haenszel(item, group, stratum, reference="ref"), mantel(item, group, stratum, reference="ref")
    assert ordered.chi_square == pytest.approx(binary.chi_square_uncorrected, abs=1e-10)
    assert ordered.generalized_chi_square == pytest.approx(binary.chi_square_uncorrected, abs=1e-8)
    assert ordered.generalized_df == 1
    assert ordered.log_odds_ratio == pytest.approx(-binary.log_odds_ratio, abs=1e-10)


def test_the_full_ets_rule_takes_size_and_significance():
    assert ets_class(-1.58, 0.287, 4e-8) == "C"
    assert ets_class(-1.58, 0.60, 0.01) == "B"  # large, but not shown to be above 1
    assert ets_class(-2.50, 1.60, 0.12) == "A"  # larger still, and perhaps chance
    assert ets_class(1.20, 0.10, 1e-9) == "B"
    assert ets_class(0.99, 0.01, 1e-9) == "A"
    assert ets_class(1.50, 0.30, 1e-6) == "C"


def test_a_large_delta_in_a_small_sample_is_not_class_c():
    small = people_of([(12, 4, 7, 9), (13, 3, 9, 7)])
    found = mantel_haenszel(*small, reference="ref")
    assert abs(found.delta) > 1.5
    assert found.ets_class == "B"
    large = people_of([(120, 40, 70, 90), (130, 30, 90, 70)])
    assert mantel_haenszel(*large, reference="ref").ets_class == "C"


def test_pairs_of_one_kind_alone_leave_alpha_without_an_end():
    found = mantel_haenszel(*people_of([(20, 0, 10, 10), (20, 0, 15, 5)]), reference="ref")
    assert found.alpha == math.inf
    assert found.delta == -math.inf
    assert found.confidence_interval() == (0, math.inf)
    assert found.delta_interval() == (-math.inf, math.inf)
    assert found.ets_class == "B"  # significant, but nobody can say how far from 1


def test_strata_of_one_group_and_people_without_a_group_say_nothing():
    item, group, stratum = people_of(CENTRES)
    there = mantel_haenszel(item, group, stratum, reference="ref")
    more = np.concatenate([item, [1, 0, 1, 0, np.nan, 1]])
    labels = [*group, "ref", "ref", None, "", "ref", "foc"]
    levels = np.concatenate([stratum, [99, 99, 1, 1, 1, np.nan]])
    assert mantel_haenszel(more, labels, levels, reference="ref") == there


def test_the_focal_group_is_everybody_else_or_the_one_named():
    item, group, stratum = people_of(CENTRES)
    others = np.array(["third"] * 40)
    labels = np.concatenate([np.array(group), others])
    score, level = np.concatenate([item, np.arange(40) % 2]), np.concatenate([stratum, np.arange(40) // 2 % 8])
    named = mantel_haenszel(score, labels, level, reference="ref", focal="foc")
    assert named.alpha == mantel_haenszel(item, group, stratum, reference="ref").alpha
    assert named.focal == "foc"
    everybody = mantel_haenszel(score, labels, level, reference="ref")
    merged = mantel_haenszel(score, np.where(labels == "third", "foc", labels), level, reference="ref")
    assert everybody == merged
    assert everybody.n_focal == named.n_focal + 40


def graded(seed, n=900, scores=4):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    level = np.clip(np.round(rng.normal(5, 2, n) - group), 0, 10)
    item = np.clip(np.round((level - 5) / 2 + rng.normal(1.5, 1.0, n) - 0.3 * group), 0, scores - 1)
    return item, group, level


def test_one_stratum_makes_mantel_and_its_generalisation_familiar_tests():
    """(N − 1) r² for ordered scores (Mantel, 1963), (N − 1) / N times Pearson's chi-square without order."""
    item, group, _ = graded(1)
    found = mantel(item, group, np.zeros(item.size), reference=0)
    r = np.corrcoef(item, group)[0, 1]
    assert found.chi_square == pytest.approx((item.size - 1) * r * r)
    table = np.array([[((group == g) & (item == c)).sum() for c in range(4)] for g in (0, 1)], dtype=float)
    expected = table.sum(1, keepdims=True) * table.sum(0) / item.size
    pearson = ((table - expected) ** 2 / expected).sum()
    assert found.generalized_chi_square == pytest.approx((item.size - 1) / item.size * pearson)
    assert found.generalized_df == 3
    means = [item[group == g].mean() for g in (0, 1)]
    assert found.smd == pytest.approx(means[1] - means[0])
    assert found.effect_size == pytest.approx(found.smd / item.std(ddof=1))


def test_mantel_and_smd_are_their_definitions_summed_by_hand():
    item, group, level = graded(2)
    apart = variance = smd = error = multinomial = 0.0
    n_focal = sum((group == 1) & np.isin(level, np.unique(level[group == 0])))
    for k in np.unique(level):
        ref, foc = item[(level == k) & (group == 0)], item[(level == k) & (group == 1)]
        if ref.size == 0 or foc.size == 0:
            continue
        both = np.concatenate([ref, foc])
        n = both.size
        of_sum = ref.size * foc.size / n * both.var(ddof=1)
        apart += foc.sum() - foc.size * both.mean()
        variance += of_sum
        weight = foc.size / n_focal
        smd += weight * (foc.mean() - ref.mean())
        error += weight**2 * (1 / foc.size + 1 / ref.size) ** 2 * of_sum
        multinomial += weight**2 * (foc.var() / foc.size + ref.var() / ref.size)
    found = mantel(item, group, level, reference=0)
    assert found.chi_square == pytest.approx(apart**2 / variance)
    assert found.smd == pytest.approx(smd)
    assert found.estimate == found.smd
    assert (found.standard_error, found.multinomial_standard_error) == pytest.approx((math.sqrt(error), math.sqrt(multinomial)))
    low, high = found.confidence_interval(0.90)
    assert (high - low) / 2 == pytest.approx(1.6448536 * found.standard_error)
    assert found.item_sd == pytest.approx(item.std(ddof=1))


def test_the_cumulative_odds_ratio_counts_pairs_over_every_cut():
    """Liu & Agresti (1996): Σ A_j D_j / N over Σ B_j C_j / N, A_j and C_j at or below cut j, B_j and D_j above it."""
    item, group, level = graded(3, scores=5)
    up = down = 0.0
    for k, cut in itertools.product(np.unique(level), range(4)):
        here = level == k
        ref, foc = item[here & (group == 0)], item[here & (group == 1)]
        up += (ref <= cut).sum() * (foc > cut).sum() / here.sum()
        down += (ref > cut).sum() * (foc <= cut).sum() / here.sum()
    found = mantel(item, group, level, reference=0)
    assert found.log_odds_ratio == pytest.approx(math.log(up / down))
    assert found.log_odds_ratio < 0
    wider = mantel(np.array([0.0, 1.0, 5.0, 6.0, 20.0])[item.astype(int)], group, level, reference=0)
    assert wider.log_odds_ratio == pytest.approx(found.log_odds_ratio)


def test_standard_errors_are_those_of_repeated_samples():
    rng = np.random.default_rng(8)
    found = []
    for _ in range(300):
        group = rng.integers(0, 2, 400)
        level = rng.integers(0, 6, 400) - group.clip(0, 1)
        item = np.clip(np.round(level / 2 + rng.normal(0, 1, 400)), 0, 3)
        found.append(mantel(item, group, level, reference=0))
    for estimates, errors in (
        ([f.smd for f in found], [f.standard_error for f in found]),
        ([f.log_odds_ratio for f in found], [f.log_odds_ratio_standard_error for f in found]),
    ):
        assert np.std(estimates) == pytest.approx(np.mean(errors), rel=0.12)


def test_the_polytomous_ets_rule_takes_size_and_significance():
    assert [ets_polytomous_class(size, 0.01) for size in (0.10, 0.17, 0.18, -0.25, -0.26)] == ["AA", "AA", "BB", "BB", "CC"]
    assert ets_polytomous_class(0.40, 0.06) == "AA"


def test_scores_count_on_any_scale_for_smd_alone():
    item, group, level = graded(4)
    there, scaled = mantel(item, group, level, reference=0), mantel(1e6 + 2 * item, group, level, reference=0)
    assert scaled.smd == pytest.approx(2 * there.smd, rel=1e-8)
    assert scaled.effect_size == pytest.approx(there.effect_size, rel=1e-8)
    assert scaled.chi_square == pytest.approx(there.chi_square, rel=1e-8)


def test_a_group_never_above_the_other_has_infinite_cumulative_odds():
    found = mantel([0, 1, 0, 2, 2, 2], list("aaabbb"), [1] * 6, reference="a")
    assert found.log_odds_ratio == math.inf
    assert found.log_odds_ratio_standard_error == math.inf


@pytest.mark.parametrize(
    ("item", "group", "matching", "says"),
    [
        ([0, 1, 2, 0], list("aabb"), [1, 1, 1, 1], "item must be scored 0 or 1; use mantel"),
        ([1, 1, 1, 1], list("aabb"), [1, 1, 1, 1], "item must vary; everybody scores 1"),
        ([0, 1, 1, 0], list("aabb"), [1, 2, 3, 4], "both right and wrong answers"),
        ([0, 1, 1, 0], list("bbbb"), [1, 1, 1, 1], "reference must be one of the groups; nobody is in 'a'"),
        ([0, 1, 1, 0], ["a", "a", None, ""], [1, 1, 1, 1], "nobody is in another known group"),
        ([0, 1, np.nan, np.nan], list("aabb"), [1, 1, 1, 1], "focal must hold at least one person"),
        ([0, 1, 1], list("aabb"), [1, 1, 1], "group must hold 3 labels"),
        ([0, 1, 1, 0], list("aabb"), [1, 1, 1], "matching must hold 4 values"),
    ],
)
def test_impossible_tables_are_named(item, group, matching, says):
    with pytest.raises(ValueError, match=says):
        mantel_haenszel(item, group, matching, reference="a")


def test_refused_groups_and_scores_are_named():
    with pytest.raises(ValueError, match="focal must be another group than reference"):
        mantel_haenszel([0, 1], list("ab"), [1, 1], reference="a", focal="a")
    with pytest.raises(ValueError, match="nobody is in 'c'"):
        mantel_haenszel([0, 1], np.array(["a", "b"]), [1, 1], reference="a", focal="c")
    with pytest.raises(ValueError, match="at most 100 distinct scores"):
        mantel(np.arange(150.0), [0, 1] * 75, np.zeros(150), reference=0)
    with pytest.raises(ValueError, match="more than one item score"):
        mantel([0, 1, 2, 3], list("abab"), [1, 2, 3, 4], reference="a")

"""SIBTEST against its definition written out, and against truth in simulated forms."""

import math

import numpy as np
import pytest

from assessment.psychometrics.fairness import sibtest, sibtest_class


def rasch(seed, n=1200, items=12, impact=0.5, uniform=0.0, crossing=0.0):
    """2PL form; item 0 is harder for the focal group by `uniform` and flatter by `crossing`."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    theta = rng.normal(size=n) - impact * group
    slopes, difficulties = np.full(items, 1.2), np.linspace(-1, 1, items)
    difficulties[0] = 0.0
    pull = slopes * (theta[:, None] - difficulties)
    pull[:, 0] = slopes[0] * (1 - crossing * group) * (theta - uniform * group)
    return (rng.random((n, items)) < 1 / (1 + np.exp(-pull))).astype(float), group


def by_hand(item, group, matching):
    """Shealy & Stout's statistic, stratum by stratum."""
    total, k = matching.sum(axis=1), matching.shape[1]
    means, truths = [], []
    levels = np.unique(total)
    for g in (0, 1):
        inside = group == g
        alpha = k / (k - 1) * (1 - matching[inside].var(axis=0).sum() / total[inside].var())
        centre = total[inside].mean()
        means.append(
            [item[inside & (total == level)].mean() if (inside & (total == level)).any() else math.nan for level in levels]
        )
        truths.append((centre + alpha * (levels - centre)) / k)
    apart, variances, people = [], [], []
    for place in range(1, levels.size - 1):
        here = [item[(group == g) & (total == levels[place])] for g in (0, 1)]
        if min(part.size for part in here) < 6 or min(part.var() for part in here) == 0:
            continue
        common = (truths[0][place] + truths[1][place]) / 2
        moved = []
        for mean, truth in zip(means, truths, strict=True):
            slope = (mean[place + 1] - mean[place - 1]) / (truth[place + 1] - truth[place - 1])
            moved.append(mean[place] + slope * (common - truth[place]))
        apart.append(moved[0] - moved[1])
        variances.append(sum(part.var(ddof=1) / part.size for part in here))
        people.append(sum(part.size for part in here))
    share = np.array(people) / sum(people)
    return share @ apart, math.sqrt(share**2 @ np.array(variances))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_beta_and_its_standard_error_are_the_definition(seed):
    responses, group = rasch(seed, uniform=0.4)
    found = sibtest(responses[:, 0], group, responses[:, 1:], reference=0)
    beta, error = by_hand(responses[:, 0], group, responses[:, 1:])
    assert (found.beta, found.standard_error) == pytest.approx((beta, error), rel=1e-9)
    assert found.estimate == found.beta
    assert found.chi_square == pytest.approx((beta / error) ** 2)
    assert found.confidence_interval() == pytest.approx((beta - 1.959964 * error, beta + 1.959964 * error), abs=1e-6)
    assert found.n_reference + found.n_focal == 1200 >= found.n


def test_ordered_scores_and_bundles_follow_the_same_definition():
    responses, group = rasch(4, items=20)
    item = responses[:, :4].sum(axis=1)
    found = sibtest(item, group, responses[:, 4:], reference=0)
    assert (found.beta, found.standard_error) == pytest.approx(by_hand(item, group, responses[:, 4:]), rel=1e-9)


def test_harder_for_the_focal_group_is_a_positive_beta_and_flagged():
    responses, group = rasch(5, n=4000, items=20, uniform=0.6)
    found = sibtest(responses[:, 0], group, responses[:, 1:], reference=0)
    assert found.beta > 0.088
    assert found.sibtest_class == "C"
    turned = sibtest(responses[:, 0], group, responses[:, 1:], reference=1)
    assert turned.beta == pytest.approx(-found.beta)


def test_the_correction_takes_out_a_difference_in_what_is_measured():
    """Groups a standard deviation apart and no DIF: matching on few items without the correction would find some."""
    found, plain = [], []
    for seed in range(20):
        responses, group = rasch(100 + seed, n=3000, items=7, impact=1.0)
        test = sibtest(responses[:, 0], group, responses[:, 1:], reference=0)
        found.append(test.beta / test.standard_error)
        total = responses[:, 1:].sum(axis=1)
        share = [np.mean(total == k) for k in range(1, 6)]
        gaps = [
            responses[(group == 0) & (total == k), 0].mean() - responses[(group == 1) & (total == k), 0].mean() for k in range(1, 6)
        ]
        plain.append(np.dot(share, gaps) / test.standard_error)
    assert np.mean(plain) > 2
    assert abs(np.mean(found)) < 0.8


def test_crossing_dif_shows_where_the_uniform_test_is_blind():
    responses, group = rasch(6, n=6000, items=25, impact=0.0, crossing=0.7)
    found = sibtest(responses[:, 0], group, responses[:, 1:], reference=0)
    assert found.sibtest_class == "A"
    assert found.crossing.sibtest_class in ("B", "C")
    assert found.crossing.p_value < 1e-6
    assert found.crossing.df == 2
    assert 6 < found.crossing.crossing < 18


def test_without_a_crossing_both_tests_are_one():
    responses, group = rasch(7, n=4000, items=20, uniform=0.8, impact=0.0)
    found = sibtest(responses[:, 0], group, responses[:, 1:], reference=0)
    assert found.crossing.df == 1
    assert found.crossing.beta == pytest.approx(abs(found.beta))
    assert found.crossing.chi_square == pytest.approx(found.chi_square)


def test_no_dif_is_found_at_about_the_stated_rate():
    """The crossing is chosen on the data it is tested on, so that its test rejects a little more often."""
    p = []
    for seed in range(200):
        responses, group = rasch(5000 + seed, n=800, items=16)
        found = sibtest(responses[:, 0], group, responses[:, 1:], reference=0)
        p.append((found.p_value < 0.05, found.crossing.p_value < 0.05))
    uniform, crossing = np.mean(p, axis=0)
    assert uniform < 0.10
    assert crossing < 0.13


def test_weights_of_the_matching_items_do_not_change_the_statistic():
    """Scores that are not whole numbers: totals that should be equal are treated as equal."""
    responses, group = rasch(8, uniform=0.3)
    there = sibtest(responses[:, 0], group, responses[:, 1:], reference=0)
    scaled = sibtest(responses[:, 0] * 0.3, group, responses[:, 1:] * 0.1, reference=0)
    assert scaled.beta == pytest.approx(0.3 * there.beta)
    assert scaled.chi_square == pytest.approx(there.chi_square)
    assert scaled.sibtest_class == there.sibtest_class
    assert scaled.crossing.crossing == pytest.approx(0.1 * there.crossing.crossing)


def test_people_without_every_matching_item_are_left_out():
    responses, group = rasch(9)
    there = sibtest(responses[:, 0], group, responses[:, 1:], reference=0)
    more = np.vstack([responses, np.full((5, 12), np.nan), np.ones((2, 12))])
    more[-6, 0], more[-1, 3] = 1.0, np.nan
    labels = [*group.tolist(), 0, 1, 0, 1, 0, None, 1]
    assert sibtest(more[:, 0], labels, more[:, 1:], reference=0) == there


def test_classes_are_shares_of_the_range_and_need_significance():
    assert [sibtest_class(size, 0.01) for size in (0.058, 0.059, -0.087, -0.088)] == ["A", "B", "B", "C"]
    assert sibtest_class(0.2, 0.05) == "A"


def test_impossible_matching_is_named():
    responses, group = rasch(10, n=200)
    with pytest.raises(ValueError, match="at least two items"):
        sibtest(responses[:, 0], group, responses[:, 1:2], reference=0)
    noise = (np.random.default_rng(1).random((200, 2)) < 0.5).astype(float)
    noise[:, 1] = 1 - noise[:, 0]
    noise[:10] = 1
    with pytest.raises(ValueError, match="alpha must be above 0 in each group"):
        sibtest(responses[:, 0], group, noise, reference=0)
    with pytest.raises(ValueError, match="6 people of each group share"):
        sibtest(responses[:20, 0], group[:20], responses[:20, 1:], reference=0)
    with pytest.raises(ValueError, match="matching must hold"):
        sibtest(responses[:100, 0], group[:100], responses[:, 1:], reference=0)

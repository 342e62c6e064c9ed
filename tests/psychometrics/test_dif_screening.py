"""A whole form screened for DIF: the same figures as item by item, purification that ends, sizes that hold back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.fairness import dif_analysis, logistic_dif, mantel, mantel_haenszel, ordinal_dif, sibtest


def rasch(n, k, seed, harder):
    """Items of one slope, `harder` by item for the focal group, groups equally able."""
    rng = np.random.default_rng(seed)
    group = np.repeat([0, 1], n // 2)
    theta, difficulty = rng.standard_normal(n), np.linspace(-1, 1, k)
    pull = theta[:, None] - difficulty - np.outer(group, harder)
    return (rng.random((n, k)) < 1 / (1 + np.exp(-pull))).astype(float), group


def mixed(seed, n=3000):
    """Items of two to five scores, one with a gap between its scores and a lowest score of its own; the last has DIF."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    theta = rng.normal(size=n) - 0.3 * group
    columns = []
    for j, cuts in enumerate(([0], [-0.5], [0.5], [-1, 1], [-1, 0, 1], [-2, -1, 0, 1], [0.2], [-1, 0, 1])):
        shift = 0.9 * group if j == 7 else 0.0
        columns.append((1.3 * (theta - shift)[:, None] + rng.logistic(size=(n, 1)) > np.array(cuts)).sum(axis=1))
    responses = np.array(columns, dtype=float).T
    responses[:, 3] = np.array([2.0, 3.0, 7.0])[responses[:, 3].astype(int)]
    responses[:, 2] -= 4
    return responses, group


def test_planted_items_are_flagged_and_leave_the_matching_score():
    harder = np.zeros(20)
    harder[[4, 13]] = 0.9
    responses, group = rasch(4000, 20, 1, harder)
    found = dif_analysis(responses, group, reference=0)
    assert found.flagged == (4, 13)
    assert found.purification.ended == "stable"
    assert found.purification.converged
    assert found.purification.anchors == tuple(j for j in range(20) if j not in (4, 13))
    assert all(item.anchor == (item.item not in (4, 13)) for item in found.items)
    assert "mantel_haenszel" in found.items[4].flagged_by
    assert found.items[4].mantel_haenszel.delta < 0
    assert found.items[4].flagged and not found.items[0].flagged
    assert (found.standing, found.n, found.n_reference, found.n_focal, found.n_incomplete) == ("operational", 4000, 2000, 2000, 0)


def test_methods_may_disagree_on_one_item_and_all_are_shown():
    """Large by the full ETS rule and negligible by Jodoin & Gierl's, as happens on real forms: the item goes to review."""
    responses, group = rasch(8000, 20, 8, np.where(np.arange(20) == 4, 0.74, 0.0))
    item = dif_analysis(responses, group, reference=0).items[4]
    assert item.mantel_haenszel.ets_class == "C"
    assert item.regression.both.jodoin_gierl == "A"
    assert item.flagged


def test_the_form_at_once_gives_what_items_alone_give():
    responses, group = mixed(2)
    found = dif_analysis(responses, group, reference=0)
    anchors = list(found.purification.anchors)
    assert 7 in found.flagged and 7 not in anchors
    for item in found.items:
        j = item.item
        score = responses[:, j]
        rest = [a for a in anchors if a != j]
        total = responses[:, rest].sum(axis=1) + score
        if np.unique(score).size == 2:
            alone = mantel_haenszel(score - score.min(), group, total, reference=0)
            assert item.mantel is None
            assert item.mantel_haenszel == alone
            regression = logistic_dif(score - score.min(), group, total, reference=0)
        else:
            alone = mantel(score, group, total, reference=0)
            assert item.mantel_haenszel is None
            for name in ("smd", "standard_error", "chi_square", "generalized_chi_square", "log_odds_ratio", "effect_size"):
                assert getattr(item.mantel, name) == pytest.approx(getattr(alone, name), rel=1e-9, abs=1e-9), name
            assert (item.mantel.n, item.mantel.n_strata) == (alone.n, alone.n_strata)
            regression = ordinal_dif(score, group, total, reference=0)
        assert item.regression.both.chi_square == pytest.approx(regression.both.chi_square, abs=1e-6)
        assert item.regression.estimate == pytest.approx(regression.estimate, abs=1e-6)
        assert item.regression.interaction == pytest.approx(regression.interaction, abs=1e-6)
        assert item.regression.n_categories == np.unique(score).size
        separate = sibtest(score, group, responses[:, rest], reference=0)
        assert item.sibtest.beta == pytest.approx(separate.beta, rel=1e-9)
        assert item.sibtest.standard_error == pytest.approx(separate.standard_error, rel=1e-9)
        assert item.sibtest.crossing.crossing == pytest.approx(separate.crossing.crossing, rel=1e-6)
        assert item.sibtest.reliability_focal == pytest.approx(separate.reliability_focal)


def test_without_purification_everything_is_matched_on_all_items():
    responses, group = mixed(3)
    found = dif_analysis(responses, group, reference=0, purify=False)
    assert (found.purification.ended, found.purification.anchors) == ("not asked", tuple(range(8)))
    total = responses.sum(axis=1)
    assert found.items[7].mantel.smd == pytest.approx(mantel(responses[:, 7], group, total, reference=0).smd)


def test_flags_that_repeat_end_in_a_cycle_and_say_so():
    responses, group = rasch(400, 6, 20, [0.5, -0.4, 0.3, 0, 0, 0])
    found = dif_analysis(responses, group, reference=0)
    assert found.purification.ended == "cycle"
    assert not found.purification.converged
    assert len(found.items) == 6
    assert len(found.purification.anchors) >= 3


def test_purification_keeps_three_anchors_or_stops():
    responses, group = rasch(4000, 4, 1, [1.2, -1.2, 1.0, -1.0])
    found = dif_analysis(responses, group, reference=0)
    assert found.purification.ended == "too few anchors"
    assert len(found.purification.anchors) == 4


def test_the_round_limit_is_kept_and_said():
    harder = np.zeros(10)
    harder[0] = 1.0
    responses, group = rasch(3000, 10, 2, harder)
    found = dif_analysis(responses, group, reference=0, max_rounds=1)
    assert (found.purification.ended, found.purification.rounds) == ("round limit", 1)
    assert found.purification.anchors == tuple(range(10))
    assert found.flagged


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(-1.5, 1.5), min_size=5, max_size=7))
def test_purification_always_ends(seed, harder):
    responses, group = rasch(400, len(harder), seed, harder)
    found = dif_analysis(responses, group, reference=0)
    assert 1 <= found.purification.rounds <= 11
    assert found.purification.ended in ("stable", "cycle", "round limit", "too few anchors")
    assert len(found.items) == len(harder)


def test_the_order_of_people_and_items_does_not_matter():
    responses, group = mixed(4)
    order, columns = np.random.default_rng(1).permutation(3000), np.array([3, 0, 7, 1, 6, 2, 5, 4])
    there = dif_analysis(responses, group, reference=0)
    back = dif_analysis(responses[order][:, columns], group[order], reference=0)
    assert {int(columns[j]) for j in back.flagged} == set(there.flagged)
    assert back.items[2].mantel.smd == pytest.approx(there.items[7].mantel.smd)


@pytest.mark.parametrize(
    ("n", "standing"),
    [(198, "counts only"), (200, "exploratory"), (398, "exploratory"), (498, "exploratory"), (500, "operational")],
)
def test_how_many_people_decide_what_is_shown(n, standing):
    responses, group = rasch(n, 5, 3, np.zeros(5))
    found = dif_analysis(responses, group, reference=0)
    assert found.standing == standing
    assert (found.n_reference, found.n_focal) == (n // 2, n // 2)
    if standing == "counts only":
        assert (found.items, found.flagged, found.purification.ended) == ((), (), "not run")
    else:
        assert len(found.items) == 5


def test_a_small_focal_group_keeps_a_large_study_exploratory():
    responses, group = rasch(2000, 5, 4, np.zeros(5))
    few = np.where(np.arange(2000) >= 1199, None, group)
    assert dif_analysis(responses, few, reference=0).standing == "exploratory"


def test_people_with_a_missing_answer_or_group_are_counted_and_left_out():
    responses, group = rasch(1000, 6, 5, np.zeros(6))
    there = dif_analysis(responses, group, reference=0)
    gaps = np.full((3, 6), 1.0)
    gaps[:, 2] = np.nan
    more = np.vstack([responses, gaps, np.ones((2, 6))])
    found = dif_analysis(more, [*group.tolist(), 0, 1, 1, None, ""], reference=0)
    assert found.items == there.items
    assert (found.n, found.n_incomplete) == (1000, 3)


def test_items_that_do_not_hang_together_have_no_sibtest():
    rng = np.random.default_rng(6)
    half = rng.random((1000, 2)) < 0.5
    opposite = half ^ (rng.random((1000, 2)) < 0.9)
    responses = np.column_stack([half, opposite]).astype(float)
    found = dif_analysis(responses, rng.integers(0, 2, 1000), reference=0, purify=False)
    assert all(np.isnan(item.sibtest.beta) for item in found.items)
    assert all("sibtest" not in item.flagged_by for item in found.items)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda x: x[:, :2], "at least 3 items"),
        (lambda x: x * 0.5, "whole numbers"),
        (lambda x: np.column_stack([x, np.ones(len(x))]), "must vary in every column; column 5 does not"),
        (lambda x: np.column_stack([x, 60 * x[:, 0]]), "within 50 points of each other; column 5 does not"),
        (lambda x: x[:, 0], "two-dimensional"),
        (lambda x: np.full_like(x, np.nan), "must hold at least one person"),
    ],
)
def test_responses_that_cannot_be_screened_are_named(change, says):
    responses, group = rasch(400, 5, 7, np.zeros(5))
    with pytest.raises(ValueError, match=says):
        dif_analysis(change(responses), group, reference=0)


def test_groups_without_a_common_score_are_refused():
    responses = np.tile([[0.0, 0, 0, 1], [0, 0, 1, 0], [1, 1, 1, 0], [1, 1, 0, 1]], (100, 1))
    with pytest.raises(ValueError, match="a stratum that holds both groups"):
        dif_analysis(responses, [0, 0, 1, 1] * 100, reference=0)
    with pytest.raises(ValueError, match="max_rounds must be a whole number of at least 1"):
        dif_analysis(responses, [0, 0, 1, 1] * 100, reference=0, max_rounds=0)

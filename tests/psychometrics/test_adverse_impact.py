"""Impact ratios, exact tests and scoring rates against rulings, rules and R."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.psychometrics import fairness


def test_exactly_four_fifths_is_not_below_four_fifths():
    """EEOC questions and answers (1979): rates 60, 45, 48 and 51 %."""
    selected = {"White": 60, "American Indian": 45, "Hispanic": 48, "Black": 51}
    result = fairness.adverse_impact(selected, dict.fromkeys(selected, 100))
    assert result.reference == "White"
    assert [round(group.ratio, 12) for group in result.groups.values()] == [1, 0.75, 0.80, 0.85]
    assert [group.below_four_fifths for group in result.groups.values()] == [False, True, False, False]


@pytest.mark.parametrize(
    ("majority", "focal", "fisher", "z", "flip"),
    [
        ((48, 80), (12, 40), 0.00340922176784918, -3.09838667696593, 0.553191489361702),
        ((206, 259), (26, 48), 0.000404158808576843, -3.75738547226829, 0.710670731707317),
        ((1198, 2691), (557, 1835), 4.83590317933726e-22, -9.60235806515919, 0.683624592817193),
        ((9, 10), (4, 8), 0.11764705882353, -1.88271489732657, 0.78125),
        ((4500, 9000), (3600, 8000), 7.60604376340202e-11, -6.5151317195699, 0.900450100022227),
        ((5, 20), (0, 6), 0.298114928549711, -1.36277028773849, 0.833333333333333),
    ],
)
def test_exact_p_pooled_z_and_one_person_flip_are_those_of_r(majority, focal, fisher, z, flip):
    """R: fisher.test(m)$p.value; pooled two-proportion z; Connecticut v. Teal and Berkeley admissions among them."""
    result = fairness.adverse_impact({"m": majority[0], "f": focal[0]}, {"m": majority[1], "f": focal[1]})
    group = result.groups["f"]
    assert group.fisher_p == pytest.approx(fisher, rel=1e-8)
    assert group.z == pytest.approx(z)
    assert group.ratio_after_flip == pytest.approx(flip)
    assert fairness.two_sided_p(group.z) < 0.2


def test_one_person_can_turn_the_verdict_in_a_small_group():
    result = fairness.adverse_impact({"m": 10, "f": 3}, {"m": 20, "f": 8})
    assert result.groups["f"].below_four_fifths and result.groups["f"].flips
    assert not result.groups["m"].flips


SEX = {"Male": (1390, 667), "Female": (1181, 555)}
INTERSECTIONS = {
    ("Male", "Hispanic"): (205, 90, 0.841), ("Male", "White"): (412, 215, 1.0), ("Male", "Black"): (226, 95, 0.806),
    ("Male", "NHPI"): (87, 37, 0.815), ("Male", "Asian"): (321, 167, 0.997), ("Male", "AIAN"): (24, 11, 0.878),
    ("Male", "Two or more"): (115, 52, 0.866), ("Female", "Hispanic"): (190, 82, 0.827),
    ("Female", "White"): (385, 197, 0.981), ("Female", "Black"): (164, 75, 0.876), ("Female", "NHPI"): (32, 15, 0.898),
    ("Female", "Asian"): (295, 135, 0.877), ("Female", "AIAN"): (17, 7, 0.789), ("Female", "Two or more"): (98, 44, 0.860),
}  # fmt: skip


def test_impact_ratios_of_the_new_york_rule_are_not_rounded_on_the_way():
    """6 RCNY § 5-301, example table; the ratio of Black men is .806, and .805 if rates are rounded first."""
    sex = fairness.impact_ratios({g: s for g, (_, s) in SEX.items()}, {g: n for g, (n, _) in SEX.items()})
    assert sex == pytest.approx({"Male": 1.0, "Female": 0.979}, abs=5e-4)
    both = fairness.adverse_impact(
        {g: s for g, (_, s, _) in INTERSECTIONS.items()}, {g: n for g, (n, _, _) in INTERSECTIONS.items()}
    )
    assert both.reference == ("Male", "White")
    for group, (n, s, ratio) in INTERSECTIONS.items():
        found = both.groups[group]
        assert found.ratio == pytest.approx(ratio, abs=5e-4), group
        assert (found.assessed, found.selected) == (n, s)
    assert sum(n for n, _, _ in INTERSECTIONS.values()) == 1390 + 1181


def test_a_group_below_two_percent_is_marked_and_still_counted():
    n = {"AIAN": 41, "others": 2571 - 41}
    group = fairness.adverse_impact({"AIAN": 18, "others": 1204}, n).groups["AIAN"]
    assert group.small
    assert group.share == pytest.approx(0.0159, abs=5e-5)
    assert group.rate == pytest.approx(0.439, abs=5e-4)


counts = st.dictionaries(st.sampled_from("abcde"), st.tuples(st.integers(1, 200), st.floats(0, 1)), min_size=1)


@given(counts)
def test_ratios_lie_between_zero_and_one_and_someone_has_one(groups):
    assessed = {group: n for group, (n, _) in groups.items()}
    selected = {group: int(n * share) for group, (n, share) in groups.items()}
    ratios = fairness.impact_ratios(selected, assessed)
    assert max(ratios.values()) == 1 and min(ratios.values()) >= 0
    result = fairness.adverse_impact(selected, assessed)
    for group, figures in result.groups.items():
        assert figures.ratio == ratios[group]
        assert 0 <= figures.fisher_p <= 1 + 1e-12


def test_scoring_above_the_median_is_strict_and_ties_are_counted():
    scores = [1, 2, 2, 2, 3, 4, np.nan, 2]
    groups = ["a", "a", "a", "b", "b", "b", "b", None]
    result = fairness.scoring_rates(scores, groups)
    assert (result.median, result.at_median, result.n, result.unknown) == (2, 4, 7, 1)
    assert result.groups["a"].rate == 0 and result.groups["a"].ratio == 0
    assert result.groups["b"].rate == pytest.approx(2 / 3) and result.groups["b"].ratio == 1


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("xyz")), min_size=2, max_size=40), st.floats(0.1, 5))
def test_scoring_rates_ignore_the_units_of_the_score(people, stretch):
    scores, groups = np.array([s for s, _ in people]), [g for _, g in people]
    there = fairness.scoring_rates(np.round(scores, 2) * 64, groups).groups
    assert fairness.scoring_rates(np.round(scores, 2), groups).groups == there


@pytest.mark.parametrize(
    ("selected", "assessed", "says"),
    [
        ({"a": 1}, {"b": 2}, "must name the same groups"),
        ({}, {}, "at least one"),
        ({"a": 3}, {"a": 2}, "selected must lie between 0 and assessed"),
        ({"a": 0}, {"a": 0}, "assessed must be at least 1"),
        ({"a": 0.5}, {"a": 2}, "whole numbers"),
        ({"a": float("inf")}, {"a": 2}, "group 'a': selected and assessed must be whole numbers"),
        ({"a": float("nan")}, {"a": 2}, "whole numbers"),
        ({"a": None}, {"a": 2}, "whole numbers"),
        ([1, 2], [3, 4], "must be mappings from group to count"),
    ],
)
def test_impossible_counts_are_named(selected, assessed, says):
    with pytest.raises(ValueError, match=says):
        fairness.impact_ratios(selected, assessed)


def test_groups_have_to_be_known_for_somebody():
    with pytest.raises(ValueError, match="known for at least one person"):
        fairness.scoring_rates([1, 2], [None, ""])
    with pytest.raises(ValueError, match="group must hold 2 labels"):
        fairness.scoring_rates([1, 2], ["a"])
    with pytest.raises(ValueError, match="group must hold one label a person"):
        fairness.scoring_rates([1, 2], [["a"], ["b"]])


def test_labels_in_an_array_are_the_labels():
    scores = [1, 2, 3, 4]
    found = fairness.scoring_rates(scores, np.array([1, 2, np.nan, 2], dtype=np.float32))
    assert found == fairness.scoring_rates(scores, [1.0, 2.0, None, 2.0])
    assert (found.unknown, found.groups[2.0].estimate) == (1, 1.0)
    assert [type(label) for label in fairness.scoring_rates(scores, np.array(list("aabb"))).groups] == [str, str]

"""Two selection rates side by side: every test against R and against plain counting; groups and who is in them."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.fairness import TwoByTwo, adverse_impact, intersections, scoring_rates, selection_counts

TEAL = TwoByTwo(26, 48, 206, 259)


def test_connecticut_v_teal_is_that_of_r():
    """Connecticut v. Teal, 457 U.S. 440 (1982), written exam. R 4.2.2: fisher.test, chisq.test, and closed formulas there."""
    assert TEAL.ratio == pytest.approx(0.681027508090615)
    assert TEAL.ratio_interval() == pytest.approx((0.521205449142858, 0.889857286678117))
    assert TEAL.ratio_z == pytest.approx(-2.81511152633827)
    assert TEAL.z == pytest.approx(-3.75738547226829)
    assert TEAL.unpooled_z == pytest.approx(-3.33108066842584)
    assert TEAL.hypergeometric_z == pytest.approx(-3.7512609604997)
    assert TEAL.fisher_p == pytest.approx(0.000404158808576843)
    assert TEAL.fisher_p_fewer == pytest.approx(0.00032839055578612)
    assert TEAL.mid_p == pytest.approx(0.00028577966411842)
    assert TEAL.odds_ratio == pytest.approx(0.305479585646356, rel=2e-4)  # R stops its search at 1e-4
    assert TEAL.odds_ratio_interval() == pytest.approx((0.15273881361628, 0.613212067595237), rel=2e-4)
    assert TEAL.chi_square() == pytest.approx(14.1179455872128)
    assert TEAL.chi_square(continuity=True) == pytest.approx(12.7771910307013)
    assert TEAL.cohen_h == pytest.approx(-0.548537636474916)
    assert TEAL.phi == pytest.approx(-0.214445315742009)
    assert TEAL.shortfall == pytest.approx(10.2736156351792)


def test_the_questions_and_answers_example():
    """EEOC questions and answers (1979): 48 of 80 and 12 of 40. Two tables are exactly as likely: mid-p halves both."""
    table = TwoByTwo(12, 40, 48, 80)
    assert (table.rate, table.other_rate, table.ratio) == (0.3, 0.6, 0.5)
    assert table.z == pytest.approx(-3.098, abs=5e-4)
    assert table.fisher_p == pytest.approx(0.0034, abs=5e-5)
    assert table.mid_p == pytest.approx(0.00214224013038954)
    assert table.shortfall == 8
    impact = adverse_impact({"w": 48, "b": 12}, {"w": 80, "b": 40}).groups["b"]
    assert impact.table == table
    assert impact.estimate == impact.ratio == 0.5
    assert impact.confidence_interval() == pytest.approx((0.301432941045597, 0.829371863382984))


def test_nobody_selected_in_one_group():
    """R 4.2.2: fisher.test(matrix(c(0, 6, 5, 15), 2))."""
    table = TwoByTwo(0, 6, 5, 20)
    assert table.ratio == 0
    assert table.ratio_interval() == (0, math.inf)
    assert math.isnan(table.ratio_z)
    assert table.odds_ratio == 0
    assert table.odds_ratio_interval() == pytest.approx((0, 3.72675155307814), rel=4e-3)
    assert table.mid_p == pytest.approx(0.180267558528428)
    turned = TwoByTwo(5, 20, 0, 6)
    assert turned.ratio == math.inf
    assert turned.odds_ratio == math.inf
    assert turned.odds_ratio_interval().high == math.inf


def test_tables_without_any_choice_have_nothing_to_test():
    for table in (TwoByTwo(0, 5, 0, 9), TwoByTwo(5, 5, 9, 9)):
        assert (table.ratio, table.z, table.unpooled_z, table.hypergeometric_z, table.chi_square()) == (1, 0, 0, 0, 0)
        assert table.fisher_p == 1
        assert math.isnan(table.odds_ratio)
    assert math.isnan(TwoByTwo(0, 5, 9, 9).unpooled_z)
    reference = adverse_impact({"a": 3, "b": 1}, {"a": 4, "b": 4}).groups["a"]
    assert reference.table is None
    assert reference.confidence_interval() == (1, 1)


tables = st.tuples(st.integers(1, 12), st.integers(1, 12), st.floats(0, 1), st.floats(0, 1)).map(
    lambda t: TwoByTwo(int(t[2] * t[0]), t[0], int(t[3] * t[1]), t[1])
)


@settings(max_examples=60)
@given(tables)
def test_exact_probabilities_are_those_of_counting(table):
    n, chosen = table.assessed + table.other_assessed, table.selected + table.other_selected
    ways = {k: math.comb(table.assessed, k) * math.comb(table.other_assessed, chosen - k) for k in range(chosen + 1)}
    total, seen = math.comb(n, chosen), ways[table.selected]
    assert table.fisher_p == pytest.approx(sum(w for w in ways.values() if w <= seen) / total)
    assert table.fisher_p_fewer == pytest.approx(sum(w for k, w in ways.items() if k <= table.selected) / total)
    as_likely = sum(w for w in ways.values() if w == seen)
    assert table.mid_p == pytest.approx((sum(w for w in ways.values() if w < seen) + as_likely / 2) / total)


@settings(max_examples=60)
@given(tables)
def test_the_other_side_says_the_same_with_the_other_sign(table):
    other = TwoByTwo(table.other_selected, table.other_assessed, table.selected, table.assessed)
    for name in ("z", "hypergeometric_z", "phi", "cohen_h", "shortfall"):
        assert getattr(other, name) == pytest.approx(-getattr(table, name), abs=1e-9), name
    assert other.fisher_p == pytest.approx(table.fisher_p)
    assert other.chi_square() == pytest.approx(table.chi_square())
    assert table.z**2 == pytest.approx(table.chi_square(), abs=1e-9)
    assert table.chi_square(continuity=True) <= table.chi_square() + 1e-12


def test_the_conditional_odds_ratio_makes_the_count_seen_the_expected_one():
    low, high = TEAL.odds_ratio_interval(0.90)
    k = np.arange(0, 49)
    log_weight = [math.log(math.comb(48, i)) + math.log(math.comb(259, 232 - i)) for i in k]

    def distribution(odds):
        p = np.exp(log_weight - np.max(log_weight) + k * math.log(odds))
        return p / p.sum()

    assert k @ distribution(TEAL.odds_ratio) == pytest.approx(26)
    assert distribution(low)[k >= 26].sum() == pytest.approx(0.05)
    assert distribution(high)[k <= 26].sum() == pytest.approx(0.05)


def test_impossible_counts_are_named_with_their_group():
    with pytest.raises(ValueError, match="selected must lie between 0 and assessed; it is 6 of 5"):
        TwoByTwo(6, 5, 1, 2)
    with pytest.raises(ValueError, match="the other group: assessed must be at least 1"):
        TwoByTwo(1, 5, 0, 0)
    with pytest.raises(ValueError, match="whole numbers"):
        TwoByTwo(1.5, 5, 0, 1)
    with pytest.raises(ValueError, match="group 'b': selected must lie between"):
        adverse_impact({"a": 1, "b": 3}, {"a": 2, "b": 2})


def test_intersections_are_groups_like_any_other():
    sex, origin = ["f", "m", "f", "m", None, "f"], ["x", "x", "y", "y", "x", ""]
    groups = intersections(sex, origin)
    assert groups == [("f", "x"), ("m", "x"), ("f", "y"), ("m", "y"), None, None]
    counts = selection_counts([1, 0, 1, 1, 1, np.nan], groups)
    assert counts.assessed == {("f", "x"): 1, ("m", "x"): 1, ("f", "y"): 1, ("m", "y"): 1}
    assert counts.selected[("m", "x")] == 0
    assert (counts.unknown, counts.unknown_selected) == (1, 1)
    assert adverse_impact(counts.selected, counts.assessed).groups[("m", "x")].ratio == 0
    rates = scoring_rates([1, 2, 3, 4, 5, 6], groups)
    assert set(rates.groups) == set(counts.assessed)
    assert rates.unknown == 2


def test_counts_of_intersections_add_up_to_those_of_their_parts():
    rng = np.random.default_rng(3)
    sex, origin = rng.choice(["f", "m"], 500), rng.choice(["x", "y", "z"], 500)
    selected = rng.integers(0, 2, 500)
    parts, whole = selection_counts(selected, intersections(sex, origin)), selection_counts(selected, sex)
    for label in ("f", "m"):
        assert sum(parts.selected[(label, o)] for o in "xyz") == whole.selected[label]
    assert all(len(group) == 2 for group in itertools.islice(parts.assessed, 3))


def test_impossible_groups_are_named():
    with pytest.raises(ValueError, match="at least one sequence of labels"):
        intersections()
    with pytest.raises(ValueError, match=r"one label a person; they hold \[1, 2\] labels"):
        intersections(["a"], ["b", "c"])
    with pytest.raises(ValueError, match="selected must be 0, 1 or NaN"):
        selection_counts([1, 2], ["a", "b"])
    with pytest.raises(ValueError, match="group must hold 2 labels"):
        selection_counts([1, 0], ["a"])


@pytest.mark.parametrize("kind", [int, float, np.int8, np.int16, np.int64])
def test_counts_of_any_whole_kind_give_the_same_figures(kind):
    """Products of counts do not fit into the small integers that arrays may hold them in."""
    plain = adverse_impact({"m": 100, "f": 60}, {"m": 120, "f": 90})
    found = adverse_impact({"m": kind(100), "f": kind(60)}, {"m": kind(120), "f": kind(90)})
    assert found == plain
    assert all(type(value) is int for value in (found.groups["f"].selected, found.groups["f"].assessed))
    assert type(found.groups["f"].ratio) is float
    assert TwoByTwo(kind(60), kind(90), kind(100), kind(120)).chi_square() == TwoByTwo(60, 90, 100, 120).chi_square()

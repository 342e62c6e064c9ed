"""Figures of plain tables: published ones come out, and data that allow none are refused in words."""

from __future__ import annotations

import numpy as np
import pytest

from assessment.errors import Refusal
from assessment.services.tabulated import calibrating, describing, groups, rating

JUDGES = {"J1": [9, 6, 8, 7, 10, 6], "J2": [2, 1, 4, 1, 5, 2], "J3": [5, 3, 6, 2, 6, 4], "J4": [8, 2, 8, 6, 9, 7]}
"""Shrout & Fleiss (1979), table 2; their table 4 has the six intraclass correlations."""


def judges(*names: str) -> dict[str, np.ndarray]:
    return {name: np.array(JUDGES[name], dtype=float) for name in names or JUDGES}


def test_intraclass_correlations_of_shrout_and_fleiss_are_the_published_ones() -> None:
    found = rating.agreement_of(judges())["intraclass_correlation"]
    published = {"1,1": 0.17, "2,1": 0.29, "3,1": 0.71, "1,k": 0.44, "2,k": 0.62, "3,k": 0.91}
    assert {kind: entry["estimate"] for kind, entry in found.items()} == pytest.approx(published, abs=0.005)


def test_what_ratings_do_not_allow_is_null_with_the_reason() -> None:
    ratings = judges("J1", "J2")
    ratings["J2"][:] = np.nan
    ratings["J2"][0] = 3.0
    found = rating.agreement_of(ratings)
    assert found["intraclass_correlation"]["2,1"] is None
    assert "targets" in found["why"]["intraclass_correlation 2,1"]


def test_two_raters_have_kappas_and_points_give_within_group_agreement() -> None:
    found = rating.agreement_of(judges("J1", "J4"), points=10, resamples=99)
    assert set(found["weighted_kappa"]) == {"unweighted", "linear", "quadratic"}
    assert found["within_group_agreement"]["ad_mean_j"] == pytest.approx(np.mean([0.5, 2, 0, 0.5, 0.5, 0.5]))
    assert found["krippendorff_alpha"]["interval"]["interval"] is not None
    assert rating.agreement_of(judges("J1", "J4"))["krippendorff_alpha"]["interval"]["interval"] is None


def test_words_are_categories_whoever_wrote_them() -> None:
    found = rating.coded({"a": ["yes", "no", None], "b": ["no", "no", "maybe"]})
    assert found["a"].tolist()[:2] == [2.0, 1.0]
    assert found["b"].tolist() == [1.0, 1.0, 0.0]
    report = rating.agreement_of(found, nominal=True)
    assert set(report["krippendorff_alpha"]) == {"nominal"}
    assert "intraclass_correlation" not in report


@pytest.mark.parametrize("ratings", [{}, judges("J1"), {"a": np.full(3, np.nan), "b": np.ones(3)}])
def test_ratings_of_one_rater_are_refused(ratings: dict[str, np.ndarray]) -> None:
    with pytest.raises(Refusal, match="two raters at least"):
        rating.agreement_of(ratings)


def form(n: int = 200) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(6)
    level = rng.normal(size=n)
    signs = (1, 1, -1, 1)
    return {f"q{i}": np.clip(np.round(3 + s * level + rng.normal(0, 0.8, n)), 1, 5) for i, s in enumerate(signs)}


def test_a_reversed_item_counts_from_the_other_end() -> None:
    columns = form()
    turned = describing.items(columns, ["q2"])
    by_hand = describing.items(columns | {"q2": 6 - columns["q2"]})
    assert turned["alpha"] == by_hand["alpha"]
    assert [item["reversed"] for item in turned["items"]] == [False, False, True, False]
    assert turned["items"][2]["mean"] == pytest.approx(6 - columns["q2"].mean())
    assert turned["hints"] == []


def test_an_item_that_goes_against_the_others_is_pointed_at() -> None:
    assert any(hint.startswith("q2 goes against the others (-0.") for hint in describing.items(form())["hints"])


@pytest.mark.parametrize(
    ("column", "words"),
    [(np.full(200, 2.0), "everybody who answered has 2"), (np.full(200, np.nan), "nobody answered it")],
)
def test_an_item_on_which_nobody_differs_is_refused_by_name(column: np.ndarray, words: str) -> None:
    with pytest.raises(Refusal, match=f"Item flat cannot be analysed: {words}"):
        describing.items(form() | {"flat": column})


@pytest.mark.parametrize("names", [(), ("q0", "q1")])
def test_two_items_are_too_few(names: tuple[str, ...]) -> None:
    with pytest.raises(Refusal, match=f"three items at least; there are {len(names)}"):
        describing.items({name: values for name, values in form().items() if name in names})


def test_no_item_at_all_cannot_be_calibrated() -> None:
    with pytest.raises(Refusal, match="no item to calibrate"):
        calibrating.coded({})


def test_validity_is_corrected_only_for_what_is_given() -> None:
    rng = np.random.default_rng(2)
    score = rng.normal(size=100)
    criterion = 0.4 * score + rng.normal(size=100)
    plain = describing.validity(score, criterion, given={})
    r = np.corrcoef(score, criterion)[0, 1]
    assert plain["corrected"] is None
    assert plain["pearson"]["estimate"] == pytest.approx(r)
    for_error = describing.validity(score, criterion, given={"ryy": 0.64})["corrected"]
    assert for_error["estimate"] == pytest.approx(r / 0.8)
    assert for_error["interval"] == pytest.approx([end / 0.8 for end in plain["pearson"]["interval"]])
    ranged = describing.validity(score, criterion, case="II", given={"u": 0.5})["corrected"]
    assert ranged["estimate"] == pytest.approx(2 * r / np.sqrt(1 - r**2 + 4 * r**2))
    assert (ranged["case"], ranged["u"]) == ("II", 0.5)


def test_the_bootstrap_interval_is_given_when_it_is_asked_for() -> None:
    x = np.arange(30.0)
    found = describing.validity(x, x + np.random.default_rng(1).normal(0, 9, 30), given={}, resamples=199, seed=1)
    low, high = found["pearson"]["bootstrap_interval"]
    assert low < found["pearson"]["estimate"] < high
    assert "bootstrap_interval" in found["spearman"]


@pytest.mark.parametrize(
    ("case", "given", "words"),
    [
        (None, {"u": 0.5}, "needs its case"),
        ("II", {}, "case II needs u"),
        ("II", {"u": -1.0}, "u must be above 0"),
        (None, {"ryy": 0.0}, "ryy must lie above 0"),
        ("IV", {"u": 0.5, "rxx": 0.8, "u_z": 0.5}, "does not use u_z"),
    ],
)
def test_figures_that_cannot_correct_are_refused(case: describing.Case | None, given: dict[str, float], words: str) -> None:
    x = np.arange(30.0)
    with pytest.raises(Refusal, match=words):
        describing.validity(x, x + np.random.default_rng(1).normal(0, 9, 30), case=case, given=given)


@pytest.mark.parametrize(("x", "words"), [(np.ones(9), "must vary"), (np.full(9, np.nan), "at least 4 people")])
def test_scores_that_tell_nobody_apart_are_refused(x: np.ndarray, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        describing.validity(x, np.arange(9.0), given={})


def test_impact_of_a_selection_counts_who_was_selected_of_each_group() -> None:
    """Questions and Answers 1979: 48 of 80 against 12 of 40, a ratio of .50."""
    selected = np.array([1.0] * 48 + [0.0] * 32 + [1.0] * 12 + [0.0] * 28 + [np.nan, 1.0])
    labels = ["A"] * 80 + ["B"] * 40 + ["B", None]
    found = groups.impact_of_selection(selected, labels)
    assert (found["reference"], found["unknown"], found["lowest_ratio"]) == ("A", 1, 0.5)
    assert found["groups"]["B"]["below_four_fifths"]
    assert found["groups"]["B"]["assessed"] == 40


def test_a_cut_takes_everybody_who_reaches_the_last_one_taken() -> None:
    score = np.array([5.0, 4, 4, 4, 3, 2, 1, 1, 1, 1])
    found = groups.impact_of_score(score, ["x", "y"] * 5, top=0.2)
    assert (found["n_selected"], found["cut"]) == (4, "at or above 4, the score of number 2 of 10")
    assert groups.impact_of_score(score, ["x", "y"] * 5)["n_selected"] == 5
    assert found["differences"]["x"] == pytest.approx(-found["differences"]["y"])
    assert found["groups"]["x"]["small"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: groups.impact_of_selection(np.array([0.0, 2.0]), ["a", "b"]), "0 and 1 alone"),
        (lambda: groups.impact_of_selection(np.array([np.nan, np.nan]), ["a", "b"]), "0 and 1 alone"),
        (lambda: groups.impact_of_selection(np.array([0.0, 1.0]), ["a", None]), "holds 1"),
        (lambda: groups.impact_of_score(np.ones(4), ["a", "b"] * 2), "and differ"),
    ],
)
def test_groups_or_scores_that_allow_no_impact_are_refused(make: object, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        make()  # type: ignore[operator]  # a call that is refused


def test_values_of_a_column_are_counted_from_nought_in_their_order() -> None:
    found = calibrating.coded(
        {"a": np.array([1.0, 3, 2, np.nan, 3]), "b": np.array([0.0, 1, 1, 0, 0]), "c": np.array([2.0, 9, 2, 9, 9])}
    )
    assert found.values == {"a": (1, 2, 3), "b": (0, 1), "c": (2, 9)}
    assert np.array_equal(found.responses[:, 0], [0, 2, 1, np.nan, 2], equal_nan=True)
    assert calibrating.recoding_notes(found) == ["1, 2, 3 are counted as 0, 1, 2 in a.", "2, 9 are counted as 0, 1 in c."]


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (np.ones(60), "it has 1 different value"),
        (np.full(60, np.nan), "nobody answered it"),
        (np.arange(60.0), "it has 60 different values"),
    ],
)
def test_a_column_that_is_no_item_is_refused_by_name(column: np.ndarray, words: str) -> None:
    with pytest.raises(Refusal, match=f"Item x cannot be calibrated: {words}"):
        calibrating.coded({"x": column})

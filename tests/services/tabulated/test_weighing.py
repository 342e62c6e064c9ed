"""A key learnt from a plain table: what is claimed holds for people it never saw, and the key says what was fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assessment.errors import Refusal
from assessment.integrations.plain_csv import read_plain_table
from assessment.keys import ScoringKey, content_hash, key_from_json, key_to_json
from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.weighting import CurrentKey, LeaveOneOutRidge, LinearComposite, StrategyResult, TrainingSample, Unit
from assessment.services.tabulated import scoring, weighing
from assessment.services.tabulated.asking import Question
from assessment.services.tabulated.familiar import share_met_again
from assessment.services.tabulated.layout import Answers, Layout
from assessment.services.tabulated.learnt_keys import learnt_key
from assessment.services.tabulated.weighing import Weighed

RETAIL = Path(__file__).parents[3] / "examples" / "retail_selection_2021" / "cohort_a.csv"
TODAY = date(2026, 11, 23)


def weigh(question: Question, source: str = "made up.csv") -> Weighed:
    return weighing.weigh(question, source=source, on=TODAY, progress=lambda message: None)


def made_up(n: int, seed: int = 0, **changes: Any) -> Question:
    """Two numbers and a nominal question that tell something of the criterion, one number and one question that do not."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(1, 6, n).astype(float)
    score = rng.normal(50, 10, n)
    noise = rng.normal(size=n)
    option = rng.choice(["a", "b", "c"], n)
    other = rng.choice(["yes", "no"], n)
    criterion = 0.3 * steps + 0.04 * score + 0.8 * (option == "b") + rng.normal(size=n)
    steps[rng.random(n) < 0.05] = np.nan
    options = {"option": [None if rng.random() < 0.05 else str(o) for o in option], "other": [str(o) for o in other]}
    given: dict[str, Any] = {
        "criterion_name": "rating",
        "criterion": criterion,
        "answers": Answers({"steps": steps, "score": score, "noise": noise}, options),
        "person": [f"P{i}" for i in range(n)],
        "folds": 5,
        "repeats": 1,
    }
    return Question(**given | changes)


def row(weighed: Weighed, name: str) -> Mapping[str, Any]:
    return next(row for row in weighed.report["strategies"] if row["name"] == name)


@pytest.fixture(scope="module")
def weighed() -> Weighed:
    return weigh(made_up(400, groups=["north", "south", None, "south"] * 100))


def test_what_is_claimed_holds_on_average_for_people_the_key_never_saw() -> None:
    """Twelve keys from 200 people each, every one applied to 2 000 others: claims are neither above nor far below."""
    unseen = made_up(2_000, seed=999)
    claimed, found, covered = [], [], 0
    for seed in range(12):
        weighed = weigh(made_up(200, seed=seed))
        claim = row(weighed, weighed.report["recommended"])
        r = np.corrcoef(scoring.score(weighed.key, unseen.answers).composite, unseen.criterion)[0, 1]
        claimed.append(claim["r"])
        found.append(r)
        covered += claim["interval"][0] <= r <= claim["interval"][1]
    assert np.mean(found) - np.mean(claimed) == pytest.approx(0.0, abs=0.03)
    assert covered >= 10


def test_a_key_of_half_the_retail_cohort_does_on_the_other_half_what_it_claims() -> None:
    table = read_plain_table(RETAIL.read_bytes())
    numbers = table.matching(["PScale*"])
    read = table.numbers([*numbers, "Customer_Service"])
    criterion = read.pop("Customer_Service")
    answers = Answers(read, table.options(table.matching(["SJ_Most*", "SJ_Least*"])))
    first = np.arange(table.n) < table.n // 2
    person = [str(i) for i in range(int(first.sum()))]
    weighed = weigh(Question("Customer_Service", criterion[first], answers.people(first), person, folds=5, repeats=1))
    low, high = row(weighed, weighed.report["recommended"])["interval"]
    found = np.corrcoef(scoring.score(weighed.key, answers.people(~first)).composite, criterion[~first])[0, 1]
    assert low < found < high
    assert row(weighed, "ridge")["r_in_sample"] > high


def test_strategies_stand_side_by_side_and_the_simplest_near_the_best_is_recommended(weighed: Weighed) -> None:
    report = weighed.report
    assert [entry["name"] for entry in report["strategies"]] == ["unit", "ridge", "ridge with curves"]
    near = [e["name"] for e in report["strategies"] if e["behind_best"] <= e["standard_error_of_difference"]]
    assert report["recommended"] == near[0]
    assert all(e["interval"][0] < e["r"] < e["interval"][1] for e in report["strategies"])
    assert all(e["r_in_sample"] > e["r"] for e in report["strategies"])
    assert (report["n"], report["n_excluded"], report["criterion"]) == (400, 0, "rating")
    assert row(weighed, "ridge")["n_weights"] == 3 + 3 + 2


def test_what_is_expected_allows_for_the_choice_among_strategies(weighed: Weighed) -> None:
    expected = weighed.report["expected"]
    assert expected["r"] == pytest.approx(row(weighed, weighed.report["recommended"])["r"], abs=0.02)
    assert expected["interval"][0] < expected["r"] < expected["interval"][1]


def test_impact_and_the_gate_look_at_people_held_out(weighed: Weighed) -> None:
    impact, gate = weighed.report["impact"], weighed.report["gate"]
    assert {label: group["assessed"] for label, group in impact["groups"].items()} == {"north": 100, "south": 200}
    assert (impact["n"], impact["unknown"]) == (400, 100)
    assert set(impact["baseline"]["ratios"]) == {"north", "south"}
    assert [check["name"] for check in gate["checks"]] == ["gain", "significance", "cases", "impact"]
    assert gate["passed"] == all(check["passed"] for check in gate["checks"])
    assert any("Reliability is left open" in reason for reason in gate["reasons"])


def test_without_groups_there_is_no_impact_and_the_gate_says_so() -> None:
    report = weigh(made_up(100)).report
    assert report["impact"] == {}
    assert any("Impact was not tested" in reason for reason in report["gate"]["reasons"])
    assert not report["gate"]["passed"]  # a hundred cases are too few to set weights


def test_the_key_scores_as_the_fitted_composite_missing_answers_included() -> None:
    question = made_up(300)
    layout = Layout(question.answers)
    for design in (layout.plain, layout.curved):
        for strategy in (Unit(signs="training"), LeaveOneOutRidge()):
            composite = strategy.fit(TrainingSample(design, question.criterion))
            key = key_of(layout, composite)
            found = scoring.score(key, question.answers).composite
            assert found == pytest.approx(composite.scores(design), abs=1e-9)
            assert found.std() == pytest.approx(1.0)


def key_of(layout: Layout, composite: LinearComposite) -> ScoringKey:
    result = StrategyResult("ridge", 4, 0.2, 300, 1, 0.3, 8, 5.0, 0.0, 0.0)
    return learnt_key(layout, composite, result, criterion="rating", prior=None, source="x.csv", on=TODAY, enough=True)


def test_the_key_says_where_it_comes_from_what_was_found_and_how_exactly_it_measures(weighed: Weighed) -> None:
    key, report = weighed.key, weighed.report
    assert (key.id, key.version, key.grade) == ("made-up-rating", 1, "data")
    assert key.evidence is not None and key.precision is not None
    assert key.evidence.r == pytest.approx(row(weighed, report["recommended"])["r"], abs=1e-6)
    assert key.evidence.criterion == "rating"
    assert set(key.precision.parts) == {*key.items, *key.numbers}
    assert report["composite"]["reliability"] == key.precision.reliability
    assert report["key"]["hash"] == content_hash(key)
    assert key_from_json(key_to_json(key)) == key


def test_a_prior_key_competes_as_it_is_and_as_something_to_lean_on() -> None:
    first = weigh(made_up(400, seed=1)).key
    weighed = weigh(made_up(320, seed=2, prior=first))
    assert [entry["name"] for entry in weighed.report["strategies"]] == [
        "prior key",
        "unit",
        "empirical Bayes toward the prior key",
        "ridge toward the prior key",
        "ridge",
        "ridge with curves",
    ]
    assert (weighed.key.id, weighed.key.version) == (first.id, 2)
    assert any("hold only if it was not learnt from any of these people" in caveat for caveat in weighed.report["caveats"])
    assert weighed.report["gate"]["reasons"][0].startswith(("The recommended strategy", "Nothing did better than the prior key"))


def test_the_prior_key_in_the_comparison_ranks_people_as_its_own_scores_do() -> None:
    question = made_up(400, seed=1)
    for key in (weigh(question).key, with_curve()):
        layout = Layout(question.answers)
        weights = layout.weights_of(key, layout.curved)
        composite = CurrentKey(weights).fit(TrainingSample(layout.curved, question.criterion)).scores(layout.curved)
        scores = scoring.score(key, question.answers).composite
        known = ~np.isnan(scores)
        assert np.corrcoef(composite[known], scores[known])[0, 1] == pytest.approx(1.0)


def with_curve() -> ScoringKey:
    number = {"low": 1, "high": 5, "mean": 3, "sd": 1.4, "weight": 0.2, "points": {"3": 0.5, "1": -0.25}}
    return linear({"number": {"steps": number}})


def linear(tables: Mapping[str, Any]) -> ScoringKey:
    head = {"key": {"schema": 1, "id": "given", "version": 4, "grade": "data"}, "model": {"kind": "linear", "sign": "free"}}
    provenance = {"method": "by hand", "by": "An analyst", "on": "2026-11-02", "n": 40, "note": "Signs are free."}
    return key_from_json(head | {"provenance": provenance} | tables)


def test_the_scales_of_a_prior_key_lend_their_weight_to_their_items() -> None:
    scale = {"items": ["steps", "score"], "reversed": ["score"], "low": 0, "high": 100, "mean": 50, "sd": 2, "weight": 0.8}
    layout = Layout(made_up(100).answers)
    weights = dict(zip(layout.plain.names, layout.weights_of(linear({"scale": {"s": scale}}), layout.plain), strict=True))
    assert (weights["steps"], weights["score"]) == (pytest.approx(0.2), pytest.approx(-0.2))


def test_a_prior_key_of_other_columns_or_of_another_kind_is_refused() -> None:
    number = {"low": 0, "high": 9, "mean": 4, "sd": 2, "weight": 1}
    with pytest.raises(Refusal, match="gives weight to none of the predictors"):
        weigh(made_up(100, prior=linear({"number": {"elsewhere": number}})))


def test_what_a_prior_key_weighs_beside_the_predictors_is_told() -> None:
    number = {"low": 0, "high": 9, "mean": 4, "sd": 2, "weight": 1}
    weighed = weigh(made_up(100, prior=linear({"number": {"elsewhere": number, "noise": number}})))
    assert any("also weighs elsewhere" in caveat for caveat in weighed.report["caveats"])


def test_a_key_knows_the_people_again_whom_it_was_learnt_from_in_any_order_and_company() -> None:
    question = made_up(300, seed=5)
    key = weigh(question).key
    needed = [*key.numbers, *key.items]
    assert share_met_again(key, answers_of(question, needed)) == 1.0
    assert share_met_again(key, answers_of(made_up(300, seed=6), needed)) == 0.0
    some = answers_of(question, needed).people(np.arange(300) % 3 == 0)
    assert share_met_again(key, some) == pytest.approx(1 / 3, abs=0.2)


def answers_of(question: Question, columns: Sequence[str]) -> Answers:
    given = question.answers
    return Answers(
        {c: given.numbers[c] for c in columns if c in given.numbers}, {c: given.options[c] for c in columns if c in given.options}
    )


def test_answers_that_many_share_leave_no_fingerprints() -> None:
    question = made_up(300, answers=Answers({}, dict(made_up(300).answers.options)))
    key = weigh(question).key
    assert key.evidence is not None and key.evidence.fingerprints == ()
    assert share_met_again(key, question.answers) is None


def test_rows_of_one_person_are_held_out_together() -> None:
    """A hundred people twice, with a criterion of noise: were one row to teach the other, r would be high."""
    rng = np.random.default_rng(4)
    once = rng.integers(0, 60, (100, 3)).astype(float)
    criterion = np.tile(rng.normal(size=100), 2)
    answers = Answers(
        {}, {f"n{j}": [f"{v:g}" for v in np.tile(once[:, j], 2)] for j in range(3)} | {"k": [f"{i % 7}" for i in range(200)]}
    )
    weighed = weigh(Question("rating", criterion, answers, [f"P{i % 100}" for i in range(200)], folds=5, repeats=1))
    assert row(weighed, "ridge")["r"] < 0.2
    assert any("more than once" in caveat for caveat in weighed.report["caveats"])


def test_another_criterion_among_the_predictors_is_pointed_at() -> None:
    question = made_up(100)
    leak = question.criterion + np.random.default_rng(1).normal(0, 0.3, 100)
    answers = Answers({"rating_2": leak, **question.answers.numbers}, question.answers.options)
    report = weigh(made_up(100, answers=answers)).report
    assert any(caveat.startswith("rating_2 alone correlates 0.9") for caveat in report["caveats"])


def test_columns_in_which_nobody_differs_are_left_out_and_named() -> None:
    question = made_up(100)
    numbers = {"same": np.ones(100), "none": np.full(100, np.nan), **question.answers.numbers}
    options = {"empty": [None] * 100, "one": ["x"] * 100, **question.answers.options}
    report = weigh(made_up(100, answers=Answers(numbers, options))).report
    assert report["predictors"] == {"numbers": 3, "nominal": 2, "left_out": ["same", "none", "empty", "one"]}


def test_options_that_few_chose_get_no_weight_of_their_own() -> None:
    question = made_up(100)
    rare = ["rare" if i < 5 else "a" if i % 2 else "b" for i in range(100)]
    weighed = weigh(made_up(100, answers=Answers(question.answers.numbers, {"option": rare})))
    assert row(weighed, "ridge")["n_weights"] == 3 + 2


def constant(n: int) -> FloatArray:
    return np.full(n, 3.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"criterion": constant(100)}, "rating is 3 for everybody"),
        ({"criterion": np.full(100, np.nan)}, "rating is known for 0 people; below 60"),
        ({"criterion": np.where(np.arange(100) < 59, np.arange(100.0), np.nan)}, "known for 59 people"),
        ({"answers": Answers({"x": constant(100)}, {})}, "No predictor varies"),
        ({"answers": Answers({}, {"x": [f"{i}" for i in range(100)]})}, "do not allow a comparison"),
        ({"answers": Answers({"a=b": np.arange(100.0)}, {"a": ["b", "c"] * 50})}, "told apart"),
        ({"groups": ["one"] * 100}, "two groups at least"),
        ({"answers": Answers({"<b>x</b>": np.arange(100.0)}, {})}, "cannot stand in a key"),
    ],
)
def test_data_that_allow_no_coefficient_are_refused_in_words(changes: Mapping[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        weigh(made_up(100, **changes))


def test_the_same_table_gives_the_same_key(weighed: Weighed) -> None:
    again = weigh(made_up(400, groups=["north", "south", None, "south"] * 100))
    assert content_hash(again.key) == content_hash(weighed.key)
    assert again.report == weighed.report


def test_more_columns_than_people_can_be_weighed() -> None:
    rng = np.random.default_rng(7)
    numbers: dict[str, FloatArray] = {f"x{j}": rng.normal(size=80) for j in range(120)}
    question = made_up(80, answers=Answers(numbers, {}))
    names: Sequence[str] = [entry["name"] for entry in weigh(question).report["strategies"]]
    assert names == ["unit", "ridge"]

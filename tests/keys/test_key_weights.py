"""What a unit counts follows from the formula, sums to one, and keeps statements within their share."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.bank import Bank, Unit, form_items, units
from assessment.errors import BadInput
from assessment.keys import (
    Provenance,
    ScoringKey,
    component_hashes,
    effective_weights,
    facet_weights,
    key_from_json,
    key_to_dict,
    with_facet_weights,
)
from tests.keys.keys_at_random import FACETS, keys

Case = tuple[ScoringKey, tuple[Unit, ...]]


def small_key(**changes: Any) -> ScoringKey:
    """Two scenarios and a statement of one facet, one scenario of another."""
    options = {"a": {"score": 4}, "b": {"score": 2}}
    choice = {"item_version": 1, "method": "option_value", "option": options}
    document = {
        "key": {"schema": 1, "id": "small", "version": 1, "grade": "panel"},
        "provenance": {"method": "panel", "by": "Panel", "on": "2026-11-23", "n": 10},
        "facets": {"listening": 2.0, "composure": 1.0, "discretion": 5.0},
        "statements": {"max_share": 1.0},
        "model": {"kind": "weighted_sum"},
        "item": {
            "one": choice | {"weight": 1.0, "facets": {"listening": 1.0}},
            "two": choice | {"weight": 2.0, "facets": {"listening": 0.5, "composure": 0.5}},
            "three": choice | {"weight": 1.0, "facets": {"composure": 1.0}},
            "says": {"item_version": 1, "method": "likert", "weight": 1.0, "facets": {"listening": 1.0}, "direction": "plus"},
            "likes": {"item_version": 1, "method": "likert", "weight": 0.0, "attitudes": {"patience": 1.0}, "direction": "plus"},
        },
    }
    return key_from_json(document | changes)


def unit(code: str, format: Any = "pick_best") -> Unit:
    facet = None if code == "likes" else "listening"
    return Unit(code, code, 1, None, format, facet, "patience" if code == "likes" else None, None, ("a", "b"), None)


UNITS = (unit("one"), unit("two"), unit("three"), unit("says", "likert"), unit("likes", "likert"))


def test_within_a_facet_units_count_by_weight_and_share() -> None:
    assert facet_weights(small_key(), UNITS) == {
        "listening": pytest.approx({"one": 1 / 3, "two": 1 / 3, "says": 1 / 3}),
        "composure": pytest.approx({"two": 0.5, "three": 0.5}),
    }


def test_a_unit_counts_in_the_composite_through_each_of_its_facets() -> None:
    # Discretion has no unit here, so that the facets' weights are 2/3 and 1/3.
    expected = {"one": 2 / 9, "two": 2 / 9 + 1 / 6, "three": 1 / 6, "says": 2 / 9, "likes": 0.0}
    assert effective_weights(small_key(), UNITS) == pytest.approx(expected)


def test_statements_above_their_share_are_scaled_down_to_exactly_it() -> None:
    capped = effective_weights(small_key(statements={"max_share": 0.1}), UNITS)
    assert capped["says"] == pytest.approx(0.1, abs=1e-15)
    rest = {"one": 2 / 9, "two": 2 / 9 + 1 / 6, "three": 1 / 6}
    assert {code: capped[code] for code in rest} == pytest.approx({code: weight * 0.9 / (7 / 9) for code, weight in rest.items()})


def test_statements_below_their_share_are_left_as_they_are() -> None:
    assert effective_weights(small_key(statements={"max_share": 0.3}), UNITS) == effective_weights(small_key(), UNITS)


def test_statements_may_be_left_out_altogether() -> None:
    assert effective_weights(small_key(statements={"max_share": 0.0}), UNITS)["says"] == 0


def test_a_form_of_statements_alone_is_not_scaled() -> None:
    assert effective_weights(small_key(statements={"max_share": 0.1}), UNITS[3:]) == {"says": 1.0, "likes": 0.0}


def test_the_exemplar_form_keeps_its_statements_at_fifteen_percent(key: ScoringKey, bank: Bank) -> None:
    form_units = [u for item in form_items(bank, bank.forms["short"]) for u in units(item)]
    weights = effective_weights(key, form_units)
    assert math.fsum(weights.values()) == pytest.approx(1)
    assert weights["ipip-x121"] == pytest.approx(min(0.15, 1 / 6 * 0.25 / 0.75))
    assert weights["joke-about-the-part"] == pytest.approx(1 / 6)


@settings(max_examples=80, deadline=None)
@given(keys())
def test_weights_sum_to_one_and_attitudes_count_nothing(case: Case) -> None:
    key, scored = case
    weights = effective_weights(key, scored)
    assert list(weights) == [u.code for u in scored]
    assert math.fsum(weights.values()) == pytest.approx(1, abs=1e-12)
    assert all(weight >= 0 for weight in weights.values())
    assert all(weights[u.code] == 0 for u in scored if u.attitude is not None)
    for column in facet_weights(key, scored).values():
        assert math.fsum(column.values()) == pytest.approx(1, abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(keys())
def test_statements_never_exceed_their_share(case: Case) -> None:
    key, scored = case
    weights = effective_weights(key, scored)
    assert key.statements is not None
    assert math.fsum(weights[u.code] for u in scored if u.format == "likert") <= key.statements.max_share + 1e-12


@settings(max_examples=80, deadline=None)
@given(keys(max_share=1.0), st.integers(0, 10_000))
def test_unit_weights_give_the_composite_of_the_facet_scores(case: Case, seed: int) -> None:
    key, scored = case
    rng = random.Random(seed)
    scores = {u.code: rng.random() for u in scored}
    facet_scores = {}
    for facet in FACETS:
        parts = [(entry.weight or 0) * entry.facets.get(facet, 0) for entry in (key.items[u.code] for u in scored)]
        if sum(parts) > 0:
            facet_scores[facet] = sum(p * scores[u.code] for p, u in zip(parts, scored, strict=True)) / sum(parts)
    total = sum(key.facets[facet] for facet in facet_scores)
    composite = sum(key.facets[facet] * score for facet, score in facet_scores.items()) / total
    weights = effective_weights(key, scored)
    assert sum(weights[code] * score for code, score in scores.items()) == pytest.approx(composite, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(keys(), st.sampled_from([2.0, 0.5, 10.0]))
def test_only_the_proportions_of_facet_weights_matter(case: Case, factor: float) -> None:
    key, scored = case
    scaled = key_from_json(key_to_dict(key) | {"facets": {name: weight * factor for name, weight in key.facets.items()}})
    assert effective_weights(scaled, scored) == pytest.approx(effective_weights(key, scored))


def test_a_unit_without_an_entry_has_no_weight_to_read() -> None:
    with pytest.raises(BadInput, match="has no entry for four") as caught:
        effective_weights(small_key(), [*UNITS, unit("four")])
    assert caught.value.faults[0].where == "[item.four]"


def test_units_that_weigh_nothing_make_no_composite() -> None:
    with pytest.raises(BadInput, match="gives no weight to any of these units"):
        effective_weights(small_key(), [unit("likes", "likert")])


def test_a_linear_key_has_no_unit_weights(linear_key: ScoringKey) -> None:
    with pytest.raises(BadInput, match="linear"):
        effective_weights(linear_key, UNITS)
    with pytest.raises(BadInput, match="linear"):
        facet_weights(linear_key, UNITS)


STUDY = Provenance.model_validate({"method": "criterion study", "by": "Analyst", "on": "2027-03-01", "n": 180})
PROPOSED = {"listening": 1.5, "composure": 1.0, "discretion": 0.0}


def test_a_proposal_changes_facet_weights_and_nothing_else_of_the_scoring() -> None:
    before = small_key(norms={"name": "P", "n": 300, "mean": 0.6, "sd": 0.1, "from": "2026-01-01", "to": "2026-09-01"})
    after = with_facet_weights(before, PROPOSED, version=2, provenance=STUDY, grade="data")
    assert (after.id, after.version, after.grade, after.provenance) == ("small", 2, "data", STUDY)
    assert dict(after.facets) == PROPOSED
    assert after.items == before.items and after.statements == before.statements and after.model == before.model
    old, new = component_hashes(before), component_hashes(after)
    assert (old["options"], old["model"]) == (new["options"], new["model"])
    assert old["weights"] != new["weights"]
    assert before.version == 1


def test_norms_of_the_old_composite_do_not_go_over_to_the_new() -> None:
    before = small_key(norms={"name": "P", "n": 300, "mean": 0.6, "sd": 0.1, "from": "2026-01-01", "to": "2026-09-01"})
    assert with_facet_weights(before, PROPOSED, version=2, provenance=STUDY, grade="data").norms is None


@pytest.mark.parametrize(
    ("weights", "version", "words"),
    [
        (PROPOSED, 1, "version: must be above 1"),
        ({"listening": 1.0, "composure": 1.0}, 2, "facets: discretion is left out"),
        (PROPOSED | {"charm": 1.0}, 2, "facets: charm is not a facet of key small"),
        (PROPOSED | {"composure": -0.1}, 2, "must be at least 0"),
        (PROPOSED | {"composure": float("nan")}, 2, "finite"),
        (PROPOSED | {"composure": float("inf")}, 2, "finite"),
        (dict.fromkeys(PROPOSED, 0.0), 2, "no facet has a weight above 0"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused(weights: dict[str, float], version: int, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        with_facet_weights(small_key(), weights, version=version, provenance=STUDY, grade="data")

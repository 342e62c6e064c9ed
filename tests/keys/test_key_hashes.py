"""Each component of a key has its own hash, so that a change of one alone is visible as such."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from assessment.bank.hashing import digest
from assessment.keys import ScoringKey, component_hashes, content_hash, key_from_json, key_to_dict

PICK = "exit-fee-shared-home"
OPTIONS = {
    "SJ_Most_1": {"method": "points", "missing": 0.05, "option": {"1": -0.25, "2": 0.5}},
    "Q7.a": {"method": "points", "option": {"yes": 1e-3}},
}
SCALE = {
    "PScale01": {
        "items": ["PScale01_Q1", "PScale01_Q2"],
        "reversed": ["PScale01_Q2"],
        "low": 1,
        "high": 4,
        "mean": 2.6,
        "sd": 0.7,
    }
}
NORMS = {"name": "Pool", "n": 240, "mean": 0.61, "sd": 0.09, "from": "2026-01-01", "to": "2026-06-30"}


def with_change(document: dict[str, Any], path: tuple[str, ...], value: Any) -> ScoringKey:
    document = copy.deepcopy(document)
    node = document
    for part in path[:-1]:
        node = node.setdefault(part, {})
    node[path[-1]] = value
    return key_from_json(document)


def changes(before: ScoringKey, after: ScoringKey) -> set[str]:
    old, new = component_hashes(before), component_hashes(after)
    assert set(old) == set(new) == {"options", "weights", "model", "norms"}
    return {name for name in old if old[name] != new[name]}


@pytest.mark.parametrize(
    ("path", "value", "component"),
    [
        (("item", PICK, "option", "a", "score"), 4.1, {"options"}),
        (("item", PICK, "item_version"), 2, {"options"}),
        (("item", "thanks-for-wrong-advice", "method"), "shape", {"options"}),
        (("item", "ipip-x121", "direction"), "minus", {"options"}),
        (("item", PICK, "weight"), 2.0, {"weights"}),
        (("item", PICK, "facets"), {"discretion": 0.5, "listening": 0.5}, {"weights"}),
        (("facets", "listening"), 2.0, {"weights"}),
        (("statements", "max_share"), 0.2, {"weights"}),
        (("norms",), NORMS, {"norms"}),
        (("item", PICK, "option", "a", "why"), "Another reason.", set()),
        (("provenance", "n"), 12, set()),
        (("key", "grade"), "panel", set()),
        (("key", "version"), 2, set()),
    ],
)
def test_a_change_shows_in_its_component_alone(key: ScoringKey, path: tuple[str, ...], value: Any, component: set[str]) -> None:
    after = with_change(key_to_dict(key), path, value)
    assert changes(key, after) == component
    assert content_hash(after) != content_hash(key)


@pytest.mark.parametrize(
    ("path", "value", "component"),
    [
        (("item", "SJ_Most_1", "missing"), 0.0, {"options"}),
        (("item", "SJ_Most_1", "option", "2", "score"), -0.5, {"options"}),
        (("scale", "PScale01", "mean"), 2.7, {"options"}),
        (("scale", "PScale01", "reversed"), [], {"options"}),
        (("scale", "PScale01", "weight"), 0.4, {"weights"}),
        (("number", "Test", "mean"), 17.0, {"options"}),
        (("number", "Calls", "points", "0"), 0.5, {"options"}),
        (("number", "Test", "weight"), 0.4, {"weights"}),
        (("precision", "reliability"), 0.8, {"norms"}),
        (("evidence", "r"), 0.2, set()),
    ],
)
def test_a_change_of_a_linear_key_shows_in_its_component_alone(
    linear_key: ScoringKey, path: tuple[str, ...], value: Any, component: set[str]
) -> None:
    assert changes(linear_key, with_change(key_to_dict(linear_key), path, value)) == component


def test_a_change_of_norms_alone_is_visible_as_such(key: ScoringKey) -> None:
    first = with_change(key_to_dict(key), ("norms",), NORMS)
    second = with_change(key_to_dict(key), ("norms",), NORMS | {"mean": 0.62})
    assert changes(first, second) == {"norms"}


def test_tables_that_a_key_does_not_have_leave_its_hashes_as_they_were(linear_document: dict[str, Any]) -> None:
    for table in ("number", "precision", "evidence"):
        del linear_document[table]
    found = component_hashes(key_from_json(linear_document))
    assert found == {
        "options": digest({"item": OPTIONS, "scale": SCALE}),
        "weights": digest({"facets": {}, "statements": {}, "item": {"SJ_Most_1": {}, "Q7.a": {}}, "scale": {"PScale01": -0.4}}),
        "model": digest({"kind": "linear", "sign": "free"}),
        "norms": digest({}),
    }


def test_parameters_of_a_model_show_in_the_model_alone(key: ScoringKey) -> None:
    first = with_change(key_to_dict(key), ("model",), {"kind": "grm", "parameters": {PICK: {"slope": 1.0, "intercepts": [1, 0]}}})
    second = with_change(key_to_dict(key), ("model",), {"kind": "grm", "parameters": {PICK: {"slope": 1.1, "intercepts": [1, 0]}}})
    assert changes(first, second) == {"model"}


def test_hashes_do_not_depend_on_how_a_number_is_written(key: ScoringKey) -> None:
    assert content_hash(with_change(key_to_dict(key), ("facets", "listening"), 1)) == content_hash(key)


def test_minus_nought_is_nought(linear_key: ScoringKey) -> None:
    document = key_to_dict(linear_key)
    plus = with_change(document, ("scale", "PScale01", "weight"), 0.0)
    minus = with_change(document, ("scale", "PScale01", "weight"), -0.0)
    assert plus == minus and content_hash(plus) == content_hash(minus)
